"""The reference: docstrings, and their links to each other."""

import re

from sphinx.application import Sphinx

import lossutils
from lossutils import widgets

# `softmax` in a docstring is a function, `weight` an argument, ``torch.func`` what it says.
# |a| is not what reStructuredText takes it for.
MARKED = re.compile(r"``.*?``|(?<![`:\w])`(?P<name>[^`]+)`(?!`)|(?P<bar>\|)")


def say(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Link the library's functions in a docstring, and set all other names as code."""

    def link(match: re.Match[str]) -> str:
        if match["bar"]:
            return r"\|"
        if (quoted := match["name"]) is None:
            return match[0]
        return f":func:`~lossutils.{quoted}`" if quoted in lossutils.__all__ else f"``{quoted}``"

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


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", say, priority=400)  # before napoleon's sections
    app.connect("source-read", list_explorers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
