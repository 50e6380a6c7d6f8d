"""Code space: the words of a prefix code as shares of a unit bar, and its mean length beside H."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lossutils import entropy
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Ints, Whole

SOURCES = {
    "game": (1 / 2, 1 / 4, 1 / 8, 1 / 8),
    "even": (1 / 4, 1 / 4, 1 / 4, 1 / 4),
    "lopsided": (0.7, 0.1, 0.1, 0.1),
}


class CodeSpaceExplorer(Explorer):
    """Choose the lengths of four words, see whether they fit, and what a letter costs on average.

    Each word is a bar as high as the word is long and as wide as its share of code space,
    2 ** -length. The words fit, as a prefix code, if these shares sum to at most 1.
    """

    source = Choice(
        "game",
        {name: name for name in SOURCES},
        label="bag",
        help="Which probabilities the letters A to D have.",
    )
    a = Whole(2, 1, 4, label="A", help="The length of the word for A.")
    b = Whole(2, 1, 4, label="B", help="The length of the word for B.")
    c = Whole(2, 1, 4, label="C", help="The length of the word for C.")
    d = Whole(2, 1, 4, label="D", help="The length of the word for D.")
    presets = {
        "all equal": {"a": 2, "b": 2, "c": 2, "d": 2},
        "Huffman": {"source": "game", "a": 1, "b": 2, "c": 3, "d": 3},
        "Shannon": {"source": "lopsided", "a": 1, "b": 4, "c": 4, "d": 4},
        "too short": {"a": 1, "b": 1, "c": 2, "d": 3},
    }
    order = ("a", "b", "c", "d", "source")
    constants: ClassVar = {"sources": [list(p) for p in SOURCES.values()]}

    @property
    def p(self) -> Floats:
        """The letters' probabilities."""
        return np.array(SOURCES[self.source])

    @property
    def lengths(self) -> Ints:
        """The lengths of the words for A, B, C and D."""
        return np.array([self.a, self.b, self.c, self.d])

    @property
    def kraft_sum(self) -> float:
        """The sum of the words' shares of code space, 2 ** -length each: at most 1 if they fit."""
        return float(np.sum(2.0**-self.lengths))

    @property
    def mean_length(self) -> float:
        """L, the mean length in bits."""
        return float(self.p @ self.lengths)

    @property
    def entropy(self) -> float:
        """H in bits."""
        return float(entropy(self.p, base=2))

    @property
    def excess(self) -> float:
        """L − H in bits: negative only if the words do not fit."""
        return self.mean_length - self.entropy

    @property
    def words(self) -> list[str]:
        """The words, given out from the left with the shortest first; empty for what does not fit."""
        words = [""] * 4
        taken = 0.0
        for k in np.argsort(self.lengths, kind="stable"):
            length = int(self.lengths[k])
            if taken < 1:
                words[k] = f"{int(taken * 2**length):0{length}b}"
            taken += 2.0**-length
        return words
