"""A sample drawn letter by letter, and the mean of −log q over the letters drawn."""

from __future__ import annotations

import operator
import random
from typing import Any

import numpy as np

from lossutils import cross_entropy, entropy, kl_divergence
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Data, Floats, Ints, Number, Whole

MOST = 60  # letters: three rows of them fit the picture
SEED = 22


def _two(counts: Any) -> list[int]:
    try:
        given = [operator.index(count) for count in counts]
    except TypeError:
        raise TypeError(f"counts must be two whole numbers, got {counts!r}") from None
    if len(given) != 2 or min(given) < 0 or not 2 <= sum(given) <= MOST:
        raise ValueError(f"counts must be two numbers that sum to 2 to {MOST}, got {counts!r}")
    return given


class Counts(Data):
    """How many letters of each kind there are; the figure also holds them shuffled."""

    own = ("{}", "sample")

    def encoded(self, explorer: Any) -> dict[str, Any]:
        return super().encoded(explorer) | {"sample": _shuffled(*explorer.counts)}


class LikelihoodExplorer(Explorer):
    """Draw a sample of a's and b's, move q, and see the mean of −log q over the sample.

    The sample is always shuffled in the same way; `n` says how much of it has been drawn.
    """

    counts = Counts(
        [24, 16],
        check=_two,
        kind="sequence of int, shape (2,)",
        help="How many a's and b's the whole sample has: 2 to 60 together.",
    )
    n = Whole(
        10,
        1,
        lambda self: sum(self.counts),
        label="drawn",
        play=True,
        help="How many letters have been drawn, from 1 to all of them.",
    )
    q = Number(0.5, 0.0, 1.0, label="q(a)", role="q", help="The model's probability of a.")
    presets = {
        "a coin": {"q": 0.5},
        "the frequency": lambda self: {"n": self.n, "q": self.best},
        "b ruled out": {"q": 1},
    }

    @property
    def sample(self) -> str:
        """The letters drawn so far."""
        return _shuffled(*self.counts)[: self.n]

    @property
    def drawn(self) -> Ints:
        """How many a's and b's have been drawn."""
        return np.array([self.sample.count(letter) for letter in "ab"])

    @property
    def best(self) -> float:
        """The q with the least mean NLL: the frequency of a."""
        return float(self.drawn[0] / self.n)

    @property
    def mean_nll(self) -> float:
        """The mean over the sample of −log of the probability that q gave each letter, in nats."""
        return float(cross_entropy(_pair(self.best), _pair(self.q)))

    @property
    def entropy(self) -> float:
        """The floor: the entropy of the frequencies, in nats."""
        return float(entropy(_pair(self.best)))

    @property
    def kl(self) -> float:
        """How far the mean NLL is above its floor: D(frequencies‖q), in nats."""
        return float(kl_divergence(_pair(self.best), _pair(self.q)))

    @property
    def slope(self) -> float:
        """The slope of the mean NLL in the logit of q: q minus the frequency."""
        return self.q - self.best

    @property
    def likelihood(self) -> float:
        """The probability that q gives to the whole sample, in its order."""
        return float(np.exp(-self.n * self.mean_nll))


def _pair(share: float) -> Floats:
    return np.array([share, 1 - share])


def _shuffled(a: int, b: int) -> str:
    """Return as many a's and b's, always in the same order."""
    # Python promises the same numbers in all versions for random(), but not for shuffle().
    draw = random.Random(SEED)
    return "".join(sorted("a" * a + "b" * b, key=lambda _: draw.random()))
