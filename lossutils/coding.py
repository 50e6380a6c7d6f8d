"""Code lengths, in bits: how near whole bits come to the entropy.

A code whose words can be told apart as they come spends at least H bits an outcome in the mean,
H being the entropy. Both of these spend less than H + 1, and none spends less than Huffman's
(Cover & Thomas 2006, chapter 5).
"""

from __future__ import annotations

import math
from heapq import heapify, heappop, heappush

from lossutils._arrays import Array, Namespace, to_arrays, to_numpy
from lossutils._namespaces import device
from lossutils.information import check_distribution

__all__ = ["huffman_lengths", "shannon_lengths"]


def huffman_lengths(p: Array, /) -> Array:
    """Return the lengths of a Huffman code's words, in bits: no code has a shorter mean length.

    Join the two least likely outcomes into one, of the sum of their probabilities, until one is
    left; an outcome's word is as long as the number of times that it was joined.

    Parameters
    ----------
    p : array of shape (K,)
        A distribution, as `entropy` takes it. Its values are read, from other devices too.

    Returns
    -------
    array of int64, of shape (K,)
        In the library and on the device of `p`. An outcome of probability 0 gets no word, and a
        certain one needs none: their lengths are 0. Among equally likely outcomes and joints the
        one that stands, or was made, first is joined first, which keeps the longest word short.

    Raises
    ------
    ValueError
        If `p` is not a distribution, or has more than one axis.
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
    heap = [(value, node) for node, value in enumerate(values) if value > 0]
    heapify(heap)
    joint_of = {}
    node = last = len(values) - 1
    while len(heap) > 1:
        (value, one), (other_value, other) = heappop(heap), heappop(heap)
        node += 1
        joint_of[one] = joint_of[other] = node
        heappush(heap, (value + other_value, node))
    # A joint is made after its parts: from the last one down, each part is one deeper than it.
    depth = [0] * (node + 1)
    for part in sorted(joint_of, reverse=True):
        depth[part] = depth[joint_of[part]] + 1
    return xp.asarray(depth[: last + 1], dtype=xp.int64, device=device(p))


def shannon_lengths(p: Array, /) -> Array:
    """Return the lengths of a Shannon code's words, in bits: each surprisal, rounded up.

    Parameters
    ----------
    p : array of shape (K,)
        A distribution, as `entropy` takes it. Its values are read, from other devices too.

    Returns
    -------
    array of int64, of shape (K,)
        ceil(-log2 p_k), in the library and on the device of `p`. An outcome of probability 0 gets
        no word: its length is 0.

    Raises
    ------
    ValueError
        If `p` is not a distribution, or has more than one axis.
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
    # Exact where log2 may be rounded: frexp gives p = m 2^e with 1/2 <= m < 1, so that
    # -log2 p = -e - log2 m lies in (-e, 1 - e].
    lengths = [1 - math.frexp(value)[1] if value > 0 else 0 for value in values]
    return xp.asarray(lengths, dtype=xp.int64, device=device(p))


def _distribution(p: Array) -> tuple[Namespace, Array, list[float]]:
    xp, (p,) = to_arrays(p=p)
    if p.ndim != 1:
        raise ValueError(f"p must have one axis, got shape {tuple(p.shape)}")
    check_distribution(p)
    return xp, p, to_numpy(p).tolist()
