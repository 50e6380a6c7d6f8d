"""Lengths of code words, in bits: how close whole bits come to the entropy.

A prefix code, in which no word begins another, needs at least H bits per outcome on average, where
H is the entropy. Both of these need less than H + 1, and no prefix code needs less than Huffman's
(Cover and Thomas 2006, ch. 5).
"""

from __future__ import annotations

import math
from collections import deque
from operator import itemgetter

from lossutils._arrays import to_arrays
from lossutils._checks import to_numpy
from lossutils._namespaces import Array, Namespace, device
from lossutils.information import check_distribution

__all__ = ["huffman_lengths", "shannon_lengths"]

_Node = tuple[float, int]


def huffman_lengths(p: Array, /) -> Array:
    """Return the lengths of a Huffman code's words, in bits: no prefix code has a shorter mean.

    Join the two least likely outcomes into one whose probability is their sum, until one is left;
    an outcome's word has as many bits as there were joins that included it.

    Parameters
    ----------
    p : array of shape (K,)
        A distribution, as `entropy` takes it. Its values are always read, even on a GPU.

    Returns
    -------
    array of int64, of shape (K,)
        In the library and on the device of `p`. An outcome of probability 0 gets no word, and a
        certain one needs none: their lengths are 0.

        Ties: among equal probabilities, outcomes are joined in their order in `p`, and before
        outcomes that are joins themselves; those in the order in which they were made. This keeps
        the longest word short. Probabilities count as equal if they differ by no more than
        rounding: two eps of the dtype of `p` and K of float64, times the smaller one. So 0.09 +
        0.25 ties with 0.34.

    Raises
    ------
    ValueError
        If `p` is not a distribution, has not one axis, or has no values to read, on the meta device
        or inside ``torch.func``.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    References
    ----------
    D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", Proceedings of the
    IRE 40 (1952), 1098-1101. https://doi.org/10.1109/JRPROC.1952.273898

    Examples
    --------
    >>> huffman_lengths([0.4, 0.3, 0.2, 0.1])
    array([1, 2, 3, 3])
    """
    xp, p, values = _distribution(p)
    joins = _huffman_joins(values, float(xp.finfo(p.dtype).eps))
    # A join has a higher number than its parts: in descending order, each part is one deeper.
    depth = [0] * (len(values) + len(joins))
    for number in range(len(depth) - 1, len(values) - 1, -1):
        for _, part in joins[number - len(values)]:
            depth[part] = depth[number] + 1
    return xp.asarray(depth[: len(values)], dtype=xp.int64, device=device(p))


def _huffman_joins(values: list[float], eps: float) -> list[tuple[_Node, _Node]]:
    """Return the two nodes that each of Huffman's joins takes, the less likely first.

    A node is a probability and a number: outcomes have the numbers of their places, and joins the
    numbers after these, in the order in which they are made.
    """
    step = 2.0**-52
    slack = 1 + 2 * max(eps, step) + len(values) * step
    outcomes = deque(_in_order(values, slack))
    joints: deque[_Node] = deque()  # made in ascending order
    joins = []

    def least() -> _Node:
        outcome_first = outcomes and (not joints or outcomes[0][0] <= joints[0][0] * slack)
        return outcomes.popleft() if outcome_first else joints.popleft()

    while len(outcomes) + len(joints) > 1:
        joins.append((one := least(), other := least()))
        joints.append((one[0] + other[0], len(values) + len(joins) - 1))
    return joins


def _in_order(values: list[float], slack: float) -> list[_Node]:
    """Return the probabilities above 0 with their indices, ascending, ties by index."""
    ascending = sorted((value, k) for k, value in enumerate(values) if value > 0)
    start = 0
    for end in range(1, len(ascending) + 1):
        if end == len(ascending) or ascending[end][0] > ascending[start][0] * slack:
            ascending[start:end] = sorted(ascending[start:end], key=itemgetter(1))
            start = end
    return ascending


def shannon_lengths(p: Array, /) -> Array:
    """Return the lengths of a Shannon code's words, in bits: each surprisal, rounded up.

    Parameters
    ----------
    p : array of shape (K,)
        A distribution, as `entropy` takes it. Its values are always read, even on a GPU.

    Returns
    -------
    array of int64, of shape (K,)
        ceil(-log2 p_k), in the library and on the device of `p`. An outcome of probability 0 gets
        no word: its length is 0.

    Raises
    ------
    ValueError
        If `p` is not a distribution, has not one axis, or has no values to read, on the meta device
        or inside ``torch.func``.
    TypeError
        If `p` is complex, not numeric, or an integer tensor.

    References
    ----------
    C. E. Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 27
    (1948), 379-423, section 9. https://doi.org/10.1002/j.1538-7305.1948.tb01338.x

    Examples
    --------
    >>> shannon_lengths([0.4, 0.3, 0.2, 0.1])
    array([2, 2, 3, 4])
    """
    xp, p, values = _distribution(p)
    # log2 may round up past an integer, frexp is exact: p = m 2^e with 1/2 <= m < 1, so
    # -log2 p = -e - log2 m lies in (-e, 1 - e].
    lengths = [1 - math.frexp(value)[1] if value > 0 else 0 for value in values]
    return xp.asarray(lengths, dtype=xp.int64, device=device(p))


def _distribution(p: Array) -> tuple[Namespace, Array, list[float]]:
    xp, (p,) = to_arrays(p=p)
    if p.ndim != 1:
        raise ValueError(f"p must have one axis, got shape {tuple(p.shape)}")
    check_distribution(p)
    return xp, p, to_numpy(p).tolist()
