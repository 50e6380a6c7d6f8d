"""The book's search finds its words, served or as a folder on disk, with nothing else to ask."""

import pytest


@pytest.mark.parametrize("from_disk", [False, True], ids=["served", "from disk"])
def test_search_finds_the_chapter_on_entropy(open_page, from_disk):
    page = open_page("search.html?q=entropy", from_disk=from_disk)
    page.locator("#search-results ul.search li").first.wait_for()
    found = page.locator("#search-results ul.search li a").evaluate_all(
        "all => all.map(a => a.href)"
    )
    assert any("chapters/01-entropy.html" in address for address in found), found


def test_search_says_when_it_finds_nothing(open_page):
    page = open_page("search.html?q=zzyzx")
    page.get_by_text("did not match any documents").wait_for()


def test_search_starts_from_any_page(open_page):
    page = open_page("chapters/01-entropy.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("surprisal")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=surprisal*")
    page.locator("#search-results ul.search li").first.wait_for()
