"""The stored measurements on wrong labels are those the script makes and the text reports."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

CHAPTERS = Path(__file__).parents[1] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "noisy-labels.json").read_text(encoding="utf-8"))
RUN = runpy.run_path(str(CHAPTERS / "_runs" / "noisy_labels.py"))
LOSSES = {
    name: {score: np.array(values) for score, values in scores.items()}
    for name, scores in STORED["losses"].items()
}


@pytest.mark.usefixtures("one_thread")
def test_one_split_trained_again_gives_what_is_stored() -> None:
    for name, found in RUN["of_split"](0).items():
        # Training amplifies rounding errors: another processor may differ in the second digit.
        for score, number in found.items():
            assert number == pytest.approx(LOSSES[name][score][0], abs=0.05), (name, score)


def test_the_forward_correction_is_the_likelihood_of_the_label_that_was_read() -> None:
    z = torch.randn(5, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = torch.arange(5)
    loss = RUN["losses"](y)["forward"](z.float())
    q = torch.softmax(z, dim=1)[torch.arange(5), y]
    # It was kept with probability 0.8, or drawn from ten digits.
    expected = -(0.8 * q + 0.2 / 10).log().mean()
    assert float(loss) == pytest.approx(float(expected), abs=1e-6)


def test_the_stored_runs_say_what_the_chapter_says() -> None:
    plain = LOSSES["cross-entropy"]
    for name in ("smoothed 0.1", "smoothed 0.2", "forward", "bounded"):
        assert (LOSSES[name]["accuracy"] > plain["accuracy"]).all(), name
        assert LOSSES[name]["learnt_wrong"].mean() < plain["learnt_wrong"].mean(), name
    best = LOSSES["bounded"]
    for name in set(LOSSES) - {"bounded"}:
        assert (best["accuracy"] > LOSSES[name]["accuracy"]).all(), name
        assert (best["learnt_wrong"] < LOSSES[name]["learnt_wrong"]).all(), name
    assert LOSSES["focal"]["learnt_wrong"].mean() > plain["learnt_wrong"].mean()
    assert LOSSES["focal"]["accuracy"].mean() < plain["accuracy"].mean()
