"""Smoothing two distributions that lack each other's outcomes, for all ε."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lossutils import additive_smoothing, mix_uniform, plots, smooth_supports
from lossutils.widgets.base import Explorer, still_figure
from lossutils.widgets.settings import OUTCOMES, Choice, Distribution, Number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray

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

    def checked(self, explorer: Explorer, value: NDArray[np.float64]) -> NDArray[np.float64]:
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

    @property
    def p_smooth(self) -> NDArray[np.float64]:
        """p′, p smoothed by the method."""
        return _smoothed(self.method, self.p, self.q, self.epsilon)[0]

    @property
    def q_smooth(self) -> NDArray[np.float64]:
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

    def alternative(self) -> str:
        def listed(values: NDArray[np.float64]) -> str:
            named = zip(OUTCOMES, values, strict=False)
            return ", ".join(f"{name} {_small(v)}" for name, v in named)

        caution = ""
        if self.method == "add":
            caution = (
                f" But p′ sums to {_total(self.sum_p)} and q′ to {_total(self.sum_q)}, so "
                "these are not divergences."
            )
        return (
            f"Paired bars: p′ is {listed(self.p_smooth)}; q′ is {listed(self.q_smooth)}. Below, "
            f"both divergences as curves over ε. At ε = {_small(self.epsilon)} D(p′‖q′) is "
            f"{_spoken(self.kl_pq)} nats and D(q′‖p′) is {_spoken(self.kl_qp)} nats.{caution}"
        )

    def still(self) -> StillFigure:
        figure, (top, bottom) = still_figure(5.0, panels=2)
        p, q = self.p_smooth, self.q_smooth
        plots.bars(top, p, q, labels=OUTCOMES[: p.size], names=("p′", "q′"))
        top.set(ylabel="probability", ylim=(0, 1.1))
        if self.method == "add":
            top.set_title(
                f"q′ sums to {_total(self.sum_q)}: no distribution", loc="right", fontsize=11
            )

        exponents = np.linspace(LEAST, math.log10(_limit(self.p, self.q)), 111)
        places = [_smoothed(self.method, self.p, self.q, 10**e) for e in exponents]
        upper = self.kl_pq if np.isinf(self.kl_qp) else max(self.kl_pq, self.kl_qp)
        for now, name, color, pairs in (
            (self.kl_pq, "D(p′‖q′)", plots.P_COLOR, places),
            (self.kl_qp, "D(q′‖p′)", plots.Q_COLOR, [(b, a) for a, b in places]),
        ):
            if np.isinf(now):
                top_right = {"xy": (1, 0.95), "xycoords": "axes fraction", "ha": "right"}
                bottom.annotate(f"{name} = ∞", color=color, weight="bold", **top_right)
                continue
            heights = [_divergence(a, b) for a, b in pairs]
            bottom.plot(10**exponents, heights, color=color)
            bottom.plot([self.epsilon], [now], "o", color=color, markersize=8)
            # Both curves fall to the right nearly everywhere: a label above one goes to its right.
            beside = ((8, 8), "left") if now == upper else ((-8, -10), "right")
            text = f"{name} = {now:.3f}"
            plots.label_line(
                bottom, self.epsilon, now, text, color=color, offset=beside[0], align=beside[1]
            )
        bottom.set(xscale="log", xlabel="ε", ylabel="nats", xlim=(0.8 * 10**LEAST, 12))
        bottom.margins(y=0.15)
        return figure


def _smoothed(
    method: str, p: NDArray[np.float64], q: NDArray[np.float64], epsilon: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if method == "supports":
        return smooth_supports(p, q, epsilon=epsilon)
    if method == "uniform":
        return mix_uniform(p, epsilon=epsilon), mix_uniform(q, epsilon=epsilon)
    if method == "additive":
        return additive_smoothing(p, alpha=epsilon), additive_smoothing(q, alpha=epsilon)
    return p, q + epsilon


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Sum p log(p/q), even for what is not a distribution, which `kl_divergence` refuses."""
    happens = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[happens] * (np.log(p[happens]) - np.log(q[happens]))))


def _limit(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Return the largest ε on the slider that leaves every outcome something."""
    limit = math.inf
    for x, other in ((p, q), (q, p)):
        has = x > 0
        lacks = np.sum(~has & (other > 0))
        if lacks:
            limit = min(limit, float(np.min(x[has]) * np.sum(has) / lacks))
    # The slider's last position below it.
    steps = math.ceil(20 * (math.log10(limit) - LEAST)) - 1 if limit < 10**MOST else math.inf
    if steps < 1:
        raise ValueError(
            f"p and q must be able to give an epsilon above 1e-06 to what they lack, these can "
            f"give less than {limit:.3g}"
        )
    return float(10 ** min(MOST, round(LEAST + steps / 20, 2)))


def _small(value: float) -> str:
    """Return a probability to two digits, however small."""
    if value == 0:
        return "0"
    if value >= 0.001:
        return f"{value:.2f}" if value >= 0.01 else f"{value:.4f}".removesuffix("0")
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e−{abs(int(exponent))}"


def _total(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _spoken(value: float) -> str:
    if np.isinf(value):
        return "infinity"
    return f"{value:.3f}".replace("-", "minus ")
