"""If a machine lacks something, make says what, and how to get it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def make(folder: Path, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path or os.environ["PATH"], "HOME": os.environ.get("HOME", "")}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """Return a PATH with what make's own steps need and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("make", "sh", "cat", "cksum", "cut", "echo", "touch", "rm", "test"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return str(folder)


def test_what_is_quick_needs_no_browser_and_no_built_site(clone: Path) -> None:
    every, quick = (make(clone, "--dry-run", target).stdout for target in ("test", "quick"))
    assert "playwright install chromium" in every
    assert "playwright install chromium" not in quick
    [run] = re.findall(r"-m pytest .*$", quick.replace("\\\n", ""), re.MULTILINE)
    assert '-m "not slow"' in run
    assert {"lossutils", "tests/test_losses.py", "tests/widgets"} <= {*run.split()}
    assert not [path for path in run.split() if "chapters" in path or "browser" in path]


def test_a_misspelt_option_runs_nothing(clone: Path) -> None:
    done = make(clone, "--dry-run", "notebooks", "NOTEBOOK=chapters/entropy.ipynb")
    assert done.returncode != 0
    assert not done.stdout
    assert "There is no option NOTEBOOK; there are NOTEBOOKS " in done.stderr
    for option in ("NOTEBOOKS=chapters/entropy.ipynb", "PIP_EXTRA_INDEX_URL=https://example.org"):
        assert make(clone, "--dry-run", "notebooks", option).returncode == 0


@pytest.mark.parametrize("target", ["book", "test"])
def test_without_python_it_names_the_package(clone: Path, bare: str, target: str) -> None:
    done = make(clone, target, path=bare)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "sudo apt install python3 python3-venv" in done.stderr


def test_a_python_that_is_too_old_is_not_used(clone: Path, bare: str) -> None:
    # It fails the check of its version.
    script(Path(bare) / "python3", "exit 1")
    done = make(clone, "book", path=bare)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr


def test_without_venv_it_names_the_package(clone: Path, bare: str) -> None:
    text = f'case "$2" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac'
    script(Path(bare) / "python3", text)
    done = make(clone, "book", path=bare)
    assert done.returncode != 0
    assert "ensurepip is missing" in done.stderr
    assert "sudo apt install python3-venv" in done.stderr
    assert not (clone / ".venv-book").exists()


@pytest.fixture
def ready(clone: Path) -> Path:
    """Return a project whose environment looks ready, but whose Python does nothing."""
    planned = make(clone, "--dry-run", "environment").stdout
    [stamp] = re.findall(r"^touch (\.venv/\.ready-\d+)$", planned, re.MULTILINE)
    script(clone / ".venv" / "bin" / "python", "exit 0")
    (clone / stamp).touch()
    return clone


def test_a_ready_environment_is_left_alone(ready: Path, bare: str) -> None:
    done = make(ready, "environment", path=bare)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_changed_pins_are_noticed_and_touched_files_are_not(
    ready: Path, bare: str, name: str
) -> None:
    (ready / name).touch()
    assert make(ready, "environment", path=bare).returncode == 0
    (ready / name).write_text((ready / name).read_text() + "\n# another\n")
    assert make(ready, "environment", path=bare).returncode != 0


def test_without_a_browser_it_names_the_package(ready: Path, bare: str) -> None:
    script(ready / ".venv" / "bin" / "python", "exit 1")  # Playwright's installer fails
    done = make(ready, "browser", path=bare)
    assert done.returncode != 0
    assert "sudo apt install chromium" in done.stderr


def test_an_installed_browser_is_enough(ready: Path, bare: str) -> None:
    script(ready / ".venv" / "bin" / "python", "exit 1")
    script(Path(bare) / "google-chrome", "exit 0")
    assert make(ready, "browser", path=bare).returncode == 0


def test_a_failed_installation_says_why_and_is_tried_again(clone: Path) -> None:
    (clone / "requirements.txt").write_text("./no-such-package\n")
    for _ in range(2):
        done = make(clone, "site", f"PYTHON={sys.executable}")
        assert done.returncode != 0
        assert "The packages could not be installed" in done.stderr
    assert not list((clone / ".venv-book").glob(".ready-*"))
