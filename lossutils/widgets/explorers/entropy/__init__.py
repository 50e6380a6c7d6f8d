"""A distribution over 2 to 6 outcomes, and each outcome's contribution to the entropy."""

from __future__ import annotations

import numpy as np

from lossutils import entropy, huffman_lengths, shannon_lengths, surprisal
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Distribution, Floats


class EntropyExplorer(Explorer):
    """Move the probabilities of 2 to 6 outcomes; see what each adds to the entropy, and its code.

    When you move one probability, the others share the rest in their old proportions.
    """

    p = Distribution((0.5, 0.25, 0.125, 0.125), count="outcomes", help="The distribution.")
    presets = {
        "halves": {"p": (1 / 2, 1 / 4, 1 / 8, 1 / 8)},
        "a die": {"p": (1 / 6,) * 6},
        "one likely": {"p": (0.97, 0.01, 0.01, 0.01)},
        "certain": {"p": (1, 0, 0, 0)},
    }

    @property
    def outcomes(self) -> int:
        """How many outcomes there are."""
        return int(self.p.size)

    @property
    def entropy(self) -> float:
        """Entropy in bits."""
        return float(entropy(self.p, base=2))

    @property
    def surprisals(self) -> Floats:
        """Surprisal of each outcome, in bits; infinite where p is 0."""
        return np.asarray(surprisal(self.p, base=2))

    @property
    def contributions(self) -> Floats:
        """What each outcome adds to the entropy, in bits."""
        return np.asarray(self.p * np.where(self.p > 0, self.surprisals, 0.0))

    @property
    def huffman_length(self) -> float:
        """Mean length of a Huffman code, in bits."""
        return float(self.p @ huffman_lengths(self.p))

    @property
    def shannon_length(self) -> float:
        """Mean length of a Shannon code, in bits."""
        return float(self.p @ shannon_lengths(self.p))
