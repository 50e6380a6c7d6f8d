"""A question keeps its replies to itself until the reader has committed to a choice."""

import json
import re

import pytest

STATE = 'script[type="application/vnd.jupyter.widget-state+json"]'


def questions(page):
    """Return the page's questions, each with what Python saved of it."""
    found = page.locator("[data-explorer=question]").all()
    if not found:
        return []
    models = json.loads(page.locator(STATE).inner_text())["state"].values()
    saved = [each["state"] for each in models if each["state"].get("_explorer") == "question"]
    by_prompt = {state["prompt"]: state for state in saved}
    return [(each, by_prompt[each.locator("legend").inner_text()]) for each in found]


def plain(text):
    return re.sub(r"\s+", " ", text).strip()


def replies_in(state, text):
    """Return which of the question's replies `text` holds."""
    return [k for k, reply in enumerate(state["replies"]) if plain(reply) in plain(text)]


def mouse(page, question, choice):
    question.locator("label").nth(choice).click()
    question.get_by_role("button").click()


def touch(page, question, choice):
    question.locator("label").nth(choice).tap()
    question.get_by_role("button").tap()


def keyboard(page, question, choice):
    radios = question.get_by_role("radio")
    radios.first.focus()
    page.keyboard.press("Space")
    for _ in range(choice):
        page.keyboard.press("ArrowDown")
    assert radios.nth(choice).is_checked()
    page.keyboard.press("Tab")
    assert question.get_by_role("button").evaluate("(e) => e === document.activeElement")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("way", [mouse, touch, keyboard])
def test_each_choice_gets_its_own_reply_once_committed(open_page, chapter, way):
    page = open_page(chapter, size=(390, 844), touch=way is touch)
    page.context.set_offline(True)
    # Each choice of each question by mouse; that other hands reach them all, one question shows.
    for question, state in questions(page)[: None if way is mouse else 1]:
        assert question.locator("output").inner_text() == ""
        for choice in sorted(range(len(state["choices"])), key=lambda k: k == state["answer"]):
            way(page, question, choice)
            reply = question.locator("output")
            assert reply.is_visible()
            assert replies_in(state, reply.inner_text()) == [choice]
            assert reply.inner_text().startswith("✓ Yes.") == (choice == state["answer"])
            assert "Yes. Yes." not in reply.inner_text()
            assert reply.get_attribute("data-value") == str(choice)


def test_no_reply_is_to_be_seen_or_heard_before(open_page, chapter):
    page = open_page(chapter)
    for question, state in questions(page):
        button = question.get_by_role("button")
        assert button.is_disabled(), "there is nothing to check yet"
        question.locator("label").first.click()
        assert button.is_enabled()
    seen, heard = page.locator("body").inner_text(), page.locator("body").aria_snapshot()
    for _, state in questions(page):
        assert replies_in(state, seen) == []
        assert replies_in(state, heard) == []


def test_no_reply_is_to_be_seen_without_scripts(open_page, chapter):
    page = open_page(chapter, scripts=False)
    seen = page.locator("body").inner_text()
    for _, state in questions(page):
        assert plain(state["prompt"]) in plain(seen)
        assert replies_in(state, seen) == []
