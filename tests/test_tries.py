"""Things to try with an explorer: each acts on it and has an answer that is folded away."""

import re

import contents
import nbformat
import pytest

NUMBERS = ["two", "three", "four", "five", "six", "seven"]
ANNOUNCED = re.compile(rf"\bTry ({'|'.join(NUMBERS)}) things\.$", re.MULTILINE)
ITEM = re.compile(r"^\d+\. ", re.MULTILINE)
FOLDED = re.compile(
    r"\n\n   <details><summary>What you see</summary>\n\n   \S.*?\n\n   </details>\s*\Z", re.DOTALL
)
ACTS = re.compile(r"\]\(#[\w-]+:[^)]+\)")


def lists(text):
    """Yield the number of things announced and the items of each list of things to try."""
    for announced in ANNOUNCED.finditer(text):
        _, *items = ITEM.split(text[announced.end() :])
        if items:
            # What follows the list begins in the first column.
            items[-1] = re.split(r"\n\n(?! )", items[-1])[0]
        yield NUMBERS.index(announced[1]) + 2, items


def faults(text):
    """Return what is wrong with the lists of things to try in a cell."""
    found = []
    for announced, items in lists(text):
        if len(items) != announced:
            found.append(f"{announced} things are announced, {len(items)} are there")
        for item in items:
            task = item.partition("<details>")[0]
            if not ACTS.search(task):
                found.append(f"sets no figure by a link: {task.strip()}")
            if not FOLDED.search(item):
                found.append(f"has no folded answer: {task.strip()}")
    return found


def texts(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("path", contents.NOTEBOOKS, ids=lambda path: path.stem)
def test_each_thing_to_try_acts_and_is_answered(path):
    assert [fault for text in texts(path) for fault in faults(text)] == []
    answered = [text for text in texts(path) if "<summary>What you see</summary>" in text]
    assert all(any(lists(text)) for text in answered), "announced by “Try two things.”"


GOOD = """Try two things.

1. [Raise it](#scores:z_1=4). What changes?

   <details><summary>What you see</summary>

   The first bar.

   </details>
2. Then [lower it](#scores:z_1=0).

   <details><summary>What you see</summary>

   It goes back.

   </details>

More text.
"""


@pytest.mark.parametrize(
    ("changed", "into", "fault"),
    [
        ("Try two", "Try three", "3 things are announced, 2 are there"),
        ("[Raise it](#scores:z_1=4)", "Raise it", "sets no figure by a link: Raise it"),
        ("[lower it](#scores:z_1=0)", "[lower it](#lower)", "sets no figure by a link: Then"),
        ("   The first bar.\n\n", "", "has no folded answer: [Raise it]"),
        ("   It goes back.\n\n   </details>", "   It goes back.", "has no folded answer: Then"),
    ],
)
def test_what_is_missing_is_found(changed, into, fault):
    assert faults(GOOD) == []
    (found,) = faults(GOOD.replace(changed, into))
    assert found.startswith(fault)
