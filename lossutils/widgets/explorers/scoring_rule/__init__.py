"""A forecaster who pays by one of four rules, and the forecast that costs the least on average."""

from __future__ import annotations

import numpy as np

from lossutils import entropy, surprisal
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Number

SCORES = {"log": "log", "brier": "Brier", "linear": "linear", "zero_one": "0–1"}


class ScoringRuleExplorer(Explorer):
    """Choose what a forecast costs, move the true p, and see which q costs the least on average.

    There are two outcomes, a and b. The cost is −log of the probability given to what comes (log),
    the sum of the squared differences to 1 and 0 (Brier), 1 minus that probability (linear), or 0
    if the likelier outcome comes, 1 if the other does and ½ if both are called equally likely (0–1).
    """

    score = Choice("log", SCORES, label="cost", help="What a forecast costs.")
    p = Number(0.7, 0.0, 1.0, label="p(a)", role="p", help="The true probability of a.")
    q = Number(0.4, 0.0, 1.0, label="q(a)", role="q", help="The forecast's probability of a.")
    presets = {
        "honest": lambda self: {"q": self.p},
        "sure of a": {"q": 1},
        "undecided": {"q": 0.5},
    }

    @property
    def costs(self) -> dict[str, float]:
        """What the forecast costs if a comes, and if b comes."""
        return {"a": self._cost(self.q), "b": self._cost(1 - self.q)}

    @property
    def expected(self) -> float:
        """The average cost: p times a's, plus 1 − p times b's."""
        return self._expected(self.q)

    @property
    def honest(self) -> float:
        """The average cost of the forecast q = p."""
        return self._expected(self.p)

    @property
    def least(self) -> float:
        """The least average cost of any forecast."""
        if self.score == "log":
            return float(entropy(np.array([self.p, 1 - self.p])))
        return 2 * self.p * (1 - self.p) if self.score == "brier" else min(self.p, 1 - self.p)

    @property
    def best(self) -> dict[str, float]:
        """The forecasts that cost the least: all from `low` to `high`.

        By the 0–1 cost, one half itself is among them only if p is one half.
        """
        end = float(self.p > 0.5)
        if self.score in ("log", "brier"):
            low = high = self.p
        elif self.p == 0.5:
            low, high = 0.0, 1.0
        elif self.score == "linear":
            low = high = end
        else:
            low, high = sorted((0.5, end))
        return {"low": low, "high": high}

    def _cost(self, given: float) -> float:
        """Return the cost, where what comes was given this probability."""
        if self.score == "log":
            return float(surprisal(given))
        if self.score == "brier":
            return 2 * (1 - given) ** 2
        return 1 - given if self.score == "linear" else (1 - float(np.sign(given - 0.5))) / 2

    def _expected(self, q: float) -> float:
        # What never comes is never paid, even if it costs infinity.
        chances = ((self.p, q), (1 - self.p, 1 - q))
        return sum(chance * self._cost(given) for chance, given in chances if chance > 0)
