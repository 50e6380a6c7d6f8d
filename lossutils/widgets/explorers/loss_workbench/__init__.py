"""A call of a loss to type in: what `explain` and `diagnose` say of it, and its Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import traitlets

from lossutils._call import OPTIONS, read_call
from lossutils._namespaces import is_torch_array
from lossutils.widgets.base import StandaloneFigure, front_end
from lossutils.widgets.settings import scalar

MOST_NUMBERS = 100_000  # as js/call/read.js
ARRAYS = ("input", "target", "weight", "pos_weight")
REDUCTIONS = ("mean", "sum", "none")
# What a list holds without a word about its type.
PLAIN = ("float32", "int64", "bool")


class LossWorkbench(StandaloneFigure):
    """Show what a loss makes of an input and a target, while they are typed and changed.

    Everything is computed in the browser: the findings of `diagnose` that need no graph, the tables
    of `explain`, and the same call as Python, to copy.

    Parameters
    ----------
    input, target : array or str, optional
        What the loss is called with, or text that shows it, such as a printed tensor. Up to
        100,000 numbers each. An example if both are left out.
    loss : loss module, loss function or str, default "cross_entropy"
        As for `explain`.
    **options
        The options of the function: `weight`, `ignore_index`, `reduction`, `label_smoothing`,
        `pos_weight`, `log_target`, `gamma`. A module's own are read from it.

    Raises
    ------
    ValueError, TypeError
        If the loss or an option is not known, or an array does not hold numbers, or is too large.
    """

    _esm, _css, _explorer = front_end(__name__).values()
    # What stands in the boxes: texts by the names of the arguments.
    _given: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)

    def __init__(
        self, input: Any = None, target: Any = None, loss: Any = "cross_entropy", **options: Any
    ) -> None:
        super().__init__(_given=given(input, target, loss, options))

    @property
    def given(self) -> dict[str, str]:
        """What stands in the boxes, by the names of the arguments."""
        return dict(self._given)

    def __repr__(self) -> str:
        return f"LossWorkbench(loss={self._given.get('loss', 'cross_entropy')!r})"


def given(input: Any, target: Any, loss: Any, options: dict[str, Any]) -> dict[str, str]:
    """Return the call as texts by the names of its arguments, without what is left out."""
    call = read_call(loss, input, target, **options)
    known = {"input": input, "target": target, **call.options}
    texts = {"loss": str(call.loss)}
    for name, value in known.items():
        if value is None or (name not in ARRAYS and value == OPTIONS[call.loss][name]):
            continue
        texts[name] = array_text(name, value) if name in ARRAYS else option_text(name, value)
    reductions = (*REDUCTIONS, "batchmean") if call.loss == "kl_div" else REDUCTIONS
    if (reduction := texts.get("reduction", "mean")) not in reductions:
        raise ValueError(f"reduction must be one of {', '.join(reductions)}, got {reduction!r}")
    return {} if texts == {"loss": "cross_entropy"} else texts


def option_text(name: str, value: Any) -> str:
    """Return an option as it is typed."""
    if name == "reduction" or isinstance(value, bool):
        return str(value)
    number = scalar(value)
    try:
        return str(int(number)) if name == "ignore_index" else repr(float(number))
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None


def array_text(name: str, value: Any) -> str:
    """Return an array as the page reads it: every number whole, and its type."""
    if isinstance(value, str):
        return value
    if is_torch_array(value):
        dtype = str(value.dtype).removeprefix("torch.")
        value = value.detach().cpu()
        array = (value.double() if dtype == "bfloat16" else value).numpy()
    else:
        try:
            array = np.asarray(value)
        except ValueError:
            raise ValueError(f"{name} must be an array, but its rows differ in length") from None
        if not hasattr(value, "dtype") and array.dtype == np.float64:
            array = array.astype(np.float32)  # as torch.tensor makes of a list
        dtype = array.dtype.name
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got {dtype}")
    if array.size > MOST_NUMBERS:
        raise ValueError(
            f"{name} must have at most {MOST_NUMBERS:,} numbers to be shown, got {array.size:,}: "
            "call explain and diagnose on all of them"
        )
    if math.prod(array.shape) == 0:
        return f"tensor([], size={array.shape}, dtype=torch.{dtype})"
    shown = np.array2string(array, separator=", ", floatmode="unique", threshold=array.size + 1)
    return shown if dtype in PLAIN else f"tensor({shown}, dtype=torch.{dtype})"
