"""What tests of the explorers' JavaScript share."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

JAVASCRIPT = Path(__file__).resolve().parents[2] / "lossutils" / "widgets" / "js"


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Run Node in the JavaScript folder, fail where it fails, and return what it printed."""
    if not (JAVASCRIPT / "node_modules").is_dir():
        pytest.fail(f"the packages are missing: run python {JAVASCRIPT / 'node.py'} npm ci")

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, str(JAVASCRIPT / "node.py"), "node", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run
