"""The losses that classifiers are trained with, as PyTorch computes them.

    nll_loss                           -w_y log q_y, from log q
    cross_entropy_loss                 -sum_k w_k t_k log q_k, from logits: q = softmax(z)
    binary_cross_entropy               -t log p - (1 - t) log(1 - p), from probabilities
    binary_cross_entropy_with_logits   the same from logits: p = sigmoid(z)
    kl_div_loss                        t (log t - log q), from log q
    focal_loss                         -w_y (1 - q_y)^gamma log q_y, from logits: q = softmax(z)

Names, arguments and results are those of torch.nn.functional, infinities and NaN included. They
differ on purpose where PyTorch loses digits, in half precision and where the model is almost
certain, and where a docstring says so; and in gradients under an infinite weight in a compiled
graph. The classes lie on axis 1 of (N, C) and (N, C, d1, ..., dK), and on the only axis of (C,).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lossutils._arrays import Reduction
from lossutils._batch import over_classes, over_elements
from lossutils._checks import require_flag, require_number
from lossutils._complement import complement
from lossutils._formulas import (
    absolute,
    gather,
    log_probability,
    log_sigmoid_of,
    log_softmax_of_rows,
    masked_log,
    mixed_with_uniform,
    sigmoid_of,
    weighted,
    with_slopes,
)
from lossutils._namespaces import Array, Namespace, detach, records_gradient, upcast

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy_loss",
    "focal_loss",
    "kl_div_loss",
    "nll_loss",
]

# PyTorch clamps p (1 - p) at this from below, in float32, so that no gradient is infinite.
_LEAST_VARIANCE = float(np.float32(1e-12))


def nll_loss(
    input: Array,
    target: Array,
    *,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Array:
    """Return the negative log-likelihood of the true classes: -w_y log q_y.

    It takes no logarithm itself: given anything but log-probabilities it still picks the entries
    of the true classes and negates them. A negative loss is a sign of that mistake.

    Parameters
    ----------
    input : array of shape (C,), (N, C) or (N, C, d1, ..., dK)
        Log-probabilities log q, as `log_softmax` gives them.
    target : array of integers of shape (), (N,) or (N, d1, ..., dK)
        Class indices y, each in [0, C) or `ignore_index`.
    weight : array of shape (C,), optional
        What a sample counts, by its class; 1 for all when left out. May be 0 or negative.
    ignore_index : int, optional
        The index that marks samples to leave out, a class or not. Their loss is 0, and their
        weight is missing from the mean.
    reduction : {"mean", "sum", "none"}, optional
        "mean" divides the sum by the weights of the samples that count, sum_n w_(y_n), not by N.

    Returns
    -------
    array
        In nats; of the shape of `target` for "none", else a single number. Its type is what
        `input` and `weight` promote to.

        =======================================  =====  ====  ==============
        samples                                  mean   sum   gradient
        =======================================  =====  ====  ==============
        none, or all ignored                     nan    0.0   0
        all with weight 0                        nan    0.0   nan (mean)
        one whose log q_y is -inf                inf    inf   finite
        =======================================  =====  ====  ==============

    Raises
    ------
    ValueError
        If shapes do not match (nothing is broadcast), or `reduction` is none of the three.
    IndexError
        If an index is outside [0, C) and not `ignore_index`. Indices are read only where that is
        free: on a device other than the CPU, and inside ``torch.compile``, it is left to PyTorch's
        own check of indices.
    TypeError
        If `target` does not hold integers, `input` or `weight` is complex, not numeric, or an integer
        tensor, or they are arrays of two libraries.

    References
    ----------
    PyTorch's page: https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html

    Examples
    --------
    >>> import math
    >>> log_q = [[math.log(0.5), math.log(0.25), math.log(0.25)]]
    >>> float(nll_loss(log_q, [1])) == math.log(4)
    True
    >>> float(nll_loss([[2.0, 3.0, 1.0]], [1]))
    -3.0
    """
    batch = over_classes(input, target, weight, ignore_index, reduction, width=1)

    def loss(xp: Namespace, log_q: Array, y: Array, w_y: Array) -> Array:
        (log_q_y,) = upcast(xp, batch.dtype, gather(xp, log_q, y))
        # 0 - x, not -x: the loss of a sure and right model is 0.0, not -0.0.
        return 0.0 - weighted(w_y, log_q_y)

    return batch.reduce(loss)


def cross_entropy_loss(
    input: Array,
    target: Array,
    *,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """Return the cross-entropy of softmax(`input`) relative to the target: -sum_k w_k t_k log q_k.

    For a class index y that is -w_y log q_y. Label smoothing alpha replaces t by
    (1 - alpha) t + alpha / K, for indices too: (1 - alpha) w_y (-log q_y) + (alpha / K) sum_k w_k
    (-log q_k). The gradient for one sample of weight 1 is q - t, where t sums to 1.

    Parameters
    ----------
    input : array of shape (C,), (N, C) or (N, C, d1, ..., dK)
        Logits z: any numbers. Apply no softmax beforehand: it is included.
    target : array
        Integers are class indices y, of shape (), (N,) or (N, d1, ..., dK), each in [0, C) or
        `ignore_index`. Floats are probabilities t, of the shape of `input`; rows need not sum to 1
        or be nonnegative.
    weight : array of shape (C,), optional
        What each class counts; 1 for all when left out. May be 0 or negative. Under "mean" a batch
        of indices divides by its own weights, so in small ones they count for less; divide a "sum"
        by a fixed number where that matters.
    ignore_index : int, optional
        The index that marks samples to leave out, a class or not. Their loss is 0, and their
        weight is missing from the mean. It has no effect on probabilities, and must then be
        negative.
    reduction : {"mean", "sum", "none"}, optional
        For indices, "mean" divides the sum by the weights of the samples that count,
        sum_n w_(y_n); for probabilities by the number of samples, N d1 ... dK, weights or not.
    label_smoothing : number, optional
        The share alpha of the target that is spread over all classes, in [0, 1].

    Returns
    -------
    array
        In nats; for "none" of the shape of `input` without its class axis, else a single number.
        Its type is what the floats among the arguments promote to.

        =======================================  =====  ====  ==============
        samples                                  mean   sum   gradient
        =======================================  =====  ====  ==============
        none, or all ignored                     nan    0.0   0
        all with weight 0 (indices)              nan    0.0   nan (mean)
        one whose logit z_y is -inf              inf    inf   finite
        one with a logit inf, NaN, or all -inf   nan    nan   nan
        =======================================  =====  ====  ==============

        As in PyTorch, a row like the last adds nothing if it is ignored, but its gradient is nan
        all the same; and a probability t_k = 0 times log q_k = -inf is nan. Otherwise than in
        PyTorch, a small loss keeps its digits: of the logits (40, 0) and the class 0 it is 4.2e-18,
        not 0.

    Raises
    ------
    ValueError
        If shapes do not match (nothing is broadcast), `reduction` is none of the three,
        `label_smoothing` is outside [0, 1], or `ignore_index` is not negative while the target
        holds probabilities.
    IndexError
        If an index is outside [0, C) and not `ignore_index`. Indices are read only where that is
        free: see `nll_loss`.
    TypeError
        If `target` holds floats but has the shape of indices, `input` or `weight` is complex, not
        numeric, or an integer tensor, or they are arrays of two libraries.

    References
    ----------
    C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, "Rethinking the Inception Architecture
    for Computer Vision", CVPR 2016, section 7 (label smoothing).
    https://doi.org/10.1109/CVPR.2016.308
    PyTorch's page: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

    Examples
    --------
    It is the cross-entropy of two distributions:

    >>> import math
    >>> from lossutils import cross_entropy, softmax
    >>> z, t = [2.0, 1.0, -1.0], [0.7, 0.2, 0.1]
    >>> math.isclose(cross_entropy_loss(z, t), cross_entropy(t, softmax(z)))
    True

    Equal logits give every class 1/K, and cost log K whatever the class:

    >>> math.isclose(cross_entropy_loss([[0.0, 0.0, 0.0]], [2]), math.log(3))
    True
    """
    alpha = require_number("label_smoothing", label_smoothing, 0, 1)
    batch = over_classes(
        input, target, weight, ignore_index, reduction, soft=True, pieces=24 if alpha else 16
    )
    w, even = batch.w, alpha / max(batch.classes, 1)

    def of_class(xp: Namespace, z: Array, y: Array, w_y: Array) -> Array:
        return 0.0 - weighted(w_y, log_probability(xp, z, y))

    def smoothed(xp: Namespace, z: Array, y: Array, w_y: Array) -> tuple[Array, Array]:
        log_q = log_softmax_of_rows(xp, z)
        true = 0.0 - weighted(w_y, gather(xp, log_q, y))
        uniform = 0.0 - xp.sum(weighted(w, log_q), axis=-1)
        return (1 - alpha) * true, even * uniform

    def of_probabilities(xp: Namespace, z: Array, t: Array) -> Array:
        if alpha:
            t = mixed_with_uniform(t, alpha)
        return 0.0 - xp.sum(weighted(w, t * log_softmax_of_rows(xp, z)), axis=-1)

    if not batch.has_indices:
        return batch.reduce(of_probabilities)
    if not alpha:  # as PyTorch: else 0 times an infinite log q_k would be NaN
        return batch.reduce(of_class)
    losses = batch.reduce(smoothed)
    # What smoothing spreads over no classes, alpha / 0 for each, is NaN in PyTorch.
    return losses if batch.classes else losses + batch.xp.nan


def focal_loss(
    input: Array,
    target: Array,
    *,
    gamma: float = 2.0,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Array:
    """Return the cross-entropy, scaled down where the model is sure: -w_y (1 - q_y)^gamma log q_y.

    Samples that are classified well already add next to nothing, so that many easy ones do not
    drown the few hard ones. The paper has two classes and q = sigmoid(z); here q = softmax(z) over any
    number of them, and the paper's case is that of the logits (0, z), with its alpha in the
    weights (1 - alpha, alpha).

    Parameters
    ----------
    input : array of shape (C,), (N, C) or (N, C, d1, ..., dK)
        Logits z: any numbers.
    target : array of integers of shape (), (N,) or (N, d1, ..., dK)
        Class indices y, each in [0, C) or `ignore_index`.
    gamma : number, optional
        How strongly well-classified samples are scaled down, at least 0; 2 worked best in the
        paper. With 0 it is `cross_entropy_loss`.
    weight : array of shape (C,), optional
        What a sample counts, by its class (the paper's alpha_t); 1 for all when left out.
    ignore_index : int, optional
        The index that marks samples to leave out, a class or not. Their loss is 0, and their
        weight is missing from the mean.
    reduction : {"mean", "sum", "none"}, optional
        "mean" divides the sum by the weights of the samples that count, as `cross_entropy_loss`
        does. (The paper, for detectors, divides by the number of anchors assigned to an object
        instead: take "sum".)

    Returns
    -------
    array
        In nats; of the shape of `target` for "none", else a single number. Its type is what
        `input` and `weight` promote to. Special values as in `cross_entropy_loss`, and

        =====  ===========
        q_y    focal loss
        =====  ===========
        0      inf
        1      0.0
        =====  ===========

    Raises
    ------
    ValueError, IndexError, TypeError
        As `nll_loss`, and if `gamma` is negative, not finite, or not a number.

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, "Focal Loss for Dense Object Detection",
    ICCV 2017. https://doi.org/10.1109/ICCV.2017.324

    Examples
    --------
    With gamma = 2 a sample of probability 0.9 counts a hundredth of its cross-entropy:

    >>> import math
    >>> z = [math.log(0.9), math.log(0.1)]
    >>> math.isclose(focal_loss(z, 0), cross_entropy_loss(z, 0) / 100)
    True
    """
    gamma = require_number("gamma", gamma, 0)
    batch = over_classes(input, target, weight, ignore_index, reduction)

    def loss(xp: Namespace, z: Array, y: Array, w_y: Array) -> Array:
        log_q = log_probability(xp, z, y)
        # 1 - q, to all its digits. It is put to 1 where its slope would make the gradient NaN: where
        # q = 1, at which the loss is 0 whatever the factor, since that of 0^gamma is infinite for
        # gamma < 1; and where q = 0, at which it is 1, but its slope 0 times infinity.
        ends = (log_q == 0) | (log_q == -xp.inf)
        rest = xp.where(ends, xp.ones_like(log_q), complement(xp, log_q))
        return 0.0 - weighted(w_y, rest**gamma * log_q)

    return batch.reduce(loss)


def binary_cross_entropy(
    input: Array,
    target: Array,
    *,
    weight: Array | None = None,
    reduction: Reduction = "mean",
) -> Array:
    """Return the binary cross-entropy: -t log p - (1 - t) log(1 - p), element by element.

    Each logarithm is clamped at -100 from below, so that no loss is infinite. Neither is the
    gradient, which is (p - t) / max(p (1 - p), 1e-12). For logits use
    `binary_cross_entropy_with_logits`, which needs no such bounds.

    Parameters
    ----------
    input : array of any shape
        Probabilities p, each in [0, 1].
    target : array of the shape of `input`
        The true probabilities t, each in [0, 1]; 0 and 1 for no and yes.
    weight : array that broadcasts to the shape of `input`, optional
        What each element counts; 1 for all when left out.
    reduction : {"mean", "sum", "none"}, optional
        "mean" divides the sum by the number of elements, weights or not.

    Returns
    -------
    array
        In nats; of the shape of `input` for "none", else a single number. Its type is what the
        arguments promote to.

        ===  ===  =======  ================================
        p    t    loss     slope in p
        ===  ===  =======  ================================
        0    0    0.0      0
        0    1    100.0    -1e12
        1    0    100.0    1e12
        1    1    0.0      0
        ===  ===  =======  ================================

        The mean of no elements is nan, their sum 0.0. The slope in t is that of the loss with its
        bounds, at most 100, where PyTorch's is infinite. Second derivatives are those of these
        slopes: 1e12 at p = 0 and 1, where PyTorch's reach 1e24.

    Raises
    ------
    ValueError
        If `input` or `target` has NaN or a number outside [0, 1] (read only where that is free: see
        `check_distribution`), their shapes differ, `weight` does not broadcast to them, or
        `reduction` is none of the three.
    TypeError
        If an argument is complex, not numeric, or an integer tensor, or they are arrays of two
        libraries.

    References
    ----------
    PyTorch's page: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html

    Examples
    --------
    It is the cross-entropy of two distributions over no and yes:

    >>> import math
    >>> from lossutils import cross_entropy
    >>> math.isclose(binary_cross_entropy(0.6, 0.9), cross_entropy([0.1, 0.9], [0.4, 0.6]))
    True
    """
    batch = over_elements(input, target, reduction, weight=weight, probabilities=True)

    def loss(xp: Namespace, p: Array, t: Array) -> Array:
        log_p, log_rest = _bounded_logs(xp, p)
        return 0.0 - (t * log_p + (1 - t) * log_rest)

    def in_p(xp: Namespace, g: Array, p: Array, t: Array) -> Array:
        return g * with_slopes(xp, _bounded_slope, [_bounded_bend, _bounded_bend_in_t], p, t)

    def in_t(xp: Namespace, g: Array, p: Array, t: Array) -> Array:
        log_p, log_rest = _bounded_logs(xp, p)
        return g * (log_rest - log_p)

    return batch.reduce(loss, in_p, in_t)


def binary_cross_entropy_with_logits(
    input: Array,
    target: Array,
    *,
    weight: Array | None = None,
    reduction: Reduction = "mean",
    pos_weight: Array | None = None,
) -> Array:
    """Return the binary cross-entropy from logits: -t log p - (1 - t) log(1 - p).

    With p = sigmoid(z) that is max(z, 0) - z t + log(1 + e^-|z|), in which nothing overflows, no
    logarithm of 0 is taken, and a small loss keeps its digits. With `pos_weight` the first term is
    -pos_weight t log p. Without weights the gradient is sigmoid(z) - t.

    Parameters
    ----------
    input : array of any shape
        Logits z: any numbers. Apply no sigmoid beforehand: it is included.
    target : array of the shape of `input`
        The true probabilities t; 0 and 1 for no and yes. Values outside [0, 1] are allowed.
    weight : array that broadcasts to the shape of `input`, optional
        What each element counts; 1 for all when left out.
    reduction : {"mean", "sum", "none"}, optional
        "mean" divides the sum by the number of elements, weights or not.
    pos_weight : array that broadcasts to the shape of `input`, optional
        How many times a yes counts, where a no counts once; 1 when left out.

    Returns
    -------
    array
        In nats; of the shape of `input` for "none", else a single number. Its type is what the
        arguments promote to.

        =====  ===  =======  ==========
        z      t    loss     slope in z
        =====  ===  =======  ==========
        -inf   0    nan      0
        -inf   1    nan      -1
        inf    0    inf      1
        inf    1    nan      0
        0      t    log 2    0.5 - t
        =====  ===  =======  ==========

        The nan is 0 times infinity, as in PyTorch. The mean of no elements is nan, their sum 0.0.

    Raises
    ------
    ValueError
        If the shapes of `input` and `target` differ, `weight` or `pos_weight` does not broadcast to
        them, or `reduction` is none of the three.
    TypeError
        If an argument is complex, not numeric, or an integer tensor, or they are arrays of two
        libraries.

    References
    ----------
    PyTorch's page: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html

    Examples
    --------
    >>> import math
    >>> from lossutils import sigmoid
    >>> from_logit = binary_cross_entropy_with_logits(0.7, 0.9)
    >>> math.isclose(from_logit, binary_cross_entropy(sigmoid(0.7), 0.9))
    True
    """
    batch = over_elements(input, target, reduction, weight=weight, pos_weight=pos_weight)

    def loss(xp: Namespace, z: Array, t: Array, pos_weight: Array | None = None) -> Array:
        # (1 - t) z - both log sigmoid(z), from which z cancels where it is negative. Where it can't,
        # being infinite, the value is PyTorch's.
        yes = t if pos_weight is None else pos_weight * t
        both = 1 if pos_weight is None else 1 + (pos_weight - 1) * t
        log = both * xp.log1p(xp.exp(-absolute(xp, z)))
        whole = (1 - t) * z - both * z
        negative = xp.where(xp.isfinite(whole), log - yes * z, whole)
        return xp.where(z >= 0, (1 - t) * z + log, negative)

    def in_z(xp: Namespace, g: Array, z: Array, t: Array, pos_weight: Array | None = None) -> Array:
        # sigmoid(z) - t, from the probability of the less likely answer, which has all its digits.
        unlikely = sigmoid_of(xp, -absolute(xp, z))
        if pos_weight is None:
            return g * xp.where(z >= 0, (1 - t) - unlikely, unlikely - t)
        yes = pos_weight * t
        unlikely = (yes + 1 - t) * unlikely
        # An infinite weight makes it NaN, as in PyTorch.
        return g * (xp.where(z >= 0, (1 - t) - unlikely, unlikely - yes) + (yes - yes))

    def in_t(xp: Namespace, g: Array, z: Array, t: Array, pos_weight: Array | None = None) -> Array:
        if pos_weight is None:
            return g * -z
        return g * (log_sigmoid_of(xp, -z) - pos_weight * log_sigmoid_of(xp, z))

    def in_pos_weight(xp: Namespace, g: Array, z: Array, t: Array, pos_weight: Array) -> Array:
        return g * t * -log_sigmoid_of(xp, z)

    return batch.reduce(loss, in_z, in_t, in_pos_weight)


def kl_div_loss(
    input: Array,
    target: Array,
    *,
    reduction: Reduction | Literal["batchmean"] = "mean",
    log_target: bool = False,
) -> Array:
    """Return what each outcome adds to the divergence of q from t: t (log t - log q).

    The first argument is the model's log q, whereas `kl_divergence` takes the true distribution
    first. The sum over a distribution is D(t || q). "batchmean" is the mean of these sums, "mean"
    the mean of the elements.

    Parameters
    ----------
    input : array of any shape
        Log-probabilities log q.
    target : array of the shape of `input`
        The true probabilities t, or with `log_target` their logarithms.
    reduction : {"mean", "batchmean", "sum", "none"}, optional
        "mean" divides the sum by the number of elements, "batchmean" by the length of axis 0: the
        mean of the divergences where rows are distributions. Of a single number it is the sum.
    log_target : bool, optional
        Whether `target` is log t.

    Returns
    -------
    array
        In nats; of the shape of `input` for "none", else a single number. Its type is what the
        arguments promote to.

        =====================  ======  ==========  ==========
        t                      log q   adds        slope in t
        =====================  ======  ==========  ==========
        0                      finite  0.0         -log q
        0                      -inf    nan         inf
        > 0                    -inf    inf         inf
        < 0                    any     nan         nan
        0 given as log t       any     nan         nan
        =====================  ======  ==========  ==========

        The slope at t = 0 leaves out log t, whose limit is infinite; PyTorch's is nan. The mean of
        no elements is nan, their sum 0.0.

    Raises
    ------
    ValueError
        If the shapes of `input` and `target` differ (nothing is broadcast), or `reduction` is none
        of the four.
    TypeError
        If an argument is complex, not numeric, or an integer tensor, or they are arrays of two
        libraries.

    References
    ----------
    S. Kullback, R. A. Leibler, "On Information and Sufficiency", Annals of Mathematical
    Statistics 22 (1951), 79-86. https://doi.org/10.1214/aoms/1177729694
    PyTorch's page: https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html

    Examples
    --------
    >>> import numpy as np
    >>> from lossutils import kl_divergence
    >>> p, q = np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([[0.6, 0.4], [0.5, 0.5]])
    >>> batchmean = kl_div_loss(np.log(q), p, reduction="batchmean")
    >>> bool(np.isclose(batchmean, np.mean(kl_divergence(p, q)), rtol=1e-15))
    True
    """
    given_as_log = require_flag("log_target", log_target)
    batch = over_elements(input, target, reduction, "batchmean")

    def loss(xp: Namespace, log_q: Array, t: Array) -> Array:
        if given_as_log:
            return xp.exp(t) * (t - log_q)
        return t * masked_log(xp, t, t == 0) - t * log_q

    def in_log_q(xp: Namespace, g: Array, log_q: Array, t: Array) -> Array:
        return -g * (xp.exp(t) if given_as_log else t)

    def in_t(xp: Namespace, g: Array, log_q: Array, t: Array) -> Array:
        if given_as_log:
            return g * (t - log_q) * xp.exp(t) + g * xp.exp(t)
        # Where nothing comes back, nothing goes on, not even into the log of a negative number.
        log_t = xp.where((g == 0) & (t < 0), g, masked_log(xp, t, t == 0))
        return g * log_t + xp.where(t == 0, xp.zeros_like(g), g) - g * log_q

    return batch.reduce(loss, in_log_q, in_t)


def _bounded_slope(xp: Namespace, p: Array, t: Array) -> Array:
    """Return (p - t) / max(p (1 - p), e)."""
    return (p - t) / _bounded_variance(xp, p)


def _bounded_bend(xp: Namespace, g: Array, p: Array, t: Array) -> Array:
    variance = _bounded_variance(xp, p)
    # 1 / v - (p - t) (1 - 2p) / v^2, whose terms nearly cancel where p is small and t = 0.
    inside = ((p - t) ** 2 + t * (1 - t)) / variance**2
    return g * xp.where(p * (1 - p) > _LEAST_VARIANCE, inside, 1 / variance)


def _bounded_bend_in_t(xp: Namespace, g: Array, p: Array, t: Array) -> Array:
    return -g / _bounded_variance(xp, p)


def _bounded_variance(xp: Namespace, p: Array) -> Array:
    return xp.maximum(p * (1 - p), xp.full_like(p, _LEAST_VARIANCE))


def _bounded_logs(xp: Namespace, p: Array) -> tuple[Array, Array]:
    """Return log p and log(1 - p) clamped at -100, with PyTorch's gradients.

    Those are (1 - p) / max(p (1 - p), e) and -p / max(p (1 - p), e): 1 / p and -1 / (1 - p), but
    bounded where p (1 - p) is below e.
    """
    logs = xp.log(p), xp.log1p(-p)
    low, high = (xp.maximum(x, xp.full_like(x, -100.0)) for x in logs)
    if not records_gradient(p):
        return low, high
    rest = 1 - p
    inside = p * rest >= _LEAST_VARIANCE
    some = xp.where(inside, p, xp.full_like(p, 0.5))  # so that no slope outside is infinite
    step = (p - detach(p)) / _LEAST_VARIANCE  # 0, with the slope 1 / e
    return (
        xp.where(inside, xp.log(some), detach(low) + detach(rest) * step),
        xp.where(inside, xp.log1p(-some), detach(high) - detach(p) * step),
    )
