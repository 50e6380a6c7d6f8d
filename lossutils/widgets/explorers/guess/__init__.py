"""A curve to guess: it is drawn first, point by point, and then shown over the drawing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import traitlets

from lossutils.widgets.base import StandaloneFigure, front_end
from lossutils.widgets.settings import require_decimals, scalar

MOST_PLACES = 9
# As a share of the picture's width: on a phone about 22 pixels.
LEAST_APART = 1 / 12
# Points of the curve between neighbouring places.
BETWEEN = 16
MOST_DECIMALS = 6


class Guess(StandaloneFigure):
    """Have a curve drawn before it is shown: points are dragged up and down, then compared.

    Parameters
    ----------
    prompt : str
        What to draw, as plain text; the words p and q get their colours.
    curve : callable, or sequence of float
        The curve, as a function of one number, or by its heights at `places` alone.
    reply : str
        What is said once the curve is shown: what to see in it, and why.
    places : sequence of float
        Where the points stand, from 2 to 9 of them, each further right by a twelfth of the
        picture's width or more.
    limits : pair of float
        The least height and the greatest.
    start : float
        The height at which all points stand at first.
    labels : pair of str
        The axes' titles, the horizontal one first.
    decimals : int, default 2
        How heights are written, with up to 6 decimals.

    Raises
    ------
    ValueError
        If `places` don't ascend or lie too near, or a height is not within `limits`.
    TypeError
        If a number is none.

    Examples
    --------
    >>> from lossutils import surprisal
    >>> guess = Guess(
    ...     "What does −log q cost?", surprisal, "It has no upper limit.",
    ...     places=(0.1, 0.5, 1), limits=(0, 3), start=1, labels=("q", "loss, in nats"),
    ... )
    >>> [round(height, 3) for height in guess.heights]
    [2.303, 0.693, 0.0]
    """

    _esm, _css, _explorer = front_end(__name__).values()
    prompt = traitlets.Unicode().tag(sync=True)
    reply = traitlets.Unicode().tag(sync=True)
    labels: traitlets.List[str] = traitlets.List().tag(sync=True)
    limits: traitlets.List[float] = traitlets.List().tag(sync=True)
    places: traitlets.List[float] = traitlets.List().tag(sync=True)
    heights: traitlets.List[float] = traitlets.List().tag(sync=True)
    start = traitlets.Float().tag(sync=True)
    decimals = traitlets.Int().tag(sync=True)
    # The curve between the places too, as the picture draws it: pairs of numbers.
    _curve: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        prompt: str,
        curve: Callable[[float], Any] | Sequence[float],
        reply: str,
        *,
        places: Sequence[float],
        limits: tuple[float, float],
        start: float,
        labels: tuple[str, str],
        decimals: int = 2,
    ) -> None:
        require_decimals(decimals, MOST_DECIMALS)
        at = numbers("places", places)
        if not 2 <= len(at) <= MOST_PLACES or any(a >= b for a, b in itertools.pairwise(at)):
            raise ValueError(f"places must be 2 to {MOST_PLACES} numbers that ascend, got {at}")
        if min(b - a for a, b in itertools.pairwise(at)) < LEAST_APART * (at[-1] - at[0]):
            raise ValueError(
                f"places must lie a twelfth of the picture apart, for a finger, got {at}"
            )
        ends = numbers("limits", limits)
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise ValueError(f"limits must be the least and the greatest height, got {ends}")
        (first,) = numbers("start", [start])
        if callable(curve):
            heights = numbers("curve", [curve(x) for x in at])
            fine = np.interp(
                np.arange((len(at) - 1) * BETWEEN + 1) / BETWEEN, np.arange(len(at)), at
            ).tolist()
            drawn = list(zip(fine, numbers("curve", [curve(x) for x in fine])))
        else:
            heights = numbers("curve", curve)
            if len(heights) != len(at):
                raise ValueError(
                    f"curve must have a height for each of the {len(at)} places, got {len(heights)}"
                )
            drawn = list(zip(at, heights))
        low, high = ends
        for name, given in (("start", [first]), ("curve", heights)):
            outside = next((y for y in given if not low <= y <= high), None)
            if outside is not None:
                raise ValueError(f"{name} must lie within limits {low} and {high}, got {outside}")
        super().__init__(
            prompt=prompt,
            reply=reply,
            labels=list(labels),
            limits=ends,
            places=at,
            heights=heights,
            start=first,
            decimals=decimals,
            _curve=[[round(x, 6), round(y, 6)] for x, y in drawn],
        )

    def __repr__(self) -> str:
        return f"Guess: {self.prompt}"


def numbers(name: str, values: Any) -> list[float]:
    """Return finite numbers as floats, those of tensors and arrays too."""
    try:
        found = [float(scalar(value)) for value in values]
    except (TypeError, ValueError):
        raise TypeError(f"{name} must hold numbers, got {values!r}") from None
    if not all(map(math.isfinite, found)):
        raise ValueError(f"{name} must hold finite numbers, got {found}")
    return found
