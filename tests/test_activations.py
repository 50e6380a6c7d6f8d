"""From logits to probabilities: special values, gradients, agreement with SciPy and PyTorch."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import lossutils._blocks
from lossutils import log_sigmoid, log_softmax, logsumexp, sigmoid, softmax

ALONG = {logsumexp: torch.logsumexp, softmax: torch.softmax, log_softmax: torch.log_softmax}
PEERS = {
    **{ours: (lambda z, f=theirs: f(z, -1)) for ours, theirs in ALONG.items()},
    sigmoid: torch.sigmoid,
    log_sigmoid: F.logsigmoid,
}
INF, NAN = math.inf, math.nan


def name_of(x: Any) -> str | None:
    return x.__name__ if callable(x) else None


def logits(*shape: int, scale: float = 3.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape, scale=scale)


def value_and_gradient(f: Any, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    z = z.detach().clone().requires_grad_()
    result = f(z)
    # Unequal factors, so that mixed-up gradients of rows would show.
    factors = 1 + (torch.arange(result.numel()) % 7).to(result) / 8
    (gradient,) = torch.autograd.grad(result, z, factors.reshape(result.shape))
    return result.detach(), gradient


# -- special values ----------------------------------------------------------------------------

ROWS = [
    [0.0, 0.0, 0.0],
    [1e4, -1e4, 0.0],
    [1e300, -1e300, 1.0],
    [-INF, 0.0, 1.0],
    [-INF, -INF, -INF],
    [INF, 0.0, 1.0],
    [INF, INF, 0.0],
    [INF, -INF, 0.0],
    [NAN, 0.0, 1.0],
    [750.0, 749.5, -800.0],
    [-1000.0, -1000.0, -1001.0],
]


@pytest.mark.parametrize("ours", PEERS, ids=name_of)
def test_special_values_are_pytorchs(xp: Any, ours: Any) -> None:
    for row in ROWS:
        expected = PEERS[ours](torch.tensor(row, dtype=torch.float64))
        np.testing.assert_allclose(xp.numpy(ours(xp.array(row))), expected, rtol=1e-14, atol=1e-307)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("ours", PEERS, ids=name_of)
def test_gradients_at_special_values_are_pytorchs(ours: Any, dtype: torch.dtype) -> None:
    close = 1e-10 if dtype == torch.float64 else 1e-5
    for row in ROWS:
        z = torch.tensor(row, dtype=dtype)
        for a, b in zip(value_and_gradient(ours, z), value_and_gradient(PEERS[ours], z)):
            torch.testing.assert_close(a, b, rtol=close, atol=close, equal_nan=True)


def test_infinity_and_nan_cause_no_warning(xp: Any) -> None:
    # Warnings are errors in these tests; the values are compared above.
    for f in PEERS:
        f(xp.array(ROWS))


def test_a_single_number_has_one_axis(xp: Any) -> None:
    for axis in (0, -1):
        assert float(logsumexp(xp.array(2.5), axis=axis)) == 2.5
        assert float(softmax(xp.array(2.5), axis=axis)) == 1
        assert float(log_softmax(xp.array(2.5), axis=axis)) == 0
    for f in PEERS:
        assert tuple(f(xp.array(2.5)).shape) == ()


def test_empty_input(xp: Any) -> None:
    for f in (softmax, log_softmax):
        for shape in ((5, 0, 0), (0, 3), (3, 0), (0,)):
            assert tuple(f(xp.array(np.zeros(shape))).shape) == shape
    assert xp.numpy(logsumexp(xp.array(np.zeros((2, 0, 3))), axis=1)).tolist() == [[-INF] * 3] * 2
    assert tuple(logsumexp(xp.array(np.zeros((2, 0, 3)))).shape) == (2, 0)
    assert float(logsumexp(xp.array([]))) == -INF
    assert tuple(sigmoid(xp.array(np.zeros((2, 0)))).shape) == (2, 0)


# -- laws --------------------------------------------------------------------------------------

TABLES = arrays(
    np.float64,
    array_shapes(max_dims=3, max_side=6),
    elements=st.floats(-800, 800) | st.sampled_from([0.0, 1.0, -1.0, 1e6, -1e6]),
)


@given(TABLES)
def test_softmax_gives_distributions(z: np.ndarray) -> None:
    q = softmax(z)
    assert np.all((q >= 0) & (q <= 1))
    np.testing.assert_allclose(q.sum(axis=-1), 1, rtol=1e-15 * z.shape[-1])
    np.testing.assert_allclose(np.exp(log_softmax(z)), q, rtol=1e-12, atol=1e-300)


@given(TABLES, st.sampled_from([-1e5, -3.0, 7.0, 1e5]))
def test_a_shift_of_all_logits_only_shifts_logsumexp(z: np.ndarray, shift: float) -> None:
    moved = z + shift
    # The rounding of the shifted logits themselves, which softmax can't undo.
    lost = np.abs((moved - shift) - z).max() + 1e-15
    np.testing.assert_allclose(softmax(moved), softmax(z), rtol=4 * lost, atol=4 * lost)
    np.testing.assert_allclose(
        logsumexp(moved), logsumexp(z) + shift, rtol=1e-14, atol=lost + 1e-15
    )


@given(TABLES)
def test_logsumexp_is_a_smooth_maximum(z: np.ndarray) -> None:
    top = z.max(axis=-1)
    assert np.all(logsumexp(z) >= top)
    assert np.all(logsumexp(z) <= top + math.log(z.shape[-1]) + 1e-14 * np.abs(top) + 1e-15)


@given(TABLES)
def test_sigmoid_is_the_softmax_of_two(z: np.ndarray) -> None:
    pairs = np.stack([z, np.zeros_like(z)], axis=-1)
    np.testing.assert_allclose(sigmoid(z), softmax(pairs)[..., 0], rtol=1e-15, atol=1e-320)
    np.testing.assert_allclose(log_sigmoid(z), log_softmax(pairs)[..., 0], rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1, rtol=1e-15)


# -- shapes, dtypes, devices -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_an_axis_is_that_axis_moved_last(xp: Any, axis: int, dtype: str) -> None:
    z = logits(3, 4, 5).astype(dtype)
    for f in ALONG:
        result = f(xp.array(z, dtype), axis=axis)
        assert str(result.dtype).endswith(dtype)
        expected = xp.numpy(f(xp.array(np.moveaxis(z, axis, -1), dtype)))
        if f is not logsumexp:
            expected = np.moveaxis(expected, -1, axis)
        tolerance = 8 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(xp.numpy(result), expected, rtol=tolerance, atol=tolerance)


def test_numpy_results_keep_the_inputs_memory_layout() -> None:
    z = logits(30, 40, 50)
    for axis in range(3):
        assert softmax(z, axis=axis).flags.c_contiguous
        assert log_softmax(np.asfortranarray(z), axis=axis).flags.f_contiguous


@pytest.mark.parametrize("ours", PEERS, ids=name_of)
def test_dtypes_are_kept(xp: Any, ours: Any) -> None:
    z = logits(2, 3)
    for dtype in ("float32", "float64"):
        assert str(ours(xp.array(z, dtype)).dtype).endswith(dtype)
    for kind in (np.float16, np.longdouble):
        result = ours(z.astype(kind))
        assert result.dtype == kind
        np.testing.assert_allclose(result, ours(z), rtol=3e-3 if kind == np.float16 else 1e-14)
    assert ours([[1, 2], [3, True]]).dtype == np.float64
    assert ours(np.array([1, 2], dtype=np.int8)).dtype == np.float64


def test_inputs_are_not_changed(xp: Any) -> None:
    values = logits(4, 5)
    z = xp.array(values.copy())
    for f in PEERS:
        f(z)
    np.testing.assert_array_equal(xp.numpy(z), values)


@pytest.mark.parametrize("ours", PEERS, ids=name_of)
def test_the_device_is_kept(ours: Any) -> None:
    z = torch.empty(3, 4, device="meta")
    assert ours(z).device.type == "meta"
    assert ours(z).shape == ((3,) if ours is logsumexp else (3, 4))


@pytest.mark.parametrize("size", [8, 40, 1000])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, size: int, axis: int) -> None:
    z = logits(6, 7, 5)
    whole = [*(f(z, axis=axis) for f in ALONG), sigmoid(z), log_sigmoid(z)]
    monkeypatch.setattr(lossutils._blocks, "BLOCK_BYTES", size)
    blocks = [*(f(z, axis=axis) for f in ALONG), sigmoid(z), log_sigmoid(z)]
    for one, other in zip(whole, blocks, strict=True):
        assert other.shape == one.shape
        np.testing.assert_allclose(other, one, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("ours", PEERS, ids=name_of)
def test_temporaries_do_not_grow_with_the_input(ours: Any) -> None:
    z = logits(2000, 1000)
    tracemalloc.start()
    result = ours(z)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= result.nbytes + 3e6


# -- against SciPy and PyTorch -----------------------------------------------------------------


def test_values_are_scipys() -> None:
    z = logits(50, 30, scale=20)
    for axis in (0, 1):
        for f in ALONG:
            expected = getattr(scipy.special, f.__name__)(z, axis=axis)
            # Plus one rounding of the sum of powers, the largest of which is 1.
            np.testing.assert_allclose(f(z, axis=axis), expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(sigmoid(z), scipy.special.expit(z), rtol=1e-15)
    np.testing.assert_allclose(log_sigmoid(z), scipy.special.log_expit(z), rtol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("ours", PEERS, ids=name_of)
def test_values_and_gradients_are_pytorchs(ours: Any, dtype: torch.dtype) -> None:
    close = 1e-10 if dtype == torch.float64 else 1e-5
    z = torch.from_numpy(logits(40, 30, scale=10)).to(dtype)
    z[0] = 0  # where the largest are tied
    z[1] = z[1].round()
    for a, b in zip(value_and_gradient(ours, z), value_and_gradient(PEERS[ours], z)):
        torch.testing.assert_close(a, b, rtol=close, atol=close)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("size", [3, 1000])
@pytest.mark.parametrize("ours", PEERS, ids=name_of)
def test_narrow_dtypes_are_no_less_accurate_than_pytorch(
    ours: Any, dtype: torch.dtype, size: int
) -> None:
    z = torch.from_numpy(logits(200, size, scale=10)).to(dtype)
    exact = value_and_gradient(PEERS[ours], z.double())
    mine, its = value_and_gradient(ours, z), value_and_gradient(PEERS[ours], z)
    for a, b, c in zip(mine, its, exact):
        error, theirs = ((x.double() - c).abs().max().item() for x in (a, b))
        # A quarter more leaves room for a last rounding in the other direction.
        assert error <= 1.25 * theirs


def test_log_softmax_of_large_logits_keeps_its_digits() -> None:
    # z - logsumexp(z) would lose all the digits that 1e6 has before the point.
    z = (1e6 + logits(100, 10)).astype(np.float32)
    exact = scipy.special.log_softmax(z.astype(np.float64), axis=-1)
    np.testing.assert_allclose(log_softmax(z), exact, rtol=1e-6, atol=1e-6)
    assert np.abs((z - logsumexp(z)[:, None]) - exact).max() > 1e-3


@pytest.mark.slow
def test_functions_compile_to_one_graph() -> None:
    # All in one graph: to compile them one by one takes more than twice as long.
    def ours(z: torch.Tensor) -> torch.Tensor:
        return torch.cat([f(rows).flatten() for f, rows in zip(PEERS, z)])

    z = torch.from_numpy(logits(len(PEERS), 4, 5))
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    for a, b in zip(value_and_gradient(compiled, z), value_and_gradient(ours, z)):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=1e-15)
