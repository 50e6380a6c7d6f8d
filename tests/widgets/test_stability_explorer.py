"""The explorer of rounding: against PyTorch's own dtypes, and Python against JavaScript."""

import itertools
import math

import numpy as np
import pytest
import torch

from lossutils.widgets import StabilityExplorer
from lossutils.widgets.explorers.stability import DTYPES, SIZE, TARGETS, naive, stable

TORCH = {name: getattr(torch, name) for name in DTYPES}
# PyTorch's exp and log of float32 are not always rounded correctly; its 16-bit ones are.
TOLERANCE = {"float64": 1e-13, "float32": 1e-6, "bfloat16": 0, "float16": 0}
SIZES = np.concatenate([np.geomspace(*SIZE, 250), np.arange(2, 120, 0.5)])


def numbers():
    """Return numbers of all magnitudes, halfway cases, and both sides of each dtype's ends."""
    rng = np.random.default_rng(1)
    x = [
        rng.standard_normal(4000) * 10.0 ** rng.integers(-48, 39, 4000),
        np.arange(-2000, 2000) / 16,
        1 + np.arange(2048) / 2**13,
        2.0 ** np.arange(-152, 128),
        65504 + np.arange(40.0),
        np.arange(200) * 2.0**-26,
        np.array([0, np.inf, -np.inf, np.nan, 3.3895e38, 3.39e38, 3.396e38]),
    ]
    return np.concatenate(x).astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("name", DTYPES)
def test_numbers_are_rounded_as_pytorch_rounds_them(name):
    x = numbers()
    with np.errstate(invalid="ignore"):
        rounded = DTYPES[name](x)
    expected = torch.tensor(x).to(torch.float32).to(TORCH[name]).to(torch.float64)
    np.testing.assert_array_equal(rounded, expected)


def test_float32_is_rounded_once_and_overflows_where_it_should():
    rng = np.random.default_rng(2)
    x = rng.standard_normal(3000) * 10.0 ** rng.integers(-46, 40, 3000)
    x = np.concatenate([x, [3.4028235e38, 3.4028235677e38, 3.5e38, 7e-46, 7.1e-46]])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(DTYPES["float32"](x), x.astype(np.float32))


def of_pytorch(size, target, dtype):
    """Return loss and gradient of both forms, every operation in the dtype."""
    z = torch.tensor([0.0, size], dtype=torch.float64).to(dtype).requires_grad_()
    powers = z.exp()
    loss = -(powers / powers.sum())[target].log()
    (gradient,) = torch.autograd.grad(loss, z)
    shifted = z.detach() - z.detach().max()
    right = -(shifted - shifted.exp().sum().log())[target]
    return loss.item(), gradient[1].item(), right.item()


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("name", DTYPES)
def test_both_forms_are_pytorchs_operation_by_operation(name, target):
    ours = np.stack(
        [*naive(SIZES, target, DTYPES[name]), stable(SIZES, target, DTYPES[name])[0]], axis=1
    )
    theirs = np.array([of_pytorch(size, target, TORCH[name]) for size in SIZES])
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE[name], atol=TOLERANCE[name])
    assert np.isnan(ours[:, 1]).sum() > 20


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("name", DTYPES)
def test_log_sum_exp_is_right_to_the_dtypes_last_digits(name, target):
    loss, gradient = stable(SIZES, target, DTYPES[name])
    exact = np.log1p(np.exp(-SIZES)) + (1 - target) * SIZES
    q = 1 / (1 + np.exp(-SIZES))
    digits = torch.finfo(TORCH[name]).eps
    np.testing.assert_allclose(loss, exact, rtol=digits, atol=2 * digits)
    # A rounded logit between 2 and 4 may be off by twice the last digit of 1.
    np.testing.assert_allclose(gradient, q - target, rtol=0, atol=2 * digits)
    z = torch.tensor([[0.0, s] for s in SIZES], dtype=torch.float64).to(TORCH[name])
    z.requires_grad_()
    each = torch.nn.functional.cross_entropy(z, torch.full((len(SIZES),), target), reduction="none")
    (theirs,) = torch.autograd.grad(each.sum(), z)
    np.testing.assert_allclose(gradient, theirs[:, 1].double(), rtol=0, atol=2 * digits)


def test_where_the_naive_form_breaks():
    explorer = StabilityExplorer()
    expected = {"float64": 709.7827, "float32": 88.7228, "bfloat16": 88.75, "float16": 11.0898}
    assert explorer.breaks == pytest.approx(expected, abs=1e-4)
    for target, is_broken in (("smaller", math.isinf), ("larger", math.isnan)):
        explorer.target = target
        for name, size in explorer.breaks.items():
            assert explorer.breaks[name] == pytest.approx(expected[name], abs=1e-4)
            explorer.size = size - 0.01
            assert math.isfinite(explorer.naive[name])
            explorer.size = size + 0.01
            assert is_broken(explorer.naive[name])
            assert math.isnan(explorer.naive_gradient[name])
            assert math.isfinite(explorer.stable[name])


def test_a_gradient_dies_before_its_loss_does():
    explorer = StabilityExplorer(10)
    assert explorer.naive["float16"] == pytest.approx(10, abs=0.01)
    assert explorer.naive_gradient["float16"] == 0
    assert explorer.stable_gradient["float16"] == pytest.approx(1, abs=0.001)
    explorer.size = 60
    assert explorer.naive["float32"] == pytest.approx(60)
    assert explorer.naive_gradient["float32"] == 0
    assert explorer.naive_gradient["float64"] == 1


def test_values_by_dtype():
    explorer = StabilityExplorer(1000, "smaller")
    assert list(explorer.naive) == list(DTYPES) == ["float64", "float32", "bfloat16", "float16"]
    assert set(explorer.naive.values()) == {math.inf}
    assert set(explorer.stable.values()) == {1000}
    explorer.target = "larger"
    assert np.isnan(list(explorer.naive.values())).all()
    assert set(explorer.stable.values()) == {0}


def test_a_logarithmic_slider_reaches_its_ends():
    explorer = StabilityExplorer()
    control = explorer.controls["size"]
    ends = [10**end for end in (control.min, control.max)]
    assert ends[1] > SIZE[1]
    for end, size in zip(ends, SIZE, strict=True):
        explorer.figure.size = end
        assert explorer.size == explorer.figure.size == size


def test_javascript_has_the_same_dtypes(javascript):
    dtypes = javascript("stability/math.js", "DTYPES")
    assert [dtype["name"] for dtype in dtypes] == list(DTYPES)


@pytest.mark.parametrize(("place", "name"), list(enumerate(DTYPES)))
def test_javascript_rounds_the_same(javascript, place, name):
    x = numbers()
    given = javascript("stability/math.js", f"DTYPES.{place}.round", [(v,) for v in x.tolist()])
    with np.errstate(invalid="ignore"):
        # A large whole number comes back as a Python int, with digits that no float has.
        np.testing.assert_array_equal(np.array(given, dtype=float), DTYPES[name](x))


def test_javascript_computes_the_same(javascript):
    module = "stability/math.js"
    roundings = [{"export": f"DTYPES.{place}.round"} for place in range(len(DTYPES))]
    ends = dict(zip(("min", "max"), SIZE, strict=True))
    asked = [(target, rounding, ends) for target in (0, 1) for rounding in roundings]
    limits = [limit for name in TARGETS for limit in StabilityExplorer(target=name).breaks.values()]
    assert javascript(module, "breaks", asked) == pytest.approx(limits)
    cases = list(itertools.product((0, 1), zip(roundings, DTYPES.values(), strict=True)))
    for form in (naive, stable):
        asked = [(s, target, rounding) for target, (rounding, _) in cases for s in SIZES.tolist()]
        outcomes = javascript(module, form.__name__, asked)
        found = [(outcome["loss"], outcome["gradient"]) for outcome in outcomes]
        expected = [np.transpose(form(SIZES, target, rounded)) for target, (_, rounded) in cases]
        np.testing.assert_allclose(found, np.concatenate(expected), atol=1e-12)
