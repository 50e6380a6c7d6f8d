"""The order of the chapters stands in _toc.yml alone: nothing else knows which comes where."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import contents
import nbformat
import notebooks
import pytest
import repository
import yaml
from nbformat.v4 import new_markdown_cell, new_notebook

ORDINAL = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|next|previous|following"
)
COUNT = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
# By its number or place, in words or in a file's name; or how many chapters there are.
BY_NUMBER = re.compile(
    rf"\bchapters?(?:[ -]|\n(?!\n))+(?:\d|(?:one|{COUNT})\b)"
    rf"|\b(?:{ORDINAL})\s+(?:(?:{COUNT})\s+)?chapters?\b"
    rf"|\b(?:{COUNT}|\d+)\s+chapters\b"
    r"|\bchapters?\s+(?:before|after)\s+(?:this|that|the)\b"
    r"|\bchapters/\d",
    re.IGNORECASE,
)


def test_no_text_names_a_chapter_by_its_number() -> None:
    found = [
        f"{path.relative_to(repository.ROOT)}: {said[0]!r}"
        for path, text in repository.tracked_texts().items()
        # The changelog tells of how things were, and this file has the words in its pattern.
        if path.name != "CHANGELOG.md" and path != Path(__file__)
        # In a notebook's source a sentence may go on in the next string.
        for said in BY_NUMBER.finditer(re.sub(r'\\n",\s*"', " ", text))
    ]
    assert found == []


@pytest.mark.parametrize(
    "said",
    [
        "see chapter 3",
        "Chapters 2 to 4",
        "in chapter\n7",
        "chapter two",
        "in the next chapter",
        "the last two chapters",
        "the book's nine chapters",
        "the chapter before this",
        "chapters/03-cross-entropy.ipynb",
    ],
)
def test_a_number_in_place_of_a_topic_is_found(said: str) -> None:
    assert BY_NUMBER.search(said)


@pytest.mark.parametrize(
    "said",
    ["after this chapter", "each chapter", "ch. 3 of their book", "one notebook per chapter"],
)
def test_other_talk_of_chapters_is_left_alone(said: str) -> None:
    assert not BY_NUMBER.search(said)


NUMBER = re.compile(r'<h1><span class="section-number">(\d+)\. ')
NEIGHBOUR = re.compile(r'class="(?:left-prev|right-next)"\s+href="([^"]+)\.html"')
# Not the address of an explorer's state, as in #forecast:probability=0.5.
LINK = re.compile(r'href="(?![a-z]+:)([^"#?]*\.html|)#([^":]+)"')
ID = re.compile(r'\bid="([^"]+)"')


def leave_out_what_knows_no_order(book: Path) -> None:
    """Halve the time that the book takes to build: no code, outputs, previews, search and fonts."""
    for path in (book / "chapters").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if cell.cell_type != "code"]
        path.write_text(notebooks.written(notebook), encoding="utf-8")
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    sphinx = config["sphinx"]
    for name in ("card", "search", "weight"):
        del sphinx["local_extensions"][f"sphinx_{name}"]
    sphinx["extra_extensions"].remove("sphinxext.opengraph")
    sphinx["config"] = {k: v for k, v in sphinx["config"].items() if not k.startswith("ogp_")}
    # Links that set an explorer find none without the code.
    sphinx["config"].setdefault("suppress_warnings", []).append("explorer.state")
    (book / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")


def test_a_chapter_is_inserted_and_others_change_places(
    clone: Path, changes: Callable[[Path], str]
) -> None:
    # From the list of contents and the new notebook alone.
    text = "# An interlude\n\nIt leads to [another chapter](cross-entropy-loss.ipynb#shapes)."
    cell = new_markdown_cell(text, id="title")
    new = clone / "chapters" / "interlude.ipynb"
    new.write_text(notebooks.written(notebooks.normalised(new_notebook(cells=[cell]))))
    toc = yaml.safe_load((clone / "_toc.yml").read_text(encoding="utf-8"))
    first, second = (part["chapters"] for part in toc["parts"][:2])
    first[0], second[0] = second[0], first[0]
    second.insert(2, {"file": "chapters/interlude"})
    (clone / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    assert changes(clone).split() == ["M", "_toc.yml", "??", "chapters/interlude.ipynb"]

    leave_out_what_knows_no_order(clone)

    # With warnings as errors, links that lead nowhere among them.
    build = [Path(sys.executable).parent / "jupyter-book", "build", ".", "-W", "-n", "--keep-going"]
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    done = subprocess.run(
        build, cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

    order = list(contents.documents(toc))
    site = clone / "_build" / "html"
    pages = {name: (site / f"{name}.html").read_text(encoding="utf-8") for name in order}
    numbered = [
        name for part in toc["parts"] if part.get("numbered") for name in contents.documents(part)
    ]
    assert {name: int(n[1]) for name in order if (n := NUMBER.search(pages[name]))} == {
        name: number for number, name in enumerate(numbered, start=1)
    }
    path = pages["chapters/index"].partition('id="the-path"')[2]
    listed = re.findall(r'<a class="reference internal" href="([\w-]+)\.html">\d+\. ', path)
    assert [f"chapters/{name}" for name in listed] == numbered
    for before, name, after in zip(order, order[1:], order[2:], strict=False):
        found = [urljoin(name, target) for target in NEIGHBOUR.findall(pages[name])]
        assert found == [before, after]
    ids = {name: set(ID.findall(page)) for name, page in pages.items()}
    for name, page in pages.items():
        for target, place in LINK.findall(page):
            assert place in ids[urljoin(name, target.removesuffix(".html"))], (name, target, place)
