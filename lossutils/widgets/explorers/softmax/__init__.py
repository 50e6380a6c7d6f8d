"""Logits, temperature, softmax, loss and gradient; and the effect of an activation before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lossutils import cross_entropy_loss, sigmoid, softmax
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Number, Numbers

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "none": np.asarray,
    "sigmoid": sigmoid,
    "softmax": softmax,
}


def _sure(classes: int, target: int, answer: int) -> dict[str, Any]:
    return {"logits": np.where(np.arange(classes) == answer % classes, 6, 0), "target": target}


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
        1.0, 0.1, 10.0, step=0.02, log=10, label="T", play=True, help="The divisor T of the logits."
    )
    activation = Choice(
        "none", tuple(ACTIVATIONS), label="before softmax", help="The activation before softmax."
    )
    presets = {
        "sure, right": lambda self: _sure(self.logits.size, self.target, self.target),
        "sure, wrong": lambda self: _sure(self.logits.size, self.target, self.target - 1),
        "all − 5": lambda self: {"logits": self.logits - 5},
    }
    order = ("logits", "temperature", "target", "activation")

    @property
    def fed(self) -> Floats:
        """The input of softmax: z/T, or its sigmoid or softmax."""
        return np.asarray(ACTIVATIONS[self.activation](self.logits / self.temperature))

    @property
    def q(self) -> Floats:
        """The model's distribution."""
        return np.asarray(softmax(self.fed))

    @property
    def loss(self) -> float:
        """−log q(y) in nats."""
        return float(cross_entropy_loss(self.fed, self.target))

    @property
    def gradient(self) -> Floats:
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
