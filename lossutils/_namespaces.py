"""Whose array is this? array-api-compat's questions, answered without its caches for tensors.

torch.compile warns at each cached function that it meets, a score of times for one loss.
"""

from __future__ import annotations

import sys
from typing import Any

import array_api_compat as compat
import numpy as np
from array_api_compat import is_array_api_strict_namespace

__all__ = [
    "array_namespace",
    "device",
    "is_array_api_obj",
    "is_array_api_strict_namespace",
    "is_numpy_array",
    "is_numpy_namespace",
    "is_torch_array",
    "is_torch_namespace",
    "moveaxis",
]


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
