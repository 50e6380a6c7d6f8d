"""A curve to guess: what it is made from, what it refuses, and how the page measures a drawing."""

import numpy as np
import pytest

from lossutils import binary_cross_entropy_with_logits, surprisal
from lossutils.widgets import Guess

GIVEN = {
    "places": (0.1, 0.5, 1.0),
    "limits": (0, 3),
    "start": 1,
    "labels": ("q", "loss, in nats"),
}


def guess(curve=surprisal, **changes):
    return Guess("What does −log q cost?", curve, "It falls.", **{**GIVEN, **changes})


def test_the_curve_goes_through_its_heights():
    one = guess()
    curve = dict(map(tuple, one._curve))
    np.testing.assert_allclose([curve[x] for x in one.places], one.heights, atol=1e-6)
    np.testing.assert_allclose(one.heights, -np.log(one.places))
    xs = np.array(list(curve))
    np.testing.assert_allclose(list(curve.values()), -np.log(xs), atol=2e-5)
    assert len(xs) > 20
    assert (np.diff(xs) > 0).all()


def test_a_curve_may_be_known_at_its_places_alone():
    one = guess([2.0, 1.0, 0.5])
    assert one.heights == [2.0, 1.0, 0.5]
    assert one._curve == [[0.1, 2.0], [0.5, 1.0], [1.0, 0.5]]


def test_a_curve_may_be_a_loss():
    one = guess(lambda z: binary_cross_entropy_with_logits(z, 1.0), places=(-1, 0, 1))
    np.testing.assert_allclose(one.heights, np.log1p(np.exp([1, 0, -1])))


@pytest.mark.parametrize(
    ("kind", "said", "changes"),
    [
        (ValueError, "places must be 2 to 9 numbers that ascend", {"places": (0.5, 0.1)}),
        (ValueError, "places must be 2 to 9", {"places": (0.5,)}),
        (ValueError, "places must lie a twelfth", {"places": (0.1, 0.15, 1)}),
        (TypeError, "places must hold numbers, got", {"places": ("a", "b")}),
        (ValueError, "curve must hold finite numbers", {"places": (0, 0.5)}),
        (ValueError, "curve must lie within limits 0.0 and 2.0, got 2.30", {"limits": (0, 2)}),
        (ValueError, "start must lie within limits", {"start": 4}),
        (ValueError, "limits must be the least and the greatest", {"limits": (3, 0)}),
        (ValueError, "curve must have a height for each of the 3", {"curve": [1.0, 2.0]}),
        (TypeError, "decimals must be a whole number", {"decimals": 1.5}),
        (ValueError, r"decimals must be in \[0, 6\]", {"decimals": 7}),
    ],
)
def test_what_cannot_be_drawn_is_refused(kind, said, changes):
    with pytest.raises(kind, match=said):
        guess(**changes)


def test_a_drawing_is_measured(javascript):
    drawings = [[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 1.5, 3.0]]
    heights = [2.0, 1.0, 0.5]
    found = javascript("guess/math.js", "gap", [(drawn, heights) for drawn in drawings])
    apart = np.abs(np.array(drawings) - heights)
    np.testing.assert_allclose([each["mean"] for each in found], apart.mean(axis=1))
    assert [each["worst"] for each in found] == apart.argmax(axis=1).tolist()


def test_keys_move_a_point_by_a_round_step(javascript):
    limits = [(0, 3), (0, 0.8), (0, 1.2), (0, 1), (-2, 2), (0, 100), (0, 500)]
    steps = np.array(javascript("guess/math.js", "stepOf", [(pair,) for pair in limits]))
    assert {float(f"{step:e}".partition("e")[0]) for step in steps} <= {1.0, 2.0, 5.0}
    shares = steps / [high - low for low, high in limits]
    assert shares.max() <= 0.0201
    assert shares.min() >= 0.008
