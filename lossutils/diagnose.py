"""Say what is wrong with a call of a loss: of one batch, or of a training loop as it runs.

diagnose     findings on one call, the gravest first
diagnosing   the same for every so many calls of a training loop, and what only several show
"""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from lossutils._arrays import shown, why_no_array
from lossutils._call import Call, our_name, read_call
from lossutils._checks import require_integer
from lossutils._findings import Diagnosis, Finding, completed, finding
from lossutils._namespaces import Array, is_array_api_obj, is_torch_array
from lossutils._rules import all_findings
from lossutils._watch import Watch

__all__ = ["diagnose", "diagnosing"]


def diagnose(loss: Any, input: Array, target: Array, /, **options: Any) -> Diagnosis:
    """Say what is wrong with a call of a loss, whether it would run or not.

    The call is looked at in three ways: its shapes and types; the numbers, which give away a
    softmax or a target that is no distribution; and autograd's graph, where there is one, which
    says what was applied last. Each finding says which of them showed it. Nothing is changed:
    neither the arrays, nor gradients, nor the state of random numbers.

    Parameters
    ----------
    loss : module, function or str
        ``nn.CrossEntropyLoss()``, ``F.cross_entropy``, ``lossutils.cross_entropy_loss`` or a name
        such as "cross_entropy"; likewise `nll_loss`, `binary_cross_entropy`,
        `binary_cross_entropy_with_logits`, `kl_div` and `focal_loss`. A name takes NumPy arrays
        and lists too.
    input, target : array
        What the loss is called with, of any shapes.
    **options
        The function's options: `weight`, `ignore_index`, `reduction`, `label_smoothing`,
        `pos_weight`, `log_target`, `gamma`.

    Returns
    -------
    Diagnosis
        A tuple of findings, the gravest first, that prints as text. Each has `code`, `severity`
        ("error", "warning" or "note"), `summary`, `evidence`, `fix` and `link`. `ok` says whether
        there is nothing but notes. What PyTorch would refuse is a finding too.

    Raises
    ------
    TypeError, ValueError
        If `loss` is no loss that can be read.

    References
    ----------
    What PyTorch takes and refuses: https://docs.pytorch.org/docs/stable/nn.html#loss-functions
    The request to warn of a softmax before the loss:
    https://github.com/pytorch/pytorch/issues/55902

    Examples
    --------
    >>> from lossutils import softmax
    >>> q = softmax([[2.0, 1.0, 0.1], [0.5, 2.5, 0.3], [0.2, 0.1, 1.9]])
    >>> found = diagnose("cross_entropy", q, [0, 1, 2])
    >>> found.codes
    ('softmax-before-cross-entropy',)
    >>> found[0].severity, found[0].evidence["seen"]
    ('error', 'values')
    """
    call = read_call(loss, input, target)
    try:
        call = read_call(loss, input, target, **options)
        known = _options(call)
    except (TypeError, ValueError) as error:
        return Diagnosis([finding("refused", "option", seen="options", message=str(error))])
    strict = call.source == "torch" and not isinstance(loss, str)
    arrays = {"input": input, "target": target, **_weights(call)}
    any_tensor = any(map(is_torch_array, arrays.values()))
    read: dict[str, Any] = {}
    for name, x in arrays.items():
        if strict or (any_tensor and not is_torch_array(x)):
            if not is_torch_array(x):
                found = _no_tensor(name, x, target, call)
                return Diagnosis([completed(found, call)])
            if kind := _kind_that_no_loss_takes(x):
                message = f"{name} holds {kind}, not a dense tensor of real numbers"
                return Diagnosis([finding("refused", "ours", seen="types", message=message)])
            read[name] = x
            continue
        try:
            if isinstance(x, np.ma.MaskedArray):
                return Diagnosis([finding("refused", "masked array", seen="types", argument=name)])
            read[name] = _array(x)
        except (TypeError, ValueError) as error:
            return Diagnosis([_ragged(name, error)])
    weights = {name: read[name] for name in read if name not in ("input", "target")}
    ready = Call(
        call.loss,
        read["input"],
        read["target"],
        {**known, **weights},
        call.source if any_tensor else "lossutils",
        call.name,
        call.overridden,
    )
    return Diagnosis(all_findings(ready))


def diagnosing(criterion: Any, /, *, every: int | None = None) -> Watch:
    """Watch a loss while a loop trains: ``with diagnosing(criterion):``.

    Some of the calls are looked at as `diagnose` does, and compared with each other: has the loss
    stopped at a known number, do the parameters move, are means added up over unequal batches, do
    small batches blunt the class weights? A call that raises is always looked at, and raises as
    before. Each finding comes once, an error or a warning as a `UserWarning`; all of them are in
    `findings`. An error in the looking itself gives one
    `RuntimeWarning`, and ends it.

    Parameters
    ----------
    criterion : module or function
        The loss. A module is watched wherever it is called; for a function, call the ``loss`` that
        ``with diagnosing(F.cross_entropy) as loss`` gives you.
    every : int, optional
        Look at every so many calls. When left out, looks take 0.3 % of the time.

    Returns
    -------
    Watch
        A context manager with `findings`, and the numbers `calls` and `looks`. Calls from inside
        ``torch.compile`` are not seen; a compiled model is no obstacle, nor is a compiled
        criterion, if that is what is given here.

    Raises
    ------
    TypeError, ValueError
        If `criterion` is no loss that can be read, or `every` is not a positive integer.

    References
    ----------
    What a module's call does:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html

    Examples
    --------
    >>> import torch
    >>> criterion = torch.nn.CrossEntropyLoss()
    >>> z = torch.tensor([[2.0, 0.5], [0.1, 1.5], [0.3, 0.2]], requires_grad=True)
    >>> with diagnosing(criterion) as watch:
    ...     loss = criterion(z, torch.tensor([0, 1, 1]))
    >>> watch.findings
    Nothing found.
    >>> watch.calls, watch.looks
    (1, 1)
    """
    if every is not None:
        require_integer("every", every, 1)
    try:
        return Watch(criterion, every, diagnose)
    except (TypeError, ValueError) as error:
        # As a call is read, the criterion is its loss.
        raise type(error)(f"{error}".replace("loss must be", "criterion must be", 1)) from None


def _weights(call: Call) -> dict[str, Any]:
    """Return the weights that the call was given."""
    names = ("weight", "pos_weight")
    return {name: call.options[name] for name in names if call.options.get(name) is not None}


def _ragged(name: str, error: Exception) -> Finding:
    """Return that an argument can't be made an array, and why."""
    return finding("refused", "ragged", seen="types", argument=name, message=why_no_array(error))


def _no_tensor(name: str, x: Any, target: Any, call: Call) -> Finding:
    """Return the finding that an argument of PyTorch's function is no tensor."""
    variant = "output" if hasattr(x, "logits") else "not a tensor"
    key: Any = None
    if isinstance(x, tuple) and variant != "output":
        variant, key = "part", 0
    elif isinstance(x, Mapping) and name in ("input", "target"):
        there = [k for k, value in x.items() if is_torch_array(value)]
        key = next((k for k in ("logits", "out") if k in there), there[0] if there else None)
        variant = "not a tensor" if key is None else "part"
    if isinstance(x, list) and x and all(map(is_torch_array, x)):
        variant = "tensors"
        several = x[0].ndim > 0 and len({each.shape for each in x}) > 1
        columns = is_torch_array(target) and target.ndim == 2 and target.shape[1] == len(x) > 1
        sizes = {each.shape[2:] for each in x if each.ndim == 4}
        if name == "input" and len(sizes) > 1 and is_torch_array(target) and target.ndim > 2:
            variant = "heads of several sizes"
        elif name == "input" and columns and not target.is_floating_point() and x[0].ndim == 2:
            variant = "heads and columns"
        elif name == "input" and isinstance(target, list) and len(target) == len(x):
            variant = "heads and targets"
        elif name == "input" and (several or (is_torch_array(target) and _is_shared(x[0], target))):
            variant = "heads"
    elif isinstance(x, Mapping) and name not in ("input", "target"):
        variant = "weights by class"
    elif variant == "not a tensor" and name == "target":
        try:
            array = np.asarray(x) if isinstance(x, (list, np.ndarray)) else None
        except ValueError as error:
            return _ragged(name, error)
        if array is not None and array.dtype.kind in "OSU":
            variant = "text"
        elif call.loss.startswith("binary") or call.loss == "kl_div":
            variant = "no tensor of floats"
    kind = type(x).__name__
    loss = f"F.{call.loss}" if call.source == "torch" else f"lossutils.{our_name(call.loss)}"
    said = {"argument": name, "kind": kind, "loss": loss}
    if variant == "part":
        said["part"] = json.dumps(key)
    return finding("refused", variant, seen="types", **said)


def _is_shared(x: Any, target: Any) -> bool:
    """Say whether a target of this shape goes with each of several inputs."""
    shapes = {tuple(x.shape), (*x.shape[:1], *x.shape[2:])}
    return x.ndim > 1 and tuple(target.shape) in shapes


def _kind_that_no_loss_takes(x: Any) -> str:
    """Return what a tensor holds if there is no arithmetic on it, else nothing."""
    if x.is_complex():
        return "complex numbers"
    if x.is_quantized or (x.is_floating_point() and x.itemsize < 2):
        return str(x.dtype)
    return "" if str(x.layout) == "torch.strided" and not x.is_nested else f"layout {x.layout}"


def _options(call: Call) -> dict[str, Any]:
    """Return the options, an index of whatever type as an int.

    Raises
    ------
    TypeError
        If PyTorch takes no such index or flag, and neither can any comparison.
    """
    options = dict(call.options)
    if "ignore_index" in options:
        given = options["ignore_index"]
        try:
            options["ignore_index"] = operator.index(given)
            is_integer = not isinstance(given, bool)
        except TypeError:
            is_integer = False
        if not is_integer:
            raise TypeError(f"ignore_index must be an integer, got {shown(given)}")
    if hasattr(options["reduction"], "shape"):  # not to be compared with a name
        options["reduction"] = shown(options["reduction"])
    if not isinstance(options.get("log_target", False), (bool, int, np.bool_)):
        raise TypeError(f"log_target must be True or False, got {shown(options['log_target'])}")
    return options


def _array(x: Any) -> Array:
    """Return `x` as an array of real numbers: as it is, or a list as NumPy's."""
    if is_torch_array(x):
        if kind := _kind_that_no_loss_takes(x):
            raise TypeError(f"it holds {kind}, not a dense tensor of real numbers")
        return x
    if is_array_api_obj(x) and not isinstance(x, (np.ndarray, np.generic)):
        return x
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"it holds {array.dtype}")
    return array
