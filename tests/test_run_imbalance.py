"""The stored measurements of imbalance are those that the script makes."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from lossutils import focal_loss

CHAPTERS = Path(__file__).parents[1] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "imbalance.json").read_text(encoding="utf-8"))
RUN = runpy.run_path(str(CHAPTERS / "_runs" / "imbalance.py"))


def test_one_split_trained_again_gives_what_is_stored() -> None:
    q, y = RUN["probabilities"](0)
    assert list(q) == list(STORED["runs"])
    # Another processor's rounding may push one picture over the boundary.
    picture = 1.01 / int((y == 1).sum())
    for name, said in q.items():
        again = RUN["measured"](said, y)
        stored = {key: of_splits[0] for key, of_splits in STORED["runs"][name]["splits"].items()}
        assert again == pytest.approx(stored, abs=picture), name
        for honest in ("mean_q", "nll"):
            assert again[honest] == pytest.approx(stored[honest], abs=1e-4), name
    torch.testing.assert_close(q["logit adjustment"], q["none, adjusted"], rtol=0, atol=1e-4)


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2, 5])
def test_the_focal_loss_is_inverted_at_its_minimum(gamma: float) -> None:
    z = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z.requires_grad_()
    p = RUN["focal_undone"](torch.softmax(z, dim=1).detach(), gamma)
    torch.testing.assert_close(p.sum(dim=1), torch.ones(6, dtype=torch.float64))
    by_class = [focal_loss(z, torch.full((6,), k), gamma=gamma, reduction="none") for k in range(4)]
    expected = (p * torch.stack(by_class, dim=1)).sum()
    (slope,) = torch.autograd.grad(expected, z)
    torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-12)


def test_the_numbers_of_a_run_are_consistent() -> None:
    for name, run in STORED["runs"].items():
        splits = {key: np.array(values) for key, values in run["splits"].items()}
        assert {len(values) for values in splits.values()} == {STORED["splits"]}, name
        both = splits["recall_common"] + splits["recall_rare"]
        assert splits["balanced_accuracy"] == pytest.approx(both / 2, abs=2e-6)
        assert sum(run["bin_count"]) == STORED["test"], name
        assert len(run["bin_count"]) == STORED["bins"], name
        counts = [n for n in run["bin_count"] if n]
        for key, whole in (
            ("bin_q", splits["mean_q"].mean()),
            ("bin_frequency", STORED["frequency"]),
        ):
            of_bins = [value for value in run[key] if value is not None]
            assert np.average(of_bins, weights=counts) == pytest.approx(whole, abs=2e-6), name
