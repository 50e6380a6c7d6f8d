"""From logits to probabilities and their logarithms, without overflow.

    logsumexp     log sum_k e^(z_k)
    softmax       q_k = e^(z_k) / sum_j e^(z_j)          log_softmax   log q_k
    sigmoid       1 / (1 + e^-z)                         log_sigmoid   log sigmoid(z)

Adding the same number to all logits of a row changes no probability, so the largest is subtracted
first. Then no power of e exceeds 1, and the sum, which contains a 1, is neither 0 nor infinite. The
largest cancels in the gradient too, so it can be detached.
"""

from __future__ import annotations

from collections.abc import Callable

from lossutils._arrays import Array, Namespace, axis_position, quiet, to_arrays, values_are_readable
from lossutils._namespaces import is_torch_array, moveaxis
from lossutils._rows import (
    by_elements,
    by_rows,
    cast_back,
    detach,
    exp_of,
    gather,
    is_eager_tensor,
    records_gradient,
    replaced,
    row_sums,
)

__all__ = ["log_sigmoid", "log_softmax", "logsumexp", "sigmoid", "softmax"]


def logsumexp(z: Array, /, *, axis: int = -1) -> Array:
    """Return the logarithm of the sum of e^z: log sum_k e^(z_k).

    A smooth maximum: between max z and max z + log K.

    Parameters
    ----------
    z : array, or number
        Logits along `axis`, of any size.
    axis : int, optional
        The axis to sum over, by default the last. A single number counts as having one.

    Returns
    -------
    array
        The shape of `z` without `axis`, its dtype and device; in nats.

        ======================  =========
        z along the axis        logsumexp
        ======================  =========
        nothing                 -inf
        all -inf                -inf
        a +inf                  inf
        a NaN                   nan
        ======================  =========

    Raises
    ------
    ValueError
        If `axis` is out of range.
    TypeError
        If `z` is complex, not numeric, or an integer tensor.

    References
    ----------
    P. Blanchard, D. J. Higham, N. J. Higham, "Accurately Computing the Log-Sum-Exp and Softmax
    Functions", IMA Journal of Numerical Analysis 41 (2021), 2311-2330.
    https://doi.org/10.1093/imanum/draa038

    Examples
    --------
    A number added to all logits, however large, is simply added to the result:

    >>> import math
    >>> math.isclose(logsumexp([1000.0, 1001.0]), 1000 + logsumexp([0.0, 1.0]))
    True
    """
    return _along(logsumexp_of_rows, z, axis)


def softmax(z: Array, /, *, axis: int = -1) -> Array:
    """Return the probabilities of the logits `z`: e^(z_k) / sum_j e^(z_j).

    Parameters
    ----------
    z : array, or number
        Logits along `axis`, of any size.
    axis : int, optional
        The axis of the classes, by default the last. A single number counts as having one.

    Returns
    -------
    array
        Distributions along `axis`, with the shape, dtype and device of `z`.

        ======================  ==============================
        z along the axis        softmax
        ======================  ==============================
        a -inf                  0 there
        all -inf                nan everywhere
        a +inf or NaN           nan everywhere
        ======================  ==============================

    Raises
    ------
    ValueError
        If `axis` is out of range.
    TypeError
        If `z` is complex, not numeric, or an integer tensor.

    References
    ----------
    J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs, with
    Relationships to Statistical Pattern Recognition", Neurocomputing, Springer 1990, 227-236.
    https://doi.org/10.1007/978-3-642-76153-9_28

    Examples
    --------
    Only differences between logits matter:

    >>> import numpy as np
    >>> bool(np.all(softmax([1000.0, 1001.0]) == softmax([0.0, 1.0])))
    True
    """
    return _along(softmax_of_rows, z, axis, each=True)


def log_softmax(z: Array, /, *, axis: int = -1) -> Array:
    """Return the logarithms of the probabilities of the logits `z`.

    log q_k = z_k - log sum_j e^(z_j), even where q_k itself would round to 0.

    Parameters
    ----------
    z : array, or number
        Logits along `axis`, of any size.
    axis : int, optional
        The axis of the classes, by default the last. A single number counts as having one.

    Returns
    -------
    array
        With the shape, dtype and device of `z`; in nats.

        ======================  ==============================
        z along the axis        log_softmax
        ======================  ==============================
        a -inf                  -inf there
        all -inf                nan everywhere
        a +inf or NaN           nan everywhere
        ======================  ==============================

    Raises
    ------
    ValueError
        If `axis` is out of range.
    TypeError
        If `z` is complex, not numeric, or an integer tensor.

    References
    ----------
    P. Blanchard, D. J. Higham, N. J. Higham, "Accurately Computing the Log-Sum-Exp and Softmax
    Functions", IMA Journal of Numerical Analysis 41 (2021), 2311-2330.
    https://doi.org/10.1093/imanum/draa038

    Examples
    --------
    The probability e^-1000 rounds to 0, but its logarithm is kept:

    >>> import numpy as np
    >>> z = np.array([0.0, -1000.0])
    >>> [float(softmax(z)[1]), float(log_softmax(z)[1])]
    [0.0, -1000.0]
    """
    return _along(log_softmax_of_rows, z, axis, each=True)


def sigmoid(z: Array, /) -> Array:
    """Return the probability of the logit `z`: 1 / (1 + e^-z), element by element.

    Parameters
    ----------
    z : array of any shape, or number
        Logits, of any size.

    Returns
    -------
    array
        With the shape, dtype and device of `z`.

        =====  =======
        z      sigmoid
        =====  =======
        -inf   0.0
        0      0.5
        inf    1.0
        NaN    nan
        =====  =======

    Raises
    ------
    TypeError
        If `z` is complex, not numeric, or an integer tensor.

    References
    ----------
    D. R. Cox, "The Regression Analysis of Binary Sequences", Journal of the Royal Statistical
    Society B 20 (1958), 215-242. https://doi.org/10.1111/j.2517-6161.1958.tb00292.x

    Examples
    --------
    It is the softmax of two classes, one of them with the logit 0:

    >>> import math
    >>> math.isclose(sigmoid(3.0), softmax([3.0, 0.0])[0])
    True
    """
    xp, (z,) = to_arrays(z=z)
    with quiet(xp):
        return cast_back(xp, by_elements(xp, z.dtype, sigmoid_of, z), z.dtype)


def log_sigmoid(z: Array, /) -> Array:
    """Return the logarithm of the probability of the logit `z`: -log(1 + e^-z).

    Parameters
    ----------
    z : array of any shape, or number
        Logits, of any size.

    Returns
    -------
    array
        With the shape, dtype and device of `z`; in nats.

        =====  ===========
        z      log_sigmoid
        =====  ===========
        -inf   -inf
        0      -log 2
        inf    0.0
        NaN    nan
        =====  ===========

    Raises
    ------
    TypeError
        If `z` is complex, not numeric, or an integer tensor.

    References
    ----------
    M. Mächler, "Accurately Computing log(1 - exp(-|a|))", vignette of the R package Rmpfr, 2012.
    https://cran.r-project.org/web/packages/Rmpfr/vignettes/log1mexp-note.pdf

    Examples
    --------
    The odds of a logit are e^z, so the two logarithms differ by z:

    >>> import math
    >>> math.isclose(log_sigmoid(-2.0), -2.0 + log_sigmoid(2.0))
    True
    """
    xp, (z,) = to_arrays(z=z)
    with quiet(xp):
        return cast_back(xp, by_elements(xp, z.dtype, log_sigmoid_of, z), z.dtype)


def _along(formula: Callable[..., Array], z: Array, axis: int, *, each: bool = False) -> Array:
    """Apply `formula` to the rows of `z` along `axis`: a number for each, or with `each` a row."""
    xp, (z,) = to_arrays(z=z)
    axis = axis_position(axis, "z", tuple(z.shape) or (1,))
    rows = moveaxis(xp, z, axis, -1) if z.ndim else xp.reshape(z, (1,))
    with quiet(xp):
        result = by_rows(xp, z.dtype, formula, rows, each=each)
        if each:
            result = moveaxis(xp, result, -1, axis) if z.ndim else xp.reshape(result, ())
        return cast_back(xp, result, z.dtype)


def logsumexp_of_rows(xp: Namespace, z: Array) -> Array:
    """Return log sum_k e^(z_k) along the last axis."""
    if is_eager_tensor(z) and z.shape[-1] > 0:
        from lossutils import _activations_torch

        return _activations_torch.logsumexp(z)
    # An infinite maximum is not subtracted: inf - inf would be NaN.
    infinite = ~xp.isfinite(largest(xp, z))
    if not records_gradient(z):
        top, _, log_sum = shifted(xp, z)
        return xp.where(infinite, top, top + log_sum)
    nothing = xp.zeros_like(z)
    top, _, log_sum = shifted(xp, xp.where(infinite[..., None], nothing, z))
    plain = xp.log(row_sums(xp, xp.exp(xp.where(infinite[..., None], z, nothing))))
    return xp.where(infinite, plain, top + log_sum)


def softmax_of_rows(xp: Namespace, z: Array) -> Array:
    """Return e^(z_k) / sum_j e^(z_j) along the last axis."""
    if is_eager_tensor(z):
        return z.softmax(-1)
    powers = xp.exp(z - largest(xp, z)[..., None])
    return powers / row_sums(xp, powers)[..., None]


def log_softmax_of_rows(xp: Namespace, z: Array) -> Array:
    """Return z_k - log sum_j e^(z_j) along the last axis."""
    if is_eager_tensor(z) and z.shape[-1] > 0:
        from lossutils import _activations_torch

        return _activations_torch.log_softmax(z)
    _, gaps, log_sum = shifted(xp, z)
    return gaps - log_sum[..., None]


def shifted(xp: Namespace, z: Array) -> tuple[Array, Array, Array]:
    """Return the largest number m of each row, the gaps z_k - m, and log sum_k e^(z_k - m).

    Gap minus logarithm is log q_k. (Subtracting the log-sum-exp of the logits themselves would lose
    as many digits as they have before the point.) The largest term, e^0 = 1, is left out of the
    sum, so that log(1 + rest) keeps all the digits of the rest.
    """
    if not is_torch_array(z) and z.shape[-1] > 0:
        first = xp.argmax(z, axis=-1)
        top = gather(xp, z, first)
        gaps = z - top[..., None]
        others = replaced(xp, xp.exp(gaps), first, top - top)  # 0, or NaN of infinity
        return top, gaps, xp.log1p(row_sums(xp, others))

    # PyTorch finds the maximum ten times as fast without its index. Leaving it out matters only
    # where it is more than half of the sum, and then it is unique.
    top = largest(xp, z)
    gaps = z - top[..., None]
    powers = xp.exp(gaps)
    total = row_sums(xp, powers)
    ahead = detach(total) < 2
    if values_are_readable(ahead) and not xp.any(ahead):
        return top, gaps, xp.log(total)
    leader = ahead[..., None] & (detach(gaps) == 0)
    if records_gradient(z):
        # The leader is subtracted with its gradient attached: its slope then comes from the rest,
        # -(1 - q_k), to all digits, where q_k - 1 would keep none.
        top = top + xp.sum(xp.where(leader, z - detach(z), xp.zeros_like(z)), axis=-1)
        gaps = xp.where(leader, detach(gaps), z - top[..., None])
        powers = xp.exp(gaps)
    rest = row_sums(xp, xp.where(leader, xp.zeros_like(powers), powers))
    return top, gaps, xp.log1p(xp.where(ahead, rest, rest - 1))


def log_probability(xp: Namespace, z: Array, y: Array) -> Array:
    """Return log q_y = z_y - m - log s for each row, where y is its class index in `y`.

    The sum s = sum_k e^(z_k - m) is split into e^(z_y - m) and the rest. Where class y is the
    largest, the former is 1 and never added: log(1 + rest) keeps all the digits of the rest.
    """
    if is_eager_tensor(z) and z.shape[-1] > 0:
        from lossutils import _activations_torch

        return _activations_torch.log_probability(z, y)
    top, own = largest(xp, z), gather(xp, z, y)
    gap = own - top
    rest = row_sums(xp, replaced(xp, exp_of(xp, z - top[..., None]), y, 0.0))
    if not records_gradient(z):
        return gap - xp.log1p(rest + xp.expm1(gap))
    # Where class y is the largest, log q_y = -log(1 + rest e^(-gap)): its slope in z_y is then
    # rest / (1 + rest) to all its digits, where 1 - q_y would keep none. By exp, which
    # torch.compile computes once a row; it computes expm1 anew for every few classes.
    leads = gap == 0
    power = xp.exp(xp.where(leads, -gap, gap))
    total = xp.where(leads, rest * power, rest + (power - 1))
    return xp.where(leads, detach(gap), gap) - xp.log1p(total)


def sigmoid_of(xp: Namespace, z: Array) -> Array:
    """Return 1 / (1 + e^-z) or its equal e^z / (1 + e^z), whichever has the power below 1."""
    e = xp.exp(-absolute(xp, z))
    return xp.where(z >= 0, xp.ones_like(e), e) / (1 + e)


def log_sigmoid_of(xp: Namespace, z: Array) -> Array:
    """Return -log(1 + e^-z) or its equal z - log(1 + e^z), whichever has the power below 1."""
    return xp.where(z >= 0, xp.zeros_like(z), z) - xp.log1p(xp.exp(-absolute(xp, z)))


def largest(xp: Namespace, z: Array) -> Array:
    """Return each row's maximum, detached; -inf for an empty row."""
    z = detach(z)
    if z.shape[-1] == 0:
        return xp.sum(z, axis=-1) - xp.inf
    return xp.max(z, axis=-1)


def absolute(xp: Namespace, z: Array) -> Array:
    """Return |z| with slope 1 at 0: with abs's slope 0, sigmoid's would be 0 there too."""
    return xp.where(z >= 0, z, -z)
