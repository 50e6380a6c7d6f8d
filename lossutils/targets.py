"""Targets as distributions: all on the true class, or a little of it shared among all.

one_hot         t_k = 1 where k = y, else 0
smooth_labels   t'_k = (1 - alpha) t_k + alpha / K
"""

from __future__ import annotations

from typing import Any

from lossutils._arrays import (
    Array,
    axis_position,
    is_floating,
    require_class_indices,
    require_distribution,
    require_dtype,
    require_integer,
    require_number,
    require_outcomes,
    to_arrays,
    values_are_readable,
)
from lossutils._namespaces import device, is_torch_array, moveaxis
from lossutils.smoothing import mixed_with_uniform

__all__ = ["one_hot", "smooth_labels"]

MOST_CLASSES = 2**24
"""More than any vocabulary has, and few enough for one row of them to fit into memory."""


def one_hot(target: Array, /, *, num_classes: int, axis: int = -1, dtype: Any = None) -> Array:
    """Return the distribution that is sure of the class: 1 where k = y, else 0.

    Floating-point numbers, since a distribution is what the losses take for probabilities; an
    array of integers would be taken for class indices.

    Parameters
    ----------
    target : array of integers, or integer
        Class indices, each in [0, num_classes).
    num_classes : int
        The number K of classes: the length of the new axis, from 1 to 2**24.
    axis : int, optional
        Where in the result the classes lie, by default last; the losses ask for 1.
    dtype : dtype, optional
        The result's type, real or Boolean, by default the library's own for floats: float64 in
        NumPy, float32 in PyTorch unless told otherwise.

    Returns
    -------
    array
        Distributions along `axis`, with one axis more than `target`, on its device. An index out of
        range that could not be refused (see Raises) gives a row of NaN, or where `dtype` has none
        a row of 0: never another class.

    Raises
    ------
    IndexError
        If an index is outside [0, num_classes). Indices are read only where that is free: not on
        another device than the CPU, nor inside ``torch.compile``.
    ValueError
        If `num_classes` is not in [1, 2**24] or `axis` is out of range.
    TypeError
        If `target` has no integers, `num_classes` is no integer, or `dtype` is no real or Boolean
        type of the library.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", Springer 2006, section 4.1.2
    (there called 1-of-K coding). https://www.springer.com/book/9780387310732

    Examples
    --------
    >>> one_hot([2, 0], num_classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    count = require_integer("num_classes", num_classes, 1, MOST_CLASSES)
    xp, (y,) = to_arrays("target", target=target)
    if is_floating(xp, y):
        raise TypeError(
            f"target must hold class indices as integers, got {y.dtype}: convert it with target = "
            + ("target.long()" if is_torch_array(y) else "target.astype(int)")
        )
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
    """Return the target of which a share is spread evenly: (1 - alpha) t_k + alpha / K.

    With class indices and ``axis=1`` it is the target by which `cross_entropy_loss` without
    smoothing gives what it gives for the indices with the same `label_smoothing` (the mean with
    weights apart, which is another for probabilities).

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
        Where the classes lie, by default last; the losses ask for 1.
    dtype : dtype, optional
        The result's floating-point type where `target` holds indices, by default as `one_hot` has
        it. Distributions keep their own.

    Returns
    -------
    array
        Distributions along `axis`, on the device of `target`: from indices with one axis more.

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
        of `axis`, `axis` is out of range, or floats are no distributions along it (read only where
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
        num_classes = require_integer("num_classes", num_classes, 1, MOST_CLASSES)
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
    return mixed_with_uniform(xp, t, alpha, axis)
