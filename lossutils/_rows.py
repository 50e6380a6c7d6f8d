"""What activations and losses do around their formulas, row by row of classes.

A formula is given rows along the last axis and returns a number for each row, or a row of numbers.
NumPy arrays come to it in blocks of rows that fit the processor's cache, so that each value is
fetched from memory once and temporaries never grow with the input. Numbers narrower than float32
are worked with in float32, as PyTorch's kernels do, and rounded once, at the end.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from lossutils._arrays import (
    Array,
    Namespace,
    is_compiling,
    is_floating,
    is_plain_tensor,
    is_transformed,
    promoted_type,
    row_blocks,
    values_are_readable,
)
from lossutils._namespaces import device, is_numpy_array, is_numpy_namespace, is_torch_array


def promoted(xp: Namespace, *arrays: Array) -> Any:
    """Return the type that the floats among the arrays promote to, under autocast float32 at least."""
    # By type: NumPy would take arrays without an axis for mere numbers.
    dtype = promoted_type(xp, *(x.dtype for x in arrays if is_floating(xp, x)))
    return at_least_float32(xp, dtype) if is_autocasting(arrays[0]) else dtype


def is_autocasting(x: Array) -> bool:
    """Say whether `x` is a tensor inside `torch.autocast`, which computes losses in float32."""
    if not is_torch_array(x):
        return False
    kind = x.device.type
    return kind != "meta" and bool(sys.modules["torch"].is_autocast_enabled(kind))


def at_least_float32(xp: Namespace, dtype: Any) -> Any:
    """Return the type to work in: `dtype`, or float32 where that is narrower."""
    return xp.float32 if xp.finfo(dtype).bits < 32 else dtype


def blocks(
    xp: Namespace,
    dtype: Any,
    rows: Array,
    *others: Array,
    beside: Iterable[Array] = (),
    width: int | None = None,
) -> Iterator[tuple[Any, list[Array]]]:
    """Yield block by block where it is and what the arrays hold there, floats upcast.

    The others have the leading axes of `rows`, and its last one too where they hold floats. Of each
    row `width` numbers count, or all. Tensors come whole where a graph is recorded, be it of them
    or of what the formula has `beside` them.
    """
    wide = at_least_float32(xp, dtype)
    arrays = [rows, *others]
    floats = [is_floating(xp, x) for x in arrays]
    where: Iterable[Any] = [...]
    if 0 not in rows.shape and (is_numpy_namespace(xp) or _have_no_graph(*arrays, *beside)):
        shape = (*rows.shape[:-1], rows.shape[-1] if width is None else width)
        where = row_blocks(shape, xp.finfo(wide).bits // 8)
    for block in where:
        parts = arrays if block is ... else [x[block] for x in arrays]
        yield block, [xp.astype(x, wide, copy=False) if f else x for x, f in zip(parts, floats)]


def _have_no_graph(*arrays: Array) -> bool:
    """Say whether the arrays are tensors on the CPU of which nothing but values is wanted."""
    if not is_torch_array(arrays[0]) or any(map(records_gradient, arrays)):
        return False
    return all(map(values_are_readable, arrays))


def is_in_eager_graph(x: Array) -> bool:
    """Say whether `x` is a tensor whose gradient PyTorch will ask for, step by step."""
    if not is_torch_array(x) or is_compiling(x) or not is_plain_tensor(x):
        return False
    return bool(x.requires_grad and sys.modules["torch"].is_grad_enabled())


def records_gradient(x: Array) -> bool:
    """Say whether a gradient may be asked for through the steps taken with `x`, one by one."""
    if not is_torch_array(x):
        return False
    if is_compiling(x) or is_transformed(x):
        return True
    return bool(x.requires_grad and sys.modules["torch"].is_grad_enabled())


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

    The formula gets the arrays as `blocks` cuts and casts them; the result is of that type too.
    """
    cut = blocks(xp, dtype, rows, *others, beside=beside)
    return assembled(xp, rows, ((block, formula(xp, *parts)) for block, parts in cut), each=each)


def assembled(
    xp: Namespace, rows: Array, results: Iterable[tuple[Any, Array]], *, each: bool = False
) -> Array:
    """Return the blocks' results as one array: a number for each row, or with `each` a row."""
    whole = None
    for block, result in results:
        if block is ...:
            return result
        if whole is None:
            # Empty like the rows, whose axes may have been moved: moved back, it lies as the input.
            whole = xp.empty_like(rows if each else rows[..., 0], dtype=result.dtype)
        whole[block] = result
    return whole


def by_elements(xp: Namespace, dtype: Any, formula: Callable[..., Array], *arrays: Array) -> Array:
    """Return `formula(xp, *arrays)` of arrays of one shape, worked out element by element."""
    # Rows of one element can be cut anywhere.
    return by_rows(xp, dtype, formula, *(x[..., None] for x in arrays), each=True)[..., 0]


def cast_back(xp: Namespace, x: Array, dtype: Any) -> Array:
    """Return the result `x` in its final type; NumPy's without an axis as a number."""
    x = xp.astype(x, dtype, copy=False)
    return x[()] if is_numpy_namespace(xp) else x


def gather(xp: Namespace, rows: Array, y: Array) -> Array:
    """Return from each row the number with the index in `y`; of rows without any, 0.

    Not `take_along_axis`: torch's takes an index outside the row as one inside. A negative index
    would wrap around: move it out of range first.
    """
    if rows.shape[-1] == 0 or is_compiling(rows):
        # A sum over the row, which goes along with whatever else a compiled graph does there, and
        # whose gradient does too: that of indexing is an array of zeros to be filled and read. An
        # index outside adds nothing here, and is refused where the weight of its class is looked up.
        return xp.sum(xp.where(is_class(xp, rows, y), rows, xp.zeros_like(rows)), axis=-1)
    if y.ndim == 1:
        return rows[xp.arange(y.shape[0], device=device(y)), y]
    count = math.prod(y.shape)
    flat = gather(xp, xp.reshape(rows, (count, rows.shape[-1])), xp.reshape(y, (count,)))
    return xp.reshape(flat, y.shape)


def replaced(xp: Namespace, rows: Array, y: Array, values: Array | float) -> Array:
    """Return the rows with `values` at the index in `y`; NumPy's, which is a temporary, in place."""
    if is_numpy_array(rows) and y.ndim == 1 and rows.shape[-1] > 0:
        rows[np.arange(len(y)), y] = values
        return rows
    values = values if isinstance(values, float) else values[..., None]
    if is_numpy_array(rows) and rows.shape[-1] > 0:
        np.put_along_axis(rows, y[..., None], values, axis=-1)
        return rows
    if is_torch_array(rows) and rows.shape[-1] > 0 and not is_compiling(rows):
        return rows.scatter(-1, y[..., None], values)
    return xp.where(is_class(xp, rows, y), values, rows)


def exp_of(xp: Namespace, x: Array) -> Array:
    """Return e^x; of NumPy's, which is a temporary, in place."""
    return np.exp(x, out=x) if is_numpy_array(x) and x.ndim else xp.exp(x)


def is_class(xp: Namespace, rows: Array, y: Array) -> Array:
    """Say of each number of the rows whether its index is the row's in `y`."""
    return xp.arange(rows.shape[-1], device=device(rows)) == y[..., None]


def sample_weight(xp: Namespace, w: Array, y: Array) -> Array:
    """Return each sample's weight: of the weights `w`, one a class, that of its class in `y`."""
    if w.shape[0] == 0:
        return xp.zeros(y.shape, dtype=w.dtype, device=device(w))
    if y.ndim == 1:
        return xp.take(w, y, axis=0)
    return xp.reshape(xp.take(w, xp.reshape(y, (math.prod(y.shape),)), axis=0), y.shape)


def row_sums(xp: Namespace, x: Array) -> Array:
    """Return the sum of each row."""
    # In NumPy a product with ones, which is three times as fast as its sum.
    if is_numpy_array(x):
        return xp.matmul(x, np.ones(x.shape[-1], x.dtype))
    # With the axis kept, as in the softmax that torch.compile finds largest and sum for in one pass.
    return xp.squeeze(xp.sum(x, axis=-1, keepdims=True), axis=-1)


def detach(x: Array) -> Array:
    """Return `x`, through which no gradient is to go."""
    return x.detach() if is_torch_array(x) else x
