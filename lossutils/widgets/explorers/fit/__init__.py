"""q fitted to a two-humped p by gradient descent on the forward or the reverse divergence."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lossutils import kl_divergence, softmax
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Number, Whole

# The buttons' labels, by the setting's name.
DIRECTIONS = {"forward": "D(p‖q)", "reverse": "D(q‖p)"}
FAMILIES = {"hump": "one hump", "free": "free"}
STEPS = 300

X = np.arange(29) / 4
"""The outcomes: 0 to 7 in quarters."""
WIDTH = {"hump": 0.6, "free": 2.0}  # of q at the start
# A logit's slope is about as small as its probability, so its steps are a hundred times those of μ.
# Stable while a hundred times the rate is below 2 / (largest probability), about 15.
FREE = 100


def _hump(mean: float, width: float) -> Floats:
    return np.asarray(-(((X - mean) / width) ** 2) / 2)


# The last term gives every outcome some probability.
P: Floats = 0.4 * softmax(_hump(2.0, 0.3)) + 0.595 * softmax(_hump(4.75, 0.5)) + 0.005 / X.size
"""The distribution to fit: two humps, the left one narrow."""


class Point(NamedTuple):
    """Where q is after some steps."""

    z: Floats
    mean: float  # of a hump
    width: float

    @property
    def q(self) -> Floats:
        return np.asarray(softmax(self.z))


def _slopes(direction: str, q: Floats) -> Floats:
    """Return the derivatives of the divergence in the logits of q."""
    if direction == "forward":
        return q - P
    return np.asarray(q * (np.log(q) - np.log(P) - kl_divergence(q, P)))


@lru_cache(maxsize=8)
def _path(direction: str, family: str, rate: float, start: float) -> list[Point]:
    """Return the points of the path computed so far; the first is the start."""
    return [Point(_hump(start, WIDTH[family]), start, WIDTH[family])]


def point(direction: str, family: str, rate: float, start: float, step: int) -> Point:
    points = _path(direction, family, rate, start)
    while len(points) <= step:
        z, mean, width = points[-1]
        slopes = _slopes(direction, points[-1].q)
        if family == "free":
            points.append(Point(z - FREE * rate * slopes, mean, width))
            continue
        far = (X - mean) / width
        mean -= rate * float(np.sum(slopes * far)) / width
        width = float(np.exp(np.log(width) - rate * np.sum(slopes * far**2)))
        points.append(Point(_hump(mean, width), mean, width))
    return points[step]


class TwoHumps:
    """The distribution that q is fitted to."""

    @property
    def outcomes(self) -> Floats:
        """The outcomes of p and q."""
        return X.copy()

    @property
    def p(self) -> Floats:
        """The true distribution, with two humps."""
        return P.copy()


class FitExplorer(TwoHumps, Explorer):
    """Fit q to a two-humped p by gradient descent, and watch it step by step.

    The settings alone determine the result: the same settings always give the same q.
    """

    direction = Choice(
        "forward", DIRECTIONS, label="minimise", help="What is minimised: D(p‖q) or D(q‖p)."
    )
    family = Choice(
        "hump", FAMILIES, label="q is", help="What q may be: a hump, or a logit for each outcome."
    )
    rate = Number(
        0.1,
        0.05,
        0.12,
        label="rate",
        help="The learning rate; a hundred times as large for logits.",
    )
    start = Number(3.0, 1.5, 5.5, step=0.1, label="start", role="q", help="Where q starts.")
    step = Whole(0, 0, STEPS, label="step", play=True, help="How many steps have been taken.")
    presets = {
        "forward's end": {"direction": "forward", "step": STEPS},
        "reverse's end": {"direction": "reverse", "step": STEPS},
    }
    order = ("direction", "family", "step", "start", "rate")

    def _now(self, step: int) -> Point:
        return point(self.direction, self.family, self.rate, self.start, step)

    @property
    def q(self) -> Floats:
        """The model's distribution after `step` steps."""
        return self._now(self.step).q

    @property
    def mean(self) -> float:
        """The hump's μ; NaN where q is free."""
        return self._now(self.step).mean if self.family == "hump" else float("nan")

    @property
    def width(self) -> float:
        """The hump's σ; NaN where q is free."""
        return self._now(self.step).width if self.family == "hump" else float("nan")

    @property
    def kl_pq(self) -> float:
        """D(p‖q) in nats."""
        return float(kl_divergence(P, self.q))

    @property
    def kl_qp(self) -> float:
        """D(q‖p) in nats."""
        return float(kl_divergence(self.q, P))

    def losses(self) -> Floats:
        """Return the divergence being minimised, in nats, at each step so far."""
        q = np.stack([self._now(n).q for n in range(self.step + 1)])
        p = np.broadcast_to(P, q.shape)
        pair = (p, q) if self.direction == "forward" else (q, p)
        return np.asarray(kl_divergence(*pair))
