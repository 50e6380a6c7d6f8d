"""Two distributions over the same outcomes, and the divergence in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossutils import kl_divergence, plots
from lossutils.widgets.base import Explorer, probability, still_figure
from lossutils.widgets.settings import OUTCOMES, Distribution

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

HIGHEST = 0.9  # the end of the axis, in nats


class KLExplorer(Explorer):
    """Move p and q, and see what each outcome adds to D(p‖q) and to D(q‖p).

    When you move one probability, the others in its distribution share the rest in their old
    proportions. If q is 0 where p is not, the divergence is infinite and shown as such.
    """

    p = Distribution((0.5, 0.3, 0.15, 0.05), help="The true distribution.")
    q = Distribution(
        (0.25, 0.25, 0.25, 0.25), help="The model's distribution, over the same outcomes."
    )

    @property
    def kl_pq(self) -> float:
        """D(p‖q) in nats."""
        return float(kl_divergence(self.p, self.q))

    @property
    def kl_qp(self) -> float:
        """D(q‖p) in nats."""
        return float(kl_divergence(self.q, self.p))

    @property
    def contributions(self) -> NDArray[np.float64]:
        """What each outcome adds to D(p‖q), in nats."""
        return _contributions(self.p, self.q)

    def alternative(self) -> str:
        def listed(values: NDArray[np.float64]) -> str:
            return ", ".join(
                f"{name} {probability(v)}" for name, v in zip(OUTCOMES, values, strict=False)
            )

        return (
            f"Paired bars: p is {listed(self.p)}; q is {listed(self.q)}. Below, what each outcome "
            f"adds to the divergence. D(p‖q) is {_spoken(self.kl_pq)} nats and D(q‖p) is "
            f"{_spoken(self.kl_qp)} nats."
        )

    def still(self) -> StillFigure:
        figure, (top, bottom) = still_figure(4.8, panels=2)
        place = np.arange(self.p.size)
        both = [(self.p, self.q, -0.2, plots.P_COLOR), (self.q, self.p, 0.2, plots.Q_COLOR)]
        for one, other, shift, color in both:
            top.bar(place + shift, one, width=0.36, color=color)
            for k, v in enumerate(one):
                top.annotate(probability(v), (k + shift, v), ha="center", va="bottom", color=color)
            adds = _contributions(one, other)
            bottom.bar(place + shift, np.minimum(adds, HIGHEST), width=0.36, color=color)
            for k, v in enumerate(adds):
                text, below = ("∞" if np.isinf(v) else f"{v:.2f}"), "top" if v < 0 else "bottom"
                height = min(v, HIGHEST)
                bottom.annotate(text, (k + shift, height), ha="center", va=below, color=color)
        for axes in (top, bottom):
            axes.set(xticks=place, xticklabels=list(OUTCOMES[: self.p.size]))
        top.set(ylabel="probability", ylim=(0, 1.1))
        bottom.set(ylabel="adds to D, nats", ylim=(-0.5, HIGHEST + 0.2))
        bottom.axhline(0, color=plots.INK, linewidth=1)
        return figure


def _contributions(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.where(p > 0, p * (np.log(np.where(p > 0, p, 1.0)) - np.log(q)), 0.0)


def _spoken(value: float) -> str:
    return "infinity" if np.isinf(value) else f"{value:.3f}"
