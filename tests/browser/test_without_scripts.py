"""With scripts off each explorer's place shows its still, and all else can be read."""

import json
from itertools import chain

import sphinx_cells

# Each explorer's place and what of its still can be seen, once the picture has been fetched.
PLACES = """() => Promise.all([...document.querySelectorAll("[data-explorer]")].map(async (place) => {
  const seen = (e) => e?.checkVisibility({ visibilityProperty: true }) ?? false;
  const high = (e) => e.getBoundingClientRect().height;
  const { explorer: name, live = null } = place.dataset;
  const said = { name, live, legend: seen(place.querySelector("legend")), radios: place.querySelectorAll("[type=radio]").length };
  const still = place.querySelector("img");
  if (!still) return said;
  const { loading, alt } = still;
  still.loading = "eager";
  await still.decode();
  return { ...said, loading, alt, visible: seen(still), still: high(still), place: high(place) };
}))"""


def test_stills_stand_where_explorers_would(same_page, chapter):
    page = same_page(chapter, scripts=False)
    for scheme, attribute in (("dark", "lazy"), ("light", "eager")):
        page.emulate_media(color_scheme=scheme)
        for seen in page.evaluate(PLACES):
            assert seen["live"] is None
            if seen["name"] == "question":
                assert seen["legend"]
                assert seen["radios"] >= 2
                continue
            if seen["name"] in ("my-loss", "by-hand"):
                continue  # of text alone, see test_my_loss.py and test_by_hand.py
            assert seen["loading"] == attribute, "fetched, though scripts may replace it"
            assert seen["visible"], seen["name"]
            assert seen["still"] > 100, seen["name"]
            assert len(seen["alt"]) > 40, seen["name"]
            assert seen["place"] < seen["still"] + 60, seen["name"]


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
  const figure = cell.querySelector("[data-name]");
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


STATE = 'script[type="application/vnd.jupyter.widget-state+json"]'


def plain(text):
    return " ".join(text.split())


def test_a_question_can_be_read_and_none_of_its_replies(same_page, chapter):
    page = same_page(chapter, scripts=False)
    seen = plain(page.locator("body").inner_text())
    models = [json.loads(text)["state"].values() for text in page.locator(STATE).all_inner_texts()]
    states = [model["state"] for model in chain(*models)]
    questions = [state for state in states if state.get("_explorer") == "question"]
    places = page.locator("[data-explorer=question]").get_by_text("this browser runs none").all()
    assert len(places) == len(questions)
    assert all(place.is_visible() for place in places)
    for state, place in zip(questions, page.locator("[data-explorer=question]").all(), strict=True):
        assert plain(state["prompt"]) in seen
        assert place.locator("label").all_inner_texts() == state["choices"], "in their own order"
        assert [reply for reply in state["replies"] if plain(reply) in seen] == []
