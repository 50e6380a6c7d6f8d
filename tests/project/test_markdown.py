"""What stands in the book's text as one writes it: whole tables, a glossary in order, full sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from pybtex.database import parse_string

CHAPTERS = Path(__file__).parents[2] / "chapters"
PAGES = sorted([*CHAPTERS.glob("*.md"), *CHAPTERS.glob("*.ipynb")])
# The plainest words of the book have no section of their own.
UNTAUGHT = {"Distribution", "Loss", "Outcome", "Uniform"}
CODE = re.compile(r"^```.*?^```|(`+)(?!`).+?(?<!`)\1(?!`)|<!--.*?-->", re.DOTALL | re.MULTILINE)
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)


def text(path: Path) -> str:
    """Return a page's Markdown."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def faults(page: str) -> Iterator[str]:
    """Yield what is wrong with a page's tables and percentages."""
    for rows in re.findall(r"(?:^\|.*\n?)+", page, re.MULTILINE):
        first, *others = rows.splitlines()
        columns = cells(first)
        for row in others:
            if cells(row) != columns:
                yield f"has {cells(row)} cells in place of {columns}, as {first}: {row}"
    plain = FORMULA.sub("", re.sub(r"\]\([^)]*\)", "]", CODE.sub("", page)))
    for said in re.findall(r"\S*\d\\?%\S*", plain):
        yield f"needs a space before its percent sign: {said}"


def cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", CODE.sub("", row))) - 1


def glossary_faults(page: str) -> Iterator[str]:
    """Yield what is wrong with a glossary's terms."""
    _, *entries = re.split(r"^## ", page, flags=re.MULTILINE)
    terms = [entry.partition("\n")[0] for entry in entries]
    for before, after in pairwise(terms):
        if order(after) <= order(before):
            yield f"{after} must not stand after {before}"
    for term, entry in zip(terms, entries, strict=True):
        if term not in UNTAUGHT and not re.search(r"\]\([\w-]+\.(?:ipynb|md)\b", entry):
            yield f"{term} leads to no section that teaches it"


def order(term: str) -> str:
    """Return what a term is ordered by: word by word, as log-sum-exp comes before logit."""
    return re.sub(r"\W+", " ", term).lower()


def source_faults(bibliography: str) -> Iterator[str]:
    """Yield what the entries of a bibliography lack."""
    for key, entry in parse_string(bibliography, "bibtex").entries.items():
        if not entry.persons:
            yield f"{key} has no author or editor"
        for field in {"title", "year"} - {*entry.fields}:
            yield f"{key} has no {field}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_tables_are_whole_and_percentages_spaced(path: Path) -> None:
    found = [*faults(text(path))]
    assert not found, "\n".join(found)


def test_the_glossary_is_in_order_and_leads_to_what_it_names() -> None:
    found = [*glossary_faults(text(CHAPTERS / "glossary.md"))]
    assert not found, "\n".join(found)


def test_sources_are_given_in_full() -> None:
    found = [*source_faults((CHAPTERS / "references.bib").read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


TABLE = "| Symbol | What it is |\n|:--|:--|\n| $p$ | the truth, `a | b` |\n"


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (TABLE + "| $q$ |\n", "has 1 cells in place of 2"),
        (TABLE + "| $q$ | q | the model |\n", "has 3 cells in place of 2"),
        ("It is 5% of all.", "needs a space before its percent sign: 5%"),
    ],
)
def test_a_fault_of_a_page_is_found(page: str, fault: str) -> None:
    (found,) = faults(page)
    assert found.startswith(fault)
    assert not [*faults(TABLE + "\nIt is 5 %, by `f'{x:.1%}'` and [this](https://a.org/5%20b).")]


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("## Logit\n\n[a](b.md)\n\n## Entropy\n\n[a](b.md)", "Entropy must not stand after Logit"),
        ("## Logit\n\n[a](b.md)\n\n## Logit\n\n[a](b.md)", "Logit must not stand after Logit"),
        ("## Logit\n\nA score.", "Logit leads to no section"),
    ],
)
def test_a_fault_of_a_glossary_is_found(page: str, fault: str) -> None:
    (found,) = glossary_faults(page)
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("author = {A}, title = {T}", "a has no year"),
        ("author = {A}, year = {2022}", "a has no title"),
        ("title = {T}, year = {2022}", "a has no author"),
    ],
)
def test_a_source_that_lacks_something_is_found(fields: str, fault: str) -> None:
    (found,) = source_faults(f"@article{{a, {fields}}}")
    assert found.startswith(fault)
