"""The lines that `diagnose` offers as a cure are run, and what they mend is then no longer found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lossutils
from lossutils import diagnose
from lossutils._call import LOSS_NAMES, our_name
from lossutils._findings import Finding, table

GENERATOR = torch.Generator().manual_seed(0)
Z = 2 * torch.randn(6, 3, generator=GENERATOR)
Y = torch.tensor([0, 2, 1, 1, 2, 0])
Q, LOG_Q = Z.softmax(dim=1), Z.log_softmax(dim=1)
HOT = F.one_hot(Y, 3).float()
P = torch.randn(6, 3, generator=GENERATOR).softmax(dim=1)
HIDDEN = torch.randn(6, 5, generator=GENERATOR)
LAYER = nn.Linear(5, 3)
# Numbers in [0, 1], as a sigmoid gives them, many of them near its ends.
ENDS = torch.tensor([0.9995, 0.0005, 0.9996, 0.5, 0.9997, 0.0004] * 3).view(6, 3)
WORDS = 2 * torch.randn(2, 4, 3, generator=GENERATOR)  # (N, T, C)
DEEP = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(1))
TAGS = torch.randint(3, (2, 4), generator=GENERATOR)
SQUARE = 2 * torch.randn(2, 3, 3, generator=GENERATOR)
OF_SQUARE = torch.randint(3, (2, 3), generator=GENERATOR)
# Zeros for some, and twice the others, as a dropout of a half gives.
DROPPED = 2.0 * (HOT == 0)
# A mask that leaves each target's class.
MASK = 1.0 - HOT.roll(1, 1)
BITS = torch.tensor([[1.0, 1, 0], [0, 1, 1], [1, 1, 1]]).repeat(2, 1)
INF = float("inf")


@dataclass
class Case:
    """A wrong call, and what else the line that mends it can see."""

    loss: Any
    input: Any
    target: Any
    options: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)


def logits(
    name: str, given: Any, target: Any = Y, z: Any = Z, names: Any = None, **options: Any
) -> Case:
    """Return a case whose model had logits before what it gave to the loss."""
    return Case(name, given, target, options, {"logits": z, **(names or {})})


def of_inference_mode() -> Any:
    with torch.inference_mode():
        return Y.clone()


def of_unit() -> Any:
    return F.normalize(LAYER(HIDDEN), dim=1)


CE, NLL, KL = "cross_entropy", "nll_loss", "kl_div"
BCE, WITH_LOGITS = "binary_cross_entropy", "binary_cross_entropy_with_logits"
SUMMED = {"reduction": "batchmean"}
CLASSES = torch.tensor([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]).repeat(2, 2, 1)  # sums over the last
CASES: dict[tuple[str, str], Callable[[], Case]] = {
    ("refused", "not a tensor"): lambda: Case(CE, Z, Y.tolist()),
    ("refused", "output"): lambda: Case(CE, SimpleNamespace(logits=Z), Y),
    ("refused", "tensors"): lambda: Case(CE, [*Z], Y),
    ("refused", "no classes"): lambda: Case(
        CE, Z[0, 0], Y, {}, {"model": LAYER, "x": HIDDEN}
    ),
    ("refused", "reduction"): lambda: Case(CE, Z, Y, {"reduction": "avg"}),
    ("refused", "smoothing"): lambda: Case(CE, Z, Y, {"label_smoothing": 10.0}),
    ("refused", "ignored index"): lambda: Case(CE, Z, HOT, {"ignore_index": 0}),
    ("refused", "two types"): lambda: Case(F.binary_cross_entropy, Z.sigmoid(), HOT.double()),
    ("target-shape", "one of many"): lambda: Case(
        CE, Z[0], Y, {}, {"model": LAYER, "x": HIDDEN}
    ),
    ("refused", "part"): lambda: Case(CE, {"out": Z, "aux": Z}, Y),
    ("refused", "heads"): lambda: Case(F.cross_entropy, [Z, Z], Y),
    ("refused", "heads and columns"): lambda: Case(
        F.cross_entropy, [Z, 2 * Z], torch.stack([Y, Y], dim=1)
    ),
    ("refused", "no tensor of floats"): lambda: Case(WITH_LOGITS, Z, HOT.long().tolist()),
    ("refused", "text"): lambda: Case(CE, Z, [*"acbbca"]),
    ("refused", "backward"): lambda: Case(CE, LAYER(HIDDEN)[0], Y[:1]),
    ("refused", "learnt weight"): lambda: Case(
        CE, Z, Y, {"weight": torch.ones(3, requires_grad=True)}
    ),
    ("refused", "weights by class"): lambda: Case(
        F.cross_entropy, Z, Y, {"weight": {2: 3.0, 0: 1.0, 1: 2.0}}
    ),
    ("refused", "inference"): lambda: Case(F.cross_entropy, LAYER(HIDDEN), of_inference_mode()),
    ("refused", "heads of several sizes"): lambda: Case(
        F.cross_entropy,
        [torch.ones(2, 3, 4, 4), torch.ones(2, 3, 2, 2)],
        torch.zeros(2, 4, 4).long(),
    ),
    ("refused", "heads and targets"): lambda: Case(F.cross_entropy, [Z, Z], [Y, Y]),
    ("bounded-logits", ""): lambda: logits(CE, LAYER(HIDDEN).relu()),
    ("bounded-logits", "tanh"): lambda: logits(CE, LAYER(HIDDEN).tanh()),
    ("bounded-logits", "recurrent"): lambda: Case(
        CE, nn.LSTM(5, 3)(HIDDEN)[0], Y, {}, {"head": nn.Linear(3, 3)}
    ),
    ("bounded-logits", "recurrent yes or no"): lambda: Case(
        WITH_LOGITS, nn.GRU(5, 1)(HIDDEN)[0], HOT[:, :1], {}, {"head": nn.Linear(1, 1)}
    ),
    ("bounded-logits", "cosines"): lambda: Case(
        CE, of_unit() @ of_unit()[:3].T, Y, {}, {"cosines": of_unit() @ of_unit()[:3].T}
    ),
    ("bounded-logits", "with itself"): lambda: Case(
        CE, of_unit()[:3] @ of_unit()[:3].T / 0.5, torch.arange(3).roll(1)
    ),
    ("bounded-logits", "of one length"): lambda: logits(CE, of_unit()),
    ("bounded-logits", "distance"): lambda: Case(CE, torch.cdist(LAYER(HIDDEN), P[:3]), Y),
    ("bounded-logits", "yes or no"): lambda: logits(WITH_LOGITS, LAYER(HIDDEN).relu(), HOT),
    ("bounded-logits", "tanh yes or no"): lambda: logits(WITH_LOGITS, LAYER(HIDDEN).tanh(), HOT),
    ("bounded-logits", "distance yes or no"): lambda: Case(
        WITH_LOGITS, torch.cdist(LAYER(HIDDEN), P[:3]), HOT, {}, {"scale": 3.0, "margin": 1.0}
    ),
    ("logits-into-bce", "bounded"): lambda: logits(BCE, LAYER(9 * HIDDEN).relu(), HOT),
    ("logits-into-bce", "distance"): lambda: Case(
        BCE, torch.cdist(LAYER(9 * HIDDEN), P[:3]), HOT, {}, {"scale": 3.0, "margin": 1.0}
    ),
    ("zeroed-logits", ""): lambda: logits(
        CE, LAYER(HIDDEN) * MASK, z=Z, names={"mask": MASK}
    ),
    ("zeroed-logits", "elements"): lambda: logits(
        WITH_LOGITS, LAYER(HIDDEN) * MASK, HOT, names={"mask": MASK}
    ),
    ("zeroed-logits", "masked rows"): lambda: logits(
        CE, LAYER(HIDDEN) * (HIDDEN[:, :1] > 0), names={"mask": HIDDEN[:, 0] > 0}
    ),
    ("zeroed-logits", "dropout"): lambda: logits(CE, LAYER(HIDDEN) * DROPPED),
    ("masked-target", "smoothing"): lambda: Case(
        CE, Z.masked_fill(MASK == 0, -1e9), Y, {"label_smoothing": 0.1}
    ),
    ("smoothed-twice", ""): lambda: Case(CE, Z, 0.9 * HOT + 0.1 / 3, {"label_smoothing": 0.1}),
    ("target-gradient", ""): lambda: Case(CE, LAYER(HIDDEN), LAYER(HIDDEN).softmax(dim=1)),
    ("integer-input", ""): lambda: Case(CE, Z.argmax(dim=1), Y, {}, {"output": Z}),
    ("integer-input", "swapped"): lambda: Case(CE, Y, Z),
    ("integer-input", "argmax"): lambda: Case(
        CE, Z.argmax(dim=1).float(), Y.float(), {}, {"output": Z}
    ),
    ("weight-device", ""): lambda: Case(
        nn.CrossEntropyLoss(weight=torch.ones(3)), Z.to("meta"), Y.to("meta"), {}
    ),
    ("weight-device", "function"): lambda: Case(
        F.cross_entropy, Z.to("meta"), Y.to("meta"), {"weight": torch.ones(3)}
    ),
    ("weight-device", "target"): lambda: Case(CE, Z.to("meta"), Y),
    ("one-class", ""): lambda: Case(CE, Z[:, :1], (Y == 0).long()),
    ("one-class", "nll"): lambda: Case(
        NLL, Z[:, :1].log_softmax(dim=1), (Y == 0).long(), {}, {"logits": Z[:, :1]}
    ),
    ("weight-dtype", ""): lambda: Case(CE, Z, Y, {"weight": torch.ones(3).double()}),
    ("weight-shape", ""): lambda: Case(CE, Z, Y, {"weight": torch.ones(6)}),
    ("weight-shape", "elements"): lambda: Case(WITH_LOGITS, Z, HOT, {"weight": torch.ones(6)}),
    ("class-axis", ""): lambda: Case(CE, WORDS, TAGS),
    ("class-axis", "by a view"): lambda: Case(
        CE, LAYER(DEEP).view(2, 3, 4), TAGS, {}, {"layer": LAYER, "h": DEEP}
    ),
    ("class-axis", "soft"): lambda: Case(CE, WORDS, WORDS.softmax(dim=-1)),
    ("one-hot-integer-target", ""): lambda: Case(CE, Z, HOT.long()),
    ("one-hot-integer-target", "nll"): lambda: Case(NLL, LOG_Q, HOT.long()),
    ("one-hot-integer-target", "labels"): lambda: logits(CE, Z, (HOT + HOT.roll(1, 1)).long()),
    ("one-hot-integer-target", "last"): lambda: Case(CE, WORDS.movedim(-1, 1), F.one_hot(TAGS, 3)),
    ("one-hot-integer-target", "both last"): lambda: Case(CE, WORDS, F.one_hot(TAGS, 3)),
    ("float-class-index", ""): lambda: Case(CE, Z, Y.float()),
    ("float-class-index", "elements"): lambda: Case(WITH_LOGITS, Z, HOT.bool()),
    ("float-class-index", "classes"): lambda: logits(KL, LOG_Q, **SUMMED),
    ("broadcast-target", ""): lambda: Case(WITH_LOGITS, Z[:, :1], HOT[:, 0]),
    ("broadcast-target", "column"): lambda: Case(WITH_LOGITS, Z[:, 0], HOT[:, :1]),
    ("broadcast-target", "shared"): lambda: Case(WITH_LOGITS, Z, HOT[:, :1]),
    ("broadcast-target", "narrow"): lambda: Case(
        WITH_LOGITS, Z[:, :1], HOT, {}, {"model": LAYER, "x": HIDDEN}
    ),
    ("broadcast-target", "prior"): lambda: Case(KL, LOG_Q, P[:1], SUMMED),
    ("target-shape", ""): lambda: Case(CE, WORDS.movedim(-1, 1), TAGS.view(2, 2, 2)),
    ("target-shape", "column"): lambda: Case(CE, Z, Y[:, None]),
    ("target-shape", "probabilities last"): lambda: Case(
        CE, WORDS.movedim(-1, 1), WORDS.softmax(dim=-1)
    ),
    ("target-shape", "one sample"): lambda: Case(CE, Z[:, 0], (Y == 0).long()),
    ("target-shape", "spatial"): lambda: Case(
        CE, torch.randn(2, 3, 4, 4, generator=GENERATOR), torch.ones(2, 8, 8).long()
    ),
    ("target-shape", "exchanged"): lambda: Case(
        CE, torch.randn(2, 3, 4, 5, generator=GENERATOR), torch.ones(2, 5, 4).long()
    ),
    ("target-shape", "flat"): lambda: Case(CE, WORDS, TAGS.view(-1)),
    ("target-shape", "merged"): lambda: Case(WITH_LOGITS, WORDS.view(2, 12), (WORDS > 0).float()),
    ("target-shape", "viewed"): lambda: Case(CE, WORDS.view(-1, 4), TAGS),
    ("target-shape", "classes"): lambda: logits(WITH_LOGITS, Z, Y.float()),
    ("class-index-out-of-range", "from 1"): lambda: Case(CE, Z, Y + 1),
    ("class-index-out-of-range", "ignored"): lambda: Case(CE, Z, torch.where(Y == 0, 255, Y)),
    ("class-index-out-of-range", "bytes"): lambda: Case(CE, Z[:, :2], 255 * (Y == 0).long()),
    ("class-index-out-of-range", "signs"): lambda: Case(CE, Z[:, :2], 2 * (Y == 0).long() - 1),
    ("one-class", "signs"): lambda: Case(CE, Z[:, :1], 2 * (Y == 0).long() - 1),
    ("binary-target-out-of-range", "swapped"): lambda: Case(WITH_LOGITS, HOT, Z),
    ("non-finite-target", "marked"): lambda: Case(
        WITH_LOGITS, Z, HOT.masked_fill(HOT.roll(1, 1) > 0, float("nan")), {"pos_weight": torch.ones(3)}
    ),
    ("negative-weight", "pos_weight"): lambda: Case(
        WITH_LOGITS, Z, HOT, {"pos_weight": torch.tensor([1.0, -1.0, 2.0])}
    ),
    ("broadcast-target", "merged"): lambda: Case(WITH_LOGITS, Z[:, :1, None, None], HOT[:, 0]),
    ("binary-target-out-of-range", "marked"): lambda: Case(WITH_LOGITS, Z, HOT - 3 * HOT.roll(1, 0) * (1 - HOT)),
    ("saturated-bce", "bits"): lambda: logits(BCE, HOT.roll(1, 0), HOT),
    ("saturated-bce", "of one number"): lambda: logits(
        BCE, LAYER(HIDDEN)[:, :1].softmax(dim=1), HOT[:, :1], Z[:, :1]
    ),
    ("softmax-axis", "of the batch"): lambda: logits(BCE, LAYER(HIDDEN).softmax(dim=0), HOT),
    ("soft-target-not-normalised", "several yes"): lambda: logits(
        BCE, LAYER(HIDDEN).softmax(dim=1), BITS
    ),
    ("target-gradient", "the other way"): lambda: Case(BCE, Q, LAYER(HIDDEN).sigmoid()),
    ("saturated-bce", "swapped"): lambda: Case(BCE, HOT, Z.sigmoid()),
    ("negative-soft-target", "swapped"): lambda: Case(CE, HOT, Z),
    ("logits-into-bce", ""): lambda: Case(BCE, Z, HOT),
    ("logits-into-bce", "dropout"): lambda: logits(
        BCE, (9 * LAYER(HIDDEN)).sigmoid() * DROPPED, HOT
    ),
    ("logits-into-bce", "scaled"): lambda: logits(BCE, 2 * (9 * LAYER(HIDDEN)).sigmoid(), HOT),
    ("logits-into-bce", "logarithm"): lambda: logits(BCE, LOG_Q, HOT),
    ("logits-into-bce", "graph"): lambda: Case(
        BCE, F.linear(HIDDEN, torch.zeros(3, 5).requires_grad_(), torch.tensor([0.3, 0.5, 0.7])), HOT
    ),
    ("binary-target-out-of-range", "signs"): lambda: Case(WITH_LOGITS, Z, 2 * HOT - 1),
    ("binary-target-out-of-range", "from 1"): lambda: Case(WITH_LOGITS, Z, HOT + 1),
    ("binary-target-out-of-range", "bytes"): lambda: Case(WITH_LOGITS, Z, 255 * P.round()),
    ("non-finite-target", ""): lambda: Case(WITH_LOGITS, Z, torch.where(HOT > 0, INF, 0.0)),
    ("low-precision-overflow", ""): lambda: Case(
        CE, torch.where(HOT > 0, -4e4, 2e3).half(), Y, {"reduction": "sum"}
    ),
    ("low-precision-overflow", "floats"): lambda: Case(
        WITH_LOGITS, torch.where(HOT > 0, -4e4, 0.0).half(), HOT.half(), {"reduction": "sum"}
    ),
    ("low-precision-overflow", "input"): lambda: Case(
        CE, (1e5 * Z).half(), Y, {}, {"layer": LAYER, "h": HIDDEN.half()}
    ),
    ("non-finite-input", ""): lambda: Case(CE, Z / HOT, Y),
    ("non-finite-input", "smoothed"): lambda: Case(
        CE, Z.masked_fill(MASK == 0, -INF), Y, {"label_smoothing": 0.1}
    ),
    ("non-finite-input", "masked"): lambda: Case(CE, Z.masked_fill(HOT.roll(1, 1) > 0, -INF), HOT),
    ("non-finite-weight", ""): lambda: Case(
        CE, Z, Y.clamp(max=1), {"weight": torch.tensor([0.5, 0.25, INF])},
        {"counts": torch.tensor([2, 4, 0])},
    ),
    ("non-finite-weight", "pos_weight"): lambda: Case(
        WITH_LOGITS, Z, HOT, {"pos_weight": torch.tensor([2.0, 2.0, INF])},
        {"negatives": torch.tensor([4, 4, 6]), "positives": torch.tensor([2, 2, 0])},
    ),
    ("all-ignored", ""): lambda: Case(CE, Z, torch.full_like(Y, -100)),
    ("all-ignored", "weighted"): lambda: Case(
        CE, Z, torch.full_like(Y, -100), {"weight": torch.tensor([1.0, 2.0, 3.0])}
    ),
    ("all-ignored", "empty"): lambda: Case(CE, Z[:0], Y[:0]),
    ("zero-weight", ""): lambda: Case(
        CE, Z, torch.zeros_like(Y), {"weight": torch.tensor([0.0, 1.0, 1.0])}
    ),
    ("softmax-before-cross-entropy", ""): lambda: logits(CE, Q),
    ("softmax-before-cross-entropy", "axis"): lambda: logits(CE, Z.softmax(dim=0)),
    ("sigmoid-before-cross-entropy", ""): lambda: logits(
        CE, Z.clone().requires_grad_().sigmoid()
    ),
    ("sigmoid-before-cross-entropy", "crowded"): lambda: logits(CE, ENDS),
    ("sigmoid-before-cross-entropy", "within"): lambda: logits(CE, Z.sigmoid()),
    ("softmax-axis", ""): lambda: logits(NLL, Z.log_softmax(dim=0)),
    ("probabilities-into-nll", ""): lambda: logits(NLL, Q),
    ("logits-into-nll", ""): lambda: Case(NLL, Z, Y),
    ("logits-into-nll", "below"): lambda: Case(NLL, Z - 9, Y),
    ("logits-into-nll", "negated"): lambda: Case(NLL, -LOG_Q, Y),
    ("logits-into-nll", "base"): lambda: Case(NLL, Q.log2(), Y),
    ("logits-into-nll", "log1p"): lambda: logits(NLL, Q.log1p()),
    ("logits-into-nll", "graph"): lambda: Case(NLL, LAYER(HIDDEN), Y),
    ("logits-into-nll", "log-sigmoid"): lambda: logits(
        NLL, F.logsigmoid(Z.clone().requires_grad_())
    ),
    ("logits-into-nll", "scaled"): lambda: Case(NLL, LAYER(HIDDEN).log_softmax(dim=1) / 4, Y),
    ("logits-into-nll", "dropout"): lambda: logits(
        NLL, LAYER(HIDDEN).log_softmax(dim=1) * DROPPED
    ),
    ("sigmoid-before-bce-with-logits", ""): lambda: logits(
        WITH_LOGITS, Z.clone().requires_grad_().sigmoid(), HOT
    ),
    ("sigmoid-before-bce-with-logits", "logarithm"): lambda: logits(WITH_LOGITS, LOG_Q, HOT),
    ("sigmoid-before-bce-with-logits", "softmax"): lambda: logits(WITH_LOGITS, Q, HOT),
    ("sigmoid-before-bce-with-logits", "crowded"): lambda: logits(WITH_LOGITS, ENDS, HOT),
    ("sigmoid-before-bce-with-logits", "bits"): lambda: logits(WITH_LOGITS, BITS, HOT),
    ("sigmoid-before-bce-with-logits", "within"): lambda: logits(WITH_LOGITS, Z.sigmoid(), HOT),
    ("kl-arguments-swapped", ""): lambda: Case(KL, P, LOG_Q, SUMMED),
    ("kl-arguments-swapped", "gradient"): lambda: Case(
        KL, P.log(), LAYER(HIDDEN).softmax(dim=1), SUMMED, {"logits": LAYER(HIDDEN), "p": P}
    ),
    ("kl-input-not-log", ""): lambda: logits(KL, Q, P, **SUMMED),
    ("kl-input-not-log", "logits"): lambda: Case(KL, Z, P, SUMMED),
    ("kl-input-not-log", "negated"): lambda: Case(KL, -LOG_Q, P, SUMMED),
    ("kl-input-not-log", "base"): lambda: Case(KL, Q.log10(), P, SUMMED),
    ("kl-input-not-log", "log1p"): lambda: logits(KL, Q.log1p(), P, **SUMMED),
    ("kl-input-not-log", "temperature"): lambda: Case(
        KL, (Q / 4).log(), P, SUMMED, {"logits": Z}
    ),
    ("kl-input-not-log", "graph"): lambda: Case(KL, LAYER(HIDDEN), P, SUMMED),
    ("kl-input-not-log", "log-sigmoid"): lambda: logits(
        KL, F.logsigmoid(LAYER(HIDDEN)), P, **SUMMED
    ),
    ("kl-input-not-log", "scaled"): lambda: Case(
        KL, 2 * LAYER(HIDDEN).log_softmax(dim=1), P, SUMMED
    ),
    ("kl-input-not-log", "dropout"): lambda: logits(
        KL, LAYER(HIDDEN).log_softmax(dim=1) * DROPPED, P, **SUMMED
    ),
    ("kl-target-log", ""): lambda: Case(KL, LOG_Q, P.log(), SUMMED),
    ("kl-target-log", "not log"): lambda: Case(KL, LOG_Q, P, {**SUMMED, "log_target": True}),
    ("negative-soft-target", ""): lambda: Case(KL, LOG_Q, -P, SUMMED, {"teacher_logits": Z}),
    ("negative-soft-target", "cross-entropy"): lambda: Case(
        CE, Z, 2 * HOT - 1, {}, {"teacher_logits": Z}
    ),
    ("class-axis-ambiguous", ""): lambda: Case(CE, SQUARE, OF_SQUARE),
    ("class-axis-ambiguous", "graph"): lambda: Case(CE, LAYER(HIDDEN.view(2, 3, 5)), OF_SQUARE),
    ("class-axis-ambiguous", "values"): lambda: Case(NLL, SQUARE.log_softmax(dim=-1), OF_SQUARE),
    ("soft-target-not-normalised", ""): lambda: Case(CE, Z, 0.7 * P),
    ("soft-target-not-normalised", "labels"): lambda: Case(CE, Z, (HOT + HOT.roll(1, 0)).clamp(max=1)),
    ("soft-target-not-normalised", "percent"): lambda: Case(CE, Z, 100 * P),
    ("soft-target-not-normalised", "alike"): lambda: Case(
        KL, LOG_Q, P / 4, SUMMED, {"teacher_logits": Z}
    ),
    ("soft-target-not-normalised", "axis"): lambda: Case(
        KL, LOG_Q, Z.softmax(dim=0), SUMMED, {"teacher_logits": Z}
    ),
    ("kl-temperature", ""): lambda: Case(
        KL, (LAYER(HIDDEN) / 2).log_softmax(dim=1), P, SUMMED
    ),
    ("kl-mean", ""): lambda: Case(KL, LOG_Q, P),
    ("kl-mean", "mean"): lambda: Case(KL, LOG_Q[0], P[0]),
    ("kl-mean", "batchmean"): lambda: Case(KL, LOG_Q[0], P[0], {"reduction": "batchmean"}),
    ("saturated-bce", ""): lambda: logits(BCE, (40 * Z).sigmoid(), 1 - HOT, 40 * Z),
    ("negative-smoothing", ""): lambda: Case(CE, Z, Y, {"label_smoothing": -0.1}),
    ("total-smoothing", ""): lambda: Case(CE, Z, Y, {"label_smoothing": 1}),
    ("ignore-index-is-a-class", ""): lambda: Case(CE, Z, Y, {"ignore_index": 0}),
    ("ignore-index-is-a-class", "uint8"): lambda: Case(
        CE, Z[:2].repeat(1, 60), torch.tensor([3, 156], dtype=torch.uint8), {"label_smoothing": 0.1}
    ),
    ("weights-with-smoothing", ""): lambda: Case(
        CE, Z, Y, {"weight": torch.tensor([1.0, 2.0, 3.0]), "label_smoothing": 0.1}
    ),
    ("negative-weight", ""): lambda: Case(CE, Z, Y, {"weight": torch.tensor([1.0, 2.0, -1.0])}),
    ("log-softmax-before-cross-entropy", ""): lambda: Case(CE, LOG_Q, Y),
    ("log-softmax-before-cross-entropy", "negated"): lambda: Case(CE, -LOG_Q, Y),
    ("log-softmax-before-cross-entropy", "dropout"): lambda: logits(
        CE, LAYER(HIDDEN).log_softmax(dim=1) * DROPPED
    ),
}  # fmt: skip

# What only a GPU, or several steps, can show: tested further down.
ELSEWHERE = {("refused", "autocast"), ("stuck-at-floor", "twice"), ("unequal-batches", "")}
ELSEWHERE |= {("unequal-batches", "log"), ("small-batches-under-weights", "")}
ELSEWHERE |= {("parameters-do-not-move", ""), ("saturation-growing", "")}
ELSEWHERE |= {("parameters-do-not-move", "written")}


def test_no_summary_has_a_plural_for_a_count_that_may_be_1() -> None:
    rows = [each for row in table().values() for each in (row, *row.get("variants", {}).values())]
    said = [row["summary"] for row in rows if "summary" in row]
    plural = re.compile(r"(?<!of )\{(count|samples|targets)\} [a-z]+s\b")
    assert len(said) > 100
    assert not [text for text in said if plural.search(text)]


def lines() -> dict[tuple[str, str], dict[str, str]]:
    """Return the rows of the table whose fix is code and no comment."""
    rows = {
        (code, name): {**row, **variant}
        for code, row in table().items()
        for name, variant in {"": {}, **row.get("variants", {})}.items()
    }
    return {key: row for key, row in rows.items() if not row["fix"].startswith("#")}


def plain(code: str, variant: str = "", *, options: str = "") -> str:
    """Return the row's line for the cross-entropy with these options."""
    return (
        lines()[code, variant]["fix"].replace("{loss}", "F.cross_entropy").replace("{*}", options)
    )


def matches(found: Finding, row: dict[str, str]) -> bool:
    """Say whether the finding's words are those of the row."""
    pairs = ((row["summary"], found.summary), (row["fix"], found.fix))
    return all(
        re.fullmatch(re.sub(r"\\\{.*?\\\}", ".*", re.escape(template)), said)
        for template, said in pairs
    )


class Recorder:
    """Stands for a module of functions, and notes which losses are called with what."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.module, name)
        if name not in LOSS_NAMES:
            return function

        def noted(*arguments: Any, **options: Any) -> Any:
            self.calls.append((name, arguments, options))
            return function(*arguments, **options)

        return noted


def run(case: Case, line: str) -> tuple[Recorder, dict[str, Any], dict[str, Any]]:
    """Run the line on the case; return the calls it makes, and all names before and after."""
    recorder = Recorder(F)
    before = {"input": case.input, "target": case.target, **case.options, **case.names}
    names = {"F": recorder, "torch": torch, "criterion": case.loss, **before}
    exec(line, names)  # noqa: S102  the line is what we test
    return recorder, before, names


def after(case: Case, line: str) -> lossutils.Diagnosis | None:
    """Run the line on the case, and diagnose the loss that it calls, or else the call again."""
    recorder, before, names = run(case, line)
    if recorder.calls:
        name, arguments, options = recorder.calls[-1]
        assert names["loss"].isfinite()
        return diagnose(name, *arguments, **options)
    if line.startswith("if "):
        return None  # no call is made, and none is needed
    changed = [name for name in names if names[name] is not before.get(name)]
    given = next(
        names[name] for name in ("log_q", "logits", "input") if name in changed or name == "input"
    )
    options = {name: names[name] for name in case.options}
    return diagnose(names["criterion"], given, names["target"], **options)


def test_every_line_of_code_is_tested() -> None:
    assert set(CASES) | ELSEWHERE == set(lines())
    assert not set(CASES) & ELSEWHERE


@pytest.mark.parametrize("key", CASES, ids=":".join)
def test_the_line_mends_what_it_was_given_for(key: tuple[str, str]) -> None:
    case, row = CASES[key](), lines()[key]
    found = diagnose(case.loss, case.input, case.target, **case.options)
    (line,) = {each.fix for each in found if each.code == key[0] and matches(each, row)}
    if line.startswith("assert"):
        with pytest.raises(AssertionError):
            after(case, line)
        return
    mended = after(case, line)
    if mended is None:
        return
    assert mended.ok, f"{line}\n{mended}"
    # The other reading is as ambiguous, and what follows a call is not seen in it.
    if key not in {("class-axis-ambiguous", ""), ("kl-temperature", "")}:
        assert row["severity"] != "note" or key[0] not in mended.codes


OTHER_TARGETS: dict[str, tuple[Any, dict[str, Any]]] = {
    CE: (Y, {}), NLL: (Y, {}), BCE: (HOT, {}), WITH_LOGITS: (HOT, {}), KL: (P, SUMMED),
}  # fmt: skip
ACTIVATIONS = {
    "softmax": lambda z: z.softmax(dim=1),
    "log-softmax": lambda z: z.log_softmax(dim=1),
    "sigmoid": torch.sigmoid,
    "log-sigmoid": F.logsigmoid,
}
# What each loss takes as it is.
FITTING = {
    (CE, "log-softmax"), (CE, "log-sigmoid"), (NLL, "log-softmax"),
    (BCE, "softmax"), (BCE, "sigmoid"), (KL, "log-softmax"),
}  # fmt: skip
AFTERWARDS = {
    "nothing": lambda x: x,
    "a dropout": lambda x: x * DROPPED,
    "a constant": lambda x: x / 2,
    "a view": lambda x: x.view(3, 2, 3).reshape(6, 3),
    "a small number": lambda x: x + 1e-8,
    "a cast": lambda x: x.double(),
}


@pytest.mark.parametrize("last", AFTERWARDS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", OTHER_TARGETS)
def test_no_line_passes_on_what_has_been_through_an_activation(
    loss: str, activation: str, last: str
) -> None:
    z, (target, options) = LAYER(HIDDEN), OTHER_TARGETS[loss]
    given = AFTERWARDS[last](ACTIVATIONS[activation](z))
    found = diagnose(
        loss, given, target.to(given.dtype) if loss in (BCE, WITH_LOGITS, KL) else target, **options
    )
    scaled = last == "a constant" and activation == "log-softmax" and loss in (NLL, KL)
    fits = (loss, activation) in FITTING and last != "a dropout" and not scaled
    assert found.ok == fits, found
    if fits:
        return
    recorder, *_ = run(Case(loss, given, target, options, {"logits": z}), found[0].fix)
    ((_, (passed, *_), _),) = recorder.calls
    z = given if scaled else z  # the factor belongs on the logits
    if (loss, activation, last) == (KL, "softmax", "a constant"):
        z = z / 2  # so does the temperature
    assert torch.equal(passed, z) or torch.equal(passed, z.log_softmax(dim=1)), found


# Other options that a caller may have given, and those that a line sets or leaves out.
OF_CLASSES = {"weight": torch.tensor([0.5, 1.5, 2.0]), "ignore_index": -7, "reduction": "sum"}
OF_ELEMENTS = {"weight": torch.tensor([2.0]), "reduction": "sum"}
OTHERS: dict[str, dict[str, Any]] = {
    CE: {**OF_CLASSES, "label_smoothing": 0.1},
    NLL: OF_CLASSES,
    BCE: OF_ELEMENTS,
    WITH_LOGITS: {**OF_ELEMENTS, "pos_weight": torch.tensor([3.0])},
    KL: {"reduction": "sum", "log_target": True},
}
MENDED = {
    ("refused", "reduction"): {"reduction"},
    ("refused", "smoothing"): {"label_smoothing"},
    ("refused", "ignored index"): {"ignore_index"},
    ("negative-smoothing", ""): {"label_smoothing"},
    ("total-smoothing", ""): {"label_smoothing"},
    ("smoothed-twice", ""): {"label_smoothing", "ignore_index"},
    ("masked-target", "smoothing"): {"label_smoothing"},
    ("non-finite-input", "smoothed"): {"label_smoothing"},
    ("zeroed-logits", "elements"): {"reduction"},
    ("one-class", ""): {"weight", "ignore_index", "label_smoothing"},
    ("one-class", "nll"): {"weight", "ignore_index"},
    ("one-class", "signs"): {"weight", "ignore_index", "label_smoothing"},
    ("float-class-index", "classes"): {"log_target"},  # which cross-entropy does not have
    ("target-shape", "one sample"): {"weight", "ignore_index", "label_smoothing"},
    ("target-shape", "classes"): {"weight", "pos_weight"},
    ("soft-target-not-normalised", "labels"): {"ignore_index", "label_smoothing"},
    ("one-hot-integer-target", "labels"): {"ignore_index", "label_smoothing"},
    ("class-index-out-of-range", "ignored"): {"ignore_index"},
    ("all-ignored", ""): {"reduction"},
    ("all-ignored", "weighted"): {"reduction"},
    ("zero-weight", ""): {"reduction"},
    ("kl-arguments-swapped", "gradient"): {"log_target"},
    ("kl-target-log", ""): {"log_target"},
    ("kl-target-log", "not log"): {"log_target"},
    ("kl-mean", ""): {"reduction"},
    ("kl-mean", "mean"): {"reduction"},
    ("kl-mean", "batchmean"): {"reduction"},
    ("ignore-index-is-a-class", ""): {"ignore_index"},
    ("weights-with-smoothing", ""): {"label_smoothing"},
    ("log-softmax-before-cross-entropy", ""): {"label_smoothing"},
}
CALLS = [
    key for key, row in lines().items() if key in CASES and re.match(r"loss = .*\{\*", row["fix"])
]


@pytest.mark.parametrize("key", CALLS, ids=":".join)
def test_the_line_keeps_the_other_options_of_the_call(key: tuple[str, str]) -> None:
    case, seen = CASES[key](), 0
    for option, value in OTHERS[getattr(case.loss, "__name__", case.loss)].items():
        given = Case(
            case.loss, case.input, case.target, {option: value, **case.options}, case.names
        )
        found = diagnose(given.loss, given.input, given.target, **given.options)
        for line in {each.fix for each in found if each.code == key[0] and "loss = " in each.fix}:
            recorder, *_ = run(given, line)
            kept = {**given.options}
            for _, _, options in recorder.calls:
                seen += 1
                for name in MENDED.get(key, set()):
                    options.pop(name, None)
                    kept.pop(name, None)
                if kept.get("reduction") == "batchmean" and "kl_div" not in line:
                    kept.pop("reduction")  # which only kl_div knows
                assert {**kept, **options}.keys() == options.keys(), line
                assert all(
                    torch.equal(torch.as_tensor(options[n]).float(), torch.as_tensor(x).float())
                    if not isinstance(x, str)
                    else options[n] == x
                    for n, x in kept.items()
                ), line
    assert seen, "no other option leaves the finding"


def test_the_weights_of_a_class_stand_along_its_axis_in_a_loss_by_element() -> None:
    hot = F.one_hot(TAGS, 3).movedim(-1, 1).float()
    both = (hot + hot.roll(1, 1)).clamp(max=1)
    options = {"weight": torch.tensor([1.0, 2.0, 3.0])}
    case = Case(CE, WORDS.movedim(-1, 1), both, options)
    (found,) = diagnose(CE, case.input, case.target, **options)
    recorder, *_ = run(case, found.fix)
    assert recorder.calls[0][2]["weight"].shape == (3, 1)


def test_a_weight_that_fits_the_last_axis_leaves_the_axis_to_mend() -> None:
    for target in (TAGS, WORDS.softmax(dim=-1)):
        options = {"weight": torch.tensor([1.0, 2.0, 3.0])}
        (found,) = diagnose(CE, WORDS, target, **options)
        assert found.code == "class-axis"
        mended = after(Case(CE, WORDS, target, options), found.fix)
        assert mended is not None and mended.ok


@pytest.mark.parametrize("given", ["softmax", "logits", "graph", "softmax's graph"])
def test_the_line_for_a_divergence_knows_its_axis(given: str) -> None:
    z = torch.randn(2, 3, 4, 4, generator=GENERATOR)
    p = torch.randn(2, 3, 4, 4, generator=GENERATOR).softmax(dim=1)
    layer = nn.Conv2d(3, 3, 1)
    input = {"softmax": z.softmax(dim=1), "logits": z, "graph": layer(z)}.get(
        given, layer(z).softmax(dim=1)
    )
    (found,) = diagnose(KL, input, p, **SUMMED)
    mended = after(Case(KL, input, p, SUMMED, {"logits": z}), found.fix)
    assert mended is not None and mended.ok and "dim=1" in found.fix


def test_the_axis_of_one_distribution_is_that_of_the_other() -> None:
    (found,) = diagnose(KL, Z.log_softmax(dim=0), P, **SUMMED)
    assert (found.code, found.fix) == ("softmax-axis", "log_q = F.log_softmax(logits, dim=1)")
    assert diagnose(CE, Z, Z.softmax(dim=0)).codes == ("soft-target-not-normalised",)


def test_a_view_moves_no_axis() -> None:
    layer = nn.Conv2d(2, 3, 1)
    picture = layer(torch.randn(2, 2, 4, 5, generator=GENERATOR))
    y = torch.arange(40) % 3
    (found,) = diagnose(CE, picture.view(-1, 3), y)
    assert (found.code, found.severity) == ("class-axis", "error")
    assert "(40, 3) of (2, 3, 4, 5)" in found.summary and ".movedim(1, -1)" in found.fix
    whole = (
        (picture.movedim(1, -1).reshape(-1, 3), y),
        (picture.flatten(2), y.view(2, 20)),
        (picture[:, :, :1, :1].reshape(-1, 3), y[:2]),
        (LAYER(DEEP).view(-1, 3), y[:8]),
        (LAYER(DEEP).transpose(1, 2), y[:8].view(2, 4)),
        (LAYER(DEEP)[:, :1].reshape(2, 3, 1), y[:2].view(2, 1)),
        (LAYER(DEEP).view(2, 2, 2, 3).movedim(-1, 1), y[:8].view(2, 2, 2)),
    )
    for z, target in whole:
        assert diagnose(CE, z, target).ok


@pytest.mark.parametrize("loss", [CE, BCE, WITH_LOGITS, KL])
def test_an_empty_batch_is_called_empty(loss: str) -> None:
    options = SUMMED if loss == KL else {}
    (found,) = diagnose(loss, Q[:0], P[:0], **options)
    assert found.summary == "The batch is empty: a mean over nothing is NaN."


def test_a_divergence_over_any_axis_is_whole() -> None:
    z = torch.randn(2, 3, 4, 4, generator=GENERATOR)
    for axis in (1, 2, 3):
        assert diagnose(KL, z.log_softmax(dim=axis), z.roll(1, 0).softmax(dim=axis), **SUMMED) == ()


ALONE = Z[:, :1]
YES = (Y == 0).long()


@pytest.mark.parametrize("loss", [CE, NLL, "lossutils.focal_loss"])
@pytest.mark.parametrize(
    ("input", "target", "options"),
    [
        (ALONE, YES, {}),
        (ALONE, 0 * YES, {}),
        (ALONE, YES.float(), {}),
        (ALONE, YES[:, None], {}),
        (ALONE, torch.where(Y == 1, -100, YES), {}),
        (ALONE, torch.where(Y == 1, -7, YES), {"ignore_index": -7}),
        (ALONE, YES, {"weight": torch.tensor([1.0, 2.0])}),
        (ALONE[..., None], YES[:, None], {}),
        (ALONE[0], YES[0], {}),
        (ALONE[0], YES[:1], {}),
        (ALONE.double(), YES, {}),
    ],
)
def test_the_line_for_one_class_fits_the_target(
    loss: str, input: torch.Tensor, target: torch.Tensor, options: dict[str, Any]
) -> None:
    given = Case(loss, input, target, options, {"logits": input, "lossutils": lossutils})
    found = diagnose(loss, input, target, **options)
    assert found.codes == ("one-class",)
    *_, names = run(given, found[0].fix)
    kept = target != options.get("ignore_index", -100)
    z, t = input.reshape(kept.shape)[kept], target[kept].to(input.dtype)
    assert names["loss"] == F.binary_cross_entropy_with_logits(z, t)


def test_one_class_is_only_said_where_it_is_the_fault() -> None:
    assert diagnose(CE, ALONE, YES + 2).codes == ("class-index-out-of-range",)
    assert diagnose(CE, ALONE, torch.full_like(Y, -100)).codes == ("all-ignored",)
    assert diagnose(CE, ALONE[:0], YES[:0]).codes == ("all-ignored",)
    assert diagnose(CE, ALONE, YES[:3]).codes == ("target-shape",)
    assert diagnose(CE, ALONE.to("meta"), YES.to("meta")).codes == ("one-class",)
    (found,) = diagnose(CE, ALONE, 3 * ALONE.abs())
    assert found.code == "one-class" and "F.mse_loss" in found.fix


def test_a_line_for_our_losses_calls_ours() -> None:
    (found,) = diagnose("lossutils.nll_loss", Z, Y, weight=torch.ones(3), reduction="sum")
    assert found.fix == (
        'loss = lossutils.cross_entropy_loss(input, target, weight=weight, reduction="sum")'
    )


def test_an_ignored_target_is_no_index_of_the_weights() -> None:
    weight = torch.tensor([0.0, 1.0, 1.0])
    target = torch.tensor([0, 0, -100])
    case = Case(CE, Z[:3], target, {"weight": weight})
    (found,) = diagnose(CE, case.input, target, weight=weight)
    *_, names = run(case, found.fix)
    assert found.code == "zero-weight"
    assert names["loss"] == 0


def test_lines_for_what_one_call_on_this_machine_can_not_show() -> None:
    line = plain("refused", "autocast")
    assert after(logits(BCE, Z.sigmoid(), HOT), line).ok  # type: ignore[union-attr]
    line = (
        lines()["stuck-at-floor", "twice"]["fix"]
        .replace("{loss}", "F.cross_entropy")
        .replace("{*}", "")
    )
    assert after(logits(CE, Q), line).ok  # type: ignore[union-attr]
    assert lines()["saturation-growing", ""]["fix"] == lines()["saturated-bce", ""]["fix"]


def test_the_line_for_unequal_batches_gives_the_loss_of_the_whole() -> None:
    line = plain("unequal-batches")
    log = lines()["unequal-batches", "log"]["fix"]
    names: dict[str, Any] = {"F": F, "divisor": len(Y), "total": 0, "count": 0}
    whole = F.cross_entropy(Z, Y)
    losses = []
    for part in (slice(0, 4), slice(4, 6)):
        names |= {"input": Z[part], "target": Y[part], "divisor": len(Y)}
        exec(line, names)  # noqa: S102
        losses.append(names["loss"])
        names |= {"loss": F.cross_entropy(Z[part], Y[part]), "divisor": len(Y[part])}
        exec(log, names)  # noqa: S102
    assert float(sum(losses)) == pytest.approx(float(whole), rel=1e-6)
    assert float(names["total"] / names["count"]) == pytest.approx(float(whole), rel=1e-6)


def test_the_line_for_small_batches_keeps_the_weights_of_the_whole() -> None:
    line = plain("small-batches-under-weights", options=", weight=weight")
    weight = torch.tensor([1.0, 10.0, 3.0])
    names: dict[str, Any] = {"F": F, "weight": weight, "divisor": float(weight[Y].mean() * 2)}
    losses = []
    for k in range(0, 6, 2):
        names |= {"input": Z[k : k + 2], "target": Y[k : k + 2]}
        exec(line, names)  # noqa: S102
        losses.append(names["loss"])
    whole = F.cross_entropy(Z, Y, weight=weight)
    assert float(sum(losses) / 3) == pytest.approx(float(whole), rel=1e-6)


def test_the_line_for_parameters_that_do_not_move_gives_the_optimiser_these() -> None:
    optim = SimpleNamespace(Adam=list)  # to make the real one takes seconds
    names: dict[str, Any] = {"torch": SimpleNamespace(optim=optim), "model": LAYER}
    exec(lines()["parameters-do-not-move", ""]["fix"], names)  # noqa: S102
    assert [id(x) for x in names["optimiser"]] == [id(x) for x in LAYER.parameters()]


def test_the_line_for_parameters_that_are_written_as_they_were_gives_a_learning_rate() -> None:
    optimiser = torch.optim.SGD(LAYER.parameters(), lr=0.0)
    exec(lines()["parameters-do-not-move", "written"]["fix"], {"optimiser": optimiser})  # noqa: S102
    assert [group["lr"] for group in optimiser.param_groups] == [1e-3]


# -- the same for NumPy's arrays ------------------------------------------------------------------


def in_numpy(x: Any) -> Any:
    """Return tensors as arrays, of float64 and int64 as NumPy makes them, and all else as it is."""
    if isinstance(x, dict):
        return {name: in_numpy(value) for name, value in x.items()}
    if isinstance(x, nn.Module):
        return lambda array: x(torch.from_numpy(array)).detach().numpy()
    return x.detach().numpy() if isinstance(x, torch.Tensor) else x


def numpy_cases() -> dict[tuple[str, str], Case]:
    """Return the cases of functions that can be tried on NumPy's arrays."""
    tried = {}
    for key, make in CASES.items():
        case = make()
        arrays = (case.input, case.target)
        if isinstance(case.loss, str) and all(
            isinstance(x, torch.Tensor) and x.device.type == "cpu" and x.dtype != torch.bfloat16
            for x in arrays
        ):
            name = f"lossutils.{our_name(case.loss)}"
            parts = (case.input, case.target, case.options, case.names)
            tried[key] = Case(name, *map(in_numpy, parts))
    return tried


def lines_for_numpy() -> dict[tuple[str, str], tuple[Case, str]]:
    """Return the cases of which the same is found in NumPy's arrays, with their lines of code."""
    found = {}
    for key, case in numpy_cases().items():
        for each in diagnose(case.loss, case.input, case.target, **case.options):
            if each.code == key[0] and not each.fix.startswith("#"):
                found[key] = case, each.fix
    return found


FOR_NUMPY = lines_for_numpy()


def test_most_lines_are_tried_on_numpys_arrays() -> None:
    assert len(FOR_NUMPY) > 40


@pytest.mark.parametrize("key", FOR_NUMPY, ids=":".join)
def test_a_line_for_numpys_arrays_runs_on_them(key: tuple[str, str]) -> None:
    case, line = FOR_NUMPY[key]
    recorder = Recorder(lossutils)
    before = {"input": case.input, "target": case.target, **case.options, **case.names}
    names = {"lossutils": recorder, "np": np, **before}
    if line.startswith("assert"):
        with pytest.raises(AssertionError):
            exec(line, names)  # noqa: S102  the line is what we test
        return
    exec(line, names)  # noqa: S102
    if recorder.calls:
        name, arguments, options = recorder.calls[-1]
        assert np.isfinite(names["loss"]), line
        assert diagnose(f"lossutils.{name}", *arguments, **options).ok, line
    elif not line.startswith("if "):
        changed = {name for name in names if names[name] is not before.get(name)}
        assert changed & {"input", "target", "logits", "log_q", *case.options}, line
        for x in (names[name] for name in changed & set(before)):
            assert isinstance(x, np.ndarray), line


def test_one_hot_rows_of_truth_values_get_a_line_that_runs() -> None:
    last = F.one_hot(TAGS, 3).bool()
    for case in (Case(CE, Z, HOT.bool()), Case(CE, WORDS.movedim(-1, 1), last)):
        (found,) = diagnose(case.loss, case.input, case.target)
        assert "at" not in found.evidence
        assert after(case, found.fix) == ()
