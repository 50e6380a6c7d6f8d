"""torch.func, FakeTensors and exports handle our functions as they handle PyTorch's."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import mpmath
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


def supports(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    has, lacks = (p > 0).double(), ((p == 0) & (q > 0)).double()
    return p + 0.01 * (lacks - has * lacks.sum(-1, keepdim=True) / has.sum(-1, keepdim=True))


GAPS = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5], [0.0, 0.4, 0.6]]).double()

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
    "smooth_supports": (
        lambda p, q: L.smooth_supports(p, q, epsilon=0.01)[0],
        supports,
        GAPS,
        GAPS.flip(0),
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


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - BATCHES))
@pytest.mark.parametrize("mapped", [0, 1])
def test_one_argument_can_be_mapped_over_beside_a_fixed_one(name: str, mapped: int) -> None:
    ours, theirs, x, t = FUNCTIONS[name]
    arguments = [argument[0] for argument in (x, t)]
    arguments[mapped] = (x, t)[mapped]
    across = (None if mapped else 0, 0 if mapped else None)
    samples = [(x[0], each) if mapped else (each, t[0]) for each in (x, t)[mapped]]
    one_by_one = torch.stack([theirs(*sample) for sample in samples])
    together = torch.vmap(ours, in_dims=across)(*arguments)
    torch.testing.assert_close(together, one_by_one, rtol=1e-9, atol=1e-12)


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


@pytest.mark.parametrize("z", [40.0, -40.0, 3.0, -3.0, -700.0])
@pytest.mark.parametrize("t", [0.0, 1.0, 1e-9])
@pytest.mark.parametrize("w", [None, 3.0])
def test_a_logit_near_certainty_keeps_its_digits(z: float, t: float, w: float | None) -> None:
    with mpmath.workdps(60):
        yes, no = (1 if w is None else w) * mpmath.mpf(t), 1 - mpmath.mpf(t)
        p, rest = (1 / (1 + mpmath.exp(sign * mpmath.mpf(z))) for sign in (-1, 1))
        expected = [
            yes * mpmath.log1p(mpmath.exp(-z)) + no * mpmath.log1p(mpmath.exp(z)),
            no * p - yes * rest,
            (no + yes) * p * rest,
        ]
    assert L.binary_cross_entropy_with_logits(z, t, pos_weight=w) == pytest.approx(
        float(expected[0]), rel=1e-14, abs=0
    )
    x, target = torch.tensor(z, dtype=torch.float64), torch.tensor(t, dtype=torch.float64)
    factor = None if w is None else torch.tensor(w, dtype=torch.float64)

    def loss(x: torch.Tensor) -> torch.Tensor:
        return L.binary_cross_entropy_with_logits(x, target, pos_weight=factor)

    compiled = torch.compile(loss, backend="aot_eager")
    for f in (loss, compiled):
        value = f(leaf := x.clone().requires_grad_())
        (slope,) = torch.autograd.grad(value, leaf, create_graph=f is loss)
        found = [value, slope]
        if f is loss:
            found += torch.autograd.grad(slope, leaf)
            found += [torch.func.grad(f)(x), torch.func.jacfwd(f)(x)]
        for a, b in zip(found, [*expected, expected[1], expected[1]]):
            assert a.item() == pytest.approx(float(b), rel=1e-13, abs=0)


FIRST_COMPILE = """
import torch, lossutils as L
z, y = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
p = torch.softmax(z, -1)
def each(z, y, p):
    L.cross_entropy_loss(z, y)
    L.linear_cross_entropy(z, z[:3], y)
    L.binary_cross_entropy(p, p)
    L.kl_divergence(p, p)
    L.expected_calibration_error(p, y)
    L.one_hot(y, num_classes=3)
torch.compile(each, backend="aot_eager")(z, y, p)
"""


@pytest.mark.slow
def test_a_first_compilation_prints_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_COMPILE], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


INFINITE = {
    "logits": lambda w: {"input": Z, "target": Y, "weight": w},
    "smoothed": lambda w: {"input": Z, "target": Y, "weight": w, "label_smoothing": 0.5},
    "ignored": lambda w: {"input": Z, "target": Y, "weight": w, "ignore_index": 1},
    "probabilities": lambda w: {"input": Z, "target": T, "weight": w},
}


@pytest.mark.parametrize("case", INFINITE)
@pytest.mark.parametrize("reduction", ["sum", "none"])
@pytest.mark.parametrize("w", [[math.inf, 1.0, 1.0], [1.0, -math.inf, 2.0], [1.0, 0.0, math.nan]])
@pytest.mark.parametrize("upstream", [1.0, 0.0, math.inf])
def test_slopes_at_infinite_weights_are_pytorchs(
    case: str, reduction: str, w: list[float], upstream: float
) -> None:
    options = INFINITE[case](torch.tensor(w, dtype=torch.float64))
    z = options.pop("input")

    def slopes(f: Function) -> torch.Tensor:
        return torch.func.grad(
            lambda z: (upstream * f(z, **options, reduction=reduction)).sum(),
        )(z)

    expected = slopes(F.cross_entropy)
    torch.testing.assert_close(slopes(L.cross_entropy_loss), expected, equal_nan=True)
    if case in ("logits", "ignored"):
        torch.testing.assert_close(
            slopes(lambda z, target, **options: L.nll_loss(L.log_softmax(z), target, **options)),
            expected,
            equal_nan=True,
        )


OF_LOGITS = {
    "sigmoid": (L.sigmoid, torch.sigmoid),
    "log_sigmoid": (L.log_sigmoid, F.logsigmoid),
    "logits": (
        lambda z: L.binary_cross_entropy_with_logits(z, T, reduction="none"),
        lambda z: F.binary_cross_entropy_with_logits(z, T, reduction="none"),
    ),
    "pos_weight": (
        lambda z: L.binary_cross_entropy_with_logits(z, T, reduction="none", pos_weight=2 * T),
        lambda z: F.binary_cross_entropy_with_logits(z, T, reduction="none", pos_weight=2 * T),
    ),
    "probabilities": (
        lambda z: L.binary_cross_entropy(z / 8 + 0.5, T, reduction="none"),
        lambda z: F.binary_cross_entropy(z / 8 + 0.5, T, reduction="none"),
    ),
    "log q": (
        lambda z: L.kl_div_loss(z, T, reduction="none"),
        lambda z: F.kl_div(z, T, reduction="none"),
    ),
    "log t": (
        lambda z: L.kl_div_loss(-T.log(), z, reduction="none", log_target=True),
        lambda z: F.kl_div(-T.log(), z, reduction="none", log_target=True),
    ),
}


@pytest.mark.parametrize("name", OF_LOGITS)
@pytest.mark.parametrize("upstream", [1.0, 0.0, math.inf, -math.inf, math.nan])
def test_both_derivatives_are_pytorchs_under_any_upstream_gradient(
    name: str, upstream: float
) -> None:
    def derivatives(f: Function) -> list[torch.Tensor]:
        z = Z.clone().requires_grad_()
        result = f(z)
        [first] = torch.autograd.grad(
            result, z, torch.full_like(result, upstream), create_graph=True
        )
        second = torch.zeros_like(z)
        if first.requires_grad:
            [second] = torch.autograd.grad(first.sum(), z)
        return [first.detach(), second]

    for ours, theirs in zip(*map(derivatives, OF_LOGITS[name])):
        torch.testing.assert_close(ours, theirs, equal_nan=True)


def test_forward_derivatives_leave_out_the_slope_in_what_is_fixed() -> None:
    """It would be NaN or infinite here, and a tangent of 0 times it NaN."""
    x, t = torch.tensor([-0.5, -1.0]).double(), torch.tensor([-0.25, 0.0]).double()
    z, w = torch.tensor([math.inf, -math.inf]).double(), torch.tensor([0.5, 2.0]).double()
    cases: list[tuple[Function, torch.Tensor, torch.Tensor]] = [
        (lambda x: L.kl_div_loss(x, t, reduction="sum"), x, -t),
        (
            lambda z: L.binary_cross_entropy_with_logits(z, t, pos_weight=w, reduction="sum"),
            z,
            (w * t + 1 - t) * torch.sigmoid(z) - w * t,
        ),
    ]
    for f, at, expected in cases:
        for way in (torch.func.jacfwd, torch.func.jacrev):
            torch.testing.assert_close(way(f)(at), expected)


@pytest.mark.parametrize("z", [[40.0, 0.0], [-40.0, 0.0], [-800.0, 0.0]], ids=str)
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 3.5])
def test_second_derivatives_keep_their_digits_right_or_wrong(z: list[float], gamma: float) -> None:
    """For logits (a, 0) and class 0 they are f''(a) [[1, -1], [-1, 1]]."""
    with mpmath.workdps(60):
        q, r = mpmath.mpf(1) / (1 + mpmath.exp(-z[0])), mpmath.mpf(1) / (1 + mpmath.exp(z[0]))
        log_q = -mpmath.log1p(mpmath.exp(-z[0]))
        bend = r**gamma * (q * r + gamma * q * (2 * r + (r - gamma * q) * log_q))
        expected = float(bend) * torch.tensor([[1.0, -1.0], [-1.0, 1.0]], dtype=torch.float64)
    x, y = torch.tensor(z, dtype=torch.float64), torch.tensor(0)
    losses: list[Function] = [lambda x: L.focal_loss(x, y, gamma=gamma)]
    if gamma == 0:
        matrix = torch.eye(2, dtype=x.dtype)
        losses += [
            lambda x: L.cross_entropy_loss(x, y),
            lambda x: L.linear_cross_entropy(x, matrix, y),
        ]
    for f in losses:
        for way in (
            torch.func.hessian,
            lambda f: lambda x: torch.autograd.functional.hessian(f, x),
        ):
            torch.testing.assert_close(way(f)(x), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("p", [0.0, 1e-13, 0.3, 1.0])
@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_second_derivatives_of_binary_cross_entropy_are_bounded(p: float, t: float) -> None:
    """They are those of the slope (p - t) / max(p (1 - p), 1e-12)."""
    x, target = torch.tensor([p], dtype=torch.float64), torch.tensor([t], dtype=torch.float64)
    f = L.binary_cross_entropy
    spread = max(p * (1 - p), 1e-12)
    inside = p * (1 - p) > 1e-12
    in_p = 1 / spread - ((p - t) * (1 - 2 * p) / spread**2 if inside else 0)
    expected = torch.tensor([[in_p, -1 / spread], [-1 / spread, 0.0]], dtype=torch.float64)
    for bends in (
        torch.func.hessian(f, argnums=(0, 1))(x, target),
        torch.autograd.functional.hessian(f, (x, target)),
    ):
        rows = torch.stack([torch.cat([part.reshape(1) for part in row]) for row in bends])
        torch.testing.assert_close(rows, expected, rtol=1e-7, atol=1e-12)


class Tagged(torch.Tensor):
    """A subclass as other libraries have them, without operations of its own."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_subclasses_are_tensors_like_any_other(name: str) -> None:
    ours, _, x, t = FUNCTIONS[name]
    leaves = x.clone().requires_grad_(), x.clone().requires_grad_()
    plain, tagged = ours(leaves[0], t), ours(leaves[1].as_subclass(Tagged), t.as_subclass(Tagged))
    torch.testing.assert_close(tagged.as_subclass(torch.Tensor), plain, rtol=0, atol=0)
    slopes = (torch.autograd.grad(f.sum(), x)[0] for f, x in zip((plain, tagged), leaves))
    torch.testing.assert_close(*(s.as_subclass(torch.Tensor) for s in slopes), rtol=0, atol=0)


def test_values_of_subclasses_are_checked() -> None:
    p, y = torch.tensor([[0.9, 0.2]]).as_subclass(Tagged), torch.tensor([2]).as_subclass(Tagged)
    half = torch.tensor([[0.5, 0.5]]).as_subclass(Tagged)
    for f in (L.entropy, L.perplexity, L.joint_entropy, L.huffman_lengths, L.check_distribution):
        with pytest.raises(ValueError, match=r"(p|joint) must"):
            f(p if f is not L.huffman_lengths else p[0])
    for f in (L.surprisal, L.entropy_from_counts, L.additive_smoothing):
        with pytest.raises(ValueError, match=r"(p|counts) must"):
            f(-p)
    with pytest.raises(ValueError, match="input must lie in"):
        L.binary_cross_entropy(-p, half)
    for f in (
        L.cross_entropy_loss,
        L.nll_loss,
        L.focal_loss,
        L.brier_score,
        L.expected_calibration_error,
        L.fit_temperature,
        lambda _, y: L.one_hot(y, num_classes=2),
    ):
        with pytest.raises(IndexError, match="target must lie in"):
            f(half, y)
    assert float(L.fit_temperature(half, y - 1)) == 1


def test_traced_tensors_are_refused_where_values_are_needed() -> None:
    def is_refused(p: torch.Tensor) -> torch.Tensor:
        for f in (L.check_distribution, L.huffman_lengths, L.shannon_lengths):
            with pytest.raises(ValueError, match="p must have values, got a traced tensor"):
                f(p)
        return p

    torch.vmap(is_refused)(P)
    first = P[0]
    with FakeTensorMode() as mode:
        is_refused(mode.from_tensor(first))


METRICS: list[Function] = [
    lambda p, _: L.entropy(p),
    lambda p, _: L.perplexity(p),
    lambda p, _: L.joint_entropy(p / 4),
    L.cross_entropy,
    L.kl_divergence,
    L.js_divergence,
    lambda p, _: L.brier_score(p, Y),
    lambda p, _: L.expected_calibration_error(p, Y),
]


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_metrics_of_half_precision_stay_float32_under_autocast(kind: torch.dtype) -> None:
    p, q = P.to(kind), T.to(kind)
    for f in METRICS:
        with torch.autocast("cpu", kind):
            result = f(p, q)
        assert result.dtype == torch.float32
        torch.testing.assert_close(result, f(p, q).float(), rtol=1e-2, atol=1e-3)


def test_what_is_read_has_no_gradient_in_the_way() -> None:
    p, q = torch.tensor([0.9, 0.1, 0.0]), torch.tensor([0.5, 0.0, 0.5])
    with pytest.raises(ValueError, match="epsilon must be below"):  # and no warning
        L.smooth_supports(p.requires_grad_(), q, epsilon=0.3)
    w = torch.ones(3, dtype=Z.dtype, requires_grad=True)
    with torch.no_grad():
        loss = L.linear_cross_entropy(Z, MATRIX, Y, weight=w)
    torch.testing.assert_close(loss, F.cross_entropy(Z @ MATRIX.T, Y))
