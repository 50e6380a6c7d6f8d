"""Reliability diagrams of trained models; α moves between the stored results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import traitlets

from lossutils import plots
from lossutils.widgets.before import (
    STATIC,
    Explorer,
    Figure,
    Number,
    as_array,
    place_of,
    require_number,
    scalar,
    slider,
    still_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

# What the page needs of a run, and nothing else.
KEPT = (
    "alpha",
    "accuracy",
    "confidence",
    "nll",
    "bin_confidence",
    "bin_accuracy",
    "bin_count",
)


class CalibrationFigure(Figure):
    _esm = STATIC / "calibration.js"
    _explorer = traitlets.Unicode("calibration").tag(sync=True)
    tasks: traitlets.List[Any] = traitlets.List().tag(sync=True)  # for each task its runs, by α
    task_index = traitlets.Int(0, min=0).tag(sync=True)
    alpha = Number(0.0).tag(sync=True)


class CalibrationExplorer(Explorer):
    """Move α and see how confident a model trained with it is, and how often it is right.

    Parameters
    ----------
    tasks : mapping of str to sequence of runs
        Each task's name, and its results for ascending, evenly spaced α: mappings with "alpha",
        "accuracy", "confidence", "nll" and, for each bin of confidence, "bin_confidence",
        "bin_accuracy" (None or NaN in empty bins) and "bin_count". Arrays and tensors, such as
        `lossutils.reliability` returns, are accepted.
    alpha : float, optional
        One of the stored α; by default the first.
    task : str, optional
        The task to show at first; by default the first.

    Raises
    ------
    ValueError
        If the runs lack something, their α are not evenly spaced or not the same for all tasks, or
        `alpha` or `task` is not one of theirs.
    """

    figure: CalibrationFigure

    def __init__(
        self,
        tasks: Mapping[str, Sequence[Mapping[str, Any]]],
        alpha: float | None = None,
        task: str | None = None,
    ) -> None:
        self._names = {name: name for name in tasks}
        for name, runs in tasks.items():
            for run in runs:
                if missing := [key for key in KEPT if key not in run]:
                    raise ValueError(
                        f"tasks must have {missing[0]!r} in each run, {name!r} has not"
                    )
        alphas = {name: [scalar(run["alpha"]) for run in runs] for name, runs in tasks.items()}
        self._alphas = _evenly_spaced(alphas)
        figure = CalibrationFigure(
            tasks=[[_stored(name, run) for run in runs] for name, runs in tasks.items()],
            task_index=0 if task is None else place_of("task", task, self._names),
            alpha=self._alphas[0] if alpha is None else self._stored(alpha),
        )
        first, last = self._alphas[0], self._alphas[-1]
        step = round((last - first) / (len(self._alphas) - 1), 9)
        controls = {
            "alpha": slider("α", value=figure.alpha, role="p", min=first, max=last, step=step),
            "task_index": ipywidgets.ToggleButtons(
                options=list(tasks), index=figure.task_index, description="labels"
            ),
        }
        super().__init__(figure, controls)

    def _stored(self, alpha: float) -> float:
        alpha = scalar(alpha)
        nearest = min(self._alphas, key=lambda stored: abs(stored - alpha))
        if abs(nearest - alpha) > 1e-9:
            raise ValueError(f"alpha must be one of {self._alphas}, got {alpha!r}")
        return nearest

    @property
    def task(self) -> str:
        """The task shown."""
        return list(self._names)[self.figure.task_index]

    @task.setter
    def task(self, name: str) -> None:
        self.figure.task_index = place_of("task", name, self._names)

    @property
    def alpha(self) -> float:
        """The α of the run shown."""
        return float(self.run["alpha"])

    @alpha.setter
    def alpha(self, value: float) -> None:
        self.figure.alpha = self._stored(value)

    @property
    def run(self) -> dict[str, Any]:
        """The stored results shown."""
        runs: list[dict[str, Any]] = self.figure.tasks[self.figure.task_index]
        return min(runs, key=lambda run: abs(run["alpha"] - self.figure.alpha))

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

    def alternative(self) -> str:
        counts = np.array(self.run["bin_count"])
        return (
            f"A reliability diagram of {counts.size} bins of confidence, with bars of accuracy "
            "beside the line where both are equal. "
            f"With α = {self.alpha:.2f} the mean confidence is {self.confidence:.3f} and the "
            f"accuracy {self.accuracy:.3f}; the bin with most samples is "
            f"{counts.max() / counts.sum():.2f} of all. The expected calibration error is "
            f"{self.ece:.3f}."
        )

    def still(self) -> StillFigure:
        figure, (top, bottom) = still_figure(5.6, panels=2)
        confidence, accuracy, share = _bins(self.run)
        edges = np.arange(share.size) / share.size
        top.bar(edges, accuracy, 0.9 / share.size, align="edge", color=plots.P_COLOR)
        top.vlines(confidence, accuracy, confidence, color=plots.Q_COLOR)
        top.plot([0, 1], [0, 1], ":", color=plots.QUIET, linewidth=1.5)
        over = self.confidence > self.accuracy
        where = "too sure: bars under the line" if over else "not sure enough: bars over the line"
        top.annotate(where, (0.02, 0.94), weight="bold")
        top.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.05))
        errors = [_error(run) for run in self.figure.tasks[self.figure.task_index]]
        bottom.plot(self._alphas, errors, color=plots.QUIET)
        bottom.plot([self.alpha], [self.ece], "o", color=plots.Q_COLOR, markersize=8)
        plots.label_line(bottom, self.alpha, self.ece, f"{self.ece:.3f}", offset=(8, 10))
        bottom.set(xlabel="α", ylabel="calibration error")
        bottom.set_ylim(0, 1.15 * max(errors))
        return figure


def _stored(name: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run as plain numbers, with None for the means of empty bins: JSON has no NaN."""
    stored: dict[str, Any] = {}
    for key in KEPT:
        what = f"{key!r} of a run of {name!r}"
        if not key.startswith("bin_"):
            stored[key] = require_number(what, run[key], -math.inf)
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


def _evenly_spaced(alphas: Mapping[str, Sequence[Any]]) -> list[float]:
    """Return the α that all tasks share, as a slider's places."""
    rows = list(alphas.values())
    if not rows or len(rows[0]) < 2:
        raise ValueError("tasks must have at least one task with two runs")
    steps = np.diff(np.asarray(rows[0], dtype=np.float64))
    if any(row != rows[0] for row in rows) or steps[0] <= 0 or np.ptp(steps) > 1e-9:
        raise ValueError(f"tasks must have the same rising, evenly spaced alpha, got {alphas}")
    return [float(alpha) for alpha in rows[0]]


def _bins(run: Mapping[str, Any]) -> tuple[NDArray[np.float64], ...]:
    """Return confidence, accuracy (NaN in empty bins) and share of all, per bin."""
    count = np.asarray(run["bin_count"], dtype=np.float64)
    means = (np.array(run[key], dtype=np.float64) for key in ("bin_confidence", "bin_accuracy"))
    return (*means, count / count.sum())


def _error(run: Mapping[str, Any]) -> float:
    confidence, accuracy, share = _bins(run)
    return float(np.nansum(share * np.abs(accuracy - confidence)))
