"""Every setting of every explorer can be read, set, observed and is refused, all in the same way."""

from __future__ import annotations

import inspect
import json
from typing import Any

import numpy as np
import pytest
import traitlets

import lossutils.widgets
from lossutils.widgets import (
    CrossEntropyExplorer,
    ImbalanceExplorer,
    KLExplorer,
    ShapeExplorer,
)
from lossutils.widgets.base import WIDGET_VIEW, Explorer
from lossutils.widgets.settings import Choice, Data, Distribution, Number, Numbers, Switch, Whole

# Data have no limits to try, so here is something else to set them to.
OTHER_DATA = {"counts": [9, 4]}
# Those that can be made of nothing.
EXPLORERS = [
    kind
    for kind in (getattr(lossutils.widgets, name) for name in lossutils.widgets.__all__)
    if issubclass(kind, Explorer)
    and all(p.default is not p.empty for p in inspect.signature(kind).parameters.values())
]
SETTINGS = [
    (kind, name, setting) for kind in EXPLORERS for name, setting in kind().settings().items()
]
NAMES = [f"{kind.__name__}.{name}" for kind, name, _ in SETTINGS]
of_every_setting = pytest.mark.parametrize(("kind", "name", "setting"), SETTINGS, ids=NAMES)


def another(explorer: Explorer, name: str) -> Any:
    """Return a value of the setting that it does not have now."""
    setting, now = explorer.settings()[name], getattr(explorer, name)
    match setting:
        case Whole() | Number():
            low, high = setting.limits(explorer)
            return low if now != low else high
        case Choice():
            return next(one for one in setting.options(explorer) if one != now)
        case Switch():
            return not now
        case Distribution():
            return np.eye(now.size)[int(now[0] == 1)]
        case Numbers():
            return np.full(now.shape, setting.low if now[0] != setting.low else setting.high)
        case Data():
            return OTHER_DATA[name]
    raise AssertionError(f"no other value of {name} is known")


def refused(explorer: Explorer, name: str) -> list[Any]:
    """Return values that the setting can't have: of another kind, or beyond its limits."""
    setting, now = explorer.settings()[name], getattr(explorer, name)
    match setting:
        case Whole() | Number():
            low, high = setting.limits(explorer)
            return [low - 1, high + 1, "1", None, float("nan")]
        case Choice():
            return ["no such option", None, -1]
        case Switch():
            return [2, "yes", None]
        case Distribution() | Numbers():
            return [now + 100, now[:-2], "abc", None, np.full(now.shape, np.nan)]
        case Data():
            return [now[:-1], "abc", None, 3]
    raise AssertionError(f"nothing that {name} refuses is known")


def same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(a, b))


def complaint(action: Any) -> tuple[type, str]:
    with pytest.raises((ValueError, TypeError)) as caught:
        action()
    kind = TypeError if isinstance(caught.value, TypeError) else ValueError
    return kind, str(caught.value)


def test_there_are_settings_of_every_kind() -> None:
    assert len(SETTINGS) > 8


@of_every_setting
def test_setting_one_tells_once_and_moves_figure_and_control(
    kind: type[Explorer], name: str, setting: Any
) -> None:
    explorer = kind()
    value, told = another(explorer, name), []
    explorer.observe(told.append, name)
    setattr(explorer, name, value)
    setattr(explorer, name, value)
    assert [change.name for change in told] == [name]
    assert same(told[0].new, getattr(explorer, name))
    for trait, held in setting.encoded(explorer).items():
        assert getattr(explorer.figure, trait) == held
        if trait in explorer.controls:
            control = explorer.controls[trait]
            assert (control.index if isinstance(setting, Choice) else control.value) == held


@of_every_setting
def test_an_explorer_is_shown_live_and_written_as_the_call_that_makes_it(
    kind: type[Explorer], name: str, setting: Any
) -> None:
    explorer = kind()
    setattr(explorer, name, another(explorer, name))
    again = eval(repr(explorer), {kind.__name__: kind})
    for each in explorer.settings():
        value = getattr(explorer, each)
        if isinstance(value, np.ndarray):
            np.testing.assert_allclose(getattr(again, each), value, rtol=1e-5)
        else:
            assert getattr(again, each) == value
    shown, _ = explorer._repr_mimebundle_()
    assert shown.pop(WIDGET_VIEW)["model_id"] == explorer.model_id
    assert shown == {"text/plain": repr(explorer)}, "its picture is taken by `make notebooks`"


@of_every_setting
def test_what_the_reader_moves_tells_once_and_is_read(
    kind: type[Explorer], name: str, setting: Any
) -> None:
    explorer, other, told = kind(), kind(), []
    setattr(other, name, another(other, name))
    explorer.observe(told.append, name)
    # As the browser sends it: all that a move changes in one message.
    explorer.figure.set_state(setting.encoded(other))
    assert [change.name for change in told] == [name]
    assert same(getattr(explorer, name), getattr(other, name))


@of_every_setting
def test_a_value_is_refused_in_the_same_words_whichever_way_it_comes(
    kind: type[Explorer], name: str, setting: Any
) -> None:
    explorer = kind()
    before, told = repr(explorer), []
    explorer.observe(told.append, list(explorer.settings()))
    for value in refused(explorer, name):
        said = complaint(lambda value=value: setattr(explorer, name, value))
        assert said[1].startswith(name)
        assert said == complaint(lambda value=value: explorer.assign(**{name: value}))
        if value is not None or not callable(setting.first):
            by_constructor = complaint(lambda value=value: kind(**{name: value}))
            if not isinstance(setting, (Distribution, Numbers)):  # how many there are is free there
                assert said == by_constructor
        if isinstance(setting, (Whole, Number, Switch)):
            assert said == complaint(lambda value=value: setattr(explorer.figure, name, value))
    assert repr(explorer) == before
    assert told == []
    for trait, held in setting.encoded(explorer).items():
        assert getattr(explorer.figure, trait) == held


@pytest.mark.parametrize("kind", EXPLORERS)
def test_what_several_settings_are_set_to_is_told_when_all_are_in(kind: type[Explorer]) -> None:
    explorer, other = kind(), kind()
    names = list(explorer.settings())
    for name in names:
        setattr(other, name, another(other, name))
    seen: list[list[Any]] = []
    explorer.observe(lambda _: seen.append([getattr(explorer, name) for name in names]), names)
    with explorer.hold_trait_notifications():
        for name in names:
            setattr(explorer, name, getattr(other, name))
        assert seen == []
    assert len(seen) >= 1
    for one in seen:
        assert all(same(a, getattr(other, name)) for a, name in zip(one, names, strict=True))


@pytest.mark.parametrize("kind", EXPLORERS)
def test_the_constructor_takes_the_settings_in_the_order_of_their_declaration(
    kind: type[Explorer],
) -> None:
    explorer = kind()
    signature = inspect.signature(kind)
    assert list(signature.parameters) == list(explorer.settings())
    now = [getattr(explorer, name) for name in explorer.settings()]
    again = kind(*now)
    assert all(
        same(a, getattr(again, name)) for a, name in zip(now, explorer.settings(), strict=True)
    )
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'nothing'"):
        kind(nothing=1)
    with pytest.raises(TypeError, match="too many positional arguments"):
        kind(*now, 1)


@pytest.mark.parametrize("kind", EXPLORERS)
def test_the_docstring_says_what_can_be_set(kind: type[Explorer]) -> None:
    text = inspect.getdoc(kind) or ""
    for name, setting in kind().settings().items():
        assert f"\n{name} : {setting.kind}" in text
        assert setting.help.endswith(".")
    assert "\nRaises\n------\n" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("kind", EXPLORERS)
def test_javascript_is_told_what_stands_in_the_declaration(kind: type[Explorer]) -> None:
    explorer = kind()
    state = explorer.figure.get_state()
    told = json.loads(json.dumps(state["_settings"], allow_nan=False))
    assert list(told) == list(explorer.settings())
    for name, setting in explorer.settings().items():
        if isinstance(setting, (Whole, Number)):
            low, high = setting.limits(explorer)
            assert (told[name]["min"], told[name]["max"]) == (low, high)
        if isinstance(setting, Choice):
            options = setting.options(explorer)
            assert told[name]["options"] == list(options)
            assert told[name]["labels"] == list(options.values())
    names = {name.removesuffix("Explorer").lower() for name in lossutils.widgets.__all__}
    assert state["_explorer"].replace("-", "") in names


@pytest.mark.parametrize("kind", EXPLORERS)
def test_each_preset_is_a_state_that_the_browser_can_set(kind: type[Explorer]) -> None:
    offered = kind().figure._presets
    assert [label for label, _ in offered] == list(kind.presets)
    assert 2 <= len(offered) <= 4
    for label, traits in offered:
        explorer, expected = kind(), kind()
        preset = kind.presets[label]
        expected.assign(**(preset(kind()) if callable(preset) else preset))
        explorer.figure.set_state(traits)
        for name in explorer.settings():
            assert same(getattr(explorer, name), getattr(expected, name)), (label, name)
    assert len({json.dumps(traits) for _, traits in offered}) == len(offered)


def test_a_preset_that_an_explorer_cannot_have_is_left_out() -> None:
    two = KLExplorer((0.5, 0.5), (0.9, 0.1))
    assert [label for label, _ in two.figure._presets] == ["equal", "swapped"]
    assert two.q.tolist() == [0.9, 0.1]


def test_what_several_settings_are_set_to_is_kept_although_one_reads_otherwise() -> None:
    explorer = CrossEntropyExplorer((0.5, 0.3, 0.2), one_hot=True)
    explorer.assign(p=(0.2, 0.5, 0.3), q=(0.1, 0.1, 0.8))
    assert explorer.p.tolist() == [0, 1, 0]
    explorer.one_hot = False
    assert explorer.p.tolist() == [0.2, 0.5, 0.3]


def test_a_setting_that_depends_on_another_follows_it() -> None:
    explorer = ShapeExplorer(element=8)
    control, told = explorer.controls["element"], []
    explorer.observe(lambda change: told.append((change.name, change.new)), ["case", "element"])
    explorer.case = "(N, C)"
    assert sorted(told) == [("case", "(N, C)"), ("element", 1)]
    assert (control.max, control.value, control.disabled) == (1, 1, False)
    explorer.figure.set_state({"case_index": 0, "element": 0, "element_max": 0})
    assert (explorer.case, explorer.element) == ("(C,)", 0)
    with pytest.raises(ValueError, match=r"element must be in \[0, 0\], got 1"):
        explorer.figure.element = 1
    assert explorer.figure.element == 0
    explorer.assign(element=5, case="(N, C, d1, d2)")
    assert explorer.element == 5


def test_of_several_settings_all_are_set_or_none() -> None:
    explorer = KLExplorer((0.5, 0.5), (0.9, 0.1))
    explorer.assign(p=(0.2, 0.3, 0.5), q=(0.1, 0.1, 0.8))
    assert explorer.figure.outcomes == 3
    for wrong in ({"p": (0.5, 0.5)}, {"p": (1, 0, 0), "q": (0.5, 0.5)}, {"p": (1, 0, 0), "q": 2}):
        with pytest.raises((ValueError, TypeError)):
            explorer.assign(**wrong)
        assert explorer.p.tolist() == [0.2, 0.3, 0.5]
        assert explorer.q.tolist() == [0.1, 0.1, 0.8]
    with pytest.raises(TypeError, match="unexpected keyword argument 'r'"):
        explorer.assign(r=1)


def test_a_distribution_between_two_moves_is_not_read() -> None:
    """One slider moves first, and then the figure fits the others to it."""
    explorer = KLExplorer((0.5, 0.5), (0.9, 0.1))
    explorer.figure.set_state({"p_0": 0.7})
    assert explorer.p.tolist() == [0.5, 0.5]
    explorer.figure.set_state({"p_1": 0.3})
    assert explorer.p.tolist() == [0.7, 0.3]


def test_what_is_read_can_be_changed_and_the_explorer_stays() -> None:
    explorer = KLExplorer((0.5, 0.5), (0.9, 0.1))
    p = explorer.p
    p[0] = 7
    assert explorer.p.tolist() == [0.5, 0.5]


def test_a_refusal_is_one_to_traitlets_too() -> None:
    explorer = ImbalanceExplorer()
    for value in (4, "many"):
        with pytest.raises(traitlets.TraitError):
            explorer.rare = value
