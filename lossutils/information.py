"""Entropy and its relatives for discrete distributions.

    surprisal       -log p_k
    entropy         H(p)      = -sum_k p_k log p_k
    cross-entropy   H(p, q)   = -sum_k p_k log q_k              = H(p) + D(p || q)
    KL divergence   D(p || q) =  sum_k p_k (log p_k - log q_k)

and, for the joint table P of two variables, with row sums P_x and column sums P_y,

    joint entropy         H(X, Y)  = -sum_xy P_xy log P_xy
    conditional entropy   H(Y | X) = -sum_xy P_xy log(P_xy / P_x)      = H(X, Y) - H(X)
    mutual information    I(X; Y)  =  sum_xy P_xy log(P_xy / P_x P_y)  = H(Y) - H(Y | X)

From counts n_k of a sample of N, of K outcomes seen, entropy_from_counts estimates H(p):

    H(n / N) + (K - 1) / 2N

An outcome with p_k = 0 adds nothing, since x log x goes to 0 with x; one with p_k > 0 and
q_k = 0 makes the sum infinite (Cover and Thomas 2006, ch. 2).

A distribution has no negative entries and sums to 1 within 8 sqrt(K) eps for K outcomes, where eps
is float32's machine epsilon, 1.2e-7, so that values which were float32 once, or went through a list
or a file, still pass. Half precision allows four of its own eps on top; it is computed in float32
and rounded once, at the end, or under ``torch.autocast``, as PyTorch's losses, not at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import numpy as np

from lossutils._arrays import to_arrays, to_counts
from lossutils._batch import over_distributions, over_joint, over_numbers, over_rows
from lossutils._checks import (
    distribution_fault,
    log_base,
    require_choice,
    require_nonnegative,
    require_outcomes,
    require_probabilities,
    require_values,
)
from lossutils._formulas import masked_log, sums
from lossutils._namespaces import (
    Array,
    Namespace,
    detach,
    is_numpy_array,
    is_torch_array,
    moveaxis,
    promoted,
    records_gradient,
    values_are_readable,
)

__all__ = [
    "check_distribution",
    "conditional_entropy",
    "cross_entropy",
    "entropy",
    "entropy_from_counts",
    "joint_entropy",
    "js_divergence",
    "kl_divergence",
    "mutual_information",
    "perplexity",
    "surprisal",
]

Correction: TypeAlias = Literal["miller-madow", "none"]
_CORRECTIONS = get_args(Correction)  # not in the function: PyTorch 2.6 can't compile it


def surprisal(p: Array, /, *, base: float | None = None) -> Array:
    """Return how surprising an outcome of probability `p` is: -log p, element by element.

    Probabilities of independent events multiply, and their surprisals add: the
    logarithm, to any base, is the only continuous function that does this.

    Parameters
    ----------
    p : array of any shape, or number
        Probabilities, each in [0, 1].
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.

    Returns
    -------
    array
        Of the shape, dtype and device of `p`.

        ====  ==============================================
        p     surprisal
        ====  ==============================================
        1     0.0, and so for a p that rounding put above 1
        0     inf
        ====  ==============================================

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
    The surprisal of two coins and a die thrown together is the sum of the three surprisals:

    >>> import math
    >>> together = surprisal(1/2 * 1/2 * 1/6, base=2)
    >>> math.isclose(together, surprisal([1/2, 1/2, 1/6], base=2).sum())
    True
    """
    unit = log_base(base)
    xp, (p,) = to_arrays(p=p)
    require_probabilities(xp, "p", p)

    def surprise(xp: Namespace, p: Array) -> Array:
        nats = _not_negative(xp, 0.0 - xp.log(p))
        return nats if base is None else _in_units(nats, unit)

    return over_numbers(xp, [p]).map(surprise, each=True)


def entropy(p: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the Shannon entropy of `p`, its expected surprisal: -sum_k p_k log p_k.

    Parameters
    ----------
    p : array
        Distributions along `axis`: no entry is negative, and each sums to 1 within 8 sqrt(K) eps
        for K outcomes, where eps = 1.2e-7 is float32's, for float64 too (1.3e-6 for 2 outcomes,
        3.0e-5 for 1000). Half precision allows four of its own eps on top.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with its dtype and device; empty if there are no
        distributions. From 0.0 (one outcome is certain) to log K (all are equally likely).

        ===============  ===================================================
        p_k              what the outcome adds
        ===============  ===================================================
        0                0.0, and 0 to the gradient (whose limit is infinite)
        1                0.0
        ===============  ===================================================

    Raises
    ------
    ValueError
        If `p` has no outcomes or no axis, has NaN or negative entries or does not sum to 1, if
        `axis` is out of range, or if `base` is not positive, is infinite or is 1. Values are read
        only where that is free: for tensors on a GPU, and inside ``torch.compile`` or
        ``torch.func``, call `check_distribution` beforehand.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    References
    ----------
    T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd ed., Wiley 2006, section 2.1.
    https://doi.org/10.1002/047174882X

    Examples
    --------
    The entropy is the expected surprisal:

    >>> import numpy as np
    >>> p = np.array([0.5, 0.25, 0.125, 0.125])
    >>> bool(entropy(p, base=2) == sum(p * surprisal(p, base=2)) == 1.75)
    True
    """
    unit = log_base(base)
    batch = over_distributions(axis, p=p)

    def expected(xp: Namespace, p: Array) -> Array:
        return _in_units(_entropy(xp, p), unit)

    return batch.map(expected)


def cross_entropy(p: Array, q: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the cross-entropy of `q` relative to `p`: -sum_k p_k log q_k.

    The expected surprisal when the model believes `q` and the truth is `p`: H(p) + D(p || q).
    It is smallest where q = p, and is H(p) there.

    Parameters
    ----------
    p, q : array
        The true distributions and the model's along `axis`, of equal shapes (nothing is
        broadcast), as `entropy` takes them.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
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
    unit = log_base(base)
    if "int" in str(getattr(q, "dtype", "")) and q.ndim == getattr(p, "ndim", 0) - 1:
        raise ValueError(
            f"p and q must have the same shape, got {tuple(p.shape)} and {tuple(q.shape)}: for "
            "logits and class indices take cross_entropy_loss"
        )
    batch = over_distributions(axis, p=p, q=q)

    def expected(xp: Namespace, p: Array, q: Array) -> Array:
        total = xp.sum(p * masked_log(xp, q, (p == 0) & (q == 0)), axis=-1)
        return _in_units(_not_negative(xp, 0.0 - total), unit)

    return batch.map(expected)


def kl_divergence(p: Array, q: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the Kullback-Leibler divergence of `q` from `p`: sum_k p_k (log p_k - log q_k).

    It is the cost of believing `q` when the truth is `p`, on top of the entropy of `p`. It is never
    negative, 0 only where q = p, and not symmetric: swapping `p` and `q` changes it.

    Rounding leaves sums a little off 1, which could make the formula negative where `p` and `q` are
    close. The value is therefore computed with `q` scaled to the sum of `p`, and is accurate
    however close the two are. Gradients are those of the formula as it stands: log(p_k / q_k) + 1
    with respect to p_k and -p_k / q_k with respect to q_k.

    Parameters
    ----------
    p, q : array
        The true distributions and the model's along `axis`, of equal shapes (nothing is
        broadcast), as `entropy` takes them.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with the dtype that `p` and `q` promote to. From 0.0
        to inf. In gradients the slope of p_k log p_k, infinite at 0, is taken as 0 there.

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
    It is not a distance: the two directions differ, and one may be infinite.

    >>> fair, loaded = [0.5, 0.5], [1.0, 0.0]
    >>> float(kl_divergence(fair, loaded)), float(kl_divergence(loaded, fair, base=2))
    (inf, 1.0)
    """
    unit = log_base(base)
    batch = over_distributions(axis, p=p, q=q)

    def divergence(xp: Namespace, p: Array, q: Array) -> Array:
        formula = xp.sum(p * _log_ratio(xp, p, q), axis=-1)
        total = sums(xp, p, -1)
        value = formula + total * xp.log1p(sums(xp, q - p, -1) / total)
        nats = _with_gradient_of(xp, formula, _refined(xp, value, _close_kl, p, q))
        return _in_units(nats, unit)

    return batch.map(divergence)


def js_divergence(p: Array, q: Array, /, *, base: float | None = None, axis: int = -1) -> Array:
    """Return the Jensen-Shannon divergence: (D(p || m) + D(q || m)) / 2, where m = (p + q) / 2.

    Symmetric and bounded: 0 where p = q, log 2 (one bit) where they share no outcome. It is never
    negative, and accurate however close the two are.

    Parameters
    ----------
    p, q : array
        Distributions along `axis`, of equal shapes (nothing is broadcast), as `entropy` takes
        them.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with the dtype that `p` and `q` promote to. Where an
        outcome has probability 0 in one of them, it adds log 2 / 2 times the other's probability;
        where it has 0 in both, 0.0. In gradients the slope of p_k log p_k, infinite at 0, is taken
        as 0 there.

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
    unit = log_base(base)
    batch = over_distributions(axis, pieces=32, p=p, q=q)

    def divergence(xp: Namespace, p: Array, q: Array) -> Array:
        # p/m as 2p/(p + q): halving a sum of the smallest numbers would round it to 0.
        p_over_m = _log_ratio(xp, 2 * p, p + q)
        q_over_m = _log_ratio(xp, 2 * q, p + q)
        formula = xp.sum(p * p_over_m + q * q_over_m, axis=-1) / 2
        if records_gradient(formula):
            # At 0 the masks drop the slope of p log 2p; that of p log 2 is finite and stays.
            zeros = xp.where(p == 0, p, 0.0) + xp.where(q == 0, q, 0.0)
            formula = formula + math.log(2) / 2 * xp.sum(zeros, axis=-1)
        nats = _with_gradient_of(xp, formula, _refined(xp, formula, _close_js, p, q))
        return _in_units(nats, unit)

    return batch.map(divergence)


def joint_entropy(
    joint: Array, /, *, base: float | None = None, axes: tuple[int, int] = (-2, -1)
) -> Array:
    """Return the entropy of two variables together, H(X, Y) = -sum_xy P_xy log P_xy.

    Parameters
    ----------
    joint : array
        Joint tables P: the probability of each pair of outcomes. Along the two `axes` together
        they sum to 1, as `entropy` takes its distributions, for K = the number of pairs.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
    axes : pair of int, optional
        The axis of the outcomes of X and that of Y, by default the last two.

    Returns
    -------
    array
        Of the shape of `joint` without the `axes`, with its dtype and device. It lies between the
        larger of H(X) and H(Y) and their sum. A pair of probability 0 adds 0.0, and 0 to the
        gradient.

    Raises
    ------
    ValueError
        As `entropy`, for all pairs of a table as its outcomes, and if `joint` has fewer than two
        axes or the `axes` are not two different ones of them.
    TypeError
        As `entropy`, and if `axes` is not a pair of integers.

    References
    ----------
    T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd ed., Wiley 2006, section 2.2.
    https://doi.org/10.1002/047174882X

    Examples
    --------
    The entropies of independent variables add:

    >>> import math, numpy as np
    >>> p, q = np.array([0.5, 0.5]), np.array([0.7, 0.2, 0.1])
    >>> math.isclose(joint_entropy(np.outer(p, q)), entropy(p) + entropy(q))
    True
    """
    unit = log_base(base)
    batch = over_joint(axes, joint=joint)

    def expected(xp: Namespace, p: Array) -> Array:
        return _in_units(_entropy(xp, p), unit)

    return batch.map(expected)


def conditional_entropy(
    joint: Array, /, *, base: float | None = None, axes: tuple[int, int] = (-2, -1)
) -> Array:
    """Return what Y leaves open once X is known, H(Y | X) = -sum_xy P_xy log(P_xy / P_x).

    The mean of the entropies of Y for each outcome of X, weighted by that outcome's probability.
    X runs along the first of the `axes`, so ``axes=(-1, -2)`` gives H(X | Y).

    Parameters
    ----------
    joint : array
        Joint tables, as `joint_entropy` takes them.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
    axes : pair of int, optional
        The axis of X, the variable that is known, and that of Y. By default a table has a row for
        each outcome of X and a column for each of Y.

    Returns
    -------
    array
        Of the shape of `joint` without the `axes`, with its dtype and device. From 0.0 (X decides
        Y) to H(Y) (they are independent). An outcome of X of probability 0 adds 0.0. In gradients
        the slope of P log P, infinite at 0, is taken as 0 there.

    Raises
    ------
    ValueError, TypeError
        As `joint_entropy`.

    References
    ----------
    T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd ed., Wiley 2006, section 2.2.
    https://doi.org/10.1002/047174882X

    Examples
    --------
    Both together are as uncertain as the one, plus what it leaves open of the other:

    >>> import math, numpy as np
    >>> joint = np.array([[3/8, 1/8], [1/16, 7/16]])
    >>> chain = entropy(joint.sum(axis=1)) + conditional_entropy(joint)
    >>> math.isclose(joint_entropy(joint), chain)
    True
    """
    unit = log_base(base)
    batch = over_joint(axes, pieces=32, joint=joint)

    def left_open(xp: Namespace, p: Array) -> Array:
        p = _tables(xp, p, batch.columns)
        of_x = sums(xp, p, -1)[..., None]
        log_x = masked_log(xp, of_x, of_x == 0)
        log_ratio = masked_log(xp, p, p == 0) - log_x
        # Where X all but decides Y, P_xy / P_x is nearly 1 and keeps few digits of the rest: its
        # logarithm then comes from the sum of the others.
        leads = p > of_x * (1 - _CLOSE)
        if not values_are_readable(leads) or xp.any(leads):
            others = sums(xp, xp.where(leads, xp.zeros_like(p), p), -1)[..., None]
            of_lead = 0.0 - xp.log1p(others / xp.where(leads, p, xp.ones_like(p)))
            log_ratio = xp.where(leads, of_lead, log_ratio)
        terms = p * log_ratio
        return _in_units(_not_negative(xp, 0.0 - xp.sum(terms, axis=(-2, -1))), unit)

    return batch.map(left_open)


def mutual_information(
    joint: Array, /, *, base: float | None = None, axes: tuple[int, int] = (-2, -1)
) -> Array:
    """Return what X tells about Y, I(X; Y) = sum_xy P_xy log(P_xy / (P_x P_y)).

    It is the KL divergence from the product of the two distributions to the joint one: 0 if and
    only if X and Y are independent, and the same for Y about X. It equals H(Y) - H(Y | X), but is
    not computed as that difference, which would lose the digits of a small one: it is accurate
    however close to independent the two are, and never negative.

    Parameters
    ----------
    joint : array
        Joint tables, as `joint_entropy` takes them.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
    axes : pair of int, optional
        The axis of the outcomes of X and that of Y, by default the last two. Their order does not
        matter.

    Returns
    -------
    array
        Of the shape of `joint` without the `axes`, with its dtype and device. From 0.0 to the
        smaller of H(X) and H(Y). A pair of probability 0 adds 0.0. In gradients the slope of
        P log P, infinite at 0, is taken as 0 there.

    Raises
    ------
    ValueError, TypeError
        As `joint_entropy`.

    References
    ----------
    T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd ed., Wiley 2006, section 2.3.
    https://doi.org/10.1002/047174882X

    Examples
    --------
    A fair coin tells all about its copy, and nothing about another coin:

    >>> float(mutual_information([[0.5, 0.0], [0.0, 0.5]], base=2))
    1.0
    >>> float(mutual_information([[0.25, 0.25], [0.25, 0.25]]))
    0.0
    """
    unit = log_base(base)
    batch = over_joint(axes, pieces=32, joint=joint)

    def shared(xp: Namespace, p: Array) -> Array:
        _, log_ratio = _margins_and_log_ratio(xp, p, batch.columns)
        formula = xp.sum(p * log_ratio, axis=-1)
        total = sums(xp, p, -1)  # the sum of the product is its square
        value = formula + total * xp.log1p(total - 1)

        def close(xp: Namespace, p: Array) -> Array:
            _, log_ratio = _margins_and_log_ratio(xp, p, batch.columns)
            gap = xp.reshape(_product_less_joint(xp, _tables(xp, p, batch.columns)), p.shape)
            return _close(xp, p, gap, lambda: log_ratio)

        nats = _with_gradient_of(xp, formula, _refined(xp, value, close, p))
        return _in_units(nats, unit)

    return batch.map(shared)


def entropy_from_counts(
    counts: Array,
    /,
    *,
    correction: Correction = "miller-madow",
    base: float | None = None,
    axis: int = -1,
) -> Array:
    """Return an estimate of the entropy of a source from how often each outcome was seen.

    The entropy of the shares n_k / N in a sample, the "plug-in" estimate, is too low on average, by
    about (K - 1) / 2N, because entropy is concave. The correction of Miller and Madow adds that for
    the K outcomes that were seen. It helps while most outcomes have been seen; those that have not
    been can't be counted, and a small sample's entropy is still too low.

    Parameters
    ----------
    counts : array
        How often each outcome was seen, along `axis`: not negative, not necessarily integers.
    correction : {"miller-madow", "none"}, optional
        What is added to the entropy of the shares: (K - 1) / 2N nats, or nothing.
    base : number, optional
        Base of the logarithm: 2 gives bits; left out, nats (base e). A base below 1 flips the sign.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `counts` without `axis`, with its dtype and device. Integer tensors give the
        library's default float dtype. Corrected, it may exceed log K. An outcome with no count adds
        0.0, and 0 to the gradient.

    Raises
    ------
    ValueError
        If `counts` has no outcomes, or has NaN, negative or infinite entries; if all counts along
        `axis` are 0 (values are read only where that is free: see `check_distribution`); if
        `correction` is neither of the two, `base` is not positive, is infinite or is 1, or `axis`
        is out of range.
    TypeError
        If `counts` is complex or not numeric.

    References
    ----------
    G. A. Miller, "Note on the Bias of Information Estimates", in H. Quastler (ed.), "Information
    Theory in Psychology: Problems and Methods", Free Press 1955, 95-100.

    L. Paninski, "Estimation of Entropy and Mutual Information", Neural Computation 15 (2003),
    1191-1253. https://doi.org/10.1162/089976603321780272

    Examples
    --------
    Ten tosses of a coin, five times heads: the correction adds 1 / 20.

    >>> import math
    >>> plain = entropy_from_counts([5, 5], correction="none")
    >>> math.isclose(plain, math.log(2))
    True
    >>> round(float(entropy_from_counts([5, 5]) - plain), 12)
    0.05
    """
    unit = log_base(base)
    require_choice("correction", correction, *_CORRECTIONS)
    xp, (counts,) = to_counts(counts=counts)
    axis = require_outcomes(axis, counts=counts)
    require_nonnegative(xp, "counts", counts)

    # By a power of 2, which is exact, so that the sum of large counts cannot overflow.
    small = 2.0 ** -math.ceil(math.log2(2 * counts.shape[axis]))

    def estimate(xp: Namespace, n: Array) -> Array:
        most = xp.max(n, axis=-1, keepdims=True)
        scale = xp.where(most > 1, small * xp.ones_like(most), 1.0)
        total = sums(xp, n * scale, -1)
        if values_are_readable(total) and not xp.all(total > 0):
            raise ValueError("counts must not all be 0 along the axis")
        nats = _entropy(xp, n * scale / total[..., None])
        if correction == "miller-madow":
            seen = xp.sum(xp.astype(n > 0, n.dtype), axis=-1)
            nats = nats + (seen - 1) / (2 * total) * scale[..., 0]
        return _in_units(nats, unit)

    return over_rows(xp, counts, axis, promoted(xp, counts)).map(estimate)


def perplexity(p: Array, /, *, axis: int = -1) -> Array:
    """Return exp(H(p)): how many equally likely outcomes would have the entropy of `p`.

    Parameters
    ----------
    p : array
        Distributions along `axis`, as `entropy` takes them.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Of the shape of `p` without `axis`, with its dtype and device: a number of outcomes, from
        1.0 to K. It does not depend on the unit of the entropy.

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
    batch = over_distributions(axis, p=p)

    def outcomes(xp: Namespace, p: Array) -> Array:
        return xp.exp(_entropy(xp, p))

    return batch.map(outcomes)


def check_distribution(p: Array, /, *, axis: int = -1) -> None:
    """Raise an error if `p` does not hold distributions along `axis`, whatever device it is on.

    The other functions check the values of NumPy arrays and of tensors on the CPU, but not those
    on a GPU, where reading waits for a copy, nor inside ``torch.compile``, where it breaks the
    graph. This one always reads them: call it once, before a loop.

    Parameters
    ----------
    p : array
        The values to check.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Raises
    ------
    ValueError
        If `p` has no outcomes or no axis, has NaN or negative entries, or does not sum to 1 within
        8 sqrt(K) eps (see `entropy`; the message says where); if `axis` is out of range; or if `p`
        has no values to read, on the meta device or inside ``torch.func``.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    Examples
    --------
    >>> check_distribution([[0.5, 0.5], [0.5, 0.4]])
    Traceback (most recent call last):
        ...
    ValueError: p must sum to 1 along axis 1 within 1.3e-06, p[1, :] sums to 0.9: divide by the \
sum, p = p / p.sum(axis=1, keepdims=True)
    """
    xp, (p,) = to_arrays(p=p)
    axis = require_outcomes(axis, p=p)
    require_values("p", p)
    fault = distribution_fault(xp, "p", p, axis)
    if fault:
        raise ValueError(fault)


def _in_units(nats: Array, unit: float) -> Array:
    """Return `nats` in a unit of that many nats, which is negative for a base below 1."""
    return nats / unit if unit > 0 else 0.0 - nats / -unit  # 0 nats is 0.0, not -0.0


def _entropy(xp: Namespace, p: Array) -> Array:
    """Return -sum_k p_k log p_k of each row, in nats."""
    # 0 - s, not -s: a certain outcome has entropy 0.0, not -0.0.
    return _not_negative(xp, 0.0 - xp.sum(p * masked_log(xp, p, p == 0), axis=-1))


def _tables(xp: Namespace, p: Array, columns: int) -> Array:
    """Return rows that hold joint tables as tables with that many columns."""
    return xp.reshape(p, (*p.shape[:-1], p.shape[-1] // columns, columns))


def _margins_and_log_ratio(
    xp: Namespace, p: Array, columns: int
) -> tuple[tuple[Array, Array], Array]:
    """Return P_x and P_y of joint tables in rows, and log P_xy - log P_x - log P_y in rows.

    Not the logarithm of P_x P_y, which would underflow; log 0 counts as 0.
    """
    tables = _tables(xp, p, columns)
    of_x = sums(xp, tables, -1)[..., None]
    of_y = xp.astype(sums(xp, tables, -2)[..., None, :], p.dtype, copy=False)
    # In one expression, so that NumPy frees each table of logarithms at once.
    log_ratio = (
        masked_log(xp, tables, tables == 0)
        - masked_log(xp, of_x, of_x == 0)
        - masked_log(xp, of_y, of_y == 0)
    )
    return (of_x, of_y), xp.reshape(log_ratio, p.shape)


def _product_less_joint(xp: Namespace, p: Array) -> Array:
    """Return P_x P_y - P_xy of joint tables, from sums and products that keep what they round off.

    Where X and Y are nearly independent, the difference is of the size of those errors.
    """
    (of_x, lost_x), (of_y, lost_y) = (_sum_and_error(xp, p, axis) for axis in (-1, -2))
    (x, rest_x), (y, rest_y) = (_halves(xp, of_k) for of_k in (of_x, of_y))
    product = of_x * of_y
    lost = ((x * y - product) + x * rest_y + rest_x * y) + rest_x * rest_y
    return (product - p) + (lost + (of_x * lost_y + lost_x * of_y))


def _sum_and_error(xp: Namespace, p: Array, axis: int) -> tuple[Array, Array]:
    """Return the sums of `p` along the axis, which is kept, and what rounding took from them.

    Knuth's sum of two numbers gives its own error exactly. Halves are added up, then halves of
    those, until one number is left.
    """
    p = moveaxis(xp, p, axis, 0)
    lost = xp.zeros_like(p)
    while (count := p.shape[0]) > 1:
        half = count // 2
        a, b = p[:half, ...], p[half : 2 * half, ...]
        total = a + b
        of_b = total - a
        error = (a - (total - of_b)) + (b - of_b)
        error = error + (lost[:half, ...] + lost[half : 2 * half, ...])
        odd = slice(2 * half, count)
        p = xp.concat([total, p[odd, ...]], axis=0)
        lost = xp.concat([error, lost[odd, ...]], axis=0)
    return moveaxis(xp, p, 0, axis), moveaxis(xp, lost, 0, axis)


def _halves(xp: Namespace, x: Array) -> tuple[Array, Array]:
    """Return two numbers of half as many digits whose sum is `x`, after Dekker and Veltkamp.

    Products of two of them are exact.
    """
    digits = 1 - round(math.log2(float(xp.finfo(x.dtype).eps)))
    scaled = (2.0 ** -(-digits // 2) + 1) * x
    high = scaled - (scaled - x)
    return high, x - high


def _log_ratio(xp: Namespace, p: Array, q: Array) -> Array:
    """Return log p - log q, where log 0 counts as 0 if p = 0.

    Not log(p / q): for a small q the ratio, or its slope p / q^2, would overflow.
    """
    return masked_log(xp, p, p == 0) - masked_log(xp, q, (p == 0) & (q == 0))


def _not_negative(xp: Namespace, nats: Array) -> Array:
    """Return `nats`, clamped at 0.0 from below; rounding may put a probability above 1.

    The gradient is that of `nats` everywhere, also where the value was clamped.
    """
    if is_numpy_array(nats):
        return np.maximum(nats, 0.0)
    if is_torch_array(nats) and not records_gradient(nats):
        return nats.clamp(min=0.0)
    if not is_torch_array(nats):
        return xp.maximum(nats, xp.zeros_like(nats))
    return nats - detach(xp.where(nats < 0, nats, xp.zeros_like(nats)))


def _with_gradient_of(xp: Namespace, formula: Array, value: Array) -> Array:
    """Return `value` with the gradient of `formula`, whose own value may have lost digits."""
    if not records_gradient(formula):
        return value
    # formula - detach(formula) is 0 with its gradient, but NaN where the formula is infinite.
    return formula - detach(xp.where(xp.isinf(formula), 0.0, formula)) + detach(value)


# A divergence below this is computed from q - p, since the difference of the logarithms would have
# lost more than two digits.
_CLOSE = 1 / 64

# How many numbers `close` works on at once, for its dozen temporaries to stay in the cache.
_PIECE = 20_000


def _refined(xp: Namespace, value: Array, close: Callable[..., Array], *rows: Array) -> Array:
    """Return `value`, recomputed as `close(xp, *rows)` where it is below _CLOSE."""
    small = value < _CLOSE
    if values_are_readable(small) and not xp.any(small):  # most distributions are far apart
        return value
    if not is_numpy_array(value):
        return xp.where(small, close(xp, *map(detach, rows)), value)
    value = np.asarray(value)
    found = np.flatnonzero(small)
    flat = [np.reshape(x, (-1, x.shape[-1])) for x in rows]
    for part in np.array_split(found, math.ceil(found.size * flat[0].shape[-1] / _PIECE)):
        value.reshape(-1)[part] = close(xp, *(x[part] for x in flat))
    return value


def _close_kl(xp: Namespace, p: Array, q: Array) -> Array:
    """Return D(p || q), with q scaled to the sum of p, without cancellation.

    It is sum_k p_k f(x_k), where x_k = (q_k - p_k) / p_k, whose mean over p is 0, and
    f(x) = x - log(1 + x), which is not negative.
    """
    return _close(xp, p, q - p, lambda: _log_ratio(xp, p, q))


def _close(xp: Namespace, p: Array, gap: Array, log_ratio: Callable[[], Array]) -> Array:
    """Do the same, given q - p and what returns log p - log q."""
    mean = (sums(xp, gap, -1) / sums(xp, p, -1))[..., None]
    gap = (gap - p * mean) / (1 + mean)  # of the scaled q
    near = xp.abs(gap) < p / 8
    if is_numpy_array(near) and near.all():
        terms = p * _x_less_log1p(gap / p)
    else:
        x = xp.where(near, gap, 0.0) / xp.where(near, p, 1.0)
        # An outcome with p_k = 0 adds the limit of p_k f(x_k), which is q_k.
        far = p * (log_ratio() + xp.log1p(mean)) + gap
        terms = xp.where(near, p * _x_less_log1p(x), far)
    nats = sums(xp, terms, -1)
    return xp.where(nats < 0, xp.zeros_like(nats), nats)  # rounding could go below 0


def _x_less_log1p(x: Array) -> Array:
    """Return x - log(1 + x) for abs(x) <= 1/8, from log(1 + x) = 2 atanh(s), s = x / (2 + x)."""
    s = x / (2 + x)
    u = s * s
    series = 1 / 3 + u * (1 / 5 + u * (1 / 7 + u * (1 / 9 + u * (1 / 11 + u / 13))))
    return s * (x - 2 * u * series)


def _close_js(xp: Namespace, p: Array, q: Array) -> Array:
    """Return the Jensen-Shannon divergence without cancellation, as a sum of nonnegative terms.

    With a = p_k + q_k and s = abs(p_k - q_k) / a, an outcome adds
    ((1 + s) log(1 + s) + (1 - s) log(1 - s)) a / 4.
    """
    both = p + q
    s = xp.abs(p - q) / xp.where(both == 0, 1.0, both)
    u = s * s
    near = s < 1 / 16
    terms = u + u * u * (1 / 6 + u * (1 / 15 + u * (1 / 28 + u * (1 / 45 + u * (1 / 66)))))
    if not (is_numpy_array(near) and near.all()):
        rest = 1 - s
        far = (1 + s) * xp.log1p(s) + rest * masked_log(xp, rest, rest == 0)
        terms = xp.where(near, terms, far)
    return sums(xp, both * terms, -1) / 4
