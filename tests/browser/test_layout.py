"""Nothing jumps, all fits a phone, fingers and keyboards find each control, motion can be refused."""

import re

import pytest
from bs4 import BeautifulSoup

NARROW, PHONE, LAPTOP = 360, (390, 844), (1280, 900)
SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry);
  }).observe({ type: "layout-shift", buffered: true });
"""
# Not those of a page that is still arriving, whose tables find their columns row by row.
JUMPED = """shifts.filter(({ startTime }) => startTime >= (window.arrived ?? 0))
  .reduce((sum, { value }) => sum + value, 0)"""
HEIGHTS = """() => [...document.querySelectorAll("[data-explorer]")].map((e) =>
  [e.dataset.explorer, e.getBoundingClientRect().height])"""


@pytest.fixture
def late_script(frames):
    """Hold the explorers' scripts back until the page has arrived, painted with its stills."""
    heights = {}

    def prepare(page):
        def hold(route):
            page.wait_for_function("document.readyState !== 'loading'")
            page.evaluate("document.fonts.ready.then(() => {})")
            page.evaluate(frames)
            page.evaluate("window.arrived = performance.now()")
            size = page.viewport_size
            heights[size["width"]] = page.evaluate(HEIGHTS)
            if size["width"] == PHONE[0] and heights[PHONE[0]]:
                page.set_viewport_size(size | {"width": NARROW})
                page.evaluate(frames)
                heights[NARROW] = page.evaluate(HEIGHTS)
                page.set_viewport_size(size)
                # The browser forgives what jumps in the half second after its window has changed.
                page.wait_for_timeout(600)
            route.continue_()

        page.add_init_script(SHIFTS)
        page.route("**/explorers/page.js*", hold)

    prepare.heights = heights
    return prepare


# In screens down. This chapter begins with a machine.
LATE = {"chapters/gpu-and-scale.html": 6}


def test_the_first_figure_comes_soon(same_page, chapter):
    page = same_page(chapter, reduced_motion="reduce")
    figure = page.locator("[data-name], [data-explorer=guess]").first
    top = figure.evaluate("(e) => e.getBoundingClientRect().top + scrollY")
    assert top / LAPTOP[1] <= LATE.get(chapter, 2.5)


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_nothing_jumps_when_explorers_go_live(open_page, late_script, frames, chapter, size):
    page = open_page(chapter, size=size, prepare=late_script)
    page.evaluate(frames)
    page.wait_for_timeout(100)  # shifts are told of a little later
    assert page.evaluate(JUMPED) < 0.02
    # Those below the first screen too: what one grows by is a share of the screen.
    for width, stills in late_script.heights.items():
        page.set_viewport_size({"width": width, "height": size[1]})
        page.evaluate(frames)
        grown = [
            (name, before, after)
            for (name, before), (_, after) in zip(stills, page.evaluate(HEIGHTS), strict=True)
            if abs(after - before) / size[1] >= 0.02
        ]
        assert grown == [], f"(explorer, height of its still, height when live) at {width}"


def test_each_explorer_fits_a_phones_screen(same_page, chapter):
    page = same_page(chapter, size=PHONE, touch=True, is_mobile=True)
    header = page.evaluate("""() => Math.max(0, ...[...document.querySelectorAll("header")]
      .filter((e) => ["sticky", "fixed"].includes(getComputedStyle(e).position))
      .map((e) => e.getBoundingClientRect().height))""")
    tall = [
        (name, height)
        for name, height in page.evaluate(HEIGHTS)
        if name != "question" and height > PHONE[1] - header
    ]
    assert tall == [], f"there is room for {PHONE[1] - header}"


SHORT = """[...document.querySelectorAll("[data-explorer] input[type=range]")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .map((e) => [e.closest("[data-explorer]").dataset.explorer, e.labels[0].textContent, e.getBoundingClientRect().width])
  .filter(([, , width]) => width < 130)"""
# A radio button or a checkbox is touched by its label too.
TARGETS = """() => [...document.querySelectorAll("[data-explorer] :is(input, button, [role=slider])")]
  .filter((e) => e.checkVisibility())
  .map((e) => {
    const target = ["radio", "checkbox"].includes(e.type) ? e.labels[0] : e;
    const { width, height } = target.getBoundingClientRect();
    const { strokeWidth } = getComputedStyle(target);
    const stroke = target instanceof SVGElement ? parseFloat(strokeWidth) : 0;
    return [target.outerHTML.slice(0, 160), Math.min(width, height) + (target.r ? stroke : 0)];
  })"""


def test_a_finger_finds_each_control(same_page, chapter):
    page = same_page(chapter, size=PHONE, touch=True, is_mobile=True)
    assert [target for target in page.evaluate(TARGETS) if target[1] < 24] == []
    assert page.evaluate(SHORT) == [], "sliders too short for a finger to set them"


# What an explorer has read out, but for the names of its controls, which are those that are seen; and signs that a
# screen reader would leave out or spell.
READ_OUT = """() => [...document.querySelectorAll("[data-explorer] :is(svg, .explorer-formula, input, [role=slider])")]
  .flatMap((e) => [e.matches("input") ? "" : e.ariaLabel, e.getAttribute("aria-valuetext")].map((text) => text ?? ""))
  .filter((text) => /NaN|undefined|Infinity|[−∞·÷+Σ∂σαεγμℓ‖|′*≤≥<>→…½¼⁰¹²³⁴-⁹⁻₀-₉]|\\d-|--/.test(text))"""
LABELS = """() => [...document.querySelectorAll("[data-explorer]")]
  .map((e) => e.querySelector(".explorer-picture svg")?.getAttribute("aria-label") ?? null)"""
# Of the figures' first states: the page is that of other tests too, which may have moved them, and a
# figure says where it stands a moment after it has moved.
FIRST_LABELS = f"""async (wanted) => {{
  for (const e of document.querySelectorAll(".explorer-reset")) e.click();
  const labels = {LABELS};
  for (let k = 0; k < 50 && String(labels()) !== String(wanted); k++)
    await new Promise((done) => setTimeout(done, 100));
  return labels();
}}"""
WORDS = "legend, label > span:not(.question-mark), button"
# On each load the choices come in another order.
QUESTIONS = f"""() => [...document.querySelectorAll("[data-explorer=question]")]
  .map((e) => [...e.querySelectorAll("{WORDS}")].map((part) => part.textContent).sort())"""


def test_a_still_says_what_its_figure_says(same_page, site, chapter):
    page = same_page(chapter, reduced_motion="reduce")
    document = BeautifulSoup((site / chapter).read_text(encoding="utf-8"), "html.parser")
    pictures = [place.find("img") for place in document.select("[data-explorer]")]
    told = [picture and picture["alt"] for picture in pictures]
    assert told == page.evaluate(FIRST_LABELS, told)
    questions = document.select("[data-explorer=question]")
    said = [sorted(part.get_text() for part in place.select(WORDS)) for place in questions]
    assert said == page.evaluate(QUESTIONS)
    for place in questions:
        assert all(each.has_attr("disabled") for each in place.select("input, button"))
        assert not place.select("output"), "where its reply will stand"


# Each control that is focused and has no ring, or cannot be focused at all.
LOST = """() => [...document.querySelectorAll("[data-explorer] :is(input, button, [role=slider])")]
  .filter((e) => !e.disabled && e.checkVisibility({ visibilityProperty: true }))
  .filter((e) => {
    e.focus();
    const ring = [e, e.nextElementSibling].some((each) => {
      if (!each) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
    });
    return document.activeElement !== e || !ring;
  })
  .map((e) => e.outerHTML.slice(0, 160))"""


def test_the_keyboard_shows_where_it_is(same_page, chapter):
    page = same_page(chapter, reduced_motion="reduce")
    page.keyboard.press("Tab")  # from now on the browser knows that a keyboard is used
    assert page.evaluate(LOST) == []


# How many values the first readout shows in the first second of a run, whose clock goes on by a tenth
# of a second with each frame: a busy machine's frames take longer.
IN_A_SECOND = """async (root) => {
  const button = root.querySelector(".explorer-play");
  const real = window.requestAnimationFrame;
  let [frame, time] = [0, performance.now()];
  window.requestAnimationFrame = (f) => real((now) => {
    if (now !== frame) [frame, time] = [now, time + 100];
    f(time);
  });
  button.click();
  const playing = button.textContent;
  const seen = new Set();
  for (let k = 0; k < 10; k++) {
    await new Promise(real);
    seen.add(root.querySelector("output[data-quantity]").dataset.value);
  }
  window.requestAnimationFrame = real;
  button.click();
  return playing === "Pause" ? seen.size : NaN;
}"""


def test_nothing_moves_by_itself_where_motion_is_not_wanted(same_page, chapter):
    page = same_page(chapter, reduced_motion="reduce")
    for slider in page.locator("[data-explorer] input[type=range]:enabled").all():
        if slider.is_visible():
            slider.focus()
            page.keyboard.press("ArrowRight")
    moving = """document.getAnimations().map((each) => each.effect.target)
      .filter((e) => e?.closest("[data-explorer]")).length"""
    assert page.evaluate(moving) == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    for explorer in page.locator("[data-explorer]").filter(has_text=re.compile("Play|Pause")).all():
        # A few still pictures in place of a film.
        assert explorer.evaluate(IN_A_SECOND) <= 2


OVERLAPS = """async () => {
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  return [...document.querySelectorAll("[data-live]")]
    .map((e) => [e.dataset.explorer, e.getBoundingClientRect().height, e.firstElementChild.getBoundingClientRect().height])
    .filter(([, place, explorer]) => Math.abs(place - explorer) > 0.5);
}"""
CONTAINED = """[...document.querySelectorAll("[data-live]")]
  .filter((e) => getComputedStyle(e).contain !== "none").length"""
TO_THE_END = """() => {
  const controls = "[data-live] :is([type=range], [type=radio]), [data-explorer=guess] [role=slider]";
  for (const e of document.querySelectorAll(controls)) {
    if (e.type === "radio") e.click();
    else if (e.type !== "range") e.dispatchEvent(new KeyboardEvent("keydown", { key: "End" }));
    else {
      e.value = e.max;
      e.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}"""


def test_a_description_follows_its_figure(same_page, chapter):
    page = same_page(chapter, reduced_motion="reduce")
    before = page.evaluate(LABELS)
    page.evaluate(TO_THE_END)
    # It is written once the figure rests, which a busy machine may take long to come to.
    all_told = (
        f"(before) => ({LABELS})().every((now, k) => before[k] === null || now !== before[k])"
    )
    page.wait_for_function(all_told, arg=before, polling=100)
    assert page.evaluate(READ_OUT) == [], "unfit to be read out"


BARE = """() => [...document.querySelectorAll("[data-explorer] .explorer-picture svg *")]
  .filter((e) => !e.closest("[aria-hidden=true], [role=slider]") && !e.querySelector("[role=slider]"))
  .map((e) => [e.closest("[data-explorer]").dataset.explorer, e.outerHTML.slice(0, 120)])"""


def test_of_a_picture_a_screen_reader_finds_its_description_and_what_can_be_moved(
    same_page, chapter
):
    page = same_page(chapter, reduced_motion="reduce")
    page.evaluate(TO_THE_END)
    assert page.evaluate(BARE) == []


def test_what_follows_an_explorer_stands_below_it(same_page, chapter):
    page = same_page(chapter, reduced_motion="reduce")
    page.evaluate(TO_THE_END)
    for question in page.locator("[data-explorer=question]").all():
        question.get_by_role("button").click()  # its reply takes room
    for width in (LAPTOP[0], PHONE[0]):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERLAPS) == [], "(explorer, height of its place, its own height)"
    # A printer lays out for its own width, and nothing is measured then.
    page.emulate_media(media="print")
    assert page.evaluate(CONTAINED) == 0
    page.emulate_media(media="screen")
