"""The explorer of a joint table: the chapter's numbers, SciPy's, and the page's against Python's."""

import itertools

import numpy as np
import pytest
import scipy.stats

from lossutils.widgets import JointTableExplorer

READ_OUT = {
    "entropy_x": "x",
    "entropy_y": "y",
    "joint_entropy": "both",
    "y_given_x": "yGivenX",
    "x_given_y": "xGivenY",
    "mutual_information": "shared",
}
SHARES = (0.0, 1e-9, 0.125, 0.3, 0.5, 0.75, 1.0)
EVERY = list(itertools.product(SHARES, repeat=3))


def test_the_table_of_the_chapter():
    explorer = JointTableExplorer()
    assert explorer.joint.tolist() == [[3 / 8, 1 / 8], [1 / 16, 7 / 16]]
    values = [round(getattr(explorer, name), 4) for name in READ_OUT]
    assert values == [0.6931, 0.6853, 1.1627, 0.4696, 0.4774, 0.2158]


def test_the_entropies_are_those_of_the_table():
    explorer = JointTableExplorer()
    for rain, if_rain, if_dry in EVERY:
        explorer.rain, explorer.if_rain, explorer.if_dry = rain, if_rain, if_dry
        joint = explorer.joint
        assert joint.sum() == pytest.approx(1, abs=1e-15)
        assert joint.sum(axis=1) == pytest.approx([rain, 1 - rain], abs=1e-15)
        assert joint[:, 0] == pytest.approx([rain * if_rain, (1 - rain) * if_dry], abs=1e-15)
        h_x, h_y = (scipy.stats.entropy(joint.sum(axis=axis)) for axis in (1, 0))
        both = scipy.stats.entropy(joint.ravel())
        expected = [h_x, h_y, both, both - h_x, both - h_y, h_x + h_y - both]
        values = [getattr(explorer, name) for name in READ_OUT]
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-14)


def test_the_page_computes_the_same(javascript):
    found = javascript("joint_table/math.js", "parts", EVERY)
    explorer = JointTableExplorer()
    for settings, page in zip(EVERY, found, strict=True):
        explorer.rain, explorer.if_rain, explorer.if_dry = settings
        np.testing.assert_allclose(page["joint"], explorer.joint, rtol=0, atol=1e-15)
        for name, own in READ_OUT.items():
            assert page[own] == pytest.approx(getattr(explorer, name), rel=1e-12, abs=1e-15), name
