"""The reference: links in its docstrings, and from each entry to the book."""

import re

from docutils import nodes
from sphinx.addnodes import desc_signature, pending_xref
from sphinx.application import Sphinx
from sphinx_code_links import DOCUMENTED_AS, elsewhere

import lossutils
from lossutils import widgets

# `softmax` in a docstring is a function, `weight` an argument; ``softmax`` is what it says.
# |a| is not what reStructuredText takes it for.
MARKED = re.compile(r"(?<![`:\w])(?P<ticks>``?)(?P<name>[^`]+)(?P=ticks)(?!`)|(?P<bar>\|)|``.*?``")
SHORT = {"F": "torch.nn.functional", "nn": "torch.nn", "np": "numpy"}


def say(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Link functions in a docstring, the library's and others', and set other names as code."""
    documented = elsewhere(app)

    def link(match: re.Match[str]) -> str:
        if match["bar"]:
            return r"\|"
        if (quoted := match["name"]) is None:
            return match[0]
        if match["ticks"] == "`" and quoted in lossutils.__all__:
            return f":func:`~lossutils.{quoted}`"
        first, dot, rest = quoted.partition(".")
        whole = SHORT.get(first, first) + dot + rest
        if whole in documented:
            return f":py:obj:`{quoted} <{DOCUMENTED_AS.get(whole, whole)}>`"
        return f"``{quoted}``"

    code = (">>> ", "... ")
    lines[:] = [
        line if line.lstrip().startswith(code) else MARKED.sub(link, line) for line in lines
    ]


def list_explorers(app: Sphinx, page: str, source: list[str]) -> None:
    """Put every explorer where the page asks for all of them: a new one is listed nowhere."""
    all_explorers = "\n".join(
        f".. autoclass:: lossutils.widgets.{name}"
        for name in sorted(widgets.__all__, key=str.lower)
    )
    source[0] = source[0].replace(".. all explorers", all_explorers)


def lead_to_the_book(app: Sphinx, document: nodes.document) -> None:
    """Say below a function's first line what its row in the table says: where the book has it."""
    entries = {
        name: signature.parent
        for signature in document.findall(desc_signature)
        for name in signature["ids"]
    }
    for row in document.findall(nodes.row):
        function = next(row[0].findall(pending_xref), None)
        if function is None or function["reftarget"] not in entries:
            continue
        _, _, book, others = row
        places = nodes.paragraph()
        for label, cell in (("In the book: ", book), ("Elsewhere: ", others)):
            if cell.astext() != "–":
                text = nodes.Text(f". {label}" if places.children else label)
                places += [text, *(child.deepcopy() for child in cell[0])]
        entries[function["reftarget"]][-1].insert(1, places)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", say, priority=400)  # before napoleon's sections
    app.connect("source-read", list_explorers)
    app.connect("doctree-read", lead_to_the_book)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
