"""The weighted mean that CrossEntropyLoss computes, sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossutils import plots, surprisal
from lossutils.widgets.base import Explorer, still_figure
from lossutils.widgets.settings import Choice, Numbers, Whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

# Each sample's class, and the probability that the model gives it.
TARGETS = np.array([0, 1, 0, 2, 0, 1])
Q = np.array([0.8, 0.3, 0.9, 0.1, 0.6, 0.5])


class WeightedMeanExplorer(Explorer):
    """See how the weighted mean arises: weights times losses, divided by the sum of the weights.

    Each sample is a bar as wide as its weight and as high as its loss. The mean is the height of
    one level bar with the same width and area.
    """

    constants: ClassVar = {
        "samples": [{"y": y, "q": q} for y, q in zip(TARGETS.tolist(), Q.tolist(), strict=True)]
    }
    weights = Numbers(
        (1.0, 2.0, 4.0),
        0.0,
        10.0,
        step=0.5,
        prefix="w",
        labels=("w(0)", "w(1)", "w(2)"),
        help="The weights of the three classes.",
    )
    ignore_index = Choice(
        -100,
        {-100: "nothing", 0: "class 0", 1: "class 1", 2: "class 2"},
        label="ignore",
        help="The class whose samples do not count; PyTorch's default, -100, is no class.",
    )
    count = Whole(6, 1, TARGETS.size, label="samples", help="How many samples the batch has.")
    order = ("ignore_index", "weights", "count")

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
            else f"Levelled, they would be {self.mean:.3f} high, which is the mean"
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
