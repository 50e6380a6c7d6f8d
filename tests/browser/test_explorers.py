"""Every explorer works with networking off, says what lossutils says, and obeys each kind of hand."""

import random
import re
from urllib.parse import unquote_plus

import ipywidgets
import numpy as np
import pytest

import lossutils.widgets
from lossutils.widgets.explorers.shape import CASES
from lossutils.widgets.settings import Distribution, Numbers, Switch

# --- What an explorer is to say, from what its controls and handles stand at ----------------


def setting(name, told, shown):
    """Return what a setting stands at; `told` is what its declaration says to the page."""
    if "options" in told:
        # A single option needs no buttons.
        chosen = shown.chosen.get(told["label"], told["labels"][0])
        return told["options"][told["labels"].index(chosen)]
    if "most" in told:  # a distribution, by the handles of its bars or as it was given
        p = [v for label, v in shown.handles.items() if label.startswith(f"{name} of ")]
        return p or [shown.saved[f"{name}_{k}"] for k in range(shown.saved["outcomes"])]
    if told["label"] in shown.checked:
        return shown.checked[told["label"]]
    if "prefix" in told:
        return [shown.sliders[label] for label in told["labels"] if label in shown.sliders]
    if "min" not in told:
        return shown.saved[name]
    # A slider that has one place only is not shown.
    value = shown.sliders.get(told["label"], told["min"])
    if told["log"]:  # a power may be a rounding error beyond the limit
        value = np.clip(value, told["min"], told["max"])
    return round(value) if told["whole"] else value


def quantity(explorer, name):
    """Return what a readout is to say: the explorer's value of that name, or a part of one."""
    if hasattr(explorer, name):
        value = getattr(explorer, name)
        if isinstance(value, list):
            return len(value)
        return np.nan if isinstance(value, np.ndarray) else value
    whole, _, part = name.rpartition("_")
    parts = getattr(explorer, whole)
    if isinstance(parts, dict):
        return parts[part]
    if parts.ndim == 2:  # a class's own entry in its row
        parts, part = np.diagonal(parts), "abc".index(part)
    return parts[int(part)] if int(part) < len(parts) else np.nan


def of_settings(shown):
    """Return the explorer with the settings at which the page's controls and handles stand."""
    kind = KINDS[shown.name.replace("-", "")]
    told = shown.saved["_settings"]
    return kind(**{name: setting(name, said, shown) for name, said in told.items()})


KINDS = {
    name.removesuffix("Explorer").lower(): getattr(lossutils.widgets, name)
    for name in lossutils.widgets.__all__
}


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch):
    """Leave out what each new widget would tell a notebook: it takes longer than the rest."""
    monkeypatch.setattr(ipywidgets.Widget, "open", lambda widget: None)


def check(shown):
    """Hold the readouts against lossutils."""
    explorer = of_settings(shown)
    expected = {name: float(quantity(explorer, name)) for name in shown.quantities}
    assert shown.quantities == pytest.approx(expected, abs=1e-9, rel=0, nan_ok=True), shown


def explorers(page):
    """Return the page's explorers with a picture; questions and the like have their own tests.

    As elements: a locator looks through the whole page again at each question.
    """
    found = page.query_selector_all("[data-name]")
    for each in found:
        each.page = page
    return found


def one_of_each(page):
    """Return the first explorer of each name."""
    first = {}
    for explorer in explorers(page):
        first.setdefault(explorer.get_attribute("data-explorer"), explorer)
    return first.values()


@pytest.fixture
def phone(same_page):
    """Return a function that opens a chapter on a phone, once for all tests here.

    A mouse may be plugged into it.
    """
    return lambda chapter: same_page(chapter, size=(390, 844), touch=True)


# --- Values ---------------------------------------------------------------------------------

SET = """(root, where) => {
  const random = () => where.random[where.next++ % where.random.length];
  for (const input of root.querySelectorAll("input")) {
    if (!input.checkVisibility({ visibilityProperty: true })) continue;
    const share = where.share ?? random();
    if (input.type === "range") {
      const [min, max, step] = [input.min, input.max, input.step].map(Number);
      input.value = min + Math.round(share * (max - min) / step) * step;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (share < 0.5) input.click();
  }
}"""


def places(draw, count):
    """Return random places to move every control to."""
    return [{"random": [draw.random() for _ in range(40)], "next": 0} for _ in range(count)]


def check_formula(shown, values=()):
    """Hold the number at the end of the formula against the readouts, to its three decimals.

    `values` are the readouts' in the unit in which the formula is written, if that isn't their own.
    """
    said = re.findall(r"= (−?\d+(?:\.\d+)?)(?!\.?\d|·)", shown.formula)
    values = [*values, *shown.quantities.values()]
    if shown.name == "stability":  # at the end it has what no readout shows
        values = [of_settings(shown).stable_gradient["float32"]]
    assert said or not all(map(np.isfinite, values)), shown
    for text in said[-1:]:
        result = float(text.replace("−", "-"))
        assert any(abs(result - value) <= 5e-4 + 1e-12 for value in values), shown


def test_readouts_are_lossutils_and_the_formula_says_them_with_networking_off(
    phone, read, read_each, chapter
):
    page = phone(chapter)
    page.context.set_offline(True)
    for number, explorer in enumerate(explorers(page)):
        at_first = read(explorer)
        at_random = read_each(explorer, SET, places(random.Random(number), 20))
        ends = [{"share": share} for share in (0, 1, 0.5, 0)]  # where infinities are
        for shown in [at_first, *at_random]:
            check_formula(shown)
        for shown in [at_first, *at_random, *read_each(explorer, SET, ends)]:
            check(shown)
        assert len({repr(shown.quantities) for shown in at_random}) > 10, (
            "the controls move nothing"
        )
    page.context.set_offline(False)


FONTS_THAT_FAILED = """async () => {
  await document.fonts.ready;
  return [...document.fonts].filter((font) => font.status === "error").length;
}"""


def test_explorers_live_when_the_book_is_a_folder_on_disk(open_page, read, read_each, chapter):
    page = open_page(chapter, from_disk=True)
    assert page.evaluate(FONTS_THAT_FAILED) == 0
    for explorer in one_of_each(page):
        before = read(explorer)
        (after,) = read_each(explorer, SET, places(random.Random(0), 1))
        assert after.quantities != before.quantities
        check(after)


# --- Hands ----------------------------------------------------------------------------------

CONTROLS = (
    "input:enabled:not(.control-value), [role=slider]:not([aria-disabled=true]),"
    "button:enabled:not(.explorer-reset, .explorer-link, .explorer-unit)"
)


def drag(page, way, start, end):
    """Drag from point to point by mouse or by finger."""
    places = [
        tuple(a + (b - a) * share for a, b in zip(start, end, strict=True))
        for share in (0.25, 0.5, 0.75, 1)
    ]
    if way == "mouse":
        page.mouse.move(*start)
        page.mouse.down()
        for place in places:
            page.mouse.move(*place)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)
    for kind, place in [("touchStart", start), *(("touchMove", place) for place in places)]:
        points = [{"x": place[0], "y": place[1]}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


def press(page, way, x, y):
    (page.mouse.click if way == "mouse" else page.touchscreen.tap)(x, y)


BOX = """(e) => {
  e.scrollIntoView({ block: "center", behavior: "instant" });
  return e.getBoundingClientRect().toJSON();
}"""


def move_by_pointer(page, way, control, facts):
    box = control.evaluate(BOX)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if facts["type"] == "range":
        press(page, way, box["x"] + box["width"] * (0.2 if facts["share"] > 0.5 else 0.8), y)
    elif facts["role"] == "slider":
        back = -40 if facts["share"] > 0.5 else 40
        drag(page, way, (x, y), (x, y - back) if facts["upright"] else (x + back, y))
    else:
        press(page, way, x, y)


def press_space(page, way, control, facts):
    assert facts["tabIndex"] >= 0, "it can't be reached with the Tab key"
    control.focus()
    page.keyboard.press("Space")


HANDS = {"mouse": move_by_pointer, "touch": move_by_pointer, "keyboard": press_space}

FACTS = """(e) => {
  const numbers = e.type === "range" ? [e.min, e.value, e.max]
    : ["min", "now", "max"].map((end) => e.getAttribute(`aria-value${end}`));
  const [low, now, high] = numbers.map(Number);
  return {
    type: e.type, role: e.getAttribute("role"), tabIndex: e.tabIndex,
    visible: e.checkVisibility({ visibilityProperty: true }),
    chosen: (e.type === "radio" && e.checked) || e.getAttribute("aria-pressed") === "true",
    share: (now - low) / (high - low),
    upright: e.getAttribute("aria-orientation") === "vertical",
    said: e.outerHTML.slice(0, 200),
  };
}"""


def figure(shown):
    """Return what of an explorer follows its controls, in a form in which NaN equals itself."""
    return repr((shown.quantities, shown.handles, shown.formula, shown.buttons))


BEGIN = """(root) => {
  const play = root.querySelector(".explorer-play");
  if (play?.textContent === "Pause") play.click();
  root.querySelector(".explorer-reset").click();
}"""


def begin_again(explorer):
    """Bring an explorer that other tests may have moved to its first state."""
    explorer.evaluate(BEGIN)


# Controls of a kind have their script in common: finger and space bar are tried on one of each kind in
# each explorer, a mouse on all that is pressed, and Home and End, below, on all sliders and handles.
@pytest.mark.parametrize("way", HANDS)
def test_each_control_moves_the_figure(phone, read, chapter, way):
    page = phone(chapter)
    for explorer in one_of_each(page):
        begin_again(explorer)
        shown, tried = read(explorer), set()
        # As they are at first: a switch may take some of them away.
        for control in explorer.query_selector_all(CONTROLS):
            facts = control.evaluate(FACTS)
            kind = facts["type"], facts["role"], facts["upright"]
            moves = {"range", "slider"} & set(kind)
            if (
                not facts["visible"]
                or facts["chosen"]
                or (way == "keyboard" and moves)
                or (kind in tried and (moves or way != "mouse"))
            ):
                continue
            tried.add(kind)
            before = shown
            HANDS[way](page, way, control, facts)
            shown = read(explorer)
            for wait in range(100):  # what plays by itself takes its time
                if figure(shown) != figure(before):
                    break
                if wait == 40 and way == "touch":  # a machine that halts makes a tap a long press
                    HANDS[way](page, way, control, facts)
                page.wait_for_timeout(50)
                shown = read(explorer)
            assert figure(shown) != figure(before), f"{before.name} didn't follow {facts['said']}"
            if facts["role"] == "slider":
                assert shown.sliders != before.sliders, f"no slider followed {facts['said']}"
            if "Pause" not in shown.buttons:
                check(shown)


def test_home_and_end_reach_the_ends_of_each_slider_and_handle(phone, read, chapter):
    page = phone(chapter)
    for explorer in one_of_each(page):
        begin_again(explorer)
        # As they are at first: a switch may take some of them away.
        for control in explorer.query_selector_all(CONTROLS):
            facts = control.evaluate(FACTS)
            if not facts["visible"] or not (facts["type"] == "range" or facts["role"]):
                continue
            seen = []
            control.focus()
            for key, end in {"Home": 0, "End": 1}.items():
                page.keyboard.press(key)
                seen.append(read(explorer))
                check(seen[-1])
                assert control.evaluate(FACTS)["share"] == pytest.approx(end)
            low, high = seen
            assert figure(low) != figure(high), f"{low.name} didn't follow {facts['said']}"
            if facts["role"] == "slider":
                assert low.sliders != high.sliders, f"no slider followed {facts['said']}"


MOVE = """(root, [name, value]) => {
  const named = (input) => input.labels[0].textContent === name;
  const input = [...root.querySelectorAll("input[type=range]")].find(named);
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def test_one_outcome_more_has_an_even_share_or_its_old_one_and_one_fewer_leaves_its_own(
    open_page, read_each
):
    explorer = open_page("chapters/entropy.html").locator("[data-explorer=entropy]").first
    moves = [("outcomes", n) for n in (4, 3, 4, 6, 3, 4)] + [("p(c)", 1), ("outcomes", 2)]
    seen = read_each(explorer, MOVE, [list(move) for move in moves])
    first, fewer, again, more, fewer_again, back, certain, left = (
        [*shown.handles.values()] for shown in seen
    )
    assert fewer == pytest.approx(np.divide(first[:3], 1 - first[3]), abs=1e-12)
    assert again == back == first
    assert more == pytest.approx([*np.multiply(first, 4 / 6), 1 / 6, 1 / 6], abs=1e-12)
    assert fewer_again == pytest.approx(fewer, abs=1e-12)
    assert certain == [0, 0, 1, 0]
    assert left == [0.5, 0.5]
    for shown in seen:
        check(shown)
        assert sum(name.startswith("p(") for name in shown.sliders) == len(shown.handles)


CHOOSE = """(root, step) => {
  const labels = [...root.querySelectorAll("label")];
  if (typeof step === "string") return labels.find((e) => e.textContent === step).click();
  const input = root.querySelector("input[type=range]");
  input.value = step;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def test_an_input_that_is_large_again_shows_the_element_that_was_chosen(open_page, read_each):
    explorer = open_page("chapters/cross-entropy-loss.html").locator("[data-explorer=shape]").first
    *small, image = [case.shown for case in CASES.values()]
    seen = read_each(explorer, CHOOSE, [5, *small, image, *small, 0, image])
    elements = [shown.handles.get("element of the target") for shown in seen]
    assert (elements[0], elements[3], elements[-1]) == (5, 5, 0)
    for shown in seen:
        check(shown)


# --- Play -----------------------------------------------------------------------------------

# A run whose clock goes on by a tenth of a second whenever a frame is asked for; what waits waits no longer.
PLAY = """async (root) => {
  const [button, status] = [".explorer-play", ".explorer-status"].map((each) => root.querySelector(each));
  const outputs = [...root.querySelectorAll("output[data-quantity]")];
  const [real, timeout] = [window.requestAnimationFrame, window.setTimeout];
  root.scrollIntoView({ behavior: "instant" });
  await new Promise((done) => setTimeout(done, 600)); // what the reset has to say is said
  const [names, said, seen] = [[button.textContent], new Set([status.textContent]), new Set()];
  let time = performance.now();
  window.requestAnimationFrame = (f) => real(() => f((time += 100)));
  window.setTimeout = (f) => timeout(f, 0);
  button.click();
  names.push(button.textContent);
  for (let frame = 0; frame < 600 && button.textContent === "Pause"; frame++) {
    await new Promise(real);
    seen.add(outputs.map((each) => each.dataset.value).join());
    said.add(status.textContent);
  }
  [window.requestAnimationFrame, window.setTimeout] = [real, timeout];
  names.push(button.textContent);
  await new Promise((done) => setTimeout(done, 600));
  const picture = root.querySelector("svg").getAttribute("aria-label");
  return { names, said: said.size, states: seen.size, after: status.textContent, picture };
}"""


def test_play_moves_a_setting_to_its_end_and_speaks_only_there(phone, read, chapter):
    page = phone(chapter)
    for explorer in one_of_each(page):
        if not explorer.query_selector(".explorer-play"):
            continue
        begin_again(explorer)
        first = read(explorer)
        run = explorer.evaluate(PLAY)
        shown = read(explorer)
        (told,) = [told for told in shown.saved["_settings"].values() if told.get("play")]
        left = told["max"] - first.sliders[told["label"]] if told["whole"] else 5
        assert run["names"] == ["Play", "Pause", "Play"], shown.name
        assert run["states"] > min(5, left), shown.name
        assert run["said"] == 1 and run["after"] == run["picture"], shown.name
        assert shown.sliders[told["label"]] == pytest.approx(told["max"]), shown.name
        check(shown)
        begin_again(explorer)


PAUSES = {
    "a number is about to be typed": lambda page, one: one.locator(".control-value").click(),
    "a key moves a slider": lambda page, one: one.locator("input[type=range]").press("ArrowLeft"),
    "an option is chosen": lambda page, one: one.get_by_role(
        "radio", name="test", exact=True
    ).check(),
    "an example is chosen": lambda page, one: one.get_by_role(
        "button", name="before training"
    ).click(),
    "a link moves the figure": lambda page, one: page.evaluate(
        "(name) => void (location.hash = `${name}:epoch=3`)", one.get_attribute("data-name")
    ),
    "the figure leaves the screen": lambda page, one: page.evaluate(
        "scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })"
    ),
    "the tab is hidden": lambda page, one: page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    ),
}


def test_play_pauses_when_the_reader_turns_to_something_else(open_page):
    page = open_page("chapters/training.html", stopped=True)
    one = page.locator("[data-explorer=training]").first
    button, epoch = one.locator(".explorer-play"), one.locator("input[type=range]")
    for why, act in PAUSES.items():
        button.click()
        page.keyboard.press("Tab")  # looks around, touches nothing
        page.clock.run_for(1000)
        assert float(epoch.input_value()) > 0, why
        assert button.inner_text() == "Pause", why
        act(page, one)
        page.wait_for_function("(e) => e.textContent === 'Play'", arg=button.element_handle())
        page.clock.run_for(100)
        there = epoch.input_value()
        page.clock.run_for(700)  # more than an epoch takes
        assert epoch.input_value() == there != "20", why
        one.get_by_role("button", name="Reset", exact=True).evaluate("(e) => e.click()")


# --- Nats and bits --------------------------------------------------------------------------

# What an explorer writes and says of information, and in which unit. One readout says it in the other.
WRITTEN = """(root) => {
  const all = (selector) => [...root.querySelectorAll(selector)];
  const unit = root.querySelector(".explorer-unit")?.ariaChecked === "true" ? "bits" : "nats";
  const shown = all("output[data-unit]:not([data-quantity=bits])");
  return {
    unit: root.querySelector(".explorer-unit") && unit,
    readouts: all("output[data-unit]").map((e) => [e.textContent, Number(e.dataset.value), e.dataset.unit]),
    texts: [...all("svg text"), ...shown, ...shown.map((e) => e.closest("div").firstChild)].map((e) => e.textContent),
    said: all("svg, svg [role=slider], .explorer-formula")
      .flatMap((e) => ["aria-label", "aria-valuetext"].map((name) => e.getAttribute(name) ?? "")),
    axes: all("svg > .axis").map((e) => e.textContent),
  };
}"""
IN_NATS = {"nats": 1, "bits": np.log(2)}


def information(page, read, unit):
    """Return what the page's explorers of information say, once it is seen to be in this unit alone."""
    other = {"bits": "nat", "nats": "bit"}[unit]
    seen = []
    for explorer in explorers(page):
        shown, written = read(explorer), explorer.evaluate(WRITTEN)
        if written["unit"] is None:
            assert "bits" not in {own for _, _, own in written["readouts"]}, shown.name
            continue
        assert written["unit"] == unit, shown.name
        # Descent goes down the slope in nats.
        for text in [*written["texts"], *written["said"], shown.formula]:
            text = text.replace("slope in nats", "")
            assert not re.search(rf"\b{other}s?\b", text), (shown.name, text)
        formula = shown.formula.replace("(slope in nats)", "")
        if unit == "bits":
            assert not re.search(r"log( (?!σ)|\()", formula), formula
        values = []
        for text, value, own in written["readouts"]:
            # The text may say its unit, and the attributes always do: they stay as Python has them.
            named = re.search(r"nats|bits", text)
            of = IN_NATS[own] / IN_NATS[named[0] if named else unit]
            number = float(re.match(r"−?[\d.]+", text)[0].replace("−", "-"))
            assert number == pytest.approx(value * of, abs=5.001e-4), (shown.name, text)
            values.append(value * of)
        check_formula(shown, values)
        assert unit in formula and any(unit in text for text in written["said"]), shown.name
        seen.append((shown, written))
    return seen


def test_one_switch_changes_the_unit_of_all_explorers_here_and_on_the_next_page(
    open_page, book, read
):
    page = open_page("chapters/entropy.html")
    switch = page.locator("[data-explorer=surprisal] .explorer-unit")
    assert information(page, read, "bits")  # nobody has chosen: it opens as the chapter speaks
    for _ in range(2):
        switch.click()  # to nats, and now bits are chosen
    names = set()
    for path in ("entropy", "cross-entropy", "kl-divergence"):
        page = page.context.new_page()
        page.goto(book.at(f"chapters/{path}.html"))
        page.wait_for_function("!document.querySelector('[data-explorer]:not([data-live])')")
        in_bits = information(page, read, "bits")
        page.locator(".explorer-unit").last.focus()
        page.keyboard.press("Space")
        for (bits, one), (nats, two) in zip(in_bits, information(page, read, "nats"), strict=True):
            names.add(bits.name)
            assert one["texts"] != two["texts"], bits.name
            assert one["axes"] != two["axes"] or not any("in bits" in each for each in one["texts"])
            assert bits.quantities == pytest.approx(nats.quantities, abs=0, nan_ok=True)
            check(bits)
        page.locator(".explorer-unit").first.click()
    assert len(names) == 10, names


# --- Addresses ------------------------------------------------------------------------------

# All of it is between the header and the lower edge, or as much as there is room for.
IN_VIEW = """(e) => {
  const { top, bottom } = e.getBoundingClientRect();
  return top < innerHeight - 200 && bottom > 200 && (top >= 40 || bottom <= innerHeight);
}"""


def expected(shown, address):
    """Return what the readouts are to say in the state of an address, by lossutils."""
    kind = KINDS[shown.name.replace("-", "")]
    told, values = shown.saved["_settings"], {}
    for name, setting in kind._declared.items():
        if isinstance(setting, Distribution):
            values[name] = [shown.saved[f"{name}_{k}"] for k in range(shown.saved["outcomes"])]
        elif isinstance(setting, Numbers):
            numbers = range(len(told[name]["labels"]))
            values[name] = [shown.saved[f"{setting.prefix}_{k}"] for k in numbers]
        elif "options" in told[name]:
            values[name] = told[name]["options"][shown.saved[f"{name}_index"]]
        else:
            values[name] = shown.saved[name]
        if told[name].get("whole"):
            values[name] = round(values[name])
    for pair in filter(None, address.partition(":")[2].split(";")):
        name, text = map(unquote_plus, pair.split("="))
        if name not in values:
            prefix, k = name.rsplit("_", 1)
            vector = next(
                n for n, one in kind._declared.items() if prefix in (n, told[n].get("prefix"))
            )
            changed = np.array(values[vector], dtype=float)
            if isinstance(kind._declared[vector], Distribution):
                changed *= (1 - float(text)) / (1 - changed[int(k)])
            changed[int(k)] = float(text)
            values[vector] = changed
        elif "options" in told[name]:
            values[name] = next(o for o in told[name]["options"] if str(o) == text)
        elif isinstance(kind._declared[name], Switch):
            values[name] = text == "true"
        elif "," in text:
            values[name] = [float(each) for each in text.split(",")]
        else:
            values[name] = round(float(text)) if told[name]["whole"] else float(text)
    explorer = kind(**values)
    return {name: float(quantity(explorer, name)) for name in shown.quantities}


def named(page):
    """Return the explorers that have a name and a declaration, by their names."""
    return {each.get_attribute("data-name"): each for each in explorers(page)}


def settled(read, explorer, values):
    """Read an explorer until it says these values: an address takes effect a moment later."""
    values = pytest.approx(values, rel=1e-6, abs=1e-7, nan_ok=True)
    for _ in range(200):
        shown = read(explorer)
        if shown.quantities == values:
            break
        explorer.page.wait_for_timeout(50)
    return shown


def test_each_link_in_the_text_moves_its_figure_into_view(same_page, read, chapter):
    page = same_page(chapter)
    figures = named(page)
    for explorer in figures.values():
        begin_again(explorer)
    first = {name: read(explorer) for name, explorer in figures.items()}
    for link in page.locator("a.acts").all():
        address = link.get_attribute("href")
        link.click()
        name = address[1:].partition(":")[0]
        explorer, values = figures[name], expected(first[name], address)
        shown = settled(read, explorer, values)
        assert shown.quantities == pytest.approx(values, abs=1e-9, nan_ok=True), address
        page.wait_for_function(IN_VIEW, arg=explorer)


def test_the_copied_link_leads_back_to_the_state(phone, read, read_each, chapter, book):
    page = phone(chapter)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    addresses = {}
    figures = named(page)
    for number, (name, explorer) in enumerate(figures.items()):
        begin_again(explorer)
        shown = read(explorer)
        first = pytest.approx(shown.quantities, nan_ok=True)
        (moved,) = read_each(explorer, SET, places(random.Random(number), 1))
        assert moved.quantities != first
        explorer.query_selector("[aria-label='Copy link to this state']").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.url and copied.startswith(f"{book.at(chapter)}#{name}:")
        explorer.query_selector(".explorer-reset").click()
        assert read(explorer).quantities == first
        addresses[name] = copied, moved.quantities
    for name, (address, moved) in addresses.items():
        page.evaluate(
            "(hash) => void (location.hash = '', location.hash = hash)",
            "#" + address.partition("#")[2],
        )
        seen = settled(read, figures[name], moved).quantities
        assert seen == pytest.approx(moved, rel=1e-6, abs=1e-7, nan_ok=True), address
    # A page that is opened with an address starts there.
    name, (address, moved) = addresses.popitem()
    page.evaluate("(address) => history.replaceState(null, '', address)", address)
    page.evaluate("history.scrollRestoration = 'manual'")  # a reload would go back to its place
    page.reload()
    page.wait_for_function("!document.querySelector('[data-explorer]:not([data-live])')")
    explorer = named(page)[name]
    seen = settled(read, explorer, moved).quantities
    assert seen == pytest.approx(moved, rel=1e-6, abs=1e-7, nan_ok=True), address
    page.wait_for_function(IN_VIEW, arg=explorer)


WRONG = {
    "#forecast:probability=2": "from 0 to 1",
    "#forecast:probability=": "must be a number",
    "#forecast:nothing=1": "no setting nothing",
    "#forecast:%E0%A4%A=1": "URI",
    "#forecast:probability": "must be a number",
}


def test_what_an_address_has_wrong_is_ignored_and_said(open_page, read):
    page = open_page("chapters/entropy.html")
    explorer = named(page)["forecast"]
    first = read(explorer).quantities
    for address, why in WRONG.items():
        page.evaluate("(hash) => void (location.hash = hash)", address)
        assert read(explorer).quantities == first
        (message,) = page.watch.messages
        assert "forecast" in message and why in message
        page.watch.messages.clear()
    page.evaluate("(hash) => void (location.hash = hash)", "#forecast:nothing=1;probability=1/2")
    assert read(explorer).quantities["bits"] == 1
    page.watch.messages.clear()
    page.evaluate("location.hash = '#nobody:p=1'")
    assert read(explorer).quantities["bits"] == 1
