"""The focal loss in expectation: its minimiser, the way back, and Python against JavaScript."""

import numpy as np
import pytest
import torch

from lossutils import focal_loss
from lossutils.widgets import FocalExplorer
from lossutils.widgets.explorers.focal import expected, undone

PROBABILITIES = (0.01, 0.1, 0.3, 0.5, 0.77, 0.99)
GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)
PLACES = [(p, gamma) for p in PROBABILITIES for gamma in GAMMAS]


def in_lossutils(q, p, gamma):
    q = torch.as_tensor(q, dtype=torch.float64)
    z = torch.stack([torch.log1p(-q), q.log()], dim=-1)
    ones = torch.ones(q.shape, dtype=torch.int64)
    losses = [focal_loss(z, y, gamma=gamma, reduction="none") for y in (0 * ones, ones)]
    return (1 - p) * losses[0] + p * losses[1]


@pytest.mark.parametrize(("p", "gamma"), PLACES)
def test_no_other_q_has_a_smaller_expected_focal_loss(p, gamma):
    explorer = FocalExplorer(p, gamma)
    grid = np.linspace(0.0005, 0.9995, 1999)
    losses = in_lossutils(grid, p, gamma)
    assert explorer.least == pytest.approx(float(in_lossutils(explorer.best, p, gamma)), rel=1e-12)
    assert explorer.honest == pytest.approx(float(in_lossutils(p, p, gamma)), rel=1e-12)
    assert explorer.least <= losses.min() + 1e-15
    assert abs(grid[losses.argmin()] - explorer.best) < 0.0006
    np.testing.assert_allclose([expected(q, p, gamma) for q in grid], losses, rtol=1e-12)


def test_without_gamma_the_honest_q_is_best():
    for p in PROBABILITIES:
        assert FocalExplorer(p, 0).best == pytest.approx(p, rel=1e-14)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_p_rises_with_q_so_that_one_q_is_best_and_leads_back(gamma):
    grid = np.linspace(0.001, 0.999, 999)
    there = [undone(q, gamma) for q in grid]
    assert np.all(np.diff(there) > 0)
    for p in PROBABILITIES:
        assert undone(FocalExplorer(p, gamma).best, gamma) == pytest.approx(p, rel=1e-12)


def test_javascript_computes_the_same(javascript):
    explorers = [FocalExplorer(*place) for place in PLACES]
    best = [explorer.best for explorer in explorers]
    np.testing.assert_allclose(javascript("focal/math.js", "best", PLACES), best, rtol=1e-12)
    asked = [(q, *place) for q, place in zip(best, PLACES, strict=True)]
    least = [explorer.least for explorer in explorers]
    np.testing.assert_allclose(javascript("focal/math.js", "expected", asked), least, rtol=1e-12)
