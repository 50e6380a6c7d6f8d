"""Every number in a chapter's prose is shown by a cell of the same chapter.

nbval checks the outputs, but nothing else checks the sentences beside them: a changed example would
leave its old result in the prose. So every number with three or more decimals in the Markdown, or
in the text of a question, must be a rounding of a number that a cell of that notebook prints or has
in its code. Shorter numbers (0.5, 1.75) are exact or deliberately rough. Signs are ignored, because
prose writes them in many ways.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from decimal import Decimal

import contents
import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

CHAPTERS = contents.NOTEBOOKS[1:]  # after the landing page

STATED = re.compile(r"(?<![\w.])\d+\.\d{3,}(?![\w.]*\w)")
SHOWN = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w])")
# DOIs and arXiv identifiers look like numbers.
REFERENCE = re.compile(r"\[(?:doi|arXiv):[^\]]*\]|\]\([^)]*\)|https?://\S+")
SEARCHED = re.compile(r"<!-- search:.*?-->", re.DOTALL)  # what people type is no claim


def stated(notebook: NotebookNode) -> Iterator[str]:
    """Yield the numbers with three or more decimals in the prose."""
    for text in words(notebook):
        yield from STATED.findall(REFERENCE.sub(" ", text))


def words(notebook: NotebookNode) -> Iterator[str]:
    """Yield the Markdown, and the text of questions and their replies."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield SEARCHED.sub(" ", cell.source)
        elif cell.cell_type == "code":
            for question in questions(cell):
                for part in ast.walk(question):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def questions(cell: NotebookNode) -> list[ast.Call]:
    """Return the calls of `Question` and `ByHand` in a code cell."""
    return [
        node
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("Question", "ByHand", "Guess")
    ]


def shown(notebook: NotebookNode) -> set[Decimal]:
    """Return the numbers that the code cells print, and the literals in their code."""
    found = set()
    for cell in notebook.cells:
        # A question's own choices prove nothing.
        if cell.cell_type != "code" or questions(cell):
            continue
        for output in cell.outputs:
            data = output.get("data", {})
            # What an explorer shows is in its picture's description.
            picture = output.get("metadata", {}).get("image/png", {}).get("alt", "")
            plain = [output.get("text", ""), data.get("text/plain", ""), picture]
            table = re.sub(r"<[^>]*>", " ", data.get("text/html", ""))
            found |= {Decimal(x) for said in (*plain, table) for x in SHOWN.findall(said)}
        for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
            if token.type == tokenize.NUMBER and SHOWN.fullmatch(number := token.string):
                found.add(Decimal(number))
    return found


def unfounded(notebook: NotebookNode) -> list[str]:
    """Return the numbers in the prose that are no rounding of a shown one."""
    known = shown(notebook)
    return [number for number in stated(notebook) if not any(rounds(x, number) for x in known)]


def rounds(x: Decimal, number: str) -> bool:
    """Say whether `x` equals `number`, to the decimals of `number`."""
    decimals = len(number.partition(".")[2])
    return abs(x - Decimal(number)) <= Decimal(5).scaleb(-decimals - 1)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_numbers_in_the_prose_are_shown_by_a_cell(path):
    notebook = nbformat.read(path, as_version=4)
    numbers = ", ".join(unfounded(notebook))
    assert not numbers, f"no cell prints {numbers}, or a number that rounds to it"


def test_most_chapters_state_numbers():
    empty = [path.stem for path in CHAPTERS if not any(stated(nbformat.read(path, as_version=4)))]
    assert len(empty) < len(CHAPTERS) / 2, empty


def chapter(prose, code="", printed=""):
    """Return a notebook with one sentence and one cell."""
    output = new_output("stream", text=printed)
    return new_notebook(cells=[new_markdown_cell(prose), new_code_cell(code, outputs=[output])])


@pytest.mark.parametrize(
    ("prose", "code", "printed"),
    [
        ("D is $-0.9969$ nats.", "", "D = -0.996906"),
        ("D is 0.9969.", "D = 0.9969", ""),
        ("The gain is 0.0010.", "", "1e-3"),
        ("It is 0.625 exactly.", "", "0.625 bits"),
        ("See [doi:10.1109/TIT.2003.813506](https://doi.org/10.1109/TIT.2003.813506).", "", ""),
        ("See [arXiv:1503.02531](https://arxiv.org/abs/1503.02531).", "", ""),
    ],
)
def test_a_number_that_a_cell_shows_is_accepted(prose, code, printed):
    assert unfounded(chapter(prose, code, printed)) == []


@pytest.mark.parametrize(
    ("prose", "code", "printed", "number"),
    [
        ("D is 0.9969.", "", "D = 0.9968", "0.9969"),
        ("D is 0.9969.", "", "D = 1.0", "0.9969"),
        ("D is 0.9969, log 2.", "text = '0.9969'", "", "0.9969"),
        ("", "Question('How much?', choices={'0.3466': 'Yes.'})", "0.3466", "0.3466"),
        ("", "ByHand('Half of log 2?', answer=0.3466, reply='0.3466')", "0.3466", "0.3466"),
    ],
)
def test_a_number_that_no_cell_shows_is_found(prose, code, printed, number):
    assert unfounded(chapter(prose, code, printed)) == [number]
