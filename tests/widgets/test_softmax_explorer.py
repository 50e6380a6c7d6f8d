"""The explorer of softmax and its loss: what it shows, what it refuses, and Python against JavaScript."""

import math

import numpy as np
import pytest
import torch

from lossutils.widgets import SoftmaxExplorer

LOGIT, TEMPERATURE = (-6.0, 6.0), (0.1, 10.0)
TORCH = {
    "none": lambda u: u,
    "sigmoid": torch.sigmoid,
    "softmax": lambda u: torch.softmax(u, 0),
}


def settings(count, seed=4):
    """Yield random settings, with the ends of every slider among them."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        classes = int(rng.integers(2, 5))
        logits = np.round(rng.uniform(*LOGIT, classes), 1)
        temperature = 10 ** rng.uniform(-1, 1)
        if n % 5 == 0:
            logits = rng.choice(LOGIT, classes)
            temperature = float(rng.choice(TEMPERATURE))
        yield {
            "logits": logits.tolist(),
            "target": int(rng.integers(classes)),
            "temperature": float(temperature),
            "activation": list(TORCH)[n % 3],
        }


def test_values_and_gradient_are_pytorchs():
    for setting in settings(150):
        explorer = SoftmaxExplorer(**setting)
        z = torch.tensor(setting["logits"], dtype=torch.float64, requires_grad=True)
        fed = TORCH[setting["activation"]](z / setting["temperature"])
        loss = torch.nn.functional.cross_entropy(fed, torch.tensor(setting["target"]))
        (gradient,) = torch.autograd.grad(loss, z)
        np.testing.assert_allclose(explorer.fed, fed.detach(), rtol=1e-14, atol=1e-16)
        np.testing.assert_allclose(explorer.q, torch.softmax(fed, 0).detach(), rtol=1e-12)
        assert explorer.loss == pytest.approx(loss.item(), rel=1e-13, abs=1e-13)
        np.testing.assert_allclose(explorer.gradient, gradient, rtol=1e-10, atol=1e-14)


def test_the_gradient_is_q_minus_the_one_hot_target():
    explorer = SoftmaxExplorer()
    assert explorer.loss == pytest.approx(0.4170300162778336, abs=1e-15)
    np.testing.assert_allclose(explorer.gradient, explorer.q - [1, 0, 0], rtol=0, atol=0)
    assert explorer.floor == 0


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
@pytest.mark.parametrize(("classes", "floor"), [(2, 0.3133), (3, 0.5514), (4, 0.7437)])
def test_an_activation_puts_a_floor_under_the_loss(activation, classes, floor):
    logits = [LOGIT[1]] + [LOGIT[0]] * (classes - 1)
    explorer = SoftmaxExplorer(logits, temperature=TEMPERATURE[0], activation=activation)
    assert round(explorer.floor, 4) == floor
    assert explorer.floor == pytest.approx(math.log(1 + (classes - 1) / math.e), rel=1e-15)
    # Nothing is more certain than this, and the loss is no lower.
    assert explorer.loss == pytest.approx(explorer.floor, rel=1e-12)
    explorer.activation = "none"
    assert explorer.loss < 1e-50
    assert explorer.floor == 0


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_no_loss_is_below_the_floor_of_its_activation(activation):
    for setting in settings(150):
        explorer = SoftmaxExplorer(**setting | {"activation": activation})
        assert explorer.loss >= explorer.floor - 1e-12


def test_the_number_of_classes_cannot_change():
    with pytest.raises(ValueError, match=r"logits must hold 2 to 4 numbers, got shape \(5,\)"):
        SoftmaxExplorer((1, 2, 3, 4, 5))
    explorer = SoftmaxExplorer((1, 2))
    with pytest.raises(ValueError, match=r"logits must hold 2 numbers, got shape \(3,\)"):
        explorer.logits = (1, 2, 3)


def test_there_is_a_slider_for_each_logit_and_a_button_for_each_class():
    explorer = SoftmaxExplorer((1, -2, 0.5, 3), 2)
    assert explorer.controls["target_index"].options == ("0", "1", "2", "3")
    controls = ["z_0", "z_1", "temperature", "target_index", "activation_index"]
    assert list(SoftmaxExplorer((1, 2)).controls) == controls
    with pytest.raises(ValueError, match="target must be one of 0, 1, got 2"):
        SoftmaxExplorer((1, 2), 2)


def test_javascript_computes_the_same(javascript):
    asked = list(settings(200, seed=5))
    given = [({"z": setting["logits"], **setting},) for setting in asked]
    outcomes = javascript("softmax/math.js", "outcome", given)
    for setting, answer in zip(asked, outcomes, strict=True):
        explorer = SoftmaxExplorer(**setting)
        for name in ("fed", "q", "loss", "gradient", "floor"):
            expected = getattr(explorer, name)
            np.testing.assert_allclose(answer[name], expected, rtol=1e-12, atol=1e-12)
