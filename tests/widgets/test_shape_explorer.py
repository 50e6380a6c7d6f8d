"""The explorer of shapes and reductions: against PyTorch, and Python against JavaScript."""

import itertools
import math

import numpy as np
import pytest
import torch

from lossutils.widgets import ShapeExplorer
from lossutils.widgets.explorers.shape import CASES, IMAGE, REDUCTIONS

LAST = {"(C,)": 0, "(N, C)": 1, IMAGE: 8}
EVERY = [
    (case, element, reduction)
    for case, last in LAST.items()
    for element, reduction in itertools.product(range(last + 1), REDUCTIONS)
]


def test_the_numbers_of_the_chapter():
    explorer = ShapeExplorer()
    assert explorer.input.shape == (1, 2, 3, 3)
    assert round(explorer.result, 4) == 0.6898
    assert round(explorer.losses[0, 0, 0], 4) == 0.6095
    explorer.case = "(N, C)"
    assert explorer.losses.tolist() == [-3, -9]
    assert explorer.result == -6
    explorer.reduction = "sum"
    assert explorer.result == -12
    explorer.reduction = "none"
    assert explorer.result.tolist() == [-3, -9]
    explorer.case = "(C,)"
    assert explorer.result.shape == ()
    assert explorer.result == -3


@pytest.mark.parametrize(("case", "element", "reduction"), EVERY)
def test_losses_result_and_gradient_are_pytorchs(case, element, reduction):
    explorer = ShapeExplorer(case, element, reduction)
    loss = getattr(torch.nn.functional, CASES[case].loss)
    x = torch.tensor(explorer.input, requires_grad=True)
    y = torch.tensor(explorer.target)
    losses = loss(x, y, reduction="none")
    result = loss(x, y, reduction=reduction)
    whole = losses.flatten()[element] if reduction == "none" else result
    (gradient,) = torch.autograd.grad(whole, x)
    np.testing.assert_allclose(explorer.losses, losses.detach(), rtol=1e-13)
    np.testing.assert_allclose(explorer.result, result.detach(), rtol=1e-13)
    assert explorer.gradient == pytest.approx(gradient[explorer.entry].item(), rel=1e-13)
    # The entry is that of the target's class, and with "none" nothing outside its row is met.
    axis = min(1, x.ndim - 1)
    assert explorer.entry[axis] == explorer.target.flat[element]
    place = [slice(None) if k == axis else i for k, i in enumerate(explorer.entry)]
    if reduction == "none":
        met = torch.zeros_like(gradient)
        met[tuple(place)] = 1
        assert not (gradient * (1 - met)).any()


def test_values_read_are_copies():
    explorer = ShapeExplorer()
    explorer.input[:] = 0
    explorer.target[:] = 0
    assert explorer.input.max() == 0.8302
    assert explorer.target.sum() == 4


def test_another_case_keeps_the_element_where_it_can():
    explorer = ShapeExplorer(element=7)
    explorer.case = "(N, C)"
    assert explorer.element == 1
    with pytest.raises(ValueError, match=r"element must be in \[0, 1\], got 2"):
        explorer.element = 2
    explorer.case = "(C,)"
    assert (explorer.element, explorer.figure.element_off) == (0, True)
    explorer.case = IMAGE
    assert (explorer.element, explorer.figure.element_max, explorer.figure.element_off) == (
        0,
        8,
        False,
    )


@pytest.mark.parametrize(
    ("setting", "value", "error", "message"),
    [
        ("case", "(C, N)", ValueError, r"case must be one of '\(C,\)', .*, got '\(C, N\)'"),
        ("element", 9, ValueError, r"element must be in \[0, 8\], got 9"),
        ("element", -1, ValueError, r"element must be in \[0, 8\], got -1"),
        ("element", 1.5, TypeError, "element must be a whole number, got 1.5"),
        ("reduction", "batchmean", ValueError, "reduction must be one of 'none', 'mean', 'sum'"),
    ],
)
def test_bad_settings_are_refused_and_change_nothing(setting, value, error, message):
    with pytest.raises(error, match=message):
        ShapeExplorer(**{setting: value})
    explorer = ShapeExplorer()
    before = getattr(explorer, setting)
    with pytest.raises(error, match=message):
        setattr(explorer, setting, value)
    assert getattr(explorer, setting) == before


@pytest.mark.parametrize("case", CASES)
def test_the_controls_start_where_the_figure_is(case):
    explorer = ShapeExplorer(case, LAST[case], "sum")
    slider = explorer.controls["element"]
    assert (slider.value, slider.max) == (explorer.figure.element, explorer.figure.element_max)
    assert slider.value == LAST[case]
    assert slider.disabled == (case == "(C,)")
    assert explorer.controls["case_index"].index == list(CASES).index(case)
    assert explorer.controls["reduction_index"].index == 2


def test_javascript_finds_the_same_entries_and_computes_the_same(javascript):
    given = [(case,) for case in ShapeExplorer.constants["cases"]]
    cases = dict(zip(CASES, javascript("shape/math.js", "unfolded", given), strict=True))
    for name, case in CASES.items():
        rows = np.moveaxis(case.input, min(1, case.input.ndim - 1), -1)
        assert cases[name]["rows"] == rows.reshape(-1, rows.shape[-1]).tolist()
        assert cases[name]["target"] == case.target.ravel().tolist()
        assert cases[name]["shape"] == list(case.target.shape)
    asked = [({"now": cases[c], "element": e, "reduction": r},) for c, e, r in EVERY]
    outcomes = javascript("shape/math.js", "outcome", asked)
    for (case, element, reduction), answer in zip(EVERY, outcomes, strict=True):
        explorer = ShapeExplorer(case, element, reduction)
        np.testing.assert_allclose(answer["losses"], explorer.losses.ravel(), rtol=1e-12)
        assert answer["loss"] == answer["losses"][element]
        assert answer["gradient"] == pytest.approx(explorer.gradient, rel=1e-12)
        if reduction == "none":
            assert math.isnan(answer["result"])
        else:
            assert answer["result"] == pytest.approx(explorer.result, rel=1e-12)


def test_javascript_names_the_same_entries(javascript):
    places = [(name, n) for name, case in CASES.items() for n in range(case.target.size)]
    targets = [(CASES[name].target, n) for name, n in places]
    asked = [(target.shape, n, int(target.flat[n])) for target, n in targets]
    found = javascript("shape/math.js", "place", [*asked, *(one[:2] for one in asked)])
    entries, indices = found[: len(asked)], found[len(asked) :]
    for place, entry, index in zip(places, entries, indices, strict=True):
        explorer = ShapeExplorer(*place)
        assert entry == list(explorer.entry)
        axis = min(1, len(entry) - 1)
        assert index == [i for k, i in enumerate(entry) if k != axis]
