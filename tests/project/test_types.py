"""The package's types, and those of the commands, are right under `mypy --strict`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "chapters/_site/notebooks.py",
    "chapters/_site/repository.py",
    "chapters/_site/serve.py",
]
BENCHMARKS = ["benchmarks/rows.py", "benchmarks/report.py"]


def test_mypy_strict_finds_nothing():
    # In one run, because NumPy's and PyTorch's own types take most of the time.
    check = ["mypy", "--strict", "--no-error-summary", "lossutils", *COMMANDS, *BENCHMARKS]
    done = subprocess.run(
        [sys.executable, "-m", *check],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
