"""What the exercises on cross-entropy are checked against, and the run whose log is to diagnose."""

import numpy as np
import torch
import torch.nn.functional as F

from lossutils import conditional_entropy, entropy

PEOPLE = 20


def our_floor(inputs, labels):
    joint = np.zeros((inputs.max() + 1, labels.max() + 1))
    np.add.at(joint, (inputs, labels), 1 / inputs.size)
    return conditional_entropy(joint)


def torch_floor(inputs, labels):
    pairs = F.one_hot(inputs).double().T @ F.one_hot(labels).double()
    shares = pairs / pairs.sum(dim=1, keepdim=True)
    return -shares[inputs, labels].log().mean()


def votes():
    """Return 500 inputs, and how many of 20 people gave each of three labels, drawn by chance.

    One vote in ten was for none of the three. Dividing by 20 all the same is the planted fault.
    """
    chance = np.random.default_rng(0)
    x = torch.tensor(chance.normal(size=(500, 8)))
    q = torch.softmax(x @ torch.tensor(chance.normal(size=(8, 3))), dim=1).numpy()
    given = [chance.multinomial(PEOPLE, [*(0.9 * row), 0.1])[:3] for row in q]
    return x, torch.tensor(np.array(given, dtype=float))


def trained(x, targets):
    """Fit a linear model to the targets, and return its logits every 50 steps."""
    weights = torch.zeros(x.shape[1], 3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([weights], lr=1.0)
    logits = {}
    for step in range(201):
        z = x @ weights
        if step % 50 == 0:
            logits[step] = z.detach()
        optimiser.zero_grad()
        F.cross_entropy(z, targets).backward()
        optimiser.step()
    return logits


def print_log():
    x, given = votes()
    targets = given / PEOPLE
    shares = (given / given.sum(dim=1, keepdim=True)).numpy()
    print(f"floor: entropy of the shares, mean over the samples {entropy(shares).mean():.4f}")
    print("step    loss")
    for step, z in trained(x, targets).items():
        print(f"{step:4}{F.cross_entropy(z, targets):8.4f}")
