"""Every page is quiet, accessible, light to load and as wide as its screen.

That holds light and dark, on phone and laptop.
"""

import base64
import io
import re
from collections import Counter
from functools import cache
from itertools import pairwise

import headless
import pytest
from fontTools.ttLib import TTFont

WIDTHS = {"phone": (390, 844), "laptop": (1280, 900)}


GLARING = """[...document.querySelectorAll(".cell_output img")]
  .filter((e) => getComputedStyle(e).filter.includes("invert") === e.classList.contains("greys")).length"""


def described(violation):
    places = [
        f"    {node['target']}: {node['html'][:160]}\n      {node['failureSummary']}"
        for node in violation["nodes"]
    ]
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *places])


@pytest.fixture
def device(same_page):
    """Return a function that opens a page on a phone or on a laptop, once for all tests here."""
    return lambda path, name: same_page(
        path, size=WIDTHS[name], **({"touch": True} if name == "phone" else {})
    )


def test_nothing_moves_while_one_scrolls_through(device, frames, chapter):
    page = device(chapter, "laptop")
    for place in range(0, page.evaluate("document.body.scrollHeight"), 2500):
        page.evaluate("(place) => scrollTo({ top: place, behavior: 'instant' })", place)
        page.evaluate(frames)
    page.wait_for_timeout(100)
    assert sum(page.evaluate("shifts")) <= 0.02
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")


MOST_KILOBYTES = {"chapters/index.html": 300}  # gzipped, of a first visit; of other pages 450
# Style sheets without a rule for anything on the page, except for the one with all colours.
UNUSED_STYLES = """() => {
  const used = (rule) => {
    if (rule.styleSheet) return [...rule.styleSheet.cssRules].some(used);
    if (!rule.selectorText) return [...(rule.cssRules ?? [])].some(used);
    try { return document.body.querySelector(rule.selectorText.replace(/::[\\w-]+|:(?:before|after|hover)/g, "")); }
    catch { return false; }
  };
  return [...document.styleSheets].filter((sheet) => sheet.href && !sheet.href.includes("/explorers.css"))
    .filter((sheet) => ![...sheet.cssRules].some(used)).map((sheet) => sheet.href);
}"""


def test_a_first_visit_loads_little_and_nothing_twice_or_in_vain(device, book, path):
    page = device(path, "laptop")
    page.evaluate(headless.READ_ON)
    asked = Counter(url.removeprefix(book.url).partition("?")[0] for url in page.asked)
    assert [name for name, times in asked.items() if times > 1] == []
    weight = headless.gzipped(*(book.folder / name for name in asked))
    assert weight <= MOST_KILOBYTES.get(path, 450), asked
    assert page.evaluate(UNUSED_STYLES) == []


# One of each icon, and of each letter and sign in a formula, where they can be seen.
SPECIMENS = """() => {
  const place = document.body.appendChild(document.createElement("div"));
  place.id = "specimens";
  const icons = [...document.querySelectorAll("i[class*=fa-]")].map((icon) => [...icon.classList].filter((name) => /^fa/.test(name)).join(" "));
  for (const name of new Set(icons)) place.appendChild(document.createElement("i")).className = name;
  const leaves = [...document.querySelectorAll("math :is(mi, mo, mn, mtext)")].filter((leaf) => /[^\\s\\u2061]/.test(leaf.textContent));
  const MATHML = "http://www.w3.org/1998/Math/MathML";
  for (const leaf of new Map(leaves.map((leaf) => [leaf.outerHTML, leaf])).values())
    place.appendChild(document.createElementNS(MATHML, "math")).append(leaf.cloneNode(true));
  place.scrollIntoView();
  return [...place.querySelectorAll("i")].map((icon) => getComputedStyle(icon, "::before").content.replaceAll('"', ""));
}"""


@cache
def icons(site):
    """Return the characters of the icon fonts, which stand in the theme's style sheet."""
    style = (site / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    fonts = re.findall(r"data:font/woff;base64,([\w+/=]+)", style)
    faces = [TTFont(io.BytesIO(base64.b64decode(data))) for data in fonts]
    return {chr(code) for face in faces for code in face.getBestCmap()}


def test_icons_and_formulas_are_set_in_fonts_that_the_book_brings(device, site, path):
    page = device(path, "laptop")
    shown = page.evaluate(SPECIMENS)
    # Where no font has an icon, browsers draw a box, and call it the font's own.
    assert len(shown) > 4
    assert [icon for icon in shown if icon not in icons(site)] == []
    page.evaluate("document.fonts.ready.then(() => {})")
    tools = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        tools.send(f"{domain}.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    selector = "#specimens :is(i, mi, mo, mn, mtext)"
    found = tools.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]
    assert found
    elsewhere = [
        tools.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"]
        for node in found
        if not (fonts := tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"])
        or not all(font["isCustomFont"] for font in fonts)
    ]
    tools.detach()
    page.evaluate("document.getElementById('specimens').remove()")
    assert elsewhere == []


# Not waited for: one that is paused, or that has no end, would never come to it.
AT_THEIR_END = """() => document.getAnimations().forEach((each) => {
  if (each.effect?.getComputedTiming().endTime < Infinity) each.finish();
  else each.cancel();
})"""


# All rules on the whole page, but that on contrast, which takes most of the time, on one of all texts
# of one kind and colour that stand on the same backgrounds. Half a page's elements are words of code:
# while axe looks, the others of a kind that have nothing but their class are text.
AXE = """async ({ whole, left }) => {
  const clear = "rgba(0, 0, 0, 0)";
  const drawn = (e, part) => {
    const { content, opacity, backgroundColor, backgroundImage } = getComputedStyle(e, part);
    const none = part ? content === "none" : opacity === "1" && backgroundColor === clear && backgroundImage === "none";
    return none ? "" : [opacity, backgroundColor, backgroundImage].join();
  };
  const grounds = new Map([[null, ""]]);
  const ground = (e) => {
    if (!grounds.has(e)) {
      const own = [null, "::before", "::after"].map((part) => drawn(e, part)).filter(Boolean);
      grounds.set(e, [ground(e.parentElement), ...own].join("|"));
    }
    return grounds.get(e);
  };
  const kind = (e) => {
    const { color, fontSize, fontWeight } = getComputedStyle(e);
    return [ground(e), e.localName, e.getAttribute("class"), color, fontSize, fontWeight].join();
  };
  const hasText = (e) => [...e.childNodes].some((node) => node instanceof Text && node.data.trim());
  const seen = new Set();
  for (const e of document.body.querySelectorAll("*")) {
    const first = e.checkVisibility({ visibilityProperty: true }) && hasText(e) && !seen.has(kind(e));
    if (first) seen.add(kind(e));
    e.toggleAttribute("data-first-of-its-kind", first);
  }
  const blocks = whole ? [] : [...document.querySelectorAll("pre")].map((e) => [e, [...e.childNodes]]);
  for (const [block] of blocks) {
    const copy = block.cloneNode(true);
    for (const e of copy.querySelectorAll("span[class]"))
      if (e.attributes.length === 1 && !e.firstElementChild) e.replaceWith(e.textContent);
    block.replaceChildren(...copy.childNodes);
  }
  axe.configure({ rules: [{ id: "color-contrast", selector: whole ? "*" : "[data-first-of-its-kind]" }] });
  const rules = Object.fromEntries(left.map((id) => [id, { enabled: false }]));
  const { violations } = await axe.run({ resultTypes: ["violations"], rules });
  for (const [block, own] of blocks) block.replaceChildren(...own);
  return violations;
}"""
# What these ask depends neither on the width nor on the colours, so that one of the two ways is enough.
SAME_EVERYWHERE = [
    "aria-allowed-attr",
    "avoid-inline-spacing",
    "label-content-name-mismatch",
    "region",
]


@pytest.mark.parametrize("name", WIDTHS)
def test_page_is_accessible_and_says_nothing_to_the_console(device, axe, path, name, chapters):
    page = device(path, name)
    page.evaluate(axe)
    # No colour depends on the width but the theme's own, which all pages have in common: the landing
    # page is tried in all four ways.
    whole = path == chapters[0]
    for scheme in ["light", "dark"] if whole else {"laptop": ["light"], "phone": ["dark"]}[name]:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "(scheme) => document.documentElement.dataset.theme === scheme", arg=scheme
        )
        # The theme fades its colours in: half-way they have no contrast.
        page.evaluate(AT_THEIR_END)
        left = SAME_EVERYWHERE if scheme == "dark" and not whole else []
        violations = page.evaluate(AXE, {"whole": whole, "left": left})
        assert not violations, "\n".join([scheme, *map(described, violations)])
        if scheme == "dark":
            assert page.evaluate(GLARING) == 0, (
                "white pictures on a dark page, or greys inverted that mean numbers"
            )
    page.emulate_media(color_scheme="light")


# Whatever scrolls sideways, unless the figures' own style says how.
CUT = """() => [...document.querySelectorAll(".bd-article *")]
  .filter((e) => !e.closest("[data-explorer], math") && e.checkVisibility()
    && ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1)
  .filter((e) => !/right|both/.test(e.dataset.more) || e.tabIndex < 0
    || getComputedStyle(e).maskImage === "none")
  .map((e) => e.outerHTML.slice(0, 120))"""
# What stops the Tab key for nothing: all of it is seen anyway.
NEEDLESS = """() => [...document.querySelectorAll(".bd-article :is(.math-block, math)[tabindex]")]
  .filter((e) => e.scrollWidth <= e.clientWidth + 1 && !e.matches(".wide")).map((e) => e.textContent.slice(0, 60))"""
# What reaches beyond the screen with nothing around it that scrolls.
WIDER = """() => [...document.querySelectorAll(".bd-article *")].filter((e) => {
  if (e.closest("[data-explorer]") || e.getBoundingClientRect().right <= innerWidth) return false;
  for (let box = e.parentElement; box; box = box.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return false;
  return e.checkVisibility();
}).map((e) => e.outerHTML.slice(0, 120))"""
# A table of the text, not of an output, wider than the page. Three pages are for looking things up,
# in tables whose columns are to be compared.
LOOK_UP = {f"chapters/{name}.html" for name in ("elsewhere", "notation", "reference")}
WIDE_TABLES = """() => [...document.querySelectorAll(".pst-scrollable-table-container")]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth)
  .map((e) => e.innerText.slice(0, 80))"""
# A word of code that had room on a line of its own, and yet stands on two.
BROKEN = """() => [...document.querySelectorAll(".bd-article code .pre")]
  .filter((e) => {
    const lines = [...e.getClientRects()];
    const width = lines.reduce((sum, { width }) => sum + width, 0);
    const room = e.closest("p, li, td, th, dt, h1, h2, h3, h4, figcaption, summary, a.prev-next")?.clientWidth;
    return e.checkVisibility() && !/-/.test(e.textContent) && lines.length > 1 && width < room - 20;
  }).map((e) => e.textContent)"""
# A formula that is set as a line of text, one sign after another: it is no formula any more.
UNSET = """[...document.querySelectorAll(".bd-article math")]
  .filter((e) => e.checkVisibility() && !getComputedStyle(e).display.endsWith("math")).length"""
# Headings and signatures whose anchor stands alone on a line, or beyond the screen.
ANCHORS = """() => [...document.querySelectorAll(".bd-article :has(> a.headerlink)")]
  .filter((e) => {
    const words = document.createRange();
    const anchor = e.querySelector("a.headerlink");
    words.selectNodeContents(e);
    words.setEndBefore(anchor);
    const { top, right } = anchor.getBoundingClientRect();
    return right > innerWidth || top >= [...words.getClientRects()].at(-1).bottom;
  }).map((e) => e.textContent)"""
# Code that scrolls sideways, and code that a button lies on. An output may hold a table.
LONG_CODE = """[...document.querySelectorAll(".bd-article .highlight pre")]
  .filter((e) => !e.closest(".output") && e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.textContent.slice(0, 80))"""
COVERED_CODE = """() => [...document.querySelectorAll(".copybtn")].filter((e) => e.checkVisibility())
  .map((e) => [e.getBoundingClientRect(), e.parentElement.querySelector("pre")])
  .filter(([button, code]) => {
    const line = document.createRange();
    line.setStart(code, 0);
    line.setEnd(code, code.childNodes.length);
    return [...line.getClientRects()].some(({ top, right, width, height }) =>
      width && height < 40 && right > button.left && top + height / 4 < button.bottom);
  }).length"""
TITLES = """() => ["h1", "h2", "h3", "h4"].map((name) => document.querySelector(`.bd-article ${name}`))
  .filter(Boolean).map((e) => getComputedStyle(e)).map((style) => [parseFloat(style.fontSize), +style.fontWeight])"""
COLOURS = """() => [...new Set([...document.querySelectorAll(".bd-article a:not(.headerlink, .btn, .documented)")]
  .flatMap((e) => [e, ...e.querySelectorAll("code")])
  .filter((e) => !e.closest("[data-explorer], .prev-next-area, ul.search")).map((e) => getComputedStyle(e).color))]"""
HIDDEN_BUTTONS = """[...document.querySelectorAll(".copybtn")]
  .filter((e) => getComputedStyle(e).opacity < 0.5 || getComputedStyle(e).visibility !== "visible").length"""


def test_a_phone_shows_all_of_a_page_or_where_there_is_more(device, frames, path):
    page = device(path, "phone")
    page.set_viewport_size({"width": 320, "height": 740})
    page.evaluate(frames)
    assert page.evaluate(WIDER) == [], "elements that reach beyond a narrow phone"
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(frames)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "scrolls sideways"
    assert page.evaluate(LONG_CODE) == [], "code scrolls sideways"
    assert page.evaluate(COVERED_CODE) == 0, "code below a button"
    for width in (640, 700):  # a laptop's page at twice its size is 640 pixels wide
        page.set_viewport_size({"width": width, "height": 400})
        page.evaluate(frames)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(frames)
    assert page.evaluate(UNSET) == 0, "formulas that are set as text"
    assert page.evaluate(ANCHORS) == [], "anchors on lines of their own"
    if path not in LOOK_UP:
        assert page.evaluate(WIDE_TABLES) == [], "tables wider than a phone"
    assert page.evaluate(CUT) == [], "cut without a hint, or out of the keyboard's reach"
    assert page.evaluate(NEEDLESS) == [], "formulas that stop the Tab key, and don't scroll"
    assert page.evaluate(BROKEN) == [], "words of code on two lines"
    assert page.evaluate(HIDDEN_BUTTONS) == 0, "buttons that wait for a mouse to hover"
    sizes = page.evaluate(TITLES)
    assert all(big > small for (big, _), (small, _) in pairwise(sizes)), sizes
    assert all(heavy >= light for (_, heavy), (_, light) in pairwise(sizes)), sizes
    assert len(page.evaluate(COLOURS)) <= 1


# What reaches beyond its column: the list of pages on the left, that of sections on the right.
BESIDE = """() => [...document.querySelectorAll(".bd-sidebar-primary a *, .bd-sidebar-secondary a *")]
  .filter((e) => e.checkVisibility())
  .filter((e) => e.getBoundingClientRect().right > e.closest("[class*=bd-sidebar-]").getBoundingClientRect().right)
  .map((e) => e.textContent)"""


def test_a_laptop_shows_titles_whole_and_code_too(device, path):
    page = device(path, "laptop")
    assert page.evaluate(NEEDLESS) == []
    assert page.evaluate(BESIDE) == []
    assert page.evaluate(ANCHORS) == []
    wide = "[...document.querySelectorAll('.bd-article pre')].filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.map((e) => e.textContent.slice(0, 80))") == []


PAPER = """() => {
  const style = (e) => getComputedStyle(e);
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility({ visibilityProperty: true }));
  return {
    title: shown("main h1").map((e) => e.innerText),
    uncut: shown("div.cell, .bd-article pre").filter((e) => style(e).breakInside !== "auto").length,
    folds: shown("details.hide:not([open])").length,
    buttons: shown("[data-explorer] button, [data-explorer] input[type=range], .copybtn").length,
    bare: shown(".control-slider").filter((e) => !e.innerText.trim() || getComputedStyle(e.querySelector(".control-value")).display === "none").map((e) => e.innerText),
  };
}"""


TOO_WIDE = """[...document.querySelectorAll(".bd-article *")].filter((e) => e.checkVisibility())
  .filter((e) => !e.closest("svg") && e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.outerHTML.slice(0, 120))"""


def test_on_paper_a_chapter_keeps_its_number_and_nothing_dead(device, chapter):
    page = device(chapter, "laptop")
    number = page.locator("main h1").first.inner_text()
    page.emulate_media(media="print")
    paper = page.evaluate(PAPER)
    assert [title.rstrip("#") for title in paper.pop("title")] == [number.rstrip("#")]
    assert paper == {"uncut": 0, "folds": 0, "buttons": 0, "bare": []}
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 with usual margins
    assert page.evaluate(TOO_WIDE) == [], "a printer shrinks the whole page for it"
    page.emulate_media(media="screen")


def test_a_page_from_a_folder_on_disk_says_nothing_to_the_console(open_page, pages, chapters):
    # The chapters' pages are opened like this in test_explorers. No folder has a 404.
    for path in {*pages, "index.html"} - {*chapters, "404.html"}:
        page = open_page(path, from_disk=True)
        page.evaluate("document.fonts.ready")
        fonts = "[...document.fonts].filter((font) => font.status === 'error').length"
        assert page.evaluate(fonts) == 0, path


def test_a_page_that_is_not_there_leads_back(open_page):
    page = open_page("404.html")
    for name, target in (("beginning of the book", "index.html"), ("search it", "search.html")):
        link = page.locator("article").get_by_role("link", name=name)
        assert link.evaluate("(e) => e.href").endswith(target)


def test_a_request_elsewhere_is_refused_and_counted(open_page):
    page = open_page("index.html")
    fetched = "fetch('https://example.org/').then(() => 'reached', () => 'refused')"
    assert page.evaluate(fetched) == "refused"
    assert page.watch.foreign == ["https://example.org/"]
    assert page.watch.messages
    page.watch.foreign.clear()
    page.watch.messages.clear()


FIRST_THEME = """new MutationObserver((_, observer) => {
  if (!document.body) return;
  window.firstTheme = document.documentElement.dataset.theme;
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_first_visit_begins_in_the_readers_own_light(open_page, scheme):
    page = open_page(
        "chapters/entropy.html",
        scheme=scheme,
        prepare=lambda page: page.add_init_script(FIRST_THEME),
    )
    assert page.evaluate("firstTheme") == scheme
