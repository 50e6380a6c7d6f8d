"""The explorer of gradient descent: what it shows, and Python against JavaScript."""

import itertools

import numpy as np
import pytest
import torch

from lossutils import kl_divergence
from lossutils.widgets import FitExplorer
from lossutils.widgets.explorers.fit import DIRECTIONS, FAMILIES, FREE, STEPS, WIDTH

STARTS = np.round(np.arange(15, 56) / 10, 1).tolist()  # all places of the slider
RATES = FitExplorer.rate.low, FitExplorer.rate.high
HUMPS = (2.0, 4.75)


def at_the_end(**settings):
    return FitExplorer(step=STEPS, **settings)


def goal(explorer):
    return explorer.kl_pq if explorer.direction == "forward" else explorer.kl_qp


def test_the_values_are_those_of_lossutils():
    explorer = FitExplorer("reverse", start=2.5, step=7)
    assert explorer.p.sum() == pytest.approx(1, abs=1e-14)
    assert explorer.q.sum() == pytest.approx(1, abs=1e-14)
    assert explorer.q.shape == explorer.p.shape == explorer.outcomes.shape == (29,)
    assert explorer.kl_pq == kl_divergence(explorer.p, explorer.q)
    assert explorer.kl_qp == kl_divergence(explorer.q, explorer.p)
    hump = np.exp(-(((explorer.outcomes - explorer.mean) / explorer.width) ** 2) / 2)
    np.testing.assert_allclose(explorer.q, hump / hump.sum(), rtol=1e-12)


def test_q_begins_where_it_is_told_to():
    explorer = FitExplorer(start=4.2)
    assert (explorer.mean, explorer.width) == (4.2, WIDTH["hump"])
    explorer.start = 2
    assert explorer.mean == 2
    assert explorer.outcomes[np.argmax(explorer.q)] == 2


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_step_goes_down_the_gradient_that_pytorch_finds(direction, family):
    explorer = FitExplorer(direction, family, rate=0.07, start=3.3)
    x, p = torch.tensor(explorer.outcomes), torch.tensor(explorer.p)
    mean = torch.tensor(3.3, dtype=torch.float64)
    log_width = torch.tensor(WIDTH[family], dtype=torch.float64).log()
    z = -(((x - mean) / log_width.exp()) ** 2) / 2
    for step in range(20):
        if family == "hump":
            parameters, rate = [mean.requires_grad_(), log_width.requires_grad_()], 0.07
            z = -(((x - mean) / log_width.exp()) ** 2) / 2
        else:
            parameters, rate = [z.requires_grad_()], 0.07 * FREE
        q = torch.softmax(z, 0)
        explorer.step = step
        np.testing.assert_allclose(explorer.q, q.detach().numpy(), rtol=0, atol=1e-12)
        loss = kl_divergence(p, q) if direction == "forward" else kl_divergence(q, p)
        slopes = torch.autograd.grad(loss, parameters)
        moved = [(v - rate * slope).detach() for v, slope in zip(parameters, slopes, strict=True)]
        if family == "hump":
            mean, log_width = moved
        else:
            (z,) = moved


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_step_from_any_start_increases_the_divergence(direction, family, rate):
    for start in STARTS[::8]:
        losses = at_the_end(direction=direction, family=family, rate=rate, start=start).losses()
        assert losses.shape == (STEPS + 1,)
        assert np.all(np.diff(losses) <= 1e-12), start


@pytest.mark.slow
@pytest.mark.parametrize("start", STARTS)
def test_forward_covers_both_humps_and_reverse_locks_on_one(start):
    forward = at_the_end(direction="forward", start=start)
    assert HUMPS[0] < forward.mean - 0.5 < forward.mean + 0.5 < HUMPS[1]
    assert forward.width > 1.3
    for hump in HUMPS:
        assert forward.q[forward.outcomes == hump] > 0.03
    reverse = at_the_end(direction="reverse", start=start)
    assert reverse.width < 0.6
    locked = 0 if start < 2.75 else 1
    assert reverse.mean == pytest.approx(HUMPS[locked], abs=0.05)
    assert reverse.q[reverse.outcomes == HUMPS[1 - locked]] < 1e-5


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("start", [1.5, 3.0, 5.5])
def test_free_logits_reach_p(direction, start, rate):
    explorer = at_the_end(direction=direction, family="free", rate=rate, start=start)
    assert goal(explorer) < 1e-3
    assert np.isnan(explorer.mean)
    assert np.isnan(explorer.width)


def test_the_same_settings_give_the_same_q_however_they_were_reached():
    one = FitExplorer("reverse", "free", rate=0.06, start=2.0, step=50)
    other = FitExplorer(step=200)
    assert other.kl_pq > 0.5
    other.direction, other.family, other.rate, other.start = "reverse", "free", 0.06, 2.0
    other.step = 50
    assert np.array_equal(one.q, other.q)
    settings = (other.direction, other.family, other.rate, other.start, other.step)
    assert settings == ("reverse", "free", 0.06, 2.0, 50)


def test_values_read_are_copies():
    explorer = FitExplorer()
    explorer.p[:] = 0
    explorer.outcomes[:] = 0
    explorer.q[:] = 0
    assert explorer.p.sum() == pytest.approx(1)
    assert explorer.q.sum() == pytest.approx(1)
    assert explorer.outcomes.max() == 7


@pytest.mark.slow
def test_javascript_takes_the_same_path(javascript):
    choices = itertools.product(DIRECTIONS, FAMILIES, RATES, STARTS[::20])
    asked = [
        {"direction": direction, "family": family, "rate": rate, "start": start}
        for direction, family, rate, start in choices
    ]
    np.testing.assert_allclose(javascript("fit/math.js", "P"), FitExplorer().p, rtol=1e-12)
    assert javascript("fit/math.js", "X") == FitExplorer().outcomes.tolist()
    ways = javascript("fit/math.js", "path", [(one,) for one in asked], then=[STEPS])
    assert len(ways) == len(asked) == 24
    for settings, points in zip(asked, ways, strict=True):
        explorer = at_the_end(**settings)
        assert len(points) == STEPS + 1
        losses = [point["pq" if explorer.direction == "forward" else "qp"] for point in points]
        np.testing.assert_allclose(losses, explorer.losses(), rtol=0, atol=1e-9)
        for step in (0, 1, 17, 100, STEPS):
            explorer.step, point = step, points[step]
            np.testing.assert_allclose(point["q"], explorer.q, rtol=0, atol=1e-9)
            assert point["pq"] == pytest.approx(explorer.kl_pq, rel=0, abs=1e-9)
            assert point["qp"] == pytest.approx(explorer.kl_qp, rel=0, abs=1e-9)
            if explorer.family == "hump":
                assert point["mean"] == pytest.approx(explorer.mean, rel=0, abs=1e-9)
                assert point["width"] == pytest.approx(explorer.width, rel=0, abs=1e-9)
