/** Four ways to keep D(p‖q) finite where q is 0, and their effect on the divergence. */

import { additiveSmoothing, klTerms, mixUniform, smoothSupports } from "../../js/index.js";

/** @typedef {{ p: number[], q: number[], pq: number, qp: number, sumP: number, sumQ: number }} Smoothed */

export const LEAST = -6; // log10 of the smallest ε
export const STEP = 0.05; // of log10 ε

/** @type {{ name: string, smooth: (p: number[], q: number[], epsilon: number) => [number[], number[]] }[]} */
export const METHODS = [
  { name: "supports", smooth: (p, q, epsilon) => smoothSupports(p, q, { epsilon }) },
  { name: "uniform", smooth: (p, q, epsilon) => [mixUniform(p, { epsilon }), mixUniform(q, { epsilon })] },
  {
    name: "additive",
    smooth: (p, q, epsilon) => [additiveSmoothing(p, { alpha: epsilon }), additiveSmoothing(q, { alpha: epsilon })],
  },
  // p * log(p / (q + ε)), as often seen in code: adds without taking anything away.
  { name: "add", smooth: (p, q, epsilon) => [p, q.map((q_k) => q_k + epsilon)] },
];

/** @param {number[]} values */
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** @param {number} method its place in METHODS @param {number[]} p @param {number[]} q @param {number} epsilon
 * @returns {Smoothed} the two divergences are sums, whether what they are of is a distribution or not */
export function smoothed(method, p, q, epsilon) {
  const [one, other] = METHODS[method].smooth(p, q, epsilon);
  return {
    p: one,
    q: other,
    pq: sum(klTerms(one, other)),
    qp: sum(klTerms(other, one)),
    sumP: sum(one),
    sumQ: sum(other),
  };
}

/** Both divergences over ε up to `limit`, evenly in log ε.
 * @param {number} method @param {number[]} p @param {number[]} q @param {number} limit */
export function curve(method, p, q, limit) {
  const end = Math.log10(limit);
  const count = Math.max(2, Math.round((end - LEAST) / (2 * STEP)));
  return Array.from({ length: count + 1 }, (_, k) => {
    const epsilon = 10 ** (LEAST + ((end - LEAST) * k) / count);
    const { pq, qp } = smoothed(method, p, q, epsilon);
    return { epsilon, pq, qp };
  });
}
