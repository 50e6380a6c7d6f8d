"""Time that `make test` takes with its environment in place, on two cores.

python benchmarks/tests.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rows import row, write

ROOT = Path(__file__).resolve().parents[1]
CORES = 2
PACKAGES = ("pytest", "pytest-xdist", "torch")


def main() -> None:
    # Children inherit which cores they may use; a machine that cannot say so uses all it has.
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    start = time.perf_counter()
    subprocess.run(["make", "test"], cwd=ROOT, check=True)
    minutes = (time.perf_counter() - start) / 60
    name = "`make test` with its environment in place, two cores"
    print(write("tests", [row(name, [minutes], unit="min", goal=12, packages=PACKAGES)]))


if __name__ == "__main__":
    main()
