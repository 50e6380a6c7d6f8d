"""Binary cross-entropy in float32, computed in three ways: where each breaks as the logit grows."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Number

LOGITS = (-120.0, 120.0)
# PyTorch's bounds, on logarithms and on the divisor of the slope in q.
LEAST_LOG = np.float32(-100)
LEAST_DIVISOR = np.float32(1e-12)


class Ways(NamedTuple):
    """The same loss, or its slope in z, computed in three ways."""

    bce_with_logits: Any
    bce: Any
    naive: Any


class ClampExplorer(Explorer):
    """Move the logit and see one loss in float32: from logits, from clamped logarithms, naively.

    Every operation is rounded to float32 as PyTorch rounds it. The naive form is
    −(t log q + (1 − t) log(1 − q)) with q = σ(z).
    """

    logit = Number(-30.0, *LOGITS, step=0.1, label="logit z", role="q", help="The model's logit z.")
    target = Choice(1, (0, 1), label="target t", help="The target t.")
    presets = {
        "all agree": {"logit": -3, "target": 1},
        "q rounds to 1": {"logit": 17, "target": 0},
        "beyond the clamp": {"logit": -110, "target": 1},
    }

    @property
    def q(self) -> float:
        """The probability σ(z) in float32."""
        return float(_in_float32(self.logit, self.target)[0])

    @property
    def bce_with_logits(self) -> float:
        """The loss max(z, 0) − z t + log(1 + e^−|z|)."""
        return float(self.losses.bce_with_logits)

    @property
    def bce(self) -> float:
        """The loss from q = σ(z), each logarithm clamped at −100."""
        return float(self.losses.bce)

    @property
    def naive(self) -> float:
        """The loss from q by the plain formula; infinity or NaN where q is 0 or 1."""
        return float(self.losses.naive)

    @property
    def losses(self) -> Ways:
        """The three losses, by name."""
        return Ways(*map(float, _in_float32(self.logit, self.target)[1]))

    @property
    def gradients(self) -> Ways:
        """Their slopes in z, by name, by the steps of PyTorch's autograd."""
        return Ways(*map(float, _in_float32(self.logit, self.target)[2]))

    # What the figure reads out, by its names.
    with_logits = bce_with_logits
    with_logits_gradient = property(attrgetter("gradients.bce_with_logits"))
    bce_gradient = property(attrgetter("gradients.bce"))
    naive_gradient = property(attrgetter("gradients.naive"))


def _in_float32(logit: Any, target: int) -> tuple[Any, Ways, Ways]:
    """Return σ(z), the losses and the slopes, every operation rounded to float32.

    As in explorers/clamp/math.js. Exponentials and logarithms are rounded from float64, which is correct
    to the last bit; float32's own may be one bit off and differ between machines.
    """
    z, t = np.asarray(logit, dtype=np.float32), np.float32(target)
    with np.errstate(all="ignore"):
        q = 1 / (1 + _rounded(np.exp, -z))
        not_q, not_t = 1 - q, 1 - t
        tail = _rounded(np.log1p, _rounded(np.exp, -np.abs(z)))
        log_q = np.maximum(_rounded(np.log, q), LEAST_LOG)
        log_not_q = np.maximum(_rounded(np.log1p, -q), LEAST_LOG)
        losses = Ways(
            bce_with_logits=np.maximum(z, 0) - z * t + tail,
            bce=0 - not_t * log_not_q - t * log_q,
            naive=0 - (t * _rounded(np.log, q) + not_t * _rounded(np.log, not_q)),
        )
        # From slopes in q to slopes in z: multiply by σ′(z) = q (1 − q).
        divisor = np.maximum(not_q * q, LEAST_DIVISOR)
        slopes = Ways(
            bce_with_logits=q - t,
            bce=(q - t) / divisor * not_q * q,
            naive=(not_t / not_q - t / q) * not_q * q,
        )
    return q, losses, slopes


def _rounded(function: Any, x: Any) -> Any:
    return function(np.asarray(x, dtype=np.float64)).astype(np.float32)
