"""The logs to diagnose are those of runs that the script makes, and show what their faults do."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from lossutils import conditional_entropy

CHAPTERS = Path(__file__).parents[1] / "chapters"
STORED = json.loads((CHAPTERS / "data" / "logs.json").read_text(encoding="utf-8"))
RUN = runpy.run_path(str(CHAPTERS / "_runs" / "logs.py"))


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    "name", ["targets", "leak", "capped", "uncounted", "narrow", "unsure", "wordless"]
)
def test_a_run_made_again_gives_the_stored_log(name):
    again = RUN[name]()
    assert list(again) == list(STORED[name])
    for column, numbers in again.items():
        # Training amplifies rounding errors, and these differ between processors.
        assert numbers == pytest.approx(STORED[name][column], rel=0.01, abs=0.01), column


def test_a_loss_has_a_ceiling():
    log = STORED["capped"]
    assert set(log["largest"][1:]) == {round(-np.log(1e-8), 4)}
    assert max(log["right"]) < 0.7


def test_more_answers_are_wrong_than_the_loss_can_pay_for():
    log = STORED["uncounted"]
    assert (1 - log["fitted"][-1]) * np.log(2) > 2 * log["training"][-1]
    assert log["right"][-1] < 0.9


def test_a_running_loss_comes_to_a_stop():
    log = STORED["narrow"]
    assert log["running"][0] * 1284 == pytest.approx(1024, abs=0.1)
    assert all(way < after for way, after in zip(log["running"], log["after"], strict=True))


def test_an_entropy_is_that_of_a_batch():
    log = STORED["unsure"]
    assert log["entropy"][0] == pytest.approx(np.log(1024), abs=1e-4)
    assert min(log["entropy"]) > np.log(10)
    assert log["right"][-1] > 0.95


def test_a_code_with_missing_words_is_below_the_entropy():
    log = STORED["wordless"]
    below = np.array(log["length"]) < log["entropy"]
    assert below[:4].all()
    assert not below[-1]


def test_each_log_shows_its_fault():
    targets, shuffled, leak = (STORED[name] for name in ("targets", "shuffled", "leak"))
    assert targets["training"][0] == pytest.approx(np.log(2), abs=1e-4)
    assert max(targets["training"][1:]) < 0
    assert targets["right"][-1] > 0.95
    assert shuffled["training"][-1] < 0.5
    assert shuffled["fitted"][-1] > 0.95
    assert min(shuffled["test"]) == shuffled["test"][0]
    assert max(shuffled["right"]) < 0.15
    floor = conditional_entropy(np.array([[6, 2], [1, 7]]) / 16)
    assert leak["new"][-1] < floor / 2
    assert abs(leak["new"][-1] - leak["training"][-1]) < 0.01


def test_every_log_is_in_a_chapter():
    texts = [path.read_text(encoding="utf-8") for path in CHAPTERS.glob("*.ipynb")]
    for name in STORED:
        assert any(f'logs.json\\").read_text())[\\"{name}\\"]' in text for text in texts), name
