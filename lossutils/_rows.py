"""What activations and losses do around their formulas, row by row of classes.

A formula is given rows along the last axis and returns a number for each row, or a row of numbers.
NumPy arrays come to it in blocks of rows that fit the processor's cache, so that each value is
fetched from memory once and temporaries never grow with the input. Numbers narrower than float32
are worked with in float32, as PyTorch's kernels do, and rounded once, at the end.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from lossutils._arrays import Array, Namespace, is_compiling, is_floating, promoted_type, row_blocks
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
    torch, kind = sys.modules["torch"], x.device.type
    return bool(torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind))


def at_least_float32(xp: Namespace, dtype: Any) -> Any:
    """Return the type to work in: `dtype`, or float32 where that is narrower."""
    return xp.float32 if xp.finfo(dtype).bits < 32 else dtype


def by_rows(
    xp: Namespace,
    dtype: Any,
    formula: Callable[..., Array],
    rows: Array,
    *others: Array,
    each: bool = False,
) -> Array:
    """Return `formula(xp, rows, *others)`: one number for each row, or with `each` a row of them.

    The others have the leading axes of `rows`, and its last one too where they hold floats. All
    floats, and the result, are of type `dtype`, widened.
    """
    wide = at_least_float32(xp, dtype)
    arrays = [rows, *others]
    floats = [is_floating(xp, x) for x in arrays]

    def part(*arrays: Array) -> Array:
        cast = (xp.astype(x, wide, copy=False) if f else x for x, f in zip(arrays, floats))
        return formula(xp, *cast)

    if not is_numpy_namespace(xp) or rows.size == 0:
        return part(*arrays)
    # Empty like the rows, whose axes may have been moved: moved back, it lies as the input does.
    results = np.empty_like(rows if each else rows[..., 0], dtype=wide, subok=False)
    for block in row_blocks(rows.shape, np.dtype(wide).itemsize):
        results[block] = part(*(x[block] for x in arrays))
    return results


def by_elements(xp: Namespace, dtype: Any, formula: Callable[..., Array], *arrays: Array) -> Array:
    """Return `formula(xp, *arrays)` of arrays of one shape, worked out element by element."""
    # Rows of one element can be cut anywhere.
    return by_rows(xp, dtype, formula, *(x[..., None] for x in arrays), each=True)[..., 0]


def cast_back(xp: Namespace, x: Array, dtype: Any) -> Array:
    """Return the result `x` in its final type; NumPy's without an axis as a number."""
    x = xp.astype(x, dtype, copy=False)
    return x[()] if is_numpy_namespace(xp) else x


def gather(xp: Namespace, rows: Array, y: Array) -> Array:
    """Return from each row the entry with the index in `y`.

    Not `take_along_axis`: torch's takes an index outside the row as one inside. A negative index
    must have been put out of range, lest it count from the end.
    """
    if is_compiling(rows):
        # A sum over the row, which goes along with whatever else a compiled graph does there, and
        # whose gradient does too: that of indexing is an array of zeros to be filled and read. An
        # index outside adds nothing here, and is refused where the weight of its class is looked up.
        chosen = xp.arange(rows.shape[-1], device=device(rows)) == y[..., None]
        return xp.sum(xp.where(chosen, rows, xp.zeros_like(rows)), axis=-1)
    if y.ndim == 1:
        return rows[xp.arange(y.shape[0], device=device(y)), y]
    count = math.prod(y.shape)
    flat = gather(xp, xp.reshape(rows, (count, rows.shape[-1])), xp.reshape(y, (count,)))
    return xp.reshape(flat, y.shape)


def sample_weight(xp: Namespace, w: Array, y: Array) -> Array:
    """Return each sample's weight: of the weights `w`, one a class, that of its class in `y`."""
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
