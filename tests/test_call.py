"""Which loss a call names, and with which options, whatever names it."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lossutils
from lossutils._call import OPTIONS, read_call, torch_function

MODULES = {
    "cross_entropy": nn.CrossEntropyLoss,
    "nll_loss": nn.NLLLoss,
    "binary_cross_entropy": nn.BCELoss,
    "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss,
    "kl_div": nn.KLDivLoss,
}
OURS = {
    "cross_entropy": lossutils.cross_entropy_loss,
    "nll_loss": lossutils.nll_loss,
    "binary_cross_entropy": lossutils.binary_cross_entropy,
    "binary_cross_entropy_with_logits": lossutils.binary_cross_entropy_with_logits,
    "kl_div": lossutils.kl_div_loss,
    "focal_loss": lossutils.focal_loss,
}
W = torch.tensor([1.0, 2.0])
GIVEN: dict[str, dict[str, Any]] = {
    "cross_entropy": {
        "weight": W,
        "ignore_index": 1,
        "reduction": "sum",
        "label_smoothing": 0.1,
    },
    "nll_loss": {"weight": W, "ignore_index": 1, "reduction": "none"},
    "binary_cross_entropy": {"weight": W, "reduction": "sum"},
    "binary_cross_entropy_with_logits": {"weight": W, "reduction": "sum", "pos_weight": W},
    "kl_div": {"reduction": "batchmean", "log_target": True},
    "focal_loss": {"gamma": 0.5, "weight": W, "ignore_index": 1, "reduction": "sum"},
}


def forms(loss: str, options: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Return all that names the loss with these options: the loss, and options beside it."""
    plain = [OURS[loss], OURS[loss].__name__, f"lossutils.{OURS[loss].__name__}", loss]
    made: list[tuple[Any, dict[str, Any]]] = []
    if loss in MODULES:
        module, function = MODULES[loss], getattr(F, loss)
        extended = type("Mine", (module,), {})
        plain += [function, f"F.{loss}", f"torch.nn.functional.{loss}", module, module.__name__]
        plain += [f"nn.{module.__name__}"]
        made = [(kind(**options), {}) for kind in (module, extended)]
        made.append((functools.partial(functools.partial(function, **options), **options), {}))
        made.append((torch.compile(module(**options), backend="eager"), {}))
        with contextlib.suppress(AssertionError):  # PyTorch 2.6 compiles no function of its own
            made.append((torch.compile(function, backend="eager"), options))
    return [*made, *((each, options) for each in plain)]


@pytest.mark.parametrize("loss", OPTIONS)
def test_all_that_names_a_loss_gives_the_same_call(loss: str) -> None:
    assert GIVEN[loss].keys() == OPTIONS[loss].keys()
    z, y = object(), object()
    for options in ({}, GIVEN[loss]):
        for given, beside in forms(loss, options):
            call = read_call(given, z, y, **beside)
            assert (call.loss, call.input is z, call.target is y) == (loss, True, True)
            assert dict(call.options) == {**OPTIONS[loss], **options}, given
            assert not call.overridden


@pytest.mark.parametrize("loss", MODULES)
def test_defaults_are_those_of_pytorch_and_ours(loss: str) -> None:
    for option, default in OPTIONS[loss].items():
        assert getattr(MODULES[loss](), option) == default
        assert (OURS[loss].__kwdefaults__ or {})[option] == default
    assert torch_function(read_call(loss, 0, 0)) is getattr(F, loss)


def test_options_given_beside_override() -> None:
    module = nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")
    assert read_call(module, 0, 0, reduction="none").options["reduction"] == "none"
    assert read_call(module, 0, 0, reduction="none").options["label_smoothing"] == 0.1
    partial = functools.partial(F.nll_loss, ignore_index=3)
    assert read_call(partial, 0, 0, ignore_index=4).options["ignore_index"] == 4


@pytest.mark.parametrize(
    ("old", "reduction"),
    [
        ({"size_average": False}, "sum"),
        ({"size_average": True}, "mean"),
        ({"reduce": False}, "none"),
        ({"reduce": False, "size_average": False}, "none"),
        ({"reduce": True, "size_average": False}, "sum"),
        ({"reduce": True}, "mean"),
    ],
)
def test_old_names_of_reductions_are_read_as_pytorch_reads_them(
    old: dict[str, bool], reduction: str
) -> None:
    with pytest.warns(UserWarning, match="deprecated"):
        assert nn.NLLLoss(**old).reduction == reduction
    assert read_call("nll_loss", 0, 0, **old).options["reduction"] == reduction


def test_a_forward_of_its_own_is_said() -> None:
    class Masked(nn.CrossEntropyLoss):
        def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            return super().forward(input, target) * 2

    assert read_call(Masked(), 0, 0).overridden == "Masked"


@pytest.mark.parametrize(
    ("given", "options", "code"),
    [
        (nn.CrossEntropyLoss(), {}, "nn.CrossEntropyLoss()(input, target)"),
        (
            nn.CrossEntropyLoss(weight=W, label_smoothing=0.1),
            {},
            "nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1)(input, target)",
        ),
        (F.kl_div, {"reduction": "sum"}, "F.kl_div(input, target, reduction='sum')"),
        ("kl_div_loss", {"log_target": True}, "lossutils.kl_div_loss(input, target, log_target=True)"),
        (lossutils.nll_loss, {"ignore_index": 0}, "lossutils.nll_loss(input, target, ignore_index=0)"),
        ("focal_loss", {"gamma": 2.0, "weight": [1, 2]}, "lossutils.focal_loss(input, target, weight=weight)"),
    ],
)  # fmt: skip
def test_a_call_prints_as_code(given: Any, options: dict[str, Any], code: str) -> None:
    assert str(read_call(given, 0, 0, **options)) == code


class Unrelated:
    def __repr__(self) -> str:
        return "Unrelated()"


def mine(input: Any, target: Any) -> None: ...


@pytest.mark.parametrize(
    ("given", "options", "error", "message"),
    [
        ("crossentropy", {}, ValueError, "got 'crossentropy': did you mean 'cross_entropy'"),
        ("BCELogitsLoss", {}, ValueError, "did you mean 'BCEWithLogitsLoss'"),
        ("hinge", {}, ValueError, "got 'hinge': these can: cross_entropy, nll_loss, binary"),
        (torch.ones(()), {}, ValueError, "got a tensor, as losses return"),
        (nn.CTCLoss(), {}, ValueError, "got CTCLoss: these can"),
        (nn.MSELoss(), {}, ValueError, "got MSELoss: these can: cross_entropy"),
        (F.mse_loss, {}, ValueError, "got mse_loss: these can: "),
        (F.log_softmax, {}, ValueError, "got log_softmax: these can"),
        (nn.Linear(2, 2), {}, ValueError, "got Linear: these can"),
        (lossutils.cross_entropy, {}, ValueError, "compares two distributions: for logits give cross_"),
        ("lossutils.cross_entropy", {}, ValueError, "compares two distributions: for logits give"),
        (lossutils.kl_divergence, {}, ValueError, "the true one first: give kl_div_loss, with"),
        (lossutils.linear_cross_entropy, {}, ValueError, "give cross_entropy_loss, with the layer"),
        (lossutils.softmax, {}, ValueError, "got softmax: these can"),
        (mine, {}, TypeError, "got <function mine at .*: if it computes one of these, give"),
        (Unrelated(), {}, TypeError, r"got Unrelated\(\): if"),
        (3, {}, TypeError, "a loss module, a loss function or its name, got 3"),
        (None, {}, TypeError, "got None"),
        (functools.partial(F.nll_loss, W), {}, TypeError, "got positional arguments too"),
        ("nll_loss", {"label_smoothing": 0.1}, TypeError,
         "nll_loss has no option 'label_smoothing': that is an option of cross_entropy"),
        ("nll_loss", {"wieght": W}, TypeError, "has no option 'wieght': did you mean weight"),
        ("kl_div", {"temperature": 2}, TypeError, "its options are reduction, log_target"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    given: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        read_call(given, 0, 0, **options)


def test_reading_a_name_imports_no_torch() -> None:
    program = (
        "import sys; from lossutils._call import read_call;"
        "read_call('cross_entropy', [0.0], 0); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
