"""The entropy of a coin: one slider, one curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossutils import entropy, plots
from lossutils.widgets.base import Explorer, probability, still_figure
from lossutils.widgets.settings import Number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure


class BinaryEntropyExplorer(Explorer):
    """Move the probability of heads and see the entropy of the coin, in bits."""

    p = Number(0.5, 0.0, 1.0, label="p", role="p", help="The probability of heads.")

    @property
    def entropy(self) -> float:
        """Entropy of the coin, in bits."""
        return float(entropy([self.p, 1 - self.p], base=2))

    def alternative(self) -> str:
        return (
            "The binary entropy curve, an arch from 0 up to 1 bit at one half and down to 0. "
            f"At p = {probability(self.p)} it is {self.entropy:.3f} bits."
        )

    def still(self) -> StillFigure:
        grid = np.linspace(0, 1, 201)
        figure, axes = still_figure()
        axes.plot(grid, entropy(np.stack([grid, 1 - grid], axis=-1), base=2), color=plots.INK)
        axes.plot([self.p], [self.entropy], "o", color=plots.P_COLOR, markersize=10)
        axes.annotate(
            f"{self.entropy:.3f} bits",
            (self.p, self.entropy),
            xytext=(10, -16),
            textcoords="offset points",
        )
        axes.set(xlabel="p, probability of heads", ylabel="H(p) in bits", ylim=(0, 1.05))
        return figure
