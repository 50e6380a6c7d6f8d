"""The number beside a slider is a field: each value can be typed, and what is refused says why."""

import numpy as np
import pytest

# Each slider's number, typed: 37 % of the way, which is between two steps; then what is refused.
TYPE = """async (root, frames) => {
  const seen = [];
  const key = (e, key) => e.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  for (const input of root.querySelectorAll("input[type=range]")) {
    if (!input.checkVisibility({ visibilityProperty: true })) continue;
    const field = input.parentElement.querySelector(".control-value");
    const type = (text) => {
      key(input, "Enter");
      const focused = document.activeElement === field;
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      key(field, "Enter");
      return focused;
    };
    const before = field.value;
    const [min, max, step] = [input.min, input.max, input.step].map(Number);
    input.value = min + Math.round(0.37 * (max - min) / step) * step;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await frames();
    const [there, value] = [field.value, input.value];
    const focused = type(before);
    await frames();
    const back = [field.value, document.activeElement === input];
    type(there);
    await frames();
    const again = [field.value, input.value];
    const refused = ["nonsense", "1e9", "−1e9"].map((text) => {
      type(text);
      const why = field.validationMessage;
      key(field, "Escape");
      return [why, field.value, document.activeElement === input];
    });
    field.focus();
    field.value = "nonsense";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.blur();
    const said = input.parentElement.querySelector("[role=status]").textContent;
    seen.push({ label: input.labels[0].textContent, before, there, value, focused, back, again, refused, left: field.value, said });
  }
  return seen;
}"""


def test_each_value_can_be_typed(same_page, frames, chapter):
    page = same_page(chapter)
    for explorer in page.locator("[data-name]").all():
        explorer.get_by_role("button", name="Reset", exact=True).evaluate("(e) => e.click()")
        script = f"(root) => ({TYPE})(root, {frames})"
        for seen in explorer.evaluate(script):
            label = seen["label"]
            assert seen["focused"], label
            assert seen["back"] == [seen["before"], True], label
            assert seen["again"] == [seen["there"], seen["value"]], label
            for why, value, focused in seen["refused"]:
                assert why.startswith(label) and focused, label
                assert value == seen["there"], label
            assert "must be a number" in seen["said"], label
            assert seen["left"] == seen["there"]
    page.evaluate("document.activeElement.blur()")


def test_a_digit_pressed_on_a_slider_begins_a_number(open_page, read):
    page = open_page("chapters/entropy.html")
    explorer = page.locator("[data-name=forecast]")
    slider = explorer.locator("input[type=range]")
    slider.focus()
    page.keyboard.type("0.037")
    assert read(explorer).quantities["bits"] == 2  # not before Enter
    page.keyboard.press("Enter")
    assert read(explorer).quantities["bits"] == pytest.approx(-np.log2(0.037), abs=1e-12)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert read(explorer).quantities["bits"] == pytest.approx(-np.log2(0.037), abs=1e-12)
    page.keyboard.type("0.4")
    page.keyboard.press("Escape")
    assert explorer.locator(".control-value").input_value() == "0.037"
    page.keyboard.type("0.4")
    explorer.locator(".explorer-readouts").click()
    assert read(explorer).quantities["bits"] == pytest.approx(-np.log2(0.4), abs=1e-12)
