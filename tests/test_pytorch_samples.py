"""Every sample that PyTorch's own tests have for these functions, run through ours as well.

They come with PyTorch, in torch.testing._internal, in three places: the database of operators, the
database of modules, and the older tables of modules. Each is called twice with the same tensors,
once as it is and once with our functions in place of PyTorch's, and values and gradients are
compared, in each float dtype. SAMPLES states how many there are, and is checked.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import diagnosis
import pytest
import torch
import torch.nn.functional as F
from torch.utils._pytree import tree_map

import lossutils

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # these modules are PyTorch's own, with all their deprecations
    from torch.testing._internal import common_nn
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.common_modules import module_db

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
# How far apart two results may be, absolute and relative, in float64 and float32.
CLOSE = {torch.float64: 1e-10, torch.float32: 1e-5}

# How many samples each function has. A PyTorch other than the one in requirements.txt may have a
# different number: then count them again, and look at those that are gone.
SAMPLES = {
    "binary_cross_entropy": 24,
    "binary_cross_entropy_with_logits": 38,
    "cross_entropy": 126,
    "kl_div": 35,
    "log_softmax": 24,
    "logsigmoid": 7,
    "logsumexp": 15,
    "nll_loss": 103,
    "one_hot": 6,
    "sigmoid": 8,
    "softmax": 27,
}
IN_HALF_PRECISION = SAMPLES | {"logsumexp": 5}
# And those that PyTorch must refuse.
ERRORS = {"cross_entropy": 7, "nll_loss": 1}

# Which modules call these functions, in the database and in the older tables.
MODULES = r"nn\.(NLL|CrossEntropy|BCE|BCEWithLogits|KLDiv)Loss$|nn\.(Log)?(Softmax(2d)?|Sigmoid)$"
TABLES = r"(NLLLoss|BCE|KLDivLoss|(log_)?softmax_|(Log)?Sigmoid )"


# -- ours in place of PyTorch's ----------------------------------------------------------------


def with_axis(ours: Callable[..., Any]) -> Callable[..., Any]:
    """Return our function with PyTorch's arguments: dim, and a dtype to convert to first."""

    def called(z: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
        axis = F._get_softmax_dim("softmax", z.ndim, _stacklevel) if dim is None else dim
        return ours(z if dtype is None else z.to(dtype), axis=axis)

    return called


def logsumexp(z: Any, dim: Any, keepdim: bool = False) -> Any:
    # Several axes: one by one, the last first, so that the positions of the rest don't change.
    axes = sorted((d % max(z.ndim, 1) for d in dim), reverse=True)
    result = z
    for axis in axes:
        result = lossutils.logsumexp(result, axis=axis)
    kept = [1 if d in axes else n for d, n in enumerate(z.shape)]
    return result.reshape(kept) if keepdim else result


def loss(ours: Callable[..., Any]) -> Callable[..., Any]:
    """Return our loss with PyTorch's arguments: by position, and the two deprecated ones."""

    def called(input: Any, target: Any, weight: Any = None, **options: Any) -> Any:
        old = [options.pop(name, None) for name in ("size_average", "reduce")]
        if old != [None, None]:
            options["reduction"] = F._Reduction.legacy_get_string(*old, emit_warning=False)
        weights = {} if weight is None else {"weight": weight}
        return ours(input, target, **weights, **options)

    return called


def one_hot(y: Any, num_classes: int = -1) -> Any:
    count = num_classes if num_classes > 0 else int(y.max()) + 1
    return lossutils.one_hot(y, num_classes=count).long()


OURS: dict[str, Callable[..., Any]] = {
    "softmax": with_axis(lossutils.softmax),
    "log_softmax": with_axis(lossutils.log_softmax),
    "logsumexp": logsumexp,
    "sigmoid": lossutils.sigmoid,
    "logsigmoid": lossutils.log_sigmoid,
    "one_hot": one_hot,
    "nll_loss": loss(lossutils.nll_loss),
    "cross_entropy": loss(lossutils.cross_entropy_loss),
    "binary_cross_entropy": loss(lossutils.binary_cross_entropy),
    "binary_cross_entropy_with_logits": loss(lossutils.binary_cross_entropy_with_logits),
    "kl_div": loss(lossutils.kl_div_loss),
}


class Switch:
    """Replaces a PyTorch function: calls it, or ours, or it with everything in float64."""

    turn = "pytorch"
    called: str | None = None
    # For float64, tensors at these addresses are replaced by these: the leaves, unrounded.
    wide: ClassVar[dict[int, torch.Tensor]] = {}

    def __init__(self, name: str, pytorchs: Callable[..., Any]) -> None:
        self.name, self.pytorchs = name, pytorchs

    def __call__(self, *args: Any, **options: Any) -> Any:
        Switch.called = self.name
        if Switch.turn == "ours":
            return OURS[self.name](*args, **options)
        if Switch.turn == "exact":
            args, options = tree_map(self.widened, (args, options))
        return self.pytorchs(*args, **options)

    @staticmethod
    def widened(x: Any) -> Any:
        if not isinstance(x, torch.Tensor) or not x.is_floating_point():
            return x
        return Switch.wide.get(id(x), x.double())


SWITCHES = {
    name: Switch(name, getattr(F, name) if hasattr(F, name) else getattr(torch, name))
    for name in OURS
}


@pytest.fixture(autouse=True, scope="module")
def switches() -> Iterator[None]:
    """Put the switches where PyTorch's modules look up functions."""
    with pytest.MonkeyPatch.context() as patch:
        for name, switch in SWITCHES.items():
            patch.setattr(torch if name in ("sigmoid", "logsumexp") else F, name, switch)
        yield


# -- the samples -------------------------------------------------------------------------------


@dataclass
class Sample:
    """A call with its tensors: `call(*tensors)`, where `call` uses `options` too."""

    source: str
    call: Callable[..., Any]
    args: tuple[Any, ...]
    options: dict[str, Any]


def from_operators(dtype: torch.dtype) -> Iterator[Sample]:
    for op in op_db:
        name = op.name.removeprefix("nn.functional.")
        if name not in OURS:
            continue
        wanted = torch.int64 if name == "one_hot" else dtype
        # Not `op.sample_inputs`, which seeds again before each sample: all targets would be alike.
        samples = op.sample_inputs_func(op, "cpu", wanted, requires_grad=wanted.is_floating_point)
        for sample in samples:
            args, options = (sample.input, *sample.args), sample.kwargs
            yield Sample(f"{op.name} {op.variant_test_name}", SWITCHES[name], args, options)


def module_call(module: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that creates and calls the module; its first argument is the module's."""

    def call(made: Any, *args: Any, **options: Any) -> Any:
        return module(*made.args, **made.kwargs)(*args, **options)

    return call


def from_modules(dtype: torch.dtype) -> Iterator[Sample]:
    for info in module_db:
        if not re.match(MODULES, info.name):
            continue
        inputs = info.module_inputs_func(
            info, device="cpu", dtype=dtype, requires_grad=True, training=True
        )
        for sample in inputs:
            made, given = sample.constructor_input, sample.forward_input
            call = module_call(info.module_cls)
            yield Sample(f"{info.name} {sample.desc}", call, (made, *given.args), given.kwargs)


def from_tables(dtype: torch.dtype) -> Iterator[Sample]:
    for entry in [*common_nn.get_new_module_tests(), *common_nn.criterion_tests]:
        name = entry.get("fullname") or f"{entry['module_name']} {entry.get('desc', '')}"
        if not re.match(TABLES, name):
            continue
        constructor = entry.get("constructor") or getattr(torch.nn, entry.get("module_name", ""))
        args = [drawn(entry, kind, dtype) for kind in ("input", "target")]

        def call(*args: Any, make: Any = constructor) -> Any:
            return make()(*args)

        yield Sample(name, call, tuple(x for x in args if x is not None), {})


def drawn(entry: dict[str, Any], kind: str, dtype: torch.dtype) -> Any:
    """Return the input or target that an entry in the tables describes."""
    if f"{kind}_fn" in entry:
        x = entry[f"{kind}_fn"]()
    elif f"{kind}_size" in entry:
        x = torch.randn(entry[f"{kind}_size"])
    elif kind in entry:
        x = entry[kind]
    else:
        return None
    return x.to(dtype).requires_grad_(kind == "input") if x.is_floating_point() else x


def samples(dtype: torch.dtype) -> list[Sample]:
    torch.manual_seed(0)
    return [*from_operators(dtype), *from_modules(dtype), *from_tables(dtype)]


# -- the comparison ----------------------------------------------------------------------------


def outcome(sample: Sample, turn: str) -> list[torch.Tensor]:
    """Run the sample on copies of its tensors; return the value and the gradients."""
    leaves: list[torch.Tensor] = []
    Switch.called, Switch.turn, Switch.wide = None, turn, {}

    def copied(x: Any) -> Any:
        if hasattr(x, "kwargs"):  # the arguments a module is created with
            return type(x)(*tree_map(copied, x.args), **tree_map(copied, x.kwargs))
        if not isinstance(x, torch.Tensor):
            return x
        copy = x.detach().clone().requires_grad_(x.requires_grad)
        leaf = copy
        if turn == "exact" and x.is_floating_point():
            leaf = copy.detach().double().requires_grad_(x.requires_grad)
        Switch.wide[id(copy)] = leaf
        copies.append(copy)
        leaves.extend([leaf] * x.requires_grad)
        return copy

    copies: list[torch.Tensor] = []  # kept alive, so that no address is reused
    args, options = tree_map(copied, (sample.args, sample.options))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # samples of deprecated calls warn
            result = sample.call(*args, **options)
    finally:
        Switch.turn = "pytorch"
    assert Switch.called is not None, f"{sample.source} calls none of ours"
    if not leaves:
        return [result]
    # Unequal factors, so that mixed-up gradients of rows would show; exact in every dtype.
    factors = 1 + (torch.arange(result.numel()) % 7).to(result.dtype).reshape(result.shape) / 8
    return [result.detach(), *torch.autograd.grad(result, leaves, factors)]


def require_agreement(sample: Sample) -> None:
    ours, pytorchs = outcome(sample, "ours"), outcome(sample, "pytorch")
    narrow = any(x.dtype not in CLOSE and x.is_floating_point() for x in ours)
    exact = outcome(sample, "exact") if narrow else ours
    for a, b, c in zip(ours, pytorchs, exact, strict=True):
        if a.dtype in CLOSE or not a.is_floating_point():
            close = CLOSE.get(a.dtype, 0)
            torch.testing.assert_close(a, b, atol=close, rtol=close, equal_nan=True)
        else:
            require_no_worse(a, b, c)


def require_no_worse(ours: torch.Tensor, pytorchs: torch.Tensor, exact: torch.Tensor) -> None:
    """Require that ours errs no more than PyTorch's worst error, or than the nearest number."""
    assert (ours.dtype, ours.shape) == (pytorchs.dtype, pytorchs.shape)
    nearest = exact.to(ours.dtype)
    finite = torch.isfinite(nearest)
    torch.testing.assert_close(ours[~finite], nearest[~finite], equal_nan=True)
    if torch.any(finite):
        error, its, least = ((x.double() - exact)[finite].abs() for x in (ours, pytorchs, nearest))
        # A thousandth more: halfway between two numbers of the dtype, float32 may choose the other.
        assert torch.all(error <= torch.maximum(its.max(), least) * 1.001), (error.max(), its.max())


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_samples(dtype: torch.dtype) -> None:
    failures, counts = [], Counter[str]()
    for sample in samples(dtype):
        try:
            require_agreement(sample)
            counts[str(Switch.called)] += 1
        except (AssertionError, ValueError, TypeError, RuntimeError, IndexError) as error:
            failures.append(f"{sample.source}: {error!r}")
    assert not failures, "\n".join(failures)
    assert counts == (SAMPLES if dtype in CLOSE else IN_HALF_PRECISION)


# -- what PyTorch refuses ----------------------------------------------------------------------


def error_samples() -> Iterator[tuple[Sample, Any]]:
    for info in module_db:
        if info.module_error_inputs_func is None or not re.match(MODULES, info.name):
            continue
        errors = info.module_error_inputs_func(
            info, device="cpu", dtype=torch.float32, requires_grad=False, training=True
        )
        for error in errors:
            given = error.module_error_input
            args = (given.constructor_input, *given.forward_input.args)
            yield Sample(info.name, module_call(info.module_cls), args, {}), error


def test_error_inputs() -> None:
    counts = Counter[str]()
    for sample, error in error_samples():
        with pytest.raises(error.error_type, match=error.error_regex):
            outcome(sample, "pytorch")
        counts[str(Switch.called)] += 1
        if "expected scalar type" in error.error_regex:
            # A weight of another dtype than the input, for no samples: ours promotes, as it does
            # everywhere, and the mean of nothing is NaN.
            assert outcome(sample, "ours")[0].isnan()
            continue
        named = r"^(input|target|weight|ignore_index|label_smoothing)\b.* must "
        with pytest.raises((ValueError, TypeError, IndexError), match=named):
            outcome(sample, "ours")
    assert counts == ERRORS


# -- what diagnose says of them ------------------------------------------------------------------


@pytest.mark.slow
def test_samples_raise_no_alarm() -> None:
    with torch.random.fork_rng(devices=[]):
        for case in diagnosis.pytorchs_samples((torch.float32,)):
            found = lossutils.diagnose(case.loss, case.input, case.target, **case.options)
            assert found.ok, f"{case.what}\n{found}"
