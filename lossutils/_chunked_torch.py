"""The gradient of `linear_cross_entropy`, as PyTorch is told it. Imported once there is a tensor.

With the two parts of the target, t_k = hard [k = y] + even_k, the slope of a sample's loss in z_k is

    (sum_j t_j) q_k - t_k            q_k = e^(z_k - m) / s

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

from lossutils._rows import at_least_float32
from lossutils.chunked import chunks, losses_and_sums, place


def losses(
    h: Tensor,
    matrix: Tensor,
    bias: Tensor | None,
    y: Tensor,
    hard: Tensor,
    even: Tensor | None,
    dtype: torch.dtype,
    size: int,
) -> Tensor:
    """Return the loss of each sample, from which gradients go back to `h`, `matrix`, `bias`."""
    kind = h.device.type
    if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
        dtype = dtype if dtype == torch.float64 else torch.get_autocast_dtype(kind)
    of_samples: Tensor = _Losses.apply(h, matrix, bias, y, hard, even, dtype, size)  # type: ignore[no-untyped-call]
    return of_samples


def _no_autocast(kind: str) -> AbstractContextManager[Any]:
    """Let the types be as they are, chosen once and for the way back too."""
    available = torch.amp.is_autocast_available(kind)
    return torch.autocast(kind, enabled=False) if available else nullcontext()


class _Losses(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        h: Tensor,
        matrix: Tensor,
        bias: Tensor | None,
        y: Tensor,
        hard: Tensor,
        even: Tensor | None,
        dtype: torch.dtype,
        size: int,
    ) -> Any:
        ctx.dtype, ctx.size = dtype, size
        with _no_autocast(h.device.type):
            losses, m, log_s = losses_and_sums(xp, h, matrix, bias, y, hard, even, dtype, size)
        ctx.save_for_backward(h, matrix, bias, y, hard, even, m, log_s)
        return losses

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> Any:
        # What is worked out here would count as constant. (A compiled graph refuses by itself.)
        if torch.is_grad_enabled() and not torch.compiler.is_compiling():
            raise RuntimeError(
                "linear_cross_entropy has no second derivative, which create_graph=True asks for: "
                "take cross_entropy_loss of the logits"
            )
        h, matrix, bias, y, hard, even, m, log_s = ctx.saved_tensors
        wide = at_least_float32(xp, ctx.dtype)
        wants_h, wants_matrix, wants_bias, *_ = ctx.needs_input_grad
        of_h = torch.zeros(h.shape, dtype=wide, device=h.device)
        of_matrix = torch.empty_like(matrix) if wants_matrix else None
        of_bias = torch.empty_like(bias) if wants_bias else None

        own = slopes * hard
        total = own if even is None else own + slopes * even.sum()
        each = torch.arange(len(y), device=y.device)
        narrow_h = h.to(ctx.dtype)
        with _no_autocast(h.device.type):
            for part, z in chunks(xp, h, matrix, bias, ctx.dtype, ctx.size):
                # In place, step by step, from logits to their slopes.
                z = z.sub_(m[:, None]).sub_(log_s[:, None]).exp_().mul_(total[:, None])
                if even is not None:
                    z.addr_(slopes, even[part], alpha=-1)
                inside, column = place(xp, y, part)
                z[each, column] -= torch.where(inside, own, 0)
                if of_bias is not None:
                    of_bias[part] = z.sum(0)
                z = z.to(ctx.dtype)
                if of_matrix is not None:
                    of_matrix[part] = z.T @ narrow_h
                if wants_h:
                    of_h += z @ matrix[part].to(ctx.dtype)
        return of_h.to(h.dtype) if wants_h else None, of_matrix, of_bias, *[None] * 5
