"""Steps of an eager PyTorch graph with gradients of their own. Imported once there is a tensor.

Losses by element bring their slopes. Logarithms of softmax work block by block, there and back:
PyTorch's own log-softmax is the start. It gives the class with most of the probability a logarithm
without digits, and in the gradient 1 - q likewise: both are made from the other classes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from array_api_compat import torch as xp
from torch import Tensor

from lossutils._blocks import row_blocks
from lossutils._complement import LOG_HALF, complement
from lossutils._namespaces import is_transformed, is_transformed_slope, values_are_readable


def with_slopes(
    formula: Callable[..., Tensor], slopes: Sequence[Callable[..., Tensor]], *inputs: Tensor
) -> Tensor:
    """Return `formula(xp, *inputs)`, whose gradients are `slope(xp, g, *inputs)`."""
    # vmap would count a sequence of slopes as so many arguments, a function as one.
    apply: Callable[..., Tensor] = _WithSlopes.apply
    return apply(formula, lambda: slopes, *inputs)


class _WithSlopes(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(formula: Any, slopes: Any, *inputs: Tensor) -> Any:
        return formula(xp, *inputs)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        _, ctx.slopes, *arrays = inputs
        ctx.set_materialize_grads(False)  # a tangent of zeros would make an infinite slope NaN
        ctx.save_for_backward(*arrays)
        ctx.save_for_forward(*arrays)

    @staticmethod
    def backward(ctx: Any, g: Tensor | None) -> Any:
        wanted = zip(ctx.slopes(), ctx.needs_input_grad[2:])
        arrays = ctx.saved_tensors
        if g is None:  # nothing comes back
            return (None,) * (2 + len(arrays))
        return None, None, *(slope(xp, g, *arrays) if wants else None for slope, wants in wanted)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        arrays = ctx.saved_tensors
        parts = [
            slope(xp, torch.ones_like(tangent), *arrays) * tangent
            for slope, tangent in zip(ctx.slopes(), tangents[2:])
            if tangent is not None
        ]
        return sum(parts[1:], start=parts[0])


def log_softmax(z: Tensor) -> Tensor:
    """Return log q of each row of logits."""
    if is_transformed(z):
        log_q: Tensor = _LogSoftmaxOfFunc.apply(z)  # type: ignore[no-untyped-call]
    elif z.requires_grad and torch.is_grad_enabled():
        log_q = _LogSoftmax.apply(z)  # type: ignore[no-untyped-call]
    else:
        log_q = _log_softmax(z)
    return log_q


def logsumexp(z: Tensor) -> Tensor:
    """Return log sum_k e^(z_k) of each row, to all the digits of the others where one class leads."""
    top = z.detach().amax(-1, keepdim=True)
    top = torch.where(top.isfinite(), top, torch.zeros_like(top))  # inf - inf would be NaN
    gaps = z - top
    log_sum = gaps.logsumexp(-1)
    plain = log_sum.detach()
    leads = (plain >= 0) & (plain < -LOG_HALF)
    if _any(leads):
        gaps = gaps.detach()
        rest = torch.where(gaps == 0, torch.zeros_like(gaps), gaps.exp()).sum(-1)
        log_sum = log_sum + torch.where(leads, torch.log1p(rest) - plain, torch.zeros_like(plain))
    return top[..., 0] + log_sum


def log_probability(z: Tensor, y: Tensor) -> Tensor:
    """Return log q_y of each row of logits."""
    if is_transformed(z) or is_transformed(y):
        log_q: Tensor = _LogProbabilityOfFunc.apply(z, y)  # type: ignore[no-untyped-call]
    elif z.requires_grad and torch.is_grad_enabled():
        log_q = _LogProbability.apply(z, y)  # type: ignore[no-untyped-call]
    else:
        log_q = _log_probability(z, y)
    return log_q


class _LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        log_q = _log_softmax(z)
        ctx.save_for_backward(log_q)
        return log_q

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> Tensor:
        (log_q,) = ctx.saved_tensors
        if torch.is_grad_enabled() or is_transformed_slope(slopes):
            return _slopes_in_logits(log_q, slopes)
        of_z = torch.empty_like(log_q)
        for block in _blocks(log_q):
            part, total = of_z[block], slopes[block].sum(-1, keepdim=True)
            torch.exp(log_q[block], out=part).mul_(-total).add_(slopes[block])
            leads = log_q[block] > LOG_HALF
            if _any(leads):
                torch.where(*_leader(leads, part, total), part, out=part)
        return of_z


class _LogSoftmaxOfFunc(torch.autograd.Function):
    """The same where no number can be read and nothing is done in place."""

    generate_vmap_rule = True

    @staticmethod
    def forward(z: Tensor) -> Tensor:
        log_q = torch.log_softmax(z, -1)
        leads = log_q > LOG_HALF
        rest = torch.where(leads, 0.0, log_q.exp()).sum(-1, keepdim=True)
        return torch.where(leads, torch.log1p(0.0 - rest), log_q)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> Tensor:
        return _slopes_in_logits(ctx.saved_tensors[0], slopes)

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor) -> Tensor:
        (log_q,) = ctx.saved_tensors
        leads, part = log_q > LOG_HALF, log_q.exp() * tangent
        others = torch.where(leads, 0.0, part).sum(-1, keepdim=True)
        of_leader = complement(xp, log_q) * tangent - others
        return torch.where(leads, of_leader, tangent - part.sum(-1, keepdim=True))


class _LogProbability(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor) -> Tensor:
        parts = [_log_probability(z[block], y[block]) for block in _blocks(z)]
        if len(parts) > 1:
            parts = [torch.cat([part.reshape(-1) for part in parts]).reshape(y.shape)]
        (log_q,) = parts
        ctx.save_for_backward(z, y, log_q)
        return log_q

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> Any:
        z, y, log_q = ctx.saved_tensors
        # An infinite slope makes it NaN, as in PyTorch.
        own = slopes * complement(xp, log_q) + (slopes - slopes)
        y, own, factor = (x[..., None] for x in (y, own, -slopes))
        if torch.is_grad_enabled() or is_transformed_slope(slopes):
            return (factor * torch.exp(log_softmax(z))).scatter(-1, y, own), None
        of_z = torch.empty_like(z)
        for block in _blocks(z):
            q = torch.softmax(z[block], -1, out=of_z[block])
            q.mul_(factor[block]).scatter_(-1, y[block], own[block])
        return of_z, None


class _LogProbabilityOfFunc(torch.autograd.Function):
    """The same where no number can be read and nothing is done in place."""

    generate_vmap_rule = True

    @staticmethod
    def forward(z: Tensor, y: Tensor) -> Tensor:
        y = y[..., None]
        log_q = torch.log_softmax(z, -1)
        own = log_q.gather(-1, y)
        rest = log_q.exp().scatter(-1, y, 0.0).sum(-1, keepdim=True)
        return torch.where(own > LOG_HALF, torch.log1p(0.0 - rest), own)[..., 0]

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        ctx.save_for_backward(*inputs, output)
        ctx.save_for_forward(*inputs, output)

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> Any:
        z, y, log_q = (x[..., None] for x in ctx.saved_tensors)
        slopes = slopes[..., None]
        own = slopes * complement(xp, log_q) + (slopes - slopes)
        return (-slopes * torch.exp(log_softmax(z[..., 0]))).scatter(-1, y, own), None

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, _: None) -> Any:
        z, y, log_q = ctx.saved_tensors
        y = y[..., None]
        others = (torch.exp(log_softmax(z)) * tangent).scatter(-1, y, 0.0).sum(-1)
        return complement(xp, log_q) * tangent.gather(-1, y)[..., 0] - others


def _log_softmax(z: Tensor) -> Tensor:
    """Return log q, that of a leading class from the sum of the others' q."""
    log_q = torch.log_softmax(z, -1)
    for block in _blocks(log_q):
        part = log_q[block]
        leads = part > LOG_HALF
        if _any(leads):
            rest = part.exp().masked_fill_(leads, 0.0).sum(-1, keepdim=True)
            torch.where(leads, torch.log1p(0.0 - rest), part, out=part)
    return log_q


def _log_probability(z: Tensor, y: Tensor) -> Tensor:
    """Return log q_y, where y leads from the sum of the others' q."""
    y = y[..., None]
    log_q = torch.log_softmax(z, -1)
    own = log_q.gather(-1, y)
    leads = own > LOG_HALF
    if _any(leads):
        rest = log_q.exp_().scatter_(-1, y, 0.0).sum(-1, keepdim=True)
        own = torch.where(leads, torch.log1p(0.0 - rest), own)
    return own[..., 0]


def _slopes_in_logits(log_q: Tensor, slopes: Tensor) -> Tensor:
    """Return the slopes in z, given those in log q."""
    total = slopes.sum(-1, keepdim=True)
    of_z = slopes - torch.exp(log_q) * total
    return torch.where(*_leader(log_q > LOG_HALF, of_z, total), of_z)


def _leader(leads: Tensor, of_z: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
    """Return where the slope in z is to be that of a leader, and that: what the others' lack to 0.

    Slopes whose sum isn't finite stay as they are, infinities and NaN as in PyTorch.
    """
    others = torch.where(leads, torch.zeros_like(of_z), of_z)
    return leads & total.isfinite(), -others.sum(-1, keepdim=True)


def _any(found: Tensor) -> bool:
    """Say whether there may be a True, which off the CPU isn't waited for."""
    return not values_are_readable(found) or bool(found.any())


def _blocks(z: Tensor) -> Iterable[Any]:
    """Return where to cut `z`, which on a GPU stays whole."""
    if z.device.type != "cpu" or 0 in z.shape:
        return [...]
    return row_blocks(tuple(z.shape), z.element_size())
