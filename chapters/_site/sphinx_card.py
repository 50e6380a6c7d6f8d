"""The preview card of a link shared in a chat or forum.

It shows the page's title beside the book's curve, in place of sphinxext-opengraph's own drawing.
"""

import re
from typing import Any

import numpy as np
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from matplotlib.text import Text
from sphinx.application import Sphinx

from lossutils.plots import INK, P_COLOR, Q_COLOR, QUIET

SIZE = (11.46, 6)  # at 100 dots an inch the size that the page names
LEFT = 0.06


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
    """A page's description, without the title that sphinxext-opengraph may put before it."""

    title: Text

    def set_text(self, s: str) -> None:
        super().set_text(without_title(s, self.title.get_text()) if hasattr(self, "title") else s)


def without_title(description: str, title: str) -> str:
    """Return a page's description without its title at the front.

    >>> without_title("Softmax: A classifier ends in numbers.", "4. Softmax")
    'A classifier ends in numbers.'
    """
    return description.removeprefix(f"{re.sub(r'^[0-9.]+ ', '', title)}: ")


def card() -> tuple[Figure, Text, Text, Text, Text]:
    """Return the figure, and its texts in the order in which sphinxext-opengraph fills them."""
    figure = Figure(figsize=SIZE, dpi=100, facecolor="white")
    draw_curve(figure)

    def text(kind: type[Text], y: float, size: float, width: int = 0, **style: Any) -> Text:
        words = kind(LEFT, y, transform=figure.transFigure, parse_math=False, **style)
        words.set_fontsize(size)
        if isinstance(words, Wrapped):
            words.set_wrap(True)
            words.width = width
        figure.add_artist(words)
        return words

    book = text(Text, 0.9, 17, color=QUIET, va="top")
    title = text(Title, 0.8, 33, 600, color=INK, va="top", fontweight="bold", linespacing=1.15)
    title.book = book
    description = text(Description, 0.07, 14, 600, color=QUIET, va="bottom", linespacing=1.35)
    description.title = title
    address = text(Text, 0.5, 1, visible=False)  # the link shows it
    return figure, book, title, description, address


def draw_curve(figure: Figure) -> None:
    """Draw the loss of one forecast, the book's emblem, on the right of the card."""
    axes = figure.add_axes((0.66, 0.12, 0.29, 0.76))
    q = np.linspace(0.01, 1, 400)
    axes.plot(q, -np.log(q), color=Q_COLOR, linewidth=6, solid_capstyle="round")
    axes.plot([0.25, 0.25, 0], [0, -np.log(0.25), -np.log(0.25)], color=QUIET, linestyle="--")
    axes.plot(0.25, -np.log(0.25), "o", color=P_COLOR, markersize=22, zorder=3)
    axes.annotate("−log q", (0.42, 1.6), color=Q_COLOR, fontsize=24, fontweight="bold")
    axes.set(xlim=(0, 1.03), ylim=(0, 4.4), xticks=[0, 0.5, 1], yticks=[0, 2, 4])
    axes.tick_params(labelsize=15, colors=QUIET, length=0, pad=6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(QUIET)


def provide_card(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    # Only once the pages are being written: until then Sphinx pickles what the environment holds.
    if not hasattr(app.env, "ogp_social_card_plt_objects"):
        app.env.ogp_social_card_plt_objects = card()


def mend_descriptions(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    title = BeautifulSoup(context.get("title", ""), "html.parser").get_text()
    context["metatags"] = re.sub(
        r'(?<=content=")([^"]*)',
        lambda content: without_title(content[0], title),
        context.get("metatags", ""),
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", provide_card, priority=100)
    app.connect("html-page-context", mend_descriptions, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
