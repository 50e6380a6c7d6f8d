"""The gradients of losses by element, as PyTorch is told them. Imported once a tensor asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from array_api_compat import torch as xp
from torch import Tensor


def with_slopes(
    formula: Callable[..., Tensor], slopes: Sequence[Callable[..., Tensor]], *inputs: Tensor
) -> Tensor:
    """Return `formula(xp, *inputs)`, whose gradients are `slope(xp, g, *inputs)`."""
    losses: Tensor = _WithSlopes.apply(formula, slopes, *inputs)  # type: ignore[no-untyped-call]
    return losses


class _WithSlopes(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(formula: Any, slopes: Any, *inputs: Tensor) -> Any:
        return formula(xp, *inputs)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        _, ctx.slopes, *arrays = inputs
        ctx.save_for_backward(*arrays)
        ctx.save_for_forward(*arrays)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        wanted = zip(ctx.slopes, ctx.needs_input_grad[2:])
        arrays = ctx.saved_tensors
        return None, None, *(slope(xp, g, *arrays) if wants else None for slope, wants in wanted)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        arrays = ctx.saved_tensors
        parts = [
            slope(xp, torch.ones_like(tangent), *arrays) * tangent
            for slope, tangent in zip(ctx.slopes, tangents[2:])
            if tangent is not None
        ]
        return sum(parts[1:], start=parts[0])
