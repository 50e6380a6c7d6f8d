"""js/call says of a call what `explain` and `diagnose` say of its tensors, without graph and device."""

import dataclasses
import itertools
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import diagnosis
import numpy as np
import pytest
import torch

import lossutils
from lossutils import _rules, diagnose, explain
from lossutils._call import OPTIONS, read_call
from lossutils._explained import Explanation, Sample
from lossutils._findings import Finding, finding, table

Given = tuple[str, torch.Tensor, torch.Tensor, dict[str, Any]]

TOLERANCE = 1e-12
# What of an explanation only PyTorch can tell, and what the page gives besides.
NOT_IN_PAGE = {"pytorch", "equal", "verdict", "note"}
ONLY_IN_PAGE = {"count", "complete"}
CLASSES = ("cross_entropy", "nll_loss", "focal_loss")
YES_OR_NO = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
SHAPES = [(3,), (4, 3), (13, 5), (2, 3, 2), (2, 3, 4, 2), (1, 1), (0, 3), (12, 40)]


def on_page(x: Any) -> Any:
    """Return a tensor as the page has it; anything else as it is."""
    if not isinstance(x, torch.Tensor):
        return x
    dtype = str(x.dtype).removeprefix("torch.")
    values = x.detach().to(torch.float64 if x.is_floating_point() else torch.int64)
    return {"shape": list(x.shape), "values": values.flatten().tolist(), "dtype": dtype}


def as_call(given: Given) -> dict[str, Any]:
    loss, z, target, options = given
    shown = {name: on_page(x) for name, x in options.items()}
    return {"loss": loss, "input": on_page(z), "target": on_page(target), "options": shown}


# -- explain ---------------------------------------------------------------------------------------


def of_classes(dtype: torch.dtype, shapes: list[tuple[int, ...]]) -> Iterator[Given]:
    for loss, shape in itertools.product(CLASSES, shapes):
        samples, classes = (shape[:1] + shape[2:], shape[1]) if len(shape) > 1 else ((), shape[0])
        z = 3 * torch.randn(shape, dtype=dtype)
        y = torch.randint(classes, samples)
        padded = torch.where(torch.rand(samples) < 0.3, -100, y)
        weight = torch.rand(classes, dtype=dtype) + 0.2
        signed = torch.randn(classes, dtype=dtype)
        yield loss, z, y, {}
        yield loss, z, padded, {"weight": weight, "reduction": "sum"}
        yield loss, z, y, {"ignore_index": 0, "reduction": "none"}
        yield loss, z, y, {"weight": signed}
        yield loss, z, y, {"weight": weight * (torch.arange(classes) > 0)}
        yield loss, z, y, {"weight": weight / (torch.arange(classes) > 0)}
        if loss == "focal_loss":
            yield loss, z, padded, {"gamma": 0.5, "weight": weight}
            yield loss, z, y, {"gamma": 0.0}
        if loss == "cross_entropy":
            t = torch.softmax(z + torch.randn(shape, dtype=dtype), min(1, len(shape) - 1))
            yield loss, z, padded, {"label_smoothing": 0.1}
            yield loss, z, y, {"label_smoothing": 0.3, "weight": weight}
            yield loss, z, y, {"label_smoothing": 1.0, "weight": signed}
            yield loss, z, t, {"reduction": "sum"}
            yield loss, z, t, {"weight": weight, "label_smoothing": 0.2}
            yield loss, z, t - 0.3, {"weight": weight, "reduction": "none"}
        hidden = z.clone()
        hidden.view(-1)[::4] = -math.inf
        yield loss, hidden, y, {}
        hidden.view(-1)[1::5] = math.nan
        yield loss, hidden, y, {"weight": weight}


def of_elements(dtype: torch.dtype, shapes: list[tuple[int, ...]]) -> Iterator[Given]:
    for loss, shape in itertools.product(YES_OR_NO, [(), *shapes]):
        z, last = 3 * torch.randn(shape, dtype=dtype), shape[-1:]
        logits = loss.endswith("logits")
        x = z if logits else z.sigmoid()
        hard = (torch.rand(shape) < 0.4).to(dtype)
        weight = torch.rand(last, dtype=dtype) + 0.2
        yield loss, x, hard, {}
        yield loss, x, torch.rand(shape, dtype=dtype), {"weight": weight, "reduction": "sum"}
        yield loss, x, hard, {"weight": weight - 0.7, "reduction": "none"}
        if logits:
            yield loss, x, hard, {"pos_weight": 3 * weight}
            if (
                torch.finfo(dtype).bits >= 32
            ):  # else the least losses are all 0, but not on the page
                yield loss, 20 * x, (x > 0).to(dtype), {"pos_weight": weight}
            yield loss, 500 * x, 2 * hard - 0.5, {"pos_weight": weight, "weight": torch.ones(shape)}
        else:
            yield loss, (x > 0.5).to(dtype), hard, {}
    pairs = itertools.product(("mean", "sum", "none", "batchmean"), (False, True))
    axes = [(shape, axis) for shape in [(), *shapes] for axis in range(-1, min(len(shape), 2))]
    for (shape, axis), (reduction, log_target) in zip(axes, itertools.cycle(pairs), strict=False):
        options = {"reduction": reduction, "log_target": log_target}
        x = torch.log_softmax(torch.randn(shape, dtype=dtype), axis)
        t = torch.log_softmax(3 * torch.randn(shape, dtype=dtype), axis)
        t = t if log_target else t.exp()
        yield "kl_div", x, t, options
        if shape:
            yield "kl_div", x, t[:1], options
            yield "kl_div", x[:1], t, options
            yield "kl_div", x[..., :1], t[:1], {"reduction": "batchmean", **options}
            yield "kl_div", x, t.where(torch.rand(shape) < 0.7, -1 if log_target else 0), options


def refused() -> Iterator[Given]:
    z, y, w = torch.randn(4, 3), torch.tensor([0, 2, 1, 1]), torch.ones(3)
    t, p = z.softmax(1), z.sigmoid()
    cross = "cross_entropy"
    yield cross, z, y, {"label_smoothing": 10.0}
    yield cross, z, y, {"label_smoothing": -1e-5}
    yield cross, z, y, {"reduction": "avg"}
    yield cross, z, y, {"reduction": "batchmean"}
    yield cross, z, y, {"weight": torch.ones(4)}
    yield cross, z, y, {"weight": torch.ones(3, dtype=torch.int64)}
    yield "focal_loss", z, y, {"gamma": -math.inf}
    yield cross, z, t, {"ignore_index": 0}
    for target in (
        y[:, None],
        y[:3],
        y.float(),
        t[:, :2],
        t.bool(),
        y.bool(),
        y + 1,
        y - 1,
        z.long(),
    ):
        yield cross, z, target, {}
        yield "nll_loss", z, target, {}
    yield cross, z[0, 0], y[0], {}
    yield cross, z[0], y[0] + 7, {}
    yield cross, z.long(), y, {}
    yield cross, z.movedim(0, 1)[None], y[None, :3], {}
    alone, yes = z[:, :1], y.clamp(max=1)
    for loss, target in itertools.product(
        CLASSES, (yes, 0 * yes, yes[:, None], yes.float(), y, 3 * t[:, :1])
    ):
        yield loss, alone, target, {}
    yield cross, alone, yes, {"weight": torch.ones(2), "ignore_index": 1}
    yield cross, alone, -100 - 0 * yes, {}
    yield cross, alone[0], yes[0], {}
    yield cross, alone[..., None], yes[:, None], {"ignore_index": 0}
    for loss in (*YES_OR_NO, "kl_div"):
        yield loss, p, t[:, :1].T, {}
        yield loss, p, t.long(), {}
        yield loss, p, t, {"reduction": "avg"}
    yield YES_OR_NO[0], z * 9, t, {}
    yield YES_OR_NO[0], p, -t, {}
    yield YES_OR_NO[0], torch.tensor(1.5), torch.tensor(1.0), {}
    yield YES_OR_NO[1], z, t, {"pos_weight": torch.ones(2)}
    yield YES_OR_NO[1], z, t, {"weight": w[:, None, None]}


def taken() -> Iterator[Given]:
    """Yield calls that PyTorch takes, and the functions of lossutils refuse."""
    z, y = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
    for loss in ("cross_entropy", "nll_loss"):
        yield loss, z[0].log_softmax(0), y[1:2], {}
        yield loss, z[0].log_softmax(0), y[1:2] - 102, {"weight": torch.ones(3)}
    for kind, name in itertools.product((torch.int64, torch.bool), ("weight", "pos_weight")):
        whole = {name: torch.tensor([2, 0, 1]).to(kind)}
        yield YES_OR_NO[1], z, z.sigmoid(), whole
        if name == "weight":
            yield YES_OR_NO[0], z.sigmoid(), z.sigmoid(), whole
            yield "cross_entropy", z, z.softmax(1), whole
            yield "cross_entropy", z, y, whole
            yield "focal_loss", z, y, whole


def explained() -> Iterator[Given]:
    torch.manual_seed(3)
    yield from taken()
    for made in (of_classes, of_elements):
        yield from made(torch.float64, SHAPES)
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            yield from made(dtype, SHAPES[2:3])


def known(given: Given) -> Any:
    loss, z, target, options = given
    try:
        return explain(loss, z, target, **options)
    except (TypeError, ValueError, IndexError) as error:
        return {"error": str(error)}


def camel(name: str) -> str:
    return re.sub("_(.)", lambda found: found[1].upper(), name)


def plain(x: Any) -> Any:
    """Return an explanation as the page has it."""
    if isinstance(x, (Explanation, Sample)):
        names = {f.name for f in dataclasses.fields(x)} - NOT_IN_PAGE - {"problem_floor"}
        names |= ONLY_IN_PAGE if isinstance(x, Explanation) else set()
        return {camel(name): plain(getattr(x, name)) for name in names}
    if isinstance(x, dict):
        return {name: plain(each) for name, each in x.items()}
    if isinstance(x, tuple):
        return [plain(each) for each in x]
    return x.tolist() if hasattr(x, "tolist") else x


def apart(ours: Any, page: Any, relative: float, least: float, at: str = "") -> Iterator[str]:
    """Yield the places where the page's numbers and texts differ."""
    if isinstance(ours, dict):
        for name in ours.keys() | page.keys():
            yield from apart(ours.get(name), page.get(name), relative, least, f"{at}.{name}")
    elif isinstance(ours, list) and isinstance(page, list) and len(ours) == len(page):
        for k, pair in enumerate(zip(ours, page, strict=True)):
            yield from apart(*pair, relative, least, f"{at}[{k}]")
    elif isinstance(ours, (int, float)) and isinstance(page, (int, float)):
        near = math.isclose(ours, page, rel_tol=relative, abs_tol=least)
        if not (near or (math.isnan(ours) and math.isnan(page))):
            yield f"{at}: {ours!r}, on the page {page!r}"
    elif ours != page:
        yield f"{at}: {ours!r}, on the page {page!r}"


def numbers_in(x: Any) -> Iterator[float]:
    if isinstance(x, (dict, list)):
        for each in x.values() if isinstance(x, dict) else x:
            yield from numbers_in(each)
    elif isinstance(x, float) and math.isfinite(x):
        yield abs(x)


def test_numbers_are_written_as_python_writes_them(javascript: Callable[..., Any]) -> None:
    torch.manual_seed(5)
    drawn = torch.randn(2000, dtype=torch.float64) * 10.0 ** torch.randint(-12, 22, (2000,))
    # Halves between two texts: Python takes the even one.
    halves = (torch.arange(1000, 1400) + 0.5).double() / 2.0 ** torch.arange(400).remainder(5)
    special = [0.0, 1.0, -1e5, 99995.0, 1e-5, 1e16, 123456789.0, math.inf, -math.inf, math.nan]
    x = [*drawn.tolist(), *halves.tolist(), *special]
    module = "../js/call/call.js"
    for digits in (1, 4, 6, 17):
        texts = javascript(module, "general", [[each, digits] for each in x])
        assert texts == [f"{each:.{digits}g}" for each in x]
    assert javascript(module, "float", [[each] for each in x]) == [repr(each) for each in x]
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        name = str(dtype).removeprefix("torch.")
        near = [each for each in x if each == each]
        held = torch.tensor(near, dtype=torch.float64).to(dtype).tolist()
        rounded = javascript(module, "rounded", [[each, name] for each in near])
        assert [float(each) for each in rounded] == held


def test_the_page_explains_as_python_does(javascript: Callable[..., Any]) -> None:
    given = [*explained(), *refused()]
    pages = javascript("../js/call/explain.js", "explain", [[as_call(each)] for each in given])
    wrong = []
    for each, page in zip(given, pages, strict=True):
        found = known(each)
        ours = plain(found)
        if page == {"error": "the findings say why"}:
            loss, z, target, options = each
            gravest, *_ = diagnose(loss, z, target, **options)
            if "error" in ours and gravest.severity != "note":
                continue
        # Python computes narrow types in float32, the page in float64: absolute below 1 then.
        noise = max(TOLERANCE, ours.get("noise", 0.0))
        exact = noise == TOLERANCE
        least = 1e-3 * TOLERANCE * max(numbers_in(ours), default=1.0) if exact else noise
        differ = [*apart(ours, page, noise, least)]
        if differ:
            wrong.append(
                f"{each[0]} {tuple(each[1].shape)} {each[1].dtype} {each[3]}: {differ[:4]}"
            )
    assert not wrong, f"{len(wrong)} of {len(given)}\n" + "\n".join(wrong[:20])


# -- diagnose --------------------------------------------------------------------------------------


def as_values(case: diagnosis.Case) -> Given | None:
    """Return the case as a loss's name and detached tensors; None if the page can't be given it."""
    try:
        call = read_call(case.loss, case.input, case.target, **case.options)
    except TypeError:  # an option that the loss does not have
        return None
    loss, options = call.loss, dict(call.options)
    if isinstance(case.input, (list, tuple)):
        return None
    given = {"": case.input, "target": case.target, **options}
    for name, x in given.items():
        if isinstance(x, (torch.Tensor, np.ndarray)):
            given[name] = torch.as_tensor(x).detach()
            if given[name].device.type != "cpu":
                return None
    return loss, given.pop(""), given.pop("target"), given


def odd(share: float) -> Iterator[Given]:
    """Yield calls that no training loop makes, a share of all: any shapes and types."""
    shapes: list[tuple[int, ...]] = [
        (), (1,), (3,), (0,), (4, 3), (3, 4), (4, 1), (1, 3), (0, 3), (3, 0), (2, 3, 3), (2, 3, 4),
        (2, 1, 1), (3, 3, 3), (2, 3, 0), (2, 3, 4, 4), (2, 4, 4),
    ]  # fmt: skip
    kinds = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool]
    draw = diagnosis.Draw(5)
    for loss in OPTIONS:
        for shape, target in itertools.product(shapes, shapes):
            if draw.chance(1 - share):
                continue
            z, t = torch.rand(shape) * draw.of(1, 3), torch.rand(target) * draw.of(1, 3)
            z, t = draw.of(z, z.log(), z - 1), t.to(draw.of(torch.int64, torch.int64, *kinds))
            options: dict[str, Any] = draw.of({}, {}, {"reduction": draw.of("sum", "none", "avg")})
            if "weight" in OPTIONS[loss] and draw.chance(0.3):
                weight = torch.rand(draw.of(shape[-1:], shape[1:2], (1, 3), ())) - draw.of(0, 0.3)
                named = [name for name in ("weight", "pos_weight") if name in OPTIONS[loss]]
                options = {**options, draw.of(*named): weight}
            yield loss, z.to(draw.of(*kinds[:2], *kinds[:2], *kinds)), t, options
    z, y = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
    for weight in (torch.ones(3, dtype=kind) for kind in kinds):
        yield "cross_entropy", z, y, {"weight": weight}
        yield "cross_entropy", z, z.softmax(1), {"weight": weight}
        yield "nll_loss", z.log_softmax(1), y, {"weight": weight}
        yield "focal_loss", z, y, {"weight": weight}
        for kind in kinds[:4]:
            yield "binary_cross_entropy", z.sigmoid(), (z > 0).to(kind), {"weight": weight}
            yield YES_OR_NO[1], z, (z > 0).to(kind), {"pos_weight": weight}
    yield "focal_loss", z, y, {"gamma": -1.0}
    yield "cross_entropy", z.where(z < 1, -math.inf), y, {"label_smoothing": 0.1}
    yield "cross_entropy", 0 * z, y, {"label_smoothing": 0.1, "reduction": "none"}
    yield "kl_div", z.log_softmax(1), torch.full((3,), 1 / 3), {"reduction": "batchmean"}
    yield YES_OR_NO[1], 0 * z, (z > 0).double(), {"reduction": "sum"}
    for bad in (math.nan, math.inf, -0.0):
        target = z.softmax(1)
        target[2, 1] = bad
        for loss in ("cross_entropy", "kl_div", *YES_OR_NO):
            yield loss, z.log_softmax(1) if loss == "kl_div" else z.sigmoid(), target, {}


def one_of_each() -> Iterator[Given]:
    """Yield calls for what neither the generator nor `odd` has, or seldom."""
    cross, bce, logits = "cross_entropy", *YES_OR_NO
    z, y = torch.randn(8, 5), torch.arange(8) % 5
    t, p = z.softmax(1), (9 * z).sigmoid()
    hot = torch.eye(5)[y]
    yield cross, z[:0], y[:0], {}
    yield cross, z[0], y[:1], {}
    yield cross, z[0, :0], y[0], {}
    yield cross, z[0], y, {}
    yield cross, z[:, 0], (y > 2).long(), {}
    yield cross, z, y / 255, {}
    yield "nll_loss", z.log_softmax(1), (y + 0.5).where(y > 0, math.nan), {}
    yield cross, z[None].movedim(1, 2), t[None].movedim(1, 2) - (y == 2).float(), {}
    yield cross, z[None].movedim(1, 2), (t / (y != 2)[:, None])[None].movedim(1, 2), {}
    masked = z.log_softmax(1) * (torch.arange(8) % 2)[:, None]
    yield "nll_loss", masked, y, {"reduction": "sum"}
    yield "nll_loss", 2 * masked, y, {}
    yield "nll_loss", 0 * masked, y, {}
    yield cross, z[0], y[:1], {"label_smoothing": 0.1}
    yield cross, z[:, :1], 0 * y, {"label_smoothing": 1.0}
    yield cross, z, y, {"reduction": "None"}
    yield cross, z, y, {"reduction": "batchmean"}
    yield "focal_loss", z, y, {"reduction": "avg"}
    yield "kl_div", z.log_softmax(1), t, {"reduction": "MEAN"}
    yield cross, z, y * 0 + 3, {"ignore_index": 3, "reduction": "sum"}
    yield cross, z, y * 0 + 3, {"ignore_index": 3, "weight": torch.ones(5)}
    yield cross, z.log_softmax(1), y, {"label_smoothing": 0.1, "weight": torch.ones(5)}
    yield cross, z[None], hot.maximum(hot.roll(1, 1))[None], {"weight": torch.ones(8)}
    weight = torch.ones(5).half()
    yield logits, -4e4 * hot.half(), hot.half(), {"weight": weight, "reduction": "sum"}
    yield cross, z, t, {"ignore_index": 0}
    yield cross, z, y, {"label_smoothing": 10.0}
    yield cross, z, y + 1, {}
    yield cross, z, y + 3, {}
    yield cross, p, y, {}
    yield cross, z, y.where(y > 0, -1), {}
    yield cross, z, y.where(y > 0, 255), {"reduction": "none"}
    yield cross, z, 100 * t, {}
    yield cross, z, hot.maximum(hot.roll(1, 1)), {}
    yield cross, z[None].expand(3, 8, 5), t[None].expand(3, 8, 5), {}
    yield cross, p[:, :2], y % 2, {}
    yield cross, z.softmax(0), y, {}
    yield cross, z.half() * math.inf, y, {}
    yield cross, z.where(hot == 0, -math.inf), y, {}
    yield cross, z.where(y[:, None] > 0, -math.inf), y, {}
    yield cross, z.where(hot == 1, -math.inf), y, {"label_smoothing": 0.1}
    yield cross, z, y, {"weight": torch.tensor([1e38] * 5), "reduction": "sum"}
    yield "nll_loss", torch.randn(5, 5, 5).log_softmax(2), y.expand(8, 8)[:5, :5] % 5, {}
    yield "nll_loss", (z - 9).log_softmax(0), y, {}
    low = z.masked_fill(hot.roll(1, 1) > 0, -1e9)
    for given in (low, low.log_softmax(1), low * 1e-4, low.half(), z.masked_fill(hot > 0, -1e9)):
        yield cross, given, y, {}
        yield cross, given, y.where(y != 2, -100), {"label_smoothing": 0.1}
        yield cross, given, t, {}
        yield "nll_loss", given, y, {}
    yield cross, z.masked_fill(hot > 0, -1e9)[:, :, None], y[:, None], {}
    yield cross, z.masked_fill(hot.roll(1, 1) > 0, -math.inf), y, {"label_smoothing": 0.1}
    for smooth in (0.9 * hot + 0.02, (0.9 * hot + 0.02)[:1], (0.9 * hot + 0.02).half(), t):
        yield cross, z[: len(smooth)].to(smooth.dtype), smooth, {"label_smoothing": 0.1}
    for few in (1, 4):
        two = (0.9 * hot[:, :2] + 0.05)[:few]
        yield cross, z[:few, :2], two / two.sum(1, keepdim=True), {"label_smoothing": 0.1}
    for logs in (-t.log(), t.log2(), t.log10(), t.log() / 3, t.log1p(), t.half().log1p()):
        yield cross, logs, y, {}
        yield "nll_loss", logs, y, {}
        yield "kl_div", logs, t.roll(1, 0), {"reduction": "batchmean"}
    for several in (hot, t, 3 * t, 0.9 * hot, -2 * t, hot * (y > 2)[:, None]):
        yield cross, z, several.long(), {}
        yield "nll_loss", t.log(), several.long(), {}
    mixed = 0.3 * (0.9 * hot + 0.02) + 0.7 * (0.9 * hot + 0.02).roll(1, 0)
    for few in (mixed, mixed[:3], mixed[:, 1:] / mixed[:, 1:].sum(1, keepdim=True)):
        yield cross, z[: len(few), : few.shape[1]], few, {"label_smoothing": 0.1}
    for share in (t / 4, 2 * t, hot / 4):
        yield cross, z, share, {}
        yield "kl_div", z.log_softmax(1), share, {"reduction": "batchmean"}
    for loss in (cross, logits, "kl_div"):
        yield loss, torch.randn(2, 3, 4, 5), torch.rand(2, 3, 5, 4), {}
        yield loss, torch.randn(2, 3, 4, 5), torch.randint(3, (2, 5, 4)), {}
        yield loss, torch.randn(2, 3, 4, 5), torch.rand(2, 60), {}
        yield loss, torch.randn(2, 60), torch.rand(2, 3, 4, 5), {}
        yield loss, torch.randn(2, 3, 4), torch.rand(24), {}
        yield loss, torch.randn(2, 3, 4), torch.rand(2, 4, 3), {}
    for shape, other in (
        ((8, 1, 1), (8,)),
        ((1, 8), (8, 1)),
        ((3, 8, 1), (3, 1, 8)),
        ((8, 1), (1,)),
    ):
        yield YES_OR_NO[1], torch.randn(shape), torch.rand(other), {}
        yield YES_OR_NO[1], torch.randn(other), torch.rand(shape), {"reduction": "sum"}
    for missing in (math.nan, math.inf):
        yield YES_OR_NO[1], z, t.masked_fill(t > 0.3, missing), {}
        yield YES_OR_NO[0], t, t.masked_fill(t > 0.3, missing) + 0.9, {}
        yield YES_OR_NO[0], t, 0 * t + missing, {"weight": t}
    small = (0.3 * torch.randn(9, 100)).softmax(1)
    for given in (small, small.log1p()):
        yield "nll_loss", given, torch.arange(9), {}
        yield "kl_div", given, small, {"reduction": "batchmean"}
    yield YES_OR_NO[1], z, t, {"pos_weight": torch.tensor([1.0, -0.5, 2.0, 0.0, 1.0])}
    yield cross, torch.randn(2, 4, 5), y, {}
    yield cross, torch.randn(2, 4, 5), y + 1, {}
    yield cross, torch.randn(2, 4, 5), torch.cat([y, y]), {}
    for rows in (y.view(2, 4), t[:1, :8], torch.ones(10, 5), t[:4, :2].long(), y.view(8, 1)):
        yield cross, z, rows, {}
        yield cross, torch.randn(50, 5), rows, {}
    yield cross, z, (y + 1).clamp(min=2), {}
    light = torch.tensor([0.2, 0.5, 1.0, 2.0, 0.3])
    for options in ({}, {"reduction": "sum"}, {"reduction": "none"}, {"label_smoothing": 0.2}):
        for weight in (light, light - 0.5, light / 0):
            for given in (t, 3 * t):
                yield cross, given, y, {"weight": weight, **options}
                yield cross, given, t, {"weight": weight, **options}
    yield "focal_loss", t, y, {"gamma": 1.0, "weight": light, "reduction": "sum"}
    yield "focal_loss", t, y, {"gamma": 0.0}
    for weight in (light, light / 0, light - 0.5, light[2], light * math.nan):
        for given in (p, t, 3 * t, t.log()):
            yield logits, given, hot, {"pos_weight": weight}
            yield logits, given, hot, {"weight": weight, "pos_weight": light}
        yield bce, p, hot, {"weight": weight}
    yield cross, z.view(4, 10), y.view(2, 4), {}
    yield cross, z.view(4, 10), (y % 4).repeat(3)[:20], {}
    yield cross, z.view(4, 10), (y % 2).repeat(3)[:20], {}
    yield bce, p, 2 * hot - 1, {}
    yield bce, p, hot - 5 * hot.roll(1, 1), {}
    yield bce, hot, p, {}
    yield logits, hot, z, {}
    yield cross, hot, z, {}
    yield cross, z[:, :2], 2 * (y % 2) - 1, {}
    yield cross, z[:, :1], 2 * (y % 2) - 1, {}
    yield logits, z, 2 * hot - 1, {}
    yield logits, z, hot + 1, {}
    yield logits, p, hot, {}
    yield logits, t, hot, {}
    for scaled in (2 * t, t / 4, (2 * t).half(), 40 * t, (t / 4).round(decimals=4)):
        yield cross, scaled, y, {}
        yield "nll_loss", scaled, y, {}
        yield "kl_div", scaled, t, {"reduction": "batchmean"}
        yield logits, scaled, hot.to(scaled.dtype), {}
    for several in (hot + hot.roll(1, 1), 2 * hot):
        yield cross, z, several.long(), {}
        yield "nll_loss", t.log(), several.long(), {}
    yield cross, z[:, :2], 255 * (y % 2), {}
    yield cross, z[:, :2], y * 0 + 255, {}
    yield cross, z[:, :2], 255 * (y % 2), {"ignore_index": 255}
    for given in (y.float(), y.float() + 1, (y > 2).float(), 1.5 * y):
        yield logits, z, given, {}
        yield "kl_div", t.log(), given, {"reduction": "batchmean"}
    maps = torch.randn(2, 5, 4, 3)
    rows = torch.eye(5)[torch.arange(24).view(2, 4, 3) % 5]
    for target in (rows, rows.long(), rows.softmax(-1), rows[..., :3].long()):
        yield cross, maps, target, {}
    yield logits, t.log(), hot, {}
    yield logits, t.half().log(), hot.half(), {}
    yield logits, t.log()[None], hot[None], {}
    yield logits, t.T.log()[None], hot.T[None], {}
    yield logits, t.log()[:1], hot[:1], {}
    yield bce, t.log(), hot, {}
    yield bce, t.T.log()[None], hot.T[None], {}
    yield logits, z[:, :1], hot[:, 0], {}
    for guesses, target in ((z.argmax(1), y), (z.argmax(1), y.float()), (z[0] > 0, hot[0])):
        yield cross, guesses.float(), target, {}
        yield "nll_loss", guesses.float(), target, {}
    for loss in (bce, logits):
        yield loss, hot.roll(1, 1), hot, {}
        yield loss, hot.maximum(hot.roll(1, 1)), hot, {}
        yield loss, hot.roll(1, 1)[:3], hot[:3], {}
    yield cross, maps.movedim(1, -1), rows, {}
    yield cross, maps.movedim(1, -1), rows.long(), {}
    yield "nll_loss", maps.movedim(1, -1), rows, {}
    yield cross, maps[:, :3], rows[..., :3].softmax(-1), {"label_smoothing": 0.1}
    yield "kl_div", t.log(), y, {"reduction": "batchmean"}
    yield "kl_div", t.log(), t.roll(1, 0).log(), {"reduction": "sum"}
    for scale in (1 / 4, 0.4, 0.9, 2, 1 / 3, 0.7):
        yield "kl_div", (scale * t).log(), t.roll(1, 0), {"reduction": "batchmean"}
        yield "kl_div", (scale * t).log(), scale * t.roll(1, 0), {"reduction": "batchmean"}
        yield "kl_div", scale * t, t.roll(1, 0), {"reduction": "batchmean"}
        yield "kl_div", t.log(), scale * t.roll(1, 0), {"reduction": "batchmean"}
    for few, many in ((t[:1], t), (t[0], t), (t[:, :1], t[:1]), (t[0, 0], t), (t[:1, :1], t)):
        for reduction in ("mean", "batchmean", "sum", "none"):
            yield "kl_div", few.log(), many, {"reduction": reduction}
            yield "kl_div", many.log(), few, {"reduction": reduction}
    yield "kl_div", t.log()[0], t[1], {}
    yield "kl_div", t.log()[0], t[1], {"reduction": "batchmean"}
    yield "kl_div", z.log_softmax(0), t, {"reduction": "batchmean"}
    yield "kl_div", t.log(), z.softmax(0), {"reduction": "batchmean"}
    yield "kl_div", t[:0], t[:0], {"reduction": "batchmean"}
    yield cross, z, z.softmax(0), {}
    yield logits, z[:0], z[:0], {}
    words, tags = torch.randn(2, 4, 3), torch.randint(3, (2, 4))
    yield cross, words, tags, {"weight": torch.ones(3)}
    yield cross, words.movedim(-1, 1), tags.view(2, 2, 2), {}
    yield cross, words, words.softmax(-1), {"weight": torch.ones(3)}
    yield cross, words, words, {"weight": torch.ones(3)}
    picture = torch.randn(2, 3, 4, 4)
    for axis in (1, 2, 3):
        shares = picture.softmax(axis)
        yield "kl_div", shares, shares.roll(1, 0), {"reduction": "batchmean"}
        yield "kl_div", picture, shares, {"reduction": "batchmean"}
        yield "kl_div", shares.log(), shares.roll(1, 0), {"reduction": "batchmean"}


def diagnosed(cases: int, networks: int, whole: int) -> Iterator[Given]:
    """Yield the generator's calls, so many of each code and without a fault, and odd ones."""
    with torch.random.fork_rng(devices=[]):
        scenes = diagnosis.all_scenes(networks, seed=4)
        made = [case for code in diagnosis.BROKEN for case in diagnosis.broken(code, cases, scenes)]
        draw = diagnosis.Draw(9)
        made += [diagnosis.whole_setups(draw, draw.of(*scenes)) for _ in range(whole)]
        yield from filter(None, map(as_values, made))
        torch.manual_seed(11)
        yield from odd(0.25)
        yield from one_of_each()


def differing(given: list[Given], javascript: Callable[..., Any]) -> list[str]:
    """Return the calls of which the page says something else."""
    module = "../../../tests/widgets/findings.mjs"
    pages = javascript(module, "findings", [[as_call(each)] for each in given])
    wrong = []
    for (loss, z, target, options), page in zip(given, pages, strict=True):
        ours = [
            {**vars(f), "evidence": plain(dict(f.evidence)), "shown": f._evidence_text()}
            for f in diagnose(loss, z, target, **options)
        ]
        # PyTorch adds up in the input's type.
        differ = [*apart(ours, page, 1e-5, 1e-7)]
        if differ:
            wrong.append(
                f"{loss} {tuple(z.shape)} {z.dtype}, {tuple(target.shape)} {target.dtype}, "
                f"{[name for name, x in options.items() if x is not None]}: {differ[:3]} "
                f"{[f['code'] for f in ours]} {[f['code'] for f in page]}"
            )
    return wrong


# What only a graph, a device, several steps or another kind of argument shows.
ELSEWHERE = {
    ("class-axis-ambiguous", "graph"), ("kl-arguments-swapped", "gradient"),
    ("kl-input-not-log", "graph"), ("logits-into-bce", "graph"), ("logits-into-nll", "graph"),
    ("logits-into-nll", "log-sigmoid"), ("sigmoid-before-cross-entropy", ""),
    ("sigmoid-before-bce-with-logits", ""), ("weight-device", ""), ("weight-device", "target"),
    ("refused", "option"), ("unread", ""), ("log-softmax-before-cross-entropy", "dropout"),
    *(("zeroed-logits", v) for v in ("", *table()["zeroed-logits"]["variants"])), ("unread", "overridden"), ("refused", "not a tensor"), ("refused", "output"),
    ("refused", "tensors"), ("refused", "ragged"), ("refused", "masked array"), ("refused", "autocast"),
    ("stuck-at-floor", "stayed"), ("stuck-at-floor", "floor"), ("stuck-at-floor", "twice"),
    ("unequal-batches", "log"), ("integer-input", "rounded"), ("kl-temperature", ""),
    ("target-gradient", ""), ("refused", "heads"), ("refused", "part"), ("refused", "heads and targets"),
    *(("bounded-logits", v) for v in ("", *table()["bounded-logits"]["variants"])),
    ("logits-into-bce", "bounded"), ("logits-into-bce", "distance"),
    ("class-axis", "by a view"), ("ignore-index-is-a-class", "uint8"),
    ("logits-into-bce", "dropout"), ("logits-into-nll", "dropout"),
    ("kl-input-not-log", "dropout"), ("kl-input-not-log", "log-sigmoid"),
    ("logits-into-bce", "scaled"), ("logits-into-nll", "scaled"), ("kl-input-not-log", "scaled"),
    ("refused", "backward"), ("refused", "heads and columns"), ("refused", "heads of several sizes"), ("refused", "inference"), ("refused", "weights by class"), ("weight-device", "function"), ("refused", "no tensor of floats"),
    ("parameters-do-not-move", "written"), ("refused", "text"), ("refused", "learnt weight"), ("saturated-bce", "of one number"), ("softmax-axis", "of the batch"),
    ("soft-target-not-normalised", "several yes"), ("target-gradient", "the other way"),
    *((code, "") for code in diagnosis.LOOPS if code != "stuck-at-floor"),
}  # fmt: skip


def test_the_page_finds_what_python_finds(
    javascript: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = set()

    def noted(code: str, variant: str = "", /, **evidence: Any) -> Finding:
        said.add((code, variant))
        return finding(code, variant, **evidence)

    monkeypatch.setattr(_rules, "finding", noted)
    with diagnosis.one_thread():
        given = list(diagnosed(3, 2, 60))
        wrong = differing(given, javascript)
    words = {(code, v) for code, row in table().items() for v in ("", *row.get("variants", ()))}
    assert words - said == ELSEWHERE
    # The build leaves out the words that the rules do not name.
    rules = (Path(lossutils.__file__).parent / "widgets" / "js" / "call" / "diagnose.js").read_text(
        encoding="utf-8"
    )
    assert all(f'"{name}"' in rules for pair in said for name in pair if name)
    assert not wrong, f"{len(wrong)} of {len(given)}\n" + "\n".join(wrong[:20])
