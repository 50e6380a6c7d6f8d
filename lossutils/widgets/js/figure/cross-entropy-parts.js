/**
 * Cross-entropy in its parts: what no q can change, what q adds, and where q's logits are pushed.
 *
 * Nothing here knows of a page: tests hold both functions against lossutils.
 */

import { crossEntropy, entropy, klDivergence } from "../lossmath.js";

/** @typedef {{ p: number[], y: number, entropy: number, kl: number, crossEntropy: number,
 *    perplexity: number, slopes: number[] }} Parts */

/**
 * H(p, q) = H(p) + D(p || q), and its slope q_k - p_k along each logit of q.
 * @param {number[]} given @param {number[]} q
 * @param {boolean} oneHot whether all of p goes to the likeliest outcome y, the first of equals
 * @returns {Parts}
 */
export function parts(given, q, oneHot) {
  const y = given.indexOf(Math.max(...given));
  const p = oneHot ? given.map((_, k) => Number(k === y)) : given;
  const total = crossEntropy(p, q);
  return {
    p,
    y,
    entropy: entropy(p),
    kl: klDivergence(p, q),
    crossEntropy: total,
    perplexity: Math.exp(total),
    slopes: q.map((q_k, k) => q_k - p[k]),
  };
}

/** @typedef {{ n: number, counts: [number, number], best: number, meanNll: number, entropy: number,
 *    kl: number, slope: number, likelihood: number }} Fit */

/**
 * How well q suits the first `n` letters of a sample of a's and b's.
 * @param {string} sample @param {number} n @param {number} q the probability of a
 * @returns {Fit}
 */
export function fit(sample, n, q) {
  const a = [...sample.slice(0, n)].filter((letter) => letter === "a").length;
  const best = a / n;
  const meanNll = nll(best, q);
  return {
    n,
    counts: [a, n - a],
    best,
    meanNll,
    entropy: nll(best, best),
    kl: klDivergence([best, 1 - best], [q, 1 - q]),
    slope: q - best,
    likelihood: Math.exp(-n * meanNll),
  };
}

/** The mean of -log q over a sample in which the share `best` is a. @param {number} best @param {number} q */
export const nll = (best, q) => crossEntropy([best, 1 - best], [q, 1 - q]);
