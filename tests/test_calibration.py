"""Reliability and expected calibration error: by hand, straight from the paper, and by law."""

from __future__ import annotations

import math
import re
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from lossutils import (
    brier_parts,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    reliability,
    softmax,
)

# Confidences 0.9, 0.8, 0.6, 0.6, 0.5 in bins of a fifth: (0.4, 0.6], (0.6, 0.8], (0.8, 1].
Q = [[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.6, 0.3, 0.1], [0.25, 0.5, 0.25]]
Y = [0, 0, 2, 1, 1]


@st.composite
def classified(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw distributions over classes and the true classes."""
    samples, classes = draw(st.integers(1, 60)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sharpness = draw(st.sampled_from([0.05, 1.0, 50.0]))
    q = rng.dirichlet(np.full(classes, sharpness), samples)
    return q / q.sum(axis=1, keepdims=True), rng.integers(0, classes, samples)


def slowly(q: np.ndarray, y: np.ndarray, bins: int) -> tuple[list[list[float]], float]:
    """Return each bin's mean confidence, accuracy, count, and the error, sample by sample."""
    members: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for row, label in zip(q.tolist(), y.tolist(), strict=True):
        confidence = max(row)
        place = next(m for m in range(bins) if confidence <= (m + 1) / bins or m == bins - 1)
        members[place].append((confidence, row.index(confidence) == label))
    found, error = [], 0.0
    for samples in members:
        n = len(samples)
        means = [math.fsum(x) / n if n else math.nan for x in zip(*samples)] or [math.nan] * 2
        found.append([*means, n])
        error += n / len(y) * abs(means[1] - means[0]) if n else 0
    return found, error


def test_by_hand(xp: Any) -> None:
    confidence, accuracy, count = reliability(xp.array(Q), xp.array(Y, "int64"), bins=5)
    nan = math.nan
    np.testing.assert_allclose(xp.numpy(confidence), [nan, nan, 1.7 / 3, 0.8, 0.9], rtol=1e-15)
    np.testing.assert_allclose(xp.numpy(accuracy), [nan, nan, 2 / 3, 0, 1], rtol=1e-15)
    assert xp.numpy(count).tolist() == [0, 0, 3, 1, 1]
    # 3/5 · |2/3 − 1.7/3| + 1/5 · 0.8 + 1/5 · 0.1 = 0.06 + 0.16 + 0.02
    error = expected_calibration_error(xp.array(Q), xp.array(Y, "int64"), bins=5)
    assert float(xp.numpy(error)) == pytest.approx(0.24, abs=1e-15)


@given(classified(), st.integers(1, 20))
def test_agrees_with_the_papers_definition(drawn: tuple[np.ndarray, np.ndarray], bins: int) -> None:
    q, y = drawn
    expected, error = slowly(q, y, bins)
    np.testing.assert_allclose(np.transpose(reliability(q, y, bins=bins)), expected, atol=1e-12)
    assert expected_calibration_error(q, y, bins=bins) == pytest.approx(error, abs=1e-12)


@given(classified(), st.integers(1, 20))
def test_laws(drawn: tuple[np.ndarray, np.ndarray], bins: int) -> None:
    q, y = drawn
    confidence, accuracy, count = reliability(q, y, bins=bins)
    assert count.sum() == len(y)
    assert np.array_equal(np.isnan(confidence), count == 0)
    assert np.array_equal(np.isnan(accuracy), count == 0)
    edges = np.arange(bins + 1) / bins
    full = count > 0
    assert np.all(confidence[full] > edges[:-1][full] - 1e-12)
    assert np.all(confidence[full] <= edges[1:][full] + 1e-12)
    error = expected_calibration_error(q, y, bins=bins)
    assert 0 <= error <= 1
    shares = count[full] / len(y)
    assert error == pytest.approx(shares @ np.abs(accuracy - confidence)[full], abs=1e-12)
    # One bin compares only the two means; more bins hide less.
    whole = expected_calibration_error(q, y, bins=1)
    right = q.argmax(axis=1) == y
    assert whole == pytest.approx(abs(right.mean() - q.max(axis=1).mean()), abs=1e-12)
    assert error >= whole - 1e-12
    order = np.random.default_rng(0).permutation(len(y))
    assert expected_calibration_error(q[order], y[order], bins=bins) == pytest.approx(error)


@given(classified())
def test_any_axis_and_any_leading_axes(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    q, y = drawn
    expected = reliability(q, y)
    for shaped, axis in ((q.T, 0), (q.T[None], 1), (q[:, None, :], 2)):
        labels = y if shaped.ndim == 2 else y[None] if axis == 1 else y[:, None]
        for one, other in zip(reliability(shaped, labels, axis=axis), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    q = [[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]]
    assert reliability(q, [0, 0, 0], bins=4).count.tolist() == [0, 1, 1, 1]


def test_decimals_on_an_edge_belong_to_the_bin_below_in_every_dtype(xp: Any) -> None:
    assert expected_calibration_error([[0.56, 0.44], [0.57, 0.43]], [0, 1], bins=25) == (
        pytest.approx((0.44 + 0.57) / 2)
    )
    for bins in (2, 3, 5, 7, 10, 15, 20, 25, 49, 50, 100):
        edges = np.arange((bins + 1) // 2, bins + 1) / bins  # at least 0.5 with two classes
        edges = edges[edges >= 0.5]
        for dtype in ("float64", "float32"):
            on = edges.astype(dtype)
            above = np.minimum(np.nextafter(on, np.asarray(2, dtype)), 1)
            wanted = np.round(edges * bins).astype(int) - 1
            for confidence, expected in ((on, wanted), (above, np.minimum(wanted + 1, bins - 1))):
                q = np.stack([confidence, 1 - confidence], axis=-1)
                y = xp.array(np.zeros(len(q)), "int64")
                count = xp.numpy(reliability(xp.array(q, dtype), y, bins=bins).count)
                np.testing.assert_array_equal(count, np.bincount(expected, minlength=bins))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_decimals_on_an_edge_in_half_precision(dtype: torch.dtype) -> None:
    for bins in (5, 10, 20, 25, 50, 100, 5000):
        edge = (torch.arange(bins // 2 + 1, bins, dtype=torch.float64) / bins).to(dtype)
        q = torch.stack([edge, 1 - edge], -1)
        # A bin's index is the number of edges below the confidence, in this dtype.
        all_edges = (torch.arange(1, bins, dtype=torch.float64) / bins).to(dtype)
        expected = (all_edges[None, :] < edge[:, None]).sum(-1)
        count = reliability(q, torch.zeros(len(q), dtype=torch.long), bins=bins).count
        assert torch.equal(count, torch.bincount(expected, minlength=bins))


def test_without_samples_the_error_is_nan(xp: Any) -> None:
    for q in (xp.array(np.ones((0, 3))), xp.array(np.ones((0, 3)), "float32")):
        y = xp.array(np.ones(0), "int64")
        confidence, accuracy, count = (xp.numpy(x) for x in reliability(q, y, bins=4))
        assert np.all(np.isnan(confidence)) and np.all(np.isnan(accuracy))
        assert count.tolist() == [0] * 4
        assert math.isnan(float(expected_calibration_error(q, y)))


def test_autocast_changes_nothing() -> None:
    q = torch.softmax(torch.randn(500, 7, generator=torch.Generator().manual_seed(0)), -1)
    y = torch.arange(500) % 7
    plain = expected_calibration_error(q, y)
    with torch.autocast("cpu", torch.bfloat16):
        cast = expected_calibration_error(q, y)
        parts = reliability(q, y)
    assert cast.dtype == torch.float32 and torch.equal(cast, plain)
    assert parts.confidence.dtype == torch.float32


def test_counts_are_exact_beyond_2_to_the_24() -> None:
    many = 2**24 + 3
    q = torch.tensor([[1.0, 0.0]]).expand(many, 2)
    parts = reliability(q, torch.zeros((), dtype=torch.long).expand(many), bins=1)
    assert parts.count.tolist() == [many]
    assert parts.accuracy.tolist() == parts.confidence.tolist() == [1]


@pytest.mark.parametrize("bins", [15, 100])
def test_extra_memory_is_at_most_a_tenth(bins: int) -> None:
    q = np.random.default_rng(0).dirichlet(np.ones(20), 200_000)
    y = np.zeros(200_000, np.int64)
    tracemalloc.start()
    expected_calibration_error(q, y, bins=bins)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= q.nbytes / 10


def test_the_error_works_under_torchs_transforms() -> None:
    q, y = torch.tensor(Q), torch.tensor(Y)
    expected = expected_calibration_error(q, y, bins=5)
    both = torch.stack([q, q])
    mapped = torch.vmap(lambda q, y: expected_calibration_error(q, y, bins=5))(both, y.expand(2, 5))
    torch.testing.assert_close(mapped, torch.stack([expected, expected]))
    slopes = torch.func.grad(lambda q: expected_calibration_error(q, y, bins=5))(q)
    assert torch.isfinite(slopes).all() and slopes.abs().sum() > 0
    compiled = torch.compile(
        lambda q, y: expected_calibration_error(q, y, bins=5), fullgraph=True, backend="aot_eager"
    )
    torch.testing.assert_close(compiled(q, y), expected)


def test_the_first_of_equally_probable_classes_is_chosen(xp: Any) -> None:
    q = xp.array([[0.25, 0.375, 0.375]])
    for label, right in ((1, 1), (2, 0)):
        accuracy = reliability(q, xp.array([label], "int64"), bins=1).accuracy
        assert xp.numpy(accuracy).tolist() == [right]


def test_rounding_above_1_stays_in_the_last_bin() -> None:
    assert reliability([[1 + 2.0**-52, 0.0]], [0], bins=3).count.tolist() == [0, 0, 1]


def test_one_sample_without_an_axis_of_samples() -> None:
    assert expected_calibration_error([0.25, 0.75], 1) == 0.25


@pytest.mark.parametrize(
    ("given_dtype", "returned"),
    [("float64", "float64"), ("float32", "float32"), ("float16", "float32")],
)
def test_dtypes(given_dtype: str, returned: str) -> None:
    q = np.full((3000, 4), 0.25, given_dtype)
    for array, library in ((q, np), (torch.from_numpy(q), torch)):
        y = library.zeros(3000, dtype=library.int32)
        confidence, accuracy, count = reliability(array, y)
        error = expected_calibration_error(array, y)
        dtype = getattr(library, returned)
        assert confidence.dtype == accuracy.dtype == error.dtype == dtype
        assert count.dtype == library.int64
        assert int(count.max()) == 3000
        assert float(error) == 0.75


def test_lists_and_small_integers_are_accepted() -> None:
    error = expected_calibration_error(Q, Y)
    assert expected_calibration_error(np.array(Q), np.array(Y, np.uint8)) == error
    tensor = torch.tensor(Q, dtype=torch.float64)
    assert expected_calibration_error(tensor, torch.tensor(Y)).item() == error


def test_gradients_flow_through_the_confidences() -> None:
    q = torch.tensor(Q, dtype=torch.float64, requires_grad=True)
    expected_calibration_error(q, torch.tensor(Y), bins=5).backward()
    # More confidence is worse where it already exceeds accuracy (0.8), better where it falls short.
    expected = np.zeros((5, 3))
    expected[range(5), [0, 1, 2, 0, 1]] = [-1, 1, -1, -1, -1]
    np.testing.assert_allclose(q.grad.numpy(), expected / 5, atol=1e-15)


def test_inputs_are_not_changed_and_the_device_is_kept() -> None:
    q, y = np.array(Q), np.array(Y)
    reliability(q, y)
    assert np.array_equal(q, Q) and np.array_equal(y, Y)
    meta = torch.empty((5, 3), device="meta")
    labels = torch.empty(5, dtype=torch.int64, device="meta")
    assert all(part.device.type == "meta" for part in reliability(meta, labels))
    assert expected_calibration_error(meta, labels).device.type == "meta"


BAD = [
    (([[0.5, 0.6]], [0]), {}, ValueError, "probabilities must sum to 1 along axis 1 within"),
    (([[0.5, math.nan]], [0]), {}, ValueError, "probabilities must not contain NaN, found at"),
    (([[1.5, -0.5]], [0]), {}, ValueError, "probabilities must not be negative, got"),
    ((np.ones((2, 0)), np.ones(2, int)), {}, ValueError, "probabilities must not be empty, got"),
    ((Q, Y), {"bins": True}, TypeError, "bins must be an integer, got True"),
    ((Q, Y), {"bins": sys.maxsize}, ValueError, "bins must be at most 1000000, got"),
    ((1.0, 0), {}, ValueError, "probabilities must have at least one axis"),
    ((Q, Y[:4]), {}, ValueError, "without axis 1, (5,), got (4,)"),
    ((Q, [Y]), {}, ValueError, "without axis 1, (5,), got (1, 5)"),
    ((Q, [[y] for y in Y]), {}, ValueError, "without axis 1, (5,), got (5, 1)"),
    ((Q, Y), {"axis": 0}, ValueError, "without axis 0, (3,), got (5,)"),
    ((Q, Y), {"axis": 2}, IndexError, "axis must lie in [-2, 1] for probabilities of shape (5, 3)"),
    ((Q, Y), {"axis": None}, TypeError, "axis must be an integer, got None"),
    ((Q, Y), {"bins": 0}, ValueError, "bins must be at least 1, got 0"),
    ((Q, Y), {"bins": 1.5}, TypeError, "bins must be an integer, got 1.5"),
    ((Q, [0, 1, 2, 3, 0]), {}, IndexError, "target must lie in [0, 2], being an index of"),
    ((Q, [0, 1, 2, -1, 0]), {}, IndexError, "got target[3] = -1"),
    ((Q, [0.0] * 5), {}, TypeError, "convert it with target = np.array(target, dtype=int)"),
    ((Q, Q), {}, TypeError, "convert it with target = np.argmax(target, axis=-1)"),
    (
        (torch.tensor([[1, 0]]), torch.tensor([0])),
        {},
        TypeError,
        "probabilities = probabilities.float()",
    ),
    ((np.array(Q), torch.tensor(Y)), {}, TypeError, "the inputs must be arrays of one library"),
    (([[0.5, 0.5j]], [0]), {}, TypeError, "probabilities must be real, got complex128"),
]


@pytest.mark.parametrize("function", [reliability, expected_calibration_error, brier_parts])
@pytest.mark.parametrize(("arguments", "options", "error", "message"), BAD)
def test_refuses_bad_input(
    function: Any, arguments: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        function(*arguments, **options)


# -- Brier score -------------------------------------------------------------------------------


@given(classified())
def test_the_brier_score_is_a_squared_distance(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    q, y = drawn
    expected = ((q - np.eye(q.shape[1])[y]) ** 2).sum(axis=1)
    np.testing.assert_allclose(brier_score(q, y, reduction="none"), expected, atol=1e-14)
    assert brier_score(q, y, reduction="sum") == pytest.approx(expected.sum(), abs=1e-12)
    assert brier_score(q.T, y, axis=0) == pytest.approx(expected.mean(), abs=1e-14)


def test_blocks_of_scores_are_joined_and_nothing_is_overwritten() -> None:
    rng = np.random.default_rng(0)
    q, y = rng.dirichlet(np.ones(20), (300, 100)), rng.integers(0, 20, (300, 100))
    before = q.copy()
    expected = ((q - np.eye(20)[y]) ** 2).sum(axis=-1)
    np.testing.assert_allclose(brier_score(q, y, reduction="none"), expected, atol=1e-14)
    assert brier_score(q, y) == pytest.approx(expected.mean(), abs=1e-14)
    assert np.array_equal(q, before)


def test_slopes_of_the_brier_score() -> None:
    q = torch.tensor(Q, dtype=torch.float64, requires_grad=True)
    brier_score(q, torch.tensor(Y)).backward()
    torch.testing.assert_close(q.grad, 2 * (q.detach() - F.one_hot(torch.tensor(Y), 3)) / 5)


@given(classified(), st.integers(1, 20))
def test_parts_of_forecasts_that_are_equal_in_their_bins(
    drawn: tuple[np.ndarray, np.ndarray], bins: int
) -> None:
    """With at most two forecasts in each bin's place, the parts add up to the score."""
    _, y = drawn
    two = np.where(y % 2, 0.2, 0.7)
    q = np.stack([two, 1 - two], axis=1)
    y = y // 2 % 2
    calibration, refinement, uncertainty = brier_parts(q, y, bins=10)
    assert calibration + refinement == pytest.approx(brier_score(q, y), abs=1e-12)
    shares = np.bincount(y, minlength=2) / len(y)
    always = np.tile(shares, (len(y), 1))
    assert uncertainty == pytest.approx(brier_score(always, y), abs=1e-12)
    assert refinement <= uncertainty + 1e-12


@given(classified(), st.integers(1, 20))
def test_what_is_missing_from_the_parts_is_the_spread_within_bins(
    drawn: tuple[np.ndarray, np.ndarray], bins: int
) -> None:
    q, y = drawn
    came = np.eye(q.shape[1])[y]
    bin_of = np.searchsorted(np.arange(1, bins) / bins, q)
    within = 0.0
    for k, m in np.ndindex(q.shape[1], bins):
        here = bin_of[:, k] == m
        if here.any():
            f, t = q[here, k], came[here, k]
            within += here.mean() * (f.var() - 2 * ((f - f.mean()) * (t - t.mean())).mean())
    calibration, refinement, _ = brier_parts(q, y, bins=bins)
    assert calibration + refinement + within == pytest.approx(brier_score(q, y), abs=1e-12)


# -- Temperature -------------------------------------------------------------------------------


def overconfident(seed: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and classes drawn from softmax(logits / sharpness)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(200, 4)) * 2
    y = np.array([rng.choice(4, p=q) for q in np.asarray(softmax(z))])
    return z * sharpness, y


@pytest.mark.parametrize("sharpness", [1e-6, 0.5, 1.0, 3.0, 1e6])
def test_the_temperature_is_where_scipy_finds_the_least_loss(xp: Any, sharpness: float) -> None:
    z, y = overconfident(0, sharpness)

    def loss(log_inverse: float) -> float:
        scaled = math.exp(log_inverse) / sharpness * z
        top = scaled.max(axis=1)
        sums = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float((sums - scaled[range(len(y)), y]).mean())

    found = scipy.optimize.minimize_scalar(loss, (-1.0, 1.0), tol=1e-12)
    fitted = float(xp.numpy(fit_temperature(xp.array(z), xp.array(y, "int64"))))
    assert fitted == pytest.approx(sharpness * math.exp(-found.x), rel=1e-6)
    moved = z + np.arange(200)[:, None]
    assert float(fit_temperature(moved, y)) == pytest.approx(fitted, rel=1e-6)
    assert float(fit_temperature(z.T, y, axis=0)) == pytest.approx(fitted, rel=1e-12)


@pytest.mark.parametrize("right", [501, 600, 750, 990])
@pytest.mark.parametrize("lead", [1e-200, 1.0, 1e200])
def test_with_two_classes_confidence_becomes_the_share_that_is_right(
    right: int, lead: float
) -> None:
    z, y = np.full((1000, 2), [lead, 0.0]), np.repeat([0, 1], [right, 1000 - right])
    expected = lead / math.log(right / (1000 - right))
    assert fit_temperature(z, y) == pytest.approx(expected, rel=1e-12)


def test_the_loss_has_no_slope_at_the_temperature() -> None:
    z, y = (torch.tensor(x) for x in overconfident(1, 2.5))
    inverse = (1 / fit_temperature(z, y)).requires_grad_()
    F.cross_entropy(inverse * z, y).backward()
    assert abs(inverse.grad) < 1e-12


def test_limits_of_the_temperature() -> None:
    z = np.array([[2.0, 0.0, 1.0], [0.0, 0.5, 0.5]])
    assert fit_temperature(z, [0, 1]) == 0  # each label has the largest logit, or one of them
    assert fit_temperature(z, [1, 0]) == math.inf
    # Equal logits have the same loss at every T, and at 0 they would be NaN.
    assert fit_temperature(np.zeros((3, 2)), [0, 1, 1]) == 1
    assert fit_temperature([[0.0, 0.0, -np.inf]], [1]) == 1
    assert fit_temperature([[5.0], [3.0]], [0, 0]) == 1
    # Right on average by more than chance, and wrong once: in between.
    assert 0 < fit_temperature([[2.0, 0.0], [2.0, 0.0], [1.0, 0.0]], [0, 0, 1]) < math.inf


@pytest.mark.parametrize("scale", [2.0**-1030, 2.0**-500, 2.0**1023])
def test_the_temperature_has_the_unit_of_the_logits(scale: float) -> None:
    """However small or large they are: neither their differences nor 1 / T may overflow."""
    z, y = np.array([[1.0, -1.0], [0.0, 0.5]]), [0, 0]
    fitted = fit_temperature(z, y)
    assert 0.5 < fitted < 2
    assert fit_temperature(scale * z, y) == pytest.approx(scale * fitted, rel=1e-12, abs=0)


def test_masked_classes_change_nothing() -> None:
    z, y = overconfident(2, 2.0)
    masked = np.concatenate([z, np.full((200, 3), -np.inf)], axis=1)
    assert fit_temperature(masked, y) == pytest.approx(fit_temperature(z, y), rel=1e-12)


def test_one_lead_that_is_too_large_for_exp_is_held_against_many_small_ones():
    # At T = 1 the slopes of 4,999 right leads of a half make up for that of one wrong lead of 944.
    others = 4999
    lead = others * 0.5 / (1 + math.exp(0.5))
    z = [[0.5, 0.0]] * others + [[0.0, lead]]
    assert lead > math.log(np.finfo(np.float64).max)
    assert fit_temperature(z, [0] * (others + 1)) == pytest.approx(1, rel=1e-9)


def test_dtype_and_gradient_of_the_temperature() -> None:
    z, y = (torch.tensor(x) for x in overconfident(3, 2.0))
    for given_dtype, returned in ((torch.float16, torch.float32), (torch.float64, torch.float64)):
        fitted = fit_temperature(z.to(given_dtype).requires_grad_(), y)
        assert fitted.dtype == returned and not fitted.requires_grad


@pytest.mark.parametrize(
    ("z", "y", "error", "message"),
    [
        (np.zeros((0, 3)), [], ValueError, "input must have at least one sample"),
        ([[1.0, math.nan]], [0], ValueError, "input must not contain NaN or infinity"),
        ([[1.0, math.inf]], [0], ValueError, "input must not contain NaN or infinity"),
        ([[1.0, -math.inf]], [1], ValueError, "input must be finite at the true class, got -inf"),
        ([[1.0, 0.0]], [2], IndexError, "target must lie in [0, 1]"),
        ([[1.0, 0.0]], [[1]], ValueError, "the shape of input without axis 1, (1,), got (1, 1)"),
        ([[1.0, 0.0]], [1.0], TypeError, "convert it with target = np.array(target, dtype=int)"),
    ],
)
def test_no_temperature_is_fitted_to_bad_input(
    z: Any, y: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        fit_temperature(z, y)


def test_a_temperature_reads_its_indices_on_every_device(xp: Any) -> None:
    with pytest.raises(IndexError, match=r"got target\[1\] = 2"):
        fit_temperature(xp.array([[1.0, 0.0]] * 3), xp.array([0, 2, 1], "int64"))


def test_values_that_cannot_be_read_have_no_temperature() -> None:
    z, y = torch.zeros(2, 3, 4), torch.zeros(2, 3, dtype=torch.int64)
    with pytest.raises(TypeError, match="input must have values that can be read"):
        torch.vmap(fit_temperature)(z, y)
    with pytest.raises(TypeError, match="input must have values that can be read"):
        fit_temperature(z[0].to("meta"), y[0].to("meta"))


def test_long_doubles_are_binned() -> None:
    q = np.array([[0.2, 0.8], [0.5, 0.5]], dtype=np.longdouble)
    error = expected_calibration_error(q, np.array([1, 0]))
    assert error.dtype == np.longdouble and abs(float(error) - 0.35) < 1e-15
