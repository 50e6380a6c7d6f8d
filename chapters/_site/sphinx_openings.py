"""How a page opens: the name of its part above the title, and a chapter's picture beside its question.

What stands before a chapter's first section is its opening: the question that it asks, what it
needs, and what is folded. The picture shows its idea at once, and leads to the first figure.

An exercise opens with its number, in bold, and with its kind: **1.** *By hand.* Its number has an
address, chapter.html#exercise-1.
"""

from __future__ import annotations

import re
from html import escape

import picture
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

NEEDS = "It takes about"
# What a reader answers or types into is not yet the figure.
TEXT = ("question", "by-hand", "my-loss")
NUMBER = re.compile(r"\d+\.")


def open_page(app: Sphinx, doctree: nodes.document, page: str) -> None:
    part = part_of(app, page)
    section = next(iter(doctree.findall(nodes.section)), None)
    if part is None or section is None:
        return
    if part.get("numbered"):
        open_chapter(section, page)
        open_exercises(section)
    if part["caption"]:
        section.insert(0, html(f'<p class="part">{escape(part["caption"])}</p>'))


def part_of(app: Sphinx, page: str) -> nodes.Element | None:
    """Return the part of the list of contents that a page belongs to."""
    contents = app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
    return next((part for part in contents if page in part["includefiles"]), None)


def open_chapter(section: nodes.section, page: str) -> None:
    title = next(k for k, child in enumerate(section) if isinstance(child, nodes.title))
    sections = (k for k, child in enumerate(section) if isinstance(child, nodes.section))
    first = next(sections, len(section))
    opening = section[title + 1 : first]
    for paragraph in (each for each in opening if isinstance(each, nodes.paragraph)):
        paragraph["classes"].append("needs" if paragraph.astext().startswith(NEEDS) else "asks")
    marks, reading = picture.of(page)
    figure = (
        f"<figure>{picture.svg(marks)}<figcaption>{escape(reading)}{link(section)}</figcaption>"
    )
    section[title + 1 : first] = [
        html(f'<div class="opening">{figure}</figure>'),
        *opening,
        html("</div>"),
    ]


def open_exercises(section: nodes.section) -> None:
    for paragraph in section.findall(nodes.paragraph):
        match [part for part in paragraph if part.astext().strip()]:
            case [nodes.strong() as number, after, *_] if NUMBER.fullmatch(number.astext()):
                paragraph["classes"].append("exercise")
                paragraph["ids"].append(f"exercise-{number.astext()[:-1]}")
                if isinstance(after, nodes.emphasis):
                    after["classes"].append("kind")


def link(section: nodes.section) -> str:
    """Return a link to the first figure, at the section that it stands in."""
    for place in section.findall(nodes.raw):
        if place.get("explorer", TEXT[0]) not in TEXT:
            while not isinstance(place, nodes.section):
                place = place.parent
            return f' <a href="#{place["ids"][0]}">Move it</a>'
    return ""


def html(text: str) -> nodes.raw:
    return nodes.raw(text=text, format="html")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", open_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
