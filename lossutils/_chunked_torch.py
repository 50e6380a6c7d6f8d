"""The gradient of `linear_cross_entropy` for PyTorch, imported only when there is a tensor.

The slopes of log q_y and of sum_k share_k (-log q_k) in z_k are

    [k = y] - q_k        (sum_j share_j) q_k - share_k        q_k = e^(z_k - m) / s

so a chunk's logits give the slopes for its classes. Its part of the layer's gradient is one product
over all samples, rounded once. For the input's gradient the chunks' products are rounded once each
and added up in float32.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from array_api_compat import torch as xp
from torch import Tensor

from lossutils._chunks import chunks, local_index, log_probabilities_and_sums
from lossutils._complement import complement
from lossutils._formulas import is_class, log_probability, log_softmax_of_rows
from lossutils._namespaces import (
    at_least_float32,
    is_autocasting,
    is_transformed,
    is_transformed_slope,
)


def log_probabilities(
    xp: Any,
    h: Tensor,
    matrix: Tensor,
    bias: Tensor | None,
    y: Tensor,
    share: Tensor | None,
    dtype: torch.dtype,
    size: int,
) -> tuple[Tensor, Tensor]:
    """Return log q_y for each row and sum_k share_k (-log q_k), 0 if there are no shares.

    Gradients flow to `h`, `matrix` and `bias`.
    """
    if is_autocasting(h) and dtype != torch.float64:
        dtype = torch.get_autocast_dtype(h.device.type)
    if not torch.compiler.is_compiling() and any(is_transformed(x) for x in (h, matrix, y)):
        # torch.func differentiates every operation itself, which takes all logits at once.
        z = _logits(h, matrix, bias, dtype)
        log_q = log_probability(xp, z, y)
        if share is None:
            return log_q, torch.zeros_like(log_q)
        return log_q, -(share * log_softmax_of_rows(xp, z)).sum(-1)
    results: tuple[Tensor, Tensor] = _LogProbabilities.apply(h, matrix, bias, y, share, dtype, size)  # type: ignore[no-untyped-call]
    return results


def _logits(h: Tensor, matrix: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
    """Return all logits at once, to be differentiated operation by operation."""
    with _no_autocast(h.device.type):
        z = (h.to(dtype) @ matrix.to(dtype).T).to(at_least_float32(xp, dtype))
        return z if bias is None else z + bias


def _no_autocast(kind: str) -> AbstractContextManager[Any]:
    """Disable autocast: dtypes are chosen once, for the backward pass too."""
    # Calling `torch.amp.is_autocast_available` would break the graph of older compilers.
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
    def backward(ctx: Any, grad_log_q: Tensor, grad_uniform: Tensor) -> Any:
        h, matrix, bias, y, share, log_q, m, log_s = ctx.saved_tensors
        needs_h, needs_matrix, needs_bias, *_ = ctx.needs_input_grad
        if not torch.compiler.is_compiling() and (
            torch.is_grad_enabled() or is_transformed_slope(grad_log_q)
        ):
            z = _logits(h, matrix, bias, ctx.dtype)
            log_q = log_softmax_of_rows(xp, z)
            q, g = torch.exp(log_q), grad_log_q[:, None]
            # An infinite slope makes it NaN, as in PyTorch.
            own = (g - g) + g * complement(xp, log_q)
            grad_z = torch.where(is_class(xp, z, y), own, -g * q)
            if share is not None:
                grad_z = grad_z + grad_uniform[:, None] * (share.sum() * q - share)
            cast_grad = grad_z.to(ctx.dtype)
            return (
                (cast_grad @ matrix.to(ctx.dtype)).to(h.dtype),
                (cast_grad.T @ h.to(ctx.dtype)).to(matrix.dtype),
                None if bias is None else grad_z.sum(0).to(bias.dtype),
                *[None] * 4,
            )

        wide = at_least_float32(xp, ctx.dtype)
        grad_h = torch.zeros(h.shape, dtype=wide, device=h.device)
        grad_matrix = torch.empty_like(matrix) if needs_matrix else None
        grad_bias = torch.empty_like(bias) if needs_bias else None

        # expm1 gives 1 - q_y to all its digits. An infinite slope makes it NaN, as in PyTorch.
        grad_at_y = -grad_log_q * torch.expm1(log_q) + (grad_log_q - grad_log_q)
        factor = -grad_log_q
        if share is not None:
            factor = factor + grad_uniform * share.sum()
            grad_at_y = grad_at_y + grad_uniform * (share.sum() * torch.exp(log_q) - share[y])
        cast_h = h.to(ctx.dtype)
        with _no_autocast(h.device.type):
            for part, z in chunks(xp, h, matrix, bias, ctx.dtype, ctx.size):
                # In place, step by step, from the logits to their gradient.
                z = z.sub_(m[:, None]).sub_(log_s[:, None]).exp_().mul_(factor[:, None])
                if share is not None:
                    z.addr_(grad_uniform, share[part], alpha=-1)
                inside, column = local_index(xp, y, part)
                samples = torch.arange(len(y), device=y.device)
                z[samples, column] = torch.where(inside, grad_at_y, z[samples, column])
                if grad_bias is not None:
                    grad_bias[part] = z.sum(0)
                z = z.to(ctx.dtype)
                if grad_matrix is not None:
                    grad_matrix[part] = z.T @ cast_h
                if needs_h:
                    grad_h += z @ matrix[part].to(ctx.dtype)
        return grad_h.to(h.dtype) if needs_h else None, grad_matrix, grad_bias, *[None] * 4
