"""What a picture says can be read, wherever its controls stand, beside the controls themselves."""

import pytest

NARROW, PHONE, SMALL_PHONE = (360, 740), (390, 844), (390, 664)
LAPTOP, SMALL_LAPTOP = (1280, 800), (1366, 650)
ZOOMED = (640, 800)  # a laptop at twice its size, or a tablet

# Words that leave the card, reach below the picture, lie on other words, or have a line or a dot drawn
# over them; and a formula's, a control's or a readout's words that have too little room.
UNREADABLE = """(root) => {
  const svg = root.querySelector(".explorer-picture svg");
  const card = root.querySelector(".lossutils-explorer").getBoundingClientRect();
  const edge = svg.getBoundingClientRect().bottom;
  const all = [...svg.querySelectorAll("*")];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true });
  const after = (e, other) => all.indexOf(e) > all.indexOf(other);
  const texts = all.filter((e) => e.localName === "text" && e.textContent.trim() && seen(e)).map((e) => {
    const { left, right, top, bottom, height } = e.getBoundingClientRect();
    // A line of text is higher than its letters, and each letter's space stands behind it; what is written aslant has no box of its own.
    const space = parseFloat(getComputedStyle(e).letterSpacing) || 0;
    return { e, said: e.textContent, left, right: right - space, top: top + 0.2 * height, bottom: bottom - 0.18 * height };
  }).filter(({ e }) => !e.getAttribute("transform")?.includes("rotate"));
  const meet = (a, b, slack) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  const found = [];
  const parts = ".explorer-formula, .sum *, .control-row > *, label, legend, .control-value, button, .explorer-buttons, dd";
  for (const e of root.querySelectorAll(parts)) {
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    const box = e.getBoundingClientRect();
    const room = e.clientWidth && e.scrollWidth - e.clientWidth;
    if (room > 1 || box.right > card.right || box.left < card.left)
      found.push(`${e.value ?? e.textContent} is too wide by ${Math.max(room, box.right - card.right)}`);
  }
  for (const [k, text] of texts.entries()) {
    if (text.left < card.left || text.right > card.right) found.push(`${text.said} leaves the card`);
    if (text.bottom > edge + 1) found.push(`${text.said} reaches below the picture`);
    for (const other of texts.slice(k + 1)) if (meet(text, other, 1)) found.push(`${text.said} lies on ${other.said}`);
  }
  for (const dot of all.filter((e) => e.matches(".dot, .knob") && seen(e))) {
    const box = dot.getBoundingClientRect();
    if (!box.width) continue;
    for (const text of texts) if (after(dot, text.e) && meet(text, box, 1)) found.push(`a dot covers ${text.said}`);
  }
  for (const line of all.filter((e) => ["line", "polyline", "path"].includes(e.localName) && seen(e))) {
    const { stroke, strokeWidth } = getComputedStyle(line);
    const over = texts.filter(({ e }) => after(line, e) || getComputedStyle(e).stroke === "none");
    const box = line.getBoundingClientRect();
    const near = over.filter((text) => stroke !== "none" && meet(text, { left: box.left - 1, right: box.right + 1, top: box.top - 1, bottom: box.bottom + 1 }, 0));
    if (!near.length) continue;
    const [length, matrix, half] = [line.getTotalLength(), line.getScreenCTM(), parseFloat(strokeWidth) / 2 - 0.5];
    if (!length) continue; // nothing is drawn
    const places = Array.from({ length: Math.ceil(length / 3) + 1 }, (_, k) => line.getPointAtLength(3 * k).matrixTransform(matrix));
    for (const text of near) {
      if (places.some(({ x, y }) => x > text.left - half && x < text.right + half && y > text.top - half && y < text.bottom + half))
        found.push(`${text.said} is struck through by ${line.getAttribute("class")}`);
    }
  }
  return found;
}"""

# Each control to a few places, the others where they were at first; then with each option; then all
# sliders to their ends, in each combination of up to five.
EVERYWHERE = f"""async (root, shares) => {{
  const unreadable = {UNREADABLE};
  const frame = () => new Promise(requestAnimationFrame);
  const found = new Set();
  const heights = new Set();
  const look = (where) => {{
    for (const each of unreadable(root)) found.add(`${{each}} at ${{where}}`);
    heights.add(Math.round(root.firstElementChild.getBoundingClientRect().height));
  }};
  const ranges = [...root.querySelectorAll("input[type=range]")].filter((e) => e.checkVisibility({{ visibilityProperty: true }}));
  const name = (e) => e.labels[0].textContent;
  const sweep = async (option) => {{
    for (const range of ranges) {{
      const first = range.value;
      for (const share of option ? [0, 1] : shares) {{
        range.value = Number(range.min) + share * (range.max - range.min);
        range.dispatchEvent(new Event("input", {{ bubbles: true }}));
        await frame();
        look(`${{option}} ${{name(range)}} = ${{range.value}}`);
      }}
      range.value = first;
      range.dispatchEvent(new Event("input", {{ bubbles: true }}));
    }}
  }};
  root.querySelector(".explorer-reset").click();
  // A figure follows the window's new size only after the frame's callbacks.
  for (let k = 0; k < 2; k++) await frame();
  look("first");
  for (const preset of root.querySelectorAll(".explorer-presets button")) {{
    preset.click();
    await frame();
    look(preset.textContent);
  }}
  root.querySelector(".explorer-reset").click();
  await sweep("");
  for (const option of root.querySelectorAll("input:is([type=radio], [type=checkbox])")) {{
    if (option.checked) continue;
    root.querySelector(".explorer-reset").click();
    option.click();
    await frame();
    look(name(option));
    await sweep(name(option));
  }}
  root.querySelector(".explorer-reset").click();
  for (let corner = 0; corner < Math.min(2 ** ranges.length, 32); corner++) {{
    for (const [k, range] of ranges.entries()) {{
      range.value = (corner >> k) & 1 ? range.max : range.min;
      range.dispatchEvent(new Event("input", {{ bubbles: true }}));
    }}
    await frame();
    look(ranges.map((range) => `${{name(range)}} = ${{range.value}}`).join(", "));
  }}
  root.querySelector(".explorer-reset").click();
  return [[...found], [...heights]];
}}"""


def one_of_each(page):
    first = {}
    for explorer in page.locator("[data-name]").all():
        first.setdefault(explorer.get_attribute("data-explorer"), explorer)
    return first.items()


@pytest.mark.parametrize(
    "size", [NARROW, PHONE, ZOOMED, LAPTOP], ids=["narrow", "phone", "zoomed", "laptop"]
)
def test_words_can_be_read_and_nothing_grows_wherever_the_controls_stand(same_page, chapter, size):
    phone = size in (NARROW, PHONE)
    page = (
        same_page(chapter, size=PHONE, touch=True, is_mobile=True)
        if phone
        else same_page(chapter, size=SMALL_LAPTOP)
    )
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for name, explorer in one_of_each(page):
        # There is more room on a laptop.
        found, heights = explorer.evaluate(EVERYWHERE, [0, 0.25, 0.6, 1] if phone else [0, 1])
        assert found == [], name
        assert len(heights) == 1, f"{name} is {sorted(heights)} high"


# The spacing that a reader may set for all text without losing any of it (WCAG 2.2, 1.4.12).
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""


def test_words_that_a_reader_spaces_out_can_be_read_on_a_phone(same_page, chapter):
    page = same_page(chapter, size=PHONE, touch=True, is_mobile=True)
    style = page.add_style_tag(content=SPACED)
    found = {name: explorer.evaluate(EVERYWHERE, [0, 1])[0] for name, explorer in one_of_each(page)}
    style.evaluate("(e) => e.remove()")
    assert {name: words for name, words in found.items() if words} == {}


# How much of the screen the picture takes together with everything that moves it.
TOGETHER = """(root) => {
  const boxes = [".explorer-picture", ".explorer-side"].map((part) => root.querySelector(part).getBoundingClientRect());
  return Math.max(...boxes.map(({ bottom }) => bottom)) - Math.min(...boxes.map(({ top }) => top));
}"""
HEADER = """() => Math.max(...[...document.querySelectorAll("header, .bd-header-article")]
  .filter((e) => ["sticky", "fixed"].includes(getComputedStyle(e).position))
  .map((e) => e.getBoundingClientRect().height))"""
# Controls at which a part of the picture is not on the screen, or that the picture covers.
APART = """(root, header) => {
  const picture = root.querySelector(".explorer-picture");
  return [...root.querySelectorAll(".explorer-side :is(input, button)")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }))
    .filter((e) => {
      return ["start", "center", "end"].some((block) => {
        e.scrollIntoView({ block, behavior: "instant" });
        const [{ top, bottom }, control] = [picture, e].map((each) => each.getBoundingClientRect());
        return top < header - 1 || bottom > innerHeight || control.top < bottom - 1;
      });
    })
    .map((e) => e.outerHTML.slice(0, 160));
}"""


@pytest.mark.parametrize(
    "size", [PHONE, LAPTOP, SMALL_LAPTOP], ids=["phone", "laptop", "small laptop"]
)
def test_a_picture_and_all_its_controls_fit_on_one_screen(same_page, frames, chapter, size):
    page = (
        same_page(chapter, size=PHONE, touch=True, is_mobile=True)
        if size == PHONE
        else same_page(chapter, size=SMALL_LAPTOP)
    )
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate(frames)
    room = size[1] - page.evaluate(HEADER)
    high = {name: explorer.evaluate(TOGETHER) for name, explorer in one_of_each(page)}
    assert {name: height for name, height in high.items() if height > room} == {}, f"room: {room}"


def test_on_a_small_phone_the_picture_stays_in_view_at_each_control(same_page, frames, chapter):
    page = same_page(chapter, size=PHONE, touch=True, is_mobile=True)
    page.set_viewport_size({"width": SMALL_PHONE[0], "height": SMALL_PHONE[1]})
    page.evaluate(frames)
    header = page.evaluate(HEADER)
    for name, explorer in one_of_each(page):
        assert explorer.evaluate(APART, header) == [], name


FORCED = """() => [...document.querySelectorAll("[data-explorer] .control-options")].map((e) => {
  const [chosen, other] = ["input:checked + span", "input:not(:checked) + span"].map((s) => getComputedStyle(e.querySelector(s)).backgroundColor);
  return chosen !== other;
})"""


def test_colours_of_the_readers_own_show_thumbs_and_what_is_chosen(same_page, chapter):
    page = same_page(chapter, size=SMALL_LAPTOP)
    page.emulate_media(forced_colors="active")
    assert all(page.evaluate(FORCED))
    for slider in page.locator("[data-explorer] input[type=range]").all()[:3]:
        assert slider.evaluate("(e) => getComputedStyle(e).appearance") == "auto"
    page.emulate_media(forced_colors="none")
