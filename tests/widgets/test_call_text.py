"""What people paste is read as what it was: printed arrays, lists, rows, CSV; or refused in words."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import numpy as np
import pytest
import torch

from lossutils import explain
from lossutils._explained import _classes_of

READ = "../js/call/read.js"
SHAPES = [(), (1,), (3,), (0,), (2, 3), (5, 1), (1, 12), (2, 3, 4), (3, 1, 2, 2), (0, 3)]
EXACT = {torch.float32: 9, torch.float64: 17, torch.float16: 5, torch.bfloat16: 4}


@pytest.fixture(scope="module")
def read(javascript: Any) -> Any:
    return lambda texts: javascript(READ, "read", [[text] for text in texts])


def tensors() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(7)
    made = []
    for shape, scale in itertools.product(SHAPES, (1.0, 1e-4, 1e5)):
        numbers = torch.randn(shape, dtype=torch.float64, generator=generator) * scale
        made += [numbers.to(dtype) for dtype in EXACT if scale < 1e5 or dtype != torch.float16]
        made += [(10 * numbers).long(), numbers > 0]
    special = torch.tensor([[1.5, torch.nan, -torch.inf], [torch.inf, 0.0, -0.0]])
    return [*made, special, special.double(), special.half()]


def assert_reads(found: dict[str, Any], x: Any, text: str, tolerance: float = 0.0) -> None:
    assert "error" not in found, (found, text)
    tensor, wanted = found["tensor"], np.asarray(x.double() if isinstance(x, torch.Tensor) else x)
    assert tensor["shape"] == list(x.shape), text
    assert tensor["dtype"] == str(x.dtype).removeprefix("torch."), text
    values = np.array(tensor["values"], dtype=np.float64)
    np.testing.assert_allclose(values, wanted.ravel(), rtol=tolerance, atol=tolerance, err_msg=text)


def test_pytorch_prints_are_read_as_they_were(read: Any) -> None:
    texts: list[tuple[torch.Tensor, str]] = []
    for x, width, scientific in itertools.product(tensors(), (40, 120), (None, True)):
        torch.set_printoptions(
            precision=EXACT.get(x.dtype, 4), linewidth=width, sci_mode=scientific, threshold=10**6
        )
        texts.append((x, repr(x)))
    torch.set_printoptions(profile="default")
    found = read([text for _, text in texts])
    for (x, text), one in zip(texts, found, strict=True):
        # So many digits tell all of a number, and so many decimals leave out some of a small one.
        exact = re.search(r"\de[-+]", text) or not x.dtype.is_floating_point
        assert_reads(one, x, text, 0.0 if exact else 10.0 ** -EXACT[x.dtype])


def test_what_else_pytorch_prints_of_a_tensor_is_no_obstacle(read: Any) -> None:
    x = torch.tensor([[1.25, -0.3125], [2.0, 0.5]])
    leaf = x.clone().requires_grad_()
    result = (leaf * 1).log_softmax(1)
    texts = [
        repr(leaf),
        repr(torch.nn.Parameter(x)),
        repr(x).replace(")", ", device='cuda:0', grad_fn=<AddmmBackward0>)"),
        repr(x.half()).replace(")", ", requires_grad=True)").replace("(", "(", 1),
        f"logits = {x!r}",
        f">>> z: {x!r}",
        f"torch.{x!r}",
        f"[{x[0]!r}, {x[1]!r}]",
        str(list(x)),
        str(tuple(x)),
        repr(x).replace("\n", "\r\n"),
        repr(x).replace("-", "−").replace(" ", "\u00a0"),
        repr(torch.empty(0, 3)),
    ]
    wanted = [x, x, x, x.half(), *[x] * 8, torch.empty(0, 3)]
    for text, y, found in zip(texts, wanted, read(texts), strict=True):
        assert_reads(found, y, text, 5e-5)
    (found,) = read([repr(result)])
    assert_reads(found, result.detach(), repr(result), 1e-4)
    one, dtype = read([repr(result.double()), "tensor([1.], dtype=torch.bfloat16)"])
    assert [one["tensor"]["dtype"], dtype["tensor"]["dtype"]] == ["float64", "bfloat16"]


def test_numpys_arrays_are_read_as_they_were(read: Any) -> None:
    arrays = [x.numpy() for x in tensors() if x.dtype != torch.bfloat16]
    texts: list[tuple[np.ndarray, str]] = []
    for width in (40, 120):
        exact: Any = {"precision": 17, "floatmode": "unique", "threshold": 10**6}
        with np.printoptions(linewidth=width, **exact):
            texts += [(x, repr(x)) for x in arrays]
            # Without its name and type an array is read as a list would be.
            narrow = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in arrays if x.size]
            texts += [(x, str(x)) for x in narrow]
    for (x, text), found in zip(texts, read([text for _, text in texts]), strict=True):
        assert_reads(found, x, text)
    lists = [x.tolist() for x in arrays if x.size]
    for given, found in zip(lists, read([repr(given) for given in lists]), strict=True):
        assert_reads(found, torch.tensor(given), repr(given))


M = [[1.0, 2.5], [3.0, -4.0]]


WAYS = [
    ("1 2.5\n3 -4", M, "float32"),
    ("1\t2.5\n3\t-4\n\n", M, "float32"),
    ("1, 2.5\n3, -4\n", M, "float32"),
    ("1;2.5\n3;-4;\n", M, "float32"),
    ("1 2.5; 3 -4", M, "float32"),
    ("[1 2.5; 3 -4]", M, "float32"),
    ("[1, 2.5], [3, -4]", M, "float32"),
    ("[1, 2.5]\n[3, -4]", M, "float32"),
    ("((1, 2.5), (3, -4),)", M, "float32"),
    ("class 0,class 1\n1,2.5\n3,-4", M, "float32"),
    ('"cat","dog"\r\n"1","2.5"\r\n"3","-4"\r\n', M, "float32"),
    (",cat,dog\n0,1,2.5\n1,3,-4", M, "float32"),
    ("   cat  dog\n0  1.0  2.5\n1  3.0 -4.0", M, "float32"),
    ("    cat  dog\nid          \n0   1.0  2.5\n1   3.0 -4.0", M, "float32"),
    ("          cat  dog\nbig fish  1.0  2.5\nb         3.0 -4.0", M, "float32"),
    ("     0    1\n0  1.0  2.5\n1  3.0 -4.0\n\n[2 rows x 2 columns]", M, "float32"),
    ("0 1\n0 5\n1 7", [[0, 1], [0, 5], [1, 7]], "int64"),
    ("file,cat,dog\na.png,1,2.5\nb.png,3,-4\n", M, "float32"),
    ("id,cat,dog\n17,1,2.5\n18,3,-4\n", M, "float32"),
    ('"","cat","dog"\n"1",1,2.5\n"2",3,-4\n', M, "float32"),
    ("| cat | dog |\n|-----|----:|\n| 1.0 | 2.5 |\n| 3.0 |  -4 |\n", M, "float32"),
    (
        "|    |   cat |   dog |\n|---:|------:|------:|\n|  0 |   1 |   2.5 |\n|  1 |   3 |  -4   |",
        M,
        "float32",
    ),
    ("\u200b[1.0,\u20092.5]", [1, 2.5], "float32"),
    ("'[[1.0, 2.5], [3.0, -4.0]]'", M, "float32"),
    ("`[1, 2]`", [1, 2], "int64"),
    ("['0', '2']", [0, 2], "int64"),
    ('{"scores": [0, 2]}', [0, 2], "int64"),
    ("[3]: tensor([1, 2])", [1, 2], "int64"),
    ("matrix([[1., 2.5],\n        [3., -4.]])", M, "float64"),
    ("(tensor([[1., 2.5], [3., -4.]]),)", M, "float32"),
    ("<tf.Tensor: shape=(), dtype=float32, numpy=0.5>", 0.5, "float32"),
    # Whose class indices have 32 bits.
    ("Array([0, 2], dtype=int32)", [0, 2], "int64"),
    ("<tf.Tensor: shape=(2,), dtype=int32, numpy=array([0, 2], dtype=int32)>", [0, 2], "int64"),
    ("tensor([], size=(0,))", np.zeros(0), "float32"),
    ("tensor([1, 2], size=(9,))", [1, 2], "int64"),
    ("array([], shape=(2, 0), dtype=float64)", np.zeros((2, 0)), "float64"),
    ("label\n0\n2\n1", [0, 2, 1], "int64"),
    ("0\n2\n1", [0, 2, 1], "int64"),
    ("0 2 1", [0, 2, 1], "int64"),
    ("0, 2, 1,", [0, 2, 1], "int64"),
    ("7", 7, "int64"),
    ("tensor(7)", 7, "int64"),
    ("True, false", [1, 0], "bool"),
    ("1e-3 -INF nan +.5", [1e-3, -np.inf, np.nan, 0.5], "float32"),
    ("[1, True, 0]", [1, 1, 0], "int64"),
    ("[[], []]", [[], []], "float32"),
    ("[np.float64(0.5), np.float64(2.0)]", [0.5, 2.0], "float64"),
    ("[np.True_, np.False_]", [1, 0], "bool"),
    ("np.array([1, 2], dtype=np.float32)", [1, 2], "float32"),
    ("array([1.], dtype=dtype('float16'))", [1], "float16"),
    ("torch.LongTensor([[1, 2]])", [[1, 2]], "int64"),
    ("Array([1., 2.], dtype=float32, weak_type=True)", [1, 2], "float32"),
    ("jnp.array([1., 2.])", [1, 2], "float32"),
    ("jax.numpy.asarray([1., 2.])", [1, 2], "float32"),
    ("np.array([1., 2.])", [1, 2], "float64"),
    ("tf.Tensor([[1. 2.]], shape=(1, 2), dtype=float32)", [[1, 2]], "float32"),
    (
        "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>",
        [1, 2],
        "float32",
    ),
    ("tensor([1.5, 2.], dtype=torch.int64)", [1, 2], "int64"),
    # What stands in code.
    ("logits: torch.Tensor = torch.tensor([1., 2.])", [1, 2], "float32"),
    ("import torch\nz = torch.tensor([1., 2.], requires_grad=True)  # two", [1, 2], "float32"),
    ("from torch import tensor\n\ny = tensor([1, 2]).cuda();", [1, 2], "int64"),
    ("torch.tensor([1.5, 2.]).to('cuda').long()", [1, 2], "int64"),
    ("torch.tensor([1, 2]).to(torch.float16)", [1, 2], "float16"),
    ("np.array([1, 0]).astype(bool)", [1, 0], "bool"),
    ("[1_000, 2_500.5]", [1000, 2500.5], "float32"),
    ("[-torch.inf, math.inf]", [-np.inf, np.inf], "float32"),
    ("```python\n[1, 2]\n```", [1, 2], "int64"),
    # What stands in a session.
    (">>> print(x)\ntensor([[1., 2.5],\n        [3., -4.]])\n>>> ", M, "float32"),
    (">>> x = torch.tensor([[1., 2.5],\n...                   [3., -4.]])", M, "float32"),
    (">>> x = torch.tensor([[0., 0.],\n...  [1., 1.]])\n>>> x\ntensor([1, 2])", [1, 2], "int64"),
    (">>> import torch\n>>> torch.tensor([1, 2])\n", [1, 2], "int64"),
    ("In [3]: x\nOut[3]: tensor([1, 2])", [1, 2], "int64"),
    ("In [3]: print(x)\n[1 2]\n\nIn [4]: ", [1, 2], "int64"),
    ("Out[12]: \narray([[1. , 2.5],\n       [3. , -4.]])", M, "float64"),
    ("(Pdb) p logits\ntensor([[1., 2.5],\n        [3., -4.]])", M, "float32"),
    ("ipdb> y\narray([1, 2])", [1, 2], "int64"),
    # What is printed with it.
    ("outputs tensor([1., 2.], device='cuda:0')", [1, 2], "float32"),
    ("The predictions are: tensor([1., 2.])", [1, 2], "float32"),
    ("labels [1, 2]", [1, 2], "int64"),
    ("torch.Size([2]) tensor([1., 2.])", [1, 2], "float32"),
    ("tensor([[1., 2.]], grad_fn=<ViewBackward0>) torch.Size([1, 2])", [[1, 2]], "float32"),
    ("tensor([1., 2.]) torch.float32", [1, 2], "float32"),
    # What PyTorch printed up to 0.3, and what stood in its code.
    ("Variable containing:\n 1.0 2.5\n 3.0 -4.0\n[torch.FloatTensor of size 2x2]\n", M, "float32"),
    ("\n 1\n 0\n 2\n[torch.cuda.LongTensor of size 3 (GPU 0)]", [1, 0, 2], "int64"),
    ("Variable(torch.FloatTensor([1, 2])).requires_grad_()", [1, 2], "float32"),
    ("torch.from_numpy(np.array([1, 2]))", [1, 2], "int64"),
    ("```\n1 2.5\n3 -4\n```", M, "float32"),
    # What R prints, wide matrices and long vectors in parts.
    ("[1] 1.0 2.5", [1, 2.5], "float32"),
    ("> y\n [1] 0 2 1 0\n [5] 1\n> ", [0, 2, 1, 0, 1], "int64"),
    ("[1]  TRUE FALSE", [1, 0], "bool"),
    ("‐1.5 ‑2 —3", [-1.5, -2, -3], "float32"),
    ("[1] 0.5\n[2] 0.25\n[3] 1.0", [0.5, 0.25, 1], "float32"),
    ("[1] 1.0 2.5\n[2] 3.0 -4.0", M, "float32"),
    ("     [,1] [,2]\n[1,]    1  2.5\n[2,]    3 -4.0", M, "float32"),
    ("     cat  dog\n[1,]   1  2.5\n[2,]   3 -4.0", M, "float32"),
    ("> z\n     [,1]\n[1,]    1\n[2,]    3\n     [,2]\n[1,]  2.5\n[2,] -4.0\n", M, "float32"),
    ("[1]\n[0]", [[1], [0]], "int64"),
    # MATLAB's matrices, a row a line; NumPy breaks a line that is full, Python one behind a comma.
    ("z = [1 2.5\n     3 -4]", M, "float32"),
    ("[1, 2.5\n 3, -4]", M, "float32"),
    ("[0,5;1,2]", [[0, 5], [1, 2]], "int64"),
    ("[\n    1, 2,\n    3, 4,\n]", [1, 2, 3, 4], "int64"),
    # Lines of a terminal with its colours, of a text in quotes, of mail.
    ("\x1b[32mtensor\x1b[0m([[1., 2.5],\n        [3., \x1b[1;31m-4.\x1b[K]])", M, "float32"),
    ("[33m1[39m, [33m2.5[39m", [1, 2.5], "float32"),
    (r"'tensor([[1., 2.5],\n        [3., -4.]])'", M, "float32"),
    (r"1 2.5\n3 -4", M, "float32"),
    ("> 1 2.5\n> 3 -4", M, "float32"),
    (">> > tensor([[1., 2.5],\n>> >         [3., -4.]])", M, "float32"),
    ("> >>> z\n> tensor([1., 2.5])", [1, 2.5], "float32"),
    (
        "2026-11-30 12:00:01.123 | INFO     | __main__:<module>:44 - tensor([1., 2.5])",
        [1, 2.5],
        "float32",
    ),
    # Decimal commas, where nothing else would have such rows.
    ("1,0;2,5\n3,0;-4,0", M, "float32"),
    ("1\t2,5\n3\t-4", M, "float32"),
    ("id;Katze;Hund\n1;1,0;2,5\n2;3,0;-4,0\n", M, "float32"),
    ("1,5;2;0,5", [1.5, 2, 0.5], "float32"),
    ("-0,5;1,5", [-0.5, 1.5], "float32"),
    ("0,05\n0,25\n1,5E-03", [0.05, 0.25, 1.5e-3], "float32"),
    ("0,1\n1,0\n0,1", [[0, 1], [1, 0], [0, 1]], "int64"),
    ("0, 5\n3, 7", [[0, 5], [3, 7]], "int64"),
    # What pandas prints of a Series.
    ("0    2\n1    0\nName: label, dtype: int64", [2, 0], "int64"),
    ("id\n17    0.5\n23    2.0\nName: p, Length: 2, dtype: float64", [0.5, 2], "float64"),
    ("a big cat    True\na dog       False\ndtype: bool", [1, 0], "bool"),
]


def test_other_ways_to_write_numbers(read: Any) -> None:
    for (text, wanted, dtype), found in zip(WAYS, read([text for text, *_ in WAYS]), strict=True):
        x = np.array(wanted, dtype=np.float32 if dtype == "float32" else np.float64)
        assert_reads(found, x.astype(dtype), text)


LOGITS, LABELS = (
    "tensor([[1., 2.5],\n        [3., -4.]], grad_fn=<AddmmBackward0>)",
    "tensor([0, 1])",
)
OUTPUT = f"SequenceClassifierOutput(loss=tensor(0.69, grad_fn=<NllLossBackward0>), logits={LOGITS}, hidden_states=(tensor([[0., ..., 1.]]),), attentions=None)"
# With what is said to be read for the input and for the target.
PARTS: list[tuple[str, str, str]] = [
    (f"{{'logits': {LOGITS}, 'labels': {LABELS}}}", "logits", "labels"),
    (f"{{'labels': {LABELS}, 'logits': {LOGITS}}}", "logits", "labels"),
    (
        f"BatchEncoding({{'pred': {LOGITS}, 'mask': {LABELS}, 'target': {LABELS}}})",
        "pred",
        "target",
    ),
    (f"Output(logits={LOGITS}, labels={LABELS})", "logits", "labels"),
    (f"OrderedDict([('out', {LOGITS}), ('aux', {LABELS})])", "out", "aux"),
    (f"logits = torch.{LOGITS}\nlabels = torch.{LABELS}", "logits", "labels"),
    (f"12:00:01 INFO logits: {LOGITS} batch['labels']={LABELS}", "logits", "labels"),
    (f"{LOGITS}\n{LABELS}", "array 1 of 2", "array 2 of 2"),
    (f"({LOGITS}, {LABELS})", "array 1 of 2", "array 2 of 2"),
    (f">>> z = torch.{LOGITS}\n>>> y = torch.{LABELS}", "z", "y"),
    (f">>> z\n{LOGITS}\n>>> y\n{LABELS}\n>>> ", "array 1 of 2", "array 2 of 2"),
    ('{"logits": [[1.0, 2.5], [3.0, -4.0]], "labels": [0, 1], "loss": 0.69}', "logits", "labels"),
    ("[[ 1.   2.5]\n [ 3.  -4. ]]\n[0 1]", "array 1 of 2", "array 2 of 2"),
    ("[[1.0, 2.5], [3.0, -4.0]] [0, 1]", "array 1 of 2", "array 2 of 2"),
    ("labels [0 1] logits [[ 1.   2.5]\n [ 3.  -4. ]]", "logits", "labels"),
    (f"target = {LABELS}\ninput = {LOGITS}", "input", "target"),
]


def test_of_several_arrays_each_box_takes_its_own(javascript: Any) -> None:
    given = [(text, box) for text, *_ in PARTS for box in ("input", "target")]
    found = javascript(READ, "read", given)
    for k, (text, *named) in enumerate(PARTS):
        for one, said, x in zip(found[2 * k :], named, (torch.tensor(M), torch.tensor([0, 1]))):
            assert one["said"] == said, text
            assert_reads(one, x, text)
    # Nor are logits and class indices, as many as there are.
    for box, said, x in (("input", 1, torch.tensor([0.5, 2])), ("target", 2, torch.tensor([0, 1]))):
        (one,) = javascript(READ, "read", [(f"(tensor([0.5000, 2.0000]), {LABELS})", box)])
        assert one["said"] == f"array {said} of 2"
        assert_reads(one, x, box)
    # Lists with such names are no rows of one array.
    for box, said in (("input", "y_pred"), ("target", "y_true")):
        (named,) = javascript(READ, "read", [("y_true = [0, 1]\ny_pred = [1.5, 0.5]", box)])
        assert named["said"] == said
    # The only one, whatever the box, without the loss, and whatever of the others is cut.
    one, loss, wrapped = javascript(
        READ,
        "read",
        [(OUTPUT.replace("(tensor([[0., ..., 1.]]),)", "None"), "target"), (OUTPUT, "input"),
         (f"GradTrackingTensor(lvl=1, value=\n    {LOGITS})", "input")],
    )  # fmt: skip
    for each, said in ((one, "logits"), (loss, "logits"), (wrapped, "value")):
        assert each["said"] == said
        assert_reads(each, torch.tensor(M), said)


BAD = {
    "": "There are no numbers here yet.",
    " \n": "There are no numbers here yet.",
    "```python\n```": "There are no numbers here yet.",
    "|": "There are no numbers here yet.",
    ">>> ": "There are no numbers here yet.",
    "tensor([[1., 2.],\n        [3., oops]])": "Line 2, character 14: “oops” can’t be read as a number.",
    "[[1, 2], [3]]": "Line 1, character 10: this list holds 1, and the one before it 2:",
    "[[1, 2], 3]": "Line 1, character 10: “3” stands among lists: each row needs as many axes.",
    "[1, [2]]": "Line 1, character 5: “[” stands among numbers: each row needs as many axes.",
    "[[1, 2], [3, 4]": "Line 1, character 1: a bracket is still open: this “[” is never closed.",
    "tensor([1, 2]": "Line 1, character 7: a bracket is still open: this “(” is never closed.",
    "[1, 2)": "Line 1, character 6: “)” is not expected here.",
    "[1, 2]\n[3]": "Line 2, character 1: this list holds 1, and the one before it 2:",
    "[[1, 2], [3, 4]][0]": "Line 1, character 18: “0” stands among lists: each row needs as many",
    "[[1, 2]] 3": "Line 1, character 10: the array has ended, and then comes “3”.",
    "[1, 2]]": "Line 1, character 7: the array has ended, and then comes “]”.",
    "[1,, 2]": "Line 1, character 4: a number is missing.",
    "tensor([1.]) [2.]": "Line 1, character 14: the array has ended, and then comes “[”.",
    "tensor([1.])[0]": "Line 1, character 13: the array has ended, and then comes “[”.",
    "[1 2; 3 4]'": "Line 1, character 5: “;” can’t be read as a number.",
    "a b\n1 2 3 4\n5 6 7 8": "Line 1, number 1: “a” can’t be read as a number.",
    "> y\n[1] 0 1\n> z\n[1] 3 4": "Paste one of these arrays.",
    "     [,1]\n[1,]    1\n     [,1]\n[1,]    2": "Paste one of these arrays.",
    "[5] 0.5 0.1": "Line 1, character 5: the array has ended, and then comes “0.5”.",
    "torch.Tensor(2, 3)": "Line 1, character 17: “3” is not expected here.",
    "torch.tensor([1., 2.], [3., 4.])": "Line 1, character 24: “[” is not expected here.",
    "tensor([1.]) > 0": "Line 1, character 14: the array has ended, and then comes “>”.",
    "tensor([1.]).T": "Line 1, character 13: the array has ended, and then comes “.T”.",
    "2 * tensor([1.])": "Line 1, number 2: “*” can’t be read as a number.",
    "F.softmax(tensor([1.]), 0)": "Line 1, character 1: “F.softmax(” can’t be read: print it",
    "torch.stack([tensor([1.])])": "Line 1, character 1: “torch.stack(” can’t be read: print it",
    "{'loss': tensor(0.5)}": "Line 1, number 1: “{'loss':” can’t be read as a number.",
    "{'logits': tensor([[1., 2.], [3.]])}": "Line 1, character 30: this list holds 1, and the one",
    "{'logits': tensor([1., ..., 2.])}": "Line 1, character 24: the print is cut short",
    "tensor([1., ..., 2.])": "Line 1, character 13: the print is cut short, and “...” stands for",
    "1 2\n3 4\n5": "Line 3 has 1 number, and line 1 has 2: each row needs as many.",
    "1 2\n3 x": "Line 2, number 2: “x” can’t be read as a number.",
    "1,,2": "Line 1, number 2: nothing stands between two separators.",
    "0,5;0,25": "Line 1: the commas may be decimal marks or part two numbers.",
    "1,2;3,4;": "Line 1: the commas may be decimal marks or part two numbers.",
    "0,5\n0,25": "Line 1: the commas may be decimal marks or part two numbers.",
    "1,234\t2,345": "Line 1: the commas may be decimal marks or part two numbers.",
    "1 2\n1,5 -2,5": "Line 2: the commas may be decimal marks or part two numbers.",
    "1.234,5\t2.345,6": "Line 1: the commas may be decimal marks or part two numbers.",
    "1 000,5": "Line 1: the commas may be decimal marks or part two numbers.",
    "tensor([1.+2.j])": "Line 1, character 9: “1.+2.j” can’t be read as a number.",
    "tensor([1], dtype=torch.complex64)": "Line 1, character 19: a loss takes real numbers,",
    "array([1], dtype=int32)": "Line 1, character 18: whole numbers must be int64 here, not int32:",
    "tensor(indices=tensor([[0]]), values=tensor([1.]))": "Line 1, character 1: a sparse",
    "model(x)": "Line 1, character 1: “model(” can’t be read: print it, and paste the print.",
    "[1, --, 3]": "Line 1, character 5: leave out what is masked",
    "masked_array(data=[1, 2],\n mask=False)": "Line 1, character 1: leave out what is masked",
    "0      2\n      ..\n149    1\nName: y, Length: 150, dtype: int64": "Line 2, character 7: the print is cut short, and “..” stands",
    "0    2\n1    0\nName: y, dtype: int32": "The last line: whole numbers must be int64 here, not int32:",
    "0    2\n1    x\ndtype: object": "Line 2, number 1: “x” can’t be read as a number.",
    "torch.tensor([1., 2.]).softmax(0)": "Line 1, character 23: “.softmax(” can’t be read: print it, and paste",
    "torch.tensor([1]).int()": "Line 1, character 18: “.int(” can’t be read: print it, and paste",
    "1__0 2": "Line 1, number 1: “1__0” can’t be read as a number.",
    "[" * 9
    + "1"
    + "]" * 9: "Line 1, character 9: an array may have 8 axes, and this one has more.",
    "<img src=x onerror=alert(1)>": "Line 1, number 1: “<img” can’t be read as a number.",
    "hello": "Line 1, number 1: “hello” can’t be read as a number.",
    "[constructor]": "Line 1, character 2: “constructor” can’t be read as a number.",
    "tensor([1.] [2.])": "Line 1, character 13: “[” is not expected here.",
    "tensor([1.], size": "Line 1, character 7: a bracket is still open",
    "tensor([1.], size=": "Line 1, character 7: a bracket is still open",
    "tensor(": "At the end: a number is missing.",
    "0 1\n3 5 6": "Line 2 has 3 numbers, and line 1 has 2: each row needs as many.",
    "10%\n20%": "Line 1, number 1: “10%” can’t be read as a number.",
    "id\nfirst\nsecond": "Line 1, number 1: “id” can’t be read as a number.",
    "x" * 99: f"Line 1, number 1: “{'x' * 24}…” can’t be read as a number.",
}


def test_what_cannot_be_read_is_refused_where_it_is(read: Any) -> None:
    for (text, said), found in zip(BAD.items(), read(BAD), strict=True):
        assert list(found) == ["error"], (text, found)
        assert found["error"].startswith(said), (text, found)
        assert found["error"].endswith((".", ":")), found


def test_the_most_numbers_are_read_and_one_more_is_refused(read: Any) -> None:
    most = " ".join(["1"] * 100_000)
    for text in (most, f"[{most}]"):
        whole, more = read([text, text.replace("1", "1 1", 1)])
        assert whole["tensor"]["shape"] == [100_000]
        assert more["error"].startswith("This page takes at most 100,000 numbers.")
    began = time.perf_counter()
    assert all(
        "error" in each
        for each in read(
            [letter * 200_000 for letter in (*"x [(,=a.>;\\", "[1] ", ";1", ">\n", "1,\n", "'[")]
        )
    )
    assert time.perf_counter() - began < 20, "no text takes time by the square of its length"
    (long,) = read(["1" * 4_000_001])
    assert long["error"].startswith("This page takes at most 100,000 numbers.")


# -- a call as Python, and its explanation in tables -------------------------------------------------


def on_page(x: Any) -> Any:
    if not isinstance(x, torch.Tensor):
        return x
    values = x.double().flatten().tolist() if x.is_floating_point() else x.long().flatten().tolist()
    return {"shape": list(x.shape), "values": values, "dtype": str(x.dtype).removeprefix("torch.")}


def calls() -> list[tuple[str, torch.Tensor, torch.Tensor, dict[str, Any]]]:
    generator = torch.Generator().manual_seed(3)

    def randn(*shape: int) -> torch.Tensor:
        return 3 * torch.randn(shape, generator=generator)

    z, wide, grid = randn(4, 3), randn(14, 30), randn(2, 3, 2, 2)
    y = torch.tensor([0, 2, -100, 1])
    t, weight = randn(4, 3).softmax(1), torch.tensor([0.2, 1.0, 3.0])
    yes = (randn(4, 3) > 0).float()
    masked = torch.tensor([[1.0, -torch.inf, 0.5], [torch.nan, 1.0, 2.0]])
    ce, nll, bce, logits = (
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
    )
    return [
        (ce, z, y, {"weight": weight, "label_smoothing": 0.1}),
        (ce, z.double(), y.clamp(min=0), {"reduction": "sum", "ignore_index": 2}),
        (nll, z.log_softmax(1), y, {"reduction": "none", "weight": weight}),
        (ce, wide, torch.arange(14), {}),
        (ce, z, t, {"weight": weight, "reduction": "none"}),
        (ce, grid, torch.zeros(2, 2, 2, dtype=torch.int64), {}),
        (ce, z[0], torch.tensor(1), {"weight": -weight}),
        (ce, masked, torch.tensor([0, 1]), {}),
        (ce, torch.empty(0, 3), torch.empty(0, dtype=torch.int64), {"reduction": "sum"}),
        (ce, z.bfloat16(), y, {}),
        (nll, wide.log_softmax(1), torch.arange(14), {"reduction": "sum"}),
        (nll, z.log_softmax(1), y, {"weight": weight}),
        (bce, z.sigmoid(), yes, {"weight": weight}),
        (bce, z[0].sigmoid().half(), yes[0].half(), {}),
        (logits, z, yes, {"pos_weight": weight, "reduction": "sum"}),
        (logits, randn(40), (randn(40) > 0).float(), {}),
        ("kl_div", z.log_softmax(1), t, {"reduction": "batchmean"}),
        ("kl_div", z.log_softmax(1), t.log(), {"log_target": True, "reduction": "none"}),
        ("focal_loss", z, y, {"gamma": 1.5, "weight": weight}),
        ("focal_loss", z, y.clamp(min=0), {"gamma": 0.0}),
    ]


def as_call(loss: str, z: torch.Tensor, y: torch.Tensor, options: dict[str, Any]) -> dict[str, Any]:
    shown = {name: on_page(value) for name, value in options.items()}
    return {"loss": loss, "input": on_page(z), "target": on_page(y), "options": shown}


def test_the_python_of_a_call_gives_the_number_on_the_page(
    javascript: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [as_call(*given) for given in calls()]
    programs = javascript("../js/call/python.js", "python", [[call] for call in asked])
    pages = javascript("../js/call/explain.js", "explain", [[call] for call in asked])
    for given, call, program, page in zip(calls(), asked, programs, pages, strict=True):
        assert max(map(len, program.splitlines())) <= 120, program
        names: dict[str, Any] = {}
        exec(program, names)  # noqa: S102  a program of the page
        said = " ".join(capsys.readouterr().out.split())
        assert str(page["call"]) in said, "what explain prints"
        for name in ("input", "target", "weight", "pos_weight"):
            wanted = {"input": given[1], "target": given[2], **given[3]}.get(name)
            if isinstance(wanted, torch.Tensor):
                assert on_page(names[name])["dtype"] == on_page(wanted)["dtype"]
                torch.testing.assert_close(names[name], wanted, rtol=0, atol=0, equal_nan=True)
        loss = names["loss"]
        value = page["numerator"] if page["result"] is None else page["result"]
        narrow = 2e-2 if loss.dtype in (torch.bfloat16, torch.float16) else 1e-6
        assert loss.sum().item() == pytest.approx(value, rel=narrow, nan_ok=True), call["loss"]


def widened(x: Any) -> Any:
    return x.double() if isinstance(x, torch.Tensor) and x.is_floating_point() else x


def test_an_explanation_has_the_tables_that_it_has_in_python(javascript: Any) -> None:
    def on_pages(module: str, name: str, given: list[Any]) -> Any:
        return javascript(f"../js/call/{module}.js", name, [[each] for each in given])

    wide = [
        (loss, widened(z), widened(y), {name: widened(x) for name, x in options.items()})
        for loss, z, y, options in calls()
    ]
    pages = on_pages("explain", "explain", [as_call(*given) for given in wide])
    details = iter(on_pages("tables", "classesOf", [s for page in pages for s in page["samples"]]))
    tables, headings = on_pages("tables", "tables", pages), on_pages("tables", "heading", pages)

    def plain(table: Any) -> Any:
        rows = [[*row] for row in table.rows if row[0] != "result"]  # PyTorch's is not known
        return {"caption": table.caption, "head": [*table.head], "rows": rows}

    def without_result(table: dict[str, Any]) -> dict[str, Any]:
        return {**table, "rows": [row for row in table["rows"] if row[0] != "result"]}

    for (loss, z, y, options), shown, lines in zip(wide, tables, headings, strict=True):
        e = explain(loss, z, y, **options)
        assert lines == e._heading()[1:]
        found = [without_result(shown[k]) for k in ("samples", "totals", "gradients") if shown[k]]
        assert found == [plain(table) for table in e._tables()]
        for sample in e.samples:
            assert next(details) == plain(_classes_of(sample))
    assert next(details, None) is None
