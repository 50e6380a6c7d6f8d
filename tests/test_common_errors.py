"""The page of common errors explains every message that its cells provoke, and no other.

And both the page and `diagnose` know what PyTorch says to more than six thousand misuses.
"""

from __future__ import annotations

import importlib.util
import json
import re
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
import torch.nn.functional as F

from lossutils import diagnose

CHAPTERS = Path(__file__).parents[1] / "chapters"
CELLS = nbformat.read(CHAPTERS / "common-errors.ipynb", as_version=4).cells
LOSSES = (
    F.cross_entropy,
    F.nll_loss,
    F.binary_cross_entropy,
    F.binary_cross_entropy_with_logits,
    F.kl_div,
)
SCRIPT = CHAPTERS / "_runs" / "cuda_messages.py"


def alike(message: str) -> str:
    """Return a message without its numbers."""
    return re.sub(r"-?\d+(\.\d+)?", "#", message)


def explained() -> list[str]:
    """Return the messages that head a section, and those in the line below that begins Also."""
    text = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
    lines = re.findall(r"^(?:### |Also )`.*$", text, re.MULTILINE)
    lines += re.findall(r"^Also ``.*$", text, re.MULTILINE)
    spans = (re.findall(r"(?<!`)(`+)(?!`) ?(.+?) ?\1(?!`)", line) for line in dict.fromkeys(lines))
    return [alike(message) for found in spans for _, message in found]


def provoked() -> list[str]:
    """Return the messages that the cells have printed."""
    text = "\n".join(o.get("text", "") for c in CELLS for o in c.get("outputs", ()))
    return [alike(m) for m in re.findall(r"^    \w+(?:Error|Warning): (.*)$", text, re.MULTILINE)]


def test_every_message_is_explained() -> None:
    messages, headings = provoked(), explained()
    assert len(messages) > 50
    assert not [m for m in messages if not any(m.startswith(h) for h in headings)]


def test_every_explanation_has_its_message() -> None:
    messages = provoked()
    assert not [h for h in explained() if not any(m.startswith(h) for m in messages)]


def test_every_call_gives_an_error() -> None:
    text = "\n".join(o.get("text", "") for c in CELLS for o in c.get("outputs", ()))
    assert "no error" not in text


def without_names(message: str) -> str:
    """Return a message without what is the caller's: numbers, shapes, types, a function's name."""
    named = {
        r"torch\.Size\(\[[^]]*\]\)|\[[-#, ]*\]": "S",
        r"\b(Half|BFloat#|Double|Float|Long|Byte|Short|Int|Bool)(?!\w)": "D",
        r"\b(NoneType|tuple|list|dict|int|float|str|numpy\.ndarray)\b": "T",
        r"argument '\w+' \(position #\)": "A",
        r"\w+(\.\w+)*\(\)": "f()",
        r"'\w+Loss'|'?\b(log_)?softmax\b'?|\"\w+\"|'(size|weight|\w+_\w+)'": "f",
        r"(None|#|batchmean) is not a valid": "avg is not a valid",
        r"reduction='\w+'": "reduction=R",
    }
    message = alike(message)
    for pattern, name in named.items():
        message = re.sub(pattern, name, message)
    return message


def misuses() -> Iterator[partial[Any]]:
    """Yield calls of which many are wrong in one argument, or in two."""
    z = torch.randn(4, 3, requires_grad=True)
    y, p = torch.tensor([0, 1, 2, 0]), torch.full((4, 3), 1 / 3)
    soft, log_q, q = torch.softmax(z, 1), torch.log_softmax(z, 1), torch.sigmoid(z)
    objects = [None, (p,), [0.5, 0.5], p.numpy(), 3, 2.5, "x", {"logits": p}]
    types = [torch.half, torch.bfloat16, torch.double, torch.long, torch.int, torch.uint8]
    shapes = [(0,), (1,), (3,), (4,), (5,), (4, 1), (1, 3), (3, 4), (4, 5), (4, 3, 2), (4, 2, 3)]
    shapes += [(4, 2), (1, 4, 3), (4, 3, 2, 2), (4, 2, 2, 3), (4, 2, 2), (4, 1, 2, 2)]

    def instead_of(tensor: torch.Tensor) -> list[Any]:
        cast = [tensor.detach().to(dtype) for dtype in (*types, torch.bool)]
        return objects + cast + [torch.ones(shape).to(tensor.dtype) for shape in shapes]

    def without_a_call(module: Any) -> None:
        module().backward()

    weights = [*objects, *(torch.ones(3).to(dtype) for dtype in types)]
    weights += [torch.ones(shape) for shape in [(), (1,), (4,), (3, 1)]]
    weights.append(torch.ones(3, requires_grad=True))
    reductions = [{"reduction": name} for name in ("avg", "batchmean", None, 1)]
    reductions += [{"size_average": flag} for flag in (True, False)]
    of_classes = [{"ignore_index": i} for i in (None, 1.5, "x", 1)] + reductions
    of_classes += [{"label_smoothing": a} for a in (1.5, "x", None, 0.1)]
    weighted = [{"weight": w} for w in weights]
    weighted_labels = [{"pos_weight": w} for w in weights] + weighted + reductions
    losses: list[tuple[Any, ...]] = [
        (F.cross_entropy, z, y, weighted + of_classes),
        (F.cross_entropy, z, soft, weighted + of_classes),
        (F.nll_loss, log_q, y, weighted + of_classes),
        (F.binary_cross_entropy, q, p, weighted_labels),
        (F.binary_cross_entropy_with_logits, z, p, weighted_labels),
        (F.kl_div, log_q, p, [*reductions, {"log_target": True}]),
    ]
    for loss, given, target, options in losses:
        yield partial(loss, given)
        for more in options:
            yield partial(loss, given, target, **more)
        for other in instead_of(given):
            yield partial(loss, other, target)
            for another in instead_of(target):
                yield partial(loss, other, another)
        for other in instead_of(target):
            yield partial(loss, given, other)
    modules: list[Any] = [
        torch.nn.CrossEntropyLoss,
        torch.nn.NLLLoss,
        torch.nn.BCEWithLogitsLoss,
    ]
    for module in modules:
        yield partial(module, z, y)
        yield partial(without_a_call, module)
        yield partial(module(), z)
        for w in weights:
            yield partial(module, weight=w)
            yield partial(module, pos_weight=w)
    activations: list[Any] = [F.log_softmax, F.softmax]
    for activation in activations:
        for other in instead_of(z):
            yield partial(activation, other, dim=1)
        yield partial(activation, z)


def test_no_misuse_says_what_the_page_does_not_explain() -> None:
    known = tuple(without_names(m) for m in explained())
    unknown: dict[str, str] = {}
    refused = 0
    for call in misuses():
        said = []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                loss = call()
                if isinstance(loss, torch.Tensor) and loss.requires_grad and loss.dim() == 0:
                    loss.backward()  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001  any is wanted
                said.append(str(error).splitlines()[0])
        said += [str(warning.message) for warning in caught]
        refused += bool(said)
        for message in said:
            if not without_names(message).startswith(known):
                unknown[without_names(message)] = message
    assert refused > 6000
    assert not unknown


def test_diagnose_finds_each_misuse_that_is_refused() -> None:
    missed, refused = [], 0
    for call in misuses():
        if call.func not in LOSSES or len(call.args) < 2:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                call()
                expected = False
            except Exception:  # noqa: BLE001  any is wanted
                expected = True
        refused += expected
        said = diagnose(call.func, *call.args, **call.keywords)
        if expected and "error" not in [finding.severity for finding in said]:
            missed.append((call, said.codes))
    assert refused > 6000
    assert not missed


def test_what_a_gpu_said_is_kept_for_each_call() -> None:
    spec = importlib.util.spec_from_file_location("cuda_messages", SCRIPT)
    script = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(script)  # type: ignore[union-attr]
    kept = json.loads(script.RESULTS.read_text(encoding="utf-8"))
    assert [row["call"] for row in kept["rows"]] == script.CALLS
    stderr = (
        "/w/aten/src/ATen/native/cuda/Loss.cu:244: nll_loss: block: [0,0,0], thread: [2,0,0] "
        "Assertion `t >= 0` failed.\nTraceback (most recent call last):\n"
        '  File "<string>", line 7\ntorch.AcceleratorError: CUDA error: assert\nCompile with\n'
    )
    assert script.said(stderr) == {
        "error": "AcceleratorError",
        "message": "CUDA error: assert",
        "file": "Loss.cu",
        "kernel": "nll_loss",
        "assertion": "t >= 0",
    }


def test_the_script_needs_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("cuda_messages", SCRIPT)
    script = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(script)  # type: ignore[union-attr]
    monkeypatch.setattr(script.torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="finds no GPU"):
        script.main()
