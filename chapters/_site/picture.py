"""The small picture of each chapter: in the list of chapters, in its opening, on its preview card.

`chapters/_pictures/topic.py` draws the picture of `topic.ipynb`: its `picture()` returns marks, and
its docstring says below the picture how to read it. A chapter without such a file has the picture
of the landing page.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.patches
from matplotlib.axes import Axes

from lossutils.plots import P_COLOR, Q_COLOR, QUIET

CHAPTERS = Path(__file__).parents[1]
PICTURES = CHAPTERS / "_pictures"
DEFAULT = "index"
WIDTH, HEIGHT = 160, 100
EDGE = 6  # free around the marks
COLORS = {"p": P_COLOR, "q": Q_COLOR, "quiet": QUIET}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


@dataclass(frozen=True)
class Mark:
    """Something drawn, from places that run from 0 to 1: to the right, and upwards.

    `kind` is "bar", "outline", "line", "dashed" or "dot", `role` "p", "q" or "quiet". A bar and an
    outline have two places, opposite corners; a dot has one.
    """

    kind: str
    role: str
    places: tuple[tuple[float, float], ...]


def bar(role: str, left: float, right: float, top: float, bottom: float = 0) -> Mark:
    return Mark("bar", role, ((left, bottom), (right, top)))


def outline(role: str, left: float, right: float, top: float, bottom: float = 0) -> Mark:
    return Mark("outline", role, ((left, bottom), (right, top)))


def line(role: str, x: Iterable[float], y: Iterable[float], *, dashed: bool = False) -> Mark:
    places = tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))
    return Mark("dashed" if dashed else "line", role, places)


def dot(role: str, x: float, y: float) -> Mark:
    return Mark("dot", role, ((float(x), float(y)),))


def ground() -> Mark:
    return line("quiet", (0, 1), (0, 0))


def beside(widths: Sequence[float]) -> list[tuple[float, float]]:
    """Return the left and right ends of bars that fill the picture, of these relative widths.

    >>> beside([1, 3])
    [(0.0, 0.25), (0.25, 1.0)]
    """
    ends = [0.0]
    for width in widths:
        ends.append(ends[-1] + width / sum(widths))
    return list(pairwise(ends))


def saved(topic: str, explorer: str) -> dict[str, Any]:
    """Return the state of the last explorer of a name that a chapter shows, as it was saved."""
    notebook = json.loads((CHAPTERS / f"{topic}.ipynb").read_text(encoding="utf-8"))
    models = notebook["metadata"]["widgets"][WIDGET_STATE]["state"].values()
    (*_, last) = (m["state"] for m in models if m["state"].get("_explorer") == explorer)
    return last


@cache
def of(document: str) -> tuple[list[Mark], str]:
    """Return a document's picture, and how to read it; other pages have that of the landing page."""
    topic = Path(document).name
    file = PICTURES / f"{topic.replace('-', '_')}.py"
    if not file.exists():
        return of(DEFAULT)
    spec = importlib.util.spec_from_file_location(f"picture_of_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.picture(), " ".join(module.__doc__.split())


def placed(mark: Mark) -> list[tuple[float, float]]:
    """Return a mark's places in the picture, whose rows count downwards."""
    return [
        (
            round(EDGE + x * (WIDTH - 2 * EDGE), 1),
            round(HEIGHT - EDGE - y * (HEIGHT - 2 * EDGE), 1),
        )
        for x, y in mark.places
    ]


def svg(marks: Iterable[Mark]) -> str:
    """Return a picture for a page, which takes the page's colours; a screen reader passes it over."""
    drawn = "".join(map(element, marks))
    return (
        f'<svg class="small-picture" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" aria-hidden="true" focusable="false">{drawn}</svg>'
    )


def element(mark: Mark) -> str:
    style = f'class="{mark.kind}-{mark.role}"'
    places = placed(mark)
    if mark.kind == "dot":
        ((x, y),) = places
        return f'<circle {style} cx="{x:g}" cy="{y:g}" r="6"/>'
    if mark.kind in ("bar", "outline"):
        (left, bottom), (right, top) = places
        size = f'width="{right - left:.4g}" height="{bottom - top:.4g}"'
        return f'<rect {style} x="{left:g}" y="{top:g}" {size}/>'
    return f'<path {style} d="M{"L".join(f"{x:g} {y:g}" for x, y in places)}"/>'


def draw(axes: Axes, marks: Iterable[Mark], scale: float) -> None:
    """Draw a picture on a card, `scale` times as large as on a page."""
    axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.set_axis_off()
    for mark in marks:
        places, color = placed(mark), COLORS[mark.role]
        if mark.kind in ("bar", "outline"):
            (left, bottom), (right, top) = places
            filled = mark.kind == "bar"
            patch = matplotlib.patches.Rectangle(
                (left, top),
                right - left,
                bottom - top,
                facecolor=color if filled else "none",
                edgecolor="white" if filled else color,
                linestyle="-" if filled else "--",
                linewidth=scale * 0.9,
            )
            axes.add_patch(patch)
        else:
            x, y = zip(*places, strict=True)
            style = {"dot": "none", "dashed": "--"}.get(mark.kind, "-")
            marker = "o" if mark.kind == "dot" else None
            width = scale * (1.7 if mark.role != "quiet" else 1)
            axes.plot(
                x,
                y,
                color=color,
                linestyle=style,
                linewidth=width,
                marker=marker,
                markersize=scale * 9,
                solid_capstyle="round",
                clip_on=False,
            )
