"""Two classes in the plane, one of them rare, and the boundary that a loss draws between them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from lossutils import class_weights, log_sigmoid, sigmoid
from lossutils.weights import Scheme
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Bools, Choice, Floats, Ints, Number, Whole

# The buttons' labels, by the setting's name.
SCHEMES = {
    "none": "none",
    "inverse-sqrt": "1/√n",
    "effective-number": "effective",
    "balanced": "balanced",
    "logit adjustment": "logit adj.",
}
COMMON = 300
PENALTY = 1e-3  # keeps the slopes finite if a line can separate the classes


class Fit(NamedTuple):
    """The minimum of the loss; pairs hold the common class first."""

    theta: Floats  # intercept, slope along x, slope along y
    weights: Floats
    loss: float  # without the penalty on the slopes
    pulls: Floats  # each class's pull on the intercept


def _random(seed: int, count: int) -> Floats:
    """Return `count` random numbers in (0, 1): Tommy Ettinger's mulberry32, 32 bits at a time."""
    low = np.uint64(0xFFFFFFFF)
    a = (np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x6D2B79F5)) & low
    t = ((a ^ (a >> np.uint64(15))) * (a | np.uint64(1))) & low
    t ^= (t + (((t ^ (t >> np.uint64(7))) * (t | np.uint64(61))) & low)) & low
    return np.asarray(((t ^ (t >> np.uint64(14))) + 0.5) / 2**32)


def _cloud(
    seed: int, count: int, mean: tuple[float, float], across: float, along: float, lean: float
) -> tuple[Floats, Floats]:
    """Return `count` points of a class, by Box and Muller's method, and a number in (0, 1) each."""
    first, second, third = _random(seed, 3 * count).reshape(-1, 3).T
    radius, turn = np.sqrt(-2 * np.log(first)), 2 * np.pi * second
    u, v = radius * np.cos(turn), radius * np.sin(turn)
    y = lean * u + np.sqrt(1 - lean * lean) * v
    return np.stack([mean[0] + across * u, mean[1] + along * y], axis=1), third


def _points(rare: int, noise: float) -> tuple[Floats, Bools, Bools]:
    """Return the points, which of them are rare, and which of them are labelled rare."""
    common, one = _cloud(598, COMMON, (-0.8, -0.3), 1.1, 0.9, 0.2)
    few, other = _cloud(912, rare, (1.1, 0.7), 0.8, 0.8, -0.4)
    is_rare = np.arange(COMMON + rare) >= COMMON
    wrong = np.concatenate([one, other]) < noise
    return np.concatenate([common, few]), is_rare, is_rare != wrong


def _focal(m: Floats, gamma: float) -> tuple[Floats, Floats, Floats]:
    """Return the focal loss -(1 - q)^γ log q at q = σ(m), and its slope and curvature in m."""
    log_q = np.asarray(log_sigmoid(m))
    q, miss = np.exp(log_q), np.exp(log_q - m)  # miss is 1 - q
    factor = miss**gamma
    slope = factor * (gamma * q * log_q - miss)
    curvature = factor * q * (miss * (1 + 2 * gamma + gamma * log_q) - gamma**2 * q * log_q)
    return -factor * log_q, slope, curvature


@lru_cache(maxsize=32)
def _fit(rare: int, scheme: str, gamma: float, noise: float) -> Fit:
    points, _, label = _points(rare, noise)
    features = np.column_stack([np.ones(len(points)), points])
    counts = np.array([np.sum(~label), np.sum(label)])
    weighted = scheme not in ("none", "logit adjustment")
    weights = class_weights(counts, scheme=cast(Scheme, scheme)) if weighted else np.ones(2)
    # Training adds the log of each class's share to its logit, so z gets the logs' difference.
    shift = float(np.log(counts[1] / counts[0])) if scheme == "logit adjustment" else 0.0
    sign, weight = np.where(label, 1.0, -1.0), weights[label.astype(int)]
    share = weight / np.sum(weight)
    penalty = PENALTY * np.array([0, 1, 1])

    def measure(theta: Floats) -> tuple[float, Floats, Floats, Floats]:
        loss, slope, curvature = _focal(sign * (features @ theta + shift), gamma)
        gradient = features.T @ (share * sign * slope) + penalty * theta
        # The focal loss is not convex where q is small: negative curvature counts as 0.
        bend = share * np.maximum(curvature, 0)
        hessian = features.T @ (bend[:, None] * features) + np.diag(penalty)
        pulls = -np.array([np.sum((weight * slope)[~label]), np.sum((weight * slope)[label])])
        return float(share @ loss + penalty @ theta**2 / 2), gradient, hessian, pulls

    theta = np.array([-shift, 0, 0])  # all training logits are 0 here, where the loss is not flat
    loss, gradient, hessian, pulls = measure(theta)
    for _ in range(100):
        step, size = np.linalg.solve(hessian, gradient), 1.0
        if np.max(np.abs(step)) < 1e-12:
            break
        after = measure(theta - step)
        while after[0] > loss + 1e-14 and size > 1e-3:  # halve the step while the loss goes up
            size /= 2
            after = measure(theta - size * step)
        theta = theta - size * step
        loss, gradient, hessian, pulls = after
    return Fit(theta, weights, loss - float(penalty @ theta**2) / 2, pulls)


class ImbalanceExplorer(Explorer):
    """Train a straight boundary between a common and a rare class, with the loss of your choice.

    There are 300 points of the common class. The model is q = σ(a + b x + c y), where q is the
    probability of the rare class. Its a, b and c minimise the weighted mean of the focal losses
    plus 0.0005 (b² + c²), which keeps the slopes finite. The same settings always give the same
    boundary.
    """

    rare = Whole(
        30, 5, 150, label="rare points", play=True, help="How many points the rare class has."
    )
    scheme = Choice(
        "none",
        SCHEMES,
        label="weights",
        help=(
            "How the loss compensates: not at all, by the weights of `class_weights`, or by adding "
            "the log of each class's share to its logit in training only."
        ),
    )
    gamma = Number(
        0.0, 0.0, 5.0, step=0.1, label="focal γ", help="The focal loss's γ; 0 is cross-entropy."
    )
    noise = Number(
        0.0, 0.0, 0.2, label="wrong labels", format=".0%", help="The share of wrong labels."
    )
    presets = {
        "plain": {"scheme": "none", "gamma": 0},
        "balanced weights": {"scheme": "balanced", "gamma": 0},
        "focal loss": {"scheme": "none", "gamma": 2},
        "very few": {"rare": 5},
    }
    order = ("scheme", "rare", "gamma", "noise")

    def _now(self) -> Fit:
        return _fit(self.rare, self.scheme, self.gamma, self.noise)

    @property
    def points(self) -> Floats:
        """The points, of shape (300 + rare, 2): the common class first."""
        return _points(self.rare, self.noise)[0]

    @property
    def truth(self) -> Ints:
        """Each point's class: 0 common, 1 rare."""
        return _points(self.rare, self.noise)[1].astype(np.int64)

    @property
    def labels(self) -> Ints:
        """Each point's label in training: 0 common, 1 rare."""
        return _points(self.rare, self.noise)[2].astype(np.int64)

    @property
    def weights(self) -> Floats:
        """The weights of the two classes."""
        return self._now().weights.copy()

    @property
    def theta(self) -> Floats:
        """The intercept and the slopes in x and y of the rare class's log odds."""
        return self._now().theta.copy()

    @property
    def loss(self) -> float:
        """The weighted mean of the focal losses, in nats, without the penalty on the slopes."""
        return self._now().loss

    @property
    def q(self) -> Floats:
        """The model's probability of the rare class at each point."""
        intercept, *slopes = self._now().theta
        return np.asarray(sigmoid(intercept + self.points @ slopes))

    @property
    def pulls(self) -> Floats:
        """Each class's part of the loss's slope in the intercept, weights included."""
        return self._now().pulls.copy()

    @property
    def recall(self) -> Floats:
        """The shares of truly common and of truly rare points that are on their own side."""
        found = (self.q > 0.5) == (self.truth == 1)
        return np.array([np.mean(found[:COMMON]), np.mean(found[COMMON:])])

    @property
    def recall_common(self) -> float:
        """The share of truly common points that are on their own side."""
        return float(self.recall[0])

    @property
    def recall_rare(self) -> float:
        """The share of truly rare points that are on their own side."""
        return float(self.recall[1])

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the two recalls."""
        return float(np.mean(self.recall))

    @property
    def precision(self) -> float:
        """The share of truly rare points among those called rare; NaN if there are none."""
        called = self.q > 0.5
        return float(np.mean(self.truth[called])) if np.any(called) else float("nan")

    @property
    def mean_q(self) -> float:
        """The mean of q over all points."""
        return float(np.mean(self.q))

    @property
    def frequency(self) -> float:
        """The share of points that are labelled rare."""
        return float(np.mean(self.labels))
