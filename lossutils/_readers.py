"""Read the arguments of a loss in blocks of samples: what each adds, and its least and gradient.

READERS[loss](call)    the reader of a loss
reader.blocks()        the arguments' values, sample by sample, one block after another
reader.read(block)     the samples' losses and floors, by the library's own formulas
reader.details(…)      what there is to see of a few samples
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossutils._arrays import require_no_tensors, to_arrays
from lossutils._batch import Classes, Losses, over_classes, over_elements
from lossutils._blocks import is_small, row_blocks
from lossutils._call import Call, Loss
from lossutils._checks import require_class_indices, require_flag, require_integer, require_number
from lossutils._differences import noise_of
from lossutils._formulas import (
    gather,
    log_sigmoid_of,
    log_softmax_of_rows,
    masked_log,
    mixed_with_uniform,
    sigmoid_of,
)
from lossutils._namespaces import Array, holds_values, is_torch_array, moveaxis, quiet
from lossutils.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy_loss,
    focal_loss,
    kl_div_loss,
    nll_loss,
)

Numbers = NDArray[Any]

_PIECES = 48  # at least so many blocks, unless they would be tiny: a formula holds several at once
_LEAST_VARIANCE = float(np.float32(1e-12))  # what PyTorch clamps p (1 - p) at, from below


@dataclass
class Block:
    """What the samples of a block add to the totals.

    `own` and `spread` are the parts of their losses, `spread` what smoothing adds; `weights` what
    they count in a mean; `floors` the least that the losses could be, and `ceilings` the most, which
    matter if the weights' sum is negative.
    """

    own: Numbers
    spread: Numbers
    kept: Numbers
    weights: Numbers
    floors: Numbers
    ceilings: Numbers
    each: Numbers | None = None  # the losses by element, where a sample has several


class Reader(ABC):
    """A loss with its arguments, ready to be read in blocks of samples."""

    batch: Losses
    classes: int | None = None  # None for yes or no
    takes_classes = takes_indices = False
    alpha = 0.0
    unit = "sample"
    read_as: tuple[str, str]
    formula: str
    divided_by: str

    def __init__(self, call: Call) -> None:
        self.loss, self.options = call.loss, dict(call.options)
        self.theirs = call.source == "torch"
        for name in ("weight", "pos_weight"):
            if self.options.get(name) is not None:
                self.options[name] = self._taken(name, _detached(name, self.options[name]), call)
        self.reduction: str = self.options["reduction"]
        self.prepare(_detached("input", call.input), _detached("target", call.target))
        factors = [self.options.get(name) for name in ("weight", "pos_weight")]
        dtypes = [name_of(x.dtype) for x in (*self.batch.arrays, *factors) if hasattr(x, "dtype")]
        self.noise = noise_of(dtypes)

    def _taken(self, name: str, w: Array, call: Call) -> Array:
        """Return integer weights as floats where PyTorch multiplies by them all the same."""
        z, t = call.input, call.target
        if not (self.theirs and all(map(is_torch_array, (w, z, t))) and z.is_floating_point()):
            return w
        picked = self.takes_classes and not t.is_floating_point()  # in one type with the input
        subtracted = name == "pos_weight" and name_of(w.dtype) == "bool"
        whole = not (w.is_floating_point() or w.is_complex())
        return w.to(z.dtype) if whole and not (picked or subtracted) else w

    @abstractmethod
    def prepare(self, input: Array, target: Array) -> None:
        """Check the arguments and make them a batch."""

    @abstractmethod
    def read(self, arrays: list[Numbers]) -> Block:
        """Return what a block's samples add."""

    @abstractmethod
    def details(self, arrays: list[Numbers], block: Block, divisor: Any) -> Iterator[Any]:
        """Yield, for each sample, what `Sample` says of its classes."""

    @abstractmethod
    def in_pytorch(self, function: Callable[..., Any], arrays: list[Any], reduction: str) -> Any:
        """Return what PyTorch's function gives for a block's tensors."""

    @property
    def count(self) -> int | None:
        """What a mean divides by, or None for the weights of the samples that count."""
        return self.batch.count

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the samples, without the axis of classes if there is one."""
        shape = tuple(self.batch.arrays[0].shape)
        return shape if self.classes is None else shape[:-1]

    def blocks(self) -> tuple[bool, Iterator[list[Numbers]]]:
        """Return whether there is only one block, and the blocks: arrays of samples."""
        x = self.batch.arrays[0]
        shape = (*self.shape, 1 if self.classes is None else self.classes)
        # For each number of an element there are several more, in float64.
        more = 8 if self.classes is None else 1
        size = more * self.batch.xp.finfo(x.dtype).bits // 8
        cut = [...] if is_small(shape) else list(row_blocks(shape, size, more * _PIECES))

        def values() -> Iterator[list[Numbers]]:
            for block in cut:
                gone = 0 if block is ... else sum(isinstance(k, int) for k in block)
                depth = len(self.shape) - gone
                yield [_as_samples(as_numpy(x), depth) for x in self.batch.values(block)]

        return len(cut) == 1, values()

    def as_samples(self, losses: Numbers) -> Numbers:
        """Return PyTorch's losses of the whole call in the order of the samples."""
        return losses

    def described(self, call: Call) -> tuple[str, str]:
        """Return what input and target were read as, with shapes and dtypes."""
        first, second = (
            f"{kind}, {_kind(given, x)}"
            for kind, given, x in zip(self.read_as, (call.input, call.target), self.batch.arrays)
        )
        return first, second


def _is_number_to_pytorch(x: Any) -> bool:
    """Say whether PyTorch takes the tensor where it wants a number."""
    return x.ndim == 0 and not x.requires_grad and not x.is_complex()


class _OfClasses(Reader):
    """Samples with one class each, by its index or by probabilities."""

    batch: Classes
    classes: int
    takes_classes = True

    def prepare(self, input: Array, target: Array) -> None:
        options = self.options
        alpha = options.get("label_smoothing", 0.0)
        number = is_torch_array(alpha) and _is_number_to_pytorch(alpha)
        if self.theirs and (number or isinstance(alpha, (bool, np.bool_))):
            alpha = float(alpha)  # True is 1.0 to PyTorch
        try:
            alpha = require_number("label_smoothing", alpha, 0, 1)
        except ValueError as error:
            silent = self.theirs and not alpha > 1  # NaN too
            raise ValueError(f"{error}{': PyTorch takes that for 0' * silent}") from None
        self.alpha = alpha
        self.gamma = require_number("gamma", options.get("gamma", 0.0), 0)
        self.ignored = require_integer("ignore_index", options["ignore_index"])
        weight, soft = options["weight"], self.loss == "cross_entropy"
        shape, alone = _shape(input), _shape(target) == (1,)
        if self.theirs and not alpha and len(shape) == 1 < shape[0] and alone:
            target = target[0]  # the index of a single sample, in a row of one
        self.batch = batch = over_classes(
            input, target, weight, self.ignored, self.reduction, soft=soft
        )
        self.classes, self.takes_indices = batch.classes, batch.has_indices
        self.w = None if weight is None else as_numpy(batch.w)
        self.even = self.alpha / max(self.classes, 1)
        if self.takes_indices:
            xp, y = batch.xp, batch.arrays[1]
            require_class_indices(xp, "target", y, self.classes, self.ignored, copied=True)
            self.floors, self.opposites = self._least_by_class(1.0), self._least_by_class(-1.0)
        kind = "log-probabilities" if self.loss == "nll_loss" else "logits"
        what = "class indices" if self.takes_indices else "class probabilities"
        self.read_as = f"{kind} of {_counted(self.classes, 'class', 'classes')}", what
        self.formula = self._formula()
        counting = "the samples that count"
        if self.takes_indices:
            self.divided_by = counting if weight is None else f"the weights of {counting}"
        else:
            self.divided_by = "the number of samples, weights or not"

    @property
    def count(self) -> int | None:
        return None if self.takes_indices else super().count

    def _formula(self) -> str:
        w_y, w_k = ("", "") if self.w is None else ("w_y ", "w_k ")
        where = "log q = input" if self.loss == "nll_loss" else "q = softmax(input)"
        where += "" if self.w is None else ", w = weight"
        if self.loss == "focal_loss":
            return f"-{w_y}(1 - q_y)^{self.gamma:g} log q_y, where {where}"
        a, rest = f"{self.alpha:g}", f"{1 - self.alpha:g}"
        if not self.takes_indices:
            t = f"({rest} t_k + {a}/{self.classes})" if self.alpha else "t_k"
            return f"-sum_k {w_k}{t} log q_k, where {where}"
        if self.alpha:
            spread = f"{a}/{self.classes} sum_k {w_k}log q_k"
            return f"-{rest} {w_y}log q_y - {spread}, where {where}"
        return f"-{w_y}log q_y, where {where}"

    def _least_by_class(self, sign: float) -> Numbers:
        """Return the least loss of a sample of each class, its sign changed or not."""
        w = sign * (np.ones(self.classes) if self.w is None else self.w.astype(np.float64))
        with quiet(np):
            if self.classes < 2:
                return 0.0 * w
            # What -log q_k is multiplied by: a share for all classes, more for the sample's own.
            spread, own = self.even * w, (1 - self.alpha) * w
            others = np.sum(_x_log_x(spread)) - _x_log_x(spread)
            least = _x_log_x(np.sum(spread) + own) - others - _x_log_x(spread + own)
            negative = np.any(spread < 0) | (w < 0)
            least = np.where(negative, -np.inf, np.maximum(least, 0.0))
            return np.where(np.isnan(np.sum(spread) + own), np.nan, least)

    def read(self, arrays: list[Numbers]) -> Block:
        z, target = arrays
        if not self.takes_indices:
            t = target.astype(np.float64)
            c = mixed_with_uniform(t, self.alpha) if self.alpha else t
            c = c if self.w is None else c * self.w
            losses = cross_entropy_loss(
                z, target, weight=self.w, label_smoothing=self.alpha, reduction="none"
            )
            return _unweighted(losses, _least(c))
        kept = target != self.ignored
        y = np.where(kept, target, 0)
        w_y = np.ones(len(y)) if self.w is None else self._of(self.w, y)
        own, spread = self._losses(z, y, w_y)
        return Block(
            own=np.where(kept, own, 0.0).astype(np.float64),
            spread=np.where(kept, spread, 0.0).astype(np.float64),
            kept=kept,
            weights=np.where(kept, w_y, 0.0).astype(np.float64),
            floors=np.where(kept, self._of(self.floors, y), 0.0),
            ceilings=np.where(kept, -self._of(self.opposites, y), 0.0),
        )

    def _of(self, x: Numbers, y: Numbers) -> Numbers:
        return x[y] if self.classes else np.zeros(len(y))

    def _losses(self, z: Numbers, y: Numbers, w_y: Numbers) -> tuple[Numbers, Numbers]:
        """Return the parts of each sample's loss: its own, and what smoothing spreads."""
        none = np.zeros(len(y))
        if not self.classes:
            return none, none
        if self.alpha:
            log_q = log_softmax_of_rows(np, z)
            own = 0.0 - w_y.astype(z.dtype) * gather(np, log_q, y)
            uniform = 0.0 - np.sum(log_q if self.w is None else self.w * log_q, axis=-1)
            return (1 - self.alpha) * own, self.even * uniform
        if self.loss == "focal_loss":
            return focal_loss(z, y, gamma=self.gamma, weight=self.w, reduction="none"), none
        function = nll_loss if self.loss == "nll_loss" else cross_entropy_loss
        return function(z, y, weight=self.w, reduction="none"), none

    def details(self, arrays: list[Numbers], block: Block, divisor: Any) -> Iterator[Any]:
        z, target = arrays
        logs = z if self.loss == "nll_loss" else log_softmax_of_rows(np, z)
        logs = logs.astype(np.float64)
        w = np.ones(z.shape[-1]) if self.w is None else self.w.astype(np.float64)
        kept = block.kept[:, None]
        picked = np.zeros(z.shape, bool)
        if self.takes_indices:
            y = np.where(block.kept, target, 0)
            picked = (np.arange(z.shape[-1]) == y[:, None]) & kept
            c = np.where(picked, (1 - self.alpha) * w, 0.0) + self.even * w * kept
            touched = np.broadcast_to(kept, z.shape) if self.alpha else picked
        else:
            t = target.astype(np.float64)
            c = w * (mixed_with_uniform(t, self.alpha) if self.alpha else t)
            touched = ~picked
        # Divided before anything is added up, as in PyTorch: weights that cancel divide by 0.
        slopes = np.where(touched, c / divisor, 0.0)
        if self.loss == "focal_loss":
            c, gradient = self._focal(logs, c, slopes, picked)
        elif self.loss == "nll_loss":
            gradient = 0.0 - slopes
        else:
            gradient = np.sum(slopes, axis=-1, keepdims=True) * np.exp(logs) - slopes
        terms = np.where(touched, 0.0 - c * logs, 0.0)
        for i in range(len(z)):
            yield {
                "input": z[i].astype(np.float64),
                "log": logs[i],
                "target": int(target[i]) if self.takes_indices else target[i].astype(np.float64),
                "weight": float(block.weights[i]) if self.takes_indices else w,
                "factors": c[i],
                "terms": terms[i],
                "gradient": gradient[i],
            }

    def _focal(self, logs: Numbers, w: Numbers, slopes: Numbers, picked: Numbers) -> Any:
        """Return what -log q_y is multiplied by, and the gradient.

        The slope of (1 - q)^gamma log q in log q is (1 - q)^gamma - gamma q (1 - q)^(gamma - 1)
        log q, that of log q_y in z_k is 1 - q_y for k = y, else -q_k. Where q_y = 1 the latter is
        0, and the former, which may be infinite, is put to 1, as in `focal_loss`.
        """
        q, away = np.exp(logs), -np.expm1(logs)
        rest = np.where(logs == 0, 1.0, away)
        bend = self.gamma * rest ** (self.gamma - 1) * np.where(q == 0, 0.0, q * logs)
        slope = np.where(picked, slopes * (bend - rest**self.gamma), 0.0)
        gradient = np.sum(slope, axis=-1, keepdims=True) * np.where(picked, away, -q)
        return np.where(picked, w * rest**self.gamma, 0.0), gradient

    def in_pytorch(self, function: Callable[..., Any], arrays: list[Any], reduction: str) -> Any:
        weight = None if self.w is None else as_tensor(self.w)
        return function(*arrays, **{**self.options, "weight": weight, "reduction": reduction})


class _OfYesOrNo(Reader):
    """Elements that are a yes or a no each, by a probability or by a logit."""

    def prepare(self, input: Array, target: Array) -> None:
        self.logits = self.loss == "binary_cross_entropy_with_logits"
        self.factors = [n for n in ("pos_weight", "weight") if self.options.get(n) is not None]
        given = {name: self.options[name] for name in self.factors}
        self.batch = over_elements(
            input, target, self.reduction, probabilities=not self.logits, **given
        )
        self.divided_by, self.unit = "the number of elements, weights or not", "element"
        self.read_as = "logits" if self.logits else "probabilities", "the chances of yes"
        w = "w " if "weight" in self.factors else ""
        b = "b " if "pos_weight" in self.factors else ""
        p = "p = sigmoid(input)" if self.logits else "p = input, each log clamped at -100"
        p += (", b = pos_weight" if b else "") + (", w = weight" if w else "")
        self.formula = f"-{w}({b}t log p + (1 - t) log(1 - p)), where {p}"

    def _given(self, factors: list[Numbers]) -> tuple[Any, Any]:
        """Return the factor of yes and the weight, each 1 where it is not given."""
        named = {name: x.astype(np.float64) for name, x in zip(self.factors, factors)}
        return named.get("pos_weight", 1.0), named.get("weight", 1.0)

    def read(self, arrays: list[Numbers]) -> Block:
        x, t, *factors = arrays
        b, w = self._given(factors)
        named = dict(zip(self.factors, factors))
        function = binary_cross_entropy_with_logits if self.logits else binary_cross_entropy
        losses = function(x, t, reduction="none", **named)
        c = _yes_and_no(t, b)
        if self.logits:
            c = c * np.broadcast_to(w, x.shape)[..., None]
            return _unweighted(losses, _least(c))
        # Clamped logarithms bound the loss from both sides: at p = 0 it is 100 t.
        low, high = np.minimum(_least(c), 100 * np.min(c, axis=-1)), 100 * np.max(c, axis=-1)
        return _unweighted(losses, np.minimum(w * low, w * high))

    def details(self, arrays: list[Numbers], block: Block, divisor: Any) -> Iterator[Any]:
        read, target, *factors = arrays
        x, t = read.astype(np.float64), target.astype(np.float64)
        b, w = self._given(factors)
        if self.logits:
            logs = [log_sigmoid_of(np, read), log_sigmoid_of(np, -read)]
            yes = b * t
            slope = (1 - t) * sigmoid_of(np, x) - yes * sigmoid_of(np, -x) + (yes - yes)
            gradient = w * slope / divisor
        else:
            sure = np.ones_like(read), np.zeros_like(read)
            logs = [0.0 - binary_cross_entropy(read, each, reduction="none") for each in sure]
            gradient = w * (x - t) / np.maximum(x * (1 - x), _LEAST_VARIANCE) / divisor
        log = np.stack(logs, axis=-1).astype(np.float64)
        w = np.broadcast_to(w, x.shape)
        c = _yes_and_no(t, b) * w[..., None]
        for i in range(len(x)):
            yield {
                "input": x[i],
                "log": log[i],
                "target": float(t[i]),
                "weight": float(w[i]),
                "factors": c[i],
                "terms": 0.0 - c[i] * log[i],
                "gradient": gradient[i],
            }

    def in_pytorch(self, function: Callable[..., Any], arrays: list[Any], reduction: str) -> Any:
        x, t, *factors = arrays
        return function(x, t, reduction=reduction, **dict(zip(self.factors, factors)))


class _OfDistributions(Reader):
    """Rows whose divergences are added up: what `kl_div` computes element by element."""

    def prepare(self, input: Array, target: Array) -> None:
        self.given_as_log = require_flag("log_target", self.options["log_target"])
        xp, (x, t) = to_arrays(input=input, target=target)
        first, second = tuple(x.shape), tuple(t.shape)
        shape = _broadcast(first, second) if self.theirs else None
        if shape is not None:
            x, t = (xp.broadcast_to(each, shape) for each in (x, t))
        self.batch = over_elements(x, t, self.reduction, "batchmean")
        shape = tuple(x.shape)
        whole = self.reduction == "batchmean"
        if whole:  # PyTorch divides by the input's own axis
            self.batch.count = first[0] if first else 1
        self.axis = self._axis_of(self.batch.arrays[1])
        self.batch.arrays = [
            moveaxis(xp, each, self.axis, -1) if shape else xp.reshape(each, (1,))
            for each in self.batch.arrays
        ]
        self.classes = int(self.batch.arrays[0].shape[-1])
        along = f" along axis {self.axis % len(shape)}" if len(shape) > 2 else ""
        logs = "log-probabilities"
        self.read_as = (
            f"{logs} of {_counted(self.classes, 'outcome', 'outcomes')}{along}"
            + ", broadcast: gradients add up" * (first != shape),
            (logs if self.given_as_log else "probabilities") + ", broadcast" * (second != shape),
        )
        self.formula = "sum_k t_k (log t_k - log q_k), where log q = input" + (
            ", log t = target" if self.given_as_log else ""
        )
        self.unit = "row"
        self.divided_by = "the length of axis 0" if whole else "the number of elements, not of rows"

    def _axis_of(self, t: Array) -> int:
        """Return the axis of the outcomes: the last, or axis 1 if the first row says so."""
        shape = tuple(t.shape)
        if len(shape) < 3 or math.prod(shape) == 0:
            return -1
        first = (0,) * (len(shape) - 2)
        rows = t[(*first, 0)], t[(0, slice(None), *first)]
        last, second = (
            abs(float(np.sum(np.exp(p) if self.given_as_log else p)) - 1)
            for p in (as_numpy(row).astype(np.float64) for row in rows)
        )
        return 1 if second < 1e-2 < last else -1

    def read(self, arrays: list[Numbers]) -> Block:
        log_q, t = arrays
        each = kl_div_loss(log_q, t, reduction="none", log_target=self.given_as_log)
        p = t.astype(np.float64)
        floors = _x_log_x(np.sum(np.exp(p) if self.given_as_log else p, axis=-1))
        # 0 times the logarithm that is given for it is NaN, and so is that of a negative number.
        void = np.any(p == -np.inf if self.given_as_log else p < 0, axis=-1)
        floors = np.where(void, np.nan, floors)
        block = _unweighted(np.sum(each, axis=-1, dtype=np.float64), floors)
        block.each = np.asarray(each)
        return block

    def details(self, arrays: list[Numbers], block: Block, divisor: Any) -> Iterator[Any]:
        log_q, t = (each.astype(np.float64) for each in arrays)
        c = np.exp(t) if self.given_as_log else t
        each = np.asarray(block.each, np.float64)
        for i in range(len(log_q)):
            yield {
                "input": log_q[i],
                "log": log_q[i],
                "target": t[i],
                "weight": 1.0,
                "factors": c[i],
                "terms": each[i],
                "gradient": 0.0 - c[i] / divisor,
            }

    def in_pytorch(self, function: Callable[..., Any], arrays: list[Any], reduction: str) -> Any:
        return function(*arrays, reduction=reduction, log_target=self.given_as_log)

    def as_samples(self, losses: Numbers) -> Numbers:
        return np.moveaxis(losses, self.axis, -1) if losses.ndim else losses


READERS: dict[Loss, type[Reader]] = {
    "cross_entropy": _OfClasses,
    "nll_loss": _OfClasses,
    "focal_loss": _OfClasses,
    "binary_cross_entropy": _OfYesOrNo,
    "binary_cross_entropy_with_logits": _OfYesOrNo,
    "kl_div": _OfDistributions,
}


def _unweighted(losses: Any, floors: Numbers) -> Block:
    """Return the block of samples that all count, each once: no mean divides by less than 0."""
    own = np.asarray(losses, np.float64)
    one = np.ones(len(own))
    return Block(own, np.zeros(len(own)), one > 0, one, floors, floors)


def _yes_and_no(t: Numbers, b: Any) -> Numbers:
    """Return what -log p and -log(1 - p) are multiplied by, without the weight."""
    t = t.astype(np.float64)
    return np.stack([b * t, 1 - t]).T  # NumPy adds up two long columns faster than many pairs


# Arrays


def _detached(name: str, x: Array) -> Array:
    """Return the argument without its graph, refusing a tensor that has no values to read."""
    if not is_torch_array(x):
        require_no_tensors(name, x)
        return x
    if not holds_values(x):
        if x.is_meta:
            raise ValueError(f"{name} must have values to read, got a tensor on the meta device")
        raise ValueError(
            f"{name} must have values to read, got a traced tensor: call explain outside "
            "torch.compile and torch.func"
        )
    return x.detach()


def _shape(x: Any) -> tuple[int, ...]:
    """Return the shape of the argument; () if it can't be an array, which is refused later."""
    try:
        return tuple(np.shape(x))
    except (TypeError, ValueError):
        return ()


def as_numpy(x: Array) -> Numbers:
    """Return the values as a NumPy array; floats that NumPy lacks as float32."""
    if not is_torch_array(x):
        return np.asarray(x)
    x = x.detach().cpu().resolve_neg()
    return np.asarray(x.float() if str(x.dtype) == "torch.bfloat16" else x)


def _as_samples(x: Numbers, depth: int) -> Numbers:
    """Return the array with its first `depth` axes as one."""
    return x.reshape(math.prod(x.shape[:depth]), *x.shape[depth:])


def _broadcast(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape that both are broadcast to, if there is one."""
    try:
        return np.broadcast_shapes(one, two)
    except ValueError:
        return None


def as_tensor(x: Numbers) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(x))


def name_of(dtype: Any) -> str:
    """Return a dtype's name without its library's."""
    return np.dtype(dtype).name if isinstance(dtype, type) else str(dtype).rpartition(".")[2]


def _counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _kind(given: Any, x: Array) -> str:
    """Return the shape and dtype of an argument, as given if it is an array."""
    if not hasattr(given, "dtype"):
        return f"{np.shape(given)} {name_of(x.dtype)}"
    return f"{tuple(given.shape)} {name_of(given.dtype)}"


# Floors


def _x_log_x(x: Numbers) -> Numbers:
    """Return x log x, 0 at 0 and NaN below."""
    product: Numbers = x * masked_log(np, x, x == 0)
    return product


def _least(c: Numbers) -> Numbers:
    """Return the least of -sum_k c_k log q_k over all distributions q, for each row.

    It is S log S - sum_k c_k log c_k, where q is proportional to c and S is its sum. If any c_k is
    negative there is none: its -log q_k grows without bound.
    """
    if c.shape[-1] < 2:  # q_0 = 1
        return np.zeros(c.shape[:-1])
    least = _x_log_x(np.sum(c, axis=-1)) - np.sum(_x_log_x(c), axis=-1)
    least = np.where(np.any(c < 0, axis=-1), -np.inf, np.maximum(least, 0.0))
    return np.where(np.any(np.isnan(c), axis=-1), np.nan, least)
