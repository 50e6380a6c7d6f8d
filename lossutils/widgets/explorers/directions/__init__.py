"""Two humps q fitted to one p side by side: one on the forward divergence, one on the reverse."""

from __future__ import annotations

import numpy as np

from lossutils import kl_divergence
from lossutils.widgets.base import Explorer
from lossutils.widgets.explorers.fit import STEPS, P, Point, TwoHumps, point
from lossutils.widgets.settings import Floats, Number, Whole

RATE = 0.1


class DirectionsExplorer(TwoHumps, Explorer):
    """Fit one hump q to a two-humped p on D(p‖q), and another on D(q‖p), both step by step.

    The settings alone determine the result: the same settings always give the same two humps.
    """

    step = Whole(0, 0, STEPS, label="step", play=True, help="How many steps both have taken.")
    start = Number(3.0, 1.5, 5.5, step=0.1, label="start", role="q", help="Where both start.")
    presets = {
        "the end": {"step": STEPS},
        "from the left": {"start": 2.0, "step": STEPS},
        "from the right": {"start": 5.0, "step": STEPS},
    }

    def _now(self, direction: str) -> Point:
        return point(direction, "hump", RATE, self.start, self.step)

    @property
    def forward_q(self) -> Floats:
        """The hump that D(p‖q) has moved."""
        return self._now("forward").q

    @property
    def reverse_q(self) -> Floats:
        """The hump that D(q‖p) has moved."""
        return self._now("reverse").q

    @property
    def forward(self) -> float:
        """D(p‖q) in nats, of the hump that it moves."""
        return float(kl_divergence(P, self.forward_q))

    @property
    def reverse(self) -> float:
        """D(q‖p) in nats, of the hump that it moves."""
        return float(kl_divergence(self.reverse_q, P))

    @property
    def means(self) -> Floats:
        """The μ of both humps, the forward one's first."""
        return np.array([self._now("forward").mean, self._now("reverse").mean])

    @property
    def widths(self) -> Floats:
        """The σ of both humps, the forward one's first."""
        return np.array([self._now("forward").width, self._now("reverse").width])
