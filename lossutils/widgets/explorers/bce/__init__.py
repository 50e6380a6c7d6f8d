"""The loss of one yes-or-no answer: two curves, the target that mixes them, and the slope."""

from __future__ import annotations

import math

import numpy as np

from lossutils import binary_cross_entropy_with_logits, sigmoid, softmax, surprisal
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Number


class BCEExplorer(Explorer):
    """Move a logit, its target and the weight of the positive part; see loss, slope and floor.

    The loss is c t (−log σ(z)) + (1 − t) (−log(1 − σ(z))), in nats: a mix of the prices of a yes
    and of a no, in the proportion set by the target.
    """

    logit = Number(0.6758, -8.0, 8.0, label="logit z", role="q", help="The model's logit z.")
    target = Number(
        0.9, 0.0, 1.0, label="target t", role="p", help="The target t, soft between 0 and 1."
    )
    pos_weight = Number(
        1.0, 0.1, 10.0, log=10, label="pos_weight", role="p", help="The positive part's weight c."
    )
    presets = {
        "sure, right": {"logit": 6, "target": 1},
        "sure, wrong": {"logit": -6, "target": 1},
        "at the floor": {"logit": math.log(9), "target": 0.9, "pos_weight": 1},
    }

    @property
    def q(self) -> float:
        """The model's probability of a yes, σ(z)."""
        return float(sigmoid(self.logit))

    @property
    def loss(self) -> float:
        """The loss, in nats."""
        return self._loss(self.logit)

    @property
    def gradient(self) -> float:
        """Its slope in z: (1 − t) σ(z) − c t (1 − σ(z)), which is σ(z) − t for c = 1."""
        t, w, q = self.target, self.pos_weight, self.q
        return (1 - t) * q - w * t * (1 - q)

    @property
    def best(self) -> float:
        """The logit with the least loss; infinite for a target of 0 or 1."""
        with np.errstate(divide="ignore"):
            return float(np.log(self.pos_weight * self.target) - np.log1p(-self.target))

    @property
    def floor(self) -> float:
        """The least loss that any logit can reach: the entropy of t for c = 1."""
        return 0.0 if self.target in (0, 1) else self._loss(self.best)

    @property
    def two_class(self) -> float:
        """The same loss by softmax, of two classes with logits 0 and z."""
        t, w = self.target, self.pos_weight
        return float([1 - t, w * t] @ surprisal(softmax([0, self.logit])))

    def _loss(self, z: float) -> float:
        return float(binary_cross_entropy_with_logits(z, self.target, pos_weight=self.pos_weight))
