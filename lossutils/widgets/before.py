"""The explorers' base class as it was: for those that are not declared in a folder of their own."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import ipywidgets
import numpy as np
import traitlets
from array_api_compat import numpy as numpy_namespace

from lossutils import _arrays, plots
from lossutils._arrays import require_distribution
from lossutils.widgets.base import (
    SHARED_STYLE,
    STATIC,
    WIDGET_VIEW,
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
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray


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


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """A figure with its controls, displayed when it is the last expression of a cell.

    `controls` maps traits of the figure to the controls that are tied to them in the browser.
    """

    def __init__(self, figure: Figure, controls: Mapping[str, ipywidgets.Widget]) -> None:
        self.figure = figure
        self.controls = dict(controls)
        for trait, control in controls.items():
            value = "index" if isinstance(control, ipywidgets.ToggleButtons) else "value"
            ipywidgets.jslink((figure, trait), (control, value))
            # While continuous_update is on, a slider of floats rounds what it is given to its step
            # and writes it back: p = 1/8 would become 0.13 as soon as JupyterLab shows it. So it is
            # on only while the reader drags, when no link carries back what the others round.
            if isinstance(control, (ipywidgets.FloatSlider, ipywidgets.FloatLogSlider)):
                control.continuous_update = False
                ipywidgets.jsdlink((figure, "_dragging"), (control, "continuous_update"))
        super().__init__(children=[figure, ipywidgets.HBox(list(controls.values()))])
        self.add_class("lossutils-explorer")

    def alternative(self) -> str:
        """Return what the explorer shows now, in words: the still's text alternative."""
        raise NotImplementedError

    def still(self) -> StillFigure:
        """Return a matplotlib figure of what the explorer shows now."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.alternative()}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the live view, together with the still that GitHub and paper show."""
        import matplotlib

        with matplotlib.rc_context():
            plots.use_house_style()
            still = plots.still_png(self.still())
        representations = {
            "text/plain": repr(self),
            "image/png": base64.b64encode(still).decode(),
            WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.model_id},
        }
        return representations, {}


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
