"""The threshold: costs, precision and recall, and the expected cost of each place for the line."""

from __future__ import annotations

import math

from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Number


class ThresholdExplorer(Explorer):
    """Move the threshold on an honest q; see precision, recall and the expected cost.

    Each sample has a score, from a normal distribution of variance 1: its mean is 0 in the common
    class and `apart` in the rare one. The model knows both, and its q is the rare class's true
    probability at that score. A false alarm costs 1, a miss `miss`.
    """

    threshold = Number(
        0.5, 0.01, 0.99, label="threshold t", role="q", help="Call it rare where q is above t."
    )
    miss = Number(
        9.0, 1.0, 50.0, step=0.5, label="a miss costs", help="The cost of a miss, in false alarms."
    )
    rare = Number(0.1, 0.01, 0.5, label="rare share", role="p", help="The rare class's share.")
    apart = Number(
        2.0, 1.0, 4.0, step=0.1, label="scores apart", help="How far apart the mean scores are."
    )
    presets = {
        "t = 0.5": {"threshold": 0.5},
        "t = t*": lambda self: {"threshold": self.best},
        "equal costs": {"miss": 1, "threshold": 0.5},
    }

    @property
    def best(self) -> float:
        """The threshold of least expected cost, t* = 1 / (1 + miss)."""
        return 1 / (1 + self.miss)

    @property
    def recall(self) -> float:
        """The share of the rare samples that is found."""
        return _rates(self.threshold, self.rare, self.apart)[0]

    @property
    def false_alarms(self) -> float:
        """The share of the common samples that is called rare."""
        return _rates(self.threshold, self.rare, self.apart)[1]

    @property
    def precision(self) -> float:
        """The share of those called rare that is rare."""
        found = self.rare * self.recall
        return found / (found + (1 - self.rare) * self.false_alarms)

    @property
    def cost(self) -> float:
        """The expected cost of a sample, in false alarms."""
        return self._cost(self.threshold)

    @property
    def least(self) -> float:
        """The expected cost of a sample at t*."""
        return self._cost(self.best)

    def _cost(self, threshold: float) -> float:
        recall, false_alarms = _rates(threshold, self.rare, self.apart)
        return self.rare * (1 - recall) * self.miss + (1 - self.rare) * false_alarms


def _rates(threshold: float, rare: float, apart: float) -> tuple[float, float]:
    """Return the shares of the rare and of the common samples whose q is above the threshold."""
    prior = math.log(rare / (1 - rare))
    # Where log q / (1 - q) = prior + apart · score - apart² / 2 is at the threshold.
    score = (math.log(threshold / (1 - threshold)) - prior) / apart + apart / 2
    return _above(score - apart), _above(score)


def _above(score: float) -> float:
    """Return the chance that a standard normal number is above the score."""
    return math.erfc(score / math.sqrt(2)) / 2
