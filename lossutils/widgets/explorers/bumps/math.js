/** Two bumps of one shape, a distance apart, and how two divergences and their slopes see it. */

import { dot, klDivergence, total } from "../../js/index.js";

/** A normal distribution of standard deviation 1, on these outcomes alone.
 * @param {number[]} outcomes @param {number} centre */
function bump(outcomes, centre) {
  const weights = outcomes.map((x) => Math.exp(-((x - centre) ** 2) / 2));
  const all = total(weights);
  return weights.map((weight) => weight / all);
}

/** @param {number[]} outcomes @param {number} distance */
export function apart(outcomes, distance) {
  const [p, q] = [0, distance].map((centre) => bump(outcomes, centre));
  const mean = dot(q, outcomes);
  const m = p.map((p_k, k) => (p_k + q[k]) / 2);
  // How fast each probability of q changes with the distance.
  const change = q.map((q_k, k) => q_k * (outcomes[k] - mean));
  return {
    distance,
    p,
    q,
    kl: klDivergence(p, q),
    js: (klDivergence(p, m) + klDivergence(q, m)) / 2,
    klSlope: -total(change, (c, k) => (p[k] / q[k]) * c),
    jsSlope: total(change, (c, k) => (c * Math.log(q[k] / m[k])) / 2),
  };
}
