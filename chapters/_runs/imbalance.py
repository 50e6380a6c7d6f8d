"""Train a classifier to find one digit among ten, with every loss that compensates for imbalance.

    python chapters/_runs/imbalance.py      writes chapters/data/imbalance.json

Scikit-learn's handwritten digits (1797 pictures of 8 x 8 pixels), and one question: is it an eight?
One picture in ten is. Half of the pictures are trained on, the other half tested on, with as many
eights in one as in the other, on several random splits. Each split is measured by itself, so that
the spread can be seen; only the reliability of the rare class's probability takes the test pictures
of all splits together. The model is linear, one logit for each answer. Its loss, with a little
weight decay, is minimised by L-BFGS on all training pictures at once, so that nothing depends on a
learning rate or on the size of a batch.

Three more need no training of their own. "balanced, undone" divides the probabilities of "balanced"
by the weights, "focal 2, undone" maps those of "focal 2" back by the closed form of Charoenphakdee
et al. (CVPR 2021), and "none, adjusted" divides those of "none" by the classes' shares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

from lossutils import class_weights, expected_calibration_error, focal_loss

RESULTS = Path(__file__).parents[1] / "data" / "imbalance.json"

RARE = 8  # the digit
SPLITS = 10
DECAY = 1e-3
BINS = 10
SCHEMES = ["inverse-sqrt", "effective-number", "balanced"]
GAMMAS = [1, 2, 5]

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def halves(split: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return pictures and answers to train on, and those to test on."""
    pictures, digits = load_digits(return_X_y=True)
    x, y = torch.tensor(pictures / 16), torch.tensor(digits == RARE).long()
    chance = torch.Generator().manual_seed(split)
    train = []
    for k in range(2):
        places = torch.nonzero(y == k).flatten()
        order = torch.randperm(len(places), generator=chance)
        train.append(places[order[: len(places) // 2]])
    chosen = torch.zeros(len(y), dtype=torch.bool)
    chosen[torch.cat(train)] = True
    return [(x[chosen], y[chosen]), (x[~chosen], y[~chosen])]


def trained(x: torch.Tensor, y: torch.Tensor, loss: Loss) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return a function from pictures to logits, at the minimum of `loss`."""
    matrix = torch.zeros(x.shape[1], 2, dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(2, dtype=x.dtype, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [matrix, bias], max_iter=500, tolerance_grad=1e-9, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss(x @ matrix + bias, y) + DECAY / 2 * (matrix**2).sum()
        value.backward()
        return value

    optimiser.step(closure)
    return lambda pictures: (pictures @ matrix + bias).detach()


def losses(counts: torch.Tensor) -> dict[str, Loss]:
    """Return every loss by name."""
    log_share = (counts / counts.sum()).log()

    def weighted(scheme: str) -> Loss:
        w = class_weights(counts, scheme=scheme)
        return lambda z, y: F.cross_entropy(z, y, weight=w)

    def focal(gamma: float) -> Loss:
        return lambda z, y: focal_loss(z, y, gamma=gamma)

    return {
        "none": F.cross_entropy,
        **{scheme: weighted(scheme) for scheme in SCHEMES},
        **{f"focal {gamma}": focal(gamma) for gamma in GAMMAS},
        "logit adjustment": lambda z, y: F.cross_entropy(z + log_share, y),
    }


def probabilities(split: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Return each method's probabilities for one split's test pictures, and the answers."""
    (x, y), (x_test, y_test) = halves(split)
    counts = torch.bincount(y).double()
    q = {
        name: torch.softmax(trained(x, y, loss)(x_test), dim=1)
        for name, loss in losses(counts).items()
    }
    q["balanced, undone"] = F.normalize(q["balanced"] / class_weights(counts), p=1, dim=1)
    q["focal 2, undone"] = focal_undone(q["focal 2"], gamma=2)
    q["none, adjusted"] = F.normalize(q["none"] / counts, p=1, dim=1)
    return q, y_test


def focal_undone(q: torch.Tensor, gamma: float) -> torch.Tensor:
    """Return the p whose expected focal loss is least at q.

    At that point p_k times the slope of the loss in q_k is the same for every class.
    """
    slope = (1 - q) ** gamma / q - gamma * (1 - q) ** (gamma - 1) * q.log()
    return F.normalize(1 / slope, p=1, dim=1)


def measured(q: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    """Return each class's recall, and measures of the probabilities' calibration."""
    called = q.argmax(dim=1)
    recalls = [(called[y == k] == k).double().mean() for k in range(2)]
    numbers = {
        "recall_common": recalls[0],
        "recall_rare": recalls[1],
        "balanced_accuracy": (recalls[0] + recalls[1]) / 2,
        "precision_rare": y[called == 1].double().mean(),
        "mean_q": q[:, 1].mean(),
        "nll": F.nll_loss(q.log(), y),
        "ece": expected_calibration_error(q, y, bins=BINS),
        "ece_rare": sum((q[some, 1] - y[some]).sum().abs() for some in by_bin(q)) / len(y),
    }
    return {name: round(float(number), 6) for name, number in numbers.items()}


def by_bin(q: torch.Tensor) -> list[torch.Tensor]:
    """Return, for each bin of the rare class's probability, which samples are in it."""
    bin_of = (q[:, 1] * BINS).long().clamp(max=BINS - 1)
    return [bin_of == b for b in range(BINS)]


def summarised(of_splits: list[torch.Tensor], answers: list[torch.Tensor]) -> dict[str, Any]:
    """Return the measurements of every split, and the reliability over all of them."""
    splits = [measured(q, y) for q, y in zip(of_splits, answers, strict=True)]
    q, y = torch.cat(of_splits), torch.cat(answers)
    inside = by_bin(q)
    return {
        "splits": {name: [one[name] for one in splits] for name in splits[0]},
        "bin_q": [mean(q[some, 1]) for some in inside],
        "bin_frequency": [mean(y[some].double()) for some in inside],
        "bin_count": [int(some.sum()) for some in inside],
    }


def mean(values: torch.Tensor) -> float | None:
    """Return the mean, and None for an empty bin: JSON has no NaN."""
    return round(float(values.mean()), 6) if len(values) else None


def main() -> None:
    torch.set_num_threads(1)
    every, answers = zip(*(probabilities(split) for split in range(SPLITS)), strict=True)
    y = torch.cat(answers)
    everything = {
        "script": "chapters/_runs/imbalance.py",
        "data": "scikit-learn's digits: see LICENSE.md",
        "versions": {m.__name__: m.__version__.partition("+")[0] for m in (torch, np, sklearn)},
        "splits": SPLITS,
        "bins": BINS,
        "train": torch.bincount(halves(0)[0][1]).tolist(),
        "test": len(y),
        "frequency": round(float(y.double().mean()), 6),
        "runs": {name: summarised([q[name] for q in every], list(answers)) for name in every[0]},
    }
    text = json.dumps(everything, indent=1)
    # One line for each row of numbers.
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
