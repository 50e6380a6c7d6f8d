"""Losses of images with unlabelled pixels, and of pairs that are as far apart as they can be."""

import numpy as np
import torch
import torch.nn.functional as F

from lossutils import cross_entropy_loss


def our_image_losses(z, y):
    losses = cross_entropy_loss(z, y, reduction="none", ignore_index=255)
    return losses.sum(axis=(1, 2)) / np.maximum((y != 255).sum(axis=(1, 2)), 1)


def torch_image_losses(z, y):
    losses = F.cross_entropy(z, y, reduction="none", ignore_index=255)
    return losses.sum(dim=(1, 2)) / (y != 255).sum(dim=(1, 2)).clamp(min=1)


def similarities(pairs):
    """Return the cosines of unit vectors, each as far from all others as can be."""
    vectors = np.eye(int(pairs)) - 1 / pairs
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


def our_batch_floor(pairs, temperature):
    z = similarities(pairs) / float(temperature)
    return cross_entropy_loss(z, np.arange(len(z)))


def torch_batch_floor(pairs, temperature):
    z = torch.tensor(similarities(float(pairs))) / temperature
    return F.cross_entropy(z, torch.arange(len(z)))
