"""The explorer of scoring rules: its averages, where they are least, and the same in the page."""

import itertools

import numpy as np
import pytest

from lossutils import cross_entropy
from lossutils.widgets import ScoringRuleExplorer
from lossutils.widgets.explorers.scoring_rule import SCORES

GRID = [k / 100 for k in range(101)]


def test_the_costs_are_those_of_the_definitions():
    explorer = ScoringRuleExplorer("log", 0.7, 0.4)
    assert explorer.costs == pytest.approx({"a": -np.log(0.4), "b": -np.log(0.6)})
    assert explorer.expected == pytest.approx(cross_entropy([0.7, 0.3], [0.4, 0.6]))
    explorer.score = "brier"
    q = np.array([0.4, 0.6])
    squares = [np.sum((q - outcome) ** 2) for outcome in np.eye(2)]
    assert explorer.costs == pytest.approx(dict(zip("ab", squares, strict=True)))
    explorer.score = "linear"
    assert explorer.costs == pytest.approx({"a": 0.6, "b": 0.4})
    explorer.score = "zero_one"
    assert explorer.costs == {"a": 1, "b": 0}
    explorer.q = 0.5
    assert explorer.costs == {"a": 0.5, "b": 0.5}


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("p", [0, 0.2, 0.5, 0.7, 1])
def test_the_average_is_least_where_the_explorer_says(score, p):
    explorer = ScoringRuleExplorer(score, p)
    averages = []
    for q in GRID:
        explorer.q = q
        averages.append(explorer.expected)
    assert min(averages) == pytest.approx(explorer.least, abs=1e-14)
    assert explorer.honest >= explorer.least - 1e-14
    low, high = explorer.best.values()
    at_half = score != "zero_one" or p == 0.5
    best = [q for q in GRID if low <= q <= high and (at_half or q != 0.5)]
    least = [q for q, cost in zip(GRID, averages, strict=True) if cost < explorer.least + 1e-12]
    assert least == best


def test_javascript_computes_the_same(javascript):
    questions = list(itertools.product(SCORES, (0, 0.25, 0.5, 0.63, 1), (0, 0.3, 0.5, 0.9, 1)))
    answers = javascript("scoring_rule/math.js", "scored", questions)
    infinite = 0
    for question, answer in zip(questions, answers, strict=True):
        explorer = ScoringRuleExplorer(*question)
        expected = {name: getattr(explorer, name) for name in ("expected", "honest", "least")}
        expected |= explorer.costs | explorer.best
        infinite += np.isinf(answer["expected"])
        assert answer == pytest.approx(expected, rel=1e-12, abs=1e-15), question
    assert infinite == 8
