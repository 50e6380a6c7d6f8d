"""Watch the calls of a loss while a loop trains: look at some of them, and at what several show.

A look costs milliseconds, so the next one waits until two hundred times as long has passed: however
long a step is, looking takes about 0.3 % of the time.
"""

from __future__ import annotations

import math
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossutils._call import Call, read_call
from lossutils._findings import Diagnosis, Finding, completed, finding
from lossutils._namespaces import is_torch_array
from lossutils._rules import (
    Facts,
    all_findings,
    counts_of,
    floors,
    known_floors,
    lost_probabilities,
    numbers,
)

_BLOCK = 4096  # numbers of a parameter that go into one sum
_SHARE = 0.003  # of the time that may go into looking
_MOST = 2**18  # numbers of the input that a look may have: about a millisecond's worth
_LOOKS, _CALLS = 8, 200  # how many looks, over how many calls, show that a loss has stopped
# What the first samples of a batch can't show of the whole.
_OF_ALL = {"all-ignored", "zero-weight", "stuck-at-floor"}


@dataclass(frozen=True)
class Look:
    """What is kept of one call."""

    number: int
    loss: float
    divisor: float
    lost: float
    within: bool


@dataclass(frozen=True)
class State:
    """Where a parameter and its gradient are: what changes with a step, and with a backward.

    Some optimisers write past autograd, which counts versions, and with a learning rate of 0 one
    writes what was there: so some numbers are kept too, and sums that hold all of them.
    """

    version: int
    numbers: Any
    grad: tuple[int, int] | None

    def is_same(self, other: State) -> bool:
        """Say whether no number has changed."""
        return bool((self.numbers == other.numbers).all())

    def is_still(self, other: State) -> bool:
        """Say whether no step lies between the two."""
        return self.version == other.version and self.is_same(other)


class Forward:
    """A module's `forward` while it is watched; a copy of the module has its own instead."""

    def __init__(self, watch: Watch, forward: Any, own: Any) -> None:
        self.watch, self.forward = watch, forward
        self.own = own  # the same, if it was the object's and not its class'
        self.ended = False
        self.is_compiling = watch._is_compiling

    def __call__(self, *args: Any, **options: Any) -> Any:
        # While compiling nothing can be read, and nothing may break the graph.
        if self.is_compiling() or self.ended:
            return self.forward(*args, **options)
        watch = self.watch
        watch.calls += 1
        try:
            result = self.forward(*args, **options)
        except Exception:
            watch._explain(args, options)
            raise
        # Nearly every call ends here: even a function that does nothing is felt in a small step.
        if watch.calls >= watch._next:
            watch._reach(args, options, result)
        return result

    def __reduce__(self) -> Any:
        if self.own is not None:
            return _itself, (self.own,)
        return getattr, (self.watch.criterion, "forward")  # of the copy, which has none yet


def _itself(x: Any) -> Any:
    return x


class Watch:
    """Looks at calls of a loss; made by `diagnosing`.

    Attributes
    ----------
    findings : Diagnosis
        All that has been found so far, each thing once, the gravest first.
    calls, looks : int
        How many calls there were, and how many of them were looked at.
    """

    def __init__(
        self, criterion: Any, every: int | None, diagnose: Callable[..., Diagnosis]
    ) -> None:
        self.criterion, self.every, self._diagnose = criterion, every, diagnose
        self.calls = self.looks = 0
        self._read = read_call(criterion, None, None)
        self._found: dict[tuple[str, str], Finding] = {}
        self._history: list[Look] = []
        self._spent, self._start = 0.0, time.perf_counter()
        self._stopped, self._next = False, 1
        torch = sys.modules.get("torch")
        self._is_compiling = torch.compiler.is_compiling if torch else bool
        self._wrapped: Forward | None = None  # the module's forward, while it is watched
        self._depth = 0
        self._leaf: Any = None
        self._before: tuple[State, float, int] | None = None
        self._moved = self._went_back = self._is_reached = self._has_gradient = False
        self._first: tuple[State, int] | None = None
        self._shares: NDArray[np.float64] | None = None
        self._class_counts: NDArray[np.float64] | None = None
        self._samples = 0

    @property
    def findings(self) -> Diagnosis:
        """All that has been found so far, the gravest first."""
        return Diagnosis(self._found.values())

    def __enter__(self) -> Watch:
        self._depth += 1
        if self._depth > 1:
            return self
        self._start = time.perf_counter()
        # A forward hook, even one that does nothing, costs as much as 3 % of a small step: with one
        # a module's call takes PyTorch's long way. So its `forward` is wrapped.
        if hasattr(self.criterion, "register_forward_hook"):
            own = self.criterion.__dict__.get("forward")
            self._wrapped = Forward(self, self.criterion.forward, own)
            self.criterion.forward = self._wrapped
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth or self._wrapped is None:
            return
        self._wrapped.ended, self._wrapped = True, None
        # Watches of one module may end in any order: the last one uncovers what was there at first.
        now = self.criterion.__dict__.get("forward")
        while isinstance(now, Forward) and now.ended:
            now = now.own
        if now is None:
            self.criterion.__dict__.pop("forward", None)
        else:
            self.criterion.forward = now

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the loss, and look."""
        if self._wrapped is not None:
            return self.criterion(*args, **options)
        self.calls += 1
        try:
            result = self.criterion(*args, **options)
        except Exception:
            self._explain(args, options)
            raise
        if self.calls >= self._next:
            self._reach(args, options, result)
        return result

    def _explain(self, args: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        """Say what is wrong with a call that raises, whose turn it always is."""
        if self._stopped:
            return
        known = {**dict(zip(("input", "target", "weight"), args)), **options}
        try:
            found = self._diagnose(self.criterion, known.pop("input"), known.pop("target"), **known)
        except Exception:  # noqa: BLE001  what the call raises says more
            return
        self.looks += 1
        self._tell(found)

    def _reach(self, args: tuple[Any, ...], options: Mapping[str, Any], result: Any) -> None:
        """Look at a call whose turn it is, if there is time for it."""
        now = time.perf_counter()
        due = self._is_due(now - self._start)
        if (not due and self._before is None) or self._stopped:
            return
        new: list[Finding] = []
        failed = None
        try:
            call = self._call(args, options)
            if call is not None:
                new = [*(self._look(call, result) if due else ()), *self._follow(call)]
                new = [completed(each, call) for each in new]
        except Exception as error:  # noqa: BLE001  a fault of ours must not stop the training
            failed = error
        self._spent += time.perf_counter() - now
        self._next = self.calls + 1  # the call after a look is compared with it
        self._tell(new)
        if failed is not None:
            self._stop(failed)

    def _tell(self, found: Iterable[Finding]) -> None:
        """Warn of what is new and no note."""
        for each in found:
            if self._is_new(each) and each.severity != "note":
                warnings.warn(f"\n{each}", stacklevel=levels_up())

    def _stop(self, error: Exception) -> None:
        """Look no more, and say so: a fault of ours must not stop the training."""
        self._stopped = True
        message = f"diagnosing has stopped: {error!r}"
        warnings.warn(message, RuntimeWarning, stacklevel=levels_up())

    def _is_due(self, elapsed: float) -> bool:
        """Say whether to look at this call; if not, estimate at which call to ask again."""
        if self.every is not None:
            self._next += -(self.calls - 1) % self.every
            return (self.calls - 1) % self.every == 0
        missing = self._spent / _SHARE - elapsed
        if missing > 0:
            self._next = self.calls + max(1, int(0.5 * missing * self.calls / elapsed))
        return missing <= 0

    def _is_new(self, each: Finding) -> bool:
        key = each.code, each.severity
        fresh = key not in self._found
        self._found.setdefault(key, each)
        return fresh

    def _call(self, args: tuple[Any, ...], options: Mapping[str, Any]) -> Call | None:
        """Return the call, of the first samples if it is large; None if there are no tensors."""
        known = dict(options)
        names = ("input", "target", "weight")
        given = {**dict(zip(names, args)), **{n: known.pop(n) for n in names if n in known}}
        input, target = given.pop("input", None), given.pop("target", None)
        if not (is_torch_array(input) and is_torch_array(target)) or self._read.overridden:
            return None
        return read_call(self.criterion, input, target, **given, **known)

    def _look(self, call: Call, result: Any) -> Iterator[Finding]:
        self.looks += 1
        small = call
        size = math.prod(call.input.shape)
        if size > _MOST and call.input.ndim > 1 and call.target.shape[:1] == call.input.shape[:1]:
            rows = max(1, call.input.shape[0] * _MOST // size)
            small = Call(
                call.loss,
                call.input[:rows],
                call.target[:rows],
                call.options,
                call.source,
                call.name,
            )
        for each in all_findings(small):
            if each.code == "stuck-at-floor" or (small is not call and each.code in _OF_ALL):
                continue
            yield each
        facts = Facts(small)
        if not facts.has_values:
            return
        if not self._went_back and result.requires_grad:
            result.register_hook(self._goes_back)
        loss, divisor = self._mean(Facts(call), result)
        rows_now = numbers(facts.input)
        within = bool(rows_now.size and rows_now.min() >= 0 and rows_now.max() <= 1)
        lost = 0.0
        if call.loss == "binary_cross_entropy" and facts.shape == facts.target_shape:
            lost = float(lost_probabilities(rows_now, numbers(facts.target)).mean())
        self._history.append(Look(self.calls, loss, divisor, lost, within))
        del self._history[:-64]
        yield from self._stuck(facts)
        yield from self._growing()
        yield from self._blunted(facts)
        yield from self._uneven(call)

    def _mean(self, facts: Facts, result: Any) -> tuple[float, float]:
        """Return the mean loss of the call, and what a mean divides by."""
        divisor = counts_of(facts)
        reduction = facts.options["reduction"]
        total = float(result.detach().double().sum())
        return (
            total if reduction in ("mean", "batchmean") else total / max(divisor, 1e-30)
        ), divisor

    def _goes_back(self, _: Any) -> None:
        """Note that a loss was differentiated; a hook that returns nothing changes nothing."""
        self._went_back = True

    def _feel(self, gradients: tuple[Any, ...]) -> None:
        """Note that the parameter's gradient is not 0, on its way to the parameter."""
        self._is_reached = True
        if self._has_gradient or self._stopped:
            return
        try:
            given = [local(x) for x in gradients if x is not None and not x.is_sparse]
            self._has_gradient = any(bool((x != 0).any()) for x in given)
        except Exception as error:  # noqa: BLE001  it would come out of backward()
            self._stop(error)

    # -- what several calls show -----------------------------------------------------------------

    def _stuck(self, facts: Facts) -> Iterator[Finding]:
        if facts.weight is not None:
            return
        stops = [(name, floor, "") for name, floor in known_floors(facts).items()]
        if facts.loss == "cross_entropy" and facts.classes > 1:
            name = "the floor of a loss on numbers in [0, 1], as after a softmax or sigmoid,"
            stops.append((name, floors(facts.classes), "twice"))
        for name, floor, variant in stops:
            smoothed = "smoothing" in name
            variant = "floor" if smoothed else variant
            low, high = {"floor": (0.995, 1.02), "twice": (0.995, 1.05)}.get(
                variant, (0.999, 1.001)
            )
            there: list[Look] = []
            for look in reversed(self._history):
                if not low * floor <= look.loss <= high * floor:
                    break
                if variant == "twice" and not look.within:
                    break
                there.append(look)
            if not there:
                continue
            steps = there[0].number - there[-1].number
            if floor > 0 and len(there) >= _LOOKS and steps >= _CALLS:
                value = float(np.mean([look.loss for look in there]))
                yield finding(
                    "stuck-at-floor", variant or "stayed", seen="steps", steps=steps, value=value,
                    floor_name=name, floor=floor, loss=facts.spoken,
                )  # fmt: skip

    def _growing(self) -> Iterator[Finding]:
        shares = [look.lost for look in self._history]
        if len(shares) < 6:
            return
        before, share = (float(np.mean(each)) for each in (shares[:3], shares[-3:]))
        if share >= 0.01 and share >= 2 * before:
            steps = self._history[-1].number - self._history[0].number
            yield finding(
                "saturation-growing", seen="steps", before=before, share=share, steps=steps
            )

    def _blunted(self, facts: Facts) -> Iterator[Finding]:
        """Compare the weights that classes have with those that their batches leave them."""
        weights = facts.weights
        if weights is None or not facts.over_classes or facts.soft or not facts.counted.any():
            return
        if facts.options["reduction"] != "mean" or not (weights >= 0).all():
            return
        indices = facts.classes_of[facts.counted]
        counts = np.bincount(indices, minlength=len(weights)).astype(np.float64)
        total = float(counts @ weights) if np.isfinite(weights).all() else 0.0
        if total <= 0:
            return
        if self._shares is None or self._class_counts is None or len(self._shares) != len(weights):
            self._shares, self._class_counts = np.zeros_like(weights), np.zeros_like(weights)
            self._samples = 0
        self._shares += counts * weights / total
        self._class_counts += counts
        self._samples += len(indices)
        often = (self._class_counts >= 10) & (weights > 0)
        if often.sum() < 2:
            return
        heavy = int(np.argmax(np.where(often, weights, -1)))
        light = int(np.argmin(np.where(often, weights, math.inf)))
        acting = self._shares / np.maximum(self._class_counts, 1)
        ratio = float(weights[heavy] / weights[light])
        left = float(acting[heavy] / acting[light])
        if ratio > 2 and left < 0.5 * ratio:
            yield finding(
                "small-batches-under-weights", seen="steps", samples=len(indices),
                ratio=ratio, acting=left, loss=facts.spoken,
            )  # fmt: skip

    def _uneven(self, call: Call) -> Iterator[Finding]:
        """Note means over unequal numbers of samples where nothing is trained."""
        if call.options["reduction"] not in ("mean", "batchmean") or call.input.requires_grad:
            return
        divisors = [look.divisor for look in self._history]
        least, most = min(divisors), max(divisors)
        if len(divisors) > 1 and most > 1.5 * least > 0:
            yield finding("unequal-batches", "log", seen="steps", least=least, most=most)

    def _follow(self, call: Call) -> Iterator[Finding]:
        """Compare a parameter and its gradient with the call before, if that was looked at."""
        before, self._before = self._before, None
        state = self._state(call.input)
        if state is None:
            return
        if self._first is None:
            self._first = state, self.calls
        first, number = self._first
        if not self._moved and not state.is_same(first):
            self._moved = True
        steps = self.calls - number
        # Of a parameter that is written again as it was, only a gradient says that it should move.
        if not (self._moved or self._has_gradient) and (node := accumulator(call.input)):
            node.register_prehook(self._feel)
        is_written = state.version != first.version
        # No gradient reaches it where the loss is differentiated by its input, as for an attack.
        is_asked = self._has_gradient or (self._is_reached and not is_written)
        if not self._moved and is_asked and self._went_back and steps >= _CALLS:
            variant = "written" if is_written else ""
            yield finding("parameters-do-not-move", variant, seen="steps", steps=steps)
        if call.options["reduction"] not in ("mean", "batchmean"):
            return
        divisor = counts_of(Facts(call))
        if before is None:
            self._before = state, divisor, self.calls
            return
        then, its, number = before
        backward = state.grad is not None and state.grad != then.grad
        if number == self.calls - 1 and backward and state.is_still(then):
            least, most = sorted((its, divisor))
            if least < 0.98 * most:
                yield finding(
                    "unequal-batches", seen="graph and values", least=least, most=most,
                    loss=f"F.{call.loss}",
                )  # fmt: skip

    def _state(self, x: Any) -> State | None:
        leaf = self._leaf() if self._leaf else None
        if leaf is None:
            node = accumulator(x)
            if node is None:
                return None
            leaf = node.variable
            self._leaf = weakref.ref(leaf)
        if not x.requires_grad:
            return None
        torch = sys.modules["torch"]
        grad = leaf.grad
        every = local(leaf.detach()).flatten()
        # Sums in a wider type would first copy a parameter that may fill half of the memory.
        wide = torch.float32 if every.dtype.itemsize < 4 else every.dtype
        whole = len(every) // _BLOCK * _BLOCK
        blocks = every[:whole].view(-1, _BLOCK).sum(dim=1, dtype=wide)
        rest = every[whole:].sum(dim=0, keepdim=True, dtype=wide)
        kept = torch.cat([every[:256].to(wide), blocks, rest])
        return State(leaf._version, kept, None if grad is None else (id(grad), grad._version))


def accumulator(x: Any) -> Any:
    """Return the node of the nearest leaf that the tensor `x` was made with and that gets a gradient."""
    waiting = [x.grad_fn]
    for _ in range(200):
        if not waiting:
            return None
        node = waiting.pop(0)
        if node is None:
            continue
        if hasattr(node, "variable"):
            return node
        waiting.extend(each for each, _ in node.next_functions)
    return None


def local(x: Any) -> Any:
    """Return this process' part of a tensor: to ask for more all would have to ask at once."""
    return x.to_local() if hasattr(x, "to_local") else x


def levels_up() -> int:
    """Return how many calls up the loss was called: the first that is neither ours nor PyTorch's."""
    inside = str(Path(__file__).parent), str(Path(sys.modules["torch"].__file__ or "").parent)
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(inside):
        frame, level = frame.f_back, level + 1
    return level
