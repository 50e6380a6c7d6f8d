"""The page of misreadings: each is a sentence that people say, and has a run that shows it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import contents
import nbformat
import pytest

PAGE = contents.ROOT / "chapters" / "misreadings.ipynb"
ENTRY = re.compile(
    r"### “(?P<said>.+)”\n\n(?P<so>\S.+?) \*Run(?: in)?\* (?P<shown>\[.+)"
    r"(?:\n\n<!-- search: .+ -->)?\Z"
)
PLACE = re.compile(r"\]\(((?:[\w-]+\.ipynb)?#[\w-]+)\)")


@cache
def sections(path: Path) -> dict[str, bool]:
    """Return the anchors of a notebook's sections, and whether each holds a cell of code."""
    found: dict[str, bool] = {}
    open_: list[tuple[int, str]] = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            # What is hidden sets up, asks a question or shows a still.
            if not {"remove-cell", "remove-input"} & {*cell.metadata.get("tags", ())}:
                found |= {anchor: True for _, anchor in open_}
            continue
        for marks, title in re.findall(r"^(#{1,3}) (.*)", cell.source, flags=re.MULTILINE):
            # As MyST makes them: without formulas, and with the hyphens of the spaces around these.
            plain = re.sub(r"\$[^$]*\$|[`*]", "", title).lower().replace(" ", "-")
            anchor = re.sub(r"[^\w-]", "", plain)
            open_ = [(level, name) for level, name in open_ if level < len(marks)]
            open_.append((len(marks), anchor))
            found.setdefault(anchor, False)
    return found


def entries() -> list[str]:
    cells = nbformat.read(PAGE, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    parts = re.split(r"^(?=#{1,3} )", text, flags=re.MULTILINE)
    return [part.strip() for part in parts if re.match(r"### (?!.*, run$)", part, re.MULTILINE)]


def faults(entry: str) -> list[str]:
    """Return what a misreading lacks."""
    if not (found := ENTRY.match(entry)):
        return ["is not a sentence in quotation marks, what is so, and a run"]
    wrong = []
    if len(found["so"].split()) > 80:
        wrong.append("is told at length: that belongs in a chapter")
    for place in PLACE.findall(found["so"] + " " + found["shown"]):
        page, _, anchor = place.partition("#")
        held = sections(PAGE.parent / page if page else PAGE)
        if anchor not in held:
            wrong.append(f"leads nowhere: {place}")
        elif place in found["shown"] and not held[anchor]:
            wrong.append(f"leads to a section without a run: {place}")
    return wrong


def test_each_misreading_has_its_run() -> None:
    assert {entry.splitlines()[0]: wrong for entry in entries() if (wrong := faults(entry))} == {}


def test_no_misreading_comes_twice() -> None:
    said = [entry.splitlines()[0].lower() for entry in entries()]
    assert len(said) == len(set(said)) >= 40


def test_chapters_are_led_to() -> None:
    text = "".join(entries())
    chapters = [
        path for path in contents.NOTEBOOKS[1:] if "Explorer(" in path.read_text(encoding="utf-8")
    ]
    # A new chapter may go without, as long as nobody has misread it.
    assert sum(f"({path.name}#" in text for path in chapters) >= 14


GOOD = "### “KL is a distance”\n\nIt isn't. *Run in* [Here](kl-divergence.ipynb#not-a-distance)."


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("“KL is a distance”", "KL is no distance"),
        ("It isn't. ", ""),
        ("It isn't.", 81 * "no "),
        ("*Run in* ", ""),
        ("not-a-distance", "no-such-heading"),
        # A section of words alone.
        ("kl-divergence.ipynb#not-a-distance", "many-classes.ipynb#batches-of-different-sizes"),
    ],
)
def test_what_a_misreading_lacks_is_found(old: str, new: str) -> None:
    assert faults(GOOD) == []
    assert old in GOOD
    assert faults(GOOD.replace(old, new))
