"""The entropy of a coin: one slider, one curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import traitlets

from lossutils import entropy, plots
from lossutils.widgets.before import (
    STATIC,
    Explorer,
    Figure,
    Number,
    probability,
    slider,
    still_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure


class BinaryEntropyFigure(Figure):
    _esm = STATIC / "binary-entropy.js"
    _explorer = traitlets.Unicode("binary-entropy").tag(sync=True)
    p = Number(0.5, min=0.0, max=1.0).tag(sync=True)


class BinaryEntropyExplorer(Explorer):
    """Move the probability of heads and see the entropy of the coin, in bits.

    Parameters
    ----------
    p : float
        Probability of heads, from 0 to 1. Readable and settable as `explorer.p`.
    """

    def __init__(self, p: float = 0.5) -> None:
        figure = BinaryEntropyFigure(p=p)
        super().__init__(figure, {"p": slider("p", value=figure.p, role="p")})

    @property
    def p(self) -> float:
        """Probability of heads."""
        return float(self.figure.p)

    @p.setter
    def p(self, value: float) -> None:
        self.figure.p = value

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
