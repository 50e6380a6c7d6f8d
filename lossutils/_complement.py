"""1 - q, from log q, for formulas and their gradients."""

from __future__ import annotations

from lossutils._namespaces import Array, Namespace, records_gradient

# Above it a class leads: it has more than half of the probability, and there is no other such.
LOG_HALF = -0.69


def complement(xp: Namespace, log_q: Array) -> Array:
    """Return 1 - q to all its digits, and with those of its slope.

    In PyTorch the slope of expm1 is expm1 + 1, which keeps no digits of a small q.
    """
    rest = -xp.expm1(log_q)
    return xp.where(log_q > LOG_HALF, rest, 1 - xp.exp(log_q)) if records_gradient(log_q) else rest
