"""The entropy, and how it answers to each outcome's growth, by lossutils and by PyTorch."""

import torch
from torch.distributions import Categorical

from lossutils import entropy, surprisal


def torch_entropy(p):
    return torch.special.entr(p).sum()


def our_numerator(p):
    return surprisal(p) - entropy(p)


def torch_numerator(p):
    p = p.detach().requires_grad_()
    return torch.autograd.grad(Categorical(probs=p).entropy(), p)[0]
