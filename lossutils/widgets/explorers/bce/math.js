/** Binary cross-entropy with a soft target and a weight. */

import { logSigmoid, sigmoid } from "../../js/index.js";

/** log(1 + e^x), which is −log σ(−x). @param {number} x */
export const softplus = (x) => 0 - logSigmoid(-x);

/** The loss of logit z for target t with pos_weight w: w t (−log σ(z)) + (1 − t) (−log(1 − σ(z))).
 * @param {number} z @param {number} t @param {number} w */
export const loss = (z, t, w) => w * t * softplus(-z) + (1 - t) * softplus(z);

/** Its slope in z; σ(z) − t if w is 1. @param {number} z @param {number} t @param {number} w */
export const slope = (z, t, w) => (1 - t) * sigmoid(z) - w * t * sigmoid(-z);

/** The logit with the least loss, and that loss.
 * @param {number} t @param {number} w */
export function floor(t, w) {
  const z = Math.log(w * t) - Math.log1p(-t);
  return { z, loss: t === 0 || t === 1 ? 0 : loss(z, t, w) };
}
