"""Time and memory of cross_entropy_loss beside its peers', on 8192 samples of 1000 classes.

    python benchmarks/losses.py

On NumPy arrays the peers are PyTorch's F.cross_entropy (which gets tensors), SciPy's log_softmax
with the targets' entries picked, and scikit-learn's log_loss, which takes probabilities: those are
computed beforehand and not timed. On tensors the peer is F.cross_entropy: eager, forward
and with the gradient, and ours compiled, with the gradient.

Ours and one peer take turns, on one thread: each ratio compares neighbouring runs. Time is processor
time, which on one thread equals wall-clock time while nothing else runs. Each pair gets several
fresh processes: the layout of a process's memory changes a peer's time by up to a third, and after
SciPy has run PyTorch would have to get its memory from the system again. Memory is the peak
allocated during a call, in percent of the logits, as counted by tracemalloc, which does not see
PyTorch's allocations.
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

SHAPE, SMALL = (8192, 1000), (64, 10)
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


def milliseconds(call: Call, repeats: int = 1) -> float:
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) * 1e3 / repeats


def extra_memory(call: Call, nbytes: int) -> float:
    """Return the most that was allocated at once during the call, in percent of `nbytes`."""
    tracemalloc.start()
    call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return 100 * peak / nbytes


def neighbours(dtype: str, peer: str) -> list[tuple[float, float]]:
    """Return the times of ours and the peer's on arrays, run in turns."""
    torch.set_num_threads(1)
    here = calls(dtype)
    values = [float(here[name]()) for name in ("ours", peer)]  # also warms both up
    np.testing.assert_allclose(values, values[0], rtol=1e-4)
    return [(milliseconds(here["ours"]), milliseconds(here[peer])) for _ in range(RUNS)]


def on_tensors(loss: Callable[..., torch.Tensor], shape: tuple[int, int], gradient: bool) -> Call:
    """Return the loss of random float32 logits, with its gradient or without, ready to be called."""
    torch.manual_seed(0)
    z = torch.randn(shape, requires_grad=gradient)
    y = torch.randint(0, shape[1], shape[:1])
    if not gradient:
        return functools.partial(loss, z, y)
    return lambda: torch.autograd.grad(loss(z, y), z)[0]


def neighbours_on_tensors(
    shape: tuple[int, int], gradient: bool, compiled: bool
) -> list[tuple[float, float]]:
    """Return the times of ours and F.cross_entropy on tensors, run in turns."""
    torch.set_num_threads(1)
    loss = torch.compile(cross_entropy_loss) if compiled else cross_entropy_loss
    ours = on_tensors(loss, shape, gradient)
    theirs = on_tensors(F.cross_entropy, shape, gradient)
    torch.testing.assert_close(ours(), theirs(), rtol=1e-4, atol=1e-7)  # also warms both up
    repeats = max(1, SHAPE[0] * SHAPE[1] // (shape[0] * shape[1]) // 100)
    return [(milliseconds(ours, repeats), milliseconds(theirs, repeats)) for _ in range(RUNS)]


def measured(dtype: str, fresh: ProcessPoolExecutor) -> list[Row]:
    """Return the rows of one type: speed against each peer, and memory."""
    here = calls(dtype)
    what = f"cross_entropy_loss, NumPy, {SHAPE[0]} × {SHAPE[1]}, {dtype}"
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


def measured_on_tensors(fresh: ProcessPoolExecutor) -> list[Row]:
    """Return the rows of tensors: each is a share of eager F.cross_entropy's time."""
    rows = []
    for kind, shape, gradient, goal in (
        ("eager", SHAPE, False, 4.0),
        ("eager", SHAPE, True, 2.0),
        ("compiled", SHAPE, True, None),
        ("eager", SMALL, False, None),
        ("eager", SMALL, True, None),
    ):
        arguments = shape, gradient, kind == "compiled"
        processes = [fresh.submit(neighbours_on_tensors, *arguments) for _ in range(PROCESSES)]
        times = [pair for process in processes for pair in process.result()]
        size = f"{shape[0]} × {shape[1]}, float32, one thread"
        way = "forward and backward" if gradient else "forward"
        median = quantile([its for _, its in times], 0.5)
        rows.append(
            row(
                f"cross_entropy_loss, {kind} tensors, {size}, {way}: "
                "share of F.cross_entropy's time",
                [mine / its for mine, its in times],
                unit="×",
                goal=goal,
                peer={"name": "F.cross_entropy", "median": median, "unit": "ms"},
                packages=("torch",),
            )
        )
    return rows


def main() -> None:
    start = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=start, max_tasks_per_child=1) as fresh:
        rows = [figure for dtype in ("float32", "float64") for figure in measured(dtype, fresh)]
        rows += measured_on_tensors(fresh)
    for figure in rows:
        print(told(figure))
    print(write("losses", rows))


if __name__ == "__main__":
    main()
