"""A curve is drawn before it is shown: by keys and by mouse, and nothing is told before."""

import re

import contents
import nbformat
import pytest

GUESSING = [
    f"chapters/{path.stem}.html"
    for path in contents.NOTEBOOKS
    if any("Guess(" in cell.source for cell in nbformat.read(path, as_version=4).cells)
]


@pytest.mark.parametrize("guessing", GUESSING)
def test_a_curve_is_drawn_and_then_shown(same_page, guessing):
    page = same_page(guessing, size=(390, 844), touch=True)
    for figure in page.locator("[data-explorer=guess]").all():
        figure.scroll_into_view_if_needed()
        output, picture = figure.locator("output"), figure.locator("svg")
        show = figure.get_by_role("button", name="Show the curve")
        again = figure.get_by_role("button", name="Start again")
        grips = figure.get_by_role("slider")
        assert output.inner_text() == ""
        assert "The curve:" not in picture.get_attribute("aria-label")
        assert not figure.locator(".guess-truth").get_attribute("d")
        assert again.is_disabled()

        first = grips.first
        before = float(first.get_attribute("aria-valuenow"))
        show.focus()
        page.keyboard.press("Shift+Tab")
        assert grips.last.evaluate("(e) => e === document.activeElement"), "no Tab stop"
        first.focus()
        page.keyboard.press("ArrowUp")
        after = float(first.get_attribute("aria-valuenow"))
        assert after > before
        box = grips.nth(1).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + 30)
        page.mouse.up()
        assert float(grips.nth(1).get_attribute("aria-valuenow")) < before

        show.click()
        said = output.inner_text()
        assert re.match(r"You are [\d.]+ off on average, and most at [\d.]+: you drew", said)
        assert "The curve:" in picture.get_attribute("aria-label")
        assert figure.locator(".guess-truth").get_attribute("d")
        first.focus()
        page.keyboard.press("ArrowUp")
        assert float(first.get_attribute("aria-valuenow")) == after, "moved after it was shown"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

        again.click()
        assert output.inner_text() == ""
        assert float(first.get_attribute("aria-valuenow")) == before
        assert "The curve:" not in picture.get_attribute("aria-label")
