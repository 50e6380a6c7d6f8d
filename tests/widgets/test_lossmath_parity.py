"""lossmath.js gives what lossutils gives, on at least 10,000 inputs a function.

Distributions of 1 to 100 outcomes: random ones from nearly certain to nearly uniform, and the
extremes: zeros, one certain outcome, equal weights, powers of two and their neighbours,
probabilities down to the least number above 0. Of the q beside them some are p, some almost p.
Python is asked for whole tables at once, JavaScript for one row at a time, in one run of Node.

Values must agree to a relative 1e-12, and to an absolute 1e-12 beside it where terms cancel. Code
lengths must be equal, infinities in the same places, and neither side may give a minus zero.
Softmax and its relatives are held against SciPy's.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

import lossutils
from lossutils.weights import SCHEMES

LOSSMATH = Path(__file__).parents[2] / "lossutils" / "widgets" / "js" / "lossmath.js"
LEAST_INPUTS = 10_000
TOLERANCE = 1e-12
MOST_EPSILON = 0.05
# The spacing of the smallest numbers, where nothing can be relatively exact.
TINY = 1e-322
# How many rows of each length.
ROWS = {1: 300, 2: 3000, 3: 3000, 4: 2500, 6: 2500, 17: 1500, 100: 300}

Blocks = list[np.ndarray]  # a table: rows of one length in each block


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
    """A q for each row of p: a tenth of them p, a fifth almost p, the others any."""
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

    def expected(self, *blocks: np.ndarray) -> np.ndarray:
        result = self.python(*blocks, **self.options)
        return np.stack(result, axis=1) if isinstance(result, tuple) else np.asarray(result)

    def __str__(self) -> str:
        return ", ".join([self.name, *(f"{name}={value}" for name, value in self.options.items())])


def each_row(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda block: np.stack([function(row) for row in block])


def weights_of_rows(block: np.ndarray, **options: Any) -> np.ndarray:
    return np.stack([lossutils.class_weights(row, **options) for row in block])


def with_scipy(function: Callable[..., np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    def along_rows(block: np.ndarray) -> np.ndarray:
        # SciPy warns where the difference of two logits is infinite; its results are right.
        with np.errstate(over="ignore"):
            return function(block, axis=-1)

    return along_rows


def calls() -> Iterator[Call]:
    for options in ({}, {"base": 2}, {"base": 10}):
        yield Call("surprisal", lossutils.surprisal, ("p",), options, TINY)
        yield Call("entropy", lossutils.entropy, ("p",), options, TINY)
        yield Call("crossEntropy", lossutils.cross_entropy, ("p", "q"), options, TINY)
        yield Call("klDivergence", lossutils.kl_divergence, ("p", "q"), options, TOLERANCE)
        yield Call("jsDivergence", lossutils.js_divergence, ("p", "q"), options, TOLERANCE)
    yield Call("perplexity", lossutils.perplexity, ("p",), {}, TINY)

    for options in ({}, {"alpha": 0.0}, {"alpha": 1e-8}, {"alpha": 1e9}):
        yield Call("additiveSmoothing", lossutils.additive_smoothing, ("counts",), options, TINY)
    for epsilon in (0.0, 1e-12, 0.1, 1.0):
        yield Call("mixUniform", lossutils.mix_uniform, ("p",), {"epsilon": epsilon}, TINY)
    pairs = ("p smoothable", "q smoothable")
    for options in ({}, {"epsilon": 0.0}, {"epsilon": 1e-12}, {"epsilon": MOST_EPSILON}):
        yield Call("smoothSupports", lossutils.smooth_supports, pairs, options, TINY)

    for scheme in ({}, *({"scheme": name} for name in SCHEMES)):
        yield Call("classWeights", weights_of_rows, ("counts of some",), scheme, TINY)
    for beta in (0.0, 0.9, 1 - 1e-9):
        options = {"scheme": "effective-number", "beta": beta}
        yield Call("classWeights", weights_of_rows, ("counts of some",), options, TINY)

    yield Call("huffmanLengths", each_row(lossutils.huffman_lengths), ("p",), {}, 0.0)
    yield Call("shannonLengths", each_row(lossutils.shannon_lengths), ("p",), {}, 0.0)

    yield Call("softmax", with_scipy(special.softmax), ("z",), {}, TINY)
    yield Call("logSoftmax", with_scipy(special.log_softmax), ("z",), {}, TOLERANCE)
    yield Call("logsumexp", with_scipy(special.logsumexp), ("z",), {}, TOLERANCE)


CALLS = list(calls())


@pytest.fixture(scope="module")
def inputs() -> dict[str, Blocks]:
    return tables()


@pytest.fixture(scope="module")
def answers(node, inputs, tmp_path_factory) -> dict[str, list[Any]]:
    """What JavaScript gives: for each call a list over the rows."""
    rows = {name: [row for block in inputs[name] for row in block.tolist()] for name in inputs}
    asked = [[call.name, call.tables, call.options] for call in CALLS]
    folder = tmp_path_factory.mktemp("lossmath")
    questions, replies = folder / "questions.json", folder / "answers.json"
    text = json.dumps({"tables": rows, "calls": asked})
    # JSON has no infinities: they travel as strings.
    questions.write_text(re.sub(r"-?Infinity", r'"\g<0>"', text))
    node(Path(__file__).with_name("lossmath_rows.mjs"), questions, replies)
    return dict(zip(map(str, CALLS), json.loads(replies.read_text()), strict=True))


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_javascript_gives_what_python_gives(call, inputs, answers):
    given = iter(answers[str(call)])
    total = 0
    for blocks in zip(*(inputs[name] for name in call.tables), strict=True):
        expected = call.expected(*blocks)
        actual = np.array([next(given) for _ in expected], dtype=float)
        np.testing.assert_allclose(actual, expected, rtol=TOLERANCE, atol=call.absolute)
        for zeros in (actual[actual == 0], expected[expected == 0]):
            assert not np.signbit(zeros).any()
        total += len(expected)
    assert next(given, None) is None
    assert total >= LEAST_INPUTS


def test_every_function_of_lossmath_is_compared():
    source = LOSSMATH.read_text(encoding="utf-8")
    exported = re.findall(r"^export (?:function|const) (\w+)", source, re.MULTILINE)
    assert sorted({call.name for call in CALLS}) == sorted(exported)
