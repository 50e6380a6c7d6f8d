"""How much longer a training step takes when `diagnosing` watches its loss.

    python benchmarks/watching.py

The step is the smallest there is: F.cross_entropy of 64 samples of 1000 classes, forward and
backward, without a model. Runs of a second with the watch and without it take turns, on one thread;
the time is the processor's. The first look, which comes with the first call whatever it costs, is
counted in.
"""

from __future__ import annotations

import time

import torch
from rows import quantile, row, told, write
from torch import nn

from lossutils import diagnosing

SHAPE, STEPS, RUNS = (64, 1000), 3000, 15


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    z = torch.randn(SHAPE, requires_grad=True)
    y = torch.randint(0, SHAPE[1], SHAPE[:1])
    criterion = nn.CrossEntropyLoss()

    def microseconds() -> float:
        start = time.process_time()
        for _ in range(STEPS):
            z.grad = None
            criterion(z, y).backward()
        return (time.process_time() - start) / STEPS * 1e6

    microseconds()
    pairs = []
    for _ in range(RUNS):
        alone = microseconds()
        with diagnosing(criterion):
            pairs.append((microseconds(), alone))
    rows = [
        row(
            f"a step of F.cross_entropy, {SHAPE[0]} × {SHAPE[1]}: what diagnosing adds to it",
            [100 * (watched / alone - 1) for watched, alone in pairs],
            unit="%",
            goal=2,
            peer={
                "name": "the step alone",
                "median": quantile([alone for _, alone in pairs], 0.5),
                "unit": "µs",
            },
            packages=("numpy", "torch"),
        )
    ]
    print(told(rows[0]))
    print(write("watching", rows))


if __name__ == "__main__":
    main()
