"""What `diagnose` says of broken calls, that it says nothing of whole ones, and changes nothing."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import itertools
import json
import math
import pickle
import re
import subprocess
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import diagnosis
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lossutils
from lossutils import diagnose, diagnosing
from lossutils._call import OPTIONS
from lossutils._findings import Diagnosis, filled_in, table
from lossutils._graph import applied
from lossutils._rules import normalised
from lossutils.compare import compare

CHAPTERS = Path(__file__).parents[1] / "chapters"
PLACES = Path(__file__).parents[1] / "lossutils/widgets/explorers/loss_workbench/places.json"
NAMES = json.loads(PLACES.read_text(encoding="utf-8"))
STORED = json.loads((CHAPTERS / "data" / "diagnosis.json").read_text(encoding="utf-8"))

# What is left when no other code fits, and notes that a network's own doings lead to.
OTHERS = {"non-finite-target", "non-finite-loss", "negative-weight", "unread"}
OTHERS |= {"log-softmax-before-cross-entropy", "kl-temperature", "target-gradient"}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    with diagnosis.one_thread():
        yield


@functools.cache
def scenes() -> list[diagnosis.Scene]:
    with torch.random.fork_rng(devices=[]):
        return diagnosis.all_scenes(3, seed=3)


@functools.cache
def cases(code: str, count: int = 6) -> list[diagnosis.Case]:
    with torch.random.fork_rng(devices=[]):
        return list(diagnosis.broken(code, count, scenes()))


def found(case: diagnosis.Case) -> Diagnosis:
    return diagnose(case.loss, case.input, case.target, **case.options)


# -- the table -------------------------------------------------------------------------------------


def anchor_of(heading: str) -> str:
    """Return the anchor that Sphinx gives a heading."""
    plain = unicodedata.normalize("NFKD", heading.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-0123456789")


@functools.cache
def headings(page: str) -> dict[str, str]:
    """Return the headings of a chapter, without their marks, by their anchors on the site."""
    cells = json.loads((CHAPTERS / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    lines = "".join("".join(c["source"]) + "\n" for c in cells if c["cell_type"] == "markdown")
    found = [re.sub("[#$`]", "", line).strip() for line in lines.splitlines() if line[:1] == "#"]
    found = [line.replace("'", "’") for line in found]  # as the site does, before it makes anchors
    return {anchor_of(heading): heading for heading in found}


def heading_of(link: str) -> str | None:
    """Return the heading that a finding's link leads to."""
    page, anchor = link.split(".html#")
    return headings(page).get(anchor.rstrip("-0123456789"))


def name_of(link: str) -> str:
    """Return what the workbench calls the place that a finding's link leads to."""
    words = link.partition("#")[2].replace("-", " ")
    return NAMES.get(link, words[:1].upper() + words[1:])


@pytest.mark.parametrize("code", table())
def test_links_lead_to_a_heading_that_the_workbench_calls_by_its_name(code: str) -> None:
    row = table()[code]
    for each in (row, *row.get("variants", {}).values()):
        if "link" in each:
            assert heading_of(each["link"]) == name_of(each["link"]), each["link"]


def test_the_workbench_names_no_place_that_nothing_links_to() -> None:
    rows = [each for row in table().values() for each in (row, *row.get("variants", {}).values())]
    assert NAMES.keys() <= {each.get("link") for each in rows}


def test_rows_of_the_table_have_a_form() -> None:
    parts = {"severity", "summary", "fix", "link"}
    for code, row in table().items():
        assert parts <= row.keys() <= parts | {"variants"}, code
        for name, variant in row.get("variants", {}).items():
            assert variant.keys() <= parts, (code, name)
        for each in (row, *row.get("variants", {}).values()):
            assert each.get("severity", "note") in ("error", "warning", "note")


def test_the_generator_knows_every_code() -> None:
    assert {*diagnosis.BROKEN, *diagnosis.LOOPS} == set(table()) - OTHERS


def test_the_stored_confusion_is_good_enough() -> None:
    assert STORED["right"] >= 0.95
    assert STORED["false_alarms"] == 0 and STORED["healthy"] >= 2000
    wanted = {*diagnosis.BROKEN, *diagnosis.LOOPS, "healthy", "healthy loops"}
    assert set(STORED["confusion"]) == wanted
    assert all(sum(row.values()) >= 20 for row in STORED["confusion"].values())


# -- broken and whole ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", diagnosis.BROKEN)
def test_the_gravest_finding_is_right(code: str) -> None:
    said = [found(case) for case in cases(code)]
    first = [each[0].code if each else "nothing" for each in said]
    assert first.count(code) >= len(first) - 1, first
    for finding in itertools.chain(*said):
        assert "{" not in finding.summary + finding.fix
        compile(finding.fix, "fix", "exec")  # a line of Python
        assert str(finding) and finding.evidence["seen"]


def test_whole_set_ups_raise_no_alarm() -> None:
    draw = diagnosis.Draw(11)
    with torch.random.fork_rng(devices=[]):
        for k in range(150):
            case = diagnosis.whole_setups(draw, scenes()[k % len(scenes())])
            case = diagnosis.presented(draw, case)
            assert found(case).ok, f"{case.what}\n{found(case)}"


Z = torch.tensor([[2.0, 0.5, -1.0], [0.3, -0.7, 1.1], [0.2, 0.1, 3.0], [-2.0, 1.0, 0.0]])
Y = torch.tensor([0, 2, 2, 1])


def leaf(z: torch.Tensor = Z) -> torch.Tensor:
    return z.clone().requires_grad_() * 1  # has a graph that says nothing


def test_says_whether_graph_or_values_show_it() -> None:
    q = leaf().softmax(1)
    (by_both,) = diagnose(F.cross_entropy, q, Y)
    (by_values,) = diagnose(F.cross_entropy, q.detach(), Y)
    (by_graph,) = diagnose(F.cross_entropy, q[:, :2], Y.clamp(max=1))  # sums to less than 1
    assert [f.evidence["seen"] for f in (by_both, by_values, by_graph)] == [
        "graph and values",
        "values",
        "graph",
    ]
    assert by_both.evidence["step"] == "SoftmaxBackward0"
    assert by_both.evidence["floor"] == pytest.approx(np.log(np.e + 2) - 1)


def test_refuses_what_is_no_loss() -> None:
    with pytest.raises(TypeError, match="loss must be"):
        diagnose(lambda z, y: z, Z, Y)
    with pytest.raises(ValueError, match="loss must be"):
        diagnose("cross_entrpy", Z, Y)


def test_a_tensor_that_is_only_marked_as_negative_is_read() -> None:
    z = torch.complex(torch.zeros(2, 3), torch.ones(2, 3)).conj().imag
    assert z.is_neg()
    assert diagnose("cross_entropy", z, torch.tensor([0, 2])).ok
    explained = lossutils.explain("cross_entropy", z, torch.tensor([0, 2]))
    assert explained.result == pytest.approx(np.log(3), rel=1e-6)
    table = compare({"sum": (lambda x: x.sum(), lambda x: x.sum())}, z)
    assert table.rows[0].ours == "-6"


def test_arguments_that_are_nothing_are_findings_not_errors() -> None:
    z, y = torch.zeros(2, 3), torch.tensor([0, 2])
    for found in (
        diagnose("cross_entropy", z, [[1], [1, 2]]),
        diagnose("cross_entropy", z, y, label_smoothing=10**400),
        diagnose("cross_entropy", z, y, reduction=np.array([1.0, 2.0])),
    ):
        assert found.codes[0] == "refused"


SHAPES = [
    (),
    (3,),
    (4,),
    (4, 3),
    (4, 3),
    (4, 1),
    (3, 4),
    (2, 3, 4),
    (2, 4),
    (3, 3, 3),
    (0, 3),
    (4, 0),
]
KINDS = [torch.float32, torch.float32, torch.float64, torch.int64, torch.int32, torch.bool]
LOSSES = [
    (F.cross_entropy, {}),
    (F.cross_entropy, {"weight": torch.ones(3)}),
    (F.nll_loss, {"ignore_index": 1}),
    (F.binary_cross_entropy, {}),
    (F.binary_cross_entropy_with_logits, {"pos_weight": torch.ones(3)}),
    (F.kl_div, {"reduction": "batchmean"}),
]


@pytest.mark.parametrize(("loss", "options"), LOSSES)
def test_whatever_is_refused_is_an_error_here(loss: Any, options: Any) -> None:
    """Any shapes and any types: nothing raises."""
    draw = diagnosis.Draw(0)
    for _ in range(300):
        shape, wanted = draw.of(*SHAPES), draw.of(*SHAPES)
        shape = wanted if draw.chance(0.2) else shape
        z = draw.numbers(0, 2, 36)[: np.prod(shape, dtype=int)].view(shape).to(draw.of(*KINDS[:4]))
        t = draw.numbers(0, 3, 36)[: np.prod(wanted, dtype=int)].view(wanted).to(draw.of(*KINDS))
        said = diagnose(loss, z, t, **options)
        refused = contextlib.suppress(RuntimeError, ValueError, IndexError, TypeError)
        with refused, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss(z, t, **options)
            continue
        assert not said.ok, f"{shape} {wanted} {z.dtype} {t.dtype}: {said}"


@pytest.mark.parametrize(
    ("shape", "target_shape"),
    [((4, 1), (4,)), ((4,), (4, 1)), ((4, 3), (4, 1)), ((4, 3), (3,))],
    ids=str,
)
def test_the_line_against_broadcasting_gives_both_one_shape(shape: Any, target_shape: Any) -> None:
    names = {"F": F, "input": torch.randn(shape), "target": torch.rand(target_shape)}
    (found,) = diagnose(F.binary_cross_entropy_with_logits, names["input"], names["target"])
    assert found.code == "broadcast-target"
    exec(found.fix, names)  # noqa: S102  the line is what we test
    if "loss" not in names:
        exec("loss = F.binary_cross_entropy_with_logits(input, target)", names)  # noqa: S102
    assert names["loss"].isfinite()


def test_the_index_of_a_single_sample_may_stand_in_a_row_of_one() -> None:
    try:
        loss = F.cross_entropy(Z[0], Y[:1])
    except RuntimeError:  # as PyTorch 2.6 does
        assert not diagnose(F.cross_entropy, Z[0], Y[:1]).ok
    else:
        assert loss == F.cross_entropy(Z[0], Y[0])
        assert diagnose(F.cross_entropy, Z[0], Y[:1]).ok


def test_but_not_with_smoothing() -> None:
    with pytest.raises(RuntimeError):
        F.cross_entropy(Z[0], Y[:1], label_smoothing=0.1)
    names = {"F": F, "input": Z[0], "target": Y[:1]}
    (found,) = diagnose(F.cross_entropy, Z[0], Y[:1], label_smoothing=0.1)
    assert found.code == "target-shape"
    exec(found.fix, names)  # noqa: S102  the line is what we test
    assert names["loss"] == F.cross_entropy(Z[0], Y[0], label_smoothing=0.1)


@pytest.mark.parametrize(
    "given", [None, "avg", "MEAN", "None", "batchmean", True, 1, torch.ones(2)]
)
@pytest.mark.parametrize("loss", [F.cross_entropy, F.kl_div, F.binary_cross_entropy_with_logits])
def test_a_reduction_that_there_is_not_gets_one_that_there_is(loss: Any, given: Any) -> None:
    if loss is F.kl_div and isinstance(given, str) and given == "batchmean":
        return
    target = Y if loss is F.cross_entropy else Z.softmax(1)
    names = {"F": F, "input": Z.log_softmax(1) if loss is F.kl_div else Z, "target": target}
    (found,) = (
        f for f in diagnose(loss, names["input"], target, reduction=given) if f.severity == "error"
    )
    assert found.code == "refused" and "batchmean" in found.summary
    exec(found.fix, names)  # noqa: S102  the line is what we test
    each = loss(names["input"], target, reduction="none")
    assert names["loss"].shape == (each.shape if str(given) == "None" else ())


def test_eight_bits_turn_ignore_index_into_a_class() -> None:
    z = torch.linspace(-1, 1, 800).view(4, 200).sin()
    y, smooth = torch.tensor([156, 3, 156, 7]), {"label_smoothing": 0.1}
    whole, bytes_ = (F.cross_entropy(z, t, reduction="none", **smooth) for t in (y, y.byte()))
    assert (whole != bytes_).tolist() == [True, False, True, False]
    found = diagnose(F.cross_entropy, z, y.byte(), **smooth)[0]
    assert (found.code, found.severity) == ("ignore-index-is-a-class", "warning")
    assert (
        found.summary.startswith("ignore_index = -100 is 156 in uint8")
        and "2 of 4" in found.summary
    )
    names = {"F": F, "input": z, "target": y.byte()}
    exec(found.fix, names)  # noqa: S102  the line is what we test
    assert names["loss"] == whole.mean()
    others = [
        diagnose(F.cross_entropy, z, y.byte()),
        diagnose(F.cross_entropy, z, y, **smooth),
        diagnose(F.cross_entropy, z, y.where(y < 9, 9).byte(), **smooth),
        diagnose(lossutils.cross_entropy_loss, z, y.byte(), **smooth),
    ]
    assert all("ignore-index-is-a-class" not in each.codes for each in others)


def test_a_row_is_no_coincidence_but_a_narrow_one_may_be() -> None:
    one = torch.tensor([[0.25, 0.5, 0.25]])
    assert diagnose(F.cross_entropy, one, Y[:1]).codes == ("softmax-before-cross-entropy",)
    assert diagnose(F.cross_entropy, one.bfloat16(), Y[:1]).ok
    assert diagnose(F.cross_entropy, one.bfloat16().expand(64, 3), Y[:1].expand(64)).ok
    ones = torch.ones(8, 1)
    assert diagnose(F.cross_entropy, ones, Y[:1].expand(8)).codes == ("one-class",)


def test_a_mean_of_more_samples_than_float16_counts_is_found() -> None:
    z, y = torch.zeros(70_000, 2).half(), torch.zeros(70_000, dtype=torch.int64)
    assert F.cross_entropy(z, y) == 0  # of 70,000 times log 2, divided by infinity
    assert diagnose(F.cross_entropy, z, y).codes == ("low-precision-overflow",)
    sure = z + torch.tensor([30, 0]).half()
    assert diagnose(F.cross_entropy, sure, y).ok
    assert diagnose(lossutils.cross_entropy_loss, sure, y).ok


def test_random_rows_are_hardly_ever_taken_for_probabilities() -> None:
    rng = np.random.default_rng(0)
    for eps in (2.0**-52, 2.0**-23, 2.0**-10, 2.0**-7):
        rows = rng.uniform(0, 2 / 3, size=(3000, 1, 3))
        rounded = rows.astype(np.float16) if eps == 2.0**-10 else rows
        taken = sum(normalised(row.astype(float), eps) > 0 for row in rounded)
        assert taken <= 1, eps


# -- changes nothing -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", diagnosis.BROKEN)
def test_nothing_is_changed(code: str) -> None:
    case = cases(code)[0]
    tensors = [x for x in (case.input, case.target, *case.options.values()) if hasattr(x, "dtype")]
    before = [(x.clone() if isinstance(x, torch.Tensor) else x.copy(), x.dtype) for x in tensors]
    versions = [getattr(x, "_version", 0) for x in tensors]
    state, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()
    found(case)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpys)
    for x, (cloned, dtype), version in zip(tensors, before, versions, strict=True):
        assert x.dtype == dtype and getattr(x, "_version", 0) == version
        assert getattr(x, "grad_fn", 0) is getattr(x, "grad_fn", 0)
        if getattr(getattr(x, "device", None), "type", "cpu") == "cpu":
            same = np.asarray(torch.as_tensor(x).detach().double())
            np.testing.assert_array_equal(
                same, np.asarray(torch.as_tensor(cloned).detach().double())
            )
    if isinstance(case.input, torch.Tensor) and case.input.requires_grad:
        assert torch.autograd.grad(case.input.sum(), case.input)[0].eq(1).all()


def test_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diagnose(F.kl_div, Z.log_softmax(1), Z.softmax(1))  # PyTorch warns of "mean"
        diagnose("cross_entropy", np.full((2, 3), -np.inf), np.array([0, 1]))
        diagnose("cross_entropy", np.zeros((2, 3)), np.array([-100, -100]), reduction="none")


DTYPES = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 3, 5), (2, 3, 4, 4), (2, 3, 2, 2, 2)])
@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss], ids=lambda loss: loss.__name__)
def test_indices_are_refused_in_the_dtypes_in_which_pytorch_refuses_them(
    loss: Callable[..., torch.Tensor], shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    z = (
        torch.linspace(-1, 1, math.prod(shape))
        .reshape(shape)
        .log_softmax(-1 if len(shape) < 2 else 1)
    )
    y = torch.zeros((*shape[:1], *shape[2:]) if len(shape) > 1 else (), dtype=dtype)
    try:
        loss(z, y)
    except RuntimeError:
        assert "float-class-index" in diagnose(loss, z, y).codes
    else:
        assert "float-class-index" not in diagnose(loss, z, y).codes


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("weight", [None, torch.ones(3)])
def test_bytes_are_refused_with_the_options_with_which_pytorch_refuses_them(
    weight: torch.Tensor | None, alpha: float, reduction: str
) -> None:
    options = {"weight": weight, "label_smoothing": alpha, "reduction": reduction}
    try:
        F.cross_entropy(Z, Y.byte(), **options)
    except RuntimeError:
        assert diagnose(F.cross_entropy, Z, Y.byte(), **options).codes[0] == "float-class-index"
    else:
        assert "float-class-index" not in diagnose(F.cross_entropy, Z, Y.byte(), **options).codes


@pytest.mark.parametrize("reduction", ["mean", "batchmean", "sum", "none"])
def test_a_single_distribution_has_no_batch(reduction: str) -> None:
    found = diagnose(F.kl_div, Z[0].log_softmax(0), Z[1].softmax(0), reduction=reduction)
    assert ("kl-mean" in found.codes) == (reduction in ("mean", "batchmean"))
    assert found.ok == (reduction != "mean")


# -- where values can't be read, and what is no tensor -------------------------------------------


def test_without_values_shapes_are_read() -> None:
    meta = Z.to("meta")
    assert diagnose(F.cross_entropy, meta, Y.to("meta")).codes == ("unread",)
    assert diagnose(F.cross_entropy, meta, Y.to("meta").float()).codes[0] == "float-class-index"
    said = []

    def loss(z: torch.Tensor) -> torch.Tensor:
        said.append(diagnose(F.cross_entropy, z, Y).codes)
        return F.cross_entropy(z, Y)

    torch.func.grad(loss)(Z)
    assert said == [("unread",)]


def test_without_torch_the_values_speak() -> None:
    program = """
import importlib.abc, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] == "torch":
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
import numpy as np
from lossutils import diagnose, softmax
z, y = np.random.default_rng(0).normal(size=(8, 3)), np.arange(8) % 3
assert not diagnose("cross_entropy", z, y), diagnose("cross_entropy", z, y)
codes = [
    diagnose("cross_entropy", softmax(z), y).codes,
    diagnose("nll_loss", z, y).codes,
    diagnose("CrossEntropyLoss", z.tolist(), (y + 1).tolist()).codes,
    diagnose("cross_entropy", z, y, label_smoothing=2.0).codes,
]
wanted = ["softmax-before-cross-entropy", "logits-into-nll", "class-index-out-of-range", "refused"]
assert [each[0] for each in codes] == wanted, codes
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_arguments_that_are_no_tensors() -> None:
    for given in (Z.tolist(), Z.numpy(), (Z, Y), None, "logits"):
        assert diagnose(F.cross_entropy, given, Y).codes == ("refused",)
    assert diagnose(F.cross_entropy, Z, Y, weight=[1.0, 1.0, 1.0]).codes == ("refused",)
    assert diagnose("cross_entropy", [[1.0], [1.0, 2.0]], [0, 1]).codes == ("refused",)
    assert diagnose(F.cross_entropy, Z.to_sparse(), Y).codes == ("refused",)
    assert diagnose(F.cross_entropy, Z.to(torch.complex64), Y).codes == ("refused",)


@pytest.mark.parametrize("name", ["input", "target", "weight"])
def test_a_mask_is_not_dropped_without_a_word(name: str) -> None:
    given = {"input": Z.numpy(), "target": Y.numpy(), "weight": np.ones(3)}
    assert diagnose("cross_entropy", given["input"], given["target"], weight=given["weight"]).ok
    given[name] = np.ma.masked_array(given[name], mask=given[name] == 1)
    said = diagnose("cross_entropy", given["input"], given["target"], weight=given["weight"])
    assert said.codes == ("refused",) and said[0].summary.startswith(f"{name} is a masked array")
    with pytest.raises(TypeError, match=f"{name} must not be a masked array"):
        lossutils.explain("cross_entropy", given["input"], given["target"], weight=given["weight"])


def test_whatever_an_option_is_nothing_raises() -> None:
    odd = [None, "a", 1.5, -1.5, math.nan, 2**70, Z, torch.tensor(1), [1], np.int64(1), True]
    losses = {
        F.cross_entropy: (Z, Y), F.kl_div: (Z.log_softmax(1), Z.softmax(1)),
        F.binary_cross_entropy_with_logits: (Z, Z.sigmoid()), F.nll_loss: (Z.log_softmax(1), Y),
        F.binary_cross_entropy: (Z.sigmoid(), Z.sigmoid()),
    }  # fmt: skip
    for loss, (z, t) in losses.items():
        for option, value in itertools.product(OPTIONS[loss.__name__], odd):
            said = diagnose(loss, z, t, **{option: value})
            refused = contextlib.suppress(Exception)
            with refused, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                loss(z, t, **{option: value})
                continue
            assert not said.ok, f"{loss.__name__} {option}={value!r}"


@pytest.mark.parametrize("gamma", [None, "a", -1.5, math.nan, math.inf, Z, [1], 1j])
def test_whatever_gamma_is_a_floor_can_be_named(gamma: Any) -> None:
    for z in (Z.softmax(1), 1e6 * leaf(Z).tanh()):
        said = diagnose(lossutils.focal_loss, z, Y, gamma=gamma)
        assert not said.ok, "each is refused, or named for its softmax"


def test_tensors_of_kinds_without_arithmetic() -> None:
    said = diagnose(F.cross_entropy, Z.to(torch.float8_e4m3fn), Y)
    assert said.codes == ("refused",)
    assert "torch.float8_e4m3fn" in said[0].summary


@pytest.mark.parametrize("alpha", [-0.1, math.nan, np.float32(-0.5), torch.tensor(-0.5)])
def test_smoothing_that_pytorch_takes_for_none(alpha: Any) -> None:
    given = F.cross_entropy(Z, Y, label_smoothing=float(alpha))
    assert given == F.cross_entropy(Z, Y)
    assert diagnose(F.cross_entropy, Z, Y, label_smoothing=alpha).codes == ("negative-smoothing",)
    assert not diagnose("lossutils.cross_entropy_loss", Z, Y, label_smoothing=alpha).ok


@pytest.mark.parametrize("alpha", [1, 1.0, True, np.float32(1), torch.tensor(1.0)])
def test_smoothing_that_leaves_nothing_of_the_label(alpha: Any) -> None:
    for target in (Y, F.one_hot(Y, 3).float()):
        given = F.cross_entropy(Z, target, label_smoothing=float(alpha))
        assert given == F.cross_entropy(Z, target.roll(1, 0), label_smoothing=float(alpha))
        said = diagnose(F.cross_entropy, Z, target, label_smoothing=alpha)
        assert said.codes == ("total-smoothing",) and not said.ok
    assert diagnose(F.cross_entropy, Z, Y, label_smoothing=0.99).ok


@pytest.mark.parametrize(
    ("loss", "option"),
    [
        (F.cross_entropy, "weight"),
        (F.nll_loss, "weight"),
        (F.binary_cross_entropy, "weight"),
        (F.binary_cross_entropy_with_logits, "pos_weight"),
    ],
)
def test_weights_that_are_to_be_learnt(loss: Any, option: str) -> None:
    q = Z.softmax(1)
    given, target = {
        F.cross_entropy: (Z, Y),
        F.nll_loss: (q.log(), Y),
        F.binary_cross_entropy: (q, q),
        F.binary_cross_entropy_with_logits: (Z, q),
    }[loss]
    weight = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="not differentiable"):
        loss(given, target, **{option: weight})
    said = diagnose(loss, given, target, **{option: weight})
    assert said[0].code == "refused" and option in said[0].summary
    assert weight.requires_grad and weight.grad is None
    with torch.no_grad():
        assert "refused" not in diagnose(loss, given, target, **{option: weight}).codes
    # With probabilities as targets PyTorch computes the gradient.
    assert F.cross_entropy(Z, q, weight=weight).requires_grad
    assert "refused" not in diagnose(F.cross_entropy, Z, q, weight=weight).codes


def test_under_autocast() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        layer = nn.Linear(3, 3)
        assert diagnose(F.cross_entropy, layer(Z), Y).ok
        said = diagnose(F.cross_entropy, layer(Z).softmax(1), Y)
        assert said.codes == ("softmax-before-cross-entropy",)


# -- the graph -------------------------------------------------------------------------------------

H = torch.ones(2, 4, 5)
LINEAR, CONVOLUTION = nn.Linear(5, 4), nn.Conv1d(4, 4, 1)


@pytest.mark.parametrize(
    ("made", "kind", "axis"),
    [
        (lambda: LINEAR(H), "linear", 2),
        (lambda: LINEAR(H).transpose(1, 2), "linear", 1),
        (lambda: LINEAR(H).movedim(-1, 1), "linear", 1),
        (lambda: LINEAR(H).permute(2, 0, 1), "linear", 0),
        (lambda: LINEAR(H).flatten(0, 1), "linear", 1),
        (lambda: LINEAR(H).flatten(0, 1).t(), "linear", 0),
        (lambda: LINEAR(H).softmax(-1), "softmax", 2),
        (lambda: LINEAR(H).softmax(1).movedim(-1, 1), "softmax", 2),
        (lambda: LINEAR(H).softmax(-1)[:, 0], "softmax", 1),
        (lambda: LINEAR(H).softmax(-1).float() + 1e-8, "softmax", 2),
        (lambda: LINEAR(H).log_softmax(0), "log-softmax", 0),
        (lambda: LINEAR(H).sigmoid().clamp(0.1, 0.9), "sigmoid", None),
        (lambda: F.logsigmoid(LINEAR(H)), "log-sigmoid", None),
        (lambda: CONVOLUTION(H), "channels", 1),
        (lambda: 2 * LINEAR(H) / torch.full((4,), 3.0), "linear", 2),
        (lambda: LINEAR(H).softmax(-1) / torch.tensor([1.0, 2.0, 2.0, 2.0]), "other", None),
        (lambda: LINEAR(H).relu().movedim(-1, 1), "relu", None),
        (lambda: 3 * LINEAR(H).tanh(), "tanh", None),
        (lambda: LINEAR(H).norm(dim=-1), "distance", None),
        (lambda: -torch.cdist(LINEAR(H), LINEAR(H).detach()), "other", None),
        (lambda: LINEAR(H).softmax(-1).round() + 1e-8, "rounded", None),
        (lambda: LINEAR(H) * -2, "other", None),
        (lambda: LINEAR(H) * 0, "other", None),
        (lambda: 2 / LINEAR(H), "other", None),
        (lambda: F.dropout(LINEAR(H).softmax(-1), 0.4).movedim(-1, 1), "softmax", 1),
        (lambda: torch.native_dropout(LINEAR(H).sigmoid(), 0.4, True)[0], "sigmoid", None),
        (lambda: (H[..., :4] > 0).float() * LINEAR(H), "linear", 2),
        (lambda: LINEAR(H).softmax(-1) * torch.rand(2, 4, 4), "other", None),
        (lambda: LINEAR(H).softmax(-1) * LINEAR(H), "other", None),
        (lambda: F.dropout(LINEAR(H).log_softmax(-1), 0.4), "log-softmax", 2),
        (lambda: LINEAR(H).softmax(-1).log(), "other", None),
        (lambda: LINEAR(H).softmax(-1) + LINEAR(H), "other", None),
    ],
)
def test_the_graph_says_what_was_applied_last(made: Any, kind: str, axis: int | None) -> None:
    step = applied(made())
    assert step is not None and (step.kind, step.axis) == (kind, axis)


@pytest.mark.parametrize("dropout", [F.dropout, lambda x, p: torch.native_dropout(x, p, True)[0]])
def test_a_dropout_hides_no_activation(dropout: Any) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        z, hot = leaf(9 * torch.eye(3).repeat(20, 1)), torch.eye(3).repeat(20, 1)
        q, p = dropout(z.softmax(1), 0.5), dropout((9 * z).sigmoid(), 0.5)
    (soft,) = diagnose(F.cross_entropy, q, hot.argmax(1))
    assert (soft.code, soft.severity) == ("softmax-before-cross-entropy", "error")
    least = F.cross_entropy(q, hot.argmax(1), reduction="none").min()
    assert soft.evidence["floor"] == pytest.approx(math.log(math.e**2 + 2) - 2)
    assert soft.evidence["floor"] <= least < math.log(math.e + 2) - 1
    (twice,) = diagnose(F.binary_cross_entropy_with_logits, p, hot)
    assert twice.code == "sigmoid-before-bce-with-logits"
    assert twice.evidence["floor"] == pytest.approx(math.log1p(math.exp(-2)))
    (scaled,) = diagnose(F.binary_cross_entropy, p, hot)
    assert scaled.code == "logits-into-bce" and "a dropout has scaled" in scaled.summary
    (rows,) = diagnose(F.nll_loss, q, hot.argmax(1))
    assert rows.code == "probabilities-into-nll"


@pytest.mark.parametrize("factor", [4.0, 0.25, torch.tensor([2.0]), torch.full((32, 4), 2.0)])
def test_a_constant_factor_hides_no_activation_and_is_no_dropout(factor: Any) -> None:
    generator = torch.Generator().manual_seed(0)
    z = leaf(3 * torch.randn(32, 4, generator=generator))
    y, most = z.argmin(1), float(torch.as_tensor(factor).max())
    q, floor = z.softmax(1) * factor, math.log1p(3 * math.exp(-most))
    for given in (q, q.detach(), q.detach().numpy()):
        loss = "cross_entropy" if isinstance(given, np.ndarray) else F.cross_entropy
        found = diagnose(loss, given, y.numpy() if loss == "cross_entropy" else y)[0]
        assert (found.code, found.severity) == ("softmax-before-cross-entropy", "error")
        assert found.evidence["floor"] == pytest.approx(floor)
        assert found.evidence["scale"] == pytest.approx(most)
        hot = torch.eye(4)[y]
        twice = diagnose(F.binary_cross_entropy_with_logits, torch.as_tensor(given), hot)[0]
        assert twice.code == "sigmoid-before-bce-with-logits" and "softmax" in twice.summary
        assert twice.evidence["floor"] == pytest.approx(math.log1p(math.exp(-most)))
        assert diagnose(F.nll_loss, torch.as_tensor(given), y)[0].code == "probabilities-into-nll"
    if most > 1:
        (large,) = diagnose(F.binary_cross_entropy, q, torch.eye(4)[y])
        assert large.code == "logits-into-bce" and f"multiplied by {most:g}." in large.summary


def test_small_probabilities_are_not_taken_for_their_log1p() -> None:
    q = (0.3 * torch.randn(9, 100, generator=torch.Generator().manual_seed(0))).softmax(1)
    assert diagnose("nll_loss", q, torch.arange(9)).codes[0] == "probabilities-into-nll"
    (found, *_) = diagnose("kl_div", q, q, reduction="batchmean")
    assert found.code == "kl-input-not-log" and "log1p" not in found.summary


def test_what_an_argmax_a_threshold_or_a_rounding_gives_is_no_input() -> None:
    generator = torch.Generator().manual_seed(0)
    z, y = torch.randn(32, 4, generator=generator), torch.randint(4, (32,), generator=generator)
    guesses, rest = z.argmax(1).float(), (z[:, 0] > 0).float()
    for target in (y, y.float()):
        (found,) = diagnose(F.cross_entropy, guesses, target)
        assert found.code == "integer-input" and "argmax" in found.summary, found
    assert diagnose(F.cross_entropy, guesses[:4], torch.tensor([0.0, 1, 0, 0])).ok  # one sample
    yes = (y > 1).float()
    for loss, code in (
        (F.binary_cross_entropy, "saturated-bce"),
        (F.binary_cross_entropy_with_logits, "sigmoid-before-bce-with-logits"),
    ):
        first = diagnose(loss, rest, yes)[0]
        assert (first.code, first.severity) == (code, "warning") and "threshold" in first.summary
        graph = diagnose(loss, leaf(z[:, 0]).sigmoid().round(), yes)[0]
        assert graph.code == "integer-input" and "RoundBackward0" in graph.summary
    through = leaf(z)
    assert diagnose(F.cross_entropy, through + (through.round() - through).detach(), y).ok


def test_predictions_in_integers_are_not_taken_for_swapped_arguments() -> None:
    generator = torch.Generator().manual_seed(0)
    z, y = torch.randn(8, 4, generator=generator), torch.randint(4, (8,), generator=generator)
    hot, binary = F.one_hot(y, 4).float(), F.binary_cross_entropy_with_logits
    for loss, given, target in (
        (binary, z > 0, hot),
        (binary, (z > 0).long(), 0.9 * hot + 0.05),
        (binary, z.argmax(1), hot),
        (F.cross_entropy, z.argmax(1), hot),
        (F.cross_entropy, z.argmax(1), y.float()),
    ):
        (found,) = diagnose(loss, given, target)
        assert found.code == "integer-input" and "before any argmax" in found.fix, found
    for loss, given, target in (
        (binary, hot.long(), z),
        (F.binary_cross_entropy, hot.long(), z.sigmoid()),
        (F.cross_entropy, y, z),
        (F.cross_entropy, hot.long(), z),
        (F.nll_loss, y, z.log_softmax(1)),
        (F.kl_div, hot.long(), z.softmax(1)),
    ):
        assert "swapped" in diagnose(loss, given, target)[0].summary


LIGHT = torch.tensor([0.15, 0.5, 1.0, 3.0])
LOW_FLOORS: list[tuple[str, bool, dict[str, Any]]] = [
    (loss, soft, {"weight": LIGHT, **options})
    for loss, soft in (("cross_entropy", False), ("cross_entropy", True), ("focal_loss", False))
    for options in ({}, {"reduction": "sum"}, {"reduction": "none"}, {"label_smoothing": 0.3})
    if not (loss == "focal_loss" and "label_smoothing" in options)
]
LOW_FLOORS += [("focal_loss", False, {"gamma": gamma}) for gamma in (0.0, 2.0)]


@pytest.mark.parametrize(("loss", "soft", "options"), LOW_FLOORS)
def test_no_loss_falls_below_what_it_is_said_not_to_fall_below(
    loss: Any, soft: bool, options: Any
) -> None:
    generator = torch.Generator().manual_seed(0)
    z = 2 * torch.randn(24, 4, dtype=torch.float64, generator=generator)
    y = torch.arange(24) % 4
    options = {name: x.double() if x is LIGHT else x for name, x in options.items()}
    target = torch.eye(4, dtype=torch.float64)[y] if soft else y
    function = F.cross_entropy if loss == "cross_entropy" else lossutils.focal_loss
    (found,) = (
        each
        for each in diagnose(function, z.softmax(1), target, **options)
        if each.code == "softmax-before-cross-entropy"
    )
    floor = found.evidence["floor"]
    for kind in range(4):  # probabilities that are right and sure, for each class
        best = torch.eye(4, dtype=torch.float64)[[kind]]
        label = best if soft else torch.tensor([kind])
        least = function(best, label, **options).item()
        assert floor <= least + 1e-12
    if "weight" not in options:
        assert floor == pytest.approx(least)


def test_weights_lower_what_a_sigmoid_before_bce_with_logits_costs() -> None:
    generator = torch.Generator().manual_seed(0)
    q, hot = torch.randn(24, 4, generator=generator).softmax(1), torch.eye(4).repeat(6, 1)
    binary, heavy = F.binary_cross_entropy_with_logits, torch.tensor([0.5, 2.0, 0.25, 1.0])
    for options, yes, no in (
        ({}, 1.0, 1.0),
        ({"pos_weight": heavy}, 0.25, 1.0),
        ({"weight": 2 * heavy}, 0.5, 0.5),
        ({"weight": 2 * heavy, "pos_weight": heavy}, 0.125, 0.5),
    ):
        found = diagnose(binary, q, hot, **options)[0]
        assert found.evidence["floor"] == pytest.approx(yes * math.log1p(math.exp(-1)))
        assert found.evidence["floor_no"] == pytest.approx(no * math.log(2))
    (negative,) = (
        each
        for each in diagnose(F.cross_entropy, q, hot, weight=heavy - 1)
        if each.code == "softmax-before-cross-entropy"
    )
    assert "can't fall below -∞" in negative.summary


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_weight_of_yes_that_is_not_finite_is_named_with_its_place(bad: float) -> None:
    z, hot = torch.randn(6, 3), torch.eye(3).repeat(2, 1)
    weight = torch.tensor([1.0, 2.0, bad])
    binary = F.binary_cross_entropy_with_logits
    (found,) = diagnose(binary, z, hot, pos_weight=weight)
    assert found.code == "non-finite-weight" and found.evidence["place"] == "pos_weight[2]"
    (each,) = diagnose(binary, z, hot, weight=weight.expand(6, 3))
    assert each.evidence["place"] == "weight[0, 2]"
    assert diagnose(binary, z, hot, weight=torch.tensor([1.0, -1.0, 1.0])).ok, "a policy's gradient"


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_classes_are_said_to_run_from_1_only_where_all_are_there(classes: int) -> None:
    z, every = torch.zeros(2 * classes, classes), torch.arange(1, classes + 1).repeat(2)
    assert diagnose(F.cross_entropy, z, every)[0].fix == "target = target - 1"
    some = every.clamp(min=2)
    for target in (some, every.where(every > 1, -100), torch.full_like(every, classes)):
        found = diagnose(F.cross_entropy, z, target)[0]
        assert found.code == "class-index-out-of-range" and found.fix.startswith("# enlarge")
    (shifted,) = diagnose(F.cross_entropy, z, every.where(every % 3 > 0, -100))
    assert shifted.fix.startswith("#") or classes % 3


def test_shapes_that_only_reshaping_tells_apart_are_given_the_line_that_keeps_the_order() -> None:
    maps, words = torch.zeros(2, 3, 4, 5), torch.zeros(2, 4, 7)
    binary = F.binary_cross_entropy_with_logits
    for loss, given, target, fix in (
        (F.cross_entropy, maps, torch.zeros(2, 5, 4).long(), "input, target.swapaxes(-1, -2)"),
        (F.cross_entropy, maps, torch.zeros(2, 3, 5, 4), "input, target.swapaxes(-1, -2)"),
        (binary, maps, torch.zeros(2, 3, 5, 4), "input, target.swapaxes(-1, -2)"),
        (binary, maps.view(2, -1), maps, "input.reshape((2, 3, 4, 5)), target"),
        (binary, maps, maps.view(2, -1), "input.reshape((2, 60)), target"),
        (binary, maps, maps.view(-1), "input.reshape((120,)), target"),
        (F.cross_entropy, words, torch.zeros(7, 2).long(), "input, target.swapaxes(-1, -2)"),
        (F.cross_entropy, words, torch.zeros(8).long(), "input.reshape(-1, 7), target"),
        (F.cross_entropy, words.view(8, 7), torch.zeros(2, 4).long(), "target.reshape((8,))"),
    ):
        assert fix in diagnose(loss, given, target)[0].fix
    for loss, given, target in (  # whose order no line can know
        (F.cross_entropy, words, torch.full((8,), 7)),
        (F.cross_entropy, words[0, :2].repeat(7, 1), torch.zeros(2, 7)),
        (binary, torch.zeros(2, 3, 4, 5), torch.zeros(2, 5, 3, 4)),
        (binary, torch.zeros(4, 3), torch.zeros(2, 6)),
    ):
        assert diagnose(loss, given, target)[0].fix.startswith("#")


def test_weights_of_the_labels_of_images_are_given_their_axis() -> None:
    z, t = torch.zeros(2, 3, 4, 5), torch.ones(2, 3, 4, 5)
    binary = F.binary_cross_entropy_with_logits
    (found,) = (
        each
        for each in diagnose(binary, z, t, pos_weight=torch.ones(3))
        if each.code == "weight-shape"
    )
    assert found.fix.startswith("pos_weight = torch.ones((3, 1, 1))")


def test_bytes_that_smoothing_leaves_out_say_why_the_loss_is_not_finite() -> None:
    target = torch.full((3,), 156, dtype=torch.uint8)
    found = diagnose(F.cross_entropy, torch.zeros(3, 200), target, label_smoothing=0.1)
    assert F.cross_entropy(torch.zeros(3, 200), target, label_smoothing=0.1).isnan()
    assert found[0].code == "ignore-index-is-a-class" and "non-finite-loss" not in found.codes


def test_a_mask_under_soft_targets_is_not_mended_by_leaving_the_smoothing_out() -> None:
    z, hot = torch.tensor([[0.0, 1.0, -math.inf]]), torch.tensor([[0.5, 0.5, 0.0]])
    smoothed = {"label_smoothing": 0.1}
    assert "masked_fill" in diagnose(F.cross_entropy, z, hot, **smoothed)[0].fix
    finite = diagnose(F.cross_entropy, z.clamp(min=-1e4), hot, **smoothed)[0]
    assert "label_smoothing" not in finite.fix and "no smoothing" in finite.fix


BOUNDED: list[tuple[Any, float, float]] = [  # each with the least loss for a yes and for a no
    (F.relu, 0, math.log(2)),
    (F.softplus, 0, math.log(2)),
    (lambda z: F.relu(z) / 3, 0, math.log(2)),
    (lambda z: torch.cdist(z, torch.zeros(4, 4)), 0, math.log(2)),
    (torch.tanh, math.log1p(math.exp(-1)), math.log1p(math.exp(-1))),
    (lambda z: 3 * z.tanh(), math.log1p(math.exp(-3)), math.log1p(math.exp(-3))),
]


@pytest.mark.parametrize(("last", "yes", "no"), BOUNDED)
def test_a_last_step_that_bounds_the_logits_is_found(last: Any, yes: float, no: float) -> None:
    z = leaf(9 * torch.randn(32, 4, generator=torch.Generator().manual_seed(0)))
    x, hot = last(z), torch.eye(4)[torch.arange(32) % 4]
    (found,) = diagnose(F.binary_cross_entropy_with_logits, x, hot)
    assert (found.code, found.severity) == ("bounded-logits", "error")
    assert found.evidence["floor" if yes else "floor_no"] == pytest.approx(no)
    for target, least in ((1, yes), (0, no)):
        losses = F.binary_cross_entropy_with_logits(
            x, torch.full_like(x.detach(), target), reduction="none"
        )
        assert losses.min() >= least - 1e-6
    bad = diagnose(F.binary_cross_entropy, 2 * x, hot)[0]
    assert bad.code == "logits-into-bce" and "{" not in bad.summary
    assert "distances" in bad.summary or "comes from" in bad.summary


def test_bounds_that_a_softmax_does_not_mind_are_no_fault() -> None:
    z = leaf(torch.randn(32, 4, generator=torch.Generator().manual_seed(0)))
    y = torch.arange(32) % 4
    relu = diagnose(F.cross_entropy, z.relu(), y)[0]
    assert (relu.code, relu.severity) == ("bounded-logits", "warning")
    tanh = diagnose(F.cross_entropy, z.tanh(), y)[0]
    assert tanh.evidence["floor"] == pytest.approx(math.log1p(3 * math.exp(-2)))
    far = diagnose(F.cross_entropy, torch.cdist(z, torch.eye(4)), y)[0]
    assert far.code == "bounded-logits" and far.fix.startswith("loss = F.cross_entropy(-input,")
    near = -torch.cdist(z, torch.eye(4))
    for fine in (F.softplus(z), 30 * torch.tanh(z / 30), near, z.relu() - 1, F.leaky_relu(z)):
        assert diagnose(F.cross_entropy, fine, y).ok
    assert diagnose(F.binary_cross_entropy_with_logits, z.relu() + -3, torch.eye(4)[y]).ok


def test_a_target_that_is_trained_too_is_noted() -> None:
    z, t = leaf(), leaf(Z.flip(0)).softmax(1)
    for loss, x in ((F.cross_entropy, z), (F.binary_cross_entropy_with_logits, z)):
        (note,) = diagnose(loss, x, t)
        assert (note.code, note.severity) == ("target-gradient", "note")
        assert not diagnose(loss, x, t.detach())
        assert "target-gradient" not in diagnose(loss, x.detach(), t).codes


@pytest.mark.parametrize("mark", [-1e4, -1e9, torch.finfo(torch.float32).min])
def test_a_mask_on_what_the_target_asks_for_is_found(mark: float) -> None:
    hot = torch.eye(3)[Y]
    away, on = Z.masked_fill(hot.roll(1, 1) > 0, mark), Z.masked_fill(hot > 0, mark)
    for loss, given in ((F.cross_entropy, on), (F.nll_loss, on.log_softmax(1))):
        found = diagnose(loss, given, Y)[0]
        assert (found.code, found.severity) == ("masked-target", "error")
        assert found.evidence["count"] == 4 and found.evidence["place"] == "input[0, 0]"
        assert loss(given, Y) > 9000
    assert diagnose(F.cross_entropy, away, 0.9 * hot + 0.1 / 3).codes == ("masked-target",)
    (smooth,) = diagnose(F.cross_entropy, away, Y, label_smoothing=0.1)
    assert (smooth.code, smooth.severity) == ("masked-target", "error")
    for fine, y in ((away, Y), (away, hot), (on, Y * 0 - 100), (on[:, :2] * 0 + Z[:, :2], Y * 0)):
        assert "masked-target" not in diagnose(F.cross_entropy, fine, y).codes
    wild = torch.tensor([[2e4, -2e4], [9e3, -8e3], [500.0, -3e4]])
    assert diagnose(F.cross_entropy, wild, torch.tensor([1, 0, 1])).ok


def test_a_product_with_a_mask_leaves_a_score_that_counts() -> None:
    keep = torch.eye(3)[Y] + torch.eye(3)[Y].roll(1, 1)
    z = LINEAR(torch.randn(4, 5, generator=torch.Generator().manual_seed(0)))[:, :3] * 1.0
    for mask in (keep, keep.bool(), torch.tensor([1.0, 0.0, 1.0])):
        (found,) = diagnose(F.cross_entropy, z * mask, Y)
        assert (found.code, found.severity) == ("zeroed-logits", "warning")
        assert found.evidence["count"] == 4
    hot, logits = torch.eye(3)[Y], F.binary_cross_entropy_with_logits
    (each,) = diagnose(logits, z * keep, hot)
    assert each.code == "zeroed-logits" and "log 2" in each.summary
    assert not diagnose(logits, z * keep, hot, weight=keep)
    assert not diagnose(logits, z * keep, hot, reduction="none")
    rows = torch.tensor([1.0, 0.0, 1.0, 1.0])[:, None].expand(4, 3)
    assert not diagnose(F.cross_entropy, z * rows, Y.where(rows[:, 0] > 0, -100))


def embeddings(samples: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return F.normalize(leaf(torch.randn(samples, 6, generator=generator)), dim=1)


def test_cosines_need_a_temperature() -> None:
    u, v, y = embeddings(8), embeddings(8).flip(1), torch.arange(8)
    for scale in (1.0, 0.07):
        (found, *_) = diagnose(F.cross_entropy, scale * u @ v.T, y)
        assert (found.code, found.severity) == ("bounded-logits", "warning"), found
        floor = math.log1p(7 * math.exp(-2 * scale))
        assert found.evidence["floor"] == pytest.approx(floor)
    for x in (u @ v.detach().T, v.detach() @ u.T):
        assert diagnose(F.cross_entropy, x, y).codes[0] == "bounded-logits"
    assert diagnose(F.cross_entropy, leaf(torch.randn(8, 6)) @ v.detach().T, y).ok
    best = scale * (2 * torch.eye(8) - 1)
    assert F.cross_entropy(best, y).item() == pytest.approx(floor)
    learnt = torch.tensor(1.0, requires_grad=True)
    for fine in (u @ v.T / 0.07, u @ v.T / 0.5, u @ v.T * learnt.exp(), (3 * u) @ v.T):
        assert "bounded-logits" not in diagnose(F.cross_entropy, fine, y).codes


def recurrent(kind: type[nn.Module], **options: Any) -> Any:
    layer = kind(5, 4, batch_first=True, **options)
    sequences = torch.randn(16, 7, 5, generator=torch.Generator().manual_seed(0))
    return layer(sequences)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_what_a_recurrent_layer_gives_is_no_logits(kind: type[nn.Module]) -> None:
    y, floor = torch.arange(16) % 4, math.log1p(3 * math.exp(-2))
    for options in ({}, {"bidirectional": True}):
        out, state = recurrent(kind, **options)
        last = (state[0] if isinstance(state, tuple) else state)[-1]
        for x in (out[:, -1, :4], last):
            found, *_ = diagnose(F.cross_entropy, x, y)
            assert (found.code, found.severity) == ("bounded-logits", "error")
            assert found.evidence["floor"] == pytest.approx(floor)
        found, *_ = diagnose(
            F.binary_cross_entropy_with_logits, out[:, -1], (out[:, -1] > 0).float()
        )
        assert found.code == "bounded-logits"
        assert found.evidence["floor"] == pytest.approx(math.log1p(math.exp(-1)))
        for fine in (LINEAR(torch.cat([last, last[:, :1]], dim=1)), 20 * last):
            assert "bounded-logits" not in diagnose(F.cross_entropy, fine, y).codes


def test_cells_of_recurrent_layers_are_known_and_other_sums_and_products_are_not() -> None:
    x, y = torch.randn(16, 5, generator=torch.Generator().manual_seed(0)), torch.arange(16) % 4
    for state in (nn.LSTMCell(5, 4)(x)[0], nn.GRUCell(5, 4)(x)):
        assert diagnose(F.cross_entropy, state, y).codes[0] == "bounded-logits"
    z = LINEAR(x)
    for fine in (z.sigmoid() * z, z.tanh() + z * z.sigmoid(), z.tanh() + (z - 1) * z):
        assert "bounded-logits" not in diagnose(F.cross_entropy, fine, y).codes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of how this layer is computed
        shorter = recurrent(nn.LSTM, proj_size=3)[0][:, -1]
    assert "bounded-logits" not in diagnose(F.cross_entropy, shorter, y % 3).codes


def test_heads_side_by_side_are_read_as_one() -> None:
    x, hot = (
        torch.randn(16, 5, generator=torch.Generator().manual_seed(0)),
        torch.eye(4).repeat(4, 1),
    )
    heads = [nn.Linear(5, 1) for _ in range(4)]
    side_by_side = torch.cat([head(x).sigmoid() for head in heads], dim=1)
    stacked = torch.stack([head(x).squeeze(1).sigmoid() for head in heads], dim=1)
    for given in (side_by_side, stacked):
        (found,) = diagnose(F.binary_cross_entropy_with_logits, given, hot)
        assert (found.code, found.evidence["seen"]) == ("sigmoid-before-bce-with-logits", "graph")
        assert diagnose(F.binary_cross_entropy, given, hot).ok
    longer = heads[0](x).sigmoid()
    for _ in range(2000):  # one by one, as where a text is written
        longer = torch.cat([longer, heads[0](x).sigmoid()], dim=1)
    assert diagnose(F.binary_cross_entropy, longer, torch.full_like(longer.detach(), 0.5)).ok
    mixed = torch.cat([heads[0](x).sigmoid(), *(head(x) for head in heads[1:])], dim=1)
    for fine in (torch.cat([head(x) for head in heads], dim=1), mixed):
        assert diagnose(F.binary_cross_entropy_with_logits, fine, hot).ok


def test_bounds_outlast_a_mean_a_largest_one_and_larger_pictures() -> None:
    generator = torch.Generator().manual_seed(0)
    frames, y = torch.randn(16, 7, 5, generator=generator), torch.arange(16) % 4
    z, hot, code = nn.Linear(5, 4)(frames), torch.eye(4)[torch.arange(16) % 4], "bounded-logits"
    for x in (z.tanh(), recurrent(nn.LSTM)[0]):
        for pooled in (x.mean(1), x.max(1).values, x.amax(1)):
            assert diagnose(F.cross_entropy, pooled, y).codes[0] == code
    for pooled in (z.sigmoid().mean(1), z.sigmoid().max(1).values):
        (found, *_) = diagnose(F.binary_cross_entropy_with_logits, pooled, hot)
        assert found.evidence["seen"] == "graph", found
        assert diagnose(F.binary_cross_entropy, pooled, hot).ok
    picture = nn.Conv2d(3, 2, 1)(torch.randn(2, 3, 4, 4, generator=generator))
    mask = torch.ones(2, 2, 8, 8)
    for mode in ("nearest", "bilinear"):
        large = F.interpolate(picture.sigmoid(), scale_factor=2, mode=mode)
        (found, *_) = diagnose(F.binary_cross_entropy_with_logits, large, mask)
        assert (found.code, found.evidence["seen"]) == ("sigmoid-before-bce-with-logits", "graph")
        fine = F.interpolate(picture, scale_factor=2, mode=mode)
        assert diagnose(F.binary_cross_entropy_with_logits, fine, mask).ok
        assert diagnose(F.binary_cross_entropy, fine, mask)[0].code == "logits-into-bce"
    # SqueezeNet and its like end in a ReLU and a mean over places, and learn.
    for fine in (z.mean(1), z.relu().mean(1), (z.tanh() * z).mean(1), z.max(1).values):
        assert diagnose(F.cross_entropy, fine, y).ok


def test_steps_that_cut_off_and_squares_are_found_as_their_kin_are() -> None:
    z, y = (
        leaf(9 * torch.randn(32, 4, generator=torch.Generator().manual_seed(0))),
        torch.arange(32) % 4,
    )
    for step, severity in ((nn.ReLU6(), "warning"), (nn.Hardtanh(-2, 2), "error")):
        (found,) = diagnose(F.cross_entropy, step(z), y)
        assert (found.code, found.severity) == ("bounded-logits", severity)
    assert found.evidence["floor"] == pytest.approx(math.log1p(3 * math.exp(-4)))
    squares = (z[:, None] - torch.eye(4)) ** 2
    for far in (squares.sum(-1), squares.mean(-1)):
        found = diagnose(F.cross_entropy, far, y)[0]
        assert found.code == "bounded-logits" and "distances" in found.summary
    cubes = (z[:, None] - torch.eye(4)) ** 3
    for fine in (nn.Hardtanh(-20, 20)(z), nn.Hardtanh(-1, 3)(z), -squares.sum(-1), cubes.sum(-1)):
        assert "bounded-logits" not in diagnose(F.cross_entropy, fine, y).codes


def test_cosines_that_are_sums_need_a_temperature_too() -> None:
    u, y = leaf(torch.randn(8, 6, generator=torch.Generator().manual_seed(0))), torch.arange(8)
    v = u.detach().flip(1)
    for anchors in (v, leaf(v)):
        cosines = F.cosine_similarity(u[:, None], anchors[None], dim=-1)
        (found,) = diagnose(F.cross_entropy, cosines, y)
        assert (found.code, found.severity) == ("bounded-logits", "warning")
        assert found.evidence["floor"] == pytest.approx(math.log1p(7 * math.exp(-2)))
        for fine in (cosines / 0.07, (u[:, None] * anchors[None]).sum(-1)):
            assert "bounded-logits" not in diagnose(F.cross_entropy, fine, y).codes
        assert diagnose(F.binary_cross_entropy, (cosines + 1) / 2, torch.eye(8)).ok


def test_samples_that_are_compared_with_themselves_are_found() -> None:
    u, y = embeddings(8), torch.arange(8).roll(4)
    (found,) = diagnose(F.cross_entropy, u @ u.T / 0.1, y)
    assert (found.code, found.severity) == ("bounded-logits", "error")
    assert "with themselves" in found.summary and found.evidence["floor"] == math.log(2)
    assert F.cross_entropy(u @ u.T / 0.1, y, reduction="none").min() > math.log(2)
    away = torch.eye(8).bool()
    for fine, target in (
        ((u @ u.T / 0.1).masked_fill(away, -1e9), y),
        ((u @ u.T / 0.1).masked_fill(away, -torch.inf), y),
        (u @ u.T / 0.1, torch.arange(8)),
    ):
        assert diagnose(F.cross_entropy, fine, target).ok


def test_logits_of_one_length_are_found_and_a_norm_that_is_learnt_is_not() -> None:
    z, y = (
        LINEAR(torch.randn(8, 5, generator=torch.Generator().manual_seed(0))),
        torch.arange(8) % 4,
    )
    (found,) = diagnose(F.cross_entropy, F.normalize(z, dim=1), y)
    assert found.code == "bounded-logits" and "length 1" in found.summary
    best = F.normalize(torch.eye(4) - 1 / 4, dim=1)
    floor = F.cross_entropy(best, torch.arange(4)).item()
    assert found.evidence["floor"] == pytest.approx(floor)
    for fine in (16 * F.normalize(z, dim=1), nn.LayerNorm(4)(z), z / 2):
        assert diagnose(F.cross_entropy, fine, y).ok


def test_a_mask_of_places_is_told_from_a_dropout() -> None:
    generator = torch.Generator().manual_seed(0)
    z = LINEAR(torch.randn(2, 4, 5, generator=generator))
    y, mask = torch.randint(3, (2, 4), generator=generator), torch.tensor([1.0, 1.0, 1.0, 0.0])
    rows, flat = (z * mask[:, None]).view(-1, 4), y.view(-1)
    (found,) = diagnose(F.cross_entropy, rows, flat)
    assert (found.code, found.severity) == ("zeroed-logits", "warning")
    assert found.evidence["count"] == 2 and "log 4" in found.summary
    assert diagnose(F.cross_entropy, rows, flat, reduction="none").ok
    assert diagnose(F.cross_entropy, rows, torch.where(mask > 0, y, -100).view(-1)).ok
    assert diagnose(F.cross_entropy, (z * 0).view(-1, 4), flat).ok
    own = diagnose(F.cross_entropy, LINEAR(torch.randn(4, 5)) / 0.5 * (1 - torch.eye(4)), Y)
    assert own.codes[0] == "zeroed-logits" and "A product with a mask" in own[0].summary


def test_what_a_softmax_shares_out_is_no_yes_or_no() -> None:
    z, bce = LINEAR(torch.randn(8, 5, generator=torch.Generator().manual_seed(0))), nn.BCELoss()
    y = torch.arange(8) % 2
    for softmax, target, words in (
        (z[:, :1].softmax(1), y[:, None].float(), "one number"),
        (z[:, :1].softmax(0), y[:, None].float(), "samples of the batch"),
        (z.softmax(1), torch.tensor([1.0, 1, 0, 0]).expand(8, 4), "at once: 8 of 8"),
    ):
        (found,) = diagnose(bce, softmax, target)
        assert found.severity != "note" and words in found.summary, found
    assert diagnose(bce, z.softmax(1), torch.eye(4)[torch.arange(8) % 4]).ok
    assert diagnose(bce, z[:, :2].softmax(1)[:, 1], y.float()).ok


def test_a_binary_loss_that_is_given_the_target_first() -> None:
    z = LINEAR(torch.randn(8, 5, generator=torch.Generator().manual_seed(0)))
    picture = torch.rand(8, 4, generator=torch.Generator().manual_seed(1))
    (found,) = diagnose(F.binary_cross_entropy, picture, z.sigmoid(), reduction="sum")
    assert (found.code, found.severity) == ("target-gradient", "warning")
    assert "F.binary_cross_entropy(target, input" in found.fix
    assert diagnose(F.binary_cross_entropy, z.sigmoid(), picture).ok
    with torch.no_grad():
        assert diagnose(F.binary_cross_entropy, picture, z.sigmoid()).ok


def test_a_sample_without_a_batch_and_a_target_with_one_fail_on_the_way_back() -> None:
    z, y = LINEAR(torch.randn(5, generator=torch.Generator().manual_seed(0))), Y[:1]
    (found,) = diagnose(F.cross_entropy, z, y)
    assert found.code == "refused" and "backward()" in found.summary
    with pytest.raises(RuntimeError, match="size mismatch"):
        F.cross_entropy(z, y).backward()
    for given, target in ((z[None], y), (z, y[0])):
        assert diagnose(F.cross_entropy, given, target).ok
    try:
        taken = F.cross_entropy(z.detach(), y).isfinite()
    except RuntimeError:  # older versions look before they go forward
        taken = False
    assert diagnose(F.cross_entropy, z.detach(), y).ok == taken


def test_a_view_is_seen_through_a_transposition() -> None:
    picture, y = LINEAR(torch.randn(2, 4, 6, 5)).movedim(-1, 1).contiguous(), torch.zeros(2, 24)
    mixed = picture.reshape(2, 24, 4).transpose(1, 2)
    (found,) = diagnose(F.cross_entropy, mixed, y.long())
    assert found.code == "class-axis" and "(2, 24, 4) of (2, 4, 4, 6)" in found.summary
    for fine in (picture.flatten(2), picture.movedim(1, -1).reshape(2, 24, 4).transpose(1, 2)):
        assert diagnose(F.cross_entropy, fine, y.long()).ok


def test_an_infinite_weight_disturbs_no_watching() -> None:
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, math.inf]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with diagnosing(criterion, every=1) as watch:
            for _ in range(3):
                criterion(leaf(), Y.clamp(max=1))
    assert watch.findings.codes == ("non-finite-weight",)
    assert {each.category for each in caught} == {UserWarning}


def test_a_target_that_is_smoothed_already_is_not_smoothed_again() -> None:
    hot = torch.eye(3)[Y]
    (found,) = diagnose(F.cross_entropy, Z, 0.7 * hot + 0.1, label_smoothing=0.1)
    assert (found.code, found.severity) == ("smoothed-twice", "warning")
    assert found.evidence["before"] == pytest.approx(0.3)
    both = found.evidence["both"]
    once, twice = (
        F.cross_entropy(Z, hot, label_smoothing=both),
        F.cross_entropy(Z, 0.7 * hot + 0.1, label_smoothing=0.1),
    )
    assert both == pytest.approx(0.37) and once == pytest.approx(twice.item())
    for t in (hot, Z.softmax(1), (0.7 * hot + 0.1)[:, [0, 0, 1]].softmax(1)):
        assert not diagnose(F.cross_entropy, Z, t, label_smoothing=0.1)
    pairs = torch.tensor([[0.9, 0.1], [0.1, 0.9]])
    assert not diagnose(F.cross_entropy, Z[:2, :2], pairs, label_smoothing=0.1)
    assert diagnose(F.cross_entropy, Z[:, :2], pairs.repeat(2, 1), label_smoothing=0.1)


def test_smoothed_targets_that_were_mixed_are_not_smoothed_again() -> None:
    y = torch.arange(12) % 6
    smooth = 0.9 * F.one_hot(y, 6) + 0.1 / 6
    for share in (0.5, 0.3 * torch.rand(12, 1, generator=torch.Generator().manual_seed(0))):
        mixed = share * smooth + (1 - share) * smooth.roll(5, 0)
        (found,) = diagnose(F.cross_entropy, torch.zeros(12, 6), mixed, label_smoothing=0.1)[:1]
        assert found.code == "smoothed-twice" and found.evidence["before"] == pytest.approx(0.1)
    whole = 0.3 * F.one_hot(y, 6) + 0.7 * F.one_hot(y.roll(5), 6)  # mixed, and not smoothed
    teacher = torch.randn(12, 6, generator=torch.Generator().manual_seed(1)).softmax(1)
    votes = torch.tensor([[0.1, 0.1, 0.1, 0.1, 0.2, 0.4]])
    for target in (whole, teacher, votes):
        z = torch.randn(len(target), 6, generator=torch.Generator().manual_seed(2))
        assert diagnose(F.cross_entropy, z, target, label_smoothing=0.1).ok


def test_a_temperature_after_the_softmax_is_seen_in_a_divergences_target() -> None:
    generator = torch.Generator().manual_seed(0)
    p, z = torch.randn(8, 5, generator=generator).softmax(1), torch.randn(8, 5, generator=generator)
    said = {"reduction": "batchmean"}
    (found,) = diagnose(F.kl_div, z.log_softmax(1), p / 4, **said)
    assert found.code == "soft-target-not-normalised"
    assert found.fix == "target = (teacher_logits / 4).softmax(dim=1)"
    for factor in (2, 0.9, 0.7, 3.7):  # of several teachers' sum, or of a share of it
        (found,) = diagnose(F.kl_div, z.log_softmax(1), factor * p, **said)
        assert found.fix == "target = target / target.sum(dim=1, keepdim=True)"
    likeliest = p.where(p >= p.topk(3).values[:, 2:], 0)  # a teacher's likeliest
    assert diagnose(F.kl_div, z.log_softmax(1), likeliest, **said).ok


def test_a_temperature_after_the_softmax_is_kept_for_the_line_of_a_divergences_input() -> None:
    generator = torch.Generator().manual_seed(0)
    q, p = (torch.randn(8, 5, generator=generator).softmax(1) for _ in "qp")
    for given, code in (((q / 4).log(), "warning"), (q / 4, "error")):
        (found,) = diagnose(F.kl_div, given, p, reduction="batchmean")
        assert (found.code, found.severity) == ("kl-input-not-log", code)
        assert "F.log_softmax(logits / 4, dim=1)" in found.fix
    # Of some outcomes only, or in other shares, it may be right.
    few = p.where(p >= p.topk(3).values[:, 2:], 0)
    for log_q, target in (((q / 4).log(), few), ((0.9 * q).log(), p), (q.log() - 1, p)):
        assert diagnose(F.kl_div, log_q, target, reduction="batchmean").ok


def test_what_a_divergence_broadcasts_is_said_with_what_mends_it() -> None:
    q, p = Z.softmax(1), Z.roll(1, 0).softmax(1)
    for few, many in ((q[:1], p), (q[0], p), (q[:, :1], p), (q[:, :1], p[:1])):
        (found, *others) = diagnose(F.kl_div, few.log(), many)
        assert found.code == "broadcast-target" and "a row of the input for each" in found.fix
        # A mean divides by all numbers of what both are broadcast to.
        means = [other for other in others if other.code == "kl-mean"]
        assert all(other.evidence["elements"] == p.numel() for other in means)


def test_logits_whose_exponentials_overflow_are_diagnosed_without_a_warning() -> None:
    for given in (1e4 * Z, (1e4 * Z).requires_grad_() * 1):
        for found in (
            diagnose(F.nll_loss, given, Y),
            diagnose(F.kl_div, given, Z.softmax(1), reduction="batchmean"),
        ):
            assert found[0].code in ("logits-into-nll", "kl-input-not-log")
            assert found[0].evidence.get("total", math.inf) > 1e300


def test_integers_in_the_inputs_shape_are_called_what_they_are() -> None:
    hot = torch.eye(3)[Y].long()
    for target, words in (
        (hot, "one-hot rows of integers"),
        (Z.softmax(1).long(), "4 of its rows only zeros"),
        (hot * (Y > 0)[:, None], "1 of its rows only zeros"),
        (3 * hot, "no one-hot rows: target[0, 0] is 3"),
        (-hot, "no one-hot rows: target[0, 0] is -1"),
        (hot + hot.roll(1, 1), "several labels of a row"),
    ):
        (found,) = diagnose(F.cross_entropy, Z, target)
        assert found.code == "one-hot-integer-target" and words in found.summary, found


def test_log_probabilities_of_another_sign_or_base_are_no_logits() -> None:
    q = torch.softmax(Z, 1)
    for given, words in ((-q.log(), "minus"), (q.log2(), "base 2"), (q.log10(), "base 10")):
        (nll,) = diagnose(F.nll_loss, given, Y)
        (kl,) = diagnose(F.kl_div, given, q.roll(1, 0), reduction="batchmean")
        assert (nll.code, kl.code) == ("logits-into-nll", "kl-input-not-log")
        assert words in nll.summary and words in kl.summary
    graph = F.log_softmax(leaf(), 1) / math.log(2)
    assert "base 2" in diagnose(F.nll_loss, graph, Y)[0].summary
    (turned,) = diagnose(F.cross_entropy, -q.log(), Y)
    assert turned.code == "log-softmax-before-cross-entropy" and turned.severity == "error"
    assert diagnose(F.cross_entropy, q.log2(), Y).ok  # a temperature


def test_a_view_of_the_wrong_size_is_told_from_two_batches() -> None:
    words, tags = torch.randn(2, 7, 5), torch.arange(14).view(2, 7) % 5
    for target in (tags, tags.flatten()):
        (found,) = diagnose(F.cross_entropy, words.view(-1, 7), target)
        assert found.code == "target-shape" and "a view" in found.summary
        names = {"F": F, "input": words.view(-1, 7), "target": target}
        exec(found.fix, names)  # noqa: S102  the line is what we test
        assert names["loss"] == F.cross_entropy(words.movedim(-1, 1), tags)
    viewed = LINEAR(torch.randn(2, 7, 5)).view(-1, 7)
    (by_graph,) = diagnose(F.cross_entropy, viewed, tags.flatten() % 4)
    assert "a view" in by_graph.summary
    whole = LINEAR(torch.randn(8, 5))
    for z, y in ((whole, Y), (Z[:, :2].repeat(4, 1), Y[:3]), (words.view(-1, 7), tags[:1, :6])):
        (plain,) = diagnose(F.cross_entropy, z, y.clamp(max=1))
        assert plain.code == "target-shape" and "a view" not in plain.summary


def test_rows_that_a_mask_has_made_0_do_not_hide_that_the_others_are_logs() -> None:
    z, keep = leaf(), torch.tensor([1.0, 0.0, 1.0, 0.0])[:, None]
    for given in (z.log_softmax(1) * keep, (z.log_softmax(1) * keep).detach()):
        assert diagnose(F.nll_loss, given, Y, reduction="sum").ok
    assert diagnose(F.nll_loss, z * keep, Y)[0].code == "logits-into-nll"


@pytest.mark.parametrize("target", [Y / 255, Y + 0.5, torch.tensor([0.0, 2.0, torch.nan, 1.0])])
def test_numbers_between_classes_are_not_told_to_become_integers(target: torch.Tensor) -> None:
    (found,) = diagnose(F.cross_entropy, leaf(), target)
    assert found.code == "float-class-index" and "long()" not in found.fix.partition(";")[0]
    index = int(found.evidence["place"].removeprefix("target[").removesuffix("]"))
    assert found.evidence["value"] == pytest.approx(target[index].item(), nan_ok=True)
    assert diagnose(F.cross_entropy, leaf(), Y.float())[0].fix.endswith("target.long())")


def test_a_mask_that_was_divided_by_255_is_not_squeezed_into_zeros() -> None:
    image, mask = torch.randn(2, 3, 4, 4), torch.randint(3, (2, 1, 4, 4)) / 255
    (found,) = diagnose(F.cross_entropy, image, mask)
    assert found.code == "float-class-index" and "(target * 255)" in found.fix
    assert diagnose(F.cross_entropy, image, 255 * mask)[0].code == "target-shape"


def test_two_outputs_and_one_yes_or_no_a_sample_are_two_classes() -> None:
    z, yes = Z[:, :2], torch.tensor([0.0, 1.0, 1.0, 0.0])
    (found,) = diagnose(F.binary_cross_entropy_with_logits, z, yes)
    assert found.code == "target-shape"
    assert found.fix == "loss = F.cross_entropy(logits, target.long())"


def test_a_place_in_the_target_is_its_own_index() -> None:
    z, t = torch.randn(2, 3, 4), torch.rand(2, 3, 4).softmax(1)
    for value, code in ((-0.5, "negative-soft-target"), (math.nan, "non-finite-target")):
        t[1, 2, 0] = value
        assert diagnose(F.cross_entropy, z, t)[0].evidence["place"] == "target[1, 2, 0]", code


def test_what_models_return_besides_logits_is_taken_out() -> None:
    z = leaf()
    for given, line in (
        ((z, None), "input = input[0]"),
        ({"out": z, "aux": z}, 'input = input["out"]'),
        ({"loss": None, "logits": z}, 'input = input["logits"]'),
        ({"features": z}, 'input = input["features"]'),
    ):
        (found,) = diagnose(F.cross_entropy, given, Y)
        assert found.fix == line
        names = {"input": given}
        exec(line, names)  # noqa: S102  the line is what we test
        assert names["input"] is z
    with pytest.raises(TypeError, match=r"got a tuple: give input\[0\]"):
        lossutils.explain(F.cross_entropy, (z, z), Y)


def test_lists_of_tensors_are_told_apart() -> None:
    heads, y = [leaf(), leaf(Z[:, :2])], Y.clamp(max=1)
    for given, target in ((heads, y), ([heads[0], heads[0]], y)):
        (found,) = diagnose(nn.CrossEntropyLoss(label_smoothing=0.1), given, target)
        line = "loss = sum(F.cross_entropy(each, target, label_smoothing=0.1) for each in input)"
        assert found.fix == line
    (pairs,) = diagnose(F.cross_entropy, heads, [y, y])
    assert pairs.fix == "loss = sum(F.cross_entropy(*each) for each in zip(input, target))"
    with pytest.raises(TypeError, match=r"got a list of tensors: torch.stack\(input\)"):
        lossutils.explain(F.cross_entropy, [*leaf()], Y)


def test_a_temperature_is_named_with_its_square() -> None:
    z = leaf(torch.randn(8, 4, generator=torch.Generator().manual_seed(0)))
    p = (z.detach() / 4).softmax(1)
    given = {"reduction": "batchmean"}
    for cooled in (z / 4, z * 0.25, (z / 4).float(), (z / 8) * 2):
        (note,) = diagnose(F.kl_div, cooled.log_softmax(1), p, **given)
        assert (note.code, note.severity) == ("kl-temperature", "note")
        assert note.fix.startswith('loss = 16 * F.kl_div(input, target, reduction="batchmean")')
    for plain in (z, z * 2, z / torch.tensor([1.0, 2.0, 2.0, 2.0])):
        assert not diagnose(F.kl_div, plain.log_softmax(1), p, **given)


def test_a_factor_that_makes_logits_of_probabilities_again_is_no_fault() -> None:
    z = leaf(torch.randn(32, 4, generator=torch.Generator().manual_seed(0)))
    y, hot = z.argmax(1), torch.eye(4)[z.argmax(1)]
    assert diagnose(F.cross_entropy, 20 * z.softmax(1), y).ok
    assert diagnose(F.binary_cross_entropy_with_logits, 8 * z.sigmoid() + -4, hot).ok


@pytest.mark.parametrize("given", [
    9 * torch.eye(4).repeat(9, 1), torch.tensor([[1.0, 2, 3], [3, 2, 1], [0, 1, 5], [2, 2, 2], [4, 1, 1]]),
    torch.tensor([[0.5, 1.5], [0.75, 1.25], [1.0, 1.0], [0.25, 1.75], [1.9, 0.1]]),
    0.4 + 1e-4 * torch.randn(40, 5, generator=torch.Generator().manual_seed(0)),
    torch.randn(40, 5, generator=torch.Generator().manual_seed(0)).abs(),
])  # fmt: skip
def test_rows_that_sum_to_nearly_the_same_are_no_softmax_times_a_constant(given: Any) -> None:
    assert diagnose(F.cross_entropy, given, torch.zeros(len(given)).long()).ok


def test_without_a_graph_nothing_was_applied() -> None:
    assert applied(Z) is None and applied(np.ones(3)) is None
    q = leaf().softmax(1)
    F.cross_entropy(q, Y).backward()  # what the graph saved is gone
    step = applied(q)
    assert step is not None and step.kind == "softmax" and step.axis == 1


# -- how it prints ---------------------------------------------------------------------------------


def test_prints_and_shows() -> None:
    assert str(diagnose(F.cross_entropy, Z, Y)) == "Nothing found."
    assert diagnose(F.cross_entropy, Z, Y)._repr_html_() == "<p>Nothing found.</p>"
    said = diagnose(F.kl_div, Z.softmax(1), Z.softmax(1))
    assert said.codes == ("kl-input-not-log", "kl-mean") and not said.ok
    error, warning = said
    assert (error.severity, warning.severity) == ("error", "warning")
    lines = str(said).splitlines()
    assert lines[0] == "error: kl-input-not-log"
    assert lines[3] == f"    fix: {error.fix}" and lines[4] == f"    see: {error.link}"
    html = said._repr_html_()
    assert html.count("<li>") == 2 and "reduction=&quot;batchmean&quot;" in html
    assert html.count('<pre role="group" aria-label="what mends it" tabindex="0" style') == 2
    said = diagnose("cross_entropy", Z, Y, label_smoothing="<b>")
    assert "<b>" not in said._repr_html_()


def test_numbers_fill_the_words() -> None:
    assert (
        filled_in("{a} of {b}: {c}", {"a": 3, "b": 0.123456, "c": (4, 3)}) == "3 of 0.1235: (4, 3)"
    )


class Own(nn.CrossEntropyLoss):
    """Takes probabilities."""

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return F.nll_loss(input.log(), target)


def test_a_forward_of_its_own_is_left_alone() -> None:
    (note,) = diagnose(Own(), Z.softmax(1), Y)
    assert note.code == "unread" and "Own has a forward of its own" in note.summary
    with diagnosing(Own(), every=1) as watch:
        watch(Z.softmax(1), Y)
    assert not watch.findings


def test_options_of_a_module_count() -> None:
    module = nn.CrossEntropyLoss(
        ignore_index=2, label_smoothing=0.1, weight=torch.tensor([1.0, 2, 3])
    )
    assert diagnose(module, Z, Y).codes == ("ignore-index-is-a-class", "weights-with-smoothing")
    assert "weight" in inspect.signature(lossutils.cross_entropy_loss).parameters
    assert diagnose(lossutils.cross_entropy_loss, Z.tolist(), Y.tolist()).ok


# -- a loop as it runs -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", diagnosis.LOOPS)
def test_several_calls_show_what_one_can_not(code: str) -> None:
    with torch.random.fork_rng(devices=[]):
        assert diagnosis.looped(code, 1) == [code]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize(("rate", "is_found"), [(0.0, True), (1e-6, False)])
def test_a_learning_rate_of_0_moves_nothing(kind: Any, rate: float, is_found: bool) -> None:
    model, criterion = torch.nn.Linear(4, 400), torch.nn.CrossEntropyLoss()
    optimiser = kind(model.parameters(), lr=rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with diagnosing(criterion, every=20) as watch:
            for _ in range(240):
                optimiser.zero_grad()
                # Only the last class and another are ever given a gradient that counts.
                z = model(torch.randn(3, 4)).masked_fill(torch.arange(400) < 398, -math.inf)
                criterion(z, torch.tensor([398, 399, 399])).backward()
                optimiser.step()
    found = [each for each in watch.findings if each.code == "parameters-do-not-move"]
    assert len(found) == is_found, watch.findings
    assert all("learning rate is 0" in each.summary for each in found)


def test_a_gradient_that_cannot_be_read_ends_the_looking_and_not_the_training() -> None:
    with diagnosing(nn.CrossEntropyLoss()) as watch:
        for expected in (1, 0):  # said once
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                watch._feel((object(),))
            assert [each.category for each in caught] == [RuntimeWarning] * expected


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_look_copies_no_parameter(kind: torch.dtype) -> None:
    layer = nn.Linear(1000, 1000, bias=False, dtype=kind)
    z = layer(torch.zeros(2, 1000, dtype=kind))
    with diagnosing(nn.CrossEntropyLoss()) as watch:
        profiler = torch.profiler.profile(profile_memory=True)  # type: ignore[no-untyped-call]
        with profiler:
            before = watch._state(z)
        largest = max(event.self_cpu_memory_usage for event in profiler.events() or ())
        assert 0 < largest < 0.05 * layer.weight.nbytes
        with torch.no_grad():
            layer.weight[-1, -1] += 1e-3
        after = watch._state(z)
    assert before is not None and after is not None and not after.is_same(before)


def test_whole_loops_raise_no_alarm() -> None:
    with torch.random.fork_rng(devices=[]):
        assert set(diagnosis.looped("", 4)) == {"nothing"}


def test_each_finding_comes_once_and_notes_are_quiet() -> None:
    criterion = nn.CrossEntropyLoss(ignore_index=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with diagnosing(criterion, every=1) as watch:
            for _ in range(4):
                criterion(Z.softmax(1), target=Y)
        criterion(Z.softmax(1), Y)  # no longer watched
    assert (watch.calls, watch.looks) == (4, 4)
    assert watch.findings.codes == ("softmax-before-cross-entropy", "ignore-index-is-a-class")
    assert [each.category for each in caught] == [UserWarning]
    assert str(watch.findings[0]) in str(caught[0].message)
    assert caught[0].filename == __file__


def test_a_function_is_watched_where_it_is_called_through_the_watch() -> None:
    with diagnosing(F.cross_entropy, every=1) as loss:
        assert loss(Z, Y, weight=torch.ones(3)) == F.cross_entropy(Z, Y)
        with pytest.warns(UserWarning, match="weights of this batch"):
            loss(Z, target=Y, weight=torch.zeros(3))
        # PyTorch's own refusals stay.
        with pytest.raises(IndexError), pytest.warns(UserWarning, match="indices 0 to 2"):
            loss(Z, Y + 5)
    assert loss.calls == 3


def test_a_call_that_raises_is_explained_whenever_it_comes() -> None:
    criterion = nn.CrossEntropyLoss()
    with diagnosing(criterion, every=100) as watch:
        criterion(Z, Y)
        for target, message in ((Y.tolist(), "list"), (Y.float(), "Float"), (Y[:2], "batch_size")):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                with pytest.raises((TypeError, RuntimeError, ValueError), match=message):
                    criterion(Z, target=target)
            assert str(watch.findings[-1].severity) == "error"
            assert [each.filename for each in caught] == [__file__]
        with pytest.raises(TypeError, match="missing"):
            criterion(Z)
    assert watch.findings.codes == ("refused", "float-class-index", "target-shape")
    assert (watch.calls, watch.looks) == (5, 4)


def test_a_loss_that_only_the_input_is_asked_of_may_leave_the_parameters_alone() -> None:
    model, criterion = nn.Linear(3, 3), nn.CrossEntropyLoss()
    with diagnosing(criterion, every=20) as watch:
        x = Z.clone().requires_grad_()
        for _ in range(240):
            (slopes,) = torch.autograd.grad(criterion(model(x), Y), x)
            x = (x + 0.01 * slopes.sign()).detach().requires_grad_()
    assert watch.findings.ok, watch.findings


def test_watches_of_one_module_may_end_in_any_order() -> None:
    criterion = nn.CrossEntropyLoss()
    for own in (None, lambda z, y: F.cross_entropy(2 * z, y)):
        if own is not None:
            criterion.forward = own
        one, two = diagnosing(criterion, every=1), diagnosing(criterion, every=1)
        one.__enter__()
        two.__enter__()
        criterion(Z, Y)
        one.__exit__()
        criterion(Z, Y)
        assert (one.calls, two.calls) == (1, 2)
        two.__exit__()
        criterion(Z, Y)
        assert (one.calls, two.calls) == (1, 2)
        assert criterion.__dict__.get("forward") is own
    watch = diagnosing(nn.CrossEntropyLoss(), every=1)
    with watch, watch:
        watch.criterion(Z, Y)
    assert watch.calls == 1
    assert "forward" not in watch.criterion.__dict__


def test_a_copy_of_a_watched_module_is_whole_and_not_watched() -> None:
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    with diagnosing(criterion, every=1) as watch:
        for copied in (copy.deepcopy(criterion), pickle.loads(pickle.dumps(criterion))):
            copied.weight.fill_(1.0)
            assert copied(Z, Y) == F.cross_entropy(Z, Y)
    assert watch.calls == 0


def test_nothing_is_changed_by_watching() -> None:
    def run(watched: bool) -> list[torch.Tensor]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model, criterion = nn.Linear(3, 3), nn.CrossEntropyLoss()
            optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
            before = dict(vars(criterion))
            with diagnosing(criterion, every=1) if watched else contextlib.nullcontext():
                for _ in range(3):
                    loss = criterion(model(F.dropout(Z)), Y)
                    optimiser.zero_grad()
                    loss.backward()
                    optimiser.step()
            assert vars(criterion) == before
            return [loss.detach(), *(p.detach() for p in model.parameters())]

    torch.testing.assert_close(run(True), run(False), rtol=0, atol=0)


def test_an_error_of_its_own_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossutils._watch.all_findings", lambda _: 1 / 0)
    criterion = nn.CrossEntropyLoss()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with diagnosing(criterion, every=1) as watch:
            for _ in range(3):
                criterion(Z, Y)
    (warning,) = caught
    assert warning.category is RuntimeWarning and "ZeroDivisionError" in str(warning.message)
    assert watch.calls == 3


def test_looking_takes_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With steps of a millisecond, and looks of five."""
    now = [0.0]
    monkeypatch.setattr("lossutils._watch.time.perf_counter", lambda: now[0])

    def look(_: Any) -> list[Any]:
        now[0] += 0.005
        return []

    monkeypatch.setattr("lossutils._watch.all_findings", look)
    criterion = nn.CrossEntropyLoss()
    with diagnosing(criterion) as watch:
        for _ in range(6000):
            criterion(Z, Y)
            now[0] += 0.001
    assert 4 <= watch.looks <= 7 and watch.looks * 0.005 <= 0.01 * now[0]


def test_a_large_batch_is_looked_at_in_part() -> None:
    z, y = torch.zeros(600, 1000), torch.full((600,), -100)
    y[-1] = 3  # the others alone would be ignored altogether
    criterion = nn.CrossEntropyLoss()
    with diagnosing(criterion, every=1) as watch:
        criterion(z, y)
    assert watch.findings.ok
    with pytest.warns(UserWarning, match="softmax"), diagnosing(criterion, every=1):
        criterion(z.softmax(1), y)


def test_compiled_models_and_criteria_are_watched_and_whole_graphs_left_alone() -> None:
    model, criterion = nn.Linear(3, 3), nn.CrossEntropyLoss()

    def step(z: torch.Tensor) -> torch.Tensor:
        return criterion(model(z).softmax(1), Y)

    compiled = torch.compile(criterion, backend="eager")
    with pytest.warns(UserWarning, match="softmax"), diagnosing(compiled, every=1):
        compiled(torch.compile(model, backend="eager")(Z).softmax(1), Y)
    with diagnosing(criterion, every=1) as watch:
        torch.compile(step, backend="eager", fullgraph=True)(Z)
    assert watch.calls == 0


def test_under_autocast_and_in_parallel(tmp_path: Path) -> None:
    from torch import distributed

    distributed.init_process_group("gloo", f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        model = nn.parallel.DistributedDataParallel(nn.Sequential(nn.Linear(3, 3), nn.Softmax(1)))
        criterion = nn.CrossEntropyLoss()
        with torch.autocast("cpu", torch.bfloat16), diagnosing(criterion, every=1) as watch:
            for _ in range(2):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    criterion(model(Z), Y).backward()
    finally:
        distributed.destroy_process_group()
    assert watch.findings.codes == ("softmax-before-cross-entropy",)


def test_watching_refuses_what_is_no_loss() -> None:
    with pytest.raises(TypeError, match="criterion must be"):
        diagnosing(lambda z, y: z)
    for every in (0, 1.5, True):
        with pytest.raises((TypeError, ValueError), match=r"^every must "):
            diagnosing(nn.CrossEntropyLoss(), every=every)
