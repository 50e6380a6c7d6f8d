"""What the exercises on training are checked against, by lossutils and by PyTorch."""

import numpy as np
import torch
import torch.nn.functional as F

from lossutils import cross_entropy_loss


def our_total(z, y, w):
    return cross_entropy_loss(z, y, weight=w)


def torch_total(z, y, w):
    return F.cross_entropy(z, y, weight=w)


def our_adjusted(z, y, counts):
    return cross_entropy_loss(z + np.log(counts / counts.sum()), y)


def torch_adjusted(z, y, counts):
    return F.cross_entropy(z + torch.log(counts / counts.sum()), y)
