"""Train small classifiers with and without label smoothing, and keep how well they are calibrated.

    python chapters/_runs/label_smoothing.py      writes chapters/data/label-smoothing.json

Scikit-learn's handwritten digits (1797 pictures of 8 x 8 pixels), a network with one hidden layer,
its loss smoothed by each alpha of ALPHAS, on two tasks:

    clean   100 pictures to train on, with the labels as they are
    noisy   600 pictures, one label in five drawn anew at random, in training and test alike

Each is done on several random splits, and each split is measured by itself, so that the spread can
be seen. Only the reliability diagram takes the test pictures of all splits together, so that no bin
of confidences is left to a handful of pictures.

Then distillation: teachers with each alpha of TEACHERS learn from 900 pictures, and smaller
students from what their teacher says of 30 of them at each temperature of TEMPERATURES, or from the
labels of these 30.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

from lossutils import brier_score, expected_calibration_error, reliability

RESULTS = Path(__file__).parents[1] / "data" / "label-smoothing.json"

ALPHAS = [round(0.02 * k, 2) for k in range(16)]
TASKS = {"clean": {"train": 100, "redrawn": 0.0}, "noisy": {"train": 600, "redrawn": 0.2}}
SPLITS = 6
CLASSES = 10
HIDDEN = 64
STEPS = 300
RATE = 0.005
BINS = 15
LONGER = {"alpha": 0.02, "steps": 3000}

TEACHERS = [0.0, 0.05, 0.1, 0.2, 0.3]
TEMPERATURES = [1.0, 2.0, 4.0]
LESSONS = {"train": 900, "shown": 30, "hidden": 32}

Loss = Callable[[torch.Tensor], torch.Tensor]


def task(train: int, redrawn: float, split: int) -> tuple[torch.Tensor, ...]:
    """Return one split's pictures and labels to train on, and those to test on."""
    pictures, labels = load_digits(return_X_y=True)
    x, y = torch.tensor(pictures / 16, dtype=torch.float32), torch.tensor(labels)
    chance = torch.Generator().manual_seed(split)
    order = torch.randperm(len(y), generator=chance)
    anew = torch.randint(CLASSES, y.shape, generator=chance)
    y = torch.where(torch.rand(y.shape, generator=chance) < redrawn, anew, y)
    return x[order[:train]], y[order[:train]], x[order[train:]], y[order[train:]]


def layer(fan_in: int, fan_out: int, copies: int, chance: torch.Generator) -> list[torch.Tensor]:
    """Return weights and biases of `copies` equal layers, begun as nn.Linear begins."""
    bound = 1 / math.sqrt(fan_in)
    drawn = (torch.rand(fan_in + 1, fan_out, generator=chance) * 2 - 1) * bound
    copied = drawn.repeat(copies, 1, 1)
    return [copied[:, :-1].clone().requires_grad_(), copied[:, -1:].clone().requires_grad_()]


def trained(
    x: torch.Tensor, losses: Sequence[Loss], seed: int, hidden: int = HIDDEN, steps: int = STEPS
) -> Any:
    """Return a function from pictures to logits: one network for each loss, side by side.

    All begin with the same weights. Their losses are added up, and since no network's weights are
    in another's loss, each is trained as if it were alone.
    """
    chance = torch.Generator().manual_seed(seed)
    first = layer(x.shape[1], hidden, len(losses), chance)
    second = layer(hidden, CLASSES, len(losses), chance)

    def logits(pictures: torch.Tensor) -> torch.Tensor:
        return torch.relu(pictures @ first[0] + first[1]) @ second[0] + second[1]

    optimiser = torch.optim.Adam([*first, *second], RATE)
    for _ in range(steps):
        optimiser.zero_grad()
        torch.stack([loss(z) for loss, z in zip(losses, logits(x))]).sum().backward()
        optimiser.step()
    return logits


def smoothed(y: torch.Tensor, alpha: float) -> Loss:
    return lambda z: F.cross_entropy(z, y, label_smoothing=alpha)


def taught(teacher: torch.Tensor, temperature: float) -> Loss:
    """Return the loss of a student that imitates its teacher, both softened by the temperature."""
    said = torch.softmax(teacher / temperature, dim=-1)
    return lambda z: F.cross_entropy(z / temperature, said) * temperature**2


def measured(q: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    """Return how often the classifier is right, how sure it is, and how well the two agree."""
    numbers = {
        "accuracy": (q.argmax(dim=-1) == y).double().mean(),
        "confidence": q.max(dim=-1).values.mean(),
        "ece": expected_calibration_error(q, y, bins=BINS),
        "nll": F.nll_loss(q.log(), y),
        "brier": brier_score(q, y),
    }
    return {name: round(float(number), 6) for name, number in numbers.items()}


def summarised(of_splits: list[torch.Tensor], answers: list[torch.Tensor]) -> dict[str, Any]:
    """Return the measurements of all splits together, with the bins, and those of every split."""
    each = [measured(q, y) for q, y in zip(of_splits, answers, strict=True)]
    q, y = torch.cat(of_splits), torch.cat(answers)
    in_bins = reliability(q, y, bins=BINS)
    return {
        **measured(q, y),
        "bin_confidence": listed(in_bins.confidence),
        "bin_accuracy": listed(in_bins.accuracy),
        "bin_count": in_bins.count.tolist(),
        "splits": by_name(each),
    }


def by_name(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    """Return one list of numbers for each name."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def listed(means: torch.Tensor) -> list[float | None]:
    """Return the numbers, and None for an empty bin: JSON has no NaN."""
    return [None if math.isnan(mean) else round(mean, 6) for mean in means.tolist()]


def gap(z: torch.Tensor) -> torch.Tensor:
    """Return how far the largest logit is above the mean of the others."""
    top = z.max(dim=-1).values
    return top - (z.sum(dim=-1) - top) / (CLASSES - 1)


def results(
    alphas: list[float], train: int, redrawn: float, splits: int = SPLITS
) -> dict[str, Any]:
    """Return the measurements of one task for each alpha."""
    logits: list[list[torch.Tensor]] = []
    labels: list[torch.Tensor] = []
    gaps: list[torch.Tensor] = []
    for split in range(splits):
        x, y, x_test, y_test = task(train, redrawn, split)
        network = trained(x, [smoothed(y, alpha) for alpha in alphas], seed=split)
        with torch.no_grad():
            logits.append(list(network(x_test).double()))
            gaps.append(gap(network(x).double()))
        labels.append(y_test)
    on_training = torch.cat(gaps, dim=1).median(dim=1).values
    return {
        "train": train,
        "redrawn": redrawn,
        "test": sum(len(y) for y in labels),
        "runs": [
            {
                "alpha": alpha,
                **summarised([torch.softmax(z, dim=-1) for z in of_splits], labels),
                "training_gap": round(float(seen), 6),
            }
            for alpha, of_splits, seen in zip(
                alphas, zip(*logits, strict=True), on_training, strict=True
            )
        ],
    }


def trained_longer(alpha: float, steps: int) -> dict[str, Any]:
    """Return the gap on the clean training pictures after training for longer."""
    gaps = []
    for split in range(SPLITS):
        x, y, *_ = task(**TASKS["clean"], split=split)
        network = trained(x, [smoothed(y, alpha)], seed=split, steps=steps)
        with torch.no_grad():
            gaps.append(gap(network(x).double())[0])
    return {
        "alpha": alpha,
        "steps": steps,
        "training_gap": round(float(torch.cat(gaps).median()), 6),
    }


def accuracies(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (z.argmax(dim=-1) == y).double().mean(dim=-1)


def distillation(
    alphas: list[float],
    temperatures: list[float],
    train: int,
    shown: int,
    hidden: int,
    splits: int = SPLITS,
) -> dict[str, Any]:
    """Return the accuracies of teachers, of their students, and of students of the labels alone.

    Each has one number for every split; teachers have them for each alpha, students for each
    temperature and alpha.
    """
    of_teachers, of_students = [], []
    for split in range(splits):
        x, y, x_test, y_test = task(train, 0.0, split)
        teachers = trained(x, [smoothed(y, alpha) for alpha in alphas], seed=split)
        few = x[:shown]
        with torch.no_grad():
            said = teachers(few)
            of_teachers.append(accuracies(teachers(x_test), y_test))
        lessons = [taught(one, t) for t in temperatures for one in said]
        students = trained(few, [smoothed(y[:shown], 0.0), *lessons], split + 1000, hidden)
        with torch.no_grad():
            of_students.append(accuracies(students(x_test), y_test))
    teacher, student = (in_columns(found) for found in (of_teachers, of_students))
    rows = range(1, len(student), len(alphas))
    return {
        "alpha": alphas,
        "temperature": temperatures,
        "teacher": teacher,
        "student": [student[row : row + len(alphas)] for row in rows],
        "student_of_labels": student[0],
    }


def in_columns(of_splits: list[torch.Tensor]) -> list[list[float]]:
    """Return each network's numbers, one for each split."""
    columns = torch.stack(of_splits, dim=1).tolist()
    return [[round(share, 6) for share in column] for column in columns]


def main() -> None:
    torch.set_num_threads(1)  # the networks are too small for threads to help
    torch.set_flush_denormal(True)  # gradients of a loss near 0 are denormal, which is slow
    everything = {
        "script": "chapters/_runs/label_smoothing.py",
        "data": "scikit-learn's digits: see LICENSE.md",
        "versions": {m.__name__: m.__version__.partition("+")[0] for m in (torch, np, sklearn)},
        "splits": SPLITS,
        "bins": BINS,
        "tasks": {name: results(ALPHAS, **setting) for name, setting in TASKS.items()},
        "trained_longer": trained_longer(**LONGER),
        "distillation": {**LESSONS, **distillation(TEACHERS, TEMPERATURES, **LESSONS)},
    }
    text = json.dumps(everything, indent=1)
    # One line for each row of numbers.
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
