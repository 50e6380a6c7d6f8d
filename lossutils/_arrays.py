"""From arguments to arrays: floating-point arrays of one library on one device, or class indices."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

import numpy as np
from array_api_compat import numpy as numpy_namespace

from lossutils._namespaces import (
    Array,
    Namespace,
    array_namespace,
    device,
    is_array_api_obj,
    is_floating,
    is_numpy_array,
    is_numpy_namespace,
    is_torch_array,
    is_torch_namespace,
    promoted_type,
)

Reduction: TypeAlias = Literal["mean", "sum", "none"]


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
                x = _of_list(xp, name, x, inputs, indices=name in or_indices)
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
        mend = ""
        if any(map(is_torch_array, arrays.values())):
            other = next(name for name, x in arrays.items() if not is_torch_array(x))
            mend = f". Convert {other} with {other} = torch.as_tensor({other})"
        raise TypeError(f"the inputs must be arrays of one library: {kinds}{mend}") from None
    first, *others = (device(x) for x in arrays.values())
    if any(other != first for other in others):
        where = ", ".join(f"{name} is on {device(x)}" for name, x in arrays.items())
        mend = ""
        if is_torch_namespace(xp):
            one, *_ = arrays
            other = next(name for name, x in arrays.items() if device(x) != first)
            mend = f". Move {other} with {other} = {other}.to({one}.device)"
        raise ValueError(f"the inputs must be on one device: {where}{mend}")
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
        dense = f"{name}.dequantize()" if x.is_quantized else name
        mend = f"{dense}.{'float' if _is_like_another(name, inputs) else 'long'}()"
        raise TypeError(_wanted_indices(name, dtype, mend))
    mend = "dequantize" if x.is_quantized else "float"
    raise _wanted_floats(name, dtype, inputs, f"{name}.{mend}()")


def _wanted_floats(name: str, dtype: Any, inputs: dict[str, Array], mend: str) -> TypeError:
    """Return the error for integers where floats are wanted: perhaps those are in the target."""
    message = f"{name} must hold floating-point numbers, got {dtype}"
    target: Any = inputs.get("target")
    exchanged = name in ("input", "linear_weight") and is_array_api_obj(target)
    if exchanged and "float" in str(target.dtype):
        order = ", ".join(each for each in inputs if each in ("input", "linear_weight", "target"))
        return TypeError(
            f"{message}, and target holds them: are the two exchanged? The order is {order}. Else "
            f"convert it with {name} = {mend}"
        )
    return TypeError(f"{message}: convert it with {name} = {mend}")


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
    raise _wanted_floats(name, x.dtype, inputs, f"xp.astype({name}, xp.float64)")


def require_no_tensors(name: str, x: Array) -> None:
    """Refuse a list of tensors that have a gradient, which NumPy can't read."""
    if isinstance(x, (list, tuple)) and any(is_torch_array(e) and e.requires_grad for e in x):
        if isinstance(x, tuple):  # as from a model that returns more than logits
            raise TypeError(f"{name} must be an array of numbers, got a tuple: give {name}[0]")
        raise TypeError(
            f"{name} must be an array of numbers, got a list of tensors: torch.stack({name})"
        )


def why_no_array(error: Exception) -> str:
    """Return in plain words why NumPy can't make an array of a list."""
    return "its rows differ in length" if "inhomogeneous" in f"{error}" else f"{error}"


def _of_list(
    xp: Namespace, name: str, x: Array, inputs: dict[str, Array], *, indices: bool
) -> Array:
    """Return a list, tuple or number as a NumPy array: class indices as int64, else floats."""
    if isinstance(x, Mapping):
        give = f"its values in order, list({name}.values())"
        if any(np.ndim(value) for value in x.values()):
            give = f"one of its values, {name}[{next(iter(x))!r}]"
        raise TypeError(f"{name} must be an array of numbers, got a dict: give {give}")
    try:
        values = np.asarray(x)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        require_no_tensors(name, x)
        raise TypeError(f"{name} must be an array of numbers: {why_no_array(error)}") from None
    if indices and values.dtype.kind == "f":
        if values.size == 0:  # NumPy makes an empty list float64
            return values.astype(np.int64)
        if np.max(np.abs(values)) >= 2.0**63:  # may be integers too large for any NumPy dtype
            values = np.asarray(x, dtype=object)
            values = values if all(isinstance(i, Integral) for i in values.flat) else np.asarray(x)
    if indices and values.dtype.kind == "b":
        kind = "float64" if _is_like_another(name, inputs) else "int64"
        library = "torch" if is_torch_namespace(xp) else "np" if is_numpy_namespace(xp) else "xp"
        call = "tensor" if library == "torch" else "asarray"
        mend = f"{library}.{call}({name}, dtype={library}.{kind})"
        raise TypeError(_wanted_indices(name, values.dtype, mend))
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
            if isinstance(value, str):
                raise _wanted_numbers(name, "text", indices)
            if not isinstance(value, (Real, Decimal)):
                raise TypeError(f"{name} must be an array of numbers: found {value!r}")
    if indices and kind in "iuO" and x.size:
        if of_list or kind == "O":
            for i in (np.max(x), np.min(x)) if all(isinstance(i, Integral) for i in x.flat) else ():
                if not -(2**63) <= i < 2**63:
                    raise IndexError(f"{name} is out of range, got the index {shown(int(i))}")
        if kind in "iu":
            _require_signed_range(name, x)
        elif all(isinstance(i, Integral) and not isinstance(i, bool) for i in x.flat):
            return x.astype(np.int64)
    if indices and kind in "iu":
        return x.astype(np.int64, copy=False)
    if kind == "O":
        return np.reshape(np.array([_finite(name, v) for v in x.flat], np.float64), x.shape)
    if kind == "c":
        raise TypeError(f"{name} must be real, got {x.dtype}")
    if kind not in "biu":
        held = {"U": "text", "S": "bytes", "M": "dates", "m": "durations"}.get(kind, str(x.dtype))
        raise _wanted_numbers(name, held, indices and x.ndim > 0)
    return x.astype(np.float64)


def _wanted_numbers(name: str, held: str, indices: bool) -> TypeError:
    """Return the error for an array of something else; names of classes can be numbered."""
    mend = ""
    if indices and held == "text":
        mend = f": number the classes, names, {name} = np.unique({name}, return_inverse=True)"
    return TypeError(f"{name} must be an array of numbers, got {held}{mend}")


def _finite(name: str, x: Any) -> float:
    """Return the number `x` as a float, refusing numbers too large for one."""
    try:
        number = float(x)
    except OverflowError:
        number = math.inf
    except ValueError:  # a signalling NaN of decimal's
        return math.nan
    if math.isinf(number) and abs(x) != math.inf:
        raise ValueError(f"{name} must hold numbers that a float can, got {shown(x)}")
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
        mend = f"xp.astype({name}, xp.int64)"
        if is_torch_array(x) or is_numpy_array(x):
            mend = f"{name}.long()" if is_torch_array(x) else f"{name}.astype(np.int64)"
        raise TypeError(
            f"{name} must hold indices in signed integers or small ones, got {x.dtype}: convert it "
            f"with {name} = {mend}"
        )


def _kind(x: Array) -> str:
    library = type(x).__module__.partition(".")[0]
    return f"a {library} {type(x).__name__.lower().removeprefix('nd')}"


def shown(x: Any) -> str:
    """Return `repr(x)` for a message, shortened if `x` is an array or has thousands of digits."""
    try:
        text = repr(x)
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        text = f"an integer of {x.bit_length()} bits"
    return text if len(text) <= 60 else f"{text[:57]}..."
