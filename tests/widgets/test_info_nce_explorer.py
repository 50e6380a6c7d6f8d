"""The explorer of InfoNCE: PyTorch's losses and gradients, its floor, and the page's numbers."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossutils.widgets import InfoNCEExplorer
from lossutils.widgets.explorers.info_nce import NOISE

CASES = list(itertools.product((0.0, 0.3, 1.0), (0.01, 0.2, 10.0), (0.0, 0.7, 1.0), (2, 8)))


def test_the_right_cosines_are_the_setting_and_no_cosine_is_beyond_1():
    for case in CASES:
        explorer = InfoNCEExplorer(*case)
        cosines = explorer.similarities
        np.testing.assert_allclose(np.diag(cosines), explorer.alignment, atol=1e-14)
        assert np.abs(cosines).max() <= 1 + 1e-14
        np.testing.assert_allclose(np.linalg.norm(explorer.captions, axis=1), 1, rtol=1e-14)


def test_loss_and_slope_are_pytorchs():
    for case in CASES:
        explorer = InfoNCEExplorer(*case)
        own = torch.arange(explorer.pairs)
        moved = torch.zeros((), dtype=torch.float64, requires_grad=True)
        cosines = torch.from_numpy(explorer.similarities) + moved * torch.eye(
            explorer.pairs, dtype=torch.float64
        )
        loss = F.cross_entropy(cosines / explorer.temperature, own)
        loss.backward()
        assert explorer.loss == pytest.approx(loss.item(), rel=1e-12, abs=1e-14)
        assert explorer.gradient == pytest.approx(moved.grad.item(), rel=1e-10, abs=1e-13)


def test_the_floor_is_reached_by_captions_far_apart_and_never_passed():
    for case in CASES:
        explorer = InfoNCEExplorer(*case)
        assert explorer.loss >= explorer.floor - 1e-14
        explorer.assign(alignment=1, alike=0)
        assert explorer.loss == pytest.approx(explorer.floor, rel=1e-11, abs=1e-15)


def test_captions_all_alike_leave_log_k_and_show_no_information():
    for case in CASES:
        explorer = InfoNCEExplorer(*case)
        explorer.alike = 1
        assert explorer.loss == pytest.approx(np.log(explorer.pairs), rel=1e-12)
        assert explorer.bound == pytest.approx(0, abs=1e-12)
        assert explorer.right == pytest.approx(1 / explorer.pairs)


def test_the_bound_is_below_log_k_and_may_show_nothing():
    bounds = [(e.bound, e.start) for e in (InfoNCEExplorer(*case) for case in CASES)]
    assert all(bound <= start for bound, start in bounds)
    assert any(bound < 0 for bound, _ in bounds)
    assert InfoNCEExplorer(1, 0.01).bound == pytest.approx(np.log(6), rel=1e-12)


def test_the_page_computes_the_same(javascript):
    given = [(pairs, a, alike, t, NOISE) for a, t, alike, pairs in CASES]
    found = javascript("info_nce/math.js", "batch", given)
    for case, page in zip(CASES, found, strict=True):
        explorer = InfoNCEExplorer(*case)
        for name, value in page.items():
            np.testing.assert_allclose(
                value, getattr(explorer, name), rtol=1e-11, atol=1e-13, err_msg=name
            )
