"""How much longer a training step takes when `diagnosing` watches its loss.

    python benchmarks/watching.py

The step is the smallest there is: F.cross_entropy of 64 samples of 1000 classes, forward and
backward, without a model. Forty steps with the watch and forty without it take turns, on one
thread, each as often the first of the two; the time is the processor's. Looks come as seldom as in
a loop that does nothing but the watched steps, and the first, which comes with the first call
whatever it costs, is counted in.
"""

from __future__ import annotations

import time

import torch
from rows import quantile, row, told, write
from torch import nn

from lossutils import diagnosing

SHAPE, STEPS, TURNS, RUNS = (64, 1000), 40, 100, 15


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    z = torch.randn(SHAPE, requires_grad=True)
    y = torch.randint(0, SHAPE[1], SHAPE[:1])
    alone, watched = nn.CrossEntropyLoss(), nn.CrossEntropyLoss()

    def seconds(criterion: nn.Module) -> float:
        start = time.process_time()
        for _ in range(STEPS):
            z.grad = None
            criterion(z, y).backward()
        return time.process_time() - start

    pairs = []
    with diagnosing(watched) as watch:

        def seconds_alone() -> float:
            start = time.perf_counter()
            passed = seconds(alone)
            # A look waits for a share of the time since the watch began. This is not its time.
            watch._start += time.perf_counter() - start
            return passed

        for _ in range(RUNS):
            turns = []
            for turn in range(TURNS):
                if turn % 2:
                    turns.append((seconds(watched), seconds_alone()))
                else:
                    turns.append((seconds_alone(), seconds(watched))[::-1])
            pairs.append([sum(each) for each in zip(*turns, strict=True)])
    rows = [
        row(
            f"a step of F.cross_entropy, {SHAPE[0]} × {SHAPE[1]}: what diagnosing adds to it",
            [100 * (ours / theirs - 1) for ours, theirs in pairs],
            unit="%",
            goal=2,
            peer={
                "name": "the step alone",
                "median": quantile([theirs / (STEPS * TURNS) * 1e6 for _, theirs in pairs], 0.5),
                "unit": "µs",
            },
            packages=("numpy", "torch"),
        )
    ]
    print(told(rows[0]))
    print(write("watching", rows))


if __name__ == "__main__":
    main()
