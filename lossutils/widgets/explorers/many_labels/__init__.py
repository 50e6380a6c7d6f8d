"""The same logits through four sigmoids and through one softmax."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lossutils import (
    binary_cross_entropy_with_logits,
    cross_entropy_loss,
    entropy,
    sigmoid,
    softmax,
)
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Floats, Numbers

LABELS = ("sky", "sea", "boat", "dog")
PRESENT = np.array([1.0, 1.0, 1.0, 0.0])
TARGET = PRESENT / PRESENT.sum()  # of the softmax


class ManyLabelsExplorer(Explorer):
    """Move four logits; see each label's sigmoid, and the shares that one softmax gives them.

    The picture shows sky, sea and a boat, and no dog. BCE asks for a yes three times; the softmax
    can be asked for no more than a third each.
    """

    constants: ClassVar = {"labels": list(LABELS), "present": PRESENT.tolist()}
    logits = Numbers(
        (4.0, 3.0, 2.0, -3.0),
        -8.0,
        8.0,
        prefix="z",
        labels=tuple(f"z of {label}" for label in LABELS),
        help="The logits of sky, sea, boat and dog.",
    )
    presets = {
        "all plain": {"logits": (6, 6, 6, -6)},
        "only the sky": {"logits": (6, -2, -2, -6)},
        "nothing": {"logits": (-4, -4, -4, -4)},
    }

    @property
    def sigmoids(self) -> Floats:
        """The probability of each label, by its own sigmoid."""
        return np.asarray(sigmoid(self.logits))

    @property
    def shares(self) -> Floats:
        """The softmax of the logits."""
        return np.asarray(softmax(self.logits))

    @property
    def sum_of_sigmoids(self) -> float:
        """The sum of the four probabilities."""
        return float(self.sigmoids.sum())

    @property
    def bce(self) -> float:
        """The mean of the four binary cross-entropies, in nats."""
        return float(binary_cross_entropy_with_logits(self.logits, PRESENT))

    @property
    def cross_entropy(self) -> float:
        """The softmax's cross-entropy in nats, with a third for each label that is there."""
        return float(cross_entropy_loss(self.logits, TARGET))

    @property
    def floor(self) -> float:
        """The least that this cross-entropy can be: the entropy of its target, log 3."""
        return float(entropy(TARGET))

    @property
    def bce_gradient(self) -> Floats:
        """The derivatives of the BCE in the logits."""
        return np.asarray((self.sigmoids - PRESENT) / PRESENT.size)

    @property
    def cross_entropy_gradient(self) -> Floats:
        """The derivatives of the cross-entropy in the logits."""
        return np.asarray(self.shares - TARGET)
