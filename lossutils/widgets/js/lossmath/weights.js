/** Class weights from class counts. */
import { sum } from "./numbers.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */

/**
 * A weight for each class from its count: the rarer, the larger. "balanced" is N / (K n_k); the others
 * are scaled to a mean of 1 over the classes.
 * @param {Numbers} counts @param {{ scheme?: string, beta?: number }} [options] @returns {number[]}
 */
export function classWeights(counts, { scheme = "balanced", beta = 0.999 } = {}) {
  const count = counts.length;
  if (scheme === "balanced") {
    const mean = sum(counts, (n_k) => n_k) / count;
    return Array.from(counts, (n_k) => mean / n_k);
  }
  const rarity = {
    inverse: (/** @type {number} */ n) => 1 / n,
    "inverse-sqrt": (/** @type {number} */ n) => 1 / Math.sqrt(n),
    "effective-number": (/** @type {number} */ n) => (1 - beta) / -Math.expm1(n * Math.log(beta)),
  }[scheme];
  if (!rarity) throw new Error(`no such scheme: ${scheme}`);
  const mean = sum(counts, rarity) / count;
  return Array.from(counts, (n_k) => rarity(n_k) / mean);
}
