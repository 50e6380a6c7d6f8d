"""Whether a classifier's confidence is how often it is right.

    confidence   c_n = max_k q_nk, the probability of the class that the model would choose
    right        r_n = 1 where that class is the true one, else 0

Samples are put into bins by their confidence. A model is calibrated where in every bin the mean of
r is the mean of c; the expected calibration error is how far off it is, over all samples.
"""

from __future__ import annotations

from typing import NamedTuple

from lossutils._arrays import (
    Array,
    Namespace,
    is_floating,
    require_axis,
    require_class_indices,
    require_distribution,
    require_integer,
    to_arrays,
)
from lossutils._namespaces import device
from lossutils._rows import at_least_float32

__all__ = ["expected_calibration_error", "reliability"]


class Reliability(NamedTuple):
    """What a reliability diagram draws: one number for each bin of confidences."""

    confidence: Array
    accuracy: Array
    count: Array


def reliability(
    probabilities: Array, target: Array, /, *, bins: int = 15, axis: int = -1
) -> Reliability:
    """Return mean confidence, accuracy and number of samples for each bin of confidences.

    The bins cut [0, 1] into equal parts; a confidence on an edge belongs to the bin below it, so
    that of m = 1, 2, ..., M the m-th holds those in ((m - 1) / M, m / M].

    Parameters
    ----------
    probabilities : array
        Distributions over the classes along `axis`, of shape (N, K) by default, as `softmax` gives
        them. Any number of leading axes: each distribution is a sample.
    target : array of integers
        The true classes' indices, of the shape of `probabilities` without `axis`.
    bins : int, optional
        The number M of bins, at least 1.
    axis : int, optional
        The axis of the classes, by default the last.

    Returns
    -------
    confidence : array of shape (bins,)
        The mean of the largest probabilities in each bin.
    accuracy : array of shape (bins,)
        The share of the bin's samples whose most probable class is the true one. Of equally
        probable classes the first is chosen, as `argmax` does.
    count : array of int64, of shape (bins,)
        How many samples the bin holds.

        All in the library and on the device of `probabilities`, in its dtype or, where that is
        narrower, in float32. A named tuple. In an empty bin the two means are NaN.

    Raises
    ------
    ValueError
        If `probabilities` holds no distributions along `axis` or none at all, `target` has another
        shape than they, `bins` is below 1 or `axis` is out of range. Values are read only where
        that is free: see `check_distribution`.
    IndexError
        If an index is outside [0, K).
    TypeError
        If `target` has no integers, `bins` or `axis` is none, or `probabilities` is complex, not
        numeric, or an integer tensor.

    References
    ----------
    M. H. DeGroot, S. E. Fienberg, "The Comparison and Evaluation of Forecasters", Journal of the
    Royal Statistical Society D 32 (1983), 12-22. https://doi.org/10.2307/2987588

    Examples
    --------
    Four samples, 0.9 sure of the first class, and right three times:

    >>> confidence, accuracy, count = reliability([[0.9, 0.1]] * 4, [0, 0, 1, 0], bins=2)
    >>> confidence[1], accuracy[1], count.tolist()
    (np.float64(0.9), np.float64(0.75), [0, 4])
    """
    xp, inside, confidence, right = _binned(probabilities, target, bins, axis)
    count = xp.sum(inside, axis=-1)
    # No 0 / 0: NaN is put where nothing is, without a warning.
    mean = xp.where(count > 0, 1 / xp.where(count > 0, count, 1.0), xp.nan)
    return Reliability(
        inside @ confidence * mean, inside @ right * mean, xp.astype(count, xp.int64)
    )


def expected_calibration_error(
    probabilities: Array, target: Array, /, *, bins: int = 15, axis: int = -1
) -> Array:
    """Return by how much confidence differs from accuracy in a bin, in the mean over samples.

    ECE = sum_m (n_m / N) |accuracy_m - confidence_m| over the bins of `reliability`.

    It depends on `bins`, and says nothing of how good the model is: one that always answers with
    the classes' frequencies has none. As an estimate from N samples it is biased upwards, the more
    the fewer samples a bin holds.

    Parameters
    ----------
    probabilities, target, bins, axis
        As for `reliability`.

    Returns
    -------
    array
        One number in [0, 1], of the dtype (at least float32), library and device of
        `probabilities`. Gradients run through the confidences; those of the bins' edges and of
        what is right are 0.

    Raises
    ------
    ValueError, IndexError, TypeError
        As `reliability`.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML
    2017, equation 3. https://arxiv.org/abs/1706.04599
    M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using
    Bayesian Binning", AAAI 2015. https://doi.org/10.1609/aaai.v29i1.9602

    Examples
    --------
    Right as often as it says, in the one bin that it uses:

    >>> float(expected_calibration_error([[0.75, 0.25]] * 4, [0, 0, 1, 0]))
    0.0
    """
    xp, inside, confidence, right = _binned(probabilities, target, bins, axis)
    # (n / N) |sum(r) / n - sum(c) / n|: the n of a bin cancels, and an empty bin adds 0.
    return xp.sum(xp.abs(inside @ (right - confidence))) / confidence.shape[0]


def _binned(
    probabilities: Array, target: Array, bins: int, axis: int
) -> tuple[Namespace, Array, Array, Array]:
    """Return the namespace, which bin holds which sample (bins, N), confidences, and who is right."""
    count = require_integer("bins", bins)
    if count < 1:
        raise ValueError(f"bins must be at least 1, got {count}")
    xp, (q, y) = to_arrays("target", probabilities=probabilities, target=target)
    if is_floating(xp, y):
        raise TypeError(f"target must be class indices, integers, got {y.dtype}")
    axis = require_axis(axis, probabilities=q)
    samples = (*q.shape[:axis], *q.shape[axis + 1 :])
    if y.shape != samples:
        raise ValueError(
            f"target must have the shape of probabilities without axis {axis}, {samples}, got "
            f"{tuple(y.shape)}"
        )
    require_distribution(xp, axis, probabilities=q)
    require_class_indices(xp, "target", y, q.shape[axis])

    dtype = at_least_float32(xp, q.dtype)
    confidence = xp.astype(xp.reshape(xp.max(q, axis=axis), (-1,)), dtype)
    right = xp.astype(xp.reshape(xp.argmax(q, axis=axis) == y, (-1,)), dtype)
    # Rounding may put a confidence a little above 1.
    bin_of = xp.clip(xp.ceil(confidence * count), 1, count)
    numbers = xp.arange(1, count + 1, dtype=dtype, device=device(q))
    return xp, xp.astype(bin_of == numbers[:, None], dtype), confidence, right
