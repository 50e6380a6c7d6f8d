"""The one road: prepare, formula, reduce."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from lossutils._arrays import to_arrays
from lossutils._blocks import element_blocks, is_small, row_blocks
from lossutils._checks import (
    are_distributions,
    log_base,
    require_distribution,
    require_outcomes,
    require_probabilities,
    tolerance,
)
from lossutils._formulas import sums
from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    device,
    is_compiling,
    is_eager,
    is_numpy_array,
    is_numpy_namespace,
    is_torch_array,
    moveaxis,
    promoted,
    promoted_type,
    quiet,
    records_gradient,
    upcast,
    values_are_readable,
)


def per_distribution(
    formula: Callable[..., Array],
    axis: int,
    base: float | None = None,
    *,
    pieces: int = 24,
    **distributions: Array,
) -> Array:
    """Return `formula(xp, *rows, *sums)`, a number for each distribution, in units of `base`.

    The rows are checked distributions of one dtype, at least float32, with their outcomes on the
    last axis; the sums are the sums of the rows. The results are rounded to the inputs' dtype once,
    at the end. NumPy arrays are checked and passed to the formula one block of rows at a time: each
    value is fetched from memory once, and the temporaries do not grow with the input.
    """
    unit = log_base(base)
    xp, arrays = to_arrays(**distributions)
    named = dict(zip(distributions, arrays))
    axis = require_outcomes(axis, **named)
    dtype = promoted_type(xp, *(p.dtype for p in arrays))
    wide = at_least_float32(xp, dtype)
    rows = [moveaxis(xp, p, axis, -1) for p in arrays]
    if not is_numpy_namespace(xp):
        require_distribution(xp, axis, **named)
        with quiet(xp):
            rows = [xp.astype(p, wide, copy=False) for p in rows]
            result = formula(xp, *rows, *(sums(xp, p, -1) for p in rows)) / unit
            return xp.astype(result, dtype, copy=False)

    results = np.empty(rows[0].shape[:-1], dtype)
    allowed = [tolerance(xp, p, p.shape[-1]) for p in rows]
    cut = row_blocks(rows[0].shape, np.dtype(wide).itemsize, pieces)
    with quiet(xp):
        for block in cut if results.size else ():
            parts = [np.ascontiguousarray(p[block], wide) for p in rows]
            totals = [sums(xp, p, -1) for p in parts]
            checks = zip(parts, totals, allowed)
            if not all(are_distributions(xp, p, total, off) for p, total, off in checks):
                require_distribution(xp, axis, **named)  # raises, and says where
            results[block] = formula(xp, *parts, *totals) / unit
    return results[()]


def blocks(
    xp: Namespace,
    dtype: Any,
    rows: Array,
    *others: Array,
    beside: Iterable[Array] = (),
    width: int | None = None,
    pieces: int = 24,
) -> Iterator[tuple[Any, list[Array]]]:
    """Yield for each block its index and the arrays' values there, floats upcast.

    The others have the leading axes of `rows`, and its last axis too if they hold floats. `width`
    is the length to assume for a row, if not its own. Tensors are not cut if a graph is recorded,
    whether for them or for the tensors `beside` them that the formula uses.
    """
    wide = at_least_float32(xp, dtype)
    arrays = [rows, *others]
    where: Iterable[Any] = [...]
    if 0 not in rows.shape and (is_numpy_namespace(xp) or _have_no_graph(*arrays, *beside)):
        shape = (*rows.shape[:-1], rows.shape[-1] if width is None else width)
        where = row_blocks(shape, xp.finfo(wide).bits // 8, pieces)
    for block in where:
        parts = arrays if block is ... else [x[block] for x in arrays]
        yield block, upcast(xp, dtype, *parts)


def _have_no_graph(*arrays: Array) -> bool:
    """Say whether the arrays are CPU tensors that need values only, no gradients."""
    if not is_torch_array(arrays[0]) or any(map(records_gradient, arrays)):
        return False
    return all(map(values_are_readable, arrays))


def by_rows(
    xp: Namespace,
    dtype: Any,
    formula: Callable[..., Array],
    rows: Array,
    *others: Array,
    each: bool = False,
    beside: Iterable[Array] = (),
) -> Array:
    """Return `formula(xp, rows, *others)`: one number for each row, or with `each` a row of them.

    The formula receives the arrays cut and cast by `blocks`; the result has that dtype too.
    """
    if is_small(rows) and (not is_numpy_array(rows) or rows.flags.c_contiguous):
        return formula(xp, *upcast(xp, dtype, rows, *others))
    cut = blocks(xp, dtype, rows, *others, beside=beside)
    return assembled(xp, rows, ((block, formula(xp, *parts)) for block, parts in cut), each=each)


def assembled(
    xp: Namespace, rows: Array, results: Iterable[tuple[Any, Array]], *, each: bool = False
) -> Array:
    """Join the blocks' results into one array: a number for each row, or with `each` a row."""
    whole = None
    for block, result in results:
        if block is ... and not (is_numpy_array(rows) and not rows.flags.c_contiguous):
            return result
        if whole is None:
            # empty_like keeps the rows' strides: once the axes are moved back, it is laid out as
            # the input is.
            whole = xp.empty_like(rows if each else rows[..., 0], dtype=result.dtype)
        whole[block] = result
    return whole


def by_elements(xp: Namespace, dtype: Any, formula: Callable[..., Array], *arrays: Array) -> Array:
    """Return `formula(xp, *arrays)` for arrays of one shape, computed element by element."""
    if is_small(arrays[0]):
        return formula(xp, *upcast(xp, dtype, *arrays))
    # Rows of one element can be cut anywhere.
    return by_rows(xp, dtype, formula, *(x[..., None] for x in arrays), each=True)[..., 0]


def cast_back(xp: Namespace, x: Array, dtype: Any) -> Array:
    """Return the result `x` in its final dtype; a NumPy array without an axis as a scalar."""
    x = xp.astype(x, dtype, copy=False)
    return x[()] if is_numpy_namespace(xp) else x


def sample_weight(xp: Namespace, w: Array, y: Array) -> Array:
    """Return each sample's weight: the entry of `w`, one for each class, at its index in `y`."""
    if w.shape[0] == 0:
        return xp.zeros(y.shape, dtype=w.dtype, device=device(w))
    if y.ndim == 1:
        return xp.take(w, y, axis=0)
    return xp.reshape(xp.take(w, xp.reshape(y, (math.prod(y.shape),)), axis=0), y.shape)


def over_elements(
    formula: Callable[..., Array],
    slopes: Sequence[Callable[..., Array]],
    reduction: str,
    input: Array,
    target: Array,
    *,
    weight: Array | None = None,
    pos_weight: Array | None = None,
    probabilities: bool = False,
) -> Array:
    """Return the reduced losses `formula(xp, x, t)`, or `formula(xp, x, t, pos_weight)` if given.

    Each `slope(xp, g, x, t, …)` is the gradient in one of the formula's arguments, given the
    gradient g in the losses. Autograd would find the same, except where g is infinite: it would
    add infinities where a slope adds finite numbers and is then multiplied by g.
    """
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
    wide = at_least_float32(xp, dtype)
    arrays[2:] = [xp.broadcast_to(factor, x.shape) for factor in arrays[2:]]

    def losses_of(parts: list[Array]) -> Array:
        parts = [xp.astype(part, wide, copy=False) for part in parts]
        *arguments, w = parts if weight is not None else [*parts, None]
        # torch.compile warns about custom slopes, so a compiled graph keeps the formula.
        if any(map(records_gradient, arguments)) and not is_compiling(x):
            from lossutils._autograd import with_slopes

            losses = with_slopes(formula, slopes, *arguments)
        else:
            losses = formula(xp, *arguments)
        return losses if w is None else losses * w

    with quiet(xp):
        blocks = element_blocks(xp, x) if _may_be_cut(xp, arrays) else [...]
        if reduction == "none":
            if not is_numpy_namespace(xp):
                return cast_back(xp, losses_of(arrays), dtype)
            # empty_like, so that the result has the input's memory layout.
            results = np.empty_like(x, dtype=dtype, subok=False)
            for block in blocks:
                results[block] = losses_of([part[block] for part in arrays])
            return cast_back(xp, results, dtype)
        sums = [xp.sum(losses_of([part[block] for part in arrays])) for block in blocks]
        total = sums[0] if len(sums) == 1 else xp.sum(xp.stack(sums))
        if reduction != "sum":
            whole = reduction == "batchmean" and x.ndim > 0
            total = total / (x.shape[0] if whole else math.prod(x.shape))
        return cast_back(xp, total, dtype)


def _may_be_cut(xp: Namespace, arrays: list[Array]) -> bool:
    """Say whether the losses may be computed block by block, since nothing records a graph."""
    if is_torch_array(arrays[0]):
        return all(is_eager(x) and not x.requires_grad for x in arrays)
    return is_numpy_namespace(xp)


def _require_broadcastable(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Refuse a shape that does not broadcast to `shape`, or that would enlarge it."""
    fits = len(given) <= len(shape) and all(
        k in (1, n) for k, n in zip(reversed(given), reversed(shape))
    )
    if not fits:
        raise ValueError(f"{name} must broadcast to the shape of input, {shape}, got {given}")


def split_ignored(
    xp: Namespace, y: Array, w: Array | float, ignored: int, classes: int, dtype: Any
) -> tuple[Array, Array, Array]:
    """Return which samples count, a class index for each, and the weight of each, 0 if ignored."""
    kept = y != ignored
    # Ignored samples: any valid class. A negative index would wrap around: moved out of range, it
    # raises where it could not be read before, on a GPU or in a compiled graph.
    y = xp.where(kept, xp.where(y < 0, classes, y), 0)
    if isinstance(w, float):
        return kept, y, xp.astype(kept, dtype)
    return kept, y, zero_ignored(xp, kept, sample_weight(xp, w, y))


def zero_ignored(xp: Namespace, kept: Array, x: Array) -> Array:
    """Return `x` with 0 where a sample is ignored, also in place of NaN and in the gradient."""
    return xp.where(kept, x, xp.zeros_like(x))


def added(parts: Sequence[Array]) -> Array:
    """Return the sum of the arrays."""
    return functools.reduce(operator.add, parts)


def sum_or_mean(sums: Sequence[Array], counts: Array, reduction: str) -> Array:
    """Return the sum of all parts of the losses, or that of their means.

    Each by itself, as in PyTorch: where the weights cancel, so that the mean divides by 0, one part
    may be infinite and the other NaN.
    """
    return added(sums if reduction == "sum" else [x / counts for x in sums])
