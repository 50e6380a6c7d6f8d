"""Divide trained networks' logits by a grid of temperatures, and keep how well they are calibrated.

    python chapters/_runs/temperature.py      writes chapters/data/temperature.json

The networks are those of label_smoothing.py with the alphas of ALPHAS, on the same tasks and splits.
A temperature is fitted on half of a split's test pictures and tried on the other half. There each
split is measured by itself, before and after: the NLL, the calibration error, the Brier score and its
parts. The other halves of all splits together are also measured at each temperature of a grid, with
the bins of their reliability diagram.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from label_smoothing import (
    BINS,
    SPLITS,
    TASKS,
    by_name,
    listed,
    measured,
    smoothed,
    task,
    trained,
)

from lossutils import brier_parts, fit_temperature, reliability

RESULTS = Path(__file__).parents[1] / "data" / "temperature.json"

ALPHAS = [0.0, 0.1]
TEMPERATURES = [round(0.2 * k, 1) for k in range(2, 19)]
DIGITS = 4  # more would be different on another processor


def scores(z: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    """Return what `measured` does of softmax(z), and the parts of the Brier score."""
    q = torch.softmax(z, dim=-1)
    parts = brier_parts(q, y, bins=BINS)
    found = {
        **measured(q, y),
        "calibration": parts.calibration,
        "refinement": parts.refinement,
    }
    return {name: round(float(number), DIGITS) for name, number in found.items()}


def at(temperature: float, z: torch.Tensor, y: torch.Tensor) -> dict[str, Any]:
    """Return the scores at a temperature, with the bins of the reliability diagram."""
    bins = reliability(torch.softmax(z / temperature, dim=-1), y, bins=BINS)
    kept = {name: number for name, number in scores(z / temperature, y).items() if name != "ece"}
    return {
        "T": temperature,
        **kept,
        **{
            f"bin_{name}": [None if mean is None else round(mean, DIGITS) for mean in listed(means)]
            for name, means in (("confidence", bins.confidence), ("accuracy", bins.accuracy))
        },
        "bin_count": bins.count.tolist(),
    }


def of_split(name: str, split: int) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return each alpha's logits for the test pictures, and their labels."""
    x, y, x_test, y_test = task(**TASKS[name], split=split)
    network = trained(x, [smoothed(y, alpha) for alpha in ALPHAS], seed=split)
    with torch.no_grad():
        return list(network(x_test).double()), y_test


def results(name: str, splits: int = SPLITS) -> list[dict[str, Any]]:
    """Return one task's networks: over the grid, and in each split before and after fitting T."""
    each = [of_split(name, split) for split in range(splits)]
    networks = []
    for k, alpha in enumerate(ALPHAS):
        fitting, testing = [], []
        for logits, y in each:
            half = len(y) // 2
            fitting.append((logits[k][:half], y[:half]))
            testing.append((logits[k][half:], y[half:]))
        fitted = [float(fit_temperature(z, y)) for z, y in fitting]
        z, y = (torch.cat(parts) for parts in zip(*testing, strict=True))
        networks.append(
            {
                "alpha": alpha,
                "temperatures": [round(t, DIGITS) for t in fitted],
                "before": by_name([scores(z, y) for z, y in testing]),
                "after": by_name(
                    [scores(z / t, y) for t, (z, y) in zip(fitted, testing, strict=True)]
                ),
                "grid": [at(temperature, z, y) for temperature in TEMPERATURES],
            }
        )
    return networks


def main() -> None:
    torch.set_num_threads(1)  # the networks are too small for threads to help
    torch.set_flush_denormal(True)  # gradients of a loss near 0 are denormal, which is slow
    everything = {
        "script": "chapters/_runs/temperature.py",
        "data": "scikit-learn's digits: see LICENSE.md",
        "versions": {m.__name__: m.__version__.partition("+")[0] for m in (torch, np, sklearn)},
        "splits": SPLITS,
        "bins": BINS,
        "tasks": {name: results(name) for name in TASKS},
    }
    text = json.dumps(everything, indent=1)
    # One line for each row of numbers.
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
