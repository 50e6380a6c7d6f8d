/** A smoothed target and its loss when one logit is `gap` above all the others. */

import { entropy, mixUniform, oneHot } from "../../js/index.js";

/** @param {number} alpha @param {number} classes @returns {number[]} (1 − α) onehot + α/K; the first class is the true one */
export const smoothedTarget = (alpha, classes) =>
  mixUniform(oneHot(0, { numClasses: classes }), { epsilon: alpha });

/** The loss at one gap: its two parts, the model's q, and the slope of the loss in the gap.
 * @param {number} alpha @param {number} classes @param {number} gap */
export function lossAt(alpha, classes, gap) {
  // −log q of the true class, log(1 + (K − 1) e^−gap), rearranged where e^−gap is large.
  const ce =
    gap >= 0
      ? Math.log1p((classes - 1) * Math.exp(-gap))
      : Math.log(Math.exp(gap) + classes - 1) - gap;
  const mean = ce + (gap * (classes - 1)) / classes; // of −log q over the classes
  const q = Array.from({ length: classes }, (_, k) => Math.exp(-ce - (k === 0 ? 0 : gap)));
  return {
    q,
    ce,
    mean,
    hard: (1 - alpha) * ce,
    even: alpha * mean,
    loss: (1 - alpha) * ce + alpha * mean,
    slope: q[0] - (1 - alpha + alpha / classes),
  };
}

/** Where the loss is least, and how little that is. @param {number} alpha @param {number} classes */
export const floorOf = (alpha, classes) => ({
  floor: entropy(smoothedTarget(alpha, classes)),
  // Infinite for α = 0, where it is plain cross-entropy.
  gap: Math.log((1 - alpha + alpha / classes) / (alpha / classes)),
});
