"""The Sphinx extensions: places for explorers, formulas, the colours of p and q."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from nbformat.v4 import new_markdown_cell, new_notebook
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "chapters" / "_site"))

import sphinx_card
import sphinx_cells
import sphinx_explorers
import sphinx_pages
import sphinx_typography


def models(**controls: str) -> dict[str, dict[str, object]]:
    figure = {"_view_name": "AnyView", "_explorer": "entropy"}
    box = {"_view_name": "VBoxView", "children": ["IPY_MODEL_figure", *controls]}
    views = {name: {"_view_name": view} for name, view in controls.items()}
    return {
        name: {"state": state} for name, state in ({"box": box, "figure": figure} | views).items()
    }


def test_an_explorer_with_known_controls_is_named() -> None:
    saved = models(slider="FloatSliderView")
    assert sphinx_explorers.check_controls(saved, "box", "page") == "entropy"


def test_a_control_that_the_page_cannot_show_stops_the_build() -> None:
    with pytest.raises(ExtensionError, match=r"page: .* no control 'ColorPickerView'"):
        sphinx_explorers.check_controls(models(picker="ColorPickerView"), "box", "page")


def test_an_explorer_that_was_not_built_stops_the_build() -> None:
    saved = models()
    saved["figure"]["state"]["_explorer"] = "gone"
    with pytest.raises(ExtensionError, match="no built explorer is called 'gone'"):
        sphinx_explorers.check_controls(saved, "box", "page")


def test_a_still_is_described_and_room_is_kept_for_its_figure() -> None:
    image = nodes.image(uri="still.png", width="688", height="300")
    metadata = {
        "image/png": {"width": 688, "height": 300, "alt": "Bars."},
        "explorer": {"height": 594, "narrow": 681},
    }
    kept = sphinx_explorers.complete([image], metadata)
    assert kept == ' style="--height: 594px; --narrow: 681px"'
    assert image["alt"] == "Bars."
    assert not {"width", "height"} & set(image.attributes), "on a phone it is smaller"
    assert sphinx_explorers.complete([nodes.raw("", "<p>A question?</p>")], {}) == ""


def formula(tex: str) -> str:
    return "".join(sphinx_typography.mathml(nodes.math(tex, tex), block=True).split())


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from lossutils.widgets import KLExplorer\ntowns = KLExplorer()\ntowns", "towns"),
        ("KLExplorer()", ""),
        ("%matplotlib inline\ntowns", ""),
        ("", ""),
    ],
)
def test_an_explorer_has_the_name_of_its_variable(source: str, name: str) -> None:
    assert sphinx_explorers.variable(source) == name


def test_a_figures_settings_are_found_below_its_controls() -> None:
    saved = models(slider="FloatSliderView")
    saved["figure"]["state"]["_settings"] = {"p": {"min": 0.0}}
    assert sphinx_explorers.settings(saved, "box") == {"p": {"min": 0.0}}


SETTINGS = {
    "T": {"min": 0.1, "max": 10.0},
    "p": {"min": 0.0, "max": 1.0},
    "numbers": {"prefix": "z", "min": -5.0, "max": 5.0},
    "kind": {"options": ["a sum", "mean"]},
    "hard": {},
}


def test_a_link_that_sets_an_explorer_is_left_alone() -> None:
    for state in ("T=4", "T=0.1;p=0.5,0.5", "z_1=-5;p_0=1", "kind=a+sum", "hard=true", ""):
        assert sphinx_explorers.misled(f"#scores:{state}", {"scores": SETTINGS}) == ""


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("#score:T=4", "leads to no explorer: the page has scores"),
        ("#scores:t=4", "sets no t: the settings are T, hard, kind, numbers, p"),
        ("#scores:T=1;y_1=4", "sets no y_1: "),
        ("#scores:T=40", "sets T to 40, but it goes from 0.1 to 10"),
        ("#scores:p=0.5,1.5", "sets p to 0.5,1.5, but it goes from 0 to 1"),
        ("#scores:T=hot", "sets T to hot, but it goes from 0.1 to 10"),
        ("#scores:kind=max", "sets kind to max, which is none of a sum, mean"),
    ],
)
def test_a_link_that_cannot_set_an_explorer_is_reported(address: str, fault: str) -> None:
    assert sphinx_explorers.misled(address, {"scores": SETTINGS}).startswith(fault)


def test_only_p_and_q_are_coloured_in_a_formula() -> None:
    text = formula(r"D(p \parallel q) = \sum_k p_k z_k")
    assert text.count('<miclass="dist-p">p</mi>') == 2
    assert text.count('<miclass="dist-q">q</mi>') == 1
    assert "<mi>z</mi>" in text
    assert "xmlns" not in text


def test_a_formula_keeps_its_bracket_and_its_stop_on_its_line() -> None:
    first, second = nodes.math("p", "p"), nodes.math("q", "q")
    texts = [nodes.Text("of ("), nodes.Text("), and "), nodes.Text(" alone")]
    paragraph = nodes.paragraph("", "", texts[0], first, texts[1], second, texts[2])
    document = SimpleNamespace(findall=paragraph.findall)
    sphinx_typography.keep_punctuation(None, document, "page")
    assert [child.astext() for child in paragraph] == ["of ", "(p),", " and ", "q", " alone"]
    assert paragraph[1]["classes"] == ["keep"]
    assert paragraph[3] is second


@pytest.mark.parametrize(
    ("tex", "spaces"),
    [
        (r"p \log q", 2),
        (r"-\log_2 p", 1),
        (r"\log(p)", 0),
        (r"p \log (q)", 1),
        (r"x \le \ln 2", 1),
    ],
)
def test_a_function_is_set_off_from_letters_but_not_from_brackets(tex: str, spaces: int) -> None:
    assert formula(tex).count("mspace") == 2 * spaces  # opening and closing tag


@pytest.mark.parametrize("tex", ["-1", r"z \approx -1", "e^{-z}", r"(-z)", "x = \\pm 2"])
def test_a_sign_before_a_number_is_not_a_difference(tex: str) -> None:
    assert formula(tex).count('form="prefix"') == 1


@pytest.mark.parametrize("tex", ["1 - p", "(a) - b", "|a| - b", "z_1 - z_0", "x' + y"])
def test_a_difference_keeps_its_spaces(tex: str) -> None:
    assert "prefix" not in formula(tex)


def test_bars_and_maxima_are_set_close_to_their_arguments() -> None:
    assert formula("|z|").count('lspace="0"rspace="0"') == 2
    assert '<molspace="0"rspace="0">max</mo>' in formula(r"\max(z, 0)")
    assert 'lspace="0.1667em"rspace="0">max</mo>' in formula(r"z \max(z, 0)")
    assert 'movablelimits="true"lspace="0"rspace="0.1667em">max</mo>' in formula(r"m = \max_j z_j")


def test_a_formula_uses_only_forms_that_the_font_has() -> None:
    text = formula(r"\partial \hat q / \partial \epsilon")
    assert text.count('<mimathvariant="normal">∂</mi>') == 2
    assert "<mi>ε</mi>" in text
    assert '<mostretchy="false">^</mo>' in text


def test_a_formula_that_cannot_be_typeset_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr(
        sphinx_typography, "logger", SimpleNamespace(warning=lambda *a, **_: said.append(a))
    )
    assert formula(r"\nosuchmacro{p}") == ""
    assert said


def test_p_and_q_have_their_colours_in_code() -> None:
    body = (
        '<span class="n">p</span><span class="p">(</span><span class="n">pq</span>'
        '<span class="c1"># p against q, not p&#39;s cup &amp; q.p</span>'
    )
    context = {"body": body}
    sphinx_typography.colour_code(None, "page", "page.html", context, None)
    coloured = context["body"]
    assert coloured.startswith('<span class="n dist-p">p</span><span class="p">(</span>')
    assert '<span class="n">pq</span>' in coloured
    assert '# <span class="dist-p">p</span> against <span class="dist-q">q</span>, not' in coloured
    assert "cup &amp; " in coloured


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://github.com/Someone/book", "https://someone.github.io/book/"),
        ("https://github.com/Someone/book/", "https://someone.github.io/book/"),
    ],
)
def test_the_sites_address_follows_from_the_repositorys(url: str, site: str) -> None:
    config = SimpleNamespace(html_theme_options={"repository_url": url})
    sphinx_pages.set_addresses(None, config)
    assert config.ogp_site_url == site
    assert config.notfound_urls_prefix == "/book/"


MENUS = {
    "Binder": "https://mybinder.org/v2/gh/me/book/main?urlpath=lab/tree/page.ipynb",
    "Colab": "https://colab.research.google.com/github/me/book/blob/main/page.ipynb",
    "Repository": "https://github.com/me/book",
    "Suggest edit": "https://github.com/me/book/edit/main/page.ipynb",
    "Open issue": "https://github.com/me/book/issues/new?title=Issue",
}


def test_menus_that_need_the_repositorys_address_come_with_it(clone: Path) -> None:
    script = clone / "chapters" / "_site" / "repository.py"
    subprocess.run(
        [sys.executable, script, "https://github.com/me/book"], check=True, capture_output=True
    )
    for name in ("page", "other"):
        page = new_notebook(cells=[new_markdown_cell("# A page\n\n## Of two lines")])
        nbformat.write(page, clone / f"{name}.ipynb")
    toc = "format: jb-book\nroot: page\nchapters:\n- file: other\n"
    (clone / "_toc.yml").write_text(toc, encoding="utf-8")
    build = [Path(sys.executable).parent / "jupyter-book", "build", "."]
    subprocess.run(build, cwd=clone, check=True, capture_output=True)
    built = (clone / "_build" / "html" / "page.html").read_text(encoding="utf-8")
    links = BeautifulSoup(built, "html.parser").find_all("a", href=True)
    found = {link.get_text(strip=True): link["href"] for link in links}
    assert [name for name in MENUS if not found.get(name, "").startswith(MENUS[name])] == []
    assert '<meta property="og:url" content="https://me.github.io/book/page.html"' in built
    assert '<meta property="og:image" content="https://me.github.io/book/_images/' in built
    assert '<link rel="canonical" href="https://me.github.io/book/page.html"' in built
    root = (clone / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    shared = BeautifulSoup(root, "html.parser").find("meta", property="og:image")
    assert shared["content"].startswith("https://me.github.io/book/_images/")


def test_a_cards_title_is_not_repeated() -> None:
    _, book, title, description, _ = sphinx_card.card()
    book.set_text("Losses")
    for name, shown in (("Losses", False), ("4. Softmax", True)):
        title.set_text(name)
        assert book.get_visible() == shown
    description.set_text("Softmax: A classifier ends in numbers. It is cu...")
    assert description.get_text() == "A classifier ends in numbers."


def test_the_icons_script_is_left_out_and_nothing_else() -> None:
    icons = (
        '<!-- So that users can add custom icons --><script defer src="a/fontawesome.js"></script>'
    )
    others = '<link href="theme.css" rel="stylesheet"><script src="bootstrap.js"></script>'
    assert sphinx_pages.without_icon_script(icons + others) == others


def test_a_theme_that_loads_its_icons_otherwise_stops_the_build() -> None:
    with pytest.raises(ExtensionError, match="0 times"):
        sphinx_pages.without_icon_script('<script src="icons.js"></script>')


def test_a_changed_explorer_rebuilds_the_pages(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sphinx_pages, "EXPLORERS", tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "page.js").write_text("0")
    before = sphinx_pages.made_with()
    assert sphinx_pages.made_with() == before
    (tmp_path / "site" / "page.js").write_text("1")
    assert sphinx_pages.made_with() != before


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import numpy as np\n\nfrom lossutils import entropy", "imports"),
        ("import torch\n\n_ = use_house_style()\ntorch.manual_seed(0)", "imports"),
        ("import torch\nx = torch.ones(3)", None),
        ("import torch\nentropy(p)", None),
        ("entropy([0.5, 0.5])", None),
        ("from lossutils.widgets import KLExplorer\n\ntowns = KLExplorer()\ntowns", "explorer"),
        ("free = FitExplorer(family='free')\nfree", "explorer"),
        ("SurprisalExplorer(probability=0.7)", "explorer"),
        ("import json\nfrom lossutils.widgets import KLExplorer\nKLExplorer(p=(1, 0))", "explorer"),
        ("runs = json.loads('[]')\nseen = CalibrationExplorer(runs)\nseen", "explorer"),
        ("Question('Why?', choices={'a': 'b'}, answer='a')", "explorer"),
        ("ByHand('log 1?', answer=math.log(1), reply='')", "answer"),
        ("game = EntropyExplorer()\ngame\nprint(game.p)", None),
        ("game", None),
        ("%timeit entropy(p)", None),
        ("", None),
    ],
)
def test_cells_that_only_import_or_only_show_an_explorer_are_recognised(source: str, kind) -> None:
    assert sphinx_cells.kind(source) == kind
