"""What every function of the package does with its arrays before and around the formula.

Inputs become floating-point arrays of one library on one device, shapes are checked, values are
checked where that costs neither a device copy nor a graph break, and NumPy arrays are processed in
blocks of rows that fit the processor's cache.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from decimal import Decimal
from functools import reduce
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

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

# An array of any library that follows the array API standard, or whatever NumPy can turn into one.
Array: TypeAlias = Any
Namespace: TypeAlias = Any

Reduction: TypeAlias = Literal["mean", "sum", "none"]

# Small enough for a block and a formula's temporaries to stay in the cache, large enough for
# Python's overhead not to matter. Measured: smaller blocks are slower, larger ones no faster.
BLOCK_BYTES = 640 * 1024
LEAST_BLOCK_BYTES = 240 * 1024


def to_arrays(*or_indices: str, **inputs: Array) -> tuple[Namespace, list[Array]]:
    """Return the inputs' namespace and the inputs as floating-point arrays in it.

    Numbers (NumPy's scalars too), lists and tuples become arrays in the library and on the device
    of the arrays among the inputs, or NumPy arrays if there are none. They take the dtype that the
    floats among those arrays promote to, or float64 if there are none. NumPy's integer arrays
    become float64. The keywords are the names that errors use; the inputs named in `or_indices` may
    also hold class indices: integers there become int64.
    """
    return _to_arrays(inputs, or_indices)


def to_counts(**inputs: Array) -> tuple[Namespace, list[Array]]:
    """Do the same as `to_arrays`, but accept tensors of integers, which counts naturally are.

    They are converted to the library's default float dtype.
    """
    return _to_arrays(inputs, counts=True)


def _to_arrays(
    inputs: dict[str, Array], or_indices: Iterable[str] = (), *, counts: bool = False
) -> tuple[Namespace, list[Array]]:
    arrays = {name: x for name, x in inputs.items() if _is_array(name, x)}
    if not arrays:  # without arrays, NumPy's scalars keep their dtypes, as they do in NumPy
        arrays = {name: x for name, x in inputs.items() if isinstance(x, np.generic)}
    xp, place = _shared(arrays)
    for name, x in arrays.items():
        indices = name in or_indices
        if is_torch_array(x):
            arrays[name] = _tensor(name, x, inputs, indices=indices, counts=counts)
        elif is_numpy_array(x):
            arrays[name] = _of_numpy(name, x, inputs, indices=indices)
        else:
            arrays[name] = _of_library(xp, name, x, inputs, indices=indices, counts=counts)
    if len(arrays) < len(inputs):
        floats = [x.dtype for x in arrays.values() if is_floating(xp, x)]
        dtype = promoted_type(xp, *floats) if floats else xp.float64 if arrays else None
        for name, x in inputs.items():
            if name in arrays:
                continue
            if is_torch_namespace(xp) and sys.modules["torch"].compiler.is_compiling():
                # torch.compile cannot read the dtype of a NumPy array.
                x = xp.asarray(x, dtype=None if name in or_indices else dtype, device=place)
                arrays[name] = xp.astype(x, dtype, copy=False) if is_floating(xp, x) else x
            else:
                x = _of_list(name, x, inputs, indices=name in or_indices)
                arrays[name] = _placed(xp, x, place, dtype)
    return xp, [arrays[name] for name in inputs]


def _is_array(name: str, x: Array) -> bool:
    """Say whether `x` is an array, whose library, device and dtype the other inputs follow."""
    if is_torch_array(x):
        return True
    if isinstance(x, np.ndarray):
        if isinstance(x, np.ma.MaskedArray):
            raise TypeError(f"{name} must not be a masked array: the mask would be dropped")
        if isinstance(x, np.matrix):
            raise TypeError(f"{name} must not be a matrix: give np.asarray({name})")
        return True
    return not isinstance(x, (float, int, list, tuple, np.generic)) and is_array_api_obj(x)


def _shared(arrays: dict[str, Array]) -> tuple[Namespace, Any]:
    """Return the namespace and the device of the arrays, refusing more than one of either."""
    if all(map(is_numpy_array, arrays.values())):
        return numpy_namespace, None
    try:
        xp = array_namespace(*arrays.values())
    except TypeError:
        kinds = ", ".join(f"{name} is {_kind(x)}" for name, x in arrays.items())
        raise TypeError(f"the inputs must be arrays of one library: {kinds}") from None
    first, *others = (device(x) for x in arrays.values())
    if any(other != first for other in others):
        raise ValueError(
            "the inputs must be on one device: "
            + ", ".join(f"{name} is on {device(x)}" for name, x in arrays.items())
        )
    return xp, first


def _tensor(name: str, x: Array, inputs: dict[str, Array], *, indices: bool, counts: bool) -> Array:
    torch = sys.modules["torch"]
    dtype = x.dtype
    if x.layout != torch.strided or x.is_nested:
        if x.is_nested:
            raise TypeError(f"{name} must have one shape, got a nested tensor: give its parts")
        raise TypeError(
            f"{name} must be a dense tensor, got layout {x.layout}: convert it with "
            f"{name} = {name}.to_dense()"
        )
    if dtype.is_floating_point and dtype.itemsize > 1:  # torch has no arithmetic for float8
        return x
    whole = dtype in (torch.int64, torch.uint8, torch.int32, torch.int16, torch.int8)
    whole = whole or dtype in (torch.uint16, torch.uint32, torch.uint64)
    if indices and whole:
        _require_signed_range(name, x)
        return x.to(torch.int64)
    if counts and whole:
        return x.to(torch.get_default_dtype())
    if dtype.is_complex:
        raise TypeError(f"{name} must be real, got {dtype}")
    if indices and not dtype.is_floating_point:
        mend = f"{name}.{'float' if _is_like_another(name, inputs) else 'long'}()"
        raise TypeError(_wanted_indices(name, dtype, mend))
    raise TypeError(
        f"{name} must hold floating-point numbers, got {dtype}: convert it with "
        f"{name} = {name}.float()"
    )


def _of_numpy(name: str, x: Array, inputs: dict[str, Array], *, indices: bool) -> Array:
    if x.dtype.kind == "f":
        return np.asarray(x)
    if indices and x.dtype.kind == "b":
        mend = f"{name}.astype({'float' if _is_like_another(name, inputs) else 'int'})"
        raise TypeError(_wanted_indices(name, x.dtype, mend))
    return _numbers(name, np.asarray(x), indices=indices)


def _of_library(
    xp: Namespace,
    name: str,
    x: Array,
    inputs: dict[str, Array],
    *,
    indices: bool,
    counts: bool,
) -> Array:
    if xp.isdtype(x.dtype, "real floating"):
        return x
    if indices and xp.isdtype(x.dtype, "integral"):
        _require_signed_range(name, x)
        return xp.astype(x, xp.int64, copy=False)
    if counts and xp.isdtype(x.dtype, "integral"):
        return xp.astype(x, xp.float64)
    if xp.isdtype(x.dtype, "complex floating"):
        raise TypeError(f"{name} must be real, got {x.dtype}")
    if indices:
        kind = "float64" if _is_like_another(name, inputs) else "int64"
        raise TypeError(_wanted_indices(name, x.dtype, f"xp.astype({name}, xp.{kind})"))
    raise TypeError(
        f"{name} must hold floating-point numbers, got {x.dtype}: convert it with "
        f"{name} = xp.astype({name}, xp.float64)"
    )


def _of_list(name: str, x: Array, inputs: dict[str, Array], *, indices: bool) -> Array:
    """Return a list, tuple or number as a NumPy array: class indices as int64, else floats."""
    try:
        values = np.asarray(x)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise TypeError(f"{name} must be an array of numbers: {error}") from None
    if indices and values.dtype.kind == "f":
        if values.size == 0:  # NumPy makes an empty list float64
            return values.astype(np.int64)
        if np.max(np.abs(values)) >= 2.0**63:  # may be integers too large for any NumPy dtype
            values = np.asarray(x, dtype=object)
            values = values if all(isinstance(i, Integral) for i in values.flat) else np.asarray(x)
    if indices and values.dtype.kind == "b":
        kind = "float" if _is_like_another(name, inputs) else "int"
        raise TypeError(_wanted_indices(name, values.dtype, f"np.array({name}, dtype={kind})"))
    return _numbers(name, values, indices=indices, of_list=True)


def _numbers(
    name: str, x: np.ndarray[Any, Any], *, indices: bool, of_list: bool = False
) -> np.ndarray[Any, Any]:
    """Return the NumPy array `x` as int64 if it may hold indices and does, else as floats."""
    kind = x.dtype.kind
    if kind == "f":
        return x
    if kind == "O":  # fractions and decimals are numbers; None would become NaN
        for value in x.flat:
            if not isinstance(value, (Real, Decimal)):
                raise TypeError(f"{name} must be an array of numbers: found {value!r}")
    if indices and kind in "iuO" and x.size:
        if of_list or kind == "O":
            for i in (np.max(x), np.min(x)) if all(isinstance(i, Integral) for i in x.flat) else ():
                if not -(2**63) <= i < 2**63:
                    raise IndexError(f"{name} is out of range, got the index {_shown(int(i))}")
        if kind in "iu":
            _require_signed_range(name, x)
    if indices and kind in "iu":
        return x.astype(np.int64, copy=False)
    if kind == "O":
        return np.reshape(np.array([_finite(name, v) for v in x.flat], np.float64), x.shape)
    if kind not in "biu":
        what = "real" if kind == "c" else "an array of numbers"
        raise TypeError(f"{name} must be {what}, got {x.dtype}")
    return x.astype(np.float64)


def _finite(name: str, x: Any) -> float:
    """Return the number `x` as a float, refusing numbers too large for one."""
    try:
        number = float(x)
    except OverflowError:
        number = math.inf
    if math.isinf(number) and abs(x) != math.inf:
        raise ValueError(f"{name} must hold numbers that a float can, got {_shown(x)}")
    return number


def _placed(xp: Namespace, x: np.ndarray[Any, Any], place: Any, dtype: Any) -> Array:
    """Return the NumPy array `x` in namespace `xp` on device `place`, floats with `dtype`."""
    if is_numpy_namespace(xp):
        if dtype is None or x.dtype.kind == "i":
            return x
        with np.errstate(over="ignore"):
            return x.astype(dtype, copy=False)
    if x.dtype.kind == "i":
        return xp.asarray(x, dtype=xp.int64, device=place)
    return xp.asarray(x.astype(np.float64), dtype=dtype, device=place)


def _is_like_another(name: str, inputs: dict[str, Array]) -> bool:
    """Say whether another input has the shape of this one."""
    shape = np.shape(inputs[name])
    return any(np.shape(x) == shape for other, x in inputs.items() if other != name)


def _wanted_indices(name: str, dtype: Any, mend: str) -> str:
    return (
        f"{name} must hold class indices as integers, got {dtype}: convert it with {name} = {mend}"
    )


def _require_signed_range(name: str, x: Array) -> None:
    """Refuse uint64, whose largest numbers would become negative as int64."""
    if str(x.dtype).endswith("uint64"):
        raise TypeError(f"{name} must hold indices in signed integers or small ones, got {x.dtype}")


def _kind(x: Array) -> str:
    library = type(x).__module__.partition(".")[0]
    return f"a {library} {type(x).__name__.lower().removeprefix('nd')}"


def _shown(x: Any) -> str:
    """Return `repr(x)` for a message, shortened if `x` is an array or has thousands of digits."""
    try:
        text = repr(x)
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        text = f"an integer of {x.bit_length()} bits"
    return text if len(text) <= 60 else f"{text[:57]}..."


def is_floating(xp: Namespace, x: Array) -> bool:
    """Say whether `x` holds floating-point numbers, rather than indices."""
    if is_torch_array(x):
        return bool(x.dtype.is_floating_point)
    return bool(x.dtype.kind == "f" if is_numpy_array(x) else xp.isdtype(x.dtype, "real floating"))


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


def axis_position(axis: int, name: str, shape: tuple[int, ...]) -> int:
    """Return `axis` counted from 0, refusing one that an array of that shape does not have."""
    position = _integer("axis", axis)
    if not -len(shape) <= position < len(shape):
        raise np.exceptions.AxisError(
            f"axis must lie in [{-len(shape)}, {len(shape) - 1}] for {name} of shape {shape}, "
            f"got {_shown(axis)}"
        )
    return position % len(shape)


def require_integer(name: str, x: Any, low: int = -(2**63), high: int = 2**63 - 1) -> int:
    """Return `x` as a Python int, refusing anything that is not an integer in [low, high].

    The default range is that of int64, the dtype of indices.
    """
    number = _integer(name, x)
    if number < low:
        raise ValueError(f"{name} must be at least {low}, got {_shown(x)}")
    if number > high:
        raise ValueError(f"{name} must be at most {high}, got {_shown(x)}")
    return number


def _integer(name: str, x: Any) -> int:
    """Return `x` as a Python int, refusing Booleans and arrays, which `operator.index` accepts."""
    try:
        if isinstance(x, (bool, np.ndarray)) or is_torch_array(x):
            raise TypeError
        return operator.index(x)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {_shown(x)}") from None


def require_number(name: str, x: Any, low: float, high: float = math.inf) -> float:
    """Return the finite number `x` as a float, refusing one outside [low, high]."""
    number = _float(x)
    if number is None:
        raise TypeError(f"{name} must be a number, got {_shown(x)}")
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
        raise TypeError(f"base must be a number or None, got {_shown(base)}")
    if not 0 < number < math.inf or number == 1:
        raise ValueError(f"base must be positive, finite and not 1, got {number!r}")
    return math.log(number)


def require_flag(name: str, x: Any) -> bool:
    """Return the Boolean `x`, refusing values that are merely truthy or falsy."""
    if not isinstance(x, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {_shown(x)}")
    return bool(x)


def require_choice(name: str, x: Any, *choices: str) -> None:
    """Refuse anything that is not one of the strings."""
    if not isinstance(x, str) or x not in choices:
        wanted = ", ".join(map(repr, choices[:-1]))
        raise ValueError(f"{name} must be {wanted} or {choices[-1]!r}, got {_shown(x)}")


def require_dtype(xp: Namespace, dtype: Any, *, floating: bool, place: Any = None) -> Any:
    """Return `dtype` as the library's own, refusing dtypes that hold no real numbers.

    Integers and Booleans are allowed as well, unless `floating`.
    """
    try:
        own = xp.zeros((), dtype=dtype, device=place).dtype
        kinds = ("real floating",) if floating else ("real floating", "integral", "bool")
        # torch has no arithmetic for float8.
        if not xp.isdtype(own, kinds) or (str(own).partition(".")[2].startswith("float8")):
            raise TypeError
    except (TypeError, ValueError, RuntimeError):
        what = "floating-point dtype" if floating else "real or Boolean dtype"
        raise TypeError(f"dtype must be a {what} of the library, got {_shown(dtype)}") from None
    return own


def require_values(name: str, x: Array) -> None:
    """Refuse a tensor that has no values, only a shape."""
    if is_torch_array(x) and x.is_meta:
        raise ValueError(f"{name} must have values, got a tensor on the meta device")


def is_compiling(x: Array) -> bool:
    """Say whether `x` is a tensor in a graph that is being compiled."""
    # If there is a tensor, torch has been imported.
    return is_torch_array(x) and bool(sys.modules["torch"].compiler.is_compiling())


def values_are_readable(x: Array) -> bool:
    """Say whether the values of `x` can be read without a device copy or a graph break."""
    if not is_torch_array(x):
        return is_numpy_array(x) or is_array_api_strict_namespace(array_namespace(x))
    return x.device.type == "cpu" and is_eager(x)


def is_eager(x: Array) -> bool:
    """Say whether `x` is an array that holds its values now, rather than a traced one."""
    if not is_torch_array(x):
        return True
    if is_compiling(x) or not is_plain_tensor(x):
        return False
    return sys.modules["torch"].utils._python_dispatch._get_current_dispatch_mode() is None


def is_plain_tensor(x: Array) -> bool:
    """Say whether `x` is an ordinary tensor, neither a FakeTensor nor inside torch.func."""
    torch = sys.modules["torch"]
    return type(x) in (torch.Tensor, torch.nn.Parameter) and not is_transformed(x)


def is_transformed(x: Array) -> bool:
    """Say whether the tensor `x` is inside `torch.func` or forward-mode autodiff."""
    torch = sys.modules["torch"]
    return bool(
        torch._C._functorch.is_functorch_wrapped_tensor(x)
        or torch.autograd.forward_ad._current_level >= 0
    )


def is_transformed_slope(x: Array) -> bool:
    """Say whether the gradient `x` is inside `torch.func` or a vectorised Jacobian."""
    torch = sys.modules["torch"]
    return is_transformed(x) or "Batched" in str(torch._C._dispatch_keys(x))


def tolerance(xp: Namespace, p: Array, count: int) -> float:
    """Return how far from 1 the sum of `count` probabilities of the dtype of `p` may be.

    8 sqrt(K) eps, where eps is float32's: float64 numbers may have been float32 once. Half
    precision adds four eps of its own.
    """
    single = 2.0**-23
    own = float(xp.finfo(p.dtype).eps)
    return 8 * math.sqrt(count) * single + (4 * own if own > single else 0.0)


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
    return xp.sum(p, axis=axis, dtype=_at_least_float32(xp, p.dtype))


def _at_least_float32(xp: Namespace, dtype: Any) -> Any:
    return xp.float32 if xp.finfo(dtype).bits < 32 else dtype


def are_distributions(xp: Namespace, p: Array, totals: Array, allowed: float) -> bool:
    """Say whether `p` is nonnegative and its sums, `totals`, are within `allowed` of 1.

    A NaN makes its sum NaN, which fails every comparison, so these two passes find every fault.
    """
    if math.prod(p.shape) == 0:
        return True
    return bool(xp.all(xp.abs(totals - 1) <= allowed)) and bool(xp.min(p) >= 0)


def distribution_fault(xp: Namespace, name: str, p: Array, axis: int) -> str | None:
    """Say why `p` does not hold distributions along `axis`; None if it does."""
    p = p.detach() if is_torch_array(p) else p
    allowed = tolerance(xp, p, p.shape[axis])
    with quiet(xp):
        totals = sums(xp, p, axis)
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
    row.insert(axis, ":")
    which = f"{name}[{', '.join(row)}]" if len(row) > 1 else "it"
    along = f"axis={axis}, keepdims=True" if len(row) > 1 else ""
    return (
        f"{name} must sum to 1 along axis {axis} within {allowed:.1e}, {which} sums to "
        f"{value:.10g}: divide by the sum, {name} = {name} / {name}.sum({along})"
    )


def _first(xp: Namespace, found: Array, values: Array) -> tuple[str, float]:
    """Return the indices of the first True in `found`, as text, and the value there."""
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
        raise ValueError(f"{name} must lie in [0, 1], got {at} = {value:.17g}")


def require_class_indices(
    xp: Namespace, name: str, y: Array, classes: int, ignore_index: int | None = None
) -> bool:
    """Refuse indices outside [0, classes), except `ignore_index`, where they are readable.

    Return whether all have been read and none of them is outside.
    """
    if not values_are_readable(y):
        return False
    if _within(xp, y, 0, classes - 1):
        return True
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
    wide = _at_least_float32(xp, dtype)
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


def promoted_type(xp: Namespace, *types: Any) -> Any:
    """Return the dtype that these dtypes promote to."""
    if is_torch_namespace(xp):  # torch.compile fails on its result_type with half precision
        return reduce(xp.promote_types, types)
    return xp.result_type(*types)


def row_blocks(shape: tuple[int, ...], itemsize: int, pieces: int = 24) -> Iterable[Any]:
    """Return indices that cut an array of that shape into blocks of rows that fit the cache.

    There are at least so many `pieces`, unless they would be tiny: enough for what a formula holds
    of a block's size, twice a piece for most, to take at most a tenth of the array's memory.
    """
    nbytes = math.prod(shape) * itemsize
    size = min(BLOCK_BYTES, max(LEAST_BLOCK_BYTES, nbytes // pieces))
    return [...] if nbytes <= size else _blocks(shape, size // itemsize)


def is_small(x: Array) -> bool:
    """Say whether `x` is too small to be cut into blocks, whatever float type it is worked in."""
    return bool(8 * math.prod(x.shape) <= min(BLOCK_BYTES, LEAST_BLOCK_BYTES))


def _warm_allocator() -> None:
    """Make glibc keep freed blocks for reuse; with other allocators this does nothing.

    glibc reuses freed blocks of up to twice the size of the largest one freed so far. It returns
    larger ones to the system and fetches them anew, which takes three times as long as a formula.
    """
    np.empty(8 * BLOCK_BYTES, np.uint8)


_warm_allocator()  # once per process


def element_blocks(xp: Namespace, x: Array) -> list[Any]:
    """Return indices that cut `x` into blocks of elements that fit the cache."""
    # A tenth of a block of rows, since elementwise formulas hold several temporaries of a block's
    # size. Calls into torch cost more, so its blocks are at least 1/64 of the tensor; a GPU needs
    # larger blocks than the cache holds to keep all its cores busy.
    count = math.prod(x.shape)
    size = BLOCK_BYTES // (10 * x.dtype.itemsize)
    if is_torch_namespace(xp):
        size = max(size if x.device.type == "cpu" else 2**22, count // 64)
    return [...] if count <= size else list(_blocks((*x.shape, 1), size))


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


def to_numpy(x: Array, name: str = "p") -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values of `x` as a NumPy float64 array, whatever device they are on."""
    require_values(name, x)
    return np.asarray(x.detach().cpu().double() if is_torch_array(x) else x, dtype=np.float64)


def quiet(xp: Namespace) -> Any:
    """Silence NumPy's warnings: infinity and NaN are results here, as they are in PyTorch."""
    if is_torch_namespace(xp):
        return nullcontext()
    return np.errstate(all="ignore")


def quiet_log(xp: Namespace) -> Any:
    """Let log 0 be -inf without a warning: for these functions infinity is a valid result."""
    return nullcontext() if is_torch_namespace(xp) else np.errstate(divide="ignore", under="ignore")
