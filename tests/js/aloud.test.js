/** Formulas and descriptions as a screen reader says them. */

import assert from "node:assert/strict";
import test from "node:test";
import { aloud, readFormula } from "../../lossutils/widgets/js/figure/aloud.js";

/** @type {[string, string][]} */
const NUMBERS = [
  ["−0.35", "minus 0.35"],
  ["−∞", "minus infinity"],
  ["10⁻⁵", "10 to the minus 5"],
  ["1.1·10⁻¹²", "1.1 times 10 to the minus 12"],
  ["10² > 3²", "10 to the 2 is more than 3 squared"],
  ["9.4e−14", "9.4 times 10 to the minus 14"],
  ["2.7e43", "2.7 times 10 to the 43"],
  ["8,192·2 B", "8,192 times 2 bytes"],
  ["0.25", "0.25"],
  ["NaN", "not a number"],
];

/** @type {[string, string][]} */
const FORMULAS = [
  ["H(p, q) = −log₂ q(a)", "H of p and q equals minus log to base 2 of q of a"],
  [
    "D(p′‖q′) = 0.6·log(0.6/10⁻⁵) + 0",
    "D of p prime from q prime equals 0.6 times log of 0.6 over 10 to the minus 5, plus 0",
  ],
  ["I(X; Y) = H(Y) − H(Y | X)", "I of X and Y equals H of Y minus H of Y given X"],
  ["slope = σ(z) − log σ(t)", "slope equals sigmoid of z minus log of sigmoid of t"],
  ["log σ → 0.10 + 0.20 = 0.30", "log of sigma becomes 0.10 plus 0.20, which is 0.30"],
  [
    "−(−60.00) + log(e<sup>0.10</sup> + e<sup>−2.00</sup>)",
    "minus minus 60.00 plus log of open bracket e to the 0.10 plus e to the minus 2.00 close bracket",
  ],
  ["log(q/(1−q))", "log of open bracket q over open bracket 1 minus q close bracket close bracket"],
  [
    "(3 − 1) / (2·10)",
    "open bracket 3 minus 1 close bracket over open bracket 2 times 10 close bracket",
  ],
  ["q*(a) ≥ ½ · 1.0 > p̂", "q star of a is at least half of 1.0, more than p hat"],
  ["(0.1/3·2.0)", "open bracket 0.1 over 3, times 2.0 close bracket"],
  [
    "P(m rare)·−¼ log 2 (slope in nats)",
    "P of m rare times minus a quarter of log of 2, slope in nats",
  ],
  ["a = b + c = 3.0, g₁ = d = 4.0", "a equals b plus c, which is 3.0, g 1 equals d, which is 4.0"],
  ["g₀ = ∂ℓ/∂z₀", "g 0 equals the derivative of the loss in z 0"],
  [
    "ℓ[0, 2] = Σ share·|0.68 − 0.90| + …",
    "the loss at 0, 2, equals the sum of share times the gap between 0.68 and 0.90, plus more terms",
  ],
  ["α·mean(−log q)", "alpha times mean of open bracket minus log of q close bracket"],
];

test("numbers are read as they are written", () => {
  for (const [text, words] of NUMBERS) assert.equal(aloud(text), words);
});

test("formulas are read with their functions, and with the brackets that they need", () => {
  for (const [html, words] of FORMULAS) assert.equal(readFormula(html), words);
});

test("of a formula's HTML the text is read, and its lines one after the other", () => {
  const term = '<span class="dist-p" data-trait="p_0">0.50</span>';
  assert.equal(
    readFormula(`${term}·2<br>2 &gt; <strong>1</strong>`),
    "0.50 times 2; 2, more than 1",
  );
  assert.equal(readFormula("one by one:<br>1"), "one by one: 1");
  const sum = (/** @type {string} */ name) =>
    `<span class="sum"><span>${name} =</span><span> 1</span></span>`;
  assert.equal(readFormula(sum("K") + sum("L")), "K equals 1; L equals 1");
});

test("a description keeps its words, brackets and points", () => {
  assert.equal(aloud("of shape (C,)"), "of shape (C,)");
  assert.equal(aloud("At α = −0.1 it is 2"), "At alpha = minus 0.1 it is 2");
  const words = "The log odds (weights: none) rise; log-sum-exp never breaks. log K is 1.79";
  assert.equal(aloud(words), words.replace("log K", "log of K"));
});
