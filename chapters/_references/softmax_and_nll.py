"""The slopes that log-softmax hands back, by lossutils and by PyTorch."""

import torch
import torch.nn.functional as F

from lossutils import log_softmax


def our_way_back(z, g):
    z = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(log_softmax(z), z, torch.tensor(g))[0]


def torch_way_back(z, g):
    z = z.requires_grad_()
    return torch.autograd.grad(F.log_softmax(z, dim=0), z, g)[0]
