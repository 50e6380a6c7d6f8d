"""The page of questions people ask: each has an answer, a thread, and a place in the book."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import contents
import nbformat
import pytest

PAGE = contents.ROOT / "chapters" / "questions.ipynb"
CELLS = nbformat.read(PAGE, as_version=4).cells
ENTRY = re.compile(
    r"### (?P<question>.+)\n\n(?P<answer>\S.+)\n\n"
    r"\*Asked in\* (?P<asked>.+)\. \*Shown in\* (?P<shown>.+)\.\Z"
)
THREAD = re.compile(r"\[([\w.-]+/[\w.-]+) (\d+)\]\(https://github\.com/\1/(?:issues|pull)/\2\)")
PLACE = re.compile(r"\[[^\]]*\w[^\]]*\]\(((?:[\w-]+\.(?:ipynb|md))?#[\w-]+)\)")
# A chapter has an explorer; other notebooks are pages to look things up.
CHAPTERS = [
    path for path in contents.NOTEBOOKS[1:] if "Explorer(" in path.read_text(encoding="utf-8")
]


def parts() -> dict[str, list[str]]:
    """Return the questions with all that stands below them, under the heading of their part."""
    text = "\n\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
    text = re.sub(r"\n+<!-- search: .*? -->$", "", text, flags=re.MULTILINE | re.DOTALL)
    _, *found = re.split(r"^## ", text, flags=re.MULTILINE)
    split = (re.split(r"^(?=### )", part, flags=re.MULTILINE) for part in found)
    return {title.strip(): [entry.strip() for entry in entries] for title, *entries in split}


def questions() -> list[str]:
    return [entry for entries in parts().values() for entry in entries if not is_run(entry)]


def is_run(entry: str) -> bool:
    """Say whether this is the heading above a part's cell."""
    return entry.endswith(", run")


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings that other pages can link to."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#{1,3} (.*)", text, flags=re.MULTILINE)
    # As MyST makes them: without formulas, and with the hyphens of the spaces around these.
    plain = (re.sub(r"\$[^$]*\$|[`*]", "", heading) for heading in headings)
    return {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in plain}


def faults(entry: str) -> list[str]:
    """Return what a question lacks."""
    if not (found := ENTRY.match(entry)):
        return ["is not a heading, an answer, and a line of threads and places"]
    wrong = []
    for kind, pattern in (("asked", THREAD), ("shown", PLACE)):
        rest = re.sub(r"^, |^ and ", "", pattern.sub("", found[kind]))
        if not pattern.search(found[kind]) or re.sub(r", | and ", "", rest):
            wrong.append(f"{kind}: {found[kind]}")
    for place in PLACE.findall(found["shown"]):
        page, _, anchor = place.partition("#")
        target = PAGE.parent / page if page else PAGE
        if not target.exists() or anchor not in anchors(target):
            wrong.append(f"leads nowhere: {place}")
    return wrong


def test_each_question_is_answered_and_has_a_thread_and_a_place() -> None:
    assert {entry.splitlines()[0]: wrong for entry in questions() if (wrong := faults(entry))} == {}


def test_each_chapter_has_its_questions_in_the_order_of_the_book() -> None:
    titles = [
        nbformat.read(path, as_version=4).cells[1].source.splitlines()[0] for path in CHAPTERS
    ]
    chapters = {
        title.removeprefix("# "): path for title, path in zip(titles, CHAPTERS, strict=True)
    }
    found = parts()
    # A new chapter may go without: what has not been asked is not made up.
    in_order = [title for title in chapters if title in found]
    assert list(found) == in_order, "each part has the title of a chapter, in the book's order"
    assert len(found) >= 14
    for title, entries in found.items():
        path, asked = chapters[title], [entry for entry in entries if not is_run(entry)]
        assert len(asked) >= 8, title
        assert f"({path.name}#" in "".join(asked), title


def test_no_question_and_no_thread_comes_twice() -> None:
    entries = questions()
    assert len(entries) >= 120
    headings = Counter(entry.splitlines()[0].lower() for entry in entries)
    threads = Counter(thread for entry in entries for thread in THREAD.findall(entry))
    assert [said for said, times in (headings + threads).items() if times > 1] == []


GOOD = (
    "### Why?\n\nBecause.\n\n*Asked in* [a/b 1](https://github.com/a/b/issues/1). "
    "*Shown in* [the definition](entropy.ipynb#the-definition)."
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n\nBecause.", ""),
        ("a/b/issues/1", "a/b/issues/2"),
        ("a/b/issues/1", "c/b/issues/1"),
        ("[a/b 1](https://github.com/a/b/issues/1)", "a forum"),
        ("#the-definition", "#no-such-heading"),
        ("entropy.ipynb", "no-such-page.ipynb"),
        ("[the definition](entropy.ipynb#the-definition)", "the book"),
    ],
)
def test_what_a_question_lacks_is_found(old: str, new: str) -> None:
    assert faults(GOOD) == []
    assert old in GOOD
    assert faults(GOOD.replace(old, new))
