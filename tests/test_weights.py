"""Class weights: what each scheme balances, how it is scaled, and what it refuses."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import array_api_strict
import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from lossutils import class_weights

SCALED_BY_CLASS = ["inverse", "inverse-sqrt", "effective-number"]
SCHEMES = ["balanced", *SCALED_BY_CLASS]
COUNTS = [900, 90, 10]

counts_lists = st.lists(st.integers(1, 10**9), min_size=1, max_size=20)


def ratios(weights: Any) -> Any:
    return weights / weights[0]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_library_gets_its_own_array_back(xp: Any, scheme: str, dtype: str) -> None:
    counts = xp.array(COUNTS, dtype)
    weights = class_weights(counts, scheme=scheme)
    assert weights.dtype == counts.dtype
    expected = class_weights(COUNTS, scheme=scheme)
    rtol = 1e-14 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(xp.numpy(weights), expected, rtol=rtol)


def test_the_device_is_kept() -> None:
    for scheme in SCHEMES:
        assert class_weights(torch.ones(3, device="meta"), scheme=scheme).device.type == "meta"


def test_lists_integers_and_fractions_are_counts() -> None:
    for counts in (COUNTS, tuple(COUNTS), np.array(COUNTS), [Fraction(n) for n in COUNTS]):
        assert class_weights(counts).tolist() == class_weights([900.0, 90.0, 10.0]).tolist()


@given(counts_lists)
def test_balanced_is_scikit_learns(counts: list[int]) -> None:
    # scikit-learn counts classes in a list of samples: repeat them in small proportions.
    counts = [1 + n % 50 for n in counts]
    samples = np.repeat(np.arange(len(counts)), counts)
    expected = compute_class_weight("balanced", classes=np.arange(len(counts)), y=samples)
    np.testing.assert_allclose(class_weights(counts), expected, rtol=1e-14)


@given(counts_lists)
def test_balanced_gives_each_class_its_share_and_the_samples_a_mean_of_1(counts: list[int]) -> None:
    weights = class_weights(counts)
    shares = np.array(counts) * weights
    np.testing.assert_allclose(shares, sum(counts) / len(counts), rtol=1e-14)
    assert np.sum(shares) == pytest.approx(sum(counts), rel=1e-14)


@given(counts_lists)
def test_scaling_against_overflow_changes_no_digit(counts: list[int]) -> None:
    n = np.array(counts, float)
    np.testing.assert_array_equal(class_weights(n), np.mean(n) / n)


@pytest.mark.parametrize("scheme", SCALED_BY_CLASS)
@given(counts=counts_lists)
def test_the_others_give_the_classes_a_mean_of_1(scheme: str, counts: list[int]) -> None:
    assert np.sum(class_weights(counts, scheme=scheme)) == pytest.approx(len(counts), rel=1e-14)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(counts=counts_lists)
def test_the_rarer_class_never_weighs_less(scheme: str, counts: list[int]) -> None:
    rarest_first = class_weights(sorted(counts), scheme=scheme)
    assert np.all(rarest_first > 0)
    assert np.all(np.diff(rarest_first) <= 1e-15 * rarest_first[:-1])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_equal_counts_have_weights_of_1(scheme: str) -> None:
    assert class_weights([7, 7, 7], scheme=scheme).tolist() == pytest.approx([1, 1, 1], rel=1e-15)
    assert class_weights([0.5], scheme=scheme).tolist() == [1]


@given(counts_lists)
def test_inverse_has_the_ratios_of_balanced_and_the_root_their_roots(counts: list[int]) -> None:
    balanced = ratios(class_weights(counts))
    inverse = ratios(class_weights(counts, scheme="inverse"))
    root = ratios(class_weights(counts, scheme="inverse-sqrt"))
    np.testing.assert_allclose(inverse, balanced, rtol=1e-14)
    np.testing.assert_allclose(root**2, balanced, rtol=1e-14)


@pytest.mark.parametrize("beta", [0.0, 1e-300, 0.5, 0.9, 0.999, 0.9999, 1 - 1e-12, 1 - 2**-53])
def test_effective_numbers_agree_with_fifty_digits(beta: float) -> None:
    counts = [1, 2, 0.25, 37, 5000, 10**12]
    with mpmath.workdps(50):
        exact = [1 / ((1 - mpmath.mpf(beta) ** n) / (1 - mpmath.mpf(beta))) for n in counts]
        mean = sum(exact) / len(exact)
        expected = [float(w / mean) for w in exact]
    weights = class_weights(counts, scheme="effective-number", beta=beta)
    np.testing.assert_allclose(weights, expected, rtol=1e-12)


def test_effective_numbers_go_from_no_weights_to_inverse() -> None:
    none, nearly = (
        class_weights(COUNTS, scheme="effective-number", beta=beta) for beta in (0, 1 - 1e-12)
    )
    assert none.tolist() == [1, 1, 1]
    np.testing.assert_allclose(nearly, class_weights(COUNTS, scheme="inverse"), rtol=1e-8)
    default = class_weights(COUNTS, scheme="effective-number")
    assert default.tolist() == class_weights(COUNTS, scheme="effective-number", beta=0.999).tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_gradients_flow(scheme: str) -> None:
    counts = torch.tensor([4.0, 2.0, 1.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda n: class_weights(n, scheme=scheme), counts)


BAD_COUNTS = [
    ([5, 0, 3], ValueError, "counts must be positive, got counts[1] = 0: no weight makes up for"),
    (torch.tensor([5.0, 3.0, 0.0]), ValueError, "counts must be positive, got counts[2] = 0"),
    (array_api_strict.asarray([0.0]), ValueError, "counts must be positive, got counts[0] = 0"),
    ([5, -1], ValueError, "counts must be finite and not negative, got counts[1] = -1"),
    ([5, math.nan], ValueError, "counts must be finite and not negative, got counts[1] = nan"),
    ([math.inf, 1], ValueError, "counts must be finite and not negative, got counts[0] = inf"),
    ([], ValueError, "counts must not be empty, got shape (0,)"),
    ([[3, 4]], ValueError, "counts must have one axis, the classes, got shape (1, 2)"),
    (3, ValueError, "counts must have at least one axis, got the single number 3.0"),
    (["3", "4"], TypeError, "counts must be an array of numbers, got text"),
    (
        {0: 3, 1: 4},
        TypeError,
        "counts must be an array of numbers, got a dict: give its values in order, list(counts",
    ),
    (None, TypeError, "counts must be an array of numbers"),
    ([3, 1j], TypeError, "counts must be real, got complex128"),
]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("counts", "error", "message"), BAD_COUNTS)
def test_bad_counts(counts: Any, error: type[Exception], message: str, scheme: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        class_weights(counts, scheme=scheme)


BAD_OPTIONS = [
    ({"scheme": "inverse_sqrt"}, ValueError, "'effective-number', got 'inverse_sqrt'"),
    ({"scheme": None}, ValueError, "scheme must be 'balanced', 'inverse', 'inverse-sqrt' or 'eff"),
    ({"scheme": np.array(["balanced"])}, ValueError, "scheme must be 'balanced', 'inverse', "),
    ({"beta": 1}, ValueError, 'beta must be below 1, got 1.0: its limit is scheme="inv'),
    ({"beta": 1.5}, ValueError, "beta must be in [0, 1], got 1.5"),
    ({"beta": -0.1}, ValueError, "beta must be in [0, 1], got -0.1"),
    ({"beta": math.nan}, ValueError, "beta must be in [0, 1], got nan"),
    ({"beta": "0.9"}, TypeError, "beta must be a number, got '0.9'"),
]


@pytest.mark.parametrize(("options", "error", "message"), BAD_OPTIONS)
def test_bad_options(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        class_weights(COUNTS, **options)


def test_huge_and_tiny_counts_keep_their_ratios(xp: Any) -> None:
    huge, tiny = 1e308, 5e-324
    cases = [
        ([huge, huge], {}, [1, 1]),
        ([huge] * 5, {"scheme": "inverse"}, [1] * 5),
        ([tiny, 1.0], {"scheme": "inverse"}, [2, 1e-323]),
        ([tiny, 1.0], {}, [math.inf, 0.5]),
        ([tiny, huge], {"scheme": "inverse-sqrt"}, [2, 2 * math.sqrt(tiny) / math.sqrt(huge)]),
        ([tiny, huge], {"scheme": "effective-number"}, [2, 1e-326]),
        ([tiny, 1.0, huge], {"scheme": "effective-number", "beta": 0}, [1, 1, 1]),
        ([huge, 1e300], {"scheme": "effective-number", "beta": 1e-300}, [1, 1]),
    ]
    for counts, options, expected in cases:
        with np.errstate(all="raise"):
            weights = xp.numpy(class_weights(xp.array(counts), **options))
        np.testing.assert_allclose(weights, expected, rtol=1e-13, atol=0)
    half = torch.full((4,), 6e4, dtype=torch.float16)
    for scheme in SCHEMES:
        for counts in (half, half.numpy()):
            weights = class_weights(counts, scheme=scheme)
            assert weights.tolist() == [1] * 4 and weights.dtype == counts.dtype


@pytest.mark.parametrize("scheme", SCHEMES)
def test_integers_are_counts_in_every_library(scheme: str) -> None:
    expected = class_weights([1, 3], scheme=scheme)
    y = torch.tensor([0, 1, 1, 1])
    for counts in (torch.bincount(y), torch.bincount(y).short(), array_api_strict.asarray([1, 3])):
        weights = class_weights(counts, scheme=scheme)
        np.testing.assert_allclose(np.asarray(weights), expected, rtol=1e-6)
    assert class_weights(torch.bincount(y)).dtype == torch.get_default_dtype()


def test_values_on_another_device_are_not_read() -> None:
    assert class_weights(torch.tensor([0.0, 1.0], device="meta")).shape == (2,)
