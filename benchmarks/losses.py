"""Time and memory of cross_entropy_loss beside its peers', on 8192 samples of 1000 classes.

    python benchmarks/losses.py

The peers are PyTorch's F.cross_entropy, SciPy's log_softmax with the targets' entries picked, and
scikit-learn's log_loss, which takes probabilities: those are made before, unmeasured. Ours and one
peer run in turns, on one thread: a ratio is of neighbouring runs. Time is the processor's, which on
one thread is the clock's where nothing else runs. Each peer has processes of its own, several one
after another: where a process's memory happens to lie makes up to a third of a peer's time, and
after SciPy's PyTorch's would have to fetch its memory from the system anew. Memory is the peak of
what is allocated during a call, as tracemalloc counts it, in percent of the logits; it does not see
PyTorch's.
"""

from __future__ import annotations

import os

for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # read when NumPy and PyTorch are imported

import functools
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import scipy.special
import sklearn.metrics
import torch
import torch.nn.functional as F
from rows import Row, quantile, row, told, write

from lossutils import cross_entropy_loss

SHAPE = (8192, 1000)
PROCESSES, RUNS = 5, 9  # for each peer, and in each process
PACKAGES = ("numpy", "scipy", "scikit-learn", "torch")

Call = Callable[[], Any]


def scipys(z: Any, y: Any) -> Any:
    return -np.mean(scipy.special.log_softmax(z, axis=-1)[np.arange(len(y)), y])


def calls(dtype: str) -> dict[str, Call]:
    """Return ours and the peers', each ready to be called, on the same samples."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=SHAPE).astype(dtype)
    y = rng.integers(0, SHAPE[1], SHAPE[0])
    q = scipy.special.softmax(z.astype("float64"), axis=-1).astype(dtype)
    labels = np.arange(SHAPE[1])
    tensors = torch.from_numpy(z), torch.from_numpy(y)
    return {
        "ours": functools.partial(cross_entropy_loss, z, y),
        "F.cross_entropy": functools.partial(F.cross_entropy, *tensors),
        "SciPy's log_softmax": functools.partial(scipys, z, y),
        "scikit-learn's log_loss": functools.partial(sklearn.metrics.log_loss, y, q, labels=labels),
    }


def milliseconds(call: Call) -> float:
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1e3


def extra_memory(call: Call, nbytes: int) -> float:
    """Return the most that was allocated at once during the call, in percent of `nbytes`."""
    tracemalloc.start()
    call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return 100 * peak / nbytes


def neighbours(dtype: str, peer: str) -> list[tuple[float, float]]:
    """Return the times of ours and the peer's, run in turns."""
    torch.set_num_threads(1)
    here = calls(dtype)
    values = [float(here[name]()) for name in ("ours", peer)]  # also warms both up
    np.testing.assert_allclose(values, values[0], rtol=1e-4)
    return [(milliseconds(here["ours"]), milliseconds(here[peer])) for _ in range(RUNS)]


def measured(dtype: str, fresh: ProcessPoolExecutor) -> list[Row]:
    """Return the rows of one type: speed against each peer, and memory."""
    here = calls(dtype)
    what = f"cross_entropy_loss, {SHAPE[0]} × {SHAPE[1]}, {dtype}"
    rows = []
    for name in list(here)[1:]:
        processes = [fresh.submit(neighbours, dtype, name).result() for _ in range(PROCESSES)]
        times = [pair for process in processes for pair in process]
        if name == "F.cross_entropy":
            goal: dict[str, Any] = {"goal": 1.0 if dtype == "float64" else 2.5}
            label, samples = "share of F.cross_entropy's time", [mine / its for mine, its in times]
        else:
            goal = {"goal": 2, "goal_kind": "min"}
            label, samples = (
                f"how many times as fast as {name}",
                [its / mine for mine, its in times],
            )
        median = quantile([its for _, its in times], 0.5)
        rows.append(
            row(
                f"{what}: {label}",
                samples,
                unit="×",
                **goal,
                peer={"name": name, "median": median, "unit": "ms"},
                packages=PACKAGES,
            )
        )
    nbytes = SHAPE[0] * SHAPE[1] * np.dtype(dtype).itemsize
    theirs = extra_memory(here["SciPy's log_softmax"], nbytes)
    rows.append(
        row(
            f"{what}: memory beyond the input",
            [extra_memory(here["ours"], nbytes)],
            unit="%",
            goal=10,
            peer={"name": "SciPy's log_softmax", "median": quantile([theirs], 0.5), "unit": "%"},
            packages=PACKAGES,
        )
    )
    return rows


def main() -> None:
    start = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=start, max_tasks_per_child=1) as fresh:
        rows = [figure for dtype in ("float32", "float64") for figure in measured(dtype, fresh)]
    for figure in rows:
        print(told(figure))
    print(write("losses", rows))


if __name__ == "__main__":
    main()
