"""torch.func, FakeTensors and exports handle our functions as they handle PyTorch's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch._subclasses import FakeTensorMode
from torch.nn import functional as F

import lossutils as L

Function = Callable[..., torch.Tensor]

pytestmark = [
    # PyTorch's own rules for forward derivatives are still written for TorchScript.
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning"),
    # Strict export instantiates each autograd.Function.
    pytest.mark.filterwarnings("ignore:.* should not be instantiated:DeprecationWarning"),
]

Y = torch.tensor([0, 2, 1, 1])
Z = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
P, T = torch.softmax(Z, -1), torch.softmax(Z.flip(0), -1)
MATRIX = torch.randn(3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def focal(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    log_q = F.log_softmax(z, -1).gather(-1, y.unsqueeze(-1)).squeeze(-1)
    return (-((1 - log_q.exp()) ** 2) * log_q).mean()


def kl(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return (p * (p / q).log()).sum(-1)


def js(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


JOINT = torch.softmax(Z.flatten(), 0).reshape(1, 4, 3)


def h(p: torch.Tensor, *axes: int) -> torch.Tensor:
    return -(p * p.log()).sum(axes)


# Our function, PyTorch's equivalent, and two arguments; the first is differentiated.
FUNCTIONS: dict[str, tuple[Function, Function, torch.Tensor, torch.Tensor]] = {
    "cross_entropy_loss": (L.cross_entropy_loss, F.cross_entropy, Z, Y),
    "smoothed": (
        lambda z, y: L.cross_entropy_loss(z, y, label_smoothing=0.1),
        lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1),
        Z,
        Y,
    ),
    "probabilities": (L.cross_entropy_loss, F.cross_entropy, Z, T),
    "nll_loss": (L.nll_loss, F.nll_loss, Z, Y),
    "focal_loss": (L.focal_loss, focal, Z, Y),
    "linear_cross_entropy": (
        lambda h, y: L.linear_cross_entropy(h, MATRIX, y),
        lambda h, y: F.cross_entropy(h @ MATRIX.T, y),
        Z,
        Y,
    ),
    "its layer": (
        lambda matrix, y: L.linear_cross_entropy(Z, matrix[:3], y, label_smoothing=0.1),
        lambda matrix, y: F.cross_entropy(Z @ matrix[:3].T, y, label_smoothing=0.1),
        Z,
        Y,
    ),
    "binary_cross_entropy": (L.binary_cross_entropy, F.binary_cross_entropy, P, T),
    "binary_cross_entropy_with_logits": (
        L.binary_cross_entropy_with_logits,
        F.binary_cross_entropy_with_logits,
        Z,
        T,
    ),
    "kl_div_loss": (L.kl_div_loss, lambda q, t: (t * (t.log() - q)).mean(), Z, T),
    "entropy": (lambda p, _: L.entropy(p), lambda p, _: -(p * p.log()).sum(-1), P, T),
    "cross_entropy": (L.cross_entropy, lambda p, q: -(p * q.log()).sum(-1), P, T),
    "kl_divergence": (L.kl_divergence, kl, P, T),
    "its second": (lambda q, p: L.kl_divergence(p, q), lambda q, p: kl(p, q), P, T),
    "js_divergence": (L.js_divergence, js, P, T),
    "perplexity": (lambda p, _: L.perplexity(p), lambda p, _: (-(p * p.log()).sum(-1)).exp(), P, T),
    "joint_entropy": (lambda p, _: L.joint_entropy(p), lambda p, _: h(p, -2, -1), JOINT, JOINT),
    "conditional_entropy": (
        lambda p, _: L.conditional_entropy(p),
        lambda p, _: h(p, -2, -1) - h(p.sum(-1), -1),
        JOINT,
        JOINT,
    ),
    "mutual_information": (
        lambda p, _: L.mutual_information(p),
        lambda p, _: h(p.sum(-1), -1) + h(p.sum(-2), -1) - h(p, -2, -1),
        JOINT,
        JOINT,
    ),
    "entropy_from_counts": (
        lambda n, _: L.entropy_from_counts(20 * n),
        lambda n, _: h(n / n.sum(-1, keepdim=True), -1) + (n.shape[-1] - 1) / (40 * n.sum(-1)),
        P,
        T,
    ),
    "surprisal": (lambda p, _: L.surprisal(p), lambda p, _: -p.log(), P, T),
    "softmax": (lambda z, _: L.softmax(z), lambda z, _: z.softmax(-1), Z, T),
    "log_softmax": (lambda z, _: L.log_softmax(z), lambda z, _: z.log_softmax(-1), Z, T),
    "logsumexp": (lambda z, _: L.logsumexp(z), lambda z, _: z.logsumexp(-1), Z, T),
    "sigmoid": (lambda z, _: L.sigmoid(z), lambda z, _: z.sigmoid(), Z, T),
    "log_sigmoid": (lambda z, _: L.log_sigmoid(z), lambda z, _: F.logsigmoid(z), Z, T),
    "additive_smoothing": (
        lambda n, _: L.additive_smoothing(n, alpha=0.5),
        lambda n, _: (n + 0.5) / (n + 0.5).sum(-1, keepdim=True),
        P,
        T,
    ),
    "mix_uniform": (
        lambda p, _: L.mix_uniform(p, epsilon=0.1),
        lambda p, _: 0.9 * p + 0.1 / 3,
        P,
        T,
    ),
}
BATCHES = {"its layer"}  # needs all samples at once, so it can't be mapped over them


def total(f: Function) -> Function:
    return lambda *arguments: f(*arguments).sum()


def derivatives(f: Function, x: torch.Tensor, t: torch.Tensor) -> list[torch.Tensor]:
    """Return the result of each transformation of `f`."""
    func, autograd = torch.func, torch.autograd.functional
    direction = torch.ones_like(x) + x
    ways: list[Any] = [
        func.grad(total(f))(x, t),
        func.jvp(lambda x: f(x, t), (x,), (direction,))[1],
        func.jacrev(f)(x, t),
        func.jacfwd(f)(x, t),
        func.hessian(total(f))(x, t),
        autograd.jacobian(lambda x: f(x, t), x, vectorize=True),
        autograd.jacobian(lambda x: f(x, t), x, create_graph=True),
        autograd.hessian(lambda x: total(f)(x, t), x),
        autograd.hessian(lambda x: total(f)(x, t), x, vectorize=True),
    ]
    return [way.detach() for way in ways]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_of_every_kind_are_pytorchs(name: str) -> None:
    ours, theirs, x, t = FUNCTIONS[name]
    for one, other in zip(derivatives(ours, x, t), derivatives(theirs, x, t), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - BATCHES))
def test_samples_can_be_mapped_over(name: str) -> None:
    ours, theirs, x, t = FUNCTIONS[name]
    for f in (lambda g: g, lambda g: torch.func.grad(total(g)), torch.func.jacrev):
        one, other = (torch.vmap(f(g))(x, t) for g in (ours, theirs))
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["nll_loss", "cross_entropy_loss", "focal_loss"])
def test_class_weights_hold_where_targets_cannot_be_read(name: str) -> None:
    y, w = torch.tensor([0, 2, 1]), torch.tensor([2.0, 0.5, 3.0], dtype=torch.float64)
    z = torch.linspace(-1, 2, 9, dtype=torch.float64).reshape(3, 3).sin()

    def loss(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        f = getattr(L, name)
        return f(z, y, weight=w, ignore_index=1, reduction="sum")

    one_by_one = torch.stack([loss(*sample) for sample in zip(z, y, strict=True)])
    torch.testing.assert_close(torch.vmap(loss)(z, y), one_by_one)


def test_every_function_of_tensors_is_here() -> None:
    differentiable = {*L.losses.__all__, *L.activations.__all__, *L.information.__all__}
    assert differentiable - {"check_distribution"} <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tensors_without_values_have_shapes(name: str) -> None:
    ours, _, x, t = FUNCTIONS[name]
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        result = ours(mode.from_tensor(x).requires_grad_(), mode.from_tensor(t))
        assert (result.shape, result.dtype) == (ours(x, t).shape, x.dtype)
        result.sum().backward()


class Module(torch.nn.Module):
    def __init__(self, f: Function) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return self.f(x, t)


# The layer is part of the input: torch 2.6 can't export a function that closes over a tensor.
EXPORTED: dict[str, tuple[Function, torch.Tensor, torch.Tensor]] = {
    "cross_entropy_loss": (L.cross_entropy_loss, Z, Y),
    "kl_divergence": (L.kl_divergence, P, T),
    "linear_cross_entropy": (lambda h, y: L.linear_cross_entropy(h, h[:3], y), Z, Y),
}


@pytest.mark.parametrize("name", EXPORTED)
@pytest.mark.parametrize("strict", [False, True])
def test_functions_can_be_exported(name: str, strict: bool) -> None:
    ours, x, t = EXPORTED[name]
    exported = torch.export.export(Module(ours), (x, t), strict=strict)
    torch.testing.assert_close(exported.module()(x, t), ours(x, t))


@pytest.mark.parametrize("z", [[40.0, 0.0], [3.0, 20.0, 19.0, -30.0]], ids=str)
def test_gradients_near_certainty_keep_their_digits_under_every_transform(z: list[float]) -> None:
    x = torch.tensor(z, dtype=torch.float64)
    y = x.argmax()
    others = (x - x[y]).exp() * (torch.arange(len(z)) != y)
    expected = others / (1 + others.sum())
    expected[y] = -expected.sum()
    for f in (
        lambda x: L.cross_entropy_loss(x, y),
        lambda x: L.cross_entropy_loss(x, F.one_hot(y, len(z)).double()),
        lambda x: L.focal_loss(x, y, gamma=0),
        lambda x: L.nll_loss(L.log_softmax(x), y),
        lambda x: L.linear_cross_entropy(x, torch.eye(len(z), dtype=x.dtype), y),
    ):
        (eager,) = torch.autograd.grad(f(leaf := x.clone().requires_grad_()), leaf)
        (again,) = torch.autograd.grad(
            f(leaf := x.clone().requires_grad_()), leaf, create_graph=True
        )
        for slope in (eager, again, torch.func.grad(f)(x), torch.func.jacfwd(f)(x)):
            torch.testing.assert_close(slope.detach(), expected, rtol=1e-13, atol=0)


FIRST_COMPILE = """
import torch, lossutils as L
z, y = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
p = torch.softmax(z, -1)
compiled = lambda f: torch.compile(f, backend="aot_eager")
compiled(L.cross_entropy_loss)(z, y)
compiled(L.linear_cross_entropy)(z, z[:3], y)
compiled(L.binary_cross_entropy)(p, p)
compiled(L.kl_divergence)(p, p)
compiled(L.expected_calibration_error)(p, y)
compiled(lambda y: L.one_hot(y, num_classes=3))(y)
"""


def test_a_first_compilation_prints_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_COMPILE], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
