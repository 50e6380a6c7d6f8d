"""Reliability diagrams of trained models; α moves between the stored results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lossutils._checks import require_number
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Data, Number, as_array, scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What the page needs of a run, and nothing else.
KEPT = ("alpha", "accuracy", "confidence", "nll", "bin_confidence", "bin_accuracy", "bin_count")


def _stored(name: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run as plain numbers, with None for the means of empty bins: JSON has no NaN."""
    stored: dict[str, Any] = {}
    for key in KEPT:
        if key not in run:
            raise ValueError(f"tasks must have {key!r} in each run, {name!r} has not")
        what = f"{key!r} of a run of {name!r}"
        if not key.startswith("bin_"):
            stored[key] = require_number(what, scalar(run[key]), -math.inf)
            continue
        values = run[key]
        if isinstance(values, (list, tuple)):
            values = [math.nan if v is None else scalar(v) for v in values]
        stored[key] = [None if math.isnan(v) else v for v in as_array(what, values).tolist()]
    counts = stored["bin_count"]
    if not counts or None in counts or not sum(counts) > 0:
        raise ValueError(f"'bin_count' must count samples in each run of {name!r}, got {counts}")
    for key in ("bin_confidence", "bin_accuracy"):
        if len(stored[key]) != len(counts):
            raise ValueError(f"{key!r} must be as long as 'bin_count' in each run of {name!r}")
        if any(mean is None and count for mean, count in zip(stored[key], counts, strict=True)):
            raise ValueError(f"{key!r} must be NaN in empty bins only, in each run of {name!r}")
    return stored


def _all_stored(tasks: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    stored = {name: [_stored(name, run) for run in runs] for name, runs in tasks.items()}
    alphas = {name: [run["alpha"] for run in runs] for name, runs in stored.items()}
    first = next(iter(alphas.values()), [])
    if len(first) < 2:
        raise ValueError("tasks must have at least one task with two runs")
    steps = np.diff(first)
    if any(each != first for each in alphas.values()) or steps[0] <= 0 or np.ptp(steps) > 1e-9:
        raise ValueError(f"tasks must have the same rising, evenly spaced alpha, got {alphas}")
    return stored


class Alpha(Number):
    """The α of one of the runs."""

    def checked(self, explorer: Any, value: float) -> float:
        nearest = self.fitted(explorer, value)
        if abs(nearest - value) > 1e-9:
            raise ValueError(f"alpha must be one of {explorer.alphas}, got {value!r}")
        return nearest

    def fitted(self, explorer: Any, value: float) -> float:
        return float(min(explorer.alphas, key=lambda alpha: abs(alpha - value)))


class CalibrationExplorer(Explorer):
    """Move α and see how confident a model trained with it is, and how often it is right."""

    tasks = Data(
        check=_all_stored,
        kind="mapping of str to sequence of runs",
        help=(
            "Each task's name, and its results for ascending, evenly spaced α: mappings with "
            '"alpha", "accuracy", "confidence", "nll" and, for each bin of confidence, '
            '"bin_confidence", "bin_accuracy" (None or NaN in empty bins) and "bin_count". Arrays '
            "and tensors, such as `lossutils.reliability` returns, are accepted."
        ),
    )
    alpha = Alpha(
        lambda self: self.alphas[0],
        lambda self: self.alphas[0],
        lambda self: self.alphas[-1],
        step=lambda self: round(self.alphas[1] - self.alphas[0], 9),
        label="α",
        role="p",
        stepped=True,
        play=True,
        help="One of the stored α; by default the first.",
    )
    task = Choice(
        lambda self: next(iter(self.tasks)),
        lambda self: list(self.tasks),
        label="labels",
        help="The task that is shown; by default the first.",
    )
    presets = {
        "least": lambda self: {"alpha": self.alphas[0]},
        "best calibrated": lambda self: {"alpha": self._best(), "task": self.task},
        "most": lambda self: {"alpha": self.alphas[-1]},
    }

    @property
    def alphas(self) -> list[float]:
        """The stored α."""
        return [run["alpha"] for run in next(iter(self.tasks.values()))]

    def _best(self) -> float:
        return min(zip(map(_error, self.tasks[self.task]), self.alphas, strict=True))[1]

    @property
    def run(self) -> dict[str, Any]:
        """The stored results shown."""
        return dict(self.tasks[self.task][self.alphas.index(self.alpha)])

    @property
    def accuracy(self) -> float:
        """How often the model is right."""
        return float(self.run["accuracy"])

    @property
    def confidence(self) -> float:
        """Its mean confidence."""
        return float(self.run["confidence"])

    @property
    def nll(self) -> float:
        """Its plain cross-entropy, in nats, whatever α it was trained with."""
        return float(self.run["nll"])

    @property
    def ece(self) -> float:
        """The expected calibration error, from the bins."""
        return _error(self.run)


def _bins(run: Mapping[str, Any]) -> tuple[NDArray[np.float64], ...]:
    """Return confidence, accuracy (NaN in empty bins) and share of all, per bin."""
    count = np.asarray(run["bin_count"], dtype=np.float64)
    means = (np.array(run[key], dtype=np.float64) for key in ("bin_confidence", "bin_accuracy"))
    return (*means, count / count.sum())


def _error(run: Mapping[str, Any]) -> float:
    confidence, accuracy, share = _bins(run)
    return float(np.nansum(share * np.abs(accuracy - confidence)))
