"""Two bumps moved apart: KL divergence grows without end, Jensen–Shannon levels off."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lossutils import js_divergence, kl_divergence, softmax
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Floats, Number

OUTCOMES = np.arange(-24, 73) / 4
FARTHEST = 12.0


def bump(centre: float) -> Floats:
    """Return a normal distribution of standard deviation 1, on the outcomes alone."""
    return np.asarray(softmax(-((OUTCOMES - centre) ** 2) / 2))


class BumpsExplorer(Explorer):
    """Move q away from p, a bump of the same shape; see D(p‖q), JS(p, q) and their slopes."""

    constants: ClassVar = {"outcomes": OUTCOMES.tolist()}
    distance = Number(
        1.0,
        0.0,
        FARTHEST,
        step=0.1,
        label="distance",
        role="q",
        play=True,
        help="How far the middle of q is from that of p, in standard deviations.",
    )
    presets = {
        "on top": {"distance": 0},
        "side by side": {"distance": 2},
        "far apart": {"distance": 8},
    }

    @property
    def p(self) -> Floats:
        """The bump that stays."""
        return bump(0.0)

    @property
    def q(self) -> Floats:
        """The bump that moves."""
        return bump(self.distance)

    @property
    def kl(self) -> float:
        """D(p ‖ q) in nats."""
        return float(kl_divergence(self.p, self.q))

    @property
    def js(self) -> float:
        """JS(p, q) in nats."""
        return float(js_divergence(self.p, self.q))

    @property
    def slopes_of_q(self) -> Floats:
        """The derivative of each probability of q in the distance."""
        return np.asarray(self.q * (OUTCOMES - self.q @ OUTCOMES))

    @property
    def kl_slope(self) -> float:
        """The derivative of D(p ‖ q) in the distance."""
        return float(-np.sum(self.p / self.q * self.slopes_of_q))

    @property
    def js_slope(self) -> float:
        """The derivative of JS(p, q) in the distance."""
        halves = np.log(2 * self.q / (self.p + self.q)) / 2
        return float(np.sum(self.slopes_of_q * halves))
