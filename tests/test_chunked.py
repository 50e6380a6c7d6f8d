"""The chunked loss of a last layer equals the plain one, and never holds all the logits."""

from __future__ import annotations

import functools
import math
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from lossutils import chunked, cross_entropy_loss, linear_cross_entropy

INF, NAN = math.inf, math.nan
REDUCTIONS = ["mean", "sum", "none"]
CLASSES, FEATURES = 11, 5
SIZES = [1, 4, CLASSES, 100]
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def layer(
    samples: int = 7, classes: int = CLASSES, features: int = FEATURES, seed: int = 0
) -> tuple[Any, ...]:
    """Return hidden states, a layer's matrix, targets and its bias."""
    rng = np.random.default_rng(seed)
    h, matrix = rng.normal(size=(samples, features)), rng.normal(size=(classes, features))
    return h, matrix, rng.integers(0, classes, samples), rng.normal(size=classes)


def on(xp: Any, x: Any) -> Any:
    values = np.asarray(x)
    return xp.array(values, "int64" if values.dtype.kind == "i" else "float64")


def plain(h: Any, matrix: Any, y: Any, linear_bias: Any = None, **options: Any) -> Any:
    """Return PyTorch's result, computed with all logits."""
    return F.cross_entropy(F.linear(h, matrix, linear_bias), y, **options)


def outcome(f: Any, tensors: Any, **options: Any) -> list[torch.Tensor]:
    """Return the value of f(h, matrix, y, bias) and its gradients in all but the target."""
    h, matrix, y, bias = tensors
    leaves = [x.clone().requires_grad_() for x in (h, matrix, bias)]
    result = f(leaves[0], leaves[1], y, linear_bias=leaves[2], **options)
    # Unequal factors, so that mixed-up gradients of samples would show.
    number = torch.arange(result.numel(), device=result.device).reshape(result.shape)
    factors = 1 + (number % 7).to(result.dtype) / 8
    return [result.detach(), *torch.autograd.grad(result, leaves, factors)]


def tensors(*arrays: Any, device: str = "cpu", dtype: Any = torch.float64) -> list[torch.Tensor]:
    made = [torch.as_tensor(x, device=device) for x in arrays]
    return [x.to(dtype) if x.is_floating_point() else x for x in made]


# -- values and gradients ----------------------------------------------------------------------

W = np.linspace(0.5, 3, CLASSES)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"weight": W},
    {"weight": W - 1.0},
    {"label_smoothing": 0.1},
    {"label_smoothing": 0.1, "weight": W},
    {"label_smoothing": 1.0, "weight": W - 1.0},
    {"ignore_index": 3},
    {"ignore_index": 3, "weight": W, "label_smoothing": 0.3},
    {"weight": np.zeros(CLASSES)},
]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("size", SIZES)
def test_value_and_gradient_are_those_of_all_logits(size: int, reduction: str, device: str) -> None:
    h, matrix, y, bias = layer()
    y[2:4] = 3, -100
    for dtype, close in ((torch.float64, 1e-13), (torch.float32, 1e-5)):
        arguments = tensors(h, matrix, y, bias, device=device, dtype=dtype)
        for options in OPTIONS:
            given: dict[str, Any] = {**options, "reduction": reduction}
            if "weight" in options:
                (given["weight"],) = tensors(options["weight"], device=device, dtype=dtype)
            ignored = given.get("ignore_index", -100)
            arguments[2] = torch.where(arguments[2] == -100, ignored, arguments[2])
            ours = outcome(linear_cross_entropy, arguments, chunk_size=size, **given)
            theirs = outcome(plain, arguments, **given)
            for a, b in zip(ours, theirs, strict=True):
                torch.testing.assert_close(a, b, rtol=close, atol=close, equal_nan=True)
            arguments[2] = torch.as_tensor(y, device=device)


@pytest.mark.parametrize("size", SIZES)
def test_values_are_the_same_in_every_library(xp: Any, size: int) -> None:
    h, matrix, y, bias = layer()
    y[1] = 3
    for options in OPTIONS:
        for reduction in REDUCTIONS:
            given = {k: on(xp, x) if k == "weight" else x for k, x in options.items()}
            given |= {"reduction": reduction, "linear_bias": on(xp, bias), "chunk_size": size}
            value = linear_cross_entropy(on(xp, h), on(xp, matrix), on(xp, y), **given)
            whole = cross_entropy_loss(h @ matrix.T + bias, y, reduction=reduction, **options)
            np.testing.assert_allclose(xp.numpy(value), whole, rtol=1e-13)
            assert tuple(value.shape) == (y.shape if reduction == "none" else ())


INFINITE = [
    [0.0, -INF, 0.0],
    [-INF, 0.0, 0.0],
    [0.0, 0.0, -INF],
    [-INF, -INF, 0.0],
    [-INF, -INF, -INF],
    [INF, 0.0, 0.0],
    [0.0, 0.0, INF],
    [0.0, INF, -INF],
    [NAN, 0.0, 0.0],
    [0.0, 0.0, NAN],
    [1e4, -1e4, 0.0],
    [-1e30, 0.0, 1e30],
]


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("bias", INFINITE, ids=str)
def test_infinite_and_extreme_logits(bias: Any, size: int, alpha: float) -> None:
    h, matrix, *_ = layer(4, 3)
    arguments = tensors(h / 10, matrix, [0, 1, 2, -100], np.array(bias))
    for reduction in REDUCTIONS:
        options = {"reduction": reduction, "label_smoothing": alpha}
        ours = outcome(linear_cross_entropy, arguments, chunk_size=size, **options)
        theirs = outcome(plain, arguments, **options)
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10, equal_nan=True)


def test_large_logits_keep_their_digits() -> None:
    # A log-sum-exp of 30,000 would lose all digits below 0.001 in float32.
    h, matrix, y, bias = layer()
    exact = outcome(plain, tensors(h, matrix, y, bias + 3e4))
    ours, theirs = (
        outcome(f, tensors(h, matrix, y, bias + 3e4, dtype=torch.float32), reduction="mean")
        for f in (functools.partial(linear_cross_entropy, chunk_size=4), plain)
    )
    for a, b, c in zip(ours, theirs, exact, strict=True):
        assert (a - c).abs().max() <= 1.25 * (b - c).abs().max()


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_nothing_to_average(xp: Any, alpha: float, reduction: str) -> None:
    h, matrix, y, _ = layer()
    options = {"label_smoothing": alpha, "reduction": reduction}
    for states, target in ((h[:0], y[:0]), (h, np.full_like(y, -100))):
        got = linear_cross_entropy(on(xp, states), on(xp, matrix), on(xp, target), **options)
        expected = cross_entropy_loss(states @ matrix.T, target, **options)
        np.testing.assert_equal(xp.numpy(got), expected)


def test_an_empty_batch_has_a_gradient_of_zeros() -> None:
    h, matrix, y, bias = layer()
    for samples in (0, 7):
        arguments = tensors(h[:samples], matrix, np.full_like(y, -100)[:samples], bias)
        value, *slopes = outcome(linear_cross_entropy, arguments)
        assert value.isnan()
        assert [s.shape for s in slopes] == [x.shape for x in (*arguments[:2], arguments[3])]
        assert all(s.eq(0).all() for s in slopes)


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (2, 1, 3)], ids=str)
def test_samples_may_lie_along_any_number_of_axes(xp: Any, shape: tuple[int, ...]) -> None:
    h, matrix, y, _ = layer(math.prod(shape))
    flat = cross_entropy_loss(h @ matrix.T, y, reduction="none")
    states, target = on(xp, h.reshape(*shape, FEATURES)), on(xp, y.reshape(shape))
    none = linear_cross_entropy(states, on(xp, matrix), target, reduction="none")
    np.testing.assert_allclose(xp.numpy(none), flat.reshape(shape), rtol=1e-13)


def test_without_features_all_classes_are_equally_likely(xp: Any) -> None:
    h, matrix = on(xp, np.zeros((2, 0))), on(xp, np.zeros((5, 0)))
    assert math.isclose(linear_cross_entropy(h, matrix, on(xp, [0, 4])), math.log(5))


@st.composite
def calls(draw: st.DrawFn) -> tuple[Any, dict[str, Any]]:
    """Draw a layer, samples, and options."""
    classes = draw(st.integers(1, 9))
    arguments = layer(
        draw(st.integers(0, 5)), classes, draw(st.integers(1, 4)), draw(st.integers(0, 2**32))
    )
    rng = np.random.default_rng(0)
    arguments[2][rng.random(len(arguments[2])) < 0.2] = -100
    options: dict[str, Any] = {
        "reduction": draw(st.sampled_from(REDUCTIONS)),
        "label_smoothing": draw(st.sampled_from([0.0, 0.1, 1.0])),
    }
    if draw(st.booleans()):
        options["weight"] = torch.from_numpy(rng.normal(1, 1, size=classes))
    options["chunk_size"] = draw(st.integers(1, classes + 1))
    return arguments, options


@settings(max_examples=60)
@given(calls())
def test_random_calls_agree_with_the_plain_loss(drawn: Any) -> None:
    arguments, options = drawn
    ours = outcome(linear_cross_entropy, tensors(*arguments), **options)
    del options["chunk_size"]
    for a, b in zip(ours, outcome(plain, tensors(*arguments), **options), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_slope_is_that_of_the_value(reduction: str, alpha: float) -> None:
    h, matrix, y, bias = (x.requires_grad_(x.is_floating_point()) for x in tensors(*layer(3)))
    options: Any = {"chunk_size": 4, "label_smoothing": alpha, "reduction": reduction}
    assert torch.autograd.gradcheck(
        lambda h, matrix, bias: linear_cross_entropy(h, matrix, y, linear_bias=bias, **options),
        (h, matrix, bias),
    )


@pytest.mark.parametrize("wanted", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1)], ids=str)
def test_only_tensors_that_require_a_gradient_get_one(wanted: tuple[int, ...]) -> None:
    h, matrix, y, bias = tensors(*layer())
    leaves = [x.requires_grad_(bool(w)) for x, w in zip((h, matrix, bias), wanted)]
    _, *expected = outcome(plain, (h, matrix, y, bias))
    linear_cross_entropy(h, matrix, y, linear_bias=bias, chunk_size=4).backward()
    for leaf, slope, w in zip(leaves, expected, wanted, strict=True):
        assert (leaf.grad is not None) == bool(w)
        if w:
            torch.testing.assert_close(leaf.grad, slope, rtol=1e-13, atol=1e-13)


@pytest.mark.skipif(not hasattr(F, "linear_cross_entropy"), reason="PyTorch is older than it")
def test_agrees_with_pytorchs_function_of_the_same_name() -> None:
    h, matrix, y, bias = tensors(*layer())
    options: Any = {"linear_bias": bias, "label_smoothing": 0.1, "weight": torch.from_numpy(W)}
    theirs = F.linear_cross_entropy(h, matrix, y, **options)
    torch.testing.assert_close(linear_cross_entropy(h, matrix, y, **options), theirs)


# -- types, devices, compiled graphs -----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_narrow_dtypes_are_no_less_accurate_than_all_logits(
    dtype: torch.dtype, reduction: str, device: str
) -> None:
    arrays = layer(64, 1000, 64)
    narrow = tensors(arrays[0] / 8, *arrays[1:], device=device, dtype=dtype)
    exact = outcome(plain, tensors(*narrow, device=device), reduction=reduction)
    whole = outcome(plain, narrow, reduction=reduction)
    parts = outcome(linear_cross_entropy, narrow, reduction=reduction, chunk_size=100)
    for a, b, c in zip(parts, whole, exact, strict=True):
        assert a.dtype == b.dtype == dtype
        # Over all numbers: a single one may have one more rounding, or one in the other direction.
        error, theirs, least = ((x.double() - c).norm() for x in (a, b, c.to(dtype)))
        assert error <= 1.25 * max(theirs, least)


def test_dtypes_are_kept_or_promoted(xp: Any) -> None:
    h, matrix, y, bias = layer()
    target = xp.array(y, "int32")
    for dtype in ("float32", "float64"):
        narrow = [xp.array(x, dtype) for x in (h, matrix)]
        assert str(linear_cross_entropy(*narrow, target).dtype).endswith(dtype)
        promoted = linear_cross_entropy(*narrow, target, linear_bias=xp.array(bias, "float64"))
        assert str(promoted.dtype).endswith("float64")
        assert math.isclose(promoted, cross_entropy_loss(h @ matrix.T + bias, y), rel_tol=1e-6)


def test_lists_are_accepted() -> None:
    assert isinstance(linear_cross_entropy([[1.0, 2.0]], [[1, 0], [0, 1]], [1]), np.float64)
    half = layer()[0].astype(np.float16)
    assert linear_cross_entropy(half, half, np.arange(7)).dtype == np.float16


def test_inputs_are_not_changed(xp: Any) -> None:
    arrays = layer()
    inputs = [on(xp, x.copy()) for x in arrays]
    linear_cross_entropy(*inputs[:3], linear_bias=inputs[3], chunk_size=4)
    for x, value in zip(inputs, arrays, strict=True):
        np.testing.assert_array_equal(xp.numpy(x), value)
    given = tensors(*arrays)
    outcome(linear_cross_entropy, given, label_smoothing=0.1)
    for x, value in zip(given, arrays, strict=True):
        np.testing.assert_array_equal(x, value)


@pytest.mark.parametrize("device", DEVICES)
def test_autocast_multiplies_in_its_dtype(device: str) -> None:
    arguments = tensors(*layer(), device=device, dtype=torch.float32)
    with torch.autocast(device, dtype=torch.bfloat16):
        ours = outcome(linear_cross_entropy, arguments, chunk_size=4)
        theirs = outcome(plain, arguments)
    unlike = outcome(plain, arguments)
    for a, b, c in zip(ours, theirs, unlike, strict=True):
        assert a.dtype == b.dtype == torch.float32
        torch.testing.assert_close(a, b, rtol=2**-8, atol=2**-8)
        assert not torch.equal(a, c)


def test_the_device_is_kept() -> None:
    h, matrix, y, bias = (x.to("meta") for x in tensors(*layer()))
    for reduction in REDUCTIONS:
        loss = linear_cross_entropy(h, matrix, y, linear_bias=bias, reduction=reduction)
        assert loss.device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_nothing_waits_for_the_gpu() -> None:
    arguments = tensors(*layer(), device="cuda")
    torch.cuda.set_sync_debug_mode("error")
    try:
        outcome(linear_cross_entropy, arguments, chunk_size=4, label_smoothing=0.1)
    finally:
        torch.cuda.set_sync_debug_mode("default")


# Dynamo itself creates what it warns about.
INSTANTIATED = "ignore:<class 'torch.autograd.function.Function'> should not be instantiated"


@pytest.mark.slow
@pytest.mark.filterwarnings(f"{INSTANTIATED}:DeprecationWarning")
@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_it_compiles_to_one_graph(alpha: float) -> None:
    f = functools.partial(linear_cross_entropy, chunk_size=4, label_smoothing=alpha)
    torch.compiler.reset()
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    arguments = tensors(*layer())
    for a, b in zip(outcome(compiled, arguments), outcome(f, arguments), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-13, atol=1e-13)


@pytest.mark.slow
@pytest.mark.filterwarnings(f"{INSTANTIATED}:DeprecationWarning")
def test_a_bad_index_that_cannot_be_checked_is_still_an_error() -> None:
    h, matrix, y, _ = tensors(*layer())
    torch.compiler.reset()
    compiled = torch.compile(linear_cross_entropy, fullgraph=True, backend="aot_eager")
    for bad in (-1, -11, 11, 255):
        y[3] = bad
        with pytest.raises(IndexError):
            compiled(h, matrix, y)


def test_gradients_can_be_taken_twice_and_accumulate() -> None:
    h, matrix, y, _ = tensors(*layer())
    loss = linear_cross_entropy(h.requires_grad_(), matrix.requires_grad_(), y)
    once = torch.autograd.grad(loss, (h, matrix), retain_graph=True)
    loss.backward(retain_graph=True)
    loss.backward()
    for leaf, slope in zip((h, matrix), once, strict=True):
        torch.testing.assert_close(leaf.grad, 2 * slope)


# -- memory ------------------------------------------------------------------------------------


class Largest(TorchDispatchMode):
    """Records the size of the largest tensor that is created."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for x in results(result):
            self.elements = max(self.elements, x.untyped_storage().nbytes() // x.element_size())
        return result


def results(x: Any) -> Iterator[torch.Tensor]:
    if isinstance(x, torch.Tensor):
        yield x
    elif isinstance(x, (tuple, list)):
        for part in x:
            yield from results(part)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_no_tensor_is_as_large_as_the_logits(dtype: torch.dtype, alpha: float) -> None:
    samples, classes, features, size = 300, 2000, 8, 50
    arguments = tensors(*layer(samples, classes, features), dtype=dtype)
    made = {}
    for f in (functools.partial(linear_cross_entropy, chunk_size=size), plain):
        with Largest() as largest:
            outcome(f, arguments, label_smoothing=alpha)
        made[f] = largest.elements
    ours, theirs = made.values()
    assert theirs == samples * classes
    assert ours == max(samples * size, classes * features)


@pytest.mark.parametrize(
    ("samples", "classes"), [(1, 200_000), (8192, 3000), (100_000, 300)], ids=str
)
def test_the_default_chunk_is_small_but_not_too_narrow(samples: int, classes: int) -> None:
    made = [torch.zeros(shape, device="meta") for shape in ((samples, 1), (classes, 1))]
    y = torch.zeros(samples, dtype=torch.int64, device="meta")
    with Largest() as largest:
        linear_cross_entropy(*made, y)
    allowed = max(chunked._LOGITS_OF_GPU, samples * chunked._LEAST)
    assert largest.elements <= allowed
    assert largest.elements == samples * classes or largest.elements > allowed / 2


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extra_memory_is_a_few_chunks(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    h, matrix = (rng.normal(size=(n, 8)).astype(dtype) for n in (2048, 20_000))
    y = rng.integers(0, 20_000, 2048)
    tracemalloc.start()
    linear_cross_entropy(h, matrix, y, label_smoothing=0.1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    logits = 2048 * 20_000 * np.dtype(dtype).itemsize
    assert most <= 4 * chunked._LOGITS * np.dtype(dtype).itemsize <= logits / 9
