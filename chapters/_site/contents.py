"""What _toc.yml lists: the book's documents in the order in which they are read, and its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def documents(toc: Any) -> Iterator[str]:
    """Yield the documents that a table of contents, or a part of it, names, in its order."""
    if isinstance(toc, dict):
        yield from (toc[key] for key in ("root", "file") if key in toc)
        for value in toc.values():
            yield from documents(value)
    elif isinstance(toc, list):
        for value in toc:
            yield from documents(value)


TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
DOCUMENTS = list(documents(TOC))
NOTEBOOKS = [path for name in DOCUMENTS if (path := ROOT / f"{name}.ipynb").exists()]
FIRST_PART = [ROOT / f"{name}.ipynb" for name in documents(TOC["parts"][0])]
