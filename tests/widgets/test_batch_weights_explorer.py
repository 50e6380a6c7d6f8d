"""The explorer of batch size and weights: its ends against SciPy, fractions and gradient descent."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import binom

from lossutils.widgets import BatchWeightsExplorer
from lossutils.widgets.explorers.batch_weights import DESCENTS, SHARES

CASES = list(itertools.product((1, 2, 8, 32, 256, 1024), (1.0, 9.0, 99.0, 1000.0), SHARES))


@pytest.mark.parametrize(("batch", "end"), [(1, 0.010), (8, 0.072), (32, 0.214), (256, 0.448)])
def test_one_in_a_hundred_with_weight_99(batch: int, end: float) -> None:
    explorer = BatchWeightsExplorer(batch)
    assert explorer.end == pytest.approx(end, abs=5e-4)
    assert explorer.fixed == pytest.approx(0.5, abs=1e-15)


def test_the_end_is_the_expected_share_by_scipy() -> None:
    for batch, weight, rare in CASES:
        explorer = BatchWeightsExplorer(batch, weight, rare)
        m = np.arange(batch + 1)
        share = weight * m / (weight * m + batch - m)
        expected = np.sum(binom.pmf(m, batch, rare) * share)
        assert explorer.end == pytest.approx(expected, rel=1e-10)
        assert explorer.none_rare == pytest.approx(binom.pmf(0, batch, rare), rel=1e-12)


def test_the_end_over_every_batch_of_four_in_fractions() -> None:
    p, w = Fraction(1, 10), 9
    end = Fraction(0)
    for labels in itertools.product((0, 1), repeat=4):
        m = sum(labels)
        end += p**m * (1 - p) ** (4 - m) * Fraction(w * m, w * m + 4 - m)
    assert BatchWeightsExplorer(4, 9.0, 0.1).end == pytest.approx(float(end), rel=1e-14)


def test_with_the_weight_that_it_acts_as_a_fixed_divisor_ends_there_too() -> None:
    for batch, weight, rare in CASES:
        explorer = BatchWeightsExplorer(batch, weight, rare)
        milder = BatchWeightsExplorer(1, max(1.0, explorer.acts_as), rare)
        assert milder.fixed == pytest.approx(explorer.end, rel=1e-9)


def test_without_weights_the_batch_size_does_not_matter() -> None:
    for batch in (1, 32, 1024):
        assert BatchWeightsExplorer(batch, 1.0).end == pytest.approx(0.01, rel=1e-12)


@pytest.mark.parametrize("rare", SHARES)
def test_the_stored_descents_are_those_of_pytorchs_loss(rare: float) -> None:
    w = torch.tensor([1.0, 1 / rare - 1], dtype=torch.float64)
    for batch, mean, spread in DESCENTS[rare]:
        chance = torch.Generator().manual_seed(0)
        z = torch.tensor([1 - rare, rare], dtype=torch.float64).log().repeat(10, 1)
        ends = []
        for _ in range(300):
            z.requires_grad_()
            y = (torch.rand(10, batch, generator=chance) < rare).long()
            logits = z[:, :, None].expand(10, 2, batch)
            losses = F.cross_entropy(logits, y, weight=w, reduction="none")
            (slope,) = torch.autograd.grad((losses.sum(1) / w[y].sum(1)).sum(), z)
            z = z.detach() - 0.3 * slope
            ends.append(torch.softmax(z, dim=1)[:, 1])
        q = torch.stack(ends[100:]).mean(dim=0)
        assert (float(q.mean()), float(q.std())) == pytest.approx((mean, spread), abs=6e-4)


def test_javascript_ends_where_python_does(javascript: Callable[..., Any]) -> None:
    ends = [BatchWeightsExplorer(b, w, p).end for b, w, p in CASES]
    given = [(p, w, b) for b, w, p in CASES]
    np.testing.assert_allclose(
        javascript("batch_weights/math.js", "ending", given), ends, rtol=1e-12
    )
