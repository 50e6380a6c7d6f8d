"""A number to work out by hand: it is typed in, checked at once, and usual mistakes are answered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import traitlets

from lossutils.widgets.base import StandaloneFigure, front_end
from lossutils.widgets.settings import require_decimals, scalar

MOST_DECIMALS = 10
# By the unit asked for: what the answer is multiplied by in another one, and the reply to that.
OTHER_BASES = {
    "nats": {
        1 / math.log(2): "That is the answer in bits. Nats come from the natural logarithm.",
        1 / math.log(10): "That comes from the logarithm to base 10. Nats need the natural one.",
    },
    "bits": {
        math.log(2): "That is the answer in nats. Bits come from the logarithm to base 2.",
        math.log10(2): "That comes from the logarithm to base 10. Bits need the one to base 2.",
    },
}
OTHER_SIGN = "The size is right, but the sign is not."


def number(name: str, value: Any) -> float:
    """Return a number as a float, a scalar tensor or array too."""
    value = scalar(value)
    if isinstance(value, (str, bytes, bool)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        given = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None
    if math.isnan(given):
        raise ValueError(f"{name} must be a number that can be worked out, got nan")
    return given


class ByHand(StandaloneFigure):
    """Ask for a number that is worked out by hand, and answer the one that is typed.

    The wrong sign is answered without being listed in `slips`, and so is another base of the
    logarithm where `unit` is "nats" or "bits".

    Parameters
    ----------
    prompt : str
        What to work out, as plain text; the words p and q get their colours.
    answer : float
        The right number, which may be infinite.
    reply : str
        What is said to the right number: the way to it.
    decimals : int, default 3
        How many decimals are asked for, up to 10. Within half of the last one is right.
    unit : str, default ""
        What follows the number: "nats", "bits", "%".
    slips : mapping of float to str, default {}
        Usual wrong numbers, each with the reply to it: where it comes from, not what is right.

    Raises
    ------
    ValueError
        If a slip can't be told from the answer or from another slip to so many decimals, or if
        `decimals` is out of range.
    TypeError
        If a number is none.
    """

    _esm, _css, _explorer = front_end(__name__).values()
    prompt = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    decimals = traitlets.Int().tag(sync=True)
    reply = traitlets.Unicode().tag(sync=True)
    # Numbers as text: JSON has no infinity.
    _answer = traitlets.Unicode().tag(sync=True)
    _slips: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        prompt: str,
        answer: Any,
        reply: str,
        *,
        decimals: int = 3,
        unit: str = "",
        slips: Mapping[Any, str] | None = None,
    ) -> None:
        right = number("answer", answer)
        require_decimals(decimals, MOST_DECIMALS)
        replies: dict[float, str] = {}

        def is_known(value: float) -> bool:
            return any(looks_like(value, other, decimals) for other in (right, *replies))

        for wrong, said in (slips or {}).items():
            value = number("each of slips", wrong)
            if is_known(value):
                raise ValueError(
                    f"slips must differ from the answer and from each other to {decimals} "
                    f"decimals, but {value!r} does not: give more decimals, or leave it out"
                )
            replies[value] = said
        replies |= {value: said for value, said in usual_slips(right, unit) if not is_known(value)}
        super().__init__(
            prompt=prompt,
            unit=unit,
            decimals=decimals,
            reply=reply,
            _answer=repr(right),
            _slips=[(repr(value), said) for value, said in replies.items()],
        )

    @property
    def answer(self) -> float:
        """The right number."""
        return float(self._answer)

    @property
    def slips(self) -> dict[float, str]:
        """The wrong numbers that have a reply of their own, with those that need no listing."""
        return {float(wrong): said for wrong, said in self._slips}

    def __repr__(self) -> str:
        return f"By hand: {self.prompt}"


def usual_slips(answer: float, unit: str) -> Iterator[tuple[float, str]]:
    """Yield the wrong numbers that need no listing, each with its reply."""
    for factor, said in OTHER_BASES.get(unit, {}).items():
        yield answer * factor, said
    yield -answer, OTHER_SIGN


def looks_like(a: float, b: float, decimals: int) -> bool:
    """Say whether a rounding of the one may be taken for the other, at so many decimals."""
    return a == b or abs(a - b) <= 2 * 10.0**-decimals
