"""Code lengths keep the promises of Huffman and Shannon codes."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossutils import entropy, huffman_lengths, shannon_lengths

BOTH = [huffman_lengths, shannon_lengths]


@st.composite
def distributions(draw: st.DrawFn) -> np.ndarray:
    weights = draw(st.lists(st.just(0.0) | st.floats(1e-12, 1), min_size=1, max_size=40))
    weights[0] += 0.01
    p = np.array(weights)
    return p / p.sum()


def kraft_sum(lengths: Any, p: Any) -> float:
    return sum(2.0 ** -int(length) for length, value in zip(lengths, p, strict=True) if value > 0)


@pytest.mark.parametrize("lengths_of", BOTH)
@given(p=distributions())
def test_the_mean_length_is_within_a_bit_of_the_entropy(lengths_of: Any, p: np.ndarray) -> None:
    lengths = lengths_of(p)
    assert lengths.dtype == np.int64 and lengths.shape == p.shape
    assert np.all(lengths[p == 0] == 0)
    assert kraft_sum(lengths, p) <= 1
    bits = entropy(p, base=2)
    assert bits - 1e-12 <= p @ lengths < bits + 1


@given(distributions())
def test_huffman_is_no_longer_than_shannon_and_wastes_no_word(p: np.ndarray) -> None:
    huffman = huffman_lengths(p)
    assert p @ huffman <= p @ shannon_lengths(p) + 1e-12
    assert kraft_sum(huffman, p) == 1


def least_mean_length(p: list[float]) -> float:
    """Try every set of word lengths that Kraft's inequality allows."""
    deepest = max(len(p) - 1, 1)
    return min(
        sum(x * length for x, length in zip(p, lengths, strict=True))
        for lengths in itertools.product(range(deepest + 1), repeat=len(p))
        if sum(2.0**-length for length in lengths) <= 1
    )


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_no_code_is_shorter_than_huffmans(weights: list[int]) -> None:
    p = [weight / sum(weights) for weight in weights]
    mean = math.fsum(x * int(n) for x, n in zip(p, huffman_lengths(p), strict=True))
    assert math.isclose(mean, least_mean_length(p), rel_tol=1e-12)


@pytest.mark.parametrize("power", [0, 1, 2, 10, 52, 300, 1022, 1074])
def test_shannon_is_exact_at_powers_of_2(power: int) -> None:
    p = 2.0**-power
    assert shannon_lengths([p, 1 - p])[0] == power
    if power <= 1022:
        above, below = np.nextafter(p, 1), np.nextafter(p, 0)
        assert shannon_lengths([min(above, 1.0), 1 - above])[0] == power
        assert shannon_lengths([below, 1 - below])[0] == power + 1


def test_a_dyadic_distribution_is_coded_at_its_entropy(xp: Any) -> None:
    p = xp.array([0.5, 0.25, 0.125, 0.125])
    for lengths_of in BOTH:
        assert xp.numpy(lengths_of(p)).tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lengths_are_int64_in_the_library_of_p(xp: Any, dtype: str) -> None:
    p = xp.array([0.0, 0.4, 0.3, 0.2, 0.1], dtype)
    for lengths_of, expected in zip(BOTH, ([0, 1, 2, 3, 3], [0, 2, 2, 3, 4]), strict=True):
        lengths = xp.numpy(lengths_of(p))
        assert lengths.dtype == np.int64
        assert lengths.tolist() == expected


def test_a_certain_outcome_needs_no_word() -> None:
    for lengths_of in BOTH:
        assert lengths_of([1.0]).tolist() == [0]
        assert lengths_of([0, 1]).tolist() == [0, 0]


def test_ties_keep_the_longest_word_short() -> None:
    assert huffman_lengths([0.25] * 4).tolist() == [2, 2, 2, 2]
    assert huffman_lengths([0.4, 0.2, 0.2, 0.1, 0.1]).tolist() == [2, 2, 2, 3, 3]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_ties_of_decimals_are_ties(dtype: str) -> None:
    """Probabilities in hundredths tie exactly where the whole numbers of hundredths tie."""
    rng = np.random.default_rng(0)
    cases = [[9, 25, 32, 34], [10, 20, 30, 40], [1, 2, 3, 94], [15, 15, 30, 40]]
    cases += [np.diff([0, *sorted(rng.integers(0, 101, size)), 100]).tolist() for size in [3] * 60]
    cases += [np.diff([0, *sorted(rng.integers(0, 101, size)), 100]).tolist() for size in [8] * 60]
    for hundredths in cases:
        p = (np.array(hundredths) / 100).astype(dtype)
        assert huffman_lengths(p).tolist() == lengths_of_whole_numbers(hundredths)
    assert huffman_lengths([0.09, 0.25, 0.32, 0.34]).tolist() == [2, 2, 2, 2]


def test_ties_end_where_rounding_does() -> None:
    """They reach 2 + K eps: between outcomes, and between an outcome and a join."""
    step = 2.0**-52
    for more, lengths in ((7, [3, 3, 2, 2, 2]), (8, [3, 2, 2, 3, 2])):
        high = (1 + more * step) / 8
        assert huffman_lengths([high, high, 5 / 16, 1 / 8, 5 / 16]).tolist() == lengths
    for more, lengths in ((6, [2, 2, 2, 2]), (8, [3, 3, 2, 1])):
        high = (1 / 6 + 1 / 6) * (1 + more * step)
        assert huffman_lengths([1 / 6, 1 / 6, high, high]).tolist() == lengths


def lengths_of_whole_numbers(weights: list[int]) -> list[int]:
    """Return Huffman's lengths with ties in the documented order and no rounding."""
    trees = [(w, k, [k]) for k, w in enumerate(weights) if w]
    lengths = [0] * len(weights)
    for made in itertools.count(len(weights)):
        trees.sort()
        if len(trees) < 2:
            return lengths
        one, other, *trees = trees
        trees.append((one[0] + other[0], made, one[2] + other[2]))
        for k in trees[-1][2]:
            lengths[k] += 1
    raise AssertionError


def test_a_tensor_without_values_is_refused_by_name() -> None:
    for lengths_of in BOTH:
        with pytest.raises((TypeError, ValueError), match="p must have values"):
            lengths_of(torch.empty(2, device="meta"))


def test_equally_likely_outcomes_get_words_of_two_lengths_at_most() -> None:
    for size in (3, 5, 100, 1000, 50_000):
        lengths = huffman_lengths(np.full(size, 1 / size))
        assert set(lengths.tolist()) == {math.floor(math.log2(size)), math.ceil(math.log2(size))}


def test_tensors_that_carry_gradients_are_read() -> None:
    p = torch.tensor([0.5, 0.5], requires_grad=True)
    assert huffman_lengths(p).tolist() == shannon_lengths(p).tolist() == [1, 1]
