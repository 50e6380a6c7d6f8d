"""Takes each explorer's still from its living figure: a picture, its description, and heights.

The still is what a notebook shows where no script runs: on GitHub, and on the site before its scripts
have come. It is a PNG, which GitHub, Colab, nbconvert and Sphinx all show as it is. The drawing alone
would be smaller as SVG, but GitHub removes the styles that it needs, and formula and readouts are
HTML. Controls are left out, because a slider that can't be moved promises too much.

Questions, numbers to work out by hand, the box that reads a loss and the workbench have no drawing.
They are text and stay text, which can be enlarged, read out and searched: the still is their own
HTML, with everything that acts disabled.
"""

# nbformat has no types.
# mypy: disallow-untyped-calls=False
from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import headless
import repository
from nbformat import NotebookNode
from PIL import Image, ImageChops
from playwright.sync_api import Browser, sync_playwright

STATIC = repository.ROOT / "lossutils" / "widgets" / "static"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# Heights are measured in a laptop's window and in a phone's, in a column of the theme's width.
# tests/browser/test_layout.py compares them with those on the page.
WIDE, NARROW = 1280, 390
SCALE = 2  # pixels of the picture for one of the page: most screens have as many
PAGE = """<!doctype html>
<html lang="en" data-theme="light">
<style>
  body { margin: 0 auto; padding: 0 16px; max-width: 688px; font: 16px system-ui, sans-serif; }
  /* Each begins on a whole pixel, so that its picture doesn't depend on the heights before it. */
  body { display: grid; grid-auto-rows: 1600px; }
</style>
"""
# The page draws the frame, and no number of a picture can be dragged.
STILL = """
  .lossutils-explorer { border: 0; border-radius: 0; }
  .explorer-figure > :not(.explorer-picture, .explorer-formula, .explorer-readouts, .guess-prompt) { display: none; }
  .explorer-formula [data-trait] { text-decoration: none; }
"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LIVE = "[...document.querySelectorAll('[data-explorer]')].every((e) => 'live' in e.dataset)"
# Like a screen reader, this finds the description on the drawing.
MEASURED = """() => [...document.querySelectorAll("[data-explorer]")].map((e) => ({
  height: Math.ceil(e.firstElementChild.getBoundingClientRect().height),
  description: e.querySelector(".explorer-picture svg")?.getAttribute("aria-label"),
}))"""
TEXT = """(e) => {
  const still = e.cloneNode(true);
  for (const each of still.querySelectorAll("output")) each.remove();
  for (const each of still.querySelectorAll("option:not([selected]), optgroup:not(:has([selected]))")) each.remove();
  const fields = "input, select, textarea";
  for (const each of still.querySelectorAll(`${fields}, button`)) each.toggleAttribute("disabled", true);
  for (const each of still.querySelectorAll(fields)) each.removeAttribute("name");
  for (const each of still.querySelectorAll("a")) each.href = each.getAttribute("href").replace(".html#", ".ipynb#");
  return still.outerHTML.replace(/>\\n\\s*</g, "><");
}"""
# Fonts differ a little between machines; a difference that nobody sees is not written.
SLACK = 3


class NotLive(Exception):
    """A notebook's explorers don't come to life."""


def explorers(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Yield each explorer that a notebook shows: its name on the page, and the output it is in."""
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})

    def name(model_id: str) -> str:
        state = models.get(model_id, {}).get("state", {})
        children = (child.removeprefix("IPY_MODEL_") for child in state.get("children", ()))
        return state.get("_explorer") or next(filter(None, map(name, children)), "")

    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            view = output.get("data", {}).get(WIDGET_VIEW)
            if view and (found := name(view["model_id"])):
                yield found, output


def is_complete(output: NotebookNode) -> bool:
    """Return whether an explorer's output has everything that is taken from the living figure."""
    if "text/html" in output.data:
        return True
    picture, heights = (output.metadata.get(name, {}) for name in ("image/png", "explorer"))
    return (
        "image/png" in output.data
        and {"width", "height", "alt"} <= set(picture)
        and {"height", "narrow"} <= set(heights)
    )


@contextmanager
def camera() -> Iterator[Browser]:
    """Return the browser that the stills are taken in."""
    with sync_playwright() as playwright:
        browser = headless.launch(playwright)
        yield browser
        browser.close()


def take(browser: Browser, notebook: NotebookNode, before: NotebookNode) -> None:
    """Put the explorers' stills into their outputs in `notebook`.

    Where one looks as it did in `before`, that one stays, so that taking it again changes nothing.
    """
    shown = list(explorers(notebook))
    if not shown:
        return
    page = browser.new_page(
        viewport={"width": NARROW, "height": 900},
        device_scale_factor=SCALE,
        color_scheme="light",
        reduced_motion="reduce",
    )
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(error.message))
    names = list(dict.fromkeys(name for name, _ in shown))
    page.set_content(PAGE + body(notebook, shown))
    # A question's choices come in another order each time, but here in the one they were given in.
    page.evaluate("Math.random = () => 0")
    for style in ("explorers", *names):
        if (path := STATIC / f"{style}.css").exists():
            page.add_style_tag(path=path)
    for script in ("page", "figures", *names):
        page.add_script_tag(path=STATIC / "site" / f"{script}.js")
    if said or not page.evaluate(LIVE):
        raise NotLive(f"its explorers don't come to life: {'; '.join(said)}")
    page.evaluate(FRAMES)
    narrow = page.evaluate(MEASURED)
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.evaluate(FRAMES)
    wide = page.evaluate(MEASURED)
    page.add_style_tag(content=STILL)
    page.evaluate(FRAMES)
    known = dict(enumerate(output for _, output in explorers(before)))
    for k, (_, output) in enumerate(shown):
        figure = page.locator("[data-explorer] > *").nth(k)
        if wide[k]["description"] is None:
            output.data["text/html"] = figure.evaluate(TEXT)
            continue
        old = known.get(k, NotebookNode(data={}, metadata={}))
        picture = small(figure.screenshot())
        last = old.data.get("image/png")
        output.data["image/png"] = last if last and looks_like(picture, last) else picture
        width, height = (pixels // SCALE for pixels in opened(picture).size)
        alt = wide[k]["description"]
        output.metadata["image/png"] = {"width": width, "height": height, "alt": alt}
        output.metadata["explorer"] = {
            name: steady(old.metadata.get("explorer", {}).get(name), measured[k]["height"])
            for name, measured in (("height", wide), ("narrow", narrow))
        }
    page.close()


def steady(last: int | None, now: int) -> int:
    """Return a height, or the last one if they are nearly the same."""
    return now if last is None or abs(now - last) > SLACK else last


def body(notebook: NotebookNode, shown: list[tuple[str, NotebookNode]]) -> str:
    """Return the explorers' places and their state, as the site has them."""

    def script(kind: str, data: Any) -> str:
        text = json.dumps(data).replace("</", r"<\/")
        return f'<script type="{kind}">{text}</script>'

    # Only an explorer with a name has all its buttons.
    places = [
        f'<div class="explorer" data-explorer="{name}" data-name="{name}-{k}">'
        f"{script(WIDGET_VIEW, output.data[WIDGET_VIEW])}</div>"
        for k, (name, output) in enumerate(shown)
    ]
    return "\n".join([script(WIDGET_STATE, notebook.metadata["widgets"][WIDGET_STATE]), *places])


def small(screenshot: bytes) -> str:
    """Return a picture of few colours, less than half as large and not to be told from the first."""
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def opened(picture: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")


def looks_like(picture: str, other: str) -> bool:
    """Return whether two pictures are the same, however they are packed."""
    one, two = opened(picture), opened(other)
    return one.size == two.size and ImageChops.difference(one, two).getbbox() is None
