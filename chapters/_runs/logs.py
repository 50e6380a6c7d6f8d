"""Make small runs with one fault planted in each, and keep their logs as exercises.

    python chapters/_runs/logs.py      writes chapters/data/logs.json

    targets   scikit-learn's breast cancer data, a linear model and binary cross-entropy; the targets
              are 1 for malignant and -1, not 0, for benign
    shuffled  scikit-learn's handwritten digits, a network with one hidden layer; the labels were
              shuffled without their pictures, but for those of the test
    leak      rain and umbrellas, drawn from the chapter's table; among the inputs is a note made in
              the evening, which is wrong about the umbrella on one day in twenty
    capped    scikit-learn's handwritten digits, pixels from 0 to 16, a linear model and the loss
              -log(softmax(z) + 1e-8)
    uncounted scikit-learn's handwritten digits, a linear model and cross-entropy with ignore_index=0
    narrow    scikit-learn's handwritten digits, a linear model; the losses of an epoch's batches are
              added up in bfloat16
    unsure    scikit-learn's handwritten digits, a linear model, and the mean entropy of its softmax,
              which is taken over the samples of a batch, not over the classes
    wordless  the letters of the Gettysburg Address, coded with Huffman's code for those at its beginning;
              a letter that isn't among them has no word and is left out

The runs are real: nothing in a log is made up.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer, load_digits
from torch import nn

from lossutils import entropy, huffman_lengths

RESULTS = Path(__file__).parents[1] / "data" / "logs.json"
Log = dict[str, list[float]]


def noted(log: Log, **numbers: torch.Tensor | int) -> None:
    """Add a row to a log, with as many digits as a log usually has."""
    for name, number in numbers.items():
        written = number if isinstance(number, int) else round(number.item(), 4)
        log.setdefault(name, []).append(written)


def linear_digits(chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return shuffled pictures with a constant pixel, their digits, and a linear model's zeros."""
    pictures, digits = load_digits(return_X_y=True)
    order = torch.randperm(len(digits), generator=chance)
    x, y = torch.tensor(pictures / 16)[order], torch.tensor(digits)[order]
    x = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
    return x, y, torch.zeros(x.shape[1], 10, dtype=torch.float64, requires_grad=True)


def targets() -> Log:
    """Return the log of a model whose targets are 1 and -1."""
    x, benign = load_breast_cancer(return_X_y=True)
    x, y = torch.tensor((x - x.mean(0)) / x.std(0)), 1 - 2 * torch.tensor(benign).double()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    x, y = x[order], y[order]
    weights = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([weights], lr=0.05)
    log: Log = {}
    for step in range(201):
        z = x @ weights[1:] + weights[0]
        loss = F.binary_cross_entropy_with_logits(z[:400], y[:400])
        if step % 25 == 0:
            new = F.binary_cross_entropy_with_logits(z[400:], y[400:])
            said = z[400:] > 0
            right = (said == (y[400:] > 0)).double().mean()
            noted(log, step=step, training=loss, test=new, right=right, yes=said.double().mean())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return log


def shuffled() -> Log:
    """Return the log of a network whose training labels belong to other pictures."""
    pictures, digits = load_digits(return_X_y=True)
    chance = torch.Generator().manual_seed(0)
    order = torch.randperm(len(digits), generator=chance)
    x, y = torch.tensor(pictures / 16)[order], torch.tensor(digits)[order]
    y[:1284] = y[:1284][torch.randperm(1284, generator=chance)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)).double()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    log: Log = {}
    for epoch in range(161):
        if epoch % 20 == 0:
            with torch.no_grad():
                z, right = model(x), model(x).argmax(dim=1) == y
            training, test = (
                F.cross_entropy(z[:1284], y[:1284]),
                F.cross_entropy(z[1284:], y[1284:]),
            )
            fitted, found = right[:1284].double().mean(), right[1284:].double().mean()
            noted(log, epoch=epoch, training=training, fitted=fitted, test=test, right=found)
        for places in torch.randperm(1284, generator=chance).split(64):
            optimiser.zero_grad()
            F.cross_entropy(model(x[places]), y[places]).backward()
            optimiser.step()
    return log


def leak() -> Log:
    """Return the log of a model that is told in advance what it is asked."""
    table = np.array([6, 2, 1, 7]) / 16
    chance = np.random.default_rng(0)
    pairs = torch.tensor(chance.choice(4, size=40_000, p=table))
    rain, umbrella = (pairs < 2).double(), (pairs % 2 == 0).double()
    wrong = torch.tensor(chance.random(40_000) < 1 / 20)
    note = torch.where(wrong, 1 - umbrella, umbrella)
    x = torch.stack([torch.ones_like(rain), rain, note, rain * note], dim=1)
    weights = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([weights], lr=0.1)
    log: Log = {}
    for step in range(201):
        z = x @ weights
        loss = F.binary_cross_entropy_with_logits(z[:20_000], umbrella[:20_000])
        if step % 25 == 0:
            new = F.binary_cross_entropy_with_logits(z[20_000:], umbrella[20_000:])
            right = ((z[20_000:] > 0) == (umbrella[20_000:] > 0)).double().mean()
            noted(log, step=step, training=loss, new=new, right=right)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return log


def capped() -> Log:
    """Return the log of a model whose loss has a ceiling."""
    pictures, digits = load_digits(return_X_y=True)
    x, y = torch.tensor(pictures)[:1284], torch.tensor(digits)[:1284]
    x = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
    weights = torch.zeros(x.shape[1], 10, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([weights], lr=0.1)
    log: Log = {}
    for step in range(161):
        z = x @ weights
        losses = -(F.softmax(z, dim=1)[torch.arange(len(y)), y] + 1e-8).log()
        if step % 20 == 0:
            right = (z.argmax(dim=1) == y).double().mean()
            noted(log, step=step, loss=losses.mean(), largest=losses.max(), right=right)
        optimiser.zero_grad()
        losses.mean().backward()
        optimiser.step()
    return log


def uncounted() -> Log:
    """Return the log of a model whose loss leaves a class out."""
    x, y, weights = linear_digits(torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam([weights], lr=0.05)
    log: Log = {}
    for step in range(401):
        z = x @ weights
        loss = F.cross_entropy(z[:1284], y[:1284], ignore_index=0)
        if step % 50 == 0:
            new = F.cross_entropy(z[1284:], y[1284:], ignore_index=0)
            right = (z.argmax(dim=1) == y).double()
            fitted, found = right[:1284].mean(), right[1284:].mean()
            noted(log, step=step, training=loss, fitted=fitted, test=new, right=found)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return log


def narrow() -> Log:
    """Return the log of a model whose running loss is a sum in bfloat16."""
    chance = torch.Generator().manual_seed(0)
    x, y, weights = linear_digits(chance)
    x, y = x[:1284], y[:1284]
    optimiser = torch.optim.SGD([weights], lr=0.002)
    log: Log = {}
    for epoch in range(1, 7):
        total = torch.zeros((), dtype=torch.bfloat16)
        batches = torch.randperm(len(y), generator=chance).split(1)
        for places in batches:
            loss = F.cross_entropy((x[places] @ weights).bfloat16(), y[places])
            total += loss.detach()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        z = x @ weights.detach()
        right = (z.argmax(dim=1) == y).double().mean()
        running, after = total.double() / len(batches), F.cross_entropy(z, y)
        noted(log, epoch=epoch, running=running, after=after, right=right)
    return log


def unsure() -> Log:
    """Return the log of a model whose entropy is taken along the wrong axis."""
    x, y, weights = linear_digits(torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam([weights], lr=0.05)
    log: Log = {}
    for step in range(201):
        z = x[:1024] @ weights
        loss = F.cross_entropy(z, y[:1024])
        if step % 25 == 0:
            found = torch.special.entr(F.softmax(z, dim=0)).sum(dim=0).mean()
            right = (z.argmax(dim=1) == y[:1024]).double().mean()
            noted(log, step=step, loss=loss, right=right, entropy=found)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return log


def wordless() -> Log:
    """Return the log of a code in which some letters have no word."""
    text = (RESULTS.parent / "gettysburg-address.txt").read_text(encoding="utf-8").lower()
    letters = torch.tensor([ord(c) - ord("a") for c in text if "a" <= c <= "z"])
    log: Log = {}
    for read in (10, 25, 50, 100, 200, 400):
        p, rest = (
            F.one_hot(part, 26).double().mean(dim=0) for part in letters.tensor_split([read])
        )
        noted(
            log, read=read, length=rest @ huffman_lengths(p).double(), entropy=entropy(rest, base=2)
        )
    return log


def made() -> dict[str, Any]:
    runs = (targets, shuffled, leak, capped, uncounted, narrow, unsure, wordless)
    return {run.__name__: run() for run in runs}


def main() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    text = json.dumps(made(), indent=1)
    torch.set_num_threads(threads)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
