"""Two bumps moved apart: both divergences, their slopes, and Python against JavaScript."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from lossutils.widgets import BumpsExplorer

DISTANCES = (0.0, 0.1, 1.0, 2.7, 6.0, 12.0)


@pytest.mark.parametrize("distance", DISTANCES)
def test_both_divergences_are_those_of_scipy(distance):
    explorer = BumpsExplorer(distance)
    assert explorer.kl == pytest.approx(entropy(explorer.p, explorer.q), rel=1e-12, abs=1e-15)
    js = jensenshannon(explorer.p, explorer.q) ** 2
    assert explorer.js == pytest.approx(js, rel=1e-9, abs=1e-12)
    # As between two normal distributions; on these outcomes alone, nearly.
    assert explorer.kl == pytest.approx(distance**2 / 2, abs=1e-7)


@pytest.mark.parametrize("distance", DISTANCES[1:-1])
def test_the_slopes_are_those_of_the_curves(distance):
    before, here, after = (BumpsExplorer(distance + step) for step in (-1e-5, 0, 1e-5))
    assert here.kl_slope == pytest.approx((after.kl - before.kl) / 2e-5, rel=1e-6)
    assert here.js_slope == pytest.approx((after.js - before.js) / 2e-5, rel=1e-5, abs=1e-9)


def test_js_levels_off_and_kl_does_not():
    near, far, farthest = (BumpsExplorer(distance) for distance in (2, 8, 12))
    assert near.js < far.js < farthest.js < np.log(2)
    assert far.js_slope < near.js_slope / 1000
    assert far.kl_slope > 3.9 * near.kl_slope


def test_javascript_computes_the_same(javascript):
    outcomes = BumpsExplorer.constants["outcomes"]
    results = javascript("bumps/math.js", "apart", [(outcomes, d) for d in DISTANCES])
    for distance, answer in zip(DISTANCES, results, strict=True):
        explorer = BumpsExplorer(distance)
        np.testing.assert_allclose(answer["p"], explorer.p, rtol=1e-12)
        np.testing.assert_allclose(answer["q"], explorer.q, rtol=1e-12)
        for name, here in {
            "kl": explorer.kl,
            "js": explorer.js,
            "klSlope": explorer.kl_slope,
            "jsSlope": explorer.js_slope,
        }.items():
            assert answer[name] == pytest.approx(here, rel=1e-11, abs=1e-14)
