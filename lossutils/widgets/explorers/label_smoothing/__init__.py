"""Label smoothing: the target, the two parts of the loss, and the floor beneath it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossutils import cross_entropy_loss, entropy, plots, smooth_labels, softmax
from lossutils.widgets.base import Explorer, probability, still_figure
from lossutils.widgets.settings import OUTCOMES, Number, Whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

HIGHEST = 3.0  # the end of the axis, in nats


class LabelSmoothingExplorer(Explorer):
    """Move α and the gap between the true class's logit and the others; see the loss and its floor.

    The first class, a, is the true one.
    """

    alpha = Number(
        0.1, 0.0, 1.0, label="α", role="p", help="The share of the target spread over all classes."
    )
    classes = Whole(3, 2, len(OUTCOMES), label="classes", help="How many classes there are.")
    gap = Number(
        2.0, -2.0, 8.0, label="gap", role="q", help="The logit of a minus that of each other class."
    )
    order = ("alpha", "gap", "classes")

    @property
    def target(self) -> NDArray[np.float64]:
        """The smoothed target y′."""
        return np.asarray(smooth_labels(0, num_classes=self.classes, label_smoothing=self.alpha))

    @property
    def logits(self) -> NDArray[np.float64]:
        """The gap for the true class, 0 for the others."""
        return np.asarray(self.gap * np.eye(self.classes)[0])

    @property
    def q(self) -> NDArray[np.float64]:
        """The model's distribution."""
        return np.asarray(softmax(self.logits))

    @property
    def loss(self) -> float:
        """The loss in nats."""
        return float(cross_entropy_loss(self.logits, 0, label_smoothing=self.alpha))

    @property
    def hard_part(self) -> float:
        """(1 − α) times the plain cross-entropy."""
        return (1 - self.alpha) * float(cross_entropy_loss(self.logits, 0))

    @property
    def even_part(self) -> float:
        """α times the mean of −log q over the classes."""
        return self.alpha * float(cross_entropy_loss(self.logits, 0, label_smoothing=1))

    @property
    def floor(self) -> float:
        """The entropy of the target: no q has a smaller loss."""
        return float(entropy(self.target))

    @property
    def gap_at_floor(self) -> float:
        """The gap whose softmax is the target, where the loss is least; infinite for α = 0."""
        rest = self.classes * (1 - self.alpha)
        return math.log1p(rest / self.alpha) if self.alpha > 0 else math.inf

    @property
    def slope(self) -> float:
        """The slope of the loss in the gap: q − y′ at the true class."""
        return float(self.q[0] - self.target[0])

    def alternative(self) -> str:
        def listed(values: NDArray[np.float64]) -> str:
            named = zip(OUTCOMES, values, strict=False)
            return ", ".join(f"{name} {probability(v)}" for name, v in named)

        return (
            f"Paired bars of the smoothed target, {listed(self.target)}, and of q, "
            f"{listed(self.q)}. Below, the loss over the logit gap: at {said(self.gap, 2)} it is "
            f"{said(self.loss)} nats with slope {said(self.slope)}. Its floor is "
            f"{said(self.floor)} nats at gap {said(self.gap_at_floor, 2)}."
        )

    def still(self) -> StillFigure:
        figure, (top, bottom) = still_figure(5.0, panels=2)
        plots.bars(top, self.target, self.q, OUTCOMES[: self.classes], names=("target y′", "q"))
        top.set(ylabel="probability", ylim=(0, 1.15))
        gaps = np.linspace(-2, 8, 201)
        z = gaps[:, None] * np.eye(self.classes)[0]
        y = np.zeros(len(gaps), dtype=np.int64)
        hard = cross_entropy_loss(z, y, reduction="none")
        even = cross_entropy_loss(z, y, reduction="none", label_smoothing=1)
        alpha = self.alpha
        bottom.plot(gaps, (1 - alpha) * hard, color=plots.QUIET, linewidth=1)
        bottom.plot(gaps, alpha * even, color=plots.QUIET, linewidth=1)
        bottom.plot(gaps, (1 - alpha) * hard + alpha * even, color=plots.Q_COLOR)
        bottom.plot([self.gap], [self.loss], "o", color=plots.Q_COLOR, markersize=8)
        bottom.axhline(self.floor, color=plots.QUIET, linestyle=":")
        name, light = f"loss {self.loss:.3f}", plots.QUIET
        plots.label_line(
            bottom, self.gap, min(self.loss, HIGHEST), name, color=plots.Q_COLOR, offset=(6, 12)
        )
        plots.label_line(
            bottom, gaps, alpha * even, "α·mean", color=light, offset=(-4, 8), align="right"
        )
        plots.label_line(
            bottom,
            gaps,
            (1 - alpha) * hard,
            "(1 − α)·CE",
            color=light,
            at=0.5,
            offset=(-6, -8),
            align="right",
        )
        bottom.set_title(
            f"floor {self.floor:.3f} at gap {self.gap_at_floor:.2f}", loc="right", fontsize=11
        )
        bottom.set(xlabel="logit gap", ylabel="nats", ylim=(0, HIGHEST))
        return figure


def said(value: float, digits: int = 3) -> str:
    """Return the number as a screen reader should say it, never as minus zero."""
    if math.isinf(value):
        return "infinity"
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "minus ")
