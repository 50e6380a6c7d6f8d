"""What every function asks of its options, its arrays' shapes and their values.

Values are read only where that costs neither a device copy nor a graph break.
"""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import Any

import numpy as np

from lossutils._arrays import shown
from lossutils._formulas import sums
from lossutils._namespaces import (
    Array,
    Namespace,
    holds_values,
    is_array_api_obj,
    is_compiling,
    is_numpy_array,
    is_torch_array,
    is_torch_namespace,
    quiet,
    values_are_readable,
)


def require_axis(axis: int, **arrays: Array) -> int:
    """Check that the arrays have equal, nonempty shapes; return `axis` counted from 0."""
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


def require_outcomes(axis: int, **arrays: Array) -> int:
    """Do the same as `require_axis`, but allow 0 distributions (not 0 outcomes)."""
    name, first = next(iter(arrays.items()))
    if first.ndim > 0 and math.prod(first.shape) == 0:
        position = axis_position(axis, name, tuple(first.shape))
        if first.shape[position] > 0 and all(x.shape == first.shape for x in arrays.values()):
            return position
    return require_axis(axis, **arrays)


def require_joint(axes: Any, name: str, x: Array) -> tuple[int, int]:
    """Check that `axes` are two axes of a nonempty table; return them counted from 0."""
    pair = isinstance(axes, (tuple, list)) and len(axes) == 2
    if not pair or any(isinstance(k, bool) or not isinstance(k, (int, np.integer)) for k in axes):
        raise TypeError(f"axes must be two integers, such as (-2, -1), got {shown(axes)}")
    shape = tuple(x.shape)
    if len(shape) < 2:
        raise ValueError(f"{name} must have an axis for each variable, got shape {shape}")
    first, second = (axis_position(k, name, shape, "axes") for k in axes)
    if first == second:
        raise ValueError(f"axes must be two different axes of {name}, got {shown(axes)}")
    if shape[first] * shape[second] == 0:
        raise ValueError(f"{name} must not be empty, got shape {shape}")
    return first, second


def axis_position(axis: int, name: str, shape: tuple[int, ...], option: str = "axis") -> int:
    """Return `axis` counted from 0, refusing one that an array of that shape does not have."""
    position = _integer(option, axis)
    if not -len(shape) <= position < len(shape):
        raise np.exceptions.AxisError(
            f"{option} must lie in [{-len(shape)}, {len(shape) - 1}] for {name} of shape {shape}, "
            f"got {shown(axis)}"
        )
    return position % len(shape)


def require_integer(name: str, x: Any, low: int = -(2**63), high: int = 2**63 - 1) -> int:
    """Return `x` as a Python int, refusing anything that is not an integer in [low, high].

    The default range is that of int64, the dtype of indices.
    """
    number = _integer(name, x)
    if number < low:
        raise ValueError(f"{name} must be at least {low}, got {shown(x)}")
    if number > high:
        raise ValueError(f"{name} must be at most {high}, got {shown(x)}")
    return number


def _integer(name: str, x: Any) -> int:
    """Return `x` as a Python int, refusing Booleans and arrays, which `operator.index` accepts."""
    try:
        if isinstance(x, (bool, np.ndarray)) or is_torch_array(x):
            raise TypeError
        return operator.index(x)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {shown(x)}") from None


def require_number(name: str, x: Any, low: float, high: float = math.inf) -> float:
    """Return the finite number `x` as a float, refusing one outside [low, high]."""
    number = _float(x)
    if number is None:
        raise TypeError(f"{name} must be a number, got {shown(x)}")
    if not (low <= number <= high and number < math.inf):  # torch.compile lacks math.isfinite
        bounds = f"in [{low:g}, {high:g}]" if high < math.inf else f"finite and at least {low:g}"
        raise ValueError(f"{name} must be {bounds}, got {number!r}")
    return number


def _float(x: Any) -> float | None:
    """Return `x` as a float, infinite if it is too large; None if it is not a number."""
    if not isinstance(x, Real) or isinstance(x, bool):
        return None
    try:
        return float(x)
    except OverflowError:
        return math.inf if operator.gt(x, 0) else -math.inf


def log_base(base: Any) -> float:
    """Return log `base`, the number of nats in a unit of `base`; 1 for None."""
    if base is None:
        return 1.0
    number = _float(base)
    if number is None:
        raise TypeError(f"base must be a number or None, got {shown(base)}")
    if not 0 < number < math.inf or number == 1:
        raise ValueError(f"base must be positive, finite and not 1, got {number!r}")
    return math.log(number)


def require_flag(name: str, x: Any) -> bool:
    """Return the Boolean `x`, refusing values that are merely truthy or falsy."""
    if not isinstance(x, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {shown(x)}")
    return bool(x)


def require_choice(name: str, x: Any, *choices: str) -> None:
    """Refuse anything that is not one of the strings."""
    if not isinstance(x, str) or x not in choices:
        wanted = ", ".join(map(repr, choices[:-1]))
        raise ValueError(f"{name} must be {wanted} or {choices[-1]!r}, got {shown(x)}")


def require_reduction(reduction: str, *others: str) -> None:
    """Refuse what is neither "mean", "sum", "none" nor one of the others."""
    require_choice("reduction", reduction, "mean", *others, "sum", "none")


def require_dtype(xp: Namespace, dtype: Any, *, floating: bool, place: Any = None) -> Any:
    """Return `dtype` as the library's own, refusing dtypes that hold no real numbers.

    Integers and Booleans are allowed as well, unless `floating`.
    """
    try:
        if isinstance(dtype, np.generic):  # NumPy takes a number for its dtype
            raise TypeError
        own = xp.zeros((), dtype=dtype, device=place).dtype
        kinds = ("real floating",) if floating else ("real floating", "integral", "bool")
        # torch has no arithmetic for float8.
        if not xp.isdtype(own, kinds) or (str(own).partition(".")[2].startswith("float8")):
            raise TypeError
    except (TypeError, ValueError, RuntimeError):
        what = "floating-point dtype" if floating else "real or Boolean dtype"
        one = ", such as torch.float32" if is_torch_namespace(xp) else ""
        raise TypeError(f"dtype must be a {what} of the library{one}, got {shown(dtype)}") from None
    return own


def require_values(name: str, x: Array) -> None:
    """Refuse a tensor that has no values to read, only a shape."""
    if not is_torch_array(x) or is_compiling(x):  # there a value breaks the graph, and is read
        return
    if x.is_meta:
        raise ValueError(f"{name} must have values, got a tensor on the meta device")
    if not holds_values(x):
        raise ValueError(f"{name} must have values, got a traced tensor, as inside torch.vmap")


def to_numpy(x: Array, name: str = "p") -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values of `x` as a NumPy float64 array, whatever device they are on."""
    require_values(name, x)
    values = x.detach().cpu().double().resolve_neg() if is_torch_array(x) else x
    return np.asarray(values, dtype=np.float64)


def tolerance(xp: Namespace, p: Array, count: int) -> float:
    """Return how far from 1 the sum of `count` probabilities of the dtype of `p` may be.

    8 sqrt(K) eps, where eps is float32's: float64 numbers may have been float32 once. Half
    precision adds four eps of its own.
    """
    single = 2.0**-23
    own = float(xp.finfo(p.dtype).eps)
    return 8 * math.sqrt(count) * single + (4 * own if own > single else 0.0)


def are_distributions(xp: Namespace, p: Array, totals: Array, allowed: float) -> bool:
    """Say whether `p` is nonnegative and its sums, `totals`, are within `allowed` of 1.

    A NaN makes its sum NaN, which fails every comparison, so these two passes find every fault.
    """
    if math.prod(p.shape) == 0:
        return True
    return bool(xp.all(xp.abs(totals - 1) <= allowed)) and bool(xp.min(p) >= 0)


def distribution_fault(
    xp: Namespace, name: str, p: Array, axis: int | tuple[int, int]
) -> str | None:
    """Say why `p` does not hold distributions along `axis`, or two axes; None if it does."""
    p = p.detach() if is_torch_array(p) else p
    axes = sorted(axis) if isinstance(axis, tuple) else [axis]
    allowed = tolerance(xp, p, math.prod(p.shape[k] for k in axes))
    with quiet(xp):
        totals = p
        for k in reversed(axes):
            totals = sums(xp, totals, k)
        if are_distributions(xp, p, totals, allowed):
            return None
    if xp.any(xp.isnan(p)):
        where, _ = _first(xp, xp.isnan(p), p)
        return f"{name} must not contain NaN, found at {name}[{where}]"
    if xp.any(p < 0):
        where, value = _first(xp, p < 0, p)
        return f"{name} must not be negative, got {name}[{where}] = {value:.6g}"
    where, value = _first(xp, ~(xp.abs(totals - 1) <= allowed), totals)
    row = where.split(", ") if where else []
    for k in axes:
        row.insert(k, ":")
    which = f"{name}[{', '.join(row)}]" if len(row) > len(axes) else "it"
    along = f"axis={axis}, keepdims=True" if len(row) > len(axes) else ""
    places = f"axis {axis}" if isinstance(axis, int) else f"axes {axis}"
    return (
        f"{name} must sum to 1 along {places} within {allowed:.1e}, {which} sums to "
        f"{value:.10g}: divide by the sum, {name} = {name} / {name}.sum({along})"
    )


def _first(xp: Namespace, found: Array, values: Array) -> tuple[str, float]:
    """Return the indices of the first True in `found`, as text, and the value there."""
    k = int(xp.argmax(xp.reshape(xp.astype(found, xp.int64), (-1,))))
    place = np.unravel_index(k, tuple(found.shape))
    return ", ".join(str(int(i)) for i in place), float(xp.reshape(values, (-1,))[k])


def require_distribution(xp: Namespace, axis: int | tuple[int, int], **arrays: Array) -> None:
    """Refuse arrays that are not distributions along `axis`, where their values are readable."""
    for name, p in arrays.items():
        if values_are_readable(p) and (fault := distribution_fault(xp, name, p, axis)):
            raise ValueError(fault)


def require_nonnegative(xp: Namespace, name: str, x: Array) -> None:
    """Refuse negative and infinite numbers and NaN, where they are readable."""
    if not values_are_readable(x):
        return
    x = x.detach() if is_torch_array(x) else x
    if not _within(xp, x, 0, float(xp.finfo(x.dtype).max)):
        where, value = _first(xp, ~((x >= 0) & (x < math.inf)), x)
        raise ValueError(f"{name} must be finite and not negative, got {name}[{where}] = {value:g}")


def require_probabilities(xp: Namespace, name: str, p: Array, *, exact: bool = False) -> None:
    """Refuse numbers outside [0, 1] and NaN, where they are readable.

    Unless `exact`, they may exceed 1 by rounding.
    """
    if not values_are_readable(p):
        return
    p = p.detach() if is_torch_array(p) else p
    most = 1 if exact else 1 + tolerance(xp, p, 1)
    if not _within(xp, p, 0, most):
        where, value = _first(xp, ~((p >= 0) & (p <= most)), p)
        at = f"{name}[{where}]" if where else name
        found = f"{value:g}" if float(f"{value:g}") == value else repr(value)
        mend = ""
        if exact and name == "input" and not math.isnan(value):
            mend = ": for logits take binary_cross_entropy_with_logits"
        raise ValueError(f"{name} must lie in [0, 1], got {at} = {found}{mend}")


def wanted_indices(
    target: Array, given: Any, hint: str = "", *, axis: int | None = None
) -> TypeError:
    """Return the error for a target of floats where class indices are wanted.

    `given` is the target before it became an array. With `axis` it holds a number for each class.
    """
    listed = not is_array_api_obj(given)
    if is_torch_array(target):
        whole = "torch.tensor(target)" if listed else "target"
        mend = f"{whole}.long()" if axis is None else f"{whole}.argmax({axis})"
    elif is_numpy_array(target):
        whole = "np.array(target, dtype=int)" if listed else "target.astype(int)"
        mend = whole if axis is None else f"np.argmax(target, axis={axis})"
    else:
        whole = "xp.asarray(target)" if listed else "target"
        mend = f"xp.astype({whole}, xp.int64)"
        mend = mend if axis is None else f"xp.argmax({whole}, axis={axis})"
    return TypeError(
        f"target must hold class indices as integers, got {target.dtype}: convert it with "
        f"target = {mend}{hint}"
    )


def require_class_indices(
    xp: Namespace,
    name: str,
    y: Array,
    classes: int,
    ignore_index: int | None = None,
    *,
    copied: bool = False,
) -> bool:
    """Refuse indices outside [0, classes), except `ignore_index`, where they are readable.

    `copied` reads them even where that means a copy from another device. Return whether all have
    been read and none of them is outside.
    """
    if not (holds_values(y) if copied else values_are_readable(y)):
        return False
    if _within(xp, y, 0, classes - 1):
        return True
    bad = (y < 0) | (y >= classes)
    if ignore_index is not None:
        bad = bad & (y != ignore_index)
    if xp.any(bad):
        where, value = _first(xp, bad, y)
        at = f"{name}[{where}]" if where else name
        other = "" if ignore_index is None else f", or be ignore_index = {ignore_index}"
        raise IndexError(
            f"{name} must lie in [0, {classes - 1}], being an index of {classes} classes{other}, "
            f"got {at} = {value:.0f}"
        )
    return False


def _within(xp: Namespace, x: Array, low: float, high: float) -> bool:
    """Say whether all of `x` is in [low, high] (NaN never is), without a temporary of its size."""
    if math.prod(x.shape) == 0:
        return True
    if is_torch_array(x):
        least, most = x.aminmax()
    else:
        least, most = xp.min(x), xp.max(x)
    return bool(least >= low) and bool(most <= high)
