"""A distribution over 2 to 6 outcomes, and each outcome's contribution to the entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossutils import entropy, huffman_lengths, plots, shannon_lengths, surprisal
from lossutils.widgets.base import Explorer, probability, still_figure
from lossutils.widgets.settings import OUTCOMES, Distribution

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray


class EntropyExplorer(Explorer):
    """Move the probabilities of 2 to 6 outcomes; see what each adds to the entropy, and its code.

    When you move one probability, the others share the rest in their old proportions.
    """

    p = Distribution((0.5, 0.25, 0.125, 0.125), count="outcomes", help="The distribution.")

    @property
    def outcomes(self) -> int:
        """How many outcomes there are."""
        return int(self.p.size)

    @property
    def entropy(self) -> float:
        """Entropy in bits."""
        return float(entropy(self.p, base=2))

    @property
    def surprisals(self) -> NDArray[np.float64]:
        """Surprisal of each outcome, in bits; infinite where p is 0."""
        return np.asarray(surprisal(self.p, base=2))

    @property
    def contributions(self) -> NDArray[np.float64]:
        """What each outcome adds to the entropy, in bits."""
        return np.where(self.p > 0, self.p * np.where(self.p > 0, self.surprisals, 0.0), 0.0)

    @property
    def huffman_length(self) -> float:
        """Mean length of a Huffman code, in bits."""
        return float(self.p @ huffman_lengths(self.p))

    @property
    def shannon_length(self) -> float:
        """Mean length of a Shannon code, in bits."""
        happens = self.p > 0
        return float(self.p[happens] @ shannon_lengths(self.p)[happens])

    def alternative(self) -> str:
        bars = ", ".join(f"{name} {probability(v)}" for name, v in zip(OUTCOMES, self.p))
        return (
            f"Bars of the probabilities of {self.outcomes} outcomes: {bars}. Below, the "
            "contributions of the outcomes laid end to end make the entropy, "
            f"{self.entropy:.3f} bits; a Huffman code needs {self.huffman_length:.3f} bits an outcome."
        )

    def still(self) -> StillFigure:
        figure, (top, bottom) = still_figure(4.6, panels=2)
        names = list(OUTCOMES[: self.outcomes])
        top.bar(names, self.p, color=plots.P_COLOR, width=0.7)
        for k, v in enumerate(self.p):
            top.annotate(probability(v), (k, v), ha="center", va="bottom")
        top.set(ylabel="p", ylim=(0, 1.05))
        starts = np.cumsum(self.contributions) - self.contributions
        bottom.barh(0, self.contributions, left=starts, color=plots.P_COLOR, edgecolor="white")
        for name, start, width in zip(names, starts, self.contributions):
            if width > 0.12:
                bottom.annotate(name, (start + width / 2, 0), ha="center", va="center")
        marks = {"Huffman": self.huffman_length, "Shannon": self.shannon_length}
        for row, (name, length) in enumerate(marks.items()):
            bottom.axvline(length, color=plots.INK, linewidth=1)
            bottom.annotate(f"{name} {length:.2f}", (length, 0.6 + 0.35 * row), ha="center")
        bottom.set(
            xlabel=f"bits: H = {self.entropy:.3f}, at most {np.log2(self.outcomes):.2f}",
            xlim=(0, np.log2(self.outcomes) + 1),
            ylim=(-0.5, 1.3),
            yticks=[],
        )
        return figure
