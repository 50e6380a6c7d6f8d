"""`lossutils.explain`: sums and gradients are PyTorch's, floors are least, tables can be read."""

from __future__ import annotations

import gc
import itertools
import math
import random
import re
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import array_api_strict
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from torch import nn

import lossutils
import lossutils._blocks
from lossutils import explain
from lossutils._batch import Batch
from lossutils._call import OPTIONS

INF, NAN = math.inf, math.nan

pytestmark = pytest.mark.filterwarnings(
    "ignore:reduction. 'mean' divides the total loss:UserWarning"
)

Call = tuple[str, torch.Tensor, torch.Tensor, dict[str, Any]]


def peer(loss: str) -> Any:
    return lossutils.focal_loss if loss == "focal_loss" else getattr(F, loss)


def random_calls(loss: str, seed: int = 0) -> Iterator[Call]:
    """Yield calls of a loss over its shapes, kinds of target, options and reductions."""
    g = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return 2 * torch.randn(shape, generator=g, dtype=torch.float64)

    shapes = [(3,), (4, 3), (1, 3), (4, 1), (2, 3, 2), (2, 3, 2, 2), (0, 3), (3, 9)]
    reductions = ["mean", "sum", "none"]
    if loss in ("cross_entropy", "nll_loss", "focal_loss"):
        smoothings = [0.0, 0.1, 1.0] if loss == "cross_entropy" else [0.0]
        for shape, reduction, alpha, weighted, kind in itertools.product(
            shapes, reductions, smoothings, [False, True], ["all", "ignored", "soft"]
        ):
            if kind == "soft" and loss != "cross_entropy":
                continue
            axis = min(1, len(shape) - 1)
            z, classes = normal(*shape), shape[axis]
            options: dict[str, Any] = {"reduction": reduction}
            options |= {"label_smoothing": alpha} if alpha else {}
            if weighted:
                options["weight"] = torch.rand(classes, generator=g, dtype=torch.float64)
            samples = shape[:axis] + shape[axis + 1 :]
            y = torch.randint(classes, samples, generator=g)
            if kind == "ignored":
                options["ignore_index"] = int(y.flatten()[0]) if y.numel() else -1
            if kind == "soft":
                y = normal(*shape).softmax(axis)
            if loss == "nll_loss":
                z = z.log_softmax(axis)
            if loss == "focal_loss":
                options["gamma"] = float(torch.rand((), generator=g) * 3)
            yield loss, z, y, options
        return
    for shape, reduction in itertools.product([(), *shapes], [*reductions, "batchmean"]):
        z = normal(*shape)
        if loss == "kl_div":
            for log in (False, True):
                t = normal(*shape).softmax(-1)
                options = {"reduction": reduction, "log_target": log}
                yield loss, z.log_softmax(-1), t.log() if log else t, options
            continue
        if reduction == "batchmean":
            continue
        for weighted, factored in itertools.product([False, True], repeat=2):
            options = {"reduction": reduction}
            if weighted:
                options["weight"] = torch.rand(shape[-1:], generator=g, dtype=torch.float64)
            if factored and loss == "binary_cross_entropy_with_logits":
                options["pos_weight"] = 3 * torch.rand(shape[-1:], generator=g, dtype=z.dtype)
            t = torch.rand(shape, generator=g, dtype=torch.float64)
            t = t.round() if factored else t
            yield loss, z.sigmoid() if loss == "binary_cross_entropy" else z, t, options


def check(call: Call, *, close: float = 1e-12) -> lossutils.explanation.Explanation:
    """Hold an explanation to PyTorch's result and gradient, and its rows to its totals."""
    loss, z, target, options = call
    z = z.clone().requires_grad_()
    result = peer(loss)(z, target, **options)
    (slopes,) = torch.autograd.grad(result.sum(), z)
    e = explain(loss, z, target, **options)
    if loss != "focal_loss":
        assert e.equal is True, (call, e.verdict)
    near = {"rtol": close, "atol": close, "err_msg": str(call)}
    if e.result is not None:
        np.testing.assert_allclose(e.result, result.item(), **near)
        if loss != "focal_loss":
            assert e.pytorch == result.item() or (math.isnan(e.pytorch) and result.isnan())
    if not e.complete or not e.samples:
        return e
    rows, grads = z.detach(), slopes
    if e.samples[0].input.ndim:  # an axis of classes, which goes last
        axis = -1 if loss == "kl_div" else min(1, z.ndim - 1)
        rows, grads = (x.movedim(axis, -1) if x.ndim else x[None] for x in (rows, grads))
    assert [s.place for s in e.samples] == list(np.ndindex(*e.shape))
    input, gradient, log, factors, terms = (
        np.stack([getattr(s, name) for s in e.samples])
        for name in ("input", "gradient", "log", "factors", "terms")
    )
    np.testing.assert_array_equal(input, rows.reshape(input.shape).numpy())
    np.testing.assert_allclose(gradient, grads.reshape(input.shape).numpy(), **near)
    losses, parts, floors, ignored, shares = np.transpose(
        [(s.loss, s.own + s.spread, s.floor, s.ignored, s.share) for s in e.samples]
    )
    np.testing.assert_allclose(parts, losses, **near)
    np.testing.assert_allclose(np.sum(losses), e.numerator, **near)
    known = ~np.isnan(losses)
    np.testing.assert_allclose(np.sum(terms, axis=-1)[known], losses[known], **near)
    if loss != "kl_div" and np.all(np.isfinite(log)):
        np.testing.assert_allclose(np.sum(-factors * log, axis=-1), losses, **near)
    if e.result is not None and e.divisor:
        np.testing.assert_allclose(np.sum(shares), e.result, **near)
    assert not np.any(losses < floors - 1e-12)
    out = ignored > 0
    assert np.sum(out) == e.ignored and not np.any(losses[out]) and not np.any(floors[out])
    assert not np.any(factors[out]) and not np.any(terms[out])
    assert not any(s.weight for s in e.samples if s.ignored)
    return e


@pytest.mark.parametrize("loss", OPTIONS)
def test_rows_add_up_to_pytorchs_loss_and_have_its_gradient(loss: str) -> None:
    calls = list(random_calls(loss))
    # At a step that divides no number of choices, so that each pair of choices comes.
    calls = calls[:: max(1, len(calls) // 40 | 1)]
    assert len(calls) >= 30
    for call in calls:
        e = check(call)
        lines = str(e).splitlines()
        assert max(map(len, lines)) <= 76, lines
        if e.samples:
            assert max(map(len, str(e.samples[0]).splitlines())) <= 76


Z = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, 1.0]], dtype=torch.float64)
HARD = torch.tensor([[-INF, 1.0, 0.0], [0.0, -INF, 2.0]], dtype=torch.float64)
Y = torch.tensor([0, 1])
P = torch.tensor([[0.0, 1.0, 0.3], [1.0, 0.0, 1e-30]], dtype=torch.float64)
T = torch.tensor([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]], dtype=torch.float64)


def weight(*values: float) -> dict[str, torch.Tensor]:
    return {"weight": torch.tensor(values, dtype=torch.float64)}


CORNERS: list[Call] = [
    ("cross_entropy", Z, torch.tensor([-100, -100]), {}),
    ("cross_entropy", Z, torch.tensor([-100, -100]), {"label_smoothing": 0.1}),
    ("cross_entropy", torch.full((2, 3), NAN).double(), torch.tensor([-100, -100]), {}),
    ("cross_entropy", torch.cat([Z, torch.full((1, 3), NAN)]), torch.tensor([0, 1, -100]), {}),
    ("cross_entropy", Z, Y, weight(0, 0, 1)),
    ("cross_entropy", Z, Y, {**weight(0, 0, 1), "label_smoothing": 0.1, "reduction": "sum"}),
    ("cross_entropy", Z, Y, weight(1, -1, 2)),
    ("cross_entropy", Z, Y, weight(1, -3, 2)),
    ("cross_entropy", HARD, Y, {}),
    ("cross_entropy", HARD, Y, {"label_smoothing": 0.1}),
    ("cross_entropy", HARD, T, {}),
    ("cross_entropy", Z * 1e308, Y, {}),
    ("cross_entropy", Z, T * 3 - 1, {"label_smoothing": 0.2}),
    ("nll_loss", HARD.log_softmax(1), Y, {}),
    ("nll_loss", Z.log_softmax(1), torch.tensor([-100, -100]), {}),
    ("nll_loss", Z.log_softmax(1), Y, weight(0, 0, 1)),
    ("nll_loss", Z.log_softmax(1), Y, weight(1, -1, 2)),
    ("binary_cross_entropy", P, T, {}),
    ("binary_cross_entropy", P, T, {"reduction": "none"}),
    ("binary_cross_entropy", P, T, {"weight": -torch.ones(3, dtype=torch.float64)}),
    ("binary_cross_entropy_with_logits", Z * 400, T, {}),
    ("binary_cross_entropy_with_logits", Z, T * 3 - 1, {}),
    ("kl_div", Z.log_softmax(1), T, {"reduction": "batchmean"}),
    ("kl_div", HARD.log_softmax(1), T, {"reduction": "none"}),
    ("kl_div", Z, T - 0.1, {"reduction": "sum"}),
    ("kl_div", Z.log_softmax(1), T.log(), {"log_target": True}),
    ("kl_div", Z.log_softmax(1), T[0], {"reduction": "batchmean"}),
]


@pytest.mark.parametrize("call", CORNERS, ids=lambda call: call[0])
def test_corners_are_pytorchs(call: Call) -> None:
    check(call)


def test_parts_are_divided_each_by_itself() -> None:
    e = explain(F.cross_entropy, Z, Y, **weight(0, 0, 1), label_smoothing=0.1)
    assert math.isnan(e.result) and e.equal is True


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_what_pytorch_takes_is_explained(reduction: str) -> None:
    z, t = torch.randn(4, 3, generator=torch.Generator().manual_seed(3)), torch.eye(4)[:, :3]
    options: dict[str, Any] = {"reduction": reduction}
    (sample,) = explain(F.cross_entropy, z[0], torch.tensor([2]), **options).samples
    assert sample.target == 2 and sample.place == ()
    logits = F.binary_cross_entropy_with_logits
    for kind in (torch.int64, torch.int32, torch.uint8, torch.bool):
        w = torch.tensor([3, 0, 1]).to(kind)
        calls = [(F.cross_entropy, z, z.softmax(1), "weight"), (logits, z, t, "weight")]
        calls += [(F.binary_cross_entropy, z.sigmoid(), t, "weight"), (logits, z, t, "pos_weight")]
        for loss, x, y, name in calls:
            try:
                loss(x, y, **{name: w}, **options)
            except RuntimeError:  # pos_weight - 1 of Booleans
                with pytest.raises(TypeError, match=f"{name} must hold floating-point numbers"):
                    explain(loss, x, y, **{name: w}, **options)
            else:
                assert explain(loss, x, y, **{name: w}, **options).equal
    for weight in (torch.tensor([3, 0, 1]), torch.tensor([True, False, True])):
        with pytest.raises(TypeError, match="weight must hold"):
            explain(F.cross_entropy, z, torch.arange(4) % 3, weight=weight)
        with pytest.raises(TypeError, match="weight must hold"):
            explain(lossutils.cross_entropy_loss, z, z.softmax(1), weight=weight)
    for loss, alpha in ((F.cross_entropy, 0.1), (lossutils.cross_entropy_loss, 0.0)):
        with pytest.raises(ValueError, match="leave out the axis of length 1"):
            explain(loss, z[0], torch.tensor([2]), label_smoothing=alpha)


@pytest.mark.parametrize("given", [True, False, np.bool_(True), torch.tensor(True)])
def test_a_smoothing_that_is_true_or_false_is_pytorchs_number(given: Any) -> None:
    result = F.cross_entropy(Z, Y, label_smoothing=given)
    assert explain(F.cross_entropy, Z, Y, label_smoothing=given).result == pytest.approx(
        float(result), rel=1e-6
    )


def test_no_classes_are_no_reason_to_fail() -> None:
    for options in ({}, {"label_smoothing": 0.1}, {"reduction": "sum"}):
        for y in (torch.tensor([-100, -100]), torch.zeros((2, 0), dtype=torch.float64)):
            e = explain(F.cross_entropy, torch.zeros((2, 0), dtype=torch.float64), y, **options)
            assert e.equal is True, (options, y, e.verdict)
            assert "2 samples" in str(e)


def test_focal_loss_has_a_slope_where_the_model_is_sure() -> None:
    z = torch.tensor([[1000.0, 0.0], [0.0, 1000.0]], dtype=torch.float64)
    check(("focal_loss", z, torch.tensor([0, 0]), {"gamma": 0.5}))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("loss", list(OPTIONS)[:-1])
def test_narrow_dtypes_are_read_in_their_own_precision(loss: str, dtype: torch.dtype) -> None:
    calls = list(random_calls(loss))
    for _, z, target, options in calls[:: len(calls) // 6]:
        narrow = {k: x.to(dtype) if isinstance(x, torch.Tensor) else x for k, x in options.items()}
        target = target.to(dtype) if target.is_floating_point() else target
        e = explain(loss, z.to(dtype), target, **narrow)
        assert e.equal is True, (z, target, options, e.verdict)
        assert e.noise == {"float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}[str(dtype)[6:]]


def test_a_mean_that_float16_may_not_hold_is_not_called_equal() -> None:
    z, y = torch.zeros(70_000, 2).half(), torch.zeros(70_000, dtype=torch.int64)
    assert F.cross_entropy(z, y) == 0
    e = explain(F.cross_entropy, z, y)
    assert e.equal is None
    assert e.verdict.startswith("not compared: PyTorch may add up in float16")
    assert explain(F.cross_entropy, z[:60_000], y[:60_000]).equal


def test_an_overflow_in_half_precision_is_seen() -> None:
    z = torch.tensor([[-60000.0, 60000.0]] * 2, dtype=torch.float16)
    e = explain(F.cross_entropy, z, torch.tensor([0, 0]), reduction="sum")
    assert (e.result, e.pytorch, e.equal) == (INF, INF, True)


def test_arrays_and_lists_give_what_tensors_give() -> None:
    options = {"weight": [1.0, 2.0, 3.0], "label_smoothing": 0.1}
    wanted = explain(F.cross_entropy, Z, Y, **{**options, **weight(1, 2, 3)})
    for z, y in ((Z.numpy(), Y.numpy()), (Z.tolist(), Y.tolist()), (Z.numpy(), Y.int().numpy())):
        e = explain("cross_entropy_loss", z, y, **options)
        assert (e.result, e.equal) == (wanted.result, True)
        np.testing.assert_array_equal(e.samples[1].gradient, wanted.samples[1].gradient)
    assert explain("binary_cross_entropy", [0.5, 0.25], [1, 0]).equal is True
    assert explain("cross_entropy", np.zeros((0, 3)), []).equal is True
    assert explain("kl_div", Z.log_softmax(1).numpy(), T.numpy()).equal is True
    z, y = array_api_strict.asarray(Z.numpy()), array_api_strict.asarray(Y.numpy())
    e = explain("cross_entropy", z, y, **options)
    assert (e.result, e.equal) == (wanted.result, True)
    e = explain("cross_entropy", Z.numpy().astype(np.longdouble), Y.numpy(), **options)
    assert e.result == pytest.approx(wanted.result, rel=1e-15)
    if np.finfo(np.longdouble).bits > 64:
        assert e.verdict == "PyTorch refuses this call: TypeError: there is no float128"


def test_kl_rows_lie_along_the_axis_that_sums_to_1() -> None:
    t, log_q = (torch.randn(2, 3, 4).double() for _ in range(2))
    for axis, shape in ((1, (2, 4)), (-1, (2, 3))):
        e = explain("kl_div", log_q.log_softmax(axis), t.softmax(axis), reduction="none")
        assert (e.shape, e.equal) == (shape, True)
        assert abs(e.floor) < 1e-12
        row = e.samples[5]
        assert abs(np.exp(row.input).sum() - 1) < 1e-12


# Floors


def least(call: Call) -> float:
    """Return the least loss that a descent, or a fine grid of elements, finds."""
    loss, z, target, options = call
    if loss.startswith("binary"):
        grid = (
            torch.linspace(0, 1, 20001)
            if loss.endswith("entropy")
            else torch.linspace(-50, 50, 20001)
        )
        grid = grid.double().reshape(-1, *(1 for _ in z.shape)).expand(-1, *z.shape)
        each = {**options, "reduction": "none"}
        losses = peer(loss)(grid, target.expand_as(grid), **each).amin(0).sum()
        return float(losses / (z.numel() if options.get("reduction", "mean") == "mean" else 1))

    def value(numbers: Any) -> tuple[float, Any]:
        z = torch.tensor(numbers).reshape(target.shape if loss == "kl_div" else (2, 3))
        z.requires_grad_()
        given = z if loss in ("cross_entropy", "focal_loss") else z.log_softmax(-1)
        result = peer(loss)(given, target, **options)
        (slopes,) = torch.autograd.grad(result, z)
        return result.item(), slopes.numpy().ravel()

    return float(minimize(value, np.zeros(z.numel()), jac=True, tol=1e-12).fun)


SOFT = torch.tensor([[0.2, 0.3, 0.5], [0.9, 0.1, 0.0]], dtype=torch.float64)
FLOORS: list[tuple[Call, float]] = [
    (("cross_entropy", Z, Y, {}), 0.0),
    (("cross_entropy", Z, Y, {"label_smoothing": 0.3}), 0.639031859650177),
    (("cross_entropy", Z, Y, {"label_smoothing": 0.3, **weight(1, 2, 5)}), NAN),
    (("cross_entropy", Z, Y, {"label_smoothing": 1.0, "reduction": "sum"}), 2 * math.log(3)),
    (("cross_entropy", Z, SOFT, {}), NAN),
    (("cross_entropy", Z, SOFT, {**weight(1, 2, 5), "label_smoothing": 0.2}), NAN),
    (("cross_entropy", Z, 2 * SOFT, {"reduction": "sum"}), NAN),
    (("nll_loss", Z, Y, weight(1, 2, 5)), 0.0),
    (("focal_loss", Z, Y, {"gamma": 1.0}), 0.0),
    (("kl_div", Z, SOFT, {"reduction": "batchmean"}), 0.0),
    (("kl_div", Z, 2 * SOFT, {"reduction": "batchmean"}), 2 * math.log(2)),
    (("kl_div", Z, SOFT[:1].log().expand(2, 3), {"log_target": True}), 0.0),
    (("binary_cross_entropy", Z, T, {}), 2 * math.log(2) / 6),
    (("binary_cross_entropy", Z, SOFT, weight(1, 2, 5)), NAN),
    (("binary_cross_entropy", Z, SOFT, weight(1, -2, 5)), NAN),
    (("binary_cross_entropy", Z, torch.full_like(Z, 1e-60), {"reduction": "sum"}), 6e-58),
    (("binary_cross_entropy_with_logits", Z, SOFT, {}), NAN),
    (
        (
            "binary_cross_entropy_with_logits",
            Z,
            SOFT,
            {**weight(1, 2, 5), "pos_weight": torch.tensor([0.5, 3.0, 1.0]).double()},
        ),
        NAN,
    ),
]


@pytest.mark.parametrize(("call", "known"), FLOORS, ids=lambda x: x[0] if type(x) is tuple else "")
def test_the_floor_is_what_a_descent_ends_at(call: Call, known: float) -> None:
    loss, z, target, options = call
    p = z.sigmoid() if loss == "binary_cross_entropy" else z
    floor = explain(loss, p, target, **options).floor
    if not math.isnan(known):
        assert floor == pytest.approx(known, rel=1e-12, abs=1e-12 if known == 0 else 0)
    found = least(call)
    assert floor - 1e-12 <= found <= floor + 2e-6


@pytest.mark.parametrize(
    "call",
    [
        ("cross_entropy", Z, Y, weight(1, -2, 5)),
        ("cross_entropy", Z, Y, {**weight(3, 2, -1), "label_smoothing": 0.1, "reduction": "sum"}),
        ("cross_entropy", Z, SOFT - 0.1, {}),
        ("nll_loss", Z, Y, {**weight(3, -1, 1), "reduction": "sum"}),
        ("focal_loss", Z, Y, {**weight(3, -1, 1), "reduction": "sum"}),
        ("binary_cross_entropy_with_logits", Z, SOFT + 1, {}),
    ],
    ids=lambda call: call[0],
)
def test_what_counts_less_than_nothing_leaves_no_floor(call: Call) -> None:
    loss, z, target, options = call
    e = explain(loss, z, target, **options)
    assert e.floor == -INF
    assert "a negative weight or target: the loss falls without bound" in re.sub(
        r"\s+", " ", str(e)
    )
    far = [scale * torch.eye(3, dtype=z.dtype)[k] for scale in (1e4, -1e4) for k in range(3)]
    lowest = []
    for rows in itertools.product([*far, 0 * far[0]], repeat=2):
        given = torch.stack(rows)
        given = given.log_softmax(1) if loss == "nll_loss" else given
        lowest.append(float(peer(loss)(given, target, **options)))
    assert min(lowest) < -300


def test_where_all_weights_are_negative_their_signs_cancel() -> None:
    e = explain(F.cross_entropy, Z, Y, **weight(-1, -2, -3), label_smoothing=0.1)
    assert e.floor == pytest.approx(
        explain(F.cross_entropy, Z, Y, **weight(1, 2, 3), label_smoothing=0.1).floor, rel=1e-12
    )


def test_one_class_leaves_nothing_to_lose_and_nothing_counted_no_floor() -> None:
    for reduction in ("mean", "sum"):
        e = explain(F.cross_entropy, [[3.0]], [0], weight=[-2.0], reduction=reduction)
        assert e.floor == 0
    e = explain(F.cross_entropy, Z, torch.tensor([-100, -100]))
    assert math.isnan(e.floor) and e.problem_floor is None
    assert "these targets and options give NaN whatever the input" in re.sub(r"\s+", " ", str(e))


@pytest.mark.parametrize(
    ("input", "words"),
    [
        ([[0.0, 0.0]], "; 0.6931 below the result"),
        ([[1e4, 0.0]], "; reached"),
        ([[-INF, 0.0]], "least with these targets and options Gradient"),
    ],
)
def test_it_says_how_far_above_its_floor_the_result_is(input: Any, words: str) -> None:
    text = re.sub(r"\s+", " ", str(explain("cross_entropy", input, [0])))
    text = text.replace(
        "floor of the problem unknown no batch shows how often equal inputs differ in label ", ""
    )
    assert words in text


def test_below_the_floor_the_input_is_not_what_it_should_be() -> None:
    text = re.sub(r"\s+", " ", str(explain("nll_loss", [[2.0, 3.0]], [1])))
    assert "below it: the input is not what the loss takes it for" in text


# Large batches


RNG = np.random.default_rng(0)
LARGE = RNG.normal(size=(2000, 250)).astype(np.float32)
LABELS = RNG.integers(0, 250, 2000)


def test_a_mean_by_hand_that_counts_ignored_samples_is_told_from_pytorchs() -> None:
    z = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    y = torch.tensor([0, 1, -100, 2, -100, -100, 1, 1, 0])
    said = {row[0]: row[1:] for row in explain(F.cross_entropy, z, y, reduction="none")._totals()}
    value, words = said["result.mean()"]
    by_hand = F.cross_entropy(z, y, reduction="none").mean()
    assert float(value) == pytest.approx(by_hand.item(), rel=1e-5)
    assert float(words.split()[-1]) == pytest.approx(F.cross_entropy(z, y).item(), rel=1e-5)
    assert "over the other 6 it is" in words
    for target, reduction in ((y.clamp(min=0), "none"), (y, "mean"), (y * 0 - 100, "none")):
        e = explain(F.cross_entropy, z, target, reduction=reduction)
        assert "result.mean()" not in str(e)


def test_a_large_batch_shows_its_worst_and_its_best() -> None:
    y = LABELS.copy()
    y[::7] = -100
    z = LARGE.copy()
    z[3, y[3]], z[1999, y[1999]] = -INF, 100.0
    each = F.cross_entropy(torch.tensor(z), torch.tensor(y), reduction="none").numpy()
    kept = np.flatnonzero(y != -100)
    order = kept[np.argsort(-each[kept], kind="stable")]
    e = explain("cross_entropy", z, y)
    assert [s.place for s in e.samples] == [(k,) for k in [*order[:5], *order[::-1][:5]]]
    np.testing.assert_allclose(
        [s.loss for s in e.samples], each[[*order[:5], *order[::-1][:5]]], rtol=1e-5, atol=1e-6
    )
    assert (e.count, e.ignored, e.not_finite, e.complete) == (2000, 286, 1, False)
    finite = each[kept][np.isfinite(each[kept])]
    assert (e.least, e.most) == (pytest.approx(finite.min(), abs=1e-6), pytest.approx(finite.max()))
    assert (e.result, e.pytorch, e.equal) == (INF, INF, True)
    text = re.sub(r"\s+", " ", str(e))
    assert "2,000 samples, 286 of them ignored, 1 loss infinite or NaN; finite losses" in text
    assert max(map(len, str(e).splitlines())) <= 76
    assert max(map(len, str(e.samples[0]).splitlines())) <= 76


def test_equal_losses_are_shown_from_the_first() -> None:
    e = explain("cross_entropy", np.zeros((40, 2)), np.zeros(40, int))
    assert [s.place[0] for s in e.samples] == [0, 1, 2, 3, 4]
    e = explain("cross_entropy", np.eye(2)[np.arange(40) // 20], np.zeros(40, int))
    assert [s.place[0] for s in e.samples] == [20, 21, 22, 23, 24, 0, 1, 2, 3, 4]
    z = np.zeros((40, 2))
    z[30], z[35, 0] = NAN, -INF
    e = explain("cross_entropy", z, np.zeros(40, int))
    assert [s.place[0] for s in e.samples] == [30, 35, 0, 1, 2, 3, 4]


def large_calls() -> list[tuple[str, int, tuple[Any, ...], dict[str, Any]]]:
    """Return calls of some 2000 × 250 numbers, with how many arrays of that size they read."""
    w = np.linspace(0.5, 2, 250).astype(np.float32)
    q = lossutils.softmax(LARGE)
    t = q[::-1].copy()
    return [
        ("cross_entropy", 1, (LARGE, LABELS), {"weight": w}),
        ("cross_entropy", 1, (LARGE, LABELS), {"label_smoothing": 0.1, "weight": w}),
        ("cross_entropy", 2, (LARGE, t), {"weight": w}),
        ("focal_loss", 1, (LARGE, LABELS), {}),
        ("binary_cross_entropy", 2, (q, t), {"weight": w}),
        ("binary_cross_entropy_with_logits", 2, (LARGE, t), {"pos_weight": w}),
        ("kl_div", 2, (np.log(q), t), {"reduction": "batchmean"}),
    ]


def test_a_large_batch_is_read_once_and_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    values = Batch.values

    def noting(self: Batch, block: Any) -> list[Any]:
        given = values(self, block)
        seen.append(given[0].size)
        return given

    monkeypatch.setattr(Batch, "values", noting)
    # Blocks smaller than usual by as much as the batch is smaller than a large one.
    for name in ("BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(lossutils._blocks, name, getattr(lossutils._blocks, name) // 4)
    for loss, inputs, arguments, options in large_calls():
        explain(loss, *(x[:100] for x in arguments), **options)  # PyTorch imports what it needs
        seen.clear()
        gc.collect()
        tracemalloc.start()
        e = explain(loss, *arguments, **options)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        own = [size for size in seen if size == max(seen)]
        assert len(own) > 10 and sum(seen) >= LARGE.size, (loss, seen)
        assert e.equal is (None if loss == "focal_loss" else True), (loss, e.verdict)
        assert peak <= 0.15 * inputs * LARGE.nbytes, (loss, peak / (inputs * LARGE.nbytes))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, reduction: str) -> None:
    z = torch.tensor(RNG.normal(size=(6, 5, 3, 4)))
    y = torch.tensor(RNG.integers(0, 5, (6, 3, 4)))
    t = torch.tensor(RNG.random((6, 5, 3, 4)))
    w = torch.tensor(RNG.random(5))
    options: dict[str, Any] = {"reduction": reduction}
    calls = [
        ("cross_entropy", z, y, {**options, "weight": w, "label_smoothing": 0.1}),
        ("cross_entropy", z, t, options),
        ("binary_cross_entropy_with_logits", z, t, {**options, "weight": t, "pos_weight": z.abs()}),
        ("kl_div", z.log_softmax(1), t.softmax(1), options),
        ("kl_div", z.log_softmax(-1), t.softmax(-1), options),
    ]
    whole = [explain(loss, *arguments, **given) for loss, *arguments, given in calls]
    for name in ("BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(lossutils._blocks, name, 8 * 72)
    for (loss, *arguments, given), a in zip(calls, whole, strict=True):
        b = explain(loss, *arguments, **given)
        assert a.equal is b.equal is True
        assert [s.place for s in a.samples] == [s.place for s in b.samples]
        assert str(a) == str(b)
        for x, y in zip(a.samples, b.samples, strict=True):
            np.testing.assert_allclose(x.gradient, y.gradient, rtol=1e-12)


# What stays as it was


def test_nothing_is_changed() -> None:
    z = torch.randn(4, 3, requires_grad=True)
    z.grad = torch.ones_like(z)
    w = torch.rand(3, requires_grad=True)
    y = torch.tensor([0, 1, 2, -100])
    given = [z, y, w]
    before = [x.detach().clone() for x in given], [x._version for x in given]
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    filters = list(warnings.filters)
    module = nn.CrossEntropyLoss(weight=w, label_smoothing=0.1)
    explain(module, z, y)
    array = np.array([[0.5, 0.25], [0.5, 0.75]])
    array.flags.writeable = False
    explain(F.binary_cross_entropy, array, array)
    assert all(map(torch.equal, given, before[0]))
    assert [x._version for x in given] == before[1]
    assert torch.equal(z.grad, torch.ones_like(z)) and w.grad is None and z.requires_grad
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()
    assert random.getstate() == states[2]
    assert list(warnings.filters) == filters
    assert torch.is_grad_enabled()


# Where PyTorch gives something else, or nothing


def test_a_difference_from_pytorch_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(F, "cross_entropy", lambda *args, **options: torch.tensor([1.5, 1.5]))
    e = explain("cross_entropy", [[0.0, 0.0]] * 2, [0, 1], reduction="none")
    assert (e.equal, e.verdict) == (False, "PyTorch’s losses differ by up to 0.54")
    monkeypatch.setattr(F, "cross_entropy", lambda *args, **options: torch.tensor(1.5))
    e = explain("cross_entropy", [[0.0, 0.0]] * 2, [0, 1])
    assert (e.equal, e.pytorch) == (False, 1.5)
    assert e.verdict == "PyTorch’s is 1.5 (difference 0.54)"


def test_a_refusal_of_pytorchs_is_said() -> None:
    e = explain(F.cross_entropy, Z, Y.int())
    assert e.equal is None and e.pytorch is None
    assert e.verdict.startswith("PyTorch refuses this call: RuntimeError: expected ")
    assert max(map(len, str(e).splitlines())) <= 76


def test_without_torch_nothing_is_compared() -> None:
    program = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "import lossutils\n"
        "e = lossutils.explain('cross_entropy', [[2.0, 1.0]], [1], label_smoothing=0.1)\n"
        "assert e.equal is None, e\n"
        "print(round(e.result, 6), e.verdict)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    wanted = F.cross_entropy(torch.tensor([[2.0, 1.0]]), torch.tensor([1]), label_smoothing=0.1)
    assert done.stdout == f"{float(wanted):.6f} not compared: PyTorch is not installed\n"
    assert explain("focal_loss", Z, Y).verdict == "not compared: PyTorch has none"


def test_a_forward_of_its_own_is_not_explained() -> None:
    class Masked(nn.CrossEntropyLoss):
        def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            raise AssertionError("is not called")

    e = explain(Masked(label_smoothing=0.1), Z, Y)
    assert e.note.startswith("Masked has a forward of its own, which is not explained: this is wh")
    assert e.note in re.sub(r"\s+", " ", str(e))
    assert e.result == explain(F.cross_entropy, Z, Y, label_smoothing=0.1).result


def test_what_has_no_values_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^input must have values to read, got a tensor on the meta device$"
    ):
        explain(F.cross_entropy, Z.to("meta"), Y)
    with pytest.raises(ValueError, match=r"^input must have values to read, .* and torch.func"):
        torch.func.grad(lambda z: explain(F.cross_entropy, z, Y).result)(Z)


@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "batchmean", "sum", "none"])
@pytest.mark.parametrize(
    ("one", "two"),
    [
        ((1, 3), (4, 3)),
        ((3,), (4, 3)),
        ((4, 3), (3,)),
        ((4, 1), (1, 3)),
        ((), (4, 3)),
        ((3, 1, 1), (5, 3, 2, 2)),
        ((0, 3), (1, 3)),
    ],
)
def test_what_a_divergence_broadcasts_is_explained(
    one: tuple[int, ...], two: tuple[int, ...], reduction: str, log_target: bool
) -> None:
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(one, dtype=torch.float64, generator=generator).requires_grad_()
    t = torch.rand(two, dtype=torch.float64, generator=generator).add(0.1)
    t = t.log() if log_target else t
    options = {"reduction": reduction, "log_target": log_target}
    e = explain("kl_div", x, t, **options)
    shape = torch.broadcast_shapes(one, two)
    assert (e.shape, e.equal) == (shape[:-1], True), e.verdict
    assert ("broadcast: gradients add up" in e.reading[0]) == (one != shape)
    assert ("broadcast" in e.reading[1]) == (two != shape)
    if len(e.samples) == math.prod(e.shape) > 0:
        F.kl_div(x, t, **options).sum().backward()
        slopes = torch.tensor(np.array([s.gradient for s in e.samples])).reshape(shape)
        torch.testing.assert_close(slopes.sum_to_size(one), x.grad)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (("cross_entropy", Z, torch.tensor([0, 3]), {}), IndexError, r"got target\[1\] = 3"),
        (("cross_entropy", Z, Y, {"label_smoothing": 2.0}), ValueError, "label_smoothing must be"),
        (
            ("cross_entropy", Z, Y, {"label_smoothing": -0.1}),
            ValueError,
            r"^label_smoothing must be in \[0, 1\], got -0.1: PyTorch takes that for 0$",
        ),
        (
            ("cross_entropy_loss", Z, Y, {"label_smoothing": -0.1}),
            ValueError,
            r"^label_smoothing must be in \[0, 1\], got -0.1$",
        ),
        (("cross_entropy", Z, Y, {"reduction": "batchmean"}), ValueError, "reduction must be"),
        (("nll_loss", Z, Z, {}), TypeError, "target must hold class indices"),
        (("kl_div", Z, T, {"log_target": 1}), TypeError, "log_target must be True or False"),
        (("cross_entropy", [[1], [1, 2]], Y, {}), TypeError, "^input must be an array of numbers"),
        (("cross_entropy", Z, [[1], [1, 2]], {}), TypeError, "^target must be an array of numbers"),
        (("kl_div_loss", Z[0], T, {}), ValueError, "nothing is broadcast"),
        (("kl_div_loss", Z, T[0], {}), ValueError, "nothing is broadcast"),
        (("kl_div", Z, T.T, {}), ValueError, "nothing is broadcast"),
        (("binary_cross_entropy", Z, T, {}), ValueError, r"input must lie in \[0, 1\]"),
        (("focal_loss", Z, Y, {"gamma": -1}), ValueError, "gamma must be"),
        (("hinge", Z, Y, {}), ValueError, "loss must be"),
        (("kl_div", Z, T, {"weight": 1}), TypeError, "kl_div has no option 'weight'"),
    ],
)
def test_what_the_loss_refuses_is_refused(call: Call, error: type[Exception], message: str) -> None:
    loss, z, target, options = call
    with pytest.raises(error, match=message):
        explain(loss, z, target, **options)


# Text and tables


def test_it_prints_what_became_of_each_sample() -> None:
    z = [[2.0, 1.0, -1.0], [0.0, 0.0, 0.0], [0.0, 3.0, 0.0]]
    e = explain("cross_entropy", z, [0, 2, -100], label_smoothing=0.3)
    assert repr(e) == str(e)
    assert str(e).splitlines() == [
        "F.cross_entropy(input, target, label_smoothing=0.3)",
        "input: logits of 3 classes, (3, 3) float64",
        "target: class indices, (3,) int64",
        "A sample adds -0.7 log q_y - 0.3/3 sum_k log q_k, where q = softmax(input).",
        "",
        "Each sample",
        "sample  target         logit z_y  log q_y  own part  smoothing  loss",
        "0       0              2          -0.349   0.2443    0.5047     0.749",
        "1       2              0          -1.099   0.769     0.3296     1.099",
        "2       -100, ignored  –          –        0         0          0",
        "sample  of result",
        "0       0.3745",
        "1       0.5493",
        "2       0",
        "",
        "From the losses to the result",
        "quantity              value     what it is",
        "sum of the losses     1.84762   of 3 samples, 1 of them ignored",
        "divided by            2         the samples that count",
        "result                0.923812  equal to PyTorch’s (difference ≤ 1e-12)",
        "floor of the call     0.639032  the least with these targets and options;",
        "                                0.2848 below the result",
        "floor of the problem  unknown   no batch shows how often equal inputs differ",
        "                                in label",
        "",
        "Gradient of the result by logit, * at the target’s",
        "sample  class 0    class 1  class 2",
        "0       -0.04731*  0.07975  -0.03244",
        "1       0.1167     0.1167   -0.2333*",
        "2       0          0        0",
    ]
    assert str(e.samples[0]).splitlines() == [
        "Sample 0, class by class",
        "class      input  log q   q        times  adds    gradient",
        "0, target  2      -0.349  0.7054   0.8    0.2792  -0.04731",
        "1          1      -1.349  0.2595   0.1    0.1349  0.07975",
        "2          -1     -3.349  0.03512  0.1    0.3349  -0.03244",
    ]


class Cells(HTMLParser):
    """Collects the text of captions and cells by table, and the scopes of header cells."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tables: list[list[str]] = []
        self.scopes: list[str | None] = []
        self.open: list[str] = []
        self.paragraphs: list[str] = []
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))
        if tag in ("td", "th", "caption"):
            self.tables[-1].append("")
        if tag == "p":
            self.paragraphs.append("")
        if tag == "div":
            given = dict(attrs)
            assert given["role"] == "group" and given["tabindex"] == "0" and given["aria-label"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "p" in self.open:
            self.paragraphs[-1] += data
        if self.open and self.open[-1] in ("td", "th", "caption"):
            self.tables[-1][-1] += data


@pytest.mark.parametrize("loss", OPTIONS)
def test_a_notebook_shows_the_same_in_tables(loss: str) -> None:
    calls = list(random_calls(loss))
    for _, z, target, options in calls[:: len(calls) // 6]:
        e = explain(loss, z, target, **options)
        markup = e._repr_html_()
        cells = Cells(markup)
        assert None not in cells.scopes and {*cells.scopes} <= {"row", "col"}
        assert all(all(table) for table in cells.tables)
        # The same words and numbers as in the text, which breaks lines and splits wide tables.
        flat = re.sub(r"\s+", "", str(e))
        count = len(cells.tables) - len(e.samples)
        for table in cells.tables[:count]:
            for cell in table:
                assert re.sub(r"\s+", "", cell)[:20] in flat, cell
        for paragraph in cells.paragraphs:
            assert re.sub(r"\s+", "", paragraph) in flat
        for table, sample in zip(cells.tables[count:], e.samples, strict=True):
            assert table[0] == str(sample).splitlines()[0]
        # Any colours of its own would be wrong in one of the two themes.
        assert "color" not in markup and "background" not in markup


def test_markup_in_names_is_escaped() -> None:
    kind = type("<b>&", (nn.CrossEntropyLoss,), {"forward": lambda self, z, y: z})
    markup = explain(kind(), Z, Y)._repr_html_()
    assert "<b>" not in markup and "&lt;b&gt;&amp; has a forward" in markup
    assert "reduction=&#x27;sum&#x27;" in explain(F.nll_loss, Z, Y, reduction="sum")._repr_html_()


@pytest.mark.parametrize(
    "alpha",
    [
        *map(torch.tensor, (0.1, 0, True, [0.1], 0.1j)),
        torch.tensor(0.3).double(),
        torch.tensor(0.1, requires_grad=True),
        np.array(0.1),
        np.float32(0.1),
    ],
)
def test_smoothing_may_be_a_tensor_where_pytorch_takes_one(alpha: Any) -> None:
    try:
        given = F.cross_entropy(Z, Y, label_smoothing=alpha)
    except (TypeError, RuntimeError):
        with pytest.raises(TypeError, match="label_smoothing must be a number"):
            explain(F.cross_entropy, Z, Y, label_smoothing=alpha)
        return
    explained = explain(F.cross_entropy, Z, Y, label_smoothing=alpha)
    assert explained.equal and explained.result == pytest.approx(float(given))
