"""The explorers of cross-entropy and likelihood: what they say, refuse, and compute in the page."""

import itertools
import math

import numpy as np
import pytest
import torch

from lossutils import cross_entropy, entropy, kl_divergence
from lossutils.widgets import CrossEntropyExplorer, LikelihoodExplorer
from lossutils.widgets.explorers.likelihood import MOST

P, Q = (0.5, 0.25, 0.25), (0.25, 0.5, 0.25)


# --- Cross-entropy --------------------------------------------------------------------------


def test_the_example_of_the_chapter():
    explorer = CrossEntropyExplorer(P, Q)
    assert explorer.entropy == pytest.approx(1.5 * math.log(2), rel=1e-14)
    assert explorer.kl_pq == pytest.approx(0.25 * math.log(2), rel=1e-14)
    assert explorer.cross_entropy == pytest.approx(1.75 * math.log(2), rel=1e-14)
    assert explorer.perplexity == pytest.approx(2**1.75, rel=1e-14)
    assert explorer.gradient.tolist() == [-0.25, 0.25, 0]
    assert not explorer.one_hot


def test_the_gradient_is_that_of_the_logits():
    explorer = CrossEntropyExplorer()
    z = torch.tensor(np.log(explorer.q), requires_grad=True)
    loss = cross_entropy(torch.tensor(explorer.p), torch.softmax(z, dim=0))
    (slopes,) = torch.autograd.grad(loss, z)
    np.testing.assert_allclose(explorer.gradient, slopes, rtol=0, atol=1e-15)


def test_a_one_hot_p_leaves_the_surprisal_of_one_outcome():
    explorer = CrossEntropyExplorer((0.2, 0.5, 0.3), Q, one_hot=True)
    assert explorer.p.tolist() == [0, 1, 0]
    assert explorer.entropy == 0
    assert explorer.cross_entropy == explorer.kl_pq == pytest.approx(-math.log(0.5), rel=1e-15)
    explorer.one_hot = False
    assert explorer.p.tolist() == [0.2, 0.5, 0.3]
    explorer.one_hot = True
    explorer.p = (0.4, 0.4, 0.2)
    assert explorer.p.tolist() == [1, 0, 0], "of equals the first"


def test_an_impossible_outcome_that_happens_costs_infinity():
    explorer = CrossEntropyExplorer(P, (1, 0, 0))
    assert explorer.cross_entropy == explorer.kl_pq == explorer.perplexity == math.inf
    assert explorer.entropy == pytest.approx(1.5 * math.log(2), rel=1e-14)
    explorer.one_hot = True
    assert explorer.cross_entropy == 0, "nobody asks what q gave to what p excludes"


# --- Likelihood -----------------------------------------------------------------------------


def test_the_sample_is_always_the_same_and_has_the_counts():
    explorer = LikelihoodExplorer()
    assert (explorer.n, explorer.q) == (10, 0.5)
    assert explorer.sample == "aaaababaab"
    assert explorer.drawn.tolist() == [7, 3]
    explorer.n = 40  # the chapter has these letters in a cell
    assert explorer.sample == "aaaababaababaabaaabbabababbbaaaaabbbaaba"
    assert explorer.drawn.tolist() == explorer.counts == [24, 16]
    explorer.counts = (3, 0)
    assert (explorer.n, explorer.sample, explorer.figure.sample) == (3, "aaa", "aaa")


def test_the_mean_nll_is_that_of_the_letters_one_by_one():
    explorer = LikelihoodExplorer(n=20, q=0.3)
    given = [0.3 if letter == "a" else 1 - 0.3 for letter in explorer.sample]
    assert explorer.mean_nll == pytest.approx(-np.mean(np.log(given)), rel=1e-14)
    assert explorer.likelihood == pytest.approx(np.prod(given), rel=1e-12)


@pytest.mark.parametrize("n", [1, 5, 10, 40])
def test_it_is_least_at_the_frequency_where_it_is_the_floor(n):
    explorer = LikelihoodExplorer(n=n)
    losses = {}
    for q in np.arange(201) / 200:
        explorer.q = float(q)
        losses[float(q)] = explorer.mean_nll
        assert explorer.mean_nll >= explorer.entropy
        if math.isfinite(explorer.mean_nll):
            assert explorer.mean_nll == pytest.approx(explorer.entropy + explorer.kl, abs=1e-14)
    explorer.q = min(losses, key=losses.get)
    assert explorer.q == explorer.best
    assert explorer.slope == explorer.kl == 0


def test_the_slope_is_that_of_the_logit():
    explorer = LikelihoodExplorer(n=10, q=0.2)
    z = torch.tensor(math.log(0.2 / 0.8), dtype=torch.float64, requires_grad=True)
    q = torch.stack([torch.sigmoid(z), torch.sigmoid(-z)])
    observed = torch.tensor([0.7, 0.3], dtype=torch.float64)
    (slope,) = torch.autograd.grad(cross_entropy(observed, q), z)
    assert explorer.slope == pytest.approx(slope.item(), abs=1e-15)


def test_an_impossible_outcome_that_is_drawn_costs_infinity():
    explorer = LikelihoodExplorer(n=4, q=1)
    assert (explorer.mean_nll, explorer.entropy, explorer.likelihood) == (0, 0, 1)
    explorer.n = 5
    assert (explorer.mean_nll, explorer.kl, explorer.likelihood) == (math.inf, math.inf, 0)


@pytest.mark.parametrize("counts", [(1, 2, 3), (-1, 5), (MOST, 1), (1, 0)])
def test_counts_that_are_refused(counts):
    with pytest.raises(ValueError, match="counts must be two numbers that sum to 2 to 60, got"):
        LikelihoodExplorer(counts)


# --- Both -----------------------------------------------------------------------------------


def test_javascript_computes_the_same(javascript):
    rng = np.random.default_rng(3)
    stacks = [{"p": [0.4, 0.4, 0.2], "q": [1, 0, 0], "oneHot": hot} for hot in (False, True)]
    for _ in range(100):
        p, q = rng.dirichlet(np.ones(rng.integers(2, 7)), 2)
        for values in (p, q):
            values[rng.random(values.size) < 0.2] = 0
            values[0] += values.sum() == 0
        p, q = p / p.sum(), q / q.sum()
        stacks.append({"p": p.tolist(), "q": q.tolist(), "oneHot": bool(rng.random() < 0.3)})
    whole = LikelihoodExplorer().figure.sample
    places = itertools.product((1, 4, 5, 10, 40), (0, 0.01, 0.3, 0.65, 1))
    fits = [{"sample": whole, "n": n, "q": q} for n, q in places]
    answers = javascript("cross_entropy/math.js", "parts", [stack.values() for stack in stacks])
    seen_infinite = 0
    for question, answer in zip(stacks, answers, strict=True):
        explorer = CrossEntropyExplorer(question["p"], question["q"], question["oneHot"])
        assert answer["p"] == explorer.p.tolist()
        np.testing.assert_allclose(answer["slopes"], explorer.gradient, rtol=0, atol=1e-15)
        expected = {
            "entropy": entropy(explorer.p),
            "kl": kl_divergence(explorer.p, explorer.q),
            "crossEntropy": cross_entropy(explorer.p, explorer.q),
            "perplexity": np.exp(cross_entropy(explorer.p, explorer.q)),
        }
        seen_infinite += np.isinf(expected["kl"])
        got = {name: answer[name] for name in expected}
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-14), question
    assert 7 < seen_infinite < 67
    answers = javascript("likelihood/math.js", "fit", [fit.values() for fit in fits])
    for question, answer in zip(fits, answers, strict=True):
        explorer = LikelihoodExplorer(n=question["n"], q=question["q"])
        assert answer["counts"] == explorer.drawn.tolist()
        assert answer["best"] == explorer.best
        names = {"meanNll": "mean_nll", "entropy": "entropy", "kl": "kl", "slope": "slope"}
        expected = {js: getattr(explorer, name) for js, name in names.items()}
        expected["likelihood"] = explorer.likelihood
        got = {name: answer[name] for name in expected}
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-14), question
