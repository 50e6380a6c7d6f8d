"""Loss curves of training runs, one of them selected, with its loss's floor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lossutils._checks import require_number
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Data, Whole, scalar

CURVES = ("training", "test", "accuracy")
DIGITS = 4  # the digits kept: as far as runs on two machines agree


def _curves(runs: Any) -> dict[str, dict[str, list[float]]]:
    if not isinstance(runs, Mapping) or not runs:
        raise ValueError(f"runs must hold at least one run, by its name, got {runs!r}")
    lengths = {}
    for name, curves in runs.items():
        for key in CURVES:
            if key not in curves:
                raise ValueError(f"runs must have {key!r} in each run, {name!r} lacks it")
            if not all(math.isfinite(value) for value in curves[key]):
                raise ValueError(f"runs must be finite, {key!r} of {name!r} is not")
            lengths[f"{name}, {key}"] = len(curves[key])
    if min(lengths.values()) < 2 or len(set(lengths.values())) > 1:
        raise ValueError(f"runs must have curves of one length, 2 or more, got {lengths}")
    return {
        name: {key: [round(float(value), DIGITS) for value in curves[key]] for key in CURVES}
        for name, curves in runs.items()
    }


def _levels(floors: Any) -> dict[str, float]:
    if not isinstance(floors, Mapping):
        raise TypeError(f"floors must give each run's name a number, got {floors!r}")
    return {
        name: round(require_number("floors", scalar(floor), 0.0), DIGITS)
        for name, floor in floors.items()
    }


class Floors(Data):
    """A floor for any of the runs, by its name."""

    def checked(self, explorer: Any, value: Any) -> Any:
        if unknown := set(value) - set(explorer.runs):
            names = ", ".join(map(repr, explorer.runs))
            raise ValueError(f"floors must be of the runs {names}, got {min(unknown)!r}")
        return value

    def fitted(self, explorer: Any, value: Any) -> Any:
        return {name: floor for name, floor in value.items() if name in explorer.runs}


class TrainingExplorer(Explorer):
    """Choose one of several runs and read its loss, epoch by epoch, against its floor."""

    runs = Data(
        check=_curves,
        kind="mapping of str to mapping",
        help=(
            'For each run, by its name, the losses "training" and "test", in nats, and the '
            '"accuracy" on test data, from 0 to 1: what each was before the first epoch and after '
            "every one."
        ),
    )
    floors = Floors(
        lambda self: {},
        check=_levels,
        kind="mapping of str to float",
        help="How low a run's loss could go, by the run's name, as far as it is known.",
    )
    run = Choice(
        lambda self: next(iter(self.runs)),
        lambda self: self.runs.keys(),
        label="run",
        help="The selected run; by default the first.",
    )
    kind = Choice("training", CURVES[:2], label="loss", help="Which of its losses to read.")
    epoch = Whole(
        lambda self: self.last,
        0,
        lambda self: self.last,
        label="epoch",
        play=True,
        help="After which epoch; 0 is before the first. By default the last.",
    )
    presets = {
        "before training": {"epoch": 0},
        "lowest test loss": lambda self: {
            "run": self.run,
            "kind": "test",
            "epoch": min(range(self.last + 1), key=self.runs[self.run]["test"].__getitem__),
        },
        "the end": lambda self: {"run": self.run, "epoch": self.last},
    }

    @property
    def last(self) -> int:
        """How many epochs the runs have."""
        return len(next(iter(self.runs.values()))["test"]) - 1

    @property
    def loss(self) -> float:
        """The selected loss, in nats."""
        return float(self.runs[self.run][self.kind][self.epoch])

    @property
    def floor(self) -> float:
        """How low this run's loss could go, in nats; NaN where no floor is given."""
        return float(self.floors.get(self.run, math.nan))

    @property
    def above(self) -> float:
        """How far the loss is above its floor, in nats; NaN where no floor is given."""
        return self.loss - self.floor

    @property
    def change(self) -> float:
        """The epoch's change in the loss, in nats; NaN before the first."""
        if self.epoch == 0:
            return math.nan
        return self.loss - float(self.runs[self.run][self.kind][self.epoch - 1])

    @property
    def accuracy(self) -> float:
        """The share of test data that is classified correctly."""
        return float(self.runs[self.run]["accuracy"][self.epoch])
