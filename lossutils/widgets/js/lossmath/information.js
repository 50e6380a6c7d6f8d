/** Entropy and its relatives. */
import { each, sum } from "./numbers.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {{ base?: number }} Units  base of the logarithm; e where it is left out */

/**
 * -log p: how surprising an outcome of probability p is.
 * @template {number | Numbers} X @param {X} p @param {Units} [units]
 */
export function surprisal(p, { base } = {}) {
  // 0 - log p, not -log p: a certain outcome has surprisal 0, not -0.
  // Rounding may put p above 1.
  return each(p, (p_k) => Math.max(0 - Math.log(p_k), 0) / logBase(base));
}

/** H(p) = -sum_k p_k log p_k. @param {Numbers} p @param {Units} [units] */
export function entropy(p, { base } = {}) {
  return crossEntropy(p, p, { base });
}

/** H(p, q) = -sum_k p_k log q_k. @param {Numbers} p @param {Numbers} q @param {Units} [units] */
export function crossEntropy(p, q, { base } = {}) {
  return Math.max(0 - sum(p, (p_k, k) => timesLog(p_k, q[k])), 0) / logBase(base);
}

/**
 * D(p || q) = sum_k p_k (log p_k - log q_k), with q scaled to the sum of p: it is never negative, and
 * accurate however close the two are.
 * @param {Numbers} p @param {Numbers} q @param {Units} [units]
 */
export function klDivergence(p, q, { base } = {}) {
  // With x_k = (q_k - p_k) / p_k and f(x) = x - log(1 + x): the mean of f(x_k) over p, minus f of the mean.
  const total = sum(p);
  const x = sum(p, (p_k, k) => q[k] - p_k) / total;
  const nats = sum(p, (p_k, k) => excess(p_k, q[k])) - total * lessLog1p(x);
  return Math.max(nats, 0) / logBase(base);
}

/**
 * What each outcome adds to D(p || q): p_k (log p_k - log q_k).
 * @param {Numbers} p @param {Numbers} q @param {Units} [units] @returns {number[]}
 */
export function klTerms(p, q, { base } = {}) {
  // 0 + x: what is too small for a number below 0 is 0, not -0.
  return Array.from(p, (p_k, k) => 0 + timesLogRatio(p_k, p_k, q[k]) / logBase(base));
}

/** x log y, and 0 where x is 0, whatever y. @param {number} x @param {number} y */
function timesLog(x, y) {
  return x === 0 ? 0 : x * Math.log(y);
}

/** p log(p / q) + q - p, which is not negative. @param {number} p @param {number} q */
function excess(p, q) {
  const gap = q - p;
  return Math.abs(gap) < p / 8 ? p * lessLog1p(gap / p) : timesLogRatio(p, p, q) + gap;
}

/**
 * x - log(1 + x) for |x| up to 1/8, from log(1 + x) = 2 atanh(s) with s = x / (2 + x).
 * @param {number} x
 */
function lessLog1p(x) {
  const s = x / (2 + x);
  const u = s * s;
  const series = 1 / 3 + u * (1 / 5 + u * (1 / 7 + u * (1 / 9 + u * (1 / 11 + u / 13))));
  return s * (x - 2 * u * series);
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
