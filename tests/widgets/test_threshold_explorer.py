"""The explorer of the threshold: its rates against SciPy and a sample, its optimum by search."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from lossutils.widgets import ThresholdExplorer

CASES = list(itertools.product((0.01, 0.1, 0.5, 0.99), (1.0, 9.0), (0.01, 0.1, 0.5), (1.0, 2.5)))


def posterior(score: Any, rare: float, apart: float) -> Any:
    """Return the rare class's probability at a score, by Bayes' rule."""
    both = rare * norm.pdf(score, apart), (1 - rare) * norm.pdf(score)
    return both[0] / (both[0] + both[1])


def test_recall_precision_and_cost_on_a_sample() -> None:
    generator = np.random.default_rng(0)
    y = generator.random(100_000) < 0.1
    q = posterior(generator.normal(size=y.size) + 2 * y, 0.1, 2)
    for threshold in (0.1, 0.5, 0.8):
        explorer = ThresholdExplorer(threshold)
        called = q > threshold
        for told, sample in (
            (explorer.recall, called[y]),
            (explorer.false_alarms, called[~y]),
            (explorer.precision, y[called]),
            (explorer.cost, np.where(y, 9 * ~called, called)),
        ):
            error = sample.std() / np.sqrt(sample.size)
            assert abs(told - sample.mean()) < 4 * error


def test_rates_at_the_score_where_q_is_the_threshold() -> None:
    for threshold, miss, rare, apart in CASES:
        explorer = ThresholdExplorer(threshold, miss, rare, apart)
        cut = brentq(lambda s, r=rare, a=apart, t=threshold: posterior(s, r, a) - t, -15, 15)
        assert explorer.recall == pytest.approx(norm.sf(cut, apart), rel=1e-9)
        assert explorer.false_alarms == pytest.approx(norm.sf(cut), rel=1e-9)


def test_no_place_for_the_line_costs_less_than_the_best() -> None:
    cuts = np.linspace(-8, 12, 200_001)
    for miss, rare, apart in itertools.product((1.0, 4.0, 50.0), (0.01, 0.1, 0.5), (1.0, 2.0, 4.0)):
        explorer = ThresholdExplorer(0.5, miss, rare, apart)
        costs = miss * rare * norm.cdf(cuts, apart) + (1 - rare) * norm.sf(cuts)
        assert explorer.least == pytest.approx(costs.min(), rel=1e-7)
        assert posterior(cuts[costs.argmin()], rare, apart) == pytest.approx(
            explorer.best, rel=1e-3
        )


def test_javascript_agrees(javascript: Callable[..., Any]) -> None:
    given = [(t, {"rare": rare, "apart": apart, "miss": miss}) for t, miss, rare, apart in CASES]
    for (t, miss, rare, apart), told in zip(
        CASES, javascript("threshold/math.js", "outcome", given), strict=True
    ):
        explorer = ThresholdExplorer(t, miss, rare, apart)
        for name, key in {"recall": "recall", "precision": "precision", "cost": "cost"}.items():
            assert told[key] == pytest.approx(getattr(explorer, name), rel=1e-12)
        assert told["falseAlarms"] == pytest.approx(explorer.false_alarms, rel=1e-12)


def test_the_normal_tail_in_javascript(javascript: Callable[..., Any]) -> None:
    x = np.concatenate([np.linspace(-9, 19, 113), [2.4999, 2.5]])
    tails = javascript("threshold/math.js", "above", [[value] for value in x])
    np.testing.assert_allclose(tails, norm.sf(x), rtol=2e-12)
