"""Where a right choice stands, how long it is and how its reply begins do not give it away.

Each feature is counted over all questions of the book, and the count may differ from that of
choosing blindly by no more than chance allows once in two hundred books.
"""

import ast
import itertools
from collections import Counter
from typing import NamedTuple

import contents
import nbformat
import pytest

RARE = 1 / 400  # on each side


class Asked(NamedTuple):
    """A question as it was written."""

    prompt: str
    choices: list[str]
    replies: list[str]
    answer: int


def written(call):
    """Return the question of a call of `Question` whose arguments are literals."""
    given = dict(zip(("prompt", "choices", "answer"), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords}
    told = {name: ast.literal_eval(value) for name, value in given.items()}
    choices = list(told["choices"])
    return Asked(
        told["prompt"], choices, list(told["choices"].values()), choices.index(told["answer"])
    )


def asked():
    for path in contents.NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or "Question(" not in cell.source:
                continue
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Question":
                    yield written(node)


QUESTIONS = list(asked())


def distribution(chances):
    """Return the probability of each number of hits, when each try has a chance of its own."""
    counts = [1.0]
    for chance in chances:
        missed = [count * (1 - chance) for count in counts] + [0.0]
        hit = [0.0] + [count * chance for count in counts]
        counts = [sum(pair) for pair in zip(missed, hit, strict=True)]
    return counts


def unlikely(hits, chances):
    """Say whether so few or so many hits are rare by chance."""
    counts = distribution(chances)
    return min(sum(counts[: hits + 1]), sum(counts[hits:])) < RARE


def longest(texts):
    most = max(map(len, texts))
    return {k for k, text in enumerate(texts) if len(text) == most}


def shortest(texts):
    least = min(map(len, texts))
    return {k for k, text in enumerate(texts) if len(text) == least}


# Each says which of a question's choices have the feature.
FEATURES = {
    "first": lambda asked: {0},
    "last": lambda asked: {len(asked.choices) - 1},
    "longest choice": lambda asked: longest(asked.choices),
    "shortest choice": lambda asked: shortest(asked.choices),
    "longest reply": lambda asked: longest(asked.replies),
    "shortest reply": lambda asked: shortest(asked.replies),
}


def given_away(questions):
    """Return the features that right choices have rarely or often, with their counts."""
    found = []
    for name, feature in FEATURES.items():
        with_it = [feature(one) for one in questions]
        chances = [len(k) / len(one.choices) for k, one in zip(with_it, questions, strict=True)]
        hits = sum(one.answer in k for k, one in zip(with_it, questions, strict=True))
        if unlikely(hits, chances):
            found.append(f"{name}: {hits} times, by chance {sum(chances):.1f}")
    return found


def first_word(reply):
    return reply.split()[0].strip(",.:;").lower()


def telling_words(questions):
    """Return the first words of replies that are rarely or often those of right choices."""
    replies = [
        (first_word(reply), k == one.answer, 1 / len(one.choices))
        for one in questions
        for k, reply in enumerate(one.replies)
    ]
    found = []
    for word in Counter(word for word, _, _ in replies):
        of_it = [(right, chance) for known, right, chance in replies if known == word]
        if unlikely(sum(right for right, _ in of_it), [chance for _, chance in of_it]):
            found.append(word)
    return found


def test_there_are_questions():
    assert len(QUESTIONS) > 40
    assert all(len(one.choices) in (3, 4) for one in QUESTIONS)


def test_neither_place_nor_length_gives_the_right_choice_away():
    assert given_away(QUESTIONS) == []


def test_openings_of_replies_vary():
    assert telling_words(QUESTIONS) == []
    openings = [first_word(one.replies[one.answer]) for one in QUESTIONS]
    word, times = Counter(openings).most_common(1)[0]
    assert times <= len(openings) / 4, word
    # The figure itself says which is right.
    said = [first_word(reply) for one in QUESTIONS for reply in one.replies]
    assert not {"yes", "right", "wrong", "correct", "tempting"} & set(said)


# --- Books that do give it away -----------------------------------------------------------------


def book(place, choices, replies):
    """Return forty questions that are alike but for their prompts."""
    return [Asked(str(k), choices, replies, place) for k in range(40)]


@pytest.mark.parametrize(
    ("place", "choices", "replies", "feature"),
    [
        (0, ["a"] * 4, ["b"] * 4, "first"),
        (3, ["a"] * 4, ["b"] * 4, "last"),
        (1, ["aa", "a", "aaa", "aa"], ["b"] * 4, "shortest choice"),
        (1, ["aa", "aaaa", "aaa", "aa"], ["b"] * 4, "longest choice"),
        (1, ["a"] * 4, ["bb", "b", "bbb", "bb"], "shortest reply"),
        (1, ["a"] * 4, ["bb", "bbbb", "bbb", "bb"], "longest reply"),
    ],
)
def test_what_is_always_right_is_found(place, choices, replies, feature):
    found = given_away(book(place, choices, replies))
    assert any(said.startswith(f"{feature}: 40 times") for said in found), found


def test_an_opening_that_is_always_right_is_found():
    replies = ["But no.", "Indeed so.", "But not.", "Or not."]
    assert "indeed" in telling_words(book(1, ["a"] * 4, replies))


def test_a_fair_book_is_not_suspected():
    orders = list(itertools.permutations(["a", "bb", "ccc"]))
    fair = [
        Asked("", list(order), list(order), place)
        for order in orders
        for place in range(3)
        for _ in range(3)
    ]
    assert given_away(fair) == []
    assert telling_words(fair) == []
