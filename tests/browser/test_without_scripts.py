"""With scripts off each explorer's place shows its still, and all else can be read."""

import pytest
import sphinx_cells


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_stills_stand_where_explorers_would(same_page, chapter, scheme):
    page = same_page(chapter, scripts=False)
    page.emulate_media(color_scheme=scheme)
    for place in page.locator("[data-explorer]").all():
        name = place.get_attribute("data-explorer")
        assert place.get_attribute("data-live") is None
        if name == "question":
            assert place.locator("legend").is_visible()
            assert place.get_by_role("radio").count() >= 2
            continue
        still = place.locator("img")
        assert still.get_attribute("loading") == "lazy", "fetched, though scripts may replace it"
        still.scroll_into_view_if_needed()
        assert still.is_visible(), name
        assert still.bounding_box()["height"] > 100, name
        assert len(still.get_attribute("alt")) > 40, name
        assert place.bounding_box()["height"] < still.bounding_box()["height"] + 60, name


def test_pages_can_be_read(same_page, path):
    page = same_page(path, scripts=False)
    assert page.locator("main h1:not(#jb-print-docs-body *)").is_visible()


def test_the_toolbar_hides_what_scrolls_under_it(same_page, path):
    page = same_page(path, scripts=False)
    bar = page.locator(".bd-header-article")
    assert bar.evaluate("(e) => getComputedStyle(e).backgroundColor") not in (
        "rgba(0, 0, 0, 0)",
        "transparent",
    )


FOLDED = """() => [...document.querySelectorAll("div.cell")].map((cell) => {
  const figure = cell.querySelector("[data-explorer]:not([data-explorer=question])");
  const code = cell.querySelector("div.cell_input pre");
  return code && {
    source: code.textContent,
    open: !code.closest("details"),
    below: !figure || figure.getBoundingClientRect().bottom <= (code.closest("details") ?? code).getBoundingClientRect().top,
  };
}).filter(Boolean)"""


def test_figures_come_before_the_python_that_makes_them(same_page, chapter):
    # The fold is the browser's own.
    for cell in same_page(chapter, scripts=False).evaluate(FOLDED):
        assert "@title" not in cell["source"], "a mark for Colab"
        known = sphinx_cells.kind(cell["source"])
        if known:
            assert not cell["open"], cell["source"]
        if known == "explorer":
            assert cell["below"], cell["source"]
