"""A page loads the scripts of the explorers that it shows, which are small and fail one by one."""

import gzip
import re

import pytest
from bs4 import BeautifulSoup

MOST_BYTES = 45_000  # of our scripts on a page, gzipped
# Those that draw nothing, and need nothing with which others draw.
TEXTS = {"by-hand", "loss-workbench", "my-loss", "question"}
CHAPTER = "chapters/entropy.html"
BROKEN = {
    "throws": 'throw new Error("broken");',
    "throws when it is made": 'lossutilsExplorers.push(["entropy", () => { throw new Error("broken"); }]);',
    "makes nothing": 'lossutilsExplorers.push(["entropy", () => {}]);',
    "throws when it is shown": (
        'lossutilsExplorers.push(["entropy", (_, module) => { module.exports.default = '
        '{ render() { throw new Error("broken"); } }; }]);'
    ),
    "is missing": None,
}


def loaded(document, tag, attribute):
    """Return what a page loads of the explorers' files."""
    addresses = [element[attribute] for element in document.find_all(tag, attrs={attribute: True})]
    found = [re.search(r"_static/explorers/([\w-]+)\.(?:js|css)", each) for each in addresses]
    return {match[1] for match in found if match}


def test_a_page_loads_what_its_explorers_need_and_no_more(site, path):
    document = BeautifulSoup((site / path).read_text(encoding="utf-8"), "html.parser")
    shown = {place["data-explorer"] for place in document.find_all(attrs={"data-explorer": True})}
    folder = site / "_static" / "explorers"
    styled = {name for name in shown if (folder / f"{name}.css").exists()}
    assert loaded(document, "link", "href") == {"explorers", *styled}
    scripts = loaded(document, "script", "src")
    shared = {"page", "figures"} if shown - TEXTS else {"page"}
    assert scripts == (shared | shown if shown else set())
    sizes = [len(gzip.compress((folder / f"{name}.js").read_bytes())) for name in scripts]
    assert sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize("how", BROKEN)
def test_an_explorer_that_fails_leaves_its_still_and_stops_no_other(browser, book, frames, how):
    said = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(error.message))

    def instead(route):
        if BROKEN[how] is None:
            route.fulfill(status=404)
        else:
            route.fulfill(content_type="text/javascript", body=BROKEN[how])

    page.route("**/explorers/entropy.js*", instead)
    page.goto(book.at(CHAPTER))
    page.evaluate(frames)
    live = page.evaluate(
        "[...document.querySelectorAll('[data-explorer]')].map((e) => [e.dataset.explorer, 'live' in e.dataset])"
    )
    assert {name for name, is_live in live if not is_live} == {"entropy"}
    assert len({name for name, _ in live}) > 2
    assert page.locator("[data-explorer=entropy] > img").first.is_visible()
    assert any("entropy" in text for text in said), said
    context.close()


def test_without_what_draws_the_texts_live_and_the_others_keep_their_stills(browser, book, frames):
    said = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.route("**/explorers/figures.js*", lambda route: route.fulfill(status=404))
    page.goto(book.at(CHAPTER))
    page.evaluate(frames)
    live = page.evaluate(
        "[...document.querySelectorAll('[data-explorer]')].map((e) => [e.dataset.explorer, 'live' in e.dataset])"
    )
    assert live
    assert all(is_live == (name in TEXTS) for name, is_live in live), live
    assert page.locator("[data-explorer=entropy] > img").is_visible()
    assert any("The explorer entropy has no script" in text for text in said), said
    context.close()


def test_explorers_live_before_the_rest_of_their_page_has_come(browser, site, book):
    html = (site / CHAPTER).read_text(encoding="utf-8")
    places = [match.start() for match in re.finditer(r'<div class="explorer"', html)]
    early, late = 3, len(places) - 3
    context = browser.new_context()
    page = context.new_page()
    empty = {"content_type": "text/html; charset=utf-8", "body": "<p>"}
    page.route(f"**/{CHAPTER}", lambda route: route.fulfill(**empty))
    page.goto(book.at(CHAPTER))
    page.evaluate("(html) => { document.open(); document.write(html); }", html[: places[early]])
    page.wait_for_function("document.querySelectorAll('[data-live]').length > 0")
    assert page.evaluate("document.readyState") == "loading"
    page.wait_for_function(f"document.querySelectorAll('[data-live]').length === {early}")
    page.evaluate("(html) => { document.write(html); document.close(); }", html[places[early] :])
    page.wait_for_function(f"document.querySelectorAll('[data-live]').length === {early + late}")
    context.close()
