"""Entropy and its relatives: laws, special values, gradients, agreement with SciPy and PyTorch."""

from __future__ import annotations

import itertools
import json
import math
import tracemalloc
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch
from array_api_compat import torch as torch_namespace
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import lossutils._blocks
from lossutils import (
    brier_parts,
    brier_score,
    check_distribution,
    class_weights,
    conditional_entropy,
    cross_entropy,
    entropy,
    entropy_from_counts,
    joint_entropy,
    js_divergence,
    kl_divergence,
    mutual_information,
    perplexity,
    reliability,
    surprisal,
)
from lossutils._checks import tolerance

OF_ONE = [entropy, perplexity]
OF_TWO = [cross_entropy, kl_divergence, js_divergence]
OF_JOINT = [joint_entropy, conditional_entropy, mutual_information]


def random_distributions(*shape: int, seed: int = 0, zeros: float = 0.0) -> np.ndarray:
    """Return distributions along the last axis; about a share `zeros` of the entries are 0."""
    rng = np.random.default_rng(seed)
    weights = rng.exponential(size=shape) * (rng.random(shape) >= zeros)
    weights[..., 0] += 0.1  # some outcome must be possible
    return weights / weights.sum(axis=-1, keepdims=True)


@st.composite
def distributions(draw: st.DrawFn, number: int = 1) -> tuple[np.ndarray, ...]:
    """Draw `number` arrays of one shape with distributions along the last axis."""
    shape = draw(array_shapes(max_dims=3, max_side=6))
    weight = st.sampled_from([0.0, 1e-300, 1e-9, 1.0]) | st.floats(0, 1, width=32)
    found = []
    for _ in range(number):
        weights = draw(arrays(np.float64, shape, elements=weight))
        weights[..., -1] += 2.0**-20
        found.append(weights / weights.sum(axis=-1, keepdims=True))
    return tuple(found)


# -- the worked examples of the chapters -------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "nats", "bits"),
    [((0.5, 0.5), 0.6931, 1.0), ((0.9, 0.1), 0.3251, 0.4690), ((1.0, 0.0), 0.0, 0.0)],
)
def test_entropy_of_coins(xp: Any, p: tuple[float, float], nats: float, bits: float) -> None:
    coin = xp.array(p)
    assert round(float(entropy(coin)), 4) == nats
    assert round(float(entropy(coin, base=2)), 4) == bits


def test_surprisals_of_independent_events_add(xp: Any) -> None:
    p = xp.array([1 / 2, 1 / 6])
    bits = xp.numpy(surprisal(p, base=2))
    assert bits[0] == 1
    assert math.isclose(sum(bits), surprisal(1 / 12, base=2), rel_tol=1e-15)


# -- special values ----------------------------------------------------------------------------


def is_plus_zero(x: Any) -> bool:
    return float(x) == 0 and math.copysign(1, float(x)) == 1


@pytest.mark.parametrize("base", [None, 2, 10, 0.5])
@pytest.mark.parametrize("p", [[1.0], [1.0, 0.0], [0.0, 0.0, 1.0]])
def test_a_certain_outcome_has_entropy_plus_zero(
    xp: Any, p: list[float], base: float | None
) -> None:
    sure = xp.array(p)
    assert is_plus_zero(entropy(sure, base=base))
    assert all(is_plus_zero(f(sure, sure, base=base)) for f in OF_TWO)
    assert is_plus_zero(surprisal(xp.array(1.0), base=base))
    assert is_plus_zero(entropy_from_counts(sure, base=base))
    table = xp.array([p, [0.0 * p_k for p_k in p]])
    assert all(is_plus_zero(f(table, base=base)) for f in OF_JOINT)
    assert float(perplexity(sure)) == 1


def test_an_impossible_outcome_is_infinitely_surprising(xp: Any) -> None:
    assert float(surprisal(xp.array(0.0))) == math.inf
    p, q = xp.array([0.5, 0.5]), xp.array([1.0, 0.0])
    assert float(kl_divergence(p, q)) == float(cross_entropy(p, q)) == math.inf
    assert float(kl_divergence(p, q, base=2)) == math.inf
    assert float(kl_divergence(q, p, base=2)) == float(cross_entropy(q, p, base=2)) == 1


def test_an_outcome_of_probability_0_in_both_changes_nothing(xp: Any) -> None:
    p, q = [0.25, 0.75], [0.5, 0.5]
    for f in OF_TWO:
        longer = f(xp.array([*p, 0.0]), xp.array([*q, 0.0]))
        assert float(longer) == float(f(xp.array(p), xp.array(q)))


def test_the_smallest_numbers_are_not_treated_as_zero(xp: Any) -> None:
    tiny = 5e-324
    sure, almost = xp.array([1.0, 0.0]), xp.array([1.0, tiny])
    even = xp.array([0.5, 0.5])
    nats = math.log(0.5) - math.log(tiny) / 2
    assert math.isclose(float(kl_divergence(even, almost)), nats, rel_tol=1e-15)
    assert float(js_divergence(sure, almost)) == 0
    assert float(kl_divergence(almost, sure)) == math.inf


# -- laws --------------------------------------------------------------------------------------


@given(distributions())
def test_entropy_lies_between_0_and_log_k(drawn: tuple[np.ndarray]) -> None:
    (p,) = drawn
    most = math.log(p.shape[-1])
    nats = entropy(p)
    assert np.all((nats >= 0) & (nats <= most + 1e-15 + 4e-16 * most))
    np.testing.assert_allclose(perplexity(p), np.exp(nats), rtol=1e-15)


@given(distributions(2))
def test_divergences_are_not_negative(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = drawn
    assert np.all(kl_divergence(p, q) >= 0)
    assert np.all(js_divergence(p, q) >= 0)
    assert np.all(js_divergence(p, q, base=2) <= 1 + 1e-15)
    assert np.all(kl_divergence(p, p) == 0)
    assert np.all(js_divergence(p, p) == 0)


@given(distributions(2))
def test_cross_entropy_is_entropy_and_divergence(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = drawn
    whole = cross_entropy(p, q)
    np.testing.assert_allclose(whole, entropy(p) + kl_divergence(p, q), rtol=4e-15, atol=1e-15)
    np.testing.assert_array_equal(cross_entropy(p, p), entropy(p))


@given(distributions(2))
def test_only_js_divergence_is_symmetric(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = drawn
    np.testing.assert_array_equal(js_divergence(p, q), js_divergence(q, p))
    assert kl_divergence([0.5, 0.5], [0.9, 0.1]) != kl_divergence([0.9, 0.1], [0.5, 0.5])


@given(distributions(2), st.sampled_from([0.1, 0.5, 0.9]))
def test_entropy_is_concave_and_divergence_convex(
    drawn: tuple[np.ndarray, np.ndarray], share: float
) -> None:
    p, q = drawn
    mixed = share * p + (1 - share) * q
    assert np.all(entropy(mixed) >= share * entropy(p) + (1 - share) * entropy(q) - 1e-14)
    assert np.all(kl_divergence(p, mixed) <= (1 - share) * kl_divergence(p, q) + 1e-14)
    # A mixture with a share of p costs at most the surprisal of that share.
    assert np.all(kl_divergence(p, mixed) <= surprisal(share) + 1e-14)


@given(distributions(2))
def test_independent_sources_add(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = drawn
    both = (p[..., :, None] * q[..., None, :]).reshape(*p.shape[:-1], -1)
    both /= both.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(entropy(both), entropy(p) + entropy(q), rtol=1e-12, atol=1e-12)


@given(distributions(2), st.sampled_from([2, 10, 0.5, math.e, 1e6]))
def test_a_base_changes_the_unit(drawn: tuple[np.ndarray, np.ndarray], base: float) -> None:
    p, q = drawn
    for f in OF_TWO:
        np.testing.assert_array_equal(f(p, q, base=base), f(p, q) / math.log(base))
    np.testing.assert_array_equal(entropy(p, base=base), entropy(p) / math.log(base))
    np.testing.assert_array_equal(surprisal(p, base=base), surprisal(p) / math.log(base))


def test_uniform_is_the_most_uncertain(xp: Any) -> None:
    for size in (1, 2, 8, 1000):
        p = xp.array([1 / size] * size)
        assert math.isclose(float(entropy(p)), math.log(size), rel_tol=1e-14)
        assert math.isclose(float(perplexity(p)), size, rel_tol=1e-14)


# -- near equality -----------------------------------------------------------------------------


def exact_divergences(p: np.ndarray, q: np.ndarray) -> tuple[Any, Any]:
    """Return D(p || q), with q scaled to the sum of p, and JS(p, q), to 60 digits."""
    with mpmath.workdps(60):
        pairs = [(mpmath.mpf(float(x)), mpmath.mpf(float(y))) for x, y in zip(p, q, strict=True)]
        total_p, total_q = (sum(column) for column in zip(*pairs, strict=True))
        kl = sum(x * mpmath.log(x * total_q / (y * total_p)) for x, y in pairs if x)
        halves = [
            x * mpmath.log(2 * x / (x + y)) for pair in pairs for x, y in (pair, pair[::-1]) if x
        ]
        return kl, sum(halves) / 2


def close_pairs(dtype: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return pairs of distributions whose relative difference runs from 1 to the last digit."""
    rng = np.random.default_rng(0)
    pairs = []
    for exponent in np.arange(0.0, -math.log2(float(np.finfo(dtype).eps)), 2.5):
        for size in (2, 3, 40):
            p = rng.dirichlet(np.ones(size))
            q = p * np.exp(2.0**-exponent * rng.normal(size=size))
            pairs.append(((p / p.sum()).astype(dtype), (q / q.sum()).astype(dtype)))
    return pairs


def test_divergences_keep_their_digits_down_to_1e_24(xp: Any) -> None:
    x = np.nextafter(0.5, 0)
    specimens = [([0.5, 0.5], [0.5 + 1e-12, 0.5 - 1e-12]), ([x, 1 - x], [1 - x, x])]
    for p, q in [*close_pairs(np.float64), *specimens]:
        of = [f(xp.array(p), xp.array(q)) for f in (kl_divergence, js_divergence)]
        for value, exact in zip(of, exact_divergences(p, q), strict=True):
            if exact > 1e-24:
                assert abs(float(value) / exact - 1) <= 1e-13
            else:
                assert abs(float(value) - exact) <= 1e-32
    assert float(js_divergence(xp.array([x, 1 - x]), xp.array([1 - x, x]))) == pytest.approx(
        1.5407e-33, rel=1e-4
    )


def test_divergences_of_close_pairs_are_as_often_too_large_as_too_small() -> None:
    """The last terms of the series count: without them the mean error would not be 0."""
    x = np.round(np.linspace(0.11, 0.1249, 2000) * 2.0**40) / 2.0**40  # 1 + x is exact
    even, apart = np.full((len(x), 2), 0.5), np.stack([1 + x, 1 - x], axis=-1) / 2
    kl = kl_divergence(even, apart) / (-np.log1p(-x * x) / 2)
    x = x / 2
    apart = np.stack([1 + x, 1 - x], axis=-1) / 2
    js = js_divergence(apart, apart[:, ::-1]) / (x * np.arctanh(x) + np.log1p(-x * x) / 2)
    for ratio in (kl, js):
        assert abs(np.mean(ratio - 1)) < 2.0**-53


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_divergences_in_narrow_dtypes_are_exact_for_the_rounded_values(dtype: str) -> None:
    p, q = (np.float32(x) for x in ([0.027501475, 0.055202297], [0.027537677, 0.055334348]))
    specimen = (p / p.sum(), q / q.sum())
    assert js_divergence(*specimen) == pytest.approx(3.20e-8, rel=1e-3)
    for p, q in [*close_pairs(getattr(np, dtype)), specimen]:
        exact = exact_divergences(p, q)
        for library in (np.asarray, torch.from_numpy):
            for f, value in zip((kl_divergence, js_divergence), exact, strict=True):
                found = float(f(library(p), library(q)))
                # One rounding to the dtype; float32 loses some digits where the pair is not close.
                assert found == pytest.approx(
                    float(value),
                    rel=1e-3 if dtype[-2] == "1" else 2e-5,
                    abs=6e-8 if p.dtype == np.float16 else 1e-14,
                )


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_no_accepted_pair_has_a_negative_divergence(dtype: torch.dtype) -> None:
    rng = np.random.default_rng(1)
    p = torch.from_numpy(rng.dirichlet(np.ones(4), 2000)).to(dtype)
    off = tolerance(torch_namespace, p, 4) / 2
    for share in (0.0, 0.9):
        # Another sum that is still accepted, and entries that are off in the last digit.
        q = p.double() * (1 + share * off * torch.from_numpy(rng.uniform(-1, 1, (2000, 1))))
        q = (
            torch.nextafter(q.to(torch.float32), torch.tensor(1.0)).to(dtype)
            if share
            else p.clone()
        )
        for f in (kl_divergence, js_divergence):
            assert torch.all(f(p, q) >= 0) and torch.all(f(q, p) >= 0)
            assert torch.all(f(p, p) == 0)
    p, q = (torch.tensor(x, dtype=dtype) for x in ([0.265625, 0.234375, 0.5], [0.25, 0.25, 0.5]))
    assert float(kl_divergence(p, q)) == pytest.approx(9.77e-4, rel=1e-2)


def test_rounding_above_1_gives_no_negative_entropy(xp: Any) -> None:
    """Rounding may put a probability above 1, which makes its logarithm positive."""
    for p in ([1 + 2.0**-52, 0.0], [1 + 1e-8, 0.0]):
        sure = xp.array(p)
        assert all(is_plus_zero(f(sure)) for f in (entropy, lambda p: surprisal(p[0])))
        assert is_plus_zero(cross_entropy(sure, sure))
        assert float(perplexity(sure)) == 1
    assert float(entropy(xp.array([1.0, 1e-17]))) == pytest.approx(1e-17 * math.log(1e17))


# -- what counts as a distribution -------------------------------------------------------------


def test_float32_read_as_float64_is_still_a_distribution() -> None:
    rng = np.random.default_rng(2)
    for size in (3, 100, 5000):
        p = torch.softmax(torch.from_numpy(rng.normal(size=(50, size))).float(), -1)
        for wider in (
            p.double(),
            p.numpy().astype(np.float64),
            p.tolist(),
            json.loads(str(p.tolist())),
        ):
            for f in OF_ONE:
                np.testing.assert_allclose(f(wider), f(p), rtol=1e-5)
            for f in OF_TWO:
                np.testing.assert_allclose(f(wider, wider), f(p, p), rtol=1e-5)
    check_distribution(np.float32([0.2, 0.3, 0.5]).tolist())
    for p in ([0.5, 0.49999], [1 / 3, 1 / 3, 0.3333]):
        with pytest.raises(ValueError, match=r"p = p / p\.sum\(\)"):
            check_distribution(p)
    with pytest.raises(ValueError, match=r"p = p / p\.sum\(axis=0, keepdims=True\)"):
        check_distribution(np.ones((3, 2)), axis=0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_an_empty_batch_gives_an_empty_result(dtype: str) -> None:
    for shape, axis in (((0, 5), -1), ((5, 0), 0), ((3, 0, 5), 2), ((0, 5, 0), 1)):
        p = torch.empty(shape, dtype=getattr(torch, dtype))
        for x in (p, p.numpy()) if dtype != "bfloat16" else (p,):
            results = [f(x, axis=axis) for f in OF_ONE] + [f(x, x, axis=axis) for f in OF_TWO]
            check_distribution(x, axis=axis)
            for result in results:
                assert (
                    tuple(result.shape) == shape[: axis % 9] + shape[axis % 9 + 1 :] or axis == -1
                )
                assert result.dtype == x.dtype and math.prod(result.shape) == 0
    for x in (np.ones((3, 0)), torch.ones(3, 0), np.ones(0)):
        for f in (*OF_ONE, check_distribution):
            with pytest.raises(ValueError, match="must not be empty"):
                f(x)


# -- half precision, and what the processor flags ----------------------------------------------


@pytest.mark.parametrize("axis", [0, -1])
def test_half_precision_is_computed_in_float32(axis: int) -> None:
    p, q = (
        np.moveaxis(random_distributions(3, 4096, seed=seed), -1, axis).astype(np.float16)
        for seed in (1, 2)
    )
    even = np.full((4096, 2), 2.0**-12, np.float16)
    for library in (np.asarray, torch.from_numpy):
        for f, inputs in [*((f, [p]) for f in OF_ONE), *((f, [p, q]) for f in OF_TWO)]:
            half = f(*map(library, inputs), axis=axis)
            single = f(*(library(x.astype(np.float32)) for x in inputs), axis=axis)
            assert str(half.dtype).endswith("float16")
            np.testing.assert_array_equal(np.asarray(half), np.asarray(single).astype(np.float16))
        assert float(entropy(library(even), axis=0)[0]) == np.float16(math.log(4096))
        bits = entropy(library(even), axis=0, base=2)
        assert bits.tolist() == [12, 12] and str(bits.dtype).endswith("float16")


def test_floating_point_flags_are_not_errors(xp: Any) -> None:
    tiny = 5e-324
    rows = xp.array([[1.0, 0.0], [tiny, 1.0], [0.5, 0.5], [1.0, tiny], [1e-200, 1.0], [0.5, 0.5]])
    others = xp.array([[tiny, 1.0], [1.0, 0.0], [0.0, 1.0], [1e-3, 0.999], [1.0, tiny], [0.5, 0.5]])
    with np.errstate(all="raise"):
        for f in (*OF_ONE, surprisal):
            f(rows), f(others)
        for f in OF_TWO:
            f(rows, others), f(rows, rows), f(others, rows)
        check_distribution(rows)


# -- shapes, dtypes, devices -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_an_axis_is_that_axis_moved_last(xp: Any, axis: int, dtype: str) -> None:
    p, q = (random_distributions(3, 4, 5, seed=seed, zeros=0.2) for seed in (1, 2))
    last = [xp.array(x, dtype) for x in (p, q)]
    moved = [xp.array(np.moveaxis(x, -1, axis), dtype) for x in (p, q)]
    for f, number in [*zip(OF_ONE, [1, 1]), *zip(OF_TWO, [2, 2, 2])]:
        result = f(*moved[:number], axis=axis)
        assert str(result.dtype).endswith(dtype)
        expected = xp.numpy(f(*last[:number]))
        # Entries in a different order may be added in a different order.
        tolerance = 4 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(xp.numpy(result), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype_are_kept(xp: Any, dtype: str) -> None:
    p = xp.array(random_distributions(2, 3, 4), dtype)
    for result in (entropy(p), perplexity(p), *(f(p, p) for f in OF_TWO)):
        assert tuple(result.shape) == (2, 3)
        assert str(result.dtype).endswith(dtype)
    assert tuple(surprisal(p, base=2).shape) == (2, 3, 4)
    assert str(surprisal(p, base=2).dtype).endswith(dtype)
    assert tuple(entropy(p[0, 0, :]).shape) == ()


def test_dtypes_promote(xp: Any) -> None:
    p, q = (random_distributions(5, seed=seed).astype(np.float32) for seed in (1, 2))
    exact = q.astype(np.float64) / q.astype(np.float64).sum()
    mixed = kl_divergence(xp.array(p, "float32"), xp.array(exact))
    assert str(mixed.dtype).endswith("float64")
    wide = p.astype(np.float64)
    scaled = exact * np.sum(wide)
    expected = np.sum(wide * (np.log(wide) - np.log(scaled)))
    np.testing.assert_allclose(xp.numpy(mixed), expected, rtol=1e-14)


def test_numbers_lists_and_integers_are_float64() -> None:
    one_hot = np.array([[0, 1, 0], [1, 0, 0]])
    assert entropy(one_hot).dtype == np.float64
    assert entropy([[0, 1], [True, False]]).tolist() == [0, 0]
    assert entropy((1 / 2, 1 / 2), base=2) == 1
    assert isinstance(entropy([0.5, 0.5]), np.float64)  # a number, not an array without axes
    assert surprisal(1) == 0
    assert kl_divergence(np.array([False, True]), [0.5, 0.5], base=2) == 1


def test_lists_join_the_other_input(xp: Any) -> None:
    result = kl_divergence(xp.array([1.0, 0.0]), [0.5, 0.5], base=2)
    assert xp.numpy(result) == 1
    assert xp.numpy(kl_divergence([1, 0], xp.array([0.5, 0.5]), base=2)) == 1


def test_inputs_are_not_changed(xp: Any) -> None:
    values = random_distributions(2, 7, zeros=0.3)
    p, q = xp.array(values.copy()), xp.array(values[::-1].copy())
    for f in OF_TWO:
        f(p, q, base=2)
    entropy(p), perplexity(p), surprisal(p), check_distribution(p)
    np.testing.assert_array_equal(xp.numpy(p), values)
    np.testing.assert_array_equal(xp.numpy(q), values[::-1])


def test_the_device_is_kept_and_values_are_not_read() -> None:
    # The meta device has shapes but no values, so reading one would be an error.
    p = torch.empty(3, 4, device="meta")
    for result in (entropy(p), perplexity(p), *(f(p, p) for f in OF_TWO)):
        assert result.device.type == "meta"
        assert result.shape == (3,)
    assert surprisal(p, base=2).device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_nothing_waits_for_the_gpu() -> None:
    p = torch.full((3, 4), 0.25, device="cuda")
    wrong = 2 * p
    torch.cuda.set_sync_debug_mode("error")
    try:
        for q in (p, wrong):
            entropy(q), perplexity(q), surprisal(q), [f(q, q) for f in OF_TWO]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    with pytest.raises(ValueError, match=r"p must sum to 1 .* p\[0, :\] sums to 2"):
        check_distribution(wrong)


# -- blocks of rows ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 40, 100, 1000])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, size: int, axis: int) -> None:
    p, q = (
        np.moveaxis(random_distributions(6, 7, 5, seed=seed, zeros=0.2), -1, axis)
        for seed in (1, 2)
    )
    whole = [f(p, axis=axis) for f in OF_ONE] + [f(p, q, axis=axis) for f in OF_TWO]
    monkeypatch.setattr(lossutils._blocks, "BLOCK_BYTES", size)
    blocks = [f(p, axis=axis) for f in OF_ONE] + [f(p, q, axis=axis) for f in OF_TWO]
    for one, other in zip(whole, blocks, strict=True):
        assert other.shape == one.shape
        np.testing.assert_allclose(other, one, rtol=1e-15)


def test_many_distributions_of_one_outcome_are_certain() -> None:
    p = np.ones((100_000, 1))
    for f in (entropy, cross_entropy, kl_divergence, js_divergence):
        assert not np.any(f(p) if f is entropy else f(p, p))
    assert np.all(perplexity(p) == 1)


def test_a_fault_in_the_last_block_is_found_and_located() -> None:
    p = random_distributions(300, 500)
    p[299, 7] = np.nan
    with pytest.raises(ValueError, match=r"p must not contain NaN, found at p\[299, 7\]"):
        entropy(p)
    with pytest.raises(ValueError, match=r"q must not contain NaN, found at q\[7, 299\]"):
        kl_divergence(random_distributions(300, 500).T, p.T, axis=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [entropy, kl_divergence])
def test_extra_memory_is_at_most_a_tenth(function: Any, dtype: Any) -> None:
    p = random_distributions(8192, 1000).astype(dtype)
    p /= p.sum(axis=-1, keepdims=True)
    inputs = [p] if function is entropy else [p, p]
    tracemalloc.start()
    function(*inputs)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= p.nbytes / 10


# -- against SciPy and PyTorch -----------------------------------------------------------------


def test_values_are_scipys() -> None:
    p, q = (
        random_distributions(50, 30, seed=seed, zeros=zeros) for seed, zeros in [(1, 0.3), (2, 0)]
    )
    close = {"rtol": 1e-13, "atol": 1e-15}
    np.testing.assert_allclose(entropy(p), scipy.stats.entropy(p, axis=-1), **close)
    np.testing.assert_allclose(entropy(p, base=2), scipy.stats.entropy(p, base=2, axis=1), **close)
    np.testing.assert_allclose(kl_divergence(p, q), scipy.stats.entropy(p, q, axis=-1), **close)
    np.testing.assert_allclose(kl_divergence(p, q), scipy.special.rel_entr(p, q).sum(-1), **close)
    distance = scipy.spatial.distance.jensenshannon(p, q, axis=-1)
    np.testing.assert_allclose(js_divergence(p, q), distance**2, **close)
    assert np.all(np.isinf(kl_divergence(q, p)) == np.isinf(scipy.stats.entropy(q, p, axis=-1)))


def torch_entropy(p: torch.Tensor) -> torch.Tensor:
    return torch.special.entr(p).sum(-1)


def torch_cross_entropy(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return -(p * q.log()).sum(-1)


def torch_kl(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.kl_div(q.log(), p, reduction="none").sum(-1)


def torch_js(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    m = (p + q) / 2
    return (torch_kl(p, m) + torch_kl(q, m)) / 2


PEERS = [
    (surprisal, lambda p: -p.log(), 1),
    (entropy, torch_entropy, 1),
    (perplexity, lambda p: torch_entropy(p).exp(), 1),
    (entropy, lambda p: torch.distributions.Categorical(probs=p).entropy(), 1),
    (cross_entropy, torch_cross_entropy, 2),
    (kl_divergence, torch_kl, 2),
    (js_divergence, torch_js, 2),
]


def value_and_gradients(f: Any, *inputs: torch.Tensor) -> list[torch.Tensor]:
    leaves = [x.clone().requires_grad_() for x in inputs]
    result = f(*leaves)
    # Unequal weights, so that mixed-up gradients of rows would show.
    weights = torch.arange(1, result.numel() + 1, dtype=result.dtype, device=result.device)
    (result * weights.reshape(result.shape)).sum().backward()
    return [result.detach(), *(x.grad for x in leaves if x.grad is not None)]


@pytest.mark.parametrize(("ours", "theirs", "number"), PEERS)
def test_values_and_gradients_are_pytorchs(ours: Any, theirs: Any, number: int) -> None:
    if theirs is PEERS[3][1]:
        # Categorical divides by the sum first: gradients agree only along the simplex.
        ours, theirs = (lambda z, f=f: f(torch.softmax(z, -1)) for f in (ours, theirs))
    inputs = [torch.from_numpy(random_distributions(20, 6, seed=seed)) for seed in range(number)]
    mine, its = value_and_gradients(ours, *inputs), value_and_gradients(theirs, *inputs)
    assert len(mine) == len(its) == 1 + number
    for a, b in zip(mine, its, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # raised in torch's own jvp
@pytest.mark.parametrize(("ours", "theirs"), [(kl_divergence, torch_kl), (js_divergence, torch_js)])
@pytest.mark.parametrize("off", [0.0, 1e-12, 1e-3, 0.5])
def test_divergences_have_the_formulas_slopes_however_close(
    ours: Any, theirs: Any, off: float
) -> None:
    p = torch.tensor([0.25, 0.25, 0.5], dtype=torch.float64)
    q = p + off * torch.tensor([0.25, -0.125, -0.125], dtype=torch.float64)
    close = {"rtol": 1e-12, "atol": 1e-15}
    for transform in (torch.func.jacrev, torch.func.jacfwd, torch.func.hessian):
        for argument in (0, 1):
            mine, its = (transform(f, argnums=argument)(p, q) for f in (ours, theirs))
            torch.testing.assert_close(mine, its, **close)
    for mine, its in zip(*(torch.func.jvp(f, (p, q), (q, p)) for f in (ours, theirs)), strict=True):
        torch.testing.assert_close(mine, its, rtol=1e-9, atol=1e-15)
    rows = torch.stack([p, q])
    torch.testing.assert_close(torch.vmap(ours)(rows, rows.flip(0)), ours(rows, rows.flip(0)))


@pytest.mark.parametrize("f", [entropy, perplexity])
def test_gradients_at_zeros_are_finite(f: Any) -> None:
    p = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]], dtype=torch.float64)
    _, gradient = value_and_gradients(f, p)
    assert torch.all(torch.isfinite(gradient))
    assert torch.all(gradient[p == 0] == 0)


def test_gradients_of_two_at_zeros_are_not_nan() -> None:
    rows = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.25, 0.25, 0.5]]
    pairs = torch.tensor(list(itertools.product(rows, rows)), dtype=torch.float64)
    p, q = pairs.unbind(1)
    for f in OF_TWO:
        for gradient in value_and_gradients(f, p, q)[1:]:
            assert not torch.any(torch.isnan(gradient))
    # Where log q is finite, cross-entropy is linear in p, even at 0: its slope is -log q.
    _, of_p, of_q = value_and_gradients(lambda p, q: cross_entropy(p, q).sum(), p, q)
    here = q > 0
    torch.testing.assert_close(of_p[here], -q[here].log(), rtol=0, atol=0)
    torch.testing.assert_close(of_q[here], -p[here] / q[here], rtol=0, atol=0)
    assert torch.all(of_q[(p == 0) & (q == 0)] == 0)
    assert torch.all(of_q[(p > 0) & (q == 0)] == -math.inf)


def test_jensen_shannons_slopes_at_zeros_are_those_of_its_two_divergences() -> None:
    p = torch.tensor([0.5, 0.5, 0.0, 0.0], dtype=torch.float64)
    q = torch.tensor([0.25, 0.0, 0.75, 0.0], dtype=torch.float64)

    def of_two(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        m = (p + q) / 2
        return (kl_divergence(p, m) + kl_divergence(q, m)) / 2

    mine, its = value_and_gradients(js_divergence, p, q), value_and_gradients(of_two, p, q)
    torch.testing.assert_close(mine[0], its[0], rtol=1e-12, atol=0)
    for a, b in zip(mine[1:], its[1:], strict=True):
        torch.testing.assert_close(a[:3], b[:3], rtol=1e-12, atol=0)
        assert a[3] == math.log(2) / 2  # what an outcome of the one alone adds, for each p or q


def test_second_derivatives_at_zeros_are_0() -> None:
    """As the first ones: an outcome that adds nothing bends nothing."""
    p, q = torch.tensor([0.5, 0.25, 0.25]).double(), torch.tensor([0.25, 0.5, 0.25]).double()
    none = torch.zeros(1).double()
    functions: list[Any] = [
        *[lambda p, q, f=f: f(p) for f in OF_ONE],
        lambda p, q: joint_entropy(torch.stack([p, q], -1) / 2),
        cross_entropy,
        kl_divergence,
    ]
    for f in functions:
        without = torch.autograd.functional.hessian(f, (p, q))
        longer = torch.cat([p, none]), torch.cat([q, none])
        bends = torch.autograd.functional.hessian(f, longer)
        for row, expected in zip(bends, without):
            for block, inside in zip(row, expected):
                torch.testing.assert_close(block[:3, :3], inside)
                assert not block[3].any() and not block[:, 3].any()


@pytest.mark.parametrize("f", OF_TWO)
def test_values_are_the_same_with_gradients(f: Any) -> None:
    rows = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.25, 0.5], [0.251, 0.25, 0.499]]
    p, q = torch.tensor(list(itertools.product(rows, rows)), dtype=torch.float64).unbind(1)
    value, *_ = value_and_gradients(f, p, q)
    torch.testing.assert_close(value.detach(), f(p, q), rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("small", [1e-20, 1e-30])
def test_gradients_at_small_probabilities_do_not_overflow(small: float) -> None:
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([1.0, small])
    _, _, of_q = value_and_gradients(kl_divergence, p, q)
    torch.testing.assert_close(of_q, -p / q)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("size", [3, 100, 1000])
def test_narrow_dtypes_are_no_less_accurate_than_pytorch(dtype: torch.dtype, size: int) -> None:
    p, q = (
        torch.softmax(torch.from_numpy(np.random.default_rng(seed).normal(size=(200, size))), -1)
        .to(dtype)
        .clamp_min(torch.finfo(dtype).tiny)
        for seed in (1, 2)
    )
    for ours, theirs, number in PEERS:
        if theirs is PEERS[3][1]:
            continue
        inputs = [p, q][:number]
        wide = [x.double() for x in inputs]
        if ours is kl_divergence:  # which scales q to the sum of p
            wide[1] *= wide[0].sum(-1, keepdim=True) / wide[1].sum(-1, keepdim=True)
        exact = theirs(*wide)
        mine, its = ((f(*inputs).double() - exact).abs().max().item() for f in (ours, theirs))
        # A quarter more leaves room for a last rounding in the other direction.
        assert mine <= 1.25 * its, ours.__name__


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rounded_distributions_are_accepted(dtype: Any) -> None:
    for size in (2, 3, 10, 1000, 10_000):
        p = random_distributions(50, size, seed=size)
        rounded = p.astype(dtype)
        check_distribution(rounded)
        if dtype is not np.float16:  # their own sums are too coarse to divide by
            one_by_one = np.cumsum(rounded, axis=-1, dtype=dtype)[..., -1:]
            check_distribution(rounded / one_by_one)


@pytest.mark.slow
def test_functions_compile_to_one_graph() -> None:
    # All in one graph: to compile them one by one takes more than twice as long.
    def ours(*inputs: torch.Tensor) -> torch.Tensor:
        values = [f(*inputs[2 * i :][:number]) for i, (f, _, number) in enumerate(PEERS)]
        return torch.cat([x.flatten() for x in values])

    seeds = range(2 * len(PEERS))
    inputs = [torch.from_numpy(random_distributions(4, 5, seed=seed)) for seed in seeds]
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    for a, b in zip(value_and_gradients(compiled, *inputs), value_and_gradients(ours, *inputs)):
        torch.testing.assert_close(a, b, rtol=1e-15, atol=1e-15)


def test_tables_counts_and_scores_compile_to_one_graph() -> None:
    p = torch.from_numpy(random_tables(4, 3, 5))
    y = torch.tensor([[0, 2, 4]] * 4)

    def ours(p: torch.Tensor) -> torch.Tensor:
        q = p / p.sum(-1, keepdim=True)
        values = [f(p) for f in (joint_entropy, conditional_entropy, mutual_information)]
        values += [entropy_from_counts(p), class_weights(p[0, 0])]
        parts = brier_parts(q, y)
        values += [brier_score(q, y), parts.calibration, parts.refinement]
        values.append(reliability(q, y).confidence)
        return torch.cat([x.flatten() for x in values]).nan_to_num()

    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    for a, b in zip(value_and_gradients(compiled, p), value_and_gradients(ours, p)):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


# -- two variables -----------------------------------------------------------------------------


def test_the_weather_and_the_umbrella(xp: Any) -> None:
    joint = xp.array([[3 / 8, 1 / 8], [1 / 16, 7 / 16]])
    values = [f(joint) for f in OF_JOINT] + [conditional_entropy(joint, axes=(1, 0))]
    assert [round(float(x), 4) for x in values] == [1.1627, 0.4696, 0.2158, 0.4774]


def random_tables(*shape: int, zeros: float = 0.0) -> np.ndarray:
    flat = random_distributions(*shape[:-2], shape[-2] * shape[-1], zeros=zeros)
    return flat.reshape(shape)


@pytest.mark.parametrize("zeros", [0.0, 0.5])
def test_entropies_of_joint_tables_are_scipys(zeros: float) -> None:
    joint = random_tables(200, 3, 4, zeros=zeros)
    of_x, of_y = joint.sum(-1), joint.sum(-2)
    h = scipy.stats.entropy(joint.reshape(200, 12), axis=-1)
    h_x, h_y = (scipy.stats.entropy(p, axis=-1) for p in (of_x, of_y))
    product = of_x[:, :, None] * of_y[:, None, :]
    kl = scipy.special.rel_entr(joint, product).sum((-2, -1))
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(joint_entropy(joint), h, **close)
    np.testing.assert_allclose(conditional_entropy(joint), h - h_x, **close)
    np.testing.assert_allclose(conditional_entropy(joint, axes=(-1, -2)), h - h_y, **close)
    np.testing.assert_allclose(mutual_information(joint), kl, **close)
    np.testing.assert_allclose(mutual_information(joint, base=2), kl / np.log(2), **close)


def test_gradients_of_joint_tables_are_pytorchs() -> None:
    joint = torch.from_numpy(random_tables(20, 3, 4))

    def conditional(p: torch.Tensor) -> torch.Tensor:
        return -(p * (p / p.sum(-1, keepdim=True)).log()).sum((-2, -1))

    def mutual(p: torch.Tensor) -> torch.Tensor:
        product = p.sum(-1, keepdim=True) * p.sum(-2, keepdim=True)
        return torch_kl(p.flatten(1), product.flatten(1))

    peers = [lambda p: torch_entropy(p.flatten(1)), conditional, mutual]
    for ours, theirs in zip(OF_JOINT, peers, strict=True):
        mine, its = (value_and_gradients(f, joint) for f in (ours, theirs))
        for a, b in zip(mine, its, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("f", OF_JOINT)
def test_gradients_of_joint_tables_are_finite_at_zeros(f: Any) -> None:
    joint = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    for table in (joint, joint.T.contiguous()):
        _, gradient = value_and_gradients(f, table)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("f", OF_JOINT)
def test_any_two_axes_of_joint_tables_are_the_last_two_moved(xp: Any, f: Any) -> None:
    tables = random_tables(5, 7, 3, 4)
    wanted = xp.numpy(f(xp.array(tables)))
    for axes in itertools.permutations(range(4), 2):
        moved = np.moveaxis(tables, (-2, -1), axes)
        for same in (axes, tuple(k - 4 for k in axes), list(axes)):
            got = xp.numpy(f(xp.array(moved), axes=same))
            np.testing.assert_allclose(got, wanted, rtol=1e-13)
    assert f(xp.array(tables[:0])).shape == (0, 7)


@pytest.mark.parametrize("f", OF_JOINT)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_joint_tables_keep_their_dtype_in_blocks_too(f: Any, dtype: str) -> None:
    tables = random_tables(3000, 9, 11).astype(dtype)
    wanted = f(tables.astype("float64"), base=2) if dtype == "float32" else None
    got = f(tables, base=2)
    assert got.dtype == dtype and got.shape == (3000,)
    assert f(torch.from_numpy(tables)).dtype == getattr(torch, dtype)
    if wanted is not None:
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


def test_mutual_information_is_accurate_however_close_to_independent() -> None:
    off = 2.0 ** -np.arange(2, 51)
    tables = 0.25 + off[:, None, None] * np.array([[1, -1], [-1, 1]])
    with mpmath.workdps(60):
        exact = [
            sum((1 / mpmath.mpf(4) + s * x) * mpmath.log(1 + 4 * s * x) for s in (1, 1, -1, -1))
            for x in map(mpmath.mpf, off[1:])
        ]
    got = mutual_information(tables)
    np.testing.assert_allclose(got[1:], [float(x) for x in exact], rtol=1e-14)
    assert got[0] == pytest.approx(np.log(2), rel=1e-15)


def in_60_digits(table: np.ndarray) -> tuple[Any, list[Any], list[Any]]:
    """Return a joint table in mpmath's numbers, divided by its sum, and its two margins."""
    p = mpmath.matrix(table.tolist())
    p /= mpmath.fsum(p)
    rows, columns = range(p.rows), range(p.cols)
    return (
        p,
        [mpmath.fsum(p[i, j] for j in columns) for i in rows],
        [mpmath.fsum(p[i, j] for i in rows) for j in columns],
    )


@pytest.mark.parametrize("off", [1e-2, 1e-5, 1e-8, 1e-11])
@pytest.mark.parametrize("shape", [(2, 2), (4, 5), (3, 1), (7, 30)])
def test_mutual_information_of_any_margins_keeps_its_digits(
    xp: Any, shape: tuple[int, int], off: float
) -> None:
    rng = np.random.default_rng(0)
    table = np.outer(rng.dirichlet(np.ones(shape[0])), rng.dirichlet(np.ones(shape[1])))
    table *= 1 + off * rng.uniform(-1, 1, shape)
    table /= table.sum()
    with mpmath.workdps(60):
        p, p_x, p_y = in_60_digits(table)
        exact = mpmath.fsum(
            p[i, j] * mpmath.log(p[i, j] / p_x[i] / p_y[j])
            for i in range(shape[0])
            for j in range(shape[1])
        )
    got = float(mutual_information(xp.array(table)))
    assert got >= 0 and got == pytest.approx(float(exact), rel=1e-9, abs=1e-33)


@pytest.mark.parametrize("off", [1e-3, 1e-9, 1e-17, 1e-30])
def test_what_is_left_open_of_a_variable_all_but_decided_keeps_its_digits(
    xp: Any, off: float
) -> None:
    table = np.array([[0.25, 3 * off, 0.0], [off, 2 * off, 0.375], [0.375, 0.0, 0.0]])
    with mpmath.workdps(60):
        p, p_x, _ = in_60_digits(table)
        slopes = [
            [-mpmath.log(p[i, j] / p_x[i]) if p[i, j] else mpmath.mpf(0) for j in range(3)]
            for i in range(3)
        ]
        exact = mpmath.fsum(p[i, j] * slopes[i][j] for i in range(3) for j in range(3))
    table /= table.sum()
    assert float(conditional_entropy(xp.array(table))) == pytest.approx(float(exact), rel=1e-12)
    x = torch.tensor(table, requires_grad=True)
    (slope,) = torch.autograd.grad(conditional_entropy(x), x)
    seen = table > 0
    np.testing.assert_allclose(slope.numpy()[seen], np.array(slopes, float)[seen], rtol=1e-12)


@given(distributions(), st.integers(1, 4))
def test_laws_of_two_variables(drawn: tuple[np.ndarray], rows: int) -> None:
    (p,) = drawn
    joint = np.stack([p * w for w in np.arange(1, rows + 1) / (rows * (rows + 1) / 2)], axis=-2)
    assert np.all(mutual_information(joint) >= 0)
    np.testing.assert_allclose(mutual_information(joint), 0, atol=1e-28)
    np.testing.assert_allclose(conditional_entropy(joint), entropy(p), rtol=1e-13, atol=1e-15)
    rolled = np.roll(joint.reshape(*joint.shape[:-2], -1), 1, axis=-1).reshape(joint.shape)
    shared, both = mutual_information(rolled), joint_entropy(rolled)
    h_x, h_y = entropy(rolled.sum(-1)), entropy(rolled.sum(-2))
    y_given_x, x_given_y = (conditional_entropy(rolled, axes=k) for k in ((-2, -1), (-1, -2)))
    assert np.all(shared >= 0) and np.all(y_given_x >= 0)
    for whole in (h_x + y_given_x, h_y + x_given_y, h_x + h_y - shared):
        np.testing.assert_allclose(both, whole, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("total", [1 - 1e-6, 1 + 1e-6])
def test_a_sum_off_by_rounding_of_float32_scales_divergences_and_no_more(total: float) -> None:
    p, q = random_distributions(2, 50, 6)
    joint = random_tables(50, 3, 4)
    for f, *inputs in ((kl_divergence, p, q), (mutual_information, joint)):
        off = f(total * inputs[0], *inputs[1:])
        np.testing.assert_allclose(off, total * f(*inputs), rtol=1e-12)


@pytest.mark.parametrize("total", [1 - 1e-6, 1 + 1e-6])
def test_divergences_keep_their_digits_though_the_sums_differ(xp: Any, total: float) -> None:
    rng = np.random.default_rng(1)
    for scale in (1e-7, 1e-9, 1e-11):
        p = rng.dirichlet(np.ones(4))
        q = p * (1 + scale * rng.normal(size=4))
        q *= total / q.sum()
        exact, _ = exact_divergences(p, q)
        assert abs(float(kl_divergence(xp.array(p), xp.array(q))) / exact - 1) <= 1e-9
        assert float(kl_divergence(xp.array(p), xp.array(total * p))) <= 1e-31


def test_concavity_and_jensen_shannon_are_mutual_informations() -> None:
    p, q = random_distributions(2, 50, 6, zeros=0.3)
    coin = np.stack([p, q], axis=-2) / 2
    np.testing.assert_allclose(mutual_information(coin), js_divergence(p, q), rtol=1e-12)
    gap = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
    np.testing.assert_allclose(mutual_information(coin), gap, rtol=1e-11)


# -- from counts -------------------------------------------------------------------------------


def test_the_correction_of_ten_spins(xp: Any) -> None:
    counts = xp.array([[5.0, 3.0, 2.0], [10.0, 0.0, 0.0]])
    plain = xp.numpy(entropy_from_counts(counts, correction="none"))
    np.testing.assert_allclose(plain, xp.numpy(entropy(counts / 10)), rtol=1e-15)
    added = xp.numpy(entropy_from_counts(counts)) - plain
    # Three outcomes were seen, and one: what was not seen is not counted.
    np.testing.assert_allclose(added, [2 / 20, 0.0], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("size", [5, 10, 40])
def test_estimates_average_to_their_exact_expectations(size: int) -> None:
    p = np.array([0.5, 0.25, 0.15, 0.1])
    counts = np.random.default_rng(size).multinomial(size, p, size=40_000)
    m = np.arange(1, size + 1)
    shares = scipy.stats.binom.pmf(m, size, p[:, None])
    plain = np.sum(shares * -m / size * np.log(m / size))
    seen = np.sum(1 - (1 - p) ** size)
    for correction, expected in {
        "none": plain,
        "miller-madow": plain + (seen - 1) / (2 * size),
    }.items():
        found = np.asarray(entropy_from_counts(counts, correction=correction))
        assert abs(found.mean() - expected) < 4 * found.std() / 200
    truth = scipy.stats.entropy(p)
    assert plain < truth  # by concavity
    assert abs(plain + (seen - 1) / (2 * size) - truth) < truth - plain


def test_counts_scipy_and_gradients_of_the_formula() -> None:
    counts = (
        np.random.default_rng(0).integers(0, 5, (40, 6)) + np.eye(6, dtype=int)[np.arange(40) % 6]
    )
    for base in (None, 2):
        for axis in (0, 1):
            plain = entropy_from_counts(counts, correction="none", base=base, axis=axis)
            expected = scipy.stats.entropy(counts, base=base, axis=axis)
            np.testing.assert_allclose(np.asarray(plain), expected, rtol=1e-13, atol=1e-15)
    # log N - sum n log n / N, whose slope at a count above 0 is (1 / N)(H - s_k), less that of the rest.
    n = torch.tensor(counts, dtype=torch.float64, requires_grad=True)
    (slopes,) = torch.autograd.grad(entropy_from_counts(n).sum(), n)
    total = n.detach().sum(-1, keepdim=True)
    surprise = -(n.detach() / total).log()
    plain = torch.special.entr(n.detach() / total).sum(-1, keepdim=True)
    added = ((n > 0).sum(-1, keepdim=True) - 1) / (2 * total**2)
    expected = (surprise - plain) / total - added
    seen = n.detach() > 0
    torch.testing.assert_close(slopes[seen], expected[seen], rtol=1e-12, atol=1e-14)
    assert bool(slopes[~seen].isfinite().all())
    assert entropy_from_counts(torch.tensor([3, 1])).dtype == torch.float32


@pytest.mark.parametrize("count", [5e-324, 1e-300, 1.0, 1e300, 1.7e308])
def test_counts_of_any_size_count_by_their_shares(xp: Any, count: float) -> None:
    counts = xp.array([[count, count, 0.0], [count, count, count]])
    got = xp.numpy(entropy_from_counts(counts, correction="none"))
    np.testing.assert_allclose(got, np.log([2, 3]), rtol=1e-15)
    if count >= 1e300:
        np.testing.assert_allclose(
            xp.numpy(entropy_from_counts(counts)), np.log([2, 3]), rtol=1e-15
        )


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_counts_in_half_precision(kind: torch.dtype) -> None:
    counts = torch.tensor([6e4, 6e4, 1.0], dtype=kind)
    assert entropy_from_counts(counts).dtype == kind
    with torch.autocast("cpu", torch.bfloat16):
        got = entropy_from_counts(counts)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, entropy_from_counts(counts.float()))
