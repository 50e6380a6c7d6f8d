"""A call that returns a number for each row needs at most a tenth of its input's memory.

NumPy reports its allocations to tracemalloc. Everything counts: results, temporaries, checks.
"""

from __future__ import annotations

import inspect
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossutils

SHAPE = (2000, 1000)
RNG = np.random.default_rng(0)
Z = RNG.normal(size=SHAPE).astype(np.float32)
Y = RNG.integers(0, SHAPE[1], SHAPE[0])
Q, T = (lossutils.softmax(z) for z in (Z, Z[::-1]))
LOG_Q = np.log(Q)
JOINT = Q.reshape(2000, 20, 50)
W = np.ones(SHAPE[1], np.float32)


def without_options(name: str) -> tuple[Callable[[], Any], int]:
    """Return a call of the loss, and how many large arrays it is given."""
    loss = getattr(lossutils, name)
    if "ignore_index" in inspect.signature(loss).parameters:
        return lambda: loss(LOG_Q, Y), 1
    return lambda: loss(Q, T), 2


REDUCED: dict[str, tuple[Callable[[], Any], int]] = {
    **{name: without_options(name) for name in lossutils.losses.__all__},
    "nll_loss": (lambda: lossutils.nll_loss(LOG_Q, Y, weight=W), 1),
    "cross_entropy_loss": (lambda: lossutils.cross_entropy_loss(Z, Y, weight=W), 1),
    "cross_entropy_loss, smoothed": (
        lambda: lossutils.cross_entropy_loss(Z, Y, label_smoothing=0.1),
        1,
    ),
    "cross_entropy_loss, soft": (lambda: lossutils.cross_entropy_loss(Z, T), 2),
    "binary_cross_entropy": (lambda: lossutils.binary_cross_entropy(Q, T, weight=T), 2),
    "binary_cross_entropy_with_logits": (
        lambda: lossutils.binary_cross_entropy_with_logits(Z, T, pos_weight=W),
        2,
    ),
    "kl_div_loss": (lambda: lossutils.kl_div_loss(LOG_Q, T, reduction="batchmean"), 2),
    "entropy": (lambda: lossutils.entropy(Q), 1),
    "entropy, along axis 0": (lambda: lossutils.entropy(Q.T, axis=0), 1),
    "perplexity": (lambda: lossutils.perplexity(Q), 1),
    "cross_entropy": (lambda: lossutils.cross_entropy(T, Q), 2),
    "kl_divergence": (lambda: lossutils.kl_divergence(T, Q), 2),
    "js_divergence": (lambda: lossutils.js_divergence(T, Q), 2),
    "entropy_from_counts": (lambda: lossutils.entropy_from_counts(Q), 1),
    "joint_entropy": (lambda: lossutils.joint_entropy(JOINT), 1),
    "conditional_entropy": (lambda: lossutils.conditional_entropy(JOINT), 1),
    "mutual_information": (lambda: lossutils.mutual_information(JOINT), 1),
    "logsumexp": (lambda: lossutils.logsumexp(Z), 1),
    "check_distribution": (lambda: lossutils.check_distribution(Q), 1),
    "reliability": (lambda: lossutils.reliability(Q, Y, bins=100), 1),
    "brier_score": (lambda: lossutils.brier_score(Q, Y), 1),
    "expected_calibration_error": (lambda: lossutils.expected_calibration_error(Q, Y, bins=100), 1),
}


@pytest.mark.parametrize("name", REDUCED)
def test_a_reduced_call_needs_at_most_a_tenth_of_its_input(name: str) -> None:
    call, inputs = REDUCED[name]
    tracemalloc.start()
    call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 0.1 * inputs * Z.nbytes
