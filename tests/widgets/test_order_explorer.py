"""The explorer of the order of addition: against PyTorch and NumPy, and Python against JavaScript."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from lossutils.widgets import OrderExplorer
from lossutils.widgets.explorers.order import DIGITS, MOST, SHUFFLES

COUNTS = (2, 3, 16, 100, MOST)
WAYS = ("one_by_one", "in_pairs", "compensated")


def tensor(explorer):
    """Return the explorer's numbers as PyTorch holds them in its dtype."""
    held = torch.tensor(explorer.numbers, dtype=torch.float64)
    narrow = held.to(getattr(torch, explorer.dtype))
    assert torch.equal(narrow.double(), held)
    return narrow


def added_one_by_one(x):
    total = x[0]
    for number in x[1:]:
        total = total + number
    return total


def added_in_pairs(x):
    while len(x) > 1:
        even = len(x) // 2 * 2
        x = torch.cat([x[0:even:2] + x[1:even:2], x[even:]])
    return x[0]


def added_with_compensation(x):
    total, excess = x[0], torch.zeros_like(x[0])
    for number in x[1:]:
        wanted = number - excess
        new = total + wanted
        excess = (new - total) - wanted
        total = new
    return total


@pytest.mark.parametrize("dtype", DIGITS)
def test_each_way_is_pytorchs_addition_number_by_number(dtype):
    for count, shuffle in ((3, 4), (100, 0), (MOST, 1), (MOST, SHUFFLES)):
        explorer = OrderExplorer(dtype, count, shuffle)
        x = tensor(explorer)
        for way, add in zip(
            WAYS, (added_one_by_one, added_in_pairs, added_with_compensation), strict=True
        ):
            landed = explorer.exact + getattr(explorer, way) * explorer.unit
            assert landed == add(x).double().item(), (way, count, shuffle)


def test_one_by_one_is_numpys_running_sum():
    for shuffle in range(0, SHUFFLES + 1, 5):
        explorer = OrderExplorer("float32", MOST, shuffle)
        landed = np.cumsum(explorer.numbers, dtype=np.float32)[-1]
        assert explorer.one_by_one == (float(landed) - explorer.exact) / explorer.unit


@pytest.mark.parametrize("dtype", DIGITS)
def test_the_exact_sum_and_the_unit_of_its_last_place(dtype):
    for count in COUNTS:
        explorer = OrderExplorer(dtype, count)
        assert explorer.exact == sum(map(Fraction, explorer.numbers.tolist()))
        # The next number above the largest that is not above the sum is one unit away.
        near = torch.tensor(explorer.exact, dtype=torch.float64).to(getattr(torch, dtype))
        more = 2 ** math.floor(math.log2(explorer.exact)) * torch.finfo(near.dtype).eps
        assert explorer.unit == more


def test_every_order_has_the_same_numbers_and_another_order():
    orders = [OrderExplorer("float32", 64, k).numbers for k in range(SHUFFLES + 1)]
    assert len({tuple(row) for row in orders}) == SHUFFLES + 1
    assert len({tuple(np.sort(row)) for row in orders}) == 1
    assert orders[0] == pytest.approx(OrderExplorer(count=MOST, shuffle=0).numbers[:64])
    everything = OrderExplorer(count=MOST).numbers
    assert 0 < everything.min() < everything.max() < 4
    assert everything.mean() == pytest.approx(2, abs=3 * 4 / math.sqrt(12 * MOST))


@pytest.mark.parametrize("dtype", DIGITS)
def test_pairs_and_compensation_keep_their_bounds(dtype):
    for count in COUNTS:
        for shuffle in (0, 7, SHUFFLES):
            explorer = OrderExplorer(dtype, count, shuffle)
            # Half a unit for each level of the tree; Higham (1993) has both bounds.
            assert abs(explorer.in_pairs) <= math.log2(count) / 2 + 1
            assert abs(explorer.compensated) < 1.5


def test_in_bfloat16_the_sum_one_by_one_comes_to_a_stop():
    explorer = OrderExplorer("bfloat16", MOST)
    for explorer.shuffle in (0, 3, SHUFFLES):
        # There the numbers are 8 apart, so that adding less than 4 changes nothing.
        assert explorer.exact + explorer.one_by_one * explorer.unit == 1024
    assert explorer.different == 1


def test_the_different_sums_so_far_are_counted():
    explorer = OrderExplorer(shuffle=0)
    assert explorer.different == 1
    seen = set()
    for explorer.shuffle in range(SHUFFLES + 1):
        seen.add(explorer.one_by_one)
        assert explorer.different == len(seen)
    assert len(seen) > 5


@pytest.mark.parametrize("dtype", DIGITS)
def test_javascript_adds_the_same_numbers_the_same_way(javascript, dtype):
    found = javascript("order/math.js", "sums", [(dtype, n, MOST, SHUFFLES) for n in COUNTS])
    for count, page in zip(COUNTS, found, strict=True):
        explorer = OrderExplorer(dtype, count)
        assert (page["exact"], page["unit"]) == (explorer.exact, explorer.unit)
        for way, sums in zip(WAYS, page["ways"], strict=True):
            for explorer.shuffle in range(SHUFFLES + 1):
                error = (sums[explorer.shuffle] - page["exact"]) / page["unit"]
                assert error == getattr(explorer, way), (way, count, explorer.shuffle)


def test_javascript_has_the_same_orders(javascript):
    (rows,) = javascript("order/math.js", "shuffled", [(100, MOST, SHUFFLES)])
    rounded = np.float32(rows).astype(float)
    for shuffle in (0, 1, SHUFFLES):
        np.testing.assert_array_equal(
            rounded[shuffle], OrderExplorer(count=100, shuffle=shuffle).numbers
        )
