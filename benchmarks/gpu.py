"""The losses on a GPU beside PyTorch's: agreement, time, memory, and what the card allows.

    python benchmarks/gpu.py                            on this machine's first GPU (make bench-gpu)
    python benchmarks/gpu.py --device cpu --small       the same steps, at sizes for a quick try

Writes results/gpu-<card>.json: rows as in rows.py, plus what each measures and at which size. What
could not be measured (too little memory, no compiler) is recorded with the reason. Times are
the device's, by its own events; "forward" is without autograd, "forward+backward" includes the
gradient with respect to the logits. The limit of a loss is the fewest bytes that any program must
move, divided by the bandwidth of a copy: it reads the logits once and, if it computes the gradient
in the same pass, writes that once. A separate backward pass reads the logits a second time.
"""

from __future__ import annotations

import argparse
import functools
import gc
import math
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from chunked import FUNCTIONS, Ledger, extra_bytes, layer, there_and_back
from rows import RESULTS, Row, processor, quantile, row, write

import lossutils

BUDGET = 420.0  # seconds, after which no further measurement is started
PASSES = ("forward", "forward+backward")
DTYPES = ("float64", "float32", "bfloat16", "float16")
LARGEST = (8192, 128_256)

Tensor = torch.Tensor
Call = Callable[[], Any]

# Our functions and PyTorch's, by name, with the function that makes the second argument.
PAIRS: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    "nll_loss": (lossutils.nll_loss, F.nll_loss),
    "cross_entropy_loss": (lossutils.cross_entropy_loss, F.cross_entropy),
    "cross_entropy_loss, smoothed": (
        functools.partial(lossutils.cross_entropy_loss, label_smoothing=0.1),
        functools.partial(F.cross_entropy, label_smoothing=0.1),
    ),
    "binary_cross_entropy": (lossutils.binary_cross_entropy, F.binary_cross_entropy),
    "binary_cross_entropy_with_logits": (
        lossutils.binary_cross_entropy_with_logits,
        F.binary_cross_entropy_with_logits,
    ),
    "kl_div_loss": (
        functools.partial(lossutils.kl_div_loss, reduction="batchmean"),
        functools.partial(F.kl_div, reduction="batchmean"),
    ),
}


class Bench:
    """One run: the device, how it is measured, and the rows so far."""

    def __init__(self, device: str, backend: str, small: bool) -> None:
        self.device, self.backend, self.small = device, backend, small
        self.on_gpu = device == "cuda"
        self.card = torch.cuda.get_device_name() if self.on_gpu else processor()
        self.start = time.monotonic()
        self.rows: list[Row] = []

    def add(self, name: str, runs: list[float], unit: str, /, **fields: Any) -> None:
        goal = {k: fields.pop(k) for k in ("goal", "goal_kind", "peer") if k in fields}
        made = row(name, runs, unit=unit, packages=("torch",), device=self.card, **goal)
        made["versions"] |= versions(self.on_gpu)
        self.rows.append({**made, **fields, "detail": made["goal"] is None})
        print(f"{name}: {made['median']:.4g} {unit}", flush=True)

    def lacks(self, name: str, why: str, /, **fields: Any) -> None:
        """Record that something could not be measured, and why."""
        self.add(name, [float("nan")], "", **fields)
        self.rows[-1] |= {"median": None, "q05": None, "q95": None, "runs": 0, "why": why}
        self.rows[-1]["detail"] = True
        print(f"  not measured: {why}", flush=True)

    def late(self) -> bool:
        return time.monotonic() - self.start > BUDGET

    def milliseconds(self, call: Call) -> list[float]:
        """Return the times of at least 3 runs, or of up to 50 within a second, after a warm-up."""
        for _ in range(2):
            call()
        taken: list[float] = []
        end = time.monotonic() + (0.05 if self.small else 1.0)
        while len(taken) < 3 or (len(taken) < 50 and time.monotonic() < end):
            taken.append(self.once(call))
        return taken

    def once(self, call: Call) -> float:
        if not self.on_gpu:
            start = time.perf_counter()
            call()
            return (time.perf_counter() - start) * 1e3
        before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        before.record()
        call()
        after.record()
        after.synchronize()
        return before.elapsed_time(after)

    def megabytes(self, call: Call) -> float:
        """Return the peak of the memory allocated during the call, beyond what was there before."""
        gc.collect()
        if not self.on_gpu:
            with Ledger() as ledger:
                call()
            return ledger.peak / 1e6
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        torch.cuda.synchronize()
        return (torch.cuda.max_memory_allocated() - before) / 1e6

    def compiled(self, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        torch.compiler.reset()
        return torch.compile(function, fullgraph=True, dynamic=False, backend=self.backend)

    def no_compiler(self) -> str | None:
        """Say what torch.compile lacks on this machine, if anything."""
        if self.on_gpu or self.backend != "inductor" or shutil.which("g++"):
            return None
        return "torch.compile needs a C++ compiler on a CPU, and there is no g++"


def versions(on_gpu: bool) -> dict[str, str]:
    """Return the versions of the software between PyTorch and the card."""
    if not on_gpu:
        return {}
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        said = "unknown"
    return {"cuda": str(torch.version.cuda), "driver": said.splitlines()[0].strip()}


versions = functools.cache(versions)


# -- what is measured --------------------------------------------------------------------------


def bandwidth(bench: Bench) -> float:
    """Return how many bytes per second the card moves, read and written, in a copy or a triad."""
    elements = 2**20 if bench.small else 2**29
    a, b, c = (torch.ones(elements, dtype=torch.float32, device=bench.device) for _ in range(3))
    best = 0.0
    for name, arrays, call in (
        ("copy", 2, lambda: c.copy_(a)),
        ("triad", 3, lambda: torch.add(a, b, alpha=3.0, out=c)),
    ):
        moved = [arrays * a.nbytes / (ms * 1e6) for ms in bench.milliseconds(call)]
        bench.add(f"bandwidth of a {name}", moved, "GB/s", what="bandwidth", function=name)
        best = max(best, quantile(moved, 0.5))
    return best * 1e9


def example(name: str, shape: tuple[int, int], device: str) -> tuple[Tensor, Tensor]:
    """Return a random first argument of a loss and a target, in float64."""
    torch.manual_seed(0)
    z = 3 * torch.randn(shape, dtype=torch.float64, device=device)
    t = torch.softmax(torch.randn_like(z), -1)
    if name.startswith(("nll", "cross")):
        y = torch.randint(0, shape[1], shape[:1], device=device)
        return (torch.log_softmax(z, -1) if name == "nll_loss" else z), y
    if name == "binary_cross_entropy":
        return torch.sigmoid(z / 3), t  # nowhere 1, in half precision either
    return (torch.log_softmax(z, -1) if name == "kl_div_loss" else z), t


def agreement(bench: Bench) -> None:
    """Measure how far our results and PyTorch's are from float64's on equal, rounded arguments."""
    shape = (64, 100) if bench.small else (1024, 4096)
    for name, pair in PAIRS.items():
        for dtype in DTYPES:
            given = [
                x.to(getattr(torch, dtype)) if x.is_floating_point() else x
                for x in example(name, shape, bench.device)
            ]
            wide = [x.double() if x.is_floating_point() else x for x in given]
            exact = value_and_gradient(pair[1], *wide)
            for whose, function in zip(("lossutils", "PyTorch"), pair):
                got = value_and_gradient(function, *given)
                for part, x, right in zip(("value", "gradient"), got, exact, strict=True):
                    error = float((x.double() - right).abs().max() / right.abs().max())
                    fields = {
                        "what": "agreement",
                        "function": name,
                        "whose": whose,
                        "pass": part,
                        **dict(zip(("samples", "classes"), shape, strict=True)),
                        "dtype": dtype,
                    }
                    label = (
                        f"{name}, {shape[0]} × {shape[1]}, {dtype}, {whose}: error of the {part}"
                    )
                    if math.isfinite(error):
                        bench.add(label, [error], "of the largest", **fields)
                    else:
                        bench.lacks(label, "the result is infinite or NaN", **fields)


def value_and_gradient(function: Callable[..., Tensor], x: Tensor, t: Tensor) -> list[Tensor]:
    x = x.detach().requires_grad_()
    value = function(x, t)
    return [value.detach(), *torch.autograd.grad(value, x)]


def sizes(bench: Bench) -> Iterator[tuple[int, int, str]]:
    if bench.small:
        yield 64, 1000, "bfloat16"
        return
    yield *LARGEST, "bfloat16"  # first, in case time runs out
    for classes in (1000, 32_000):
        for dtype in ("bfloat16", "float32"):
            yield 8192, classes, dtype
    yield *LARGEST, "float32"


def speed(bench: Bench, limit: float) -> None:
    """Measure time and memory of the cross-entropy at every size, eager and compiled."""
    for samples, classes, dtype in sizes(bench):
        torch.manual_seed(0)
        z = torch.randn(samples, classes, dtype=getattr(torch, dtype), device=bench.device)
        y = torch.randint(0, classes, (samples,), device=bench.device)
        median: dict[tuple[str, str, str], float] = {}
        judged = bench.small or (samples, classes, dtype) == (*LARGEST, "bfloat16")
        size = f"{samples:,} × {classes:,}, {dtype}"
        where = {"samples": samples, "classes": classes, "features": None, "dtype": dtype}
        for mode in ("compiled", "eager"):
            for name, function in (
                ("F.cross_entropy", F.cross_entropy),
                ("cross_entropy_loss", lossutils.cross_entropy_loss),
            ):
                made = bench.compiled(function) if mode == "compiled" else function
                for direction in PASSES:
                    fields = {"function": name, "mode": mode, "pass": direction, **where}
                    label = f"{name}, {mode}, {size}, {direction}"
                    call = functools.partial(PASS[direction], made, z, y)
                    ms = measured(bench, label, call, mode, fields)
                    if not ms:
                        continue
                    median[name, mode, direction] = quantile(ms, 0.5)
                    times_moved = 1 if direction == "forward" else 2
                    least = times_moved * z.nbytes / limit * 1e3
                    goal = judged and direction == "forward" and mode == "compiled"
                    bench.add(
                        f"{label}: time over that of moving the bytes",
                        [x / least for x in ms],
                        "×",
                        goal=1.5 if goal and name == "cross_entropy_loss" else None,
                        what="share of the limit",
                        limit_ms=least,
                        **fields,
                    )
        compared(bench, median, size, where, judged)
        del z


def forward(function: Callable[..., Tensor], z: Tensor, y: Tensor) -> None:
    with torch.no_grad():
        function(z, y)


def forward_backward(function: Callable[..., Tensor], z: Tensor, y: Tensor) -> None:
    value_and_gradient(function, z, y)


PASS = dict(zip(PASSES, (forward, forward_backward), strict=True))


def measured(
    bench: Bench, label: str, call: Call, mode: str, fields: dict[str, Any]
) -> list[float]:
    """Add the time and the memory of a call; return the times, none if it could not be measured."""
    why = bench.no_compiler() if mode == "compiled" else None
    if bench.late():
        why = f"the {BUDGET:.0f} s were over"
    if not why:
        try:
            call()
            # The first has compiled, and on a CPU the ledger would be compiled along.
            held = None if mode == "compiled" and not bench.on_gpu else bench.megabytes(call)
            ms = bench.milliseconds(call)
        except torch.OutOfMemoryError:
            why = "the card has too little memory"
            torch.cuda.empty_cache()
    if why:
        bench.lacks(f"{label}: time", why, what="time", **fields)
        return []
    bench.add(f"{label}: time", ms, "ms", what="time", **fields)
    if held is not None:
        bench.add(f"{label}: memory beyond the arguments", [held], "MB", what="memory", **fields)
    return ms


def compared(
    bench: Bench, median: dict[tuple[str, str, str], float], size: str, where: Any, judged: bool
) -> None:
    """Add how many times as fast as PyTorch's eager function ours is, compiled."""
    for direction in PASSES:
        ours = median.get(("cross_entropy_loss", "compiled", direction))
        theirs = median.get(("F.cross_entropy", "eager", direction))
        if ours and theirs:
            bench.add(
                f"cross_entropy_loss, compiled, {size}, {direction}: how many times as fast as "
                "eager F.cross_entropy",
                [theirs / ours],
                "×",
                goal=1.3 if judged and direction == "forward+backward" else None,
                goal_kind="min",
                peer={"name": "F.cross_entropy", "median": theirs, "unit": "ms"},
                what="speed-up",
                **{"function": "cross_entropy_loss", "mode": "compiled", "pass": direction},
                **where,
            )


def large_layer(bench: Bench) -> None:
    """Measure time and memory of the layer with its loss, in chunks and with all logits."""
    samples, classes = (64, 2000) if bench.small else LARGEST
    dtype = "float32" if bench.small else "bfloat16"
    options = torch.nn.LinearCrossEntropyOptions if hasattr(F, "linear_cross_entropy") else None
    functions = {"linear_cross_entropy": FUNCTIONS["linear_cross_entropy"]}
    functions["F.linear, F.cross_entropy"] = FUNCTIONS["all logits"]
    if options and bench.on_gpu:
        functions["F.linear_cross_entropy, in chunks"] = functools.partial(
            F.linear_cross_entropy, options=options()
        )
    for features in (16,) if bench.small else (2048, 4096):
        arguments = layer(
            samples, classes, features, dtype=getattr(torch, dtype), device=bench.device
        )
        gradients = sum(x.nbytes for x in arguments if x.requires_grad) / 1e6
        where = {"samples": samples, "classes": classes, "features": features, "dtype": dtype}
        size = f"{samples:,} × {classes:,}, {features} features, {dtype}"
        held: dict[str, float] = {}
        for name, function in functions.items():
            fields = {"function": name, "mode": "eager", "pass": "forward+backward", **where}
            label = f"{name}, {size}, forward+backward"
            try:
                if bench.late():
                    raise TimeoutError(f"the {BUDGET:.0f} s were over")
                call = functools.partial(there_and_back, function, *arguments)
                if bench.on_gpu:
                    call()
                    held[name] = bench.megabytes(call) - gradients
                else:
                    held[name] = extra_bytes(function, *arguments) / 1e6
                ms = bench.milliseconds(call)
            except (torch.OutOfMemoryError, TimeoutError) as error:
                bench.lacks(f"{label}: time", str(error).split(".")[0], what="time", **fields)
                continue
            bench.add(f"{label}: time", ms, "ms", what="time", **fields)
            memory = f"{label}: memory beyond arguments and gradients"
            bench.add(memory, [held[name]], "MB", what="memory", **fields)
        both = [held.get(name) for name in list(functions)[:2]]
        if both[0] is not None and both[1] is not None:
            bench.add(
                f"linear_cross_entropy, {size}: share of the memory that all logits need",
                [100 * both[0] / both[1]],
                "%",
                goal=10,
                what="share",
                function="linear_cross_entropy",
                **where,
            )
        del arguments


def kernels(bench: Bench) -> None:
    """Measure where the time goes, forward and backward: each kernel's share, the six largest."""
    samples, classes = (64, 1000) if bench.small else LARGEST
    z = torch.randn(samples, classes, dtype=torch.bfloat16, device=bench.device)
    y = torch.randint(0, classes, (samples,), device=bench.device)
    activity = torch.profiler.ProfilerActivity
    for name, function in (
        ("F.cross_entropy", F.cross_entropy),
        ("cross_entropy_loss", lossutils.cross_entropy_loss),
    ):
        for mode in ("eager", "compiled"):
            if bench.late() or (mode == "compiled" and bench.no_compiler()):
                continue
            made = bench.compiled(function) if mode == "compiled" else function
            for _ in range(2):
                value_and_gradient(made, z, y)
            with torch.profiler.profile(
                activities=[activity.CUDA if bench.on_gpu else activity.CPU]
            ) as profile:
                value_and_gradient(made, z, y)
                if bench.on_gpu:
                    torch.cuda.synchronize()
            attribute = "self_device_time_total" if bench.on_gpu else "self_cpu_time_total"
            spent = {event.key: getattr(event, attribute) for event in profile.key_averages()}
            total = sum(spent.values())
            for kernel, microseconds in sorted(spent.items(), key=lambda x: -x[1])[:6]:
                bench.add(
                    f"{name}, {mode}, {samples:,} × {classes:,}, bfloat16, forward+backward: "
                    f"share of {kernel[:120]}",
                    [100 * microseconds / total],
                    "%",
                    what="kernel",
                    kernel=kernel,
                    microseconds=microseconds,
                    **{"function": name, "mode": mode, "pass": "forward+backward"},
                    samples=samples,
                    classes=classes,
                    dtype="bfloat16",
                )


def run(device: str, *, small: bool = False, backend: str = "inductor") -> list[Row]:
    """Measure everything; return the rows."""
    bench = Bench(device, backend, small)
    if why := bench.no_compiler():
        print(why, flush=True)
    limit = bandwidth(bench)
    for step in (lambda b: speed(b, limit), large_layer, kernels, agreement):
        step(bench)
        if bench.on_gpu:
            torch.cuda.empty_cache()
    print(f"{len(bench.rows)} rows in {time.monotonic() - bench.start:.0f} s")
    return bench.rows


def file_name(card: str) -> str:
    """Return the card's name as part of a file's: letters, digits and hyphens."""
    parts = "".join(c if c.isascii() and c.isalnum() else " " for c in card.lower()).split()
    return "gpu-" + "-".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the losses on a GPU.")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--small", action="store_true", help="small sizes, for a quick try")
    parser.add_argument("--backend", default="inductor", help="of torch.compile")
    parser.add_argument("--out", type=Path, help="write to this file, not to the results")
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        parser.exit(1, "PyTorch finds no GPU on this machine: nothing was measured.\n")
    if not given.out and (given.device == "cpu" or given.small):
        parser.exit(1, "Only a full run on a GPU is saved among the results: give --out FILE.\n")
    rows = run(given.device, small=given.small, backend=given.backend)
    name = file_name(rows[0]["device"])
    print(
        write(given.out.stem, rows, given.out.parent) if given.out else write(name, rows, RESULTS)
    )


if __name__ == "__main__":
    main()
