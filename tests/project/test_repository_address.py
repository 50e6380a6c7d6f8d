"""The repository's address: the same everywhere, changed everywhere by one command."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import repository

# In two parts, so that it occurs nowhere in the project and can be changed back.
OWNERS = "https://github.com/" + "ada-l/losses.book"
ME, YOU = "https://github.com/me/book", "https://github.com/you/other"
# Anything that names a repository on GitHub, Colab, Binder or GitHub Pages.
FORMS = re.compile(
    r"(?:github\.com/|githubusercontent\.com/|colab\.research\.google\.com/github/"
    r"|mybinder\.org/v2/gh/)([\w.-]+/[\w.-]*[\w-])"
    r"|\b([\w-]+)\.github\.io/([\w.-]*[\w-])"
)


def slugs(text: str) -> list[str]:
    """Return account/name of every repository that `text` names."""
    forms = [form[1] or f"{form[2]}/{form[3]}" for form in FORMS.finditer(text)]
    return [slug.removesuffix(".git") for slug in forms]


def run(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = clone / "chapters" / "_site" / "repository.py"
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_no_other_address_is_used_where_ours_is_meant() -> None:
    ours = "/".join(repository.account_and_name(repository.address()))
    account, name = ours.split("/")
    for path, text in repository.tracked_texts().items():
        for slug in slugs(text):
            alike = name in slug or account in slug or repository.PLACEHOLDER in slug
            assert not alike or slug == ours, f"{path} names {slug}"


@pytest.mark.parametrize("name", ["README.md", "CITATION.cff", "pyproject.toml", "_config.yml"])
def test_the_address_is_where_readers_look(name: str) -> None:
    text = (repository.ROOT / name).read_text(encoding="utf-8")
    assert repository.address() in text


def test_one_command_changes_every_occurrence_and_can_change_it_back(
    clone: Path, changes: Callable[[Path], str]
) -> None:
    old = repository.address(clone)
    before = repository.tracked_texts(clone)
    mentioned = {path for path, text in before.items() if repository.mentions(old).search(text)}

    assert run(clone, OWNERS).returncode == 0

    after = repository.tracked_texts(clone)
    assert repository.address(clone) == OWNERS
    assert {path for path in before if before[path] != after[path]} == mentioned
    ours = "/".join(repository.account_and_name(old))
    assert not [path for path, text in after.items() if ours in slugs(text)]
    for notebook in (clone / "chapters").glob("*.ipynb"):
        assert f'url = \\"{OWNERS}\\"' in after[notebook]
    assert f'Book = "{repository.pages(OWNERS)}"' in after[clone / "pyproject.toml"]

    assert run(clone, old).returncode == 0
    assert changes(clone) == ""


def test_notebooks_with_the_new_address_are_in_their_normal_form(clone: Path) -> None:
    assert run(clone, OWNERS).returncode == 0
    check = [sys.executable, str(clone / "chapters" / "_site" / "notebooks.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "",
        "me/book",
        "http://github.com/me/book",
        "https://github.com/me",
        "https://github.com/me/book/",
        "https://github.com/me/book.git",
        "https://github.com/me/book/tree/main",
        "https://github.com/me_too/book",
        "https://github.com/-me/book",
        "https://gitlab.com/me/book",
        "https://github.com/me/bo ok",
        "https://github.com/me/book\n",
    ],
)
def test_a_bad_address_is_refused_and_changes_nothing(
    untouched: Path, changes: Callable[[Path], str], url: str
) -> None:
    done = run(untouched, url)
    assert done.returncode == 2
    assert "URL must be the address of a GitHub repository" in done.stderr
    assert repr(url) in done.stderr
    assert changes(untouched) == ""


def test_a_longer_name_is_not_a_mention() -> None:
    text = "https://github.com/me/book2 https://github.com/me/book-x https://me.github.io/books"
    assert repository.moved(text, ME, YOU) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("git clone https://github.com/me/book.git", "git clone https://github.com/you/other.git"),
        ("See https://github.com/me/book.", "See https://github.com/you/other."),
        ("https://me.github.io/book/a.html", "https://you.github.io/other/a.html"),
        ("https://mybinder.org/v2/gh/me/book/main", "https://mybinder.org/v2/gh/you/other/main"),
        (
            "https://colab.research.google.com/github/me/book/blob/main/a.ipynb",
            "https://colab.research.google.com/github/you/other/blob/main/a.ipynb",
        ),
    ],
)
def test_every_form_is_a_mention(before: str, after: str) -> None:
    assert repository.moved(before, ME, YOU) == after
