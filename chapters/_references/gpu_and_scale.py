"""What the exercise on chunks is checked against, by lossutils and by PyTorch."""

import numpy as np
import torch

from lossutils import entropy, logsumexp


def our_entropy(m, s, u):
    with np.errstate(divide="ignore"):
        sizes = m + np.log(s)
    share = np.exp(sizes - logsumexp(sizes))
    there = s > 0
    # Between the chunks, and then within each of them.
    mean = u[there] / s[there]
    within = sizes[there] - mean
    return entropy(share) + (share[there] * within).sum()


def torch_entropy(m, s, u):
    sizes = m + s.log()
    share = torch.softmax(sizes, dim=0)
    mean = torch.where(s > 0, u / s, 0.0)
    return torch.logsumexp(sizes, dim=0) - share @ mean
