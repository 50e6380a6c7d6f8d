"""The explorer of smoothing: what it shows, its limits, and Python against JavaScript."""

import numpy as np
import pytest

from lossutils import additive_smoothing, kl_divergence, mix_uniform, smooth_supports
from lossutils.widgets import SmoothingExplorer
from lossutils.widgets.explorers.smoothing import METHODS

P, Q = (3 / 5, 1 / 5, 1 / 5, 0), (5 / 9, 3 / 9, 0, 1 / 9)
LIMIT = 10**-0.5
CERTAIN, ALMOST = (1.0, 0.0), (0.95, 0.05)


def test_the_example_of_the_chapter():
    explorer = SmoothingExplorer()
    assert round(explorer.kl_pq, 4) == 0.9969
    assert round(explorer.kl_qp, 4) == 0.6438
    third = 1e-3 / 3
    expected = (3 / 5 - third, 1 / 5 - third, 1 / 5 - third, 1e-3)
    np.testing.assert_allclose(explorer.p_smooth, expected, rtol=1e-15)
    assert (explorer.epsilon, explorer.method) == (1e-3, "supports")
    assert explorer.p.tolist() == list(P)
    assert explorer.q.tolist() == list(Q)


@pytest.mark.parametrize("epsilon", [1e-6, 0.02, 0.3])
def test_each_method_is_the_function_of_its_name(epsilon):
    expected = {
        "supports": smooth_supports(P, Q, epsilon=epsilon),
        "uniform": (mix_uniform(P, epsilon=epsilon), mix_uniform(Q, epsilon=epsilon)),
        "additive": tuple(additive_smoothing(x, alpha=epsilon) for x in (P, Q)),
    }
    for method, (p, q) in expected.items():
        explorer = SmoothingExplorer(P, Q, epsilon, method)
        assert np.array_equal(explorer.p_smooth, p)
        assert np.array_equal(explorer.q_smooth, q)
        assert explorer.kl_pq == pytest.approx(kl_divergence(p, q), rel=1e-14)
        assert explorer.kl_qp == pytest.approx(kl_divergence(q, p), rel=1e-14)


def test_adding_alone_gives_a_sum_that_is_not_a_divergence():
    explorer = SmoothingExplorer(ALMOST, CERTAIN, 0.1, "add")
    assert explorer.p_smooth.tolist() == list(ALMOST)
    assert explorer.q_smooth.tolist() == [1.1, 0.1]
    expected = 0.95 * np.log(0.95 / 1.1) + 0.05 * np.log(0.05 / 0.1)
    assert explorer.kl_pq == pytest.approx(expected, rel=1e-14)
    assert explorer.kl_pq < 0


def test_adding_to_q_alone_leaves_the_other_direction_infinite():
    explorer = SmoothingExplorer(method="add")
    assert explorer.kl_qp == np.inf
    explorer.method = "uniform"
    assert np.isfinite(explorer.kl_qp)


def most(explorer):
    return explorer.figure._settings["epsilon"]["max"]


def test_the_slider_ends_before_an_outcome_has_nothing_left():
    explorer = SmoothingExplorer((0.9, 0.1, 0), (0.45, 0.45, 0.1))
    slider = explorer.controls["epsilon"]
    # b has 0.1 and pays half of ε: ε must be below 0.2.
    assert slider.max == -0.7
    explorer.epsilon = most(explorer)
    assert explorer.epsilon == 10**-0.7 < 0.2
    assert explorer.p_smooth.min() > 0
    with pytest.raises(ValueError, match=r"epsilon must be in \[1e-06, 0.199526\], got 0.2"):
        explorer.epsilon = 0.2


@pytest.mark.parametrize("exponent", np.arange(-45, -4) / 10)
def test_every_limit_leaves_every_outcome_something(exponent):
    least = 10**exponent
    explorer = SmoothingExplorer((1 - least, least, 0.0), (0.5, 0.25, 0.25), 1e-6)
    explorer.epsilon = most(explorer)
    assert explorer.p_smooth.min() > 0
    assert explorer.epsilon == 10 ** explorer.controls["epsilon"].max <= LIMIT
    further = explorer.epsilon * 10**0.05
    assert further >= 2 * least * (1 - 1e-9) or explorer.epsilon == LIMIT


def test_p_and_q_can_be_set():
    explorer = SmoothingExplorer()
    explorer.p = (0.25, 0.25, 0.25, 0.25)
    explorer.q = (0.5, 0.5, 0, 0)
    assert explorer.p.tolist() == [0.25] * 4
    assert explorer.q.tolist() == [0.5, 0.5, 0, 0]
    assert explorer.kl_pq == pytest.approx(kl_divergence(*smooth_supports(explorer.p, explorer.q)))
    explorer.assign(p=CERTAIN, q=ALMOST)
    assert explorer.p.tolist() == list(CERTAIN)
    assert explorer.q.tolist() == list(ALMOST)


def test_epsilon_follows_a_p_with_little_to_give_and_one_with_too_little_is_refused():
    little = (1 - 1e-4, 1e-4, 0, 0)
    explorer = SmoothingExplorer(epsilon=0.1)
    explorer.p = little
    assert explorer.epsilon == explorer.figure.epsilon == most(explorer) == 10**-3.7 < 2e-4
    for one in ({"p": (1 - 1e-7, 1e-7, 0, 0)}, {"p": (1 - 1e-7, 1e-7, 0), "q": (0.5, 0.25, 0.25)}):
        for refuse in (SmoothingExplorer, explorer.assign):
            with pytest.raises(ValueError, match="p and q must be able to give an epsilon above"):
                refuse(**one)
        assert explorer.p.tolist() == list(little)
        assert explorer.q.tolist() == list(Q)


def test_an_end_of_the_slider_is_one_whatever_its_last_digit_in_the_browser():
    explorer = SmoothingExplorer()
    for end in (1e-6, LIMIT):
        for beside in (0, 1):
            explorer.figure.epsilon = float(np.nextafter(end, beside))
            assert explorer.epsilon == end


def test_javascript_smooths_the_same(javascript):
    rng = np.random.default_rng(7)
    asked = [{"p": P, "q": Q, "epsilon": 1e-3, "method": "supports"}]
    for _ in range(120):
        k = int(rng.integers(2, 7))
        p, q = rng.dirichlet(np.ones(k), 2)
        p[rng.integers(k)] = 0
        q[rng.random(k) < 0.3] = 0
        q[0] += q.sum() == 0
        p, q = (p / p.sum()).tolist(), (q / q.sum()).tolist()
        method, epsilon = str(rng.choice(list(METHODS))), float(10 ** rng.uniform(-6, -0.5))
        try:
            epsilon = min(epsilon, most(SmoothingExplorer(p, q, 1e-6)))
        except ValueError:
            continue
        asked.append({"p": p, "q": q, "epsilon": epsilon, "method": method})
    assert len(asked) > 80
    calls = [(one["method"], one["p"], one["q"], one["epsilon"]) for one in asked]
    results = javascript("smoothing/math.js", "smoothed", calls)
    for question, answer in zip(asked, results, strict=True):
        explorer = SmoothingExplorer(**question)
        np.testing.assert_allclose(answer["p"], explorer.p_smooth, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(answer["q"], explorer.q_smooth, rtol=1e-12, atol=1e-15)
        assert answer["pq"] == pytest.approx(explorer.kl_pq, rel=1e-9, abs=1e-9)
        assert answer["qp"] == pytest.approx(explorer.kl_qp, rel=1e-9, abs=1e-9)
        assert answer["sumP"] == pytest.approx(explorer.sum_p, rel=1e-12)
        assert answer["sumQ"] == pytest.approx(explorer.sum_q, rel=1e-12)
    [curve] = javascript("smoothing/math.js", "curve", [("supports", P, Q, 1e-6, 0.3)])
    epsilons = [place["epsilon"] for place in curve]
    assert (epsilons[0], epsilons[-1]) == pytest.approx((1e-6, 0.3), rel=1e-12)
    for place in curve:
        explorer = SmoothingExplorer(epsilon=max(1e-6, place["epsilon"]))
        assert place["pq"] == pytest.approx(explorer.kl_pq, abs=1e-9)
        assert place["qp"] == pytest.approx(explorer.kl_qp, abs=1e-9)
