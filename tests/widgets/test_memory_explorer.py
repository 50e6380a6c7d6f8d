"""The memory explorer counts what PyTorch and lossutils hold, and JavaScript counts the same."""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lossutils import linear_cross_entropy
from lossutils.widgets import MemoryExplorer
from lossutils.widgets.explorers.memory import DTYPES


class Ledger(TorchDispatchMode):
    """Counts the bytes of the tensors that are alive at one time, and those read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[int, int] = {}
        self.now = self.most = self.moved = 0
        self.steps: list[tuple[str, int]] = []  # what is alive after each operation

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        read, written = (
            [x for x in tree_leaves(tree) if isinstance(x, torch.Tensor)]
            for tree in ((args, kwargs), result)
        )
        known = {x.untyped_storage().data_ptr() for x in read}
        fresh = [x for x in written if x.untyped_storage().data_ptr() not in known]
        for x in fresh:
            storage = x.untyped_storage()
            self.now += storage.nbytes()
            weakref.finalize(storage, self.freed, storage.nbytes())
        self.most = max(self.most, self.now)
        self.steps.append((func.__name__.partition(".")[0], self.now))
        if "nll_loss" in func.__name__:  # it reads one entry of a row
            read = []
        if fresh:  # else it is a view, of which nothing is read
            self.moved += sum(x.nbytes for x in read + fresh)
        return result

    def freed(self, size: int) -> None:
        self.now -= size


def layer(explorer: MemoryExplorer) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    dtype = getattr(torch, explorer.dtype)
    n, c, h = explorer.samples, explorer.classes, explorer.hidden
    hidden = torch.randn(n, h, generator=generator).to(dtype).requires_grad_()
    matrix = (torch.randn(c, h, generator=generator) / h**0.5).to(dtype).requires_grad_()
    return hidden, matrix, torch.randint(c, (n,), generator=generator)


def small(dtype: str) -> MemoryExplorer:
    return MemoryExplorer(512, 4096, 64, 256, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_plain_loss_holds_three_arrays_of_logits(dtype: str) -> None:
    explorer = small(dtype)
    hidden, matrix, y = layer(explorer)
    with Ledger() as ledger:
        F.cross_entropy(hidden @ matrix.T, y).backward()
    assert ledger.most == pytest.approx(explorer.plain, rel=0.01)


# The operations that end each of the figure's steps: the last one begins the products with h and W.
ENDS = ["mm", "_log_softmax", "nll_loss_forward", "ones_like", "nll_loss_backward"]
ENDS += ["_log_softmax_backward_data", "t"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_steps_are_those_that_pytorch_takes(dtype: str) -> None:
    explorer = small(dtype)
    hidden, matrix, y = layer(explorer)
    transposed = matrix.T
    with Ledger() as ledger:
        F.cross_entropy(hidden @ transposed, y).backward()
    steps = iter(ledger.steps)
    held = [next(alive for name, alive in steps if name == end) for end in ENDS]
    assert held == pytest.approx(explorer.held, rel=0.01)
    assert max(held) == held[5]  # where the figure has its dot


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_chunked_loss_holds_two_chunks_and_a_gradient(dtype: str) -> None:
    explorer = small(dtype)
    hidden, matrix, y = layer(explorer)
    with Ledger() as ledger:
        linear_cross_entropy(hidden, matrix, y, chunk_size=explorer.chunk).backward()
    beyond = ledger.most - matrix.nbytes  # the matrix's gradient is part of the layer
    assert beyond == pytest.approx(explorer.chunked, rel=0.1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_bytes_moved_are_those_that_pytorch_reads_and_writes(dtype: str) -> None:
    explorer = small(dtype)
    hidden, matrix, y = layer(explorer)
    logits = (hidden @ matrix.T).detach().requires_grad_()
    with Ledger() as ledger:
        F.cross_entropy(logits, y).backward()
    assert ledger.moved == pytest.approx(explorer.moved_eager, rel=0.01)
    assert explorer.moved_fused == logits.nbytes * 2


def test_the_chapters_case() -> None:
    explorer = MemoryExplorer()
    assert explorer.logits == 8192 * 128256 * 2
    assert explorer.layer == 2 * (8192 + 128256) * 4096 * 2
    assert explorer.ratio > 10
    whole = MemoryExplorer(chunk=2**18)
    assert whole.chunked == whole.samples * 4 * (2 * whole.classes + whole.hidden)


def test_bytes_have_three_significant_digits(javascript: Callable[..., Any]) -> None:
    texts = {
        0: "0.00 B",
        999.4: "999 B",
        999.5: "1.00 kB",
        99_950: "100 kB",
        2_101_346_304: "2.10 GB",
        2.1e15: "2100 TB",
    }
    assert javascript("memory/math.js", "inBytes", [(size,) for size in texts]) == [*texts.values()]


def test_javascript_counts_the_same(javascript: Callable[..., Any]) -> None:
    draw = random.Random(0)
    settings = [
        (2 ** draw.randint(6, 17), draw.randint(128, 2**18), 4096, 2 ** draw.randint(7, 18), dtype)
        for _ in range(50)
        for dtype in DTYPES
    ]
    names = ("samples", "classes", "hidden", "chunk", "dtype")
    layers = [dict(zip(names, setting, strict=True)) for setting in settings]
    arrays = [count for steps in MemoryExplorer.constants.values() for _, count in steps]
    states = javascript("memory/math.js", "memory", [(layer, arrays) for layer in layers])
    for setting, state in zip(settings, states, strict=True):
        explorer = MemoryExplorer(*setting)
        for given, name in {
            "logits": "logits",
            "plain": "plain",
            "chunked": "chunked",
            "ratio": "ratio",
            "layer": "layer",
            "movedEager": "moved_eager",
            "movedFused": "moved_fused",
        }.items():
            assert state[given] == getattr(explorer, name), name


def test_a_count_of_arrays_is_short(javascript: Callable[..., Any]) -> None:
    texts = {0.00213: "0.002", 0.1277: "0.13", 2.25: "2.3", 4.06: "4.1", 260.4: "260"}
    assert javascript("memory/math.js", "inArrays", [(n,) for n in texts]) == [*texts.values()]
