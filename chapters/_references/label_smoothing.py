"""The smoothing that has its optimum at a gap, and the way back from a smoothed model to p."""

import numpy as np
import torch

from lossutils import softmax


def our_alpha(gap, classes):
    target = softmax(gap * np.eye(int(classes))[0])  # the q it asks for
    return classes * target[1]  # α/K is what a wrong class gets


def torch_alpha(gap, classes):
    z = torch.zeros(int(classes), dtype=gap.dtype, device=gap.device)
    z[0] = gap
    return classes * torch.softmax(z, dim=0)[1]


def our_way_back(z, alpha):
    q = softmax(z)
    even = np.full_like(q, 1 / q.shape[1])
    return even + (q - even) / (1 - alpha)  # smoothing shrank what is not even


def torch_way_back(z, alpha):
    classes = z.shape[1]
    smoothed = (1 - alpha) * torch.eye(classes, dtype=z.dtype) + alpha / classes
    # Each label's smoothed target is a row: their mean is p times this matrix.
    return torch.linalg.solve(smoothed, z.softmax(dim=1), left=False)
