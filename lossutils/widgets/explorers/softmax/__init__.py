"""Logits, temperature, softmax, loss and gradient; and the effect of an activation before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lossutils import cross_entropy_loss, plots, sigmoid, softmax
from lossutils.widgets.base import Explorer, still_figure
from lossutils.widgets.settings import Choice, Number, Numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "none": np.asarray,
    "sigmoid": sigmoid,
    "softmax": softmax,
}
# The input of softmax, as a formula and in words.
FED = {
    "none": ("z/T", "the logits"),
    "sigmoid": ("σ(z/T)", "the sigmoid of the logits"),
    "softmax": ("softmax(z/T)", "the softmax of the logits"),
}
HIGHEST = 12.0  # the end of the loss's axis, in nats


class SoftmaxExplorer(Explorer):
    """Move logits and temperature; see q = softmax(z/T), the loss −log q(y) and its gradient.

    With an activation, softmax gets the sigmoid or the softmax of z/T in place of z/T, as when a
    model ends in one and is trained with `nn.CrossEntropyLoss`, which has its own softmax.
    """

    logits = Numbers(
        (2.0, 1.0, 0.1),
        -6.0,
        6.0,
        prefix="z",
        labels=("z₀", "z₁", "z₂", "z₃"),
        least=2,
        count="classes",
        help="The logits z, one for each class. Their number can't change later.",
    )
    target = Choice(
        0, lambda self: range(self.logits.size), label="target y", help="The true class y."
    )
    temperature = Number(
        1.0, 0.1, 10.0, step=0.02, log=10, label="T", help="The divisor T of the logits."
    )
    activation = Choice(
        "none", tuple(ACTIVATIONS), label="before softmax", help="The activation before softmax."
    )
    order = ("logits", "temperature", "target", "activation")

    @property
    def fed(self) -> NDArray[np.float64]:
        """The input of softmax: z/T, or its sigmoid or softmax."""
        return np.asarray(ACTIVATIONS[self.activation](self.logits / self.temperature))

    @property
    def q(self) -> NDArray[np.float64]:
        """The model's distribution."""
        return np.asarray(softmax(self.fed))

    @property
    def loss(self) -> float:
        """−log q(y) in nats."""
        return float(cross_entropy_loss(self.fed, self.target))

    @property
    def gradient(self) -> NDArray[np.float64]:
        """The derivatives of the loss in the logits z."""
        slopes = self.q - np.eye(self.logits.size)[self.target]
        s = self.fed
        if self.activation == "sigmoid":
            slopes = slopes * s * (1 - s)
        elif self.activation == "softmax":
            slopes = s * (slopes - s @ slopes)
        return np.asarray(slopes / self.temperature)

    @property
    def floor(self) -> float:
        """The least possible loss: log(1 + (C − 1)/e) with an activation, else 0."""
        return 0.0 if self.activation == "none" else math.log1p((self.logits.size - 1) / math.e)

    def alternative(self) -> str:
        def listed(values: NDArray[np.float64], digits: int = 2) -> str:
            return ", ".join(_spoken(v, digits) for v in values)

        caution = f" It cannot be lower than {_spoken(self.floor, 3)}." if self.floor else ""
        return (
            f"Logits {listed(self.logits, 1)} at temperature {_spoken(self.temperature)}. Softmax "
            f"of {FED[self.activation][1]} gives q = {listed(self.q)}. The target is class "
            f"{self.target}: the loss is {_spoken(self.loss, 3)} nats.{caution} Arrows show the "
            f"gradient along each logit: {listed(self.gradient)}."
        )

    def still(self) -> StillFigure:
        figure, (top, middle, bottom) = still_figure(6.0, panels=3)
        top.get_gridspec().set_height_ratios([4, 6, 1])
        place = np.arange(self.logits.size)
        top.axhline(0, color=plots.QUIET, linewidth=1)
        top.vlines(place, 0, self.logits, color=plots.QUIET, linewidth=3)
        top.plot(place, self.logits, "o", color=plots.INK, markersize=9)
        for k, z in enumerate(self.logits):
            top.annotate(_signed(z, 1), (k, z), (9, 0), textcoords="offset points", va="center")
        top.set(ylabel="logits z", ylim=(-7, 7), xticks=[])

        middle.axhline(0, color=plots.QUIET, linewidth=1)
        middle.bar(place - 0.15, self.q, width=0.36, color=plots.Q_COLOR)
        outline = {"facecolor": "none", "edgecolor": plots.P_COLOR, "linestyle": "--"}
        middle.bar([self.target - 0.15], [1.0], width=0.36, **outline)
        for k, (share, slope) in enumerate(zip(self.q, self.gradient, strict=True)):
            middle.annotate(f"{share:.2f}", (k - 0.35, share), ha="right", color=plots.Q_COLOR)
            height = float(np.clip(slope, -1, 1))
            if abs(height) > 0.05:
                arrow = {"arrowstyle": "-|>", "color": plots.INK, "linewidth": 2}
                middle.annotate("", (k + 0.22, height), (k + 0.22, 0), arrowprops=arrow)
            up = {"ha": "center", "va": "top" if slope < 0 else "bottom"}
            offset = (0, -3 if slope < 0 else 3)
            middle.annotate(
                _signed(slope), (k + 0.22, height), offset, textcoords="offset points", **up
            )
        names = [f"y = {k}" if k == self.target else f"{k}" for k in place]
        middle.set(ylabel="q, and ↕ ∂ℓ/∂z", ylim=(-1.3, 1.3), xticks=place, xticklabels=names)
        middle.set_title(f"q = softmax({FED[self.activation][0]})", fontsize=11)
        for axes in (top, middle):
            axes.set_xlim(-0.7, place[-1] + 0.7)

        # Near the floor small differences matter, far above it they don't.
        if self.floor:
            bottom.axvspan(0, math.sqrt(self.floor), color=plots.P_COLOR, alpha=0.3)
            bottom.set_title(f"floor {self.floor:.3f}: no loss is lower", fontsize=11)
        height = math.sqrt(min(self.loss, HIGHEST))
        left = height > 3
        bottom.plot([height], [0.5], "o", color=plots.INK, markersize=9)
        bottom.annotate(
            f"{self.loss:.3f}{' →' if self.loss > HIGHEST else ''}",
            (height, 0.5),
            (-9 if left else 9, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
        )
        classes = self.logits.size
        ticks = {0.0: "0", math.log(classes): f"log {classes}", 4.0: "4", 8.0: "8", 12.0: "12"}
        bottom.set_xticks(np.sqrt(list(ticks)), list(ticks.values()))
        bottom.set(xlabel="loss in nats", yticks=[], ylim=(0, 1), xlim=(0, math.sqrt(HIGHEST)))
        return figure


def _signed(value: float, digits: int = 2) -> str:
    # Adding 0 turns a rounded minus zero into 0.
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _spoken(value: float, digits: int = 2) -> str:
    return _signed(value, digits).replace("−", "minus ")
