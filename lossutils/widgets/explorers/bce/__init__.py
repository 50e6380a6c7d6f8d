"""The loss of one yes-or-no answer: two curves, the target that mixes them, and the slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lossutils import binary_cross_entropy_with_logits, plots, sigmoid, softmax, surprisal
from lossutils.widgets.base import Explorer, still_figure
from lossutils.widgets.settings import Number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure

LOGITS = (-8.0, 8.0)
TOP = 8.5  # the end of the axis, in nats


class BCEExplorer(Explorer):
    """Move a logit, its target and the weight of the positive part; see loss, slope and floor.

    The loss is w t (−log σ(z)) + (1 − t) (−log(1 − σ(z))), in nats: a mix of the prices of a yes
    and of a no, in the proportion set by the target.
    """

    logit = Number(0.6758, *LOGITS, label="logit z", role="q", help="The model's logit z.")
    target = Number(
        0.9, 0.0, 1.0, label="target t", role="p", help="The target t, soft between 0 and 1."
    )
    pos_weight = Number(
        1.0, 0.1, 10.0, log=10, label="pos_weight", role="p", help="The positive part's weight w."
    )

    @property
    def q(self) -> float:
        """The model's probability of a yes, σ(z)."""
        return float(sigmoid(self.logit))

    @property
    def loss(self) -> float:
        """The loss, in nats."""
        return float(_loss(self.logit, self.target, self.pos_weight))

    @property
    def gradient(self) -> float:
        """Its slope in z: (1 − t) σ(z) − w t (1 − σ(z)), which is σ(z) − t for w = 1."""
        t, w, q = self.target, self.pos_weight, self.q
        return (1 - t) * q - w * t * (1 - q)

    @property
    def best(self) -> float:
        """The logit with the least loss; infinite for a target of 0 or 1."""
        with np.errstate(divide="ignore"):
            t = np.float64(self.target)
            return float(np.log(self.pos_weight * t) - np.log1p(-t))

    @property
    def floor(self) -> float:
        """The least loss that any logit can reach: the entropy of t for w = 1."""
        hard = self.target in (0, 1)
        return 0.0 if hard else float(_loss(self.best, self.target, self.pos_weight))

    @property
    def two_class(self) -> float:
        """The same loss by softmax, of two classes with logits 0 and z."""
        t, w = self.target, self.pos_weight
        return float([1 - t, w * t] @ surprisal(softmax([0, self.logit])))

    def alternative(self) -> str:
        return (
            "Two curves over the logit: −log σ(z) falls, −log(1 − σ(z)) rises. The loss lies "
            f"between them, mixed in the target's proportion. At z = {self.logit:.3f}, target "
            f"{self.target:.2f} and pos_weight {self.pos_weight:.2f} it is {self.loss:.3f} nats, "
            f"its slope is {_spoken(self.gradient)}, and its floor is {self.floor:.3f}."
        )

    def still(self) -> StillFigure:
        figure, axes = still_figure(3.6)
        t, w = self.target, self.pos_weight
        z = np.linspace(*LOGITS, 321)
        yes, no = _loss(z, 1.0, w), _loss(z, 0.0, w)
        name = "−log σ(z)" if w == 1 else f"{w:.2f}·(−log σ(z))"
        right = z[yes < TOP - 0.5][0] + 0.1
        crowded = right > -2
        for line, text, x, y, align in (
            (yes, name, right, TOP - 0.5, "left"),
            (no, "−log(1 − σ(z))", 5.2, TOP - (1 if crowded else 0.5), "right"),
        ):
            axes.plot(z, line, color=plots.QUIET, linewidth=1.2)
            plots.label_line(axes, x, y, text, color=plots.QUIET, align=align)
        axes.plot(z, _loss(z, t, w), color=plots.INK)
        axes.axhline(self.floor, color=plots.P_COLOR, linewidth=1.5, linestyle=":")
        left = t > 0.5
        axes.annotate(
            f"floor {self.floor:.3f}",
            (LOGITS[0] if left else LOGITS[1], self.floor),
            xytext=(0, 4),
            textcoords="offset points",
            ha="left" if left else "right",
            color=plots.P_COLOR,
        )
        if abs(self.best) <= LOGITS[1]:
            axes.plot(self.best, self.floor, "D", color=plots.P_COLOR, markersize=6)
        height = min(self.loss, TOP)
        axes.plot(self.logit, height, "o", color=plots.Q_COLOR, markersize=10)
        late = self.logit > 6
        plots.label_line(
            axes,
            self.logit,
            height,
            f"{self.loss:.3f}{' ↑' if self.loss > TOP else ''}",
            offset=(-10, 10) if late else (10, 10),
            align="right" if late else "left",
        )
        axes.set(xlabel="logit z", ylabel="nats", xlim=LOGITS, ylim=(0, TOP))
        return figure


def _loss(z: Any, t: float, w: float) -> Any:
    targets = np.full(np.shape(z), t)
    return binary_cross_entropy_with_logits(z, targets, pos_weight=w, reduction="none")


def _spoken(value: float) -> str:
    return f"{value:.3f}".replace("-", "minus ")
