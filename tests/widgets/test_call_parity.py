"""js/call says of a call what `explain` and `diagnose` say of its tensors, without graph and device."""

import dataclasses
import itertools
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import torch

from lossutils import explain
from lossutils._explained import Explanation, Sample

Given = tuple[str, torch.Tensor, torch.Tensor, dict[str, Any]]

TOLERANCE = 1e-12
# What of an explanation only PyTorch can tell, and what the page gives besides.
NOT_IN_PAGE = {"pytorch", "equal", "verdict"}
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
            yield loss, 500 * x, 2 * hard - 0.5, {"pos_weight": weight, "weight": torch.ones(shape)}
        else:
            yield loss, (x > 0.5).to(dtype), hard, {}
    for reduction, log_target in itertools.product(
        ("mean", "sum", "none", "batchmean"), (False, True)
    ):
        options = {"reduction": reduction, "log_target": log_target}
        for shape, axis in itertools.product([(), *shapes], (-1, 1)):
            if axis >= max(len(shape), 1):
                continue
            x = torch.log_softmax(torch.randn(shape, dtype=dtype), axis)
            t = torch.log_softmax(3 * torch.randn(shape, dtype=dtype), axis)
            t = t if log_target else t.exp()
            yield "kl_div", x, t, options
            if shape:
                yield "kl_div", x, t[:1], options
                yield (
                    "kl_div",
                    x,
                    t.where(torch.rand(shape) < 0.7, -1 if log_target else 0),
                    options,
                )


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
    yield cross, z, y, {"gamma": 2.0}
    yield "focal_loss", z, y, {"gamma": -math.inf}
    yield "nll_loss", z, y, {"log_target": True}
    yield "kl_div", z, t, {"ignore_index": 3}
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
    for loss in (*YES_OR_NO, "kl_div"):
        yield loss, p, t[:, :1].T, {}
        yield loss, p, t.long(), {}
        yield loss, p, t, {"reduction": "avg"}
    yield YES_OR_NO[0], z * 9, t, {}
    yield YES_OR_NO[0], p, -t, {}
    yield YES_OR_NO[0], torch.tensor(1.5), torch.tensor(1.0), {}
    yield YES_OR_NO[1], z, t, {"pos_weight": torch.ones(2)}
    yield YES_OR_NO[1], z, t, {"weight": w[:, None, None]}


def explained() -> Iterator[Given]:
    torch.manual_seed(3)
    for made in (of_classes, of_elements):
        yield from made(torch.float64, SHAPES)
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            yield from made(dtype, SHAPES[1:3])


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
        for name in NOT_IN_PAGE:
            page.pop(name, None)
        found = known(each)
        ours = plain(found)
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
