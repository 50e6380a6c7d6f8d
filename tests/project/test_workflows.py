"""GitHub's workflows are valid, pinned, and have no more permissions than they need."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EACH = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        yield from job["steps"]


def test_all_follow_githubs_schema() -> None:
    check = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS]
    done = subprocess.run([sys.executable, *check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@EACH
def test_each_action_is_pinned_to_a_commit_and_says_its_release(path: Path) -> None:
    used = re.findall(r"uses: *(.*)", path.read_text())
    assert len(used) == sum("uses" in step for step in steps(path))
    for action in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@EACH
def test_it_may_only_read_but_for_the_deployment(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    more = {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    deployment = {"deploy": {"pages": "write", "id-token": "write"}}
    assert more == (deployment if path.stem == "pages" else {})


@EACH
def test_the_checkout_leaves_no_credentials_behind(path: Path) -> None:
    checkouts = [step for step in steps(path) if "actions/checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@EACH
def test_every_job_has_a_timeout(path: Path) -> None:
    jobs = yaml.safe_load(path.read_text())["jobs"]
    assert all(job["timeout-minutes"] <= 60 for job in jobs.values())


@EACH
def test_what_it_runs_exists(path: Path) -> None:
    for step in steps(path):
        for target in re.findall(r"\bmake ([\w-]+)", step.get("run", "")):
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        for name in re.findall(r"(?<!\w)\.ci/\w+|\S+requirements\.txt", step.get("run", "")):
            assert (ROOT / name).exists()
