"""Smoothed distributions are distributions, and agree with the chapter's worked example."""

from __future__ import annotations

import math
import tracemalloc
from collections import OrderedDict
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lossutils import (
    additive_smoothing,
    check_distribution,
    kl_divergence,
    mix_uniform,
    smooth_supports,
    surprisal,
)

P = {"a": 3 / 5, "b": 1 / 5, "c": 1 / 5}
Q = {"a": 5 / 9, "b": 3 / 9, "d": 1 / 9}


@st.composite
def sparse_pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw two arrays of distributions along the last axis, with zeros, no entry below 1/100."""
    shape = draw(array_shapes(max_dims=3, max_side=5))
    pair = []
    for _ in range(2):
        weights = draw(arrays(np.float64, shape, elements=st.integers(0, 10).map(float)))
        weights[..., draw(st.integers(0, shape[-1] - 1))] += 1
        pair.append(weights / weights.sum(axis=-1, keepdims=True))
    return pair[0], pair[1]


# -- smooth_supports ---------------------------------------------------------------------------


def test_the_worked_example() -> None:
    epsilon = 1e-3
    p, q = smooth_supports(P, Q, epsilon=epsilon)
    assert list(p) == list(q) == ["a", "b", "c", "d"]
    given = epsilon / 3
    expected_p = (3 / 5 - given, 1 / 5 - given, 1 / 5 - given, epsilon)
    expected_q = (5 / 9 - given, 3 / 9 - given, epsilon, 1 / 9 - given)
    assert list(p.values()) == pytest.approx(expected_p, rel=1e-15)
    assert list(q.values()) == pytest.approx(expected_q, rel=1e-15)
    p_values, q_values = list(p.values()), list(q.values())
    assert round(float(kl_divergence(p_values, q_values)), 4) == 0.9969
    assert round(float(kl_divergence(p_values, q_values, base=2)), 4) == 1.4382
    assert round(float(kl_divergence(q_values, p_values)), 4) == 0.6438


def test_the_worked_example_on_arrays(xp: Any) -> None:
    p, q = (xp.array(x) for x in ([3 / 5, 1 / 5, 1 / 5, 0], [5 / 9, 3 / 9, 0, 1 / 9]))
    for array, mapping in zip(smooth_supports(p, q), smooth_supports(P, Q), strict=True):
        np.testing.assert_array_equal(xp.numpy(array), list(mapping.values()))
    smoothed_p, smoothed_q = smooth_supports(p, q)
    assert round(float(kl_divergence(smoothed_p, smoothed_q)), 4) == 0.9969
    assert round(float(kl_divergence(smoothed_q, smoothed_p)), 4) == 0.6438


def test_mappings_keep_the_order_of_p_then_what_only_q_has() -> None:
    p, q = smooth_supports({"z": 0.5, "a": 0.5}, OrderedDict(m=0.25, a=0.5, b=0.25), epsilon=0.01)
    assert type(p) is type(q) is dict
    assert list(p) == list(q) == ["z", "a", "m", "b"]
    assert p == {"z": 0.49, "a": 0.49, "m": 0.01, "b": 0.01}
    assert all(type(value) is float for value in p.values())


def test_a_mapping_may_hold_zeros_and_any_keys_and_numbers() -> None:
    p = MappingProxyType({1: Fraction(1, 2), (2, "x"): 0.5, None: 0})
    q = {1: 1, (2, "x"): 0, None: 0.0}
    smoothed_p, smoothed_q = smooth_supports(p, q, epsilon=0.25)
    assert smoothed_p == {1: 0.5, (2, "x"): 0.5, None: 0}
    assert smoothed_q == {1: 0.75, (2, "x"): 0.25, None: 0}
    assert p[None] == 0 and len(q) == 3


@given(sparse_pairs(), st.sampled_from([0.0, 1e-12, 1e-3]))
def test_supports_become_equal_and_sums_stay(
    pair: tuple[np.ndarray, np.ndarray], epsilon: float
) -> None:
    either = (pair[0] > 0) | (pair[1] > 0)
    for before, after in zip(pair, smooth_supports(*pair, epsilon=epsilon), strict=True):
        check_distribution(after)
        np.testing.assert_array_equal(after > 0, either if epsilon else before > 0)
        np.testing.assert_array_equal(after[either & (before == 0)], epsilon)
        # Every outcome that a distribution has gives the same amount.
        gave = np.where(before > 0, before - after, np.nan)
        lacks = np.sum(either & (before == 0), axis=-1, keepdims=True)
        share = epsilon * lacks / np.sum(before > 0, axis=-1, keepdims=True)
        np.testing.assert_allclose(gave[before > 0], (share + 0 * gave)[before > 0], atol=1e-15)


@given(sparse_pairs())
def test_equal_supports_are_left_alone(pair: tuple[np.ndarray, np.ndarray]) -> None:
    for same in smooth_supports(pair[0], pair[0]):
        np.testing.assert_array_equal(same, pair[0])


@given(sparse_pairs())
def test_divergences_become_finite(pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = smooth_supports(*pair)
    assert np.all(np.isfinite(kl_divergence(p, q)) & np.isfinite(kl_divergence(q, p)))


def test_the_largest_epsilon_is_named_and_just_below_it_works() -> None:
    with pytest.raises(ValueError, match=r"must be below 0.333333, got 0.34: an outcome of q"):
        smooth_supports(P, Q, epsilon=0.34)
    with pytest.raises(ValueError, match=r"below 0.5, got 0.5: an outcome of p"):
        smooth_supports([0.25, 0.75, 0], [0.0, 0.5, 0.5], epsilon=0.5)
    p, q = smooth_supports(P, Q, epsilon=0.333)
    assert min(*p.values(), *q.values()) > 0


# -- additive_smoothing, mix_uniform -----------------------------------------------------------


def test_laplaces_rule(xp: Any) -> None:
    p = xp.numpy(additive_smoothing(xp.array([7, 3, 0])))
    np.testing.assert_allclose(p, np.array([8, 4, 1]) / 13, rtol=1e-15)
    assert additive_smoothing([7, 3, 0], alpha=0).tolist() == [0.7, 0.3, 0]


@given(
    arrays(np.int64, array_shapes(max_dims=3, max_side=5), elements=st.integers(0, 1000)),
    st.sampled_from([1e-9, 0.5, 1.0, 1e9]),
)
def test_additive_smoothing_is_mixing_with_uniform(counts: np.ndarray, alpha: float) -> None:
    counts[..., 0] += 1
    smoothed = additive_smoothing(counts, alpha=alpha)
    check_distribution(smoothed)
    totals = counts.sum(axis=-1, keepdims=True)
    for row, count, total in zip(
        smoothed.reshape(-1, counts.shape[-1]),
        counts.reshape(-1, counts.shape[-1]),
        totals.reshape(-1),
        strict=True,
    ):
        share = alpha * len(count) / (total + alpha * len(count))
        mixed = mix_uniform(count / total, epsilon=float(share))
        np.testing.assert_allclose(row, mixed, rtol=1e-12)


def test_huge_and_tiny_counts_and_alphas_keep_their_ratios(xp: Any) -> None:
    huge, tiny = 1e308, 5e-324
    cases = [
        ([huge, huge], 1.0, [0.5, 0.5]),
        ([huge] * 5, huge, [0.2] * 5),
        ([3.0, 1.0], huge, [0.5, 0.5]),
        ([huge, huge / 3], 0.0, [0.75, 0.25]),
        ([tiny, tiny], 0.0, [0.5, 0.5]),
        ([tiny, huge], 0.0, [0, 1]),
        ([0.0, 0.0], tiny, [0.5, 0.5]),
        ([7.0, 3.0, 0.0], 1e-300, [0.7, 0.3, 1e-301]),
    ]
    for counts, alpha, expected in cases:
        with np.errstate(all="raise"):
            one = additive_smoothing(xp.array(counts), alpha=alpha)
            two = additive_smoothing(xp.array([counts, counts]), alpha=alpha)
        np.testing.assert_allclose(xp.numpy(one), expected, rtol=1e-15, atol=0)
        np.testing.assert_allclose(xp.numpy(two), [expected] * 2, rtol=1e-15, atol=0)
    single = additive_smoothing(xp.array([3.0, 1.0], "float32"), alpha=1e39)
    assert xp.numpy(single).tolist() == [0.5, 0.5]


def test_integers_are_counts_in_every_library() -> None:
    for counts in (torch.tensor([7, 3, 0]), torch.tensor([7, 3, 0], dtype=torch.uint8)):
        smoothed = additive_smoothing(counts)
        assert smoothed.dtype == torch.get_default_dtype()
        np.testing.assert_allclose(smoothed, additive_smoothing([7, 3, 0]), rtol=1e-6)
    with pytest.raises(ValueError, match="counts must not all be 0"):
        additive_smoothing(torch.zeros(2, 3, dtype=torch.int64), alpha=0)


@pytest.mark.parametrize("axis", [0, 1])
def test_half_precision_is_computed_in_float32(axis: int) -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 60_000, (3000, 4)[:: 1 - 2 * axis]).astype(np.float16)
    counts[rng.random(counts.shape) < 0.1] = 0
    counts[0], counts[:, 0] = 1, 1
    p, q = (
        x / x.sum(axis, keepdims=True)
        for x in (counts.astype(float), counts[::-1].astype(float) + 1)
    )
    p, q = p.astype(np.float16), q.astype(np.float16)
    wide = counts.astype(np.float64)
    lacks = (p == 0) & (q > 0)
    share = lacks.sum(axis, keepdims=True) / (p > 0).sum(axis, keepdims=True)
    smoothed = p.astype(float) + 1e-9 * (lacks - share * (p > 0))
    for library in (np.asarray, torch.from_numpy):
        n, of_p, of_q = (library(x) for x in (counts, p, q))
        for result, exact in (
            (additive_smoothing(n, axis=axis), (wide + 1) / (wide + 1).sum(axis, keepdims=True)),
            (
                mix_uniform(of_p, epsilon=0.1, axis=axis),
                0.9 * p.astype(float) + 0.1 / p.shape[axis],
            ),
            (smooth_supports(of_p, of_q, epsilon=1e-9, axis=axis)[0], smoothed),
        ):
            assert str(result.dtype).endswith("float16")
            np.testing.assert_allclose(np.asarray(result), exact, rtol=2.0**-10, atol=6e-8)
    assert additive_smoothing(torch.tensor([6e4, 6e4]).half()).tolist() == [0.5, 0.5]


def test_an_empty_batch_stays_empty() -> None:
    for x in (np.empty((0, 5)), torch.empty(0, 5), np.empty((3, 0, 5), np.float16)):
        for result in (
            additive_smoothing(x),
            mix_uniform(x, epsilon=0.1),
            *smooth_supports(x, x),
        ):
            assert result.shape == x.shape and result.dtype == x.dtype
        for function in (additive_smoothing, lambda x, axis: mix_uniform(x, epsilon=0, axis=axis)):
            with pytest.raises(ValueError, match="must not be empty"):
                function(x, axis=-2 if x.ndim > 2 else 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extra_memory_is_a_tenth_beyond_the_result(dtype: Any) -> None:
    x = np.random.default_rng(0).dirichlet(np.ones(1000), 8192).astype(dtype)
    for smooth in (lambda x: mix_uniform(x, epsilon=0.1), surprisal):
        tracemalloc.start()
        smooth(x)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most <= 1.1 * x.nbytes


def test_mixing_goes_from_p_to_uniform(xp: Any) -> None:
    p = xp.array([0.75, 0.25, 0, 0])
    assert xp.numpy(mix_uniform(p, epsilon=0)).tolist() == [0.75, 0.25, 0, 0]
    assert xp.numpy(mix_uniform(p, epsilon=1)).tolist() == [0.25] * 4
    assert xp.numpy(mix_uniform(p, epsilon=0.5)).tolist() == [0.5, 0.25, 0.125, 0.125]


# -- all of them -------------------------------------------------------------------------------

COUNTS = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 5.0]])
EACH = [
    lambda x, axis=-1: smooth_supports(x / x.sum(axis, keepdims=True), _other(x, axis), axis=axis),
    lambda x, axis=-1: (additive_smoothing(x, alpha=0.5, axis=axis),),
    lambda x, axis=-1: (mix_uniform(x / x.sum(axis, keepdims=True), epsilon=0.1, axis=axis),),
]


def _other(x: Any, axis: int) -> Any:
    flipped = x.flip(axis) if isinstance(x, torch.Tensor) else np.flip(x, axis)
    return flipped / flipped.sum(axis, keepdims=True)


@pytest.mark.parametrize("smooth", EACH)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_axis_is_that_axis_moved_last(smooth: Any, axis: int) -> None:
    counts = np.stack([COUNTS, COUNTS[::-1], COUNTS + 1, COUNTS])
    moved = np.ascontiguousarray(np.moveaxis(counts, -1, axis))
    for last, there in zip(smooth(counts), smooth(moved, axis=axis), strict=True):
        np.testing.assert_array_equal(np.moveaxis(there, axis, -1), last)


@pytest.mark.parametrize("smooth", EACH)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_and_device_are_kept(smooth: Any, dtype: str) -> None:
    for result in smooth(COUNTS.astype(dtype)):
        assert result.dtype == dtype
    tensor = torch.asarray(COUNTS, dtype=getattr(torch, dtype))
    for result in smooth(tensor):
        assert result.dtype == tensor.dtype
    for result in smooth(tensor.to("meta")):
        assert result.device.type == "meta"


@pytest.mark.parametrize("smooth", EACH)
def test_inputs_are_not_changed_and_gradients_flow(smooth: Any) -> None:
    counts = torch.asarray(COUNTS, dtype=torch.float64).requires_grad_()
    weights = torch.arange(6, dtype=torch.float64).reshape(2, 3)
    sum((weights * result).sum() for result in smooth(counts)).backward()
    assert counts.grad is not None and torch.all(torch.isfinite(counts.grad))
    assert torch.any(counts.grad != 0)
    np.testing.assert_array_equal(counts.detach().numpy(), COUNTS)


def test_gradients_are_the_formulas() -> None:
    counts = torch.tensor([7.0, 3.0, 0.0], dtype=torch.float64)
    ours = torch.func.jacrev(lambda n: additive_smoothing(n, alpha=0.5))(counts)
    theirs = torch.func.jacrev(lambda n: (n + 0.5) / (n.sum() + 1.5))(counts)
    torch.testing.assert_close(ours, theirs, rtol=1e-14, atol=0)
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.0, 0.5, 0.5])
    for jacobian in torch.func.jacrev(smooth_supports, argnums=(0, 1))(p, q):
        assert all(math.isfinite(float(x)) for part in jacobian for x in part.flatten())
    torch.testing.assert_close(
        torch.func.jacrev(lambda p: smooth_supports(p, q)[0])(p), torch.eye(3), rtol=0, atol=0
    )


@pytest.mark.slow
def test_smoothing_compiles_to_one_graph() -> None:
    def all_smoothed(counts: torch.Tensor) -> list[torch.Tensor]:
        return [x for smooth in EACH for x in smooth(counts)]

    counts = torch.asarray(COUNTS)
    compiled = torch.compile(all_smoothed, fullgraph=True, backend="aot_eager")
    for ours, plain in zip(compiled(counts), all_smoothed(counts), strict=True):
        torch.testing.assert_close(ours, plain, rtol=1e-15, atol=0)


def test_adding_epsilon_without_renormalising_is_refused() -> None:
    p = np.array([0.5, 0.5, 0.0])
    with pytest.raises(
        ValueError, match=r"q must sum to 1 along axis 0 within .*, it sums to 1.00"
    ):
        kl_divergence(p, p + 1e-6)
