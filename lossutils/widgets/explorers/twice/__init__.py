"""Gradient descent on one sample, with softmax applied once and applied twice, on one clock."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lossutils import cross_entropy_loss, softmax
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Floats, Number, Whole

CLASSES = 3
RIGHT = 1
STEPS = 200
RATE = 1.0


class Run(NamedTuple):
    """What a run has at each step, before the first one and after every one."""

    loss: Floats
    q: Floats
    slope: Floats


@lru_cache(maxsize=64)
def descended(lead: float, twice: bool) -> Run:
    """Descend from logits of which a wrong one leads; q and the slope are the right class's."""
    z = np.array([lead, 0.0, 0.0])
    truth = np.eye(CLASSES)[RIGHT]
    rows = []
    for _ in range(STEPS + 1):
        q = softmax(z)
        if twice:
            inner = softmax(q) - truth
            slopes = q * (inner - q @ inner)
        else:
            slopes = q - truth
        loss = cross_entropy_loss(q if twice else z, RIGHT)
        rows.append((float(loss), q[RIGHT], slopes[RIGHT]))
        z = z - RATE * slopes
    return Run(*np.array(rows).T)


class TwiceExplorer(Explorer):
    """Train the logits of one sample, its loss having one softmax or a second one before it."""

    lead = Number(
        4.0,
        0.0,
        10.0,
        step=0.1,
        label="wrong lead",
        help="How far a wrong logit leads at the start.",
    )
    step = Whole(0, 0, STEPS, label="step", play=True, help="How many steps have been taken.")
    presets = {
        "undecided": {"lead": 0, "step": 0},
        "wrong": {"lead": 4, "step": 0},
        "surely wrong": {"lead": 8, "step": 0},
    }

    @property
    def loss_once(self) -> float:
        """The loss of the logits, in nats."""
        return float(descended(self.lead, False).loss[self.step])

    @property
    def loss_twice(self) -> float:
        """The loss of their softmax, taken for logits, in nats."""
        return float(descended(self.lead, True).loss[self.step])

    @property
    def q_once(self) -> float:
        """What the model trained on logits gives the right class."""
        return float(descended(self.lead, False).q[self.step])

    @property
    def q_twice(self) -> float:
        """What the model trained with a second softmax gives the right class."""
        return float(descended(self.lead, True).q[self.step])

    @property
    def slope_once(self) -> float:
        """The derivative of the loss in the right logit, in the first run."""
        return float(descended(self.lead, False).slope[self.step])

    @property
    def slope_twice(self) -> float:
        """The derivative of the loss in the right logit, in the second run."""
        return float(descended(self.lead, True).slope[self.step])

    @property
    def floor(self) -> float:
        """The least loss that the second run could reach, in nats."""
        return math.log1p((CLASSES - 1) / math.e)
