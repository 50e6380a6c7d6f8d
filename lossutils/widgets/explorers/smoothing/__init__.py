"""Smoothing two distributions that lack each other's outcomes, for all ε."""

from __future__ import annotations

import math

import numpy as np

from lossutils import additive_smoothing, mix_uniform, smooth_supports
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Distribution, Floats, Number

# The buttons' labels, by the method's name.
METHODS = {
    "supports": "fill supports",
    "uniform": "mix with uniform",
    "additive": "add ε, renormalise",
    "add": "just add ε",
}
LEAST = -6.0  # log10 of the smallest ε
MOST = -0.5  # log10 of the largest ε, if p and q allow it


class Given(Distribution):
    """p or q before smoothing; together they must allow some ε."""

    def checked(self, explorer: Explorer, value: Floats) -> Floats:
        value = super().checked(explorer, value)
        pair = {name: getattr(explorer, name) for name in "pq" if explorer.is_set(name)}
        pair[str(self.name)] = value
        if len(pair) == 2:
            _limit(**pair)
        return value


class SmoothingExplorer(Explorer):
    """Move ε and choose how p and q are smoothed; see D(p′‖q′) now, and over all ε.

    Set p and q at once with `explorer.assign(p=…, q=…)` to change how many outcomes there are.
    """

    p = Given((3 / 5, 1 / 5, 1 / 5, 0), sliders=False, help="The true distribution.")
    q = Given((5 / 9, 3 / 9, 0, 1 / 9), sliders=False, help="The model's distribution.")
    epsilon = Number(
        1e-3,
        10**LEAST,
        lambda self: _limit(self.p, self.q),
        step=0.05,
        log=10,
        play=True,
        format=".2",
        label="ε",
        help="From 1e-6 to the largest that every method accepts, at most 0.316.",
    )
    method = Choice(
        "supports",
        METHODS,
        label="method",
        help=(
            '"supports" is `smooth_supports`, "uniform" is `mix_uniform`, "additive" is '
            '`additive_smoothing` of the probabilities with alpha = ε, and "add" is what '
            "`p * log(p / (q + epsilon))` does: q′ = q + ε, which sums to more than 1."
        ),
    )
    presets = {
        "barely": {"epsilon": 10**LEAST},
        "a tenth": {"epsilon": 0.1},
        "sum not 1": {"method": "add", "epsilon": 0.3},
    }

    @property
    def p_smooth(self) -> Floats:
        """p′, p smoothed by the method."""
        return _smoothed(self.method, self.p, self.q, self.epsilon)[0]

    @property
    def q_smooth(self) -> Floats:
        """q′, q smoothed by the method; with "add" it sums to more than 1."""
        return _smoothed(self.method, self.p, self.q, self.epsilon)[1]

    @property
    def kl_pq(self) -> float:
        """The sum p′ log(p′/q′) in nats: D(p′‖q′), unless the method is "add"."""
        return _divergence(self.p_smooth, self.q_smooth)

    @property
    def kl_qp(self) -> float:
        """The sum q′ log(q′/p′) in nats: D(q′‖p′), unless the method is "add"."""
        return _divergence(self.q_smooth, self.p_smooth)

    @property
    def sum_p(self) -> float:
        """The sum of p′."""
        return float(np.sum(self.p_smooth))

    @property
    def sum_q(self) -> float:
        """The sum of q′."""
        return float(np.sum(self.q_smooth))


def _smoothed(method: str, p: Floats, q: Floats, epsilon: float) -> tuple[Floats, Floats]:
    if method == "supports":
        return smooth_supports(p, q, epsilon=epsilon)
    if method == "uniform":
        return mix_uniform(p, epsilon=epsilon), mix_uniform(q, epsilon=epsilon)
    if method == "additive":
        return additive_smoothing(p, alpha=epsilon), additive_smoothing(q, alpha=epsilon)
    return p, q + epsilon


def _divergence(p: Floats, q: Floats) -> float:
    """Sum p log(p/q), even for what is not a distribution, which `kl_divergence` refuses."""
    happens = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[happens] * (np.log(p[happens]) - np.log(q[happens]))))


def _limit(p: Floats, q: Floats) -> float:
    """Return the largest ε on the slider that leaves every outcome something."""
    limit = 1.0
    for x, other in ((p, q), (q, p)):
        has = x > 0
        lacks = np.sum(~has & (other > 0))
        if lacks:
            limit = min(limit, float(np.min(x[has]) * np.sum(has) / lacks))
    # The slider's last position below it.
    steps = math.ceil(20 * (math.log10(limit) - LEAST)) - 1
    if steps < 1:
        raise ValueError(
            f"p and q must be able to give an epsilon above 1e-06 to what they lack, these can "
            f"give less than {limit:.3g}"
        )
    return float(10 ** min(MOST, round(LEAST + steps / 20, 2)))
