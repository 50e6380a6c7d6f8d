"""What a forecast costs: one slider, one curve, and the loss that the whole book is about."""

from __future__ import annotations

from lossutils import surprisal
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Number


class SurprisalExplorer(Explorer):
    """Move the probability that a forecast gave to what happened, and see its loss."""

    probability = Number(
        0.7, 0.0, 1.0, label="q", role="q", help="The probability given to what happened."
    )
    unit = Choice(
        "nats",
        ("nats", "bits"),
        help="The unit in which the figure opens. A reader who has chosen one sees that instead, and "
        "the values here keep their own.",
    )
    presets = {
        "a coin": {"probability": 0.5},
        "1 in 100": {"probability": 0.01},
        "ruled out": {"probability": 0},
    }

    @property
    def surprisal(self) -> float:
        """Loss −log q, in nats."""
        return float(surprisal(self.probability))

    @property
    def bits(self) -> float:
        """The same loss in bits."""
        return float(surprisal(self.probability, base=2))
