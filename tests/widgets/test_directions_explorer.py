"""The explorer of both directions: each hump is the one that its divergence alone would lead to."""

import numpy as np
import pytest

from lossutils import kl_divergence
from lossutils.widgets import DirectionsExplorer, FitExplorer
from lossutils.widgets.explorers.directions import RATE

PLACES = [(start, step) for start in (1.5, 2.7, 5.5) for step in (0, 1, 40, 300)]


@pytest.mark.parametrize(("start", "step"), PLACES)
def test_each_hump_is_that_of_the_explorer_of_one_fit(start, step):
    both = DirectionsExplorer(start=start, step=step)
    for k, direction in enumerate(("forward", "reverse")):
        one = FitExplorer(direction, "hump", rate=RATE, start=start, step=step)
        q = getattr(both, f"{direction}_q")
        np.testing.assert_allclose(q, one.q, rtol=1e-14)
        pair = (one.p, q) if direction == "forward" else (q, one.p)
        assert getattr(both, direction) == pytest.approx(kl_divergence(*pair), rel=1e-14)
        assert (both.means[k], both.widths[k]) == (one.mean, one.width)


def test_forward_covers_both_humps_and_reverse_locks_on_one():
    left, right = (DirectionsExplorer(start=start, step=300) for start in (1.5, 5.5))
    for both in (left, right):
        assert both.widths[0] > 1.3 > 0.6 > both.widths[1]
        assert 2.5 < both.means[0] < 4.25
    assert left.means[1] == pytest.approx(2, abs=0.05)
    assert right.means[1] == pytest.approx(4.75, abs=0.05)


def test_values_read_are_copies():
    both = DirectionsExplorer()
    both.p[:] = both.outcomes[:] = 0
    assert both.p.sum() == pytest.approx(1)
    assert both.outcomes.max() == 7


def test_javascript_takes_the_same_paths(javascript):
    (rate,) = {RATE, javascript("directions/math.js", "RATE")}
    names = ("forward", "reverse")
    asked = [{"direction": name, "family": "hump", "rate": rate, "start": 2.7} for name in names]
    ways = javascript("directions/math.js", "path", [(one,) for one in asked], then=[300])
    both = DirectionsExplorer(start=2.7, step=300)
    for name, key, points in zip(names, ("pq", "qp"), ways, strict=True):
        np.testing.assert_allclose(points[300]["q"], getattr(both, f"{name}_q"), atol=1e-9)
        assert points[300][key] == pytest.approx(getattr(both, name), abs=1e-9)
