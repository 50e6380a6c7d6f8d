"""Lets the reader meet the figure before the Python that makes it.

A cell that only imports is folded, and so is one that only builds and shows an explorer: its figure
comes first, its code below. Such cells are recognised by their code, so chapters need no tags. The
title for Colab in a cell's first line is dropped from the page.
"""

import ast
import re

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

# What a folded cell is called, by its kind.
FOLDED = {
    "imports": "Python: the imports",
    "explorer": "This figure in Python",
    "answer": "The answer in Python",
}
TITLE = re.compile(r"\A# @title .*\n")


def kind(source: str) -> str | None:
    r"""Say whether a cell only imports (and sets up), or only builds and shows an explorer.

    One that asks for a number to work out by hand, or for a curve, holds the answer.

    >>> kind("import torch\ntorch.set_num_threads(1)")
    'imports'
    >>> kind("from lossutils.widgets import KLExplorer\ntowns = KLExplorer(p=(0.5, 0.5))\ntowns")
    'explorer'
    >>> kind("ByHand('What is log 1?', answer=0, reply='1 is the 0th power.')")
    'answer'
    >>> kind("def half(x):\n    return x / 2\nByHand('Half of 1?', answer=half(1), reply='1/2.')")
    'answer'
    >>> kind("import torch\ntorch.ones(3)\nx = 1")
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # IPython's own: %timeit, !ls
        return None
    rest = [each for each in statements if not isinstance(each, (ast.Import, ast.ImportFrom))]
    if any(map(builds_explorer, rest)) and all(map(prepares, rest[:-1])) and shows(rest[-1]):
        return "answer" if called(rest[-1]) in ("ByHand", "Guess") else "explorer"
    if len(rest) < len(statements) and all(map(is_setting, rest)):
        return "imports"
    return None


def is_setting(statement: ast.stmt) -> bool:
    """Say whether a statement calls something with constants and drops the result: a setting."""
    if isinstance(statement, ast.Assign):
        (target, *_) = statement.targets
        if not isinstance(target, ast.Name) or target.id != "_":
            return False
    elif not isinstance(statement, ast.Expr):
        return False
    call = statement.value
    return isinstance(call, ast.Call) and all(
        isinstance(each, ast.Constant)
        for each in [*call.args, *(keyword.value for keyword in call.keywords)]
    )


def called(statement: ast.stmt) -> str:
    """Return the name of what a statement calls, if it is a call of a name."""
    call = getattr(statement, "value", None)
    return getattr(getattr(call, "func", None), "id", "")


def builds_explorer(statement: ast.stmt) -> bool:
    name = called(statement)
    others = ("Question", "ByHand", "Guess", "LossWorkbench")
    return name.endswith("Explorer") or name in others


def prepares(statement: ast.stmt) -> bool:
    """Say whether a statement only names something: the explorer, or what it is built from."""
    return isinstance(statement, (ast.Assign, ast.FunctionDef))


def shows(statement: ast.stmt) -> bool:
    named = isinstance(getattr(statement, "value", None), ast.Name)
    return isinstance(statement, ast.Expr) and (named or builds_explorer(statement))


class FoldCells(SphinxPostTransform):
    """Fold the cells that `kind` recognises, and remove Colab's titles from all cells."""

    default_priority = 198  # before myst-nb folds what is tagged, at 199
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for cell in list(self.document.findall(is_code_cell)):
            inputs = [part for part in cell.children if "cell_input" in part["classes"]]
            for code in [block for part in inputs for block in part.findall(nodes.literal_block)]:
                text = TITLE.sub("", code.astext())
                code.rawsource = text
                code.children = []
                code += nodes.Text(text)
                if not cell.get("hide_mode"):
                    fold(cell, inputs[0], kind(text))


def is_code_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def fold(cell: nodes.container, code: nodes.container, kind: str | None) -> None:
    shown = any("cell_output" in part["classes"] for part in cell.children)
    if kind is None or shown == (kind == "imports"):
        return
    said = FOLDED[kind]
    folded = HideCodeCellNode(prompt_show=said, prompt_hide=said, classes=["python", kind])
    cell.remove(code)
    folded += code
    cell += folded


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(FoldCells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
