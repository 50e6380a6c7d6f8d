"""One batch's cross-entropy on several devices, split by classes and by samples.

    torchrun --standalone --nproc-per-node 2 sharded.py

Each process uses a GPU of its own (nccl), or the processor if there are too few GPUs (gloo). The
first process prints how their joint results compare with those of a single process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import loss_parallel
from torch.nn.parallel import DistributedDataParallel
from torch.utils._python_dispatch import TorchDispatchMode

N, C, H = 64, 1000, 16  # samples, classes, numbers that go into the last layer
NOISE = 1e-12  # how far apart two orders of summation may be in float64


class Wire(TorchDispatchMode):
    """Records what a process sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, Tensor]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # Ignore operations on sharded tensors: each process's own part follows separately.
        if any(issubclass(kind, DTensor) for kind in types):
            return NotImplemented
        name = func.__name__.partition(".")[0]
        if func.namespace.endswith("c10d_functional") and name.startswith(("all_", "reduce_")):
            self.sent.append((f"{name} {args[1]}", args[0]))
        return func(*args, **(kwargs or {}))


def batch(device: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return hidden states, the layer's matrix, labels, and weights of the classes."""
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(N, H, generator=generator, dtype=torch.float64)
    matrix = torch.randn(C, H, generator=generator, dtype=torch.float64) / H**0.5
    labels = torch.randint(C, (N,), generator=generator)
    weight = 1 + 9 * torch.rand(C, generator=generator, dtype=torch.float64)
    labels[: N // 4] = -100  # padding, all of it in the first process's samples
    return hidden.to(device), matrix.to(device), labels.to(device), weight.to(device)


def alone(
    hidden: Tensor, matrix: Tensor, y: Tensor, w: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return loss and gradients, in one process that holds everything."""
    h, m = hidden.clone().requires_grad_(), matrix.clone().requires_grad_()
    loss = F.cross_entropy(h @ m.T, y, weight=w)
    return (loss.detach(), *torch.autograd.grad(loss, (h, m)))


def by_classes(
    mesh: DeviceMesh, hidden: Tensor, matrix: Tensor, y: Tensor
) -> tuple[tuple[Tensor, Tensor, Tensor], tuple[int, ...], Wire]:
    """Return loss and gradients with the classes split, a part's shape, and what was sent."""
    h = distribute_tensor(hidden, mesh, [Replicate()]).requires_grad_()
    m = distribute_tensor(matrix, mesh, [Shard(0)]).requires_grad_()
    # The backward pass belongs in here too.
    with Wire() as wire, loss_parallel():
        logits = F.linear(h, m)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        # Each process has its own classes' part of the gradient in h; the sum is the whole.
        of_h = h.grad.redistribute(mesh, [Replicate()])
    part = tuple(logits.to_local().shape)
    return (loss.full_tensor().detach(), of_h.to_local(), m.grad.full_tensor()), part, wire


def by_samples(
    loss_of: Callable[[Tensor, Tensor], Tensor], hidden: Tensor, matrix: Tensor, y: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the mean of all processes' losses, and the gradient averaged by DDP."""
    rank, processes = dist.get_rank(), dist.get_world_size()
    layer = torch.nn.Linear(H, C, bias=False, dtype=matrix.dtype, device=matrix.device)
    layer.load_state_dict({"weight": matrix})
    model = DistributedDataParallel(layer)
    loss = loss_of(model(hidden.chunk(processes)[rank]), y.chunk(processes)[rank])
    loss.backward()  # DDP averages all processes' gradients in here
    mean = loss.detach().clone()
    dist.all_reduce(mean)
    return mean / processes, layer.weight.grad


def main() -> None:
    dist.init_process_group("nccl" if on_gpus() else "gloo")
    rank, processes = dist.get_rank(), dist.get_world_size()
    kind = "cuda" if on_gpus() else "cpu"
    if on_gpus():
        torch.cuda.set_device(rank)
    hidden, matrix, y, w = batch(kind)

    def say(text: str) -> None:
        if rank == 0:
            print(text)

    whole = alone(hidden, matrix, y)
    together, part, wire = by_classes(init_device_mesh(kind, (processes,)), hidden, matrix, y)
    say(f"{processes} processes, {N} samples, {C} classes, float64\n")
    say(f"classes shared out: each process has logits of shape {part}")
    say(f"  loss            {together[0]:.6f}, alone {whole[0]:.6f}")
    for name, a, b in zip(("loss", "gradient of h", "gradient of W"), together, whole, strict=True):
        say(f"  {name:15} differs by {difference(a, b)}")
    say("  handed over to be sent:")
    for name, tensor in wire.sent:
        say(f"    {name:15} {tensor.numel():5} numbers {tensor.nbytes:6} bytes")
    sent = sum(tensor.nbytes for _, tensor in wire.sent)
    say(f"    in all {sent} bytes; the logits are {N * C * hidden.element_size()} bytes\n")

    def mean_of_means(logits: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(logits, y, weight=w)

    def one_divisor(logits: Tensor, y: Tensor) -> Tensor:
        divisor = w[y[y >= 0]].sum()
        dist.all_reduce(divisor)  # over all processes
        # DDP will divide by the number of processes.
        return processes * F.cross_entropy(logits, y, weight=w, reduction="sum") / divisor

    whole = alone(hidden, matrix, y, w)
    say("samples shared out, weights of 1 to 10, the padding all in the first share")
    for name, loss_of in {"mean of means": mean_of_means, "one divisor": one_divisor}.items():
        loss, gradient = by_samples(loss_of, hidden, matrix, y)
        say(f"  {name:15} {loss:.6f}, alone {whole[0]:.6f}")
        say(f"  {'gradient of W':15} differs by {difference(gradient, whole[2])}")
    say(f"  sent for the divisor: {w.element_size()} bytes; for the gradient: {matrix.nbytes}")
    dist.destroy_process_group()


def on_gpus() -> bool:
    return torch.cuda.device_count() >= int(os.environ["WORLD_SIZE"])


def difference(a: Tensor, b: Tensor) -> str:
    """Return how far `a` is from `b`, relative to the largest number in `b`, as text."""
    share = float((a - b).abs().max() / b.abs().max())
    return f"≤ {NOISE:g}" if share <= NOISE else f"{share:.4f}"


if __name__ == "__main__":
    main()
