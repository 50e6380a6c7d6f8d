"""The order of addition: where a sum of the same numbers lands, in three ways to add them."""

from __future__ import annotations

import functools

import numpy as np

from lossutils.widgets.base import Explorer
from lossutils.widgets.explorers.stability import DTYPES as ROUNDINGS
from lossutils.widgets.explorers.stability import Rounding
from lossutils.widgets.settings import Choice, Floats, Whole

DIGITS = {"float32": 24, "float16": 11, "bfloat16": 8}  # binary digits of a number
MOST = 1024
SHUFFLES = 20
SEED = 7


class OrderExplorer(Explorer):
    """Shuffle some numbers between 0 and 4, and see where their sum lands in three ways to add them.

    Numbers are rounded to the dtype before they are added, and after every operation. An error is
    counted in units of the last place: the distance between neighbouring numbers of the dtype that
    are as large as the sum.
    """

    dtype = Choice("float32", tuple(DIGITS), label="dtype", help="What each number is rounded to.")
    count = Whole(
        MOST,
        2,
        MOST,
        log=2,
        step=1.0,
        format=",.0f",
        label="numbers n",
        help="How many numbers are added.",
    )
    shuffle = Whole(
        10,
        0,
        SHUFFLES,
        label="shuffle",
        play=True,
        help="How often the numbers have been shuffled; at 0 they come as they were drawn.",
    )
    presets = {
        "a batch of 1,024": {"dtype": "float32", "count": 1024},
        "16 numbers": {"dtype": "float32", "count": 16},
        "bfloat16 stops": {"dtype": "bfloat16", "count": 1024},
    }
    order = ("shuffle", "count", "dtype")

    @property
    def numbers(self) -> Floats:
        """The numbers, rounded to the dtype, in the order in which they are added."""
        return ROUNDINGS[self.dtype](_shuffled(self.count)[self.shuffle])

    @property
    def exact(self) -> float:
        """The sum of the rounded numbers, itself not rounded."""
        return float(self.numbers.sum())  # float64 has room for all of their digits

    @property
    def unit(self) -> float:
        """The unit of the last place: how far apart the dtype's numbers are near the sum."""
        return float(np.ldexp(1.0, int(np.frexp(self.exact)[1]) - DIGITS[self.dtype]))

    @property
    def one_by_one(self) -> float:
        """The error if each number is added to the sum so far, in units of the last place."""
        return self._error("one_by_one", self.shuffle)

    @property
    def in_pairs(self) -> float:
        """The error if neighbours are added, then the sums of neighbours, and so on."""
        return self._error("in_pairs", self.shuffle)

    @property
    def compensated(self) -> float:
        """The error one by one with Kahan's compensation for what is rounded away."""
        return self._error("compensated", self.shuffle)

    @property
    def different(self) -> int:
        """How many different sums one by one has given, in the orders up to this one."""
        return len({self._error("one_by_one", k) for k in range(self.shuffle + 1)})

    def _error(self, way: str, shuffle: int) -> float:
        result = _sums(self.dtype, self.count)[way][shuffle]
        return float((result - self.exact) / self.unit)


@functools.cache
def _shuffled(count: int) -> Floats:
    """Return the numbers in each order, a row for each, from random numbers that JavaScript has too.

    They are Lehmer's, x ← 48271 x mod (2³¹ − 1).
    """
    x = SEED

    def drawn() -> int:
        nonlocal x
        x = 48271 * x % (2**31 - 1)
        return x

    row = [drawn() * 2.0**-29 for _ in range(MOST)][:count]
    rows = [row]
    for _ in range(SHUFFLES):
        row = row.copy()
        for k in range(count - 1, 0, -1):
            other = drawn() % (k + 1)
            row[k], row[other] = row[other], row[k]
        rows.append(row)
    return np.array(rows)


def one_by_one(x: Floats, rounded: Rounding) -> Floats:
    """Return the sum of each row, from the first number to the last."""
    total = x[:, 0]
    for column in x.T[1:]:
        total = rounded(total + column)
    return total


def in_pairs(x: Floats, rounded: Rounding) -> Floats:
    """Return the sum of each row by sums of neighbours; one without a neighbour waits."""
    while x.shape[1] > 1:
        even = x.shape[1] // 2 * 2
        x = np.hstack([rounded(x[:, 0:even:2] + x[:, 1:even:2]), x[:, even:]])
    return x[:, 0]


def compensated(x: Floats, rounded: Rounding) -> Floats:
    """Return the sum of each row by Kahan's algorithm."""
    total, excess = x[:, 0], np.zeros(len(x))
    for column in x.T[1:]:
        wanted = rounded(column - excess)
        new = rounded(total + wanted)
        excess = rounded(rounded(new - total) - wanted)
        total = new
    return total


@functools.lru_cache(32)
def _sums(dtype: str, count: int) -> dict[str, Floats]:
    """Return the sums of the numbers in each order, by the way in which they are added."""
    rounded = ROUNDINGS[dtype]
    x = rounded(_shuffled(count))
    with np.errstate(divide="ignore", invalid="ignore"):
        return {way.__name__: way(x, rounded) for way in (one_by_one, in_pairs, compensated)}
