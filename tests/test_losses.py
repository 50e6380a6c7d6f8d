"""The losses: PyTorch's values and gradients in every corner case, and what they have in common."""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import re
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from array_api_compat import array_namespace
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import make_boxed_func
from torch._functorch.partitioners import min_cut_rematerialization_partition
from torch._inductor.decomposition import select_decomp_table

import lossutils._blocks
from lossutils import (
    _checks,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy_loss,
    entropy,
    focal_loss,
    kl_div_loss,
    kl_divergence,
    log_softmax,
    losses,
    nll_loss,
    one_hot,
    sigmoid,
    smooth_labels,
    surprisal,
)

PEERS: dict[Callable[..., Any], Callable[..., Any]] = {
    nll_loss: F.nll_loss,
    cross_entropy_loss: F.cross_entropy,
    binary_cross_entropy: F.binary_cross_entropy,
    binary_cross_entropy_with_logits: F.binary_cross_entropy_with_logits,
    kl_div_loss: F.kl_div,
}
LOSSES = [getattr(lossutils, name) for name in losses.__all__]
OF_CLASSES = [f for f in LOSSES if "ignore_index" in inspect.signature(f).parameters]
REDUCTIONS = ["mean", "sum", "none"]
INF, NAN = math.inf, math.nan
CLOSE = {torch.float64: 1e-10, torch.float32: 1e-5}

pytestmark = pytest.mark.filterwarnings(
    # It warns that `mean` is not a mean over distributions, which is what we compare.
    "ignore:reduction. 'mean' divides the total loss:UserWarning"
)


def name_of(x: Any) -> str | None:
    return x.__name__ if callable(x) else None


def tensor(x: Any, dtype: torch.dtype) -> torch.Tensor:
    """Return `x` as a tensor: floats in that dtype, integers as they are."""
    made = x.clone() if isinstance(x, torch.Tensor) else torch.tensor(np.asarray(x))
    return made.to(dtype) if made.is_floating_point() else made


def outcome(f: Any, arguments: Any, options: Any, dtype: torch.dtype) -> list[torch.Tensor]:
    """Return the value and its gradients in the first argument, and in the second if it has one."""
    inputs = [tensor(x, dtype) for x in arguments]
    given = {k: tensor(x, dtype) if "weight" in k else x for k, x in options.items()}
    leaves = [x.requires_grad_() for x in inputs if x.is_floating_point()]
    result = f(*inputs, **given)
    # Unequal factors, so that mixed-up gradients of samples would show.
    factors = 1 + (torch.arange(result.numel()) % 7).to(result).reshape(result.shape) / 8
    return [result.detach(), *torch.autograd.grad(result, leaves, factors)]


def require_pytorchs(f: Any, arguments: Any, options: Any, dtype: torch.dtype) -> None:
    """Require PyTorch's value and gradients, shape and dtype."""
    ours, theirs = (outcome(g, arguments, options, dtype) for g in (f, PEERS[f]))
    for a, b in zip(ours, theirs, strict=True):
        close = CLOSE[dtype]
        torch.testing.assert_close(a, b, rtol=close, atol=close, equal_nan=True)


def on(xp: Any, x: Any) -> Any:
    """Return `x` as the library's array: floats as float64, integers as int64."""
    values = np.asarray(x)
    return xp.array(values, "int64" if values.dtype.kind == "i" else "float64")


# -- the worked examples of the chapters -------------------------------------------------------


def test_the_likelihoods_of_three_classes(xp: Any) -> None:
    scores, labels = [[2.0, 3.0, 1.0], [3.0, 7.0, 9.0]], [1, 2]
    assert float(nll_loss(on(xp, scores[:1]), on(xp, labels[:1]))) == -3
    results = {r: nll_loss(on(xp, scores), on(xp, labels), reduction=r) for r in REDUCTIONS}
    assert xp.numpy(results["none"]).tolist() == [-3, -9]
    assert (float(results["mean"]), float(results["sum"])) == (-6, -12)


def test_an_image_of_two_classes(xp: Any) -> None:
    image = [
        [[0.0857, 0.6313, 0.1061], [0.7650, 0.8302, 0.0626], [0.6615, 0.0109, 0.3815]],
        [[0.2607, 0.1581, 0.1963], [0.0504, 0.4804, 0.1693], [0.2520, 0.1406, 0.4154]],
    ]
    target = [[[1, 1, 0], [0, 1, 1], [0, 0, 0]]]
    assert round(float(cross_entropy_loss(on(xp, [image]), on(xp, target))), 4) == 0.6898
    pixels = xp.numpy(cross_entropy_loss(on(xp, [image]), on(xp, target), reduction="none"))
    assert round(pixels[0, 0, 0], 4) == 0.6095


def test_the_double_activation(xp: Any) -> None:
    outputs = [
        [0.4901, 0.5024, 0.6291],
        [0.4879, 0.5221, 0.5935],
        [0.4957, 0.5267, 0.5839],
        [0.4933, 0.5412, 0.5688],
        [0.4932, 0.5584, 0.5552],
        [0.5098, 0.5306, 0.5523],
        [0.5116, 0.5335, 0.5529],
        [0.5014, 0.5512, 0.5415],
        [0.5015, 0.5608, 0.5357],
        [0.5230, 0.5307, 0.5322],
    ]
    targets = [1, 0, 0, 1, 2, 0, 0, 1, 0, 0]
    assert round(float(cross_entropy_loss(on(xp, outputs), on(xp, targets))), 4) == 1.1149
    # Probabilities used as logits differ by at most 1, so the loss has a floor.
    for classes, floor in ((3, 0.5514), (10, 1.4612)):
        best = one_hot([0], num_classes=classes)
        assert round(float(cross_entropy_loss(on(xp, best), on(xp, [0]))), 4) == floor
        assert math.isclose(math.log(1 + (classes - 1) / math.e), floor, abs_tol=5e-5)


def test_yes_or_no(xp: Any) -> None:
    z, t = on(xp, 0.6758), on(xp, 0.9)
    p = sigmoid(z)
    assert round(float(p), 4) == 0.6628
    assert round(float(binary_cross_entropy(p, t)), 4) == 0.4789
    assert round(float(binary_cross_entropy_with_logits(z, t)), 4) == 0.4789
    assert round(float(binary_cross_entropy(t, t)), 4) == 0.3251
    assert round(float(binary_cross_entropy(p, on(xp, 1.0))), 4) == 0.4113
    assert round(float(binary_cross_entropy(p, on(xp, 0.0))), 4) == 1.0871


def test_the_floor_of_smoothed_labels(xp: Any) -> None:
    gap = math.log(28)
    logits = on(xp, [[gap, 0.0, 0.0]])
    floor = float(cross_entropy_loss(logits, on(xp, [0]), label_smoothing=0.1))
    smoothed = smooth_labels([0], num_classes=3, label_smoothing=0.1)
    assert math.isclose(floor, entropy(smoothed)[0], rel_tol=1e-14)
    assert round(floor, 4) == 0.2911
    for other in (gap - 0.1, gap + 0.1):
        nearby = cross_entropy_loss(on(xp, [[other, 0.0, 0.0]]), on(xp, [0]), label_smoothing=0.1)
        assert float(nearby) > floor


# -- PyTorch's corner cases --------------------------------------------------------------------

Z = [[1.0, 2.0, -1.0], [0.5, -3.0, 4.0]]
T = [[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]
W = [0.5, 2.0, 3.0]

# The losses' options beside `reduction`, with targets of two samples of three classes.
INDICES: list[tuple[Any, dict[str, Any]]] = [
    ([0, 2], {}),
    ([0, 2], {"weight": W}),
    ([0, 2], {"weight": [-1.0, 2.0, 3.0]}),
    ([0, 2], {"weight": [0.0, 2.0, 0.0]}),
    ([0, -100], {"weight": W}),
    ([-100, -100], {}),
    ([-100, -100], {"weight": W}),
    ([1, 0], {"ignore_index": 1}),
    ([-1, 0], {"ignore_index": -1}),
    ([255, 0], {"ignore_index": 255, "weight": W}),
    ([1, 1], {"ignore_index": 1}),
]
SMOOTHINGS = [0.0, 0.1, 1.0]


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_class_indices(reduction: str, dtype: torch.dtype) -> None:
    for target, options in INDICES:
        options = options | {"reduction": reduction}
        require_pytorchs(nll_loss, (Z, target), options, dtype)
        for alpha in SMOOTHINGS:
            smooth = options | {"label_smoothing": alpha}
            require_pytorchs(cross_entropy_loss, (Z, target), smooth, dtype)
        single = (Z[0], target[0])
        require_pytorchs(nll_loss, single, options, dtype)
        require_pytorchs(cross_entropy_loss, single, options, dtype)


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_class_probabilities(reduction: str, dtype: torch.dtype) -> None:
    unnormalised = [[0.7, 0.9, -0.1], [0.0, 0.0, 0.0]]
    for t in (T, unnormalised):
        for alpha in SMOOTHINGS:
            for options in ({}, {"weight": W}, {"weight": [-1.0, 0.0, 2.0]}, {"ignore_index": -1}):
                options = {**options, "reduction": reduction, "label_smoothing": alpha}
                require_pytorchs(cross_entropy_loss, (Z, t), options, dtype)
                require_pytorchs(cross_entropy_loss, (Z[0], t[0]), options, dtype)


INFINITE: list[tuple[Any, Any, dict[str, Any]]] = [
    ([[-INF, 0.0]], [0], {}),
    ([[-INF, 0.0]], [1], {}),
    ([[-INF, 0.0]], [0], {"label_smoothing": 0.1}),
    ([[-INF, 0.0]], [1], {"label_smoothing": 0.1}),
    ([[-INF, 0.0]], [0], {"label_smoothing": 1.0}),
    ([[-INF, 0.0]], [0], {"weight": [0.0, 1.0], "reduction": "sum"}),
    ([[-INF, 0.0]], [[0.0, 1.0]], {}),
    ([[-INF, 0.0]], [[0.5, 0.5]], {}),
    ([[INF, 0.0]], [0], {}),
    ([[INF, 0.0]], [1], {}),
    ([[INF, INF]], [1], {}),
    ([[-INF, -INF]], [1], {}),
    ([[NAN, 0.0]], [1], {}),
    ([[1.0, 2.0], [NAN, 0.0]], [0, -100], {}),
    ([[1.0, 2.0], [NAN, 0.0]], [0, -100], {"label_smoothing": 0.1}),
    ([[1.0, 2.0], [-INF, -INF]], [0, -100], {}),
    ([[1.0, 2.0], [-INF, -INF]], [0, -100], {"label_smoothing": 0.1, "weight": [1.0, 3.0]}),
    ([[1e4, -1e4], [-1e4, 1e4]], [1, 1], {}),
    ([[1e4, -1e4], [-1e4, 1e4]], [1, 1], {"label_smoothing": 0.1}),
    ([[1e30, -1e30], [0.0, 1e30]], [1, 1], {}),
    ([[1e30, -1e30], [0.0, 1e30]], [[0.5, 0.5], [0.0, 1.0]], {}),
]


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("case", INFINITE, ids=str)
def test_infinite_and_extreme_logits(case: Any, dtype: torch.dtype) -> None:
    z, target, options = case
    require_pytorchs(cross_entropy_loss, (z, target), options, dtype)


def test_values_are_the_same_in_every_library(xp: Any) -> None:
    cases = [(Z, target, options) for target, options in INDICES] + INFINITE
    for z, target, options in cases:
        for reduction in REDUCTIONS:
            here = {**options, "reduction": options.get("reduction", reduction)}
            made = {k: on(xp, x) if k == "weight" else x for k, x in here.items()}
            value = cross_entropy_loss(on(xp, z), on(xp, target), **made)
            (expected, *_) = outcome(F.cross_entropy, (z, target), here, torch.float64)
            np.testing.assert_allclose(xp.numpy(value), expected, rtol=1e-13, atol=1e-300)


EMPTY = [(0, 3), (2, 3, 0), (0, 3, 2)]


@pytest.mark.parametrize("alpha", SMOOTHINGS)
@pytest.mark.parametrize("shape", EMPTY, ids=str)
def test_nothing_to_average(xp: Any, shape: tuple[int, ...], alpha: float) -> None:
    z = np.zeros(shape)
    y = np.zeros((shape[0], *shape[2:]), dtype=np.int64)
    for target in (y, z):
        mean, total, none = (
            cross_entropy_loss(on(xp, z), on(xp, target), label_smoothing=alpha, reduction=r)
            for r in REDUCTIONS
        )
        assert math.isnan(float(mean)) and float(total) == 0
        assert tuple(none.shape) == y.shape
    for f in LOSSES:
        target = on(xp, y if f in OF_CLASSES else z)
        assert math.isnan(float(f(on(xp, z), target)))
        assert float(f(on(xp, z), target, reduction="sum")) == 0
    batchmean = kl_div_loss(on(xp, z), on(xp, z), reduction="batchmean")
    expected = F.kl_div(torch.zeros(shape), torch.zeros(shape), reduction="batchmean")
    np.testing.assert_equal(float(batchmean), expected.item())


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("alpha", SMOOTHINGS)
def test_no_classes(alpha: float, reduction: str) -> None:
    for samples in (0, 2):
        z, y = torch.zeros(samples, 0), torch.full((samples,), -100)
        options = {"reduction": reduction, "label_smoothing": alpha}
        for t in (z, y):
            expected = F.cross_entropy(z, t, **options)
            ours = cross_entropy_loss(z.numpy(), t.numpy(), **options)
            np.testing.assert_array_equal(ours, expected.numpy())
            require_pytorchs(cross_entropy_loss, (z, t), options, torch.float32)
        require_pytorchs(nll_loss, (z, y), {"reduction": reduction}, torch.float32)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_weights_that_cancel_divide_by_0(reduction: str) -> None:
    for weight in ([1.0, -1.0, -1.0], [0.0, 1.0, 0.0]):
        options = {"weight": weight, "reduction": reduction}
        require_pytorchs(nll_loss, (Z, [2, 0]), options, torch.float64)
        require_pytorchs(cross_entropy_loss, (Z, [2, 0]), options, torch.float64)
        for alpha in SMOOTHINGS:
            smooth = options | {"label_smoothing": alpha}
            ours, theirs = (
                f(
                    torch.tensor(Z),
                    torch.tensor([2, 0]),
                    **{**smooth, "weight": torch.tensor(weight)},
                )
                for f in (cross_entropy_loss, F.cross_entropy)
            )
            torch.testing.assert_close(ours, theirs, equal_nan=True)


@pytest.mark.parametrize("weight", [INF, NAN, -INF])
def test_an_ignored_sample_has_no_gradient_whatever_the_weights(weight: float) -> None:
    options = {"weight": [weight, 1.0, 1.0]}
    for f in (nll_loss, cross_entropy_loss):
        require_pytorchs(f, (Z, [1, -100]), options, torch.float64)
    for f in OF_CLASSES:
        _, slopes = outcome(f, (Z, [1, -100]), options, torch.float64)
        assert slopes[1].tolist() == [0, 0, 0] and slopes[0].isfinite().all()


def weighted_calls(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield random logits, targets of either kind, and options, with weights of every kind."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(3, 3), scale=3)
        weight = rng.choice([0.0, 1.0, 2.5, -1.0, INF, -INF, NAN], p=[0.1, 0.4, *[0.1] * 5], size=3)
        alpha = rng.choice([0.0, 0.1, 1.0])
        target = rng.integers(0, 3, 3)
        target[0] = rng.choice([target[0], -100])
        if rng.random() < 0.5:
            target = (
                one_hot(np.abs(target) % 3, num_classes=3)
                if rng.random() < 0.3
                else rng.random((3, 3))
            )
        yield z, target, {"weight": weight, "label_smoothing": float(alpha)}


@pytest.mark.slow
def test_infinite_weights_give_pytorchs_values_and_slopes() -> None:
    def values_and_slopes(f: Any, z: Any, target: Any, **options: Any) -> Iterator[torch.Tensor]:
        leaf = torch.from_numpy(z).requires_grad_()
        options["weight"] = torch.from_numpy(options["weight"])
        for reduction in REDUCTIONS:
            losses = f(leaf, torch.from_numpy(target), reduction=reduction, **options)
            yield losses.detach().flatten()
            for upstream, graph in itertools.product((1.0, 0.0), (False, True)):
                of = losses, leaf, torch.full_like(losses, upstream)
                [slopes] = torch.autograd.grad(*of, retain_graph=True, create_graph=graph)
                yield slopes.detach().flatten()

    for z, target, options in weighted_calls(60):
        ours, theirs = (
            torch.cat([*values_and_slopes(f, z, target, **options)])
            for f in (cross_entropy_loss, F.cross_entropy)
        )
        case = functools.partial("{}, {}, {}: {}".format, z, target, options)
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12, equal_nan=True, msg=case)


def test_harmless_underflow_is_silent() -> None:
    with np.errstate(all="raise"):
        for f in OF_CLASSES:
            f([[0.0, -1000.0]], [0])


def test_the_gradient_is_0_if_all_are_ignored_and_nan_without_weight() -> None:
    # Both are 0/0, but an ignored sample gets no gradient, as in PyTorch.
    _, ignored = outcome(cross_entropy_loss, (Z, [-100, -100]), {}, torch.float64)
    assert ignored.tolist() == [[0, 0, 0], [0, 0, 0]]
    _, weightless = outcome(cross_entropy_loss, (Z, [0, 0]), {"weight": [0.0, 1, 1]}, torch.float64)
    assert weightless.isnan().all()


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"]


@pytest.mark.parametrize("kind", INTEGERS)
def test_indices_of_every_dtype(xp: Any, kind: str) -> None:
    expected = F.cross_entropy(torch.tensor(Z), torch.tensor([2, 1])).item()
    target = xp.array([2, 1], kind)
    for f in OF_CLASSES:
        f(on(xp, Z), target, weight=on(xp, W), ignore_index=0)
    assert math.isclose(float(cross_entropy_loss(on(xp, Z), target)), expected, rel_tol=1e-6)


def test_indices_may_be_pythons_integers_in_an_array() -> None:
    for f in OF_CLASSES:
        assert f(np.array(Z), np.array([2, 1], dtype=object)) == f(np.array(Z), [2, 1])


def test_a_uint8_156_is_not_minus_100(readable_xp: Any) -> None:
    with pytest.raises(IndexError, match=r"got target\[1\] = 156"):
        cross_entropy_loss(on(readable_xp, Z), readable_xp.array([0, 156], "uint8"))


def test_a_mean_of_indices_and_of_one_hot_rows_differ_under_weights() -> None:
    y, t = [0, 1], one_hot([0, 1], num_classes=3)
    by_index, by_row = (cross_entropy_loss(Z, target, weight=W) for target in (y, t))
    losses = cross_entropy_loss(Z, y, weight=W, reduction="none")
    assert math.isclose(by_index, losses.sum() / (W[0] + W[1]))
    assert math.isclose(by_row, losses.sum() / 2)


# -- yes or no ---------------------------------------------------------------------------------

EDGES = [0.0, 1e-45, 1e-38, 1e-20, 1e-13, 9e-13, 1.1e-12, 1e-7, 0.3, 0.5, 1 - 1e-7, 1 - 1e-13, 1.0]


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_at_its_bounds(reduction: str, dtype: torch.dtype) -> None:
    pairs = torch.tensor([(p, t) for p in EDGES for t in (0.0, 0.25, 1.0)], dtype=torch.float64)
    p, t = pairs.unbind(1)
    ours, theirs = (
        outcome(f, (p, t), {"reduction": reduction}, dtype)
        for f in (binary_cross_entropy, F.binary_cross_entropy)
    )
    close = CLOSE[dtype]
    for a, b in zip(ours[:2], theirs[:2]):
        torch.testing.assert_close(a, b, rtol=close, atol=close)
    # The slope in t is log(1 - p) - log p; ours is clamped like the loss, PyTorch's is not.
    share = 1 / p.numel() if reduction == "mean" else 8 / 8
    bound = 100 * (15 / 8 if reduction == "none" else share)
    inside = theirs[2].isfinite() & (theirs[2].abs() < 100 * share)
    torch.testing.assert_close(ours[2][inside], theirs[2][inside], rtol=close, atol=close)
    assert ours[2].abs().max() <= bound * (1 + close)


def test_binary_cross_entropy_is_100_at_worst(xp: Any) -> None:
    p, t = on(xp, [0.0, 1.0, 0.0, 1.0, 1e-20]), on(xp, [1.0, 0.0, 0.0, 1.0, 1.0])
    losses = xp.numpy(binary_cross_entropy(p, t, reduction="none"))
    np.testing.assert_allclose(losses, [100, 100, 0, 0, 46.0517018598809])
    assert not np.any(np.signbit(losses))


@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_a_graph_has_the_slopes_at_the_bounds(monkeypatch: pytest.MonkeyPatch, t: float) -> None:
    """What torch.compile is given, run without it."""
    monkeypatch.setattr(lossutils._formulas, "is_compiling", lambda _: True)
    pairs = []
    for f in (binary_cross_entropy, F.binary_cross_entropy):
        p = torch.tensor(EDGES, dtype=torch.float64, requires_grad=True)
        loss = f(p, torch.full_like(p, t).detach(), reduction="none")
        pairs.append((loss.detach(), *torch.autograd.grad(loss.sum(), p)))
    for ours, theirs in zip(*pairs, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-12)


def test_binary_cross_entropy_has_a_second_derivative() -> None:
    p = torch.tensor([0.2, 0.9], dtype=torch.float64, requires_grad=True)
    t = torch.tensor([1.0, 0.3], dtype=torch.float64)
    curvatures = []
    for f in (binary_cross_entropy, F.binary_cross_entropy):
        (slope,) = torch.autograd.grad(f(p, t), p, create_graph=True)
        curvatures.append(torch.autograd.grad(slope.sum(), p)[0])
    torch.testing.assert_close(*curvatures, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", [{}, {"pos_weight": 3.0}, {"weight": 0.5, "pos_weight": 0.2}])
def test_binary_cross_entropy_with_logits(
    options: dict[str, Any], reduction: str, dtype: torch.dtype
) -> None:
    targets = (0.0, 0.25, 1.0, -1.0, 2.0)
    finite = [0.0, -0.0, 1e-3, 3.0, -3.0, 50.0, -50.0, 1e4, -1e4]
    options = {**options, "reduction": reduction}
    pairs = torch.tensor([(z, t) for z in finite for t in targets])
    require_pytorchs(binary_cross_entropy_with_logits, pairs.unbind(1), options, dtype)
    for z in (INF, -INF, NAN):
        for t in targets:
            ours, theirs = (
                outcome(f, ([z], [t]), options, dtype)
                for f in (binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits)
            )
            for a, b in zip(ours[:2], theirs[:2]):
                torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5, equal_nan=True)


@pytest.mark.parametrize("shape", [(), (1,), (4,), (1, 4), (3, 1), (1, 1), (3, 4)], ids=str)
def test_weights_broadcast_to_the_input(xp: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    p, t, w = rng.random((3, 4)), rng.random((3, 4)), rng.normal(size=shape)
    for f in (binary_cross_entropy, binary_cross_entropy_with_logits):
        for name in ("weight", "pos_weight")[: 1 + (f is binary_cross_entropy_with_logits)]:
            for reduction in REDUCTIONS:
                ours = f(on(xp, p), on(xp, t), reduction=reduction, **{name: on(xp, w)})
                tensors = [torch.from_numpy(x) for x in (p, t)]
                options = {name: torch.tensor(w), "reduction": reduction}
                np.testing.assert_allclose(
                    xp.numpy(ours), PEERS[f](*tensors, **options), rtol=1e-13
                )


def test_weights_get_gradients() -> None:
    w = torch.tensor(W, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda w: cross_entropy_loss(torch.tensor(Z).double(), torch.tensor([0, 2]), weight=w),
        w.double(),
    )
    one = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    z, t = torch.tensor(Z).double(), torch.tensor(T).double()
    assert torch.autograd.gradcheck(
        lambda w: binary_cross_entropy_with_logits(z, t, weight=w, pos_weight=w), one
    )


# -- the divergence ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
def test_kl_div_loss(reduction: str, dtype: torch.dtype) -> None:
    log_q, t = log_softmax(np.array(Z)), np.array([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]])
    for options, target in (({}, t), ({"log_target": True}, np.log(t))):
        options = {**options, "reduction": reduction}
        for pair in ((log_q, target), (log_q[0], target[0]), (log_q[0, 0], target[0, 0])):
            arguments = tuple(torch.tensor(x) for x in pair)
            require_pytorchs(kl_div_loss, arguments, options, dtype)


def test_kl_div_loss_at_zero_and_infinity() -> None:
    log_q, t = [-1.0, -INF, -INF, -1.0, -1.0], [0.0, 0.0, 0.5, -0.5, 0.5]
    ours, theirs = (
        outcome(f, (log_q, t), {"reduction": "none"}, torch.float64)
        for f in (kl_div_loss, F.kl_div)
    )
    for a, b in zip(ours[:2], theirs[:2]):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=1e-14, equal_nan=True)
    # The slope in t at 0, whose limit is infinite, is NaN in PyTorch; ours leaves out log t.
    torch.testing.assert_close(ours[2][2:], theirs[2][2:], rtol=1e-14, atol=0, equal_nan=True)
    assert theirs[2][:2].isnan().all() and ours[2][0] == 1
    logs = ([-1.0, -INF, -INF, -1.0], [-INF, -INF, -0.5, -0.5])
    require_pytorchs(kl_div_loss, logs, {"log_target": True, "reduction": "none"}, torch.float64)


@pytest.mark.parametrize("shape", [(2, 0), (0, 3), (0,)], ids=str)
@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
def test_kl_div_loss_of_an_empty_batch(shape: tuple[int, ...], reduction: str) -> None:
    nothing = torch.zeros(shape)
    require_pytorchs(kl_div_loss, (nothing, nothing), {"reduction": reduction}, torch.float64)


def test_sums_of_kl_div_loss_are_divergences(xp: Any) -> None:
    p, q = (np.exp(log_softmax(np.array(z))) for z in (Z, Z[::-1]))
    terms = kl_div_loss(on(xp, np.log(q)), on(xp, p), reduction="none")
    np.testing.assert_allclose(xp.numpy(terms).sum(-1), kl_divergence(p, q), rtol=1e-13)
    sure = kl_div_loss(on(xp, np.log(q)), on(xp, [[0.0, 1, 0], [1, 0, 0]]), reduction="none")
    expected = nll_loss(np.log(q), [1, 0], reduction="none")
    np.testing.assert_allclose(xp.numpy(sure).sum(-1), expected, rtol=1e-15)


# -- random calls ------------------------------------------------------------------------------


@st.composite
def calls(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """Draw logits of any shape, a target of either kind, and options."""
    classes = draw(st.integers(1, 5))
    batch = draw(st.sampled_from([(), (1,), (3,), (2, 2), (2, 1, 3)]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([1e-3, 1.0, 10.0, 1e3]))
    z = rng.normal(size=(*batch, classes), scale=scale)
    options: dict[str, Any] = {
        "reduction": draw(st.sampled_from(REDUCTIONS)),
        "label_smoothing": draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])),
    }
    if draw(st.booleans()):
        options["weight"] = rng.normal(1, 1, size=classes)
    axis = min(1, len(batch))
    if draw(st.booleans()):
        target = rng.random(z.shape)
        return np.moveaxis(z, -1, axis).copy(), np.moveaxis(target, -1, axis).copy(), options
    target = rng.integers(0, classes, batch)
    options["ignore_index"] = draw(st.sampled_from([-100, 0, classes - 1]))
    if options["ignore_index"] < 0:
        target = np.where(rng.random(batch) < 0.3, -100, target)
    return np.moveaxis(z, -1, axis).copy(), target, options


@pytest.mark.slow
@settings(max_examples=100)
@given(calls())
def test_random_calls_are_pytorchs(drawn: Any) -> None:
    z, target, options = drawn
    arguments = (torch.from_numpy(z), torch.tensor(target))
    require_pytorchs(cross_entropy_loss, arguments, options, torch.float64)
    expected, *_ = outcome(F.cross_entropy, arguments, options, torch.float64)
    close = {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(cross_entropy_loss(z, target, **options), expected, **close)
    if target.dtype.kind == "i":
        del options["label_smoothing"]
        require_pytorchs(nll_loss, arguments, options, torch.float64)


# -- what the losses have in common ------------------------------------------------------------


@settings(max_examples=50)
@given(calls())
def test_cross_entropy_is_the_likelihood_of_softmax(drawn: Any) -> None:
    z, target, options = drawn
    close = {"rtol": 1e-12, "atol": 1e-12}
    axis = min(1, z.ndim - 1)
    alpha = options.pop("label_smoothing")
    if target.dtype.kind == "i":
        plain = cross_entropy_loss(z, target, **options)
        likelihood = nll_loss(log_softmax(z, axis=axis), target, **options)
        np.testing.assert_allclose(likelihood, plain, **close)
        np.testing.assert_allclose(focal_loss(z, target, gamma=0, **options), plain, **close)
        # Smoothing in the loss equals smoothing the target (except for the mean's divisor).
        kept = target != options.pop("ignore_index")
        options["reduction"] = "none"
        soft = smooth_labels(
            np.where(kept, target, 0), num_classes=z.shape[axis], label_smoothing=alpha, axis=axis
        )
        inside = cross_entropy_loss(z, np.where(kept, target, 0), label_smoothing=alpha)
        np.testing.assert_allclose(cross_entropy_loss(z, soft), inside, **close)


def test_a_weight_of_0_is_leaving_the_sample_out(xp: Any) -> None:
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(20, 3)), rng.integers(0, 3, 20)
    for f in OF_CLASSES:
        for reduction in ("mean", "sum"):
            weighted = f(on(xp, z), on(xp, y), weight=on(xp, [1.0, 0, 2]), reduction=reduction)
            fewer = f(
                on(xp, z[y != 1]),
                on(xp, y[y != 1]),
                weight=on(xp, [1.0, 5, 2]),
                reduction=reduction,
            )
            ignored = f(
                on(xp, z),
                on(xp, y),
                weight=on(xp, [1.0, 5, 2]),
                reduction=reduction,
                ignore_index=1,
            )
            for other in (fewer, ignored):
                assert math.isclose(float(weighted), float(other), rel_tol=1e-13)


def test_pixels_are_samples(xp: Any) -> None:
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(2, 4, 3, 5)), rng.integers(0, 4, (2, 3, 5))
    flat = np.moveaxis(z, 1, -1).reshape(-1, 4)
    for f in OF_CLASSES:
        for reduction in REDUCTIONS:
            options = {"weight": on(xp, [1.0, 2, 3, 4]), "reduction": reduction}
            image = xp.numpy(f(on(xp, z), on(xp, y), **options))
            row = xp.numpy(f(on(xp, flat), on(xp, y.reshape(-1)), **options))
            np.testing.assert_allclose(image.reshape(row.shape), row, rtol=1e-13)


def test_yes_or_no_is_a_choice_of_two(xp: Any) -> None:
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=50, scale=5), rng.integers(0, 2, 50)
    two = np.stack([np.zeros_like(z), z], axis=-1)
    choice = xp.numpy(cross_entropy_loss(on(xp, two), on(xp, y), reduction="none"))
    t = on(xp, y.astype(float))
    by_logit = binary_cross_entropy_with_logits(on(xp, z), t, reduction="none")
    np.testing.assert_allclose(xp.numpy(by_logit), choice, rtol=1e-12)
    by_probability = binary_cross_entropy(sigmoid(on(xp, z)), t, reduction="none")
    np.testing.assert_allclose(xp.numpy(by_probability), choice, rtol=1e-9)


# -- the focal loss ----------------------------------------------------------------------------


def papers_focal_loss(z: Any, t: Any, alpha: float, gamma: float) -> Any:
    """Return the focal loss as in its paper: equations (2), (4) and (5)."""
    p = 1 / (1 + np.exp(-z))
    p_t = np.where(t == 1, p, 1 - p)
    alpha_t = np.where(t == 1, alpha, 1 - alpha)
    return -alpha_t * (1 - p_t) ** gamma * np.log(p_t)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_focal_loss_is_the_papers(xp: Any, gamma: float) -> None:
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=50, scale=2), rng.integers(0, 2, 50)
    logits = on(xp, np.stack([np.zeros_like(z), z], axis=-1))
    ours = focal_loss(logits, on(xp, y), gamma=gamma, weight=on(xp, [0.75, 0.25]), reduction="none")
    np.testing.assert_allclose(xp.numpy(ours), papers_focal_loss(z, y, 0.25, gamma), rtol=1e-12)


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2.0])
def test_focal_loss_has_the_right_slope(gamma: float) -> None:
    z = torch.tensor(Z, dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0, 2])
    assert torch.autograd.gradcheck(lambda z: focal_loss(z, y, gamma=gamma), z)


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2.0])
def test_focal_loss_of_certain_and_wrong_predictions(gamma: float) -> None:
    z = [[1e4, -1e4], [40.0, 0.0], [-1e4, 1e4]]
    losses, slopes = outcome(
        focal_loss, (z, [0, 0, 0]), {"gamma": gamma, "reduction": "none"}, torch.float64
    )
    assert losses[0] == 0 and math.copysign(1, losses[0]) == 1
    assert losses[1] <= 1e-17
    assert losses[2] == 2e4
    assert slopes.isfinite().all()
    assert slopes[0].abs().max() == 0
    torch.testing.assert_close(slopes[2], torch.tensor([-1.25, 1.25]).double())
    loss, slope = outcome(
        focal_loss, ([[-INF, 0.0, 0.0]], [0]), {"gamma": gamma, "reduction": "none"}, torch.float64
    )
    assert math.isinf(loss)
    torch.testing.assert_close(slope, torch.tensor([[-1.0, 0.5, 0.5]]).double())


# -- types, devices, memory --------------------------------------------------------------------


def example(f: Any, dtype: torch.dtype, rows: int = 20, size: int = 6) -> list[torch.Tensor]:
    """Return two random arguments for the loss `f`."""
    rng = np.random.default_rng(0)
    z = torch.from_numpy(rng.normal(size=(rows, size), scale=3)).to(dtype)
    if f in OF_CLASSES:
        y = torch.from_numpy(rng.integers(0, size, rows))
        return [torch.log_softmax(z, -1) if f is nll_loss else z, y]
    t = torch.from_numpy(rng.random((rows, size))).to(dtype)
    if f is kl_div_loss:
        return [torch.log_softmax(z, -1), t]
    return [torch.sigmoid(z / 3) if f is binary_cross_entropy else z, t]


@pytest.mark.parametrize("f", LOSSES, ids=name_of)
def test_inputs_are_not_changed(xp: Any, f: Any) -> None:
    values = [x.numpy() for x in example(f, torch.float64)]
    inputs = [on(xp, x.copy()) for x in values]
    f(*inputs)
    for x, value in zip(inputs, values):
        np.testing.assert_array_equal(xp.numpy(x), value)


@pytest.mark.parametrize("f", LOSSES, ids=name_of)
def test_dtypes_are_kept_or_promoted(xp: Any, f: Any) -> None:
    x, t = (x.numpy() for x in example(f, torch.float64))
    target = xp.array(t, "int64" if t.dtype.kind == "i" else "float32")
    for reduction in REDUCTIONS:
        for dtype in ("float32", "float64"):
            result = f(xp.array(x, dtype), target, reduction=reduction)
            assert str(result.dtype).endswith(dtype)
            assert tuple(result.shape) == (() if reduction != "none" else t.shape)
    wide = f(x.astype(np.longdouble), t)
    assert wide.dtype == np.longdouble
    assert math.isclose(wide, f(x, t), rel_tol=1e-13)
    half = f(x.astype(np.float16), t if t.dtype.kind == "i" else t.astype(np.float16))
    assert half.dtype == np.float16
    assert math.isclose(half, f(x, t), rel_tol=5e-3)


def test_probabilities_and_weights_promote() -> None:
    z, t = torch.tensor(Z), torch.tensor(T).double()
    assert cross_entropy_loss(z, t).dtype == F.cross_entropy(z, t).dtype == torch.float64


def test_lists_and_numbers_are_accepted() -> None:
    assert isinstance(cross_entropy_loss(Z, [0, 2]), np.float64)
    assert cross_entropy_loss(Z, (0, 2)) == cross_entropy_loss(np.array(Z), np.array([0, 2]))
    assert cross_entropy_loss([1, 2, 3], 0) == cross_entropy_loss([1.0, 2.0, 3.0], np.int8(0))
    assert binary_cross_entropy([0.5, 0.25], [1, 0]) == binary_cross_entropy([0.5, 0.25], [1.0, 0])
    tensors = cross_entropy_loss(torch.tensor(Z), [0, 2], weight=[1, 2, 3])
    expected = cross_entropy_loss(Z, [0, 2], weight=[1, 2, 3])
    assert math.isclose(tensors.item(), expected, rel_tol=1e-6)


NUMBERS = [2, 2.0, np.float64(2), np.int8(2), np.array(2.0).item()]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numbers_and_lists_take_the_dtype_of_the_arrays_beside_them(xp: Any, dtype: str) -> None:
    if dtype == "float16" and xp.name == "array-api-strict":
        dtype = "float32"
    z, t, y = xp.array(Z, dtype), xp.array(T, dtype), xp.array([0, 2], "int64")
    for number in [*NUMBERS, [2] * 3, (2.0,) * 3, [np.float64(2)] * 3]:
        for result in (
            binary_cross_entropy_with_logits(z, t, pos_weight=number, weight=number),
            binary_cross_entropy(t, T, weight=number),
            binary_cross_entropy(T, t, weight=number),
            kl_div_loss(Z, t),
            *(f(z, y, weight=[number] * 3 if np.ndim(number) == 0 else number) for f in OF_CLASSES),
            cross_entropy_loss(z, T),
            cross_entropy_loss(Z, t),
            kl_divergence(t, T),
        ):
            assert result.dtype == z.dtype
    assert cross_entropy_loss(Z, y).dtype == xp.namespace.float64
    # An array is not a number, even without an axis; NumPy's integers become float64.
    wide = xp.array(2.0, "float64")
    assert binary_cross_entropy(t, t, weight=wide).dtype == xp.namespace.float64


def test_numpy_scalars_keep_their_dtype_if_there_is_no_array() -> None:
    half = np.float16(0.5)
    assert binary_cross_entropy(half, half).dtype == np.float16
    assert binary_cross_entropy(half, 1).dtype == np.float16
    assert binary_cross_entropy(half, np.float32(1)).dtype == np.float32
    assert binary_cross_entropy(0.5, 1).dtype == np.float64


@pytest.mark.slow
def test_numbers_and_lists_are_accepted_in_a_compiled_graph() -> None:
    z, t = torch.tensor(Z), torch.tensor(T)

    def f(z: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (
            binary_cross_entropy_with_logits(z, t, pos_weight=2.0, weight=[1.0, 2.0, 3.1]),
            cross_entropy_loss(z, [0, 2], weight=[1, 2.0, 3.1]),
        )

    assert compiled(f)(z) == f(z)


NARROW = [torch.bfloat16, torch.float16]


def require_no_more_error(f: Any, arguments: Any, options: Any, dtype: torch.dtype) -> None:
    """Ask that value and gradients are as near to float64's as those of PyTorch's function."""
    mine, its = (outcome(g, arguments, options, dtype) for g in (f, PEERS[f]))
    wide = [x.to(dtype).double() if x.is_floating_point() else x for x in arguments]
    precise = {k: x.to(dtype).double() if k == "weight" else x for k, x in options.items()}
    exact = outcome(PEERS[f], wide, precise, torch.float64)
    for a, b, c in zip(mine, its, exact, strict=True):
        error, theirs, least = ((x.double() - c).abs() for x in (a, b, c.to(dtype)))
        allowed = torch.maximum(theirs.max(), least)
        # A quarter more is room for a last rounding that goes the other way.
        assert torch.all(error <= 1.25 * allowed), (options, error.max(), theirs.max())


@pytest.mark.parametrize("dtype", NARROW, ids=str)
@pytest.mark.parametrize("size", [3, 500])
@pytest.mark.parametrize("f", PEERS, ids=name_of)
def test_narrow_dtypes_are_no_less_accurate_than_pytorch(
    f: Any, size: int, dtype: torch.dtype
) -> None:
    for reduction in REDUCTIONS:
        require_no_more_error(f, example(f, dtype, 50, size), {"reduction": reduction}, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", NARROW, ids=str)
@pytest.mark.parametrize("size", [3, 500])
def test_narrow_soft_targets_are_no_less_accurate_than_pytorch(
    size: int, dtype: torch.dtype
) -> None:
    z, y = example(cross_entropy_loss, torch.float64, 50, size)
    rng = np.random.default_rng(1)
    t = torch.softmax(torch.from_numpy(rng.normal(size=z.shape)), -1)
    weights = torch.from_numpy(rng.random(size))
    for target, alpha, weight in itertools.product((y, t), (0.0, 0.1), (None, weights)):
        for reduction in REDUCTIONS:
            options = {"reduction": reduction, "label_smoothing": alpha}
            options |= {} if weight is None else {"weight": weight}
            require_no_more_error(cross_entropy_loss, (z, target), options, dtype)


def under_autocast(f: Any, kind: torch.dtype, x: Any, *others: Any, **options: Any) -> Any:
    """Return the value and its gradient in `x`, or None where the dtypes are too many for `f`."""
    leaf = x.clone().requires_grad_()
    try:
        with torch.autocast("cpu", dtype=kind):
            result = f(leaf, *others, **options)
        return result.detach(), *torch.autograd.grad(result.sum(), leaf)
    except RuntimeError as error:
        if not re.search("Found dtype|expected scalar type", str(error)):
            raise
        return None


@pytest.mark.slow
@pytest.mark.parametrize("kind", NARROW, ids=str)
@pytest.mark.parametrize("f", LOSSES, ids=name_of)
def test_autocast_gives_pytorchs_values_and_dtypes(f: Any, kind: torch.dtype) -> None:
    x, t = example(f, torch.float64)
    types = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    # PyTorch has no focal loss: there ours must give what it gives for wider logits.
    peer = PEERS.get(f, lambda x, *others, **options: f(at_least_float32(x), *others, **options))
    compared = 0
    reductions = itertools.cycle(REDUCTIONS)
    for (dtype, other), reduction in zip(itertools.product(types, types), reductions):
        calls: list[Any] = [(t.to(other) if t.is_floating_point() else t, {})]
        if f in OF_CLASSES:
            calls.append((t, {"weight": torch.linspace(0.5, 2, x.shape[1]).to(other)}))
        if f is cross_entropy_loss:
            soft = torch.softmax(x.flip(0), -1).to(other)
            calls += [(target, {"label_smoothing": 0.1}) for target in (t, soft)] + [(soft, {})]
        for target, options in calls:
            arguments = (kind, x.to(dtype), target)
            ours, theirs = (
                under_autocast(g, *arguments, reduction=reduction, **options) for g in (f, peer)
            )
            if theirs is None:  # where PyTorch refuses to mix types, ours takes the widest
                assert ours[0].dtype == torch.float64
                continue
            compared += 1
            # Of float64 logits and narrower targets PyTorch's result has the type of the targets.
            mixed = f is binary_cross_entropy_with_logits and dtype == torch.float64 != other
            for a, b in zip(ours, theirs, strict=True):
                # PyTorch computes in the type of the narrower argument what it makes of that alone.
                precise = dtype == other == torch.float64
                close = 1e-12 if precise else 1e-2 if b.dtype in NARROW else 1e-5
                torch.testing.assert_close(a, b, rtol=close, atol=close, check_dtype=not mixed)
    assert compared >= 10


def at_least_float32(x: torch.Tensor) -> torch.Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


@pytest.mark.parametrize("f", LOSSES, ids=name_of)
def test_the_device_is_kept(f: Any) -> None:
    inputs = [x.to("meta") for x in example(f, torch.float32)]
    assert f(*inputs).device.type == "meta"
    none = f(*inputs, reduction="none")
    assert none.device.type == "meta" and none.shape == inputs[1].shape


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("f", LOSSES, ids=name_of)
def test_nothing_waits_for_the_gpu(f: Any) -> None:
    inputs = [x.to("cuda") for x in example(f, torch.float32)]
    torch.cuda.set_sync_debug_mode("error")
    try:
        result = f(inputs[0].requires_grad_(), inputs[1])
        result.backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    on_cpu = f(*example(f, torch.float32))
    torch.testing.assert_close(result.detach().cpu(), on_cpu, rtol=1e-5, atol=1e-5)


def compiled(f: Any, backend: Any = "aot_eager") -> Any:
    """Compile `f` into one graph, afresh: Dynamo keeps only a few variants of a function."""
    torch.compiler.reset()
    return torch.compile(f, fullgraph=True, backend=backend)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "close"),
    [(torch.float64, 1e-13), (torch.bfloat16, 2**-7)],
    ids=str,
)
def test_functions_compile_to_one_graph(dtype: torch.dtype, close: float) -> None:
    # All in one graph: to compile them one by one takes more than twice as long.
    def f(*inputs: torch.Tensor) -> torch.Tensor:
        return torch.stack([loss(*inputs[2 * i :][:2]) for i, loss in enumerate(LOSSES)])

    arguments = [x for loss in LOSSES for x in example(loss, dtype)]
    in_one = compiled(f)
    for a, b in zip(outcome(in_one, arguments, {}, dtype), outcome(f, arguments, {}, dtype)):
        torch.testing.assert_close(a, b, rtol=close, atol=close / 100)


class Graphs:
    """A backend of torch.compile that keeps the graphs, forward and backward."""

    def __init__(self) -> None:
        self.both: list[torch.fx.GraphModule] = []
        self.backend = aot_autograd(
            fw_compiler=self.keep,
            bw_compiler=self.keep,
            partition_fn=min_cut_rematerialization_partition,
            decompositions=select_decomp_table(),
        )

    def keep(self, graph: torch.fx.GraphModule, inputs: Any) -> Any:
        self.both.append(graph)
        return make_boxed_func(graph.forward)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", SMOOTHINGS)
def test_a_compiled_loss_keeps_the_logits_and_nothing_of_their_size(alpha: float) -> None:
    # In bfloat16, because a float32 array beside the logits would be twice their size.
    z, y = example(cross_entropy_loss, torch.bfloat16, 20, 60)
    graphs = Graphs()
    in_one = compiled(cross_entropy_loss, graphs.backend)
    in_one(z.requires_grad_(), y, label_smoothing=alpha).backward()
    forward, backward = (graph.graph.nodes for graph in graphs.both)
    kept = [n for n in backward if n.op == "placeholder" and n.meta["val"].numel() >= z.numel()]
    assert [n.meta["val"].dtype for n in kept] == [torch.bfloat16]
    # Nor is there an operation that can't be fused with its neighbours.
    steps = {n.target.__name__ for n in (*forward, *backward) if n.op == "call_function"}
    assert not {name for name in steps if re.match("index_put|scatter|gather|_log_softmax", name)}


@pytest.mark.slow
def test_options_compile_to_one_graph() -> None:
    z, y = example(cross_entropy_loss, torch.float64)
    w = torch.arange(1.0, 7.0, dtype=torch.float64)
    options = {"weight": w, "ignore_index": 2, "label_smoothing": 0.1}
    smoothed = functools.partial(cross_entropy_loss, **options)
    torch.testing.assert_close(
        compiled(smoothed)(z, y),
        F.cross_entropy(z, y, **options),
    )
    del options["ignore_index"]
    soft = functools.partial(cross_entropy_loss, **options)
    t = torch.softmax(z, -1)
    torch.testing.assert_close(
        compiled(soft)(z, t),
        F.cross_entropy(z, t, **options),
    )


@pytest.mark.slow
def test_options_may_change_between_calls_of_a_compiled_loss() -> None:
    # From the second value on, torch.compile makes a number symbolic; it must still be checked.
    z, y = example(cross_entropy_loss, torch.float64)
    for f, option in ((cross_entropy_loss, "label_smoothing"), (focal_loss, "gamma")):
        in_one = compiled(f)
        for value in (0.0, 0.25, 1.0):
            torch.testing.assert_close(in_one(z, y, **{option: value}), f(z, y, **{option: value}))


@pytest.mark.slow
def test_a_bad_index_that_cannot_be_checked_is_still_an_error() -> None:
    z, y = example(cross_entropy_loss, torch.float64)
    in_one = compiled(cross_entropy_loss)
    for bad in (-1, -6, 6, 255):
        y[3] = bad
        with pytest.raises(IndexError):
            in_one(z, y)


@pytest.mark.parametrize(("device", "number"), [("meta", 1), ("cpu", 64)])
def test_a_tensor_is_cut_into_few_blocks(device: str, number: int) -> None:
    # Each cut costs more on a GPU, for which "meta" stands here.
    for elements, blocks in ((10, 1), (2**22, number), (2**30, 64)):
        x = torch.empty(1, device=device).expand(elements)
        namespace = array_namespace(x)
        assert len(lossutils._blocks.element_blocks(namespace, x)) == blocks


@pytest.mark.parametrize("size", [8, 100, 1000])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    rng = np.random.default_rng(0)
    z, y, t = rng.normal(size=(6, 5, 7)), rng.integers(0, 5, (6, 7)), rng.random((6, 5, 7))
    w = rng.random(5)

    def all_losses() -> list[Any]:
        options = {"reduction": "none", "weight": w}
        return [
            *(f(z, y, **options) for f in OF_CLASSES),
            cross_entropy_loss(z, y, label_smoothing=0.1, **options),
            cross_entropy_loss(z, t, label_smoothing=0.1, **options),
            binary_cross_entropy(t, t, reduction="none"),
            binary_cross_entropy_with_logits(z, t, pos_weight=t, reduction="none"),
            kl_div_loss(z, t, reduction="none"),
        ]

    whole = all_losses()
    monkeypatch.setattr(lossutils._blocks, "BLOCK_BYTES", size)
    for one, other in zip(whole, all_losses(), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["indices", "smoothed", "probabilities", "image"])
def test_extra_memory_is_a_few_blocks(kind: str, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    shape = (2, 1000, 2048) if kind == "image" else (4096, 1000)
    z = rng.normal(size=shape).astype(dtype)
    y = rng.integers(0, 1000, (shape[0], *shape[2:]))
    target = z if kind == "probabilities" else y
    tracemalloc.start()
    cross_entropy_loss(z, target, label_smoothing=0.1 if kind == "smoothed" else 0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A few blocks, however large the input: a tenth of 8192 x 1000 numbers in float32.
    assert most <= 5 * lossutils._blocks.BLOCK_BYTES <= 8192 * 1000 * 4 / 10


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(2000, 1000), (50, 100, 400), (10, 50, 80, 50)])
def test_nll_loss_copies_only_what_it_takes(shape: tuple[int, ...], dtype: Any) -> None:
    rng = np.random.default_rng(0)
    log_q = rng.normal(size=shape).astype(dtype)
    y = rng.integers(-1, shape[1], (shape[0], *shape[2:]))
    tracemalloc.start()
    loss = nll_loss(log_q, y, ignore_index=-1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= log_q.nbytes / 10 + 40 * y.size  # 40: a few numbers for each target
    taken = np.take_along_axis(log_q, np.maximum(y, 0)[:, None], 1)[:, 0].astype(float)
    assert float(loss) == pytest.approx(-taken[y >= 0].mean(), rel=1e-3, abs=1e-5)


# -- elementwise losses: every corner case, torch.func, memory ---------------------------------

CORNERS = {
    # Up to 9: beyond, PyTorch's float32 rounds to 0 what ours keeps, and 0 times infinity is NaN.
    "z": [0.0, -0.0, 0.5, -3.0, 9.0, -9.0, INF, -INF, NAN],
    "p": [0.0, 1e-30, 1e-13, 0.3, 0.5, 1 - 1e-7, 1.0],
    "t": [0.0, 0.3, 1.0, -0.5, 2.0, INF],
    "w": [0.0, 1.0, 2.0, -1.0, INF, -INF, NAN],
    "g": [1.0, 0.0, -2.0, INF, NAN],
}


def corners(*kinds: str, dtype: torch.dtype) -> list[torch.Tensor]:
    """Return a tensor for each kind of number; together they hold every combination."""
    rows = itertools.product(*(CORNERS[kind] for kind in kinds))
    return [torch.tensor(column, dtype=dtype) for column in zip(*rows)]


def value_and_slopes(f: Any, arrays: Any, options: Any, g: torch.Tensor) -> list[torch.Tensor]:
    leaves = [x.clone().requires_grad_() for x in arrays]
    losses = f(*leaves, reduction="none", **options)
    return [losses.detach(), *torch.autograd.grad(losses, leaves, g)]


def require_pytorchs_corners(f: Any, arrays: Any, options: Any, g: torch.Tensor) -> None:
    close = CLOSE[g.dtype]
    ours, theirs = (value_and_slopes(h, arrays, options, g) for h in (f, PEERS[f]))
    keep = torch.ones_like(g, dtype=torch.bool)
    for name, a, b in zip(("value", "slope in input", "slope in target"), ours, theirs):
        if name == "slope in target" and f is kl_div_loss:
            keep = (arrays[1] != 0) & arrays[1].isfinite()  # ours is finite where PyTorch's is NaN
        if name == "slope in target" and f is binary_cross_entropy:
            keep = (arrays[0] > 1e-20) & (arrays[0] < 1)  # ours is clamped like the loss
        message = f"{name} with {list(options)}: {{}}".format
        torch.testing.assert_close(
            a[keep], b[keep], rtol=close, atol=close, equal_nan=True, msg=message
        )


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
def test_corner_cases_of_elementwise_losses_are_pytorchs(dtype: torch.dtype) -> None:
    for f, first in ((binary_cross_entropy_with_logits, "z"), (binary_cross_entropy, "p")):
        names = ["weight", "pos_weight"][: 2 if first == "z" else 1]
        for options in [(), *itertools.combinations(names, 1), tuple(names)]:
            x, t, *factors, g = corners(first, "t", *["w"] * len(options), "g", dtype=dtype)
            t = t.clip(0, 1) if first == "p" else t
            require_pytorchs_corners(f, (x, t), dict(zip(options, factors)), g)
    log_q, t, g = corners("z", "t", "g", dtype=dtype)
    require_pytorchs_corners(kl_div_loss, (-log_q.abs(), t), {}, g)
    require_pytorchs_corners(kl_div_loss, (-log_q.abs(), log_q.flip(0)), {"log_target": True}, g)


OF_ELEMENTS = [binary_cross_entropy, binary_cross_entropy_with_logits, kl_div_loss]


# PyTorch's own warnings, at the first forward derivative and in its kl_div.
@pytest.mark.filterwarnings("ignore:There is a performance drop.*aten..kl_div:UserWarning")
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize("f", OF_ELEMENTS, ids=name_of)
def test_elementwise_losses_work_under_torch_func(f: Any) -> None:
    x, t = example(f, torch.float64, 3, 4)
    tangents = torch.ones_like(x), torch.ones_like(t)
    for transformed in (
        lambda g: torch.func.grad(g, argnums=(0, 1))(x, t),
        lambda g: torch.vmap(torch.func.grad(g))(x, t),
        lambda g: torch.func.jvp(g, (x, t), tangents),
        lambda g: torch.func.jacrev(g)(x, t),
        lambda g: torch.func.hessian(g)(x, t),
        lambda g: torch.vmap(g)(x, t),
    ):
        torch.testing.assert_close(transformed(f), transformed(PEERS[f]), rtol=1e-9, atol=1e-9)
    assert torch.autograd.gradgradcheck(f, (x.requires_grad_(), t.requires_grad_()))


@pytest.mark.parametrize("f", [*OF_ELEMENTS, surprisal], ids=name_of)
def test_an_elementwise_loss_and_its_checks_need_a_tenth_of_the_input(f: Any) -> None:
    t = np.random.default_rng(0).random((2000, 1000), dtype=np.float32)
    options: dict[str, Any] = {} if f in (kl_div_loss, surprisal) else {"weight": t}
    for reduction in ("mean", "sum"):
        tracemalloc.start()
        if f is surprisal:
            _checks.require_probabilities(np, "p", t)
        else:
            f(t, t, reduction=reduction, **options)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most <= t.nbytes / 10


@pytest.mark.parametrize("f", OF_ELEMENTS, ids=name_of)
def test_an_elementwise_loss_makes_no_large_tensor(f: Any) -> None:
    x, t = (array.float() for array in example(f, torch.float64, 200, 1000))
    made: list[int] = []

    class Sizes(torch.overrides.TorchFunctionMode):
        def __torch_function__(
            self, call: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            result = call(*args, **(kwargs or {}))
            made.append(result.numel() if isinstance(result, torch.Tensor) else 0)
            return result

    with Sizes():
        f(x, t)
    # Views of the input are as large as it is; they are cut into blocks next.
    assert 1 < max(n for n in made if n < x.numel()) <= x.numel() / 10


@pytest.mark.parametrize("f", OF_ELEMENTS, ids=name_of)
def test_autocast_and_raising_numpy_change_nothing(f: Any) -> None:
    x, t = example(f, torch.bfloat16)
    for reduction in REDUCTIONS:
        with torch.autocast("cpu", torch.bfloat16):
            result, theirs = (g(x, t, reduction=reduction) for g in (f, PEERS[f]))
        assert result.dtype == theirs.dtype == torch.float32
        torch.testing.assert_close(result, theirs, rtol=1e-5, atol=1e-5)
    extreme = np.array([0.0, 1e-320, 0.5, 1.0])
    with np.errstate(all="raise"):
        f(extreme, extreme)
        f(np.float16([6e-8, 0.5]), np.float16([6e-8, 0.5]))
        if f is binary_cross_entropy_with_logits:
            f(np.array([-1e308, 1e308, -800.0]), np.array([1.0, 0.0, 0.5]))
