"""How far a classifier's confidence is from how often it is right.

    confidence   c_n = max_k q_nk, the probability of the class that the model would choose
    right        r_n = 1 where that class is the true one, else 0

Samples are put into bins by their confidence. A model is calibrated if the mean of r equals the
mean of c in every bin; the expected calibration error is how far apart they are, on average over
samples.
"""

from __future__ import annotations

import functools
import operator
from typing import Any, NamedTuple

import numpy as np

from lossutils._arrays import to_arrays
from lossutils._batch import cast_back, over_distributions
from lossutils._checks import require_class_indices, require_integer, require_outcomes
from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    detach,
    device,
    is_floating,
    is_numpy_namespace,
    is_torch_namespace,
    quiet,
)

__all__ = ["expected_calibration_error", "reliability"]

_MOST_BINS = 1_000_000


class Reliability(NamedTuple):
    """The data of a reliability diagram: one number for each bin of confidences."""

    confidence: Array
    accuracy: Array
    count: Array


def reliability(
    probabilities: Array, target: Array, /, *, bins: int = 15, axis: int = -1
) -> Reliability:
    """Return mean confidence, accuracy and number of samples for each bin of confidences.

    The bins cut [0, 1] into equal parts; a confidence on an edge belongs to the bin below it: the
    m-th of M bins holds the confidences in ((m - 1) / M, m / M]. Edges are rounded to the dtype of
    `probabilities`, so with 25 bins 0.56 lies on an edge, 14 / 25, in every dtype.

    Parameters
    ----------
    probabilities : array
        Distributions over the classes along `axis`, of shape (N, K) by default, as `softmax` gives
        them. There may be any number of other axes: each distribution is a sample. N may be 0.
    target : array of integers
        The indices of the true classes, of the shape of `probabilities` without `axis`.
    bins : int, optional
        The number M of bins, from 1 to 1,000,000.
    axis : int, optional
        The axis of the classes, by default the last.

    Returns
    -------
    confidence : array of shape (bins,)
        The mean of the largest probabilities in each bin.
    accuracy : array of shape (bins,)
        The share of the bin's samples whose most probable class is the true one; ties go to the
        first class, as in `argmax`.
    count : array of int64, of shape (bins,)
        How many samples the bin holds.

        A named tuple, in the library and on the device of `probabilities`, with its dtype or, where
        that is narrower, float32. In an empty bin the two means are NaN.

    Raises
    ------
    ValueError
        If `probabilities` has no classes or does not hold distributions along `axis`, the shape of
        `target` does not fit, or `bins` or `axis` is out of range. Values are read only where that
        is free: see `check_distribution`.
    IndexError
        If an index is outside [0, K).
    TypeError
        If `target` does not hold integers, `bins` or `axis` is not an integer, or `probabilities`
        is complex, not numeric, or an integer tensor.

    References
    ----------
    M. H. DeGroot, S. E. Fienberg, "The Comparison and Evaluation of Forecasters", Journal of the
    Royal Statistical Society D 32 (1983), 12-22. https://doi.org/10.2307/2987588

    Examples
    --------
    Four samples, each with confidence 0.9 in the first class, which is right three times:

    >>> confidence, accuracy, count = reliability([[0.9, 0.1]] * 4, [0, 0, 1, 0], bins=2)
    >>> confidence[1], accuracy[1], count.tolist()
    (np.float64(0.9), np.float64(0.75), [0, 4])
    """
    xp, dtype, count, confidence, right = _binned(probabilities, target, bins, axis)
    with quiet(xp):  # 0 / 0 in an empty bin is NaN
        number = xp.astype(count, confidence.dtype, copy=False)
        return Reliability(
            xp.astype(confidence / number, dtype, copy=False),
            xp.astype(right / number, dtype, copy=False),
            xp.astype(count, xp.int64, copy=False),
        )


def expected_calibration_error(
    probabilities: Array, target: Array, /, *, bins: int = 15, axis: int = -1
) -> Array:
    """Return the mean gap between confidence and accuracy, each bin weighted by its samples.

    ECE = sum_m (n_m / N) |accuracy_m - confidence_m| over the bins of `reliability`.

    It depends on `bins`, and does not measure how good the model is: one that always predicts the
    class frequencies has an error of 0. Estimated from N samples it is biased upwards, and more so
    the fewer samples a bin holds.

    Parameters
    ----------
    probabilities, target, bins, axis
        As for `reliability`.

    Returns
    -------
    array
        One number in [0, 1], of the dtype (at least float32), library and device of
        `probabilities`; NaN if there are no samples. Gradients flow through the confidences only,
        not through the accuracies or the choice of bins.

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
    All samples are in one bin, and are right as often as their confidence says:

    >>> float(expected_calibration_error([[0.75, 0.25]] * 4, [0, 0, 1, 0]))
    0.0
    """
    xp, dtype, count, confidence, right = _binned(probabilities, target, bins, axis)
    with quiet(xp):
        # (n / N) |sum(r) / n - sum(c) / n|: the n of a bin cancels, and an empty bin adds 0.
        number = xp.astype(xp.sum(count), confidence.dtype, copy=False)
        error = xp.sum(xp.abs(right - confidence)) / number
        return cast_back(xp, error, dtype)


def _binned(
    probabilities: Array, target: Array, bins: int, axis: int
) -> tuple[Namespace, Any, Array, Array, Array]:
    """Return the namespace, the results' dtype, and three arrays with a number for each bin.

    They are how many samples it holds, the sum of their confidences, and how many are right.
    """
    bins = require_integer("bins", bins, 1, _MOST_BINS)
    xp, (q, y) = to_arrays("target", probabilities=probabilities, target=target)
    if is_floating(xp, y) and y.shape != (0,):  # as an empty list is
        raise TypeError(f"target must be class indices, integers, got {y.dtype}")
    axis = require_outcomes(axis, probabilities=q)
    samples = (*q.shape[:axis], *q.shape[axis + 1 :])
    if y.shape != samples:
        raise ValueError(
            f"target must have the shape of probabilities without axis {axis}, {samples}, got "
            f"{tuple(y.shape)}"
        )
    require_class_indices(xp, "target", y, q.shape[axis])
    with quiet(xp):
        binned = (
            _bin_sums(xp, part, y[block], bins, q.dtype)
            for block, part in over_distributions(axis, probabilities=q).results(lambda _, q: q)
        )
        sums = (functools.reduce(operator.add, parts) for parts in zip(*binned))
        return xp, at_least_float32(xp, q.dtype), *sums


def _bin_sums(
    xp: Namespace, q: Array, y: Array, bins: int, dtype: Any
) -> tuple[Array, Array, Array]:
    """Return each bin's number of samples, sum of confidences and number of right samples."""
    q, y = xp.reshape(q, (-1, q.shape[-1])), xp.reshape(y, (-1,))
    confidence = xp.max(q, axis=-1)
    right = xp.argmax(q, axis=-1) == y
    bin_of = _bin_of(xp, confidence, bins, dtype)
    if is_numpy_namespace(xp):
        count = np.bincount(bin_of, minlength=bins)
        sum_c, sum_r = (np.bincount(bin_of, x, minlength=bins) for x in (confidence, right))
        return count, sum_c, sum_r
    # In float64 where the device has it: a float32 count would stop growing at 2^24.
    wide = xp.float32 if getattr(device(q), "type", None) == "mps" else xp.float64
    values = xp.ones_like(y), xp.astype(confidence, wide), xp.astype(right, wide)
    if is_torch_namespace(xp):
        zeros = (xp.zeros(bins, dtype=x.dtype, device=device(q)) for x in values)
        count, *others = (zero.index_add(0, bin_of, x) for zero, x in zip(zeros, values))
    else:
        inside = [bin_of == m for m in range(bins)]
        count, *others = (
            xp.stack([xp.sum(xp.where(here, x, xp.zeros_like(x))) for here in inside])
            for x in values
        )
    return count, *others


def _bin_of(xp: Namespace, confidence: Array, bins: int, dtype: Any) -> Array:
    """Return the index of each confidence's bin, which is the number of edges below it."""
    edges = xp.arange(1, bins, dtype=confidence.dtype, device=device(confidence)) / bins
    # Rounded to the dtype that was given, so that a confidence of m / M equals its edge.
    edges = xp.astype(xp.astype(edges, dtype, copy=False), confidence.dtype, copy=False)
    return xp.searchsorted(edges, detach(confidence))
