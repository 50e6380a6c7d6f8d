"""What each public function refuses, and with which words.

Every row is a function, its arguments, and the error; the message names the argument, says what
came, and what it should have been.
"""

from __future__ import annotations

import decimal
import re
from typing import Any

import array_api_strict
import numpy as np
import pytest
import torch

import lossutils
from lossutils import (
    additive_smoothing,
    check_distribution,
    class_weights,
    cross_entropy,
    entropy,
    huffman_lengths,
    js_divergence,
    kl_divergence,
    mix_uniform,
    perplexity,
    shannon_lengths,
    smooth_supports,
    surprisal,
)

GOOD = [0.5, 0.5]


def mixed(p: Any, /, **options: Any) -> Any:
    return mix_uniform(p, epsilon=0.1, **options)


# Each takes one distribution p; those with a second get p as both.
OF_ONE = [entropy, perplexity, mixed, check_distribution]
OF_TWO = [cross_entropy, kl_divergence, js_divergence, smooth_supports]
CODES = [huffman_lengths, shannon_lengths]
WITH_BASE = [surprisal, entropy, cross_entropy, kl_divergence, js_divergence]


def name_of(x: Any) -> str | None:
    return x.__name__ if callable(x) else None


def message_of(x: Any) -> str | None:
    """Name a row by its message: an object's own name may hold its address, another each time."""
    return x if isinstance(x, str) else None


def refused(error: type[Exception], message: str) -> Any:
    return pytest.raises(error, match=re.escape(message))


def call(function: Any, bad: Any, **options: Any) -> Any:
    """Call `function` with `bad` as p, and as q too where it has one."""
    return function(*([bad, bad] if function in OF_TWO else [bad]), **options)


NOT_DISTRIBUTIONS = [
    ([0.5, 0.6], ValueError, "p must sum to 1 along axis 0 within 1.3e-15, it sums to 1.1: divide"),
    ([0.5, 0.4999999], ValueError, "it sums to 0.9999999: divide by the sum"),
    ([0.0, 0.0], ValueError, "it sums to 0: divide by the sum"),
    ([-0.1, 1.1], ValueError, "p must not be negative, got p[0] = -0.1"),
    ([0.5, float("nan")], ValueError, "p must not contain NaN, found at p[1]"),
    (
        [0.5, float("inf")],
        ValueError,
        "p must sum to 1 along axis 0 within 1.3e-15, it sums to inf",
    ),
    ([], ValueError, "p must not be empty, got shape (0,)"),
    (["a", "b"], TypeError, "p must be an array of numbers, not <U1"),
    ("0.5", TypeError, "p must be an array of numbers, not <U3"),
    (None, TypeError, "p must be an array of numbers"),
    ([0.5, None], TypeError, "p must be an array of numbers: found None"),
    ([0.5, 0.5j], TypeError, "p must be real, not complex128"),
    ([[1.0], [0.5, 0.5]], TypeError, "p must be an array of numbers: setting an array element"),
    (object(), TypeError, "p must be an array of numbers: found <object object at"),
    ({0.5}, TypeError, "p must be an array of numbers: found {0.5}"),
    (np.ma.array(GOOD, mask=[0, 1]), TypeError, "p must not be a masked array"),
    (
        np.array(["2020-01-01"], dtype="M8[D]"),
        TypeError,
        "p must be an array of numbers, not datet",
    ),
    (torch.tensor([1, 0]), TypeError, "not of torch.int64: convert it with p = p.double()"),
    (torch.tensor([True, False]), TypeError, "p must be a torch tensor of floating-point numbers"),
    (torch.tensor([0.5, 0.5 + 0j]), TypeError, "p must be real, not torch.complex64"),
    (
        torch.tensor([0.5, 0.6]),
        ValueError,
        "p must sum to 1 along axis 0 within 7.2e-07, it sums to",
    ),
    (torch.tensor([-0.5, 1.5]), ValueError, "p must not be negative, got p[0] = -0.5"),
    (array_api_strict.asarray([1, 0]), TypeError, "p = xp.astype(p, xp.float64)"),
    ([torch.tensor(0.5, requires_grad=True)] * 2, TypeError, "p must be an array of numbers"),
]


@pytest.mark.parametrize("function", [*OF_ONE, *OF_TWO, *CODES], ids=name_of)
@pytest.mark.parametrize(("bad", "error", "message"), NOT_DISTRIBUTIONS, ids=message_of)
def test_what_is_no_distribution(
    function: Any, bad: Any, error: type[Exception], message: str
) -> None:
    with refused(error, message):
        call(function, bad)


@pytest.mark.parametrize("function", [*OF_ONE, *OF_TWO], ids=name_of)
def test_a_bad_row_among_good_ones_is_pointed_at(function: Any) -> None:
    rows = np.full((3, 4, 2), 0.5)
    rows[1, 2] = 0.5, 0.6
    with refused(ValueError, "along axis 2 within 1.3e-15, p[1, 2, :] sums to 1.1: divide"):
        call(function, rows)
    with refused(ValueError, "along axis 1 within 1.3e-15, p[1, :, 2] sums to 1.1: divide"):
        call(function, np.moveaxis(rows, -1, 1), axis=1)
    rows[2, 3] = 1.5, -0.5
    with refused(ValueError, "p must not be negative, got p[2, 3, 1] = -0.5"):
        call(function, torch.from_numpy(rows))


@pytest.mark.parametrize("function", [*OF_ONE, *OF_TWO], ids=name_of)
def test_axes(function: Any) -> None:
    for axis in (1, -2, 7):
        with refused(ValueError, f"axis must lie in [-1, 0] for p of shape (2,), got {axis}"):
            call(function, GOOD, axis=axis)
    with refused(IndexError, "axis must lie in [-2, 1] for p of shape (1, 2), got 2"):
        call(function, torch.tensor([GOOD]), axis=2)
    for axis in (0.0, None, "0", (0,)):
        with refused(TypeError, f"axis must be an integer, got {axis!r}"):
            call(function, GOOD, axis=axis)
    with refused(ValueError, "p must have at least one axis, got the single number 1.0"):
        call(function, 1.0)
    for shape in ((0, 2), (2, 0)):
        with refused(ValueError, f"p must not be empty, got shape {shape}"):
            call(function, np.ones(shape))


@pytest.mark.parametrize("function", OF_TWO, ids=name_of)
def test_two_that_do_not_go_together(function: Any) -> None:
    third = [1 / 3, 1 / 3, 1 / 3]
    with refused(ValueError, "p and q must have the same shape, got (2,) and (3,)"):
        function(GOOD, third)
    with refused(ValueError, "got (1, 2) and (2,): nothing is broadcast"):
        function([GOOD], GOOD)
    with refused(ValueError, "got (2, 2) and (1, 2): nothing is broadcast"):
        function(torch.tensor([GOOD, GOOD]), torch.tensor([GOOD]))
    with refused(ValueError, "q must sum to 1 along axis 0 within 1.3e-15, it sums to 0.9"):
        function(GOOD, [0.5, 0.4])
    with refused(
        TypeError, "q must be a torch tensor of floating-point numbers, not of torch.int64"
    ):
        function(torch.tensor(GOOD), torch.tensor([1, 0]))
    with refused(
        TypeError,
        "the inputs must be arrays of one library: p is a numpy array, q is a torch tensor",
    ):
        function(np.array(GOOD), torch.tensor(GOOD))
    with refused(ValueError, "the inputs must be on one device: p is on cpu, q is on meta"):
        function(torch.tensor(GOOD), torch.tensor(GOOD, device="meta"))


@pytest.mark.parametrize("function", WITH_BASE, ids=name_of)
def test_bases(function: Any) -> None:
    for base in (0, -2, 1, 1.0, float("inf"), float("nan")):
        with refused(ValueError, f"base must be positive, finite and not 1, got {float(base)!r}"):
            call(function, GOOD, base=base)
    for base in ("2", [2], 2j, np.array([2.0, 3.0])):
        with refused(TypeError, f"base must be a number or None, got {base!r}"):
            call(function, GOOD, base=base)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (1.5, ValueError, "p must lie in [0, 1], got p = 1.5"),
        ([0.5, -0.25], ValueError, "p must lie in [0, 1], got p[1] = -0.25"),
        ([[0.5, float("nan")]], ValueError, "p must lie in [0, 1], got p[0, 1] = nan"),
        (torch.tensor([0.5, 2.0]), ValueError, "p must lie in [0, 1], got p[1] = 2"),
        (1 + 0j, TypeError, "p must be real, not complex128"),
        ("half", TypeError, "p must be an array of numbers, not <U4"),
        (torch.tensor([1, 0]), TypeError, "convert it with p = p.double()"),
    ],
)
def test_surprisal(bad: Any, error: type[Exception], message: str) -> None:
    with refused(error, message):
        surprisal(bad)


def test_surprisal_takes_what_rounding_puts_above_1() -> None:
    assert -3e-16 < surprisal(1 + 2.0**-52) < 0
    with refused(ValueError, "p must lie in [0, 1], got p = 1.0000000001"):
        surprisal(1.0000000001)


def test_the_error_of_an_epsilon() -> None:
    for epsilon in (-1e-9, 1.5, float("nan"), float("inf")):
        with refused(ValueError, f"epsilon must be in [0, 1], got {epsilon!r}"):
            mix_uniform(GOOD, epsilon=epsilon)
        with refused(ValueError, f"epsilon must be in [0, 1], got {epsilon!r}"):
            smooth_supports(GOOD, GOOD, epsilon=epsilon)
    for epsilon in ("0.1", None, [0.1], decimal.Context()):
        with refused(TypeError, f"epsilon must be a number, got {epsilon!r}"):
            mix_uniform(GOOD, epsilon=epsilon)
        with refused(TypeError, f"epsilon must be a number, got {epsilon!r}"):
            smooth_supports(GOOD, GOOD, epsilon=epsilon)


def test_smooth_supports() -> None:
    for library in (np.asarray, torch.tensor, array_api_strict.asarray):
        p, q = library([0.9, 0.1, 0.0, 0.0]), library([0.5, 0.0, 0.25, 0.25])
        with refused(
            ValueError, "epsilon must be below 0.1, got 0.2: an outcome of p has not enough"
        ):
            smooth_supports(p, q, epsilon=0.2)
    with refused(TypeError, "p and q must both be mappings, or neither"):
        smooth_supports({"a": 1.0}, [1.0])
    with refused(TypeError, "p and q must both be mappings, or neither"):
        smooth_supports(GOOD, {"a": 0.5, "b": 0.5})
    with refused(ValueError, "axis must lie in [-1, 0] for p of shape (2,), got 1"):
        smooth_supports({"a": 1.0}, {"b": 1.0}, axis=1)
    with refused(ValueError, "p must not be empty"):
        smooth_supports({}, {})
    with refused(ValueError, "p must sum to 1 along axis 0 within 1.3e-15, it sums to 0"):
        smooth_supports({}, {"a": 0.5, "b": 0.5})
    with refused(ValueError, "q must sum to 1 along axis 0 within 1.8e-15, it sums to 0.75"):
        smooth_supports({"a": 0.5, "b": 0.5}, {"b": 0.5, "c": 0.25, "d": 0})
    with refused(ValueError, "p must not be negative"):
        smooth_supports({"a": -0.5, "b": 1.5}, {"a": 0.5, "b": 0.5})
    with refused(TypeError, "q must be an array of numbers"):
        smooth_supports({"a": 1.0}, {"a": None})


def test_additive_smoothing() -> None:
    for bad, found in ((-1.0, "-1"), (float("nan"), "nan"), (float("inf"), "inf")):
        for library in (np.asarray, torch.tensor):
            message = f"counts must be finite and not negative, got counts[1, 0] = {found}"
            with refused(ValueError, message):
                additive_smoothing(library([[1.0, 2.0], [bad, 2.0]]))
    with refused(ValueError, "counts must not be empty, got shape (0,)"):
        additive_smoothing([])
    with refused(ValueError, "counts must have at least one axis, got the single number 3.0"):
        additive_smoothing(3)
    with refused(ValueError, "axis must lie in [-1, 0] for counts of shape (2,), got 1"):
        additive_smoothing([1, 2], axis=1)
    with refused(TypeError, "convert it with counts = counts.double()"):
        additive_smoothing(torch.tensor([1, 2]))
    with refused(TypeError, "counts must be real, not complex128"):
        additive_smoothing([1j])
    with refused(ValueError, "alpha must be finite and at least 0, got -1.0"):
        additive_smoothing([1, 2], alpha=-1)
    with refused(ValueError, "alpha must be finite and at least 0, got inf"):
        additive_smoothing([1, 2], alpha=float("inf"))
    with refused(TypeError, "alpha must be a number, got '1'"):
        additive_smoothing([1, 2], alpha="1")
    with refused(ValueError, "counts must not all be 0 along the axis where alpha is 0"):
        additive_smoothing([[1, 2], [0, 0]], alpha=0)


@pytest.mark.parametrize("function", CODES, ids=name_of)
def test_codes_take_one_distribution(function: Any) -> None:
    with refused(ValueError, "p must have one axis, got shape (1, 2)"):
        function([GOOD])
    with refused(ValueError, "p must have one axis, got shape ()"):
        function(1.0)


def test_every_public_function_is_here() -> None:
    # What class_weights refuses is in test_weights.py.
    named = {
        mix_uniform,
        surprisal,
        additive_smoothing,
        class_weights,
        *OF_ONE,
        *OF_TWO,
        *CODES,
    } - {mixed}
    assert {function.__name__ for function in named} == set(lossutils.__all__)
