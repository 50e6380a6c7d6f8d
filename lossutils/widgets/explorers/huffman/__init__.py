"""Huffman's tree, join by join: what each adds to the words, and to their mean length."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lossutils import entropy, huffman_lengths
from lossutils.coding import _huffman_joins
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Distribution, Floats, Whole

# Sums whose last digits alone differ are equal: the node that was taken first goes left.
SLACK = 1 + 1e-9


class Join(NamedTuple):
    """A join's probability, and the outcomes on either side of it, from left to right."""

    weight: float
    left: list[int]
    right: list[int]


def tree(p: Floats) -> list[Join]:
    """Return Huffman's joins in the order in which they are made, the more likely part on the left."""
    below = [[k] for k in range(p.size)]
    made = []
    for (first, one), (second, other) in _huffman_joins(p.tolist(), np.finfo(float).eps):
        left, right = (other, one) if second > first * SLACK else (one, other)
        made.append(Join(first + second, below[left], below[right]))
        below.append(below[left] + below[right])
    return made


def words(outcomes: int, joins: list[Join]) -> list[str]:
    """Return the ends of the words that the first of the joins give."""
    found = [""] * outcomes
    for join in joins:
        for digit, side in (("0", join.left), ("1", join.right)):
            for k in side:
                found[k] = digit + found[k]
    return found


class HuffmanExplorer(Explorer):
    """Build Huffman's tree for a few outcomes, one join after another.

    Each join takes the two nodes that are least likely, and puts one more digit before the word of
    every outcome below it: 0 on the more likely side, 1 on the other.
    """

    p = Distribution((0.35, 0.25, 0.2, 0.12, 0.08), help="The distribution.")
    joins = Whole(
        0,
        0,
        lambda self: self.p.size - 1,
        label="joins",
        play=True,
        help="How many joins have been made, of those that there are.",
    )
    presets = {
        "halves": {"p": (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16), "joins": 4},
        "ties": {"p": (0.4, 0.2, 0.2, 0.1, 0.1), "joins": 4},
        "even": {"p": (0.2,) * 5, "joins": 4},
        "one likely": {"p": (0.9, 0.04, 0.03, 0.02, 0.01), "joins": 4},
    }
    order = ("joins", "p")

    @property
    def made(self) -> list[Join]:
        """The joins made so far."""
        return tree(self.p)[: self.joins]

    @property
    def words(self) -> list[str]:
        """The end of each outcome's word that is known so far."""
        return words(self.p.size, self.made)

    @property
    def total(self) -> float:
        """The sum of the joins so far, in digits an outcome: in the end the mean length."""
        return math.fsum(join.weight for join in self.made)

    @property
    def mean_length(self) -> float:
        """L, the mean length of the finished code, in bits."""
        return float(self.p @ huffman_lengths(self.p))

    @property
    def entropy(self) -> float:
        """H in bits."""
        return float(entropy(self.p, base=2))

    @property
    def excess(self) -> float:
        """L − H in bits: at least 0, and less than 1."""
        return self.mean_length - self.entropy
