"""Compare our functions with PyTorch's, in values and gradients, and a reader's with both.

    compare    a table: quantity, ours, PyTorch's, differences in value and in gradient, verdict
    exercise   yours, ours, PyTorch's and the difference, in a line or four

`compare` and `exercise` import PyTorch when called. Without it they still run, and say that nothing
was compared. "Equal" means that the value and every gradient were compared.

The text is the same on every machine. Results of one formula differ in their last digits from one
processor to another, so the tolerance also limits what is shown: a difference within it prints as
"≤ 1e-12", a value within it of 0 as "0". Only the table's last column, the device, tells a machine
with a GPU from one without.
"""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from types import EllipsisType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lossutils._checks import require_number
from lossutils._differences import (
    TOLERANCES,
    difference_text,
    dtype_name,
    largest_difference,
    noise_of,
)
from lossutils._namespaces import is_torch_array

if TYPE_CHECKING:
    import torch

__all__ = ["Comparison", "Exercise", "Row", "compare", "exercise"]

Function = Callable[..., Any]

_COLUMNS = 76  # what an exercise prints: as much as a page shows without scrolling

_HEADINGS = [
    "quantity",
    "ours",
    "PyTorch’s",
    "difference in value",
    "difference in gradient",
    "verdict",
    "device",
]


@dataclass(frozen=True)
class Row:
    """One quantity of a `Comparison`, in the order of the table's columns.

    Attributes
    ----------
    quantity : str
        Its name.
    ours, pytorch : str
        The two results to 6 significant digits (fewer below float64), long ones abbreviated.
    value_difference, gradient_difference : float or None
        Largest ``|a - b| / max(1, |b|)``, where b is PyTorch's; None if not compared.
    verdict : str
        "equal", "equal in value, gradient not compared", "different" (or "different: …", if it is in
        shape, dtype or having a gradient), or "not compared: …".
    device : str
        Where it ran.
    """

    quantity: str
    ours: str
    pytorch: str
    value_difference: float | None
    gradient_difference: float | None
    verdict: str
    device: str


@dataclass(frozen=True)
class Comparison:
    """What `compare` returns: a table, in plain text and in HTML.

    Attributes
    ----------
    rows : tuple of Row
        One for each quantity, in the order given.
    tolerance : float
        Largest difference that counts as equal.
    """

    rows: tuple[Row, ...]
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether every quantity was compared, value and gradients, and found equal."""
        return all(row.verdict == "equal" for row in self.rows)

    def __str__(self) -> str:
        table = [_HEADINGS, *map(self._cells, self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        # The device is not padded: a longer name must not shift the rest of the text.
        widths[-1] = 0
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            for line in table
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        names = ", ".join(row.quantity for row in self.rows)
        caption = html.escape(f"Ours against PyTorch’s, with the largest differences: {names}")
        head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in _HEADINGS)
        body = "\n".join(
            f'<tr><th scope="row">{html.escape(name)}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for name, *cells in map(self._cells, self.rows)
        )
        # The table is wider than a phone: the group scrolls by touch, and by arrow keys when focused.
        return (
            f'<div role="group" aria-label="{caption}" tabindex="0" style="overflow-x: auto">\n'
            f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody>\n</table>\n</div>"
        )

    def _cells(self, row: Row) -> list[str]:
        cells = list(astuple(row))
        for column in (3, 4):
            cells[column] = difference_text(cells[column], self.tolerance, digits=2)
        return cells


@dataclass(frozen=True)
class Exercise:
    """What `exercise` returns: a line of text, or several where one would be too wide.

    Attributes
    ----------
    text : str
        Yours, ours, PyTorch's, difference.
    ok : bool
        Whether yours ran and agreed.
    """

    text: str
    ok: bool

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def compare(
    pairs: Mapping[str, tuple[Function, Function | None]],
    /,
    *inputs: Any,
    device: torch.device | str | None = None,
    tolerance: float | None = None,
) -> Comparison:
    """Run our functions and PyTorch's on the same tensors; compare values and gradients.

    Parameters
    ----------
    pairs : mapping from str to (callable, callable or None)
        For each quantity, our function and PyTorch's, both of all the inputs; None if PyTorch has
        no such function.
    *inputs : array, tensor, number or list
        Floats become leaf tensors of their own dtype (float64 for Python's) that require a
        gradient. Integers and Booleans (class indices, masks) keep their dtype too, without one.
    device : torch.device or str, optional
        Where to run; by default a CUDA device if there is one, otherwise the CPU.
    tolerance : float, optional
        Largest difference ``|a - b| / max(1, |b|)`` that counts as equal, in values and in
        gradients. The default depends on the narrowest float among the inputs: 1e-12 for float64,
        1e-5 for float32, 4e-3 for float16, 3e-2 for bfloat16.

    Returns
    -------
    Comparison
        A table that a notebook displays. Values are compared element by element; NaN equals NaN,
        and infinity equals the same infinity. The gradient is autograd's, of the sum of all finite
        results with respect to each floating input. An exception on either side goes into the
        verdict and does not stop the others.

    Raises
    ------
    TypeError
        If `pairs` is not a mapping from names to pairs of functions, `tolerance` is not a number,
        or an input holds anything but real numbers, or floats wider than float64.
    ValueError
        If `tolerance` is negative or not finite, PyTorch has no such `device`, or an input is
        ragged.

    Examples
    --------
    >>> import torch
    >>> def ours(z):
    ...     return z.exp().sum().log()
    >>> table = compare({"logsumexp": (ours, lambda z: torch.logsumexp(z, 0))}, [0.0, 1.0, 2.0])
    >>> table.ok
    True
    >>> table.rows[0].ours
    '2.40761'
    """
    _check_pairs(pairs)
    arrays = [_array(value, f"inputs[{i}]") for i, value in enumerate(inputs)]
    noise = noise_of(map(dtype_name, arrays))
    tolerance = noise if tolerance is None else require_number("tolerance", tolerance, 0)
    torch = _torch()
    place = "cpu" if torch is None else _device(torch, device)

    def run(function: Function) -> _Result:
        if torch is None:
            return _run(function, [array.copy() for array in arrays])
        return _run(function, [_leaf(torch, array, place) for array in arrays])

    rows = []
    for name, (ours, theirs) in pairs.items():
        a = run(ours)
        if torch is None:
            b = _Result(failure="is not installed")
        else:
            b = _Result(failure="has no such function") if theirs is None else run(theirs)
        in_value, in_gradient, verdict = _judge(a, b, tolerance)
        rows.append(Row(name, a.cell(noise), b.cell(noise), in_value, in_gradient, verdict, place))
    return Comparison(tuple(rows), tolerance)


def exercise(
    yours: Function, ours: Function, pytorchs: Function | None, /, *inputs: Any
) -> Exercise:
    """Run a reader's function beside ours and PyTorch's; say how they compare.

    Parameters
    ----------
    yours : callable
        The reader's function. It counts as not written yet if it returns None or ``...``, or raises
        `NotImplementedError`.
    ours, pytorchs : callable
        The two to agree with; None if PyTorch has no such function.
    *inputs : array, tensor, number or list
        The arguments of one call. A list of lists or arrays holds several inputs to try, one for
        each call (all such lists must have the same length; the other arguments stay the same). To
        pass a table as *one* input, make it an array. `yours` and `ours` receive NumPy arrays and
        numbers, or tensors if given tensors; `pytorchs` receives CPU tensors. Each receives copies.

    Returns
    -------
    Exercise
        One line if it fits into 76 columns, otherwise each function's result, and then the
        difference, starting on a line of its own. The difference is the largest
        ``|a - b| / max(1, |b|)`` of yours from ours and from PyTorch's; values only, not gradients.
        It may be as large as the narrowest float among inputs and results allows (see `compare`).

    Raises
    ------
    TypeError, ValueError
        As in `compare`; also `ValueError` if lists of inputs differ in length.

    Examples
    --------
    >>> def unwritten(p):
    ...     ...
    >>> def ours(p):
    ...     return -(p * np.log2(p)).sum()
    >>> exercise(unwritten, ours, None, [0.5, 0.25, 0.25])
    yours not written yet · ours 1.5 · PyTorch has no such function
    >>> exercise(lambda p: 1.5, ours, None, [0.5, 0.25, 0.25])
    yours 1.5 · ours 1.5 · PyTorch has no such function · difference ≤ 1e-12 ✓
    """
    cases = _cases(inputs)
    torch = _torch()
    results = {
        who: [_run(function, [_copy(x) for x in case]) for case in cases]
        for who, function in {"yours": yours, "ours": ours}.items()
    }
    if pytorchs is None:
        results["PyTorch"] = [_Result(failure="has no such function")]
    elif torch is None:
        results["PyTorch"] = [_Result(failure="is not installed")]
    else:
        results["PyTorch"] = [
            _run(pytorchs, [torch.as_tensor(_copy(x)).cpu() for x in case]) for case in cases
        ]
    dtypes = [dtype_name(x) for case in cases for x in case]
    dtypes += [dtype for tried in results.values() for result in tried for dtype in result.dtypes]
    noise = noise_of(dtypes)
    said = [(who, _given(tried, noise)) for who, tried in results.items()]
    mine, reference, peer = results.values()
    if any(result.failure for result in mine + reference):
        return Exercise(_in_lines(said), ok=False)

    # Each result of yours with each one to compare it with, and a description of the pair.
    compared = [
        (a, b, f"yours against {who}" + (f", input {i} of {len(cases)}" if len(cases) > 1 else ""))
        for who, others in [("ours", reference), ("PyTorch", peer)]
        for i, (a, b) in enumerate(zip(mine, others, strict=False), start=1)
        if not b.failure
    ]
    for a, b, which in compared:
        if mismatch := _mismatch(a.values, b.values):
            return Exercise(_in_lines([*said, ("", f"{mismatch} ({which}) ✗")]), ok=False)
    differences = [largest_difference(a.values, b.values) for a, b, _ in compared]
    worst = int(np.argmax(differences))  # the first NaN, if there is one
    ok = differences[worst] <= noise
    text = difference_text(differences[worst], noise, digits=3)
    if not ok and len(cases) > 1:
        text += f" ({compared[worst][2]})"
    return Exercise(_in_lines([*said, ("", f"difference {text} {'✓' if ok else '✗'}")]), ok)


# Inputs


def _torch() -> ModuleType | None:
    try:
        import torch
    except ImportError:
        return None
    return torch


def _device(torch: ModuleType, device: object) -> str:
    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        # And back again: a device that holds no numbers (meta) is no use for comparing.
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"device must be one that PyTorch has here, got {device!r}") from error
    return str(torch.device(device))


def _check_pairs(pairs: Any) -> None:
    if not isinstance(pairs, Mapping):
        raise TypeError(
            "pairs must be a mapping from a quantity's name to (ours, PyTorch's), "
            f"got {type(pairs).__name__}"
        )
    for name, pair in pairs.items():
        if not (
            isinstance(pair, tuple | list)
            and len(pair) == 2
            and callable(pair[0])
            and (pair[1] is None or callable(pair[1]))
        ):
            raise TypeError(
                f"pairs[{name!r}] must be two functions, ours and PyTorch's (or None), got {pair!r}"
            )


def _array(value: Any, name: str) -> Any:
    """Return `value` as a NumPy array of real numbers, or a scalar; tensors as they are."""
    if is_torch_array(value):
        array: Any = value
    else:
        try:
            array = np.array(value)
        except ValueError as error:
            raise ValueError(f"{name} must have rows of one length, got {value!r}") from error
    dtype = dtype_name(array)
    if dtype not in TOLERANCES and not dtype.startswith(("int", "uint", "bool")):
        held = "text" if dtype.startswith("<U") else dtype
        raise TypeError(
            f"{name} must hold real numbers (integers, or floats up to float64), got {held}"
        )
    return array[()]


def _copy(array: Any) -> Any:
    """Return a copy, so that a function that changes its arguments affects no other."""
    return array.detach().clone() if is_torch_array(array) else array.copy()


def _leaf(torch: ModuleType, array: Any, device: str) -> Any:
    """Return a new leaf tensor on `device`, which requires a gradient if it holds floats."""
    tensor = torch.as_tensor(_copy(array)).to(device)
    return tensor.requires_grad_(tensor.is_floating_point())


def _cases(inputs: Sequence[Any]) -> list[list[Any]]:
    """Return the arguments of each call: lists of lists or arrays hold one for each call."""
    several = [
        isinstance(value, list) and len(value) > 0 and all(np.ndim(item) > 0 for item in value)
        for value in inputs
    ]
    lengths = [len(value) for value, many in zip(inputs, several, strict=True) if many]
    if len(set(lengths)) > 1:
        raise ValueError(f"lists of inputs must have one length, got {lengths}")
    return [
        [
            _array(value[i] if many else value, f"inputs[{position}]")
            for position, (value, many) in enumerate(zip(inputs, several, strict=True))
        ]
        for i in range(lengths[0] if lengths else 1)
    ]


# Results


@dataclass(frozen=True)
class _Result:
    """The values (floats as float64), their original dtypes and gradients; or why there are none.

    Gradients are None if no input requires one, or no value depends on an input that does.
    """

    values: Sequence[NDArray[Any]] = ()
    dtypes: Sequence[str] = ()
    gradients: Sequence[NDArray[Any]] | None = None
    failure: str = ""

    def cell(self, noise: float) -> str:
        """Return a short text: the verdict has room for the whole message."""
        return self.failure.partition(":")[0] or self.text(noise)

    def text(self, noise: float) -> str:
        return self.failure or "; ".join(_show(value, noise) for value in self.values)


def _run(function: Function, arguments: Sequence[Any]) -> _Result:
    """Call `function`; differentiate the sum of its finite results where a gradient is required."""
    try:
        result = function(*arguments)
    except NotImplementedError:
        result = None
    except Exception as error:  # noqa: BLE001  whatever a reader's code raises is reported
        return _Result(failure=_raised(error))
    if result is None or isinstance(result, EllipsisType):
        return _Result(failure="not written yet")
    # A tuple of numbers is one array; a tuple of arrays is several.
    several = isinstance(result, tuple) and any(np.ndim(part) > 0 for part in result)
    try:
        parts = [_array(part, "result") for part in (result if several else [result])]
    except (TypeError, ValueError, RuntimeError):
        return _Result(failure=f"returned {_shorten(repr(result))}, not numbers")
    try:
        gradients = _gradients(parts, arguments)
    except Exception as error:  # noqa: BLE001  likewise
        return _Result(failure=f"in its gradient {_raised(error)}")
    return _Result(
        [_numpy(part) for part in parts],
        [dtype_name(part) for part in parts],
        None if gradients is None else [_numpy(gradient) for gradient in gradients],
    )


def _gradients(parts: Sequence[Any], arguments: Sequence[Any]) -> Sequence[Any] | None:
    inputs = [x for x in arguments if is_torch_array(x) and x.requires_grad]
    outputs = [part for part in parts if is_torch_array(part) and part.requires_grad]
    if not (inputs and outputs):
        return None
    import torch

    sums = [part[part.isfinite()].sum() for part in outputs]
    return torch.autograd.grad(sums, inputs, materialize_grads=True)


def _raised(error: Exception) -> str:
    # The first line says what went wrong; more lines would break the table.
    message = str(error).strip().partition("\n")[0]
    return f"raised {type(error).__name__}" + (f": {message}" if message else "")


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"


def _numpy(array: Any) -> NDArray[Any]:
    """Return `array` as NumPy's, floats as float64: NumPy has no bfloat16."""
    if is_torch_array(array):
        array = array.detach().cpu().resolve_neg()
        return np.asarray(array.double() if array.is_floating_point() else array)
    return np.asarray(array, dtype=np.float64 if array.dtype.kind == "f" else None)


# Differences


def _judge(a: _Result, b: _Result, tolerance: float) -> tuple[float | None, float | None, str]:
    """Return the largest differences of `a` from `b` in value and gradient, and the verdict."""
    named = {"ours": a, "PyTorch": b}
    failures = [f"{who} {side.failure}" for who, side in named.items() if side.failure]
    if failures:
        return None, None, f"not compared: {'; '.join(failures)}"
    if mismatch := _mismatch(a.values, b.values) or _mismatch_of_dtypes(a.dtypes, b.dtypes):
        return None, None, f"different: {mismatch}"
    in_value = largest_difference(a.values, b.values)
    same_value = in_value <= tolerance
    if a.gradients is None and b.gradients is None:
        verdict = "equal in value, gradient not compared" if same_value else "different"
        return in_value, None, verdict
    for who, side in named.items():
        if side.gradients is None:
            return in_value, None, f"different: no gradient through {who}"
    in_gradient = largest_difference(a.gradients or (), b.gradients or ())
    verdict = "equal" if same_value and in_gradient <= tolerance else "different"
    return in_value, in_gradient, verdict


def _mismatch(a: Sequence[NDArray[Any]], b: Sequence[NDArray[Any]]) -> str:
    if len(a) != len(b):
        return f"{_count(a)} against {_count(b)}"
    for x, y in zip(a, b, strict=True):
        if x.shape != y.shape:
            return f"shape {x.shape} against {y.shape}"
    return ""


def _count(parts: Sequence[Any]) -> str:
    return "1 array" if len(parts) == 1 else f"{len(parts)} arrays"


def _mismatch_of_dtypes(a: Sequence[str], b: Sequence[str]) -> str:
    """Compare float dtypes only: the integer dtype of a count changes no value."""
    for x, y in zip(a, b, strict=True):
        if x != y and {x, y} <= TOLERANCES.keys():
            return f"dtype {x} against {y}"
    return ""


# Text


def _in_lines(said: Sequence[tuple[str, str]]) -> str:
    """Return who said what on one line, or in indented paragraphs if the line is too wide."""
    line = " · ".join(" ".join(filter(None, pair)) for pair in said)
    if len(line) <= _COLUMNS:
        return line
    indent = 1 + max(len(who) for who, _ in said)
    return "\n".join(
        textwrap.fill(
            f"{who:{indent}}{text}" if who else text,
            _COLUMNS,
            subsequent_indent=" " * indent,
            break_on_hyphens=False,  # a minus sign is one, too
        )
        for who, text in said
    )


def _given(tried: Sequence[_Result], noise: float) -> str:
    """Return the results of an exercise's calls, or the first failure."""
    failures = [result.failure for result in tried if result.failure]
    return failures[0] if failures else _abbreviate([result.text(noise) for result in tried])


def _show(array: NDArray[Any], noise: float) -> str:
    if array.ndim == 0:
        return _number(array[()], noise)
    if array.ndim > 1:
        return f"{_show(array.ravel(), noise)} in shape {array.shape}"
    # Only what is shown is formatted: an array may hold a million numbers.
    shown = [_number(x, noise) for x in array[:5]]
    return f"[{_abbreviate(shown)}]"


def _abbreviate(items: Sequence[str]) -> str:
    """Join up to four items, or the first three and an ellipsis."""
    return ", ".join(items if len(items) <= 4 else [*items[:3], "…"])


def _number(x: Any, noise: float) -> str:
    if x.dtype.kind != "f":
        return str(x)
    if abs(x) <= noise:
        return "0"
    # Show no digit that rounding could change: 6 in float64, 5 in float32, 2 in half precision.
    digits = min(6, max(2, math.floor(-math.log10(noise))))
    return f"{x:.{digits}g}"
