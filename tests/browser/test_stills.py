"""`make notebooks` takes an explorer's still from its living figure."""

import base64
import io

import nbformat
import notebooks
import pytest
import repository
import stills
from PIL import Image


@pytest.fixture(scope="module")
def landing():
    """Return the landing page's notebook, which shows an explorer and a text that asks."""
    return nbformat.read(repository.ROOT / "chapters" / "index.ipynb", as_version=4)


def taken(browser, notebook, before):
    again = nbformat.from_dict(notebook)
    stills.take(browser, again, before)
    return again


def repacked(picture):
    file = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_still_is_taken_anew_only_where_it_differs(browser, landing):
    bare = nbformat.from_dict(landing)
    (_, output), *_ = stills.explorers(bare)
    output.metadata.clear()
    del output.data["image/png"]
    first = taken(browser, bare, before=bare)
    (_, fresh), *_ = stills.explorers(first)
    assert stills.is_complete(fresh)
    assert notebooks.written(taken(browser, bare, before=first)) == notebooks.written(first)

    # Another machine packs the same picture in another way, and its letters are a little larger.
    almost = nbformat.from_dict(first)
    (_, output), *_ = stills.explorers(almost)
    output.data["image/png"] = repacked(output.data["image/png"])
    output.metadata["explorer"]["height"] += 2
    assert output.data["image/png"] != fresh.data["image/png"]
    assert notebooks.written(taken(browser, bare, before=almost)) == notebooks.written(almost)

    other = nbformat.from_dict(first)
    (_, output), *_ = stills.explorers(other)
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")
    picture.putpixel((0, 0), (0, 0, 0))
    file = io.BytesIO()
    picture.save(file, "PNG")
    output.data["image/png"] = base64.b64encode(file.getvalue()).decode()
    output.metadata["explorer"]["narrow"] += 20
    assert notebooks.written(taken(browser, bare, before=other)) == notebooks.written(first)


def test_a_still_is_small_and_sharp(browser, landing):
    (_, output), *_ = stills.explorers(landing)
    size = output.metadata["image/png"]
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert picture.size == (2 * size["width"], 2 * size["height"])
    assert len(output.data["image/png"]) < 60_000


def test_an_explorer_that_does_not_come_to_life_has_no_still(browser, landing):
    broken = nbformat.from_dict(landing)
    for model in notebooks.widget_models(broken).values():
        if model["state"].get("_view_name") == "FloatSliderView":
            model["state"]["_view_name"] = "DialView"
    with pytest.raises(stills.NotLive, match="surprisal does not start: TypeError"):
        stills.take(browser, broken, broken)
