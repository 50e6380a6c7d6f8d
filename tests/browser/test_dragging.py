"""What is taken hold of does not jump, every way leads back, and Reset brings the first state back."""

import re

import pytest

PHONE = (390, 844)
HANDLES = "[role=slider]:not([aria-disabled=true])"

STATE = """(root) => JSON.stringify([...root.querySelectorAll(
  "output[data-quantity], .explorer-formula, [role=slider], .control-value")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .map((e) => [e.textContent, e.value, e.getAttribute("aria-valuetext")]))"""


@pytest.fixture
def state(frames):
    """Return a function that reads all numbers of an explorer as they are written."""

    def state(explorer):
        return explorer.evaluate(f"async (root) => (await ({frames})(), ({STATE})(root))")

    return state


# Elements here, not locators, which look through the whole page at each question.
def one_of_each(page):
    first = {}
    for explorer in page.query_selector_all("[data-name]"):
        first.setdefault(explorer.get_attribute("data-explorer"), explorer)
    return first.values()


def begin_again(explorer):
    """Bring an explorer that other tests may have moved to its first state."""
    explorer.query_selector(".explorer-reset").evaluate("(e) => e.click()")


VISIBLE = """(root, selector) => [...root.querySelectorAll(selector)].map((e) => {
  const { width, height } = e.getBoundingClientRect();
  return width > 0 && height > 0 && e.checkVisibility({ visibilityProperty: true });
})"""


def visible(explorer, selector):
    seen = explorer.evaluate(VISIBLE, selector)
    return [e for e, is_seen in zip(explorer.query_selector_all(selector), seen) if is_seen]


BOX = """(e) => {
  e.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = e.getBoundingClientRect();
  const upright = e.getAttribute("aria-orientation") !== "horizontal";
  return { x, y, width, height, upright, said: e.outerHTML.slice(0, 120) };
}"""


def middle(handle):
    """Bring an element to the middle of the screen; return its own middle and what it is."""
    box = handle.evaluate(BOX)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box


def test_what_is_pressed_stays_and_a_drag_there_and_back_leads_back(same_page, state, chapter):
    page = same_page(chapter, touch=True)
    for explorer in one_of_each(page):
        page.mouse.move(0, 0)  # the shape explorer chooses the element that comes to lie under it
        before = state(explorer)
        for handle in visible(explorer, f"{HANDLES}, .body"):
            x, y, box = middle(handle)
            upright, said = box["upright"], box["said"]
            # Not at its middle, nor at the value's own place.
            x, y = (
                (x, y + box["height"] / 3)
                if upright
                else (x + box["width"] / 12, y - box["height"] / 4)
            )
            page.mouse.move(x, y)
            page.mouse.down()
            assert state(explorer) == before, f"{said} jumped"
            moved = False
            for way in (30, 400, -400, 0):
                page.mouse.move(*((x, y + way) if upright else (x + way, y)))
                moved = moved or state(explorer) != before
            page.mouse.up()
            assert moved, f"{said} did not move"
            assert state(explorer) == before, f"{said} did not lead back"
            ring = handle.evaluate("(e) => getComputedStyle(e).outlineStyle")
            assert ring == "none", "a frame round what a mouse has moved"


def test_one_key_there_and_one_back_leads_back(same_page, state, chapter):
    page = same_page(chapter, touch=True)
    page.mouse.move(0, 0)  # the shape explorer chooses the element that comes to lie under a mouse
    for explorer in one_of_each(page):
        before = state(explorer)
        for control in visible(explorer, f"input[type=range], {HANDLES}"):
            said = control.evaluate("(e) => (e.focus(), e.outerHTML.slice(0, 160))")
            for there, back in (("ArrowRight", "ArrowLeft"), ("ArrowLeft", "ArrowRight")):
                page.keyboard.press(there)
                if state(explorer) == before:  # it was at its end
                    continue
                page.keyboard.press(back)
                assert state(explorer) == before, f"{there}, {back} on {said}"
                break
            else:
                pytest.fail(f"no key moves {said}")


STOP = """(root) => {
  const stop = document.activeElement;
  if (stop === root || !root.contains(stop)) return null;
  const controls = [...root.querySelectorAll(".control")];
  return stop.tagName === "BUTTON" ? "button" : controls.indexOf(stop.closest(".control"));
}"""
SHOWN = """(root) => [...root.querySelectorAll(".control").entries()]
  .filter(([, e]) => e.checkVisibility({ visibilityProperty: true })).map(([k]) => k)"""


def test_the_tab_key_stops_once_for_each_value(same_page, chapter):
    page = same_page(chapter, touch=True)
    for explorer in one_of_each(page):
        explorer.evaluate("(e) => { e.tabIndex = -1; e.focus(); }")
        stops = []
        while True:
            page.keyboard.press("Tab")
            if (stop := explorer.evaluate(STOP)) is None:
                break
            stops.append(stop)
        explorer.evaluate("(e) => e.removeAttribute('tabindex')")
        values = [stop for stop in stops if stop != "button"]
        # Neither bars and points nor the numbers that can be typed or dragged are stops of their own.
        assert values == explorer.evaluate(SHOWN), explorer.get_attribute("data-explorer")
    page.evaluate("document.activeElement.blur()")


# Explorers in whose formula a setting's own value stands.
SETTABLE = {
    *("bce", "binary-entropy", "bumps", "cross-entropy", "entropy", "focal", "kl"),
    *("label-smoothing", "likelihood", "memory", "smoothing-weights", "softmax"),
    *("stability", "surprisal", "threshold", "weighted-mean"),
}
TRAITS = """(root) => [...new Set([...root.querySelectorAll(".explorer-formula [data-trait]")]
  .filter((e) => e.textContent).map((e) => e.dataset.trait))]"""
SLIDER = """(field) => {
  const { min, max, step, valueAsNumber: value } = field.parentElement.querySelector("[type=range]");
  return { least: Number(min), most: Number(max), step: Number(step), value };
}"""


def test_a_number_in_the_formula_is_dragged_or_typed(same_page, state, chapter):
    page = same_page(chapter, touch=True)
    for explorer in one_of_each(page):
        name = explorer.get_attribute("data-explorer")
        begin_again(explorer)
        before = state(explorer)
        traits = explorer.evaluate(TRAITS)
        assert traits or name not in SETTABLE, f"{name} has no number to drag"
        for trait in traits:
            written = f".explorer-formula [data-trait={trait}]:not(:empty)"
            field = explorer.query_selector(f".control-value[name={trait}]")
            slider = field.evaluate(SLIDER)
            least, most, step = slider["least"], slider["most"], slider["step"]
            x, y, _ = middle(explorer.query_selector(written))
            page.mouse.move(x, y)
            page.mouse.down()
            at = {}
            for way in (31, -31, 2):
                page.mouse.move(x + way, y)
                now = state(explorer)
                at[way] = field.evaluate(SLIDER)["value"]
            page.mouse.up()
            said = f"{trait} of {name}"
            assert now == before, f"{said} did not lead back"
            for way, there in at.items():
                # Six steps, or as many as there are to the end.
                end = at[2] + (way > 2) * min(6 * step, most - at[2])
                end -= (way < 0) * min(6 * step, at[2] - least)
                assert abs(there - end) <= step, f"{said}: {at}"
            assert at[-31] < at[31], f"{said} did not move"
            page.mouse.dblclick(x, y)
            assert field.evaluate("(e) => e === document.activeElement"), f"{said} is not typed"
            assert page.evaluate("getSelection().isCollapsed")
            assert state(explorer) == before
            page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")


def test_a_finger_drags_a_number_of_the_formula_sideways_only(open_page, frames):
    page = open_page("chapters/entropy.html", size=PHONE, touch=True, is_mobile=True)
    explorer = page.locator("[data-explorer=entropy]").first
    number = explorer.locator(".explorer-formula [data-trait=p_0]")
    field = explorer.locator(".control-value[name=p_0]")
    assert explorer.locator(".explorer-formula").evaluate(TOUCH) == "pan-y pinch-zoom"
    before, x, y = field.get_attribute("data-value"), *middle(number)[:2]
    finger = page.context.new_cdp_session(page)
    for kind, way in [("Start", 0), *(("Move", -5 * k) for k in range(1, 13)), ("End", 0)]:
        points = [] if kind == "End" else [{"x": x + way, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        page.evaluate(frames)
    finger.detach()
    assert float(before) - float(field.get_attribute("data-value")) == pytest.approx(0.12)


MOVE_ALL = """(root) => {
  for (const input of root.querySelectorAll("input")) {
    if (!input.checkVisibility({ visibilityProperty: true })) continue;
    if (input.type !== "range") input.click();
    else {
      input.value = input.max - input.step;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}"""


def test_reset_brings_the_first_state_back(same_page, state, chapter):
    page = same_page(chapter, touch=True)
    for explorer in one_of_each(page):
        reset = explorer.query_selector("button.explorer-reset")
        assert reset.is_disabled() and reset.inner_text() == "Reset"
        before = state(explorer)
        explorer.evaluate(MOVE_ALL)
        assert state(explorer) != before
        reset.focus()
        page.keyboard.press("Enter")
        assert state(explorer) == before, explorer.get_attribute("data-explorer")
        assert reset.is_disabled()


TOUCH = """(e) => getComputedStyle(e).touchAction"""


def test_a_swipe_over_a_bar_scrolls_the_page(same_page, state, frames, chapter):
    page = same_page(chapter, touch=True)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for explorer in one_of_each(page):
        before = state(explorer)
        bodies = visible(explorer, ".body")
        for body in bodies:
            assert body.evaluate(TOUCH) == "pan-y"
        for handle in visible(explorer, HANDLES):
            way, height = handle.evaluate(
                f"(e) => [({TOUCH})(e), e.getBoundingClientRect().height]"
            )
            assert way == "none"
            assert height <= 40, "only a grip may keep a finger from scrolling"
        for body in bodies[:1]:
            x, y, _ = middle(body)
            was = page.evaluate("scrollY")
            finger = page.context.new_cdp_session(page)
            for kind, way in [("Start", 0), *(("Move", 10 * k) for k in range(1, 13)), ("End", 0)]:
                points = [] if kind == "End" else [{"x": x, "y": y - way}]
                finger.send(
                    "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points}
                )
                page.evaluate(frames)
            finger.detach()
            page.wait_for_function("(was) => scrollY > was + 60", arg=was)
            assert state(explorer) == before


BARS = """(root) => ({
  bars: [...root.querySelectorAll("text.label-p, text.label-q")].filter((e) => e.checkVisibility({ visibilityProperty: true })).map((e) => e.textContent),
  handles: Object.fromEntries([...root.querySelectorAll("[role=slider]")].map((e) => [e.getAttribute("aria-label"), e.getAttribute("aria-valuetext")])),
  sliders: Object.fromEntries([...root.querySelectorAll("input[type=range]")].map((e) =>
    [e.labels[0].textContent, [e.getAttribute("aria-valuetext"), e.parentElement.querySelector(".control-value").value]])),
})"""


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("entropy", "chapters/entropy.html"),
        ("kl", "chapters/kl-divergence.html"),
        ("cross-entropy", "chapters/cross-entropy.html"),
    ],
)
def test_bar_handle_and_slider_write_a_probability_alike(open_page, frames, name, of):
    page = open_page(of)
    explorer = page.locator(f"[data-explorer={name}]").first
    for way in ("", "ArrowRight", "PageUp"):
        if way:
            explorer.locator("input[type=range]").nth(1).focus()
            page.keyboard.press(way)
        page.evaluate(frames)
        seen = explorer.evaluate(BARS)
        assert len(seen["handles"]) >= 3
        for label, text in seen["handles"].items():
            which, outcome = re.fullmatch(r"([pq]) of (\w)", label).groups()
            slider = seen["sliders"][f"{which}({outcome})"]
            assert slider == [text, text]
        bars = {f"0{text}" if text.startswith(".") else text for text in seen["bars"]}
        shown = {text for text in seen["handles"].values() if float(text) not in (0, 1)}
        assert shown <= bars


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("sample-entropy", "chapters/codes.html"),
        ("batch-weights", "chapters/weighted-cross-entropy.html"),
    ],
)
def test_a_dot_says_the_whole_number_that_its_slider_has(open_page, frames, name, of):
    page = open_page(of)
    explorer = page.locator(f"[data-explorer={name}]").first
    field = explorer.locator(".control-value").first
    for number in ("26", "100"):  # between the slider's steps
        field.fill(number)
        field.press("Enter")
        page.evaluate(frames)
        dot = explorer.locator("svg [role=slider]").first
        assert (
            dot.get_attribute("aria-valuetext").partition(",")[0] == number == field.input_value()
        )


def test_one_explorer_that_fails_stops_no_other(browser, book):
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))

    def spoil(route):
        answer = route.fetch()
        text, count = re.subn(r'("_explorer": ?)"entropy"', r'\1"no such figure"', answer.text())
        assert count
        route.fulfill(response=answer, body=text)

    page.route("**/entropy.html", spoil)
    page.goto(book.at("chapters/entropy.html"))
    page.wait_for_function("""[...document.querySelectorAll("[data-explorer]")]
      .every((e) => "live" in e.dataset || e.dataset.explorer === "entropy")""")
    places = page.locator("[data-explorer=entropy]").all()
    assert places
    for place in places:
        assert place.get_attribute("data-live") is None
        assert place.locator("img").count() == 1, "its still stays"
    assert sum("The explorer entropy does not start" in text for text in said) == len(places)
    context.close()
