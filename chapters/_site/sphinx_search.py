"""The book's search: an index of sections.

In the reader's browser static/search.js ranks and quotes them.

Sphinx's own index only knows pages, and a page here is forty screens long. Each section is indexed
by its visible text: no menus, no formula source, nothing for print only. Other words that people
type to find it stand in a comment of its source, commas between them, one thing to look for each:

    <!-- search: contrastive loss, SimCLR, CLIP -->
"""

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, Tag
from docutils import nodes
from sphinx.application import Sphinx

INDEX = "search-sections.js"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
UNREAD = [
    ".headerlink",
    "script",
    "style",
    "noscript",
    "details.hide > summary",
    # What an exercise says of itself, and where no script runs.
    ".by-hand-asked",
    ".by-hand button",
    ".question-silent",
]
# Readers see a space between these, even where the page's source has none.
BLOCKS = frozenset(
    [
        "p",
        "li",
        "td",
        "th",
        "tr",
        "div",
        "pre",
        "legend",
        "label",
        "summary",
        "caption",
        "dt",
        "dd",
        "button",
        "blockquote",
        "section",
    ]
)
# These are not prose: an explorer's still and the labels of its controls.
FIGURES = '[data-explorer]:not([data-explorer="question"], [data-explorer="by-hand"])'

OTHER_WORDS = re.compile(r"<!-- search:.*?-->\n?", re.DOTALL)
FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
FORM = re.compile(r"<(mfrac|msup)\b")


def words(element: Tag) -> Iterator[str]:
    """Yield the text of an element, except for the sections within it."""
    for child in element.children:
        if isinstance(child, Tag):
            if child.name == "section":
                continue
            apart = " " if child.name in BLOCKS else ""
            yield apart
            yield from words(child)
            yield apart
        elif type(child) is NavigableString:  # comments are strings of another type
            yield str(child)


def plain(parts: Iterator[str]) -> str:
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def in_a_line(formula: str) -> str:
    r"""Return a formula's markup as text on one line.

    >>> in_a_line("<math><mfrac><mi>q</mi><msup><mi>z</mi><mn>2</mn></msup></mfrac>\n</math>")
    'q/z^2'
    """
    # Nine formulas of ten have nothing that needs to be parsed, which takes long.
    text = TAG.sub("", formula) if not FORM.search(formula) else written_out(formula)
    return re.sub(r"\s*\n\s*|\u2061", "", text)


def written_out(formula: str) -> str:
    """Return the text of a formula that has fractions or powers, with their signs."""
    page = BeautifulSoup(formula, "html.parser")
    for name, sign in {"mfrac": "/", "msup": "^"}.items():
        for element in page.find_all(name):
            below = element.find_all(True, recursive=False)[1]
            below.insert_before(sign)
            if name == "mfrac" and below.name == "mrow":
                below.insert(0, "(")
                below.append(")")
    return escape(page.get_text(), quote=False)


def other_words(element: Tag) -> list[str]:
    """Return what else people type to find a section, from its comments."""
    comments = element.find_all(string=lambda text: isinstance(text, Comment))
    # Those of a chapter's first section stand in its opening.
    said = [text for text in comments if text.find_parent("section") is element]
    lists = [text.strip().removeprefix("search:") for text in said if "search:" in text]
    return [words.strip() for words in ",".join(lists).split(",") if words.strip()]


def sections(body: str) -> list[tuple[str, str, str, list[str]]]:
    """Return the anchor, title, text and other words of each section, then those of each function.

    >>> sections('<section id="a"><h1>Top<a class="headerlink">#</a></h1><p>One</p>'
    ...          '<section id="b"><!-- search: C, D E --><h2>Part</h2><p>Two</p><p>three</p></section>'
    ...          "</section>")
    [('a', 'Top', 'One', []), ('b', 'Part', 'Two three', ['C', 'D E'])]
    """
    # Most tags of a page colour its code. They part no words, and to parse them takes half the time.
    body = FORMULA.sub(lambda found: in_a_line(found[0]), re.sub(r"</?span\b[^>]*>", "", body))
    page = BeautifulSoup(body, "html.parser")
    for element in page.select(", ".join([*UNREAD, FIGURES])):
        element.decompose()
    found = []
    # A function of the reference is looked for by its name. The page's own title stays first.
    functions = []
    for entry in page.find_all("dl", class_="py"):
        anchor = entry.dt.get("id")
        if anchor:
            functions.append((anchor, anchor.split(".")[-1], plain(words(entry.extract())), []))
    for section in page.find_all("section", id=True):
        heading = section.find(HEADINGS, recursive=False)
        if heading is not None:
            title = plain(words(heading.extract()))
            text = plain(words(section))
            found.append((section["id"], title, text, other_words(section)))
    return found + functions


def folder(app: Sphinx) -> Path:
    return Path(app.doctreedir) / "search"


def note(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document) -> None:
    """Keep a page's sections, for later builds too in which the page does not change.

    The words of its comments go into the index alone.
    """
    if doctree is not None and page in app.env.found_docs:
        file = folder(app) / f"{page}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = context.get("body", "")
        file.write_text(json.dumps(sections(body)), encoding="utf-8")
        # A reader need not load what only the index is made of.
        context["body"] = OTHER_WORDS.sub("", body)


def write_index(app: Sphinx, error: Exception | None) -> None:
    """Write the index of all pages as a script: a page opened from disk can load nothing else."""
    if error or app.builder.format != "html":
        return
    entries = []
    for page in sorted(app.env.found_docs):
        file = folder(app) / f"{page}.json"
        if file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            address = app.builder.get_target_uri(page)
            entries += [[address, *section] for section in found]
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    script = f"bookSearch.take({text});\n"
    (Path(app.outdir) / "_static" / INDEX).write_text(script, encoding="utf-8")


def search_page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    yield "search", {"title": "Search"}, "search.html"


def take_over(app: Sphinx) -> None:
    app.builder.search = False  # stops Sphinx from making its own index and page
    app.add_js_file("search.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", take_over)
    app.connect("html-collect-pages", search_page)
    # After everything else that changes a page's body.
    app.connect("html-page-context", note, priority=950)
    app.connect("build-finished", write_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
