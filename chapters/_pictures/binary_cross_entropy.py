"""The cost of a yes and of a no, over the forecast. Blue: the mean of nine yes, one no. Dot: where it is least."""

import numpy as np
from picture import Mark, dot, ground, line

from lossutils import binary_cross_entropy

MOST = 3.2
VOTE = 0.9


def cost(q: np.ndarray, vote: float) -> np.ndarray:
    targets = np.full_like(q, vote)
    return np.asarray(binary_cross_entropy(q, targets, reduction="none")) / MOST


def picture() -> list[Mark]:
    low = np.exp(-MOST)
    yes, no = np.geomspace(low, 1, 40), 1 - np.geomspace(low, 1, 40)
    mean = np.linspace(0.04, 0.995, 60)
    return [
        ground(),
        line("quiet", no, cost(no, 0)),
        line("quiet", yes, cost(yes, 1)),
        line("q", mean, cost(mean, VOTE)),
        dot("p", VOTE, cost(np.array([VOTE]), VOTE)[0]),
    ]
