"""A distribution over 2 to 6 outcomes, and each outcome's contribution to the entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import traitlets

from lossutils import entropy, huffman_lengths, plots, shannon_lengths, surprisal
from lossutils.widgets.before import (
    OUTCOMES,
    STATIC,
    DistributionFigure,
    Explorer,
    probability,
    still_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray


class EntropyFigure(DistributionFigure):
    _esm = STATIC / "entropy.js"
    _explorer = traitlets.Unicode("entropy").tag(sync=True)


class EntropyExplorer(Explorer):
    """Move the probabilities of 2 to 6 outcomes; see what each adds to the entropy, and its code.

    When you move one probability, the others share the rest in their old proportions.

    Parameters
    ----------
    p : sequence of float, shape (2,) to (6,)
        The distribution. Readable and settable as `explorer.p`.

    Raises
    ------
    ValueError
        If p is not a distribution over 2 to 6 outcomes.
    """

    figure: EntropyFigure

    def __init__(self, p: Sequence[float] = (0.5, 0.25, 0.125, 0.125)) -> None:
        figure = EntropyFigure(p=p)
        count = ipywidgets.IntSlider(
            value=figure.outcomes, min=2, max=len(OUTCOMES), description="outcomes"
        )
        super().__init__(figure, {"outcomes": count} | figure.sliders("p"))

    @property
    def p(self) -> NDArray[np.float64]:
        """The distribution."""
        return self.figure.read("p")

    @p.setter
    def p(self, values: Sequence[float]) -> None:
        self.figure.assign(p=values)

    @property
    def outcomes(self) -> int:
        """How many outcomes there are."""
        return int(self.figure.outcomes)

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
