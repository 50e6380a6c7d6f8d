"""The logits of a linear layer, a chunk of classes at a time, and what a loss needs of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lossutils._formulas import gather, replaced, row_sums
from lossutils._namespaces import Array, Namespace, at_least_float32, device, is_torch_namespace


def log_probabilities_and_sums(
    xp: Namespace,
    h: Array,
    matrix: Array,
    bias: Array | None,
    y: Array,
    share: Array | None,
    dtype: Any,
    size: int,
) -> tuple[Array, Array | None, Array, Array]:
    """Return log q_y for each row, sum_k share_k (-log q_k) if there are shares, m and log s.

    As in `log_probability_and_sum`, the term of class y is left out of the sum.
    """
    wide = at_least_float32(xp, dtype)
    like = {"dtype": wide, "device": device(h)}
    samples = h.shape[0]
    m = xp.full(samples, -xp.inf, **like)
    rest, z_y, gaps = (xp.zeros(samples, **like) for _ in range(3))
    finite_m, shared = rest, 0.0
    for part, z in chunks(xp, h, matrix, bias, dtype, size):
        before, last = m, finite_m
        m = xp.maximum(m, xp.max(z, axis=-1))
        # While all logits are -inf, nothing is subtracted: -inf - -inf would be NaN.
        finite_m = xp.where(m == -xp.inf, xp.zeros_like(m), m)
        inside, column = local_index(xp, y, part)
        z_y = xp.where(inside, gather(xp, z, column), z_y)
        z = z - finite_m[:, None]
        if share is not None:  # weighted sums of the gaps m - z_k, which all grow with m
            gaps = gaps + (finite_m - last) * shared - xp.sum(share[part] * z, axis=-1)
            shared = shared + xp.sum(share[part])
        z = xp.exp(z)  # under the same name, so that at most two chunks are held
        first = gather(xp, z, column)
        first = xp.where(inside, xp.zeros_like(first), first)
        sum_of_others = row_sums(xp, replaced(xp, z, column, first))
        rest = rest * xp.exp(before - finite_m) + sum_of_others
    gap = z_y - m
    log_s = xp.log1p(rest + xp.expm1(gap))
    return gap - log_s, None if share is None else gaps + shared * log_s, m, log_s


def chunks(
    xp: Namespace, h: Array, matrix: Array, bias: Array | None, dtype: Any, size: int
) -> Iterator[tuple[slice, Array]]:
    """Yield slices of the classes with all samples' logits for them, upcast.

    Tensors are multiplied in `dtype`, which is fast on a GPU; other libraries multiply narrow
    dtypes slowly.
    """
    wide = at_least_float32(xp, dtype)
    type_of_factors = dtype if is_torch_namespace(xp) else wide
    h, matrix = (xp.astype(x, type_of_factors, copy=False) for x in (h, matrix))

    def logits(part: slice) -> Array:
        z = xp.astype(h @ matrix[part, :].T, wide, copy=False)
        return z if bias is None else z + xp.astype(bias[part], wide, copy=False)

    classes = matrix.shape[0]
    for start in range(0, classes, size):
        part = slice(start, min(start + size, classes))
        yield part, logits(part)  # bound to no name here, which would keep a used chunk alive


def local_index(xp: Namespace, y: Array, part: slice) -> tuple[Array, Array]:
    """Return a mask of the samples whose class is in `part`, and its column there, else 0."""
    inside = (y >= part.start) & (y < part.stop)
    return inside, xp.where(inside, y - part.start, 0)
