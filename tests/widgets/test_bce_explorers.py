"""Binary cross-entropy's explorers: Python against PyTorch, JavaScript against Python."""

import math
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossutils import entropy
from lossutils.widgets import BCEExplorer, ClampExplorer

LOGITS = [-8.0, -3.21, -0.5, 0.0, 0.6758, 2.0, 8.0]
TARGETS = [0.0, 0.01, 0.3, 0.5, 0.9, 1.0]
WEIGHTS = [0.1, 1.0, 3.7, 10.0]


def tensor(value, **options):
    return torch.tensor(value, dtype=torch.float64, **options)


# --- The loss and its floor -----------------------------------------------------------------


def test_the_example_of_the_chapter():
    explorer = BCEExplorer()
    assert (explorer.logit, explorer.target, explorer.pos_weight) == (0.6758, 0.9, 1)
    assert round(explorer.q, 4) == 0.6628
    assert round(explorer.loss, 4) == 0.4789
    assert round(explorer.floor, 4) == 0.3251
    assert explorer.gradient == pytest.approx(explorer.q - 0.9, abs=1e-15)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("target", TARGETS)
def test_loss_and_gradient_are_pytorchs(target, weight):
    explorer = BCEExplorer(target=target, pos_weight=weight)
    for logit in LOGITS:
        explorer.logit = logit
        z = tensor(logit, requires_grad=True)
        loss = F.binary_cross_entropy_with_logits(z, tensor(target), pos_weight=tensor(weight))
        (slope,) = torch.autograd.grad(loss, z)
        assert explorer.loss == pytest.approx(loss.item(), rel=1e-12, abs=1e-14)
        assert explorer.two_class == pytest.approx(explorer.loss, rel=1e-12, abs=1e-14)
        assert explorer.gradient == pytest.approx(slope.item(), abs=1e-14)
        assert explorer.q == pytest.approx(torch.sigmoid(z).item(), rel=1e-14)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("target", TARGETS)
def test_no_logit_goes_below_the_floor_and_one_reaches_it(target, weight):
    explorer = BCEExplorer(0.0, target, weight)
    for explorer.logit in np.arange(-16, 17) / 2:
        assert explorer.loss >= explorer.floor
    if abs(explorer.best) <= 8:
        explorer.logit = explorer.best
        assert explorer.loss == explorer.floor
        assert explorer.gradient == pytest.approx(0, abs=1e-14)
        assert explorer.q == pytest.approx(weight * target / (weight * target + 1 - target))


@pytest.mark.parametrize("target", TARGETS)
def test_without_a_weight_the_floor_is_the_entropy_of_the_target(target):
    floor = BCEExplorer(target=target).floor
    assert floor == pytest.approx(entropy([target, 1 - target]), abs=1e-14)


def test_a_hard_target_has_its_floor_at_infinity():
    assert (BCEExplorer(target=1).best, BCEExplorer(target=0).best) == (math.inf, -math.inf)
    assert BCEExplorer(target=1, pos_weight=5).floor == BCEExplorer(target=0).floor == 0


# --- In float32 -----------------------------------------------------------------------------

WIDE = np.unique(
    np.concatenate([np.arange(-120, 120.5, 0.5), np.arange(-29, -27, 0.05), np.arange(9, 17, 0.05)])
).astype(np.float32)


def with_logits(z, t):
    return F.binary_cross_entropy_with_logits(z, t, reduction="none")


def bce(z, t):
    return F.binary_cross_entropy(torch.sigmoid(z), t, reduction="none")


def naive(z, t):
    q = torch.sigmoid(z)
    return -(t * q.log() + (1 - t) * (1 - q).log())


# PyTorch's loss from logits comes as a difference of numbers as large as z.
PYTORCH = {"bce_with_logits": (with_logits, 1e-6), "bce": (bce, 1e-38), "naive": (naive, 1e-38)}


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("way", PYTORCH)
def test_each_way_breaks_where_pytorchs_does(way, target):
    function, rounding = PYTORCH[way]
    z = torch.tensor(WIDE, requires_grad=True)
    losses = function(z, torch.full_like(z, float(target)))
    (slopes,) = torch.autograd.grad(losses.sum(), z)
    explorer = ClampExplorer(target=target)
    ours = []
    for logit in WIDE:
        explorer.logit = float(logit)
        ours.append((getattr(explorer.losses, way), getattr(explorer.gradients, way)))
    # A float32 exponential is right to a digit in the last place, or two.
    expected = losses.detach().numpy()
    np.testing.assert_allclose([o[0] for o in ours], expected, rtol=1e-6, atol=rounding)
    np.testing.assert_allclose([o[1] for o in ours], slopes.numpy(), rtol=1e-6, atol=1e-38)


def test_the_clamp_bites_and_the_gradient_dies():
    explorer = ClampExplorer(-30, 1)
    assert (explorer.bce_with_logits, explorer.bce) == (30, 30)
    assert explorer.gradients.bce_with_logits == -1
    assert explorer.gradients.bce == pytest.approx(-0.0936, abs=1e-4)
    explorer.logit = -100.5
    assert explorer.q == 0
    assert (explorer.bce_with_logits, explorer.bce, explorer.naive) == (100.5, 100, math.inf)
    assert explorer.gradients[:2] == (-1, 0)
    assert math.isnan(explorer.gradients.naive)
    explorer.target, explorer.logit = 0, 17
    assert explorer.q == 1
    assert (explorer.bce_with_logits, explorer.bce, explorer.naive) == (17, 100, math.inf)
    assert explorer.gradients[:2] == (1, 0)


def test_the_naive_form_is_nan_where_the_model_is_right():
    assert math.isnan(ClampExplorer(17, 1).naive)
    assert math.isnan(ClampExplorer(-89, 0).naive)
    assert ClampExplorer(17, 1).bce == 0


def test_the_figure_computes_what_python_computes(javascript):
    places = list(product(LOGITS, TARGETS, WEIGHTS))
    losses, slopes = (javascript("bce/math.js", name, places) for name in ("loss", "slope"))
    floors = javascript("bce/math.js", "floor", [place[1:] for place in places])
    one = BCEExplorer()
    for place, loss, slope, floor in zip(places, losses, slopes, floors, strict=True):
        one.logit, one.target, one.pos_weight = place
        expected = [one.loss, one.gradient, one.best, one.floor]
        assert [loss, slope, floor["z"], floor["loss"]] == pytest.approx(
            expected, rel=1e-12, abs=1e-14
        )


def test_the_figure_rounds_to_float32_as_python_does(javascript):
    places = [(float(z), t) for z in WIDE[::3] for t in (0, 1)]
    explorer = ClampExplorer()
    for (z, t), answer in zip(
        places, javascript("clamp/math.js", "inFloat32", places), strict=True
    ):
        explorer.logit, explorer.target = z, t
        ways = [answer[way] for way in ("withLogits", "bce", "naive")]
        losses, slopes = ([way[name] for way in ways] for name in ("loss", "slope"))
        expected = [explorer.q, *explorer.losses, *explorer.gradients]
        # Both round the same to float32, save where two float64 results fall either side of a tie.
        np.testing.assert_allclose([answer["q"], *losses, *slopes], expected, rtol=2.4e-7, atol=0)
        assert not np.signbit(losses).any()
