"""The box on the landing page says of a loss what Python says, by keyboard, aloud and on a small phone."""

import re

import pytest
from bs4 import BeautifulSoup

from lossutils.widgets import MyLoss
from lossutils.widgets.explorers import my_loss

LANDING = "chapters/index.html"
SAID = """(box) => [...box.querySelectorAll("li")].map((e) =>
  [e.dataset.reading, e.dataset.at, e.textContent, [...e.querySelectorAll("a")].map((a) => a.getAttribute("href"))])"""


def plain(text):
    """Return Markdown without its marks."""
    return re.sub(r"\*\*|`", "", re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text))


def check(box, loss, classes):
    said = box.evaluate(SAID)
    expected = MyLoss(loss, classes).meanings
    assert [(name, text) for name, _, text, _ in said] == [
        (m.name, plain(m.text)) for m in expected
    ]
    ats = [float(at) for _, at, _, _ in said]
    assert ats == pytest.approx([m.at for m in expected], rel=1e-12, nan_ok=True)


@pytest.fixture
def page(open_page):
    return open_page(LANDING, size=(360, 740))


def test_what_is_typed_is_read_at_once(page):
    box = page.locator("[data-explorer=my-loss]")
    loss, classes = box.get_by_label("My loss is"), box.get_by_label("classes")
    check(box, 2.31, 10)
    for typed, count in [("1.46", 10), ("0.55", 3), ("−0.3", 3), ("inf", 10), ("NaN", 1000)]:
        loss.fill(typed)
        classes.fill(str(count))
        check(box, typed.replace("−", "-"), count)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    loss.fill("high")
    assert box.get_by_role("listitem").all_inner_texts() == [
        "The loss must be a number, nan or inf."
    ]
    assert loss.get_attribute("aria-invalid") == "true"
    loss.fill("2.31")
    classes.fill("1")
    (said,) = box.get_by_role("listitem").all_inner_texts()
    assert "from 2 to 1,000,000" in said
    assert classes.get_attribute("aria-invalid") == "true"
    classes.fill("10")
    check(box, 2.31, 10)


def test_a_keyboard_does_it_all_and_the_first_reading_is_spoken(open_page):
    page = open_page(LANDING, size=(360, 740), stopped=True)
    box = page.locator("[data-explorer=my-loss]")
    status = box.get_by_role("status")
    assert status.text_content() == "", "a page that has just come says nothing"
    box.get_by_label("My loss is").focus()
    page.keyboard.type("1.46")  # in place of the whole
    check(box, 1.46, 10)
    assert status.text_content() == "", "not at each key"
    page.clock.run_for(1000)
    assert status.text_content().startswith("1.461")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    check(box, 1.46, 2)
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    check(box, "nan", 2)
    pressed = box.locator("[aria-pressed=true]").all_inner_texts()
    assert pressed == ["nan"]


def test_each_reading_links_to_a_place_that_is_there(site):
    places = [
        place for text in my_loss.TEXTS.values() for place in re.findall(r"\]\(([^)]+)", text)
    ]
    for place in places:
        file, _, section = place.partition("#")
        document = (site / "chapters" / file).with_suffix(".html").read_text(encoding="utf-8")
        assert f'id="{section}"' in document, place


def test_the_box_says_the_same_where_no_script_runs(open_page, site):
    document = BeautifulSoup((site / LANDING).read_text(encoding="utf-8"), "html.parser")
    still = document.select_one("[data-explorer=my-loss]")
    links = [link["href"] for link in still.select("li a")]
    assert still.select("input:not([disabled]), button:not([disabled])") == []
    page = open_page(LANDING, scripts=False)
    box = page.locator("[data-explorer=my-loss]")
    check(box, 2.31, 10)
    assert box.get_by_text("this browser runs none").is_visible()
    live = open_page(LANDING).locator("[data-explorer=my-loss] li a")
    assert links and links == [link.get_attribute("href") for link in live.all()]


def test_the_figure_is_on_the_first_screen_and_the_box_right_below(open_page):
    page = open_page(LANDING, size=(390, 844))
    bottom = "(e) => e.getBoundingClientRect().bottom + scrollY"
    figure = page.locator("[data-explorer=surprisal]")
    assert figure.evaluate(bottom) <= 844
    assert page.locator("[data-explorer=my-loss] .my-loss-box").evaluate(bottom) <= 2 * 844


def test_the_path_lists_the_chapters(site):
    document = BeautifulSoup((site / LANDING).read_text(encoding="utf-8"), "html.parser")
    listed = [item.a["href"] for item in document.select("#the-path ul.path > li")]
    assert len(listed) > 8
    for name, item in zip(listed, document.select("#the-path ul.path > li"), strict=True):
        page = (site / "chapters" / name).read_text(encoding="utf-8")
        # A chapter is long, and takes a second to parse.
        heading = page.partition("<main")[2].partition("<h1")[2].partition("</h1>")[0]
        title = BeautifulSoup(f"<h1{heading}", "html.parser").get_text().removesuffix("#")
        assert item.a.get_text() == title
        assert len(item.get_text()) > len(title) + 40, "how it begins"
