"""The entropy of a coin: one slider, one curve."""

from __future__ import annotations

from lossutils import entropy
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Number


class BinaryEntropyExplorer(Explorer):
    """Move the probability of heads and see the entropy of the coin, in bits."""

    p = Number(0.5, 0.0, 1.0, label="p", role="p", help="The probability of heads.")
    presets = {"fair": {"p": 0.5}, "1 in 10": {"p": 0.1}, "certain": {"p": 1}}

    @property
    def entropy(self) -> float:
        """Entropy of the coin, in bits."""
        return float(entropy([self.p, 1 - self.p], base=2))
