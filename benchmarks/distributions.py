"""Time and memory of entropy and KL divergence beside SciPy's, on 8192 × 1000 probabilities.

    python benchmarks/distributions.py

Both run on NumPy arrays in this process, in turns, on one thread: each ratio compares neighbouring
runs, so anything else that the machine is doing slows both. Ours checks that its input is a
distribution and refuses it if not; SciPy divides by the sum instead. Memory is the peak allocated
during a call, including the result, as counted by tracemalloc, in percent of the arrays given.
"""

from __future__ import annotations

import os

for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # read when NumPy is imported

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats
from rows import Row, quantile, row, told, write

from lossutils import entropy, kl_divergence

SHAPE = (8192, 1000)
RUNS = 15
PACKAGES = ("numpy", "scipy")

Call = Callable[..., Any]


def distributions(dtype: str, seed: int) -> Any:
    """Return random distributions along the last axis."""
    weights = np.random.default_rng(seed).exponential(size=SHAPE).astype(dtype)
    return weights / weights.sum(axis=-1, keepdims=True)


def milliseconds(function: Call, *arrays: Any) -> float:
    start = time.perf_counter()
    function(*arrays)
    return (time.perf_counter() - start) * 1e3


def extra_memory(function: Call, *arrays: Any) -> float:
    """Return the most that was allocated at once during the call, in percent of the arrays."""
    tracemalloc.start()
    function(*arrays)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return 100 * peak / sum(x.nbytes for x in arrays)


def compared(name: str, ours: Call, theirs: Call, arrays: list[Any]) -> list[Row]:
    """Return the two rows, speed and memory, of one function on one dtype."""
    np.testing.assert_allclose(ours(*arrays), theirs(*arrays), rtol=1e-4)  # also warms both up
    times = [(milliseconds(ours, *arrays), milliseconds(theirs, *arrays)) for _ in range(RUNS)]
    what = f"{name}, NumPy, {SHAPE[0]} × {SHAPE[1]}, {arrays[0].dtype}"
    speed = row(
        f"{what}: how many times as fast as SciPy",
        [its / mine for mine, its in times],
        unit="×",
        goal=3,
        goal_kind="min",
        peer={
            "name": "scipy.stats.entropy",
            "median": quantile([its for _, its in times], 0.5),
            "unit": "ms",
        },
        packages=PACKAGES,
    )
    memory = row(
        f"{what}: memory beyond the input",
        [extra_memory(ours, *arrays)],
        unit="%",
        goal=10,
        peer={
            "name": "scipy.stats.entropy",
            "median": quantile([extra_memory(theirs, *arrays)], 0.5),
            "unit": "%",
        },
        packages=PACKAGES,
    )
    return [speed, memory]


def main() -> None:
    rows = []
    for dtype in ("float32", "float64"):
        p, q = distributions(dtype, 1), distributions(dtype, 2)
        rows += compared("entropy", entropy, lambda p: scipy.stats.entropy(p, axis=-1), [p])
        rows += compared(
            "kl_divergence", kl_divergence, lambda p, q: scipy.stats.entropy(p, q, axis=-1), [p, q]
        )
    for figure in rows:
        print(told(figure))
    print(write("distributions", rows))


if __name__ == "__main__":
    main()
