"""The workbench says of what is pasted what Python says, keeps it in the address, and takes it for text."""

import ast
import json
import re
from pathlib import Path
from urllib.parse import unquote

import contents
import pytest
import torch
import torch.nn.functional as F
from bs4 import BeautifulSoup

import lossutils
from lossutils import diagnose, explain

FINDINGS = Path(lossutils.__file__).parent / "findings.json"
PAGE = "chapters/workbench.html"
BOX = "[data-explorer=loss-workbench]"
LOGITS = torch.tensor([[2.0, 0.5, -1.25], [0.0, 1.0, 0.5], [0.375, -0.25, 0.0]])
LABELS = torch.tensor([0, 1, 2])
# The links of other pages to a state, as they stand in the text.
TO_A_STATE = re.compile(r"\]\(workbench\.ipynb(#workbench:[^)\s]+)\)")
LINKS = [
    (path.stem, address)
    for path in contents.NOTEBOOKS
    for address in TO_A_STATE.findall(path.read_text(encoding="utf-8"))
]
SHOWN = """(box) => ({
  codes: [...box.querySelectorAll("[data-code]")].map((e) => [e.dataset.code, e.dataset.severity]),
  result: box.querySelector(".workbench-result strong")?.textContent,
  tables: [...box.querySelectorAll("caption")].map((e) => e.textContent),
})"""


def shown_after(page, box, change):
    """Return what the workbench shows once it has taken a change."""
    page.clock.run_for(300)
    before = box.evaluate(SHOWN)
    change()
    assert box.evaluate(SHOWN) == before, "not at each key"
    page.clock.run_for(300)
    return box.evaluate(SHOWN)


def test_what_is_pasted_is_answered_at_once_and_stays_text(open_page):
    page = open_page(PAGE, size=(360, 740), stopped=True)
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.post_data)))
    box = page.locator(BOX)
    status = box.get_by_role("status")
    assert status.text_content() == "", "a page that has just come says nothing"
    logits, target = box.get_by_label("input: logits"), box.get_by_label("target: class indices")

    def paste():
        logits.fill(repr(LOGITS).replace("])", "], device='cuda:0', grad_fn=<AddmmBackward0>)"))
        target.fill(repr(LABELS))

    shown = shown_after(page, box, paste)
    explained = explain(F.cross_entropy, LOGITS, LABELS)
    assert shown["codes"] == []
    assert shown["result"] == f"{explained.result:.6g}"
    assert shown["tables"][:2] == ["From the losses to the result", "Each sample"]
    assert box.get_by_text("Read: shape (3, 3), float32").is_visible()
    page.clock.run_for(1000)
    assert status.text_content() == f"Nothing found. Loss {shown['result']}."

    # By keyboard alone: one more box down are the weights.
    q = LOGITS.softmax(1)
    shown = shown_after(page, box, lambda: logits.fill(repr(q)))
    (found,) = diagnose(F.cross_entropy, q, LABELS)
    assert shown["codes"] == [[found.code, "error"]]
    assert box.get_by_text(found.summary).is_visible()
    place = box.get_by_role("link", name="The loss stops falling: two activations")
    assert place.get_attribute("href") == found.link
    target.focus()
    page.keyboard.press("Tab")
    page.keyboard.type("1 2")
    page.clock.run_for(300)
    codes = [code for code, _ in box.evaluate(SHOWN)["codes"]]
    assert codes == list(diagnose(F.cross_entropy, q, LABELS, weight=torch.tensor([1, 2])).codes)
    weight = torch.tensor([0.0, 0.0, 1.0])
    page.keyboard.press("Control+A")
    page.keyboard.type("0. 0. 1.")
    page.clock.run_for(300)
    explained = explain(F.cross_entropy, (q * 1e4).round() / 1e4, LABELS, weight=weight)
    assert box.evaluate(SHOWN)["result"] == f"{explained.result:.6g}"

    code = box.get_by_label("the call as Python").inner_text()
    assert "\nweight = torch.tensor([0.0, 0.0, 1.0])\n" in code

    # Of a model's output each box takes its own, and says so.
    output = f"SequenceClassifierOutput(loss=None, logits={LOGITS!r}, labels={LABELS!r})"
    logits.fill(output)
    shown_after(page, box, lambda: target.fill(output))
    assert box.get_by_text("Read logits: shape (3, 3), float32").is_visible()
    assert box.get_by_text("Read labels: shape (3,), int64").is_visible()
    target.fill(repr(LABELS))

    # What is typed is no markup, wherever it is shown.
    for typed in ("<img src=x onerror=alert(1)>", "[1, <b>2</b>]", "tensor([<script>])"):
        shown = shown_after(page, box, lambda typed=typed: logits.fill(typed))
        assert box.locator("img, b, script:not([type])").count() == 0, typed
        assert shown == {"codes": [], "result": None, "tables": []}
        assert logits.input_value() == typed, "nothing is lost"
        assert logits.get_attribute("aria-invalid") == "true"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.clock.run_for(1000)
    assert status.text_content().startswith("input: Line 1, character")
    box.get_by_label("Example").select_option("kl-mean")
    page.clock.run_for(300)
    assert box.evaluate(SHOWN)["codes"] == [["kl-mean", "warning"]]
    assert box.get_by_label("ignore_index").count() == 0, "only what the loss has"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    # What the theme and the search fetch when they have time, and nothing that was typed.
    sent = [(url, data) for url, data in asked if data or "?" in url or "tensor" in url]
    assert sent == [], "nothing leaves the page"


def test_what_shows_a_finding_has_the_names_that_python_gives_it(open_page):
    """A bundle gives short names to what no string names, and not to these."""
    page = open_page(PAGE, stopped=True)
    box = page.locator(BOX)
    choice = box.get_by_label("Example")
    examples = [
        name for name in choice.evaluate("(e) => [...e.options].map((o) => o.value)") if name
    ]
    known = set(re.findall(r"\{(\w+)\}", FINDINGS.read_text(encoding="utf-8")))
    named = set()
    for example in examples:
        choice.select_option(example)
        page.clock.run_for(300)
        said = box.inner_text()
        assert "undefined" not in said, example
        shown = box.locator(".workbench-findings .workbench-quiet").all_inner_texts()
        named |= {
            name.replace(" ", "_")
            for text in shown
            for name in re.findall(r"(?:: |, )([a-z][a-z ]*) (?=[\d(−-])", text)
        }
    assert len(examples) > 40 and len(named) > 9
    assert named <= known | {"rows", "label_smoothing", "floor_name_log"}, named - known
    # So it does to variants of several words, whose own words are shown.
    table = json.loads(FINDINGS.read_text(encoding="utf-8"))
    for example, code, variant in (
        ("class-index-out-of-range", "class-index-out-of-range", "from 1"),
        ("true-class-masked", "non-finite-input", "true class"),
    ):
        choice.select_option(example)
        page.clock.run_for(300)
        words = max(re.split(r"\{\w+\}", table[code]["variants"][variant]["summary"]), key=len)
        assert words in box.inner_text(), variant


def test_the_address_holds_what_is_typed(open_page, site):
    page = open_page(f"{PAGE}#workbench:loss=nll_loss;input=[[-0.5,-1]];target=1;gamma=2")
    box = page.locator(BOX)
    assert box.get_by_label("Loss").input_value() == "nll_loss"
    assert box.get_by_label("input: log-probabilities").input_value() == "[[-0.5,-1]]"
    assert box.get_by_text("nll_loss has no gamma.").first.is_visible()
    # Spoken too: of an address that can't be followed a page says so as it opens.
    status = box.get_by_role("status")
    status.get_by_text("nll_loss has no gamma.").wait_for(state="attached")
    page.evaluate("location.hash = '#workbench:example=nothing'")
    box.get_by_text("There is no example “nothing”.").first.wait_for()
    status.get_by_text("There is no example “nothing”.").wait_for(state="attached")
    page.evaluate("location.hash = '#workbench:example=zero-weight'")
    box.get_by_text("zero-weight").wait_for()
    assert box.locator(".workbench-refused").is_hidden()
    box.get_by_label("weight: none").fill("tensor([1., 1., 0.5])")
    page.wait_for_function("location.hash.includes('weight=tensor')")
    assert not re.search(r"[()\s<>]", page.evaluate("location.hash"))
    page.reload()
    assert box.get_by_label("weight: none").input_value() == "tensor([1., 1., 0.5])"
    assert box.get_by_label("Example").input_value() == ""
    box.get_by_role("button", name="Copy link").click()
    box.get_by_role("button", name=re.compile("Copied|See address")).wait_for()


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "forbidden"])
def test_each_button_copies_what_it_stands_beside(open_page, allowed):
    # Without its clipboard a page can only select what a reader then copies.
    forbid = "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
    page = open_page(
        PAGE,
        stopped=True,
        permissions=["clipboard-read", "clipboard-write"] if allowed else [],
        prepare=lambda page: allowed or page.add_init_script(forbid),
    )
    box = page.locator(BOX)
    status = box.get_by_role("status")
    buttons = box.locator("[data-copies]").all()
    assert [button.inner_text() for button in buttons] == ["Copy", "Copy the code"]
    for button in buttons:
        label = button.inner_text()
        code = button.locator("xpath=..").locator("code").text_content()
        assert code
        for _ in range(2):  # twice within the two seconds for which it says what it did
            status.evaluate("(e) => (e.textContent = '')")
            button.click()
            status.get_by_text("Copied" if allowed else "Selected").wait_for(state="attached")
            assert button.inner_text() == ("Copied" if allowed else "Selected")
        kept = "navigator.clipboard.readText()" if allowed else "String(getSelection())"
        assert page.evaluate(kept).strip() == code.strip()
        page.clock.run_for(3000)
        assert button.inner_text() == label


@pytest.mark.parametrize(("stem", "address"), LINKS)
def test_a_link_in_a_chapter_leads_to_the_numbers_of_the_text(open_page, stem, address):
    page = open_page(f"chapters/{stem}.html")
    link = page.locator(f'a[href="workbench.html{address}"]')
    said = link.locator("xpath=ancestor::section[1]").text_content()
    link.click()
    # Until its script has run, the page shows its still, which has a result too.
    box = page.locator(f"{BOX}[data-live]")
    box.wait_for()
    loss, *given = [pair.split("=", 1)[1] for pair in unquote(address).split(";")]
    shown = [box.locator("textarea").nth(k).input_value() for k in range(len(given))]
    assert [box.get_by_label("Loss", exact=True).input_value(), *shown] == [loss, *given]
    assert box.locator(".workbench-refused").is_hidden()
    result = explain(getattr(F, loss), *map(torch.tensor, map(ast.literal_eval, given))).result
    assert box.evaluate(SHOWN)["result"] == f"{result:.6g}"
    assert f"{result:.4f}" in said


def test_chapters_lead_to_the_workbench():
    assert {stem for stem, _ in LINKS} >= {"cross-entropy-loss", "binary-cross-entropy"}


def test_without_scripts_the_first_example_stands_there_answered(site):
    document = BeautifulSoup((site / PAGE).read_text(encoding="utf-8"), "html.parser")
    still = document.select_one(BOX)
    assert still.select(":is(input, select, textarea, button):not([disabled])") == []
    assert still.select_one("[data-code]")["data-code"] == "softmax-before-cross-entropy"
    assert [option.get_text() for option in still.select("select")][1] == "cross_entropy"
    assert "grad_fn=<SoftmaxBackward0>" in still.textarea.get_text()
    assert still.select_one("li a")["href"].startswith("cross-entropy-loss.html#")
    assert "this browser runs none" in still.get_text()
