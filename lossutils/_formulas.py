"""Steps that several formulas share, on rows of classes along the last axis or element by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    detach,
    device,
    is_compiling,
    is_eager_tensor,
    is_numpy_array,
    is_torch_array,
    is_under_func,
    records_gradient,
    values_are_readable,
)


def gather(xp: Namespace, rows: Array, y: Array) -> Array:
    """Return from each row the number at the index in `y`, or 0 if the rows are empty.

    Not `take_along_axis`: torch's wraps an index outside the row around to one inside. A negative
    index may wrap around here too: move it out of range first.
    """
    if rows.shape[-1] == 0 or is_compiling(rows):
        # A compiled graph fuses a masked sum, and its gradient, with its other passes over the row;
        # the gradient of indexing is an array of zeros to be filled and read. An index out of range
        # adds nothing here, and is refused when the weight of its class is looked up.
        return xp.sum(xp.where(is_class(xp, rows, y), rows, xp.zeros_like(rows)), axis=-1)
    # Not by reshaping the rows to one axis: an image's, whose classes lie before its pixels, would
    # all be copied.
    if is_torch_array(rows):
        return rows.gather(-1, y[..., None])[..., 0]
    if y.ndim == 0:
        return xp.reshape(gather(xp, rows[None, ...], xp.reshape(y, (1,))), ())
    places = [
        xp.reshape(xp.arange(count, device=device(y)), (count, *[1] * (y.ndim - 1 - axis)))
        for axis, count in enumerate(y.shape)
    ]
    return rows[(*places, y)]


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


def row_sums(xp: Namespace, x: Array) -> Array:
    """Return the sum of each row."""
    # For NumPy, a product with ones: three times as fast as its sum.
    if is_numpy_array(x):
        return xp.matmul(x, np.ones(x.shape[-1], x.dtype))
    # keepdims, as in the softmax whose maximum and sum torch.compile computes in one pass.
    return xp.squeeze(xp.sum(x, axis=-1, keepdims=True), axis=-1)


# Up to this many outcomes a product with ones is as accurate as NumPy's sum, in a third of the time.
MOST_FOR_PRODUCT = 10_000


def sums(xp: Namespace, p: Array, axis: int) -> Array:
    """Return the sums of `p` along `axis`, added up in float32 or wider."""
    if is_numpy_array(p):
        if axis == -1 and p.flags.c_contiguous and p.dtype.itemsize > 2:
            if p.shape[-1] <= MOST_FOR_PRODUCT:
                return np.matmul(p, np.ones(p.shape[-1], p.dtype))
            return np.sum(p, axis=-1)
        # Along any other axis NumPy adds row by row, without pairwise summation.
        return np.sum(p, axis=axis, dtype=np.float64)
    return xp.sum(p, axis=axis, dtype=at_least_float32(xp, p.dtype))


def log_softmax_of_rows(xp: Namespace, z: Array) -> Array:
    """Return z_k - log sum_j e^(z_j) along the last axis."""
    if z.shape[-1] > 0 and (is_eager_tensor(z) or is_under_func(z)):
        from lossutils import _autograd

        return _autograd.log_softmax(z)
    _, gaps, log_sum = shifted(xp, z)
    return gaps - log_sum[..., None]


def shifted(xp: Namespace, z: Array) -> tuple[Array, Array, Array]:
    """Return the largest number m of each row, the gaps z_k - m, and log sum_k e^(z_k - m).

    Gap minus logarithm is log q_k. (Subtracting the log-sum-exp of the logits themselves would lose
    as many digits as they have before the point.) The largest term, e^0 = 1, is left out of the
    sum, so that log(1 + rest) keeps all the digits of the rest.
    """
    if not is_torch_array(z) and z.shape[-1] > 0:
        first = xp.argmax(z, axis=-1)
        top = gather(xp, z, first)
        gaps = z - top[..., None]
        others = replaced(xp, xp.exp(gaps), first, top - top)  # 0, or NaN of infinity
        return top, gaps, xp.log1p(row_sums(xp, others))

    # PyTorch finds the maximum ten times as fast without its index. Leaving it out matters only
    # where it is more than half of the sum, and then it is unique.
    top = largest(xp, z)
    gaps = z - top[..., None]
    powers = xp.exp(gaps)
    total = row_sums(xp, powers)
    ahead = detach(total) < 2
    if values_are_readable(ahead) and not xp.any(ahead):
        return top, gaps, xp.log(total)
    leader = ahead[..., None] & (detach(gaps) == 0)
    if records_gradient(z):
        # The leader is subtracted with its gradient attached: its slope then comes from the rest,
        # -(1 - q_k), to all digits, where q_k - 1 would keep none.
        top = top + xp.sum(xp.where(leader, z - detach(z), xp.zeros_like(z)), axis=-1)
        gaps = xp.where(leader, detach(gaps), z - top[..., None])
        powers = xp.exp(gaps)
    rest = row_sums(xp, xp.where(leader, xp.zeros_like(powers), powers))
    return top, gaps, xp.log1p(xp.where(ahead, rest, rest - 1))


def log_probability(xp: Namespace, z: Array, y: Array) -> Array:
    """Return log q_y = z_y - m - log s for each row, where y is its class index in `y`.

    The sum s = sum_k e^(z_k - m) is split into e^(z_y - m) and the rest. Where class y is the
    largest, the former is 1 and never added: log(1 + rest) keeps all the digits of the rest.
    """
    if z.shape[-1] > 0 and (is_eager_tensor(z) or is_under_func(z)):
        from lossutils import _autograd

        return _autograd.log_probability(z, y)
    top, own = largest(xp, z), gather(xp, z, y)
    gap = own - top
    rest = row_sums(xp, replaced(xp, exp_of(xp, z - top[..., None]), y, 0.0))
    if not records_gradient(z):
        return gap - xp.log1p(rest + xp.expm1(gap))
    # Where class y is the largest, log q_y = -log(1 + rest e^(-gap)): its slope in z_y is then
    # rest / (1 + rest) to all its digits, where 1 - q_y would keep none. By exp, which
    # torch.compile computes once a row; it computes expm1 anew for every few classes.
    leads = gap == 0
    power = xp.exp(xp.where(leads, -gap, gap))
    total = xp.where(leads, rest * power, rest + (power - 1))
    return xp.where(leads, detach(gap), gap) - xp.log1p(total)


def takes_slopes(*x: Array) -> bool:
    """Say whether eager PyTorch records a gradient of one of these."""
    # torch.compile can't trace a Function with forward derivatives: a compiled graph keeps to
    # formulas.
    return any(map(records_gradient, x)) and not is_compiling(x[0])


def with_slopes(
    xp: Namespace, formula: Callable[..., Array], slopes: Sequence[Callable[..., Array]], *x: Array
) -> Array:
    """Return `formula(xp, *x)`; eager PyTorch takes its gradients from `slope(xp, g, *x)`.

    There g is the gradient that comes in. Autograd would find the same, except where g is infinite:
    it would add infinities where a slope adds finite numbers and is then multiplied by g.
    """
    if takes_slopes(*x):
        from lossutils import _autograd

        return _autograd.with_slopes(formula, slopes, *x)
    return formula(xp, *x)


def sigmoid_of(xp: Namespace, z: Array) -> Array:
    """Return 1 / (1 + e^-z)."""
    return with_slopes(xp, _sigmoid, [_sigmoid_slope], z)


def _sigmoid(xp: Namespace, z: Array) -> Array:
    """Return e^z / (1 + e^z) or its equal 1 - e^-z / (1 + e^-z), whichever has the power below 1."""
    smaller = xp.exp(-absolute(xp, z))
    smaller = smaller / (1 + smaller)
    return xp.where(z >= 0, 1 - smaller, smaller)


def _sigmoid_slope(xp: Namespace, g: Array, z: Array) -> Array:
    def slope(xp: Namespace, z: Array) -> Array:
        return _sigmoid(xp, z) * _sigmoid(xp, -z)

    def second(xp: Namespace, g: Array, z: Array) -> Array:
        return g * (slope(xp, z) * xp.tanh(-z / 2))

    return g * with_slopes(xp, slope, [second], z)


def log_sigmoid_of(xp: Namespace, z: Array) -> Array:
    """Return log(1 / (1 + e^-z))."""
    return with_slopes(xp, _log_sigmoid, [_log_sigmoid_slope], z)


def _log_sigmoid(xp: Namespace, z: Array) -> Array:
    """Return -log(1 + e^-z) or its equal z - log(1 + e^z), whichever has the power below 1."""
    return xp.where(z >= 0, xp.zeros_like(z), z) - xp.log1p(xp.exp(-absolute(xp, z)))


def _log_sigmoid_slope(xp: Namespace, g: Array, z: Array) -> Array:
    return g * sigmoid_of(xp, -z)


def largest(xp: Namespace, z: Array) -> Array:
    """Return each row's maximum, detached; -inf for an empty row."""
    z = detach(z)
    if z.shape[-1] == 0:
        return xp.sum(z, axis=-1) - xp.inf
    return xp.max(z, axis=-1)


def absolute(xp: Namespace, z: Array) -> Array:
    """Return |z| with slope 1 at 0: with abs's slope 0, sigmoid's would be 0 there too."""
    return xp.where(z >= 0, z, -z)


def masked_log(xp: Namespace, x: Array, zero: Array) -> Array:
    """Return log x, and 0 where `zero` is True; x must be 0 there.

    The mask is applied inside the logarithm. Applied to its result, it would give the right value
    but a NaN gradient, since autograd would multiply the infinite slope at 0 by 0.
    """
    if records_gradient(x):
        return xp.log(xp.where(zero, xp.ones_like(x), x))
    # NumPy knows at once whether there is anything to mask; most distributions have no zeros.
    if is_numpy_array(zero) and not zero.any():
        return xp.log(x)
    # Adding the mask, 0 + 1, is faster than `where`, which branches at every number.
    return xp.log(x + xp.astype(zero, x.dtype))


def weighted(w: Array | float, x: Array) -> Array:
    """Return w x, without a step for the number that stands for no weights."""
    return x if isinstance(w, float) else w * x


def mixed_with_uniform(p: Array, share: float) -> Array:
    """Return (1 - share) p + share / K for each row."""
    return (1 - share) * p + share / max(p.shape[-1], 1)
