"""The settings of explorers, each declared once with its limits, label and step.

A setting is a trait of the explorer: it can be read, set and observed. The declaration determines
its controls, the figure's traits that hold it in the browser, and its error messages. Limits and
options that depend on settings declared earlier are functions of the explorer.
"""

from __future__ import annotations

import math
import operator
import textwrap
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ipywidgets
import numpy as np
import traitlets
from array_api_compat import numpy as numpy_namespace
from numpy.typing import NDArray

from lossutils import _checks
from lossutils._checks import require_distribution

if TYPE_CHECKING:
    from lossutils.widgets.base import Explorer

# What explorers hold and compute.
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

G = TypeVar("G")
OUTCOMES = "abcdef"
# A slider shows its value with the digits it has, at most four significant ones. The site pads it
# with zeros to the decimals of the slider's step.
DIGITS = ".4"


class Refused(traitlets.TraitError, ValueError):
    """A value that a setting can't have: the error that traitlets and everyone else expect."""


class RefusedType(traitlets.TraitError, TypeError):
    """A value of a type that a setting can't have."""


class Halfway(Exception):
    """The figure is between two states: only some of several related traits are new."""


class Setting(traitlets.TraitType[G, Any], Generic[G]):
    """A value of an explorer that a reader or a program can change.

    Parameters
    ----------
    default : object
        The initial value, or a function that computes it from the explorer.
    label : str
        The control's label.
    help : str
        A sentence or two for the explorer's docstring.
    """

    kind = ""  # its type, for the docstring
    own: tuple[str, ...] = (
        "{}",
    )  # the figure's traits that hold the value, {} for the setting's name

    def __init__(self, default: Any, *, label: str = "", help: str = "") -> None:
        super().__init__(help=help)
        self.first, self.label = default, label

    def default(self, obj: Any = None) -> Any:
        return dependent(self.first, obj)

    # --- Values ---------------------------------------------------------------------------------

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value in the form that is stored."""
        return refusing(self.taken, obj, value)

    def _cross_validate(self, obj: Any, value: Any) -> Any:
        # `hold_trait_notifications` calls this last, when everything it may depend on is set, but
        # with what a reader would see.
        if obj._cross_validation_lock:
            value = self.held(obj)
        return refusing(self.checked, obj, value)

    def taken(self, explorer: Explorer, value: Any) -> G:
        """Return the value in the form that is stored, or refuse one of the wrong kind."""
        raise NotImplementedError

    def checked(self, explorer: Explorer, value: G) -> G:
        """Return the value, or refuse it because of its limits or of the other settings."""
        return value

    def fitted(self, explorer: Explorer, value: G) -> G:
        """Return the nearest value that the other settings allow."""
        return value

    def set(self, obj: Any, value: Any) -> None:
        known = obj._trait_values.get(self.name)
        if isinstance(known, np.ndarray):
            # traitlets compares with ==, and would report a change when an equal array is set.
            value = self._validate(obj, value)
            if np.array_equal(known, value):
                return
        super().set(obj, value)

    def held(self, explorer: Explorer) -> G:
        """Return the value as it was set, even if it reads otherwise now."""
        value: G = explorer._trait_values[self.name]
        return value

    # --- In the browser -------------------------------------------------------------------------

    def traits(self) -> list[str]:
        """Return the names of the figure's traits for the value and whatever depends on it."""
        return [name.format(self.name) for name in self.own]

    def encoded(self, explorer: Explorer) -> dict[str, Any]:
        """Return the current values of these traits."""
        return {self.traits()[0]: getattr(explorer, str(self.name))}

    def decoded(self, explorer: Explorer) -> Any:
        """Return the value that the figure's traits hold, or raise Halfway."""
        return getattr(explorer.figure, self.traits()[0])

    def described(self, explorer: Explorer) -> dict[str, Any]:
        """Return what the figure's JavaScript is told about the setting."""
        return {"label": self.label}

    def controls(self, explorer: Explorer) -> dict[str, Any]:
        """Return new controls, keyed by the figure's traits that they are tied to."""
        return {}

    def show(self, explorer: Explorer, controls: Mapping[str, Any]) -> None:
        """Make the controls show the current value."""
        for name, value in self.encoded(explorer).items():
            if name in controls:
                controls[name].value = value

    # --- In words -------------------------------------------------------------------------------

    def written(self, value: G) -> str:
        """Return the value as it stands in the explorer's repr."""
        return repr(value)

    def documented(self) -> str:
        """Return the setting's entry in the docstring's list of parameters."""
        optional = ", optional" if callable(self.first) else ""
        text = textwrap.indent(textwrap.fill(" ".join([self.help, *self.within()]), 96), "    ")
        return f"{self.name} : {self.kind}{optional}\n{text}"

    def within(self) -> list[str]:
        """Return a sentence about the limits, if there is one."""
        return []


def dependent(value: Any, explorer: Any) -> Any:
    return value(explorer) if callable(value) else value


def refusing(check: Callable[[Any, Any], Any], explorer: Any, value: Any) -> Any:
    try:
        return check(explorer, value)
    except traitlets.TraitError:
        raise
    except ValueError as error:
        raise Refused(str(error)) from None
    except TypeError as error:
        raise RefusedType(str(error)) from None


class _Limited(Setting[G]):
    """A number between two limits, on a slider.

    One of an explorer's may have a `play` button, which moves it from where it is to its upper limit
    in a few seconds.
    """

    def __init__(
        self,
        default: Any,
        low: Any,
        high: Any,
        *,
        step: Any,
        label: str = "",
        help: str = "",
        format: str,
        role: str = "",
        log: int | None = None,
        stepped: bool = False,
        play: bool = False,
    ) -> None:
        super().__init__(default, label=label, help=help)
        self.low, self.high, self.step = low, high, step
        self.format, self.role, self.log = format, role, log
        self.stepped, self.play = stepped, play

    def limits(self, explorer: Explorer) -> tuple[Any, Any]:
        return dependent(self.low, explorer), dependent(self.high, explorer)

    def fitted(self, explorer: Explorer, value: Any) -> Any:
        low, high = self.limits(explorer)
        return min(max(value, low), high)

    def described(self, explorer: Explorer) -> dict[str, Any]:
        low, high = self.limits(explorer)
        step = dependent(self.step, explorer)
        told = {"label": self.label, "min": low, "max": high, "step": step}
        told |= {"whole": isinstance(self, Whole), "log": self.log, "stepped": self.stepped}
        return told | ({"play": True} if self.play else {})

    def ends(self, explorer: Explorer) -> dict[str, Any]:
        """Return the slider's limits, which are exponents if it is logarithmic, and its step."""
        low, high = self.limits(explorer)
        if self.log is not None:
            # Not log(…, 10): that of 10**-6 is a little more than -6.
            low, high = map({2: math.log2, 10: math.log10}[self.log], (low, high))
        return {"min": low, "max": high, "step": dependent(self.step, explorer)}

    def controls(self, explorer: Explorer) -> dict[str, Any]:
        options = {
            "value": self.encoded(explorer)[str(self.name)],
            "description": self.label,
            "readout_format": self.format,
            **self.ends(explorer),
        }
        if self.log is None:
            control = self.slider(**options)
        else:
            control = ipywidgets.FloatLogSlider(base=self.log, **options)
        if self.role:
            control.add_class(f"control-{self.role}")
        if self.stepped:
            control.add_class("control-stepped")
        return {str(self.name): control}

    @property
    def slider(self) -> Callable[..., Any]:
        raise NotImplementedError

    def show(self, explorer: Explorer, controls: Mapping[str, Any]) -> None:
        control = controls[str(self.name)]
        for end, value in self.ends(explorer).items():
            setattr(control, end, value)
        super().show(explorer, controls)

    def within(self) -> list[str]:
        known = not callable(self.low) and not callable(self.high)
        return [f"From {self.low:g} to {self.high:g}."] if known else []


class Number(_Limited[float]):
    """A finite number, or a zero-dimensional array or tensor of one.

    `role` "p" or "q" gives the slider the colour of that distribution. `log` is the base of a
    logarithmic slider, 2 or 10, whose `step` is a step of the exponent. If it is `stepped`, no
    number between two steps can be typed.
    """

    kind = "float"
    slider = ipywidgets.FloatSlider

    def __init__(
        self,
        default: Any,
        low: Any,
        high: Any,
        *,
        step: Any = 0.01,
        format: str = DIGITS,
        **more: Any,
    ) -> None:
        super().__init__(default, low, high, step=step, format=format, **more)

    def taken(self, explorer: Explorer, value: Any) -> float:
        return _checks.require_number(str(self.name), scalar(value), -math.inf)

    def checked(self, explorer: Explorer, value: float) -> float:
        return _checks.require_number(str(self.name), value, *self.limits(explorer))

    def decoded(self, explorer: Explorer) -> Any:
        value = super().decoded(explorer)
        if self.log and isinstance(value, float):
            # The browser's power of the slider's end may differ from ours in its last digit.
            for end in self.limits(explorer):
                value = end if math.isclose(value, end, rel_tol=1e-12) else value
        return value


class Whole(_Limited[int]):
    """A whole number. If its upper limit depends on other settings, the browser may move it too.

    `log` is the base of a logarithmic slider, 2 or 10: the figure may then hold a fraction, which stands for
    the nearest whole number.
    """

    kind = "int"
    slider = ipywidgets.IntSlider

    def __init__(
        self, default: Any, low: Any, high: Any, *, step: float = 1, format: str = "d", **more: Any
    ) -> None:
        super().__init__(default, low, high, step=step, format=format, **more)

    def taken(self, explorer: Explorer, value: Any) -> int:
        value = scalar(value)
        try:
            if isinstance(value, (bool, np.bool_)):
                raise TypeError
            return operator.index(value)
        except TypeError:
            raise TypeError(f"{self.name} must be a whole number, got {value!r}") from None

    def checked(self, explorer: Explorer, value: int) -> int:
        low, high = self.limits(explorer)
        if not low <= value <= high:
            raise ValueError(f"{self.name} must be in [{low}, {high}], got {value}")
        return value

    def traits(self) -> list[str]:
        # `…_off` is True for a slider with only one place.
        return [
            *super().traits(),
            *([f"{self.name}_max", f"{self.name}_off"] if callable(self.high) else []),
        ]

    def encoded(self, explorer: Explorer) -> dict[str, Any]:
        low, high = self.limits(explorer)
        value = getattr(explorer, str(self.name))
        held = float(value) if self.log else value
        values = {str(self.name): held, f"{self.name}_max": high, f"{self.name}_off": low == high}
        return {name: values[name] for name in self.traits()}

    def decoded(self, explorer: Explorer) -> Any:
        value = super().decoded(explorer)
        return (
            round(value)
            if self.log and isinstance(value, float) and math.isfinite(value)
            else value
        )

    def controls(self, explorer: Explorer) -> dict[str, Any]:
        controls = super().controls(explorer)
        if callable(self.high) and self.log is None:
            (control,) = controls.values()
            control.disabled = self.encoded(explorer)[f"{self.name}_off"]
            for trait, end in (("max", "max"), ("off", "disabled")):
                ipywidgets.jslink((explorer.figure, f"{self.name}_{trait}"), (control, end))
        return controls

    def show(self, explorer: Explorer, controls: Mapping[str, Any]) -> None:
        super().show(explorer, controls)
        if callable(self.high) and self.log is None:
            controls[str(self.name)].disabled = self.encoded(explorer)[f"{self.name}_off"]


class Choice(Setting[Any]):
    """One of several values. `options` maps each to its button's label, or lists them.

    The figure holds the index of the value, and the options' names in `_settings`. One without a
    label has no buttons.
    """

    own = ("{}_index",)

    def __init__(self, default: Any, options: Any, *, label: str = "", help: str = "") -> None:
        super().__init__(default, label=label, help=help)
        self.choices = options

    def options(self, explorer: Explorer) -> dict[Any, str]:
        options = dependent(self.choices, explorer)
        return dict(options) if isinstance(options, Mapping) else {one: str(one) for one in options}

    def taken(self, explorer: Explorer, value: Any) -> Any:
        return scalar(value)

    def checked(self, explorer: Explorer, value: Any) -> Any:
        options = self.options(explorer)
        for option in options:
            if type(option) is not bool and isinstance(value, type(option)) and value == option:
                return option
        wanted = ", ".join(map(repr, options))
        raise ValueError(f"{self.name} must be one of {wanted}, got {value!r}")

    def fitted(self, explorer: Explorer, value: Any) -> Any:
        options = self.options(explorer)
        return value if value in options else next(iter(options))

    def encoded(self, explorer: Explorer) -> dict[str, Any]:
        place = list(self.options(explorer)).index(getattr(explorer, str(self.name)))
        return {f"{self.name}_index": place}

    def decoded(self, explorer: Explorer) -> Any:
        names = list(self.options(explorer))
        place = super().decoded(explorer)
        if isinstance(place, int) and 0 <= place < len(names):
            return names[place]
        raise ValueError(f"{self.name}_index must be in [0, {len(names) - 1}], got {place!r}")

    def described(self, explorer: Explorer) -> dict[str, Any]:
        options = self.options(explorer)
        return {"label": self.label, "options": list(options), "labels": list(options.values())}

    def controls(self, explorer: Explorer) -> dict[str, Any]:
        (name, index) = next(iter(self.encoded(explorer).items()))
        labels = list(self.options(explorer).values())
        if len(labels) == 1 or not self.label:
            return {}
        control = ipywidgets.ToggleButtons(options=labels, index=index, description=self.label)
        return {name: control}

    def show(self, explorer: Explorer, controls: Mapping[str, Any]) -> None:
        labels = tuple(self.options(explorer).values())
        for name, index in self.encoded(explorer).items():
            if control := controls.get(name):
                with control.hold_sync():
                    if control.options != labels:
                        control.options = labels  # also sets the index to 0
                    control.index = index

    @property
    def kind(self) -> str:  # type: ignore[override]
        if callable(self.choices):
            return "str" if callable(self.first) else type(self.first).__name__
        return f"{{{', '.join(map(_quoted, self.choices))}}}"


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


class Switch(Setting[bool]):
    """On or off, as a checkbox."""

    kind = "bool"

    def taken(self, explorer: Explorer, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{self.name} must be True or False, got {value!r}")
        return bool(value)

    def controls(self, explorer: Explorer) -> dict[str, Any]:
        value = getattr(explorer, str(self.name))
        return {
            str(self.name): ipywidgets.Checkbox(value=value, description=self.label, indent=False)
        }


class _Vector(Setting[Floats]):
    """Several numbers, each with its own slider and, because jslink ties scalars, its own trait."""

    most: int

    def __get__(self, obj: Any, cls: Any = None) -> Any:
        value = super().__get__(obj, cls)
        # Changing the returned array must not change the explorer.
        return value.copy() if isinstance(value, np.ndarray) else value

    def written(self, value: Floats) -> str:
        return repr([float(f"{number:.6g}") for number in value])

    def numbered(self) -> list[str]:
        raise NotImplementedError

    def link(self, explorer: Explorer, name: str, off: str, **options: Any) -> Any:
        """Return a slider that the figure's trait `off` disables."""
        figure = explorer.figure
        disabled = explorer.encoded()[off]
        control = ipywidgets.FloatSlider(readout_format=DIGITS, disabled=disabled, **options)
        ipywidgets.jslink((figure, off), (control, "disabled"))
        return control


class Distribution(_Vector):
    """A distribution over 2 to `most` named outcomes, the same for all of an explorer.

    Its sliders are named after `label` and the outcome; those of distributions declared one after
    the other are side by side. `count` is the label of a slider for the number of outcomes, and
    `fixed_by` the name of a switch: while it is on, this one reads as one-hot and its sliders are
    disabled.
    """

    kind = "sequence of float, shape (2,) to (6,)"

    def __init__(
        self,
        default: Any,
        *,
        label: str = "",
        help: str = "",
        most: int = len(OUTCOMES),
        sliders: bool = True,
        count: str = "",
        fixed_by: str = "",
    ) -> None:
        super().__init__(default, label=label, help=help)
        self.most, self.sliders, self.count, self.fixed_by = most, sliders, count, fixed_by

    def __get__(self, obj: Any, cls: Any = None) -> Any:
        p = super().__get__(obj, cls)
        fixed = obj is not None and self.fixed_by and getattr(obj, self.fixed_by)
        return np.eye(p.size)[p.argmax()] if fixed else p

    def taken(self, explorer: Explorer, value: Any) -> Floats:
        p = _divided(as_array(str(self.name), value))
        if p.ndim != 1 or not 2 <= p.size <= self.most:
            raise ValueError(self._shape(f"2 to {self.most}", p))
        require_distribution(numpy_namespace, 0, **{str(self.name): p})
        return p

    def checked(self, explorer: Explorer, value: Floats) -> Floats:
        for name, other in explorer.settings().items():
            if isinstance(other, Distribution) and name != self.name and explorer.is_set(name):
                outcomes = getattr(explorer, name).size
                if outcomes != value.size:
                    raise ValueError(self._shape(f"{outcomes}", value, f", as {name} does"))
        return value

    def _shape(self, wanted: str, p: Floats, why: str = "") -> str:
        outcomes = f"the probabilities of {wanted} outcomes{why}"
        return f"{self.name} must hold {outcomes}, got shape {p.shape}"

    def numbered(self) -> list[str]:
        return [f"{self.name}_{k}" for k in range(self.most)]

    def _off(self, k: int) -> str:
        return f"fixed_{k}" if self.fixed_by else f"off_{k}"

    def traits(self) -> list[str]:
        off = [f"off_{k}" for k in range(self.most)]
        fixed = [self._off(k) for k in range(self.most)]
        return list(dict.fromkeys(["outcomes", *off, *fixed, *self.numbered()]))

    def encoded(self, explorer: Explorer) -> dict[str, Any]:
        p = self.held(explorer)
        off = [k >= p.size for k in range(self.most)]
        fixed = bool(self.fixed_by) and getattr(explorer, self.fixed_by)
        # In this order the page gets all of them in one message. One probability after another
        # would make it adjust the rest every time.
        return {
            "outcomes": p.size,
            **{f"off_{k}": off[k] for k in range(self.most)},
            **({self._off(k): off[k] or fixed for k in range(self.most)} if self.fixed_by else {}),
            **{f"{self.name}_{k}": 0.0 if off[k] else float(p[k]) for k in range(self.most)},
        }

    def decoded(self, explorer: Explorer) -> Any:
        count = explorer.figure.outcomes
        values = [getattr(explorer.figure, name) for name in self.numbered()[:count]]
        for k, value in enumerate(values):
            _checks.require_number(f"{self.name}[{k}]", value, 0, 1)
        if abs(sum(values) - 1) > 1e-9:
            raise Halfway
        return values

    def described(self, explorer: Explorer) -> dict[str, Any]:
        return {"label": self.label, "most": self.most, "counted": bool(self.count)}

    def controls(self, explorer: Explorer) -> dict[str, Any]:
        controls: dict[str, Any] = {}
        if self.count:
            controls["outcomes"] = ipywidgets.IntSlider(
                value=getattr(explorer, str(self.name)).size,
                min=2,
                max=self.most,
                description=self.count,
            )
        if self.sliders:
            values = self.encoded(explorer)
            for k, name in enumerate(self.numbered()):
                controls[name] = self.link(
                    explorer,
                    name,
                    self._off(k),
                    value=values[name],
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    description=f"{self.label or self.name}({OUTCOMES[k]})",
                )
                controls[name].add_class(f"control-{self.name}")
        return controls

    def show(self, explorer: Explorer, controls: Mapping[str, Any]) -> None:
        super().show(explorer, controls)
        if self.sliders:
            values = self.encoded(explorer)
            for k, name in enumerate(self.numbered()):
                controls[name].disabled = values[self._off(k)]


class Numbers(_Vector):
    """Several numbers between two limits; their count is fixed by the initial value.

    `labels` are those of the sliders, one for each number that there may be, and `least` is the
    smallest count. The figure holds the numbers in `prefix_0`, `prefix_1`, …, and their count, if
    it varies, in the trait `count`.
    """

    def __init__(
        self,
        default: Any,
        low: float,
        high: float,
        *,
        prefix: str,
        labels: Sequence[str],
        least: int | None = None,
        count: str = "",
        step: float = 0.1,
        help: str = "",
    ) -> None:
        super().__init__(default, help=help)
        self.low, self.high, self.step = low, high, step
        self.prefix, self.labels, self.count = prefix, labels, count
        self.most = len(labels)
        self.least = self.most if least is None else least
        self.kind = f"sequence of float, shape ({self.least},)" + (
            f" to ({self.most},)" if self.least < self.most else ""
        )

    def taken(self, explorer: Explorer, value: Any) -> Floats:
        name = str(self.name)
        given = as_array(name, value)
        least, most = self.least, self.most
        if explorer.is_set(name):
            least = most = getattr(explorer, name).size
        if given.ndim != 1 or not least <= given.size <= most:
            wanted = str(most) if least == most else f"{least} to {most}"
            raise ValueError(f"{name} must hold {wanted} numbers, got shape {given.shape}")
        return np.array(
            [
                _checks.require_number(f"{name}[{k}]", float(v), self.low, self.high)
                for k, v in enumerate(given)
            ]
        )

    def numbered(self) -> list[str]:
        return [f"{self.prefix}_{k}" for k in range(self.most)]

    def traits(self) -> list[str]:
        return [*([self.count] if self.count else []), *self.numbered()]

    def encoded(self, explorer: Explorer) -> dict[str, Any]:
        values = getattr(explorer, str(self.name)).tolist()
        padded = values + [0.0] * (self.most - len(values))
        counted = {self.count: len(values)} if self.count else {}
        return counted | dict(zip(self.numbered(), padded, strict=True))

    def decoded(self, explorer: Explorer) -> Any:
        count = getattr(explorer, str(self.name)).size
        return [getattr(explorer.figure, name) for name in self.numbered()[:count]]

    def described(self, explorer: Explorer) -> dict[str, Any]:
        limits = {"min": self.low, "max": self.high, "step": self.step}
        labels = list(self.labels)[: getattr(explorer, str(self.name)).size]
        return {"prefix": self.prefix, "label": "", "labels": labels, **limits}

    def controls(self, explorer: Explorer) -> dict[str, Any]:
        values = getattr(explorer, str(self.name))
        return {
            name: ipywidgets.FloatSlider(
                value=value,
                min=self.low,
                max=self.high,
                step=self.step,
                description=label,
                readout_format=DIGITS,
            )
            for name, label, value in zip(self.numbered(), self.labels, values, strict=False)
        }

    def within(self) -> list[str]:
        return [f"From {self.low:g} to {self.high:g}."]


class Data(Setting[Any]):
    """Data that no control changes.

    `check` turns what is given into JSON's types, which the explorer stores and the figure holds.
    """

    def __init__(
        self,
        default: Any = traitlets.Undefined,
        *,
        check: Callable[[Any], Any],
        kind: str,
        help: str = "",
    ) -> None:
        super().__init__(default, help=help)
        self.check, self.kind = check, kind

    def taken(self, explorer: Explorer, value: Any) -> Any:
        return self.check(value)

    def written(self, value: Any) -> str:
        text = repr(value)
        return text if len(text) < 40 else "…"

    def described(self, explorer: Explorer) -> dict[str, Any]:
        return {"label": ""}


def require_decimals(value: Any, most: int) -> int:
    """Return how many decimals a number has, refusing what is no whole number in [0, most]."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"decimals must be a whole number, got {value!r}")
    if not 0 <= value <= most:
        raise ValueError(f"decimals must be in [0, {most}], got {value}")
    return value


def scalar(value: Any) -> Any:
    """Return the number in a zero-dimensional array or tensor; anything else as it is."""
    if getattr(value, "ndim", None) != 0:
        return value
    return value.item() if hasattr(value, "item") else np.asarray(value).item()


def as_array(name: str, values: Any) -> NDArray[Any]:
    """Return a list, an array, or a tensor on any device as a NumPy array of floats."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        # NumPy has no bfloat16; float16 is as narrow.
        values = values.half() if str(values.dtype) == "torch.bfloat16" else values
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        for place, value in enumerate(values if array.ndim else ()):
            if not isinstance(scalar(value), Real):
                raise TypeError(f"{name}[{place}] must be a number, got {value!r}")
        got = array.dtype if array.ndim else repr(values)
        raise TypeError(f"{name} must hold numbers, got {got}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def without(q: Floats, k: int) -> Floats:
    """Return q with a 0 for its outcome k, whose share the others get."""
    if q.size <= k or q[k] == 1:
        raise ValueError("there is no other outcome")
    rest = np.where(np.arange(q.size) == k, 0, q)
    return np.asarray(rest / rest.sum())


def _divided(p: NDArray[Any]) -> Floats:
    """Return `p` as float64, divided by its sum if that is off 1 by no more than rounding.

    What was float32 once, or went through a list, sums to 1 only as closely as float32 can.
    """
    wide = p.astype(np.float64)
    off = abs(wide.sum() - 1) if wide.size else 0.0
    return wide / wide.sum() if 1e-12 < off <= (1e-2 if p.dtype == np.float16 else 1e-6) else wide
