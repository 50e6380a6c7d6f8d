/** A smoothed target and its loss when one logit is `gap` above all the others. */

import { entropy, logSoftmax, mixUniform } from "../../js/index.js";
import { oneHot } from "../../js/lossmath/targets.js";

/** @param {number} alpha @param {number} classes @returns {number[]} (1 − α) onehot + α/K; the first class is the true one */
export const smoothedTarget = (alpha, classes) =>
  mixUniform(oneHot(0, { numClasses: classes }), { epsilon: alpha });

/** The loss at one gap: its two parts, the model's q, and the slope of the loss in the gap.
 * @param {number} alpha @param {number} classes @param {number} gap */
export function lossAt(alpha, classes, gap) {
  const logQ = logSoftmax(oneHot(0, { numClasses: classes }).map((v) => gap * v));
  const ce = -logQ[0];
  const mean = ce + (gap * (classes - 1)) / classes; // of −log q over the classes
  const [hard, even] = [(1 - alpha) * ce, alpha * mean];
  return {
    q: logQ.map(Math.exp),
    ce,
    mean,
    hard,
    even,
    loss: hard + even,
    slope: Math.exp(logQ[0]) - smoothedTarget(alpha, classes)[0],
  };
}

/** Where the loss is least, and how little that is. @param {number} alpha @param {number} classes */
export const floorOf = (alpha, classes) => {
  const target = smoothedTarget(alpha, classes);
  // Infinite for α = 0, where it is plain cross-entropy.
  return { floor: entropy(target), gap: Math.log(target[0] / target[1]) };
};
