/** How well a model suits a sample of a's and b's. */

import { crossEntropy, klDivergence } from "../../js/index.js";

/**
 * How well q fits the first `n` letters of a sample of a's and b's.
 * @param {string} sample @param {number} n @param {number} q the probability of a
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
