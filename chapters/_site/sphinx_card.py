"""What is shown of a page where its link is shared, in a chat, a forum, or a list of results.

The preview card has the page's title beside its picture, in place of sphinxext-opengraph's own
drawing; the description ends with a sentence. The address without a file's name says the same.
"""

import re
from pathlib import Path
from typing import Any

import picture
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from sphinx.application import Sphinx

from lossutils.plots import INK, P_COLOR, Q_COLOR, QUIET

SIZE = (11.46, 6)  # at 100 dots an inch the size that the page names
LEFT = 0.06
RULE = 0.16  # how long the line in the book's colours is
SERIF = {"fontfamily": "STIXGeneral", "fontweight": "bold"}  # near what formulas are set in
PLACE = (0.6, 0.27, 0.36, 0.43)  # of the picture, from the left and from below


class Wrapped(Text):
    """A text that wraps at a width of its own, in pixels."""

    width: int

    def _get_wrap_line_width(self) -> int:
        return self.width


class Title(Wrapped):
    """The page's title; it hides the book's if the two are the same."""

    book: Text

    def set_text(self, s: str) -> None:
        super().set_text(s)
        if hasattr(self, "book"):
            self.book.set_visible(self.book.get_text() != s)


class Description(Wrapped):
    """A page's description, as `described` has it."""

    title: Text

    def set_text(self, s: str) -> None:
        super().set_text(described(s, self.title.get_text()) if hasattr(self, "title") else s)


def described(description: str, title: str) -> str:
    """Return a page's description without its title at the front, and not cut within a word.

    >>> described("Softmax: A classifier ends in numbers. Which of the...", "4. Softmax")
    'A classifier ends in numbers.'
    >>> described("A classifier ends in numb...", "Softmax")
    'A classifier ends in …'
    """
    description = description.removeprefix(f"{re.sub(r'^[0-9.]+ ', '', title)}: ")
    if not description.endswith("..."):
        return description
    whole = re.match(r".*[.?!](?=\s)", description)
    return whole[0] if whole else f"{description.rpartition(' ')[0]} …"


def card() -> tuple[Figure, Text, Text, Text, Text]:
    """Return the figure, and its texts in the order in which sphinxext-opengraph fills them."""
    figure = Figure(figsize=SIZE, dpi=100, facecolor="white")
    for color, left, width in (
        (P_COLOR, LEFT, RULE * 6 / 7),
        (Q_COLOR, LEFT + RULE * 6 / 7, RULE / 7),
    ):
        figure.add_artist(Rectangle((left, 0.93), width, 0.018, color=color, linewidth=0))

    def text(kind: type[Text], y: float, size: float, width: int = 0, **style: Any) -> Text:
        words = kind(LEFT, y, transform=figure.transFigure, parse_math=False, **style)
        words.set_fontsize(size)
        if isinstance(words, Wrapped):
            words.set_wrap(True)
            words.width = width
        figure.add_artist(words)
        return words

    book = text(Text, 0.88, 17, color=QUIET, va="top")
    title = text(Title, 0.79, 36, 600, color=INK, va="top", linespacing=1.15, **SERIF)
    title.book = book
    description = text(Description, 0.07, 14, 600, color=QUIET, va="bottom", linespacing=1.35)
    description.title = title
    address = text(Text, 0.5, 1, visible=False)  # the link shows it
    return figure, book, title, description, address


def draw_picture(figure: Figure, page: str) -> None:
    """Draw the page's picture on the right of the card, in place of the last one."""
    for axes in figure.axes:
        axes.remove()
    marks, _ = picture.of(page)
    picture.draw(figure.add_axes(PLACE), marks, scale=2.6)


def provide_card(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    # Only once the pages are being written: until then Sphinx pickles what the environment holds.
    if not hasattr(app.env, "ogp_social_card_plt_objects"):
        app.env.ogp_social_card_plt_objects = card()
    figure, *_ = app.env.ogp_social_card_plt_objects
    draw_picture(figure, page)


def mend_descriptions(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    title = BeautifulSoup(context.get("title", ""), "html.parser").get_text()
    context["metatags"] = re.sub(
        r'(?<=content=")([^"]*)',
        lambda content: described(content[0], title),
        context.get("metatags", ""),
    )


ROOT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={address}">
{head}
</head>
<body><p><a href="{address}">{title}</a></p></body>
</html>
"""


def describe_root(app: Sphinx, error: Exception | None) -> None:
    """Give the address without a file's name what the landing page says of itself.

    It only leads there. But it is the address that people share, and who asks for its preview does
    not follow it.
    """
    if error or app.builder.format != "html":
        return
    address = app.builder.get_target_uri(app.config.root_doc)
    landing = (Path(app.outdir) / address).read_text(encoding="utf-8")
    head = BeautifulSoup(landing.partition("</head>")[0], "html.parser")
    said = head.select('title, meta[name="description"], meta[property], link[rel="canonical"]')
    for link in head.select('link[rel="icon"]'):
        link["href"] = link["href"].removeprefix("../")
        said.append(link)
    page = ROOT.format(address=address, head="\n".join(map(str, said)), title=head.title.string)
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", provide_card, priority=100)
    app.connect("html-page-context", mend_descriptions, priority=900)
    # Before sphinx-external-toc, which writes a page that says nothing where there is none.
    app.connect("build-finished", describe_root, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
