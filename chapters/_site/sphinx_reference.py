"""The reference: docstrings, and links to them from the chapters' code."""

import html
import re
from collections.abc import Iterable

from docutils import nodes
from sphinx.application import Sphinx

import lossutils
from lossutils import widgets

# `softmax` in a docstring is a function, `weight` an argument, ``torch.func`` what it says.
# |a| is not what reStructuredText takes it for.
MARKED = re.compile(r"``.*?``|(?<![`:\w])`(?P<name>[^`]+)`(?!`)|(?P<bar>\|)")
IMPORT = re.compile(r"^from (lossutils[.\w]*) import (?:\(([^)]*)\)|(.+))$", re.MULTILINE)
CODE = re.compile(r'<div class="highlight-ipython3.*?</pre>', re.DOTALL)
# A name as Pygments marks it, where it is neither an attribute (F.cross_entropy) nor assigned to.
NAME = re.compile(
    r'(?<!<span class="o">\.</span>)<span class="n">(\w+)</span>'
    r'(?!(?:<span class="w"> </span>)?<span class="o">=</span>)'
)


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


def imported(code: str) -> dict[str, str]:
    r"""Return what a page's code imports from the library: each name with its full name.

    >>> imported("import math\nfrom lossutils import (\n    entropy,\n    softmax,\n)\n")
    {'entropy': 'lossutils.entropy', 'softmax': 'lossutils.softmax'}
    >>> imported("from lossutils.widgets import KLExplorer, Question")
    {'KLExplorer': 'lossutils.widgets.KLExplorer', 'Question': 'lossutils.widgets.Question'}
    """
    return {
        name: f"{module}.{name}"
        for module, *lists in IMPORT.findall(code)
        for name in re.findall(r"\w+", " ".join(lists))
    }


def linked(body: str, addresses: dict[str, str]) -> str:
    """Link the names in a page's code that have addresses.

    >>> call = '<span class="n">{}</span><span class="p">(</span>'
    >>> F = '<span class="n">F</span><span class="o">.</span>'
    >>> body = f'<div class="highlight-ipython3">{call}{F}{call}</pre>'.format("entropy", "entropy")
    >>> linked(body, {"entropy": "reference.html#lossutils.entropy"}).count("<a ")
    1
    """

    def link(match: re.Match[str]) -> str:
        address = addresses.get(match[1])
        return f'<a class="documented" href="{address}">{match[1]}</a>' if address else match[0]

    return CODE.sub(lambda code: NAME.sub(link, code[0]), body)


def link_code(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Link the library's names, where a page's code uses them, to their docstrings."""
    if doctree is None or "body" not in context:
        return
    blocks: Iterable[nodes.literal_block] = doctree.findall(nodes.literal_block)
    names = imported("\n".join(block.astext() for block in blocks))
    known = app.env.get_domain("py").objects
    addresses = {
        name: f"{app.builder.get_relative_uri(page, found.docname)}#{html.escape(found.node_id)}"
        for name, whole in names.items()
        if (found := known.get(whole))
    }
    context["body"] = linked(context["body"], addresses)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", say, priority=400)  # before napoleon's sections
    app.connect("source-read", list_explorers)
    app.connect("html-page-context", link_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
