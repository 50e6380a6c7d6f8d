"""Each chapter's small picture, in the list of chapters and in its opening."""

from __future__ import annotations

import sys
from pathlib import Path

import contents
import pytest
from bs4 import BeautifulSoup
from docutils import nodes

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "chapters" / "_site"))

import picture
import sphinx_card
import sphinx_openings

CHAPTERS = [
    name
    for part in contents.TOC["parts"]
    if part.get("numbered")
    for name in contents.documents(part)
]


def test_each_chapter_has_a_picture_of_its_own() -> None:
    drawn = {name: picture.svg(picture.of(name)[0]) for name in [*CHAPTERS, "chapters/index"]}
    assert len(set(drawn.values())) == len(drawn)
    assert max(map(len, drawn.values())) < 3000


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_picture_stays_inside_its_frame_and_says_how_to_read_it(name: str) -> None:
    marks, reading = picture.of(name)
    places = [number for mark in marks for place in mark.places for number in place]
    assert all(-0.03 <= number <= 1.03 for number in places)
    assert 40 < len(reading) <= 110
    assert reading.endswith(".")


def test_a_chapter_without_a_picture_has_that_of_the_book() -> None:
    assert picture.of("chapters/interlude") == picture.of("chapters/index")


def test_the_page_and_the_card_draw_every_mark_in_its_color() -> None:
    marks = [
        picture.bar("p", 0, 0.5, 1),
        picture.outline("q", 0.5, 1, 0.5),
        picture.line("quiet", (0, 1), (0, 1), dashed=True),
        picture.dot("p", 1, 1),
    ]
    drawn = BeautifulSoup(picture.svg(marks), "html.parser").svg
    assert [(each.name, each["class"]) for each in drawn.find_all()] == [
        ("rect", ["bar-p"]),
        ("rect", ["outline-q"]),
        ("path", ["dashed-quiet"]),
        ("circle", ["dot-p"]),
    ]
    assert drawn.rect["height"] == "88"
    assert drawn.path["d"] == "M6 94L154 6"
    figure, *_ = sphinx_card.card()
    for name in CHAPTERS[:2]:
        sphinx_card.draw_picture(figure, name)
    (axes,) = figure.axes
    assert len(axes.patches) + len(axes.lines) == len(picture.of(CHAPTERS[1])[0])


def test_a_chapter_opens_with_its_question_its_picture_and_the_way_to_its_first_figure() -> None:
    question, figure = nodes.raw(), nodes.raw()
    question["explorer"], figure["explorer"] = "question", "entropy"
    section = nodes.section(
        "",
        nodes.title("", "Entropy"),
        nodes.paragraph("", "How surprising was it?"),
        nodes.paragraph("", "It takes about an hour."),
        nodes.section("", question, ids=["a-game"]),
        nodes.section("", figure, ids=["move-it"]),
    )
    sphinx_openings.open_chapter(section, CHAPTERS[0])
    title, opening, question, needs, end, *rest = section
    assert title.astext() == "Entropy"
    assert question["classes"] == ["asks"]
    assert needs["classes"] == ["needs"]
    assert [each["ids"] for each in rest] == [["a-game"], ["move-it"]]
    built = BeautifulSoup(opening.astext() + end.astext(), "html.parser").find(class_="opening")
    assert built.figure.svg["class"] == ["small-picture"]
    assert built.figcaption.a["href"] == "#move-it"
