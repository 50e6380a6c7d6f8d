"""Softmax once and twice on one clock: against autograd, and Python against JavaScript."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossutils.widgets import TwiceExplorer
from lossutils.widgets.explorers.twice import STEPS, descended

LEADS = (0.0, 2.0, 8.0)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("twice", [False, True])
def test_each_run_is_pytorchs(lead, twice):
    z = torch.tensor([lead, 0.0, 0.0], dtype=torch.float64)
    run = descended(lead, twice)
    for step in range(STEPS + 1):
        z = z.detach().requires_grad_()
        q = torch.softmax(z, dim=0)
        loss = F.cross_entropy(q if twice else z, torch.tensor(1))
        loss.backward()
        here = [values[step] for values in run]
        assert here == pytest.approx([loss.item(), q[1].item(), z.grad[1].item()], abs=1e-10)
        z = z - z.grad


def test_twice_stays_above_its_floor_and_learns_less_the_surer_it_was():
    ends = [TwiceExplorer(lead, STEPS) for lead in LEADS]
    assert all(end.loss_twice > end.floor > end.loss_once for end in ends)
    assert [end.q_twice for end in ends] == sorted((end.q_twice for end in ends), reverse=True)
    assert ends[0].q_twice > 0.9
    assert ends[-1].q_twice < 0.01 < 0.9 < ends[-1].q_once


def test_javascript_computes_the_same(javascript):
    cases = [(lead, twice) for lead in LEADS for twice in (False, True)]
    results = javascript("twice/math.js", "descended", [(*case, STEPS) for case in cases])
    for case, answer in zip(cases, results, strict=True):
        for name, values in descended(*case)._asdict().items():
            np.testing.assert_allclose(answer[name], values, rtol=1e-9, atol=1e-12)
