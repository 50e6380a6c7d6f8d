"""What an explorer shows can be seen on a light page and on a dark one.

Marks have a contrast of 3 : 1 with what they lie on, and words 4.5 : 1 (WCAG 2.2, 1.4.11 and 1.4.3).
The style sheets are read, not pixels: each colour that a rule gives to something is held against the
rule's own background, or else against the explorers' panel.
"""

import re
from pathlib import Path

import pytest

WIDGETS = Path(__file__).resolve().parents[2] / "lossutils" / "widgets"
# What all explorers share comes first, as on a page.
STYLES = [WIDGETS / "js" / "explorers.css", *sorted(WIDGETS.glob("explorers/*/style.css"))]

# What only tints an area whose edge, or whose words, are drawn in full colour.
TINTS = (
    ".area-q",
    ".broken",
    ".beyond",
    ".barred",
    ".rare-side",
    ".meets",
    ".picked-target",
    ".explorer-figure-info-nce .share",
    ".explorer-figure-sample-entropy .sample",
)
# Grids, grounds, and rims that part a mark from what lies below it.
GROUNDS = {"var(--line)", "var(--panel)", "var(--paper)"}
PROPERTIES = (
    "fill",
    "stroke",
    "color",
    "--fill",
    "background",
    "border",
    "border-color",
    "outline",
)


def rules():
    """Yield selector and declarations of each rule, those for forced colours left out."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in STYLES)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"@media \(forced-colors[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", text)
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        pairs = [part.partition(":") for part in body.split(";") if ":" in part]
        yield selector.strip(), {name.strip(): value.strip() for name, _, value in pairs}


def palette(scheme):
    """Return the custom properties that hold in a scheme, as colours."""
    values = {}
    for dark in (False, True)[: 2 if scheme == "dark" else 1]:
        for selector, declared in rules():
            if ('data-theme="dark"' in selector) == dark:
                values |= {name: v for name, v in declared.items() if name.startswith("--")}
    return values


def colour(value, known):
    """Return the red, green and blue of a value, or None where it names no colour."""
    if match := re.search(r"var\((--[\w-]+)", value):
        return colour(known[match[1]], known)
    match = re.search(r"#([0-9a-f]{6})", value)
    return match and tuple(int(match[1][k : k + 2], 16) for k in (0, 2, 4))


def over(front, back, opacity):
    return tuple(opacity * f + (1 - opacity) * b for f, b in zip(front, back, strict=True))


def luminance(rgb):
    parts = [c / 255 for c in rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """Return the contrast of two colours, from 1 to 21.

    >>> contrast((0, 0, 0), (255, 255, 255))
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def too_faint(scheme):
    """Yield what does not stand out: selector, property, contrast."""
    known = palette(scheme)
    panel = colour("var(--panel)", known)
    bars = [colour(f"var(--{name})", known) for name in ("p-fill", "q-fill")]
    for selector, declared in rules():
        for name in PROPERTIES:
            value = declared.get(name, "")
            front = colour(value, known)
            grounded = any(ground in value for ground in GROUNDS)
            if front is None or (grounded and name != "color"):
                continue
            if any(part in selector for part in TINTS) or (
                name == "background" and "color" in declared
            ):
                continue
            opacity = float(declared.get("opacity", declared.get(f"{name}-opacity", 1)))
            below = [panel]
            if name == "color":
                below = [colour(declared.get("background", ""), known) or panel]
            if "inside" in selector or "text.piece" in selector:  # words on a bar
                below = bars
            words = name == "color" or (name == "fill" and "text" in selector)
            seen = min(contrast(over(front, back, opacity), back) for back in below)
            if seen < (4.5 if words else 3):
                yield selector, name, round(seen, 2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_and_words_stand_out(scheme):
    assert list(too_faint(scheme)) == []


def test_an_opacity_stands_beside_its_colour():
    """Given apart, it would weaken colours that are held at their full strength here."""
    for selector, declared in rules():
        if 0 < float(declared.get("opacity", 0)) < 1:
            assert declared.keys() & {"fill", "stroke"}, selector


def test_the_sheets_have_colours_to_look_at():
    found = [value for _, declared in rules() for value in declared.values() if "var(--" in value]
    assert len(found) > 100
    assert all(any(part in selector for selector, _ in rules()) for part in TINTS)
