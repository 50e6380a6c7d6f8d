import assert from "node:assert/strict";
import { test } from "node:test";
import {
  additiveSmoothing,
  crossEntropy,
  entropy,
  huffmanLengths,
  klDivergence,
  logSoftmax,
  mixUniform,
  shannonLengths,
  smoothSupports,
  softmax,
  surprisal,
} from "../../lossutils/widgets/js/lossmath.js";
import { near } from "./near.js";

const bits = { base: 2 };

test("surprisal is 1 bit for a fair coin, 0 for certainty, infinite for the impossible", () => {
  near(surprisal(0.5, bits), 1);
  near(surprisal(1), 0);
  near(surprisal(0), Infinity);
});

test("surprisal of a number is a number, of an array an array", () => {
  near(surprisal([0.5, 0.25, 1, 0], bits), [1, 2, 0, Infinity]);
  near(surprisal(Float64Array.of(0.5, 0.125), bits), [1, 3]);
});

test("entropy is the mean surprisal", () => {
  const p = [0.5, 0.3, 0.2];
  const mean = surprisal(p).reduce((total, surprise, k) => total + p[k] * surprise, 0);
  near(entropy(p), mean);
});

test("entropy of a fair coin is log 2, of a biased one less, of a certain outcome exactly 0", () => {
  near(entropy([0.5, 0.5]), 0.6931471805599453);
  near(entropy([0.9, 0.1]), 0.3250829733914482);
  near(entropy([1, 0]), 0);
  near(entropy([0.5, 0.25, 0.125, 0.125], bits), 1.75);
});

test("cross-entropy is entropy and KL divergence together", () => {
  const [p, q] = [
    [0.5, 0.3, 0.2],
    [0.2, 0.2, 0.6],
  ];
  near(crossEntropy(p, q), entropy(p) + klDivergence(p, q));
  near(crossEntropy(p, q, bits), crossEntropy(p, q) / Math.LN2);
});

test("KL divergence of a distribution from itself is exactly 0", () => {
  near(klDivergence([0.7, 0.2, 0.1], [0.7, 0.2, 0.1]), 0);
  assert.ok(Object.is(klDivergence([1, 0], [1, 0]), 0));
});

test("an outcome impossible under p costs nothing, one impossible under q costs infinity", () => {
  near(klDivergence([0.5, 0.5, 0], [0.25, 0.25, 0.5]), Math.LN2);
  near(klDivergence([0.25, 0.25, 0.5], [0.5, 0.5, 0]), Infinity);
  near(crossEntropy([0.25, 0.75], [1, 0]), Infinity);
});

test("KL divergence stays finite where p / q would overflow", () => {
  near(klDivergence([0.5, 0.5], [1, 1e-310]), 0.5 * (Math.log(0.25) - Math.log(1e-310)));
});

test("KL divergence scales q to the sum of p", () => {
  near(klDivergence([0.25, 0.25], [0.275, 0.275]), 0);
  near(klDivergence([2, 2], [2.2, 2.2]), 0);
});

test("KL divergence of a close pair is as often too large as too small", () => {
  // The last terms of the series count: without them the mean error would not be 0.
  let error = 0;
  for (let n = 0; n < 2000; n += 1) {
    const x = Math.round((0.11 + n * 7.45e-6) * 2 ** 40) / 2 ** 40; // 1 + x is exact
    const exact = -Math.log1p(-x * x) / 2;
    error += klDivergence([0.5, 0.5], [(1 + x) / 2, (1 - x) / 2]) / exact - 1;
  }
  near(error / 2000, 0, Number.EPSILON / 2);
});

test("smoothing makes the supports equal, and gives the book's example", () => {
  const [p, q] = smoothSupports([3 / 5, 1 / 5, 1 / 5, 0], [5 / 9, 3 / 9, 0, 1 / 9]);
  const third = 1e-3 / 3;
  near(p, [3 / 5 - third, 1 / 5 - third, 1 / 5 - third, 1e-3]);
  near(q, [5 / 9 - third, 3 / 9 - third, 1e-3, 1 / 9 - third]);
  near(klDivergence(p, q), 0.9969, 5e-5);
  near(klDivergence(p, q, bits), 1.4382, 5e-5);
  near(klDivergence(q, p), 0.6438, 5e-5);
});

test("an outcome that both distributions lack stays impossible", () => {
  const [p, q] = smoothSupports([1, 0, 0], [0, 1, 0], { epsilon: 0.1 });
  near(p, [0.9, 0.1, 0]);
  near(q, [0.1, 0.9, 0]);
});

test("additive smoothing with alpha 0 gives frequencies, with alpha 1 Laplace's rule", () => {
  near(additiveSmoothing([3, 1, 0], { alpha: 0 }), [0.75, 0.25, 0]);
  near(additiveSmoothing([3, 1, 0]), [4 / 7, 2 / 7, 1 / 7]);
});

test("additive smoothing scales against overflow, which changes no digit", () => {
  near(additiveSmoothing(Array(8).fill(1.7e308)), Array(8).fill(1 / 8));
  for (let n = 2; n < 100; n += 1) {
    const shares = [n + 1, 1 + 1, 7 * n + 1].map((count) => count / (8 * n + 4));
    assert.deepEqual(additiveSmoothing([n, 1, 7 * n]), shares);
  }
});

test("mixing goes from the distribution itself to the uniform one", () => {
  near(mixUniform([0.7, 0.3], { epsilon: 0 }), [0.7, 0.3]);
  near(mixUniform([0.7, 0.3], { epsilon: 1 }), [0.5, 0.5]);
  near(mixUniform([1, 0, 0, 0], { epsilon: 0.2 }), [0.85, 0.05, 0.05, 0.05]);
});

test("Huffman's code reaches the entropy where every probability is a power of two", () => {
  near(huffmanLengths([0.5, 0.25, 0.125, 0.125]), [1, 2, 3, 3]);
});

test("among equal weights Huffman joins the older first, which keeps the longest word short", () => {
  near(huffmanLengths([0.4, 0.2, 0.2, 0.1, 0.1]), [2, 2, 2, 3, 3]);
});

test("ties of Huffman's code end where rounding does, for outcomes and for joins", () => {
  const bound = (/** @type {number} */ steps) => 1 + steps * Number.EPSILON;
  const outcomes = (/** @type {number} */ high) => [high, high, 5 / 16, 1 / 8, 5 / 16];
  near(huffmanLengths(outcomes(bound(7) / 8)), [3, 3, 2, 2, 2]);
  near(huffmanLengths(outcomes(bound(8) / 8)), [3, 2, 2, 3, 2]);
  const withJoin = (/** @type {number} */ high) => [1 / 6, 1 / 6, high, high];
  near(huffmanLengths(withJoin((1 / 6 + 1 / 6) * bound(6))), [2, 2, 2, 2]);
  near(huffmanLengths(withJoin((1 / 6 + 1 / 6) * bound(8))), [3, 3, 2, 1]);
});

test("an impossible outcome has no code word, and a certain one needs none", () => {
  near(huffmanLengths([0, 0.5, 0.5]), [0, 1, 1]);
  near(huffmanLengths([0, 1]), [0, 0]);
  near(shannonLengths([0, 0.5, 0.5]), [0, 1, 1]);
  near(shannonLengths([0, 1]), [0, 0]);
});

test("Shannon's lengths are exact at powers of two and beside them", () => {
  for (let power = 0; power <= 1074; power += 1) {
    near(shannonLengths([2 ** -power]), [power]);
  }
  for (let power = 1; power <= 1000; power += 1) {
    const exact = 2 ** -power;
    near(shannonLengths([exact * (1 + 2 ** -52), exact * (1 - 2 ** -53)]), [power, power + 1]);
  }
});

test("softmax sums to 1 and ignores a shift of all logits", () => {
  near(softmax([0, Math.LN2, Math.log(5)]), [1 / 8, 2 / 8, 5 / 8]);
  near(softmax([1000, 1001, 1002]), softmax([0, 1, 2]));
  near(softmax([0, -Infinity]), [1, 0]);
});

test("log-softmax is the logarithm of softmax, and finite where softmax is 0", () => {
  near(
    logSoftmax([0, Math.LN2, Math.log(5)]),
    [1, 2, 5].map((n) => Math.log(n / 8)),
  );
  near(logSoftmax([0, -1000]), [0, -1000]);
});
