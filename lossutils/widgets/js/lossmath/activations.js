/** From logits to probabilities and their logarithms, without overflow. */
import { each, largest, sum } from "./numbers.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */

/** exp z_k / sum_j exp z_j. @param {Numbers} z @returns {number[]} */
export function softmax(z) {
  const top = largest(z);
  const total = sum(z, (z_k) => Math.exp(z_k - top));
  return Array.from(z, (z_k) => Math.exp(z_k - top) / total);
}

/** z_k - log sum_j exp z_j. @param {Numbers} z @returns {number[]} */
export function logSoftmax(z) {
  const top = largest(z);
  const logTotal = logOfPowers(z, top);
  return Array.from(z, (z_k) => z_k - top - logTotal);
}

/**
 * log sum_k exp(z_k - top). The largest term, exp 0 = 1, is left out of the sum, so that log(1 + rest)
 * keeps all the digits of the rest.
 * @param {Numbers} z @param {number} top
 */
function logOfPowers(z, top) {
  const first = Array.prototype.indexOf.call(z, top);
  // Its gap replaces it: 0, or NaN if it is infinite.
  return Math.log1p(sum(z, (z_k, k) => (k === first ? z_k - top : Math.exp(z_k - top))));
}

/** 1 / (1 + exp -z). @template {number | Numbers} X @param {X} z */
export function sigmoid(z) {
  // Or its equal exp z / (1 + exp z), whichever has the power below 1.
  return each(z, (z_k) => {
    const power = Math.exp(-Math.abs(z_k));
    return (z_k < 0 ? power : 1) / (1 + power);
  });
}

/** -log(1 + exp -z). @template {number | Numbers} X @param {X} z */
export function logSigmoid(z) {
  // Or its equal z - log(1 + exp z).
  return each(z, (z_k) => Math.min(z_k, 0) - Math.log1p(Math.exp(-Math.abs(z_k))));
}
