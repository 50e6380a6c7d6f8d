"""Whose array is this, and in what state? Libraries, dtypes, graphs, compilers and transformations.

array-api-compat's questions are answered without its caches for tensors: torch.compile warns at
each cached function that it meets, a score of times for one loss. If there is a tensor, torch has
been imported.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from functools import reduce
from typing import Any, TypeAlias

import array_api_compat as compat
import numpy as np
from array_api_compat import is_array_api_strict_namespace

# An array of any library that follows the array API standard, or whatever NumPy can turn into one.
Array: TypeAlias = Any
Namespace: TypeAlias = Any


def is_torch_array(x: Any) -> bool:
    """Say whether `x` is a tensor, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def is_numpy_array(x: Any) -> bool:
    """Say whether `x` is NumPy's."""
    return isinstance(x, (np.ndarray, np.generic))


def is_array_api_obj(x: Any) -> bool:
    """Say whether `x` is an array of any library."""
    return is_torch_array(x) or compat.is_array_api_obj(x)


def array_namespace(*arrays: Any) -> Any:
    """Return the library of the arrays, all of which must be of one."""
    if all(map(is_torch_array, arrays)):
        from array_api_compat import torch

        return torch
    return compat.array_namespace(*arrays)


def is_numpy_namespace(xp: Any) -> bool:
    """Say whether `xp` is NumPy, plain or wrapped."""
    return xp.__name__ in ("numpy", "array_api_compat.numpy")


def is_torch_namespace(xp: Any) -> bool:
    """Say whether `xp` is PyTorch, plain or wrapped."""
    return xp.__name__ in ("torch", "array_api_compat.torch")


def device(x: Any) -> Any:
    """Return the device that `x` is on."""
    return x.device if is_torch_array(x) else compat.device(x)


def moveaxis(xp: Any, x: Any, source: int, destination: int) -> Any:
    """Return `x` with one axis moved; torch.vmap knows no rule for torch's own `moveaxis`."""
    if source % x.ndim == destination % x.ndim:
        return x
    if is_torch_namespace(xp):
        return x.movedim(source, destination)
    return xp.moveaxis(x, source, destination)


def is_floating(xp: Namespace, x: Array) -> bool:
    """Say whether `x` holds floating-point numbers, rather than indices."""
    if is_torch_array(x):
        return bool(x.dtype.is_floating_point)
    return bool(x.dtype.kind == "f" if is_numpy_array(x) else xp.isdtype(x.dtype, "real floating"))


def promoted_type(xp: Namespace, *types: Any) -> Any:
    """Return the dtype that these dtypes promote to."""
    if is_torch_namespace(xp):  # torch.compile fails on its result_type with half precision
        return reduce(xp.promote_types, types)
    return xp.result_type(*types)


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


def upcast(xp: Namespace, dtype: Any, *arrays: Array) -> list[Array]:
    """Return the arrays, floats in the type to work in."""
    wide = at_least_float32(xp, dtype)
    return [x if x.dtype == wide or not is_floating(xp, x) else xp.astype(x, wide) for x in arrays]


def is_compiling(x: Array) -> bool:
    """Say whether `x` is a tensor in a graph that is being compiled."""
    # If there is a tensor, torch has been imported.
    return is_torch_array(x) and bool(sys.modules["torch"].compiler.is_compiling())


def values_are_readable(x: Array) -> bool:
    """Say whether the values of `x` can be read without a device copy or a graph break."""
    if not is_torch_array(x):
        return is_numpy_array(x) or is_array_api_strict_namespace(array_namespace(x))
    return x.device.type == "cpu" and is_eager(x)


def holds_values(x: Array) -> bool:
    """Say whether `x` has values that can be read, if need be by a copy from its device."""
    return is_eager(x) and getattr(device(x), "type", None) != "meta"


def is_eager(x: Array) -> bool:
    """Say whether `x` is an array that holds its values now, rather than a traced one."""
    if not is_torch_array(x):
        return True
    if is_compiling(x) or not is_plain_tensor(x):
        return False
    return sys.modules["torch"].utils._python_dispatch._get_current_dispatch_mode() is None


def is_plain_tensor(x: Array) -> bool:
    """Say whether `x` is an ordinary tensor, neither a FakeTensor nor inside torch.func.

    A subclass is, unless it has operations of its own.
    """
    torch = sys.modules["torch"]
    kind, tensor = type(x), torch.Tensor
    ordinary = kind is tensor or kind.__torch_dispatch__ is tensor.__torch_dispatch__
    return ordinary and not is_transformed(x)


def is_transformed(x: Array) -> bool:
    """Say whether the tensor `x` is inside `torch.func` or forward-mode autodiff."""
    torch = sys.modules["torch"]
    return bool(
        torch._C._functorch.is_functorch_wrapped_tensor(x)
        or torch.autograd.forward_ad._current_level >= 0
    )


def is_under_func(x: Array) -> bool:
    """Say whether `x` is an eager tensor inside `torch.func` or forward-mode autodiff."""
    return is_torch_array(x) and not is_compiling(x) and is_transformed(x)


def is_transformed_slope(x: Array) -> bool:
    """Say whether the gradient `x` is inside `torch.func` or a vectorised Jacobian."""
    torch = sys.modules["torch"]
    return is_transformed(x) or "Batched" in str(torch._C._dispatch_keys(x))


def is_eager_tensor(x: Array) -> bool:
    """Say whether `x` is a tensor that PyTorch works with step by step, without transformations."""
    return is_torch_array(x) and not is_compiling(x) and is_plain_tensor(x)


def records_gradient(x: Array) -> bool:
    """Say whether the operations on `x` may be differentiated one by one."""
    if not is_torch_array(x):
        return False
    if is_compiling(x) or is_transformed(x):
        return True
    return bool(x.requires_grad and sys.modules["torch"].is_grad_enabled())


def detach(x: Array) -> Array:
    """Return `x` with no gradient flowing through it."""
    return x.detach() if is_torch_array(x) else x


def quiet(xp: Namespace) -> Any:
    """Silence NumPy's warnings: infinity and NaN are results here, as they are in PyTorch."""
    if is_torch_namespace(xp):
        return nullcontext()
    return np.errstate(all="ignore")
