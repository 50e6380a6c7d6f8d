"""What each public function refuses, and in which words.

Every row is a function, its arguments, and the error; the message names the argument, says what
came, and what it should have been.
"""

from __future__ import annotations

import decimal
import inspect
import re
import sys
import warnings
from typing import Any

import array_api_strict
import numpy as np
import pytest
import torch

import lossutils
from lossutils import (
    additive_smoothing,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    brier_parts,
    brier_score,
    check_distribution,
    class_weights,
    conditional_entropy,
    cross_entropy,
    cross_entropy_loss,
    entropy,
    entropy_from_counts,
    expected_calibration_error,
    fit_temperature,
    focal_loss,
    huffman_lengths,
    joint_entropy,
    js_divergence,
    kl_div_loss,
    kl_divergence,
    linear_cross_entropy,
    log_sigmoid,
    log_softmax,
    logsumexp,
    losses,
    mix_uniform,
    mutual_information,
    nll_loss,
    one_hot,
    perplexity,
    reliability,
    shannon_lengths,
    sigmoid,
    smooth_labels,
    smooth_supports,
    softmax,
    surprisal,
)

GOOD = [0.5, 0.5]


def mixed(p: Any, /, **options: Any) -> Any:
    return mix_uniform(p, epsilon=0.1, **options)


# Each takes a distribution p; those that take two get p as both.
OF_ONE = [entropy, perplexity, mixed, check_distribution]
OF_TWO = [cross_entropy, kl_divergence, js_divergence, smooth_supports]
OF_JOINT = [joint_entropy, conditional_entropy, mutual_information]
CODES = [huffman_lengths, shannon_lengths]
WITH_BASE = [surprisal, entropy, cross_entropy, kl_divergence, js_divergence]
ALONG = [logsumexp, softmax, log_softmax]
ACTIVATIONS = [*ALONG, sigmoid, log_sigmoid]
LOSSES = [getattr(lossutils, name) for name in losses.__all__]
OF_CLASSES = [f for f in LOSSES if "ignore_index" in inspect.signature(f).parameters]
OF_ELEMENTS = [f for f in LOSSES if f not in OF_CLASSES]


def name_of(x: Any) -> str | None:
    return x.__name__ if callable(x) else None


def message_of(x: Any) -> str | None:
    """Name a row by its message: an object's repr may hold its address, which varies."""
    return x if isinstance(x, str) else None


def refused(error: type[Exception], message: str) -> Any:
    return pytest.raises(error, match=re.escape(message))


def call(function: Any, bad: Any, **options: Any) -> Any:
    """Call `function` with `bad` as p, and as q too if it takes one."""
    return function(*([bad, bad] if function in OF_TWO else [bad]), **options)


NOT_DISTRIBUTIONS = [
    ([0.5, 0.6], ValueError, "p must sum to 1 along axis 0 within 1.3e-06, it sums to 1.1: divide"),
    ([0.5, 0.49999], ValueError, "it sums to 0.99999: divide by the sum, p = p / p.sum()"),
    ([0.0, 0.0], ValueError, "it sums to 0: divide by the sum"),
    ([-0.1, 1.1], ValueError, "p must not be negative, got p[0] = -0.1"),
    ([0.5, float("nan")], ValueError, "p must not contain NaN, found at p[1]"),
    (
        [0.5, float("inf")],
        ValueError,
        "p must sum to 1 along axis 0 within 1.3e-06, it sums to inf",
    ),
    ([], ValueError, "p must not be empty, got shape (0,)"),
    (["a", "b"], TypeError, "p must be an array of numbers, got text"),
    ("0.5", TypeError, "p must be an array of numbers, got text"),
    (None, TypeError, "p must be an array of numbers"),
    ([0.5, None], TypeError, "p must be an array of numbers: found None"),
    ([0.5, 0.5j], TypeError, "p must be real, got complex128"),
    ([[1.0], [0.5, 0.5]], TypeError, "p must be an array of numbers: its rows differ in length"),
    (object(), TypeError, "p must be an array of numbers: found <object object at"),
    ({0.5}, TypeError, "p must be an array of numbers: found {0.5}"),
    (np.ma.array(GOOD, mask=[0, 1]), TypeError, "p must not be a masked array"),
    (
        np.array(["2020-01-01"], dtype="M8[D]"),
        TypeError,
        "p must be an array of numbers, got dates",
    ),
    (torch.tensor([1, 0]), TypeError, "got torch.int64: convert it with p = p.float()"),
    (torch.tensor([True, False]), TypeError, "p must hold floating-point numbers"),
    (torch.tensor([0.5, 0.5 + 0j]), TypeError, "p must be real, got torch.complex64"),
    (
        torch.tensor([0.5, 0.6]),
        ValueError,
        "p must sum to 1 along axis 0 within 1.3e-06, it sums to",
    ),
    (torch.tensor([-0.5, 1.5]), ValueError, "p must not be negative, got p[0] = -0.5"),
    (array_api_strict.asarray([1, 0]), TypeError, "p = xp.astype(p, xp.float64)"),
    ([torch.tensor(0.5, requires_grad=True)] * 2, TypeError, "p must be an array of numbers"),
]


@pytest.mark.parametrize("function", [*OF_ONE, *OF_TWO, *CODES], ids=name_of)
def test_refuses_what_is_not_a_distribution(function: Any) -> None:
    for bad, error, message in NOT_DISTRIBUTIONS:
        with refused(error, message):
            call(function, bad)


@pytest.mark.parametrize("function", [*OF_ONE, *OF_TWO], ids=name_of)
def test_a_bad_row_among_good_ones_is_named(function: Any) -> None:
    rows = np.full((3, 4, 2), 0.5)
    rows[1, 2] = 0.5, 0.6
    with refused(ValueError, "along axis 2 within 1.3e-06, p[1, 2, :] sums to 1.1: divide"):
        call(function, rows)
    with refused(ValueError, "along axis 1 within 1.3e-06, p[1, :, 2] sums to 1.1: divide"):
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
    for shape in ((0,), (2, 0), (0, 0)):
        with refused(ValueError, f"p must not be empty, got shape {shape}"):
            call(function, np.ones(shape))


@pytest.mark.parametrize("function", OF_TWO, ids=name_of)
def test_refuses_p_and_q_that_do_not_match(function: Any) -> None:
    third = [1 / 3, 1 / 3, 1 / 3]
    with refused(ValueError, "p and q must have the same shape, got (2,) and (3,)"):
        function(GOOD, third)
    with refused(ValueError, "got (1, 2) and (2,): nothing is broadcast"):
        function([GOOD], GOOD)
    with refused(ValueError, "got (2, 2) and (1, 2): nothing is broadcast"):
        function(torch.tensor([GOOD, GOOD]), torch.tensor([GOOD]))
    with refused(ValueError, "q must sum to 1 along axis 0 within 1.3e-06, it sums to 0.9"):
        function(GOOD, [0.5, 0.4])
    with refused(TypeError, "q must hold floating-point numbers, got torch.int64"):
        function(torch.tensor(GOOD), torch.tensor([1, 0]))
    with refused(
        TypeError,
        "the inputs must be arrays of one library: p is a numpy array, q is a torch tensor",
    ):
        function(np.array(GOOD), torch.tensor(GOOD))
    with refused(ValueError, "the inputs must be on one device: p is on cpu, q is on meta"):
        function(torch.tensor(GOOD), torch.tensor(GOOD, device="meta"))


@pytest.mark.parametrize("function", OF_JOINT, ids=name_of)
def test_joint_tables(function: Any) -> None:
    tables = np.full((2, 3, 2), 0.25)
    for axes, message in [
        ((0, 0), "axes must be two different axes of joint, got (0, 0)"),
        ((0, -3), "axes must be two different axes of joint, got (0, -3)"),
        ((0, 3), "axes must lie in [-3, 2] for joint of shape (2, 3, 2), got 3"),
    ]:
        with refused(ValueError, message):
            function(tables, axes=axes)
    for axes in (1, (0,), (0, 1.0), "01", None, (0, False)):
        with refused(TypeError, "axes must be two integers, such as (-2, -1), got"):
            function(tables, axes=axes)
    for library in (np.asarray, torch.tensor, array_api_strict.asarray):
        with refused(ValueError, "joint must have an axis for each variable, got shape (2,)"):
            function(library(GOOD))
        with refused(ValueError, "joint must not be empty, got shape (2, 0)"):
            function(library([[], []]))
        with refused(ValueError, "joint must not be negative, got joint[1, 0] = -0.5"):
            function(library([[0.5, 0.5], [-0.5, 0.5]]))
        with refused(
            ValueError,
            "joint must sum to 1 along axes (0, 1) within 1.9e-06, it sums to 2: divide by the "
            "sum, joint = joint / joint.sum()",
        ):
            function(library([GOOD, GOOD]))
    tables[1, 1, 0] = 0.5
    with refused(
        ValueError,
        "joint must sum to 1 along axes (2, 0) within 1.9e-06, joint[:, 1, :] sums to 1.25: "
        "divide by the sum, joint = joint / joint.sum(axis=(2, 0), keepdims=True)",
    ):
        function(tables, axes=(2, 0))
    for base in (0, 1, float("nan")):
        with refused(ValueError, f"base must be positive, finite and not 1, got {float(base)!r}"):
            function([GOOD], base=base)


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
        (1 + 0j, TypeError, "p must be real, got complex128"),
        ("half", TypeError, "p must be an array of numbers, got text"),
        (torch.tensor([1, 0]), TypeError, "convert it with p = p.float()"),
    ],
)
def test_surprisal(bad: Any, error: type[Exception], message: str) -> None:
    with refused(error, message):
        surprisal(bad)


def test_surprisal_accepts_a_p_that_rounding_puts_above_1() -> None:
    assert surprisal(1 + 2.0**-52) == 0
    with refused(ValueError, "p must lie in [0, 1], got p = 1.00001"):
        surprisal(1.00001)


def test_epsilons_out_of_range() -> None:
    for epsilon in (-1e-9, 1.5, float("nan"), float("inf")):
        with refused(ValueError, f"epsilon must be in [0, 1], got {epsilon!r}"):
            mix_uniform(GOOD, epsilon=epsilon)
        with refused(ValueError, f"epsilon must be in [0, 1], got {epsilon!r}"):
            smooth_supports(GOOD, GOOD, epsilon=epsilon)
    for epsilon in ("0.1", None, [0.1], decimal.Decimal("0.1"), True):
        with refused(TypeError, f"epsilon must be a number, got {epsilon!r}"):
            mix_uniform(GOOD, epsilon=epsilon)
        with refused(TypeError, f"epsilon must be a number, got {epsilon!r}"):
            smooth_supports(GOOD, GOOD, epsilon=epsilon)


def test_smooth_supports() -> None:
    for library in (np.asarray, torch.tensor, array_api_strict.asarray):
        p, q = library([0.9, 0.1, 0.0, 0.0]), library([0.5, 0.0, 0.25, 0.25])
        with refused(
            ValueError, "epsilon must be below 0.1, got 0.2: an outcome of p does not have enough"
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
    with refused(ValueError, "p must sum to 1 along axis 0 within 1.3e-06, it sums to 0"):
        smooth_supports({}, {"a": 0.5, "b": 0.5})
    with refused(ValueError, "q must sum to 1 along axis 0 within 1.9e-06, it sums to 0.75"):
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
    with refused(TypeError, "counts must be real, got complex128"):
        additive_smoothing([1j])
    with refused(ValueError, "alpha must be finite and at least 0, got -1.0"):
        additive_smoothing([1, 2], alpha=-1)
    with refused(ValueError, "alpha must be finite and at least 0, got inf"):
        additive_smoothing([1, 2], alpha=float("inf"))
    with refused(TypeError, "alpha must be a number, got '1'"):
        additive_smoothing([1, 2], alpha="1")
    with refused(ValueError, "counts must not all be 0 along the axis where alpha is 0"):
        additive_smoothing([[1, 2], [0, 0]], alpha=0)


def test_entropy_from_counts() -> None:
    for library in (np.asarray, torch.tensor):
        for bad, found in ((-1.0, "-1"), (float("nan"), "nan"), (float("inf"), "inf")):
            message = f"counts must be finite and not negative, got counts[1, 0] = {found}"
            with refused(ValueError, message):
                entropy_from_counts(library([[1.0, 2.0], [bad, 2.0]]))
        for correction in ("miller-madow", "none"):
            with refused(ValueError, "counts must not all be 0 along the axis"):
                entropy_from_counts(library([[1, 2], [0, 0]]), correction=correction)
    with refused(ValueError, "counts must not be empty, got shape (0,)"):
        entropy_from_counts([])
    with refused(ValueError, "counts must have at least one axis, got the single number 3.0"):
        entropy_from_counts(3)
    with refused(TypeError, "counts must be real, got complex128"):
        entropy_from_counts([1j])


@pytest.mark.parametrize("function", CODES, ids=name_of)
def test_codes_take_one_distribution(function: Any) -> None:
    with refused(ValueError, "p must have one axis, got shape (1, 2)"):
        function([GOOD])
    with refused(ValueError, "p must have one axis, got shape ()"):
        function(1.0)


# -- what the message leads to -----------------------------------------------------------------

SCORES, CLASSES = torch.zeros(2, 3), torch.tensor([0, 2])
with warnings.catch_warnings():  # that quantised tensors are to go
    warnings.simplefilter("ignore")
    QUANTISED = torch.quantize_per_tensor(torch.tensor([0.0, 2.0]), 1.0, 0, torch.qint8)
TEXT = ": number the classes, names, target = np.unique(target, return_inverse=True)"
MENDS: list[tuple[Any, tuple[Any, ...], dict[str, Any], str]] = [
    (
        cross_entropy_loss,
        (SCORES.numpy(), CLASSES),
        {},
        "target is a torch tensor. Convert input with input = torch.as_tensor(input)",
    ),
    (
        cross_entropy_loss,
        (SCORES, CLASSES.to("meta")),
        {},
        "target is on meta. Move target with target = target.to(input.device)",
    ),
    (
        cross_entropy_loss,
        (CLASSES, SCORES),
        {},
        "input must hold floating-point numbers, got torch.int64, and target holds them: are the "
        "two exchanged? The order is input, target. Else convert it with input = input.float().",
    ),
    (
        linear_cross_entropy,
        (SCORES, CLASSES, SCORES),
        {},
        "and target holds them: are the two exchanged? The order is input, linear_weight, target",
    ),
    (
        nll_loss,
        (CLASSES.numpy(), SCORES.numpy()),
        {},
        "got input of shape (2,) and target of shape (2, 3): are the two exchanged?",
    ),
    (
        cross_entropy_loss,
        (torch.zeros(2, 5, 3), torch.zeros(2, 5, dtype=torch.long)),
        {},
        "if the classes are on the last axis, move it, input = input.movedim(-1, 1)",
    ),
    (
        nll_loss,
        (np.zeros((2, 5, 3)), np.zeros((2, 5), int)),
        {},
        "if the classes are on the last axis, move it, input = np.moveaxis(input, -1, 1)",
    ),
    (
        binary_cross_entropy,
        (SCORES - 1, SCORES),
        {},
        "got input[0, 0] = -1: for logits take binary_cross_entropy_with_logits",
    ),
    (cross_entropy_loss, (SCORES, ["cat", "dog"]), {}, f"got text{TEXT}"),
    (
        cross_entropy_loss,
        (SCORES.numpy(), np.array(["cat", "dog"], dtype=object)),
        {},
        f"got text{TEXT}",
    ),
    (
        cross_entropy_loss,
        ({"logits": SCORES}, CLASSES),
        {},
        "got a dict: give one of its values, input['logits']",
    ),
    (
        cross_entropy_loss,
        (SCORES, CLASSES),
        {"weight": {0: 1.0, 1: 2.0, 2: 3.0}},
        "got a dict: give its values in order, list(weight.values())",
    ),
    (
        cross_entropy_loss,
        (SCORES.numpy(), np.array([0, 2], np.uint64)),
        {},
        "got uint64: convert it with target = target.astype(np.int64)",
    ),
    (
        cross_entropy,
        (SCORES, CLASSES),
        {},
        "got (2, 3) and (2,): for logits and class indices take cross_entropy_loss",
    ),
    (
        reliability,
        (torch.tensor(GOOD), torch.tensor([0, 1])),
        {},
        "make rows, probabilities = torch.stack([1 - probabilities, probabilities], -1)",
    ),
    (
        fit_temperature,
        (np.array(GOOD), [0, 1]),
        {},
        "of numbers for yes alone make rows, input = np.stack([0 * input, input], -1)",
    ),
    (one_hot, (CLASSES,), {"num_classes": 3, "dtype": "float32"}, "such as torch.float32, got"),
    (class_weights, (np.array([0, 2]),), {}, "(or are these labels? Count them with bincount)"),
    (smooth_supports, (GOOD, GOOD), {"epsilon": 1}, "epsilon must be below 1, got 1.0"),
    (surprisal, (-0.1,), {}, "got p = -0.1."),
    (
        binary_cross_entropy_with_logits,
        (SCORES, SCORES),
        {"pos_weight": torch.tensor([True, False, True])},
        "got torch.bool: convert it with pos_weight = pos_weight.float().",
    ),
    (softmax, (QUANTISED,), {}, "got torch.qint8: convert it with z = z.dequantize()."),
    (nll_loss, (SCORES, QUANTISED), {}, "convert it with target = target.dequantize().long()."),
    (softmax, ([[1], [1, 2]],), {}, "z must be an array of numbers: its rows differ in length."),
]


@pytest.mark.parametrize(("function", "arguments", "options", "message"), MENDS, ids=message_of)
def test_a_message_leads_out(
    function: Any, arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        function(*arguments, **options)
    assert message in f"{caught.value}."


# -- activations -------------------------------------------------------------------------------

NOT_NUMBERS = [
    (["a", "b"], "must be an array of numbers, got text"),
    (None, "must be an array of numbers"),
    ([0.5, None], "must be an array of numbers: found None"),
    ([0.5, 0.5j], "must be real, got complex128"),
    ([[1.0], [0.5, 0.5]], "must be an array of numbers: its rows differ in length"),
    (np.ma.array(GOOD, mask=[0, 1]), "must not be a masked array"),
    (torch.tensor([0.5, 0.5 + 0j]), "must be real, got torch.complex64"),
    (array_api_strict.asarray([1, 0]), "= xp.astype("),
]


@pytest.mark.parametrize("function", ACTIVATIONS, ids=name_of)
@pytest.mark.parametrize(("bad", "message"), NOT_NUMBERS, ids=message_of)
def test_refuses_what_is_not_a_logit(function: Any, bad: Any, message: str) -> None:
    with refused(TypeError, "z " if message[0] == "m" else message) as caught:
        function(bad)
    assert message in str(caught.value)
    with refused(TypeError, "got torch.int64: convert it with z = z.float()"):
        function(torch.tensor([1, 0]))


@pytest.mark.parametrize("function", ALONG, ids=name_of)
def test_axes_of_activations(function: Any) -> None:
    for axis in (1, -2, 7):
        with refused(ValueError, f"axis must lie in [-1, 0] for z of shape (2,), got {axis}"):
            function(GOOD, axis=axis)
    with refused(IndexError, "axis must lie in [-2, 1] for z of shape (1, 2), got 2"):
        function(torch.tensor([GOOD]), axis=2)
    with refused(ValueError, "axis must lie in [-1, 0] for z of shape (1,), got 1"):
        function(0.5, axis=1)
    for axis in (0.0, None, "0", (0,)):
        with refused(TypeError, f"axis must be an integer, got {axis!r}"):
            function(GOOD, axis=axis)


# -- targets -----------------------------------------------------------------------------------


def test_one_hot() -> None:
    for bad, found in (([0, 3], "target[1] = 3"), ([[-1]], "target[0, 0] = -1"), (7, "target = 7")):
        message = f"target must lie in [0, 2], being an index of 3 classes, got {found}"
        with refused(IndexError, message):
            one_hot(bad, num_classes=3)
        with refused(IndexError, message):
            smooth_labels(torch.tensor(bad), num_classes=3, label_smoothing=0.1)
    for bad in ([0.5], torch.tensor([1.0])):
        with refused(TypeError, "target must hold class indices as integers, got "):
            one_hot(bad, num_classes=3)
    with refused(TypeError, "target must hold indices in signed integers or small ones, got uint"):
        one_hot(np.array([1], np.uint64), num_classes=3)
    for bad in (0, -1):
        with refused(ValueError, f"num_classes must be at least 1, got {bad}"):
            one_hot([0], num_classes=bad)
    for bad in (2.0, "2", None):
        with refused(TypeError, f"num_classes must be an integer, got {bad!r}"):
            one_hot([0], num_classes=bad)
    with refused(ValueError, "axis must lie in [-2, 1] for a result of shape (1, 3), got 2"):
        one_hot([0], num_classes=3, axis=2)


def test_smooth_labels() -> None:
    for bad in (-0.1, 1.1, float("nan")):
        with refused(ValueError, f"label_smoothing must be in [0, 1], got {bad!r}"):
            smooth_labels(GOOD, label_smoothing=bad)
    with refused(TypeError, "label_smoothing must be a number, got '0.1'"):
        smooth_labels(GOOD, label_smoothing="0.1")
    with refused(ValueError, "num_classes must be given where target holds class indices"):
        smooth_labels([0, 1], label_smoothing=0.1)
    with refused(ValueError, "num_classes must be 2, the length of axis 0 of target, got 3"):
        smooth_labels(GOOD, label_smoothing=0.1, num_classes=3)
    with refused(ValueError, "target must sum to 1 along axis 0 within 1.3e-06, it sums to 0.9"):
        smooth_labels([0.5, 0.4], label_smoothing=0.1)
    with refused(ValueError, "axis must lie in [-1, 0] for target of shape (2,), got 1"):
        smooth_labels(GOOD, label_smoothing=0.1, axis=1)


# -- losses ------------------------------------------------------------------------------------

Z = np.array([[0.5, 0.25, 0.25], [0.125, 0.5, 0.375]])


def target_of(function: Any) -> Any:
    return np.array([0, 2]) if function in OF_CLASSES else Z


@pytest.mark.parametrize("function", LOSSES, ids=name_of)
@pytest.mark.parametrize(("bad", "message"), NOT_NUMBERS, ids=message_of)
def test_refuses_what_is_not_an_input_or_target(function: Any, bad: Any, message: str) -> None:
    strict = isinstance(bad, type(array_api_strict.asarray(0)))
    if not strict or function in OF_ELEMENTS:
        with refused(TypeError, "target") as caught:
            function([0.5, 0.5], bad)
        assert message in str(caught.value) or "one library" in str(caught.value)
    with refused(TypeError, "input") as caught:
        function(bad, [0, 1])
    assert message in str(caught.value)


@pytest.mark.parametrize("function", LOSSES, ids=name_of)
def test_reductions(function: Any) -> None:
    choices = "'mean', 'batchmean', 'sum'" if function is kl_div_loss else "'mean', 'sum'"
    for bad in ("avg", "Mean", None, 0, "" if function is kl_div_loss else "batchmean"):
        with refused(ValueError, f"reduction must be {choices} or 'none', got {bad!r}"):
            function(Z, target_of(function), reduction=bad)


@pytest.mark.parametrize("library", [np.array, torch.tensor, array_api_strict.asarray])
@pytest.mark.parametrize("function", OF_CLASSES, ids=name_of)
def test_class_indices(function: Any, library: Any) -> None:
    z = library(Z.tolist())
    for bad, found in (([0, 3], "[1] = 3"), ([-1, 0], "[0] = -1"), ([-100, 255], "[1] = 255")):
        message = (
            "target must lie in [0, 2], being an index of 3 classes, or be ignore_index = -100, "
            f"got target{found}"
        )
        with refused(IndexError, message):
            function(z, library(bad))
    with refused(IndexError, "or be ignore_index = 7, got target[1] = -100"):
        function(z, library([7, -100]), ignore_index=7)
    for shape in ((2, 1), (1, 2), (3,), (2, 3), (), (2, 2), (0,)):
        message = (
            "target must have shape (2,) to hold indices of the classes on axis 1 of input, of"
        )
        with refused(ValueError, f"{message} shape (2, 3), got {shape}"):
            function(
                z,
                library(np.zeros(shape, int).tolist())
                if 0 not in shape
                else library(np.zeros((3, 3), int).tolist())[:0, 0],
            )
    with refused(ValueError, "got (2, 1): leave out the axis of length 1"):
        function(z, library([[0], [1]]))
    with refused(ValueError, "target must have shape () to hold indices of the classes on axis 0"):
        function(z[0, :], library([1]))
    with refused(ValueError, "target must have shape (2, 4, 5) to hold indices"):
        function(
            library(np.zeros((2, 3, 4, 5)).tolist()), library(np.zeros((2, 5, 4), int).tolist())
        )
    with refused(ValueError, "input must have an axis of classes: shape (C,), (N, C)"):
        function(library(0.5), library(0))


OF_INDICES: list[Any] = [
    *(nll_loss, focal_loss, cross_entropy_loss),
    *(brier_score, reliability, expected_calibration_error, brier_parts, fit_temperature),
    lambda q, y: linear_cross_entropy(q, q, y),
    lambda q, y: one_hot(y, num_classes=2),
]


@pytest.mark.parametrize("function", OF_INDICES)
@pytest.mark.parametrize("rows", [np.array, torch.tensor, array_api_strict.asarray])
def test_what_a_target_of_floats_is_told_leads_out(function: Any, rows: Any) -> None:
    q = rows([[0.75, 0.25], [0.25, 0.75]])
    targets = [rows([0.0, 1.0]), [0.0, 1.0], (0.0, 1.0), [False, True]]
    if not getattr(function, "__name__", "<").startswith(("cross", "<")):
        targets.append(q + 0)  # of the input's shape, as if there were probabilities
    for target in targets:
        with pytest.raises(TypeError, match="target must hold class indices as integers") as error:
            function(q, target)
        told = str(error.value).split("convert it with target = ")[1].split(", or if it")[0]
        names = {"np": np, "torch": torch, "xp": array_api_strict, "target": target}
        mended = eval(told, names)
        assert np.asarray(mended).tolist() == [0, 1]
        function(q, mended)


def test_one_hot_integers_are_not_probabilities() -> None:
    one_hot_rows = [[1, 0, 0], [0, 0, 1]]
    with refused(ValueError, "got (2, 3): to be probabilities it must be floats"):
        cross_entropy_loss(Z, one_hot_rows)
    for function in (nll_loss, focal_loss):
        with refused(TypeError, "target must hold class indices as integers, got float64"):
            function(Z, np.array(one_hot_rows, float))


def test_class_probabilities() -> None:
    for shape in ((2, 2), (3, 2), (2, 3, 1), (1, 3), (3,)):
        message = (
            "target must have the shape of input, (2, 3), to hold probabilities, or be integers of "
            f"shape (2,), got float64 of shape {shape}"
        )
        with refused(ValueError, message):
            cross_entropy_loss(Z, np.ones(shape))
    for ignored in (0, 2, 255):
        with refused(ValueError, "ignore_index has no effect on probabilities and must"):
            cross_entropy_loss(Z, Z, ignore_index=ignored)


@pytest.mark.parametrize("function", OF_CLASSES, ids=name_of)
def test_options_of_classes(function: Any) -> None:
    y = [0, 2]
    for shape in ((2,), (4,), (), (3, 1), (1, 3)):
        message = f"weight must have shape (3,), one for each class, got {shape}"
        with refused(ValueError, message):
            function(Z, y, weight=np.ones(shape))
        with refused(ValueError, message):
            function(torch.tensor(Z), torch.tensor(y), weight=torch.ones(shape))
    with refused(TypeError, "convert it with weight = weight.float()"):
        function(torch.tensor(Z), torch.tensor(y), weight=torch.tensor([1, 2, 3]))
    with refused(TypeError, "weight must be an array of numbers"):
        function(Z, y, weight="balanced")
    for bad in (1.0, None, "0"):
        with refused(TypeError, f"ignore_index must be an integer, got {bad!r}"):
            function(Z, y, ignore_index=bad)
    with refused(
        TypeError, "the inputs must be arrays of one library: input is a torch tensor, tar"
    ):
        function(torch.tensor(Z), np.array(y))
    with refused(
        ValueError, "the inputs must be on one device: input is on cpu, target is on meta"
    ):
        function(torch.tensor(Z), torch.tensor(y, device="meta"))


def test_options_of_one_loss() -> None:
    for bad in (-0.1, 1.5, float("nan")):
        with refused(ValueError, f"label_smoothing must be in [0, 1], got {bad!r}"):
            cross_entropy_loss(Z, [0, 2], label_smoothing=bad)
    with refused(TypeError, "label_smoothing must be a number, got None"):
        cross_entropy_loss(Z, [0, 2], label_smoothing=None)
    for bad in (-1.0, float("inf"), float("nan")):
        with refused(ValueError, f"gamma must be finite and at least 0, got {bad!r}"):
            focal_loss(Z, [0, 2], gamma=bad)
    with refused(TypeError, "gamma must be a number, got '2'"):
        focal_loss(Z, [0, 2], gamma="2")


@pytest.mark.parametrize("function", OF_ELEMENTS, ids=name_of)
def test_shapes_of_elements(function: Any) -> None:
    for shape in ((2,), (2, 1), (1, 3), (3, 2), (2, 3, 1), ()):
        message = f"input and target must have the same shape, got (2, 3) and {shape}: nothing is"
        with refused(ValueError, message):
            function(Z, np.full(shape, 0.5))
        with refused(ValueError, message):
            function(torch.tensor(Z), torch.full(shape, 0.5))
    with refused(TypeError, "convert it with target = target.float()"):
        function(torch.tensor(GOOD), torch.tensor([1, 0]))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (binary_cross_entropy, "weight"),
        (binary_cross_entropy_with_logits, "weight"),
        (binary_cross_entropy_with_logits, "pos_weight"),
    ],
)
def test_weights_of_elements(function: Any, name: str) -> None:
    for shape in ((2,), (4,), (3, 3), (1, 2, 3), (5, 2, 3), (2, 3, 1)):
        message = f"{name} must broadcast to the shape of input, (2, 3), got {shape}"
        with refused(ValueError, message):
            function(Z, Z, **{name: np.ones(shape)})
        with refused(ValueError, message):
            function(torch.tensor(Z), torch.tensor(Z), **{name: torch.ones(shape)})
    with refused(TypeError, f"{name} must be an array of numbers, got text"):
        function(Z, Z, **{name: ["a"]})


@pytest.mark.parametrize("library", [np.array, torch.tensor, array_api_strict.asarray])
@pytest.mark.parametrize("bad", [1.5, -0.25, float("nan"), 1 + 2.0**-52, -5e-324])
def test_binary_cross_entropy_takes_probabilities(library: Any, bad: float) -> None:
    good = library([0.5, 0.5], dtype=torch.float64 if library is torch.tensor else None)
    wrong = library([0.5, bad], dtype=torch.float64 if library is torch.tensor else None)
    found = f"{bad:g}" if float(f"{bad:g}") == bad else f"{bad!r}"
    with refused(ValueError, f"input must lie in [0, 1], got input[1] = {found}"):
        binary_cross_entropy(wrong, good)
    with refused(ValueError, f"target must lie in [0, 1], got target[1] = {found}"):
        binary_cross_entropy(good, wrong)


@pytest.mark.parametrize("library", [np.array, torch.tensor, array_api_strict.asarray])
def test_a_linear_layer_with_its_loss(library: Any) -> None:
    h, matrix, y = (library(x) for x in ([[0.5, 0.25], [1.0, 2.0]], [[1.0, 0.0]] * 3, [0, 2]))

    def call(a: Any = h, b: Any = matrix, c: Any = y, **options: Any) -> Any:
        return linear_cross_entropy(a, b, c, **options)

    call()
    for bad, found in (([0, 3], "[1] = 3"), ([-1, 0], "[0] = -1")):
        message = f"3 classes, or be ignore_index = -100, got target{found}"
        with refused(IndexError, message):
            call(c=library(bad))
    with refused(
        ValueError, "target must have shape (2,), that of input without its features, got"
    ):
        call(c=library([[0, 1]]))
    with refused(TypeError, "or if it holds probabilities use cross_entropy_loss"):
        call(c=library([[1.0, 0.0, 0.0]] * 2))
    with refused(ValueError, "input must have an axis of features: shape (H,), (N, H) or (d1, ..."):
        call(library(0.5))
    for shape in ([1.0, 0.0], [[1.0, 0.0, 0.0]], [[1.0], [0.0]], [[[1.0, 0.0]]]):
        with refused(ValueError, "linear_weight must have shape (C, 2), a row for each class"):
            call(b=library(shape))
    for name in ("weight", "linear_bias"):
        for bad in ([1.0, 2.0], [[1.0, 2.0, 3.0]], 1.0):
            with refused(ValueError, f"{name} must have shape (3,), one for each row of linear_"):
                call(**{name: library(bad)})
        with refused(TypeError, f"{name} must be"):
            call(**{name: library([1.0, 2.0, 3.0j])})
    for reduction in ("avg", "batchmean", None):
        with refused(ValueError, "reduction must be 'mean', 'sum' or 'none', got"):
            call(reduction=reduction)
    with refused(TypeError, "ignore_index must be an integer, got 1.0"):
        call(ignore_index=1.0)
    with refused(ValueError, "label_smoothing must be in [0, 1], got 1.5"):
        call(label_smoothing=1.5)
    for size in (0, -3):
        with refused(ValueError, f"chunk_size must be at least 1, got {size}"):
            call(chunk_size=size)
    with refused(TypeError, "chunk_size must be an integer, got 2.5"):
        call(chunk_size=2.5)


@pytest.mark.parametrize(("bad", "message"), NOT_NUMBERS, ids=message_of)
def test_refuses_what_is_not_a_linear_layer(bad: Any, message: str) -> None:
    with refused(TypeError, "input") as caught:
        linear_cross_entropy(bad, [[1.0]], [0])
    assert message in str(caught.value)
    with refused(TypeError, "linear_weight") as caught:
        linear_cross_entropy([[1.0]], bad, [0])
    assert message in str(caught.value) or "one library" in str(caught.value)


def test_refuses_a_weight_that_requires_a_gradient() -> None:
    h, matrix, y = torch.ones(2, 1), torch.ones(3, 1), torch.tensor([0, 1])
    with refused(ValueError, "weight must not require a gradient, it gets none: pass weight.det"):
        linear_cross_entropy(h, matrix, y, weight=torch.ones(3, requires_grad=True))
    with refused(ValueError, "the inputs must be on one device: input is on cpu, linear_weight is"):
        linear_cross_entropy(h, matrix.to("meta"), y)


def test_every_public_function_is_here() -> None:
    named = {mix_uniform, surprisal, additive_smoothing, entropy_from_counts, *OF_ONE, *OF_TWO}
    named -= {mixed}
    named |= {*OF_JOINT, *CODES}
    named |= {*ACTIVATIONS, one_hot, smooth_labels, *LOSSES, linear_cross_entropy}
    # test_weights.py and test_calibration.py cover what these refuse.
    named |= {class_weights, expected_calibration_error, reliability}
    named |= {brier_parts, brier_score, fit_temperature}
    assert {function.__name__ for function in named} == REFUSE


# Refusals are what `diagnose` is for: it takes anything. test_explanation.py covers `explain`.
REFUSE = set(lossutils.__all__) - {"diagnose", "diagnosing", "explain"}


# -- what no function accepts ------------------------------------------------------------------

EXAMPLES: dict[str, Any] = {
    "p": GOOD,
    "q": GOOD,
    "joint": [GOOD],
    "z": [GOOD],
    "counts": [1.0, 2.0],
    "probabilities": [GOOD],
    "input": [GOOD],
    "linear_weight": [[1.0, 0.0], [0.0, 1.0]],
    "target": [1],
}
REQUIRED: dict[str, dict[str, Any]] = {
    "one_hot": {"num_classes": 2},
    "smooth_labels": {"num_classes": 2, "label_smoothing": 0.1},
    "mix_uniform": {"epsilon": 0.1},
}
NEVER = [b"x", object(), {}, [1], np.array([1.0]), np.array(["mean"]), torch.tensor([1]), 1j, "1"]
OPTIONS: dict[str, tuple[list[str], list[Any]]] = {
    "flag": (["log_target"], ["False", 0, 1, None]),
    "integer": (
        ["axis", "bins", "num_classes", "ignore_index", "chunk_size"],
        [True, 1.0, 2**70, np.array(1), torch.tensor(1)],
    ),
    "number": (
        ["base", "gamma", "alpha", "epsilon", "label_smoothing", "beta"],
        [True, float("nan"), 10**400, 10**5000, np.array(0.1), torch.tensor(0.1)],
    ),
    "pair": (["axes"], [(0,), (0, 1, 1), (0, True), (0.0, 1), (0, 0), (0, -2), (0, 2)]),
    "choice": (["reduction", "scheme", "correction"], ["mena", None, 1, True]),
}
ARRAYS_TOO = {"weight", "pos_weight", "linear_bias"}


def examples_for(name: str) -> dict[str, Any]:
    parameters = inspect.signature(getattr(lossutils, name)).parameters
    arrays = {array: EXAMPLES[array] for array in parameters if array in EXAMPLES}
    if getattr(lossutils, name) in OF_ELEMENTS:
        arrays["target"] = [GOOD]
    return arrays


@pytest.mark.parametrize("library", [list, torch.tensor])
@pytest.mark.parametrize("name", sorted(REFUSE))
def test_every_option_is_checked_and_named(name: str, library: Any) -> None:
    function, required = getattr(lossutils, name), REQUIRED.get(name, {})
    arrays = {array: library(x) for array, x in examples_for(name).items()}
    function(*arrays.values(), **required)
    for option in inspect.signature(function).parameters.keys() - arrays - ARRAYS_TOO - {"dtype"}:
        (bad,) = (bad for names, bad in OPTIONS.values() if option in names)
        bad = [*bad, sys.maxsize] if option == "num_classes" else bad
        for value in [*NEVER, *bad]:
            with pytest.raises((TypeError, ValueError, IndexError), match=f"^{option} must "):
                function(*arrays.values(), **{**required, option: value})


@pytest.mark.parametrize("name", sorted(REFUSE))
# The libraries warn where such arrays are made.
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PendingDeprecationWarning")
def test_refuses_by_name_what_cannot_be_an_array(name: str) -> None:
    function, required = getattr(lossutils, name), REQUIRED.get(name, {})
    arrays = examples_for(name)
    tensors = {array: torch.tensor(x) for array, x in arrays.items()}
    for array in arrays:
        floats = torch.ones(2, 2)
        strange = [
            floats.to_sparse(),
            floats.to_sparse_csr(),
            torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
            floats.to(torch.float8_e4m3fn),
        ]
        for bad in strange:
            with pytest.raises(TypeError, match=f"^{array} must "):
                function(*(tensors | {array: bad}).values(), **required)
        for bad in (
            [10**400],
            [10**5000, 0.5],
            [decimal.Decimal("1e400")],
            np.matrix([[0.5, 0.5]]),
        ):
            with pytest.raises((TypeError, ValueError, IndexError), match=f"^{array} (must|is) "):
                function(*(arrays | {array: bad}).values(), **required)
    if "target" in arrays and function not in OF_ELEMENTS:
        for bad in (10**30, 2**63, -(2**63) - 1):
            for target in ([bad], [bad, 0.5][:1], [[bad]], np.array([bad])):
                with pytest.raises(
                    (IndexError, TypeError), match=r"^target (is out of range|must)"
                ):
                    function(*(arrays | {"target": target}).values(), **required)
        with pytest.raises(IndexError, match=r"^target is out of range, got the index 1000"):
            function(*(arrays | {"target": [10**30]}).values(), **required)


@pytest.mark.parametrize("library", [np.array, torch.tensor, array_api_strict.asarray])
@pytest.mark.parametrize("function", [*OF_CLASSES, one_hot], ids=name_of)
def test_the_advice_for_a_boolean_target_leads_out(function: Any, library: Any) -> None:
    z, target = library([[0.5, 0.25], [1.0, 2.0]]), library([True, False])

    def call(target: Any) -> Any:
        if function is one_hot:
            return one_hot(target, num_classes=2)
        return function(z, target)

    with refused(TypeError, "target must hold class indices as integers, got ") as caught:
        call(target)
    assert "bool: convert it with target = " in str(caught.value)
    advice = str(caught.value).partition("target = ")[2]
    names = {"target": target, "np": np, "xp": array_api_strict}
    call(eval(advice, names))
    rows = library([[True, False], [False, True]])
    if function is cross_entropy_loss:
        with refused(TypeError, "target must hold class indices as integers, got ") as caught:
            call(rows)
        call(eval(str(caught.value).partition("target = ")[2], {**names, "target": rows}))


@pytest.mark.parametrize("function", OF_CLASSES, ids=name_of)
def test_a_list_may_hold_large_indices(function: Any) -> None:
    z = np.zeros((1, 1000))
    z[0, 999] = 1
    assert function(z, [999]) == function(z, np.array([999]))


def test_an_empty_list_holds_indices() -> None:
    for function in OF_CLASSES:
        assert np.isnan(function(np.zeros((0, 3)), []))
        assert function(np.zeros((0, 3)), [], reduction="none").shape == (0,)
    assert one_hot([], num_classes=3).shape == (0, 3)


def test_a_number_is_not_a_dtype() -> None:
    for number in (np.float64(2.5), np.int8(3), np.True_):
        with refused(TypeError, "dtype must be a real or Boolean dtype of the library, got np."):
            lossutils.one_hot([0], num_classes=2, dtype=number)


def test_a_signalling_nan_is_a_nan() -> None:
    with refused(ValueError, "p must not contain NaN, found at p[1]"):
        entropy(np.array([decimal.Decimal("0.5"), decimal.Decimal("sNaN")]))
