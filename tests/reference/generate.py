"""Write values.json: the results the functions must give, computed to 120 digits by mpmath.

    python tests/reference/generate.py            writes the file
    python tests/reference/generate.py --check    fails if the file is out of date

Python's tests and JavaScript's both read the file, so that neither is the other's reference.
It is one JSON object:

    about   a sentence on how it was made
    cases   a list of objects
        function   its name in lossutils, "kl_divergence"; in camel case, its name in lossmath.js
        case       what is special about it, for the test's title
        inputs     the positional arguments: numbers, lists of them, or lists of rows; class indices
                   are integers, all other numbers have a decimal point
        options    the keyword arguments that differ from their defaults: {"base": 2}; in camel
                   case, those of lossmath.js
        expected   the result: a number, a list, rows; for smooth_supports two lists, for p and for
                   q; for reliability an object of three
        gradient   for losses only, and only if finite: the derivatives of the expected number in
                   the numbers of the first argument

Numbers are the shortest decimals that give back the same 64-bit floating-point number; infinities
and NaN, which JSON lacks, are the strings "Infinity", "-Infinity" and "NaN". The expected result is
the formula's value for exactly the stored inputs, whose sum may be off 1 by rounding; it is itself
rounded once, at the end.
"""

from __future__ import annotations

import heapq
import itertools
import json
import math
import random
import sys
from pathlib import Path
from typing import Any

from mpmath import exp, findroot, inf, isinf, isnan, log, log1p, mp, mpf, nan

mp.dps = 120
FILE = Path(__file__).with_name("values.json")

EVEN = [0.25, 0.25, 0.25, 0.25]
HALVES = [0.5, 0.25, 0.125, 0.125]
P = [3 / 5, 1 / 5, 1 / 5, 0.0]  # two distributions whose supports differ
Q = [5 / 9, 3 / 9, 0.0, 1 / 9]
WEATHER = [[3 / 8, 1 / 8], [1 / 16, 7 / 16]]
TINY = 5e-324  # the smallest number above 0
SMALL = 2.2250738585072014e-308  # the smallest with full precision


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


def joint_entropy(joint, base=None):
    return entropy([x for row in joint for x in row], base)


def conditional_entropy(joint, base=None, axes=(-2, -1)):
    rows = [row for row in (joint if tuple(axes) == (-2, -1) else zip(*joint)) if sum(row)]
    return sum((sum(r) * entropy([x / sum(r) for x in r], base) for r in rows), mpf(0))


def mutual_information(joint, base=None):
    of_x, of_y = [sum(row) for row in joint], [sum(column) for column in zip(*joint)]
    product = [x * y for x in of_x for y in of_y]
    return kl_divergence([x for row in joint for x in row], product, base)


def entropy_from_counts(counts, correction="miller-madow", base=None):
    total, seen = sum(counts), sum(1 for n in counts if n)
    added = mpf(seen - 1) / (2 * total) if correction == "miller-madow" else mpf(0)
    return entropy([n / total for n in counts], base) + added / unit(base)


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
    """Return the lengths, with ties joined in order of position, then of creation.

    Another test tries every code to confirm that the mean length is the least.
    """
    trees = [(x, k, [k]) for k, x in enumerate(p) if x]
    lengths = [0] * len(p)
    made = itertools.count(len(p))
    while len(trees) > 1:
        a, b = heapq.nsmallest(2, trees)
        trees = [tree for tree in trees if tree not in (a, b)]
        # Added in floating point, because that decides which of two is the lighter.
        trees.append((mpf(float(a[0]) + float(b[0])), next(made), a[2] + b[2]))
        for k in trees[-1][2]:
            lengths[k] += 1
    return lengths


def logsumexp(z):
    return log(sum(exp(x) for x in z))


def softmax(z):
    return [exp(x) for x in log_softmax(z)]


def log_softmax(z):
    if isinf(max(z)):  # 0/0, or a share of infinity
        return [nan for _ in z]
    log_sum = logsumexp(z)
    return [x - log_sum for x in z]


def sigmoid(z):
    return [1 / (1 + exp(-x)) for x in z]


def log_sigmoid(z):
    return [-log1p(exp(-x)) for x in z]


def one_hot(y, num_classes):
    return [mpf(k == y) for k in range(num_classes)]


def smooth_labels(target, label_smoothing, num_classes=None):
    t = one_hot(target, num_classes) if isinstance(target, int) else target
    return mix_uniform(t, label_smoothing)


def nll_loss(log_q, target, **options):
    return over_samples(lambda row, y, w: -w[y] * row[y], log_q, target, **options)


def cross_entropy_loss(z, target, label_smoothing=0.0, **options):
    def loss(row, t, w):
        log_q = log_softmax(row)
        if isinstance(t, int) and label_smoothing == 0:
            return -w[t] * log_q[t]
        smoothed = smooth_labels(t, label_smoothing, len(row))
        return sum((-w_k * t_k * x for w_k, t_k, x in zip(w, smoothed, log_q)), mpf(0))

    return over_samples(loss, z, target, **options)


def linear_cross_entropy(h, linear_weight, target, linear_bias=None, chunk_size=None, **options):
    bias = linear_bias or [mpf(0)] * len(linear_weight)
    z = [
        [sum(w * x for w, x in zip(row, one)) + b for row, b in zip(linear_weight, bias)]
        for one in h
    ]
    return cross_entropy_loss(z, target, **options)


def focal_loss(z, target, gamma=2.0, **options):
    def loss(row, y, w):
        log_q = log_softmax(row)[y]
        return -w[y] * (1 - exp(log_q)) ** mpf(gamma) * log_q

    return over_samples(loss, z, target, **options)


def binary_cross_entropy(p, target, **options):
    def loss(p, t):
        return -t * max(log(p), mpf(-100)) - (1 - t) * max(log(1 - p), mpf(-100))

    return over_elements(loss, p, target, **options)


def binary_cross_entropy_with_logits(z, target, pos_weight=1, **options):
    def loss(z, t, v):
        yes, no = log_sigmoid([z, -z])
        return -v * t * yes - (1 - t) * no

    return over_elements(loss, z, target, pos_weight, **options)


def kl_div_loss(log_q, target, log_target=False, **options):
    def loss(log_q, t):
        if log_target:
            return exp(t) * (t - log_q)
        return expected(t, log(t)) - t * log_q

    return over_elements(loss, log_q, target, **options)


def reliability(probabilities, target, bins=15):
    held = binned(probabilities, target, bins)
    return {
        "confidence": [mean([c for c, _ in one]) for one in held],
        "accuracy": [mean([right for _, right in one]) for one in held],
        "count": [len(one) for one in held],
    }


def expected_calibration_error(probabilities, target, bins=15):
    held = binned(probabilities, target, bins)
    gaps = (len(one) * abs(mean([right - c for c, right in one])) for one in held if one)
    return sum(gaps) / len(probabilities)


def brier_score(probabilities, target, reduction="mean"):
    scores = [
        sum((q - (k == y)) ** 2 for k, q in enumerate(row)) for row, y in zip(probabilities, target)
    ]
    return {"none": scores, "sum": sum(scores), "mean": mean(scores)}[reduction]


def brier_parts(probabilities, target, bins=15):
    calibration, refinement, uncertainty = mpf(0), mpf(0), mpf(0)
    for k in range(len(probabilities[0])):
        came = [mpf(y == k) for y in target]
        held = [[] for _ in range(bins)]
        for row, one in zip(probabilities, came):
            edge = next(m for m in range(1, bins + 1) if m == bins or row[k] <= mpf(m / bins))
            held[edge - 1].append((row[k], one))
        for one in filter(None, held):
            forecast, share = mean([q for q, _ in one]), mean([t for _, t in one])
            calibration += len(one) * (forecast - share) ** 2 / len(target)
            refinement += len(one) * share * (1 - share) / len(target)
        uncertainty += mean(came) * (1 - mean(came))
    return {"calibration": calibration, "refinement": refinement, "uncertainty": uncertainty}


def fit_temperature(logits, target):
    def slope(inverse):
        rows = ([exp(inverse * z) for z in row] for row in logits)
        means = (sum(e * z for e, z in zip(es, row)) / sum(es) for es, row in zip(rows, logits))
        return sum(m - row[y] for m, row, y in zip(means, logits, target))

    return 1 / findroot(slope, (mpf("0.01"), mpf(50)), solver="anderson", maxsteps=500)


def over_samples(loss, rows, target, weight=None, ignore_index=-100, reduction="mean"):
    if not isinstance(rows[0], list):
        result = over_samples(loss, [rows], [target], weight, ignore_index, reduction)
        return result[0] if reduction == "none" else result
    w = weight or [mpf(1) for _ in rows[0]]
    kept = [t != ignore_index for t in target]
    losses = [loss(row, t, w) if keep else mpf(0) for row, t, keep in zip(rows, target, kept)]
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum(losses)
    counted = sum(w[t] if isinstance(t, int) else 1 for t, keep in zip(target, kept) if keep)
    return sum(losses) / counted if counted else nan


def over_elements(loss, x, *others, weight=1, reduction="mean"):
    def weighted(x, w, *numbers):
        if isinstance(x, list):
            return [
                weighted(*entries) for entries in zip(x, *(listed(a, x) for a in (w, *numbers)))
            ]
        return w * loss(x, *numbers)

    losses = weighted(x, weight, *others)
    if reduction == "none":
        return losses
    flat = flattened(losses)
    counts = {"sum": 1, "mean": len(flat), "batchmean": len(losses)}
    return (
        sum(flat, mpf(0)) / counts[reduction] if flat else (mpf(0) if reduction == "sum" else nan)
    )


def listed(a, like):
    return a if isinstance(a, list) else [a for _ in like]


def flattened(x):
    return [number for part in x for number in flattened(part)] if isinstance(x, list) else [x]


def binned(probabilities, target, bins):
    """Return each bin's samples, each as its confidence and whether it is right."""
    held = [[] for _ in range(bins)]
    for q, y in zip(probabilities, target):
        confidence = max(q)
        edges = (m for m in range(1, bins + 1) if confidence <= mpf(m) / bins)
        held[next(edges) - 1].append((confidence, int(q.index(confidence) == y)))
    return held


def mean(values):
    return sum(values) / mpf(len(values)) if values else nan


def slopes(function, x):
    """Return the derivatives of `function` in the numbers of `x`, by differences, to 35 digits."""
    if isinstance(x, list):
        return [
            slopes(lambda one, k=k: function([*x[:k], one, *x[k + 1 :]]), part)
            for k, part in enumerate(x)
        ]
    step = mpf(10) ** -20
    return (function(x + step) - function(x - step)) / (2 * step)


def unit(base):
    return mpf(1) if base is None else log(mpf(base))


def expected(weight, value):
    return weight * value if weight else mpf(0)


def fill(p, other, epsilon):
    lacks = [not x and bool(y) for x, y in zip(p, other)]
    share = epsilon * sum(lacks) / sum(bool(x) for x in p)
    return [epsilon if lack else x - share if x else x for x, lack in zip(p, lacks)]


def distribution(rng: random.Random, size: int, spread: float) -> list[float]:
    """Return a distribution; the larger `spread` is, the more unequal are its entries."""
    # Python promises the same numbers in every version for random() alone.
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


def joint_tables() -> list[tuple[str, list[list[float]]]]:
    rng = random.Random(1957)
    near = [[0.25 + 2.0**-30, 0.25 - 2.0**-30], [0.25 - 2.0**-30, 0.25 + 2.0**-30]]
    flat = distribution(rng, 12, 5.0)
    return [
        ("weather and umbrella", WEATHER),
        ("independent", [[0.125, 0.375], [0.125, 0.375]]),
        ("nearly independent", near),
        ("one decides the other", [[0.5, 0.0], [0.0, 0.5], [0.0, 0.0]]),
        ("one decides the other, not the reverse", [[0.5, 0.25, 0.0], [0.0, 0.0, 0.25]]),
        ("certain", [[0.0, 0.0], [0.0, 1.0]]),
        ("a rare pair", [[1.0, 0.0], [0.0, TINY]]),
        ("a rare pair, of a product too small", [[1.0, 0.0], [0.0, 1e-200]]),
        ("only one row", [HALVES]),
        ("three rows of four", [flat[:4], flat[4:8], flat[8:]]),
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


def logits() -> list[tuple[str, list[float]]]:
    rng = random.Random(1990)
    return [
        ("all equal", [0.0, 0.0, 0.0]),
        ("two", [2.0, -1.0]),
        ("only one", [3.0]),
        ("nearly equal", [1e-9, 0.0, -1e-9]),
        ("of a thousand", [1000.0, 1001.0, 1002.0]),
        ("of ten thousand, either sign", [1e4, -1e4, 0.0]),
        ("far below 0", [-1e4, -10001.5]),
        ("far apart, the largest twice", [700.0, 0.0, 700.0]),
        *((f"{n} random, up to {size:g}", spread(rng, n, size)) for n, size in SIZES),
    ]


def sure_logits():
    """Yield logits that give one class nearly all the probability: its 1 absorbs the rest."""
    for z in ([40.0, 0.0], [-70.0, 0.0], [3.0, 20.0, 19.0, -16.0], [-5.0, 32.0, -5.0]):
        yield f"near certainty, {z}", z


def infinite_logits() -> list[tuple[str, list[float]]]:
    return [
        ("one of -inf", [0.0, -math.inf, 1.0]),
        ("all but one of -inf", [-math.inf, 5.0]),
        ("all of -inf", [-math.inf, -math.inf]),
        ("one of inf", [0.0, math.inf, 1.0]),
    ]


SIZES = [(2, 1.0), (3, 0.01), (5, 30.0), (10, 1000.0), (20, 5.0)]


def spread(rng: random.Random, count: int, size: float) -> list[float]:
    return [size * (2 * rng.random() - 1) for _ in range(count)]


def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def add(function, case, *inputs, gradient=False, **options):
        numbers = exact(inputs)
        exactly = {name: exact(value) for name, value in options.items()}
        one = {
            "function": function.__name__,
            "case": case,
            "inputs": plain(inputs),
            "options": plain(options),
            "expected": plain(function(*numbers, **exactly)),
        }
        if gradient:
            along = slopes(lambda first: function(first, *numbers[1:], **exactly), numbers[0])
            one["gradient"] = plain(along)
        found.append(one)

    add_distributions(add)
    add_activations_and_targets(add)
    add_losses_of_samples(add)
    add_losses_of_elements(add)
    add_calibration(add)
    return found


def add_distributions(add):
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
    for case, joint in joint_tables():
        for function in (joint_entropy, conditional_entropy, mutual_information):
            add(function, case, joint)
        add(conditional_entropy, f"{case}, of the rows", joint, axes=[-1, -2])
    for function in (joint_entropy, conditional_entropy, mutual_information):
        add(function, "in bits", WEATHER, base=2)
    for epsilon in (0.0, 1e-8, 1e-3, 0.1):
        add(smooth_supports, f"supports differ, epsilon {epsilon:g}", P, Q, epsilon=epsilon)
    add(smooth_supports, "epsilon left out", P, Q)
    add(smooth_supports, "equal supports", HALVES, EVEN)
    add(smooth_supports, "an outcome that both lack", [0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0])
    add(smooth_supports, "nothing shared", [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], epsilon=0.01)
    for alpha in (0.0, 0.5, 1.0, 1e6):
        add(additive_smoothing, f"counts, alpha {alpha:g}", [7.0, 3.0, 0.0], alpha=alpha)
    add(additive_smoothing, "nothing seen, alpha left out", [0.0, 0.0, 0.0, 0.0])
    add(additive_smoothing, "counts that are not whole", [0.5, 2.25, 1e12])
    for counts in (
        [7.0, 3.0, 0.0],
        [5.0],
        [1.0] * 6,
        [0.5, 2.25, 1e12],
        [400.0, 3.0, 3.0, 1.0, 0.0],
    ):
        add(entropy_from_counts, f"{counts}, correction left out", counts)
        add(entropy_from_counts, f"{counts} in bits", counts, base=2.0)
        add(entropy_from_counts, f"{counts}, shares as they are", counts, correction="none")
    add(class_weights, "scheme left out", [900.0, 90.0, 10.0])
    for scheme in ("balanced", "inverse", "inverse-sqrt", "effective-number"):
        add(class_weights, f"{scheme}, a thousand samples", [900.0, 90.0, 10.0], scheme=scheme)
        add(class_weights, f"{scheme}, all equal", [7.0, 7.0, 7.0, 7.0], scheme=scheme)
        add(class_weights, f"{scheme}, one class", [3.0], scheme=scheme)
        add(class_weights, f"{scheme}, not whole", [0.25, 2.5, 1e9], scheme=scheme)
    for beta in (0.0, 0.9, 0.9999, 1 - 2**-40):
        add(
            class_weights,
            f"effective number, 1 - beta {1 - beta:.2g}",
            [5000.0, 100.0, 2.0],
            scheme="effective-number",
            beta=beta,
        )
    for epsilon in (0, 1e-12, 0.5, 1):
        add(mix_uniform, f"epsilon {epsilon:g}", Q, epsilon=epsilon)


def add_activations_and_targets(add):
    for case, z in logits():
        add(logsumexp, case, z, gradient=True)
        for function in (softmax, log_softmax, sigmoid, log_sigmoid):
            add(function, case, z)
    for case, z in sure_logits():
        add(logsumexp, case, z, gradient=True)
        add(log_softmax, case, z)
    for case, z in infinite_logits():
        for function in (logsumexp, softmax, log_softmax, sigmoid, log_sigmoid):
            add(function, case, z)
    for function in (sigmoid, log_sigmoid):
        add(function, "where powers of e end", [-745.2, -744.5, -40.0, -1e-300, 36.8, 745.0])
    add(one_hot, "the first of three", 0, num_classes=3)
    add(one_hot, "the last of three", 2, num_classes=3)
    add(one_hot, "the only one", 0, num_classes=1)
    for alpha in (0.0, 1e-12, 0.1, 1.0):
        add(
            smooth_labels, f"class 1 of 3, alpha {alpha:g}", 1, num_classes=3, label_smoothing=alpha
        )
        add(smooth_labels, f"a distribution, alpha {alpha:g}", Q, label_smoothing=alpha)


def add_losses_of_samples(add):
    rng = random.Random(1948)
    weight, zeros = [0.5, 2.0, 0.0, 1.25], [0.0, 0.0, 0.0, 0.0]
    soft = [distribution(rng, 4, 2) for _ in range(5)]
    any_sum = [[0.5, 0.0, 0.75, 2.0], [0.0, 0.0, 0.0, 0.0], *soft[2:]]
    classes = [3, 0, 2, 1, 0]
    everything = [
        ("all left out", classes, {}),
        ("weights", classes, {"weight": weight}),
        ("one ignored", [3, 0, -100, 1, 0], {}),
        ("a class ignored, weights", classes, {"ignore_index": 0, "weight": weight}),
        ("all ignored", [-100] * 5, {}),
        ("all of weight 0", classes, {"weight": zeros}),
    ]
    tables = {
        f"logits up to {size:g}": [spread(rng, 4, size) for _ in range(5)] for size in (1, 1e4)
    }
    for (size, z), (case, target, options), reduction in itertools.product(
        tables.items(), everything, ("mean", "sum", "none")
    ):
        called = f"{size}, {case}, {reduction}"
        # NaN has no slope: PyTorch gives 0 or NaN, and differences find neither.
        counts = case not in ("all ignored", "all of weight 0")
        options = {**options, "reduction": reduction, "gradient": counts and reduction != "none"}
        add(nll_loss, called, [plain(log_softmax(exact(row))) for row in z], target, **options)
        add(cross_entropy_loss, called, z, target, **options)
        add(cross_entropy_loss, f"{called}, smoothed", z, target, label_smoothing=0.1, **options)
        add(focal_loss, called, z, target, **options)
    z = tables["logits up to 1"]
    for alpha, reduction in itertools.product((0.0, 1e-12, 0.3, 1.0), ("mean", "sum", "none")):
        called = f"alpha {alpha:g}, {reduction}"
        options = {
            "label_smoothing": alpha,
            "reduction": reduction,
            "gradient": reduction != "none",
        }
        add(cross_entropy_loss, f"classes, {called}", z, classes, **options)
        add(cross_entropy_loss, f"probabilities, {called}", z, soft, **options)
        add(cross_entropy_loss, f"weights, {called}", z, soft, weight=weight, **options)
        add(cross_entropy_loss, f"of any sum, {called}", z, any_sum, weight=weight, **options)
    # Multiples of 1/4 have exact products and sums, so only the loss is rounded.
    h = [[rng.randint(-8, 8) / 4 for _ in range(3)] for _ in range(5)]
    layer = [[rng.randint(-8, 8) / 4 for _ in range(3)] for _ in range(4)]
    for (case, target, options), chunks, reduction in itertools.product(
        everything, ({}, {"chunk_size": 3}), ("mean", "sum", "none")
    ):
        called = ", ".join([case, *(f"chunks of {n}" for n in chunks.values()), reduction])
        counts = case not in ("all ignored", "all of weight 0")
        options = {**options, **chunks, "reduction": reduction}
        options |= {"gradient": counts and reduction != "none"}
        add(linear_cross_entropy, called, h, layer, target, **options)
        options |= {"linear_bias": [0.5, -1.25, 0.0, 2.0], "label_smoothing": 0.1}
        add(linear_cross_entropy, f"biases, smoothed, {called}", h, layer, target, **options)
    for gamma in (0.0, 0.5, 1.0, 5.0):
        add(focal_loss, f"gamma {gamma:g}", z, classes, gamma=gamma, weight=weight, gradient=True)
    for case, z in logits():
        y = len(z) - 1
        even = [1 / len(z)] * len(z)
        add(nll_loss, f"one sample, {case}", plain(log_softmax(exact(z))), y, gradient=True)
        add(cross_entropy_loss, f"one sample, {case}", z, y, gradient=True)
        add(
            cross_entropy_loss,
            f"one sample, smoothed, {case}",
            z,
            y,
            label_smoothing=0.2,
            gradient=True,
        )
        add(cross_entropy_loss, f"one sample, soft, {case}", z, even, gradient=True)
        add(focal_loss, f"one sample, {case}", z, y, gradient=True)
    for case, z in sure_logits():
        for y in range(len(z)):
            add(cross_entropy_loss, f"{case}, class {y}", z, y, gradient=True)
            add(focal_loss, f"{case}, class {y}", z, y, gamma=0.5, gradient=True)
            t = [float(x) for x in one_hot(y, len(z))]
            add(cross_entropy_loss, f"{case}, one-hot at {y}", z, t, gradient=True)
            layer = [[float(x) for x in row] for row in (one_hot(k, len(z)) for k in range(len(z)))]
            add(linear_cross_entropy, f"{case}, class {y}", [z], layer, [y], gradient=True)
    for case, z in infinite_logits():
        for y in range(len(z)):
            add(nll_loss, f"{case}, class {y}", z, y)
            add(cross_entropy_loss, f"{case}, class {y}", z, y)
            add(cross_entropy_loss, f"{case}, class {y}, smoothed", z, y, label_smoothing=0.5)
            add(focal_loss, f"{case}, class {y}", z, y)
            t = one_hot(y, len(z))
            add(cross_entropy_loss, f"{case}, one-hot at {y}", z, [float(x) for x in t])


def add_losses_of_elements(add):
    logit_loss = binary_cross_entropy_with_logits
    rng = random.Random(1951)
    t = [[rng.random() for _ in range(3)] for _ in range(4)]
    p = [[rng.random() for _ in range(3)] for _ in range(4)]
    z = [spread(rng, 3, 20) for _ in range(4)]
    weight = [[4 * rng.random() for _ in range(2)] + [0.0] for _ in range(4)]
    of_classes = [distribution(rng, 3, 2) for _ in range(4)]
    log_q = [plain(log_softmax(exact(row))) for row in z]
    for reduction, (case, options) in itertools.product(
        ("mean", "sum", "none"), (("alone", {}), ("weights", {"weight": weight}))
    ):
        called = f"{case}, {reduction}"
        options = {**options, "reduction": reduction, "gradient": reduction != "none"}
        add(binary_cross_entropy, called, p, t, **options)
        add(logit_loss, called, z, t, **options)
        add(logit_loss, f"{called}, pos_weight", z, t, pos_weight=weight, **options)
    for reduction in ("mean", "batchmean", "sum", "none"):
        options = {"reduction": reduction, "gradient": reduction != "none"}
        add(kl_div_loss, reduction, log_q, of_classes, **options)
        logs = [[float(log(x)) for x in row] for row in of_classes]
        add(kl_div_loss, f"log_target, {reduction}", log_q, logs, log_target=True, **options)
        add(kl_div_loss, f"one distribution, {reduction}", log_q[0], of_classes[0], **options)
    for case, target in (("no", 0.0), ("yes", 1.0), ("half", 0.5)):
        # PyTorch clamps the slopes at the ends: see test_losses.py.
        ends = [0.0, TINY, SMALL, 1e-40, 1e-8, 0.5, 1 - 2**-53, 1.0]
        large = [-1e4, -745.0, -1e-9, 0.0, 1e-9, 745.0, 1e4]
        for reduction in ("mean", "none"):
            called = f"from end to end, {case}, {reduction}"
            options = {"reduction": reduction}
            add(binary_cross_entropy, called, ends, [target] * len(ends), **options)
            options["gradient"] = reduction == "mean"
            add(logit_loss, called, large, [target] * len(large), **options)
    add(logit_loss, "logits of inf", [math.inf] * 3, [0.0, 0.5, 1.0], reduction="none")
    add(kl_div_loss, "t of 0", [-1.0, -1e4, 0.0], [0.0, 0.0, 0.0], reduction="none")
    add(kl_div_loss, "log q of -inf", [-math.inf] * 3, [0.0, 0.5, 1.0], reduction="none")
    add(kl_div_loss, "log t of -inf", [-1.0], [-math.inf], log_target=True)
    for function in (binary_cross_entropy, logit_loss, kl_div_loss):
        for reduction in ("mean", "sum", "none"):
            add(function, f"nothing, {reduction}", [], [], reduction=reduction)


def add_calibration(add):
    rng = random.Random(2017)
    for size, count in ((2, 20), (10, 60)):
        q = [distribution(rng, size, 3) for _ in range(count)]
        y = [int(size * rng.random()) for _ in q]
        for options in ({}, {"bins": 1}, {"bins": 4}):
            called = ", ".join(
                [f"{count} of {size} classes", *(f"{n} bins" for n in options.values())]
            )
            add(reliability, called, q, y, **options)
            add(expected_calibration_error, called, q, y, gradient=size == 2, **options)
            add(brier_parts, called, q, y, **options)
        for reduction in ("mean", "sum", "none"):
            each = reduction == "none"
            add(
                brier_score,
                f"{size} classes, {reduction}",
                q[:9],
                y[:9],
                gradient=not each,
                reduction=reduction,
            )
    for sure in (1.0, 8.0):
        z = [[sure * rng.gauss(0, 1) for _ in range(3)] for _ in range(12)]
        y = [row.index(max(row)) if n % 4 else n % 3 for n, row in enumerate(z)]
        add(fit_temperature, f"12 samples of size {sure}", z, y)
    for function in (reliability, expected_calibration_error):
        add(function, "on the edges", [[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]], [0, 0, 1], bins=4)
        add(function, "the first of equals", [EVEN, EVEN], [0, 1], bins=2)


def exact(value: Any) -> Any:
    """Return floating-point numbers as mpmath's, inside lists too."""
    if isinstance(value, (list, tuple)):
        return [exact(one) for one in value]
    return mpf(value) if isinstance(value, float) else value


def plain(value: Any) -> Any:
    """Return an exact result as JSON can hold it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (bool, int, str)):
        return value
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(value) + 0.0  # a negative number that rounds to 0 loses its sign


def text() -> str:
    lines = ",\n".join(json.dumps(case) for case in cases())
    about = json.dumps("Written by generate.py, which describes the format; do not edit.")
    return f'{{"about": {about}, "cases": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    if "--check" not in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text():
        sys.exit(f"{FILE.name} is not what generate.py writes: run it")
