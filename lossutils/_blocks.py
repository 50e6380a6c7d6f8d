"""Where to cut arrays into blocks that fit the processor's cache."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from lossutils._namespaces import Array, Namespace, is_torch_namespace

# Small enough for a block and a formula's temporaries to stay in the cache, large enough for
# Python's overhead not to matter. Measured: smaller blocks are slower, larger ones no faster.
BLOCK_BYTES = 640 * 1024


LEAST_BLOCK_BYTES = 240 * 1024


def row_blocks(shape: tuple[int, ...], itemsize: int, pieces: int = 24) -> Iterable[Any]:
    """Return indices that cut an array of that shape into blocks of rows that fit the cache.

    There are at least so many `pieces`, unless they would be tiny: enough for what a formula holds
    of a block's size, twice a piece for most, to take at most a tenth of the array's memory.
    """
    nbytes = math.prod(shape) * itemsize
    size = min(BLOCK_BYTES, max(LEAST_BLOCK_BYTES, nbytes // pieces))
    return [...] if nbytes <= size else _blocks(shape, size // itemsize)


def is_small(shape: tuple[int, ...]) -> bool:
    """Say whether an array is too small to be cut into blocks, whatever float type it has."""
    return bool(8 * math.prod(shape) <= min(BLOCK_BYTES, LEAST_BLOCK_BYTES))


def _warm_allocator() -> None:
    """Make glibc keep freed blocks for reuse; with other allocators this does nothing.

    glibc reuses freed blocks of up to twice the size of the largest one freed so far. It returns
    larger ones to the system and fetches them anew, which takes three times as long as a formula.
    """
    np.empty(8 * BLOCK_BYTES, np.uint8)


_warm_allocator()  # once per process


def element_blocks(xp: Namespace, x: Array) -> list[Any]:
    """Return indices that cut `x` into blocks of elements that fit the cache."""
    # A tenth of a block of rows, since elementwise formulas hold several temporaries of a block's
    # size. Calls into torch cost more, so its blocks are at least 1/64 of the tensor; a GPU needs
    # larger blocks than the cache holds to keep all its cores busy.
    count = math.prod(x.shape)
    size = BLOCK_BYTES // (10 * x.dtype.itemsize)
    if is_torch_namespace(xp):
        size = max(size if x.device.type == "cpu" else 2**22, count // 64)
    return [...] if count <= size else list(_blocks((*x.shape, 1), size))


def _blocks(shape: tuple[int, ...], size: int) -> Iterator[tuple[int | slice, ...]]:
    """Yield indices that cut all axes but the last into blocks of at most `size` elements.

    A row is never cut, so a block is one row where a row is longer than `size`.
    """
    if len(shape) == 1:
        yield ()
    elif (rows := size // math.prod(shape[1:])) > 0:
        for start in range(0, shape[0], rows):
            yield (slice(start, start + rows),)
    else:
        for i in range(shape[0]):
            for rest in _blocks(shape[1:], size):
                yield (i, *rest)
