"""The built files are what their sources give, and small."""

import gzip
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "lossutils" / "widgets" / "static"
MOST_BYTES = 60_500  # gzipped, together


def test_built_files_are_up_to_date(node, tmp_path):
    node("build.mjs", tmp_path)
    fresh = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    assert sorted(committed) == sorted(fresh)
    stale = [name for name in fresh if committed[name] != fresh[name]]
    assert not stale, f"run: make widgets (python {STATIC.parent}/js/node.py node build.mjs)"


def test_what_the_site_loads_is_small():
    files = [STATIC / "page.js", STATIC / "explorers.css"]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), mtime=0)) for path in files}
    assert sum(sizes.values()) <= MOST_BYTES, sizes
