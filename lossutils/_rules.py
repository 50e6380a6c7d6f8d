"""What can be found wrong with one call of a loss: shapes and types, values, the graph, the result.

Each rule reads a `Facts` and yields findings. Large inputs are judged by some of their rows, evenly
chosen; whether numbers are finite or in range is asked of all.
"""

from __future__ import annotations

import functools
import math
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import lossutils.losses as ours
from lossutils._arrays import shown
from lossutils._call import Call, our_name, torch_function
from lossutils._findings import Finding, completed, finding
from lossutils._graph import Applied, applied
from lossutils._namespaces import (
    array_namespace,
    device,
    holds_values,
    is_array_api_obj,
    is_floating,
    is_torch_array,
    quiet,
)

Floats: TypeAlias = NDArray[np.float64]
Findings: TypeAlias = Iterator[Finding]

_MOST = 2**20  # numbers that the rows to judge by may have
_LEAST_BITS = 18.0  # how unlikely a coincidence must be: 1 in 2^18
_NEARLY = 0.05  # how far the logarithm of a row's sum may be from 0, through rounding and epsilons
_LEAST_FLOOR = 0.01  # what a softmax before a softmax must cost: one times 20 is as good as none
_HALF_LARGEST = 65504.0
_LEAST_COSINE = 1.1  # a temperature of 1, or more
_LEAST_LENGTHS = 0.1  # what a row's fixed length must cost: a large scale is no fault
_LEAST_MASKED, _MOST_UNMASKED = -9000.0, 1000.0  # a mask's number, and how large the others may be
_LEAST_LOST = 10.0  # what a masked class adds to the loss where that is a fault

_OF_CLASSES = ("cross_entropy", "nll_loss", "focal_loss")
_IN_SOFTMAX = ("cross_entropy", "focal_loss")


class Facts:
    """A call, its arrays, and what is asked of them again and again."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.loss = call.loss
        self.options = call.options
        self.input, self.target = call.input, call.target
        self.shape: tuple[int, ...] = tuple(self.input.shape)
        self.target_shape: tuple[int, ...] = tuple(self.target.shape)
        self.over_classes = call.loss in _OF_CLASSES
        self.weight = call.options.get("weight")
        # Whether the target is probabilities: as in PyTorch, its shape decides.
        same = self.shape == self.target_shape and len(self.shape) > 0
        self.soft = self.loss == "cross_entropy" and same and self._floating(self.target)
        self.has_values = all(
            holds_values(x) for x in (self.input, self.target, *given_weights(self).values())
        )

    @staticmethod
    def _floating(x: Any) -> bool:
        return is_floating(array_namespace(x), x)

    @property
    def spoken(self) -> str:
        """The function's name in code."""
        if self.call.source == "torch":
            return f"F.{self.loss}"
        return f"lossutils.{our_name(self.loss)}"

    @functools.cached_property
    def axis(self) -> int:
        """The axis that the loss takes for the classes."""
        if self.loss == "kl_div":
            return len(self.shape) - 1
        return 1 if len(self.shape) > 1 else 0

    @functools.cached_property
    def classes(self) -> int:
        return self.shape[self.axis] if self.shape else 1

    @functools.cached_property
    def graph(self) -> Applied | None:
        return applied(self.input)

    @functools.cached_property
    def eps(self) -> float:
        return float(array_namespace(self.input).finfo(self.input.dtype).eps)

    def rows(self, x: Any, axis: int) -> Floats:
        """Return rows of `x` along `axis` as float64, some of them if there are very many."""
        ndim = len(x.shape)
        size = x.shape[axis] if ndim else 1
        if ndim == 0:
            return numbers(x).reshape(1, 1)
        xp = array_namespace(x)
        x = x.detach() if is_torch_array(x) else x
        count = math.prod(x.shape) // max(size, 1)
        if count * size > _MOST and axis % ndim != 0:
            x = x[:: -(-count * size // _MOST)]
        moved = xp.moveaxis(x, axis, -1)
        return numbers(xp.reshape(moved, (-1, size) if size else (math.prod(moved.shape[:-1]), 0)))

    @functools.cached_property
    def input_rows(self) -> Floats:
        return self.rows(self.input, self.axis)

    @functools.cached_property
    def classes_of(self) -> NDArray[np.int64]:
        """The target's class indices, in a row."""
        return np.asarray(numbers(self.target, integers=True)).ravel()

    @functools.cached_property
    def weights(self) -> Floats | None:
        return None if self.weight is None else numbers(self.weight).ravel()

    @functools.cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Which of the target's indices are not ignored."""
        return np.asarray(self.classes_of != self.options["ignore_index"])

    @functools.cached_property
    def are_swapped(self) -> bool:
        """Whether the input is like labels, and the target like logits."""
        if self.graph or not self._floating(self.target):
            return False
        target = numbers(self.target)
        if self.soft:
            return bool((target < 0).any()) and self.is_normalised > 0
        yes_or_no = self.loss.startswith("binary") and are_bits(numbers(self.input))
        return yes_or_no and bool(((target < 0) | (target > 1)).any())

    @functools.cached_property
    def is_normalised(self) -> int:
        """How many rows lie in [0, 1] and sum to 1, more than chance allows; 0 if not all do."""
        return normalised(self.input_rows, self.eps)

    @functools.cached_property
    def common_sum(self) -> float:
        """What all rows sum to, more than chance allows, as probabilities times a constant do."""
        return common_sum(self.input_rows, self.eps)

    def bound(self, least: float, *, of_yes: bool = False) -> float:
        """Return what the loss can't fall below where no -log q falls below `least`.

        Weights below 1 take it lower, but for the mean over class indices, which divides by them;
        there smoothing spreads a share over all classes, whatever their weights.
        """
        if self.loss == "focal_loss":
            # A gamma below 0, or none, is refused elsewhere.
            least *= (1 - math.exp(-least)) ** max(0.0, as_number(self.options["gamma"]))
        names = ("weight", "pos_weight") if of_yes else ("weight",)
        given = [x for name, x in given_weights(self).items() if name in names]
        weights = [float(numbers(x).min(initial=math.inf)) for x in given]
        if any(weight < 0 for weight in weights):
            return -math.inf
        if self.over_classes and not self.soft and self.options["reduction"] == "mean":
            return least * (1 - smoothing(self)) if weights else least
        return least * math.prod(weights)

    @functools.cached_property
    def in_scale(self) -> bool:
        """Whether the input lies where its softmax or sigmoid, times its constants, has put it."""
        factor = self.graph.factor if self.graph else None
        rows = self.input_rows
        return factor is None or bool(np.all((rows >= -0.01) & (rows <= 1.01 * factor)))

    @functools.cached_property
    def bounded(self) -> Applied | None:
        """The step that keeps the input from being just any number, if one was last."""
        graph, rows = self.graph, self.input_rows
        if not graph or graph.kind not in ("tanh", "relu", "positive", "distance", "recurrent"):
            return None
        if graph.kind in ("tanh", "recurrent"):
            return graph if np.all(np.abs(rows) <= 1.01 * graph.scale) else None
        return graph if np.all(rows >= -1e-6) else None


def numbers(x: Any, *, integers: bool = False) -> NDArray[Any]:
    """Return the values of `x` as float64, or as int64, whatever its device and dtype."""
    if is_torch_array(x):
        x = x.detach().cpu().resolve_neg()
        x = x.long() if integers else x.double()
    return np.asarray(x, dtype=np.int64 if integers else np.float64)


def normalised(rows: Floats, eps: float) -> int:
    """Return the number of rows if all are distributions and that can't be chance, else 0.

    A row of K logits lies in [0, 1] and sums to 1 within d with a probability of less than about d.
    """
    count, size = rows.shape
    if size < 2 or count == 0 or not np.all((rows >= 0) & (rows <= 1 + 4 * eps)):
        return 0
    off = float(np.max(np.abs(rows.sum(axis=1) - 1)))
    rounding = 8 * math.sqrt(size) * 2.0**-23 + (4 * eps if eps > 2.0**-23 else 0.0)
    # A few more for a small number that was added, or for narrower types before.
    if off > max(rounding, 0.01):
        return 0
    distinct = len(np.unique(rows[:64], axis=0))
    chance = max(off, 2.0**-20, rounding if eps > 2.0**-23 else 0.0)
    return count if distinct * -math.log2(chance) >= _LEAST_BITS else 0


def common_sum(rows: Floats, eps: float) -> float:
    """Return what rows of numbers from 0 on all sum to if that can't be chance, else 0.

    Numbers of at most two decimals are typed, and rows of the same numbers are one.
    """
    count, size = rows.shape
    if size < 2 or count < 4 or not (np.isfinite(rows).all() and np.all(rows >= 0)):
        return 0.0
    if np.mean(np.abs(rows - np.round(rows, 2)) < 1e-6) > 0.5:
        return 0.0
    totals = rows.sum(axis=1)
    total = float(totals.mean())
    off = float(np.abs(totals - total).max())
    rounding = (8 * math.sqrt(size) * 2.0**-23 + (4 * eps if eps > 2.0**-23 else 0.0)) * total
    if off > max(rounding, 0.002 * total):
        return 0.0
    distinct = len(np.unique(np.sort(rows[:64], axis=1), axis=0))
    # How far sums of independent numbers would lie apart.
    spread = float(rows.std()) * math.sqrt(size)
    chance = max(off, 2.0**-20 * total, rounding if eps > 2.0**-23 else 0.0)
    bits = math.log2(spread / chance) if spread > 0 else 0.0
    return total if (distinct - 1) * bits >= _LEAST_BITS else 0.0


def temperature_of(total: float) -> float:
    """Return the temperature by which a softmax that sums to this was divided, 0 if by none.

    Temperatures are whole or half numbers; rows may sum to a constant for other reasons.
    """
    near = round(2 / total) / 2 if total else 0.0
    return near if 1.5 <= near <= 20 and abs(near * total - 1) < 0.002 else 0.0


def exponentials(rows: Any) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(rows))


def log_sums(rows: Floats) -> Floats:
    """Return the logarithm of each row's sum of exponentials."""
    with np.errstate(all="ignore"):
        most = rows.max(axis=1, keepdims=True, initial=-np.inf)
        most = np.where(np.isfinite(most), most, 0)
        return np.asarray(np.log(np.exp(rows - most).sum(axis=1)) + most[:, 0])


def middle_sum(rows: Floats) -> float:
    """Return what the exponentials of a row in the middle sum to, of large logits infinity."""
    return float(exponentials(np.median(log_sums(rows))))


def are_logs(rows: Floats) -> bool:
    """Say whether the rows are log-probabilities: all but a few sum to about 1."""
    return rows.size > 0 and bool(np.mean(np.abs(log_sums(rows)) <= _NEARLY) > 0.9)


def place(name: str, found: NDArray[np.bool_]) -> str:
    """Return where the first True is: 'target[3]'."""
    where = np.unravel_index(int(np.argmax(found)), found.shape)
    return f"{name}[{', '.join(str(int(i)) for i in where)}]" if where else name


def broadcasts(given: Sequence[int], shape: Sequence[int]) -> bool:
    """Say whether the shape `given` broadcasts to `shape` without enlarging it."""
    return len(given) <= len(shape) and all(
        k in (1, n) for k, n in zip(reversed(given), reversed(shape))
    )


def named(x: Any) -> str:
    """Return the dtype of `x` without its library."""
    return str(x.dtype).rpartition(".")[2]


# -- shapes and types: what PyTorch refuses ------------------------------------------------------


def of_input_type(facts: Facts) -> Findings:
    guessed = are_predictions(facts)
    said: dict[str, Any] = {"shape": facts.shape, "target_shape": facts.target_shape}
    said |= {"dtype": named(facts.input), "loss": facts.spoken}
    if not Facts._floating(facts.input):
        variant = ""
        if is_output(facts):
            variant = "swapped"
        elif guessed and Facts._floating(facts.target):
            variant = "argmax"
        yield finding("integer-input", variant, seen="types", **said)
    elif facts.graph and facts.graph.kind == "rounded":
        yield finding("integer-input", "rounded", seen="graph", step=facts.graph.step)
    elif guessed:
        yield finding("integer-input", "argmax", seen="values", **said)


def is_output(facts: Facts) -> bool:
    """Say whether the target is what a model gives, for an input that holds integers.

    It leaves [0, 1] by more than labels do, or differs nearly everywhere.
    """
    fits = len(facts.shape) <= len(facts.target_shape)
    if not (fits and Facts._floating(facts.target)):
        return False
    if not facts.has_values:
        return True
    target = numbers(facts.target)
    parts = target[target != np.floor(target)]
    outside = bool(((parts < 0) | (parts > 1)).any())
    return outside or np.unique(parts).size > max(2, target.size / 2)


def are_predictions(facts: Facts) -> bool:
    """Say whether the input is a class for each sample, as an argmax gives, in floats."""
    shape = facts.shape
    if not facts.over_classes or len(shape) != 1 or shape[0] < 2 or facts.target_shape != shape:
        return False
    if not facts.has_values or facts.graph:
        return False
    given, target = numbers(facts.input), numbers(facts.target)
    whole = all(bool(np.all((x >= 0) & (x == np.floor(x)))) for x in (given, target))
    # A whole target may be that of one sample, where its numbers sum to 1.
    return whole and (not facts.soft or float(target.sum()) != 1)


def of_devices(facts: Facts) -> Findings:
    here = device(facts.input)
    others = {"target": facts.target, **given_weights(facts)}
    for argument, x in others.items():
        if is_torch_array(x) and device(x) != here and x.ndim + (argument == "target") > 0:
            variant = "" if facts.call.name.startswith("nn.") else "function"
            variant = "target" if argument == "target" else variant
            yield finding(
                "weight-device",
                variant,
                seen="call",
                argument=argument,
                device=str(device(x)),
                input_device=str(here),
            )


def given_weights(facts: Facts) -> dict[str, Any]:
    names = ("weight", "pos_weight")
    given = {name: facts.options.get(name) for name in names}
    return {name: x for name, x in given.items() if x is not None and is_array_api_obj(x)}


def of_weight_shape(facts: Facts) -> Findings:
    for argument, x in given_weights(facts).items():
        shape = tuple(x.shape)
        if facts.over_classes and facts.shape and shape != (facts.classes,):
            if shape == facts.shape[-1:] and are_classes_last(facts):
                continue  # the axis is wrong, not the weight
            yield finding("weight-shape", seen="shapes", shape=shape, classes=facts.classes)
        elif not facts.over_classes and not broadcasts(shape, facts.shape):
            # The labels of images lie on axis 1.
            images = shape == facts.shape[1:2]
            yield finding(
                "weight-shape",
                "elements",
                seen="shapes",
                argument=argument,
                shape=shape,
                input_shape=facts.shape,
                wanted=shape + (1,) * (len(facts.shape) - 2) if images else facts.shape[-1:],
            )


def are_classes_last(facts: Facts) -> bool:
    """Say whether the target goes with classes on the last axis, so that "class-axis" is found."""
    if len(facts.shape) < 3:
        return False
    if not facts.soft or not facts.has_values:
        return facts.target_shape == facts.shape[:-1]
    eps = float(array_namespace(facts.target).finfo(facts.target.dtype).eps)
    return normalised(facts.rows(facts.target, -1), eps) > 1


def of_class_target(facts: Facts) -> Findings:
    """Shape and type of a target for classes."""
    shape, target = facts.shape, facts.target_shape
    said: dict[str, Any] = {"seen": "shapes", "shape": shape, "target_shape": target}
    said |= {"loss": facts.spoken, "at": in_numbers(facts)}
    if not shape:
        yield finding("refused", "no classes", **said)
    backward = facts.call.source == "torch" and getattr(facts.input, "requires_grad", False)
    if (
        backward
        and len(shape) == 1
        and target == (1,)
        and shape != (1,)
        and facts.loss != "focal_loss"
    ):
        yield finding("refused", "backward", **{**said, "seen": "shapes and graph"})
    if not shape or facts.soft:
        return
    # The index of a single sample may stand in a row of one, but not with smoothing.
    alone = target if target == (1,) and not smoothing(facts) > 0 else ()
    wanted = (*shape[:1], *shape[2:]) if len(shape) > 1 else alone
    floats = Facts._floating(facts.target)
    if target == wanted:
        kind = named(facts.target)
        # PyTorch takes uint8 for one sample and for a batch, not for sequences and images, nor
        # where a weighted mean is smoothed.
        weighted = facts.weight is not None and facts.options["reduction"] == "mean"
        bytes_are_taken = len(shape) < 3 and not (weighted and smoothing(facts) > 0)
        taken = ("int64", "uint8") if bytes_are_taken else ("int64",)
        if floats and facts.has_values and (between := between_classes(facts)).any():
            yield finding("float-class-index", "between", seen="values", **first(facts, between))
        elif floats or (facts.call.source == "torch" and kind not in taken):
            yield finding("float-class-index", seen="types", dtype=kind, loss=facts.spoken)
    elif target == shape and len(shape) > 1:
        rows = last = np.empty((0, 0))
        if facts.has_values:
            rows, last = facts.rows(facts.target, facts.axis), facts.rows(facts.target, -1)
        if len(shape) > 2 and is_one_hot(last) and not is_one_hot(rows):
            yield finding("one-hot-integer-target", "both last", **said)
        elif not floats or is_one_hot(rows):
            yield from of_integer_rows(facts, rows)
        else:
            said["classes"] = facts.classes
            yield finding("target-shape", "probabilities", wanted=wanted, **said)
    elif len(shape) == 1 and target != (1,):
        yield finding("target-shape", "one sample" if target == shape else "one of many", **said)
    elif len(shape) > 2 and target == shape[:-1]:
        yield finding("class-axis", **said)
    elif is_one_hot_last(facts):
        yield finding("one-hot-integer-target", "last", **said)
    elif are_probabilities_last(facts):
        yield finding("target-shape", "probabilities last", **said)
    elif 1 in target and tuple(n for n in target if n != 1) == tuple(n for n in wanted if n != 1):
        extra = [
            k for k, n in enumerate(target) if n == 1 and target[:k] + target[k + 1 :] == wanted
        ]
        if floats and facts.has_values and (between := between_classes(facts)).any():
            yield finding("float-class-index", "between", seen="values", **first(facts, between))
            return
        yield finding(
            "target-shape", "column", wanted=wanted, axis=extra[-1] if extra else -1, **said
        )
    elif target in (exchanged(wanted), exchanged(shape)):
        wanted = shape if target == exchanged(shape) else wanted
        yield finding("target-shape", "exchanged", wanted=wanted, **said)
    elif are_in_rows(shape, target):
        yield finding("target-shape", wanted=wanted, **said)
    elif target[:1] != shape[:1] and len(target) in (len(wanted), len(shape)):
        targets, classes = classes_before_view(facts)
        variant = "viewed" if classes else "batch"
        counts: dict[str, Any] = {"samples": shape[0], "targets": targets or target[0]}
        yield finding("target-shape", variant, **counts, classes=classes or None, **said)
    elif len(target) == len(shape) and floats:
        yield finding("target-shape", "probabilities", wanted=wanted, classes=facts.classes, **said)
    elif len(target) == len(wanted) == 3:
        yield finding("target-shape", "spatial", **said)
    elif math.prod(target) == math.prod(wanted):
        yield finding("target-shape", wanted=wanted, **said)
    elif is_flat(facts):
        yield finding("target-shape", "flat", classes=shape[-1], **said)
    else:
        yield finding("target-shape", "number", wanted=wanted, **said)


def exchanged(shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape with its last two axes exchanged, as height and width are, if it has two."""
    return (*shape[:-2], *shape[:-3:-1]) if len(shape) > 1 else None


def are_in_rows(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Say whether a target of rows has an index for each sample, and is none of rows of classes."""
    return (
        len(shape) == len(target) == 2 and math.prod(target) == shape[0] and target[1] != shape[1]
    )


def is_flat(facts: Facts) -> bool:
    """Say whether the target has an index, in one row, for each row of numbers on the last axis."""
    *places, classes = facts.shape
    if facts.target_shape != (math.prod(places),):
        return False
    known = facts.classes_of[facts.counted] if facts.has_values else np.zeros(0)
    return bool(((known >= 0) & (known < classes)).all())


def of_integer_rows(facts: Facts, rows: Floats) -> Findings:
    """Say what the rows are that a target of the input's shape holds, where it can't."""
    variant = "" if facts.loss == "cross_entropy" else "nll"
    said: dict[str, Any] = {"dtype": named(facts.target), "loss": facts.spoken}
    said["at"] = in_numbers(facts)
    if are_bits(rows) and bool((rows.sum(axis=1) > 1).any()):
        variant = "labels"
    elif ((rows < 0) | (rows > 1)).any():
        variant, values = "counts", numbers(facts.target)
        said |= first(facts, (values < 0) | (values > 1))
    elif empty := int((~rows.any(axis=1)).sum()):
        variant = "cut"
        said["count"] = empty
    yield finding(
        "one-hot-integer-target",
        variant,
        seen="values" if variant in ("counts", "cut") else "shapes",
        **said,
    )


def in_numbers(facts: Facts) -> str:
    """Return what turns the target into numbers: truth values have no largest one."""
    return ".byte()" if named(facts.target) == "bool" else ""


def between_classes(facts: Facts) -> NDArray[np.bool_]:
    """Say which numbers of the target are no index of a class because they are not whole."""
    target = numbers(facts.target)
    with np.errstate(invalid="ignore"):
        return np.asarray(target != np.floor(target))


def first(facts: Facts, found: NDArray[np.bool_]) -> dict[str, Any]:
    """Return where the first such number of the target is, its value, and how many there are."""
    value = float(numbers(facts.target)[found][0])
    return {"place": place("target", found), "value": value, "count": int(found.sum())}


def classes_before_view(facts: Facts) -> tuple[int, int]:
    """Return how many targets and classes there are if a view took places for classes, else 0s.

    Numbers of the shape (N, T, K) were viewed as (-1, T), and the N T targets go with (-1, K).
    """
    shape, targets = facts.shape, math.prod(facts.target_shape)
    if len(shape) != 2 or not targets or Facts._floating(facts.target):
        return 0, 0
    if targets % max(shape[1], 1) or math.prod(shape) % targets:
        return 0, 0
    if facts.graph and not facts.graph.viewed:
        return 0, 0
    classes = math.prod(shape) // targets
    known = facts.classes_of[facts.counted] if facts.has_values else np.zeros(0)
    fits = classes > 1 and bool(((known >= 0) & (known < classes)).all())
    return (targets, classes) if fits else (0, 0)


def is_moved(facts: Facts) -> bool:
    """Say whether the target has the input's shape, but for the classes on its last axis."""
    shape = facts.shape
    moved = len(shape) > 2 and facts.target_shape == (*shape[:1], *shape[2:], shape[1])
    return moved and facts.has_values


def is_one_hot_last(facts: Facts) -> bool:
    return is_moved(facts) and is_one_hot(facts.rows(facts.target, -1))


def are_probabilities_last(facts: Facts) -> bool:
    if not (is_moved(facts) and facts.loss == "cross_entropy" and Facts._floating(facts.target)):
        return False
    eps = float(array_namespace(facts.target).finfo(facts.target.dtype).eps)
    return normalised(facts.rows(facts.target, -1), eps) > 0


def of_one_class(facts: Facts) -> Findings:
    """Find a softmax over a single class, whose answer is certain whatever the logit."""
    shape, target = facts.shape, facts.target_shape
    wanted = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    if facts.classes != 1 or target not in (shape, wanted) or math.prod(shape) == 0:
        return
    said: dict[str, Any] = {"seen": "shapes", "shape": shape, "target_shape": target, "mask": ""}
    said["at"] = "" if target == shape else "[:, 0]" if len(shape) > 1 else "[0]"
    variant = "nll" if facts.loss == "nll_loss" else ""
    if facts.has_values:
        floats, ignored = Facts._floating(facts.target), facts.options["ignore_index"]
        values = numbers(facts.target)
        counted = np.ones_like(values, bool) if facts.soft else values != ignored
        if not counted.any():
            return  # which is said, and wants mending first
        kept = values[counted]
        if are_signs(kept) and facts.loss != "nll_loss":
            variant = "signs"
        elif not np.all((kept >= 0) & (kept <= 1)):
            if not floats:
                return  # an index out of range
            variant = "numbers"
        if not counted.all():
            said["mask"] = f"[target != {ignored}]"
            said["at"] += said["mask"]
    yield finding("one-class", variant, **said)


def are_signs(x: NDArray[Any]) -> bool:
    """Say whether the numbers are −1 and 1, and both occur."""
    return set(np.unique(x).tolist()) == {-1, 1}


def are_bits(x: Floats) -> bool:
    """Say whether the numbers are 0 and 1, and both occur."""
    return set(np.unique(x).tolist()) == {0, 1}


def is_one_hot(rows: Floats) -> bool:
    return bool(rows.size and np.all((rows == 0) | (rows == 1)) and np.all(rows.sum(axis=1) == 1))


def of_element_target(facts: Facts) -> Findings:
    """Shape and type of a target with a number for each of the input's."""
    shape, target, kl = facts.shape, facts.target_shape, facts.loss == "kl_div"
    said: dict[str, Any] = {"seen": "shapes", "shape": shape, "target_shape": target}
    said["loss"] = facts.spoken
    floats = Facts._floating(facts.target)
    indices = len(shape) > 1 and target in (shape[:1], (*shape[:1], *shape[2:]))
    if indices and floats:  # which may be yes or no
        indices = facts.has_values and are_indices(numbers(facts.target), shape[1])
    if target != shape:
        if indices and shape[1] > 1 and kl:
            yield finding("float-class-index", "classes", dtype=named(facts.target), **said)
            return
        if indices and shape[1] > 1:
            yield finding("target-shape", "classes", **said)
            return
        forth, back = broadcasts(target, shape), broadcasts(shape, target)
        across = column_against_row(shape, target)
        if not (forth or back or across):
            variant = "elements"
            if target == exchanged(shape):
                variant = "exchanged"
            elif are_merged(*sorted((shape, target), key=len)):
                variant = "merged"
            yield finding("target-shape", variant, wanted=shape, **said)
        elif kl and facts.call.source == "torch":
            one = forth and target[-1:] == shape[-1:]
            yield finding("broadcast-target", "prior" if one else "silent", **said)
        else:
            if target == (*shape, 1):
                variant = "column"
            elif shape == (*target, 1):
                variant = ""
            elif [n for n in shape if n != 1] == [n for n in target if n != 1]:
                variant = "merged"
            else:
                variant = "shared" if forth else "narrow"
            yield finding("broadcast-target", variant, **said)
        return
    if facts.call.source != "torch":
        return
    said |= {"seen": "types", "dtype": named(facts.target), "input_dtype": named(facts.input)}
    if not floats:
        yield finding("float-class-index", "elements", **said)
    elif facts.loss == "binary_cross_entropy" and said["dtype"] != said["input_dtype"]:
        yield finding("refused", "two types", **said)


def are_merged(few: tuple[int, ...], many: tuple[int, ...]) -> bool:
    """Say whether one shape is that of the other with its axes merged, all or all but the first."""
    return math.prod(few) == math.prod(many) and few in ((math.prod(many),), (many[0], few[-1]))


def are_indices(x: Floats, classes: int) -> bool:
    """Say whether floats are class indices: of two, or some of them above 1."""
    whole = bool(x.size and np.all((x == np.floor(x)) & (x >= 0) & (x < classes)))
    return whole and bool(classes == 2 or x.max() > 1)


def column_against_row(one: Sequence[int], two: Sequence[int]) -> bool:
    """Say whether two shapes broadcast to something larger than both."""
    try:
        np.broadcast_shapes(tuple(one), tuple(two))
    except ValueError:
        return False
    return True


def smoothing(facts: Facts) -> float:
    """Return the label smoothing; 0 if there is none, or what is given is no number."""
    return as_number(facts.options.get("label_smoothing", 0.0))


def as_number(given: Any) -> float:
    """Return what an option is as a number; 0 if it is none."""
    try:
        return 0.0 if isinstance(given, str) else float(given)
    except OverflowError:
        return math.inf if given > 0 else -math.inf
    except (TypeError, ValueError, RuntimeError):  # a tensor of several numbers, or without values
        return 0.0


def of_options(facts: Facts) -> Findings:
    alpha = smoothing(facts)
    said: dict[str, Any] = {"seen": "options", "loss": facts.spoken}
    kl, given = facts.loss == "kl_div", facts.options["reduction"]
    known = ["mean", "sum", "none", *["batchmean"] * kl]
    # PyTorch still takes the name that "mean" had before version 1.0.
    known += ["elementwise_mean"] * (facts.call.source == "torch")
    if not (isinstance(given, str) and given in known):
        right = "none" if str(given).lower() == "none" else "batchmean" if kl else "mean"
        yield finding("refused", "reduction", given=shown(given), right=right, **said)
    if not 0 <= alpha <= 1:
        if facts.call.source == "torch" and not alpha > 1:  # NaN too
            yield finding("negative-smoothing", alpha=alpha, **said)
        else:
            yield finding("refused", "smoothing", alpha=alpha, **said)
    elif alpha == 1 and facts.classes > 1:
        yield finding("total-smoothing", classes=facts.classes, **said)
    ignored = facts.options.get("ignore_index", -100)
    if facts.soft and isinstance(ignored, int) and ignored >= 0:
        yield finding("refused", "ignored index", ignore_index=ignored, **said)
    learnt = [n for n, x in given_weights(facts).items() if getattr(x, "requires_grad", False)]
    if facts.call.source == "torch" and learnt and not facts.soft:
        import torch

        if torch.is_grad_enabled():
            yield finding("refused", "learnt weight", argument=learnt[0], **said)
    if facts.call.source == "torch" and facts.loss != "focal_loss":
        yield from of_inference(facts)
    if facts.loss == "binary_cross_entropy" and is_torch_array(facts.input):
        import torch

        kind = facts.input.device.type
        if kind not in ("cpu", "meta") and torch.is_autocast_enabled(kind):
            yield finding("refused", "autocast", seen="call", device=kind)


def of_inference(facts: Facts) -> Findings:
    """Find a target or weights that autograd refuses to keep for the way back."""
    import torch

    if not (is_torch_array(facts.input) and facts.input.requires_grad and torch.is_grad_enabled()):
        return
    for argument, x in {"target": facts.target, **given_weights(facts)}.items():
        if is_torch_array(x) and x.is_inference():
            yield finding("refused", "inference", seen="types", argument=argument)


# -- values of the target and the weights --------------------------------------------------------


def of_indices(facts: Facts) -> Findings:
    """Class indices: out of range, ignored, weighted with nothing."""
    indices, ignored = facts.classes_of, facts.options["ignore_index"]
    mean = facts.options["reduction"] == "mean"
    counted, classes = facts.counted, facts.classes
    outside = counted & ((indices < 0) | (indices >= classes))
    said: dict[str, Any] = {"seen": "values", "loss": facts.spoken, "classes": classes}
    samples = indices.size
    if outside.any():
        index = int(indices[outside][0])
        wrong = np.unique(indices[outside])
        count = int(outside.sum())
        mark = len(wrong) == 1 and (index < 0 or (index == 255 and classes < 255))
        if classes == 2 and are_signs(indices[counted]):
            yield finding("class-index-out-of-range", "signs", last=1, **said)
        elif classes == 2 and set(np.unique(indices[counted]).tolist()) == {0, 255}:
            yield finding("class-index-out-of-range", "bytes", last=1, **said)
        # In a small batch class 0 may be missing by chance: each of the others must be there.
        elif set(indices[counted].tolist()) == {*range(1, classes + 1)}:
            yield finding(
                "class-index-out-of-range", "from 1", index=index, last=classes - 1, **said
            )
        elif mark:
            yield finding(
                "class-index-out-of-range", "ignored", index=index, count=count, samples=samples,
                **said,
            )  # fmt: skip
        else:
            at = place("target", outside.reshape(facts.target_shape))
            yield finding(
                "class-index-out-of-range", place=at, index=index, count=count, last=classes - 1,
                **said,
            )  # fmt: skip
        return
    if samples == 0:
        if mean:
            yield finding("all-ignored", "empty", seen="shapes", loss=facts.spoken)
        return
    if not counted.any():
        variant = ("weighted" if facts.weights is not None else "") if mean else "harmless"
        yield finding(
            "all-ignored", variant, seen="values", loss=facts.spoken, samples=samples,
            ignore_index=ignored,
        )  # fmt: skip
        return
    if 0 <= ignored < classes and not counted.all():
        left_out = int(samples - counted.sum())
        yield finding(
            "ignore-index-is-a-class",
            ignore_index=ignored,
            count=left_out,
            samples=samples,
            **said,
        )
    wrapped = ignored % 256
    if named(facts.target) == "uint8" and wrapped != ignored and smoothing(facts) > 0:
        count = int((indices == wrapped).sum())
        if count and facts.call.source == "torch":
            yield finding(
                "ignore-index-is-a-class", "uint8", ignore_index=ignored, index=wrapped,
                dtype="uint8", count=count, samples=samples, **said,
            )  # fmt: skip
    weights = facts.weights
    if weights is None:
        return
    total = float(weights[indices[counted]].sum())
    if mean and (total == 0 or not np.any(weights[indices[counted]])):
        yield finding("zero-weight", total=total, ignored=ignored, **said)
    if smoothing(facts) > 0 and weights.max() > weights.min():
        yield finding(
            "weights-with-smoothing",
            seen="options",
            label_smoothing=smoothing(facts),
            loss=facts.spoken,
        )


def of_weights(facts: Facts) -> Findings:
    for argument, x in given_weights(facts).items():
        weights = numbers(x)
        bad = ~np.isfinite(weights)
        code = "non-finite-weight"
        variant = argument if argument == "pos_weight" else ""
        if not bad.any():
            # Weights of elements below 0 may be meant, as those of a policy's gradient.
            bad = (weights < 0) & (facts.over_classes or bool(variant))
            code = "negative-weight"
        if bad.any():
            said = {"place": place(argument, bad), "value": float(weights[bad][0])}
            yield finding(code, variant, seen="values", **said)


def of_soft_target(facts: Facts) -> Findings:
    """Probabilities as a target: of cross-entropy along axis 1, of a divergence along some axis."""
    kl = facts.loss == "kl_div"
    rows = facts.rows(facts.target, -1 if kl else facts.axis)
    if rows.size == 0:
        return
    with np.errstate(all="ignore"):
        if not np.isfinite(rows).all():
            bad = ~np.isfinite(numbers(facts.target))
            yield finding("non-finite-target", seen="values", **first(facts, bad))
            return
    axis = facts.axis
    if (rows < 0).any():
        yield finding(
            "negative-soft-target",
            "" if kl else "swapped" if facts.are_swapped else "cross-entropy",
            seen="values",
            **first(facts, numbers(facts.target) < 0),
            axis=axis,
            loss=facts.spoken,
        )
        return
    totals = rows.sum(axis=1)
    eps = float(array_namespace(facts.target).finfo(facts.target.dtype).eps)
    allowed = max(8 * math.sqrt(rows.shape[1]) * 2.0**-23 + 4 * eps * (eps > 2.0**-23), 0.01)
    # A row of zeros is an ignored sample; it must not be all there is.
    off = (np.abs(totals - 1) > allowed) & (totals != 0)
    if not off.any():
        yield from of_smoothed(facts, rows[totals != 0])
        return
    if len(facts.shape) > 1 and facts.target_shape == facts.shape:
        for other in range(len(facts.shape)):
            if other == axis or facts.shape[other] < 2:
                continue
            if normalised(facts.rows(facts.target, other), eps) > 1:
                if kl and not are_logs(facts.input_rows):
                    return  # a divergence over another axis
                if other > 1 and not kl:
                    yield finding(
                        "class-axis", "soft", seen="values", axis=other, loss=facts.spoken
                    )
                else:
                    yield finding(
                        "soft-target-not-normalised", "axis", seen="values", other=other, axis=axis
                    )
                return
    shared = common_sum(rows, eps) if kl else 0.0
    some = kl and not shared and (totals < 1 + allowed).all()
    if some and (log_sums(facts.input_rows) < _NEARLY).all():
        return  # some of the outcomes only, such as a teacher's likeliest
    row = f"target's row {int(np.argmax(off))}"
    total = float(totals[off][0])
    variant, temperature = "", 0.0
    if np.all((rows == 0) | (rows == 1)):
        variant = "labels"
    elif np.all(np.abs(totals[totals != 0] - 100) < 1):
        variant = "percent"
    elif temperature := temperature_of(shared):
        variant = "alike"
    yield finding(
        "soft-target-not-normalised",
        variant,
        seen="values",
        place=row,
        total=total,
        at=f" / {temperature:g}",
        count=int(off.sum()),
        axis=axis,
        loss=facts.spoken,
    )


def of_smoothed(facts: Facts, rows: Floats) -> Findings:
    """Find one-hot rows that are smoothed already, where the loss smooths them too."""
    alpha, classes = smoothing(facts), rows.shape[1]
    # Rows of two classes may be any probabilities, unless several are alike.
    least = 1 if classes > 2 else 4
    if facts.loss != "cross_entropy" or not 0 < alpha < 1 or len(rows) < least:
        return
    ordered = np.sort(rows, axis=1)
    low, high = float(ordered[0, 0]), float(ordered[0, -1])
    alike = np.all(np.abs(ordered - [*[low] * (classes - 1), high]) < 1e-3 * low)
    # Of two such rows that are mixed all classes but two are alike.
    mixed = classes > 4 and len(rows) > 3 and np.all(np.abs(ordered[:, :-2] - low) < 1e-3 * low)
    if low > 0 and (alike or mixed) and low < 0.99 * high:
        before = classes * low
        both = 1 - (1 - before) * (1 - alpha)
        yield finding("smoothed-twice", seen="values", before=before, both=both, loss=facts.spoken)


def of_binary_target(facts: Facts) -> Findings:
    target = numbers(facts.target)
    inside = (target >= 0) & (target <= 1)
    if inside.all():
        return
    distinct = set(np.unique(target[np.isfinite(target)])[:4].tolist())
    bad = ~inside
    value = float(target[bad].ravel()[0])
    outside = np.unique(target[bad])
    if not np.isfinite(target).all():
        variant = "marked" if inside.any() and np.isnan(outside).all() else ""
        said = {"elements": target.size, "loss": facts.spoken}
        bad = ~np.isfinite(target)
        yield finding("non-finite-target", variant, seen="values", **first(facts, bad), **said)
        return
    variant = ""
    if facts.are_swapped:
        variant = "swapped"
    elif distinct <= {-1.0, 1.0}:
        variant = "signs"
    elif len(outside) == 1 and value < 0 and inside.any():
        variant = "marked"
    elif distinct <= {1.0, 2.0}:
        variant = "from 1"
    elif 2 < target.max() <= 255 and target.min() >= 0 and target.max() > 128:
        variant, value = "bytes", float(target.max())
    count = int(bad.sum())
    yield finding(
        "binary-target-out-of-range",
        variant,
        seen="values",
        place=place("target", bad),
        value=value,
        count=count,
        elements=target.size,
        loss=facts.spoken,
    )


# -- values of the input, and what the graph says of them -----------------------------------------


def of_finite(facts: Facts) -> Findings:
    """NaN and infinity in the input; masked classes, whose logits are −inf, are no fault."""
    xp, x = array_namespace(facts.input), facts.input
    x = x.detach() if is_torch_array(x) else x
    if math.prod(facts.shape) == 0:
        return
    with quiet(xp):
        if bool(xp.all(xp.isfinite(x))):
            return
        strange = xp.isnan(x) | (x == math.inf)
        if bool(xp.any(strange)):
            where = np.asarray(strange.cpu() if is_torch_array(strange) else strange)
            count = int(where.sum())
            index = np.unravel_index(int(np.argmax(where)), where.shape)
            value = float(x[tuple(int(i) for i in index)])
            if facts.eps > 2.0**-23 and named(x) == "float16" and value == math.inf:
                yield finding(
                    "low-precision-overflow", "input", seen="values", count=count,
                    dtype=named(x), largest=_HALF_LARGEST,
                )  # fmt: skip
            else:
                yield finding(
                    "non-finite-input", seen="values", place=place("input", where), value=value,
                    count=count,
                )  # fmt: skip
            return
    if not facts.over_classes:
        return
    rows = facts.rows(x, facts.axis)
    void = np.isneginf(rows).all(axis=1)
    counted = np.ones(len(rows), bool)
    if not facts.soft and facts.classes_of.size == len(rows):
        counted = facts.counted
    if facts.loss != "nll_loss" and (void & counted).any():
        row = int(np.argmax(void & counted))
        count = int(void.sum())
        yield finding("non-finite-input", "row", seen="values", place=f"row {row}", count=count)
        return
    if not facts.soft and facts.classes_of.size == len(rows):
        known = counted & (facts.classes_of >= 0) & (facts.classes_of < facts.classes)
        picked = rows[np.arange(len(rows)), np.where(known, facts.classes_of, 0)]
        lost = known & np.isneginf(picked)
        if lost.any():
            row = int(np.argmax(lost))
            yield finding(
                "non-finite-input", "true class", seen="values",
                place=f"input[{row}, {int(facts.classes_of[row])}]", count=int(lost.sum()),
            )  # fmt: skip


def of_masked(facts: Facts) -> Findings:
    """Find numbers such as −1e9, with which a mask takes classes out, where the target counts them."""
    rows, classes = facts.input_rows, facts.classes
    low = rows <= _LEAST_MASKED
    masked = facts.over_classes and low.any() and not low.all() and np.isfinite(rows).all()
    if not masked or np.abs(rows[~low]).max() >= _MOST_UNMASKED:
        return
    counted = np.ones((len(rows), 1), bool)
    if facts.soft:
        share = facts.rows(facts.target, facts.axis)
    elif facts.classes_of.size != len(rows):
        return
    else:
        counted = facts.counted[:, None]
        share = np.asarray(counted & (facts.classes_of[:, None] == np.arange(classes)), np.float64)
    lost = low & (share * -rows > _LEAST_LOST)
    spread = low & counted & (smoothing(facts) / classes * -rows > _LEAST_LOST)
    if lost.any():
        row, index = np.argwhere(lost)[0].tolist()
        at, value = f"input[{row}, {index}]", float(rows[row, index])
        count = int(lost.any(axis=1).sum())
        yield finding("masked-target", seen="values", count=count, place=at, value=value)
    elif spread.any():
        value, count = float(rows[low].max()), int(low.sum())
        said: dict[str, Any] = {"value": value, "count": count, "loss": facts.spoken}
        yield finding("masked-target", "smoothing", seen="values", **said)


def floors(classes: int, most: float = 1.0) -> float:
    """Return what cross-entropy can't fall below on inputs from 0 to `most`."""
    return math.log1p((classes - 1) * math.exp(-most))


def of_activation(facts: Facts) -> Findings:
    """Look for what was applied before a loss that takes logits."""
    graph, rows = facts.graph, facts.input_rows
    softmaxed = facts.is_normalised
    step = graph.step if graph else None
    said: dict[str, Any] = {"loss": facts.spoken, "classes": facts.classes, "step": step}
    said["floor"] = facts.bound(floor := floors(facts.classes, graph.scale if graph else 1.0))
    said["scale"] = graph.factor if graph else None
    by_graph = graph if graph and facts.in_scale and floor >= _LEAST_FLOOR else None
    if by_graph and by_graph.kind == "softmax":
        seen = "graph and values" if softmaxed else "graph"
        astray = not softmaxed and by_graph.axis not in (None, facts.axis)
        where = by_graph.axis if astray else None
        yield finding(
            "softmax-before-cross-entropy", "axis" * astray, seen=seen, axis=where, **said
        )
    elif by_graph and by_graph.kind == "sigmoid":
        yield finding("sigmoid-before-cross-entropy", seen="graph", **said)
    elif graph and graph.is_dropped_log:
        yield finding("log-softmax-before-cross-entropy", "dropout", seen="graph", **said)
    elif softmaxed:
        said |= {"step": None, "scale": None, "floor": facts.bound(floors(facts.classes))}
        yield finding("softmax-before-cross-entropy", seen="values", rows=softmaxed, **said)
    elif graph and graph.kind in ("linear", "channels"):
        if graph.is_dropped or graph.is_masked:
            yield from of_zeroed(facts, graph, rows)
        else:
            yield from of_compared(facts, graph, rows)
    elif graph and graph.cosine:
        yield from of_compared(facts, graph, rows)
    elif other_logs(facts, {}) == "negated":
        code = "log-softmax-before-cross-entropy"
        yield finding(code, "negated", seen="values", loss=facts.spoken)
    elif bounded := facts.bounded:
        yield from of_bounded(facts, bounded)
    elif other := axis_of_sums(facts):
        yield finding("softmax-before-cross-entropy", "axis", seen="values", axis=other - 1, **said)
    elif (total := facts.common_sum) and (floor := floors(facts.classes, total)) >= _LEAST_FLOOR:
        said |= {"step": None, "scale": total, "floor": facts.bound(floor)}
        yield finding("softmax-before-cross-entropy", seen="values", rows=len(rows), **said)
    elif (variant := unit_range(rows)) and facts.classes > 1:
        said["crowded"] = crowded(rows)
        yield finding("sigmoid-before-cross-entropy", variant, seen="values", **said)
    elif graph and graph.step.startswith("Div") and (short := list(of_lengths(facts, rows))):
        yield from short
    elif rows.size and facts.classes > 1 and rows.max() <= 0 and exact_logs(rows, facts.eps):
        # Neither a soft target, nor smoothing, nor the focal loss has an equal without it.
        plain = facts.loss == "cross_entropy" and not facts.soft
        plain = plain and not smoothing(facts) > 0
        yield finding(
            "log-softmax-before-cross-entropy", "as it is" * (not plain), seen="values", **said
        )


def of_zeroed(facts: Facts, graph: Applied, rows: Floats) -> Findings:
    """Find logits that a product with a mask, or a dropout, has made 0: a score like any other."""
    zero = rows == 0
    void = zero.all(axis=1)
    count = int((zero & ~void[:, None]).sum())
    elements = not facts.over_classes
    if not count and not elements:
        yield from of_zeroed_rows(facts, void)
        return
    # A weight of 0, or a sum by hand, may leave out what was masked.
    mended = elements and (facts.weight is not None or facts.options["reduction"] == "none")
    if not count or mended:
        return
    variant = "dropout" if graph.drop != 1 else "elements" if elements else ""
    said: dict[str, Any] = {"count": count, "loss": facts.spoken}
    yield finding("zeroed-logits", variant, seen="graph and values", **said)


def of_zeroed_rows(facts: Facts, void: NDArray[np.bool_]) -> Findings:
    """Find rows that a mask has made 0, and whose targets count all the same."""
    plain = facts.options["reduction"] != "none" and not facts.soft and facts.weight is None
    if not plain or void.all() or facts.classes_of.size != len(void):
        return
    count = int((void & facts.counted).sum())
    if count:
        said: dict[str, Any] = {"count": count, "classes": facts.classes}
        said["ignored"] = facts.options["ignore_index"]
        yield finding("zeroed-logits", "masked rows", seen="graph and values", **said)


def of_compared(facts: Facts, graph: Applied, rows: Floats) -> Findings:
    """Look at products of vectors: cosines without a temperature, and each with itself."""
    classes, said = facts.classes, {"loss": facts.spoken, "classes": facts.classes}
    indices = facts.classes_of if not facts.soft else np.zeros(0, np.int64)
    if facts.shape == (classes, classes) and classes > 2 and indices.size == classes:
        own, others = np.diag(rows), rows - np.diag(np.full(classes, np.inf))
        alike = bool(np.isfinite(own).all()) and np.ptp(own) <= 1e-3 * own.mean()
        if alike and np.all(others.max(axis=1) < own) and not (indices == np.arange(classes)).any():
            said |= {"value": float(own.mean()), "floor": facts.bound(math.log(2))}
            yield finding("bounded-logits", "with itself", seen="graph and values", **said)
            return
    if 0 < graph.cosine < _LEAST_COSINE and classes > 1:
        floor = facts.bound(floors(classes, 2 * graph.cosine))
        said |= {"scale": graph.cosine, "floor": floor}
        yield finding("bounded-logits", "cosines", seen="graph", **said)


def of_lengths(facts: Facts, rows: Floats) -> Findings:
    """Find logits whose rows are all of one length, as where they were normalised last."""
    lengths = np.linalg.norm(rows, axis=1)
    length = float(lengths.mean()) if len(rows) > 3 else 0.0
    alike = length > 0 and np.ptp(lengths) < 1e-3 * length
    if not alike or facts.classes < 3 or len(np.unique(rows[:64], axis=0)) < 4:
        return
    # The best of such rows has one number above K - 1 equal ones, whose sum with it is 0.
    floor = floors(facts.classes, length * math.sqrt(facts.classes / (facts.classes - 1)))
    if floor >= _LEAST_LENGTHS:
        said = {"loss": facts.spoken, "classes": facts.classes, "length": length}
        said["floor"] = facts.bound(floor)
        yield finding("bounded-logits", "of one length", seen="graph and values", **said)


def of_bounded(facts: Facts, graph: Applied) -> Findings:
    """Judge a last step that keeps logits on one side of 0, or near it, before a softmax."""
    said: dict[str, Any] = {"step": graph.step, "loss": facts.spoken, "classes": facts.classes}
    if graph.kind in ("tanh", "recurrent"):
        floor = floors(facts.classes, 2 * graph.scale)
        said |= {"scale": graph.scale, "floor": facts.bound(floor)}
        if floor >= _LEAST_FLOOR:
            yield finding("bounded-logits", graph.kind, seen="graph", **said)
    elif graph.kind != "positive" and facts.classes > 1:
        variant = "distance" if graph.kind == "distance" else ""
        yield finding("bounded-logits", variant, seen="graph", **said)


def exact_logs(rows: Floats, eps: float) -> bool:
    sums = np.abs(log_sums(rows))
    return bool(np.all(sums <= max(1e-4, 16 * eps)))


def axis_of_sums(facts: Facts) -> int:
    """Return 1 + the axis, not that of the classes, along which probabilities sum to 1; else 0."""
    for axis in range(len(facts.shape)):
        if axis != facts.axis and facts.shape[axis] > 1:
            rows = facts.rows(facts.input, axis)
            if len(rows) > 1 and normalised(rows, facts.eps):
                return 1 + axis
    return 0


def other_logs(facts: Facts, said: dict[str, Any]) -> str:
    """Say how log-probabilities differ from what a loss takes: "negated", of another "base", "log1p"."""
    rows = facts.input_rows
    for factor, name, base in _OTHER_LOGS:
        signed = factor * rows
        if rows.size and signed.max() <= 0 and normalised(np.exp(signed), facts.eps):
            said |= {"base": base, "factor": f"{factor:.6f}"} if base else {}
            return name
    # Small probabilities are nearly their own log1p.
    if facts.is_normalised:
        return ""
    with np.errstate(over="ignore"):
        return "log1p" if normalised(np.expm1(rows), facts.eps) else ""


_OTHER_LOGS = ((-1.0, "negated", 0), (math.log(2), "base", 2), (math.log(10), "base", 10))


def axis_of_logs(facts: Facts) -> int:
    """Return 1 + the axis, not that of the classes, along which log-probabilities lie; else 0."""
    for axis in range(len(facts.shape)):
        if axis != facts.axis and facts.shape[axis] > 1:
            rows = facts.rows(facts.input, axis)
            if len(rows) > 1 and bool(np.all(np.abs(log_sums(rows)) <= _NEARLY)):
                return 1 + axis
    return 0


def are_exact_logs(facts: Facts) -> bool:
    """Say whether the input is log-probabilities along the classes, or the last axis, not by chance."""
    for axis in {facts.axis, len(facts.shape) - 1}:
        rows = facts.rows(facts.input, axis)
        if rows.size and rows.max() <= 0 and normalised(np.exp(rows), facts.eps):
            return True
    return False


def unit_range(rows: Floats) -> str:
    """Say how clearly all numbers lie in [0, 1] as after a sigmoid: by crowding at both ends."""
    if rows.size < 16 or not (np.all(rows >= 0) and np.all(rows <= 1)) or np.ptp(rows) == 0:
        return ""
    near_1 = int(np.sum((rows > 0.999) & (rows < 1)))
    return "crowded" if near_1 >= 2 and crowded(rows) >= max(4, 0.02 * rows.size) else "within"


def crowded(rows: Floats) -> int:
    """Return how many numbers are within a thousandth of 0 or 1."""
    return int(np.sum((rows < 0.001) | (rows > 0.999)))


def of_binary_activation(facts: Facts) -> Findings:
    graph, rows = facts.graph, numbers(facts.input).reshape(-1, 1)
    said: dict[str, Any] = {"loss": facts.spoken, "step": graph.step if graph else None}
    yes = math.log1p(math.exp(-(graph.scale if graph else 1.0)))
    said |= {"floor": facts.bound(yes, of_yes=True), "floor_no": facts.bound(math.log(2))}
    said["scale"] = graph.factor if graph else None
    several = len(facts.shape) > 1 and facts.classes > 1
    last = facts.rows(facts.input, -1) if several else np.empty((0, 0))
    softmaxed: float = normalised(last, facts.eps)
    if not softmaxed and (total := common_sum(last, facts.eps)):
        floor = math.log1p(math.exp(-total))
        if floor >= _LEAST_FLOOR:
            softmaxed, said["scale"] = total, total
            said["floor"] = facts.bound(floor, of_yes=True)
    by_graph = graph.kind if graph and facts.in_scale else ""
    if by_graph == "sigmoid":
        yield finding("sigmoid-before-bce-with-logits", seen="graph", **said)
    elif by_graph == "softmax" or softmaxed:
        seen = "graph" if by_graph == "softmax" else "values"
        yield finding("sigmoid-before-bce-with-logits", "softmax", seen=seen, **said)
    elif (logs := graph is not None and graph.kind.startswith("log")) or are_exact_logs(facts):
        said["floor"] = facts.bound(math.log(2), of_yes=True)  # no logarithm is above 0
        seen = "graph" if logs else "values"
        yield finding("sigmoid-before-bce-with-logits", "logarithm", seen=seen, **said)
    elif graph and graph.kind in ("linear", "channels"):
        if graph.is_dropped:
            yield from of_zeroed(facts, graph, facts.rows(facts.input, -1))
    elif bounded := facts.bounded:
        if bounded.kind not in ("tanh", "recurrent"):
            said |= {"floor": None, "scale": None}
            variant = "distance yes or no" if bounded.kind == "distance" else "yes or no"
            yield finding("bounded-logits", variant, seen="graph", **said)
        elif yes >= _LEAST_FLOOR:
            said |= {"floor_no": None, "scale": bounded.scale}
            said["floor"] = min(facts.bound(yes, of_yes=True), facts.bound(yes))
            yield finding("bounded-logits", f"{bounded.kind} yes or no", seen="graph", **said)
    elif variant := unit_range(rows):
        said["step"] = None
        said["crowded"] = crowded(rows)
        variant = "bits" if are_bits(rows) and not graph else variant
        yield finding("sigmoid-before-bce-with-logits", variant, seen="values", **said)


def of_probabilities(facts: Facts) -> Findings:
    """Binary cross-entropy on what are no probabilities, or probabilities without a gradient."""
    p = numbers(facts.input)
    bad = ~((p >= 0) & (p <= 1))
    if bad.any():
        graph, count = facts.graph, int(bad.sum())
        variant, by_graph = "", False
        scale = graph.factor if graph else None
        if graph and graph.kind in ("sigmoid", "softmax") and graph.scale > 1:
            variant, by_graph = "scaled" if scale else "dropout", True
        elif graph and graph.kind.startswith("log"):
            variant, by_graph = "logarithm", True
        elif facts.bounded:
            variant, by_graph = "distance" if facts.bounded.kind == "distance" else "bounded", True
        elif are_exact_logs(facts):
            variant = "logarithm"
        yield finding(
            "logits-into-bce", variant, seen="graph and values" if by_graph else "values",
            place=place("input", bad), value=float(p[bad].ravel()[0]), count=count,
            scale=scale if variant == "scaled" else None,
            step=graph.step if graph and variant == "bounded" else None,
        )  # fmt: skip
        return
    graph = facts.graph
    if graph and graph.kind in ("linear", "channels"):
        yield finding("logits-into-bce", "graph", seen="graph", step=graph.step)
        return
    if facts.target_shape != facts.shape:
        return
    target = numbers(facts.target)
    if graph and graph.kind == "softmax" and graph.axis is not None and p.size:
        shares = list(of_shares(facts, graph.axis, p))
        yield from shares
        if shares:
            return
    lost = lost_probabilities(p, target)
    if lost.any():
        # Targets that all differ are a model's probabilities, and bits are labels.
        between = np.unique(target[(target > 0) & (target < 1)]).size > max(4, target.size / 2)
        bits = are_bits(p) and not graph
        variant = "swapped" if bits and between else "bits" * bits
        yield finding(
            "saturated-bce", variant, seen="values", count=int(lost.sum()),
            elements=p.size, place=place("input", lost), loss=facts.spoken,
        )  # fmt: skip


def of_shares(facts: Facts, axis: int, p: Floats) -> Findings:
    """Look at what a softmax shares 1 out among: one number, the batch, or labels of a row."""
    shape = facts.shape
    if bool((p == 1).all()) and shape[axis] == 1:
        yield finding("saturated-bce", "of one number", seen="graph and values", axis=axis)
    elif len(shape) > 1 and axis == 0 and shape[0] > 1:
        yield finding("softmax-axis", "of the batch", seen="graph", axis=axis)
    else:
        rows = facts.rows(facts.target, axis)
        several = np.all((rows == 0) | (rows == 1), axis=1) & (rows.sum(axis=1) > 1)
        if several.any():
            said = {"axis": axis, "count": int(several.sum()), "samples": len(rows)}
            yield finding(
                "soft-target-not-normalised", "several yes", seen="graph and values", **said
            )


def lost_probabilities(p: Floats, t: Floats) -> NDArray[np.bool_]:
    """Say which probabilities are wrong and have no gradient: a sigmoid's, at 0 or 1."""
    # float32's sigmoid is 1 from 17 on, and near 0 it gives numbers that hardly change.
    return np.asarray(((p <= 1e-30) | (p == 1)) & (np.abs(p - t) > 0.5))


def counts_of(facts: Facts) -> float:
    """Return what "mean" divides by, or "batchmean"."""
    shape = facts.shape
    if facts.options["reduction"] == "batchmean" and shape:
        return float(shape[0])
    if not facts.over_classes:
        return float(math.prod(shape))
    if facts.soft:
        return math.prod(shape) / max(facts.classes, 1)
    indices = facts.classes_of[facts.counted]
    return float(len(indices) if facts.weights is None else facts.weights[indices].sum())


def of_log_input(facts: Facts) -> Findings:
    """Negative log-likelihood on what are no log-probabilities."""
    graph, rows = facts.graph, facts.input_rows
    rows = rows[rows.any(axis=1)]  # without those that a mask has made 0
    if facts.classes < 2 or not len(rows):
        return
    step = graph.step if graph else None
    said: dict[str, Any] = {"step": step}
    dropped = graph is not None and graph.is_dropped_log
    of_logs = graph is not None and graph.kind == "log-softmax" and not dropped
    if of_logs and graph and graph.axis in (None, facts.axis):
        if graph.factor and (variant := other_logs(facts, said)):
            yield finding("logits-into-nll", variant, seen="graph and values", **said)
        elif graph.factor:
            said["scale"] = graph.factor
            yield finding("logits-into-nll", "scaled", seen="graph", **said)
        return
    if are_logs(rows) and not dropped:
        return
    if variant := other_logs(facts, said):
        said["step"] = None
        yield finding("logits-into-nll", variant, seen="values", **said)
        return
    if dropped and graph and graph.kind == "log-softmax":
        total = middle_sum(rows)
        yield finding("logits-into-nll", "dropout", seen="graph and values", total=total, **said)
        return
    if facts.is_normalised or facts.common_sum or (graph and graph.kind in ("softmax", "sigmoid")):
        both = "graph and values" if facts.is_normalised and step else "graph" if step else "values"
        by_graph = graph is not None and graph.kind in ("softmax", "sigmoid")
        seen = both if by_graph else "values"
        yield finding("probabilities-into-nll", seen=seen, rows=len(rows), dim=facts.axis, **said)
        return
    astray = axis_of_logs(facts)
    if graph and graph.kind == "log-softmax" and graph.axis is not None:
        astray = graph.axis + 1
    if astray:
        yield finding(
            "softmax-axis", seen="graph" if graph and graph.kind == "log-softmax" else "values",
            axis=astray - 1, class_axis=facts.axis,
        )  # fmt: skip
        return
    total = middle_sum(rows)
    if graph and graph.kind in ("linear", "channels"):
        yield finding("logits-into-nll", "graph", seen="graph and values", **said)
    elif graph and graph.kind == "log-sigmoid":
        yield finding("logits-into-nll", "log-sigmoid", seen="graph", **said)
    else:
        below = rows.max() <= 1e-3
        yield finding("logits-into-nll", "below" * bool(below), seen="values", total=total)


def divergence_axis(facts: Facts) -> int:
    """Return the axis of the outcomes: the graph's, or 1 where probabilities lie along it alone."""
    last = facts.axis
    if len(facts.shape) < 3:
        return last
    if facts.graph and facts.graph.axis is not None:
        return facts.graph.axis
    for x in (facts.input, facts.target):
        if Facts._floating(x) and tuple(x.shape) == facts.shape:
            eps = float(array_namespace(x).finfo(x.dtype).eps)
            along_1, along_last = (normalised(facts.rows(x, k), eps) for k in (1, last))
            if along_1 or along_last:
                return last if along_last else 1
    return last


def of_divergence(facts: Facts) -> Findings:
    """Look at what F.kl_div is given: log q of the model first, then p or log p."""
    graph, shape = facts.graph, facts.shape
    if not shape:
        return
    logs = bool(facts.options["log_target"])
    target_eps = float(array_namespace(facts.target).finfo(facts.target.dtype).eps)
    rows, targets = facts.input_rows, facts.rows(facts.target, -1)
    axis = divergence_axis(facts)
    said: dict[str, Any] = {"axis": axis, "step": graph.step if graph else None, "at": ""}
    by_graph = graph is not None and graph.kind in ("softmax", "sigmoid")
    # A divergence may be over any axis but that of the samples.
    for other in range(min(1, len(shape) - 1), len(shape)):
        if are_logs(facts.rows(facts.input, other)):
            break
    else:
        target_logs = targets.size > 0 and targets.max() <= 0 and are_logs(targets)
        plain = (
            facts.is_normalised
            or facts.common_sum
            or (len(shape) > 2 and normalised(facts.rows(facts.input, 1), facts.eps))
        )
        if variant := other_logs(facts, said):
            yield finding("kl-input-not-log", variant, seen="values", **{**said, "step": None})
            return
        if (plain or by_graph) and target_logs and not logs:
            seen = "graph and values" if by_graph else "values"
            yield finding("kl-arguments-swapped", seen=seen, step=said["step"])
            return
        if plain or by_graph:
            seen = "graph and values" if plain and by_graph else "graph" if by_graph else "values"
            if temperature := temperature_of(facts.common_sum):
                said["at"] = f" / {temperature:g}"
            yield finding("kl-input-not-log", seen=seen, rows=len(rows), **said)
        elif (astray := axis_of_logs(facts)) and normalised(targets, target_eps):
            yield finding("softmax-axis", seen="values", axis=astray - 1, class_axis=axis)
        elif graph and graph.kind in ("linear", "channels"):
            yield finding("kl-input-not-log", "graph", seen="graph and values", **said)
        elif graph and graph.is_dropped_log and graph.kind == "log-softmax":
            yield finding("kl-input-not-log", "dropout", seen="graph and values", **said)
        elif graph and graph.factor and graph.kind == "log-softmax":
            said["scale"] = graph.factor
            yield finding("kl-input-not-log", "scaled", seen="graph and values", **said)
        elif temperature := temperature_of(total := common_sum(exponentials(rows), facts.eps)):
            # Of some of the outcomes only it would be right.
            if normalised(targets, target_eps):
                said |= {"step": None, "at": f" / {temperature:g}"}
                yield finding("kl-input-not-log", "temperature", seen="values", total=total, **said)
        elif (
            rows.size
            and facts.classes > 1
            and (rows.max() > 1e-3 or log_sums(rows).max() > _NEARLY)
        ):
            if graph and graph.kind == "log-sigmoid":
                yield finding("kl-input-not-log", "log-sigmoid", seen="graph and values", **said)
            else:
                total = middle_sum(rows)
                yield finding("kl-input-not-log", "logits", seen="values", total=total, axis=axis)
    if graph and graph.kind == "log-softmax" and graph.inner < 1:
        temperature = 1 / graph.inner
        yield finding(
            "kl-temperature", seen="graph", temperature=temperature, factor=temperature**2
        )
    if targets.size and targets.shape[1] > 1:
        if not logs and targets.max() <= 0 and are_logs(targets):
            yield finding("kl-target-log", seen="values", rows=len(targets))
        elif logs and normalised(targets, target_eps):
            yield finding("kl-target-log", "not log", seen="values", rows=len(targets))
    grad = is_torch_array(facts.input) and is_torch_array(facts.target)
    if grad and facts.target.requires_grad and not facts.input.requires_grad:
        yield finding("kl-arguments-swapped", "gradient", seen="graph", dim=axis)
    if broadcasts(shape, facts.target_shape):
        shape = facts.target_shape
    if facts.options["reduction"] == "mean" and math.prod(shape) > shape[0]:
        elements, samples = math.prod(shape), shape[0]
        yield finding(
            "kl-mean",
            seen="options",
            elements=elements,
            samples=samples,
            factor=elements // samples,
        )
    elif len(shape) == 1 and shape[0] > 1 and facts.options["reduction"] in ("mean", "batchmean"):
        yield finding("kl-mean", facts.options["reduction"], seen="options", elements=shape[0])


def of_ambiguous_axis(facts: Facts) -> Findings:
    """Classes that may lie on axis 1 or on the last, since both have one size."""
    shape, last = facts.shape, len(facts.shape) - 1
    # Indices of shape[:-1] fit both readings only where axes 1 to the last are all alike.
    if last < 2 or len(set(shape[1:])) > 1 or facts.classes < 2:
        return
    if facts.target_shape not in (shape[:-1], shape) or math.prod(shape) == 0:
        return
    said: dict[str, Any] = {"shape": shape, "loss": facts.spoken}
    graph = facts.graph
    if graph and graph.axis == facts.axis:
        return
    if facts.has_values and facts.loss == "nll_loss":
        if are_logs(facts.input_rows):
            return
        if are_logs(facts.rows(facts.input, last)):
            yield finding("class-axis-ambiguous", "values", seen="values", axis=last, **said)
            return
    if facts.soft and (not facts.has_values or normalised(facts.rows(facts.target, 1), facts.eps)):
        return
    if graph and graph.axis == last:
        yield finding(
            "class-axis-ambiguous", "graph", seen="graph", axis=last, step=graph.step, **said
        )
        return
    yield finding("class-axis-ambiguous", seen="shapes", **said)


# -- the call itself -------------------------------------------------------------------------------


def of_call(facts: Facts) -> Findings:
    """Make the call, without a graph: what PyTorch says, and whether the result is finite."""
    function = called(facts)
    result, error = attempt(function, facts)
    if error is not None:
        message = " ".join(str(error).split())[:200]
        types = {name: named(x) for name, x in given_weights(facts).items()}
        others = [pair for pair in types.items() if pair[1] != named(facts.input)]
        # A pos_weight of truth values can't be subtracted from.
        if others and re.search("expected scalar type|same dtype|^Subtraction", message):
            argument, kind = others[-1]
            said: dict[str, Any] = {"argument": argument, "dtype": kind}
            said["input_dtype"] = named(facts.input)
            yield finding("weight-dtype", seen="call", **said)
        else:
            ours_said = "" if facts.call.source == "torch" else "ours"
            yield finding(
                "refused", ours_said, seen="call", message=message, error=type(error).__name__
            )
        return
    value = numbers(result)
    at = ~np.isfinite(value)
    if facts.options["reduction"] == "mean":
        at |= value == 0  # as where the number of samples is infinite in float16
    if at.any() and facts.eps > 2.0**-23 and facts.has_values:
        wide, error = attempt(function, facts, widened=True)
        exact = numbers(wide) if error is None else np.full(value.shape, np.nan)
        if np.isfinite(exact).all() and not (np.abs(exact - value)[at] <= facts.eps).all():
            yield finding(
                "low-precision-overflow", "floats" * Facts._floating(facts.target), seen="call", value=float(value[at].ravel()[0]),
                dtype=named(facts.input), exact=float(exact[at].ravel()[0]),
                largest=float(array_namespace(facts.input).finfo(facts.input.dtype).max),
                loss=facts.spoken,
            )  # fmt: skip
            return
    if np.isfinite(value).all():
        yield from of_floor(facts, value)
        return
    if facts.shape and facts.shape[0] == 0:
        yield finding("all-ignored", "empty", seen="shapes", loss=facts.spoken)
        return
    bad = float(value[~np.isfinite(value)].ravel()[0])
    if facts.loss != "binary_cross_entropy" and np.isneginf(facts.input_rows).any():
        count = int(np.isneginf(facts.input_rows).sum())
        said = {"count": count, "value": bad, "loss": facts.spoken}
        variant = "smoothed" if smoothing(facts) > 0 and not facts.soft else "masked"
        yield finding("non-finite-input", variant, seen="values and call", **said)
    else:
        yield finding("non-finite-loss", seen="call", value=bad)


def called(facts: Facts) -> Callable[..., Any]:
    """Return PyTorch's function, or ours where the arrays or the loss are ours."""
    if facts.call.source == "torch" and is_torch_array(facts.input):
        theirs = torch_function(facts.call)
        if theirs is not None:
            return theirs
    function: Callable[..., Any] = getattr(ours, our_name(facts.loss))
    return function


def attempt(
    function: Callable[..., Any], facts: Facts, *, widened: bool = False
) -> tuple[Any, Exception | None]:
    """Return the result of the call, or what it raised."""

    def ready(x: Any) -> Any:
        if not is_array_api_obj(x):
            return x
        x = x.detach() if is_torch_array(x) else x
        if widened and Facts._floating(x):
            return x.double() if is_torch_array(x) else x.astype(np.float64)
        return x

    options = {name: ready(value) for name, value in facts.options.items()}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return function(ready(facts.input), ready(facts.target), **options), None
    except Exception as error:  # noqa: BLE001  whatever the call raises is what is wanted
        return None, error


def of_floor(facts: Facts, value: NDArray[Any]) -> Findings:
    """Say whether the loss is at a floor that is known."""
    if facts.weight is not None or facts.loss in ("focal_loss", "kl_div"):
        return
    reduction = facts.options["reduction"]
    if reduction == "none" and facts.over_classes and not facts.soft:
        value = value.ravel()[facts.counted] if facts.counted.size == value.size else value
    if value.size == 0:
        return
    loss = float(value.mean())
    if reduction == "sum":
        count = math.prod(facts.target_shape)
        if facts.soft:
            count //= max(facts.classes, 1)
        elif facts.over_classes:
            count = int(facts.counted.sum())
        if not count:
            return
        loss /= count
    for name, floor in known_floors(facts).items():
        if floor > 0 and abs(loss - floor) <= 0.003 * floor:
            yield finding("stuck-at-floor", seen="call", value=loss, floor_name=name, floor=floor)
            return


def known_floors(facts: Facts) -> dict[str, float]:
    """Return the numbers at which a loss stops, by what to call them."""
    if facts.loss == "binary_cross_entropy_with_logits" or facts.loss == "binary_cross_entropy":
        if facts.options.get("pos_weight") is not None:
            return {}
        return {"log 2, that of a model that answers 0.5 to all,": math.log(2)}
    classes = facts.classes
    if classes < 2:
        return {}
    known = {f"log {classes}, that of equal chances for all classes,": math.log(classes)}
    alpha = smoothing(facts)
    if alpha > 0 and not facts.soft:
        true, other = 1 - alpha + alpha / classes, alpha / classes
        floor = -(true * math.log(true) + (classes - 1) * other * math.log(other))
        known[f"the floor of smoothing by {alpha:g}"] = floor
    return known


def of_unread(facts: Facts) -> Findings:
    kind = "no values on this device"
    if is_torch_array(facts.input) and facts.input.device.type != "meta":
        kind = "inside a transformation"
    yield finding("unread", seen="call", reason=kind)


def all_findings(call: Call) -> Findings:
    """Yield what there is to say about the call, in no particular order."""
    for each in _found(call):
        yield completed(each, call)


def _found(call: Call) -> Findings:
    if call.overridden:
        yield finding("unread", "overridden", seen="call", module=call.overridden)
        return
    facts = Facts(call)
    refusals = [*of_input_type(facts), *of_devices(facts), *of_weight_shape(facts)]
    refusals += of_options(facts)
    if not any(each.code == "integer-input" for each in refusals):
        alone = list(of_one_class(facts)) if facts.over_classes else []
        if alone:  # which is why a weight or the target may not fit
            yield from alone
            yield from (each for each in refusals if each.code != "weight-shape")
            return
        refusals += of_class_target(facts) if facts.over_classes else of_element_target(facts)
    yield from refusals
    codes = {each.code for each in refusals}
    refused = any(each.severity == "error" for each in refusals)
    if not facts.has_values or "integer-input" in codes or "weight-device" in codes:
        if not refused:
            yield from of_ambiguous_axis(facts)
            yield from of_unread(facts)
        return
    if facts.over_classes and not facts.shape:
        return
    found: list[Finding] = []
    shaped = not codes & {
        "class-axis",
        "target-shape",
        "broadcast-target",
        "one-hot-integer-target",
    }
    if facts.over_classes:
        if shaped and not facts.soft and "float-class-index" not in codes:
            found += of_indices(facts) if "weight-shape" not in codes else ()
        if facts.soft:
            found += of_soft_target(facts)
        found += of_weights(facts)
    elif facts.loss == "kl_div":
        if not facts.options["log_target"] and Facts._floating(facts.target) and facts.target_shape:
            found += of_soft_target(facts)
    else:
        if "target-shape" not in codes:
            found += of_binary_target(facts)
        found += of_weights(facts)
    finite = [*of_finite(facts), *of_masked(facts)] if shaped and 0 not in facts.shape else []
    found += finite
    strange = any(each.code in ("non-finite-input", "low-precision-overflow") for each in finite)
    if (
        not (strange or facts.are_swapped)
        and "class-axis" not in codes
        and math.prod(facts.shape) > 0
    ):
        found += activations(facts)
    said = {each.code for each in found if each.severity == "error"}
    if said & {"kl-target-log", "kl-arguments-swapped"}:  # which say why it is negative
        found = [each for each in found if each.code != "negative-soft-target"]
    yield from found
    if not refused and said <= {"masked-target"}:  # which says why the loss is not finite
        # So does a label that PyTorch takes for ignore_index in the target's own type.
        said |= {each.code for each in found if each.evidence.get("dtype") == "uint8"}
        yield from (each for each in of_call(facts) if not said or each.code != "non-finite-loss")


def of_view(facts: Facts) -> Findings:
    """Find a view where an axis should have been moved."""
    before = facts.graph.viewed if facts.graph else None
    after = facts.graph.viewed_as if facts.graph else None
    if before and after and len(after) == 3 < len(before):
        said: dict[str, Any] = {"before": before, "shape": after, "axis": 1, "to": -1}
        yield finding("class-axis", "by a view", seen="graph", **said)
    elif before and len(facts.shape) == len(before):
        said = {"before": before, "shape": facts.shape, "axis": -1, "to": 1}
        yield finding("class-axis", "by a view", seen="graph", **said)
    elif before and len(facts.shape) == 2 and facts.target_shape[:1] == facts.shape[:1]:
        said = {"before": before, "shape": facts.shape, "axis": 1, "to": -1}
        yield finding("class-axis", "by a view", seen="graph", **said)


def of_target_gradient(facts: Facts) -> Findings:
    """Find a target that the loss trains too, as one from a teacher that was not detached."""
    x = facts.target
    if facts.loss == "binary_cross_entropy" and is_torch_array(x) and is_torch_array(facts.input):
        only = x.grad_fn is not None and not facts.input.requires_grad
        if only and facts.target_shape == facts.shape:
            yield finding("target-gradient", "the other way", seen="graph", loss=facts.spoken)
            return
    both = is_torch_array(x) and is_torch_array(facts.input) and facts.input.requires_grad
    if both and x.requires_grad and x.grad_fn is not None and facts.target_shape == facts.shape:
        yield finding("target-gradient", seen="graph", loss=facts.spoken)


def activations(facts: Facts) -> Findings:
    yield from of_target_gradient(facts)
    viewed = list(of_view(facts)) if facts.over_classes else []
    yield from viewed
    if viewed:
        return
    ambiguous = list(of_ambiguous_axis(facts)) if facts.over_classes else []
    yield from ambiguous
    if any(each.severity == "error" for each in ambiguous):
        return
    if facts.loss in _IN_SOFTMAX:
        yield from of_activation(facts)
    elif facts.loss == "nll_loss":
        yield from of_log_input(facts)
    elif facts.loss == "binary_cross_entropy":
        yield from of_probabilities(facts)
    elif facts.loss == "binary_cross_entropy_with_logits":
        yield from of_binary_activation(facts)
    elif Facts._floating(facts.target):
        yield from of_divergence(facts)
