"""Every picture that a cell draws is described for those who don't see it."""

from pathlib import Path

import nbformat
import pytest

CHAPTERS = sorted((Path(__file__).parents[1] / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_pictures_in_outputs_are_described(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        by_cell = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
        for output in cell.get("outputs", []):
            for kind in output.get("data", {}):
                if kind.startswith("image/"):
                    alt = by_cell or output.metadata.get(kind, {}).get("alt")
                    # Without it, the site describes the picture by its file's name.
                    assert alt, f"the metadata mystnb.image.alt is missing:\n{cell.source}"


def test_greys_that_mean_numbers_are_marked_as_such() -> None:
    grey = [
        cell.metadata["mystnb"]["image"].get("classes")
        for path in CHAPTERS
        for cell in nbformat.read(path, as_version=4).cells
        if 'cmap="gray"' in cell.source
    ]
    assert set(grey) == {"greys"}
