"""Loss curves of training runs, one of them selected, with its loss's floor."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from lossutils import plots
from lossutils.widgets.before import (
    STATIC,
    Explorer,
    Figure,
    place_of,
    require_number,
    still_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure

CURVES = ("training", "test", "accuracy")
KINDS = {kind: kind for kind in CURVES[:2]}
DIGITS = 4  # the digits kept: as far as runs on two machines agree


class TrainingFigure(Figure):
    _esm = STATIC / "training.js"
    _explorer = traitlets.Unicode("training").tag(sync=True)
    runs: traitlets.List[Any] = traitlets.List().tag(sync=True)
    run_index = traitlets.Int(0, min=0).tag(sync=True)
    kind_index = traitlets.Int(0, min=0, max=1).tag(sync=True)
    epoch = traitlets.Int(0, min=0).tag(sync=True)


class TrainingExplorer(Explorer):
    """Choose one of several runs and read its loss, epoch by epoch, against its floor.

    Parameters
    ----------
    runs : mapping of str to mapping
        For each run, by its name, the losses "training" and "test", in nats, and the "accuracy" on
        test data, from 0 to 1: what each was before the first epoch and after every one.
    floors : mapping of str to float, optional
        How low a run's loss could go, by the run's name; by default 0.
    run : str, optional
        The run selected at first; by default the first.
    kind : {"training", "test"}
        Which of its losses to read.
    epoch : int, optional
        After which epoch; by default the last.

    Raises
    ------
    ValueError, TypeError
        If a run lacks a curve, the curves differ in length or hold anything but finite numbers, a
        floor belongs to no run, or a setting is not one of these.
    """

    figure: TrainingFigure

    def __init__(
        self,
        runs: Mapping[str, Mapping[str, Sequence[float]]],
        floors: Mapping[str, float] | None = None,
        run: str | None = None,
        kind: str = "training",
        epoch: int | None = None,
    ) -> None:
        floors = {} if floors is None else floors
        self._names = {name: name for name in runs}
        self._last = _epochs(runs)
        for name in floors:
            place_of("each name in floors", name, self._names)
        self.figure = TrainingFigure(
            runs=[
                {
                    "name": name,
                    "floor": round(require_number("floors", floors.get(name, 0.0), 0.0), DIGITS),
                    **{key: [round(float(v), DIGITS) for v in curves[key]] for key in CURVES},
                }
                for name, curves in runs.items()
            ]
        )
        self.run = next(iter(runs)) if run is None else run
        self.kind = kind
        self.epoch = self._last if epoch is None else epoch
        controls: dict[str, ipywidgets.Widget] = {}
        if len(runs) > 1:
            controls["run_index"] = ipywidgets.ToggleButtons(
                options=list(runs), index=self.figure.run_index, description="run"
            )
        controls |= {
            "kind_index": ipywidgets.ToggleButtons(
                options=list(KINDS), index=self.figure.kind_index, description="loss"
            ),
            "epoch": ipywidgets.IntSlider(
                value=self.figure.epoch, min=0, max=self._last, description="epoch"
            ),
        }
        super().__init__(self.figure, controls)

    @property
    def run(self) -> str:
        """The name of the selected run."""
        return list(self._names)[self.figure.run_index]

    @run.setter
    def run(self, name: str) -> None:
        self.figure.run_index = place_of("run", name, self._names)

    @property
    def kind(self) -> str:
        """Which of its losses to read: "training" or "test"."""
        return list(KINDS)[self.figure.kind_index]

    @kind.setter
    def kind(self, name: str) -> None:
        self.figure.kind_index = place_of("kind", name, KINDS)

    @property
    def epoch(self) -> int:
        """After which epoch; 0 is before the first."""
        return int(self.figure.epoch)

    @epoch.setter
    def epoch(self, value: int) -> None:
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(f"epoch must be a whole number, got {value!r}") from None
        if not 0 <= number <= self._last:
            raise ValueError(f"epoch must be in [0, {self._last}], got {number}")
        self.figure.epoch = number

    def _chosen(self) -> dict[str, Any]:
        chosen: dict[str, Any] = self.figure.runs[self.figure.run_index]
        return chosen

    @property
    def loss(self) -> float:
        """The selected loss, in nats."""
        return float(self._chosen()[self.kind][self.epoch])

    @property
    def floor(self) -> float:
        """How low this run's loss could go, in nats."""
        return float(self._chosen()["floor"])

    @property
    def above(self) -> float:
        """How far the loss is above its floor, in nats."""
        return self.loss - self.floor

    @property
    def change(self) -> float:
        """The epoch's change in the loss, in nats; NaN before the first."""
        if self.epoch == 0:
            return math.nan
        return self.loss - float(self._chosen()[self.kind][self.epoch - 1])

    @property
    def accuracy(self) -> float:
        """The share of test data that is classified correctly."""
        return float(self._chosen()["accuracy"][self.epoch])

    def alternative(self) -> str:
        above = f"{self.above:.3f}".replace("-", "minus ")
        count = len(self._names)
        runs = "one run" if count == 1 else f"{count} runs"
        return (
            f"Loss curves of {runs} over {self._last} epochs, the run “{self.run}” "
            f"in bold, its floor a level line at {self.floor:.3f} nats. After epoch {self.epoch} its "
            f"{self.kind} loss is {self.loss:.3f}, {above} above the floor, and of the test "
            f"pictures {100 * self.accuracy:.1f} % are right."
        )

    def still(self) -> StillFigure:
        figure, axes = still_figure(3.6)
        for run in self.figure.runs:
            axes.plot(run[self.kind], color=plots.QUIET, linewidth=1.5, alpha=0.4)
        chosen = self._chosen()
        other = "test" if self.kind == "training" else "training"
        axes.plot(chosen[other], color=plots.QUIET, linewidth=1.5)
        axes.plot(chosen[self.kind], color=plots.Q_COLOR)
        axes.plot([self.epoch], [self.loss], "o", color=plots.Q_COLOR, markersize=8)
        axes.axhline(self.floor, color=plots.P_COLOR, linestyle=":")
        plots.label_line(
            axes,
            self._last,
            self.floor,
            f"floor {self.floor:.3f}",
            color=plots.P_COLOR,
            offset=(0, -9 if self.floor > 0.2 else 9),
            align="right",
        )
        late = self.epoch > self._last / 2
        plots.label_line(
            axes,
            self.epoch,
            self.loss,
            f"{self.run} {self.loss:.3f}",
            color=plots.Q_COLOR,
            offset=(-4 if late else 10, 14),
            align="right" if late else "left",
        )
        axes.set(xlabel="epoch", ylabel="loss, nats", ylim=(0, None))
        axes.xaxis.get_major_locator().set_params(integer=True)
        return figure


def _epochs(runs: Mapping[str, Mapping[str, Sequence[float]]]) -> int:
    """Return how many epochs the runs have, or refuse them."""
    if not runs:
        raise ValueError("runs must hold at least one run, got none")
    lengths = {}
    for name, curves in runs.items():
        for key in CURVES:
            if key not in curves:
                raise ValueError(f"runs must have {key!r} in each run, {name!r} has not")
            if not all(math.isfinite(value) for value in curves[key]):
                raise ValueError(f"runs must be finite, {key!r} of {name!r} is not")
            lengths[f"{name}, {key}"] = len(curves[key])
    count = next(iter(lengths.values()))
    if count < 2 or set(lengths.values()) != {count}:
        raise ValueError(f"runs must have curves of one length, 2 or more, got {lengths}")
    return count - 1
