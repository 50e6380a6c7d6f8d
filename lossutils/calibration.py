"""How far a classifier's confidence is from how often it is right.

    confidence   c_n = max_k q_nk, the probability of the class that the model would choose
    right        r_n = 1 where that class is the true one, else 0

Samples are put into bins by their confidence. A model is calibrated if the mean of r equals the
mean of c in every bin; the expected calibration error is how far apart they are, on average over
samples.

    Brier score   B = mean_n sum_k (q_nk - [y_n = k])^2
    temperature   T minimises mean_n -log softmax(z_n / T)[y_n]
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lossutils._arrays import to_arrays
from lossutils._batch import cast_back, over_distributions
from lossutils._checks import (
    require_class_indices,
    require_integer,
    require_outcomes,
    require_reduction,
    wanted_indices,
)
from lossutils._formulas import gather, is_class
from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    detach,
    device,
    holds_values,
    is_floating,
    is_numpy_namespace,
    is_torch_namespace,
    moveaxis,
    quiet,
)

__all__ = [
    "brier_parts",
    "brier_score",
    "expected_calibration_error",
    "fit_temperature",
    "reliability",
]

Reduction: TypeAlias = Literal["mean", "sum", "none"]

_MOST_BINS = 1_000_000


class Reliability(NamedTuple):
    """The data of a reliability diagram: one number for each bin of confidences."""

    confidence: Array
    accuracy: Array
    count: Array


class BrierParts(NamedTuple):
    """The parts of a Brier score whose forecasts are equal within each bin."""

    calibration: Array
    refinement: Array
    uncertainty: Array


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
    class frequencies has an error of 0. From N samples it is on average too high for these bins, and
    more so the fewer samples a bin holds; but wide bins hide what cancels within them.

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


def brier_score(
    probabilities: Array,
    target: Array,
    /,
    *,
    reduction: Reduction = "mean",
    axis: int = -1,
) -> Array:
    """Return the squared distance of the probabilities from the one-hot target.

    B = sum_k (q_k - [y = k])^2, from 0 for certainty in the true class to 2 for certainty in
    another. Like the cross-entropy it is a proper score, least on average for the true
    probabilities; unlike it, it is bounded. With two classes it is 2 (q_1 - y)^2, twice
    what scikit-learn's `brier_score_loss` gives by default.

    Parameters
    ----------
    probabilities, target
        As for `reliability`.
    reduction : {"mean", "sum", "none"}, optional
        Whether to return the mean of the samples' scores, their sum, or each.
    axis : int, optional
        The axis of the classes, by default the last.

    Returns
    -------
    array
        One number, or with "none" one for each sample, of the dtype, library and device of
        `probabilities`. The mean of no samples is NaN.

    Raises
    ------
    ValueError
        As `reliability`, or if `reduction` is none of the three.
    IndexError, TypeError
        As `reliability`.

    References
    ----------
    G. W. Brier, "Verification of Forecasts Expressed in Terms of Probability", Monthly Weather
    Review 78 (1950), 1-3. https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2

    Examples
    --------
    >>> brier_score([[0.75, 0.25], [0.75, 0.25]], [0, 1], reduction="none")
    array([0.125, 1.125])
    """
    require_reduction(reduction)
    xp, q, y, axis = _checked(probabilities, target, axis)
    batch = over_distributions(axis, probabilities=q)
    with quiet(xp):
        blocks = batch.results(lambda _, q: q)
        scores = ((block, _squared_distance(xp, part, y[block])) for block, part in blocks)
        if reduction == "none":
            return cast_back(xp, batch.joined(scores, each=False), batch.dtype)
        total = functools.reduce(operator.add, (xp.sum(score) for _, score in scores))
        total = total / math.prod(y.shape) if reduction == "mean" else total
        return cast_back(xp, total, batch.dtype)


def brier_parts(
    probabilities: Array, target: Array, /, *, bins: int = 15, axis: int = -1
) -> BrierParts:
    """Return how much of the Brier score is miscalibration, and what is left if that is mended.

    Each class is a forecast of its own: "it will be class k, with probability q_k". Its samples are
    put into bins by q_k, as in `reliability`, with q_k = 0 in the first. With n_m samples
    in bin m, the mean forecast f_m, the share o_m in which the class came true, and its share o
    among all samples,

        calibration = sum_k sum_m (n_m / N) (f_m - o_m)^2
        refinement  = sum_k sum_m (n_m / N) o_m (1 - o_m)
        uncertainty = sum_k o (1 - o)

    calibration + refinement is the Brier score if the forecasts in a bin are equal, and close to it
    if bins are narrow. uncertainty is the score of a model that always answers with the class
    shares; uncertainty - refinement, which is never negative, is called the resolution.

    Parameters
    ----------
    probabilities, target, bins, axis
        As for `reliability`.

    Returns
    -------
    calibration, refinement, uncertainty : array
        A named tuple of single numbers, of the dtype (at least float32), library and device of
        `probabilities`; NaN if there are no samples.

    Raises
    ------
    ValueError, IndexError, TypeError
        As `reliability`.

    References
    ----------
    A. H. Murphy, "A New Vector Partition of the Probability Score", Journal of Applied Meteorology
    12 (1973), 595-600. https://doi.org/10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2

    M. H. DeGroot, S. E. Fienberg, "The Comparison and Evaluation of Forecasters", Journal of the
    Royal Statistical Society D 32 (1983), 12-22. https://doi.org/10.2307/2987588

    Examples
    --------
    A forecast that is calibrated, but says the same each time:

    >>> [float(part) for part in brier_parts([[0.75, 0.25]] * 4, [0, 0, 1, 0])]
    [0.0, 0.375, 0.375]
    """
    bins = require_integer("bins", bins, 1, _MOST_BINS)
    xp, q, y, axis = _checked(probabilities, target, axis)
    dtype = at_least_float32(xp, q.dtype)
    with quiet(xp):  # 0 / 0 without samples
        count, forecast, came = _summed(xp, q, y, bins, axis, _class_sums)
        count = xp.astype(count, forecast.dtype, copy=False)
        total = xp.sum(count[0, :])
        least = xp.where(count > 0, count, xp.ones_like(count))  # an empty bin adds 0 / 1
        share = xp.sum(came, axis=-1) / total
        parts = (
            xp.sum((forecast - came) ** 2 / least) / total,
            xp.sum(came * (count - came) / least) / total,
            xp.sum(share * (1 - share)),
        )
        return BrierParts(*(cast_back(xp, part, dtype) for part in parts))


def fit_temperature(input: Array, target: Array, /, *, axis: int = -1) -> Array:
    """Return the temperature T for which softmax(z / T) has the least cross-entropy.

    Dividing all logits by one T > 0 keeps the order of the classes and changes how sure the model
    is: T > 1 makes it less sure. The loss is convex in 1 / T. Fit T on data that the model was not
    trained on.

    Parameters
    ----------
    input : array
        Logits, with the classes along `axis`: of shape (N, K) by default. A logit may be -inf, for
        a masked class, except the true one's. The values are always read, even on a GPU.
    target : array of integers
        The indices of the true classes, of the shape of `input` without `axis`.
    axis : int, optional
        The axis of the classes, by default the last. PyTorch's losses have them on axis 1: for
        logits of shape (N, K, T) give ``axis=1``. Where K = T no shape tells the two apart.

    Returns
    -------
    array
        One number, of the dtype (at least float32), library and device of `input`. It is 0 if the
        true class has the largest logit in every sample, when the loss falls for as long as T
        does; 1 if all logits of each sample are equal, when no T changes anything; and infinity
        if the true logits are on average no larger than the mean of the finite ones of their rows,
        when no T is better than equal probabilities. It has no gradient.

    Raises
    ------
    ValueError
        If `input` has no samples or no classes, a logit is NaN or infinity, a true one is -inf, or
        the shape of `target` does not fit.
    IndexError
        If an index is outside [0, K).
    TypeError
        If `target` does not hold integers; if `input` is complex, not numeric, or an integer
        tensor; if its values can't be read, as in a compiled graph or under `vmap`.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML
    2017, section 4.2. https://arxiv.org/abs/1706.04599

    Examples
    --------
    The model says 0.95 and is right three times in four: dividing by T makes that 0.75.

    >>> z = [[3.0, 0.0]] * 4
    >>> temperature = fit_temperature(z, [0, 0, 1, 0])
    >>> round(float(temperature), 3)
    2.731
    >>> round(3.0 / math.log(3), 3)
    2.731
    """
    xp, (z, y) = to_arrays("target", input=input, target=target)
    y, axis = _with_indices(xp, "input", z, y, target, axis, copied=True)
    if not (holds_values(z) and holds_values(y)):
        raise TypeError("input must have values that can be read: fit the temperature eagerly")
    dtype = at_least_float32(xp, z.dtype)
    wide = xp.float32 if getattr(device(z), "type", None) == "mps" else xp.float64
    with quiet(xp):
        z = moveaxis(xp, xp.astype(detach(z), wide, copy=False), axis, -1)
        z = xp.reshape(z, (-1, z.shape[-1]))
        right = gather(xp, z, xp.reshape(y, (-1,)))
        if z.shape[0] == 0:
            raise ValueError("input must have at least one sample to fit a temperature to, got 0")
        if bool(xp.any(xp.isnan(z) | (z == math.inf))):
            raise ValueError("input must not contain NaN or infinity, which no temperature mends")
        if bool(xp.any(right == -math.inf)):
            raise ValueError(
                "input must be finite at the true class, got -inf: its loss is infinite at every T"
            )
        fitted = _temperature(xp, z, right[:, None])
        return xp.asarray(fitted, dtype=dtype, device=device(z))[()]


def _temperature(xp: Namespace, z: Array, right: Array) -> float:
    """Return the T that fits logits, the true one `right` of each row; 0 and infinity are limits."""
    leads = z / 2 - right / 2  # halves, whose difference can't overflow
    finite = leads > -math.inf
    leads = xp.where(finite, leads, xp.zeros_like(leads))
    scale = float(xp.max(xp.abs(leads)))
    if scale == 0:  # every T gives the same loss
        return 1.0
    if not bool(xp.any(leads > 0)):
        return 0.0
    leads = leads / scale

    def slope(inverse: float) -> float:
        """Return the derivative of the mean loss, log sum_k exp(inverse leads_k), over samples."""
        scaled = inverse * leads
        scaled = scaled - xp.max(scaled, axis=-1)[:, None]
        terms = xp.where(finite, xp.exp(scaled), xp.zeros_like(leads))
        return float(xp.mean(xp.sum(terms * leads, axis=-1) / xp.sum(terms, axis=-1)))

    if slope(0.0) >= 0:
        return math.inf
    low, high = 0.0, 1.0
    while slope(high) < 0:
        low, high = high, 2 * high
    # Until no number lies between: the loss is convex, so its slope changes sign once.
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return 2 * (scale / high)


def _squared_distance(xp: Namespace, q: Array, y: Array) -> Array:
    """Return each row's squared distance from the one-hot target."""
    off = xp.where(is_class(xp, q, y), q - 1, q)
    return xp.sum(off * off, axis=-1)


def _checked(probabilities: Array, target: Array, axis: int) -> tuple[Namespace, Array, Array, int]:
    """Return the namespace, the two arrays and the axis, from 0 on."""
    xp, (q, y) = to_arrays("target", probabilities=probabilities, target=target)
    return xp, q, *_with_indices(xp, "probabilities", q, y, target, axis)


def _with_indices(
    xp: Namespace, name: str, x: Array, y: Array, given: Any, axis: int, *, copied: bool = False
) -> tuple[Array, int]:
    """Return the class indices, `given` as these, and the axis, from 0 on; refuse what does not fit."""
    if is_floating(xp, y) and y.shape != (0,):  # as an empty list is
        raise wanted_indices(y, given, axis=axis if y.shape == x.shape else None)
    axis = require_outcomes(axis, **{name: x})
    samples = (*x.shape[:axis], *x.shape[axis + 1 :])
    if y.shape != samples:
        hint = ""
        if x.ndim == 1 and y.shape == x.shape:
            stack = "torch.stack" if is_torch_namespace(xp) else "np.stack"
            stack = stack if is_torch_namespace(xp) or is_numpy_namespace(xp) else "xp.stack"
            no = f"1 - {name}" if name == "probabilities" else f"0 * {name}"
            hint = f": of numbers for yes alone make rows, {name} = {stack}([{no}, {name}], -1)"
        raise ValueError(
            f"target must have the shape of {name} without axis {axis}, {samples}, got "
            f"{tuple(y.shape)}{hint}"
        )
    require_class_indices(xp, "target", y, x.shape[axis], copied=copied)
    return y, axis


def _binned(
    probabilities: Array, target: Array, bins: int, axis: int
) -> tuple[Namespace, Any, Array, Array, Array]:
    """Return the namespace, the results' dtype, and three arrays with a number for each bin.

    They are how many samples it holds, the sum of their confidences, and how many are right.
    """
    bins = require_integer("bins", bins, 1, _MOST_BINS)
    xp, q, y, axis = _checked(probabilities, target, axis)
    return xp, at_least_float32(xp, q.dtype), *_summed(xp, q, y, bins, axis, _bin_sums)


def _summed(
    xp: Namespace, q: Array, y: Array, bins: int, axis: int, sums_of: Callable[..., Any]
) -> Sequence[Array]:
    """Return the three sums of all blocks together."""
    with quiet(xp):
        binned = (
            sums_of(xp, part, y[block], bins, q.dtype)
            for block, part in over_distributions(axis, probabilities=q).results(lambda _, q: q)
        )
        return functools.reduce(lambda a, b: [x + y for x, y in zip(a, b)], binned)


def _bin_sums(
    xp: Namespace, q: Array, y: Array, bins: int, dtype: Any
) -> tuple[Array, Array, Array]:
    """Return each bin's number of samples, sum of confidences and number of right samples."""
    q, y = xp.reshape(q, (-1, q.shape[-1])), xp.reshape(y, (-1,))
    return _sums_in_bins(xp, xp.max(q, axis=-1), xp.argmax(q, axis=-1) == y, bins, dtype)


def _class_sums(xp: Namespace, q: Array, y: Array, bins: int, dtype: Any) -> list[Array]:
    """Return for each class the bins' number of samples, sum of its q_k, and of its samples."""
    q, y = xp.reshape(q, (-1, q.shape[-1])), xp.reshape(y, (-1,))
    # Copied, since torch's searchsorted warns of a column that is not contiguous.
    columns = (xp.astype(q[:, k], q.dtype, copy=True) for k in range(q.shape[-1]))
    of_classes = (_sums_in_bins(xp, q_k, y == k, bins, dtype) for k, q_k in enumerate(columns))
    return [xp.stack(rows) for rows in zip(*of_classes)]


def _sums_in_bins(
    xp: Namespace, confidence: Array, right: Array, bins: int, dtype: Any
) -> tuple[Array, Array, Array]:
    """Return each bin's number of samples, sum of confidences and number of right samples."""
    bin_of = _bin_of(xp, confidence, bins, dtype)
    if is_numpy_namespace(xp):
        count = np.bincount(bin_of, minlength=bins)
        weights = (x.astype(np.float64, copy=False) for x in (confidence, right))
        sum_c, sum_r = (np.bincount(bin_of, x, minlength=bins) for x in weights)
        return count, sum_c, sum_r
    # In float64 where the device has it: a float32 count would stop growing at 2^24.
    wide = xp.float32 if getattr(device(confidence), "type", None) == "mps" else xp.float64
    values = xp.ones_like(bin_of), xp.astype(confidence, wide), xp.astype(right, wide)
    if is_torch_namespace(xp):
        zeros = (xp.zeros(bins, dtype=x.dtype, device=device(x)) for x in values)
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
    # An array divided by a number is multiplied by its reciprocal on a GPU, which rounds twice.
    all_bins = xp.full((), bins, dtype=confidence.dtype, device=device(confidence))
    edges = xp.arange(1, bins, dtype=confidence.dtype, device=device(confidence)) / all_bins
    # Rounded to the dtype that was given, so that a confidence of m / M equals its edge.
    edges = xp.astype(xp.astype(edges, dtype, copy=False), confidence.dtype, copy=False)
    return xp.searchsorted(edges, detach(confidence))
