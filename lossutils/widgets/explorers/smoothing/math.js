/** Four ways to keep D(p‖q) finite where q is 0, and their effect on the divergence. */

import { klTerms, mixUniform, total } from "../../js/index.js";
import { additiveSmoothing, smoothSupports } from "../../js/lossmath/smoothing.js";

/** @type {Record<string, (p: number[], q: number[], epsilon: number) => [number[], number[]]>} */
const METHODS = {
  supports: (p, q, epsilon) => smoothSupports(p, q, { epsilon }),
  uniform: (p, q, epsilon) => [mixUniform(p, { epsilon }), mixUniform(q, { epsilon })],
  additive: (p, q, alpha) => [additiveSmoothing(p, { alpha }), additiveSmoothing(q, { alpha })],
  // p * log(p / (q + ε)), as often seen in code: adds without taking anything away.
  add: (p, q, epsilon) => [p, q.map((q_k) => q_k + epsilon)],
};

/** The two divergences are sums, whether what they are of is a distribution or not.
 * @param {string} method @param {number[]} p @param {number[]} q @param {number} epsilon */
export function smoothed(method, p, q, epsilon) {
  const [one, other] = METHODS[method](p, q, epsilon);
  return {
    p: one,
    q: other,
    pq: total(klTerms(one, other)),
    qp: total(klTerms(other, one)),
    sumP: total(one),
    sumQ: total(other),
  };
}

/** Both divergences over ε between two limits, evenly in log ε.
 * @param {string} method @param {number[]} p @param {number[]} q @param {number} low @param {number} high */
export function curve(method, p, q, low, high) {
  const count = Math.max(2, Math.round(10 * Math.log10(high / low)));
  return Array.from({ length: count + 1 }, (_, k) => {
    const epsilon = low * (high / low) ** (k / count);
    const { pq, qp } = smoothed(method, p, q, epsilon);
    return { epsilon, pq, qp };
  });
}
