"""InfoNCE: K pictures and K captions, each picture to find its own among all of the batch."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lossutils import cross_entropy_loss, softmax
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Floats, Number, Whole

MOST = 8
# What a picture has that its caption doesn't say: drawn once from a normal distribution.
NOISE = (
    (-0.8, -1.32, -0.25, 0.42, 1.14, 0.11, -0.55, -0.78, 0.75),
    (1.63, 0.27, -1.23, -0.96, 1.6, 0.2, -1.73, -0.08, -1.16),
    (-0.63, -0.49, -0.71, 0.55, -0.06, -0.59, 0.41, 0.83, -1.64),
    (-0.26, -0.98, -0.17, -1.29, 0.02, -0.04, -0.3, -1.05, -0.4),
    (-1.09, -1.36, 0.22, -1.11, 1.17, 0.72, -2.0, 0.27, -1.1),
    (0.03, 0.04, -1.99, -0.23, -0.26, 0.96, -1.18, 0.74, -1.1),
    (-0.33, -0.84, 1.45, 0.57, 2.43, 0.64, 0.84, 0.84, -0.61),
    (-0.07, 1.35, -0.4, 0.19, -0.02, 0.61, -0.36, -0.15, 0.24),
)


class InfoNCEExplorer(Explorer):
    """Move how well each picture matches its caption, and T; see the K × K matrix and its loss.

    All vectors have length 1 and nine numbers. The captions are as far from each other as K can
    be, unless they are made alike; a picture is its caption plus noise of its own.
    """

    constants: ClassVar = {"noise": [list(row) for row in NOISE]}
    alignment = Number(
        0.3,
        0.0,
        1.0,
        label="right cosine",
        role="p",
        help="The cosine of each picture with its own caption.",
    )
    temperature = Number(
        0.2,
        0.01,
        10.0,
        log=10,
        label="temperature T",
        help="What all cosines are divided by to become logits.",
    )
    alike = Number(
        0.0,
        0.0,
        1.0,
        label="captions alike",
        help="0 if the captions are as far apart as they can be, 1 if they are all the same.",
    )
    pairs = Whole(6, 2, MOST, label="pairs K", help="The pictures, and captions, of the batch.")
    presets = {
        "untrained": {"alignment": 0, "alike": 0, "temperature": 1},
        "trained": {"alignment": 0.8, "alike": 0, "temperature": 0.1},
        "T too large": {"alignment": 1, "alike": 0, "temperature": 1},
        "hard captions": {"alignment": 0.8, "alike": 0.9, "temperature": 0.1},
    }

    @property
    def captions(self) -> Floats:
        """The captions' vectors, one in each row."""
        k = self.pairs
        apart = (np.eye(k, MOST) - (np.arange(MOST) < k) / k) / np.sqrt(1 - 1 / k)
        common = np.full((k, 1), np.sqrt(self.alike))
        return np.hstack([np.sqrt(1 - self.alike) * apart, common])

    @property
    def similarities(self) -> Floats:
        """The cosines: a row for each picture, a column for each caption."""
        captions = self.captions
        noise = np.array(NOISE)[: self.pairs]
        noise = noise - (noise * captions).sum(axis=1, keepdims=True) * captions
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        pictures = self.alignment * captions + np.sqrt(1 - self.alignment**2) * noise
        return np.asarray(pictures @ captions.T)

    @property
    def q(self) -> Floats:
        """The softmax of each row's cosines over T: what each picture gives to each caption."""
        return np.asarray(softmax(self.similarities / self.temperature))

    @property
    def losses(self) -> Floats:
        """The loss of each picture, in nats."""
        own = np.arange(self.pairs)
        logits = self.similarities / self.temperature
        return np.asarray(cross_entropy_loss(logits, own, reduction="none"))

    @property
    def loss(self) -> float:
        """InfoNCE in nats: the mean over the pictures."""
        return float(self.losses.mean())

    @property
    def start(self) -> float:
        """The loss of a model that knows nothing, in nats: log K."""
        return float(np.log(self.pairs))

    @property
    def floor(self) -> float:
        """The least mean loss that K pairs can have at this T, in nats."""
        lead = self.pairs / (self.pairs - 1) / self.temperature
        return float(np.log1p((self.pairs - 1) * np.exp(-lead)))

    @property
    def bound(self) -> float:
        """The information that ℓ would show as the mean over new pairs: log K − ℓ in nats."""
        return self.start - self.loss

    @property
    def right(self) -> float:
        """The share of pictures whose own caption is the nearest; of equals, one is guessed."""
        cosines = self.similarities
        nearest = cosines > cosines.max(axis=1, keepdims=True) - 1e-9
        return float(np.mean(np.diag(nearest) / nearest.sum(axis=1)))

    @property
    def gradient(self) -> float:
        """The derivative of the loss in the right cosines, all moved together."""
        return float((np.diag(self.q).mean() - 1) / self.temperature)
