"""Explain one call of a loss: where its number comes from, how low it could be, and its gradient.

    explain    an `Explanation`, which prints as text, shows as tables, and holds them as data

The call is read block after block, so that memory does not grow with the batch. PyTorch, where it
is installed, is called on the same values to compare; nothing else needs it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lossutils._call import Call, read_call, torch_function
from lossutils._differences import difference_text, largest_difference
from lossutils._explained import MOST_SAMPLES, Explanation, Sample, number
from lossutils._namespaces import Array, is_torch_array, quiet
from lossutils._readers import READERS, Numbers, Reader, as_numpy, as_tensor, name_of

__all__ = ["explain"]


def explain(loss: Any, input: Array, target: Array, **options: Any) -> Explanation:
    """Explain what a loss makes of this input and target, sample by sample.

    Parameters
    ----------
    loss : loss module, loss function or str
        One of `nn.CrossEntropyLoss`, `nn.NLLLoss`, `nn.BCELoss`, `nn.BCEWithLogitsLoss` and
        `nn.KLDivLoss`, or a subclass; its function in `torch.nn.functional` or in `lossutils`
        (`focal_loss` too); or the name of any of these, such as "cross_entropy".
    input, target : array
        What the loss is called with, of any shape that it takes.
    options : by name
        The options of the function. A module's own are read from it; those given here override.

    Returns
    -------
    Explanation
        Prints as text, shows as tables in a notebook. Losses are in nats. `samples` holds each
        sample of a batch of up to ten, else the five largest losses and the five smallest: what was
        read, its logarithms, what they are multiplied by (target, smoothing and weight together),
        what each adds, and the gradient. `numerator`, `divisor` and `result` are the reduction;
        `verdict` says whether PyTorch gives the same. `floor` is the least result that these
        targets and options allow, whatever the input, provided that the input is what the loss takes it
        for (`nll_loss` and `kl_div`: logarithms of a distribution):

        ==============================  ====================================================
        loss                            floor of one sample
        ==============================  ====================================================
        indices                         0, and with smoothing that of the smoothed target
        probabilities t, weights w      S log S - sum_k c_k log c_k, where c = w t, S = sum c
        yes or no                       the same for the two outcomes
        `kl_div`                        S log S, where S = sum t: 0 for a distribution
        a negative weight or target     -inf (`binary_cross_entropy`, clamped: finite)
        ==============================  ====================================================

        How low the problem lets any model come, the entropy of the labels given the inputs, can't
        be read from a batch.

    Raises
    ------
    ValueError, TypeError, IndexError
        If the loss or an option is not known, or the loss does not take such arguments: as
        `cross_entropy_loss` and the others. If an array has no values to read, inside
        ``torch.compile`` or ``torch.func``.

    Notes
    -----
    Neither arguments nor their gradients nor random states change. Rows of `kl_div` are taken along
    the last axis, or axis 1 if the target sums to 1 there alone. What PyTorch's `kl_div` broadcasts
    is broadcast; an input that is has for its gradient the sum of those shown.

    References
    ----------
    T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd edition, Wiley 2006, theorem
    2.6.3 (sum_k c_k log(c_k / q_k) is least where q is proportional to c).
    https://doi.org/10.1002/047174882X

    Examples
    --------
    >>> explanation = explain("cross_entropy", [[2.0, 1.0, -1.0]], [1], label_smoothing=0.3)
    >>> [round(float(x), 4) for x in explanation.samples[0].factors]
    [0.1, 0.8, 0.1]
    >>> round(explanation.result, 4), round(explanation.floor, 4)
    (1.449, 0.639)
    """
    call = read_call(loss, input, target, **options)
    reader = READERS[call.loss](call)
    with quiet(np), warnings.catch_warnings():
        # PyTorch's advice about `kl_div`, and about arrays that can't be written to.
        warnings.simplefilter("ignore")
        return _read(call, reader)


# Reading


def _read(call: Call, reader: Reader) -> Explanation:
    """Read all blocks once, adding up, and keep the samples to show."""
    total, smoothed = math.prod(reader.shape), reader.alpha > 0
    whole, blocks = reader.blocks()
    peer = _Peer(call, reader, whole)
    all_shown = total <= MOST_SAMPLES
    worst, best = (_Kept(total if all_shown else MOST_SAMPLES // 2) for _ in range(2))
    own = spread = weights = floor = ceiling = 0.0
    start = ignored = weightless = not_finite = 0
    least, most = math.inf, -math.inf
    for arrays in blocks:
        block = reader.read(arrays)
        losses = block.own + block.spread
        own += float(np.sum(block.own, dtype=np.float64))
        spread += float(np.sum(block.spread, dtype=np.float64))
        floor += float(np.sum(block.floors))
        ceiling += float(np.sum(block.ceilings))
        weights += float(np.sum(block.weights, dtype=np.float64))
        ignored += int(np.sum(~block.kept))
        weightless += int(np.sum(block.kept & (block.weights == 0)))
        counted = losses[block.kept]
        finite = counted[np.isfinite(counted)]
        not_finite += len(counted) - len(finite)
        least, most = float(np.min(finite, initial=least)), float(np.max(finite, initial=most))
        if all_shown:
            worst.add(np.zeros(len(losses)), np.arange(len(losses)), start, arrays)
        else:
            keys = np.where(np.isnan(counted), np.inf, counted)
            for extremes, sign in ((worst, 1), (best, -1)):
                extremes.add(sign * keys, np.flatnonzero(block.kept), start, arrays)
        start += len(losses)
        peer.read(arrays, block.each if block.each is not None else losses)
    averaged = reader.reduction in ("mean", "batchmean")
    divisor = (weights if reader.count is None else float(reader.count)) if averaged else 1.0
    if smoothed and reader.classes == 0:
        spread = math.nan  # what smoothing spreads over no classes, alpha / 0 for each
    numerator = own + spread
    # The means of the parts each by itself, as in PyTorch: of 0 / 0 and 1 / 0 one is NaN.
    parts = np.array([own, spread] if smoothed and reader.count is None else [numerator])
    result = _rounded(float(np.sum(parts / np.float64(divisor))), reader.batch.dtype)
    if divisor == 0 or math.isnan(divisor):
        floor = math.nan
    elif divisor < 0:  # the order is turned around
        floor = ceiling
    kept = list(_samples(reader, worst, divisor))
    if not all_shown:
        known = {sample.place for sample in kept}
        kept += [s for s in _samples(reader, best, divisor) if s.place not in known]
    reduced = reader.reduction != "none"
    pytorch, equal, verdict = peer.judge(result, divisor)
    note = (
        f"{call.overridden} has a forward of its own, which is not explained: this is what "
        f"{call.name} makes of its options."
    )
    return Explanation(
        call=str(call),
        loss=call.loss,
        reading=reader.described(call),
        formula=reader.formula,
        reduction=reader.reduction,
        samples=tuple(kept),
        shape=reader.shape,
        ignored=ignored,
        weightless=weightless,
        least=least if least < math.inf else math.nan,
        most=most if most > -math.inf else math.nan,
        not_finite=not_finite,
        numerator=numerator,
        divisor=divisor,
        divided_by=reader.divided_by if averaged else "",
        result=result if reduced else None,
        pytorch=pytorch,
        equal=equal,
        verdict=verdict,
        floor=floor / divisor if divisor else floor,
        noise=reader.noise,
        note=note if call.overridden else "",
        unit=reader.unit,
        rounding=1.2e-7 if reader.noise > 1e-12 else 2.3e-16,
        weighted=any(reader.options.get(n) is not None for n in ("weight", "pos_weight")),
        smoothed=smoothed,
    )


class _Kept:
    """The samples with the largest keys so far, largest first; of equal ones the earliest."""

    def __init__(self, most: int) -> None:
        self.most, self.keys = most, np.empty(0)
        self.arrays: list[Numbers] = []

    def add(self, keys: Numbers, places: Numbers, start: int, arrays: list[Numbers]) -> None:
        """Take in a block's samples at these places, the block's first being the `start`-th."""
        chosen = _largest(keys, self.most)
        keys, places = keys[chosen], places[chosen]
        arrays = [start + places, *(x[places] for x in arrays)]
        if self.arrays:
            keys = np.concatenate([self.keys, keys])
            arrays = [np.concatenate(pair) for pair in zip(self.arrays, arrays)]
            chosen = _largest(keys, self.most)
            keys, arrays = keys[chosen], [x[chosen] for x in arrays]
        self.keys, self.arrays = keys, arrays


def _largest(keys: Numbers, most: int) -> Numbers:
    """Return where the `most` largest keys are, largest first; of equal ones the earliest."""
    chosen = np.arange(len(keys))
    if len(keys) > most:
        edge = np.partition(keys, len(keys) - most)[len(keys) - most]
        above = np.flatnonzero(keys > edge)
        level = np.flatnonzero(keys == edge)[: most - len(above)]
        chosen = np.sort(np.concatenate([above, level]))
    return chosen[np.argsort(-keys[chosen], kind="stable")]


def _samples(reader: Reader, kept: _Kept, divisor: float) -> Iterator[Sample]:
    if not kept.arrays:
        return
    places, *arrays = kept.arrays
    block = reader.read(arrays)
    losses = block.own + block.spread
    for i, detail in enumerate(reader.details(arrays, block, np.float64(divisor))):
        ignored = not block.kept[i]
        yield Sample(
            place=tuple(int(k) for k in np.unravel_index(places[i], reader.shape)),
            ignored=ignored,
            own=float(block.own[i]),
            spread=float(block.spread[i]),
            loss=float(losses[i]),
            share=0.0 if ignored else float(losses[i] / np.float64(divisor)),
            floor=float(block.floors[i]),
            **detail,
        )


class _Peer:
    """PyTorch, called on the same values: at once if they are one block, else block by block."""

    def __init__(self, call: Call, reader: Reader, whole: bool) -> None:
        self.call, self.reader, self.whole = call, reader, whole
        self.function = torch_function(call)
        self.difference, self.total, self.reason = 0.0, 0.0, ""
        self.value: float | None = None
        if self.function is None:
            no_such = call.loss == "focal_loss"
            self.reason = f"not compared: PyTorch {'has none' if no_such else 'is not installed'}"

    def read(self, arrays: list[Numbers], losses: Numbers) -> None:
        """Compare a block's losses, or add up those of PyTorch."""
        if self.reason or self.function is None:
            return
        import torch

        reduction = self.reader.reduction
        reduced = reduction != "none"
        try:
            with torch.no_grad():
                if self.whole:
                    theirs = _as_given(self.call, self.reader, self.function)
                else:
                    theirs = self.reader.in_pytorch(
                        self.function, [*map(as_tensor, arrays)], "sum" if reduced else "none"
                    )
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            line = str(error).strip().partition("\n")[0]
            self.reason = f"PyTorch refuses this call: {type(error).__name__}: {line}"
            return
        if not reduced:
            given = as_numpy(theirs)
            given = self.reader.as_samples(given) if self.whole else given
            apart = largest_difference([losses.reshape(given.shape)], [given])
            self.difference = float(np.maximum(self.difference, apart))  # NaN stays
        elif self.whole:
            self.value = float(theirs)
        else:
            self.total += float(theirs)

    def judge(self, result: float, divisor: float) -> tuple[float | None, bool | None, str]:
        """Return PyTorch's result, whether it is equal, and both in words."""
        if self.reason:
            return None, None, self.reason
        noise, reduced = self.reader.noise, self.reader.reduction != "none"
        if reduced and not self.whole:
            narrow = name_of(self.reader.batch.dtype) == "float16"
            if narrow and max(abs(self.total), divisor) > 65504:
                said = "not compared: PyTorch may add up in float16, which ends at 65504"
                return None, None, said
            whole = np.float64(self.total) / np.float64(divisor)
            self.value = _rounded(float(whole), self.reader.batch.dtype)
        if self.value is not None:
            self.difference = largest_difference([np.array(result)], [np.array(self.value)])
        apart = difference_text(self.difference, noise, digits=2)
        if self.difference <= noise:
            each = "" if reduced else ", loss by loss"
            return self.value, True, f"equal to PyTorch’s{each} (difference {apart})"
        if self.value is None:
            return None, False, f"PyTorch’s losses differ by up to {apart}"
        return self.value, False, f"PyTorch’s is {number(self.value, 6)} (difference {apart})"


def _as_given(call: Call, reader: Reader, function: Callable[..., Any]) -> Any:
    """Return PyTorch's result for the arguments as they are, tensors; others in one dtype."""
    import torch

    dtype = getattr(torch, name_of(reader.batch.dtype), None)
    if dtype is None:
        raise TypeError(f"there is no {name_of(reader.batch.dtype)}")
    place = next((x.device for x in (call.input, call.target) if is_torch_array(x)), None)

    def tensor(x: Any) -> Any:
        if is_torch_array(x):
            return x.detach()
        values = np.array(x)
        if values.dtype.kind in "iu" or (values.size == 0 and reader.takes_indices):
            whole = reader.takes_indices and x is call.target
            return torch.tensor(values, dtype=torch.int64 if whole else dtype, device=place)
        return torch.tensor(values.astype(np.float64), dtype=dtype, device=place)

    options = {
        name: tensor(value) if name in ("weight", "pos_weight") and value is not None else value
        for name, value in reader.options.items()
    }
    return function(tensor(call.input), tensor(call.target), **options)


def _rounded(x: float, dtype: Any) -> float:
    """Return the number in the dtype's precision, where NumPy has it: float16 overflows."""
    name = name_of(dtype)
    return float(np.dtype(name).type(x)) if name in ("float16", "float32") else x
