"""The book's search finds sections by their words, served or as a folder on disk."""

import pytest

HITS = "#search-results ul.search li"


@pytest.fixture
def searched(same_page):
    """Return a function that says what a query finds: title, page, address and excerpt of each."""

    def searched(query, **options):
        # A page of its own: what a first visit loads, without the index, is weighed on the other.
        page = same_page("search.html", locale="en-GB", **options)
        box = page.get_by_role("searchbox")
        box.fill("")
        box.fill(query)
        page.locator("#search-results .search-summary").filter(has_text="section").first.wait_for()
        return page.locator(HITS).evaluate_all("""all => all.map((li) => ({
          title: li.querySelector("a").textContent,
          page: (li.querySelector(".search-page") ?? li.querySelector("a")).textContent,
          href: li.querySelector("a").href,
          excerpt: li.querySelector(".context").textContent,
        }))""")

    return searched


@pytest.mark.parametrize("from_disk", [False, True], ids=["served", "from disk"])
@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("negative loss", "The loss is negative"),
        ("label_smoothing", "Label smoothing"),
        ("0.55", "A loss that stops at 0.55"),
        ("loss is nan", "The loss is NaN"),
        ("pos_weight", "pos_weight"),
        ("surprisals", "Surprisal"),
    ],
)
def test_what_a_section_is_called_finds_it_first(searched, query, title, from_disk):
    assert title in searched(query, from_disk=from_disk)[0]["title"]


def test_an_error_message_finds_the_section_that_explains_it(searched):
    message = "Expected floating point type for target"
    # As somebody pastes it: with more before and behind it.
    for query in (message, f"RuntimeError: {message} with class probabilities, got Int at line 12"):
        first = searched(query)[0]
        assert message in first["title"] + first["excerpt"]


def test_a_number_with_more_digits_than_the_book_shows_is_found(searched):
    hits = searched("loss stuck at 2.303")
    assert any("2.30" in hit["excerpt"] for hit in hits), hits


def test_hits_open_at_their_section_and_quote_nothing_but_text(open_page):
    page = open_page("search.html")
    page.get_by_role("searchbox").fill("binary")
    page.locator(HITS).first.wait_for()
    quoted = " ".join(page.locator(".context").all_inner_texts())
    # What menus, folds and formulas' sources would say.
    for other in ("Repository", "Print to PDF", "Fullscreen", "Show the", "\\frac", "Contents"):
        assert other not in quoted
    deep = page.locator(f"{HITS} a[href*='#']").first
    title = deep.inner_text()
    deep.click()
    page.wait_for_function("document.querySelector(':target')")
    heading = page.locator(":target > :is(h1, h2, h3, h4)").first
    assert title in heading.inner_text()
    assert 0 <= heading.bounding_box()["y"] < 300


@pytest.mark.parametrize(
    ("query", "page"), [("brier_parts", "Reference"), ("SoftmaxExplorer", "Explorers")]
)
def test_a_function_is_said_to_stand_on_its_page(searched, query, page):
    first = searched(query)[0]
    assert first["title"] == query
    assert first["page"] == page


def test_search_says_when_it_finds_nothing(open_page):
    page = open_page("search.html?q=zzyzx")
    page.get_by_text("No section matches.").wait_for()


# A chapter, and the pages that are made or stand otherwise; test_links finds the dialog in all.
@pytest.mark.parametrize(
    "start",
    [
        "chapters/entropy.html",
        "chapters/notation.html",
        "genindex.html",
        "search.html",
        "404.html",
    ],
)
def test_search_starts_from_any_page_and_answers_while_one_types(open_page, start):
    asked = []
    page = open_page(
        start, prepare=lambda page: page.on("request", lambda request: asked.append(request.url))
    )
    assert not [url for url in asked if "search-sections" in url], "the index waits for a reader"
    page.keyboard.press("Control+k")
    page.keyboard.type("surprisal")
    field = page.locator("dialog[open] input[name=q]")
    hits = page.locator("dialog[open] ul.search a")
    if start != "search.html":  # which has a field of its own
        hits.first.wait_for()
        assert hits.count() > 3
        icon = page.locator("dialog[open] .fa-magnifying-glass").bounding_box()
        inset = field.evaluate("(e) => parseFloat(getComputedStyle(e).paddingInlineStart)")
        text = field.bounding_box()["x"] + inset
        assert icon["x"] + icon["width"] <= text, "the magnifier lies on what is typed"
        colours = "(e) => [e, e.closest('li')].map((each) => getComputedStyle(each).color)"
        excerpt, body = page.locator("dialog[open] .context").first.evaluate(colours)
        assert excerpt == body, "an excerpt is paler than text"
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=surprisal*")
    page.locator(HITS).first.wait_for()


def test_pages_do_not_carry_the_words_that_are_for_the_index(book):
    chapter = (book.folder / "chapters" / "common-errors.html").read_text(encoding="utf-8")
    assert "<!-- search:" not in chapter
    index = (book.folder / "_static" / "search-sections.js").read_text(encoding="utf-8")
    assert "model not learning" in index
