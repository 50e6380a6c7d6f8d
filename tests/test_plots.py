"""`lossutils.plots`: distinguishable colours, labels beside what they name."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from lossutils import plots
from lossutils.plots import (
    GREEN,
    INK,
    P_COLOR,
    PURPLE,
    Q_COLOR,
    QUIET,
    bars,
    label_line,
    use_house_style,
)

ROOT = Path(__file__).parents[1]
SERIES = {"p": P_COLOR, "q": Q_COLOR, "green": GREEN, "purple": PURPLE}


@pytest.fixture
def ax():
    with matplotlib.rc_context():
        use_house_style()
        yield Figure().add_subplot()


# Colours


def linear(color: str) -> np.ndarray:
    """Return linear RGB (IEC 61966-2-1)."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return the CIELAB coordinates of linear RGB, with white at D65."""
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    x, y, z = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    fx, fy, fz = (
        t ** (1 / 3) if t > (6 / 29) ** 3 else t / 3 * (29 / 6) ** 2 + 4 / 29 for t in (x, y, z)
    )
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


# What dichromats see, as matrices on linear RGB (Machado, Oliveira & Fernandes 2009,
# doi:10.1109/TVCG.2009.113, severity 1).
SIGHT = {
    "trichromat": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanope": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranope": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanope": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("color", [*SERIES.values(), INK, QUIET])
def test_every_colour_is_legible_as_text_on_white(color):
    luminance = linear(color) @ [0.2126, 0.7152, 0.0722]
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("a", "b"), [*itertools.combinations(SERIES, 2)])
def test_series_are_distinguishable_with_any_colour_vision(sight, a, b):
    seen = [lab(np.array(SIGHT[sight]) @ linear(SERIES[name])) for name in (a, b)]
    # A difference of 10 shows at a glance; p and q, compared most often, get three times that.
    assert np.linalg.norm(seen[0] - seen[1]) >= (30 if (a, b) == ("p", "q") else 10)


def test_p_and_q_have_the_explorers_colours():
    css = (ROOT / "lossutils/widgets/js/explorers.css").read_text(encoding="utf-8")
    # The first block is for the light theme.
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css.partition("}")[0]))
    assert (light["p"], light["q"]) == (P_COLOR, Q_COLOR)
    assert (light["ink"], light["ink-quiet"], light["good"]) == (INK, QUIET, GREEN)


# Style


def test_the_style_is_applied_and_returned():
    with matplotlib.rc_context():
        matplotlib.rcParams["axes.spines.top"] = True
        style = use_house_style()
        assert {key: matplotlib.rcParams[key] for key in style} == style
        assert style["axes.spines.top"] is style["axes.spines.right"] is False
        assert style["savefig.facecolor"] == style["axes.facecolor"] == "white"
        cycle = [entry["color"] for entry in style["axes.prop_cycle"]]
        assert cycle == [P_COLOR, Q_COLOR, GREEN, PURPLE]


def test_matplotlib_is_imported_only_to_draw():
    code = "import lossutils.plots, lossutils.widgets, sys; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_exported():
    assert set(plots.__all__) == {
        name
        for name, value in vars(plots).items()
        if not name.startswith("_")
        and (isinstance(value, str) or getattr(value, "__module__", None) == plots.__name__)
    }


# Bars


def test_bars_of_p_and_q(ax):
    p, q = [0.6, 0.2, 0.2, 0.0], [0.5, 0.1, 0.0, 0.4]
    bars(ax, p, q, labels="abcd")
    of_p, of_q = ax.containers
    assert [bar.get_height() for bar in of_p] == p
    assert [bar.get_height() for bar in of_q] == q
    assert {to_hex(bar.get_facecolor()) for bar in of_p} == {P_COLOR}
    assert {to_hex(bar.get_facecolor()) for bar in of_q} == {Q_COLOR}
    assert [label.get_text() for label in ax.get_xticklabels()] == list("abcd")
    # Side by side, touching at the outcome's position.
    left, right = of_p[1], of_q[1]
    assert left.get_x() + left.get_width() == pytest.approx(1) == right.get_x()


def test_q_is_not_distinguished_by_colour_alone(ax):
    bars(ax, [0.5, 0.5], [0.9, 0.1])
    of_p, of_q = ax.containers
    assert {bar.get_hatch() for bar in of_p} == {None}
    assert {bar.get_hatch() for bar in of_q} == {"//"}


def test_each_series_is_named_at_its_highest_bar_in_its_colour(ax):
    bars(ax, [1, 3, 2], [5, 4, 1], names=("Huffman", "Shannon"), colors=(GREEN, PURPLE))
    first, second = ax.texts
    assert (first.get_text(), first.get_color(), first.xy) == ("Huffman", GREEN, (0.8, 3))
    assert (second.get_text(), second.get_color(), second.xy) == ("Shannon", PURPLE, (0.2, 5))


def test_p_alone_is_centred_and_outcomes_are_counted_from_1(ax):
    bars(ax, [0.25, 0.75])
    (container,) = ax.containers
    assert container[0].get_x() + container[0].get_width() / 2 == pytest.approx(0)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]
    assert [text.get_text() for text in ax.texts] == ["p"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0.5], [0.5]],), r"p must be one row of finite numbers, got \[\[0.5\], \[0.5\]\]"),
        (([],), r"p must be one row of finite numbers, got \[\]"),
        (([0.5, np.inf],), r"p must be one row of finite numbers, got \[0.5, inf\]"),
        (([0.5, 0.5], [np.nan, 1.0]), r"q must be one row of finite numbers, got \[nan, 1.0\]"),
        (([0.5, 0.5], [1.0]), "q must be as many as p, 2, got 1"),
        (([0.5, 0.5], None, ["a"]), "labels must be as many as p, 2, got 1"),
    ],
)
def test_bars_refuses_what_it_cannot_draw(ax, arguments, message):
    with pytest.raises(ValueError, match=message):
        bars(ax, *arguments)
    assert not ax.patches


# Labels of curves


def test_a_curve_is_labelled_at_its_last_finite_point(ax):
    label_line(ax, [0, 1, 2, 3], [5, 6, 7, np.inf], "D", color=P_COLOR)
    (text,) = ax.texts
    assert (text.get_text(), text.get_color(), text.xy) == ("D", P_COLOR, (2, 7))
    assert (text.xyann, text.get_ha(), text.get_va()) == ((4, 0), "left", "center")


def test_a_curve_is_labelled_where_asked(ax):
    label_line(ax, [0, 1, 2], [0, 10, 30], "D", at=1.5, offset=(0, 5), align="center")
    (text,) = ax.texts
    assert text.xy == (1.5, 20)
    assert (text.xyann, text.get_ha(), text.get_va()) == ((0, 5), "center", "bottom")


def test_a_point_is_a_curve_too(ax):
    label_line(ax, 0.5, 1.0, "1 bit")
    assert ax.texts[0].xy == (0.5, 1.0)


@pytest.mark.parametrize(
    ("arguments", "at", "message"),
    [
        (([0, 1], [0]), None, r"x and y must be rows of one length, got \(2,\) and \(1,\)"),
        (([[0, 1]], [[0, 1]]), None, "x and y must be rows of one length"),
        (([0, 1], [np.nan, np.inf]), None, "x and y must share a finite point to write at"),
        (([0, 1], [2, 3]), 1.5, "at must be in x, from 0 to 1, got 1.5"),
        (([0, 1], [2, 3]), np.nan, "at must be in x, from 0 to 1, got nan"),
    ],
)
def test_label_line_refuses_what_it_cannot_place(ax, arguments, at, message):
    with pytest.raises(ValueError, match=message):
        label_line(ax, *arguments, "D", at=at)
