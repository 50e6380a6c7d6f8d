"""Four logits through sigmoids and through one softmax: values, gradients, Python against JavaScript."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossutils.widgets import ManyLabelsExplorer
from lossutils.widgets.explorers.many_labels import PRESENT

LOGITS = [(4.0, 3.0, 2.0, -3.0), (0.0, 0.0, 0.0, 0.0), (-8.0, 8.0, 0.5, 8.0)]


@pytest.mark.parametrize("logits", LOGITS)
def test_losses_and_gradients_are_pytorchs(logits):
    explorer = ManyLabelsExplorer(logits)
    target = torch.tensor(PRESENT)
    for loss, gradient, function in [
        (explorer.bce, explorer.bce_gradient, F.binary_cross_entropy_with_logits),
        (explorer.cross_entropy, explorer.cross_entropy_gradient, F.cross_entropy),
    ]:
        z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        wanted = target / target.sum() if function is F.cross_entropy else target
        theirs = function(z, wanted)
        theirs.backward()
        assert loss == pytest.approx(theirs.item(), rel=1e-12)
        np.testing.assert_allclose(gradient, z.grad, rtol=1e-12, atol=1e-15)


def test_only_the_softmax_makes_the_labels_compete():
    explorer = ManyLabelsExplorer((8, 8, 8, -8))
    assert explorer.sum_of_sigmoids == pytest.approx(3, abs=2e-3)
    assert explorer.shares.sum() == pytest.approx(1)
    assert explorer.bce < 1e-3
    assert explorer.floor == pytest.approx(math.log(3))
    assert explorer.floor < explorer.cross_entropy < explorer.floor + 1e-6


def test_javascript_computes_the_same(javascript):
    calls = [(z, PRESENT.tolist()) for z in LOGITS]
    for z, answer in zip(LOGITS, javascript("many_labels/math.js", "answers", calls), strict=True):
        explorer = ManyLabelsExplorer(z)
        for name, ours in {
            "sigmoids": explorer.sigmoids,
            "shares": explorer.shares,
            "sum": explorer.sum_of_sigmoids,
            "bce": explorer.bce,
            "ce": explorer.cross_entropy,
            "floor": explorer.floor,
            "bceGradient": explorer.bce_gradient,
            "ceGradient": explorer.cross_entropy_gradient,
        }.items():
            np.testing.assert_allclose(answer[name], ours, rtol=1e-12, atol=1e-14)
