"""The weighted mean that CrossEntropyLoss computes, sample by sample."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lossutils import surprisal
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Ints, Numbers, Whole

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
    presets = {
        "equal weights": {"weights": (1, 1, 1), "count": 6},
        "one heavy": {"weights": (1, 1, 10), "count": 6},
        "class 2 ignored": {"ignore_index": 2},
    }
    order = ("ignore_index", "weights", "count")

    @property
    def targets(self) -> Ints:
        """The samples' classes."""
        return TARGETS[: self.count].copy()

    @property
    def losses(self) -> Floats:
        """The samples' unweighted losses, -log q_y, in nats."""
        return np.asarray(surprisal(Q[: self.count]))

    def _counted(self) -> Floats:
        """Return each sample's weight, 0 for those that are ignored."""
        return np.where(self.targets == self.ignore_index, 0.0, self.weights[self.targets])

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
    def shares(self) -> Floats:
        """The slope of the mean in each sample's loss: its weight over the divisor."""
        with np.errstate(invalid="ignore"):
            return self._counted() / self.divisor
