"""Two distributions and their cross-entropy: the floor H(p), and D(p‖q) on top of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossutils import cross_entropy, entropy, kl_divergence, plots
from lossutils.widgets.base import Explorer, probability, still_figure
from lossutils.widgets.settings import OUTCOMES, Distribution, Switch

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

MOST = 2.5  # the end of the stack's scale, in nats


class CrossEntropyExplorer(Explorer):
    """Move p and q, and see H(p, q) as a stack: H(p), which q can't change, and D(p‖q) on top.

    When you move one probability, the others in its distribution share the rest in their old
    proportions. If q is 0 where p is not, the cross-entropy is infinite and shown as such.
    """

    p = Distribution(
        (0.5, 0.3, 0.2),
        fixed_by="one_hot",
        help=(
            "The true distribution. While `one_hot` is True it reads as one-hot, and its old value "
            "comes back afterwards."
        ),
    )
    q = Distribution((0.2, 0.5, 0.3), help="The model's distribution, over the same outcomes.")
    one_hot = Switch(
        False,
        label="one-hot p",
        help="Whether p puts everything on its likeliest outcome (the first, if several tie).",
    )

    @property
    def entropy(self) -> float:
        """H(p) in nats: the floor, which no q can change."""
        return float(entropy(self.p))

    @property
    def kl_pq(self) -> float:
        """D(p‖q) in nats."""
        return float(kl_divergence(self.p, self.q))

    @property
    def cross_entropy(self) -> float:
        """H(p, q) in nats."""
        return float(cross_entropy(self.p, self.q))

    @property
    def perplexity(self) -> float:
        """The exponential of H(p, q)."""
        return float(np.exp(self.cross_entropy))

    @property
    def gradient(self) -> NDArray[np.float64]:
        """The slopes of H(p, q) in the logits of q: q − p."""
        return np.asarray(self.q - self.p)

    def alternative(self) -> str:
        def listed(values: NDArray[np.float64]) -> str:
            return ", ".join(
                f"{name} {probability(v)}" for name, v in zip(OUTCOMES, values, strict=False)
            )

        truth = f"p is {listed(self.p)}"
        if self.one_hot:
            label = OUTCOMES[int(np.argmax(self.p))]
            truth = f"p is one-hot: {label}, the likeliest of {listed(self._trait_values['p'])}"
        return (
            f"Paired bars: {truth}; q is {listed(self.q)}. Below, the cross-entropy as a stack: "
            f"the floor H(p), {self.entropy:.3f} nats, and on it D(p‖q), {_spoken(self.kl_pq)} "
            f"nats, make H(p, q), {_spoken(self.cross_entropy)} nats."
        )

    def still(self) -> StillFigure:
        figure, (top, bottom) = still_figure(4.4, panels=2)
        place = np.arange(self.p.size)
        for bars, shift, color in [(self.p, -0.2, plots.P_COLOR), (self.q, 0.2, plots.Q_COLOR)]:
            top.bar(place + shift, bars, width=0.36, color=color)
            for k, v in enumerate(bars):
                top.annotate(probability(v), (k + shift, v), ha="center", va="bottom", color=color)
        slopes = [f"{v:+.2f}".replace("-", "−") for v in self.gradient]
        names = [f"{k}\n{slope}" for k, slope in zip(OUTCOMES, slopes, strict=False)]
        names[0] = names[0].replace("\n", "\nq − p: ")
        top.set(ylabel="probability", ylim=(0, 1.15), xticks=place, xticklabels=names)
        floor, total = self.entropy, min(self.cross_entropy, MOST)
        bottom.barh(0, floor, height=0.5, color=plots.P_COLOR)
        bottom.barh(0, total - floor, left=floor, height=0.5, color=plots.Q_COLOR)
        bottom.plot([floor, floor], [-0.25, 0.75], color=plots.INK, linewidth=1.5)
        bottom.annotate(f"floor H(p) = {floor:.3f}", (floor, 0.8), ha="center", va="bottom")
        price, sum_ = ("∞" if np.isinf(v) else f"{v:.3f}" for v in (self.kl_pq, self.cross_entropy))
        text = f"D(p‖q) = {price}\nH(p, q) = {sum_}"
        late = total > 0.7 * MOST
        bottom.annotate(
            text,
            (total, -0.35 if late else 0),
            xytext=(0 if late else 8, 0),
            textcoords="offset points",
            ha="right" if late else "left",
            va="top" if late else "center",
        )
        bottom.set(xlabel="nats", xlim=(0, MOST), ylim=(-1.2, 1.3), yticks=[])
        return figure


def _spoken(value: float) -> str:
    return "infinity" if np.isinf(value) else f"{value:.3f}"
