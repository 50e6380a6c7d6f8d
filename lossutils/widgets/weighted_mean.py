"""The weighted mean that CrossEntropyLoss computes, sample by sample."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import traitlets

from lossutils import plots, surprisal
from lossutils.widgets.before import (
    STATIC,
    Explorer,
    Figure,
    Number,
    as_array,
    place_of,
    require_number,
    slider,
    still_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

# As in explorers/weighted_mean/math.js: each sample's class, and the probability the model gives it.
TARGETS = np.array([0, 1, 0, 2, 0, 1])
Q = np.array([0.8, 0.3, 0.9, 0.1, 0.6, 0.5])
CLASSES = 3
MOST = 10.0  # of a weight
# The buttons' labels, by ignore_index; PyTorch's default is not a class.
IGNORED = {"-100": "nothing", "0": "class 0", "1": "class 1", "2": "class 2"}


class WeightedMeanFigure(Figure):
    _esm = STATIC / "weighted-mean.js"
    _explorer = traitlets.Unicode("weighted-mean").tag(sync=True)
    w_0 = Number(1.0).tag(sync=True)
    w_1 = Number(2.0).tag(sync=True)
    w_2 = Number(4.0).tag(sync=True)
    ignored = traitlets.Int(0, min=0, max=CLASSES).tag(sync=True)
    count = traitlets.Int(TARGETS.size, min=1, max=TARGETS.size).tag(sync=True)


class WeightedMeanExplorer(Explorer):
    """See how the weighted mean arises: weights times losses, divided by the sum of the weights.

    Each sample is a bar as wide as its weight and as high as its loss. The mean is the height of
    one level bar with the same width and area.

    Parameters
    ----------
    weights : sequence of float, shape (3,)
        The weights of the three classes, from 0 to 10.
    ignore_index : {-100, 0, 1, 2}
        The class whose samples do not count; -100 is no class.
    count : int
        How many samples the batch has, from 1 to 6.

    Raises
    ------
    ValueError, TypeError
        If a setting is not one of these.
    """

    def __init__(
        self, weights: Sequence[float] = (1.0, 2.0, 4.0), ignore_index: int = -100, count: int = 6
    ) -> None:
        figure = WeightedMeanFigure()
        self.figure = figure
        self.weights, self.ignore_index, self.count = weights, ignore_index, count
        ignored = ipywidgets.ToggleButtons(
            options=list(IGNORED.values()), index=figure.ignored, description="ignore"
        )
        sliders = {
            f"w_{k}": slider(
                f"w({k})",
                value=getattr(figure, f"w_{k}"),
                max=MOST,
                step=0.5,
            )
            for k in range(CLASSES)
        }
        counts = ipywidgets.IntSlider(
            value=figure.count, min=1, max=TARGETS.size, description="samples"
        )
        super().__init__(figure, {"ignored": ignored} | sliders | {"count": counts})

    @property
    def weights(self) -> NDArray[np.float64]:
        """The weights of the three classes."""
        return np.array([getattr(self.figure, f"w_{k}") for k in range(CLASSES)])

    @weights.setter
    def weights(self, values: Sequence[float]) -> None:
        weights = as_array("weights", values)
        given = [require_number(f"weights[{k}]", w, 0, MOST) for k, w in enumerate(weights.flat)]
        if len(given) != CLASSES:
            raise ValueError(f"weights must be {CLASSES}, one for each class, got {len(given)}")
        with self.figure.hold_sync():
            for k, w in enumerate(given):
                setattr(self.figure, f"w_{k}", w)

    @property
    def ignore_index(self) -> int:
        """The class whose samples do not count; -100 is no class."""
        return int(list(IGNORED)[self.figure.ignored])

    @ignore_index.setter
    def ignore_index(self, value: int) -> None:
        self.figure.ignored = place_of("ignore_index", str(value), IGNORED)

    @property
    def count(self) -> int:
        """How many samples the batch has."""
        return int(self.figure.count)

    @count.setter
    def count(self, value: int) -> None:
        try:
            count = operator.index(value)
        except TypeError:
            raise TypeError(f"count must be a whole number, got {value!r}") from None
        if not 1 <= count <= TARGETS.size:
            raise ValueError(f"count must be in [1, {TARGETS.size}], got {count}")
        self.figure.count = count

    @property
    def targets(self) -> NDArray[np.int64]:
        """The samples' classes."""
        return TARGETS[: self.count].copy()

    @property
    def losses(self) -> NDArray[np.float64]:
        """The samples' unweighted losses, -log q_y, in nats."""
        return np.asarray(surprisal(Q[: self.count]))

    def _counted(self) -> NDArray[np.float64]:
        """Return each sample's weight, 0 for those that are ignored."""
        targets = self.targets
        return np.where(targets == self.ignore_index, 0.0, self.weights[targets])

    @property
    def sum(self) -> float:
        """The sum of weight times loss."""
        return float(self._counted() @ self.losses)

    @property
    def divisor(self) -> float:
        """The sum of the weights of the samples that count."""
        return float(np.sum(self._counted()))

    @property
    def mean(self) -> float:
        """The weighted mean; NaN if no sample counts."""
        return self.sum / self.divisor if self.divisor > 0 else float("nan")

    @property
    def one_hot_mean(self) -> float:
        """The mean for the same targets as one-hot probabilities: over all N samples."""
        return float(np.mean(self.weights[self.targets] * self.losses))

    @property
    def shares(self) -> NDArray[np.float64]:
        """The slope of the mean in each sample's loss: its weight over the divisor."""
        with np.errstate(invalid="ignore"):
            return self._counted() / self.divisor

    def alternative(self) -> str:
        def said(weight: float) -> str:
            return f"{weight:.0f}" if weight == round(weight) else f"{weight:.1f}"

        samples = "; ".join(
            f"class {y}, loss {loss:.2f}, "
            + ("ignored" if y == self.ignore_index else f"weight {said(self.weights[y])}")
            for y, loss in zip(self.targets, self.losses, strict=True)
        )
        outcome = (
            "Nothing is left to count, and the mean is NaN"
            if np.isnan(self.mean)
            else f"The mean is {self.mean:.3f}, their level height"
        )
        return (
            f"Bars as wide as a sample's weight and as high as its loss: {samples}. Their areas add "
            f"up to {self.sum:.3f}, their widths to {said(self.divisor)}. {outcome}."
        )

    def still(self) -> StillFigure:
        figure, axes = still_figure(3.4)
        widths = self._counted()
        starts = np.cumsum(widths) - widths
        shades = np.array(["#c3cad2", "#94a0ad", "#6b7785"])[self.targets]
        axes.bar(starts, self.losses, widths, align="edge", color=shades, edgecolor="white")
        for start, width, y in zip(starts, widths, self.targets, strict=True):
            if width > 0.03 * self.divisor:
                axes.annotate(f"{y}", (start + width / 2, 0.06), ha="center", color=plots.INK)
        axes.set(xlabel="weight, added up", ylabel="loss, nats", ylim=(0, 2.5))
        if self.divisor > 0:
            axes.axhline(self.mean, color=plots.Q_COLOR)
            axes.set_xlim(0, self.divisor)
            plots.label_line(
                axes,
                self.divisor,
                self.mean,
                f"mean {self.mean:.3f}",
                color=plots.Q_COLOR,
                offset=(0, 8),
                align="right",
            )
        else:
            axes.annotate("nothing left to count: 0/0 = NaN", (0.5, 1.2), ha="center")
            axes.set_xlim(0, 1)
        return figure
