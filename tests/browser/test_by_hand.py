"""A number worked out by hand is checked as it is sent, by any hand, and nothing is told before."""

import json

import contents
import nbformat
import pytest
from bs4 import BeautifulSoup

STATE = 'script[type="application/vnd.jupyter.widget-state+json"]'
ASKING = [
    f"chapters/{path.stem}.html"
    for path in contents.NOTEBOOKS
    if any("ByHand(" in cell.source for cell in nbformat.read(path, as_version=4).cells)
]


def saved(text):
    """Return what Python saved of each number to work out, by its prompt."""
    models = (model["state"] for model in json.loads(text)["state"].values())
    return {state["prompt"]: state for state in models if state.get("_explorer") == "by-hand"}


def numbers(page):
    """Return the page's numbers to work out, each with what Python saved of it."""
    states = saved(page.locator(STATE).text_content())
    places = page.locator("[data-explorer=by-hand]").all()
    return [(place, states[place.locator("label").inner_text()]) for place in places]


def typed(state, number):
    """Return a number as a reader would type it."""
    return f"{float(number):.{state['decimals']}f}".replace("-", "−")


def secrets(state):
    """Return what must not be told before a try."""
    replies = [reply for _, reply in state["_slips"]]
    return [state["reply"], *replies]


@pytest.mark.parametrize("asking", ASKING)
def test_each_number_is_answered_and_told_only_then(same_page, asking):
    page = same_page(asking, size=(390, 844), touch=True)
    page.context.set_offline(True)
    assert numbers(page)
    shown = page.locator("main").inner_text()
    for place, state in numbers(page):
        assert [text for text in secrets(state) if text in shown] == []
        output, field = place.locator("output"), place.get_by_role("textbox")
        assert output.inner_text() == ""
        assert not place.get_by_role("button", name="Show the answer").is_visible()
        for number, reply in state["_slips"]:
            field.fill(typed(state, number))
            field.press("Enter")
            assert output.inner_text() == f"✗ Not quite. {reply}"
        field.fill(typed(state, state["_answer"]))
        field.press("Enter")
        assert output.inner_text() == f"✓ Right. {state['reply']}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.set_offline(False)


def test_a_mouse_a_finger_and_what_is_no_number(open_page):
    page = open_page(ASKING[0], size=(390, 844), touch=True)
    place, state = numbers(page)[0]
    output, field = place.locator("output"), place.get_by_label(state["prompt"])
    check = place.get_by_role("button", name="Check")
    check.tap()
    assert output.inner_text() == "No number yet. Type one, then check it."
    field.fill("two thirds")
    check.click()
    assert output.inner_text().startswith("That can’t be read as a number.")
    assert field.get_attribute("aria-invalid") == "true"
    assert output.evaluate("(e) => e.ariaLive ?? e.localName") in ("polite", "output"), "read out"
    field.fill("12345.6")
    check.tap()
    assert field.get_attribute("aria-invalid") == "false"
    assert output.get_attribute("data-verdict") == "wrong"
    show = place.get_by_role("button", name="Show the answer")
    assert not show.is_visible(), "after one try"
    check.tap()
    assert not show.is_visible(), "the same number is no second try"
    field.fill("12345.7")
    check.tap()
    show.tap()
    right = f"It is {typed(state, state['_answer'])} {state['unit']}".strip()
    assert output.inner_text() == f"{right}. {state['reply']}"
    assert field.evaluate("(e) => e === document.activeElement")
    assert not show.is_visible()


def test_without_scripts_the_prompt_is_read_and_the_python_answers(open_page, site):
    document = BeautifulSoup((site / ASKING[0]).read_text(encoding="utf-8"), "html.parser")
    states = saved(document.select_one(STATE).string)
    page = open_page(ASKING[0], scripts=False)
    places = page.locator("[data-explorer=by-hand]").all()
    assert len(places) == len(states)
    seen = page.locator("main").inner_text()
    for place in places:
        state = states[place.locator("label").inner_text()]
        assert [text for text in secrets(state) if text in seen] == []
        assert place.get_by_role("textbox").is_disabled()
        assert place.get_by_text("this browser runs none").is_visible()
        cell = place.locator("xpath=ancestor::div[contains(@class, 'cell ')]")
        cell.locator("summary").filter(has_text="The answer in Python").click()
        assert "answer=" in cell.locator("pre").inner_text()
