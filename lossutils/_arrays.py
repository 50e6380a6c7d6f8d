"""What every function of the package does with its arrays before and around the formula.

Inputs become floating-point arrays of one library on one device, shapes are checked, values are
checked where that costs neither a device copy nor a graph break, and NumPy arrays are worked
through in blocks of rows that fit the processor's cache.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from decimal import Decimal
from functools import reduce
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from array_api_compat import numpy as numpy_namespace

from lossutils._namespaces import (
    array_namespace,
    device,
    is_array_api_obj,
    is_array_api_strict_namespace,
    is_numpy_array,
    is_numpy_namespace,
    is_torch_array,
    is_torch_namespace,
    moveaxis,
)

# An array of any library that follows the array API standard, or what NumPy makes one of.
Array: TypeAlias = Any
Namespace: TypeAlias = Any

# Small enough for a block and a formula's temporaries to stay in the cache, large enough for
# Python's share of the work not to count: measured, smaller blocks are slower, larger no faster.
BLOCK_BYTES = 640 * 1024


def to_arrays(*or_indices: str, **inputs: Array) -> tuple[Namespace, list[Array]]:
    """Return the inputs' namespace and the inputs as floating-point arrays in it.

    Lists, tuples, numbers and NumPy's integers become float64, in the library and on the device
    of the other inputs, or in NumPy if there are none. The keywords are the names that errors use;
    those that are also in `or_indices` may be class indices instead: integers there become int64.
    """
    given = {name: x for name, x in inputs.items() if is_array_api_obj(x)}
    try:
        xp = array_namespace(*given.values()) if given else numpy_namespace
    except TypeError:
        kinds = ", ".join(f"{name} is {_kind(x)}" for name, x in given.items())
        raise TypeError(f"the inputs must be arrays of one library: {kinds}") from None
    places = {name: device(x) for name, x in given.items()}
    if len(set(places.values())) > 1:
        raise ValueError(
            "the inputs must be on one device: "
            + ", ".join(f"{name} is on {place}" for name, place in places.items())
        )
    place = next(iter(places.values()), None)
    return xp, [
        _to_array(xp, name, x, place, indices=name in or_indices) for name, x in inputs.items()
    ]


def _to_array(xp: Namespace, name: str, x: Array, place: Any, *, indices: bool) -> Array:
    if is_array_api_obj(x) and not is_numpy_array(x):
        if indices and xp.isdtype(x.dtype, "integral"):
            _require_signed_range(name, x)
            return xp.astype(x, xp.int64, copy=False)
        if xp.isdtype(x.dtype, "complex floating"):
            raise TypeError(f"{name} must be real, not {x.dtype}")
        if not xp.isdtype(x.dtype, "real floating"):
            mend = f"{name}.double()" if is_torch_array(x) else f"xp.astype({name}, xp.float64)"
            raise TypeError(
                f"{name} must be {_kind(x)} of floating-point numbers, not of {x.dtype}: "
                f"convert it with {name} = {mend}"
            )
        return x
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} must not be a masked array: the mask would be dropped")
    try:
        x = np.asarray(x)
        if x.dtype.kind == "O":  # fractions and decimals are numbers; None would become NaN
            strange = [value for value in x.flat if not isinstance(value, Real | Decimal)]
            if strange:
                raise TypeError(f"found {strange[0]!r}")
        if indices and x.dtype.kind in "iu":
            _require_signed_range(name, x)
            x = x.astype(np.int64, copy=False)
        elif x.dtype.kind in "biuO":
            x = x.astype(np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name} must be an array of numbers: {error}") from None
    if x.dtype.kind != "f" and x.dtype != np.int64:
        what = "real" if x.dtype.kind == "c" else "an array of numbers"
        raise TypeError(f"{name} must be {what}, not {x.dtype}")
    return x if is_numpy_namespace(xp) else xp.asarray(x, device=place)


def _require_signed_range(name: str, x: Array) -> None:
    """Refuse uint64, whose largest numbers would turn into negative ones."""
    if str(x.dtype).endswith("uint64"):
        raise TypeError(f"{name} must hold indices in signed integers or small ones, not {x.dtype}")


def _kind(x: Array) -> str:
    library = type(x).__module__.partition(".")[0]
    return f"a {library} {type(x).__name__.lower().removeprefix('nd')}"


def require_axis(axis: int, **arrays: Array) -> int:
    """Check that the arrays have equal shapes with something along `axis`; return it from 0 up."""
    (name, first), *others = arrays.items()
    for other, x in others:
        if x.shape != first.shape:
            raise ValueError(
                f"{name} and {other} must have the same shape, got {tuple(first.shape)} and "
                f"{tuple(x.shape)}: nothing is broadcast"
            )
    if first.ndim == 0:
        raise ValueError(f"{name} must have at least one axis, got the single number {first}")
    position = axis_position(axis, name, tuple(first.shape))
    if math.prod(first.shape) == 0:
        raise ValueError(f"{name} must not be empty, got shape {tuple(first.shape)}")
    return position


def axis_position(axis: int, name: str, shape: tuple[int, ...]) -> int:
    """Return `axis` from 0 up, refusing one that an array of that shape has not."""
    position = require_integer("axis", axis)
    if not -len(shape) <= position < len(shape):
        raise np.exceptions.AxisError(
            f"axis must lie in [{-len(shape)}, {len(shape) - 1}] for {name} of shape {shape}, "
            f"got {axis}"
        )
    return position % len(shape)


def require_integer(name: str, x: Any) -> int:
    """Return `x` as Python's integer, refusing what is none."""
    try:
        return operator.index(x)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {x!r}") from None


def require_number(name: str, x: Any, low: float, high: float = math.inf) -> float:
    """Return the finite number `x` as a float, refusing what is not in [low, high]."""
    if not isinstance(x, Real):
        raise TypeError(f"{name} must be a number, got {x!r}")
    number = float(x)
    if not (low <= number <= high and number < math.inf):  # math.isfinite compiles to no graph
        bounds = f"in [{low:g}, {high:g}]" if high < math.inf else f"finite and at least {low:g}"
        raise ValueError(f"{name} must be {bounds}, got {number!r}")
    return number


def log_base(base: Any) -> float:
    """Return log `base`, by which nats are divided to be in units of `base`; 1 for None."""
    if base is None:
        return 1.0
    if not isinstance(base, Real):
        raise TypeError(f"base must be a number or None, got {base!r}")
    number = float(base)
    if not 0 < number < math.inf or number == 1:
        raise ValueError(f"base must be positive, finite and not 1, got {number!r}")
    return math.log(number)


def is_compiling(x: Array) -> bool:
    """Say whether `x` stands for a tensor in a graph that is being compiled."""
    # A tensor means that torch has been imported.
    return is_torch_array(x) and bool(sys.modules["torch"].compiler.is_compiling())


def values_are_readable(x: Array) -> bool:
    """Say whether `x` has values, and reading them costs neither a device copy nor a graph break."""
    if is_torch_array(x):
        return x.device.type == "cpu" and not is_compiling(x) and not _is_traced(x)
    return is_numpy_array(x) or is_array_api_strict_namespace(array_namespace(x))


def _is_traced(x: Array) -> bool:
    """Say whether the tensor `x` is inside torch.func, or stands for one: a FakeTensor, an export."""
    torch = sys.modules["torch"]
    return bool(
        torch._C._functorch.is_functorch_wrapped_tensor(x)
        or type(x) not in (torch.Tensor, torch.nn.Parameter)
        or torch.utils._python_dispatch._get_current_dispatch_mode() is not None
    )


def tolerance(xp: Namespace, p: Array, count: int) -> float:
    """Return how far from 1 the sum of `count` probabilities of the type of `p` may be.

    Four roundings of that type, and one for each term of the sum; half-precision numbers are
    added up in float32 everywhere.
    """
    eps = float(xp.finfo(p.dtype).eps)
    return 4 * eps + count * min(eps, 2.0**-23)


def are_distributions(xp: Namespace, p: Array, axis: int, allowed: float) -> bool:
    """Say whether `p` has distributions along `axis`, their sums off 1 by at most `allowed`.

    A NaN makes its sum NaN, which fails every comparison: two passes find all that can be wrong.
    """
    off = xp.abs(xp.sum(p, axis=axis) - 1)
    return bool(xp.all(off <= allowed)) and bool(xp.min(p) >= 0)


def distribution_fault(xp: Namespace, name: str, p: Array, axis: int) -> str | None:
    """Say what keeps `p` from being distributions along `axis`; None where nothing does."""
    p = p.detach() if is_torch_array(p) else p
    allowed = tolerance(xp, p, p.shape[axis])
    if are_distributions(xp, p, axis, allowed):
        return None
    if xp.any(xp.isnan(p)):
        where, _ = _first(xp, xp.isnan(p), p)
        return f"{name} must not contain NaN, found at {name}[{where}]"
    if xp.any(p < 0):
        where, value = _first(xp, p < 0, p)
        return f"{name} must not be negative, got {name}[{where}] = {value:.6g}"
    totals = xp.sum(p, axis=axis)
    where, value = _first(xp, ~(xp.abs(totals - 1) <= allowed), totals)
    row = where.split(", ") if where else []
    row.insert(axis, ":")
    which = f"{name}[{', '.join(row)}]" if len(row) > 1 else "it"
    return (
        f"{name} must sum to 1 along axis {axis} within {allowed:.1e}, {which} sums to "
        f"{value:.10g}: divide by the sum"
    )


def _first(xp: Namespace, found: Array, values: Array) -> tuple[str, float]:
    """Return the place of the first True in `found`, as indices, and the value there."""
    k = int(xp.argmax(xp.reshape(xp.astype(found, xp.int64), (-1,))))
    place = np.unravel_index(k, tuple(found.shape))
    return ", ".join(str(int(i)) for i in place), float(xp.reshape(values, (-1,))[k])


def require_distribution(xp: Namespace, axis: int, **arrays: Array) -> None:
    """Refuse arrays that are not distributions along `axis`, where their values are readable."""
    for name, p in arrays.items():
        if values_are_readable(p) and (fault := distribution_fault(xp, name, p, axis)):
            raise ValueError(fault)


def require_nonnegative(xp: Namespace, name: str, x: Array) -> None:
    """Refuse negative and infinite numbers and NaN, where they are readable."""
    if not values_are_readable(x):
        return
    x = x.detach() if is_torch_array(x) else x
    bad = ~((x >= 0) & (x < math.inf))
    if xp.any(bad):
        where, value = _first(xp, bad, x)
        raise ValueError(f"{name} must be finite and not negative, got {name}[{where}] = {value:g}")


def require_probabilities(xp: Namespace, name: str, p: Array, *, exact: bool = False) -> None:
    """Refuse numbers outside [0, 1] and NaN, where they are readable.

    Unless they are to be `exact`, 1 may be off by rounding.
    """
    if not values_are_readable(p):
        return
    p = p.detach() if is_torch_array(p) else p
    bad = ~((p >= 0) & (p <= (1 if exact else 1 + tolerance(xp, p, 1))))
    if xp.any(bad):
        where, value = _first(xp, bad, p)
        at = f"{name}[{where}]" if where else name
        raise ValueError(f"{name} must lie in [0, 1], got {at} = {value:.17g}")


def require_class_indices(
    xp: Namespace, name: str, y: Array, classes: int, ignore_index: int | None = None
) -> None:
    """Refuse indices outside [0, classes) but `ignore_index`, where they are readable."""
    if not values_are_readable(y):
        return
    bad = (y < 0) | (y >= classes)
    if ignore_index is not None:
        bad = bad & (y != ignore_index)
    if xp.any(bad):
        where, value = _first(xp, bad, y)
        at = f"{name}[{where}]" if where else name
        other = "" if ignore_index is None else f" or be ignore_index = {ignore_index}"
        raise IndexError(
            f"{name} must lie in [0, {classes - 1}], being an index of {classes} classes{other}, "
            f"got {at} = {value:.0f}"
        )


def per_distribution(formula: Callable[..., Array], axis: int, **distributions: Array) -> Array:
    """Return `formula(xp, p, …)`, one number for each distribution along `axis`.

    The formula meets checked distributions of one dtype with their outcomes on the last axis.
    NumPy arrays come to it a block of rows at a time, checked just before: each value is fetched
    from memory once, and the temporaries never grow with the input.
    """
    xp, arrays = to_arrays(**distributions)
    named = dict(zip(distributions, arrays))
    axis = require_axis(axis, **named)
    dtype = promoted_type(xp, *(p.dtype for p in arrays))
    rows = [moveaxis(xp, p, axis, -1) for p in arrays]
    if not is_numpy_namespace(xp):
        require_distribution(xp, axis, **named)
        with quiet_log(xp):
            return formula(xp, *(xp.astype(p, dtype, copy=False) for p in rows))

    results = np.empty(rows[0].shape[:-1], dtype)
    allowed = [tolerance(xp, p, p.shape[-1]) for p in rows]
    with quiet_log(xp):
        for block in row_blocks(rows[0].shape, dtype.itemsize):
            parts = [p[block] for p in rows]
            if not all(are_distributions(xp, p, -1, off) for p, off in zip(parts, allowed)):
                require_distribution(xp, axis, **named)  # which says what is wrong, and where
            results[block] = formula(xp, *(p.astype(dtype, copy=False) for p in parts))
    return results


def promoted_type(xp: Namespace, *types: Any) -> Any:
    """Return the type that those promote to."""
    if is_torch_namespace(xp):  # whose result_type compiles to no graph with half precision
        return reduce(xp.promote_types, types)
    return xp.result_type(*types)


def row_blocks(shape: tuple[int, ...], itemsize: int) -> Iterator[tuple[int | slice, ...]]:
    """Return indices that cut an array of that shape into blocks of rows that fit the cache."""
    # Freed at once, for glibc's sake: it keeps for reuse what is smaller than twice the largest
    # piece ever freed, and fetches the rest from the system anew, which here costs three times
    # what the formula does.
    if math.prod(shape) * itemsize > BLOCK_BYTES:
        np.empty(4 * BLOCK_BYTES, np.uint8)
    return _blocks(shape, BLOCK_BYTES // itemsize)


def _blocks(shape: tuple[int, ...], size: int) -> Iterator[tuple[int | slice, ...]]:
    """Yield indices that cut all axes but the last into blocks of at most `size` elements.

    A row is never cut, so a block is one row where a row is longer than `size`.
    """
    if len(shape) == 1:
        yield ()
    elif (rows := size // math.prod(shape[1:])) > 0:
        for start in range(0, shape[0], rows):
            yield (slice(start, start + rows),)
    else:
        for i in range(shape[0]):
            for rest in _blocks(shape[1:], size):
                yield (i, *rest)


def to_numpy(x: Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values of `x` as NumPy float64, from whatever device they are on."""
    return np.asarray(x.detach().cpu().double() if is_torch_array(x) else x, dtype=np.float64)


def quiet(xp: Namespace) -> Any:
    """Let infinity and NaN come without a warning: PyTorch's losses are to be had to the last."""
    if is_torch_namespace(xp):
        return nullcontext()
    return np.errstate(all="ignore")


def quiet_log(xp: Namespace) -> Any:
    """Let log 0 be -inf without a warning: for these functions infinity is an answer."""
    return nullcontext() if is_torch_namespace(xp) else np.errstate(divide="ignore", under="ignore")
