"""What the build takes away from the site, and what it must leave."""

from __future__ import annotations

import base64
import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pydata_sphinx_theme
import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "chapters" / "_site"))

import sphinx_weight

FONTS = next(Path(pydata_sphinx_theme.__file__).parent.rglob("webfonts"))
FACE = (
    "@font-face{{font-family:Icons;font-weight:{weight};"
    'src:url(../vendor/fontawesome/webfonts/fa-{name}.woff2) format("woff2"),'
    'url(../vendor/fontawesome/webfonts/fa-{name}.ttf) format("truetype")}}'
)
ICONS = {"sun": "f185", "xmark": "f00d", "moon": "f186", "github": "f09b", "bell": "f0f3"}


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """Return a folder of static files with the theme's icon fonts and a few of its rules."""
    folder = tmp_path / "_static"
    (folder / "styles").mkdir(parents=True)
    (folder / "vendor" / "fontawesome").mkdir(parents=True)
    (folder / "vendor" / "fontawesome" / "webfonts").symlink_to(FONTS)
    rules = [
        f'.fa-{name}:before,.fa-old-{name}:before{{content:"\\{code}"}}'
        for name, code in ICONS.items()
    ]
    faces = [
        FACE.format(name=name, weight=weight)
        for name, weight in (("solid-900", 900), ("regular-400", 400), ("brands-400", 400))
    ]
    style = "".join([*rules, '.crumb:before{content:var(--next,"\\f105")}', *faces])
    (folder / sphinx_weight.ICON_STYLE).write_text(style)
    return folder


def fonts(style: str) -> list[TTFont]:
    """Return the fonts that a style sheet holds."""
    found = re.findall(r"data:font/woff;base64,([\w+/=]+)", style)
    return [TTFont(io.BytesIO(base64.b64decode(data))) for data in found]


def characters(font: TTFont) -> set[str]:
    return {chr(code) for code in font.getBestCmap()}


def test_icons_of_pages_scripts_and_styles_stay(static: Path) -> None:
    (static / "theme.js").write_text('icon.classList = "fa-solid fa-xmark"')
    (static / "other.css").write_text('a:after { content: "\\f107" }')
    sphinx_weight.keep_icons(static, ['<i class="fas fa-old-sun"></i>'])
    style = (static / sphinx_weight.ICON_STYLE).read_text()
    (font,) = fonts(style)
    assert characters(font) == {"\uf185", "\uf00d", "\uf105", "\uf107"}
    assert [name for name in ICONS if f"fa-{name}:" in style] == ["sun", "xmark"]
    assert "vendor" not in style
    assert font["name"].getDebugName(0) == "Copyright (c) Font Awesome"


def test_each_style_of_icons_has_a_font_where_it_is_used(static: Path) -> None:
    page = '<i class="fa-brands fa-github"></i><i class="far fa-bell"></i>'
    sphinx_weight.keep_icons(static, [page])
    style = (static / sphinx_weight.ICON_STYLE).read_text()
    regular, brands = fonts(style)
    assert "\uf0f3" in characters(regular)
    assert characters(brands) == {"\uf09b"}


def test_a_theme_with_its_icons_elsewhere_stops_the_build(static: Path) -> None:
    (static / sphinx_weight.ICON_STYLE).write_text(".fa-sun{--fa:'sun'}")
    with pytest.raises(ExtensionError, match="none there"):
        sphinx_weight.keep_icons(static, ['<i class="fas fa-sun"></i>'])


def test_the_formulas_font_has_what_formulas_use_upright_and_slanted(tmp_path: Path) -> None:
    (tmp_path / "fonts").symlink_to(ROOT / "chapters/_site/static/fonts")
    style = tmp_path / sphinx_weight.FORMULA_STYLE
    style.write_text('@font-face{src: url("fonts/stix-two-math.woff") format("woff")}')
    page = "<p>Qq</p><math><mi>h</mi><mo>&lt;</mo><mi>λ</mi></math>"
    sphinx_weight.keep_letters(tmp_path, [page])
    (font,) = fonts(style.read_text())
    assert {*"h<λ√−", "ℎ", "\U0001d706"} <= characters(font)
    assert not {*"Qqmat"} & characters(font)
    # Roots and brackets grow with what they hold.
    assert font["MATH"].table.MathVariants.VertGlyphCount > 0
    assert "STIX Fonts Project" in font["name"].getDebugName(0)
    with pytest.raises(ExtensionError, match="must load the formulas' font"):
        sphinx_weight.keep_letters(tmp_path, [page])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_picture_keeps_its_pixels(tmp_path: Path, mode: str) -> None:
    picture = Image.linear_gradient("L").rotate(30).convert(mode)
    picture.save(tmp_path / "a.png")
    sphinx_weight.repack(tmp_path / "a.png")
    (file,) = tmp_path.iterdir()
    with Image.open(file) as repacked:
        assert file.name == "a.webp"
        assert repacked.convert("RGBA").tobytes() == picture.convert("RGBA").tobytes()


def test_a_page_names_its_pictures_as_they_are_packed() -> None:
    image = '<img src="../_images/{}"/>'
    context = {
        "body": image.format("0a1b.png") + image.format("c.svg"),
        "metatags": "_images/a.png",
    }
    sphinx_weight.name_pictures(None, "page", "page.html", context, None)
    assert context["body"] == image.format("0a1b.webp") + image.format("c.svg")
    assert context["metatags"] == "_images/a.png"  # a card, which some sites show only as PNG


FILES = (
    "thebe.js",
    "togglebutton.js",
    "design-tabs.js",
    "copybutton.js",
    "mystnb.1.css",
    "site.css",
)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("<p>thebe, togglebutton, design-tabs, copybutton</p>", set()),
        ('<div class="admonition dropdown">', {"togglebutton.js"}),
        ('<div class="sd-tab-set">', {"design-tabs.js"}),
        ('<div class="cell docutils">', {"mystnb.1.css"}),
        ('<div class="highlight"><pre>', {"copybutton.js"}),
    ],
)
def test_a_page_loads_what_its_contents_need(body: str, kept: set[str]) -> None:
    files = [SimpleNamespace(filename=name) for name in FILES]
    inline = SimpleNamespace(filename=None, attributes={"body": "let toggleHintShow = 'Show';"})
    context = {"body": body, "script_files": [*files, inline], "css_files": files}
    sphinx_weight.drop_unneeded(None, "page", "page.html", context, None)
    assert {file.filename for file in context["css_files"]} == kept | {"site.css"}
    assert (inline in context["script_files"]) == ("togglebutton.js" in kept)


def test_what_a_page_or_something_it_loads_does_not_name_is_unused(tmp_path: Path) -> None:
    static = tmp_path / "_static"
    static.mkdir()
    contents = {
        "a.js": "load('b.js') //# sourceMappingURL=a.js.map",
        "a.js.map": "",
        "b.js": "load('c.svg')",
        "c.svg": "",
        "d.css": "url(e.png)",
        "e.png": "",
        "OFL.txt": "",
    }
    for name, text in contents.items():
        (static / name).write_text(text)
    unused = sphinx_weight.unused(tmp_path, ['<script src="_static/a.js">'])
    assert {file.name for file in unused} == {"a.js.map", "d.css", "e.png"}


def test_a_build_in_which_nothing_is_out_of_date_leaves_the_site_alone(tmp_path, monkeypatch):
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=tmp_path)
    monkeypatch.setattr(sphinx_weight, "WRITTEN", set())
    sphinx_weight.lighten(app, None)
    context = {"script_files": [], "css_files": []}
    sphinx_weight.drop_unneeded(app, "chapters/entropy", "page.html", context, None)
    with pytest.raises(FileNotFoundError):  # the theme's style sheet, which it would make lighter
        sphinx_weight.lighten(app, None)
