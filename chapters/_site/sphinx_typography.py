"""Formulas without a script, and p and q in their colours wherever they stand.

Formulas become MathML, which browsers set themselves: nothing to download, nothing to run, and a
screen reader can walk through them. Authors write plain `$p$` and `$q$`; the colours come here,
in formulas and in code alike, so that the notebooks stay plain for GitHub and Colab.
"""

import re
from pathlib import Path

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# p, p′, P, q_k …: one letter, as MathML or Pygments mark it up.
MATH_LETTER = re.compile(r"<mi>([pPqQ])</mi>")
CODE_NAME = re.compile(r'<span class="n">([pq])</span>')
CODE_COMMENT = re.compile(r'(<span class="c1">)(.*?)(</span>)')
WORD = re.compile(r"(?<![\w&'’])([pq])(?![\w;'’])")


def mathml(node: nodes.Element, *, block: bool) -> str:
    try:
        text = latex2mathml.tex2mathml(node.astext(), as_block=block)
    except (MathError, SyntaxError) as error:
        logger.warning("formula %r: %s", node.astext(), error, location=node)
        return ""
    text = text.replace("<mo>'</mo>", "<mo>′</mo>")
    return MATH_LETTER.sub(lambda m: f'<mi class="{m[1].lower()}">{m[1]}</mi>', text)


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(mathml(node, block=False))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    # A formula wider than a phone scrolls by itself, also from the keyboard.
    self.body.append(
        f'<div class="math-block" tabindex="0" role="group" aria-label="formula">'
        f"{number}{mathml(node, block=True)}</div>"
    )
    raise nodes.SkipNode


def colour_code(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Give p and q their colours in code: as names, and as words of a comment."""
    if "body" not in context:
        return
    body = CODE_NAME.sub(r'<span class="n \1">\1</span>', context["body"])
    context["body"] = CODE_COMMENT.sub(
        lambda m: m[1] + WORD.sub(r'<span class="\1">\1</span>', m[2]) + m[3], body
    )


def add_style(app: Sphinx) -> None:
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))
    app.add_css_file("site.css")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("builder-inited", add_style)
    app.connect("html-page-context", colour_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
