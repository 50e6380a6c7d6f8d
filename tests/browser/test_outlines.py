"""Where the bars were when the reader took hold of something, dashed outlines stay."""

from __future__ import annotations

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
