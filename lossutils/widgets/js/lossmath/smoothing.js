/** Ways to give impossible outcomes some probability. */
import { sum } from "./numbers.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */

/**
 * Give p and q the same support: an outcome that only one of them lacks gets epsilon in it, taken in
 * equal parts from the outcomes it has. Both sums stay the same.
 * @param {Numbers} p @param {Numbers} q @param {{ epsilon?: number }} [options]
 * @returns {[number[], number[]]}
 */
export function smoothSupports(p, q, { epsilon = 1e-3 } = {}) {
  return [fillSupport(p, q, epsilon), fillSupport(q, p, epsilon)];
}

/** @param {Numbers} p @param {Numbers} other @param {number} epsilon */
function fillSupport(p, other, epsilon) {
  const had = sum(p, (p_k) => (p_k > 0 ? 1 : 0));
  const lacked = sum(p, (p_k, k) => (p_k === 0 && other[k] > 0 ? 1 : 0));
  const share = epsilon * (lacked / had);
  return Array.from(p, (p_k, k) => (p_k > 0 ? p_k - share : other[k] > 0 ? epsilon : 0));
}

/**
 * (n_k + alpha) / (N + K alpha): probabilities from counts, with alpha added to each.
 * @param {Numbers} counts @param {{ alpha?: number }} [options] @returns {number[]}
 */
export function additiveSmoothing(counts, { alpha = 1 } = {}) {
  // Scaling by a power of 2 changes no digit, and keeps the sum from overflowing.
  const scale =
    Math.max(alpha, ...Array.from(counts)) > 1 ? 2 ** -Math.ceil(Math.log2(4 * counts.length)) : 1;
  const total = sum(counts, (n_k) => scale * n_k + scale * alpha);
  return Array.from(counts, (n_k) => (scale * n_k + scale * alpha) / total);
}

/**
 * (1 - epsilon) p_k + epsilon / K.
 * @param {Numbers} p @param {{ epsilon: number }} options @returns {number[]}
 */
export function mixUniform(p, { epsilon }) {
  return Array.from(p, (p_k) => (1 - epsilon) * p_k + epsilon / p.length);
}
