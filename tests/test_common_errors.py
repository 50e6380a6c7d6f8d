"""The page of common errors explains every message that its cells provoke, and no other."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import nbformat
import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"
CELLS = nbformat.read(CHAPTERS / "common-errors.ipynb", as_version=4).cells
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
