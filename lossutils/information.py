"""Entropy and its relatives for discrete distributions.

    surprisal       -log p_k
    entropy         H(p)      = -sum_k p_k log p_k
    cross-entropy   H(p, q)   = -sum_k p_k log q_k              = H(p) + D(p || q)
    KL divergence   D(p || q) =  sum_k p_k (log p_k - log q_k)

An outcome with p_k = 0 adds nothing, since x log x goes to 0 with x; one with p_k > 0 and
q_k = 0 makes the sum infinite (Cover & Thomas 2006, chapter 2).
"""

from __future__ import annotations

from lossutils._arrays import (
    Array,
    Namespace,
    distribution_fault,
    log_base,
    per_distribution,
    quiet_log,
    require_axis,
    require_probabilities,
    to_arrays,
)
from lossutils._namespaces import array_namespace, is_numpy_array

__all__ = [
    "check_distribution",
    "cross_entropy",
    "entropy",
    "js_divergence",
    "kl_divergence",
    "perplexity",
    "surprisal",
]


def surprisal(p: Array, /, *, base: float | None = None) -> Array:
    """Return how surprising an outcome of probability `p` is: -log p, element by element.

    Probabilities of independent events multiply, so their surprisals add; the logarithm is the
    only continuous way to have that.

    Parameters
    ----------
    p : array of any shape, or number
        Probabilities, each in [0, 1].
    base : number, optional
        Base of the logarithm: 2 gives bits. Nats (base e) when left out.

    Returns
    -------
    array
        Of the shape, dtype and device of `p`.

        ====  =========
        p     surprisal
        ====  =========
        1     0.0
        0     inf
        ====  =========

    Raises
    ------
    ValueError
        If an entry is NaN or outside [0, 1] by more than rounding, or `base` is not positive,
        is infinite or is 1.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    References
    ----------
    C. E. Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 27
    (1948), 379-423. https://doi.org/10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    Two coins and a die thrown together surprise as much as each of them does, summed:

    >>> import math
    >>> together = surprisal(1/2 * 1/2 * 1/6, base=2)
    >>> math.isclose(together, surprisal([1/2, 1/2, 1/6], base=2).sum())
    True
    """
    xp, (p,) = to_arrays(p=p)
    require_probabilities(xp, "p", p)
    with quiet_log(xp):
        # 0 - log 1 is 0.0, where -log 1 would be -0.0.
        return (0.0 - xp.log(p)) / log_base(base)


def entropy(p: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the Shannon entropy of `p`, its expected surprisal: -sum_k p_k log p_k.

    Parameters
    ----------
    p : array
        Distributions along `axis`: entries not negative, summing to 1 within 4 eps + K eps for K
        outcomes, eps being the dtype's rounding step (1.2e-4 for 1000 outcomes in float32). In
        half precision the second eps is float32's.
    base : number, optional
        Base of the logarithm: 2 gives bits. Nats (base e) when left out.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with its dtype and device. From 0.0 (one outcome is
        certain) to log K (all are equally likely).

        ===============  ===================================================
        p_k              what the outcome adds
        ===============  ===================================================
        0                0.0, and 0 to the gradient (the limit is infinite)
        1                0.0
        ===============  ===================================================

    Raises
    ------
    ValueError
        If `p` is empty, has no axis, has NaN or negative entries or does not sum to 1, if `axis`
        is out of range, or if `base` is not positive, is infinite or is 1. Entries are read only
        where that is free: on tensors of another device than the CPU, and inside
        ``torch.compile``, ask `check_distribution`.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    References
    ----------
    T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd ed., Wiley 2006, section 2.1.
    https://doi.org/10.1002/047174882X

    Examples
    --------
    The entropy is the surprisal to be expected:

    >>> import numpy as np
    >>> p = np.array([0.5, 0.25, 0.125, 0.125])
    >>> bool(entropy(p, base=2) == sum(p * surprisal(p, base=2)) == 1.75)
    True
    """

    def nats(xp: Namespace, p: Array) -> Array:
        # 0 - s, not -s: a certain outcome has entropy 0.0, not -0.0.
        return 0.0 - xp.sum(p * masked_log(xp, p, p == 0), axis=-1)

    return per_distribution(nats, axis, p=p) / log_base(base)


def cross_entropy(p: Array, q: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the cross-entropy of `q` relative to `p`: -sum_k p_k log q_k.

    It is the surprisal to be expected by who believes `q` while `p` is true: H(p) + D(p || q),
    so it is smallest, and then H(p), where q = p.

    Parameters
    ----------
    p, q : array
        The true distributions and the model's along `axis`, of equal shapes (nothing is
        broadcast). Summing to 1 as `entropy` has it.
    base : number, optional
        Base of the logarithm: 2 gives bits. Nats (base e) when left out.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with the dtype that `p` and `q` promote to.

        ===  ===  =====================================================
        p_k  q_k  what the outcome adds
        ===  ===  =====================================================
        0    > 0  0.0
        0    0    0.0, and 0 to the gradient
        > 0  0    inf
        ===  ===  =====================================================

    Raises
    ------
    ValueError
        As `entropy`, for `p` and `q`, and if their shapes or devices differ.
    TypeError
        As `entropy`, and if `p` and `q` are arrays of two libraries.

    References
    ----------
    K. P. Murphy, "Probabilistic Machine Learning: An Introduction", MIT Press 2022, section 6.1.2.
    https://probml.github.io/pml-book/book1.html

    Examples
    --------
    >>> import math
    >>> p, q = [0.7, 0.2, 0.1], [0.5, 0.25, 0.25]
    >>> math.isclose(cross_entropy(p, q), entropy(p) + kl_divergence(p, q))
    True
    >>> float(cross_entropy([0.5, 0.5], [1.0, 0.0]))
    inf
    """

    def nats(xp: Namespace, p: Array, q: Array) -> Array:
        return 0.0 - xp.sum(p * masked_log(xp, q, (p == 0) & (q == 0)), axis=-1)

    return per_distribution(nats, axis, p=p, q=q) / log_base(base)


def kl_divergence(p: Array, q: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the Kullback-Leibler divergence of `q` from `p`: sum_k p_k (log p_k - log q_k).

    It is what believing `q` costs where `p` is true, beyond the entropy of `p`: never negative
    but by rounding, 0 only where q = p, and another number the other way round.

    Parameters
    ----------
    p, q : array
        The true distributions and the model's along `axis`, of equal shapes (nothing is
        broadcast). Summing to 1 as `entropy` has it.
    base : number, optional
        Base of the logarithm: 2 gives bits. Nats (base e) when left out.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with the dtype that `p` and `q` promote to. From 0.0
        to inf. In gradients the slope of p_k log p_k, infinite at 0, counts as 0 there.

        ===  ===  =====================================================
        p_k  q_k  what the outcome adds
        ===  ===  =====================================================
        0    > 0  0.0
        0    0    0.0, and 0 to the gradient
        > 0  0    inf
        ===  ===  =====================================================

    Raises
    ------
    ValueError
        As `entropy`, for `p` and `q`, and if their shapes or devices differ.
    TypeError
        As `entropy`, and if `p` and `q` are arrays of two libraries.

    References
    ----------
    S. Kullback, R. A. Leibler, "On Information and Sufficiency", Annals of Mathematical
    Statistics 22 (1951), 79-86. https://doi.org/10.1214/aoms/1177729694

    Examples
    --------
    It is no distance: there and back differ, and one may be infinite.

    >>> fair, loaded = [0.5, 0.5], [1.0, 0.0]
    >>> float(kl_divergence(fair, loaded)), float(kl_divergence(loaded, fair, base=2))
    (inf, 1.0)
    """

    def nats(xp: Namespace, p: Array, q: Array) -> Array:
        return xp.sum(p * log_ratio(xp, p, q), axis=-1)

    return per_distribution(nats, axis, p=p, q=q) / log_base(base)


def js_divergence(p: Array, q: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the Jensen-Shannon divergence: (D(p || m) + D(q || m)) / 2, where m = (p + q) / 2.

    Symmetric and bounded: 0 where p = q, log 2 (one bit) where they share no outcome.

    Parameters
    ----------
    p, q : array
        Distributions along `axis`, of equal shapes (nothing is broadcast). Summing to 1 as
        `entropy` has it.
    base : number, optional
        Base of the logarithm: 2 gives bits. Nats (base e) when left out.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with the dtype that `p` and `q` promote to. Where an
        outcome is 0 in one of them, it adds the other's p_k log 2 / 2; in both, 0.0. In gradients
        the slope of p_k log p_k, infinite at 0, counts as 0 there.

    Raises
    ------
    ValueError
        As `entropy`, for `p` and `q`, and if their shapes or devices differ.
    TypeError
        As `entropy`, and if `p` and `q` are arrays of two libraries.

    References
    ----------
    J. Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Transactions on Information
    Theory 37 (1991), 145-151. https://doi.org/10.1109/18.61115

    Examples
    --------
    >>> float(js_divergence([1.0, 0.0], [0.0, 1.0], base=2))
    1.0
    >>> p, q = [0.9, 0.1], [0.2, 0.8]
    >>> bool(js_divergence(p, q) == js_divergence(q, p))
    True
    """

    def nats(xp: Namespace, p: Array, q: Array) -> Array:
        # p/m as 2p/(p + q): halving a sum of the smallest numbers would round it to 0.
        p_over_m = log_ratio(xp, 2 * p, p + q)
        q_over_m = log_ratio(xp, 2 * q, p + q)
        return xp.sum(p * p_over_m + q * q_over_m, axis=-1) / 2

    return per_distribution(nats, axis, p=p, q=q) / log_base(base)


def perplexity(p: Array, /, *, axis: int = -1) -> Array:
    """Return e to the entropy of `p`: how many equally likely outcomes would be as uncertain.

    Parameters
    ----------
    p : array
        Distributions along `axis`. Summing to 1 as `entropy` has it.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with its dtype and device: a number of outcomes, from
        1.0 to K, the same whatever unit the entropy is in.

    Raises
    ------
    ValueError, TypeError
        As `entropy`.

    References
    ----------
    F. Jelinek, R. L. Mercer, L. R. Bahl, J. K. Baker, "Perplexity - a Measure of the Difficulty of
    Speech Recognition Tasks", Journal of the Acoustical Society of America 62 (1977), S63.
    https://doi.org/10.1121/1.2016299

    Examples
    --------
    A fair die of 6 sides is as uncertain as 6 equally likely outcomes; a loaded one is less so.

    >>> round(float(perplexity([1/6] * 6)), 12)
    6.0
    >>> round(float(perplexity([1/2, 1/10, 1/10, 1/10, 1/10, 1/10])), 3)
    4.472
    """
    nats = entropy(p, axis=axis)
    return array_namespace(nats).exp(nats)


def check_distribution(p: Array, /, *, axis: int = -1) -> None:
    """Refuse `p` if it is not made of distributions along `axis`, wherever its values are.

    The other functions check the values of NumPy arrays and of tensors on the CPU, but not those
    on another device, where reading waits for a copy, nor inside ``torch.compile``, where it
    breaks the graph. This one always reads them: once, before a loop, is often enough.

    Parameters
    ----------
    p : array
        What should be distributions along `axis`.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Raises
    ------
    ValueError
        If `p` is empty, has no axis, has NaN or negative entries, or does not sum to 1 within
        4 eps + K eps (see `entropy`), or if `axis` is out of range. The message says where.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    Examples
    --------
    >>> check_distribution([[0.5, 0.5], [0.5, 0.4]])
    Traceback (most recent call last):
        ...
    ValueError: p must sum to 1 along axis 1 within 1.3e-15, p[1, :] sums to 0.9: divide by the sum
    """
    xp, (p,) = to_arrays(p=p)
    fault = distribution_fault(xp, "p", p, require_axis(axis, p=p))
    if fault:
        raise ValueError(fault)


def masked_log(xp: Namespace, x: Array, zero: Array) -> Array:
    """Return log x, and 0 where `zero` is True; there x is 0.

    The mask is inside the logarithm: around it, the value would be right, but autograd would
    multiply the infinite slope at 0 by 0, and give NaN.
    """
    # NumPy knows at once whether there is anything to mask; most distributions have no zeros.
    if is_numpy_array(zero) and not zero.any():
        return xp.log(x)
    # 0 + 1, where a choice by `where` would wait for a branch at every number.
    return xp.log(x + xp.astype(zero, x.dtype))


def log_ratio(xp: Namespace, p: Array, q: Array) -> Array:
    """Return log p - log q, where what p = 0 leaves out counts as 0.

    Not log(p / q): for a small q the ratio, or its slope p / q^2, is infinite before its time.
    """
    return masked_log(xp, p, p == 0) - masked_log(xp, q, (p == 0) & (q == 0))
