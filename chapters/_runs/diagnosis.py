"""Break training loops in every way that `diagnose` knows, leave others whole, and count what it says.

    python chapters/_runs/diagnosis.py             writes chapters/data/diagnosis.json
    python chapters/_runs/diagnosis.py --healthy   shows what is said of whole set-ups

The set-ups come from small networks of many kinds, on drawn data and on scikit-learn's handwritten
digits, at random stages of their training: layers for rows, sequences and pictures, five types of
number, with autograd's graph or without, as modules, functions or names, on tensors and on arrays of
NumPy. Among the whole ones are the samples that PyTorch tests its own losses with.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lossutils import diagnose, diagnosing

RESULTS = Path(__file__).parents[1] / "data" / "diagnosis.json"
STAGES = (0, 1, 5, 25, 125)
CASES, HEALTHY = 24, 2000


@dataclass
class Case:
    """A call, ready to be looked at, and the code that is to come first; none if it is whole."""

    what: str
    loss: Any
    input: Any
    target: Any
    options: dict[str, Any] = field(default_factory=dict)
    code: str = ""


class Draw:
    """Random choices, seeded."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def of(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def whole(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def numbers(self, low: float, high: float, count: int) -> Tensor:
        return torch.tensor(self.rng.uniform(low, high, count), dtype=torch.float32)


# -- networks at random stages of their training -------------------------------------------------


class Rows(nn.Module):
    """Rows of features to rows of logits."""

    def __init__(self, features: int, classes: int, kind: str) -> None:
        super().__init__()
        hidden = {"linear": [], "relu": [nn.ReLU()], "tanh": [nn.Tanh()], "gelu": [nn.GELU()]}
        hidden["norm"] = [nn.BatchNorm1d(32), nn.ReLU()]
        layers: list[nn.Module] = []
        if kind != "linear":
            layers = [nn.Linear(features, 32), *hidden[kind]]
        self.layers = nn.Sequential(*layers, nn.Linear(32 if layers else features, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


@dataclass
class Scene:
    """Logits of a network with their graph, class axis 1, and the targets."""

    z: Tensor
    y: Tensor
    stage: int
    shape: str

    @property
    def classes(self) -> int:
        return self.z.shape[1]

    @property
    def last(self) -> Tensor:
        """The logits as the layer gave them, classes last."""
        return self.z.movedim(1, -1)


def blobs(draw: Draw, samples: int, features: int, classes: int) -> tuple[Tensor, Tensor]:
    centres = torch.randn(classes, features) * draw.of(0.5, 1.0, 3.0)
    y = torch.randint(classes, (samples,))
    return centres[y] + torch.randn(samples, features), y


def digits() -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)


def scenes(seed: int) -> Iterator[Scene]:
    """Yield the scenes of one network, at each stage of its training."""
    draw = Draw(seed)
    torch.manual_seed(seed)
    shape = draw.of("rows", "rows", "rows", "sequence", "picture", "digits")
    features, classes = draw.whole(3, 20), draw.of(2, 3, 3, 5, 10, 17, 100)
    length = draw.of(classes, 6, 7)
    if shape == "digits":
        (x, y), features, classes = digits(), 64, 10
    else:
        x, y = blobs(draw, 640, features, classes)
    model: nn.Module = Rows(features, classes, draw.of("linear", "relu", "tanh", "gelu", "norm"))
    optimiser = torch.optim.Adam(model.parameters(), lr=draw.of(1e-3, 1e-2, 5e-2))
    steps = 0
    for stage in STAGES:
        while steps < stage:
            at = torch.randint(len(y), (64,))
            loss = F.cross_entropy(model(x[at]), y[at])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            steps += 1
        model.train(draw.chance(0.5))
        size = draw.of(4, 8, 16, 33, 64)
        if shape == "sequence":
            at = torch.randint(len(y), (size, length))
            yield Scene(model_on_last(model, x[at]).transpose(1, 2), y[at], stage, shape)
        elif shape == "picture":
            at = torch.randint(len(y), (4, 6, 5))
            yield Scene(model_on_last(model, x[at]).movedim(-1, 1), y[at], stage, shape)
        else:
            at = torch.randint(len(y), (size,))
            yield Scene(model(x[at]), y[at], stage, shape)


def model_on_last(model: nn.Module, x: Tensor) -> Tensor:
    """Apply a network of rows to any shape whose last axis is the features."""
    return model(x.flatten(0, -2)).unflatten(0, x.shape[:-1])


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Use one of PyTorch's threads: for such small networks more of them only wait."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def all_scenes(networks: int, seed: int = 0) -> list[Scene]:
    with one_thread():
        return [scene for k in range(networks) for scene in scenes(1000 * seed + k)]


# -- whole set-ups ---------------------------------------------------------------------------------


def module_or_function(
    draw: Draw, name: str, options: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """Return the loss as a module that has the options, as a function, or as a name."""
    modules = {
        "cross_entropy": nn.CrossEntropyLoss,
        "nll_loss": nn.NLLLoss,
        "binary_cross_entropy": nn.BCELoss,
        "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss,
        "kl_div": nn.KLDivLoss,
    }
    how = draw.of("module", "function", "name")
    if how == "module" and name in modules:
        return modules[name](**options), {}
    return (getattr(F, name, name) if how == "function" else name), options


def presented(draw: Draw, case: Case) -> Case:
    """Return the case with its graph or without, or in arrays of NumPy."""
    how = draw.of("graph", "graph", "values", "values", "numpy")
    if how == "graph":
        return case
    options = {name: x.detach() if isinstance(x, Tensor) else x for name, x in case.options.items()}
    z, t = case.input, case.target
    z = z.detach() if isinstance(z, Tensor) else z
    t = t.detach() if isinstance(t, Tensor) else t
    name = case.loss if isinstance(case.loss, str) else ""
    if how == "numpy" and name and all(
        x.dtype is not torch.bfloat16 for x in (z, t, *options.values()) if isinstance(x, Tensor)
    ):  # fmt: skip
        z, t = z.numpy(), t.numpy()
        options = {n: x.numpy() if isinstance(x, Tensor) else x for n, x in options.items()}
    return Case(case.what, case.loss, z, t, options, case.code)


def hot(scene: Scene) -> Tensor:
    """Return one-hot targets of the logits' shape and type."""
    return F.one_hot(scene.y, scene.classes).movedim(-1, 1).to(scene.z.dtype)


def whole_setups(draw: Draw, scene: Scene) -> Case:
    """Return one whole set-up with the scene's network."""
    z, y, k = scene.z, scene.y, scene.classes
    kind = draw.of(
        "plain", "plain", "weights", "smoothing", "padding", "sum", "none", "soft", "mixup",
        "distilled", "log target", "nll", "bce with logits", "bce", "focal", "masked", "contrast",
        "half", "float64", "one sample", "zeros", "binary", "pos_weight", "softcap", "prior",
    )  # fmt: skip
    name, options = "cross_entropy", {}
    target: Tensor = y
    if kind == "weights":
        options = {"weight": torch.rand(k) + 0.1}
    elif kind == "smoothing":
        options = {"label_smoothing": draw.of(0.05, 0.1, 0.2)}
    elif kind == "padding":
        target = torch.where(torch.rand(y.shape) < 0.3, -100, y)
        target.view(-1)[0] = y.view(-1)[0]
    elif kind in ("sum", "none"):
        options = {"reduction": kind}
    elif kind == "soft":
        target = torch.softmax(torch.randn_like(z), dim=1)
    elif kind == "mixup":
        share = draw.rng.beta(0.4, 0.4)
        target = share * hot(scene) + (1 - share) * hot(scene).flip(0)
    elif kind == "distilled":
        name, options = "kl_div", {"reduction": "batchmean"}
        t = draw.of(1.0, 2.0, 4.0)
        teacher = z.detach() + torch.randn_like(z)
        z, target = scene.last / t, teacher.movedim(1, -1) / t
        z, target = F.log_softmax(z, dim=-1), F.softmax(target, dim=-1)
    elif kind == "log target":
        name, options = "kl_div", {"reduction": draw.of("batchmean", "sum"), "log_target": True}
        z = F.log_softmax(scene.last, dim=-1)
        target = F.log_softmax(z.detach() + torch.randn_like(z), dim=-1)
    elif kind == "prior":
        name, options = "kl_div", {"reduction": "batchmean"}
        z = F.log_softmax(scene.last, dim=-1)
        target = torch.full_like(z.detach(), 1 / k)
    elif kind == "nll":
        name = "nll_loss"
        z = draw.of(
            lambda: F.log_softmax(z, dim=1),
            lambda: torch.log(F.softmax(z, dim=1).clamp_min(1e-30)),
            lambda: torch.log(F.softmax(z, dim=1) + 1e-6),
        )()
    elif kind == "bce with logits":
        name, target = "binary_cross_entropy_with_logits", hot(scene)
    elif kind == "pos_weight":
        name, z, target = "binary_cross_entropy_with_logits", scene.last, hot(scene).movedim(1, -1)
        options = {"pos_weight": torch.rand(k) * 5 + 0.5}
    elif kind == "bce":
        name, z, target = "binary_cross_entropy", z.clamp(-12, 12).sigmoid(), hot(scene)
    elif kind == "binary":
        name, z = "binary_cross_entropy_with_logits", scene.last[..., 0]
        target = (y == 0).to(z.dtype)
    elif kind == "focal":
        name, options = "focal_loss", {"gamma": draw.of(0.5, 2.0)}
    elif kind == "masked":
        mask = torch.rand_like(z) < 0.3
        mask = mask & (hot(scene) == 0)
        z = z.masked_fill(mask, -torch.inf)
    elif kind == "contrast":
        n = draw.of(8, 32)
        a, b = (F.normalize(torch.randn(n, 16).abs() * draw.of(1, 2), dim=1) for _ in "ab")
        z, target = (a.requires_grad_() @ b.T) / draw.of(0.07, 0.5), torch.arange(n)
    elif kind == "half":
        z = z.to(draw.of(torch.bfloat16, torch.float16))
    elif kind == "float64":
        z = z.double()
    elif kind == "one sample":
        z, target = (z[0], y[0]) if scene.shape in ("rows", "digits") else (z[:1], y[:1])
    elif kind == "zeros":
        z = z * 0
    elif kind == "softcap":
        z = 5 * torch.tanh(z / 5)
    loss, options = module_or_function(draw, name, options)
    return Case(f"{kind}, {scene.shape}, {scene.stage} steps", loss, z, target, options)


def pytorchs_samples(
    dtypes: Sequence[torch.dtype] = (torch.float64, torch.float32, torch.bfloat16),
) -> Iterator[Case]:
    """Yield the samples of PyTorch's own tests, made what their losses are documented to take.

    They are random numbers: nll_loss and kl_div get log-probabilities of them, soft targets are
    divided by their sums, kl_div gets "batchmean" for "mean". Left out are those whose loss is NaN:
    logarithms of negative numbers, and a mean over nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
        from torch.testing._internal.common_modules import module_db

    known = {"cross_entropy", "nll_loss", "binary_cross_entropy", "kl_div"}
    known |= {"binary_cross_entropy_with_logits"}
    for dtype in dtypes:
        torch.manual_seed(0)
        for op in op_db:
            name = op.name.removeprefix("nn.functional.")
            if name in known:
                for sample in op.sample_inputs_func(op, "cpu", dtype, requires_grad=True):
                    made = mended(name, sample.input, sample.args[0], dict(sample.kwargs))
                    if made:
                        yield made
        modules = {
            nn.CrossEntropyLoss: "cross_entropy",
            nn.NLLLoss: "nll_loss",
            nn.BCELoss: "binary_cross_entropy",
            nn.BCEWithLogitsLoss: "binary_cross_entropy_with_logits",
            nn.KLDivLoss: "kl_div",
        }
        for info in module_db:
            if info.module_cls in modules:
                inputs = info.module_inputs_func(
                    info, device="cpu", dtype=dtype, requires_grad=True, training=True
                )
                for sample in inputs:
                    options = dict(sample.constructor_input.kwargs)
                    name = modules[info.module_cls]
                    made = mended(name, *sample.forward_input.args, options)
                    if made:
                        yield made


def mended(name: str, z: Tensor, target: Tensor, options: dict[str, Any]) -> Case | None:
    mean = options.get("reduction", "mean") == "mean"
    if name == "kl_div":
        if mean and z.ndim:
            options["reduction"] = "batchmean" if z.ndim > 1 else "sum"
        if z.ndim:
            z = z.log_softmax(-1)
            logs = options.get("log_target", False)
            target = (F.log_softmax if logs else F.softmax)(target.detach(), dim=-1)
    elif name == "nll_loss":
        z = z.log_softmax(1 if z.ndim > 1 else 0)
    if name in ("cross_entropy", "nll_loss"):
        if target.is_floating_point():
            axis = 1 if z.ndim > 1 else 0
            target = target.detach() / target.detach().sum(axis, keepdim=True)
        else:
            counted = target != options.get("ignore_index", -100)
            weight = options.get("weight")
            if mean and not counted.any():
                return None
            if mean and weight is not None and weight[target[counted]].sum() == 0:
                return None
    if not (z.isfinite().all() and target.isfinite().all()):
        return None
    return Case(f"PyTorch's sample, {name}", name, z, target, options)


def healthy(count: int, networks: int) -> Iterator[Case]:
    """Yield whole set-ups: PyTorch's samples, and enough with our networks to make `count`."""
    samples = list(pytorchs_samples()) if count >= 1000 else []
    yield from samples
    there = all_scenes(networks)
    draw = Draw(7)
    torch.manual_seed(7)
    for k in range(count - len(samples)):
        yield presented(draw, whole_setups(draw, there[k % len(there)]))


# -- broken set-ups ----------------------------------------------------------------------------------

Break = Callable[[Draw, Scene], Case]
BROKEN: dict[str, Break] = {}
# What only a tensor's device or graph shows.
ONLY_THERE = {"weight-device", "bounded-logits", "zeroed-logits"}


def breaks(code: str) -> Callable[[Break], Break]:
    def kept(function: Break) -> Break:
        BROKEN[code] = function
        return function

    return kept


def of(draw: Draw, name: str, z: Any, target: Any, **options: Any) -> Case:
    loss, options = module_or_function(draw, name, options)
    return Case("", loss, z, target, options)


@breaks("softmax-before-cross-entropy")
def _(draw: Draw, s: Scene) -> Case:
    z = s.z.softmax(1)
    z = draw.of(lambda: z, lambda: z + 1e-8, z.double, lambda: s.z.bfloat16().softmax(1))()
    return of(draw, "cross_entropy", z, s.y, **draw.of({}, {"label_smoothing": 0.1}))


@breaks("sigmoid-before-cross-entropy")
def _(draw: Draw, s: Scene) -> Case:
    return of(draw, "cross_entropy", (s.z * draw.of(1, 4)).sigmoid(), s.y)


@breaks("bounded-logits")
def _(draw: Draw, s: Scene) -> Case:
    if draw.chance(0.25):  # cosines without a temperature
        one = F.normalize(s.last.flatten(0, -2), dim=1)
        other = F.normalize(torch.randn_like(one), dim=1)
        return of(draw, "cross_entropy", one @ other.T, torch.arange(len(one)))
    last = draw.of(torch.relu, torch.tanh, lambda z: z[..., None].norm(dim=-1))
    name = draw.of("cross_entropy", "binary_cross_entropy_with_logits")
    return of(draw, name, last(s.z), s.y if name == "cross_entropy" else hot(s))


@breaks("zeroed-logits")
def _(draw: Draw, s: Scene) -> Case:
    z = draw.of(
        lambda: s.z * (torch.rand_like(s.z) < 0.6),
        lambda: F.dropout(s.z, draw.of(0.2, 0.5)),
        lambda: s.z * (torch.rand_like(s.z) < 0.6).float(),
    )()
    name = draw.of("cross_entropy", "cross_entropy", "binary_cross_entropy_with_logits")
    return of(draw, name, z, s.y if name == "cross_entropy" else hot(s))


@breaks("one-class")
def _(draw: Draw, s: Scene) -> Case:
    z, yes = s.z[:, :1], (s.y == 0).long()
    if draw.chance(0.3):
        yes[0] = -100
    name = draw.of("cross_entropy", "cross_entropy", "focal_loss", "nll_loss")
    z = z.log_softmax(1) if name == "nll_loss" and draw.chance(0.7) else z
    column = hot(s)[:, :1]
    t = draw.of(yes, yes, yes.clamp(max=0), column if name == "cross_entropy" else yes)
    if name != "nll_loss" and draw.chance(0.1):
        t = torch.where(s.y == 0, 1, -1)
        t.view(-1)[:2] = torch.tensor([1, -1])
    return of(draw, name, z, t)


@breaks("probabilities-into-nll")
def _(draw: Draw, s: Scene) -> Case:
    return of(draw, "nll_loss", s.z.softmax(1), s.y)


@breaks("logits-into-nll")
def _(draw: Draw, s: Scene) -> Case:
    z = s.z
    if draw.chance(0.4):  # another sign, or base
        z = draw.of(-z.log_softmax(1), z.softmax(1).log2(), z.log_softmax(1) / math.log(10))
    return of(draw, "nll_loss", z, s.y)


@breaks("softmax-axis")
def _(draw: Draw, s: Scene) -> Case:
    if s.z.ndim == 2 and draw.chance(0.3):
        p = torch.randn_like(s.z.detach()).softmax(1)
        return of(draw, "kl_div", s.z.log_softmax(0), p, reduction="batchmean")
    return of(draw, "nll_loss", s.z.log_softmax(0), s.y)


@breaks("logits-into-bce")
def _(draw: Draw, s: Scene) -> Case:
    return of(draw, "binary_cross_entropy", s.z, hot(s))


@breaks("sigmoid-before-bce-with-logits")
def _(draw: Draw, s: Scene) -> Case:
    p = draw.of(s.z.sigmoid(), s.z.softmax(1), s.z[:, :1].sigmoid())
    return of(draw, "binary_cross_entropy_with_logits", p, hot(s)[:, : p.shape[1]])


@breaks("saturated-bce")
def _(draw: Draw, s: Scene) -> Case:
    p = (s.z * draw.of(60, 200) + draw.of(-30, 30)).sigmoid()
    t = hot(s)
    flat = p.detach().flatten()
    ends = ((flat == 0) | (flat == 1)).nonzero()
    if not len(ends):
        p = torch.where(torch.zeros_like(p).index_fill(0, torch.tensor([0]), 1.0) > 0, 1.0, p)
        ends = torch.tensor([[0]])
        flat = p.detach().flatten()
    t = t.flatten().index_put((ends[0],), 1 - flat[ends[0]]).view(t.shape)
    return of(draw, "binary_cross_entropy", p, t)


@breaks("one-hot-integer-target")
def _(draw: Draw, s: Scene) -> Case:
    t = hot(s).long()
    if draw.chance(0.3):  # soft targets, cut off
        t = (0.9 * hot(s)).long()
    return of(draw, draw.of("cross_entropy", "nll_loss"), s.z.log_softmax(1), t)


@breaks("float-class-index")
def _(draw: Draw, s: Scene) -> Case:
    z = s.z.log_softmax(1)
    return of(
        draw, draw.of("cross_entropy", "nll_loss"), z, s.y.to(draw.of(torch.float32, torch.float64))
    )


@breaks("target-shape")
def _(draw: Draw, s: Scene) -> Case:
    if s.shape == "sequence" and s.y.shape[1] != s.classes:  # a view of the wrong size
        return of(draw, "cross_entropy", s.last.reshape(-1, s.y.shape[1]), s.y.flatten())
    y = draw.of(
        lambda: s.y.unsqueeze(1), lambda: s.y[: len(s.y) // 2], lambda: s.y.unsqueeze(-1).float(),
        lambda: hot(s)[:, :-1],
    )()  # fmt: skip
    return of(draw, "cross_entropy", s.z, y)


@breaks("broadcast-target")
def _(draw: Draw, s: Scene) -> Case:
    z, t = s.z.flatten()[:, None], hot(s).flatten()
    kl = F.log_softmax(s.last, -1), s.last.detach().softmax(-1).mean(-1, keepdim=True)
    return draw.of(
        lambda: of(draw, "binary_cross_entropy_with_logits", z, t),
        lambda: of(draw, "binary_cross_entropy", z.squeeze(1).sigmoid(), t[:, None]),
        lambda: Case("", F.kl_div, *kl, {"reduction": "batchmean"}),
    )()


@breaks("class-axis")
def _(draw: Draw, s: Scene) -> Case:
    k, n = s.classes, draw.of(2, 5, 8)
    length = draw.of(*(size for size in (2, 4, 6, 9) if size != k))
    flat = torch.cat([s.last.flatten(0, -2)] * 20)[: n * length]
    y = torch.cat([s.y.flatten()] * 20)[: n * length].view(n, length)
    z = flat.view(n, length, k)
    if draw.chance(0.2):  # a view in place of a transposition
        z = z.view(n, k, length)
    return of(draw, "cross_entropy", z, y)


@breaks("class-axis-ambiguous")
def _(draw: Draw, s: Scene) -> Case:
    k, n = s.classes, draw.of(1, 2, 4)
    flat = s.last.flatten(0, -2)
    repeats = -(-n * k // len(flat))
    flat = flat.repeat(repeats, 1)[: n * k] if repeats > 1 else flat[: n * k]
    y = s.y.flatten().repeat(repeats)[: n * k].view(n, k)
    return of(draw, "cross_entropy", flat.view(n, k, k), y)


@breaks("class-index-out-of-range")
def _(draw: Draw, s: Scene) -> Case:
    y = s.y.clone()
    if draw.chance(0.1):
        z, signs = s.z[:, :2], torch.where(y == 0, 1, -1)
        return of(draw, draw.of("cross_entropy", "nll_loss"), z.log_softmax(1), signs)
    wrong = draw.of(lambda: y + 1, lambda: y.fill_(0) - 1, lambda: y * 0 + 255, lambda: y - 1)()
    if ((wrong >= 0) & (wrong < s.classes)).all():
        wrong.view(-1)[0] = s.classes
    return of(draw, draw.of("cross_entropy", "nll_loss"), s.z.log_softmax(1), wrong)


@breaks("all-ignored")
def _(draw: Draw, s: Scene) -> Case:
    mark = draw.of(-100, -1, 255)
    if draw.chance(0.1):  # an empty batch
        return of(draw, "binary_cross_entropy_with_logits", s.z[:0], hot(s)[:0])
    return of(draw, "cross_entropy", s.z, torch.full_like(s.y, mark), ignore_index=mark)


@breaks("zero-weight")
def _(draw: Draw, s: Scene) -> Case:
    weight = torch.ones(s.classes)
    weight[0] = 0
    return of(draw, "cross_entropy", s.z, torch.zeros_like(s.y), weight=weight)


@breaks("non-finite-weight")
def _(draw: Draw, s: Scene) -> Case:
    counts = torch.bincount(s.y.flatten(), minlength=s.classes).float()
    counts[draw.whole(0, s.classes - 1)] = 0
    return of(draw, "cross_entropy", s.z, s.y, weight=1 / counts)


@breaks("weight-shape")
def _(draw: Draw, s: Scene) -> Case:
    size = draw.of(s.classes + 1, s.classes - 1, len(s.y) + 200)
    return of(draw, "cross_entropy", s.z, s.y, weight=torch.ones(max(size, 1)))


@breaks("weight-device")
def _(draw: Draw, s: Scene) -> Case:
    weight = torch.ones(s.classes, device="meta")
    return Case("", F.cross_entropy, s.z, s.y, {"weight": weight})


@breaks("weight-dtype")
def _(draw: Draw, s: Scene) -> Case:
    weight = torch.ones(s.classes, dtype=torch.float64)
    return Case(
        "", draw.of(F.cross_entropy, F.nll_loss), s.z.log_softmax(1), s.y, {"weight": weight}
    )


@breaks("weights-with-smoothing")
def _(draw: Draw, s: Scene) -> Case:
    weight = torch.rand(s.classes) + 0.1
    return of(draw, "cross_entropy", s.z, s.y, weight=weight, label_smoothing=0.1)


@breaks("soft-target-not-normalised")
def _(draw: Draw, s: Scene) -> Case:
    t = draw.of(
        lambda: torch.rand_like(s.z) + 0.1, lambda: hot(s) * 0.9,
        lambda: (hot(s) + hot(s).roll(1, dims=1)).clamp(max=1) if s.classes > 2 else hot(s) * 2,
        lambda: 100 * torch.softmax(torch.randn_like(s.z), 1),
        lambda: torch.rand_like(s.z) / s.classes + 0.9 * hot(s),
        lambda: torch.softmax(torch.randn_like(s.z), 0),
    )()  # fmt: skip
    return of(draw, "cross_entropy", s.z, t.detach())


@breaks("negative-soft-target")
def _(draw: Draw, s: Scene) -> Case:
    if draw.chance(0.5):
        logs = F.log_softmax(s.last, -1)
        return of(draw, "kl_div", logs, torch.randn_like(logs.detach()), reduction="batchmean")
    if draw.chance(0.2):  # the two arguments swapped
        return of(draw, "cross_entropy", hot(s), s.z)
    return of(draw, "cross_entropy", s.z, draw.of(2 * hot(s) - 1, torch.randn_like(s.z.detach())))


@breaks("kl-input-not-log")
def _(draw: Draw, s: Scene) -> Case:
    q = draw.of(lambda: s.last.softmax(-1), lambda: s.last)()
    t = (s.last.detach() + torch.randn_like(s.last)).softmax(-1)
    return of(draw, "kl_div", q, t.detach(), reduction="batchmean")


@breaks("kl-arguments-swapped")
def _(draw: Draw, s: Scene) -> Case:
    p = (s.last.detach() + torch.randn_like(s.last)).softmax(-1).detach()
    return of(draw, "kl_div", p, F.log_softmax(s.last, -1), reduction="batchmean")


@breaks("kl-target-log")
def _(draw: Draw, s: Scene) -> Case:
    q, p = F.log_softmax(s.last, -1), (s.last.detach() + torch.randn_like(s.last)).softmax(-1)
    p = p.detach()
    if draw.chance(0.5):
        return of(draw, "kl_div", q, p, reduction="batchmean", log_target=True)
    return of(draw, "kl_div", q, p.log(), reduction="batchmean")


@breaks("kl-mean")
def _(draw: Draw, s: Scene) -> Case:
    p = (s.last.detach() + torch.randn_like(s.last)).softmax(-1).detach()
    return of(draw, "kl_div", F.log_softmax(s.last, -1), p)


@breaks("non-finite-input")
def _(draw: Draw, s: Scene) -> Case:
    bad = torch.zeros_like(s.z).flatten()
    if draw.chance(0.3):  # the true class masked
        mask = hot(s).bool()
        return of(draw, "cross_entropy", s.z.masked_fill(mask, -torch.inf), s.y)
    bad[draw.whole(0, len(bad) - 1)] = draw.of(torch.nan, torch.inf)
    name = draw.of("cross_entropy", "binary_cross_entropy_with_logits")
    return of(draw, name, s.z + bad.view_as(s.z), s.y if name == "cross_entropy" else hot(s))


@breaks("masked-target")
def _(draw: Draw, s: Scene) -> Case:
    mark = draw.of(-1e4, -1e9, -1e30, torch.finfo(torch.float32).min)
    mask = (torch.rand_like(s.z) < 0.3) & (hot(s) == 0)
    if draw.chance(0.3) and mark < -1e4 and mask.any():  # smoothing asks for masked classes
        return of(draw, "cross_entropy", s.z.masked_fill(mask, mark), s.y, label_smoothing=0.1)
    first = torch.zeros_like(mask)
    first[0] = hot(s)[0] > 0
    z = s.z.masked_fill(mask | first, mark)
    if draw.chance(0.3) and mark > -1e30:
        return of(draw, "nll_loss", z.log_softmax(1), s.y)
    return of(draw, "cross_entropy", z, draw.of(s.y, 0.9 * hot(s) + 0.1 / s.classes))


@breaks("smoothed-twice")
def _(draw: Draw, s: Scene) -> Case:
    alpha = draw.of(0.05, 0.1, 0.3)
    t = (1 - alpha) * hot(s) + alpha / s.classes
    return of(draw, "cross_entropy", s.z, t, label_smoothing=draw.of(0.1, 0.2))


@breaks("low-precision-overflow")
def _(draw: Draw, s: Scene) -> Case:
    if draw.chance(0.5):
        return Case("", F.cross_entropy, (s.z * 1e6 + 1e6).half(), s.y, {})
    z = torch.where(hot(s) > 0, -4e4, 0.0).half()
    return Case("", F.cross_entropy, z + 0 * s.z.half(), s.y, {"reduction": "sum"})


@breaks("integer-input")
def _(draw: Draw, s: Scene) -> Case:
    if draw.chance(0.5):
        return of(draw, "cross_entropy", s.y, s.z)
    return of(draw, "cross_entropy", s.z.argmax(1), s.y)


@breaks("binary-target-out-of-range")
def _(draw: Draw, s: Scene) -> Case:
    z = s.z
    t = draw.of(2 * hot(s) - 1, hot(s) + 1, 255 * hot(s), hot(s).index_fill(0, torch.tensor(0), -1))
    if draw.chance(0.2):  # the two arguments swapped
        z, t = hot(s), z
    return of(draw, "binary_cross_entropy_with_logits", z, t)


@breaks("ignore-index-is-a-class")
def _(draw: Draw, s: Scene) -> Case:
    y = s.y.clone()
    y.view(-1)[0], y.view(-1)[1] = 0, 1
    return of(draw, "cross_entropy", s.z, y, ignore_index=draw.of(0, 1))


@breaks("negative-smoothing")
def _(draw: Draw, s: Scene) -> Case:
    return Case("", F.cross_entropy, s.z, s.y, {"label_smoothing": draw.of(-0.1, -0.05)})


@breaks("total-smoothing")
def _(draw: Draw, s: Scene) -> Case:
    return Case(
        "", F.cross_entropy, s.z, draw.of(s.y, hot(s)), {"label_smoothing": draw.of(1, 1.0)}
    )


@breaks("refused")
def _(draw: Draw, s: Scene) -> Case:
    return draw.of(
        lambda: Case("", F.cross_entropy, s.z.tolist(), s.y),
        lambda: Case("", F.cross_entropy, (s.z, s.y), s.y),
        lambda: Case("", F.cross_entropy, s.z, s.y, {"label_smoothing": 10.0}),
        lambda: Case("", F.cross_entropy, s.z, s.y, {"reduction": "avg"}),
        lambda: Case("", F.nll_loss, s.z, s.y, {"label_smoothing": 0.1}),
        lambda: Case("", F.cross_entropy, s.z, hot(s), {"ignore_index": 0}),
    )()


def broken(code: str, count: int, there: list[Scene]) -> Iterator[Case]:
    """Yield set-ups with one fault."""
    draw = Draw(sum(map(ord, code)))
    torch.manual_seed(draw.whole(0, 10**6))
    there = [s for s in there if code != "softmax-axis" or len(s.y) > 1]
    for _ in range(count):
        case = BROKEN[code](draw, draw.of(*there))
        given = [case.input, case.target, *case.options.values()]
        plain = not isinstance(case.input, (list, tuple)) and code not in ONLY_THERE
        plain = plain and all(x.dtype != torch.bfloat16 for x in given if isinstance(x, Tensor))
        case = presented(draw, case) if plain else case
        case.code = code
        yield case


# -- loops -----------------------------------------------------------------------------------------

Loop = Callable[[Draw], Any]
LOOPS: dict[str, Loop] = {}


def loops(code: str) -> Callable[[Loop], Loop]:
    def kept(function: Loop) -> Loop:
        LOOPS[code] = function
        return function

    return kept


def trained(
    draw: Draw,
    criterion: nn.Module,
    *,
    last: Callable[[Tensor], Tensor] = lambda z: z,
    size: Callable[[int], int] = lambda _: 16,
    target: Callable[[Tensor, int], Tensor] = lambda y, _: y,
    classes: int = 3,
    steps: int = 260,
    accumulate: int = 1,
    step: bool = True,
    backward: bool = True,
    warm_up: int = 1,
) -> Any:
    """Train a small network in the usual loop, and return what the watch has found."""
    model = Rows(6, classes, draw.of("linear", "relu", "tanh"))
    optimiser = draw.of(torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW)
    optimiser = optimiser(model.parameters(), lr=draw.of(0.003, 0.03))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: min(1.0, k / warm_up))
    centres = torch.randn(classes, 6) * draw.of(0.3, 1.0, 3.0)
    forget_first = draw.chance(0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with diagnosing(criterion, every=draw.of(5, 9)) as watch:
            for k in range(steps):
                y = torch.randint(classes, (size(k),))
                x = centres[y] + torch.randn(len(y), 6)
                loss = criterion(last(model(x)), target(y, k))
                if not backward:
                    continue
                if forget_first and k % accumulate == 0:
                    optimiser.zero_grad(set_to_none=draw.chance(0.5))
                loss.backward()
                if (k + 1) % accumulate == 0 and step:
                    optimiser.step()
                    schedule.step()
                    if not forget_first:
                        optimiser.zero_grad()
    assert watch.looks > 1
    return watch.findings


@loops("parameters-do-not-move")
def _(draw: Draw) -> Any:
    return trained(draw, nn.CrossEntropyLoss(), step=False)


@loops("stuck-at-floor")
def _(draw: Draw) -> Any:
    classes = draw.of(2, 3, 10)
    if draw.chance(0.5):
        return trained(draw, nn.CrossEntropyLoss(), classes=classes, last=lambda z: z * 0)
    return trained(
        draw, nn.BCEWithLogitsLoss(), classes=2, last=lambda z: z[:, 0] * 0, steps=300,
        target=lambda y, _: y.float(),
    )  # fmt: skip


@loops("unequal-batches")
def _(draw: Draw) -> Any:
    many = draw.of(2, 4, 8)
    if draw.chance(0.5):  # a small last micro-batch
        return trained(
            draw, nn.CrossEntropyLoss(), accumulate=many, size=lambda k: 16 if (k + 1) % many else 3
        )

    def padded(y: Tensor, k: int) -> Tensor:
        share = draw.rng.uniform(0, 0.8)
        return torch.where(torch.arange(len(y)) < share * len(y), -100, y)

    return trained(draw, nn.CrossEntropyLoss(), accumulate=many, target=padded, size=lambda _: 24)


@loops("small-batches-under-weights")
def _(draw: Draw) -> Any:
    rare = draw.of(0.01, 0.02, 0.04)
    weight = torch.tensor([1 / (1 - rare), 1 / rare])
    return trained(
        draw, nn.CrossEntropyLoss(weight=weight), classes=2, size=lambda _: draw.of(4, 8, 16),
        target=lambda y, _: (torch.rand(len(y)) < rare).long(), steps=900,
    )  # fmt: skip


@loops("saturation-growing")
def _(draw: Draw) -> Any:
    grown = [10.0]

    def last(z: Tensor) -> Tensor:
        grown[0] *= 1.02
        return (z[:, 0] * grown[0]).sigmoid()

    return trained(
        draw, nn.BCELoss(), classes=2, last=last, size=lambda _: 64,
        target=lambda y, _: torch.where(torch.rand(len(y)) < 0.2, 1 - y, y).float(),
    )  # fmt: skip


def whole_loop(draw: Draw) -> Any:
    """Return what is found in one loop without a fault."""
    kind = draw.of(
        "plain", "smoothed", "uneven", "accumulated", "evaluated", "warm-up", "weights", "binary",
        "padded", "sum", "many classes",
    )  # fmt: skip
    plain = nn.CrossEntropyLoss()
    if kind == "smoothed":
        return trained(draw, nn.CrossEntropyLoss(label_smoothing=0.1))
    if kind == "uneven":
        return trained(draw, plain, size=lambda k: 16 if (k + 1) % 5 else 3)
    if kind == "accumulated":
        return trained(draw, plain, accumulate=draw.of(2, 4))
    if kind == "evaluated":
        return trained(draw, plain, backward=False, size=lambda k: 16 if (k + 1) % 5 else 3)
    if kind == "warm-up":
        return trained(draw, plain, warm_up=100)
    if kind == "weights":
        return trained(draw, nn.CrossEntropyLoss(weight=torch.rand(3) + 0.5), size=lambda _: 32)
    if kind == "binary":
        return trained(
            draw, nn.BCEWithLogitsLoss(), classes=2, last=lambda z: z[:, 0],
            target=lambda y, _: y.float(),
        )  # fmt: skip
    if kind == "padded":
        return trained(
            draw, plain, target=lambda y, _: torch.where(torch.rand(len(y)) < 0.3, -100, y)
        )
    if kind == "sum":
        return trained(draw, nn.CrossEntropyLoss(reduction="sum"), accumulate=2)
    return trained(draw, plain, classes=draw.of(10, 100))


def first_of(found: Any, *, whole: bool = False) -> str:
    """Return the code of the gravest finding; of what is whole, that of an error or a warning."""
    return "nothing" if not found or (whole and found.ok) else found[0].code


def looped(code: str, count: int) -> list[str]:
    """Return the gravest finding of each of so many loops with one fault, or none."""
    draw = Draw(sum(map(ord, code)))
    torch.manual_seed(draw.whole(0, 10**6))
    with one_thread():
        if code:
            return [first_of(LOOPS[code](draw)) for _ in range(count)]
        return [first_of(whole_loop(draw), whole=True) for _ in range(count)]


# -- the count ---------------------------------------------------------------------------------------


def said(case: Case) -> str:
    found = diagnose(case.loss, case.input, case.target, **case.options)
    return first_of(found, whole=not case.code)


def counted(cases: int, whole: int, networks: int) -> dict[str, Any]:
    """Return how often each set-up had each code as its gravest finding."""
    there = all_scenes(networks, seed=1)
    confusion = {code: Counter(map(said, broken(code, cases, there))) for code in BROKEN}
    confusion |= {code: Counter(looped(code, cases)) for code in LOOPS}
    faults = len(confusion)
    right = sum(row[code] for code, row in confusion.items())
    confusion["healthy"] = Counter(map(said, healthy(whole, networks)))
    confusion["healthy loops"] = Counter(looped("", 2 * cases))
    whole += 2 * cases
    silent = confusion["healthy"]["nothing"] + confusion["healthy loops"]["nothing"]
    return {
        "confusion": {code: dict(row.most_common()) for code, row in confusion.items()},
        "right": right / (cases * faults),
        "broken": cases * faults,
        "healthy": whole,
        "false_alarms": whole - silent,
    }


def main() -> None:
    if "--healthy" in sys.argv:
        for case in healthy(HEALTHY, 40):
            if said(case) != "nothing":
                print(case.what, diagnose(case.loss, case.input, case.target, **case.options), "\n")
        return
    result = counted(CASES, HEALTHY, 40)
    versions = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}
    result = {"script": "chapters/_runs/diagnosis.py", "versions": versions, **result}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(
        f"{result['right']:.1%} right of {result['broken']}, {result['false_alarms']} false alarms"
    )


if __name__ == "__main__":
    main()
