"""Targets as distributions: everything on the true class, or a share of it spread over all.

one_hot         t_k = 1 where k = y, else 0
smooth_labels   t'_k = (1 - alpha) t_k + alpha / K
"""

from __future__ import annotations

from typing import Any

from lossutils._arrays import to_arrays
from lossutils._batch import over_rows
from lossutils._checks import (
    axis_position,
    require_class_indices,
    require_distribution,
    require_dtype,
    require_integer,
    require_number,
    require_outcomes,
    wanted_indices,
)
from lossutils._formulas import mixed_with_uniform
from lossutils._namespaces import (
    Array,
    Namespace,
    device,
    is_floating,
    moveaxis,
    values_are_readable,
)

__all__ = ["one_hot", "smooth_labels"]

_MOST_CLASSES = 2**24
"""More than any vocabulary has, yet few enough for one row to fit into memory."""


def one_hot(target: Array, /, *, num_classes: int, axis: int = -1, dtype: Any = None) -> Array:
    """Return the distribution that puts everything on the true class: 1 where k = y, else 0.

    The result holds floats, since the losses take floats as probabilities and integers as class
    indices.

    Parameters
    ----------
    target : array of integers, or integer
        Class indices, each in [0, num_classes).
    num_classes : int
        The number K of classes: the length of the new axis, from 1 to 2**24.
    axis : int, optional
        The axis of the classes in the result, by default the last; the losses need 1.
    dtype : dtype, optional
        The result's dtype, real or Boolean; by default the library's default float dtype: float64
        in NumPy, in PyTorch float32 unless you have set another.

    Returns
    -------
    array
        Distributions along `axis`, with one axis more than `target`, on its device. Out-of-range
        indices that were not checked (see Raises) give a row of NaN, or of 0 if `dtype` has no NaN.

    Raises
    ------
    IndexError
        If an index is outside [0, num_classes). Indices are read only where that is free: not on
        devices other than the CPU, nor inside ``torch.compile``.
    ValueError
        If `num_classes` is not in [1, 2**24] or `axis` is out of range.
    TypeError
        If `target` does not hold integers, `num_classes` is not an integer, or `dtype` is not a
        real or Boolean dtype of the library.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", Springer 2006, page 180
    (there called 1-of-K coding). https://www.springer.com/book/9780387310732

    Examples
    --------
    >>> one_hot([2, 0], num_classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    count = require_integer("num_classes", num_classes, 1, _MOST_CLASSES)
    xp, (y,) = to_arrays("target", target=target)
    if is_floating(xp, y):
        raise wanted_indices(y, target)
    axis = axis_position(axis, "a result", (*y.shape, count))
    require_class_indices(xp, "target", y, count)
    place = device(y)
    if dtype is None:
        dtype = xp.zeros((), device=place).dtype
    else:
        dtype = require_dtype(xp, dtype, floating=False, place=place)
    t = xp.astype(y[..., None] == xp.arange(count, device=place), dtype)
    if not values_are_readable(y) and is_floating(xp, t):
        wrong = (y < 0) | (y >= count)
        t = xp.where(wrong[..., None], xp.full_like(t, xp.nan), t)
    return moveaxis(xp, t, -1, axis)


def smooth_labels(
    target: Array,
    /,
    *,
    label_smoothing: float,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
) -> Array:
    """Return the target with a share of it spread evenly: (1 - alpha) t_k + alpha / K.

    With class indices and ``axis=1``, `cross_entropy_loss` of this target equals that of the
    indices with the same `label_smoothing`, except where `ignore_index` leaves samples out, and for
    the mean with class weights, which divides by something else for probabilities.

    Parameters
    ----------
    target : array
        Class indices (integers), to be one-hot; or distributions along `axis` (floats).
    label_smoothing : number
        The share alpha that is spread over all classes, the true one included; in [0, 1].
    num_classes : int
        The number K of classes. Required with indices; with distributions it is the length of
        `axis`.
    axis : int, optional
        The axis of the classes, by default the last; the losses need 1.
    dtype : dtype, optional
        The result's float dtype if `target` holds indices; the default is that of `one_hot`.
        Distributions keep their own.

    Returns
    -------
    array
        Distributions along `axis`, on the device of `target`; for indices, with one axis more.

        ===============  =============================================
        label_smoothing  the result
        ===============  =============================================
        0                the target itself
        1                1/K everywhere
        ===============  =============================================

    Raises
    ------
    ValueError
        If `label_smoothing` is outside [0, 1], `num_classes` is missing, below 1 or not the length
        of `axis`, `axis` is out of range, or floats are not distributions along it (read only where
        that is free: see `check_distribution`).
    IndexError, TypeError
        As `one_hot`.

    References
    ----------
    C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, "Rethinking the Inception Architecture
    for Computer Vision", CVPR 2016, section 7. https://doi.org/10.1109/CVPR.2016.308

    Examples
    --------
    >>> smooth_labels([0], num_classes=4, label_smoothing=0.5)
    array([[0.625, 0.125, 0.125, 0.125]])
    """
    alpha = require_number("label_smoothing", label_smoothing, 0, 1)
    if num_classes is not None:
        num_classes = require_integer("num_classes", num_classes, 1, _MOST_CLASSES)
    xp, (t,) = to_arrays("target", target=target)
    if dtype is not None:
        dtype = require_dtype(xp, dtype, floating=True, place=device(t))
    if not is_floating(xp, t):
        if num_classes is None:
            raise ValueError("num_classes must be given where target holds class indices")
        t = one_hot(t, num_classes=num_classes, axis=axis, dtype=dtype)
    else:
        axis = require_outcomes(axis, target=t)
        if num_classes is not None and num_classes != t.shape[axis]:
            raise ValueError(
                f"num_classes must be {t.shape[axis]}, the length of axis {axis} of target, "
                f"got {num_classes}"
            )
        require_distribution(xp, axis, target=t)

    def smoothed(xp: Namespace, t: Array) -> Array:
        return mixed_with_uniform(t, alpha)

    return over_rows(xp, t, axis).map(smoothed, each=True)
