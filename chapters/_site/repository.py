"""Set the repository's address everywhere it appears: `python repository.py URL`.

The address itself is `repository: url:` in `_config.yml`; everything else (badges, links to Colab
and Binder, the notebooks' first cell, the package's metadata, the site's own address on GitHub
Pages) follows from it. Until an owner sets it, the account is one that nobody can register: GitHub
allows no underscore in a name, so no reader can be led to a stranger's code.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = "YOUR_ACCOUNT"
ADDRESS = re.compile(
    rf"https://github\.com/({PLACEHOLDER}|[A-Za-z0-9](?:-?[A-Za-z0-9]){{0,38}})/"
    r"([\w.-]*[\w-])(?<!\.git)",
    re.ASCII,
)


def address(root: Path = ROOT) -> str:
    """Return the repository's address from `_config.yml`."""
    config = (root / "_config.yml").read_text(encoding="utf-8")
    found = re.search(r"^repository:\n(?:[ #].*\n)*? +url: *(\S+)", config, re.MULTILINE)
    if found is None:
        raise ValueError("_config.yml must have the address of the repository as repository: url:")
    account_and_name(found[1])
    return found[1]


def account_and_name(url: str) -> tuple[str, str]:
    """Split `url` into account and name, refusing anything but a GitHub repository's address."""
    match = ADDRESS.fullmatch(url)
    if match is None:
        raise ValueError(
            f"URL must be the address of a GitHub repository, such as https://github.com/me/book "
            f"(no .git, no slash at the end), got {url!r}"
        )
    return match[1], match[2]


def pages(url: str) -> str:
    """Return where GitHub Pages serves the site of the repository at `url`.

    >>> pages("https://github.com/me/book")
    'https://me.github.io/book'
    """
    account, name = account_and_name(url)
    return f"https://{account}.github.io/{name}"


def mentions(url: str) -> re.Pattern[str]:
    """Return the pattern of every form in which the repository at `url` is mentioned.

    The forms are its address, the paths that Colab (`/github/…`) and Binder (`/gh/…`) give it,
    and its site's address. A longer name that merely begins with this one is no mention of it.
    """
    account, name = (re.escape(part) for part in account_and_name(url))
    return re.compile(
        rf"(?P<before>github\.com/|/github/|/gh/)(?P<slug>{account}/{name})(?![\w-]|\.(?!git\b)\w)"
        rf"|{account}\.github\.io/{name}(?![\w-]|\.\w)"
    )


def moved(text: str, old: str, new: str) -> str:
    """Return `text` with every mention of the repository at `old` replaced by `new`."""
    slug = "/".join(account_and_name(new))
    site = pages(new).removeprefix("https://")
    return mentions(old).sub(lambda m: m["before"] + slug if m["slug"] else site, text)


def tracked_texts(root: Path = ROOT) -> dict[Path, str]:
    """Return the project's text files (what git tracks, or would) with their contents."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=root, capture_output=True, check=True).stdout
    texts = {}
    for name in names.decode().split("\0"):
        path = root / name
        if path.is_file():
            try:
                # newline="": a file keeps its line endings.
                with path.open(encoding="utf-8", newline="") as file:
                    texts[path] = file.read()
            except UnicodeDecodeError:  # a picture, or other data
                continue
    return texts


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: make repository URL=https://github.com/me/book", file=sys.stderr)
        return 2
    new = arguments[0]
    try:
        account_and_name(new)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    old = address()
    for path, text in tracked_texts().items():
        after = moved(text, old, new)
        if after != text:
            path.write_text(after, encoding="utf-8", newline="")
            print(f"changed {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
