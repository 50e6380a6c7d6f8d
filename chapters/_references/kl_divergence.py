"""The divergence by PyTorch, and the slopes of the distillation loss."""

import torch
import torch.nn.functional as F


def torch_kl(p, q):
    return F.kl_div(q.log(), p, reduction="sum")


def our_slopes(small, large, T):
    z, T = torch.tensor(small, requires_grad=True), float(T)
    softened = (torch.tensor(large) / T).softmax(dim=-1)
    loss = F.kl_div((z / T).log_softmax(dim=-1), softened, reduction="batchmean")
    return torch.autograd.grad(T**2 * loss, z)[0]
