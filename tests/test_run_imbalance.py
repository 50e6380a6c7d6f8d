"""The stored measurements of imbalance are what their script measures."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import torch

CHAPTERS = Path(__file__).parents[1] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "imbalance.json").read_text(encoding="utf-8"))


def test_one_split_trained_again_gives_what_is_stored() -> None:
    run = runpy.run_path(str(CHAPTERS / "_runs" / "imbalance.py"))
    q, y = run["probabilities"](0)
    assert list(q) == list(STORED["runs"])
    for name, said in q.items():
        recall = (said.argmax(dim=1)[y == 1] == 1).double().mean()
        # Another processor's rounding may carry one picture over the boundary.
        stored = STORED["runs"][name]["recall_rare_by_split"][0]
        assert float(recall) == pytest.approx(stored, abs=1.01 / int((y == 1).sum())), name
    torch.testing.assert_close(q["logit adjustment"], q["none, adjusted"], rtol=0, atol=1e-4)


def test_the_numbers_of_a_run_go_together() -> None:
    for name, run in STORED["runs"].items():
        assert sum(run["bin_count"]) == STORED["test"], name
        both = run["recall_common"] + run["recall_rare"]
        assert run["balanced_accuracy"] == pytest.approx(both / 2, abs=2e-6)
        per_split = run["recall_rare_by_split"]
        assert run["recall_rare"] == pytest.approx(sum(per_split) / STORED["splits"], abs=2e-6)
        bins = zip(run["bin_count"], run["bin_q"], run["bin_frequency"], strict=True)
        off = sum(n * abs(q - f) for n, q, f in bins if n) / STORED["test"]
        assert run["ece_rare"] == pytest.approx(off, abs=2e-6)
