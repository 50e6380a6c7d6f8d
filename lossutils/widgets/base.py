"""What all explorers share: a figure and its controls.

An explorer is a figure with ordinary ipywidgets controls below it. `jslink` ties the controls to
the figure, which computes in JavaScript, so it moves within a frame with or without a kernel. If
there is one, the explorer's settings are traits that follow the figure and its controls, and move
them when they are set.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from lossutils.widgets.settings import Distribution, Halfway, Setting, dependent, refusing

STATIC = Path(__file__).parent / "static"
SHARED_STYLE = (STATIC / "explorers.css").read_text(encoding="utf-8")
FOLDERS = "lossutils.widgets.explorers."
Preset = Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Figure(anywidget.AnyWidget):
    """An explorer's moving picture: one JavaScript module, and traits that hold its settings.

    jslink ties scalars together, so each trait with a control holds a scalar.
    """

    # The site keeps no code in a page's saved state; it finds the module by this name.
    _explorer = traitlets.Unicode().tag(sync=True)
    # What the declaration says about the settings: limits, steps, labels, the options' names.
    _settings: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    # Each preset's button and the traits that it sets: a list, because notebooks sort what has keys.
    _presets: traitlets.List[Any] = traitlets.List().tag(sync=True)
    # True while one of Jupyter's sliders is being dragged, as figure.js sees it.
    _dragging = traitlets.Bool(False).tag(sync=True)


class StandaloneFigure(Figure):
    """A figure that is shown without controls beside it, as an explorer of its own."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.add_class("lossutils-explorer")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return displayed(self), {}


def front_end(module: str) -> dict[str, Any]:
    """Return the attributes of a figure's class: its built JavaScript and its style.

    `module` is the explorer's, whose folder has its name.
    """
    name = module.removeprefix(FOLDERS).partition(".")[0].replace("_", "-")
    if not (STATIC / f"{name}.js").exists():
        raise FileNotFoundError(f"the module of {name} is not built: run make widgets")
    own = STATIC / f"{name}.css"
    style = own.read_text(encoding="utf-8") if own.exists() else ""
    return {
        "_esm": STATIC / f"{name}.js",
        "_css": f"{SHARED_STYLE}\n{style}",
        "_explorer": traitlets.Unicode(name).tag(sync=True),
    }


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """A figure with its controls, displayed when it is the last expression of a cell.

    A class declares settings in the order of its constructor's arguments; its figure is the one in
    its folder. `controls` maps traits of the figure to the controls that are tied to them in the
    browser.
    """

    # The order of the controls, if it differs from that of the declaration.
    order: ClassVar[tuple[str, ...]] = ()
    # What the figure draws besides the settings, in JSON's types.
    constants: ClassVar[Mapping[str, Any]] = {}
    # States worth a look, by the name on their buttons: the settings that each sets, or a function
    # that computes them from the explorer's first state. One that it can't have is left out.
    presets: ClassVar[Mapping[str, Preset]] = {}
    figure: Figure
    controls: dict[str, Any]

    _declared: ClassVar[dict[str, Setting[Any]]] = {}
    _figure: ClassVar[type[Figure]] = Figure

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Setting)}
        if not own:
            return
        cls._declared = {**cls._declared, **own}
        for name, setting in own.items():
            setting.name = name  # traitlets sets it only later
        cls.__signature__ = inspect.Signature(
            [parameter(name, setting) for name, setting in cls._declared.items()]
        )
        cls.__doc__ = documented(cls)
        held = dict.fromkeys(chain.from_iterable(s.traits() for s in cls._declared.values()))
        traits: dict[str, Any] = {name: traitlets.Any().tag(sync=True) for name in held}
        if cls.constants:
            traits["_constants"] = traitlets.Dict(dict(cls.constants)).tag(sync=True)
        name = f"{cls.__name__.removesuffix('Explorer')}Figure"
        body = {"__module__": cls.__module__, **front_end(cls.__module__), **traits}
        cls._figure = types.new_class(name, (Figure,), exec_body=lambda names: names.update(body))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            given = inspect.signature(type(self)).bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}(): {error}") from None
        # In order: a setting that depends on another is declared after it.
        for name, setting in self._declared.items():
            value = given.get(name)
            # None, too, leaves out a setting whose default depends on the others.
            if name not in given or (value is None and callable(setting.first)):
                value = setting.default(self)
            setattr(self, name, value)
        held = {"_settings": self._described(), "_presets": self._encoded_presets()}
        self.figure = self._figure(**self.encoded(), **held)
        self._busy = False
        self.controls = self._controls()
        self._link()
        super().__init__(children=[self.figure, ipywidgets.HBox(list(self.controls.values()))])
        self.add_class("lossutils-explorer")
        self.observe(self._tell, list(self._declared))
        self.figure.observe(self._hear, list(self.encoded()))

    # --- Settings -------------------------------------------------------------------------------

    def settings(self) -> Mapping[str, Setting[Any]]:
        """Return the declared settings by name."""
        return self._declared

    def is_set(self, name: str) -> bool:
        """Return whether the setting `name` has a value yet."""
        return name in self._trait_values

    def assign(self, **values: Any) -> None:
        """Set several settings at once: all of them or, if one is refused, none."""
        for name in values:
            if name not in self._declared:
                raise TypeError(f"assign() got an unexpected keyword argument {name!r}")
        with self.hold_trait_notifications():
            for name, value in values.items():
                setattr(self, name, value)

    def encoded(self) -> dict[str, Any]:
        """Return the values of the figure's traits for the current settings."""
        held: dict[str, Any] = {}
        for setting in self._declared.values():
            held |= setting.encoded(self)
        return held

    def _described(self) -> dict[str, Any]:
        return {name: setting.described(self) for name, setting in self._declared.items()}

    def _encoded_presets(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the name of each preset that is possible, and the figure's traits that it sets."""
        first = {name: setting.held(self) for name, setting in self._declared.items()}
        encoded = []
        for label, preset in self.presets.items():
            try:
                named = dependent(preset, self)
                self.assign(**named)
            except ValueError:
                continue
            names = set(named)
            # Those of all distributions go together, for they have their outcomes in common.
            if any(isinstance(self._declared[name], Distribution) for name in names):
                names |= {n for n, one in self._declared.items() if isinstance(one, Distribution)}
            traits: dict[str, Any] = {}
            for name, setting in self._declared.items():
                traits |= setting.encoded(self) if name in names else {}
            encoded.append((label, traits))
            self.assign(**first)
        return encoded

    def _controls(self) -> dict[str, Any]:
        """Return the controls in order; those of neighbouring distributions alternate."""
        groups: list[list[Setting[Any]]] = []
        for name in self.order or self._declared:
            setting = self._declared[name]
            beside = groups and isinstance(groups[-1][-1], Distribution)
            if beside and isinstance(setting, Distribution):
                groups[-1].append(setting)
            else:
                groups.append([setting])
        made = [[list(one.controls(self).items()) for one in group] for group in groups]
        rows = chain.from_iterable(chain.from_iterable(zip_longest(*group)) for group in made)
        return dict(control for control in rows if control is not None)

    def _link(self) -> None:
        """Tie the controls to the figure, in the browser."""
        for trait, control in self.controls.items():
            value = "index" if isinstance(control, ipywidgets.ToggleButtons) else "value"
            ipywidgets.jslink((self.figure, trait), (control, value))
            # While continuous_update is on, a slider of floats rounds what it is given to its step
            # and writes it back: p = 1/8 would become 0.13 as soon as JupyterLab shows it. So it is
            # on only while the reader drags, when no link carries back what the others round.
            if isinstance(control, (ipywidgets.FloatSlider, ipywidgets.FloatLogSlider)):
                control.continuous_update = False
                ipywidgets.jsdlink((self.figure, "_dragging"), (control, "continuous_update"))

    def _tell(self, change: Any) -> None:
        """Update the figure and, unless the browser has done so, the controls."""
        for name, setting in self._declared.items():
            held = setting.held(self)
            value = setting.fitted(self, held)
            if value is not held:
                setattr(self, name, value)
        self._show_figure()
        if not self._busy:
            for setting in self._declared.values():
                setting.show(self, self.controls)

    def _show_figure(self) -> None:
        now = {**self.encoded(), "_settings": self._described()}
        # In this order, all changes go to the browser in one message.
        with self.figure.hold_sync(), self.figure.hold_trait_notifications():
            for trait, value in now.items():
                setattr(self.figure, trait, value)

    def _hear(self, change: Any) -> None:
        """Update the settings from the figure, which a reader may move; undo what is refused."""
        if self._busy:
            return
        self._busy = True
        try:
            self.assign(**dict(self._heard()))
        except (ValueError, TypeError):
            self._show_figure()
            raise
        finally:
            self._busy = False

    def _heard(self) -> Iterator[tuple[str, Any]]:
        """Return what differs in the figure: checking data again would take its time."""
        for name, setting in self._declared.items():
            if all(getattr(self.figure, k) == v for k, v in setting.encoded(self).items()):
                continue
            try:
                yield name, refusing(lambda explorer, one: one.decoded(explorer), self, setting)
            except Halfway:
                continue

    # --- Displayed ------------------------------------------------------------------------------

    def __repr__(self) -> str:
        settings = (
            f"{name}={setting.written(getattr(self, name))}"
            for name, setting in self._declared.items()
        )
        return f"{type(self).__name__}({', '.join(settings)})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return displayed(self), {}


def displayed(widget: Any) -> dict[str, Any]:
    """Return the live view. `make notebooks` adds the still that stands in for it."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"text/plain": repr(widget), WIDGET_VIEW: view}


def parameter(name: str, setting: Setting[Any]) -> inspect.Parameter:
    default = setting.first
    if default is traitlets.Undefined:
        default = inspect.Parameter.empty
    elif callable(default):
        default = None  # computed from the other settings
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def documented(cls: type[Explorer]) -> str:
    """Return the docstring with the settings as NumPy-style parameters."""
    parameters = "\n".join(setting.documented() for setting in cls._declared.values())
    return (
        f"{inspect.cleandoc(cls.__dict__.get('__doc__') or '')}\n\n"
        f"Parameters\n----------\n{parameters}\n\n"
        "Each is also an attribute that can be read, set and observed.\n\n"
        "Raises\n------\n"
        "ValueError, TypeError\n    If a setting is not one of these, now or when it is set later.\n"
    )
