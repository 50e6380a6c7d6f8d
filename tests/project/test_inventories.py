"""The lists of what other libraries document name what there is, at addresses of their form."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from pydoc import locate

import nbformat
import pytest
import torch
import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "chapters" / "_site"))

import sphinx_code_links

MAPPING = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"][
    "intersphinx_mapping"
]


@cache
def inventory(library: str) -> dict[str, tuple[str, str]]:
    """Return the kind and the page of each name."""
    header, *lines = (ROOT / MAPPING[library][1]).read_text("utf-8").splitlines()
    assert header == "# Sphinx inventory version 1"
    entries = [line.split() for line in lines if not line.startswith("#")]
    names = [name for name, _, _ in entries]
    assert names == sorted(set(names))
    return {name: (kind, page) for name, kind, page in entries}


DOCUMENTED = {
    name: MAPPING[library][0] + page
    for library in MAPPING
    for name, (_, page) in inventory(library).items()
}


@pytest.mark.parametrize("library", MAPPING)
def test_names_exist_and_pages_have_the_sites_form(library: str) -> None:
    folder = {"pytorch": "", "scikit-learn": "modules/"}.get(library, "reference/")
    for name, (kind, page) in inventory(library).items():
        found = locate(name)
        assert found is not None, name
        assert (kind == "class") == isinstance(found, type), name
        if page != f"{folder}generated/{name}.html":  # a page about several things
            assert re.fullmatch(rf"{folder}[a-z_./]+\.html", page), name


def test_what_is_documented_under_another_name_is_the_same() -> None:
    for name, there in sphinx_code_links.DOCUMENTED_AS.items():
        assert there in DOCUMENTED
        found, documented = locate(name), locate(there)
        if documented is torch.dtype:
            assert isinstance(found, documented)
        elif name != "torch.amp.GradScaler":  # CUDA's page describes it
            assert getattr(found, "__name__", None) == documented.__name__


def test_addresses_in_the_reference_are_listed() -> None:
    sites = tuple(address for address, _ in MAPPING.values())
    text = (ROOT / "chapters" / "reference.md").read_text("utf-8")
    given = {url for url in re.findall(r"\((https://[^)]+)\)", text) if url.startswith(sites)}
    assert len(given) > 20
    assert given - set(DOCUMENTED.values()) == set()


class Everything(set):  # as if all names were documented
    def __contains__(self, name: object) -> bool:
        return name is not None


def test_nearly_all_names_in_the_chapters_code_are_listed() -> None:
    listed, missing = 0, []
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        mentions = sphinx_code_links.Mentions(Everything(), set())
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code":
                continue
            for each in mentions.find(cell.source, sphinx_code_links.parsed(cell.source)):
                name = sphinx_code_links.DOCUMENTED_AS.get(each.name, each.name)
                if name in DOCUMENTED:
                    listed += 1
                elif name.partition(".")[0] in {"numpy", "scipy", "sklearn", "torch"}:
                    missing.append(name)
    assert listed > 1000
    few = len(missing) < listed / 20
    assert few, f"add lines to chapters/_site/inventories, for {sorted(set(missing))}"
