"""Memory and time of a large last layer with its loss: in chunks, and with all logits.

    python benchmarks/chunked.py

Memory is the most that tensors hold at once during forward and backward, beyond the arguments and
their gradients, which both ways need. It is counted from the tensors that PyTorch's operations
create and free, so it does not depend on the machine. At the size of a large language model it is
counted with meta tensors, which have shapes but no values, and with a GPU's chunks; at smaller
sizes with real tensors on a processor, whose chunks are smaller. Workspace inside a matrix
multiplication is not seen. Time is the processor's on one thread.
"""

from __future__ import annotations

import os

for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # read when NumPy and PyTorch are imported

import time
import weakref
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from rows import Row, row, write
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lossutils import linear_cross_entropy

CLASSES = (16_032, 32_064, 64_128, 128_256)
SAMPLES = (256, 512, 1024)
FEATURES = 64
RUNS = 3
PACKAGES = ("torch",)


def all_logits(h: torch.Tensor, matrix: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(F.linear(h, matrix), y)


FUNCTIONS: dict[str, Callable[..., torch.Tensor]] = {
    "linear_cross_entropy": linear_cross_entropy,
    "all logits": all_logits,
}


class Ledger(TorchDispatchMode):
    """Counts the bytes of the tensors that operations create, until they are freed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {address(x) for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)}
        result = func(*args, **(kwargs or {}))
        for x in tree_leaves(result):
            if isinstance(x, torch.Tensor) and address(x) not in self.known | given:
                storage, nbytes = x.untyped_storage(), x.untyped_storage().nbytes()
                self.known.add(address(x))
                self.now += nbytes
                self.peak = max(self.peak, self.now)
                weakref.finalize(storage, self.forget, address(x), nbytes)
        return result

    def forget(self, known: int, nbytes: int) -> None:
        self.known.discard(known)
        self.now -= nbytes


def address(x: torch.Tensor) -> int:
    return x.untyped_storage()._cdata


def layer(samples: int, classes: int, features: int, **kind: Any) -> tuple[torch.Tensor, ...]:
    """Return hidden states and a layer's matrix, which require gradients, and targets."""
    torch.manual_seed(0)
    h = torch.randn(samples, features, **kind).requires_grad_()
    matrix = (torch.randn(classes, features, **kind) / features**0.5).requires_grad_()
    return h, matrix, torch.randint(0, classes, (samples,), device=h.device)


def there_and_back(function: Callable[..., torch.Tensor], *arguments: torch.Tensor) -> None:
    wanted = [x for x in arguments if x.requires_grad]
    torch.autograd.grad(function(*arguments), wanted)


def extra_bytes(function: Callable[..., torch.Tensor], *arguments: torch.Tensor) -> int:
    """Return the most that was held at once beyond the arguments and their gradients."""
    with Ledger() as ledger:
        there_and_back(function, *arguments)
    return ledger.peak - sum(x.nbytes for x in arguments if x.requires_grad)


def memory(
    samples: int,
    classes: int,
    features: int = FEATURES,
    dtype: str = "float32",
    device: str = "cpu",
) -> list[Row]:
    """Return what both ways need at one size, and the one in percent of the other."""
    arguments = layer(samples, classes, features, dtype=getattr(torch, dtype), device=device)
    where = {"samples": samples, "classes": classes, "features": features, "dtype": dtype}
    counted = " (counted, not run)" if device == "meta" else ""
    size = f"{samples:,} × {classes:,}, {features} features, {dtype}{counted}"
    rows, held = [], {}
    for name, function in FUNCTIONS.items():
        held[name] = extra_bytes(function, *arguments)
        what = f"{name}, {size}: memory beyond arguments and gradients"
        made = row(what, [held[name] / 1e6], unit="MB", packages=PACKAGES)
        of: Row = {"what": "memory", "function": name, "on": device}
        rows.append({**made, **of, **where, "detail": True})
    share = row(
        f"linear_cross_entropy, {size}: share of the memory that all logits need",
        [100 * held["linear_cross_entropy"] / held["all logits"]],
        unit="%",
        goal=10,
        packages=PACKAGES,
    )
    of = {"what": "share", "function": "linear_cross_entropy", "on": device}
    return [*rows, {**share, **of, **where, "detail": device != "meta"}]


def times(samples: int, classes: int) -> list[Row]:
    """Return how long each takes, run in turns."""
    arguments = layer(samples, classes, FEATURES)
    taken: dict[str, list[float]] = {name: [] for name in FUNCTIONS}
    for _ in range(RUNS):
        for name, function in FUNCTIONS.items():
            start = time.process_time()
            there_and_back(function, *arguments)
            taken[name].append(time.process_time() - start)
    where = {"samples": samples, "classes": classes, "features": FEATURES, "dtype": "float32"}
    size = f"{samples:,} × {classes:,}, {FEATURES} features, float32"
    rows = []
    for name, seconds in taken.items():
        made = row(f"{name}, {size}: time", seconds, unit="s", packages=PACKAGES)
        rows.append({**made, "what": "time", "function": name, **where, "detail": True})
    return rows


def main() -> None:
    torch.set_num_threads(1)
    most = max(SAMPLES), max(CLASSES)
    sizes = [(most[0], n) for n in CLASSES] + [(n, most[1]) for n in SAMPLES[:-1]]
    rows = [figure for size in sizes for figure in memory(*size)]
    for features in (2048, 4096):
        rows += memory(8192, 128_256, features, "bfloat16", "meta")
    rows += times(*most)
    for figure in rows:
        print(f"{figure['name']}: {figure['median']:.3g} {figure['unit']}")
    print(write("chunked", rows))


if __name__ == "__main__":
    main()
