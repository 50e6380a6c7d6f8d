"""The workbench: its examples show what they promise, addresses lead back, and Python fills its boxes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lossutils import diagnose, explain
from lossutils.widgets import LossWorkbench

WIDGETS = Path(__file__).resolve().parents[2] / "lossutils" / "widgets"
MOST_BYTES = 34_000  # gzipped: with page.js, all that the page's own scripts weigh
# What one call without a graph, on one device, can't show.
NOT_ON_PAGE = {
    "kl-temperature",
    "target-gradient",
    "bounded-logits",
    "zeroed-logits",
    "weight-device",
    "unequal-batches",
    "saturation-growing",
    "parameters-do-not-move",
    "small-batches-under-weights",
    "unread",
}
PROGRAM = """
import { EXAMPLES, anchored, callOf, fromAddress, stateOf, tidy, toAddress } from "../explorers/loss_workbench/state.js";
import { diagnose } from "./call/diagnose.js";
import { explain } from "./call/explain.js";
import { readFileSync } from "node:fs";
const table = JSON.parse(readFileSync("../../findings.json", "utf8"));
const given = JSON.parse(readFileSync(0, "utf8"));
const plain = (_key, x) =>
  ArrayBuffer.isView(x) ? Array.from(x, String) : typeof x === "number" ? String(x) : x;
const shown = EXAMPLES.map((example) => {
  const { call, errors } = callOf(stateOf(example));
  const codes = call ? diagnose(call, table).map(({ code }) => code) : [];
  return { ...example, call, errors, codes, explained: call && explain(call) };
});
const states = [...given.states, ...EXAMPLES.map(stateOf)].map(tidy);
const answer = {
  shown,
  states,
  returned: states.map((state) => [toAddress(state), fromAddress(toAddress(state) ?? "")]),
  addresses: given.addresses.map((each) => fromAddress(each)),
  readings: given.states.map((state) => callOf(state)),
  anchored: given.links.map((link) => anchored(link)),
};
process.stdout.write(JSON.stringify(answer, plain));
"""
MARKUP = "<img src=x onerror=alert(1)>; a=b & 100% (1+1) 'q' \"é\"\n−1"
PLACES = WIDGETS / "explorers" / "loss_workbench" / "places.json"
TITLES: dict[str, str] = json.loads(PLACES.read_text(encoding="utf-8"))
STATES: list[dict[str, str]] = [
    {"loss": "focal_loss", "input": MARKUP, "target": "0\n1", "gamma": "0.5"},
    {"loss": "kl_div", "input": "[[-1e+05, .5]]", "target": "1", "log_target": "True"},
    {"loss": "cross_entropy", "input": "1 2", "target": "0", "gamma": "9", "reduction": " "},
    {"input": "1 2", "target": "0", "label_smoothing": "0.0", "ignore_index": "−100"},
    {"loss": "cross_entropy", "input": "1 x", "target": "", "ignore_index": "1.5", "weight": "[1"},
    {"loss": "cross_entropy", "input": "1 2\n" * 5000, "target": "0"},
]
ADDRESSES = {
    "#other:loss=kl_div": None,
    "#workbench:loss=kl_dvi;input=1": ["There is no loss “kl_dvi”, only cross_entropy, nll_loss,"],
    "#workbench:example=nothing": ["There is no example “nothing”."],
    "#workbench:input=%E0%A4;target=0": ["What it says of “input” is damaged."],
    "#workbench:colour=red": ["There is no argument “colour”."],
    "#workbench:loss=kl_div;weight=1": ["kl_div has no weight."],
    "#workbench:reduction=batchmean": ["cross_entropy has no reduction “batchmean”, only mean,"],
    "#workbench:constructor=1": ["There is no argument “constructor”."],
    "#workbench:": [],
}


@pytest.fixture(scope="module")
def answer(node: Callable[..., str]) -> Any:
    links = [f"{link.partition('#')[0]}#{title}" for link, title in TITLES.items()]
    given = json.dumps({"states": STATES, "addresses": list(ADDRESSES), "links": links})
    return json.loads(node("--input-type=module", "-e", PROGRAM, given=given))


def tensor(read: dict[str, Any]) -> torch.Tensor:
    values = torch.tensor([float(x) for x in read["values"]], dtype=torch.float64)
    return values.to(getattr(torch, read["dtype"])).reshape([int(n) for n in read["shape"]])


def test_each_example_shows_its_finding_first_here_and_in_python(answer: Any) -> None:
    for each in answer["shown"]:
        assert each["errors"] == {}, each
        wanted = [each["code"]] if each["code"] else []
        assert each["codes"][:1] == wanted, each["title"]
        call = each["call"]
        options = {
            name: tensor(value) if isinstance(value, dict) else value
            for name, value in call["options"].items()
        }
        for name in {"ignore_index", "label_smoothing"} & set(options):
            options[name] = (int if name == "ignore_index" else float)(options[name])
        z, y = tensor(call["input"]), tensor(call["target"])
        said = diagnose(call["loss"], z, y, **options)
        assert list(said.codes) == each["codes"], each["title"]
        number = each["explained"].get("result")
        if number is None:
            with pytest.raises((TypeError, ValueError, IndexError)):
                explain(call["loss"], z, y, **options)
            continue
        result = explain(call["loss"], z, y, **options).result
        assert float(number) == pytest.approx(result, rel=1e-6, nan_ok=True), each["title"]


def test_there_is_an_example_of_each_finding_that_a_call_can_show(answer: Any) -> None:
    table = json.loads((WIDGETS.parent / "findings.json").read_text(encoding="utf-8"))
    assert {each["code"] for each in answer["shown"]} == set(table) - NOT_ON_PAGE | {""}
    for name in ("name", "title"):
        names = [each[name] for each in answer["shown"]]
        assert len(names) == len(set(names)), "none looks like another"


def test_an_address_leads_back_to_what_was_typed(answer: Any) -> None:
    *_, (long, _) = answer["returned"][: len(STATES)]
    assert long is None, "too long for a link"
    examples = [f"#workbench:example={each['name']}" for each in answer["shown"]]
    for state, (address, found) in zip(answer["states"], answer["returned"], strict=True):
        if address is None:
            continue
        assert not set(address) & set(" <>\"'()\n"), address
        assert found["refused"] == [], address
        assert found["state"] == {name: text.strip() for name, text in state.items()}
    assert [address for address, _ in answer["returned"]][len(STATES) :] == examples
    kept = answer["states"]
    assert kept[2] == {"loss": "cross_entropy", "input": "1 2", "target": "0"}, "no gamma"
    assert kept[3] == kept[2], "defaults are left out"


def test_a_heading_leads_to_its_anchor(answer: Any) -> None:
    assert answer["anchored"] == list(TITLES)
    # The words of an anchor that is no more than them.
    built = (WIDGETS / "static" / "site" / "loss-workbench.js").read_text(encoding="utf-8")
    assert ':"common-errors.html#The loss is 0"' in built


def test_an_address_that_says_nothing_sensible_is_answered_in_a_sentence(answer: Any) -> None:
    for (address, said), found in zip(ADDRESSES.items(), answer["addresses"], strict=True):
        if said is None:
            assert found is None, address
            continue
        assert found["state"]["loss"] in ("cross_entropy", "kl_div")
        assert len(found["refused"]) == len(said), (address, found)
        for sentence, beginning in zip(found["refused"], said, strict=True):
            assert sentence.startswith(beginning), (address, sentence)
            assert sentence.endswith("."), sentence


def test_what_is_wrong_in_a_box_is_said_of_that_box(answer: Any) -> None:
    markup, kl, *_, bad, _ = answer["readings"]
    assert list(markup["errors"]) == ["input"]
    assert kl["call"]["options"] == {"log_target": True}
    assert bad["call"] is None
    assert list(bad["errors"]) == ["input", "target", "weight", "ignore_index"]
    assert bad["errors"]["ignore_index"] == "It must be a whole number, such as -100."


def test_arrays_fill_the_boxes_with_every_digit(javascript: Any) -> None:
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(4, 3, dtype=torch.float64, generator=generator)
    arrays = [
        *(z.to(dtype) for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)),
        z.clone().requires_grad_(),
        z > 0,
        torch.tensor(3),
        torch.zeros(0, 3, dtype=torch.float16),
        torch.randn(40, 60, generator=generator),
        z.numpy(),
        torch.tensor([torch.nan, torch.inf, -0.0]),
    ]
    texts = [LossWorkbench(x, 0).given["input"] for x in arrays]
    found = javascript("../js/call/read.js", "read", [[text] for text in texts])
    for x, read in zip(arrays, found, strict=True):
        wanted = torch.as_tensor(x).detach()
        assert read["tensor"]["shape"] == list(wanted.shape)
        assert f"torch.{read['tensor']['dtype']}" == str(wanted.dtype)
        np.testing.assert_array_equal(read["tensor"]["values"], wanted.double().flatten())


def test_a_loss_brings_its_options_and_lists_are_read_as_pytorch_does() -> None:
    weight = torch.tensor([1.0, 2.0])
    criterion = nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1, reduction="sum")
    shown = LossWorkbench(input=[[1, 0.5]], target=[1], loss=criterion)
    assert shown.given == {
        "loss": "cross_entropy",
        "input": "[[1. , 0.5]]",
        "target": "[1]",
        "weight": "[1., 2.]",
        "reduction": "sum",
        "label_smoothing": "0.1",
    }
    assert repr(shown) == "LossWorkbench(loss='cross_entropy')"
    texts = LossWorkbench("tensor([[1.2, -0.3]])", "0", "kl_div", log_target=True)
    assert texts.given["log_target"] == "True"
    assert texts.given["input"] == "tensor([[1.2, -0.3]])"
    assert LossWorkbench().given == {}, "the page chooses an example"


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([1.0], 0, "cross_entrpy"), {}, ValueError, "did you mean 'cross_entropy'"),
        (([1.0], 0), {"gamma": 2}, TypeError, "no option 'gamma'"),
        (([1.0], 0), {"reduction": "average"}, ValueError, "reduction must be one of mean, sum"),
        (([1.0], 0), {"label_smoothing": "much"}, TypeError, "label_smoothing must be a number"),
        (([[1.0], [1.0, 2.0]], 0), {}, ValueError, "input must be an array, but its rows differ"),
        (([1j], 0), {}, TypeError, "input must hold real numbers, got complex128"),
        ((torch.zeros(100_001), 0), {}, ValueError, "input must have at most 100,000 numbers"),
    ],
)
def test_what_is_no_call_is_refused(
    arguments: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        LossWorkbench(*arguments, **options)


def test_its_script_is_small() -> None:
    script = (WIDGETS / "static" / "site" / "loss-workbench.js").read_bytes()
    assert len(gzip.compress(script, mtime=0)) <= MOST_BYTES
