"""The explorer of training runs: the values of a run, what it refuses, and what it keeps of the numbers."""

import math

import pytest

from lossutils.widgets import TrainingExplorer
from lossutils.widgets.explorers.training import CURVES

RUNS = {
    "plain": {
        "running": [math.nan, 1.5, 0.4],  # more than is asked for does no harm
        "training": [2.3, 0.8, 0.123456],
        "test": [2.4, 0.9, 0.5],
        "accuracy": [0.1, 0.8, 0.95],
    },
    "floored": {
        "training": [2.3, 2.0, 1.5],
        "test": [2.3, 2.1, 1.6],
        "accuracy": [0.1, 0.6, 0.875],
    },
}
FLOORS = {"floored": math.log(1 + 9 / math.e)}


def changed(name, **curves):
    return {**RUNS, name: {**RUNS[name], **curves}}


def test_it_begins_at_the_end_of_the_first_run():
    explorer = TrainingExplorer(RUNS, FLOORS)
    assert (explorer.run, explorer.kind, explorer.epoch) == ("plain", "training", 2)
    assert explorer.loss == 0.1235  # to four digits
    assert math.isnan(explorer.floor)
    assert math.isnan(explorer.above)
    assert explorer.change == pytest.approx(0.1235 - 0.8, abs=1e-15)
    assert explorer.accuracy == 0.95


def test_run_kind_and_epoch_can_be_set():
    explorer = TrainingExplorer(RUNS, FLOORS, run="floored", kind="test", epoch=1)
    assert (explorer.loss, explorer.accuracy) == (2.1, 0.6)
    assert explorer.floor == 1.4612
    assert explorer.above == pytest.approx(2.1 - 1.4612, abs=1e-15)
    explorer.epoch = 0
    assert math.isnan(explorer.change)
    explorer.kind, explorer.run = "training", "plain"
    assert explorer.loss == 2.3


def test_a_single_run_leaves_no_choice_of_runs():
    explorer = TrainingExplorer({"the log": RUNS["plain"]})
    assert list(explorer.controls) == ["kind_index", "epoch"]


def test_its_data_are_not_written_out():
    assert repr(TrainingExplorer(RUNS, run="floored")) == (
        "TrainingExplorer(runs=…, floors={}, run='floored', kind='training', epoch=2)"
    )


def test_a_page_holds_what_is_drawn_and_no_more():
    explorer = TrainingExplorer(RUNS, FLOORS)
    for run in explorer.figure.runs.values():
        assert set(run) == set(CURVES)


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ({}, "runs must hold at least one run, by its name, got {}"),
        (changed("plain", test=[1.0, 2.0]), r"one length, 2 or more, got .*'plain, test': 2"),
        ({"one": {key: [1.0] for key in CURVES}}, "curves of one length, 2 or more"),
        (changed("plain", test=[1, 2, math.nan]), "runs must be finite, 'test' of 'plain' is not"),
        (
            {"plain": {"training": [1.0, 0.5], "test": [1.0, 0.5]}},
            "runs must have 'accuracy' in each run, 'plain' lacks it",
        ),
    ],
)
def test_runs_that_are_refused(runs, message):
    with pytest.raises(ValueError, match=message):
        TrainingExplorer(runs)


def test_other_runs_leave_what_still_applies():
    explorer = TrainingExplorer(RUNS, FLOORS, run="floored", kind="test")
    longer = {key: [0.5] * 5 for key in CURVES}
    explorer.runs = {"one": longer, "floored": longer}
    assert (explorer.run, explorer.floor, explorer.kind, explorer.epoch) == (
        "floored",
        1.4612,
        "test",
        2,
    )
    control = explorer.controls["run_index"]
    assert (control.options, control.index) == (("one", "floored"), 1)
    assert explorer.controls["epoch"].max == 4
    explorer.runs = {"one": {key: [0.5] * 2 for key in CURVES}}
    assert (explorer.run, explorer.floors, explorer.epoch) == ("one", {}, 1)
    with pytest.raises(ValueError, match="run must be one of 'one', got 'floored'"):
        explorer.run = "floored"


@pytest.mark.parametrize(
    ("floors", "error", "message"),
    [
        ({"other": 1.0}, ValueError, "floors must be of the runs 'plain', 'floored', got 'other'"),
        ({"plain": -1.0}, ValueError, "floors must be finite and at least 0, got -1.0"),
        ({"plain": "low"}, TypeError, "floors must be a number, got 'low'"),
    ],
)
def test_floors_that_are_refused(floors, error, message):
    with pytest.raises(error, match=message):
        TrainingExplorer(RUNS, floors)
