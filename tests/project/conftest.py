"""The project as a stranger gets it: a clone, with uncommitted changes committed too."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AUTHOR = {"NAME": "Tests", "EMAIL": "tests@localhost"}


def git(*arguments: str, cwd: Path) -> str:
    """Run git without the user's settings, and return what it printed."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    people = {f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in AUTHOR.items()}
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env={**os.environ, **settings, **people},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def copied(copy: Path) -> Path:
    """Make `copy` a repository whose only branch, main, holds the files as they are on disk."""
    copy.mkdir()
    git("init", "--quiet", "--initial-branch=main", cwd=copy)
    listing = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    git("add", "--all", cwd=copy)
    git("commit", "--quiet", "--message", "The files as they are", cwd=copy)
    return copy


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a copy of the project that the test may change."""
    return copied(tmp_path / "clone")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project that no test may change."""
    return copied(tmp_path_factory.mktemp("project") / "clone")


@pytest.fixture
def changes() -> Callable[[Path], str]:
    """Return a function that lists what has changed in a copy, one file per line."""
    return lambda copy: git("status", "--porcelain", cwd=copy)
