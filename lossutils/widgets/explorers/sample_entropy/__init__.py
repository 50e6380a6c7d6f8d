"""Entropy from a sample: what many samples of a size say, with and without a correction."""

from __future__ import annotations

import functools
from typing import ClassVar

import numpy as np

from lossutils import entropy, entropy_from_counts
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Ints, Whole

SOURCES = {
    "wheel": (0.5, 0.25, 0.25),
    "die": (1 / 6,) * 6,
    "letters": tuple(weight / 351 for weight in range(26, 0, -1)),
}
SAMPLES = 60
MOST = 1024


class SampleEntropyExplorer(Explorer):
    """Choose the size of a sample, and see what entropy 60 such samples say their source has.

    A sample of another size begins with the same draws. The curves are what all samples of a size
    say on average, computed exactly.
    """

    source = Choice(
        "wheel",
        {name: name for name in SOURCES},
        label="source",
        help="What is drawn from: a wheel of three sectors, a fair die, or 26 letters, of which "
        "the most frequent is 26 times as likely as the rarest.",
    )
    size = Whole(
        10,
        2,
        MOST,
        log=2,
        step=0.25,
        format=",.0f",
        label="N",
        role="q",
        play=True,
        help="How many draws a sample has.",
    )
    presets = {
        "10 spins": {"source": "wheel", "size": 10},
        "100 spins": {"source": "wheel", "size": 100},
        "6 throws": {"source": "die", "size": 6},
        "26 letters": {"source": "letters", "size": 26},
    }
    order = ("size", "source")
    constants: ClassVar = {"sources": [list(p) for p in SOURCES.values()]}

    @property
    def p(self) -> Floats:
        """The source's probabilities."""
        return np.array(SOURCES[self.source])

    @property
    def counts(self) -> Ints:
        """How often each outcome comes in each of the 60 samples: a row for each sample."""
        drawn = _draws(self.source)[:, : self.size]
        return np.asarray((drawn[..., None] == np.arange(self.p.size)).sum(axis=1))

    @property
    def entropy(self) -> float:
        """The source's entropy, in bits."""
        return float(entropy(self.p, base=2))

    @property
    def plain(self) -> float:
        """The mean entropy of the shares in the 60 samples, in bits."""
        found = entropy_from_counts(self.counts, correction="none", base=2)
        return float(np.mean(np.asarray(found)))

    @property
    def corrected(self) -> float:
        """The same with the correction of Miller and Madow, in bits."""
        return float(np.mean(np.asarray(entropy_from_counts(self.counts, base=2))))

    @property
    def rule(self) -> float:
        """By how much the rule (K − 1) / 2N says that the shares' entropy is too low, in bits."""
        return float((self.p.size - 1) / (2 * self.size * np.log(2)))


@functools.cache
def _draws(source: str) -> Ints:
    """Return the outcomes drawn, a row for each sample, from random numbers that JavaScript has too.

    A counter is scrambled by the output function of mulberry32.
    """
    with np.errstate(over="ignore"):
        counter = np.arange(1, SAMPLES * MOST + 1, dtype=np.uint32).reshape(SAMPLES, MOST)
        t = counter * np.uint32(0x6D2B79F5)
        t = (t ^ (t >> np.uint32(15))) * (t | np.uint32(1))
        t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
        uniform = (t ^ (t >> np.uint32(14))) / 2.0**32
    return np.asarray(np.searchsorted(np.cumsum(SOURCES[source])[:-1], uniform, side="right"))
