"""Class weights from class counts: rare classes get more.

    balanced           w_k = N / (K n_k)
    inverse            w_k  ~  1 / n_k
    inverse-sqrt       w_k  ~  1 / sqrt(n_k)
    effective-number   w_k  ~  (1 - beta) / (1 - beta^(n_k))

Reduction "mean" divides by the weights again, so only their ratios matter. It divides each batch by
that batch's own weights, which makes them count for less in small batches; if that matters, divide
a "sum" by a fixed number instead. "balanced" makes the mean weight over the samples 1, the others
make the mean over the classes 1.
"""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, get_args

from lossutils._arrays import to_counts
from lossutils._batch import cast_back
from lossutils._checks import require_axis, require_choice, require_nonnegative, require_number
from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    detach,
    quiet,
    values_are_readable,
)

__all__ = ["class_weights"]

Scheme: TypeAlias = Literal["balanced", "inverse", "inverse-sqrt", "effective-number"]
_SCHEMES = get_args(Scheme)


def class_weights(counts: Array, /, *, scheme: Scheme = "balanced", beta: float = 0.999) -> Array:
    """Return a weight for each class from how often it occurs: the rarer, the larger.

    ==================  ========================================  ==========================
    scheme              w_k                                       normalised so that
    ==================  ========================================  ==========================
    "balanced"          N / (K n_k)                               sum_k n_k w_k = N
    "inverse"           1 / n_k, scaled                           sum_k w_k = K
    "inverse-sqrt"      1 / sqrt(n_k), scaled                     sum_k w_k = K
    "effective-number"  (1 - beta) / (1 - beta^(n_k)), scaled     sum_k w_k = K
    ==================  ========================================  ==========================

    K is the number of classes, N the number of samples. "balanced" and "inverse" have the same
    ratios: with either, every class has the same total weight. The effective number of samples,
    (1 - beta^n) / (1 - beta), counts each further sample of a class beta times as much as the one
    before: with beta = 0 all weights are 1, and as beta goes to 1 they go to "inverse".

    Parameters
    ----------
    counts : array of shape (K,)
        How many samples each class has: positive, not necessarily integers.
    scheme : {"balanced", "inverse", "inverse-sqrt", "effective-number"}, optional
        Which of the formulas to use.
    beta : number, optional
        The beta of "effective-number", in [0, 1); the other schemes do not use it.

    Returns
    -------
    array of shape (K,)
        To be passed as the `weight` of a loss; with the dtype and device of `counts`. Integer
        tensors give the library's default float dtype.

    Raises
    ------
    ValueError
        If `counts` is empty, has more than one axis, or has an entry that is not positive and
        finite (values are read only where that is free: see `check_distribution`); if `scheme` is
        none of the four, or `beta` is outside [0, 1).
    TypeError
        If `counts` is complex or not numeric; if `beta` is not a number.

    References
    ----------
    "balanced" is scikit-learn's ``compute_class_weight``, after G. King, L. Zeng, "Logistic
    Regression in Rare Events Data", Political Analysis 9 (2001), 137-163.
    https://doi.org/10.1093/oxfordjournals.pan.a004868

    "effective-number": Y. Cui, M. Jia, T.-Y. Lin, Y. Song, S. Belongie, "Class-Balanced Loss Based
    on Effective Number of Samples", CVPR 2019. https://doi.org/10.1109/CVPR.2019.00949

    Examples
    --------
    Nine samples of one class and one of the other: each class has a total weight of 5.

    >>> counts = [9, 1]
    >>> class_weights(counts) * counts
    array([5., 5.])
    >>> class_weights(counts, scheme="inverse-sqrt")
    array([0.5, 1.5])
    """
    xp, (counts,) = to_counts(counts=counts)
    beta = require_number("beta", beta, 0, 1)
    if beta == 1:
        raise ValueError('beta must be below 1, got 1.0: its limit is scheme="inverse"')
    require_choice("scheme", scheme, *_SCHEMES)
    require_axis(0, counts=counts)
    if counts.ndim != 1:
        raise ValueError(f"counts must have one axis, the classes, got shape {tuple(counts.shape)}")
    _require_samples(xp, counts)

    with quiet(xp):
        n = xp.astype(counts, at_least_float32(xp, counts.dtype), copy=False)
        return cast_back(xp, _weights(xp, n, scheme, beta), counts.dtype)


def _weights(xp: Namespace, n: Array, scheme: Scheme, beta: float) -> Array:
    if scheme == "balanced":
        # Scaled by a power of 2, which is exact, so that the sum of large counts cannot overflow.
        smaller = 2.0 ** -math.ceil(math.log2(2 * n.shape[0]))
        n = xp.where(xp.max(n) > 1, smaller * n, n)
        return xp.mean(n) / n
    if scheme == "inverse":
        amount = n
    elif scheme == "inverse-sqrt":
        amount = xp.sqrt(n)
    elif beta == 0:  # only the first sample of each class counts
        amount = xp.ones_like(n)
    else:
        # (1 - beta^n) / -log beta, by expm1 since 1 - beta^n cancels where beta^n is nearly 1;
        # where beta^n rounds to 1, it is n.
        rate = -math.log(beta)
        amount = xp.where(n * rate < 2.0**-60, n, -xp.expm1(-rate * n) / rate)
    # As shares of the largest weight, which keeps the ratios and cannot overflow.
    weights = detach(xp.min(amount)) / amount
    return weights / xp.mean(weights)


def _require_samples(xp: Namespace, counts: Any) -> None:
    """Refuse counts that are not positive and finite, where the values are readable."""
    require_nonnegative(xp, "counts", counts)
    if values_are_readable(counts) and xp.any(counts == 0):
        k = int(xp.argmax(xp.astype(counts == 0, xp.int64)))
        raise ValueError(
            f"counts must be positive, got counts[{k}] = 0: no weight makes up for a class without "
            "samples; count only the classes that occur, and give the others a weight by hand (or "
            "are these labels? Count them with bincount)"
        )
