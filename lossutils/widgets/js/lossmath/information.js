/** Entropy and its relatives. */
import { each, sum } from "./numbers.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {{ base?: number }} Units  base of the logarithm; e where it is left out */

/**
 * -log p: what is learnt by seeing an outcome of probability p.
 * @template {number | Numbers} X @param {X} p @param {Units} [units]
 */
export function surprisal(p, { base } = {}) {
  // 0 - log p, not -log p: certainty has surprisal 0, not -0.
  return each(p, (p_k) => (0 - Math.log(p_k)) / logBase(base));
}

/** H(p) = -sum_k p_k log p_k. @param {Numbers} p @param {Units} [units] */
export function entropy(p, { base } = {}) {
  return crossEntropy(p, p, { base });
}

/** H(p, q) = -sum_k p_k log q_k. @param {Numbers} p @param {Numbers} q @param {Units} [units] */
export function crossEntropy(p, q, { base } = {}) {
  return (0 - sum(p, (p_k, k) => timesLog(p_k, q[k]))) / logBase(base);
}

/**
 * D(p || q) = sum_k p_k (log p_k - log q_k).
 * @param {Numbers} p @param {Numbers} q @param {Units} [units]
 */
export function klDivergence(p, q, { base } = {}) {
  return sum(p, (p_k, k) => timesLogRatio(p_k, p_k, q[k])) / logBase(base);
}

/**
 * JS(p, q) = (D(p || m) + D(q || m)) / 2 with m = (p + q) / 2.
 * @param {Numbers} p @param {Numbers} q @param {Units} [units]
 */
export function jsDivergence(p, q, { base } = {}) {
  // p / m as 2p / (p + q): halving a sum of the smallest numbers would round it to 0.
  const twice = sum(p, (p_k, k) => {
    const both = p_k + q[k];
    return timesLogRatio(p_k, 2 * p_k, both) + timesLogRatio(q[k], 2 * q[k], both);
  });
  return twice / 2 / logBase(base);
}

/** exp H(p): as many equally likely outcomes would be as uncertain. @param {Numbers} p */
export function perplexity(p) {
  return Math.exp(entropy(p));
}

/** x log y, and 0 where x is 0, whatever y. @param {number} x @param {number} y */
export function timesLog(x, y) {
  return x === 0 ? 0 : x * Math.log(y);
}

/**
 * x (log a - log b), and 0 where x is 0. Not log(a / b), which overflows for a small b.
 * @param {number} x @param {number} a @param {number} b
 */
function timesLogRatio(x, a, b) {
  return x === 0 ? 0 : x * (Math.log(a) - Math.log(b));
}

/** The divisor that turns nats into units of log `base`. @param {number | undefined} base */
function logBase(base) {
  return base === undefined ? 1 : Math.log(base);
}
