"""Formulas without a script, and p and q in their colours everywhere.

Formulas become MathML, which browsers typeset themselves: there is nothing to download or run, and
screen readers can read them. Authors write plain `$p$` and `$q$`. The colours are added here, in
formulas and in code, which keeps the notebooks plain for GitHub and Colab.
"""

import html
import re
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

CODE_NAME = re.compile(r'<span class="n">([pq])</span>')
BLOCK = re.compile(
    r'(<div class="([^"]*)">\s*<div class="highlight"><pre>(?:<span></span>)?)(.*?)</pre>',
    re.DOTALL,
)
CODE_COMMENT = re.compile(r'(<span class="c1">)(.*?)(</span>)')
TAG = re.compile(r"<[^>]*>")
# In characters. A narrow phone has room for 30, a laptop for 77, and no table is wider than 86.
CODE_ROOM, OUTPUT_ROOM = 30, 86
WORD = re.compile(r"(?<![\w&'’])([pq])(?![\w;'’])")
FUNCTIONS = frozenset(["log", "ln", "exp", "max", "min", "lim", "argmax", "argmin", "softmax"])
MATHML = "http://www.w3.org/1998/Math/MathML"
# What the formulas' font lacks, and what it has instead.
OTHERWISE = {"ϵ": "ε", "ˆ": "^"}
THIN = "0.1667em"
THIN_SPACE = {"width": THIN}
OPENING = re.compile(r"[(\[“‘]+$")
CLOSING = re.compile(r"^[^\s\w][^\s—–/]{0,3}(?=\s|$)")


def mathml(node: nodes.Element, *, block: bool) -> str:
    try:
        text = latex2mathml.tex2mathml(node.astext(), as_block=block)
    except (MathError, SyntaxError) as error:
        logger.warning("formula %r: %s", node.astext(), error, location=node)
        return ""
    # HTML knows these elements without a namespace, and lacks XML's entity.
    text = text.replace(f' xmlns="{MATHML}"', "").replace("&ApplyFunction;", "\u2061")
    formula = ElementTree.fromstring(text)
    for element in list(formula.iter()):
        if element.tag == "mi" and element.text in {*"pPqQ"}:
            element.set("class", f"dist-{element.text.lower()}")
        if element.tag == "mo" and element.text == "'":
            element.text = "′"
            element.attrib.update(lspace="0", rspace="0")
        # Browsers slant a variable of one letter, and the font has no slanted ∂.
        if element.tag == "mi" and element.text == "∂":
            element.set("mathvariant", "normal")
        element.text = OTHERWISE.get(element.text, element.text)
        if element.tag in {"math", "mrow", "mtd", "mstyle"}:
            space_functions(element)
            space_operators(element)
    return ElementTree.tostring(formula, encoding="unicode", short_empty_elements=False)


def space_functions(row: ElementTree.Element) -> None:
    """Set function names off from the letters and numbers beside them, as TeX does: p log q."""
    for element in list(row):
        if not is_function(element):
            continue
        place = list(row).index(element)
        after = place + 1
        if after < len(row) and row[after].text == "\u2061":
            after += 1
        if after < len(row) and row[after].tag not in {"mo", "mrow", "mspace"}:
            row.insert(after, ElementTree.Element("mspace", THIN_SPACE))
        if place > 0 and row[place - 1].tag not in {"mo", "mspace"}:
            row.insert(place, ElementTree.Element("mspace", THIN_SPACE))


def space_operators(row: ElementTree.Element) -> None:
    """Set signs and bars close to their operands, as TeX does: x ≈ −1, e^−|z|, max(z, 0)."""
    for place, element in enumerate(row):
        core = element[0] if element.tag in {"munder", "msub"} and len(element) else element
        if core.tag != "mo":
            continue
        before = row[place - 1] if place else None
        after = row[place + 1] if place + 1 < len(row) else None
        opens = before is None or (before.tag == "mo" and before.text not in {*")]|!'′"})
        if core.text in {*"−+±"} and opens:
            core.set("form", "prefix")
        elif core.text == "|":
            core.attrib.update(lspace="0", rspace="0")
        elif core.text in FUNCTIONS:
            bracket = after is not None and after.text in {*"([|"}
            core.attrib.update(lspace="0" if opens else THIN, rspace="0" if bracket else THIN)


def is_function(element: ElementTree.Element) -> bool:
    """Say whether an element is a function name, perhaps with a base: log, log₂."""
    name = element[0] if element.tag in {"msub", "munder"} and len(element) else element
    return name.tag == "mi" and name.text in FUNCTIONS


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(mathml(node, block=False))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    # A formula wider than a phone scrolls by itself; static/scroll.js lets the keyboard reach it.
    self.body.append(f'<div class="math-block">{number}{mathml(node, block=True)}</div>')
    raise nodes.SkipNode


def keep_punctuation(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Tie each formula to the bracket before it and the punctuation after it.

    Browsers treat an inline formula like a picture, and may break the line on either side.
    """
    for formula in list(doctree.findall(nodes.math)):
        parent = formula.parent
        place = parent.index(formula)
        before = parent[place - 1] if place > 0 else None
        after = parent[place + 1] if place + 1 < len(parent) else None
        opening = OPENING.search(before) if isinstance(before, nodes.Text) else None
        closing = CLOSING.search(after) if isinstance(after, nodes.Text) else None
        if not opening and not closing:
            continue
        kept = nodes.inline(classes=["keep"])
        if closing:
            parent[place + 1] = nodes.Text(after[closing.end() :])
        parent[place] = kept
        if opening:
            parent[place - 1] = nodes.Text(before[: opening.start()])
            kept += nodes.Text(opening[0])
        kept += formula
        if closing:
            kept += nodes.Text(closing[0])


def colour_code(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Give p and q their colours in code: as names, and as words of a comment."""
    if "body" not in context:
        return
    body = CODE_NAME.sub(r'<span class="n dist-\1">\1</span>', context["body"])
    context["body"] = CODE_COMMENT.sub(
        lambda m: m[1] + WORD.sub(r'<span class="dist-\1">\1</span>', m[2]) + m[3], body
    )


def hang(
    app: Sphinx, pagename: str, template: str, context: dict[str, str], doctree: object
) -> None:
    context["body"] = BLOCK.sub(hanging, context.get("body", ""))


def hanging(block: re.Match[str]) -> str:
    """Let a long line continue below itself, further in than it begins, so that no code scrolls.

    An output's lines may be rows of a table, which must not break: only what is wider than any does.

    >>> line = '    <span class="n">a</span> + ' + "b" * 30
    >>> page = '<div class="{}"><div class="highlight"><pre><span></span>' + line + "</pre></div></div>"
    >>> '<pre><span></span><span class="long" style="--in:4">    <span' in BLOCK.sub(
    ...     hanging, page.format("highlight-ipython3"))
    True
    >>> BLOCK.sub(hanging, page.format("output text_plain")) == page.format("output text_plain")
    True
    """
    before, kind, code = block.groups()
    room = OUTPUT_ROOM if "output" in kind else CODE_ROOM
    out = []
    for line in code.splitlines(keepends=True):
        text = html.unescape(TAG.sub("", line))
        # What leads to documentation may go over two lines.
        if len(text.rstrip()) <= room or line.count("<a ") != line.count("</a>"):
            out.append(line)
        else:
            indent = len(text) - len(text.lstrip(" "))
            out.append(f'<span class="long" style="--in:{indent}">{line}</span>')
    return f"{before}{''.join(out)}</pre>"


def add_style(app: Sphinx) -> None:
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))
    app.add_css_file("site.css")
    app.add_js_file("scroll.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("builder-inited", add_style)
    app.connect("doctree-resolved", keep_punctuation)
    app.connect("html-page-context", colour_code)
    app.connect("html-page-context", hang, priority=800)  # links are there by then
    return {"parallel_read_safe": True, "parallel_write_safe": True}
