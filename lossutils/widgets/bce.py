"""The loss of one yes-or-no answer: two curves, the target that mixes them, and the slope."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import traitlets

from lossutils import binary_cross_entropy_with_logits, plots, sigmoid
from lossutils.widgets.before import (
    DIGITS,
    STATIC,
    Explorer,
    Figure,
    Number,
    require_number,
    slider,
    still_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure

# The ends of the sliders and of the axis; as in explorers/bce/figure.js.
LOGITS = (-8.0, 8.0)
WEIGHTS = (0.1, 10.0)
TOP = 8.5


class BCEFigure(Figure):
    _esm = STATIC / "bce.js"
    _explorer = traitlets.Unicode("bce").tag(sync=True)
    logit = Number(0.0).tag(sync=True)
    target = Number(1.0).tag(sync=True)
    pos_weight = Number(1.0).tag(sync=True)


class BCEExplorer(Explorer):
    """Move a logit, its target and the weight of the positive part; see loss, slope and floor.

    The loss is w t (−log σ(z)) + (1 − t) (−log(1 − σ(z))), in nats: a mix of the prices of a yes
    and of a no, in the proportion set by the target.

    Parameters
    ----------
    logit : float
        z, from −8 to 8. Readable and settable as `explorer.logit`, like the other two.
    target : float
        t, from 0 to 1; anything in between is a soft target.
    pos_weight : float
        w, from 0.1 to 10.

    Raises
    ------
    ValueError
        If one of them is outside its range.
    """

    def __init__(self, logit: float = 0.6758, target: float = 0.9, pos_weight: float = 1.0) -> None:
        figure = BCEFigure()
        low, high = LOGITS
        weights = ipywidgets.FloatLogSlider(
            value=1.0,
            min=math.log10(WEIGHTS[0]),
            max=math.log10(WEIGHTS[1]),
            step=0.01,
            description="pos_weight",
            readout_format=DIGITS,
        )
        weights.add_class("control-p")
        controls = {
            "logit": slider("logit z", value=0.0, min=low, max=high, role="q"),
            "target": slider("target t", value=1.0, role="p"),
            "pos_weight": weights,
        }
        super().__init__(figure, controls)
        self.logit, self.target, self.pos_weight = logit, target, pos_weight

    def _set(self, name: str, value: float, low: float, high: float) -> None:
        setattr(self.figure, name, require_number(name, value, low, high))
        self.controls[name].value = getattr(self.figure, name)

    @property
    def logit(self) -> float:
        """The model's logit z."""
        return float(self.figure.logit)

    @logit.setter
    def logit(self, value: float) -> None:
        self._set("logit", value, *LOGITS)

    @property
    def target(self) -> float:
        """The target t."""
        return float(self.figure.target)

    @target.setter
    def target(self, value: float) -> None:
        self._set("target", value, 0.0, 1.0)

    @property
    def pos_weight(self) -> float:
        """The weight w of the positive part."""
        return float(self.figure.pos_weight)

    @pos_weight.setter
    def pos_weight(self, value: float) -> None:
        self._set("pos_weight", value, *WEIGHTS)

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

    def alternative(self) -> str:
        return (
            "Two curves over the logit: −log σ(z) falls, −log(1 − σ(z)) rises. The loss lies "
            f"between them, a mix with the target as its share. At z = {self.logit:.3f}, target "
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
