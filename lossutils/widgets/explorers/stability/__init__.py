"""−log softmax by the plain formula and by log-sum-exp, in four dtypes, as a logit grows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Number

Rounding = Callable[[Floats], Floats]

SIZE = (2.0, 2000.0)
TARGETS = {"smaller": "z₀, the smaller", "larger": "z₁, the larger"}  # in the order of the logits


def _rounding(digits: int, least: int, most: float) -> Rounding:
    """Return a function that rounds to `digits` binary digits, halves to even.

    Below 2**least there are fewer digits, and above `most` it gives infinity.
    """

    def rounded(x: Floats) -> Floats:
        exponent = np.maximum(np.frexp(x)[1] - 1, least)
        unit = np.ldexp(1.0, exponent - digits + 1)
        nearest = np.rint(x / unit) * unit
        return np.where(np.abs(nearest) > most, np.copysign(np.inf, x), nearest)

    return rounded


DTYPES: dict[str, Rounding] = {
    "float64": lambda x: x,
    "float32": _rounding(24, -126, 2.0**128 - 2.0**104),
    "bfloat16": _rounding(8, -126, 2.0**128 - 2.0**120),
    "float16": _rounding(11, -14, 65504.0),
}
"""The rounding to each dtype, by IEEE 754: to the nearest, and halves to even."""


def naive(size: Floats, target: int, rounded: Rounding) -> tuple[Floats, Floats]:
    """Return −log(e^z_y / Σ e^z) for logits 0 and `size`, and its derivative in `size`.

    Every operation is rounded, forwards and, as in automatic differentiation, backwards.
    """
    with np.errstate(all="ignore"):
        powers = [np.ones_like(size), rounded(np.exp(rounded(size)))]
        total = rounded(powers[0] + powers[1])
        q = rounded(powers[target] / total)
        loss = 0 - rounded(np.log(q))
        slope_q = rounded(-1 / q)
        # Of e_y / total along total, then along the larger logit's power too where that is e_y.
        slope = rounded(-slope_q * rounded(q / total))
        if target == 1:
            slope = rounded(rounded(slope_q / total) + slope)
        return loss, rounded(slope * powers[1])


def stable(size: Floats, target: int, rounded: Rounding) -> tuple[Floats, Floats]:
    """Return the same with the largest logit subtracted first, every operation rounded."""
    with np.errstate(under="ignore"):
        shifted = [rounded(0 - rounded(size)), np.zeros_like(size)]
        powers = [rounded(np.exp(z)) for z in shifted]
        log_total = rounded(np.log(rounded(powers[0] + powers[1])))
        logs = [rounded(z - log_total) for z in shifted]
        return 0 - logs[target], rounded(rounded(np.exp(logs[1])) - target)


@lru_cache
def breaks(dtype: str, target: int) -> float:
    """Return the size from which the naive form gives infinity or NaN."""
    low, high = SIZE
    while high - low > 1e-9:
        middle = (low + high) / 2
        if np.isfinite(naive(np.asarray(middle), target, DTYPES[dtype])[0]):
            low = middle
        else:
            high = middle
    return high


class StabilityExplorer(Explorer):
    """Let a logit grow; see where −log(softmax) breaks in each dtype, while log-sum-exp does not.

    Numbers are rounded to the dtype after every operation.
    """

    size = Number(
        10.0,
        *SIZE,
        log=10,
        label="z₁",
        play=True,
        help="The larger of the two logits; the other is 0.",
    )
    target = Choice(
        "smaller",
        TARGETS,
        label="target's logit",
        help=(
            "Which logit is the true class's: with the smaller one −log(softmax) becomes infinite, "
            "with the larger one NaN."
        ),
    )
    presets = {
        "float16 overflows": {"size": 12},
        "float32 too": {"size": 89},
        "even float64": {"size": 710},
    }

    @property
    def _y(self) -> int:
        return list(TARGETS).index(self.target)

    def _by_dtype(self, form: Callable[..., tuple[Floats, ...]], place: int) -> dict[str, float]:
        size = np.asarray(self.size)
        return {
            name: float(form(size, self._y, rounded)[place]) for name, rounded in DTYPES.items()
        }

    @property
    def naive(self) -> dict[str, float]:
        """−log(softmax) by dtype, in nats."""
        return self._by_dtype(naive, 0)

    @property
    def stable(self) -> dict[str, float]:
        """The loss by log-sum-exp, by dtype, in nats."""
        return self._by_dtype(stable, 0)

    @property
    def naive_gradient(self) -> dict[str, float]:
        """The derivative of −log(softmax) in the larger logit, by dtype."""
        return self._by_dtype(naive, 1)

    @property
    def stable_gradient(self) -> dict[str, float]:
        """The same by log-sum-exp."""
        return self._by_dtype(stable, 1)

    @property
    def breaks(self) -> dict[str, float]:
        """The size from which −log(softmax) gives infinity or NaN, by dtype."""
        return {name: breaks(name, self._y) for name in DTYPES}
