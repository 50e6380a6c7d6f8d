"""The cross-entropy of a large last layer, computed without ever storing all its logits.

    linear_cross_entropy    cross_entropy_loss of z = linear_weight h + linear_bias

With a hundred thousand classes, a batch's logits dwarf everything else in memory, and at its peak
PyTorch holds three arrays of that size: logits, log-probabilities, gradient. Yet a sample's loss
needs only its own z_y and log sum_k e^(z_k), and a sum can be taken in parts:

    m' = max(m, max_k z_k)        s' = s e^(m - m') + sum_k e^(z_k - m')        over a chunk's k

So the logits of a chunk of classes are computed, added up and dropped. The gradient in z_k is
q_k - t_k, and q_k = e^(z_k - m) / s needs no other logit either: the backward pass computes each
chunk once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lossutils._arrays import Reduction, to_arrays
from lossutils._batch import of_classes
from lossutils._checks import require_integer, require_number, require_reduction, wanted_indices
from lossutils._chunks import log_probabilities_and_sums
from lossutils._formulas import weighted
from lossutils._namespaces import (
    Array,
    Namespace,
    at_least_float32,
    device,
    is_floating,
    is_numpy_namespace,
    is_torch_array,
    is_torch_namespace,
    promoted,
    records_gradient,
)

__all__ = ["linear_cross_entropy"]

# How many logits to hold at a time. On a CPU they should stay in the cache: measured, 2^17 to 2^21
# are equally fast, and 2^24 is five times slower. A GPU needs more to keep all its cores busy; in
# float32 these take 64 MB.
_LOGITS, _LOGITS_OF_GPU = 2**20, 2**24
# With fewer classes the matrix is too narrow to multiply fast, however many samples there are.
_LEAST = 128


def linear_cross_entropy(
    input: Array,
    linear_weight: Array,
    target: Array,
    *,
    linear_bias: Array | None = None,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
    chunk_size: int | None = None,
) -> Array:
    """Return `cross_entropy_loss` of a linear layer's logits, computed a chunk at a time.

    The logits are z = linear_weight h + linear_bias for each sample's h in `input`. Beyond the
    arguments and their gradients, memory grows with samples times `chunk_size`, not times C. The
    gradient computes each chunk a second time: four matrix products instead of three.

    Parameters
    ----------
    input : array of shape (H,), (N, H) or (d1, ..., dK, H)
        What goes into the last layer (hidden states): H features for each sample.
    linear_weight : array of shape (C, H)
        The layer's matrix, a row for each class.
    target : array of integers, with the shape of `input` without its last axis
        Class indices y, each in [0, C) or `ignore_index`. Probabilities are not accepted: there
        would be one for every logit.
    linear_bias : array of shape (C,), optional
        What the layer adds; nothing by default.
    weight : array of shape (C,), optional
        The weight of each class, by default 1; may be 0 or negative. It gets no gradient.
    ignore_index : int, optional
        The index that marks samples to leave out, whether or not it is a class. Their loss is 0,
        and the mean leaves out their weight.
    reduction : {"mean", "sum", "none"}, optional
        "mean" divides the sum by the weights of the samples that count, sum_n w_(y_n).
    label_smoothing : number, optional
        The share alpha of the target that is spread over all classes, in [0, 1].
    chunk_size : int, optional
        How many classes to take at a time; by default as many as make about a million logits, or
        sixteen million on a GPU, but at least 128.

    Returns
    -------
    array
        In nats; of the shape of `target` for "none", otherwise a single number. Its dtype is what
        the floats among the arguments promote to; NaN and infinity as for `cross_entropy_loss`,
        but an infinite weight under smoothing may give NaN. For torch tensors, gradients flow to
        the first two arguments and the bias. Gradients of gradients (``create_graph=True``) and
        ``torch.func`` compute all logits at once.
        Half-precision tensors are multiplied as they are, or under ``torch.autocast`` in its dtype;
        everything else is done in float32, in which the gradient in `input` is summed over the
        chunks.

    Raises
    ------
    ValueError
        If the shapes do not match (nothing is broadcast), `reduction` is none of the three,
        `label_smoothing` is outside [0, 1], `chunk_size` is below 1, or `weight` requires a
        gradient.
    IndexError
        If an index is outside [0, C) and not `ignore_index`. Indices are checked only where that
        is free: see `nll_loss`.
    TypeError
        If `target` does not hold integers, another array is complex, not numeric, or an integer
        tensor, or the arrays are of two libraries.

    References
    ----------
    E. Wijmans, B. Huval, A. Hertzberg, V. Koltun, P. Krähenbühl, "Cut Your Losses in
    Large-Vocabulary Language Models", ICLR 2025 (chunks of classes, recomputed going back).
    https://arxiv.org/abs/2411.09009
    P.-L. Hsu et al., "Liger Kernel: Efficient Triton Kernels for LLM Training", 2024 (chunks of
    samples, with the gradient in the forward pass). https://arxiv.org/abs/2410.10989
    M. Milakov, N. Gimelshein, "Online normalizer calculation for softmax", 2018 (the sum in parts).
    https://arxiv.org/abs/1805.02867
    PyTorch's page:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear_cross_entropy.html

    Examples
    --------
    >>> import numpy as np
    >>> from lossutils import cross_entropy_loss
    >>> rng = np.random.default_rng(0)
    >>> h, matrix, y = rng.normal(size=(8, 4)), rng.normal(size=(1000, 4)), np.arange(8)
    >>> whole = cross_entropy_loss(h @ matrix.T, y)
    >>> bool(np.isclose(linear_cross_entropy(h, matrix, y, chunk_size=64), whole, rtol=1e-14))
    True
    """
    require_reduction(reduction)
    alpha = require_number("label_smoothing", label_smoothing, 0, 1)
    ignored = require_integer("ignore_index", ignore_index)
    optional = {"linear_bias": linear_bias, "weight": weight}
    given = {name: x for name, x in optional.items() if x is not None}
    xp, (h, matrix, y, *others) = to_arrays(
        "target", input=input, linear_weight=linear_weight, target=target, **given
    )
    if is_floating(xp, y):
        hint = ", or if it holds probabilities use cross_entropy_loss"
        raise wanted_indices(y, target, hint)
    target, named = y, dict(zip(given, others))
    classes, samples = _sizes(xp, h, matrix, target, named)
    size = _chunk_size(xp, h, samples, chunk_size)

    bias, w = named.get("linear_bias"), named.get("weight")
    if w is not None and is_torch_array(w) and w.requires_grad and records_gradient(w):
        raise ValueError("weight must not require a gradient, it gets none: pass weight.detach()")
    type_of_logits = promoted(xp, h, matrix, *([] if bias is None else [bias]))
    dtype = type_of_logits if w is None else promoted(xp, h, matrix, *named.values())
    weights = [] if w is None else [w]
    batch = of_classes(xp, dtype, [target], [...], reduction, classes, ignored, *weights)
    log_probabilities: Callable[..., Any] = log_probabilities_and_sums
    if is_torch_namespace(xp):
        from lossutils._chunked_torch import log_probabilities
    rows, even = xp.reshape(h, (samples, h.shape[-1])), alpha / max(classes, 1)

    def losses(xp: Namespace, y: Array, w_y: Array) -> Any:
        share = None
        if alpha:
            like = {"dtype": at_least_float32(xp, dtype), "device": device(h)}
            share = even * (batch.w * xp.ones(classes, **like))
        log_q, uniform, *_ = log_probabilities(
            xp, rows, matrix, bias, xp.reshape(y, (samples,)), share, type_of_logits, size
        )
        log_q = xp.reshape(log_q, target.shape)
        if share is None:
            return 0.0 - weighted(w_y, log_q)
        return (alpha - 1) * w_y * log_q, xp.reshape(uniform, target.shape)

    return batch.reduce(losses)


def _sizes(
    xp: Namespace, h: Array, matrix: Array, target: Array, others: dict[str, Array]
) -> tuple[int, int]:
    """Return the numbers of classes and of samples, refusing shapes that do not match."""
    if h.ndim == 0:
        raise ValueError(
            "input must have an axis of features: shape (H,), (N, H) or (d1, ..., dK, H), got "
            "shape ()"
        )
    *samples, features = h.shape
    if matrix.ndim != 2 or matrix.shape[1] != features:
        raise ValueError(
            f"linear_weight must have shape (C, {features}), a row for each class and a column for "
            f"each feature of input, got {tuple(matrix.shape)}"
        )
    classes = matrix.shape[0]
    if tuple(target.shape) != tuple(samples):
        raise ValueError(
            f"target must have shape {tuple(samples)}, that of input without its features, got "
            f"{tuple(target.shape)}"
        )
    for name, x in others.items():
        if tuple(x.shape) != (classes,):
            raise ValueError(
                f"{name} must have shape ({classes},), one for each row of linear_weight, got "
                f"{tuple(x.shape)}"
            )
    return classes, math.prod(samples)


def _chunk_size(xp: Namespace, h: Array, samples: int, chunk_size: int | None) -> int:
    if chunk_size is None:
        on_cpu = is_numpy_namespace(xp) or str(device(h)).startswith("cpu")
        return max(_LEAST, (_LOGITS if on_cpu else _LOGITS_OF_GPU) // max(samples, 1))
    size = require_integer("chunk_size", chunk_size)
    if size < 1:
        raise ValueError(f"chunk_size must be at least 1, got {size}")
    return size
