"""The focal loss of a coin: which q it rewards most, over the true p, for any γ."""

from __future__ import annotations

import math

from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Number


class FocalExplorer(Explorer):
    """Move the true probability p and γ; see the q at which the expected focal loss is least.

    With two classes the loss of a sample is −(1 − q_y)^γ log q_y, where q_y is the probability that
    the model gives to its class. The class in question has the true probability p.
    """

    p = Number(0.1, 0.01, 0.99, label="true p", role="p", help="The class's true probability.")
    gamma = Number(2.0, 0.0, 5.0, step=0.1, label="γ", play=True, help="The focal loss's exponent.")
    presets = {
        "γ = 0": {"gamma": 0},
        "γ = 2": {"gamma": 2},
        "γ = 5": {"gamma": 5},
        "p = 0.5": {"p": 0.5},
    }

    @property
    def best(self) -> float:
        """The q at which the expected loss is least."""
        low, high = 0.0, 1.0
        # p rises with the q that it leads to: halve the interval until floats lie no closer.
        while low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if undone(middle, self.gamma) < self.p else (low, middle)
        return middle

    @property
    def least(self) -> float:
        """The expected loss there, in nats."""
        return expected(self.best, self.p, self.gamma)

    @property
    def honest(self) -> float:
        """The expected loss of the model that says q = p, in nats."""
        return expected(self.p, self.p, self.gamma)


def expected(q: float, p: float, gamma: float) -> float:
    """Return the expected focal loss in nats of a model that says q where p is true."""
    return float(-p * (1 - q) ** gamma * math.log(q) - (1 - p) * q**gamma * math.log1p(-q))


def undone(q: float, gamma: float) -> float:
    """Return the p for which the expected loss is least at q."""
    gain, cost = _pull(q, 1 - q, gamma), _pull(1 - q, q, gamma)
    return cost / (gain + cost)


def _pull(q: float, rest: float, gamma: float) -> float:
    """Return how fast the loss of one sample falls as its q grows; `rest` is 1 - q."""
    return float(rest**gamma * (1 / q - gamma * math.log(q) / rest))
