"""Class weights with label smoothing: when a wrong class becomes the best answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import traitlets

from lossutils import plots, smooth_labels
from lossutils.widgets.before import (
    STATIC,
    Explorer,
    Figure,
    Number,
    require_number,
    slider,
    still_figure,
)
from lossutils.widgets.label_smoothing import said

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

CLASSES = "abc"  # as in explorers/smoothing_weights/figure.js
LOWEST, HIGHEST = 0.5, 100.0


class SmoothingWeightsFigure(Figure):
    _esm = STATIC / "smoothing-weights.js"
    _explorer = traitlets.Unicode("smoothing-weights").tag(sync=True)
    alpha = Number(0.1, min=0.0, max=1.0).tag(sync=True)
    w_a = Number(1.0, min=LOWEST, max=HIGHEST).tag(sync=True)
    w_b = Number(1.0, min=LOWEST, max=HIGHEST).tag(sync=True)
    w_c = Number(1.0, min=LOWEST, max=HIGHEST).tag(sync=True)


class SmoothingWeightsExplorer(Explorer):
    """Move the weights of three classes and α; see the best answer for each class's samples.

    Parameters
    ----------
    weights : sequence of three floats
        Each class's weight, from 0.5 to 100.
    alpha : float
        The share of the target that is spread over all classes, from 0 to 1.

    Raises
    ------
    ValueError
        If there are not three weights, or a value is outside its range.
    """

    figure: SmoothingWeightsFigure

    def __init__(self, weights: Sequence[float] = (1, 5, 50), alpha: float = 0.1) -> None:
        figure = SmoothingWeightsFigure(alpha=require_number("alpha", alpha, 0, 1))
        controls: dict[str, ipywidgets.Widget] = {"alpha": slider("α", value=alpha, role="p")}
        for name, weight in zip(CLASSES, _three(weights)):
            setattr(figure, f"w_{name}", weight)
            controls[f"w_{name}"] = slider(
                f"w({name})",
                value=weight,
                min=LOWEST,
                max=HIGHEST,
                step=0.5,
            )
        super().__init__(figure, controls)

    @property
    def alpha(self) -> float:
        """The share of the target that is spread over all classes."""
        return float(self.figure.alpha)

    @alpha.setter
    def alpha(self, value: float) -> None:
        self.figure.alpha = require_number("alpha", value, 0, 1)

    @property
    def weights(self) -> NDArray[np.float64]:
        """The weights of the classes."""
        return np.array([getattr(self.figure, f"w_{name}") for name in CLASSES])

    @weights.setter
    def weights(self, values: Sequence[float]) -> None:
        weights = _three(values)
        with self.figure.hold_trait_notifications(), self.figure.hold_sync():
            for name, weight in zip(CLASSES, weights):
                setattr(self.figure, f"w_{name}", weight)

    @property
    def best(self) -> NDArray[np.float64]:
        """Row y is the q* that minimises the loss of samples of class y."""
        targets = smooth_labels(range(3), num_classes=3, label_smoothing=self.alpha)
        # The one-hot part is weighted by w_y alone, and so is the smoothed part's entry for y.
        shares = targets * self.weights
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    @property
    def threshold(self) -> float:
        """How many times the true class's weight another class's may be; infinite for α = 0."""
        return 1 + 3 * (1 - self.alpha) / self.alpha if self.alpha > 0 else math.inf

    @property
    def flipped(self) -> list[str]:
        """The classes for which another class is the best answer."""
        return [name for y, name in enumerate(CLASSES) if np.argmax(self.best[y]) != y]

    def alternative(self) -> str:
        rows = []
        for y, (name, row) in enumerate(zip(CLASSES, self.best)):
            bars = ", ".join(f"{other} {share:.2f}" for other, share in zip(CLASSES, row))
            winner = int(np.argmax(row))
            wrong = "" if winner == y else f", so {CLASSES[winner]} is the best answer"
            rows.append(f"{name} true: {bars}{wrong}")
        return (
            "For each true class, bars of the q at which its weighted and smoothed loss is least: "
            f"{'; '.join(rows)}. A class loses to another that weighs more than "
            f"{said(self.threshold, 1)} times as much."
        )

    def still(self) -> StillFigure:
        figure, _ = still_figure(3.8)
        figure.clear()
        for y, ax in enumerate(figure.subplots(1, 3, sharey=True)):
            row, winner = self.best[y], int(np.argmax(self.best[y]))
            colors = [plots.Q_COLOR if k == y else plots.QUIET for k in range(3)]
            ax.bar(list(CLASSES), row, color=colors)
            for k, share in enumerate(row):
                ax.annotate(f"{share:.2f}", (k, share), ha="center", va="bottom")
            wrong = "" if winner == y else f"\nbest answer: {CLASSES[winner]}"
            ax.set_title(f"true: {CLASSES[y]}{wrong}", fontsize=11)
            ax.set(ylim=(0, 1.05), xlabel=f"w({CLASSES[y]}) = {self.weights[y]:g}")
        figure.axes[0].set(ylabel="q*, the best q")
        return figure


def _three(weights: Sequence[float]) -> list[float]:
    if len(weights) != len(CLASSES):
        raise ValueError(f"weights must be {len(CLASSES)}, one a class, got {len(weights)}")
    return [require_number("each of weights", w, LOWEST, HIGHEST) for w in weights]
