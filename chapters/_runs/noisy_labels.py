"""Train small classifiers on partly wrong labels by several losses, and test them on right ones.

    python chapters/_runs/noisy_labels.py      writes chapters/data/noisy-labels.json

The networks, the splits and the 600 pictures, one label in five drawn anew, are those of the noisy
task of label_smoothing.py. That one tests on labels redrawn in the same way; here the test pictures
keep their own, so that it can be seen what was learnt of them. The losses of one sample, with q from
softmax(z):

    cross-entropy        -log q_y
    smoothed a           the same with label smoothing of strength a
    forward              -log sum_k q_k M_ky, where M_ky is the chance that a label k was read as y
    bounded              (1 - q_y^0.7) / 0.7, which is never more than 1 / 0.7
    focal                -(1 - q_y)^2 log q_y
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from label_smoothing import CLASSES, SPLITS, TASKS, Loss, by_name, measured, smoothed, task, trained

from lossutils import focal_loss

RESULTS = Path(__file__).parents[1] / "data" / "noisy-labels.json"

NOISE = TASKS["noisy"]["redrawn"]
POWER = 0.7


def losses(y: torch.Tensor) -> dict[str, Loss]:
    """Return each loss on the labels that were read."""
    uniform = torch.full((CLASSES, CLASSES), NOISE / CLASSES)
    read_as = (1 - NOISE) * torch.eye(CLASSES) + uniform

    def right(z: torch.Tensor) -> torch.Tensor:
        return torch.softmax(z, dim=1).gather(1, y[:, None])

    return {
        "cross-entropy": smoothed(y, 0.0),
        "smoothed 0.1": smoothed(y, 0.1),
        "smoothed 0.2": smoothed(y, 0.2),
        "forward": lambda z: F.nll_loss((torch.softmax(z, dim=1) @ read_as).log(), y),
        "bounded": lambda z: ((1 - right(z) ** POWER) / POWER).mean(),
        "focal": lambda z: focal_loss(z, y, gamma=2.0),
    }


def of_split(split: int) -> dict[str, dict[str, float]]:
    """Return what each loss's network scores on the test pictures with their own labels.

    `learnt_wrong` is the share of the wrongly labelled training pictures whose wrong label it gives.
    """
    x, y, _, _ = task(**TASKS["noisy"], split=split)
    # The same pictures in the same order, since the same numbers are drawn.
    _, own, x_test, y_test = task(TASKS["noisy"]["train"], 0.0, split)
    network = trained(x, list(losses(y).values()), seed=split)
    wrong = y != own
    with torch.no_grad():
        on_training, on_test = network(x), torch.softmax(network(x_test).double(), dim=-1)
    learnt = (on_training.argmax(dim=-1) == y)[:, wrong].double().mean(dim=1)
    return {
        name: {**measured(q, y_test), "learnt_wrong": round(float(share), 6)}
        for name, q, share in zip(losses(y), on_test, learnt, strict=True)
    }


def results(splits: int = SPLITS) -> dict[str, Any]:
    """Return each loss's scores, with one number for each split."""
    each = [of_split(split) for split in range(splits)]
    return {name: by_name([scores[name] for scores in each]) for name in each[0]}


def main() -> None:
    torch.set_num_threads(1)  # the networks are too small for threads to help
    torch.set_flush_denormal(True)  # gradients of a loss near 0 are denormal, which is slow
    everything = {
        "script": "chapters/_runs/noisy_labels.py",
        "data": "scikit-learn's digits: see LICENSE.md",
        "versions": {m.__name__: m.__version__.partition("+")[0] for m in (torch, np, sklearn)},
        **TASKS["noisy"],
        "losses": results(),
    }
    text = json.dumps(everything, indent=1)
    # One line for each row of numbers.
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
