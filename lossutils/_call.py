"""Read a call of a loss: which loss, with which options, from whatever names it.

    read_call(nn.CrossEntropyLoss(label_smoothing=0.1), input, target)    a module's attributes
    read_call(F.cross_entropy, input, target, label_smoothing=0.1)        a function
    read_call("cross_entropy", input, target, label_smoothing=0.1)        its name

All three give the same `Call`. PyTorch is not imported here: if there is a module, it has been.
"""

from __future__ import annotations

import difflib
import functools
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from lossutils._arrays import shown
from lossutils._namespaces import Array, is_torch_array

Loss: TypeAlias = Literal[
    "cross_entropy",
    "nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "focal_loss",
]

_OF_CLASSES = {"weight": None, "ignore_index": -100, "reduction": "mean"}
_OF_ELEMENTS = {"weight": None, "reduction": "mean"}

# The options of each loss, with what they are when left out.
OPTIONS: Mapping[Loss, Mapping[str, Any]] = {
    "cross_entropy": {**_OF_CLASSES, "label_smoothing": 0.0},
    "nll_loss": _OF_CLASSES,
    "binary_cross_entropy": _OF_ELEMENTS,
    "binary_cross_entropy_with_logits": {**_OF_ELEMENTS, "pos_weight": None},
    "kl_div": {"reduction": "mean", "log_target": False},
    "focal_loss": {"gamma": 2.0, **_OF_CLASSES},
}

# The modules of PyTorch, in `torch.nn`; `focal_loss` has none.
_MODULES: Mapping[str, Loss] = {
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "NLLLoss2d": "nll_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "KLDivLoss": "kl_div",
}
# Our functions, where they have another name than PyTorch's.
_OURS: Mapping[str, Loss] = {
    "cross_entropy_loss": "cross_entropy",
    "kl_div_loss": "kl_div",
    "focal_loss": "focal_loss",
}
_NAMES: Mapping[str, Loss] = {**{name: name for name in OPTIONS}, **_MODULES, **_OURS}

# The functions that compute a loss, PyTorch's and ours.
LOSS_NAMES: Mapping[str, Loss] = {**{name: name for name in OPTIONS}, **_OURS}

# Functions of ours that compare distributions or take three arrays, and what to give instead.
_INSTEAD = {
    "cross_entropy": "compares two distributions: for logits give cross_entropy_loss",
    "kl_divergence": "compares two distributions, the true one first: give kl_div_loss, with the "
    "model's log-probabilities first",
    "linear_cross_entropy": "takes a layer's input and weights: give cross_entropy_loss, with the "
    "layer's output",
}


@dataclass(frozen=True)
class Call:
    """A loss, what it is called with, and all its options by PyTorch's names.

    Attributes
    ----------
    loss : str
        The name in `torch.nn.functional`, or "focal_loss".
    input, target : array
        As given.
    options : mapping
        Every option that the loss has, those left out with their defaults.
    source : {"torch", "lossutils"}
        Whose loss was given.
    name : str
        What to call it in code: "nn.CrossEntropyLoss", "F.cross_entropy", "lossutils.focal_loss".
    overridden : str
        The name of the module's class if it has a `forward` of its own, whose steps are unknown;
        else empty.
    """

    loss: Loss
    input: Array
    target: Array
    options: Mapping[str, Any] = field(repr=False)
    source: Literal["torch", "lossutils"]
    name: str
    overridden: str = ""

    def __str__(self) -> str:
        """Return the call as a line of code, arrays by their names, defaults left out."""
        given = ", ".join(
            f"{option}={_in_code(option, value)}"
            for option, value in self.options.items()
            if not _is_same(value, OPTIONS[self.loss][option])
        )
        if self.name.startswith("nn."):
            return f"{self.name}({given})(input, target)"
        return f"{self.name}(input, target{', ' + given if given else ''})"


def read_call(loss: Any, input: Array, target: Array, **options: Any) -> Call:
    """Return the call of `loss` that these arguments make; nothing is computed or converted.

    `loss` is one of PyTorch's loss modules or functions, one of ours, a `functools.partial` or a
    compiled version of one, or a name. Options given here override a module's and a partial's.

    Raises
    ------
    ValueError
        If the loss is a name or a function of ours or PyTorch's that can't be read.
    TypeError
        If the loss is anything else, or there is no such option.
    """
    known: dict[str, Any] = {}
    while isinstance(loss, functools.partial):
        if loss.args:
            raise TypeError(
                "loss must be a partial of options by name, got positional arguments too"
            )
        known = {**loss.keywords, **known}
        loss = loss.func
    loss = getattr(loss, "_orig_mod", loss)  # what torch.compile has wrapped
    loss = getattr(loss, "_torchdynamo_orig_callable", loss)
    overridden = ""
    if isinstance(loss, str):
        name, source, module = _of_name(loss)
    elif isinstance(loss, type) and (base := _base(loss)):
        name, source, module = _MODULES[base], "torch", base
    elif base := _base(type(loss)):
        name, source, module = _MODULES[base], "torch", base
        known = {
            **{option: getattr(loss, option) for option in OPTIONS[name] if hasattr(loss, option)},
            **known,
        }
        if type(loss).forward is not getattr(sys.modules["torch"].nn, base).forward:
            overridden = type(loss).__name__
    else:
        name, source = _of_function(loss)
        module = ""
    read = _options(name, {**known, **options})
    return Call(name, input, target, read, source, _code_name(name, source, module), overridden)


def _base(kind: type) -> str:
    """Return the name of PyTorch's loss module that the class is or extends, else nothing."""
    for each in kind.__mro__:
        if each.__module__ == "torch.nn.modules.loss" and each.__name__ in _MODULES:
            return each.__name__
    return ""


def _of_name(given: str) -> tuple[Loss, Literal["torch", "lossutils"], str]:
    """Return the loss of that name, whose it is, and the module if it is a module's name."""
    path, _, last = given.rpartition(".")
    if path.partition(".")[0] == "lossutils" and last in _INSTEAD:
        raise ValueError(f"lossutils.{last} {_INSTEAD[last]}")
    if last not in _NAMES:
        raise ValueError(
            f"loss must be a loss that can be explained, got {shown(given)}{_near(last)}"
        )
    ours = path.partition(".")[0] == "lossutils" or last in _OURS
    return _NAMES[last], "lossutils" if ours else "torch", last if last in _MODULES else ""


def _of_function(loss: Any) -> tuple[Loss, Literal["torch", "lossutils"]]:
    name, home = getattr(loss, "__name__", ""), str(getattr(loss, "__module__", ""))
    ours, theirs = home.startswith("lossutils."), home.partition(".")[0] == "torch"
    if ours and name in _INSTEAD:
        raise ValueError(f"lossutils.{name} {_INSTEAD[name]}")
    if callable(loss) and (ours or home == "torch.nn.functional") and name in _NAMES:
        return _NAMES[name], "lossutils" if ours else "torch"
    if is_torch_array(loss):
        raise ValueError(
            "loss must be a loss that can be explained, got a tensor, as losses return: give the "
            "module, or the function"
        )
    if ours or theirs:
        name = name or type(loss).__name__
        raise ValueError(
            f"loss must be a loss that can be explained, got {name}: these can: "
            f"{', '.join(OPTIONS)}"
        )
    raise TypeError(
        f"loss must be a loss module, a loss function or its name, got {shown(loss)}: if it "
        "computes one of these, give that name, such as 'cross_entropy'"
    )


def _near(name: str) -> str:
    """Return a hint at the known name that is nearest, or at all of them."""
    by_lower = {each.lower(): each for each in _NAMES}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    if near:
        return f": did you mean {by_lower[near[0]]!r}?"
    return f": these can: {', '.join(OPTIONS)}"


def _options(loss: Loss, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return all options of the loss, refusing one that it does not have."""
    given = {**given}
    average, reduce = given.pop("size_average", None), given.pop("reduce", None)
    if average is not None or reduce is not None:  # how reductions were named before PyTorch 1.0
        summed = "sum" if average is False else "mean"
        given["reduction"] = "none" if reduce is False else summed
    defaults = OPTIONS[loss]
    for option in given:
        if option not in defaults:
            owners = [each for each in OPTIONS if option in OPTIONS[each]]
            near = difflib.get_close_matches(option, defaults, n=1)
            hint = f"its options are {', '.join(defaults)}"
            if owners:
                hint = f"that is an option of {' and '.join(owners)}"
            elif near:
                hint = f"did you mean {near[0]}?"
            raise TypeError(f"{loss} has no option {option!r}: {hint}")
    return MappingProxyType({**defaults, **given})


def _code_name(loss: Loss, source: str, module: str) -> str:
    if module:
        return f"nn.{module}"
    if source == "torch":
        return f"F.{loss}"
    return f"lossutils.{our_name(loss)}"


def our_name(function: str) -> str:
    """Return what PyTorch's function of that name is called in lossutils."""
    return next((ours for ours, same in _OURS.items() if same == function), function)


def options_in_code(call: Call, loss: Loss, of_arrays: str = "") -> dict[str, str]:
    """Return the options that the caller gave and `loss` has too, as they stand in code."""
    found = {}
    for option, value in call.options.items():
        if option not in OPTIONS[loss] or _is_same(value, OPTIONS[call.loss][option]):
            continue
        if isinstance(value, str) and value == "batchmean" and loss != "kl_div":
            continue
        text = json.dumps(value) if isinstance(value, str) else _in_code(option, value)
        if option.endswith("weight"):
            text += of_arrays
            # A weight of classes, which lie on axis 1, where it is to be one of elements.
            if "ignore_index" not in OPTIONS[loss] and "ignore_index" in OPTIONS[call.loss]:
                text += f".view(-1{', 1' * (call.input.ndim - 2)})" * (call.input.ndim > 2)
        found[option] = text
    return found


def _in_code(option: str, value: Any) -> str:
    return option if hasattr(value, "__len__") and not isinstance(value, str) else shown(value)


def _is_same(value: Any, default: Any) -> bool:
    """Say whether the option is its default; an array, which has no single answer, never is."""
    return value is default or (
        isinstance(value, (str, int, float)) and type(value) is type(default) and value == default
    )


def torch_function(call: Call) -> Callable[..., Any] | None:
    """Return PyTorch's function for the call; None if it has none or is not installed."""
    try:
        import torch.nn.functional as F
    except ImportError:
        return None
    return getattr(F, call.loss, None)
