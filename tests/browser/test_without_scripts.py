"""With scripts off each explorer's place shows its still, and all else can be read."""

import pytest


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_stills_stand_where_explorers_would(open_page, chapter, scheme):
    page = open_page(chapter, scripts=False, scheme=scheme)
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


def test_pages_can_be_read(open_page, path):
    page = open_page(path, scripts=False)
    assert page.locator("main h1:not(#jb-print-docs-body *)").is_visible()


def test_the_toolbar_hides_what_scrolls_under_it(open_page, path):
    page = open_page(path, scripts=False)
    bar = page.locator(".bd-header-article")
    assert bar.evaluate("(e) => getComputedStyle(e).backgroundColor") not in (
        "rgba(0, 0, 0, 0)",
        "transparent",
    )
