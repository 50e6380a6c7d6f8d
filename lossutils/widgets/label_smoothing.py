"""Label smoothing: the target, the two parts of the loss, and the floor beneath it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import traitlets

from lossutils import cross_entropy_loss, entropy, plots, smooth_labels, softmax
from lossutils.widgets.before import (
    OUTCOMES,
    STATIC,
    Explorer,
    Figure,
    Number,
    probability,
    require_number,
    slider,
    still_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

GAPS = (-2.0, 8.0)  # as in explorers/label_smoothing/figure.js
HIGHEST = 3.0


class LabelSmoothingFigure(Figure):
    _esm = STATIC / "label-smoothing.js"
    _explorer = traitlets.Unicode("label-smoothing").tag(sync=True)
    alpha = Number(0.1, min=0.0, max=1.0).tag(sync=True)
    classes = traitlets.Int(3, min=2, max=len(OUTCOMES)).tag(sync=True)
    gap = Number(2.0, min=GAPS[0], max=GAPS[1]).tag(sync=True)


class LabelSmoothingExplorer(Explorer):
    """Move α and the gap between the true class's logit and the others; see the loss and its floor.

    Parameters
    ----------
    alpha : float
        The share of the target that is spread over all classes, from 0 to 1.
    classes : int
        From 2 to 6; the first, a, is the true one.
    gap : float
        The logit of a minus that of each other class, from -2 to 8.

    Raises
    ------
    traitlets.TraitError
        If a value is outside its range.
    """

    figure: LabelSmoothingFigure

    def __init__(self, alpha: float = 0.1, classes: int = 3, gap: float = 2.0) -> None:
        figure = LabelSmoothingFigure(alpha=alpha, classes=classes, gap=gap)
        controls = {
            "alpha": slider("α", value=figure.alpha, role="p"),
            "gap": slider("gap", value=figure.gap, role="q", min=GAPS[0], max=GAPS[1], step=0.01),
            "classes": ipywidgets.IntSlider(
                value=classes, min=2, max=len(OUTCOMES), description="classes"
            ),
        }
        super().__init__(figure, controls)

    @property
    def alpha(self) -> float:
        """The share of the target that is spread over all classes."""
        return float(self.figure.alpha)

    @alpha.setter
    def alpha(self, value: float) -> None:
        self.figure.alpha = require_number("alpha", value, 0, 1)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.figure.classes)

    @classes.setter
    def classes(self, value: int) -> None:
        self.figure.classes = value

    @property
    def gap(self) -> float:
        """The logit of the true class minus that of each other class."""
        return float(self.figure.gap)

    @gap.setter
    def gap(self, value: float) -> None:
        self.figure.gap = require_number("gap", value, *GAPS)

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
        """The gap at which the loss reaches its floor; infinite for α = 0."""
        return gap_at_floor(self.alpha, self.classes)

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
        gaps = np.linspace(*GAPS, 201)
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


def gap_at_floor(alpha: float, classes: int) -> float:
    """Return log((1 − α + α/K) / (α/K)), the logit gap whose softmax is the smoothed target."""
    return math.log1p(classes * (1 - alpha) / alpha) if alpha > 0 else math.inf


def said(value: float, digits: int = 3) -> str:
    """Return the number as a screen reader should say it, never as minus zero."""
    if math.isinf(value):
        return "infinity"
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "minus ")
