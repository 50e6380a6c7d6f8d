"""What a loss can mean: each number against PyTorch, each link, and Python against JavaScript."""

import itertools
import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from docutils.nodes import make_id

from lossutils.widgets import MyLoss
from lossutils.widgets.explorers import my_loss

CHAPTERS = Path(__file__).parents[2] / "chapters"
LOSSES = [*np.linspace(0, 6, 301).tolist(), 23.026, 73.68, 1e6, -0.3, -math.inf, math.inf, math.nan]
CLASSES = [2, 3, 10, 1000, 1_000_000]


def read(loss, classes=10):
    return {meaning.name: meaning for meaning in MyLoss(loss, classes).meanings}


def all_meanings(places):
    shown = MyLoss()
    return [m for shown.loss, shown.classes in places for m in shown.meanings]


def one_hot_floor(classes, activation, loss):
    """Return the loss of the surest right answer whose activation is taken a second time."""
    sure = torch.full((1, classes), -1e4, dtype=torch.float64)
    sure[0, 0] = 1e4
    return loss(activation(sure)).item()


@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
def test_the_numbers_are_pytorchs(classes):
    even = torch.zeros(1, classes, dtype=torch.float64)
    right = torch.tensor([0])
    marks = my_loss.landmarks(classes)
    uniform = F.cross_entropy(even, right).item()
    assert marks["fair" if classes == 2 else "uniform"] == pytest.approx(uniform, rel=1e-12)
    assert marks["bits"] == pytest.approx(uniform / math.log(2), rel=1e-12)
    assert marks["digits"] == pytest.approx(uniform / math.log(10), rel=1e-12)
    twice = one_hot_floor(classes, lambda z: z.softmax(1), lambda q: F.cross_entropy(q, right))
    assert marks["twice"] == pytest.approx(twice, rel=1e-12)
    yes_and_no = torch.tensor([[1.0] + [0.0] * (classes - 1)], dtype=torch.float64)
    both = F.binary_cross_entropy_with_logits(
        torch.tensor([1.0, 0.0]).double(), torch.tensor([1.0, 0.0]).double()
    )
    assert marks["sigmoid twice"] == pytest.approx(both.item(), rel=1e-12)
    target = (1 - my_loss.ALPHA) * yes_and_no + my_loss.ALPHA / classes
    smoothed = F.cross_entropy(target.log(), right, label_smoothing=my_loss.ALPHA)
    assert marks["smoothing"] == pytest.approx(smoothed.item(), rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "classes", "names"),
    [
        (2.31, 10, ["uniform", "perplexity"]),
        (1.46, 10, ["twice", "below", "perplexity"]),
        (0.55, 3, ["twice", "sigmoid twice", "below", "perplexity"]),
        (0.693, 2, ["fair", "perplexity"]),
        (0.693, 10, ["coin", "below", "perplexity", "not twice"]),
        (0.5, 10, ["smoothing", "sigmoid twice", "below", "perplexity", "not twice"]),
        (0.2, 2, ["smoothing", "below", "perplexity", "not twice"]),
        (3.32, 10, ["bits", "above", "perplexity"]),
        (1, 10, ["digits", "below", "perplexity", "not twice"]),
        (32 * math.log(10), 10, ["sum", "above", "perplexity"]),
        (5, 10, ["above", "perplexity"]),
        (0, 10, ["zero", "perplexity", "not twice"]),
        ("-0.3", 10, ["negative"]),
        ("-inf", 10, ["negative"]),
        ("inf", 10, ["infinite"]),
        ("nan", 10, ["nan"]),
    ],
)
def test_what_comes_to_mind(loss, classes, names):
    assert list(read(loss, classes)) == names


def test_the_nearest_number_comes_first():
    shown = MyLoss()
    for shown.loss, shown.classes in itertools.product(LOSSES[:301], CLASSES):
        marks = my_loss.landmarks(shown.classes)
        away = [abs(shown.loss - m.at) for m in shown.meanings if m.name in marks]
        assert away == sorted(away), shown


def test_the_words_hold_the_numbers():
    (uniform, perplexity) = read(2.31).values()
    assert uniform.text.startswith("**log 10 = 2.303:")
    assert "10.1 equally likely classes" in perplexity.text
    assert "log 10 = 2.303" in read(5)["above"].text
    assert "32 × log 10 = 73.683" in read(73.68)["sum"].text
    meanings = all_meanings(itertools.product(LOSSES, CLASSES))
    words = [re.sub(r"\]\([^)]*\)|`\w+`", "", meaning.text) for meaning in meanings]
    assert not [text for text in words if re.search(r"[{}]|\b(?:nan|inf)\b", text)]
    assert {meaning.name for meaning in meanings} == set(my_loss.TEXTS), "one is never said"


def test_javascript_reads_the_same_words(javascript):
    shown = MyLoss()
    asked = list(itertools.product(LOSSES, CLASSES))
    calls = [(loss, classes, shown._constants) for loss, classes in asked]
    found = javascript("my_loss/math.js", "readings", calls)
    texts = []
    for (loss, classes), readings in zip(asked, found, strict=True):
        expected = my_loss.readings(loss, classes)
        assert [name for name, _ in readings] == [name for name, _ in expected]
        ats = [at for _, at in readings]
        assert ats == pytest.approx([at for _, at in expected], rel=1e-12, nan_ok=True)
        texts += [
            (shown._texts[name], at, loss, classes, shown._constants) for name, at in expected
        ]
    filled = javascript("my_loss/math.js", "filled", texts)
    assert filled == [meaning.text for meaning in all_meanings(asked)]


def test_a_loss_can_be_typed_or_pasted_in_many_ways(javascript):
    said = {
        "2.31": 2.31,
        " 2,31 ": 2.31,
        "−0.3": -0.3,
        "-0.3": -0.3,
        "1e-3": 0.001,
        "Nan": math.nan,
        "inf": math.inf,
        "-infinity": -math.inf,
        "∞": math.inf,
        "tensor(2.3104, grad_fn=<NllLossBackward0>)": 2.3104,
        "tensor(nan)": math.nan,
    }
    found = javascript("my_loss/math.js", "parsedLoss", [[text] for text in said])
    assert found == pytest.approx(list(said.values()), nan_ok=True)
    # JSON leaves out what is undefined.
    nothing = javascript("my_loss/math.js", "parsedLoss", [[text] for text in ("", " ", "high")])
    assert nothing == [None] * 3
    constants = MyLoss()._constants
    counts = [[text, constants] for text in ("10", "128,256", "1", "2.5", "", "1000001", "ten")]
    found = javascript("my_loss/math.js", "parsedClasses", counts)
    assert found == [10, 128256, *[None] * 5]


def test_every_link_leads_to_a_section():
    places = [
        place for text in my_loss.TEXTS.values() for place in re.findall(r"\]\(([^)]+)", text)
    ]
    assert len(places) > 15
    for place in places:
        file, _, section = place.partition("#")
        path = CHAPTERS / file
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        else:
            text = path.read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert section in map(make_id, headings), place


def test_loss_and_classes_can_be_set_and_are_refused_by_name():
    shown = MyLoss(loss=torch.tensor(1.46, dtype=torch.float64))
    assert (shown.loss, shown.classes) == (1.46, 10)
    shown.loss, shown.classes = math.nan, 3
    assert math.isnan(shown.loss)
    assert repr(shown) == "MyLoss(loss=nan, classes=3)"
    assert shown._repr_mimebundle_()[0]["text/plain"] == repr(shown)
    with pytest.raises(ValueError, match="loss must be a number, nan or inf, got 'high'"):
        shown.loss = "high"
    with pytest.raises(TypeError, match="loss must be a number, nan or inf, got None"):
        MyLoss(None)
    with pytest.raises(TypeError, match="loss must be a number, nan or inf, got True"):
        MyLoss(True)
    with pytest.raises(ValueError, match=r"classes must be in \[2, 1000000\], got 1"):
        MyLoss(2.31, 1)
    with pytest.raises(TypeError, match=r"classes must be a whole number, got 10\.5"):
        shown.classes = 10.5
    assert shown.classes == 3
