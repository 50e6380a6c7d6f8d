"""The check of an exercise takes a right function, written another way, and refuses usual slips."""

import math
from importlib import import_module

import contents
import nbformat
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import entr, rel_entr
from scipy.stats import binom

import lossutils
from lossutils import log_softmax, softmax
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


def shared(joint):
    return entr(joint.sum(axis=1)).sum() + entr(joint.sum(axis=0)).sum() - entr(joint).sum()


def open_labels(inputs, labels):
    pairs = list(zip(inputs.tolist(), labels.tolist(), strict=True))
    of_input = [x for x, _ in pairs]
    return -np.mean([math.log(pairs.count(pair) / of_input.count(pair[0])) for pair in pairs])


def distilled(small, large, T):
    return T * (softmax(small / T) - softmax(large / T)) / len(small)


def of_images(z, y, *, divisor=None):
    found = []
    for scores, classes in zip(log_softmax(z, axis=1), y, strict=True):
        costs = [-scores[k, i, j] for (i, j), k in np.ndenumerate(classes) if k != 255]
        found.append(sum(costs) / (divisor or max(len(costs), 1)))
    return np.array(found)


def one_hot(z, y):
    return np.eye(len(z))[y]


def focal_slopes(z, y):
    q, log_q = softmax(z), log_softmax(z)
    return ((1 - q[y]) ** 2 - 2 * (1 - q[y]) * q[y] * log_q[y]) * (q - one_hot(z, y))


RIGHT = {
    ("entropy", "exercise-1"): lambda p: entr(p).sum(),
    ("entropy", "exercise-3"): lambda p: p @ np.log(p) - np.log(p),
    ("two-things-at-once", "exercise-1"): shared,
    ("kl-divergence", "exercise-1"): lambda p, q: rel_entr(p, q).sum(),
    ("kl-divergence", "exercise-4"): distilled,
    ("cross-entropy", "floor"): open_labels,
    ("softmax-and-nll", "function"): lambda z, g: g - softmax(z) * g.sum(),
    ("cross-entropy-loss", "function"): of_images,
    ("cross-entropy-loss", "pairs"): lambda K, T: np.log1p((K - 1) * np.exp(-K / (K - 1) / T)),
    ("binary-cross-entropy", "05ffb128"): lambda z, t: (
        rel_entr([t, 1 - t], [lossutils.sigmoid(z), lossutils.sigmoid(-z)]).sum(axis=0).mean()
    ),
    ("weighted-cross-entropy", "exercise-4"): focal_slopes,
    ("weighted-cross-entropy", "exercise-5"): lambda p, w: p * (p + (1 - p) * 2 * w / (1 + w)),
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
    ("entropy", "exercise-1"): {
        "a zero left in": lambda p: -np.sum(p * np.log(p)),
        "bits": lambda p: entr(p).sum() / math.log(2),
        "no minus": lambda p: -entr(p).sum(),
        "each as often as the others": lambda p: -np.log(p[p > 0]).mean(),
        "the mean of the contributions": lambda p: entr(p).mean(),
        "kept apart": entr,
    },
    ("entropy", "exercise-3"): {
        "the slope of -p log p": lambda p: -np.log(p) - 1,
        "against log K": lambda p: -np.log(p) - math.log(p.size),
        "the other sign": lambda p: np.log(p) - p @ np.log(p),
        "bits": lambda p: (p @ np.log2(p)) - np.log2(p),
        "the surprisal alone": lambda p: -np.log(p),
    },
    ("two-things-at-once", "exercise-1"): {
        "a zero left in": lambda P: np.sum(P * np.log(P / np.outer(P.sum(1), P.sum(0)))),
        "bits": lambda P: shared(P) / math.log(2),
        "what is left open": lambda P: entr(P).sum() - entr(P.sum(axis=1)).sum(),
        "the pair": lambda P: entr(P).sum(),
        "both alone": lambda P: entr(P.sum(axis=0)).sum() + entr(P.sum(axis=1)).sum(),
        "no weights": lambda P: np.log(P[P > 0] / np.outer(P.sum(1), P.sum(0))[P > 0]).sum(),
    },
    ("kl-divergence", "exercise-1"): {
        "a zero left in": lambda p, q: np.sum(p * np.log(p / q)),
        "the other direction": lambda p, q: rel_entr(q, p).sum(),
        "bits": lambda p, q: rel_entr(p, q).sum() / math.log(2),
        "just 1e-8": lambda p, q: np.sum(p * np.log((p + 1e-8) / (q + 1e-8))),
        "every zero left out": lambda p, q: rel_entr(p, q)[(p > 0) & (q > 0)].sum(),
        "cross-entropy": lambda p, q: -np.sum(p[p > 0] * np.log(q[p > 0])),
        "mean": lambda p, q: rel_entr(p, q).mean(),
    },
    ("kl-divergence", "exercise-4"): {
        "the loss alone": lambda small, large, T: distilled(small, large, T) / T**2,
        "T² without 1/T": lambda small, large, T: distilled(small, large, T) * T,
        "not over the rows": lambda small, large, T: distilled(small, large, T) * len(small),
        "over all entries": lambda small, large, T: distilled(small, large, T) / 3,
        "the other sign": lambda small, large, T: distilled(large, small, T),
        "the student not softened": lambda small, large, T: (
            T * (softmax(small) - softmax(large / T)) / len(small)
        ),
    },
    ("cross-entropy", "floor"): {
        "the labels' entropy": lambda x, y: lossutils.entropy(np.bincount(y) / y.size),
        "inputs alike": lambda x, y: np.mean(
            [lossutils.entropy(np.bincount(y[x == k]) / np.sum(x == k)) for k in set(x)]
        ),
        "one-hot": lambda x, y: 0.0,
        "bits": lambda x, y: open_labels(x, y) / math.log(2),
        "what the labels leave open": lambda x, y: open_labels(y, x),
        "the sum": lambda x, y: open_labels(x, y) * x.size,
    },
    ("softmax-and-nll", "function"): {
        "softmax's own way back": lambda z, g: softmax(z) * (g - (softmax(z) * g).sum()),
        "only its own output": lambda z, g: g * (1 - softmax(z)),
        "handed on": lambda z, g: g,
        "softmax minus one-hot": lambda z, g: softmax(z) - one_hot(z, 1),
        "the other sign": lambda z, g: softmax(z) * g.sum() - g,
        "q, not shared out": lambda z, g: g - softmax(z),
    },
    ("cross-entropy-loss", "function"): {
        "over all pixels": lambda z, y: of_images(z, y, divisor=30),
        "the sum": lambda z, y: of_images(z, y, divisor=1),
        "nan where there is none": lambda z, y: np.where(
            (y != 255).any(axis=(1, 2)), of_images(z, y), np.nan
        ),
        "255 taken for class 0": lambda z, y: of_images(z, np.where(y == 255, 0, y)),
        "one mean over the batch": lambda z, y: (
            of_images(z, y, divisor=1).sum() / (y != 255).sum() + np.zeros(3)
        ),
    },
    ("cross-entropy-loss", "pairs"): {
        "all others at -1": lambda K, T: np.log1p((K - 1) * np.exp(-2 / T)),
        "all others at 0": lambda K, T: np.log1p((K - 1) * np.exp(-1 / T)),
        "times T": lambda K, T: np.log1p((K - 1) * np.exp(-K / (K - 1) * T)),
        "-1/K": lambda K, T: np.log1p((K - 1) * np.exp(-(1 + 1 / K) / T)),
        "K others": lambda K, T: np.log1p(K * np.exp(-K / (K - 1) / T)),
        "the start": lambda K, T: np.log(K),
    },
    ("binary-cross-entropy", "05ffb128"): {
        "the floor left": lossutils.binary_cross_entropy_with_logits,
        "summed over the labels": lambda z, t: (
            3 * (lossutils.binary_cross_entropy_with_logits(z, t) - entr([t, 1 - t]).sum() / 6)
        ),
        "a zero left in": lambda z, t: np.mean(
            t * np.log(t / lossutils.sigmoid(z)) + (1 - t) * np.log((1 - t) / lossutils.sigmoid(-z))
        ),
        "half of the floor": lambda z, t: (
            lossutils.binary_cross_entropy_with_logits(z, t) - entr(t).mean()
        ),
        "the floor of the mean target": lambda z, t: (
            lossutils.binary_cross_entropy_with_logits(z, t) - entr([t.mean(), 1 - t.mean()]).sum()
        ),
        "the other direction": lambda z, t: (
            rel_entr([lossutils.sigmoid(z), lossutils.sigmoid(-z)], [t, 1 - t]).sum(axis=0).mean()
        ),
    },
    ("weighted-cross-entropy", "exercise-4"): {
        "cross-entropy's": lambda z, y: softmax(z) - one_hot(z, y),
        "the factor held fixed": lambda z, y: (
            (1 - softmax(z)[y]) ** 2 * (softmax(z) - one_hot(z, y))
        ),
        "divided by 1 - q": lambda z, y: (
            (1 - softmax(z)[y]) ** 2
            * (1 - 2 * softmax(z)[y] * log_softmax(z)[y] / (1 - softmax(z)[y]))
            * (softmax(z) - one_hot(z, y))
        ),
        "the logarithm of a softmax": lambda z, y: (
            (
                (1 - softmax(z)[y]) ** 2
                - 2 * (1 - softmax(z)[y]) * (lambda q: q * np.log(q))(softmax(z)[y])
            )
            * (softmax(z) - one_hot(z, y))
        ),
        "the other sign": lambda z, y: -focal_slopes(z, y),
    },
    ("weighted-cross-entropy", "exercise-5"): {
        "all the data at once": lambda p, w: w * p / (w * p + 1 - p),
        "no weight": lambda p, w: p,
        "any weight": lambda p, w: 1 - (1 - p) ** 2,
        "both rare forgotten": lambda p, w: 2 * p * (1 - p) * w / (w + 1),
        "one order alone": lambda p, w: p * (1 - p) * w / (w + 1) + p**2,
    },
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
