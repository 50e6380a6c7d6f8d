"""The chapter on GPUs draws what `make bench-gpu` has saved, and says so if there is nothing."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[1] / "chapters" / "gpu-and-scale.ipynb"


def imports(cells: list[Any]) -> str:
    """Return the import statements that stand in the code cells, outside of functions."""
    trees = (ast.parse(cell.source) for cell in cells if cell.cell_type == "code")
    found = (x for tree in trees for x in tree.body if isinstance(x, ast.Import | ast.ImportFrom))
    return "\n".join(map(ast.unparse, found))


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the cells that read saved results, with those in `folder`; return what they print."""
    chapters = folder / "chapters"
    chapters.mkdir(exist_ok=True)
    monkeypatch.chdir(chapters)
    monkeypatch.syspath_prepend(NOTEBOOK.parent)  # what exercises are checked against
    monkeypatch.setattr(plt, "show", lambda: None)
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    (reading,) = (c.source for c in cells if "def kept(" in c.source)
    (drawing,) = (c.source for c in cells if c.id == "measured-gpu")
    names: dict[str, Any] = {}
    exec(imports(cells), names)  # noqa: S102  the chapter's own cells
    exec(reading, names)  # noqa: S102
    capsys.readouterr()
    with plt.rc_context():
        exec(drawing, names)  # noqa: S102
    return capsys.readouterr().out


def measured(what: str, median: float | None, unit: str, **fields: Any) -> dict[str, Any]:
    row = {
        "what": what,
        "unit": unit,
        "median": median,
        "device": "a card",
        "versions": {"torch": "2.13"},
        "date": "2030-01-01",
        "samples": 1000,
        "classes": 50_000,
        "features": None,
        "dtype": "bfloat16",
        "mode": "eager",
        "pass": "forward+backward",
        "function": "F.cross_entropy",
    }
    return row | fields


def test_without_results_no_number_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(tmp_path, monkeypatch, capsys)
    assert said == "No card has been measured yet.\n"
    assert not plt.get_fignums()


def test_results_are_shown_and_drawn_beside_their_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        measured("bandwidth", 1000.0, "GB/s", function="triad"),
        measured("bandwidth", 900.0, "GB/s", function="copy"),
        measured("time", 0.75, "ms"),
        measured("time", 0.4, "ms", function="cross_entropy_loss", mode="compiled"),
        measured("time", 9.0, "ms", samples=10),
        measured("time", 9.0, "ms", dtype="float32"),
        measured("time", 9.0, "ms", features=64),
        measured("time", None, "ms", mode="compiled", why="out of memory"),
        measured("memory", 300.0, "MB"),
    ]
    results = tmp_path / "benchmarks" / "results"
    results.mkdir(parents=True)
    (results / "gpu-a-card.json").write_text(json.dumps(rows))
    said = run(tmp_path, monkeypatch, capsys)
    assert "a card; torch 2.13; 2030-01-01" in said
    # A line for each size, with F eager, F compiled, ours eager, ours compiled.
    for line in (
        "10 × 50,000 bfloat16 +9.00 +- +- +-",
        "1,000 × 50,000 bfloat16 +0.75 +out of memory +- +0.40",
        "1,000 × 50,000 bfloat16 +300 +- +- +-",
        "64 features, F.cross_entropy +9 +-",
    ):
        assert re.search(f"^{line}$", said, re.MULTILINE), line
    (axes,) = plt.gcf().axes
    # Two passes over 1000 * 50000 numbers of 2 bytes, at 1000 GB/s.
    drawn = [text.get_text().strip() for text in axes.texts]
    assert drawn == [
        "PyTorch, forward and backward",
        "0.75 ms, limit 0.20",
        "lossutils, forward and backward",
        "0.40 ms, limit 0.20",
    ]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["eager", "compiled"]
    assert [bar.get_width() for bar in axes.patches] == [0.75, 0.4]
    plt.close("all")
