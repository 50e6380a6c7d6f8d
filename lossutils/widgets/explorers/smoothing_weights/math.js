/** Where a cross-entropy that is weighted and smoothed has its minimum. */

import { total } from "../../js/index.js";

/**
 * The minimum of weighted cross-entropy with smoothing for samples of class `label`: q* is
 * proportional to (1 − α) w_y [k = y] + (α/K) w_k.
 * @param {number} alpha @param {number[]} weights @param {number} label @returns {number[]}
 */
export function optimum(alpha, weights, label) {
  const shares = weights.map(
    (w, k) => (k === label ? (1 - alpha) * w : 0) + (alpha / weights.length) * w,
  );
  const all = total(shares);
  return shares.map((share) => share / all);
}

/** How many times the true class's weight another class may have before it becomes the optimum.
 * @param {number} alpha @param {number} classes */
export const largestRatio = (alpha, classes) => 1 + (classes * (1 - alpha)) / alpha;
