"""Two distributions and their cross-entropy: the floor H(p), and D(p‖q) on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import ipywidgets
import numpy as np
import traitlets

from lossutils import cross_entropy, entropy, kl_divergence, plots
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

MOST = 2.5  # the end of the stack's scale, in nats; as in explorers/cross_entropy/figure.js


class CrossEntropyFigure(DistributionFigure):
    _esm = STATIC / "cross-entropy.js"
    _explorer = traitlets.Unicode("cross-entropy").tag(sync=True)
    names: ClassVar[str] = "pq"
    one_hot = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **distributions: Sequence[float]) -> None:
        # True if a slider of p can't move: its outcome is unused, or p is one-hot.
        fixed = {f"fixed_{k}": traitlets.Bool(False).tag(sync=True) for k in range(self.most)}
        self.add_traits(**fixed)
        super().__init__(**distributions)
        self.observe(self._fix, ["one_hot", *(f"off_{k}" for k in range(self.most))])
        self._fix()

    def _fix(self, change: object = None) -> None:
        with self.hold_sync():
            for k in range(self.most):
                setattr(self, f"fixed_{k}", self.one_hot or getattr(self, f"off_{k}"))

    def off(self, name: str, k: int) -> str:
        return f"fixed_{k}" if name == "p" else super().off(name, k)


class CrossEntropyExplorer(Explorer):
    """Move p and q, and see H(p, q) as a stack: H(p), which q can't change, and D(p‖q) on top.

    When you move one probability, the others in its distribution share the rest in their old
    proportions. If q is 0 where p is not, the cross-entropy is infinite and shown as such.

    Parameters
    ----------
    p, q : sequence of float, shape (2,) to (6,)
        The distributions, over the same outcomes. Readable and settable as `explorer.p` and
        `explorer.q`.
    one_hot : bool
        Whether p puts everything on its likeliest outcome (the first, if several tie). Settable
        too; while it is True, `explorer.p` is one-hot and can't be moved on the page, and its old
        value comes back afterwards.

    Raises
    ------
    ValueError
        If p and q are not distributions over the same 2 to 6 outcomes.
    """

    figure: CrossEntropyFigure

    def __init__(
        self,
        p: Sequence[float] = (0.5, 0.3, 0.2),
        q: Sequence[float] = (0.2, 0.5, 0.3),
        one_hot: bool = False,
    ) -> None:
        figure = CrossEntropyFigure(p=p, q=q)
        figure.one_hot = one_hot
        switch = ipywidgets.Checkbox(value=one_hot, description="one-hot p", indent=False)
        # The two sliders of an outcome are side by side.
        pairs = zip(figure.sliders("p").items(), figure.sliders("q").items(), strict=True)
        super().__init__(figure, dict(chain.from_iterable(pairs)) | {"one_hot": switch})

    @property
    def p(self) -> NDArray[np.float64]:
        """The true distribution: one-hot if `one_hot` is True."""
        given = self.figure.read("p")
        if not self.one_hot:
            return given
        return np.asarray(np.arange(given.size) == np.argmax(given), dtype=np.float64)

    @p.setter
    def p(self, values: Sequence[float]) -> None:
        self.figure.assign(p=values)

    @property
    def q(self) -> NDArray[np.float64]:
        """The model's distribution."""
        return self.figure.read("q")

    @q.setter
    def q(self, values: Sequence[float]) -> None:
        self.figure.assign(q=values)

    @property
    def one_hot(self) -> bool:
        """Whether p puts everything on its likeliest outcome."""
        return bool(self.figure.one_hot)

    @one_hot.setter
    def one_hot(self, value: bool) -> None:
        self.figure.one_hot = value

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
        return self.q - self.p

    def alternative(self) -> str:
        def listed(values: NDArray[np.float64]) -> str:
            return ", ".join(
                f"{name} {probability(v)}" for name, v in zip(OUTCOMES, values, strict=False)
            )

        truth = f"p is {listed(self.p)}"
        if self.one_hot:
            label = OUTCOMES[int(np.argmax(self.p))]
            truth = f"p is one-hot: {label}, the likeliest of {listed(self.figure.read('p'))}"
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
