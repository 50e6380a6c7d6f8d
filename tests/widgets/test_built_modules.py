"""The built files are what their sources give, and small."""

import gzip
import re
from pathlib import Path

import pytest

from lossutils.widgets.base import FOLDERS, front_end

WIDGETS = Path(__file__).resolve().parents[2] / "lossutils" / "widgets"
STATIC = WIDGETS / "static"
MOST_BYTES = {"site/page.js": 2_000, "site/figures.js": 25_000, "explorers.css": 3_000}  # gzipped


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_built_files_are_up_to_date(node, tmp_path):
    node("build.mjs", tmp_path)
    fresh, committed = files(tmp_path), files(STATIC)
    stale = [str(n) for n in {*fresh, *committed} if committed.get(n) != fresh.get(n)]
    assert not stale, f"run: make widgets, and commit lossutils/widgets/static: {sorted(stale)}"


def test_a_module_that_is_not_built_is_named():
    with pytest.raises(FileNotFoundError, match="module of not-there is not built: run make widg"):
        front_end(f"{FOLDERS}not_there")


def test_what_the_site_loads_everywhere_is_small():
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes(), mtime=0)) for name in MOST_BYTES}
    assert all(sizes[name] <= most for name, most in MOST_BYTES.items()), sizes


def test_short_names_are_of_what_no_string_names():
    build = (WIDGETS / "js" / "build.mjs").read_text(encoding="utf-8")
    (listed,) = re.findall(r"const OWN =([^;]+);", build)
    names = re.findall(r"\w+", listed)
    folders = (WIDGETS / "js" / "call", WIDGETS / "explorers" / "loss_workbench")
    code = "\n".join(path.read_text(encoding="utf-8") for f in folders for path in f.glob("*.js"))
    properties = set(re.findall(r"[.{,]\s*(?:get |\*)?(\w+)", code)) | set(
        re.findall(r"^ {2,}(?:get )?(\w+)[(:,]", code, re.MULTILINE)
    )
    assert names == sorted(set(names)) and set(names) <= properties
    # What the findings' words are filled in from.
    table = (WIDGETS.parent / "findings.json").read_text(encoding="utf-8")
    assert not set(names) & set(re.findall(r"\{(\w+)\}", table))
