"""How far apart two results are, and how far apart two good ones may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Relative for results above 1, else absolute: room for sums over thousands of terms in the wide
# dtypes, for a few roundings in the narrow ones.
TOLERANCES = {"float64": 1e-12, "float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}


def dtype_name(array: Any) -> str:
    """Return the name of an array's dtype, without its library's."""
    return str(array.dtype).removeprefix("torch.")


def noise_of(dtypes: Iterable[str]) -> float:
    """Return how far apart two good results may be, given the narrowest float of `dtypes`."""
    return max(TOLERANCES.get(dtype, 0.0) for dtype in ["float64", *dtypes])


def largest_difference(a: Sequence[NDArray[Any]], b: Sequence[NDArray[Any]]) -> float:
    """Return the largest ``|a - b| / max(1, |b|)``: 0 for two NaNs or equal infinities."""
    largest = []
    for x, y in zip(a, b, strict=True):
        x, y = x.astype(np.float64), y.astype(np.float64)
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        with np.errstate(invalid="ignore"):  # inf - inf, which `same` corrects
            scaled = np.abs(x - y) / np.maximum(1.0, np.where(np.isfinite(y), np.abs(y), 1.0))
        largest.append(float(np.max(np.where(same, 0.0, scaled), initial=0.0)))
    return float(np.max(largest))


def difference_text(difference: float | None, tolerance: float, *, digits: int) -> str:
    """Return the difference in a few digits; within the tolerance, which it may vary in, that."""
    if difference is None:
        return "not compared"
    if difference <= tolerance:
        return f"≤ {tolerance:g}"
    return f"{difference:.{digits}g}"
