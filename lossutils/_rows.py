"""What activations and losses do around their formulas, row by row of classes.

A formula receives rows along the last axis and returns a number for each row, or a row of numbers.
NumPy arrays reach it in blocks of rows that fit the processor's cache: each value is fetched from
memory once, and temporaries never grow with the input. Anything narrower than float32 is computed
in float32, as PyTorch's kernels do, and rounded once, at the end.
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
    is_small,
    is_transformed,
    promoted_type,
    row_blocks,
    values_are_readable,
)
from lossutils._namespaces import device, is_numpy_array, is_numpy_namespace, is_torch_array


def promoted(xp: Namespace, *arrays: Array) -> Any:
    """Return the dtype the floats among the arrays promote to; under autocast at least float32."""
    # From the dtypes: for NumPy, arrays without an axis would count as mere numbers.
    dtype = promoted_type(xp, *(x.dtype for x in arrays if is_floating(xp, x)))
    return at_least_float32(xp, dtype) if is_autocasting(arrays[0]) else dtype


def is_autocasting(x: Array) -> bool:
    """Say whether `x` is a tensor inside `torch.autocast`, which computes losses in float32."""
    if not is_torch_array(x):
        return False
    kind = x.device.type
    return kind != "meta" and bool(sys.modules["torch"].is_autocast_enabled(kind))


def at_least_float32(xp: Namespace, dtype: Any) -> Any:
    """Return the dtype to compute in: `dtype`, or float32 if that is narrower."""
    return xp.float32 if xp.finfo(dtype).bits < 32 else dtype


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


def upcast(xp: Namespace, dtype: Any, *arrays: Array) -> list[Array]:
    """Return the arrays, floats in the type to work in."""
    wide = at_least_float32(xp, dtype)
    return [xp.astype(x, wide, copy=False) if is_floating(xp, x) else x for x in arrays]


def _have_no_graph(*arrays: Array) -> bool:
    """Say whether the arrays are CPU tensors that need values only, no gradients."""
    if not is_torch_array(arrays[0]) or any(map(records_gradient, arrays)):
        return False
    return all(map(values_are_readable, arrays))


def is_eager_tensor(x: Array) -> bool:
    """Say whether `x` is a tensor that PyTorch works with step by step, without transformations."""
    return is_torch_array(x) and not is_compiling(x) and is_plain_tensor(x)


def is_in_eager_graph(x: Array) -> bool:
    """Say whether `x` is a tensor that eager autograd records."""
    if not is_eager_tensor(x):
        return False
    return bool(x.requires_grad and sys.modules["torch"].is_grad_enabled())


def records_gradient(x: Array) -> bool:
    """Say whether the operations on `x` may be differentiated one by one."""
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


def gather(xp: Namespace, rows: Array, y: Array) -> Array:
    """Return from each row the number at the index in `y`, or 0 if the rows are empty.

    Not `take_along_axis`: torch's wraps an index outside the row around to one inside. A negative
    index would wrap around here too: move it out of range first.
    """
    if rows.shape[-1] == 0 or is_compiling(rows):
        # A compiled graph fuses a masked sum, and its gradient, with its other passes over the row;
        # the gradient of indexing is an array of zeros to be filled and read. An index out of range
        # adds nothing here, and is refused when the weight of its class is looked up.
        return xp.sum(xp.where(is_class(xp, rows, y), rows, xp.zeros_like(rows)), axis=-1)
    if y.ndim == 1:
        return rows[xp.arange(y.shape[0], device=device(y)), y]
    count = math.prod(y.shape)
    flat = gather(xp, xp.reshape(rows, (count, rows.shape[-1])), xp.reshape(y, (count,)))
    return xp.reshape(flat, y.shape)


def replaced(xp: Namespace, rows: Array, y: Array, values: Array | float) -> Array:
    """Return the rows with `values` at the index in `y`; NumPy's, a temporary, in place."""
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
    """Return e^x; for a NumPy array, which is a temporary, in place."""
    return np.exp(x, out=x) if is_numpy_array(x) and x.ndim else xp.exp(x)


def is_class(xp: Namespace, rows: Array, y: Array) -> Array:
    """Return a mask that is True in each row at the index in `y`."""
    return xp.arange(rows.shape[-1], device=device(rows)) == y[..., None]


def sample_weight(xp: Namespace, w: Array, y: Array) -> Array:
    """Return each sample's weight: the entry of `w`, one for each class, at its index in `y`."""
    if w.shape[0] == 0:
        return xp.zeros(y.shape, dtype=w.dtype, device=device(w))
    if y.ndim == 1:
        return xp.take(w, y, axis=0)
    return xp.reshape(xp.take(w, xp.reshape(y, (math.prod(y.shape),)), axis=0), y.shape)


def row_sums(xp: Namespace, x: Array) -> Array:
    """Return the sum of each row."""
    # For NumPy, a product with ones: three times as fast as its sum.
    if is_numpy_array(x):
        return xp.matmul(x, np.ones(x.shape[-1], x.dtype))
    # keepdims, as in the softmax whose maximum and sum torch.compile computes in one pass.
    return xp.squeeze(xp.sum(x, axis=-1, keepdims=True), axis=-1)


def detach(x: Array) -> Array:
    """Return `x` with no gradient flowing through it."""
    return x.detach() if is_torch_array(x) else x
