"""The explorers of imbalance and of the weighted mean: values, refusals, and JavaScript's answers."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score

from lossutils import class_weights, cross_entropy_loss, focal_loss
from lossutils.widgets import ImbalanceExplorer, WeightedMeanExplorer
from lossutils.widgets.explorers.imbalance import COMMON, PENALTY, SCHEMES

EVERY = itertools.product((5, 17, 30, 150), SCHEMES, (0.0, 0.5, 2.0, 5.0), (0.0, 0.07, 0.2))
# Every seventh of the 240, among which each value meets each of the other settings' values.
SETTINGS = list(EVERY)[::7]


def loss_of(explorer: ImbalanceExplorer, theta: torch.Tensor) -> torch.Tensor:
    """Return the loss that the explorer makes small, by lossutils' focal loss on two logits."""
    z = theta[0] + torch.tensor(explorer.points) @ theta[1:]
    counts = np.bincount(explorer.labels)
    adjust = np.log(counts / counts.sum()) if explorer.scheme == "logit adjustment" else np.zeros(2)
    logits = torch.stack([torch.zeros_like(z), z], dim=1) + torch.tensor(adjust)
    weight = torch.tensor(explorer.weights)
    labels = torch.tensor(explorer.labels)
    loss = focal_loss(logits, labels, gamma=explorer.gamma, weight=weight)
    return loss + PENALTY / 2 * (theta[1:] ** 2).sum()


@pytest.mark.parametrize(("rare", "scheme", "gamma", "noise"), SETTINGS)
def test_no_step_from_the_boundary_reduces_the_loss(
    rare: int, scheme: str, gamma: float, noise: float
) -> None:
    explorer = ImbalanceExplorer(rare, scheme, gamma, noise)
    theta = torch.tensor(explorer.theta, requires_grad=True)
    (slopes,) = torch.autograd.grad(loss_of(explorer, theta), theta)
    assert slopes.abs().max() < 1e-11
    assert explorer.loss + PENALTY / 2 * np.sum(explorer.theta[1:] ** 2) == pytest.approx(
        float(loss_of(explorer, theta).detach()), rel=1e-12
    )
    bends = torch.autograd.functional.hessian(lambda t: loss_of(explorer, t), theta.detach())
    assert torch.linalg.eigvalsh(bends).min() > 0


@pytest.mark.parametrize("scheme", ["none", "balanced"])
def test_with_gamma_0_it_is_scikit_learns_logistic_regression(scheme: str) -> None:
    explorer = ImbalanceExplorer(40, scheme, noise=0.05)
    samples = explorer.weights[explorer.labels]
    model = LogisticRegression(C=1 / (PENALTY * samples.sum()), tol=1e-12, max_iter=10_000)
    model.fit(explorer.points, explorer.labels, sample_weight=samples)
    np.testing.assert_allclose(
        explorer.theta, [*model.intercept_, *model.coef_[0]], rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("scheme", ["inverse-sqrt", "effective-number", "balanced"])
def test_the_weights_are_those_of_class_weights(scheme: str) -> None:
    explorer = ImbalanceExplorer(25, scheme, noise=0.1)
    counts = np.bincount(explorer.labels)
    np.testing.assert_array_equal(explorer.weights, class_weights(counts, scheme=scheme))


@pytest.mark.parametrize(("rare", "noise"), [(5, 0.0), (30, 0.0), (150, 0.2)])
def test_plain_cross_entropy_predicts_as_many_as_there_are(rare: int, noise: float) -> None:
    explorer = ImbalanceExplorer(rare, noise=noise)
    assert explorer.mean_q == pytest.approx(explorer.frequency, abs=1e-10)
    assert ImbalanceExplorer(rare, "balanced", noise=noise).mean_q > 1.05 * explorer.mean_q


def test_logit_adjustment_is_the_plain_boundary_moved_by_the_log_of_the_ratio() -> None:
    plain, adjusted = ImbalanceExplorer(30), ImbalanceExplorer(30, "logit adjustment")
    moved = adjusted.theta - plain.theta
    np.testing.assert_allclose(moved, [math.log(COMMON / 30), 0, 0], atol=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_pulls_balance(scheme: str) -> None:
    common, rare = ImbalanceExplorer(20, scheme, gamma=1.5, noise=0.1).pulls
    assert common == pytest.approx(rare, rel=1e-9)
    assert common > 0


def test_recall_and_precision_use_true_classes_not_labels() -> None:
    explorer = ImbalanceExplorer(60, "balanced", noise=0.15)
    assert np.mean(explorer.labels != explorer.truth) == pytest.approx(0.15, abs=0.04)
    called = (explorer.q > 0.5).astype(int)
    recalls = recall_score(explorer.truth, called, average=None)
    np.testing.assert_allclose(explorer.recall, recalls, rtol=1e-15)
    assert explorer.precision == pytest.approx(precision_score(explorer.truth, called))
    assert explorer.balanced_accuracy == pytest.approx(np.mean(recalls))
    assert math.isnan(ImbalanceExplorer(5).precision)


def test_more_rare_points_do_not_move_the_others() -> None:
    few, many = ImbalanceExplorer(10, noise=0.1), ImbalanceExplorer(150, noise=0.1)
    np.testing.assert_array_equal(few.points, many.points[: COMMON + 10])
    np.testing.assert_array_equal(few.labels, many.labels[: COMMON + 10])


@pytest.mark.parametrize(
    ("setting", "value", "error", "message"),
    [
        ("rare", 4, ValueError, r"rare must be in \[5, 150\], got 4"),
        ("rare", 151, ValueError, r"rare must be in \[5, 150\], got 151"),
        ("rare", 5.5, TypeError, "rare must be a whole number, got 5.5"),
        ("scheme", "inverse", ValueError, "scheme must be one of 'none', .* got 'inverse'"),
        ("gamma", -0.1, ValueError, r"gamma must be in \[0, 5\], got -0.1"),
        ("gamma", "2", TypeError, "gamma must be a number, got '2'"),
        ("noise", 0.3, ValueError, r"noise must be in \[0, 0.2\], got 0.3"),
    ],
)
def test_bad_settings_are_refused_and_change_nothing(
    setting: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ImbalanceExplorer(**{setting: value})
    explorer = ImbalanceExplorer(50, "balanced", 1.0, 0.1)
    with pytest.raises(error, match=message):
        setattr(explorer, setting, value)
    now = (explorer.rare, explorer.scheme, explorer.gamma, explorer.noise)
    assert now == (50, "balanced", 1.0, 0.1)


# -- The weighted mean -------------------------------------------------------------------------


WEIGHTS = [(1, 1, 1), (1, 2, 4), (0, 3, 0.5), (0, 0, 0), (10, 0, 0), (2, 2, 2)]
SAMPLES = WeightedMeanExplorer.constants["samples"]
BATCHES = list(itertools.product(WEIGHTS, (-100, 0, 1, 2), (1, 2, 4, 6)))


@pytest.mark.parametrize(("weights", "ignored", "count"), BATCHES)
def test_the_mean_is_pytorchs_and_ours(
    weights: tuple[float, ...], ignored: int, count: int
) -> None:
    explorer = WeightedMeanExplorer(weights, ignored, count)
    y = torch.tensor(explorer.targets)
    # Logits whose softmax gives the true class what the sample's loss says, the rest half each.
    q = torch.tensor(np.exp(-explorer.losses))
    rows = torch.full((count, 3), 0.5, dtype=torch.float64) * (1 - q)[:, None]
    rows[torch.arange(count), y] = q
    z, w = rows.log().requires_grad_(), torch.tensor(explorer.weights)
    for loss in (F.cross_entropy, cross_entropy_loss):
        mean = loss(z, y, weight=w, ignore_index=ignored)
        assert explorer.mean == pytest.approx(float(mean.detach()), rel=1e-12, nan_ok=True)
        total = loss(z, y, weight=w, ignore_index=ignored, reduction="sum")
        assert explorer.sum == pytest.approx(float(total.detach()), rel=1e-12)
        one_hot = loss(z, F.one_hot(y, 3).double(), weight=w)
        assert explorer.one_hot_mean == pytest.approx(float(one_hot.detach()), rel=1e-12)
    # The gradient of the mean in the logits is each sample's q - t, times its share.
    if explorer.divisor > 0:
        (slopes,) = torch.autograd.grad(F.cross_entropy(z, y, weight=w, ignore_index=ignored), z)
        shares = -slopes[torch.arange(count), y] / (1 - q)
        np.testing.assert_allclose(explorer.shares, shares.numpy(), atol=1e-12)
    else:
        assert np.isnan(explorer.shares).all()


def test_an_ignored_batch_and_a_batch_of_one_can_be_set() -> None:
    assert math.isnan(WeightedMeanExplorer(ignore_index=0, count=1).mean)
    assert math.isnan(WeightedMeanExplorer((0, 0, 0)).mean)
    means = [WeightedMeanExplorer((w, 1, 1), count=1).mean for w in (0.5, 1, 10)]
    assert means == pytest.approx([means[0]] * 3, rel=1e-15)


# -- Both --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "explorer",
    [
        ImbalanceExplorer(80, "balanced", 3.0, 0.1),
        ImbalanceExplorer(5),
        WeightedMeanExplorer((0.5, 2, 9), 1, 5),
        WeightedMeanExplorer(ignore_index=0, count=1),
    ],
    ids=["imbalance", "no boundary", "weighted mean", "nothing left"],
)
def test_controls_start_where_the_figure_is(explorer: Any) -> None:
    for trait, control in explorer.controls.items():
        value = control.index if hasattr(control, "index") else control.value
        assert value == getattr(explorer.figure, trait)


def test_javascript_draws_the_same_boundary(javascript: Any) -> None:
    asked = [
        ({"rare": rare, "scheme": scheme, "gamma": gamma, "noise": noise},)
        for rare, scheme, gamma, noise in SETTINGS
    ]
    fits = javascript("imbalance/math.js", "fit", asked)
    assert len(fits) == len(SETTINGS) == 35
    for settings, given in zip(SETTINGS, fits, strict=True):
        explorer = ImbalanceExplorer(*settings)
        points = [[point["x"], point["y"]] for point in given["points"]]
        np.testing.assert_allclose(points, explorer.points, rtol=0, atol=1e-13)
        assert [point["label"] for point in given["points"]] == (explorer.labels == 1).tolist()
        assert [point["rare"] for point in given["points"]] == (explorer.truth == 1).tolist()
        for name, expected in {
            "theta": explorer.theta,
            "weights": explorer.weights,
            "q": explorer.q,
            "loss": explorer.loss,
            "pulls": explorer.pulls,
            "recall": explorer.recall,
            "precision": explorer.precision,
            "balancedAccuracy": explorer.balanced_accuracy,
            "meanQ": explorer.mean_q,
            "frequency": explorer.frequency,
        }.items():
            actual = np.array(given[name], dtype=float)
            np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9, err_msg=name)


def test_javascript_forms_the_same_mean(javascript: Any) -> None:
    means = javascript(
        "weighted_mean/math.js", "weightedMean", [(SAMPLES, *one) for one in BATCHES]
    )
    for (weights, ignored, count), given in zip(BATCHES, means, strict=True):
        explorer = WeightedMeanExplorer(weights, ignored, count)
        assert [sample["y"] for sample in given["samples"]] == explorer.targets.tolist()
        losses = [sample["loss"] for sample in given["samples"]]
        np.testing.assert_allclose(losses, explorer.losses, rtol=1e-15)
        shares = [float(s["share"]) for s in given["samples"] if not s["ignored"]]
        expected = explorer.shares[explorer.targets != ignored]
        np.testing.assert_allclose(shares, expected, rtol=1e-12)
        for name, value in {
            "sum": explorer.sum,
            "divisor": explorer.divisor,
            "mean": explorer.mean,
            "oneHotMean": explorer.one_hot_mean,
        }.items():
            assert float(given[name]) == pytest.approx(value, rel=1e-12, nan_ok=True), name


def test_the_shaded_part_is_where_the_log_odds_are_above_the_level(javascript: Any) -> None:
    thetas = ([0, 1, 0], [0, 0, -1], [5, 1, 1], [-5, 1, 1], [0.3, -0.7, 1.1])
    halves = [(theta, [-2, 2], [-1, 1], level) for theta in thetas for level in (0, 0.5)]
    shaded = javascript("imbalance/math.js", "above", halves)
    for ((a, b, c), _, _, level), given in zip(halves, shaded, strict=True):
        x, y = np.meshgrid(np.linspace(-2, 2, 401), np.linspace(-1, 1, 201))
        share = np.mean(a + b * x + c * y > level)
        corners = np.array(given["corners"]).reshape(-1, 2)
        around = np.roll(corners, -1, axis=0)
        # The area within the corners, by the shoelace formula.
        area = np.sum(corners[:, 0] * around[:, 1] - around[:, 0] * corners[:, 1]) / 2
        assert area / 8 == pytest.approx(share, abs=0.005)
        assert len(given["edge"]) == (2 if 0 < share < 1 else 0)
        for px, py in given["edge"]:
            assert a + b * px + c * py == pytest.approx(level, abs=1e-12)
