"""Reliability diagrams of trained models; α moves between the stored results."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lossutils._checks import require_number
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Data, Number, as_array, scalar

BINS = ("bin_confidence", "bin_accuracy", "bin_count")


def _stored(argument: str, name: str, run: Mapping[str, Any], numbers: Sequence[str]) -> Any:
    """Return a run as plain numbers, with None for the means of empty bins: JSON has no NaN."""
    stored: dict[str, Any] = {}
    for key in (*numbers, *BINS):
        if key not in run:
            raise ValueError(f"{argument} must have {key!r} in each run, {name!r} lacks it")
        what = f"{key!r} of a run of {name!r}"
        if key in numbers:
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


def stored_runs(
    argument: str, kind: str, numbers: Sequence[str], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the page needs of the runs, the `numbers` and the bins, and nothing else.

    `given` has several of a `kind`, each with runs along the first of the numbers.
    """
    stored = {
        name: [_stored(argument, name, run, numbers) for run in runs]
        for name, runs in given.items()
    }
    along = {name: [run[numbers[0]] for run in runs] for name, runs in stored.items()}
    first = next(iter(along.values()), [])
    if len(first) < 2:
        raise ValueError(f"{argument} must have at least one {kind} with two runs")
    steps = np.diff(first)
    if any(each != first for each in along.values()) or steps[0] <= 0 or np.ptp(steps) > 1e-9:
        raise ValueError(
            f"{argument} must have the same rising, evenly spaced {numbers[0]}, got {along}"
        )
    return stored


class Stored(Number):
    """A number that is that of one of the runs, which `among` lists."""

    def __init__(self, among: Callable[[Any], list[float]], first: Any = None, **more: Any) -> None:
        super().__init__(
            first or (lambda explorer: among(explorer)[0]),
            lambda explorer: among(explorer)[0],
            lambda explorer: among(explorer)[-1],
            step=lambda explorer: round(among(explorer)[1] - among(explorer)[0], 9),
            stepped=True,
            play=True,
            **more,
        )
        self.among = among

    def checked(self, explorer: Any, value: float) -> float:
        nearest = self.fitted(explorer, value)
        if abs(nearest - value) > 1e-9:
            raise ValueError(f"{self.name} must be one of {self.among(explorer)}, got {value!r}")
        return nearest

    def fitted(self, explorer: Any, value: float) -> float:
        return float(min(self.among(explorer), key=lambda one: abs(one - value)))


class ShownRun:
    """What a stored run says about its model, for an explorer that shows one."""

    @property
    def run(self) -> dict[str, Any]:
        """The stored results shown."""
        raise NotImplementedError

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
        """Its plain cross-entropy, in nats, whatever loss it was trained with."""
        return float(self.run["nll"])

    @property
    def ece(self) -> float:
        """The expected calibration error, from the bins."""
        return error_of(self.run)


class CalibrationExplorer(ShownRun, Explorer):
    """Move α and see how confident a model trained with it is, and how often it is right."""

    tasks = Data(
        check=partial(stored_runs, "tasks", "task", ("alpha", "accuracy", "confidence", "nll")),
        kind="mapping of str to sequence of runs",
        help=(
            "Each task's name, and its results for ascending, evenly spaced α: mappings with "
            '"alpha", "accuracy", "confidence", "nll" and, for each bin of confidence, '
            '"bin_confidence", "bin_accuracy" (None or NaN in empty bins) and "bin_count". Arrays '
            "and tensors, such as `lossutils.reliability` returns, are accepted."
        ),
    )
    alpha = Stored(
        lambda self: self.alphas,
        label="α",
        role="p",
        help="One of the stored α; by default the first.",
    )
    task = Choice(
        lambda self: next(iter(self.tasks)),
        lambda self: list(self.tasks),
        label="labels",
        help="The task that is shown; by default the first.",
    )
    presets = {
        "least α": lambda self: {"alpha": self.alphas[0]},
        "best calibrated": lambda self: {"alpha": self._best(), "task": self.task},
        "most α": lambda self: {"alpha": self.alphas[-1]},
    }

    @property
    def alphas(self) -> list[float]:
        """The stored α."""
        return [run["alpha"] for run in next(iter(self.tasks.values()))]

    def _best(self) -> float:
        return float(min(self.tasks[self.task], key=error_of)["alpha"])

    @property
    def run(self) -> dict[str, Any]:
        """The stored results shown."""
        return dict(self.tasks[self.task][self.alphas.index(self.alpha)])


def error_of(run: Mapping[str, Any]) -> float:
    """Return the expected calibration error of a run, from its bins."""
    # The means of empty bins, None, become NaN.
    confidence, accuracy, count = (np.array(run[key], dtype=np.float64) for key in BINS)
    return float(np.nansum(count / count.sum() * np.abs(accuracy - confidence)))
