"""Batch size against class weights: small batches, each divided by its own weight, blunt them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Number, Whole

SHARES = {0.01: "1 in 100", 0.1: "1 in 10"}

# For each share, with the weight that balances it: batch size, and the mean and standard deviation
# of where ten runs of gradient descent ended with PyTorch's loss, seed 0. The tests run them again.
DESCENTS: dict[float, list[tuple[int, float, float]]] = {
    0.01: [(1, 0.012, 0.004), (8, 0.073, 0.014), (32, 0.223, 0.023), (256, 0.447, 0.011)],
    0.1: [(1, 0.104, 0.015), (8, 0.357, 0.012), (32, 0.463, 0.013), (256, 0.494, 0.004)],
}


class BatchWeightsExplorer(Explorer):
    """Move the batch size and the rare class's weight; see where a constant model ends.

    The model gives every sample the same q of the rare class, and is trained with a weighted
    mean: each batch is divided by the sum of its own weights. The common class has weight 1.
    """

    batch = Whole(
        32,
        1,
        1024,
        log=2,
        step=0.25,
        format=",.0f",
        label="batch size",
        help="Samples in a batch.",
    )
    weight = Number(99.0, 1.0, 1000.0, step=1, label="weight w", help="The rare class's weight.")
    rare = Choice(0.01, SHARES, label="rare", help="The share p of samples that are rare.")
    presets = {
        "batches of 1": {"batch": 1},
        "of 32": {"batch": 32},
        "of 256": {"batch": 256},
        "no weights": {"weight": 1},
    }
    constants: ClassVar = {"descents": [DESCENTS[share] for share in SHARES]}

    @property
    def end(self) -> float:
        """Where q ends: the mean share of the rare samples in their batch's weight."""
        return float(self._chances @ self._shares)

    @property
    def fixed(self) -> float:
        """Where q ends if each batch is divided by a fixed number: w p / (w p + 1 − p)."""
        return float(self.weight * self.rare / (self.weight * self.rare + 1 - self.rare))

    @property
    def acts_as(self) -> float:
        """The weight that would lead to the same end if the divisor were fixed."""
        return float(self.end / (1 - self.end) * (1 - self.rare) / self.rare)

    @property
    def none_rare(self) -> float:
        """The share of batches without a rare sample."""
        return float((1 - self.rare) ** self.batch)

    @property
    def _shares(self) -> Floats:
        """The rare samples' share of a batch's weight, for each number of them."""
        m = np.arange(self.batch + 1)
        return np.asarray(self.weight * m / (self.weight * m + self.batch - m))

    @property
    def _chances(self) -> Floats:
        """The chance of each number of rare samples in a batch: binomial."""
        m = np.arange(self.batch)
        steps = (self.batch - m) / (m + 1) * self.rare / (1 - self.rare)
        return np.asarray(self.none_rare * np.cumprod(np.concatenate([[1.0], steps])))
