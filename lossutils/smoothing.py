"""Ways to give outcomes of probability 0 a little probability, so that no surprisal is infinite.

    smooth_supports      epsilon to each outcome that one distribution lacks and the other has
    additive_smoothing   (n_k + alpha) / (N + alpha K), from counts
    mix_uniform          (1 - epsilon) p_k + epsilon / K

All of them return distributions: what some outcomes gain, the others lose.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar, overload

from lossutils._arrays import to_arrays, to_counts
from lossutils._batch import cast_back, over_rows
from lossutils._checks import (
    require_distribution,
    require_nonnegative,
    require_number,
    require_outcomes,
)
from lossutils._formulas import mixed_with_uniform, sums
from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    detach,
    quiet,
    values_are_readable,
)

__all__ = ["additive_smoothing", "mix_uniform", "smooth_supports"]

K = TypeVar("K", bound=Hashable)


@overload
def smooth_supports(
    p: Mapping[K, float], q: Mapping[K, float], /, *, epsilon: float = ...
) -> tuple[dict[K, float], dict[K, float]]: ...
@overload
def smooth_supports(
    p: Array, q: Array, /, *, epsilon: float = ..., axis: int = ...
) -> tuple[Array, Array]: ...
def smooth_supports(
    p: Array, q: Array, /, *, epsilon: float = 1e-3, axis: int = -1
) -> tuple[Array, Array]:
    """Return `p` and `q` with `epsilon` on each outcome that one lacks and the other has.

    Each distribution takes this probability in equal parts from the outcomes that it has, so it
    still sums to 1. Outcomes that both lack stay at 0.

    Parameters
    ----------
    p, q : array, or mapping from outcome to probability
        Distributions: two mappings, where an outcome may be missing, or two arrays of equal
        shapes with distributions along `axis`, where a missing outcome is 0.
    epsilon : number, optional
        The probability that each missing outcome gets, in [0, 1). 0 changes nothing.
    axis : int, optional
        The axis of the outcomes in arrays, by default the last; a mapping has only one.

    Returns
    -------
    tuple of two arrays, or of two dicts
        Arrays of the shapes, dtypes and devices of `p` and `q`; dicts over the outcomes of both,
        those of `p` first, then those that only `q` has, each in its own order.

    Raises
    ------
    ValueError
        If `p` or `q` is not a distribution, their shapes or devices differ, `epsilon` is outside
        [0, 1), or so large that an outcome's probability would not stay above 0. Values are read
        only where that is free: see `check_distribution`.
    TypeError
        If only one of them is a mapping, or one is complex, not numeric, or an integer tensor.

    References
    ----------
    The rule is this book's own: it changes nothing where the supports are equal. For related rules
    see S. F. Chen, J. Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling",
    Computer Speech & Language 13 (1999), 359-394. https://doi.org/10.1006/csla.1999.0128

    Examples
    --------
    >>> p, q = smooth_supports({"a": 0.5, "b": 0.5}, {"b": 1.0}, epsilon=0.01)
    >>> q
    {'a': 0.01, 'b': 0.99}
    >>> p
    {'a': 0.5, 'b': 0.5}
    """
    if isinstance(p, Mapping) and isinstance(q, Mapping):
        outcomes = list(dict.fromkeys([*p, *q]))
        rows = ([x.get(outcome, 0.0) for outcome in outcomes] for x in (p, q))
        smoothed = smooth_supports(*rows, epsilon=epsilon, axis=axis)
        of_p, of_q = (dict(zip(outcomes, x.tolist())) for x in smoothed)
        return of_p, of_q
    if isinstance(p, Mapping) or isinstance(q, Mapping):
        raise TypeError("p and q must both be mappings, or neither")
    epsilon = require_number("epsilon", epsilon, 0, 1)
    if epsilon == 1:
        raise ValueError("epsilon must be below 1, got 1.0: nothing would be left to the others")
    xp, (p, q) = to_arrays(p=p, q=q)
    axis = require_outcomes(axis, p=p, q=q)
    require_distribution(xp, axis, p=p, q=q)

    def filled(x: Array, other: Array, name: str) -> Array:
        dtype = at_least_float32(xp, x.dtype)
        has = xp.astype(x > 0, dtype)
        lacks = xp.astype((x == 0) & (other > 0), dtype)
        share = xp.sum(lacks, axis=axis, keepdims=True) / xp.sum(has, axis=axis, keepdims=True)
        wide = xp.astype(x, dtype, copy=False)
        _require_enough(xp, name, wide, share * has, epsilon)
        return cast_back(xp, wide + epsilon * (lacks - share * has), x.dtype)

    with quiet(xp):
        return filled(p, q, "p"), filled(q, p, "q")


def _require_enough(xp: Namespace, name: str, x: Array, share: Array, epsilon: float) -> None:
    """Refuse an epsilon that would take an outcome of `x` down to 0 or below."""
    x, share = detach(x), detach(share)
    too_much = (share > 0) & (x <= epsilon * share)
    if values_are_readable(too_much) and xp.any(too_much):
        gives = share > 0
        most = xp.min(xp.where(gives, x, xp.inf) / xp.where(gives, share, 1.0))
        raise ValueError(
            f"epsilon must be below {float(most):.6g}, got {epsilon:g}: an outcome of {name} does "
            "not have enough to give"
        )


def additive_smoothing(counts: Array, /, *, alpha: float = 1.0, axis: int = -1) -> Array:
    """Return probabilities from counts, with `alpha` added to each: (n_k + alpha) / (N + alpha K).

    With alpha = 1 it is Laplace's rule of succession. It is the posterior mean under a symmetric
    Dirichlet prior with parameter alpha.

    Parameters
    ----------
    counts : array
        How often each outcome occurred, along `axis`: not negative, not necessarily integers.
    alpha : number, optional
        What is added to each count, at least 0. With 0 the result is the relative frequencies.
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Distributions along `axis`, of the shape, dtype and device of `counts`. Integer tensors
        give the library's default float dtype.

    Raises
    ------
    ValueError
        If `counts` has no outcomes, or has NaN, negative or infinite entries; if all counts along
        `axis` are 0 and `alpha` is 0; if `alpha` is negative or not finite; if `axis` is out of
        range.
    TypeError
        If `counts` is complex or not numeric.

    References
    ----------
    S. F. Chen, J. Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling",
    Computer Speech & Language 13 (1999), 359-394. https://doi.org/10.1006/csla.1999.0128

    Examples
    --------
    Ten draws, three kinds, one of them never seen: it still gets some probability.

    >>> additive_smoothing([7, 3, 0], alpha=1) * 13
    array([8., 4., 1.])
    """
    xp, (counts,) = to_counts(counts=counts)
    axis = require_outcomes(axis, counts=counts)
    alpha = require_number("alpha", alpha, 0)
    require_nonnegative(xp, "counts", counts)
    # Scaling by powers of 2 is exact. The first keeps alpha below 1 in every dtype; the second
    # keeps the sum of K counts and alphas from overflowing.
    size = counts.shape[axis]
    reduced, exponent = math.frexp(alpha) if alpha > 1 else (alpha, 0)
    small = 2.0**-exponent
    smaller = 2.0 ** -math.ceil(math.log2(4 * size))

    def shares(xp: Namespace, n: Array) -> Array:
        limit = float(xp.finfo(n.dtype).max) / (4 * size)
        if 0 < alpha <= limit and _is_at_most(xp, n, limit):
            raised = n + alpha
            return raised / sums(xp, raised, -1)[..., None]
        n = n * small
        most = xp.max(n, axis=-1, keepdims=True)
        if alpha == 0 and values_are_readable(most) and not xp.all(most > 0):
            raise ValueError("counts must not all be 0 along the axis where alpha is 0")
        scale = xp.where(most > 1, smaller * xp.ones_like(most), 1.0)
        raised = n * scale + reduced * scale
        return raised / sums(xp, raised, -1)[..., None]

    return over_rows(xp, counts, axis).map(shares, each=True)


def mix_uniform(p: Array, /, *, epsilon: float, axis: int = -1) -> Array:
    """Return `p` mixed with the uniform distribution: (1 - epsilon) p_k + epsilon / K.

    Parameters
    ----------
    p : array
        Distributions along `axis`.
    epsilon : number
        The uniform distribution's share, in [0, 1].
    axis : int, optional
        The axis of the outcomes, by default the last.

    Returns
    -------
    array
        Distributions along `axis`, of the shape, dtype and device of `p`. Each probability is at
        least epsilon / K.

    Raises
    ------
    ValueError
        If `p` is not a distribution along `axis` (its values are read only where that is free:
        see `check_distribution`), `epsilon` is outside [0, 1] or `axis` is out of range.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    References
    ----------
    F. Jelinek, R. L. Mercer, "Interpolated Estimation of Markov Source Parameters from Sparse
    Data", Pattern Recognition in Practice, North-Holland 1980, 381-397.

    Examples
    --------
    This is what label smoothing does to a one-hot target:

    >>> mix_uniform([0, 0, 0, 1], epsilon=0.5)
    array([0.125, 0.125, 0.125, 0.625])
    """
    xp, (p,) = to_arrays(p=p)
    axis = require_outcomes(axis, p=p)
    epsilon = require_number("epsilon", epsilon, 0, 1)
    require_distribution(xp, axis, p=p)

    def mixed(xp: Namespace, p: Array) -> Array:
        return mixed_with_uniform(p, epsilon)

    return over_rows(xp, p, axis).map(mixed, each=True)


def _is_at_most(xp: Namespace, n: Array, most: float) -> bool:
    """Say whether no number exceeds `most`, of those that can be read."""
    return values_are_readable(n) and 0 not in n.shape and bool(xp.max(detach(n)) <= most)
