"""What the losses by element do around their formulas: check, compute, weigh, reduce.

    losses = weight * formula(x, t)        element by element, in float32 at least

If the losses are reduced, each block of elements is added up as soon as it is computed. No array of
all the losses is made, unless torch records a graph, which needs them whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from lossutils._arrays import (
    Array,
    Namespace,
    element_blocks,
    is_compiling,
    is_eager,
    quiet,
    require_probabilities,
    to_arrays,
)
from lossutils._namespaces import is_numpy_namespace, is_torch_array
from lossutils._rows import at_least_float32, cast_back, promoted, records_gradient


def over_elements(
    formula: Callable[..., Array],
    slopes: Sequence[Callable[..., Array]],
    reduction: str,
    input: Array,
    target: Array,
    *,
    weight: Array | None = None,
    pos_weight: Array | None = None,
    probabilities: bool = False,
) -> Array:
    """Return the reduced losses `formula(xp, x, t)`, or `formula(xp, x, t, pos_weight)` if given.

    Each `slope(xp, g, x, t, …)` is the gradient in one of the formula's arguments, given the
    gradient g in the losses. Autograd would find the same, except where g is infinite: it would
    add infinities where a slope adds finite numbers and is then multiplied by g.
    """
    optional = {"pos_weight": pos_weight, "weight": weight}
    factors = {name: x for name, x in optional.items() if x is not None}
    xp, arrays = to_arrays(input=input, target=target, **factors)
    x, t = arrays[:2]
    if x.shape != t.shape:
        raise ValueError(
            f"input and target must have the same shape, got {tuple(x.shape)} and "
            f"{tuple(t.shape)}: nothing is broadcast"
        )
    for name, factor in zip(factors, arrays[2:]):
        _require_broadcastable(name, tuple(factor.shape), tuple(x.shape))
    if probabilities:
        require_probabilities(xp, "input", x, exact=True)
        require_probabilities(xp, "target", t, exact=True)
    dtype = promoted(xp, *arrays)
    wide = at_least_float32(xp, dtype)
    arrays[2:] = [xp.broadcast_to(factor, x.shape) for factor in arrays[2:]]

    def losses_of(parts: list[Array]) -> Array:
        parts = [xp.astype(part, wide, copy=False) for part in parts]
        *arguments, w = parts if weight is not None else [*parts, None]
        # torch.compile warns about custom slopes, so a compiled graph keeps the formula.
        if any(map(records_gradient, arguments)) and not is_compiling(x):
            from lossutils._elements_torch import with_slopes

            losses = with_slopes(formula, slopes, *arguments)
        else:
            losses = formula(xp, *arguments)
        return losses if w is None else losses * w

    with quiet(xp):
        blocks = element_blocks(xp, x) if _may_be_cut(xp, arrays) else [...]
        if reduction == "none":
            if not is_numpy_namespace(xp):
                return cast_back(xp, losses_of(arrays), dtype)
            # empty_like, so that the result has the input's memory layout.
            results = np.empty_like(x, dtype=dtype, subok=False)
            for block in blocks:
                results[block] = losses_of([part[block] for part in arrays])
            return cast_back(xp, results, dtype)
        sums = [xp.sum(losses_of([part[block] for part in arrays])) for block in blocks]
        total = sums[0] if len(sums) == 1 else xp.sum(xp.stack(sums))
        if reduction != "sum":
            whole = reduction == "batchmean" and x.ndim > 0
            total = total / (x.shape[0] if whole else math.prod(x.shape))
        return cast_back(xp, total, dtype)


def _may_be_cut(xp: Namespace, arrays: list[Array]) -> bool:
    """Say whether the losses may be computed block by block, since nothing records a graph."""
    if is_torch_array(arrays[0]):
        return all(is_eager(x) and not x.requires_grad for x in arrays)
    return is_numpy_namespace(xp)


def _require_broadcastable(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Refuse a shape that does not broadcast to `shape`, or that would enlarge it."""
    fits = len(given) <= len(shape) and all(
        k in (1, n) for k, n in zip(reversed(given), reversed(shape))
    )
    if not fits:
        raise ValueError(f"{name} must broadcast to the shape of input, {shape}, got {given}")
