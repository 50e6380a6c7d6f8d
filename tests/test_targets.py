"""Targets as distributions, one-hot and smoothed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from lossutils import check_distribution, entropy, mix_uniform, one_hot, smooth_labels


def indices(xp: Any, values: Any) -> Any:
    return xp.array(values, "int64")


def test_one_hot_is_pytorchs(xp: Any) -> None:
    y = np.arange(12).reshape(3, 4) % 5
    expected = F.one_hot(torch.from_numpy(y), 6).numpy()
    np.testing.assert_array_equal(xp.numpy(one_hot(indices(xp, y), num_classes=6)), expected)
    for axis in (0, 1, 2, -1, -2):
        result = xp.numpy(one_hot(indices(xp, y), num_classes=6, axis=axis))
        np.testing.assert_array_equal(result, np.moveaxis(expected, -1, axis))
    single = one_hot(indices(xp, 2), num_classes=3)
    assert xp.numpy(single).tolist() == [0, 0, 1]
    assert tuple(one_hot(indices(xp, np.zeros((0, 2))), num_classes=3).shape) == (0, 2, 3)


def test_one_hot_accepts_indices_of_every_dtype() -> None:
    for dtype in (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32):
        assert one_hot(np.array([1], dtype), num_classes=3).tolist() == [[0, 1, 0]]
    for dtype in (torch.int8, torch.int32, torch.uint8):
        assert one_hot(torch.tensor([1], dtype=dtype), num_classes=3).tolist() == [[0, 1, 0]]
    assert one_hot([[0, 1], [1, 0]], num_classes=2).sum() == 4
    assert one_hot(1, num_classes=2).tolist() == [0, 1]


def test_dtypes_are_the_librarys_by_default() -> None:
    assert one_hot([1], num_classes=2).dtype == np.float64
    assert one_hot([1], num_classes=2, dtype=np.float16).dtype == np.float16
    y = torch.tensor([1])
    assert one_hot(y, num_classes=2).dtype == torch.float32
    half = smooth_labels(y, num_classes=2, label_smoothing=0.1, dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16
    assert smooth_labels(np.float32([0.5, 0.5]), label_smoothing=0.1).dtype == np.float32


def test_the_worked_example(xp: Any) -> None:
    smoothed = smooth_labels(indices(xp, 0), num_classes=3, label_smoothing=0.1)
    np.testing.assert_allclose(xp.numpy(smoothed), [0.9333, 0.0333, 0.0333], atol=5e-5)
    assert round(float(entropy([0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3])), 4) == 0.2911


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=5),
    st.floats(0, 1),
    st.integers(7, 9),
)
def test_smoothed_labels_are_distributions(y: list[int], alpha: float, classes: int) -> None:
    smoothed = smooth_labels(y, num_classes=classes, label_smoothing=alpha)
    check_distribution(smoothed)
    hard = one_hot(y, num_classes=classes)
    np.testing.assert_array_equal(smoothed, (1 - alpha) * hard + alpha / classes)
    np.testing.assert_array_equal(smooth_labels(hard, label_smoothing=alpha), smoothed)
    np.testing.assert_array_equal(mix_uniform(hard, epsilon=alpha), smoothed)
    # Smoothing twice is smoothing once by more.
    twice = smooth_labels(smoothed, label_smoothing=0.5)
    once = smooth_labels(y, num_classes=classes, label_smoothing=1 - (1 - alpha) / 2)
    np.testing.assert_allclose(twice, once, atol=1e-15)


def test_the_bounds_of_smoothing(xp: Any) -> None:
    y = indices(xp, [2, 0])
    none = xp.numpy(smooth_labels(y, num_classes=4, label_smoothing=0))
    np.testing.assert_array_equal(none, xp.numpy(one_hot(y, num_classes=4)))
    assert np.all(xp.numpy(smooth_labels(y, num_classes=4, label_smoothing=1)) == 0.25)


def test_smoothing_along_an_axis(xp: Any) -> None:
    y = np.arange(6).reshape(2, 3) % 4
    last = xp.numpy(smooth_labels(indices(xp, y), num_classes=4, label_smoothing=0.2))
    middle = smooth_labels(indices(xp, y), num_classes=4, label_smoothing=0.2, axis=1)
    np.testing.assert_array_equal(xp.numpy(middle), np.moveaxis(last, -1, 1))
    again = smooth_labels(middle, label_smoothing=0, axis=1, num_classes=4)
    np.testing.assert_array_equal(xp.numpy(again), xp.numpy(middle))


def test_gradients_go_through_distributions() -> None:
    t = torch.tensor([0.5, 0.5], requires_grad=True)
    smooth_labels(t, label_smoothing=0.25)[0].backward()
    assert t.grad is not None and t.grad.tolist() == [0.75, 0]


@pytest.mark.slow
def test_compiled_one_hot_accepts_every_dtype_and_no_wrong_class() -> None:
    dtypes = [None, torch.float16, torch.int64, torch.uint8, torch.bool]

    def made(y: torch.Tensor) -> list[torch.Tensor]:
        return [one_hot(y, num_classes=3, dtype=dtype) for dtype in dtypes]

    compiled = torch.compile(made, fullgraph=True, backend="aot_eager")
    for made_in_one, dtype in zip(compiled(torch.tensor([2, 0])), dtypes, strict=True):
        assert made_in_one.tolist() == [[0, 0, 1], [1, 0, 0]]
        assert made_in_one.dtype == (dtype or torch.float32)
    for bad in (-1, 3, 255):
        for right, wrong in compiled(torch.tensor([1, bad])):
            assert right.tolist() == [0, 1, 0]
            assert wrong.isnan().all() if wrong.is_floating_point() else not wrong.any()
        with pytest.raises(IndexError):
            one_hot(torch.tensor([1, bad]), num_classes=3)


def test_the_device_is_kept() -> None:
    y = torch.empty(3, 4, dtype=torch.int64, device="meta")
    result = smooth_labels(y, num_classes=5, label_smoothing=0.1, axis=1)
    assert result.device.type == "meta" and result.shape == (3, 5, 4)


def test_dtypes_that_cannot_hold_targets_are_refused(xp: Any) -> None:
    y = indices(xp, [1, 0])
    for bad in ("U5", "datetime64[s]", complex, torch.complex64, object(), torch.float8_e5m2, 3):
        for function, options in ((one_hot, {}), (smooth_labels, {"label_smoothing": 0.1})):
            with pytest.raises(
                TypeError, match=r"dtype must be a .* of the library(, such as torch.float32)?, got"
            ):
                function(y, num_classes=2, dtype=bad, **options)
    for bad in (xp.namespace.int64, xp.namespace.bool):
        with pytest.raises(TypeError, match="dtype must be a floating-point dtype of the library"):
            smooth_labels(y, num_classes=2, label_smoothing=0.1, dtype=bad)
        one_hot(y, num_classes=2, dtype=bad)


def test_smoothing_is_silent_where_a_product_underflows() -> None:
    with np.errstate(all="raise"):
        smoothed = smooth_labels([5e-324, 1.0], label_smoothing=0.1)
    np.testing.assert_allclose(smoothed, [0.05, 0.95], rtol=1e-15)


def test_an_empty_batch_of_distributions_stays_empty() -> None:
    assert smooth_labels(np.empty((0, 3)), label_smoothing=0.1).shape == (0, 3)
