"""What the reader moves is compared with what was there before: as outlines, and in a number."""

from __future__ import annotations

import math
import re

import pytest

BARS = """(e) => ["[class^=bar-]", ".before"].map((kind) =>
  [...e.querySelectorAll(kind)].map((bar) => bar.getAttribute("points")))"""


def test_bars_leave_their_outlines_until_the_next_move(open_page, frames):
    page = open_page("chapters/kl-divergence.html")
    explorer = page.locator("[data-explorer=kl]")
    slider = explorer.locator("input[type=range]").first
    first, outlines = explorer.evaluate(BARS)
    assert first
    assert outlines == []
    slider.focus()
    assert explorer.evaluate(BARS) == [first, []]  # nothing has been touched yet
    now = first
    for _ in range(2):
        before = now
        page.keyboard.press("ArrowRight")
        page.evaluate(frames)
        now, outlines = explorer.evaluate(BARS)
        assert outlines == before
        assert now != before
    assert page.locator("[data-explorer]:has(.before)").count() == 1
    page.set_viewport_size({"width": 700, "height": 800})
    page.wait_for_function("!document.querySelector('.before')")


# The readouts' values, in the unit in which each is written now, and what is said of a change.
SAID = """(e) => {
  const outputs = [...e.querySelectorAll("output[data-quantity]")];
  const { height } = e.querySelector(".explorer-change").getBoundingClientRect();
  return {
    values: outputs.map((each) => Number(each.dataset.value)),
    texts: outputs.map((each) => each.textContent),
    change: e.querySelector(".explorer-change").textContent,
    height,
  };
}"""
SLIDERS = (
    "(e) => [...e.querySelectorAll('input[type=range]')].filter((each) => each.checkVisibility())"
)
PRESS = f"""(e, [place, key]) => {{
  const slider = ({SLIDERS})(e)[place];
  slider.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true }}));
  slider.value = key === "End" ? slider.max : slider.min;
  slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
}}"""


def number(text):
    """Return the number at the end of a text before its unit, with the digits that it has."""
    found = re.search(r"([+−][\d.,]+|[+−]∞)[^\d∞]*$", text)
    assert found, text
    found = found[1].replace(",", "")
    return float(found.replace("−", "-").replace("∞", "inf")), len(found.partition(".")[2])


def is_said(before, now):
    """Say whether a change is told; it must be that of a readout, or else one has not changed."""
    differences = [b - a for a, b in zip(before["values"], now["values"], strict=True)]
    if not now["change"]:
        assert 0 in differences or any(map(math.isnan, differences)), (before, now)
        return False
    said, digits = number(now["change"])
    scales = (1, math.log(2), 1 / math.log(2), 1e-9, 1e-6)  # bits and nats, GB and MB
    told = [each * scale for each in differences for scale in scales]
    assert any(said == pytest.approx(each, abs=0.50001 * 10**-digits) for each in told), (
        before,
        now,
    )
    return True


def test_a_move_is_said_by_how_much_it_changed_the_chief_readout(same_page, frames, chapter):
    page = same_page(chapter)
    for explorer in page.query_selector_all("[data-name]:has(.explorer-change)"):
        explorer.query_selector(".explorer-reset").evaluate("(e) => e.click()")
        page.evaluate(frames)
        before, told = explorer.evaluate(SAID), 0
        # With q at one half no data change the loss: one of the sliders does, not each.
        for place in range(explorer.evaluate(f"(e) => ({SLIDERS})(e).length")):
            for key in ("End", "Home"):
                explorer.evaluate(PRESS, [place, key])
                page.evaluate(frames)
                now = explorer.evaluate(SAID)
                assert now["height"] == before["height"], "its line is kept free"
                told += is_said(before, now)
                before = now
            if told:
                break
        assert told, f"no slider changes it: {before}"
