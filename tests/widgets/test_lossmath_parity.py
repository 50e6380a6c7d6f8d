"""lossmath.js gives what lossutils gives, on at least 10,000 inputs a function.

Distributions of 1 to 100 outcomes: random ones from nearly certain to nearly uniform, and the
extremes: zeros, one certain outcome, equal weights, powers of two and their neighbours,
probabilities down to the least number above 0. Of the q beside them some are p, some almost p.
Logits of any size up to 1e308, infinities among them and whole rows of them. Python is asked for
whole tables at once, or row by row, JavaScript for one row at a time, in one run of Node.

Values must agree to a relative 1e-12, and to an absolute 1e-12 beside it where terms cancel, of
which none is large then. Code lengths must be equal, infinities and NaN in the same places, and
neither side may give a minus zero. Softmax and its logarithm are held against SciPy's too.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from scipy import special

import lossutils
from lossutils.weights import Scheme

pytestmark = pytest.mark.slow

LEAST_INPUTS = 10_000
TOLERANCE = 1e-12
MOST_EPSILON = 0.05
# The spacing of the smallest numbers, where nothing can be relatively exact.
TINY = 1e-322
# How many rows of each length.
ROWS = {1: 300, 2: 3000, 3: 2500, 4: 2000, 6: 2000, 17: 400, 100: 100}
# The same for logits and targets, of which most functions take two or three tables.
SAMPLES = {1: 200, 2: 3000, 3: 3000, 4: 2500, 6: 1500, 17: 300}

# A table: rows of one length in each block.
Blocks = list[np.ndarray]


def random_weights(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    concentration = 10 ** rng.uniform(-2, 1.5, (n, 1))
    return rng.standard_gamma(concentration, (n, k))


def with_zeros(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    return rng.exponential(size=(n, k)) * (rng.random((n, k)) < 0.6)


def certain(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    return np.eye(k)[rng.integers(k, size=n)]


def with_ties(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    return rng.integers(0, 4, (n, k)).astype(float)


def subnormal(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    return 10 ** rng.uniform(-323, 0, (n, k))


def powers_of_two(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    def halved() -> np.ndarray:
        p = np.zeros(k)
        p[0] = 1.0
        for new in range(1, k):
            parent = rng.integers(new)
            p[parent] = p[new] = p[parent] / 2
        return rng.permutation(p)

    return np.stack([halved() for _ in range(n)])


def beside_powers_of_two(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    # One step of the last digit up or down keeps the sum at 1 within rounding, and p below 1.
    p = powers_of_two(rng, n, k)
    return np.nextafter(p, np.where((rng.random((n, k)) < 0.5) & (p < 1), 1.0, 0.0))


def distributions(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    kinds = [random_weights, with_zeros, certain, with_ties, subnormal]
    exact_kinds = [powers_of_two, beside_powers_of_two]
    each = -(-n // (len(kinds) + len(exact_kinds)))
    weights = np.concatenate([kind(rng, each, k) for kind in kinds])
    weights[:, 0] += weights.sum(axis=1) == 0
    scaled = weights / weights.sum(axis=1, keepdims=True)
    exact = [kind(rng, each, k) for kind in exact_kinds]
    return rng.permutation(np.concatenate([scaled, *exact]))[:n]


def models(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
    """Return a q for each row of p: a tenth of them p, a fifth almost p, the others any."""
    n, k = p.shape
    near = p * (1 + 10 ** rng.uniform(-16, -2, (n, 1)) * rng.uniform(-1, 1, (n, k)))
    near /= near.sum(axis=1, keepdims=True)
    choice = rng.random((n, 1))
    return np.where(choice < 0.1, p, np.where(choice < 0.3, near, distributions(rng, n, k)))


def logits(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    z = rng.normal(size=(n, k)) * 10 ** rng.uniform(-3, 4, (n, 1))
    z[rng.random((n, k)) < 0.05] = -np.inf
    z[rng.random((n, k)) < 0.02] = -1e308
    z[rng.random((n, k)) < 0.02] = 1e308
    z[rng.random(n) < 0.05] = 0.0
    # One finite logit in each row: SciPy and PyTorch differ where there is none.
    z[:, 0] = np.where(np.isinf(z[:, 0]), 0.0, z[:, 0])
    return z


def wild_logits(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    """Logits with what SciPy has other answers to: nothing finite in a row, inf, NaN."""
    z = logits(rng, n, k)
    z[rng.random(n) < 0.02] = -np.inf
    z[rng.random((n, k)) < 0.005] = np.inf
    z[rng.random((n, k)) < 0.005] = np.nan
    return z


def classes(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    return rng.integers(k, size=(n, 1))


def counts(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    met = rng.poisson(10 ** rng.uniform(-1, 6, (n, 1)), (n, k)).astype(float)
    met[:, 0] += met.sum(axis=1) == 0
    return met


def smoothable(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Rows whose outcomes all have more than they must give at MOST_EPSILON."""

    def can_give(x: np.ndarray, other: np.ndarray) -> np.ndarray:
        share = MOST_EPSILON * ((x == 0) & (other > 0)).sum(axis=1) / (x > 0).sum(axis=1)
        return np.min(np.where(x > 0, x, 1.0), axis=1) > share

    return can_give(p, q) & can_give(q, p)


def tables() -> dict[str, Blocks]:
    rng = np.random.default_rng(2718281828)
    p = [distributions(rng, n, k) for k, n in ROWS.items()]
    q = [models(rng, block) for block in p]
    kept = [smoothable(a, b) for a, b in zip(p, q, strict=True)]
    return {
        "p": p,
        "q": q,
        "p smoothable": [block[keep] for block, keep in zip(p, kept, strict=True)],
        "q smoothable": [block[keep] for block, keep in zip(q, kept, strict=True)],
        "z": [logits(rng, n, k) for k, n in ROWS.items()],
        "wild z": [wild_logits(rng, n, k) for k, n in SAMPLES.items()],
        "class": [classes(rng, n, k)[:, 0] for k, n in SAMPLES.items()],
        "number of classes": [np.full(n, k) for k, n in SAMPLES.items()],
        "counts": [counts(rng, n, k) for k, n in ROWS.items()],
        "counts of some": [counts(rng, n, k) + 1 for k, n in ROWS.items()],
    }


@dataclass(frozen=True)
class Call:
    """One of JavaScript's functions and what answers for it in Python, on the same tables."""

    name: str
    python: Callable[..., Any]
    tables: tuple[str, ...]
    options: dict[str, Any]
    absolute: float  # the tolerance beside the relative one
    each: bool = False  # whether Python too is asked for one row at a time
    others: dict[str, str] = field(default_factory=dict)  # options that each row has its own of

    def expected(self, *blocks: np.ndarray) -> np.ndarray:
        def ask(*arrays: np.ndarray) -> Any:
            others = dict(zip(self.others, arrays[len(self.tables) :], strict=True))
            return self.python(*arrays[: len(self.tables)], **self.options, **others)

        if self.each:
            return np.stack([np.asarray(ask(*row)) for row in zip(*blocks, strict=True)])
        result = ask(*blocks)
        return np.stack(result, axis=1) if isinstance(result, tuple) else np.asarray(result)

    def asked(self) -> list[Any]:
        """Return the call as lossmath_rows.mjs takes it."""
        options, others = (
            {camel_case(k): v for k, v in x.items()} for x in (self.options, self.others)
        )
        return [self.name, self.tables, options, others]

    def __str__(self) -> str:
        options = (f"{name}={value}" for name, value in {**self.options, **self.others}.items())
        return ", ".join([self.name, *self.tables, *options])


def camel_case(name: str) -> str:
    return re.sub("_(.)", lambda match: match[1].upper(), name)


def with_scipy(function: Callable[..., np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    def along_rows(block: np.ndarray) -> np.ndarray:
        # SciPy warns where the difference of two logits is infinite; its results are right.
        with np.errstate(over="ignore"):
            return function(block, axis=-1)

    return along_rows


def kl_terms(p: np.ndarray, q: np.ndarray, base: float = np.e) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return 0.0 + np.where(p == 0, 0.0, p * (np.log(p) - np.log(q))) / np.log(base)


def calls() -> Iterator[Call]:
    yield from calls_of_distributions()
    yield from calls_of_activations_and_targets()


def mirrored(
    python: Callable[..., Any],
    tables: tuple[str, ...],
    options: dict[str, Any],
    absolute: float = TOLERANCE,
    **more: Any,
) -> Call:
    return Call(camel_case(python.__name__), python, tables, options, absolute, **more)


def calls_of_distributions() -> Iterator[Call]:
    for options in ({}, {"base": 2}, {"base": 10}):
        yield mirrored(lossutils.surprisal, ("p",), options, TINY)
        yield mirrored(lossutils.entropy, ("p",), options, TINY)
        yield mirrored(lossutils.cross_entropy, ("p", "q"), options, TINY)
        yield mirrored(lossutils.kl_divergence, ("p", "q"), options)
        yield Call("klTerms", kl_terms, ("p", "q"), options, TOLERANCE)

    for options in ({}, {"alpha": 0.0}, {"alpha": 1e-8}, {"alpha": 1e9}):
        yield mirrored(lossutils.additive_smoothing, ("counts",), options, TINY)
    for epsilon in (0.0, 1e-12, 0.1, 1.0):
        yield mirrored(lossutils.mix_uniform, ("p",), {"epsilon": epsilon}, TINY)
    pairs = ("p smoothable", "q smoothable")
    for options in ({}, {"epsilon": 0.0}, {"epsilon": 1e-12}, {"epsilon": MOST_EPSILON}):
        yield mirrored(lossutils.smooth_supports, pairs, options, TINY)

    betas = ({"scheme": "effective-number", "beta": beta} for beta in (0.0, 1 - 1e-9))
    for options in ({}, *({"scheme": name} for name in get_args(Scheme)), *betas):
        yield mirrored(lossutils.class_weights, ("counts of some",), options, TINY, each=True)

    yield mirrored(lossutils.huffman_lengths, ("p",), {}, 0.0, each=True)
    yield mirrored(lossutils.shannon_lengths, ("p",), {}, 0.0, each=True)


def calls_of_activations_and_targets() -> Iterator[Call]:
    yield Call("softmax", with_scipy(special.softmax), ("z",), {}, TINY)
    yield Call("logSoftmax", with_scipy(special.log_softmax), ("z",), {}, TOLERANCE)
    for function in (lossutils.softmax, lossutils.sigmoid, lossutils.log_sigmoid):
        yield mirrored(function, ("wild z",), {}, TINY)
    yield mirrored(lossutils.log_softmax, ("wild z",), {})

    number = {"num_classes": "number of classes"}
    yield mirrored(lossutils.one_hot, ("class",), {}, 0.0, each=True, others=number)


CALLS = list(calls())


@pytest.fixture(scope="module")
def inputs() -> dict[str, Blocks]:
    return tables()


@pytest.fixture(scope="module")
def given(node, inputs, tmp_path_factory) -> dict[str, Any]:
    """Return what JavaScript gives: for each call a list over the rows; and what functions it has."""
    rows = {name: [row for block in inputs[name] for row in block.tolist()] for name in inputs}
    folder = tmp_path_factory.mktemp("lossmath")
    questions, replies = folder / "questions.json", folder / "answers.json"
    text = json.dumps({"tables": rows, "calls": [call.asked() for call in CALLS]})
    # JSON has no infinities and no NaN: they travel as strings.
    questions.write_text(re.sub(r"-?Infinity|NaN", r'"\g<0>"', text))
    node(Path(__file__).with_name("lossmath_rows.mjs"), questions, replies)
    return json.loads(replies.read_text())


@pytest.fixture(scope="module")
def answers(given) -> dict[str, list[Any]]:
    return dict(zip(map(str, CALLS), given["results"], strict=True))


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_javascript_agrees_with_python(call, inputs, answers):
    rows = iter(answers[str(call)])
    total = 0
    names = (*call.tables, *call.others.values())
    for blocks in zip(*(inputs[name] for name in names), strict=True):
        expected = call.expected(*blocks)
        actual = np.array([numbers(next(rows)) for _ in expected], dtype=float)
        if expected.size == 0:  # of nothing JavaScript has no shape
            expected = expected.reshape(actual.shape)
        np.testing.assert_allclose(actual, expected, rtol=TOLERANCE, atol=call.absolute)
        for zeros in (actual[actual == 0], expected[expected == 0]):
            assert not np.signbit(zeros).any()
        total += math.prod(blocks[0].shape[:-1] or blocks[0].shape)
    assert next(rows, None) is None
    assert total >= LEAST_INPUTS


def numbers(answer: Any) -> Any:
    """Return what a function gave; of an object, whose entries are Python's tuple, its values."""
    return list(answer.values()) if isinstance(answer, dict) else answer


def test_every_function_is_compared(given):
    assert {call.name for call in CALLS} == set(given["functions"])
