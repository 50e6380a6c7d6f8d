"""Write values.json: what the functions must give, computed with 60 digits by mpmath.

    python tests/reference/generate.py            writes the file anew
    python tests/reference/generate.py --check    fails where the file is not what would be written

The tests of Python and of JavaScript both read the file, so that neither is the other's reference.
It is one JSON object:

    about   how it was made, in a sentence
    cases   a list of objects
        function   the name in lossutils: "kl_divergence"; in camel case, the name in lossmath.js
        case       what is peculiar about it, for the test's title
        inputs     the positional arguments: a list of lists of numbers (distributions or counts)
        options    the keyword arguments, left out where they have their default: {"base": 2}
        expected   a number, or a list of numbers as long as the inputs; for smooth_supports two
                   such lists, for p and for q

Numbers are the shortest decimals that give back the same 64-bit floating-point number; infinity,
which JSON lacks, is the string "Infinity". What is expected is the formula's value on exactly the
inputs as stored, whose sum may be off 1 by rounding; it is itself rounded once, at the end.
"""

from __future__ import annotations

import heapq
import itertools
import json
import random
import sys
from pathlib import Path
from typing import Any

from mpmath import exp, inf, log, mp, mpf

mp.dps = 60
FILE = Path(__file__).with_name("values.json")

EVEN = [0.25, 0.25, 0.25, 0.25]
HALVES = [0.5, 0.25, 0.125, 0.125]
P = [3 / 5, 1 / 5, 1 / 5, 0.0]  # two distributions whose supports differ
Q = [5 / 9, 3 / 9, 0.0, 1 / 9]
TINY = 5e-324  # the smallest number above 0
SMALL = 2.2250738585072014e-308  # the smallest with all its digits


def surprisal(p, base=None):
    return [-log(x) / unit(base) if x else inf for x in p]


def entropy(p, base=None):
    return cross_entropy(p, p, base)


def cross_entropy(p, q, base=None):
    return sum((expected(x, -log(y) if y else inf) for x, y in zip(p, q)), mpf(0)) / unit(base)


def kl_divergence(p, q, base=None):
    terms = (expected(x, log(x) - log(y) if x and y else inf) for x, y in zip(p, q))
    return sum(terms, mpf(0)) / unit(base)


def js_divergence(p, q, base=None):
    m = [(x + y) / 2 for x, y in zip(p, q)]
    return (kl_divergence(p, m, base) + kl_divergence(q, m, base)) / 2


def perplexity(p):
    return exp(entropy(p))


def smooth_supports(p, q, epsilon=1e-3):
    return [fill(p, q, mpf(epsilon)), fill(q, p, mpf(epsilon))]


def additive_smoothing(counts, alpha=1.0):
    total = sum(counts) + len(counts) * mpf(alpha)
    return [(n + mpf(alpha)) / total for n in counts]


def mix_uniform(p, epsilon):
    return [(1 - mpf(epsilon)) * x + mpf(epsilon) / len(p) for x in p]


def class_weights(counts, scheme="balanced", beta=0.999):
    if scheme == "balanced":
        return [sum(counts) / (len(counts) * n) for n in counts]
    beta = mpf(beta)
    rarity = {
        "inverse": lambda n: 1 / n,
        "inverse-sqrt": lambda n: n ** mpf(-0.5),
        "effective-number": lambda n: (1 - beta) / (1 - beta**n),
    }[scheme]
    total = sum(rarity(n) for n in counts)
    return [len(counts) * rarity(n) / total for n in counts]


def shannon_lengths(p):
    return [next(n for n in itertools.count() if mpf(2) ** -n <= x) if x else 0 for x in p]


def huffman_lengths(p):
    """Return the lengths, ties joined in the order of standing and making.

    That the mean length is the least of all is for a test to find by trying every code.
    """
    trees = [(x, k, [k]) for k, x in enumerate(p) if x]
    lengths = [0] * len(p)
    for made in itertools.count(len(p)):
        if len(trees) < 2:
            return lengths
        a, b = heapq.nsmallest(2, trees)
        trees = [tree for tree in trees if tree not in (a, b)]
        # Added as floating-point numbers are: which of two is the lighter depends on it.
        trees.append((mpf(float(a[0]) + float(b[0])), made, a[2] + b[2]))
        for k in trees[-1][2]:
            lengths[k] += 1


def unit(base):
    return mpf(1) if base is None else log(mpf(base))


def expected(weight, value):
    return weight * value if weight else mpf(0)


def fill(p, other, epsilon):
    lacks = [not x and bool(y) for x, y in zip(p, other)]
    share = epsilon * sum(lacks) / sum(bool(x) for x in p)
    return [epsilon if lack else x - share if x else x for x, lack in zip(p, lacks)]


def distribution(rng: random.Random, size: int, spread: float) -> list[float]:
    """Return a distribution whose entries are the more unequal, the larger `spread` is."""
    # random() alone is promised to give the same numbers in every version of Python.
    weights = [-log(mpf(rng.random())) * exp(spread * mpf(rng.random())) for _ in range(size)]
    total = sum(weights)
    return [float(weight / total) for weight in weights]


def random_pairs() -> list[tuple[str, list[float], list[float]]]:
    rng = random.Random(2006)
    pairs = []
    for size, spread in [*itertools.product((2, 3, 6), (0.1, 2, 30)), (50, 2), (300, 700)]:
        p, q = distribution(rng, size, spread), distribution(rng, size, spread)
        pairs.append((f"{size} random outcomes, spread {spread}", p, q))
    return pairs


def inputs_of_two() -> list[tuple[str, list[float], list[float]]]:
    near = [0.25 + 2.0**-30, 0.25 - 2.0**-30, 0.25, 0.25]
    return [
        ("equal", HALVES, HALVES),
        ("uniform against halves", EVEN, HALVES),
        ("halves against uniform", HALVES, EVEN),
        ("nearly equal", EVEN, near),
        ("q certain, so infinity", [0.5, 0.5], [1.0, 0.0]),
        ("p certain", [1.0, 0.0], [0.5, 0.5]),
        ("both certain of the same", [0.0, 1.0], [0.0, 1.0]),
        ("nothing shared", [1.0, 0.0], [0.0, 1.0]),
        ("an outcome that both lack", [0.5, 0.5, 0.0], [0.25, 0.75, 0.0]),
        ("supports differ, p against q", P, Q),
        ("supports differ, q against p", Q, P),
        ("q of the smallest number", [0.5, 0.5], [1.0, TINY]),
        ("p of the smallest number", [1.0, TINY], [0.5, 0.5]),
        ("the smallest number against 0", [1.0, TINY], [1.0, 0.0]),
        ("the smallest normal number", [1.0, SMALL], [SMALL, 1.0]),
        ("only one outcome", [1.0], [1.0]),
        *random_pairs(),
    ]


def inputs_of_one() -> list[tuple[str, list[float]]]:
    return [
        ("a fair coin", [0.5, 0.5]),
        ("a loaded coin", [0.9, 0.1]),
        ("certain", [1.0, 0.0]),
        ("certain, of the last", [0.0, 0.0, 1.0]),
        ("only one outcome", [1.0]),
        ("halves", HALVES),
        ("uniform over 4", EVEN),
        ("uniform over 1000", [0.001] * 1000),
        ("two of three", [0.5, 0.0, 0.5]),
        ("the smallest number", [1.0, TINY]),
        ("the smallest normal number", [SMALL, 1.0]),
        ("the worked example's p", P),
        ("the worked example's q", Q),
        *((name, p) for name, p, _ in random_pairs()),
    ]


def cases() -> list[dict[str, Any]]:
    found = []

    def add(function, case, *inputs, **options):
        exact = [[mpf(x) for x in argument] for argument in inputs]
        found.append(
            {
                "function": function.__name__,
                "case": case,
                "inputs": [list(argument) for argument in inputs],
                "options": options,
                "expected": plain(function(*exact, **options)),
            }
        )

    for case, p in inputs_of_one():
        add(entropy, case, p)
        if len(p) <= 50:
            add(surprisal, case, p)
            add(shannon_lengths, case, p)
            add(huffman_lengths, case, p)
            add(mix_uniform, case, p, epsilon=0.1)
            add(entropy, case + ", in bits", p, base=2)
            add(perplexity, case, p)
    add(surprisal, "in bits", HALVES, base=2)
    add(surprisal, "from the smallest number to 1", [TINY, SMALL, 1e-8, 0.5, 1 - 2**-53, 1.0])
    add(entropy, "in units of log 10", HALVES, base=10)
    add(entropy, "in units of log 1/2, which are negative bits", HALVES, base=0.5)
    add(
        shannon_lengths, "just above and below a power of 2", [0.125 + 2**-55, 0.125 - 2**-56, 0.75]
    )
    add(huffman_lengths, "ties", [0.2, 0.2, 0.2, 0.2, 0.2])
    add(huffman_lengths, "as deep as can be", [2.0 ** -min(k, 19) for k in range(1, 21)])
    for function in (cross_entropy, kl_divergence, js_divergence):
        for case, p, q in inputs_of_two():
            add(function, case, p, q)
        add(function, "in bits", HALVES, EVEN, base=2)
    for epsilon in (0.0, 1e-8, 1e-3, 0.1):
        add(smooth_supports, f"supports differ, epsilon {epsilon:g}", P, Q, epsilon=epsilon)
    add(smooth_supports, "epsilon left out", P, Q)
    add(smooth_supports, "equal supports", HALVES, EVEN)
    add(smooth_supports, "an outcome that both lack", [0.5, 0.5, 0, 0], [0.0, 0.5, 0.5, 0.0])
    add(smooth_supports, "nothing shared", [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], epsilon=0.01)
    for alpha in (0.0, 0.5, 1.0, 1e6):
        add(additive_smoothing, f"counts, alpha {alpha:g}", [7, 3, 0], alpha=alpha)
    add(additive_smoothing, "nothing seen, alpha left out", [0, 0, 0, 0])
    add(additive_smoothing, "counts that are not whole", [0.5, 2.25, 1e12])
    add(class_weights, "scheme left out", [900, 90, 10])
    for scheme in ("balanced", "inverse", "inverse-sqrt", "effective-number"):
        add(class_weights, f"{scheme}, a thousand samples", [900, 90, 10], scheme=scheme)
        add(class_weights, f"{scheme}, all equal", [7, 7, 7, 7], scheme=scheme)
        add(class_weights, f"{scheme}, one class", [3], scheme=scheme)
        add(class_weights, f"{scheme}, not whole", [0.25, 2.5, 1e9], scheme=scheme)
    for beta in (0.0, 0.9, 0.9999, 1 - 2**-40):
        add(
            class_weights,
            f"effective number, 1 - beta {1 - beta:.2g}",
            [5000, 100, 2],
            scheme="effective-number",
            beta=beta,
        )
    for epsilon in (0, 1e-12, 0.5, 1):
        add(mix_uniform, f"epsilon {epsilon:g}", Q, epsilon=epsilon)
    return found


def plain(value: Any) -> Any:
    """Return what JSON can hold for an exact result."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, int):
        return value
    return "Infinity" if value == inf else float(value)


def text() -> str:
    lines = ",\n".join(json.dumps(case) for case in cases())
    about = json.dumps("Written by generate.py, which says what stands here; do not edit.")
    return f'{{"about": {about}, "cases": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    if "--check" not in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text():
        sys.exit(f"{FILE.name} is not what generate.py writes: run it")
