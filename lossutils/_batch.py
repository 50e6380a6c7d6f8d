"""The one road from a function's arguments to its result: prepare, formula, reduce.

    batch = over_classes(input, target, …)    checked arrays of one library, cut into blocks
    formula(xp, z, y, w_y)                    called with the values of one block after another
    batch.reduce(formula)                     the results, added up or joined, in the final dtype

A formula receives rows of classes along the last axis, or elements. NumPy arrays reach it in blocks
that fit the processor's cache: each value is fetched from memory once, and temporaries never grow
with the input. Anything narrower than float32 is computed in float32, as PyTorch's kernels do, and
rounded once, at the end.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from lossutils._arrays import to_arrays
from lossutils._blocks import element_blocks, is_small, row_blocks
from lossutils._checks import (
    are_distributions,
    require_class_indices,
    require_distribution,
    require_integer,
    require_joint,
    require_outcomes,
    require_probabilities,
    require_reduction,
    tolerance,
    wanted_indices,
)
from lossutils._formulas import sums, takes_slopes
from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    device,
    is_eager,
    is_floating,
    is_numpy_array,
    is_numpy_namespace,
    is_torch_array,
    moveaxis,
    promoted,
    quiet,
    records_gradient,
    upcast,
    values_are_readable,
)

Formula = Callable[..., Any]


class Batch:
    """Arrays ready for a formula, the blocks to cut them into, and the dtype of the result.

    `axis` is where the rows' axis belongs in a result that has it; -1 leaves it the last.
    """

    narrow = False  # whether formulas get floats as they are, and upcast what they use of them

    def __init__(
        self, xp: Namespace, dtype: Any, arrays: list[Array], cut: Iterable[Any], axis: int = -1
    ) -> None:
        self.xp, self.dtype, self.arrays, self.cut, self.axis = xp, dtype, arrays, cut, axis

    def values(self, block: Any) -> list[Array]:
        """Return the arrays' values in the block, floats upcast."""
        parts = self.arrays if block is ... else [x[block] for x in self.arrays]
        return parts if self.narrow else upcast(self.xp, self.dtype, *parts)

    def results(self, formula: Formula) -> Iterator[tuple[Any, Any]]:
        """Yield each block's index and the formula's result there: the one block loop."""
        for block in self.cut:
            yield block, formula(self.xp, *self.values(block))  # bound to no name, to be freed

    def map(self, formula: Formula, *, each: bool = False) -> Array:
        """Return the formula's results: a number for each row, or with `each` for each element."""
        with quiet(self.xp):
            result = self.joined(self.results(formula), each=each)
            if each and self.axis >= 0:
                result = moveaxis(self.xp, result, -1, self.axis)
            return cast_back(self.xp, result, self.dtype)

    def joined(self, results: Iterable[tuple[Any, Array]], *, each: bool) -> Array:
        """Join the blocks' results into one array: a number for each row, or for each element."""
        first, whole = self.arrays[0], None
        scattered = each and is_numpy_array(first) and not first.flags.c_contiguous
        for block, result in results:
            if block is ... and not scattered:
                return result
            if whole is None:
                # empty_like keeps the strides: once the axes are moved back, the result is laid
                # out as the input is.
                whole = self.xp.empty_like(first if each else first[..., 0], dtype=self.dtype)
            whole[block] = result
        return whole


def over_rows(xp: Namespace, x: Array, axis: int, dtype: Any = None) -> Batch:
    """Return the rows of `x` along `axis`; `dtype` is the result's, by default that of `x`."""
    rows, dtype = [moveaxis(xp, x, axis, -1)], x.dtype if dtype is None else dtype
    return Batch(xp, dtype, rows, cut_rows(xp, dtype, rows), axis)


def over_numbers(xp: Namespace, arrays: list[Array]) -> Batch:
    """Return the elements of an array, which can be cut anywhere."""
    x = arrays[0]
    return Batch(xp, x.dtype, arrays, cut_rows(xp, x.dtype, arrays, shape=(*x.shape, 1)))


def cut_rows(
    xp: Namespace,
    dtype: Any,
    arrays: list[Array],
    *,
    beside: Iterable[Array] = (),
    shape: tuple[int, ...] | None = None,
    pieces: int = 24,
) -> Iterable[Any]:
    """Return where to cut the arrays, whose rows have this `shape`, by default that of the first.

    Tensors are not cut if a graph is recorded, whether for them or for the tensors `beside` them
    that the formula uses.
    """
    shape = arrays[0].shape if shape is None else shape
    if is_small(shape) or not _is_without_graph(xp, *arrays, *beside):
        return [...]
    return row_blocks(shape, xp.finfo(at_least_float32(xp, dtype)).bits // 8, pieces)


def _is_without_graph(xp: Namespace, *arrays: Array) -> bool:
    """Say whether the arrays are NumPy's, or CPU tensors that need values only, no gradients."""
    if not is_torch_array(arrays[0]):
        return is_numpy_namespace(xp)
    return all(values_are_readable(x) and not records_gradient(x) for x in arrays)


class Distributions(Batch):
    """Rows that are distributions. NumPy's are checked while their block is in the cache.

    `given` is where they lie in the arrays as `named` in errors: one axis, or a joint table's two.
    """

    named: dict[str, Array]
    given: int | tuple[int, int]
    columns: int  # of a joint table

    def values(self, block: Any) -> list[Array]:
        xp = self.xp
        if not is_numpy_namespace(xp):
            return super().values(block)
        wide = at_least_float32(xp, self.dtype)
        parts = [np.ascontiguousarray(p[block], wide) for p in self.arrays]
        for p, part in zip(self.arrays, parts):
            allowed = tolerance(xp, p, p.shape[-1])
            if not are_distributions(xp, part, sums(xp, part, -1), allowed):
                require_distribution(xp, self.given, **self.named)  # raises, and says where
        return parts


def over_distributions(axis: int, *, pieces: int = 24, **distributions: Array) -> Distributions:
    """Return the distributions along `axis`, of one shape; the keywords are the names for errors."""
    xp, arrays = to_arrays(**distributions)
    named = dict(zip(distributions, arrays))
    axis = require_outcomes(axis, **named)
    rows = [moveaxis(xp, p, axis, -1) for p in arrays]
    return _distributions(xp, rows, named, axis, pieces)


def over_joint(axes: tuple[int, int], *, pieces: int = 24, **table: Array) -> Distributions:
    """Return joint tables as rows, each table row by row; the keyword is the name for errors.

    The first of the axes numbers a table's rows, the second its columns.
    """
    xp, (joint,) = to_arrays(**table)
    (name,) = table
    first, second = require_joint(axes, name, joint)
    # The second axis moves first, to the end; one before it would change the first one's number.
    tables = moveaxis(xp, moveaxis(xp, joint, second, -1), first - (first > second), -2)
    shape = tuple(tables.shape)
    rows = xp.reshape(tables, (*shape[:-2], shape[-2] * shape[-1]))
    batch = _distributions(xp, [rows], {name: joint}, (first, second), pieces)
    batch.columns = shape[-1]
    return batch


def _distributions(
    xp: Namespace,
    rows: list[Array],
    named: dict[str, Array],
    given: int | tuple[int, int],
    pieces: int,
) -> Distributions:
    dtype = promoted(xp, *rows)
    cut: Iterable[Any] = [...]
    if not is_numpy_namespace(xp):
        require_distribution(xp, given, **named)
    elif not is_small(rows[0].shape):
        cut = row_blocks(rows[0].shape, np.dtype(at_least_float32(xp, dtype)).itemsize, pieces)
    batch = Distributions(xp, dtype, rows, cut, given if isinstance(given, int) else -1)
    batch.named, batch.given = named, given
    return batch


class Losses(Batch):
    """Arrays whose losses are joined, added up, or divided by what counts as well."""

    reduction: str
    count: int | None  # what a mean divides by; None if weights are to be added up
    each = False  # whether a loss belongs to an element or to a row

    def losses(self, formula: Formula, slopes: Any, *arrays: Array) -> tuple[list[Array], Any]:
        """Return a block's losses, in parts to be added up, and in a list what a mean counts."""
        raise NotImplementedError

    def reduce(self, formula: Formula, *slopes: Formula) -> Array:
        """Return the losses, their sum or their mean."""
        xp = self.xp
        results = self.results(lambda _, *arrays: self.losses(formula, slopes, *arrays))
        with quiet(xp):
            if self.reduction == "none":
                losses = ((block, _added(parts)) for block, (parts, _) in results)
                return cast_back(xp, self.joined(losses, each=self.each), self.dtype)
            sums = [[xp.sum(x) for x in (*parts, *counts)] for _, (parts, counts) in results]
            parts = sums[0] if len(sums) == 1 else [xp.sum(xp.stack(x)) for x in zip(*sums)]
            count = parts.pop() if self.count is None else self.count
            # The means of the parts each by itself, as in PyTorch: where the weights cancel, so
            # that the mean divides by 0, one part may be infinite and the other NaN.
            parts = parts if self.reduction == "sum" else [x / count for x in parts]
            return cast_back(xp, _added(parts), self.dtype)


def _added(parts: list[Array]) -> Array:
    return functools.reduce(operator.add, parts)


class Classes(Losses):
    """Samples with a target each: a class index, the last of `arrays`, or probabilities.

    A formula for indices receives the arrays, with a valid index for ignored samples too, and each
    sample's weight, which is 1.0 if there are no weights. `w` is the weight of each class, or 1.0.
    """

    w: Array | float
    classes: int
    ignored: int | None  # None if no sample is
    has_indices: bool

    def losses(self, formula: Formula, slopes: Any, *arrays: Array) -> tuple[list[Array], Any]:
        xp, (*rows, y), kept = self.xp, arrays, None
        if not self.has_indices:
            return [formula(xp, *arrays)], []
        if self.ignored is not None:
            kept = y != self.ignored
            # Ignored samples: any valid class. A negative index would wrap around: moved out of
            # range, it raises where it could not be read before, on a GPU or in a compiled graph.
            y = xp.where(kept, xp.where(y < 0, self.classes, y), 0)
        counts = w_y = 1.0
        if not isinstance(self.w, float):
            w_y = _sample_weight(xp, self.w, y)
            counts = w_y = w_y if kept is None else _zero_ignored(xp, kept, w_y)
        elif kept is not None:
            counts = xp.astype(kept, at_least_float32(xp, self.dtype))
        losses = formula(xp, *rows, y, w_y)
        parts = [*losses] if isinstance(losses, tuple) else [losses]
        parts = parts if kept is None else [_zero_ignored(xp, kept, x) for x in parts]
        return parts, [counts] if self.count is None else []


def _zero_ignored(xp: Namespace, kept: Array, x: Array) -> Array:
    """Return `x` with 0 where a sample is ignored, also in place of NaN and in the gradient."""
    return xp.where(kept, x, xp.zeros_like(x))


def _sample_weight(xp: Namespace, w: Array, y: Array) -> Array:
    """Return each sample's weight: the entry of `w`, one for each class, at its index in `y`."""
    if w.shape[0] == 0:
        return xp.zeros(y.shape, dtype=w.dtype, device=device(w))
    if y.ndim == 1:
        return xp.take(w, y, axis=0)
    return xp.reshape(xp.take(w, xp.reshape(y, (math.prod(y.shape),)), axis=0), y.shape)


def over_classes(
    input: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    reduction: str,
    *,
    soft: bool = False,
    width: int | None = None,
    pieces: int = 16,
) -> Classes:
    """Return samples with their classes on axis 1, or on the only one.

    With `soft` the target may hold probabilities. Formulas read `width` numbers of a row, which they
    upcast themselves, or all.
    """
    require_reduction(reduction)
    ignored, given = require_integer("ignore_index", ignore_index), target
    xp, (z, target, *weights) = to_arrays(
        "target", input=input, target=target, **({} if weight is None else {"weight": weight})
    )
    axis = _class_axis(xp, z, target, given, soft)
    classes = z.shape[axis]
    if weights and weights[0].shape != (classes,):
        raise ValueError(
            f"weight must have shape ({classes},), one for each class, got {tuple(weights[0].shape)}"
        )
    dtype = promoted(xp, z, target, *weights)
    arrays = [moveaxis(xp, z, axis, -1), target]
    if is_floating(xp, target):
        if ignored >= 0:
            raise ValueError(
                "ignore_index has no effect on probabilities and must be negative where target "
                f"holds them, got {ignored}"
            )
        arrays[1], pieces = moveaxis(xp, target, axis, -1), 24
    rows = arrays[0].shape
    shape = None if width is None else (*rows[:-1], min(width, rows[-1]))
    cut = cut_rows(xp, dtype, arrays, beside=weights, shape=shape, pieces=pieces)
    batch = of_classes(xp, dtype, arrays, cut, reduction, classes, ignored, *weights)
    batch.narrow = width is not None
    return batch


def of_classes(
    xp: Namespace,
    dtype: Any,
    arrays: list[Array],
    cut: Iterable[Any],
    reduction: str,
    classes: int,
    ignored: int,
    *weights: Array,
) -> Classes:
    """Return the samples whose target is the last of `arrays`, refusing an index out of range."""
    batch, target = Classes(xp, dtype, arrays, cut), arrays[-1]
    wide = at_least_float32(xp, dtype)
    batch.w = xp.astype(weights[0], wide, copy=False) if weights else 1.0
    batch.reduction, batch.classes, batch.ignored, batch.count = reduction, classes, None, None
    batch.has_indices = not is_floating(xp, target)
    if not batch.has_indices:
        batch.count = math.prod(target.shape[:-1]) if classes else 0
        return batch
    all_valid = require_class_indices(xp, "target", target, classes, ignored)
    if not all_valid or 0 <= ignored < classes:
        batch.ignored = ignored
        if not weights and not values_are_readable(target):
            # An index that can't be read is refused where its weight is looked up.
            batch.w = xp.ones(classes, dtype=wide, device=device(target))
    elif not weights:
        batch.count = math.prod(target.shape)
    return batch


def _class_axis(xp: Namespace, z: Array, target: Array, given_target: Any, soft: bool) -> int:
    """Return the classes' axis, refusing a target whose type or shape does not go with `z`."""
    shape, given = tuple(z.shape), tuple(target.shape)
    if not shape:
        raise ValueError(
            "input must have an axis of classes: shape (C,), (N, C) or (N, C, d1, ...), got the "
            "shape ()"
        )
    axis = min(1, len(shape) - 1)
    samples = shape[:axis] + shape[axis + 1 :]
    if not is_floating(xp, target):
        if given != samples:
            what = f"target must have shape {samples} to hold indices of the classes on axis {axis}"
            hint = ""
            if given == shape and soft:
                hint = ": to be probabilities it must be floats"
            elif tuple(n for n in given if n != 1) == tuple(n for n in samples if n != 1):
                hint = ": leave out the axis of length 1"
            elif len(shape) > 2 and given == shape[:-1]:
                moved = "input.movedim(-1, 1)" if is_torch_array(z) else "xp.moveaxis(input, -1, 1)"
                moved = "np.moveaxis(input, -1, 1)" if is_numpy_array(z) else moved
                hint = f": if the classes are on the last axis, move it, input = {moved}"
            raise ValueError(f"{what} of input, of shape {shape}, got {given}{hint}")
    elif shape == given[:1] + given[2:] and len(given) > 1:
        raise ValueError(
            f"input must have the logits, in an axis of classes that target lacks, got input of "
            f"shape {shape} and target of shape {given}: are the two exchanged?"
        )
    elif not soft or given == samples:
        raise wanted_indices(target, given_target, axis=axis if given == shape != samples else None)
    elif given != shape:
        raise ValueError(
            f"target must have the shape of input, {shape}, to hold probabilities, or be integers "
            f"of shape {samples}, got {target.dtype} of shape {given}"
        )
    return axis


class Elements(Losses):
    """Elements with a target each, and perhaps a weight, the last of `arrays`."""

    has_weight: bool
    each = True

    def losses(self, formula: Formula, slopes: Any, *arrays: Array) -> tuple[list[Array], Any]:
        """Return the weighted losses; each `slope(xp, g, x, t, …)` is that in one argument."""
        *arguments, w = arrays if self.has_weight else (*arrays, None)
        if takes_slopes(*arguments):
            from lossutils._autograd import with_slopes

            losses = with_slopes(formula, slopes, *arguments)
        else:
            losses = formula(self.xp, *arguments)
        return [losses if w is None else losses * w], []


def over_elements(
    input: Array,
    target: Array,
    reduction: str,
    *others: str,
    weight: Array | None = None,
    pos_weight: Array | None = None,
    probabilities: bool = False,
) -> Elements:
    """Return elements with their targets; `others` are further reductions that are allowed."""
    require_reduction(reduction, *others)
    optional = {"pos_weight": pos_weight, "weight": weight}
    factors = {name: x for name, x in optional.items() if x is not None}
    xp, arrays = to_arrays(input=input, target=target, **factors)
    x, t = arrays[:2]
    if x.shape != t.shape:
        raise ValueError(
            f"input and target must have the same shape, got {tuple(x.shape)} and "
            f"{tuple(t.shape)}: nothing is broadcast"
        )
    for name, factor in zip(factors, arrays[2:]):
        _require_broadcastable(name, tuple(factor.shape), tuple(x.shape))
    if probabilities:
        require_probabilities(xp, "input", x, exact=True)
        require_probabilities(xp, "target", t, exact=True)
    dtype = promoted(xp, *arrays)
    arrays[2:] = [xp.broadcast_to(factor, x.shape) for factor in arrays[2:]]
    batch = Elements(xp, dtype, arrays, _cut_elements(xp, arrays, reduction))
    batch.reduction, batch.has_weight = reduction, weight is not None
    whole = reduction == "batchmean" and x.ndim > 0
    batch.count = x.shape[0] if whole else math.prod(x.shape)
    return batch


def _cut_elements(xp: Namespace, arrays: list[Array], reduction: str) -> Iterable[Any]:
    """Return where to cut elements: not if torch records a graph or joins what is cut."""
    if is_torch_array(arrays[0]):
        traced = any(not is_eager(x) or x.requires_grad for x in arrays)
        whole = reduction == "none" or traced
    else:
        whole = not is_numpy_namespace(xp)
    return [...] if whole else element_blocks(xp, arrays[0])


def _require_broadcastable(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Refuse a shape that does not broadcast to `shape`, or that would enlarge it."""
    fits = len(given) <= len(shape) and all(
        k in (1, n) for k, n in zip(reversed(given), reversed(shape))
    )
    if not fits:
        raise ValueError(f"{name} must broadcast to the shape of input, {shape}, got {given}")


def cast_back(xp: Namespace, x: Array, dtype: Any) -> Array:
    """Return the result `x` in its final dtype; a NumPy array without an axis as a scalar."""
    x = x if x.dtype == dtype else xp.astype(x, dtype)
    return x[()] if is_numpy_namespace(xp) else x
