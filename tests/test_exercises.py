"""The check of an exercise takes a right function, written another way, and refuses usual slips."""

import math
from importlib import import_module

import contents
import nbformat
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import binom

import lossutils
from lossutils import softmax
from lossutils.compare import exercise

IGNORED = -100


@pytest.fixture
def checked(monkeypatch):
    """Run an exercise's cell with a function in the place of the reader's."""
    monkeypatch.syspath_prepend(contents.ROOT / "chapters")

    def check(chapter, cell, yours):
        notebook = nbformat.read(contents.ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)
        (source,) = [c.source for c in notebook.cells if c.id == cell]
        names = {name: getattr(lossutils, name) for name in lossutils.__all__}
        names |= vars(import_module(f"_references.{chapter.replace('-', '_')}"))
        names |= {"np": np, "torch": torch, "F": F, "IGNORED": IGNORED, "exercise": exercise}
        setup, _, call = source.rpartition("\nexercise(")
        exec(setup, names)  # noqa: S102 it is the book's own
        names[call.partition(",")[0].strip()] = yours
        with np.errstate(all="ignore"):
            return eval(f"exercise({call}", names)

    return check


def deviation(n, c):
    right = np.arange(n + 1)[:, None]
    return (binom.pmf(right, n, c) * abs(right / n - c)).sum(axis=0)


def one_class(q, y, k, *, mine=None):
    mine = np.ceil(np.round(q[:, k] * 10, 9)).clip(min=1) if mine is None else mine
    return sum(abs(((y == k) - q[:, k])[mine == m].sum()) for m in range(1, 11)) / len(y)


def pooled(m, s, u):
    sizes = s * np.exp(m - m.max())
    return m.max() + np.log(sizes.sum()) - np.nansum(sizes * u / s) / sizes.sum()


def total(means, y, w):
    divisors = [sum(w[k] for k in row if k != IGNORED) for row in y]
    return sum(m * d for m, d in zip(means, divisors) if d) / sum(divisors)


def smoothed_away(z, alpha):
    return softmax(z) / (1 - alpha) - alpha / z.shape[1] / (1 - alpha)


RIGHT = {
    ("calibration", "exercise-4"): one_class,
    ("calibration", "exercise-chance"): deviation,
    ("gpu-and-scale", "c58"): pooled,
    ("label-smoothing", "exercise-2"): lambda g, K: 1 / (1 + math.expm1(g) / K),
    ("label-smoothing", "exercise-3"): smoothed_away,
    ("training", "4b2b3f9f"): total,
    ("training", "ccfdf0f4"): lambda z, y, n: F.cross_entropy(
        torch.tensor(z + np.log(n)), torch.tensor(y)
    ),
}

SLIPS = {
    ("calibration", "exercise-4"): {
        "all in one bin": lambda q, y, k: abs(np.mean(q[:, k] - (y == k))),
        "bins closed below": lambda q, y, k: one_class(q, y, k, mine=1 + np.floor(q[:, k] * 10)),
        "a q of 0 in no bin": lambda q, y, k: one_class(q, y, k, mine=np.ceil(q[:, k] * 10)),
        "each sample alone": lambda q, y, k: np.mean(abs(q[:, k] - (y == k))),
        "bins alike": lambda q, y, k: 2 * one_class(q, y, k),
    },
    ("calibration", "exercise-chance"): {
        "the standard deviation": lambda n, c: (c * (1 - c) / n) ** 0.5,
        "the normal's mean deviation": lambda n, c: (2 * c * (1 - c) / (math.pi * n)) ** 0.5,
        "no error": lambda n, c: 0 * c,
        "one sample": lambda n, c: 2 * c * (1 - c),
        "a number, not a share": lambda n, c: n * deviation(n, c),
    },
    ("gpu-and-scale", "c58"): {
        "powers that overflow": lambda m, s, u: (
            np.log((s * np.exp(m)).sum()) - (u * np.exp(m)).sum() / (s * np.exp(m)).sum()
        ),
        "u on many scales": lambda m, s, u: (
            m.max()
            + np.log((s * np.exp(m - m.max())).sum())
            - u.sum() / (s * np.exp(m - m.max())).sum()
        ),
        "the mean of the chunks' means": lambda m, s, u: (
            m.max() + np.log((s * np.exp(m - m.max())).sum()) - np.nanmean(u / s)
        ),
        "0 / 0 in an empty chunk": lambda m, s, u: (
            m.max()
            + np.log((s * np.exp(m - m.max())).sum())
            - (s * np.exp(m - m.max()) * u / s).sum() / (s * np.exp(m - m.max())).sum()
        ),
        "the sum's logarithm alone": lambda m, s, u: (
            m.max() + np.log((s * np.exp(m - m.max())).sum())
        ),
        "bits": lambda m, s, u: pooled(m, s, u) / math.log(2),
    },
    ("label-smoothing", "exercise-2"): {
        "all of α for the others": lambda g, K: (K - 1) / (math.exp(g) - 1 + K),
        "no share for the true class": lambda g, K: K / (math.exp(g) + K),
        "the logit's softmax": lambda g, K: 1 / (1 + math.exp(g) / (K - 1)),
    },
    ("label-smoothing", "exercise-3"): {
        "not undone": lambda z, alpha: softmax(z),
        "α, not α/K": lambda z, alpha: (softmax(z) - alpha) / (1 - alpha),
        "not divided": lambda z, alpha: softmax(z) - alpha / z.shape[1],
        "α / (K − 1)": lambda z, alpha: (softmax(z) - alpha / (z.shape[1] - 1)) / (1 - alpha),
        "a temperature": lambda z, alpha: softmax(z / (1 - alpha)),
        "smoothed twice": lambda z, alpha: (1 - alpha) * softmax(z) + alpha / z.shape[1],
    },
    ("training", "4b2b3f9f"): {
        "nan": lambda means, y, w: means.mean(),
        "the mean of the means": lambda means, y, w: np.nanmean(means),
        "0 in the place of nan": lambda means, y, w: np.nan_to_num(means).mean(),
        "by samples, not by weights": lambda means, y, w: np.average(
            np.nan_to_num(means), weights=(y != IGNORED).sum(axis=1)
        ),
        "ignored ones count": lambda means, y, w: np.average(
            np.nan_to_num(means), weights=w[y % 3].sum(axis=1)
        ),
        "0 times nan": lambda means, y, w: np.average(
            means, weights=(w[y % 3] * (y != IGNORED)).sum(axis=1)
        ),
        "divided by the samples": lambda means, y, w: total(means, y, w) * 8 / 3,
    },
    ("training", "ccfdf0f4"): {
        "subtracted": lambda z, y, n: lossutils.cross_entropy_loss(z - np.log(n), y),
        "not adjusted": lambda z, y, n: lossutils.cross_entropy_loss(z, y),
        "shares, not logarithms": lambda z, y, n: lossutils.cross_entropy_loss(z + n / n.sum(), y),
        "probabilities": lambda z, y, n: lossutils.nll_loss(np.log(softmax(z)) + np.log(n), y),
    },
}


@pytest.mark.parametrize("place", RIGHT, ids=" ".join)
def test_a_right_function_passes(checked, place):
    found = checked(*place, RIGHT[place])
    assert found.ok, found


@pytest.mark.parametrize(
    ("place", "slip"),
    [pytest.param(p, slip, id=f"{p[0]}, {slip}") for p, all_ in SLIPS.items() for slip in all_],
)
def test_a_usual_slip_does_not(checked, place, slip):
    found = checked(*place, SLIPS[place][slip])
    assert not found.ok, found
    assert "not written" not in str(found) and "raised" not in str(found), found
