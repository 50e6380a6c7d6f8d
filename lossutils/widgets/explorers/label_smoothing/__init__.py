"""Label smoothing: the target, the two parts of the loss, and the floor beneath it."""

from __future__ import annotations

import math

import numpy as np

from lossutils import cross_entropy_loss, entropy, smooth_labels, softmax
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import OUTCOMES, Floats, Number, Whole


class LabelSmoothingExplorer(Explorer):
    """Move α and the gap between the true class's logit and the others; see the loss and its floor.

    The first class, a, is the true one.
    """

    alpha = Number(
        0.1, 0.0, 1.0, label="α", role="p", help="The share of the target spread over all classes."
    )
    classes = Whole(3, 2, len(OUTCOMES), label="classes", help="How many classes there are.")
    gap = Number(
        2.0,
        -2.0,
        8.0,
        label="gap",
        role="q",
        play=True,
        help="The logit of a minus that of each of the others.",
    )
    presets = {
        "one-hot": {"alpha": 0},
        "at the floor": lambda self: {"alpha": self.alpha, "gap": self.gap_at_floor},
        "too sure": {"alpha": 0.1, "gap": 8},
    }
    order = ("alpha", "gap", "classes")

    @property
    def target(self) -> Floats:
        """The smoothed target y′."""
        return np.asarray(smooth_labels(0, num_classes=self.classes, label_smoothing=self.alpha))

    @property
    def logits(self) -> Floats:
        """The gap for the true class, 0 for the others."""
        return np.asarray(self.gap * np.eye(self.classes)[0])

    @property
    def q(self) -> Floats:
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
