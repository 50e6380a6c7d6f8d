"""`log_probability` as one step of an eager PyTorch graph, block by block there and back.

The slope of log q_y in z_k is [k = y] - q_k, and q_k = e^(z_k - m) / s: to go back takes the logits
and two numbers a row. Imported once there is a tensor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from array_api_compat import torch as xp
from torch import Tensor

from lossutils._arrays import is_transformed_slope, row_blocks
from lossutils._rows import is_class
from lossutils.activations import log_probability_and_sum, log_softmax_of_rows


def log_probability(z: Tensor, y: Tensor) -> Tensor:
    """Return log q_y of each row of logits."""
    log_q: Tensor = _LogProbability.apply(z, y)  # type: ignore[no-untyped-call]
    return log_q


class _LogProbability(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor) -> Tensor:
        parts = [log_probability_and_sum(xp, z[block], y[block]) for block in _blocks(z)]
        results = parts[0] if len(parts) == 1 else [_joined(part, y) for part in zip(*parts)]
        ctx.save_for_backward(z, y, *results)
        return results[0]

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> Any:
        z, y, log_q, m, log_s = ctx.saved_tensors
        if torch.is_grad_enabled() or is_transformed_slope(slopes):
            log_q = log_softmax_of_rows(xp, z)
            of_logits = torch.where(is_class(xp, z, y), -torch.expm1(log_q), -torch.exp(log_q))
            return slopes[..., None] * of_logits, None

        # 1 - q_y by expm1, to all its digits. An infinite slope makes it NaN, as in PyTorch.
        own = -slopes * torch.expm1(log_q) + (slopes - slopes)
        y, m, log_s, own, factor = (x[..., None] for x in (y, m, log_s, own, -slopes))
        of_z = torch.empty_like(z)
        for block in _blocks(z):
            q = torch.sub(z[block], m[block], out=of_z[block]).sub_(log_s[block]).exp_()
            q.mul_(factor[block]).scatter_(-1, y[block], own[block])
        return of_z, None


def _blocks(z: Tensor) -> Iterable[Any]:
    """Return where to cut `z`, which on a GPU stays whole."""
    if z.device.type != "cpu" or 0 in z.shape:
        return [...]
    return row_blocks(tuple(z.shape), z.element_size())


def _joined(parts: Iterable[Tensor], y: Tensor) -> Tensor:
    """Return what belongs to the blocks as one tensor of the shape of `y`."""
    return torch.cat([part.reshape(-1) for part in parts]).reshape(y.shape)
