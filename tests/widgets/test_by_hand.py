"""A number worked out by hand: what is read, what is right, and which mistakes are answered."""

import itertools
import math
import re

import numpy as np
import pytest
import torch

from lossutils import entropy
from lossutils.widgets import ByHand

P = [3 / 4, 1 / 4]


def asked(**changes):
    given = {"prompt": "H?", "answer": entropy(P), "reply": "Add two.", "unit": "nats", **changes}
    return ByHand(**given)


def told(one):
    """Return what the page knows of the number."""
    return {name.removeprefix("_"): getattr(one, name) for name in ("_answer", "decimals", "unit")}


@pytest.fixture
def judged(javascript):
    """Return a function that says what the page says to each of some texts."""

    def judge(one, *texts):
        page = told(one) | {"slips": one._slips}
        return javascript("by_hand/math.js", "judged", [(text, page) for text in texts])

    return judge


def test_a_number_may_be_written_in_many_ways(javascript):
    said = {
        "0.25": 0.25,
        " ,25 ": 0.25,
        "−1,5": -1.5,
        "-1.5": -1.5,
        "–1.5": -1.5,
        "+2": 2,
        "3/8": 0.375,
        "−3 / 8": -0.375,
        "37.5 %": 0.375,
        "2e-3": 0.002,
        "= 2.31 nats": 2.31,
        "~ 1 Nat": 1,
        "½": 0.5,
        "−¾": -0.75,
        "1⁄8": 0.125,
        "1,234.5": 1234.5,
        "1,234,567": 1234567,
        "inf": math.inf,
        "−∞": -math.inf,
    }
    calls = [(text, "nats") for text in said]
    found = javascript("by_hand/math.js", "parsed", calls)
    assert [[read["value"] for read in each] for each in found] == [[x] for x in said.values()]
    # 1.234, or a thousand and more: which of them, the answer decides.
    (both,) = javascript("by_hand/math.js", "parsed", [("1,234", "")])
    assert [read["value"] for read in both] == [1.234, 1234]
    (share,) = javascript("by_hand/math.js", "parsed", [("37.5 %", "%")])
    assert [read["value"] for read in share] == [37.5]
    none = ["", " ", "log 2", "1½", "10³", "2 bits", "1/0", "1/", "/2", "1/2/3", "1,2,3"]
    none += ["0x10", "1_000", "--1", "nan"]
    found = javascript("by_hand/math.js", "parsed", [(text, "") for text in none])
    assert found == [[]] * len(none)


def test_each_rounding_to_enough_decimals_is_right_and_no_other(javascript):
    right, off = [], []
    answers = [0.5623351446, -2.0794415, 36787.9441, 1e-3, 0.0]
    for answer, decimals in itertools.product(answers, [0, 1, 3, 6]):
        page = told(asked(answer=answer, decimals=decimals, unit="")) | {"slips": []}
        right += [(f"{answer:.{decimals + more}f}", page) for more in range(4)]
        step = 1.6 * 10.0**-decimals
        off += [(f"{answer + by:.{decimals + 2}f}", page) for by in (-step, step)]
    found = javascript("by_hand/math.js", "judged", right + off)
    assert found[: len(right)] == [["right", ""]] * len(right)
    assert not {verdict for verdict, _ in found[len(right) :]} & {"right", "unreadable"}


def test_nearly_right_is_told_from_wrong(judged):
    one = asked(answer=0.5678)
    texts = ["0.567", "0.57", "0.6", "0.50", "1", "0", "much"]
    verdicts = [verdict for verdict, _ in judged(one, *texts)]
    assert verdicts == ["close", "short", "short", "wrong", "wrong", "wrong", "unreadable"]


def test_the_other_unit_is_turned_into_the_one_asked_for(judged):
    nats, bits = asked(answer=math.log(4)), asked(answer=0.75, unit="bits", decimals=2)
    assert judged(nats, "2 bits", "2 bit", "1.386 nat") == [["right", ""]] * 3
    assert judged(bits, "0.75 bit", "0,520 nats") == [["right", ""]] * 2
    # The right number, with the wrong unit behind it.
    (verdict, _), (unlabelled, _) = judged(nats, "1.386 bits", "2")
    assert (verdict, unlabelled) == ("wrong", "slip")


def test_an_infinite_answer(judged):
    one = asked(answer=math.inf, unit="nats", slips={0.0: "Not zero."})
    texts = ["∞", "inf", "−inf", "0", "1e9"]
    verdicts = [verdict for verdict, _ in judged(one, *texts)]
    assert verdicts == ["right", "right", "slip", "slip", "wrong"]


def test_each_slip_gets_its_own_reply_exactly_or_roughly(judged):
    slips = {2 * entropy(P): "That is the sum.", -math.log(P[1]): "That is one of them."}
    one = asked(slips=slips)
    for number, reply in slips.items():
        assert judged(one, f"{number:.3f}", f"{number:.1f}") == [["slip", reply]] * 2


@pytest.mark.parametrize("unit", ["nats", "bits"])
def test_another_base_or_sign_is_answered_without_being_listed(judged, unit):
    bases = {"nats": math.e, "bits": 2}
    right = entropy(P, base=bases[unit])
    one = asked(answer=right, unit=unit)
    (other,) = bases.keys() - {unit}
    ten = entropy(P, base=10)
    texts = [f"{entropy(P, base=bases[other]):.4f}", f"{ten:.4f}", f"{-right:.4f}"]
    replies = judged(one, *texts)
    assert [verdict for verdict, _ in replies] == ["slip"] * 3
    said = [reply for _, reply in replies]
    assert f"in {other}" in said[0]
    assert "base 10" in said[1]
    assert "sign" in said[2]
    own = asked(answer=right, unit=unit, slips={-right: "Probabilities are below 1."})
    assert judged(own, texts[2]) == [["slip", "Probabilities are below 1."]]


def test_numbers_come_from_anything_that_holds_one():
    one = asked(answer=torch.tensor(0.5), slips={np.float64(0.25): "a", np.float32(2): "b"})
    assert one.answer == 0.5
    assert list(one.slips)[:2] == [0.25, 2.0]


def test_nothing_of_the_answer_is_shown_before_a_try():
    one = asked(slips={2.25: "That is too much."})
    shown, _ = one._repr_mimebundle_()
    assert shown["text/plain"] == repr(one) == "By hand: H?"
    assert not re.search(r"0\.56|Add two|2\.25", str(shown))  # a model has an id at random


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"answer": "0.5"}, TypeError, "answer must be a number, got '0.5'"),
        ({"answer": True}, TypeError, "answer must be a number, got True"),
        ({"answer": [1, 2]}, TypeError, r"answer must be a number, got \[1, 2\]"),
        ({"answer": math.nan}, ValueError, "answer must be a number that can be worked out"),
        ({"slips": {"0.5": "Half."}}, TypeError, "each of slips must be a number, got '0.5'"),
        ({"slips": {0.563: "So near."}}, ValueError, "slips must differ from the answer .* 0.563"),
        ({"slips": {1.0: "a", 1.001: "b"}}, ValueError, "slips must differ .* but 1.001 does not"),
        ({"decimals": 2.0}, TypeError, "decimals must be a whole number, got 2.0"),
        ({"decimals": 11}, ValueError, r"decimals must be in \[0, 10\], got 11"),
    ],
)
def test_what_makes_no_exercise_is_refused_by_name(changes, kind, message):
    with pytest.raises(kind, match=message):
        asked(**changes)
