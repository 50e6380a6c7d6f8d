"""A question keeps its replies to itself until the reader has committed to a choice."""

import json
import re

import pytest

LIVE = "[...document.querySelectorAll('[data-explorer]')].every((e) => 'live' in e.dataset)"
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


@pytest.fixture
def phone(same_page):
    """Return a function that opens a chapter on a phone, once for the tests that follow."""
    return lambda chapter: same_page(chapter, size=(390, 844), touch=True)


def test_no_reply_is_to_be_seen_or_heard_before(phone, chapter):
    page = phone(chapter)
    for question, _ in questions(page):
        button = question.get_by_role("button")
        assert button.is_disabled(), "there is nothing to check yet"
        assert question.locator("output").inner_text() == ""
        question.locator("label").first.click()
        assert button.is_enabled()
    seen, heard = page.locator("body").inner_text(), page.locator("body").aria_snapshot()
    for _, state in questions(page):
        assert replies_in(state, seen) == []
        assert replies_in(state, heard) == []


MARKS = "(e) => [...e.querySelectorAll('.question-mark')].map((mark) => mark.textContent[0] ?? '')"


def test_a_verdict_stands_beside_the_choice_it_was_given_on_and_survives_a_reload(phone, chapter):
    page = phone(chapter)
    for question, state in questions(page):
        wrong, *_ = (k for k in range(len(state["choices"])) if k != state["answer"])
        expected = ["✗" if k == wrong else "" for k in range(len(state["choices"]))]
        mouse(page, question, wrong)
        assert question.locator("output").inner_text().startswith("✗")
        question.locator("label").nth(state["answer"]).click()
        assert question.locator("output").inner_text() == "", "the verdict on another choice"
        assert question.evaluate(MARKS) == expected
        question.get_by_role("button").click()
        expected[state["answer"]] = "✓"
        assert question.evaluate(MARKS) == expected
    page.reload()
    page.wait_for_function(LIVE)
    for question, state in questions(page):
        assert question.get_by_role("radio").nth(state["answer"]).is_checked()
        assert question.locator("output").inner_text().startswith("✓ Yes")
        assert sorted(question.evaluate(MARKS))[-2:] == ["✓", "✗"]


@pytest.mark.parametrize("way", [mouse, touch, keyboard])
def test_each_choice_gets_its_own_reply_once_committed(phone, chapter, way):
    page = phone(chapter)
    page.context.set_offline(True)
    # Each choice of each question by mouse; that other hands reach them all, one question shows.
    for question, state in questions(page)[: None if way is mouse else 1]:
        for choice in sorted(range(len(state["choices"])), key=lambda k: k == state["answer"]):
            way(page, question, choice)
            reply = question.locator("output")
            assert reply.is_visible()
            assert replies_in(state, reply.inner_text()) == [choice]
            assert reply.inner_text().startswith("✓ Yes") == (choice == state["answer"])
            assert reply.inner_text().count("Yes") <= 1
            assert reply.get_attribute("data-value") == str(choice)
    page.context.set_offline(False)


def test_a_question_answers_where_the_browser_keeps_nothing(open_page):
    forbid = """for (const name of ["getItem", "setItem"]) {
      const own = Storage.prototype[name];
      Storage.prototype[name] = function (key, ...rest) {
        if (key.startsWith("question")) throw new DOMException("denied", "SecurityError");
        return own.call(this, key, ...rest);
      };
    }"""
    page = open_page("chapters/entropy.html", prepare=lambda page: page.add_init_script(forbid))
    question, state = questions(page)[0]
    mouse(page, question, state["answer"])
    assert question.locator("output").inner_text().startswith("✓ Yes")


def test_no_reply_is_to_be_seen_without_scripts(open_page, chapter):
    page = open_page(chapter, scripts=False)
    seen = page.locator("body").inner_text()
    for question, state in questions(page):
        assert plain(state["prompt"]) in plain(seen)
        assert question.get_by_text("this browser runs none").is_visible()
        assert replies_in(state, seen) == []
