"""Class weights with label smoothing: when a wrong class becomes the best answer."""

from __future__ import annotations

import math

import numpy as np

from lossutils import smooth_labels
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Floats, Number, Numbers

CLASSES = "abc"
LABELS = [f"w({name})" for name in CLASSES]


class SmoothingWeightsExplorer(Explorer):
    """Move the weights of three classes and α; see the best answer for each class's samples."""

    weights = Numbers(
        (1, 5, 50), 0.5, 100, step=0.5, prefix="w", labels=LABELS, help="Each class's weight."
    )
    alpha = Number(
        0.1, 0.0, 1.0, label="α", role="p", help="The share of the target spread over all classes."
    )
    presets = {
        "equal weights": {"weights": (1, 1, 1)},
        "one heavy": {"weights": (1, 1, 50)},
        "one-hot": {"alpha": 0},
    }
    order = ("alpha", "weights")

    @property
    def best(self) -> Floats:
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
