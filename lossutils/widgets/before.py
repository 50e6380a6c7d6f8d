"""The explorers' base class as it was: for those that are not declared in a folder of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import ipywidgets
import numpy as np
import traitlets
from array_api_compat import numpy as numpy_namespace

from lossutils import _arrays
from lossutils._arrays import require_distribution
from lossutils.widgets.base import (
    SHARED_STYLE,
    STATIC,
    WIDGET_VIEW,
    Shown,
    decimals,
    probability,
    still_figure,
)
from lossutils.widgets.settings import DIGITS, OUTCOMES, Refused, _divided, as_array, scalar

__all__ = [
    "DIGITS",
    "OUTCOMES",
    "STATIC",
    "WIDGET_VIEW",
    "DistributionFigure",
    "Explorer",
    "Figure",
    "Number",
    "Refused",
    "as_array",
    "decimals",
    "place_of",
    "probability",
    "require_number",
    "scalar",
    "slider",
    "still_figure",
]

if TYPE_CHECKING:
    from numpy.typing import NDArray

Explorer = Shown


class Number(traitlets.Float):  # type: ignore[type-arg]
    """A finite number: a Python float, or the value of a zero-dimensional array."""

    def validate(self, obj: Any, value: Any) -> float:
        try:
            number: float = super().validate(obj, scalar(value))
        except traitlets.TraitError as error:
            raise Refused(str(error)) from None
        if not math.isfinite(number):
            raise Refused(f"{self.name} must be a finite number, got {number!r}")
        return number


class Figure(anywidget.AnyWidget):
    """An explorer's moving picture: one JavaScript module, and a scalar trait for each quantity."""

    # The site keeps no code in a page's saved state; it finds the module by this name.
    _explorer = traitlets.Unicode().tag(sync=True)
    _css = SHARED_STYLE
    # True while one of Jupyter's sliders is being dragged, as figure.js sees it.
    _dragging = traitlets.Bool(False).tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        module = cls.__dict__.get("_esm")
        if isinstance(module, Path) and (own := module.with_suffix(".css")).exists():
            cls._css = f"{SHARED_STYLE}\n{own.read_text(encoding='utf-8')}"
        super().__init_subclass__(**options)


class DistributionFigure(Figure):
    """A figure of distributions over named outcomes.

    jslink ties scalars together, so a distribution p is stored as p_0, p_1, …, one for each slider.
    """

    names: ClassVar[str] = "p"
    most: ClassVar[int] = len(OUTCOMES)
    outcomes = traitlets.Int(2, min=2, max=len(OUTCOMES)).tag(sync=True)

    def __init__(self, **distributions: Sequence[float]) -> None:
        for k in range(self.most):
            probability = {f"{n}_{k}": Number(0.0, min=0.0, max=1.0) for n in self.names}
            # True for a slider whose outcome is unused.
            unused = {f"off_{k}": traitlets.Bool(False)}
            self.add_traits(**{n: t.tag(sync=True) for n, t in (probability | unused).items()})
        super().__init__()
        self.assign(**distributions)

    def read(self, name: str) -> NDArray[np.float64]:
        """Return the distribution `name`."""
        return np.array([getattr(self, f"{name}_{k}") for k in range(self.outcomes)])

    def assign(self, **distributions: Sequence[float]) -> None:
        """Set distributions, all at once.

        Raises ValueError if one is not a distribution over 2 to `most` outcomes, or if they differ
        in their outcomes.
        """
        arrays = {name: _divided(as_array(name, p)) for name, p in distributions.items()}
        kept = set(self.names) - set(arrays)
        count = self.outcomes if kept else next(iter(arrays.values())).size
        for name, p in arrays.items():
            if p.ndim != 1 or not 2 <= p.size <= self.most or p.size != count:
                wanted = str(count) if kept or len(arrays) > 1 else f"2 to {self.most}"
                raise ValueError(
                    f"{name} must hold the probabilities of {wanted} outcomes, got shape {p.shape}"
                )
            require_distribution(numpy_namespace, 0, **{name: p})
        # In this order the page gets all of them in one message. One probability after another
        # would make it adjust the rest every time.
        with self.hold_sync(), self.hold_trait_notifications():
            self.outcomes = count
            for k in range(self.most):
                setattr(self, f"off_{k}", k >= count)
                for name, p in arrays.items():
                    setattr(self, f"{name}_{k}", float(p[k]) if k < count else 0.0)

    def off(self, name: str, k: int) -> str:
        """Return the trait that says whether slider `k` of the distribution `name` is unused."""
        return f"off_{k}"

    def sliders(self, name: str) -> dict[str, ipywidgets.FloatSlider]:
        """Return the sliders of the distribution `name`, by the trait that each is tied to."""
        controls = {}
        for k, outcome in enumerate(OUTCOMES[: self.most]):
            trait, off = f"{name}_{k}", self.off(name, k)
            controls[trait] = slider(
                f"{name}({outcome})",
                value=getattr(self, trait),
                role=name,
                disabled=getattr(self, off),
            )
            ipywidgets.jslink((self, off), (controls[trait], "disabled"))
        return controls


def require_number(name: str, x: Any, low: float, high: float = math.inf) -> float:
    """Return the finite number `x`, or that in an array or a tensor, as a float."""
    return _arrays.require_number(name, scalar(x), low, high)


def slider(
    description: str, *, value: float, role: str = "", **options: Any
) -> ipywidgets.FloatSlider:
    """Return a slider from 0 to 1; `role` "p" or "q" gives it the colour of that distribution."""
    defaults = {"min": 0.0, "max": 1.0, "step": 0.01, "readout_format": DIGITS}
    control = ipywidgets.FloatSlider(value=value, description=description, **defaults | options)
    if role:
        control.add_class(f"control-{role}")
    return control


def place_of(name: str, value: str, options: Mapping[str, str]) -> int:
    """Return the index of `value` among the options, or refuse it; `name` names the argument."""
    if value not in options:
        wanted = ", ".join(map(repr, options))
        raise ValueError(f"{name} must be one of {wanted}, got {value!r}")
    return list(options).index(value)
