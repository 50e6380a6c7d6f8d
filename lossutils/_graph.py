"""What autograd's graph says was applied to a tensor last, and along which of its axes.

From the tensor backwards, steps that only move numbers (views, permutations, slices, casts) or
nudge them (a small number added, a clamp, a dropout, a constant factor) are passed over, and the
axes followed through them. The first step that does more is the one that counts. Names, saved sizes,
a dropout's mask and constants are read: no tensor is kept.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from lossutils._namespaces import is_eager_tensor, is_torch_array

Kind: TypeAlias = Literal[
    "softmax",
    "log-softmax",
    "sigmoid",
    "log-sigmoid",
    "linear",
    "channels",
    "rounded",
    "tanh",
    "relu",
    "positive",
    "distance",
    "recurrent",
    "other",
]

_KINDS: dict[str, Kind] = {
    "Softmax": "softmax",
    "SafeSoftmax": "softmax",
    "LogSoftmax": "log-softmax",
    "Sigmoid": "sigmoid",
    "LogSigmoid": "log-sigmoid",
    "Addmm": "linear",
    "Mm": "linear",
    "Bmm": "linear",
    "Linear": "linear",
    "Convolution": "channels",
    "NativeBatchNorm": "channels",
    "CudnnBatchNorm": "channels",
    "Tanh": "tanh",
    "Relu": "relu",
    "Threshold": "relu",
    "Softplus": "positive",
    "Abs": "positive",
    "Exp": "positive",
    "Norm": "distance",
    "LinalgVectorNorm": "distance",
    "Cdist": "distance",
    "EuclideanDist": "distance",
    "MkldnnRnnLayer": "recurrent",
    "CudnnRnn": "recurrent",
    "MiopenRnn": "recurrent",
    "Round": "rounded",
    "Floor": "rounded",
    "Ceil": "rounded",
    "Sign": "rounded",
}
_MOVES = {
    *("View", "UnsafeView", "ReshapeAlias", "Permute", "Transpose", "T", "Clone", "ToCopy"),
    *(
        "Slice",
        "Select",
        "Index",
        "IndexSelect",
        "Squeeze",
        "Unsqueeze",
        "Alias",
        "Expand",
        "Split",
    ),
    *("Clamp", "ClampMin", "ClampMax", "Add", "Unbind", "SplitWithSizes", "MaskedFill", "Detach"),
    *("Mul", "Div", "NativeDropout", "UpsampleBilinear2D", "UpsampleNearest2D"),
}
_VIEWS = {"View", "UnsafeView", "ReshapeAlias"}
_SAME_AXES = {"Clone", "ToCopy", "Alias", "Clamp", "ClampMin", "ClampMax", "Add", "MaskedFill"}
_FACTORS = {"Mul", "Div", "NativeDropout"}
_SAME_AXES |= _FACTORS | {"UpsampleBilinear2D", "UpsampleNearest2D"}
_BY_NUMBER = {"Sigmoid", "LogSigmoid", "Tanh", "Relu", "MkldnnRnnLayer"}


@dataclass(frozen=True)
class Applied:
    """The last step that counts.

    Attributes
    ----------
    kind : str
        What it does.
    step : str
        Its name in autograd.
    axis : int or None
        The tensor's axis that it acted along: a softmax's, or the one on which a layer put its
        outputs. None where that can't be followed.
    viewed : tuple of int, optional
        The shape that a view had before it, if it stands where an axis should have been moved.
    scale : float
        What a dropout multiplies the numbers by that it keeps, times constant factors; 1 where
        there is neither.
    is_dropped : bool
        Whether a dropout has made some of the numbers 0.
    inner : float
        The constant factors of what a softmax was taken of: 1 / T where there is a temperature.
    drop : float
        What of `scale` is a dropout's own: 1 where a mask has made the numbers 0.
    is_masked : bool
        Whether a mask has made whole rows or columns 0.
    cosine : float
        By what cosines are multiplied, where it is a product of vectors of one length; else 0.
    viewed_as : tuple of int, optional
        The shape that the view in `viewed` gave.
    """

    kind: Kind
    step: str
    axis: int | None
    viewed: tuple[int, ...] | None = None
    scale: float = 1.0
    is_dropped: bool = False
    inner: float = 1.0
    drop: float = 1.0
    is_masked: bool = False
    cosine: float = 0.0
    viewed_as: tuple[int, ...] | None = None

    @property
    def is_dropped_log(self) -> bool:
        """Whether a dropout has made some log-probabilities 0, and scaled the others."""
        return self.kind.startswith("log") and self.is_dropped

    @property
    def factor(self) -> float | None:
        """The constant that the numbers were multiplied by; None if it is 1, or a dropout's."""
        return None if self.is_dropped or self.scale == 1 else self.scale


def applied(x: Any) -> Applied | None:
    """Return the last step that made the tensor `x`; None if there is no graph to read."""
    if not is_torch_array(x) or not is_eager_tensor(x) or x.grad_fn is None:
        return None
    node = x.grad_fn
    shape: list[int] | None = list(x.shape)
    # For each axis of `x`, where it was at this node; None once it can't be told.
    places: list[int | None] = list(range(x.ndim))
    viewed: tuple[int, ...] | None = None
    viewed_as: tuple[int, ...] | None = None
    scale, drop, is_dropped, is_masked = 1.0, 1.0, False, False
    for _ in range(64):
        node = _first_of_alike(_before_a_mean(node))
        step = node.name()
        name = _name(node)
        kind, largest = _kind(name, node)
        scale *= largest
        cosine = scale * _cosine(node) if name in ("Mm", "Bmm", "Sum") else 0.0
        if kind:
            axis = _axis(kind, node, shape, places)
            inner = _inner_factor(node) if kind.endswith("softmax") else 1.0
            return Applied(
                kind, step, axis, viewed, scale, is_dropped, inner, drop, is_masked, cosine,
                viewed_as,
            )  # fmt: skip
        # The step before: the only one that has a gradient, or there is a sum of two.
        before = [each for each, _ in node.next_functions if each is not None]
        if name not in _MOVES or len(before) != 1:
            return Applied("other", step, None, viewed, cosine=cosine)
        try:
            if name in _FACTORS:
                factor, drops = _factor(name, node, shape)
                if not factor:
                    return Applied("other", step, None, viewed)
                scale, is_dropped = scale * factor, is_dropped or bool(drops)
                drop *= factor if drops else 1.0
                is_masked = is_masked or drops is None
            after = shape
            shape, places = _followed(name, node, shape, places)
            if name in _VIEWS and shape and after and _mixes(shape, after):
                viewed, viewed_as = tuple(shape), tuple(after)
        except (AttributeError, RuntimeError, IndexError):  # what it saved is gone
            if name in _FACTORS:
                return Applied("other", step, None, viewed)
            shape, places = None, [None] * len(places)
        node = before[0]
    return None


def _name(node: Any) -> str:
    return str(node.name()).rstrip("0123456789").removesuffix("Backward")


def _kind(name: str, node: Any) -> tuple[Kind | None, float]:
    """Return what a step does, and how far from 0 what it gives can be, if not 1."""
    if name == "Hardtanh":
        low, high = node._saved_min_val, node._saved_max_val
        if low == 0:
            return "relu", 1.0  # which is cut off above, too
        return ("tanh", high) if -low == high > 0 else (None, 1.0)
    before = node.next_functions[0][0] if name in ("Sum", "Mean") else None
    if before is not None and before.name() == "PowBackward0" and before._saved_exponent == 2:
        return "distance", 1.0
    if _is_gated(name, node):
        return "recurrent", 1.0
    if getattr(node, "_saved_proj_size", 0):
        return None, 1.0  # a recurrent layer that ends in a linear one
    return _KINDS.get(name), 1.0


def _before_a_mean(node: Any) -> Any:
    """Return the step before a mean or a largest one, if its bounds are those of their results too.

    Those of a ReLU are left out: networks that end in it and a mean over places can be trained.
    """
    if _name(node) not in ("Mean", "Max", "Amax") or node.next_functions[0][0] is None:
        return node
    before = _end(node.next_functions[0][0])
    name = _name(before)
    is_bounded = _KINDS.get(name) in ("sigmoid", "tanh", "recurrent") or _is_gated(name, before)
    return before if is_bounded else node


def _first_of_alike(node: Any, depth: int = 3) -> Any:
    """Return the first of the steps whose outputs are put side by side, if all end alike.

    As the heads of several labels with a sigmoid each, or the steps of a recurrent layer.
    """
    if _name(node) not in ("Cat", "Stack") or depth == 0:
        return node
    parts = [each for each, _ in node.next_functions if each is not None]
    ends = [_first_of_alike(_end(each), depth - 1) for each in parts]
    names = {_name(end) for end in ends}
    if len(names) != 1 or not (names <= _BY_NUMBER or _is_gated(_name(ends[0]), ends[0])):
        return node
    return ends[0]


def _end(node: Any) -> Any:
    """Return the first step from here backwards that does more than move numbers."""
    for _ in range(8):
        before = [each for each, _ in node.next_functions if each is not None]
        if len(before) != 1 or _name(node) not in _MOVES - _FACTORS:
            break
        node = before[0]
    return node


def _is_gated(name: str, node: Any) -> bool:
    """Say whether a step is the last one of a recurrent layer's, where its steps are single ones.

    That of an LSTM is o tanh(c), that of a GRU n + z (h - n), where n is a tanh.
    """
    ends = [_end(each) for each, _ in node.next_functions if each is not None]
    if name == "Mul":
        return sorted(map(_name, ends)) == ["Sigmoid", "Tanh"]
    if name != "Add" or sorted(map(_name, ends)) != ["Mul", "Tanh"]:
        return False
    product = next(each for each in ends if _name(each) == "Mul")
    return sorted(_name(_end(each)) for each, _ in product.next_functions if each) == [
        "Sigmoid",
        "Sub",
    ]


def _factor(name: str, node: Any, shape: list[int] | None) -> tuple[float, bool | None]:
    """Return by what a step multiplies what it keeps, and whether it is a dropout.

    The second is None where zeros stand for whole rows or columns of what they are broadcast to. The
    first is 0 where the step is no product with a positive constant.
    """
    if name == "NativeDropout":
        return (float(1 / (1 - node._saved_p)), True) if node._saved_p < 1 else (0.0, True)
    first, _ = node.next_functions[0]
    if name == "Div":
        by = None if first is None else node._saved_other
    else:
        by = node._saved_self if first is None else node._saved_other
    if by is None or by.numel() == 0:
        return 0.0, False
    most = float(by.max())
    if not 0 < most < float("inf"):
        return 0.0, False
    if bool((by == most).all()):
        return (1 / most if name == "Div" else most), False
    # On the processor a dropout is a product with zeros and one other number; so is a mask, of
    # classes or of places.
    if name == "Mul" and shape is not None and bool(((by == 0) | (by == most)).all()):
        if list(by.shape) in (shape, shape[-1:]):
            return most, True
        fits = by.ndim <= len(shape)
        if fits and all(k in (1, n) for k, n in zip(reversed(by.shape), reversed(shape))):
            return most, None
    return 0.0, False


def _cosine(node: Any) -> float:
    """Return the product of the lengths of the vectors that are multiplied, 0 if they differ."""
    if _name(node) == "Sum":
        return _cosine_of_sum(node)
    try:
        left = getattr(node, "_saved_self", None)
        right = getattr(node, "_saved_mat2", None)
        # An operand is saved where the other has a gradient; else its graph says what it is.
        saved = [(left, -1), (right, -2)]
        for (x, _), (before, _) in zip(saved, node.next_functions):
            if x is None and not _is_normalised(before):
                return 0.0
        lengths = [x.detach().float().norm(dim=k) for x, k in saved if x is not None]
        if not lengths or not all(each.numel() for each in lengths):
            return 0.0
    except (AttributeError, RuntimeError):  # what it saved is gone
        return 0.0
    means = [float(each.mean()) for each in lengths]
    alike = all(
        bool(((each - mean).abs() < 0.01 * mean).all()) for each, mean in zip(lengths, means)
    )
    return math.prod(means) if alike else 0.0


def _cosine_of_sum(node: Any) -> float:
    """Return 1 for a sum of products of the numbers of normalised vectors, else 0."""
    product = node.next_functions[0][0]
    if product is None or _name(product) != "Mul":
        return 0.0
    try:
        for (before, _), saved in zip(product.next_functions, ("_saved_self", "_saved_other")):
            if before is not None and _is_normalised(before):
                continue
            x = None if before is not None else getattr(product, saved)
            if x is None:
                return 0.0
            axes = [_counted(axis, x.ndim) for axis in node._saved_dim]
            if not bool(((x.detach().float().norm(dim=axes) - 1).abs() < 0.01).all()):
                return 0.0
    except (AttributeError, RuntimeError, IndexError, TypeError):  # what it saved is gone
        return 0.0
    return 1.0


def _is_normalised(node: Any) -> bool:
    """Say whether the step before moves is a division by a length, as in `F.normalize`."""
    for _ in range(8):
        if node is None or _name(node) not in _MOVES - _FACTORS:
            break
        node = node.next_functions[0][0]
    if node is None or _name(node) != "Div":
        return False
    by = node.next_functions[-1][0]
    for _ in range(5):
        if by is None:
            return False
        if _name(by) in ("LinalgVectorNorm", "Norm"):
            return True
        by = by.next_functions[0][0] if by.next_functions else None
    return False


def _inner_factor(node: Any) -> float:
    """Return the constants that the numbers were multiplied by before this step."""
    inner = 1.0
    for _ in range(8):
        before = [each for each, _ in node.next_functions if each is not None]
        if len(before) != 1 or _name(before[0]) not in _MOVES:
            break
        node = before[0]
        if _name(node) in _FACTORS:
            try:
                factor, _ = _factor(_name(node), node, None)
            except (AttributeError, RuntimeError, IndexError):  # what it saved is gone
                break
            inner *= factor or 1.0
    return inner


def _axis(
    kind: Kind, node: Any, shape: list[int] | None, places: Sequence[int | None]
) -> int | None:
    """Return which axis of the tensor is the one that the step acted along."""
    if shape is None:
        return None
    if kind in ("softmax", "log-softmax"):
        acted = _counted(node._saved_dim, len(shape))
    elif kind == "linear":
        acted = len(shape) - 1
    elif kind == "channels" and len(shape) > 1:
        acted = 1
    else:
        return None
    return places.index(acted) if acted in places else None


def _counted(axis: int, ndim: int) -> int:
    """Return an axis counted from 0; autograd saves negative ones modulo 2^64."""
    axis = axis - 2**64 if axis >= 2**63 else axis
    return axis % max(ndim, 1)


def _followed(
    name: str, node: Any, shape: list[int] | None, places: list[int | None]
) -> tuple[list[int] | None, list[int | None]]:
    """Return the shape before the step, and where the axes were there."""
    if shape is None or name in _SAME_AXES:
        return shape, places
    if name == "Permute":
        order = [_counted(axis, len(shape)) for axis in node._saved_dims]
    elif name in ("Transpose", "T"):
        order = list(range(len(shape)))
        one, two = (
            (0, 1)
            if name == "T"
            else (_counted(axis, len(shape)) for axis in (node._saved_dim0, node._saved_dim1))
        )
        order[one], order[two] = two, one
    else:
        sizes = getattr(node, "_saved_self_sym_sizes", None)
        if sizes is None:
            return None, [None] * len(places)
        return list(sizes), _through_view(list(sizes), shape, places, name)
    before = [0] * len(shape)
    for now, then in enumerate(order):
        before[then] = shape[now]
    return before, [None if place is None else order[place] for place in places]


def _mixes(before: Sequence[int], after: Sequence[int]) -> bool:
    """Say whether a view of these shapes mixes what lies on axis 1 with the places behind it."""
    if len(before) < 3 or before == after:
        return False
    if len(after) == len(before):  # (N, T, C) to (N, C, T)
        moved = [before[0], before[-1], *before[1:-1]]
        return [n for n in before if n > 1] != [n for n in after if n > 1] and after == moved
    if len(after) == 3:  # (N, C, H, W) to (N, H W, C)
        places = math.prod(before[2:])
        # Not mixed where the last axis, of the same size, is that of the classes.
        kept = before[1] in (1, places, before[-1])
        return not kept and list(after) == [before[0], places, before[1]]
    # (N, C, H, W) to (N H W, C); not mixed where C is the product of the last axes.
    ends = itertools.accumulate(reversed(before), operator.mul)
    return len(after) == 2 and after[1] == before[1] and after[1] not in ends


def _through_view(
    before: list[int], after: list[int], places: list[int | None], name: str
) -> list[int | None]:
    """Return where the axes were before a view: those at either end, as long as sizes agree."""
    if name in ("Slice", "Expand", "Split") and len(before) == len(after):
        return places
    then: dict[int, int] = {}
    for k in range(min(len(before), len(after))):
        if before[-1 - k] != after[-1 - k]:
            break
        then[len(after) - 1 - k] = len(before) - 1 - k
    for k in range(min(len(before), len(after))):
        if before[k] != after[k]:
            break
        then.setdefault(k, k)
    return [None if place is None else then.get(place) for place in places]
