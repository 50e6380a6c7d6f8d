"""Keeps the pages light: each loads what it shows, in the smallest form that looks the same.

Themes and extensions ship for every book that might be written: two thousand icons, an alphabet of
mathematical letters, scripts for tabs and menus. What this book's pages use is found by looking at
the built pages, so authors need not list it anywhere.
"""

import io
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

# Scripts and style sheets that an extension adds to all pages, by a part of their name or of their
# text, and what a page holds that needs them. Nothing here needs a kernel over the network (Thebe),
# Sphinx's own search or the marks that it leaves, or an index that unfolds.
NEEDED_BY = {
    r"thebe|sphinx_highlight|doctools": None,
    r"togglebutton|toggleHint|toggleOpen": r'class="[^"]*\b(?:toggle|dropdown)\b',
    r"sphinx-design|design-tabs": r'class="[^"]*\bsd-',
    r"copybutton|clipboard|pygments": r'<div class="highlight',
    r"mystnb\.": r'class="[^"]*\bcell\b',
}
PICTURE = re.compile(r"(_images/[\w-]+)\.png\b")
FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
# Characters that browsers draw although no formula spells them: roots, and the sign for a hyphen.
DRAWN = "√−"
FORMULA_STYLE = "site.css"
FORMULA_FONT = "fonts/stix-two-math.woff"

ICON_STYLE = "styles/pydata-sphinx-theme.css"
ICON_NAME = re.compile(r"\bfa-([a-z0-9-]+)")
ICON_RULE = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"([^"]*)"\}')
ICON_FACE = re.compile(r"@font-face\{[^}]*\burl\(\.\./(vendor/[\w/.-]+)\.woff2\)[^}]*\}")
ICON_SOURCE = re.compile(r"src:[^;}]*")
# How a page asks for an icon's style; each style is a font of its own.
ICON_STYLES = {
    "solid": r"\bfa-solid\b|\bfas\b",
    "regular": r"\bfa-regular\b|\bfar\b",
    "brands": r"\bfa-brands\b|\bfab\b",
}
ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6}) ?")
PRIVATE = re.compile("[\ue000-\uf8ff]")

# What nobody loads and yet belongs to what is shipped.
LICENCES = ("LICENSES.txt", "OFL.txt")


# --- One page -------------------------------------------------------------------------------


# The pages of this build, up to now.
WRITTEN: set[str] = set()


def drop_unneeded(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Leave out scripts and style sheets for things that the page does not hold."""
    WRITTEN.add(page)
    body = context.get("body", "")
    dropped = [
        name for name, sign in NEEDED_BY.items() if sign is None or not re.search(sign, body)
    ]
    unneeded = re.compile("|".join(dropped))
    for files in ("script_files", "css_files"):
        context[files] = [file for file in context[files] if not unneeded.search(described(file))]


def described(file: object) -> str:
    """Return the name and the text of a script or a style sheet; it may lack either."""
    text = getattr(file, "attributes", {}).get("body", "")
    return f"{getattr(file, 'filename', None) or ''} {text}"


def name_pictures(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Let the page load its pictures in the form that `repack` gives them."""
    if "body" in context:
        context["body"] = PICTURE.sub(r"\1.webp", context["body"])


# --- All pages ------------------------------------------------------------------------------


def lighten(app: Sphinx, error: Exception | None) -> None:
    # Where no page was out of date, Sphinx has copied nothing, and the site is light already.
    if error or app.builder.format != "html" or not WRITTEN:
        return
    site = Path(app.outdir)
    pages = [read(file) for file in site.rglob("*.html") if "_static" not in file.parts]
    static = site / "_static"
    keep_icons(static, pages)
    keep_letters(static, pages)
    # Encoding leaves Python alone, so threads share the work.
    with ThreadPoolExecutor() as threads:
        list(threads.map(repack, sorted((site / "_images").glob("*.png"))))
    for file in unused(site, pages):
        file.unlink()


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def keep_icons(static: Path, pages: list[str]) -> None:
    """Keep in the theme's style sheet the icons that are in use, with their fonts inside it.

    A font in a style sheet needs no request of its own, and works in a page opened from disk.
    """
    file = static / ICON_STYLE
    style = read(file)
    # Some icons are added by scripts, and some by style sheets without a name.
    used = [*pages, *(read(script) for script in static.rglob("*.js"))]
    names = {name for text in used for name in ICON_NAME.findall(text)}
    characters: set[str] = set()

    def keep(rule: re.Match[str]) -> str:
        if names.isdisjoint(ICON_NAME.findall(rule[1])):
            return ""
        characters.update(unescaped(rule[2]))
        return rule[0]

    style, rules = ICON_RULE.subn(keep, style)
    others = [read(sheet) for sheet in static.rglob("*.css") if sheet != file]
    characters.update(PRIVATE.findall(unescaped("".join([style, *others]))))

    def embed(face: re.Match[str]) -> str:
        name = next(name for name in ICON_STYLES if name in face[1])
        if not any(re.search(ICON_STYLES[name], text) for text in used):
            return ""
        source = f"src:{embedded(static / f'{face[1]}.ttf', characters)}"
        return ICON_SOURCE.sub(lambda _: source, face[0])

    style, faces = ICON_FACE.subn(embed, style)
    if not rules or not faces:
        raise ExtensionError(f"The theme must hold its icons in {ICON_STYLE}; it has none there")
    file.write_text(style, encoding="utf-8")


def unescaped(style: str) -> str:
    r"""Return CSS with the characters that it escapes.

    >>> unescaped(r"\41 \42")
    'AB'
    """
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)), style)


def keep_letters(static: Path, pages: list[str]) -> None:
    """Put the formulas' font into the book's style sheet, with the characters that are in use."""
    file = static / FORMULA_STYLE
    style = read(file)
    source = f'url("{FORMULA_FONT}") format("woff")'
    if source not in style:
        raise ExtensionError(f"{FORMULA_STYLE} must load the formulas' font as {source}")
    formulas = "".join(formula for page in pages for formula in FORMULA.findall(page))
    letters = {*DRAWN, *unescape(TAG.sub("", formulas))}
    source_file = static / FORMULA_FONT
    with TTFont(source_file) as font:
        letters |= slanted(letters, font.getBestCmap())
    file.write_text(style.replace(source, embedded(source_file, letters)), encoding="utf-8")


def slanted(letters: set[str], known: Iterable[int]) -> set[str]:
    """Return the slanted forms of letters, in which browsers set variables: for x it is U+1D465.

    >>> slanted({"h", "7"}, [0x210E, 0x1D465])
    {'ℎ'}
    """
    # Planck's constant stands where the slanted h would be.
    names = {chr(code): unicodedata.name(chr(code), "") for code in known}
    return {
        character
        for character, name in names.items()
        if name.startswith(("MATHEMATICAL ITALIC", "PLANCK CONSTANT"))
        and unicodedata.normalize("NFKC", character) in letters
    }


def embedded(font: Path, characters: Iterable[str]) -> str:
    """Return the source of a font, cut down to some characters, as CSS that holds all of it."""
    # Screens whose pixels show no longer need hints. The copyright and the licence stay.
    options = subset.Options(hinting=False, name_IDs=[0, 13, 14], layout_features=["kern"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    data = io.BytesIO()
    with TTFont(font) as face:
        subsetter.subset(face)
        face.flavor = "woff"  # woff2 would be a fifth smaller, and need another package
        face.save(data)
    return f'url("data:font/woff;base64,{b64encode(data.getvalue()).decode()}") format("woff")'


def repack(picture: Path) -> None:
    """Write a picture as WebP, with the same pixels in less than half the bytes."""
    with Image.open(picture) as image:
        # 40 of 100: above it, smaller files take many times as long.
        image.save(picture.with_suffix(".webp"), lossless=True, method=2, quality=40)
    picture.unlink()


def unused(site: Path, pages: list[str]) -> Iterator[Path]:
    """Yield the pictures and static files that no page names, and nothing that a page loads."""
    files = [file for name in ("_static", "_images") for file in (site / name).rglob("*")]
    left = [file for file in files if file.is_file() and file.name not in LICENCES]
    # Scripts and style sheets name their maps too, for whoever develops the theme.
    yield from (file for file in left if file.suffix == ".map")
    left = [file for file in left if file.suffix != ".map"]
    texts = pages
    while texts and left:
        text = "\n".join(texts)
        named = [file for file in left if file.name in text]
        left = [file for file in left if file not in named]
        texts = [read(file) for file in named if file.suffix in {".js", ".css"}]
    yield from left


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", drop_unneeded, priority=900)
    app.connect("html-page-context", name_pictures, priority=900)
    # After everything else that writes files.
    app.connect("build-finished", lighten, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
