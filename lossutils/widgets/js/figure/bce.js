/**
 * Binary cross-entropy: with a soft target and a weight, exactly, and in float32 in three ways.
 *
 * Nothing here knows of a page: tests hold it against lossutils/widgets/bce.py and clamp.py, and
 * these against PyTorch.
 */

import { logSigmoid, sigmoid } from "../lossmath.js";

/** log(1 + e^x), which is −log σ(−x). @param {number} x */
export const softplus = (x) => 0 - logSigmoid(-x);

/** What logit z costs for target t with pos_weight w: w t (−log σ(z)) + (1 − t) (−log(1 − σ(z))).
 * @param {number} z @param {number} t @param {number} w */
export const loss = (z, t, w) => w * t * softplus(-z) + (1 - t) * softplus(z);

/** Its slope along z; σ(z) − t where w is 1. @param {number} z @param {number} t @param {number} w */
export const slope = (z, t, w) => (1 - t) * sigmoid(z) - w * t * sigmoid(-z);

/** Where the loss is least, and how much that is.
 * @param {number} t @param {number} w @returns {{ z: number, loss: number }} */
export function floor(t, w) {
  if (t === 0 || t === 1) return { z: t === 0 ? -Infinity : Infinity, loss: 0 };
  const z = Math.log(w * t) - Math.log1p(-t);
  return { z, loss: loss(z, t, w) };
}

/** @typedef {{ loss: number, slope: number }} Way */
/** @typedef {{ q: number, withLogits: Way, bce: Way, naive: Way }} Ways */

const LEAST_LOG = -100; // PyTorch's: a logarithm below it counts as this
const f32 = Math.fround;
const LEAST_DIVISOR = f32(1e-12); // PyTorch's, of the slope along q

/**
 * Loss and slope along z, every operation rounded to float32 as PyTorch's are: from logits, from
 * q = σ(z) with clamped logarithms (`BCELoss`), and from q as the formula stands.
 * @param {number} logit @param {number} target 0 or 1 @returns {Ways}
 */
export function inFloat32(logit, target) {
  const z = f32(logit);
  const t = f32(target);
  const not_t = f32(1 - t);
  const q = f32(1 / f32(1 + f32(Math.exp(-z))));
  const not_q = f32(1 - q);
  // From a slope along q to one along z.
  const throughSigmoid = (/** @type {number} */ g) => f32(f32(g * not_q) * q);

  const tail = f32(Math.log1p(f32(Math.exp(-Math.abs(z)))));
  const withLogits = { loss: f32(f32(Math.max(z, 0) - f32(z * t)) + tail), slope: f32(q - t) };

  const log_q = Math.max(f32(Math.log(q)), LEAST_LOG);
  const log_not_q = Math.max(f32(Math.log1p(-q)), LEAST_LOG);
  const divisor = Math.max(f32(not_q * q), LEAST_DIVISOR);
  const bce = {
    loss: f32(0 - f32(not_t * log_not_q) - f32(t * log_q)),
    slope: throughSigmoid(f32(f32(q - t) / divisor)),
  };

  const logs = f32(f32(t * f32(Math.log(q))) + f32(not_t * f32(Math.log(not_q))));
  const naive = {
    loss: 0 - logs,
    slope: throughSigmoid(f32(f32(not_t / not_q) - f32(t / q))),
  };
  return { q, withLogits, bce, naive };
}
