"""The explorers of label smoothing: values, and Python against JavaScript."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossutils import cross_entropy_loss
from lossutils.widgets import (
    CalibrationExplorer,
    LabelSmoothingExplorer,
    SmoothingWeightsExplorer,
)

CHAPTERS = Path(__file__).parents[2] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "label-smoothing.json").read_text(encoding="utf-8"))
TASKS = {name: task["runs"] for name, task in STORED["tasks"].items()}


def calibration(**options):
    return CalibrationExplorer(TASKS, **options)


# -- Label smoothing ---------------------------------------------------------------------------


def test_the_example_of_the_chapter():
    explorer = LabelSmoothingExplorer()
    assert explorer.target.round(4).tolist() == [0.9333, 0.0333, 0.0333]
    assert round(explorer.floor, 4) == 0.2911
    assert round(explorer.gap_at_floor, 3) == 3.332
    explorer.gap = explorer.gap_at_floor
    assert explorer.loss == pytest.approx(explorer.floor, abs=1e-15)
    assert explorer.slope == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("classes", [2, 6])
def test_loss_parts_and_slope_are_pytorchs(alpha, classes):
    explorer = LabelSmoothingExplorer(alpha, classes, gap=1.5)
    z = torch.tensor(explorer.logits, requires_grad=True)
    loss = F.cross_entropy(z, torch.tensor(0), label_smoothing=alpha)
    loss.backward()
    assert explorer.loss == pytest.approx(loss.item(), abs=1e-14)
    assert explorer.hard_part + explorer.even_part == pytest.approx(explorer.loss, abs=1e-14)
    # All of the gap is in the first logit.
    assert explorer.slope == pytest.approx(z.grad[0].item(), abs=1e-14)


def test_without_smoothing_the_floor_is_at_infinity():
    explorer = LabelSmoothingExplorer(alpha=0)
    assert explorer.floor == 0
    assert explorer.gap_at_floor == math.inf
    explorer.alpha = 1
    assert explorer.gap_at_floor == 0
    assert explorer.floor == pytest.approx(math.log(3))


# -- Smoothing and weights ---------------------------------------------------------------------


@pytest.mark.parametrize("weights", [(1, 5, 50), (1, 1, 1), (0.5, 100, 3)])
@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0])
def test_the_best_q_is_where_pytorchs_slope_is_0(weights, alpha):
    explorer = SmoothingWeightsExplorer(weights, alpha)
    assert explorer.weights.tolist() == list(weights)
    for y, best in enumerate(explorer.best):
        with np.errstate(divide="ignore"):
            logits = np.maximum(np.log(best), -60)
        z = torch.tensor(logits, requires_grad=True)
        w = torch.tensor(weights, dtype=torch.float64)
        loss = F.cross_entropy(
            z[None], torch.tensor([y]), weight=w, label_smoothing=alpha, reduction="sum"
        )
        loss.backward()
        np.testing.assert_allclose(z.grad.numpy(), 0, atol=1e-12)


def test_a_class_is_lost_exactly_beyond_the_threshold():
    explorer = SmoothingWeightsExplorer((1, 1, 27.9), alpha=0.1)
    assert explorer.threshold == pytest.approx(28)
    assert explorer.flipped == []
    explorer.weights = (1, 1, 28.1)
    assert explorer.flipped == ["a", "b"]
    explorer.alpha = 0
    assert explorer.threshold == math.inf
    assert explorer.flipped == []


# -- Calibration -------------------------------------------------------------------------------


def test_the_stored_runs_agree_with_themselves():
    for name, task in STORED["tasks"].items():
        assert [run["alpha"] for run in task["runs"]] == [round(0.02 * k, 2) for k in range(16)]
        for run in task["runs"]:
            explorer = CalibrationExplorer(TASKS, run["alpha"], name)
            count = np.array(run["bin_count"])
            assert count.sum() == task["test"]
            assert explorer.ece == pytest.approx(run["ece"], abs=2e-6)
            for mean, per_bin in (("accuracy", "bin_accuracy"), ("confidence", "bin_confidence")):
                values = np.array(run[per_bin], dtype=float)
                assert np.array_equal(np.isnan(values), count == 0)
                weighted = np.nansum(values * count) / count.sum()
                assert getattr(explorer, mean) == pytest.approx(weighted, abs=2e-6)


def test_alpha_and_task_can_be_set():
    explorer = calibration(task="noisy")
    assert (explorer.task, explorer.alpha) == ("noisy", 0.0)
    assert explorer.nll == TASKS["noisy"][0]["nll"]
    explorer.alpha = 0.3
    explorer.task = "clean"
    assert explorer.accuracy == TASKS["clean"][15]["accuracy"]
    explorer.figure.alpha = 0.1 + 1e-12  # as a slider adds up its steps
    assert explorer.alpha == 0.1
    with pytest.raises(ValueError, match="alpha must be one of"):
        explorer.figure.alpha = 0.11
    assert explorer.figure.alpha == 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0.11}, r"alpha must be one of \[0.0, 0.02, .*\], got 0.11"),
        ({"task": "other"}, "task must be one of 'clean', 'noisy', got 'other'"),
    ],
)
def test_values_that_are_not_stored_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        calibration(**options)
    ((name, value),) = options.items()
    with pytest.raises(ValueError, match=message):
        setattr(calibration(), name, value)


def test_other_runs_can_be_set_and_the_controls_follow():
    explorer = calibration(alpha=0.3, task="noisy")
    alpha, task = explorer.controls["alpha"], explorer.controls["task_index"]
    assert (alpha.min, alpha.max, alpha.step, alpha.value) == (0, 0.3, 0.02, 0.3)
    assert (task.options, task.index) == (("clean", "noisy"), 1)
    runs = [TASKS["clean"][k] for k in (0, 5, 10)]
    explorer.tasks = {"first": runs, "second": runs}
    assert (explorer.alpha, explorer.task) == (0.2, "first")
    assert (alpha.min, alpha.max, alpha.step, alpha.value) == (0, 0.2, 0.1, 0.2)
    assert (task.options, task.index) == (("first", "second"), 0)
    assert explorer.figure._settings["task"]["options"] == ["first", "second"]


def test_runs_that_cannot_make_a_slider_are_refused():
    run = TASKS["clean"][0]
    for tasks in ({}, {"one": [run]}):
        with pytest.raises(ValueError, match="at least one task with two runs"):
            CalibrationExplorer(tasks)
    uneven = [{**run, "alpha": alpha} for alpha in (0, 0.1, 0.3)]
    for tasks in ({"one": uneven}, {"one": uneven[:2], "other": uneven[1:]}):
        with pytest.raises(ValueError, match="same rising, evenly spaced alpha"):
            CalibrationExplorer(tasks)
    poor = [{k: v for k, v in each.items() if k != "nll"} for each in uneven[:2]]
    with pytest.raises(ValueError, match="tasks must have 'nll' in each run, 'one' lacks it"):
        CalibrationExplorer({"one": poor})


# -- JavaScript --------------------------------------------------------------------------------


def test_javascript_computes_the_same(javascript):
    rng = np.random.default_rng(6)
    alphas = [0.0, 1.0, *rng.random(100)]
    losses = [
        {"alpha": alpha, "classes": int(rng.integers(2, 7)), "gap": float(rng.uniform(-2, 8))}
        for alpha in alphas
    ]
    optima = [(alpha, (10 ** rng.uniform(-0.3, 2, 3)).tolist()) for alpha in alphas]
    runs = TASKS["noisy"]
    math = "label_smoothing/math.js"
    states = javascript(math, "lossAt", [question.values() for question in losses])
    places = [(question["alpha"], question["classes"]) for question in losses]
    floors, targets = (javascript(math, name, places) for name in ("floorOf", "smoothedTarget"))
    for question, state, floor, target in zip(losses, states, floors, targets, strict=True):
        answer = state | floor
        explorer = LabelSmoothingExplorer(**question)
        expected = {
            "loss": explorer.loss,
            "hard": explorer.hard_part,
            "even": explorer.even_part,
            "ce": float(cross_entropy_loss(explorer.logits, 0)),
            "slope": explorer.slope,
            "floor": explorer.floor,
            "gap": explorer.gap_at_floor,
        }
        for name, value in expected.items():
            assert answer[name] == pytest.approx(value, rel=1e-12, abs=1e-12), name
        np.testing.assert_allclose(answer["q"], explorer.q, atol=1e-12)
        np.testing.assert_allclose(target, explorer.target, atol=1e-12)

    math = "smoothing_weights/math.js"
    asked = [(*question, label) for question in optima for label in range(3)]
    bests = np.reshape(javascript(math, "optimum", asked), (-1, 3, 3))
    thresholds = javascript(math, "largestRatio", [(alpha, 3) for alpha in alphas])
    for (alpha, weights), best, threshold in zip(optima, bests, thresholds, strict=True):
        explorer = SmoothingWeightsExplorer(weights, alpha)
        np.testing.assert_allclose(best, explorer.best, atol=1e-12)
        assert threshold == pytest.approx(explorer.threshold, rel=1e-12)

    errors = javascript("calibration/math.js", "calibrationError", [(run,) for run in runs])
    expected = [CalibrationExplorer(TASKS, run["alpha"], "noisy").ece for run in runs]
    assert errors == pytest.approx(expected, abs=1e-12)
    beside = [(runs, "alpha", run["alpha"] + 0.009) for run in runs]
    assert javascript("calibration/math.js", "nearest", beside) == runs
