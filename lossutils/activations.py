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

from lossutils._arrays import to_arrays
from lossutils._batch import over_numbers, over_rows
from lossutils._checks import axis_position
from lossutils._formulas import (
    largest,
    log_sigmoid_of,
    log_softmax_of_rows,
    row_sums,
    shifted,
    sigmoid_of,
)
from lossutils._namespaces import Array, Namespace, is_eager_tensor, records_gradient

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
    return _along(_logsumexp_of_rows, z, axis)


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
    return _along(_softmax_of_rows, z, axis, each=True)


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
    ValueError
        If `z` is an integer too large for a float.
    TypeError
        If `z` is complex, not numeric, or an integer tensor.

    References
    ----------
    D. R. Cox, "The Regression Analysis of Binary Sequences", Journal of the Royal Statistical
    Society B 20 (1958), 215-232. https://doi.org/10.1111/j.2517-6161.1958.tb00292.x

    Examples
    --------
    It is the softmax of two classes, one of them with the logit 0:

    >>> import math
    >>> math.isclose(sigmoid(3.0), softmax([3.0, 0.0])[0])
    True
    """
    return over_numbers(*to_arrays(z=z)).map(sigmoid_of, each=True)


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
    ValueError
        If `z` is an integer too large for a float.
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
    return over_numbers(*to_arrays(z=z)).map(log_sigmoid_of, each=True)


def _along(formula: Callable[..., Array], z: Array, axis: int, *, each: bool = False) -> Array:
    """Return `formula` of the rows of `z` along `axis`; a single number is a row of one."""
    xp, (z,) = to_arrays(z=z)
    axis = axis_position(axis, "z", tuple(z.shape) or (1,))
    if z.ndim:
        return over_rows(xp, z, axis).map(formula, each=each)
    result = over_rows(xp, xp.reshape(z, (1,)), 0).map(formula, each=each)
    return result[0] if each else result


def _logsumexp_of_rows(xp: Namespace, z: Array) -> Array:
    """Return log sum_k e^(z_k) along the last axis."""
    if is_eager_tensor(z) and z.shape[-1] > 0:
        from lossutils import _autograd

        return _autograd.logsumexp(z)
    # An infinite maximum is not subtracted: inf - inf would be NaN.
    infinite = ~xp.isfinite(largest(xp, z))
    if not records_gradient(z):
        top, _, log_sum = shifted(xp, z)
        return xp.where(infinite, top, top + log_sum)
    nothing = xp.zeros_like(z)
    top, _, log_sum = shifted(xp, xp.where(infinite[..., None], nothing, z))
    plain = xp.log(row_sums(xp, xp.exp(xp.where(infinite[..., None], z, nothing))))
    return xp.where(infinite, plain, top + log_sum)


def _softmax_of_rows(xp: Namespace, z: Array) -> Array:
    """Return e^(z_k) / sum_j e^(z_j) along the last axis."""
    if is_eager_tensor(z):
        return z.softmax(-1)
    powers = xp.exp(z - largest(xp, z)[..., None])
    return powers / row_sums(xp, powers)[..., None]
