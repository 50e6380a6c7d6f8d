"""What a forecast costs: one slider, one curve, and the loss that the whole book is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossutils import plots, surprisal
from lossutils.widgets.base import Explorer, still_figure
from lossutils.widgets.settings import Number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure

TOP = 5.0  # the curve leaves the picture here, in nats


class SurprisalExplorer(Explorer):
    """Move the probability that a forecast gave to what happened, and see its loss."""

    probability = Number(
        0.7, 0.0, 1.0, label="q", role="q", help="The probability given to what happened."
    )

    @property
    def surprisal(self) -> float:
        """Loss −log q, in nats."""
        return float(surprisal(self.probability))

    @property
    def bits(self) -> float:
        """The same loss in bits."""
        return float(surprisal(self.probability, base=2))

    def alternative(self) -> str:
        return (
            "The loss −log q as a curve that falls from infinity at q = 0 to 0 at q = 1. "
            f"At q = {self.probability:.2f} it is {self.surprisal:.3f} nats."
        )

    def still(self) -> StillFigure:
        grid = np.exp(np.linspace(-TOP, 0, 200))
        figure, axes = still_figure()
        axes.plot(grid, surprisal(grid), color=plots.INK)
        height = min(self.surprisal, TOP)
        axes.plot([self.probability], [height], "o", color=plots.Q_COLOR, markersize=10)
        axes.annotate(
            f"{self.surprisal:.2f}",
            (self.probability, height),
            xytext=(8, 8),
            textcoords="offset points",
        )
        axes.set(
            xlabel="q, probability given to what happened",
            ylabel="loss, −log q, in nats",
            xlim=(0, 1.02),
            ylim=(0, TOP),
        )
        return figure
