"""The gradient of `linear_cross_entropy`, as PyTorch is told it. Imported once there is a tensor.

Of log q_y and of the sum_k share_k (-log q_k) the slopes in z_k are

    [k = y] - q_k        (sum_j share_j) q_k - share_k        q_k = e^(z_k - m) / s

which a chunk's logits give for the classes of the chunk. What it adds to the layer's gradient is
one product over all samples, finished and rounded once. In the input's the chunks add up, each
rounded once, in float32.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from array_api_compat import torch as xp
from torch import Tensor

from lossutils._arrays import is_transformed, is_transformed_slope
from lossutils._rows import at_least_float32, is_autocasting, is_class
from lossutils.activations import log_probability, log_softmax_of_rows
from lossutils.chunked import chunks, log_probabilities_and_sums, place


def log_probabilities(
    h: Tensor,
    matrix: Tensor,
    bias: Tensor | None,
    y: Tensor,
    share: Tensor | None,
    dtype: torch.dtype,
    size: int,
) -> tuple[Tensor, Tensor]:
    """Return log q_y of each row and sum_k share_k (-log q_k), 0 where no class has a share.

    Gradients go back from them to `h`, `matrix` and `bias`.
    """
    if is_autocasting(h) and dtype != torch.float64:
        dtype = torch.get_autocast_dtype(h.device.type)
    if not torch.compiler.is_compiling() and any(is_transformed(x) for x in (h, matrix, y)):
        # torch.func goes through each step by itself: the logits are all there.
        z = _logits(h, matrix, bias, dtype)
        of_class = log_probability(xp, z, y)
        if share is None:
            return of_class, torch.zeros_like(of_class)
        return of_class, -(share * log_softmax_of_rows(xp, z)).sum(-1)
    results: tuple[Tensor, Tensor] = _LogProbabilities.apply(h, matrix, bias, y, share, dtype, size)  # type: ignore[no-untyped-call]
    return results


def _logits(h: Tensor, matrix: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
    """Return all logits at once, for what is differentiated step by step."""
    with _no_autocast(h.device.type):
        z = (h.to(dtype) @ matrix.to(dtype).T).to(at_least_float32(xp, dtype))
        return z if bias is None else z + bias


def _no_autocast(kind: str) -> AbstractContextManager[Any]:
    """Let the types be as they are, chosen once and for the way back too."""
    # Asking `torch.amp.is_autocast_available` would break the graph of older compilers.
    return nullcontext() if kind == "meta" else torch.autocast(kind, enabled=False)


class _LogProbabilities(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        h: Tensor,
        matrix: Tensor,
        bias: Tensor | None,
        y: Tensor,
        share: Tensor | None,
        dtype: torch.dtype,
        size: int,
    ) -> Any:
        ctx.dtype, ctx.size = dtype, size
        with _no_autocast(h.device.type):
            log_q, uniform, m, log_s = log_probabilities_and_sums(
                xp, h, matrix, bias, y, share, dtype, size
            )
        ctx.save_for_backward(h, matrix, bias, y, share, log_q, m, log_s)
        return log_q, torch.zeros_like(log_q) if uniform is None else uniform

    @staticmethod
    def backward(ctx: Any, slopes: Tensor, of_uniform: Tensor) -> Any:
        h, matrix, bias, y, share, log_q, m, log_s = ctx.saved_tensors
        wants_h, wants_matrix, wants_bias, *_ = ctx.needs_input_grad
        if not torch.compiler.is_compiling() and (
            torch.is_grad_enabled() or is_transformed_slope(slopes)
        ):
            z = _logits(h, matrix, bias, ctx.dtype)
            log_q = log_softmax_of_rows(xp, z)
            q, of_own = torch.exp(log_q), -torch.expm1(log_q)
            of_z = slopes[:, None] * torch.where(is_class(xp, z, y), of_own, -q)
            if share is not None:
                of_z = of_z + of_uniform[:, None] * (share.sum() * q - share)
            narrow = of_z.to(ctx.dtype)
            return (
                (narrow @ matrix.to(ctx.dtype)).to(h.dtype),
                (narrow.T @ h.to(ctx.dtype)).to(matrix.dtype),
                None if bias is None else of_z.sum(0).to(bias.dtype),
                *[None] * 4,
            )

        wide = at_least_float32(xp, ctx.dtype)
        of_h = torch.zeros(h.shape, dtype=wide, device=h.device)
        of_matrix = torch.empty_like(matrix) if wants_matrix else None
        of_bias = torch.empty_like(bias) if wants_bias else None

        # 1 - q_y by expm1, to all its digits. An infinite slope makes it NaN, as in PyTorch.
        own = -slopes * torch.expm1(log_q) + (slopes - slopes)
        factor = -slopes
        if share is not None:
            factor = factor + of_uniform * share.sum()
            own = own + of_uniform * (share.sum() * torch.exp(log_q) - share[y])
        narrow_h = h.to(ctx.dtype)
        with _no_autocast(h.device.type):
            for part, z in chunks(xp, h, matrix, bias, ctx.dtype, ctx.size):
                # In place, step by step, from logits to their slopes.
                z = z.sub_(m[:, None]).sub_(log_s[:, None]).exp_().mul_(factor[:, None])
                if share is not None:
                    z.addr_(of_uniform, share[part], alpha=-1)
                inside, column = place(xp, y, part)
                each = torch.arange(len(y), device=y.device)
                z[each, column] = torch.where(inside, own, z[each, column])
                if of_bias is not None:
                    of_bias[part] = z.sum(0)
                z = z.to(ctx.dtype)
                if of_matrix is not None:
                    of_matrix[part] = z.T @ narrow_h
                if wants_h:
                    of_h += z @ matrix[part].to(ctx.dtype)
        return of_h.to(h.dtype) if wants_h else None, of_matrix, of_bias, *[None] * 4
