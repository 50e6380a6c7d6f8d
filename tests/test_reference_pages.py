"""The reference documents what the library offers, and the chapters' code can lead to it."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import nbformat

import lossutils
import lossutils.compare
import lossutils.widgets

CHAPTERS = Path(__file__).parents[1] / "chapters"
PAGES = [CHAPTERS / name for name in ("reference.md", "explorers.md")]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
DOCUMENTED = re.findall(r"^\.\. auto(?:function|class):: (\S+)$", TEXT, re.MULTILINE)
if "\n.. all explorers\n" in TEXT:  # sphinx_reference.py lists them
    DOCUMENTED += [f"lossutils.widgets.{name}" for name in lossutils.widgets.__all__]


def test_every_public_name_is_documented_once() -> None:
    modules = (lossutils, lossutils.compare, lossutils.widgets)
    public = {f"{module.__name__}.{name}" for module in modules for name in module.__all__}
    assert public - set(DOCUMENTED) == set()
    assert len(DOCUMENTED) == len(set(DOCUMENTED))


def test_every_function_has_its_line_in_a_table() -> None:
    rows = re.findall(r"^\| \{func\}`~(\S+)` \|", PAGES[0].read_text("utf-8"), re.MULTILINE)
    functions = {
        f"lossutils.{name}"
        for name in lossutils.__all__
        if inspect.isfunction(getattr(lossutils, name))
    }
    # As sets: lists that differ are shown from the first place on, where a neighbour stands.
    assert functions - set(rows) == set()
    assert set(rows) - functions == set()
    assert len(rows) == len(set(rows))


def test_every_name_that_chapters_import_is_documented() -> None:
    wanted = set()
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or "%" in cell.source:
                continue
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lossutils"):
                    wanted |= {f"{node.module}.{name.name}" for name in node.names}
    # Colours, and modules, are no functions: their names say what they are.
    wanted = {name for name in wanted if not name.rpartition(".")[2].isupper()}
    assert len(wanted) > 50
    assert wanted - set(DOCUMENTED) == set()
