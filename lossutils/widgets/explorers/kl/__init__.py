"""Two distributions over the same outcomes, and the divergence in both directions."""

from __future__ import annotations

import numpy as np

from lossutils import kl_divergence
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Distribution, Floats, without


class KLExplorer(Explorer):
    """Move p and q, and see what each outcome adds to D(p‖q) and to D(q‖p).

    When you move one probability, the others in its distribution share the rest in their old
    proportions. If q is 0 where p is not, the divergence is infinite and shown as such.
    """

    p = Distribution((0.5, 0.3, 0.15, 0.05), help="The true distribution.")
    q = Distribution(
        (0.25, 0.25, 0.25, 0.25), help="The model's distribution, over the same outcomes."
    )
    presets = {
        "equal": lambda self: {"q": self.p},
        "swapped": lambda self: {"p": self.q, "q": self.p},
        "q forgets c": lambda self: {"q": without(self.q, 2)},
    }

    @property
    def kl_pq(self) -> float:
        """D(p‖q) in nats."""
        return float(kl_divergence(self.p, self.q))

    @property
    def kl_qp(self) -> float:
        """D(q‖p) in nats."""
        return float(kl_divergence(self.q, self.p))

    @property
    def contributions(self) -> Floats:
        """What each outcome adds to D(p‖q), in nats."""
        p, q = self.p, self.q
        with np.errstate(divide="ignore"):
            return np.where(p > 0, p * (np.log(np.where(p > 0, p, 1.0)) - np.log(q)), 0.0)
