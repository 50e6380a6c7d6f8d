"""`lossutils.compare`: what it calls equal, what it refuses to, and how it says so."""

import math
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import pytest

from lossutils.compare import Comparison, Row, compare, exercise

torch = pytest.importorskip("torch")

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def theirs(p):
    return torch.special.entr(p).sum()


def entropy(p):
    log = np.log if isinstance(p, np.ndarray) else torch.log
    return -(p * log(p)).sum()


def row(ours, pytorchs, *inputs, **options) -> Row:
    return compare({"quantity": (ours, pytorchs)}, *inputs, **options).rows[0]


# Verdicts


def test_equal_in_value_and_gradient():
    table = compare({"entropy": (entropy, theirs)}, [0.5, 0.25, 0.25])
    assert table.ok
    assert table.rows[0].verdict == "equal"
    assert table.rows[0].ours == table.rows[0].pytorch == "1.03972"
    assert table.rows[0].value_difference <= 1e-12
    assert table.rows[0].gradient_difference <= 1e-12


def test_a_wrong_value_is_different():
    found = row(lambda p: entropy(p) + 0.25, theirs, [0.5, 0.5])
    assert found.verdict == "different"
    assert found.value_difference == pytest.approx(0.25, rel=1e-12)
    assert found.gradient_difference <= 1e-12


def test_a_wrong_gradient_is_different():
    found = row(
        lambda p: (p.abs() + p.detach() * 0).sum(), lambda p: (2 * p - p.detach()).sum(), [1.0]
    )
    assert found.value_difference == 0
    assert found.gradient_difference == 0.5  # 1 against 2, relative to 2
    assert found.verdict == "different"


def test_every_inputs_gradient_is_compared():
    def half_detached(p, q):
        return (p * q.detach()).sum() + 0 * q.sum()

    found = row(half_detached, lambda p, q: (p * q).sum(), [0.5, 0.5], [0.25, 0.75])
    assert (found.value_difference, found.gradient_difference) == (0, 0.5)
    assert found.verdict == "different"


def test_every_quantity_counts():
    pairs = {"good": (entropy, theirs), "bad": (lambda p: p.max(), theirs)}
    table = compare(pairs, [0.9, 0.1])
    assert [r.verdict for r in table.rows] == ["equal", "different"]
    assert not table.ok


def test_without_a_floating_input_the_gradient_is_not_compared():
    table = compare({"total": (lambda k: k.sum(), torch.sum)}, [1, 2, 3])
    assert table.rows[0].verdict == "equal in value, gradient not compared"
    assert table.rows[0].gradient_difference is None
    assert not table.ok


def test_without_a_differentiable_result_the_gradient_is_not_compared():
    found = row(lambda p: p.argmax(), torch.argmax, [0.1, 0.9])
    assert found.verdict == "equal in value, gradient not compared"
    assert row(lambda p: p.argmin(), torch.argmax, [0.1, 0.9]).verdict == "different"


@pytest.mark.parametrize(
    ("pair", "who"),
    [
        ((lambda p: entropy(p.detach()), theirs), "ours"),
        ((entropy, lambda p: theirs(p.detach())), "PyTorch"),
    ],
)
def test_a_gradient_on_one_side_only_is_different(pair, who):
    found = row(*pair, [0.5, 0.5])
    assert found.verdict == f"different: no gradient through {who}"


def test_shapes_are_not_broadcast():
    found = row(lambda p: p, lambda p: p.sum(), [1.0, 0.0])
    assert found.verdict == "different: shape (2,) against ()"
    assert found.value_difference is None
    assert row(lambda p: p, lambda p: p[0], [1.0]).verdict == "different: shape (1,) against ()"


def test_only_float_dtypes_are_compared():
    assert row(lambda p: p.float(), lambda p: p, [0.5]).verdict == (
        "different: dtype float32 against float64"
    )
    found = row(lambda p: p.argmax().int(), lambda p: p.argmax(), [0.5])
    assert found.verdict == "equal in value, gradient not compared"


def test_several_results_are_compared_one_by_one():
    def both(p, q):
        return p + q, p * q

    assert row(both, both, [0.5, 0.5], [1.0, 2.0]).verdict == "equal"
    second_off = row(lambda p, q: (p + q, p - q), both, [0.5, 0.5], [1.0, 2.0])
    assert second_off.verdict == "different"
    assert second_off.ours == "[1.5, 2.5]; [-0.5, -1.5]"
    one_less = row(lambda p, q: p + q, both, [0.5, 0.5], [1.0, 2.0])
    assert one_less.verdict == "different: 1 array against 2 arrays"


# Special values


def test_infinities_and_nans_equal_themselves():
    special = [math.inf, -math.inf, math.nan, 1.0]
    found = row(lambda x: x * 1, lambda x: x + 0, special)
    assert found.verdict == "equal"
    assert found.ours == "[inf, -inf, nan, 1]"


@pytest.mark.parametrize(
    ("a", "b"), [(math.inf, 1.0), (1.0, math.inf), (math.inf, -math.inf), (math.nan, 1.0),
                 (1.0, math.nan), (math.nan, math.inf)]
)  # fmt: skip
def test_infinities_and_nans_equal_nothing_else(a, b):
    found = row(lambda x: x[:1], lambda x: x[1:], [a, b])
    assert found.verdict == "different"
    assert repr(found.value_difference) == ("nan" if any(map(math.isnan, (a, b))) else "inf")


def test_the_gradient_is_that_of_the_finite_results():
    found = row(lambda q: 0 - q.log(), lambda q: -torch.log(q), [0.5, 0.0])
    assert found.ours == "[0.693147, inf]"
    assert found.verdict == "equal"
    # Where both are infinite, their gradients there don't matter.
    infinite = torch.tensor([0.0, math.inf])

    def ours(x):
        return x + infinite.to(x.device)

    def theirs(x):
        return torch.where(infinite.to(x.device) == 0, x, math.inf)

    found = row(ours, theirs, [1.0, 1.0])
    assert (found.ours, found.verdict) == ("[1, inf]", "equal")


def test_an_empty_result_is_equal_to_an_empty_one():
    found = row(lambda p: p[:0], lambda p: p[:0], [0.5])
    assert (found.verdict, found.value_difference) == ("equal", 0)


# Not compared


def test_no_pytorch_function():
    table = compare({"lengths": (lambda p: p, None)}, [0.5])
    assert table.rows[0].verdict == "not compared: PyTorch has no such function"
    assert table.rows[0].ours == "[0.5]"
    assert not table.ok


def test_an_exception_is_shown_and_stops_nothing():
    def refuses(p):
        raise ValueError("p must sum to 1, not 2\nmore below")

    pairs = {"ours": (refuses, theirs), "theirs": (entropy, refuses), "fine": (entropy, theirs)}
    table = compare(pairs, [0.5, 0.5])
    first, second, third = table.rows
    assert first.verdict == "not compared: ours raised ValueError: p must sum to 1, not 2"
    assert (first.ours, first.pytorch) == ("raised ValueError", "0.693147")
    assert second.verdict == "not compared: PyTorch raised ValueError: p must sum to 1, not 2"
    assert third.verdict == "equal"
    assert row(refuses, refuses, [1.0]).verdict.count("raised ValueError") == 2


def test_an_exception_in_the_backward_pass_counts():
    def changed_in_place(p):
        square = p.exp()
        total = (square * square).sum()
        square.zero_()
        return total

    found = row(changed_in_place, lambda p: (p.exp() ** 2).sum(), [1.0])
    assert found.verdict.startswith("not compared: ours in its gradient raised RuntimeError: ")


@pytest.mark.parametrize("nothing", ["abc", {"a": 1.0}, object(), 1j])
def test_only_numbers_are_compared(nothing):
    found = row(lambda p: nothing, theirs, [1.0])
    assert found.verdict.startswith("not compared: ours returned ")
    assert found.verdict.endswith(", not numbers")


def without_torch(code: str) -> str:
    """Return what `code` prints in a Python that can't import torch."""
    block = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "from lossutils.compare import *\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block + code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_torch_ours_is_still_evaluated():
    text = without_torch(
        "pairs = {'sum': (lambda p: p.sum(), lambda p: p.sum()), 'bad': (lambda p: 1 / 0, None)}\n"
        "table = compare(pairs, [0.5, 0.25]); print(table); assert not table.ok\n"
        "print(exercise(lambda p: p.sum(), lambda p: sum(p), lambda p: p.sum(), [0.5, 0.25]))"
    )
    assert re.search(
        r"^sum +0\.75 .* not compared: PyTorch is not installed +cpu$", text, re.MULTILINE
    )
    assert "not compared: ours raised ZeroDivisionError: division by zero; PyTorch is" in text
    assert "yours 0.75 · ours 0.75 · PyTorch is not installed · difference ≤ 1e-12 ✓" in text


def test_torch_is_imported_only_when_called():
    code = "import lossutils.compare, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# Inputs


@pytest.mark.parametrize("device", DEVICES)
def test_it_runs_on_the_given_device(device):
    seen = []

    def note(p, y):
        seen.append((p.device.type, p.dtype, p.requires_grad, p.is_leaf, y.dtype, y.requires_grad))
        return p[y].sum()

    found = row(note, note, [0.5, 0.5], [1, 0], device=device)
    assert seen == [(device, torch.float64, True, True, torch.int64, False)] * 2
    assert (found.device, found.verdict) == (device, "equal")


def test_it_runs_on_the_gpu_where_there_is_one(monkeypatch):
    best = "cuda" if torch.cuda.is_available() else "cpu"
    assert row(theirs, theirs, [1.0]).device == best
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert row(theirs, theirs, [1.0]).device == "cpu"


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_each_dtype_is_kept_and_has_its_tolerance(dtype):
    limit = {"float64": 1e-12, "float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}[dtype]
    p = torch.tensor([0.5, 0.25, 0.25], dtype=getattr(torch, dtype))
    table = compare({"H": (lambda p: (p * p).sum(), lambda p: (p**2).sum())}, p)
    assert table.tolerance == limit
    assert table.ok
    assert f"≤ {limit:g}" in str(table)

    def off(by: float) -> str:
        return row(lambda x: x.double() + by, lambda x: x.double(), p * 0).verdict

    assert off(limit / 2) == "equal"
    assert off(limit * 2) == "different"


def test_the_narrowest_float_sets_the_tolerance():
    narrow = np.ones(1, dtype=np.float32)
    assert compare({}, [0.5], narrow).tolerance == 1e-5
    assert compare({}, [0.5], [1, 2]).tolerance == 1e-12


def test_a_difference_is_relative_above_1_and_absolute_below():
    assert row(lambda x: x * (1 + 1e-13), lambda x: x * 1, [1e6]).verdict == "equal"
    assert row(lambda x: x + 1e-11, lambda x: x * 1, [1e-6]).verdict == "different"
    big = row(lambda x: x * 1.5, lambda x: x * 1, [1e6])
    assert big.value_difference == pytest.approx(0.5)


def test_a_tolerance_can_be_given():
    def off(x):
        return x + 1e-3

    assert row(off, lambda x: x * 1, [0.5], tolerance=1e-2).verdict == "equal"
    assert row(off, lambda x: x * 1, [0.5], tolerance=1e-4).verdict == "different"
    assert "≤ 0.01" in str(compare({"x": (off, lambda x: x * 1)}, [0.5], tolerance=1e-2))
    assert row(lambda x: x * 1, lambda x: x * 1, [0.5], tolerance=0).verdict == "equal"


def test_a_function_that_changes_its_input_affects_no_other():
    def spoils(p):
        with torch.no_grad():
            p.zero_()
        return p.sum() + 1

    given = torch.tensor([0.5, 0.5], dtype=torch.float64)
    table = compare({"spoilt": (spoils, theirs), "fine": (entropy, theirs)}, given)
    assert given.tolist() == [0.5, 0.5]
    assert [r.verdict for r in table.rows] == ["different", "equal"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: compare([(entropy, theirs)], [1.0]), TypeError,
         r"pairs must be a mapping from a quantity's name to \(ours, PyTorch's\), got list"),
        (lambda: compare({"H": entropy}, [1.0]), TypeError,
         r"pairs\['H'\] must be two functions, ours and PyTorch's \(or None\), got <function"),
        (lambda: compare({"H": (None, theirs)}, [1.0]), TypeError, r"pairs\['H'\] must be two fun"),
        (lambda: compare({"H": (entropy, 3)}, [1.0]), TypeError, r"pairs\['H'\] must be two func"),
        (lambda: compare({}, [1.0], "abc"), TypeError,
         r"inputs\[1\] must hold real numbers \(integers, or floats up to float64\), got text"),
        (lambda: compare({}, [1j]), TypeError, r"inputs\[0\] must hold real .* got complex128"),
        (lambda: compare({}, torch.ones(1, dtype=torch.complex64)), TypeError, "got complex64"),
        (lambda: compare({}, [None]), TypeError, r"inputs\[0\] must hold real .* got object"),
        (lambda: compare({}, [[1.0], [1.0, 2.0]]), ValueError,
         r"inputs\[0\] must have rows of one length, got \[\[1.0\], \[1.0, 2.0\]\]"),
        (lambda: compare({}, tolerance=-1), ValueError, "tolerance must be finite and at least 0"),
        (lambda: compare({}, tolerance=math.nan), ValueError, "tolerance must be .* got nan"),
        (lambda: compare({}, tolerance="1e-9"), TypeError, "tolerance must be a number, got '1e-9'"),
        (lambda: compare({}, [1.0], device="abacus"), ValueError,
         "device must be one that PyTorch has here, got 'abacus'"),
        (lambda: compare({}, [1.0], device="meta"), ValueError, "device must be .* got 'meta'"),
        (lambda: exercise(entropy, entropy, None, [[1.0], [1.0]], [[1.0]]), ValueError,
         r"lists of inputs must have one length, got \[2, 1\]"),
        (lambda: exercise(entropy, entropy, None, "abc"), TypeError, r"inputs\[0\] must hold real"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call: Callable[[], object], error, message):
    with pytest.raises(error, match=message):
        call()


# Text

DIFFERENCES = ["difference in value", "difference in gradient"]


def test_the_table_as_text():
    pairs = {"H": (entropy, theirs), "off": (lambda p: p.sum(), theirs)}
    lines = str(compare(pairs, [0.5, 0.5], device="cpu")).splitlines()
    assert [re.split(" {2,}", line) for line in lines] == [
        ["quantity", "ours", "PyTorch’s", *DIFFERENCES, "verdict", "device"],
        ["H", "0.693147", "0.693147", "≤ 1e-12", "≤ 1e-12", "equal", "cpu"],
        ["off", "1", "0.693147", "0.31", "1.3", "different", "cpu"],
    ]
    assert lines[0].index("verdict") == lines[1].index("equal") == lines[2].index("different")
    assert lines[0].index("device") == lines[1].index("cpu") == lines[2].index("cpu")


def test_a_notebook_shows_the_same_table():
    table = compare({"<H>": (entropy, None)}, [0.5, 0.5], device="cpu")
    assert repr(table) == str(table)
    markup = table._repr_html_()
    cells = Cells(markup)
    assert cells.scopes == ["col"] * 7 + ["row"]
    assert cells.text[0] == "Ours against PyTorch’s, with the largest differences: <H>"
    assert cells.text[1:8] == re.split(" {2,}", str(table).splitlines()[0])
    assert cells.text[8:] == re.split(" {2,}", str(table).splitlines()[1])
    # Any colours of its own would be wrong in one of the two themes.
    assert "color" not in markup
    assert "background" not in markup


class Cells(HTMLParser):
    """Collects the text of the caption and cells, and the scopes of header cells."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.scopes: list[str | None] = []
        self.open: list[str] = []
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in {"caption", "th", "td"}:
            self.text.append(data)


def test_only_the_device_column_names_the_device():
    def table(device: str) -> Comparison:
        cells = ("entropy", "0.693147", "0.693147", 1e-16, 2e-16, "equal", device)
        return Comparison((Row(*cells),), 1e-12)

    assert str(table("cpu")).replace("cpu", "cuda:12") == str(table("cuda:12"))
    assert table("cpu")._repr_html_().replace("cpu", "cuda:12") == table("cuda:12")._repr_html_()


@pytest.mark.parametrize("last_digits", [-3e-16, 0.0, 2e-16, 4e-13])
def test_last_digits_are_not_shown(last_digits):
    def noisy(p):
        return torch.stack([p.sum() * (1 + last_digits), p.sum() * 0 + last_digits])

    def exact(p):
        return torch.stack([p.sum(), p.sum() * 0])

    text = str(compare({"x": (noisy, exact)}, [0.5, 0.25], device="cpu"))
    assert text.splitlines()[1].split("  ")[0] == "x"
    assert re.split(" {2,}", text.splitlines()[1]) == [
        "x", "[0.75, 0]", "[0.75, 0]", "≤ 1e-12", "≤ 1e-12", "equal", "cpu",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234567, "0.123457"),
        (-1234567.0, "-1.23457e+06"),
        (1e-11, "1e-11"),
        (-0.0, "0"),
        (123456789, "123456789"),
        ([1.0, 2.0, 3.0, 4.0], "[1, 2, 3, 4]"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "[1, 2, 3, …]"),
        ([[1, 2], [3, 4]], "[1, 2, 3, 4] in shape (2, 2)"),
        (np.ones((1000, 1000)), "[1, 1, 1, …] in shape (1000, 1000)"),
        (np.float32(0.1234567), "0.12346"),
        (np.float16(0.1234567), "0.12"),
        (True, "True"),
        (np.ones((0, 3)), "[] in shape (0, 3)"),
    ],
)
def test_how_a_result_is_written(value, text):
    assert row(lambda x: x, lambda x: x, value).ours == text


# Exercises


def numpy_entropy(p):
    assert isinstance(p, np.ndarray)
    return -(p * np.log(p)).sum()


DIVISION = "integer division or modulo by zero"
PEERS = "ours 0.693147 · PyTorch 0.693147"


def wrong_type(p):
    return "many nats, of which I can tell you a lot more"


def unwritten(p):
    raise NotImplementedError


def of_pytorch(p):
    raise ValueError("one line\nand another")


def in_one_line(found):
    """Return what an exercise says as one line, into however many it was broken."""
    return " ".join(re.sub(r"\n(?! )", " · ", str(found)).split())


@pytest.mark.parametrize(
    ("yours", "line", "ok"),
    [
        (numpy_entropy, f"0.693147 · {PEERS} · difference ≤ 1e-12 ✓", True),
        (
            lambda p: sum(-x * math.log(x) for x in p),
            f"0.693147 · {PEERS} · difference ≤ 1e-12 ✓",
            True,
        ),
        (lambda p: 1, f"1 · {PEERS} · difference 0.307 ✗", False),
        (lambda p: math.nan, f"nan · {PEERS} · difference nan ✗", False),
        (lambda p: math.inf, f"inf · {PEERS} · difference inf ✗", False),
        (lambda p: None, f"not written yet · {PEERS}", False),
        (lambda p: ..., f"not written yet · {PEERS}", False),
        (unwritten, f"not written yet · {PEERS}", False),
        (lambda p: 1 // 0, f"raised ZeroDivisionError: {DIVISION} · {PEERS}", False),
        (of_pytorch, f"raised ValueError: one line · {PEERS}", False),
        (
            wrong_type,
            f"returned 'many nats, of which I can tell you a l…, not numbers · {PEERS}",
            False,
        ),
        (
            lambda p: p,
            f"[0.5, 0.5] · {PEERS} · shape (2,) against () (yours against ours) ✗",
            False,
        ),
    ],
)
def test_an_exercise_says_what_each_function_gave(yours, line, ok):
    found = exercise(yours, numpy_entropy, theirs, [0.5, 0.5])
    assert found.ok is ok
    assert in_one_line(found) == f"yours {line}"


MESSAGE = "p must be a distribution, got one that sums to 0.5000000000000001; divide it by its sum"


def complains(p):
    raise ValueError(MESSAGE + " " + "x" * 100)


@pytest.mark.parametrize(
    "yours", [numpy_entropy, lambda p: 1, lambda p: p, unwritten, wrong_type, complains]
)
@pytest.mark.parametrize("cases", [1, 4])
def test_no_line_of_an_exercise_is_wider_than_80_columns(yours, cases):
    def terms(p):
        return -p * np.log(p)

    def slopes(p):
        return -torch.log(p) - 1

    inputs = [[0.1 + 0.01 * k, 0.2, 0.3, 0.4 - 0.01 * k] for k in range(cases)]
    for found in (
        exercise(yours, numpy_entropy, theirs, inputs),
        exercise(terms, terms, slopes, inputs),
        exercise(yours, terms, slopes, inputs),
        exercise(yours, complains, complains, inputs),
    ):
        assert max(map(len, repr(found).splitlines())) <= 76, repr(found)


def test_an_exercise_too_wide_for_one_line_has_a_paragraph_for_each_function():
    def refuses(p):
        raise ValueError(MESSAGE)

    found = exercise(refuses, numpy_entropy, theirs, [0.5, 0.5])
    assert repr(found) == (
        "yours   raised ValueError: p must be a distribution, got one that sums to\n"
        "        0.5000000000000001; divide it by its sum\n"
        "ours    0.693147\n"
        "PyTorch 0.693147"
    )


def test_a_result_in_float32_has_float32s_tolerance():
    found = exercise(lambda p: np.float32(0.6931472), numpy_entropy, None, [0.5, 0.5])
    assert found.ok
    assert "yours 0.69315 · ours 0.69315 · " in in_one_line(found)
    assert in_one_line(found).endswith("difference ≤ 1e-05 ✓")


def test_a_function_with_the_wrong_arguments_is_reported():
    found = exercise(lambda: 1, numpy_entropy, theirs, [0.5, 0.5])
    assert in_one_line(found).startswith("yours raised TypeError: ")
    assert not found.ok


def test_an_exercise_with_several_inputs_names_the_one_that_fails():
    inputs = [[0.5, 0.5], [0.9, 0.1], np.array([1.0, 1.0])]
    shown = "0.693147, 0.325083, 0"
    peers = f"ours {shown} · PyTorch {shown}"
    good = exercise(numpy_entropy, numpy_entropy, theirs, inputs)
    assert in_one_line(good) == f"yours {shown} · {peers} · difference ≤ 1e-12 ✓"
    constant = exercise(lambda p: math.log(2), numpy_entropy, theirs, inputs)
    assert in_one_line(constant) == (
        f"yours 0.693147, 0.693147, 0.693147 · {peers} · "
        "difference 0.693 (yours against ours, input 3 of 3) ✗"
    )
    shape = exercise(lambda p: p if p[0] == 0.9 else 0, numpy_entropy, theirs, inputs)
    assert in_one_line(shape).endswith("shape (2,) against () (yours against ours, input 2 of 3) ✗")


def test_lists_of_inputs_are_paired_and_single_ones_repeated():
    def weighted(p, q, w):
        return w * (p * q).sum()

    found = exercise(weighted, weighted, weighted, [[1.0, 0.0], [0.0, 1.0]], [[2, 3], [5, 7]], 0.5)
    assert in_one_line(found).startswith("yours 1, 3.5 · ours 1, 3.5 · PyTorch 1, 3.5 · ")


def test_a_table_as_one_input_is_an_array():
    def total(p):
        return p.sum()

    found = exercise(total, total, total, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert in_one_line(found).startswith("yours 10 · ours 10 · PyTorch 10 · ")


def test_yours_is_compared_with_pytorchs_too():
    found = exercise(numpy_entropy, numpy_entropy, lambda p: theirs(p) + 1, [0.5, 0.5])
    assert not found.ok
    assert in_one_line(found).endswith("PyTorch 1.69315 · difference 0.591 ✗")


def test_pytorchs_may_be_missing_or_raise():
    missing = exercise(numpy_entropy, numpy_entropy, None, [0.5, 0.5])
    assert missing.ok
    assert "· PyTorch has no such function · difference ≤ 1e-12 ✓" in in_one_line(missing)
    raised = exercise(numpy_entropy, numpy_entropy, of_pytorch, [0.5, 0.5])
    assert "· PyTorch raised ValueError: one line · difference ≤ 1e-12 ✓" in in_one_line(raised)


def test_readers_get_arrays_numbers_and_tensors_as_they_were_given():
    seen = []

    def note(*arguments):
        seen.append([type(x) for x in arguments])
        arguments[0][0] = 9
        return 0

    exercise(note, note, note, [0.5, 0.5], 0.5, torch.ones(1))
    assert seen[0] == seen[1] == [np.ndarray, np.float64, torch.Tensor]
    assert seen[2] == [torch.Tensor] * 3


def test_each_function_of_an_exercise_gets_copies():
    def spoils(p):
        p[:] = 1
        return 0

    given = np.array([0.5, 0.5])
    found = exercise(spoils, numpy_entropy, theirs, given)
    assert given.tolist() == [0.5, 0.5]
    assert in_one_line(found).startswith(f"yours 0 · {PEERS}")
