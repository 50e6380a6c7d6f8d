"""The same logits through four sigmoids and through one softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lossutils import (
    binary_cross_entropy_with_logits,
    cross_entropy_loss,
    entropy,
    sigmoid,
    softmax,
)
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

LABELS = ("sky", "sea", "boat", "dog")
PRESENT = np.array([1.0, 1.0, 1.0, 0.0])


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
    def sigmoids(self) -> NDArray[np.float64]:
        """The probability of each label, by its own sigmoid."""
        return np.asarray(sigmoid(self.logits))

    @property
    def shares(self) -> NDArray[np.float64]:
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
        return float(cross_entropy_loss(self.logits, PRESENT / PRESENT.sum()))

    @property
    def floor(self) -> float:
        """The least that this cross-entropy can be: the entropy of its target, log 3."""
        return float(entropy(PRESENT / PRESENT.sum()))

    @property
    def bce_gradient(self) -> NDArray[np.float64]:
        """The derivatives of the BCE in the logits."""
        return np.asarray((self.sigmoids - PRESENT) / PRESENT.size)

    @property
    def cross_entropy_gradient(self) -> NDArray[np.float64]:
        """The derivatives of the cross-entropy in the logits."""
        return np.asarray(self.shares - PRESENT / PRESENT.sum())
