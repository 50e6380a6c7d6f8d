"""What the exercise on chunks is checked against, by lossutils and by PyTorch."""

import numpy as np
import torch

from lossutils import logsumexp


def our_merge(m, s):
    with np.errstate(divide="ignore"):
        return logsumexp(m + np.log(s))


def torch_merge(m, s):
    return torch.logsumexp(m + s.log(), dim=0)
