"""What explorers are given: numbers of every library, never NaN, and shown with their digits."""

from __future__ import annotations

import inspect
import json
import math
import warnings

import array_api_strict
import ipywidgets
import numpy as np
import pytest
import torch

import lossutils.widgets
from lossutils import reliability, softmax
from lossutils.widgets import (
    CalibrationExplorer,
    CrossEntropyExplorer,
    EntropyExplorer,
    KLExplorer,
    SmoothingExplorer,
    SoftmaxExplorer,
    WeightedMeanExplorer,
)
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice

OF_DISTRIBUTIONS = {
    EntropyExplorer: ("p",),
    KLExplorer: ("p", "q"),
    CrossEntropyExplorer: ("p", "q"),
    SmoothingExplorer: ("p", "q"),
}
ALL = [
    getattr(lossutils.widgets, name)
    for name in lossutils.widgets.__all__
    if name.endswith("Explorer")
]
# Every explorer that can be made of nothing, with those of its settings that are numbers.
NUMBERS = [
    (kind, name, parameter.default)
    for kind in ALL
    for name, parameter in inspect.signature(kind).parameters.items()
    if isinstance(parameter.default, float)
    and not isinstance(kind.class_traits().get(name), Choice)  # one of a few, to the last digit
    and all(p.default is not p.empty for p in inspect.signature(kind).parameters.values())
]
LIBRARIES = {
    "float32 array": lambda values: np.asarray(values, dtype=np.float32),
    "float16 array": lambda values: np.asarray(values, dtype=np.float16),
    "tensor": lambda values: torch.tensor(values, dtype=torch.float64),
    "float32 tensor": torch.tensor,
    "bfloat16 tensor": lambda values: torch.tensor(values, dtype=torch.bfloat16),
    "tensor with a gradient": lambda values: torch.tensor(values, requires_grad=True),
    "array of another library": array_api_strict.asarray,
}


def saved(explorer: Explorer) -> str:
    """Return the figure's state as it stands in a notebook; NaN is an error in it."""
    return json.dumps(
        {k: v for k, v in explorer.figure.get_state().items() if k not in ("_esm", "_css")},
        allow_nan=False,
        default=str,
    )


def test_every_explorer_with_numbers_is_here() -> None:
    assert len(NUMBERS) > 12
    assert len({kind for kind, _, _ in NUMBERS}) > 9


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", OF_DISTRIBUTIONS)
def test_distributions_of_every_library_are_accepted(kind: type[Explorer], library: str) -> None:
    p = LIBRARIES[library]([0.1, 0.2, 0.3, 0.4])
    narrow = library in ("float16 array", "bfloat16 tensor")
    explorer = kind(**dict.fromkeys(OF_DISTRIBUTIONS[kind], p))
    for name in OF_DISTRIBUTIONS[kind]:
        shown = getattr(explorer, name)
        assert shown == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=2e-3 if narrow else 1e-7)
        assert shown.sum() == pytest.approx(1, abs=1e-15)
    saved(explorer)


@pytest.mark.parametrize("logits", [torch.randn(5), torch.randn(4).half(), torch.arange(3.0)])
def test_every_explorer_accepts_what_softmax_returns(logits: torch.Tensor) -> None:
    for given in (softmax(logits), softmax(logits.float()).tolist(), softmax(logits.numpy())):
        assert EntropyExplorer(given).entropy > 0


@pytest.mark.parametrize("library", LIBRARIES)
def test_logits_and_weights_of_every_library_are_accepted(library: str) -> None:
    values = LIBRARIES[library]([2.0, 1.0, 0.5])
    explorer = SoftmaxExplorer(values)
    assert explorer.logits.tolist() == [2, 1, 0.5]
    explorer.logits = LIBRARIES[library]([1.0, 1.0, 1.0])
    assert explorer.q == pytest.approx(np.full(3, 1 / 3))
    assert WeightedMeanExplorer(values).weights.tolist() == [2, 1, 0.5]


@pytest.mark.parametrize(("kind", "name", "value"), NUMBERS)
def test_a_number_may_be_an_array_or_a_tensor_and_is_never_nan(
    kind: type[Explorer], name: str, value: float
) -> None:
    own = array_api_strict.asarray(value)
    for given in (
        np.float64(value),
        np.array(value),
        torch.tensor(value, dtype=torch.float64),
        own,
    ):
        explorer = kind(**{name: given})
        assert getattr(explorer, name) == value
        saved(explorer)
    near = kind(**{name: np.float32(value)})
    assert getattr(near, name) == pytest.approx(value, rel=1e-6)
    explorer = kind()
    for wrong in (math.nan, math.inf, torch.tensor(math.nan)):
        with pytest.raises(ValueError, match=name):
            kind(**{name: wrong})
        with pytest.raises(ValueError, match=name):
            setattr(explorer, name, wrong)
    assert getattr(explorer, name) == value


def runs(convert=lambda values: values):
    q = np.array([[0.9, 0.1], [0.8, 0.2], [0.55, 0.45], [0.3, 0.7]])
    y = np.array([0, 1, 0, 1])
    confidence, accuracy, count = reliability(convert(q), convert(y), bins=10)
    each = {"accuracy": 0.75, "confidence": 0.7, "nll": 0.6}
    bins = {"bin_confidence": confidence, "bin_accuracy": accuracy, "bin_count": count}
    return [{"alpha": alpha, **each, **bins} for alpha in (0.0, 0.1)]


@pytest.mark.parametrize("convert", [np.asarray, torch.as_tensor, lambda v: v.tolist()])
def test_what_reliability_returns_is_shown(convert) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explorer = CalibrationExplorer({"all": runs(convert)})
    state = json.loads(saved(explorer))
    assert state["tasks"]["all"][0]["bin_accuracy"].count(None) == 6  # of ten bins
    q, y = [[0.9, 0.1], [0.8, 0.2], [0.55, 0.45], [0.3, 0.7]], [0, 1, 0, 1]
    assert explorer.ece == pytest.approx(
        lossutils.expected_calibration_error(q, y, bins=10), abs=1e-12
    )


@pytest.mark.parametrize("key", ["bin_confidence", "bin_accuracy"])
def test_a_mean_is_missing_in_empty_bins_only(key: str) -> None:
    broken = [{**run, key: np.full(10, np.nan)} for run in runs()]
    with pytest.raises(ValueError, match=f"'{key}' must be NaN in empty bins only"):
        CalibrationExplorer({"all": broken})


@pytest.mark.parametrize("key", ["accuracy", "confidence", "nll"])
def test_a_runs_nan_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=f"'{key}' of a run of 'all' must be finite"):
        CalibrationExplorer({"all": [{**run, key: math.nan} for run in runs()]})


def test_a_one_hot_p_has_no_sliders_and_its_old_value_comes_back() -> None:
    explorer = CrossEntropyExplorer((0.5, 0.3, 0.2), one_hot=True)
    of_p = [explorer.controls[f"p_{k}"] for k in range(6)]
    of_q = [explorer.controls[f"q_{k}"] for k in range(6)]
    assert [control.disabled for control in of_p] == [True] * 6
    assert [control.disabled for control in of_q] == [False] * 3 + [True] * 3
    explorer.one_hot = False
    figure = explorer.figure
    assert [getattr(figure, f"fixed_{k}") for k in range(6)] == [False] * 3 + [True] * 3
    assert explorer.p.tolist() == [0.5, 0.3, 0.2]


@pytest.mark.parametrize("kind", [kind for kind, _, _ in dict.fromkeys(NUMBERS)])
def test_jupyters_sliders_write_numbers_with_their_own_digits(
    kind: type[Explorer],
) -> None:
    """A fixed number of them would show 0.125 as 0.13."""
    for control in kind().controls.values():
        if isinstance(control, (ipywidgets.FloatSlider, ipywidgets.FloatLogSlider)):
            specifier = control.readout_format
            assert specifier in (".4", ".2", ",.0f", ".0%"), control.description
