"""The Python side of the explorers: values to read, values to set, and what they refuse."""

from __future__ import annotations

import math
from typing import ClassVar

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from ipywidgets.widgets.widget_link import DirectionalLink, Link

from lossutils import entropy, huffman_lengths, kl_divergence, shannon_lengths
from lossutils.widgets import (
    BinaryEntropyExplorer,
    EntropyExplorer,
    ImbalanceExplorer,
    KLExplorer,
    Question,
    SurprisalExplorer,
)
from lossutils.widgets.base import Explorer

EXPLORERS = [BinaryEntropyExplorer, EntropyExplorer, KLExplorer, SurprisalExplorer]
PNG = b"\x89PNG\r\n\x1a\n"


def linked(explorer: Explorer) -> dict[str, ipywidgets.Widget]:
    """Return the explorer's controls by the trait of the figure that each is tied to."""
    links = [w for w in _instances.values() if isinstance(w, Link)]
    pairs = [(w.source, w.target) for w in links if w.source[0] is explorer.figure]
    return {trait: control for (_, trait), (control, name) in pairs if name in {"value", "index"}}


@pytest.mark.parametrize("kind", EXPLORERS)
def test_every_control_starts_where_the_figure_is(kind: type[Explorer]) -> None:
    explorer = kind()
    controls = linked(explorer)
    assert controls == explorer.controls
    assert set(controls.values()) == set(explorer.children[1].children)
    for trait, control in controls.items():
        assert control.value == getattr(explorer.figure, trait)


def test_a_float_slider_reports_continuously_only_while_dragged() -> None:
    """At any other time it would round what it is shown, and hand it back."""
    explorer = ImbalanceExplorer()
    floats = [explorer.controls[name] for name in ("gamma", "noise")]
    links = [w for w in _instances.values() if isinstance(w, DirectionalLink)]
    switched = [w.target for w in links if w.source == (explorer.figure, "_dragging")]
    assert switched == [(control, "continuous_update") for control in floats]
    assert not any(control.continuous_update for control in floats)
    assert explorer.controls["rare"].continuous_update


def test_surprisal_in_nats_and_in_bits() -> None:
    explorer = SurprisalExplorer(0.25)
    assert explorer.surprisal == pytest.approx(math.log(4), abs=1e-15)
    assert explorer.bits == pytest.approx(2, abs=1e-15)
    explorer.probability = 0
    assert explorer.surprisal == math.inf


def test_binary_entropy() -> None:
    explorer = BinaryEntropyExplorer(0.9)
    assert explorer.entropy == entropy([0.9, 1 - 0.9], base=2)
    explorer.p = 1
    assert explorer.entropy == 0


def test_entropy_and_its_codes() -> None:
    explorer = EntropyExplorer((0.7, 0.2, 0.1))
    p = np.array([0.7, 0.2, 0.1])
    assert explorer.entropy == entropy(p, base=2)
    assert explorer.contributions.sum() == pytest.approx(explorer.entropy, abs=1e-15)
    assert explorer.huffman_length == p @ huffman_lengths(p)
    assert explorer.shannon_length == p @ shannon_lengths(p)


def test_an_outcome_that_never_happens_adds_nothing() -> None:
    explorer = EntropyExplorer((0.5, 0.5, 0))
    assert explorer.contributions.tolist() == [0.5, 0.5, 0]
    assert explorer.surprisals[2] == math.inf
    assert explorer.huffman_length == explorer.shannon_length == 1


def test_setting_p_changes_how_many_outcomes_there_are() -> None:
    explorer = EntropyExplorer((0.5, 0.5))
    explorer.p = (0.1, 0.2, 0.3, 0.4)
    assert explorer.outcomes == 4
    assert explorer.p.tolist() == [0.1, 0.2, 0.3, 0.4]
    assert [getattr(explorer.figure, f"off_{k}") for k in range(6)] == [False] * 4 + [True] * 2


def test_kl_both_ways_and_where_it_is_infinite() -> None:
    explorer = KLExplorer((0.5, 0.5), (0.9, 0.1))
    assert explorer.kl_pq == kl_divergence([0.5, 0.5], [0.9, 0.1])
    assert explorer.kl_qp == kl_divergence([0.9, 0.1], [0.5, 0.5])
    assert explorer.contributions.sum() == pytest.approx(explorer.kl_pq, abs=1e-15)
    explorer.q = (1, 0)
    assert explorer.kl_pq == math.inf
    assert explorer.contributions[1] == math.inf
    assert explorer.kl_qp == pytest.approx(math.log(2), abs=1e-15)


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ((0.5, 0.6), "p must sum to 1"),
        ((1.5, -0.5), "p must not be negative"),
        ((1.0,), r"p must hold the probabilities of 2 to 6 outcomes, got shape \(1,\)"),
        (np.full(7, 1 / 7), r"p must hold the probabilities of 2 to 6 outcomes, got shape \(7,\)"),
    ],
)
def test_what_is_not_a_distribution_is_refused_and_changes_nothing(p: object, message: str) -> None:
    explorer = EntropyExplorer((0.5, 0.5))
    with pytest.raises(ValueError, match=message):
        explorer.p = p
    assert explorer.p.tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match=message):
        EntropyExplorer(p)


def test_p_and_q_keep_the_same_outcomes() -> None:
    with pytest.raises(ValueError, match=r"q must hold the probabilities of 2 outcomes, as p does"):
        KLExplorer((0.5, 0.5), (0.2, 0.3, 0.5))
    explorer = KLExplorer((0.5, 0.5), (0.9, 0.1))
    with pytest.raises(ValueError, match=r"p must hold the probabilities of 2 outcomes, as q does"):
        explorer.p = (0.2, 0.3, 0.5)
    with pytest.raises(ValueError, match="q must sum to 1"):
        explorer.q = (0.5, 0.1)


@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_a_probability_outside_0_to_1_is_refused(value: float) -> None:
    with pytest.raises(Exception, match="probability"):
        SurprisalExplorer(value)


class TestQuestion:
    CHOICES: ClassVar = {"more": "Tempting: …", "less": "Yes, because …"}

    def test_shows_the_question_but_no_reply_before_an_answer(self) -> None:
        question = Question("Is p < q?", self.CHOICES, "less")
        shown, _ = question._repr_mimebundle_()
        assert "more" in shown["text/plain"]
        assert "because" not in shown["text/plain"]

    def test_begins_unanswered_and_knows_the_answer(self) -> None:
        question = Question("Is p < q?", self.CHOICES, "less")
        assert question.chosen == -1
        assert question.choices[question.answer] == "less"

    def test_refuses_an_answer_that_is_no_choice(self) -> None:
        with pytest.raises(ValueError, match=r"answer must be one of .*, not 'equal'"):
            Question("Is p < q?", self.CHOICES, "equal")

    def test_refuses_a_single_choice(self) -> None:
        with pytest.raises(ValueError, match="choices must hold at least two"):
            Question("Is p < q?", {"less": "Yes."}, "less")
