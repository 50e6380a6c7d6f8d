"""The book's look for matplotlib: p is orange, q is blue, and labels stand beside what they name.

Every colour has a contrast of at least 4.5:1 against white, so text may use it too, and the colours
of series can be told apart with any kind of colour blindness. p and q have the explorers' colours
(`explorers.css`). Nothing relies on colour alone: bars of q are hatched, and curves carry a name.

matplotlib is imported by the functions that draw, not by the module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

__all__ = [
    "GREEN",
    "INK",
    "PURPLE",
    "P_COLOR",
    "QUIET",
    "Q_COLOR",
    "bars",
    "label_line",
    "use_house_style",
]

P_COLOR = "#b45309"
"""Orange: the true distribution p."""
Q_COLOR = "#1d5fae"
"""Blue: the model's distribution q."""
GREEN = "#0b6e4f"
"""A third series, neither p nor q."""
PURPLE = "#8c2f8c"
"""A fourth series."""
INK = "#1f2933"
"""Text and axes."""
QUIET = "#52606d"
"""The background: ticks, guides, bounds."""


def use_house_style() -> dict[Any, Any]:
    """Give matplotlib the book's look until Python restarts or the settings change.

    Returns
    -------
    dict
        The settings, to pass to `matplotlib.rc_context` if they should apply only for a while.

    Examples
    --------
    >>> style = use_house_style()
    >>> style["axes.spines.top"]
    False
    """
    import matplotlib
    from cycler import cycler

    # Any, since matplotlib's types allow only the names of its own settings.
    style: dict[Any, Any] = {
        "figure.figsize": [6.4, 3.6],
        "figure.dpi": 100,
        "figure.facecolor": "white",
        "figure.constrained_layout.use": True,
        "savefig.facecolor": "white",
        # This font comes with matplotlib, so pictures are the same everywhere.
        "font.family": ["DejaVu Sans"],
        "font.size": 11,
        "text.color": INK,
        "axes.facecolor": "white",
        "axes.edgecolor": QUIET,
        "axes.labelcolor": INK,
        "axes.titlelocation": "left",
        "axes.titlesize": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=[P_COLOR, Q_COLOR, GREEN, PURPLE]),
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "lines.linewidth": 2.5,
        "hatch.linewidth": 1.0,
    }
    matplotlib.rcParams.update(style)
    return style


def bars(
    ax: Axes,
    p: ArrayLike,
    q: ArrayLike | None = None,
    labels: Sequence[str] | None = None,
    *,
    names: tuple[str, str] = ("p", "q"),
    colors: tuple[str, str] = (P_COLOR, Q_COLOR),
) -> None:
    """Draw a bar for each outcome of `p`, one for `q` beside it, and name each at its highest bar.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    p : array_like, shape (K,)
        Heights: probabilities, or anything else per outcome (code lengths, counts).
    q : array_like, shape (K,), optional
        Heights of the second, hatched series.
    labels : sequence of str, optional
        The outcomes' K names, by default 1 to K.
    names, colors : pair of str
        The names and colours of the two series.

    Raises
    ------
    ValueError
        If `p` is not one row of finite numbers, or `q` or `labels` differ from it in length.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> bars(ax, [0.6, 0.2, 0.2], [0.5, 0.4, 0.1], labels="abc")
    >>> [text.get_text() for text in ax.texts]
    ['p', 'q']
    """
    series = [_row(p, "p")] if q is None else [_row(p, "p"), _row(q, "q")]
    count = len(series[0])
    outcomes = [str(k) for k in range(1, count + 1)] if labels is None else list(labels)
    for name, found in [("q", len(series[-1])), ("labels", len(outcomes))]:
        if found != count:
            raise ValueError(f"{name} must be as many as p, {count}, got {found}")

    width = 0.8 / len(series)
    for i, heights in enumerate(series):
        x = np.arange(count) + width * (i - (len(series) - 1) / 2)
        # The edge's white is also the colour of the hatching.
        ax.bar(x, heights, width, color=colors[i], edgecolor="white", hatch="//" if i else None)
        top = int(np.argmax(heights))
        _note(ax, float(x[top]), float(heights[top]), names[i], colors[i], (0, 3), "center")
    ax.set_xticks(np.arange(count), outcomes)
    ax.tick_params(axis="x", length=0)


def label_line(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    text: str,
    *,
    color: str = INK,
    at: float | None = None,
    offset: tuple[float, float] = (4, 0),
    align: str = "left",
) -> None:
    """Write a curve's name beside it, in its colour, rather than in a legend.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where the curve is drawn.
    x, y : array_like, shape (n,)
        The curve, with x ascending; it may be a single point.
    text : str
        Its name.
    color : str, optional
        The curve's colour.
    at : float, optional
        The x at which to write, y following from the curve; by default the last finite point.
    offset : pair of float, optional
        How far from the curve, right and up, in points.
    align : {"left", "center", "right"}, optional
        Which part of the text goes there.

    Raises
    ------
    ValueError
        If `x` and `y` differ in length or share no finite point, or `at` is outside `x`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> label_line(ax, [0, 1, 2], [0, 10, 20], "ten x", at=1.5)
    >>> ax.texts[0].xy
    (1.5, 15.0)
    """
    xs, ys = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (x, y))
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise ValueError(f"x and y must be rows of one length, got {xs.shape} and {ys.shape}")
    finite = np.isfinite(xs) & np.isfinite(ys)
    if not finite.any():
        raise ValueError("x and y must share a finite point to write at")
    xs, ys = xs[finite], ys[finite]
    if at is None:
        at = float(xs[-1])
    elif not xs[0] <= at <= xs[-1]:
        raise ValueError(f"at must be in x, from {xs[0]:g} to {xs[-1]:g}, got {at!r}")
    _note(ax, at, float(np.interp(at, xs, ys)), text, color, offset, align)


def _row(values: ArrayLike, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    row = np.asarray(values, dtype=np.float64)
    if row.ndim != 1 or row.size == 0 or not np.isfinite(row).all():
        raise ValueError(f"{name} must be one row of finite numbers, got {values!r}")
    return row


def _note(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    color: str,
    offset: tuple[float, float],
    align: str,
) -> Annotation:
    """Write `text` in bold at (x, y), legible over whatever it crosses."""
    from matplotlib.patheffects import withStroke

    return ax.annotate(
        text,
        (x, y),
        offset,
        textcoords="offset points",
        color=color,
        ha=align,
        va="bottom" if align == "center" else "center",
        weight="bold",
        path_effects=[withStroke(linewidth=3, foreground="white")],
    )
