"""A question keeps its replies to itself until the reader has committed to a choice."""

import json
import re
from functools import cache

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


@cache  # of a whole page, once for each reply
def plain(text):
    return re.sub(r"\s+", " ", text).strip()


def replies_in(state, text):
    """Return which of the question's replies `text` holds."""
    return [k for k, reply in enumerate(state["replies"]) if plain(reply) in plain(text)]


ORDER = "(question) => [...question.querySelectorAll('input')].map((e) => Number(e.value))"


def label(question, choice):
    """Return the label of a choice, which stands elsewhere on each load."""
    return question.locator(f"label:has([value='{choice}'])")


def mouse(page, question, choice):
    label(question, choice).click()
    question.get_by_role("button").click()


def touch(page, question, choice):
    label(question, choice).tap()
    question.get_by_role("button").tap()


def keyboard(page, question, choice):
    question.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(question.evaluate(ORDER).index(choice)):
        page.keyboard.press("ArrowDown")
    assert label(question, choice).get_by_role("radio").is_checked()
    page.keyboard.press("Tab")
    assert question.get_by_role("button").evaluate("(e) => e === document.activeElement")
    page.keyboard.press("Enter")


@pytest.fixture
def phone(same_page):
    """Return a function that opens a chapter on a phone, once for the tests that follow."""
    return lambda chapter: same_page(chapter, size=(390, 844), touch=True)


# Whether the button is disabled before, what the question says, and the button once more.
CHOOSE = """(question) => {
  const [button, output] = ["button", "output"].map((name) => question.querySelector(name));
  const seen = [button.disabled, output.innerText];
  question.querySelector("label").click();
  return [...seen, button.disabled];
}"""


# What the page holds in elements and attributes, shown or not; what Python saved is in a script.
WRITTEN = """() => {
  const body = document.body.cloneNode(true);
  body.querySelectorAll("script").forEach((e) => e.remove());
  const attributes = [...body.querySelectorAll("*")].flatMap((e) => [...e.attributes].map(({ value }) => value));
  return [body.textContent, ...attributes].join(" ");
}"""


def test_no_reply_is_to_be_seen_or_heard_before(phone, chapter):
    page = phone(chapter)
    for question, _ in questions(page):
        before, said, after = question.evaluate(CHOOSE)
        assert before, "there is nothing to check yet"
        assert said == ""
        assert not after
    written = page.evaluate(WRITTEN)
    for _, state in questions(page):
        assert plain(state["prompt"]) in plain(written)
        assert replies_in(state, written) == []


# The mark beside each choice, in the order in which they were declared.
MARKS = """(e) => [...e.querySelectorAll("input")].sort((a, b) => a.value - b.value)
  .map((input) => input.labels[0].querySelector(".question-mark").textContent[0] ?? "")"""
# A wrong choice is checked, the right one chosen and then checked.
VERDICTS = f"""(question, [wrong, right]) => {{
  const [button, output] = ["button", "output"].map((name) => question.querySelector(name));
  const input = (k) => question.querySelector(`[value="${{k}}"]`);
  return [input(wrong), button, input(right), button].map((each) => {{
    each.click();
    return [output.innerText, ({MARKS})(question)];
  }}).slice(1);
}}"""


def test_a_verdict_stands_beside_the_choice_it_was_given_on_and_survives_a_reload(phone, chapter):
    page = phone(chapter)
    for question, state in questions(page):
        wrong, *_ = (k for k in range(len(state["choices"])) if k != state["answer"])
        checked, chosen, after = question.evaluate(VERDICTS, [wrong, state["answer"]])
        expected = ["✗" if k == wrong else "" for k in range(len(state["choices"]))]
        assert checked[0].startswith("✗")
        assert chosen == ["", expected], "the verdict on another choice"
        expected[state["answer"]] = "✓"
        assert after[1] == expected
    page.reload()
    page.wait_for_function(LIVE)
    for question, state in questions(page):
        assert label(question, state["answer"]).get_by_role("radio").is_checked()
        assert question.locator("output").inner_text().startswith("✓ Right.")
        assert sorted(question.evaluate(MARKS))[-2:] == ["✓", "✗"]


def check_reply(state, choice, seen):
    """Hold what a question shows once a choice has been checked against what Python saved."""
    assert seen["visible"]
    assert replies_in(state, seen["said"]) == [choice]
    assert seen["said"].startswith("✓ Right." if choice == state["answer"] else "✗ Not quite.")
    assert seen["value"] == str(choice)


REPLY = """(question) => {
  const output = question.querySelector("output");
  return { visible: output.checkVisibility(), said: output.innerText, value: output.dataset.value };
}"""
REPLIES = f"""(question) => [...question.querySelectorAll("input")].map((input) => {{
  input.click();
  question.querySelector("button").click();
  return [Number(input.value), ({REPLY})(question)];
}})"""


def test_each_choice_gets_its_own_reply_once_committed(phone, chapter):
    page = phone(chapter)
    page.context.set_offline(True)
    for question, state in questions(page):
        for choice, seen in question.evaluate(REPLIES):
            check_reply(state, choice, seen)
    page.context.set_offline(False)


@pytest.mark.parametrize("way", [mouse, touch, keyboard])
def test_all_hands_reach_each_choice(open_page, way):
    page = open_page("chapters/entropy.html", size=(390, 844), touch=True)
    question, state = questions(page)[0]
    for choice in range(len(state["choices"])):
        way(page, question, choice)
        check_reply(state, choice, question.evaluate(REPLY))


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
    assert question.locator("output").inner_text().startswith("✓ Right.")


def test_choices_come_in_another_order_on_each_load(open_page):
    page = open_page("chapters/binary-cross-entropy.html")
    orders = []
    for _ in range(3):
        orders.append([question.evaluate(ORDER) for question, _ in questions(page)])
        page.reload()
        page.wait_for_function(LIVE)
    declared = [list(range(len(state["choices"]))) for _, state in questions(page)]
    assert len(declared) > 3
    for order in orders:
        assert [sorted(one) for one in order] == declared
    first, second, third = orders
    assert first != second != third != first
