/** Binary cross-entropy as it is computed in float32, in three ways. */

const LEAST_LOG = -100; // PyTorch's clamp of logarithms
const f32 = Math.fround;
const LEAST_DIVISOR = f32(1e-12); // PyTorch's clamp of the divisor of the slope in q

/**
 * Loss and slope in z, every operation rounded to float32 as in PyTorch: from logits, from
 * q = σ(z) with clamped logarithms (`BCELoss`), and from q by the plain formula.
 * @param {number} logit @param {number} target 0 or 1
 */
export function inFloat32(logit, target) {
  const z = f32(logit);
  const t = f32(target);
  const not_t = f32(1 - t);
  const q = f32(1 / f32(1 + f32(Math.exp(-z))));
  const not_q = f32(1 - q);
  // From a slope in q to one in z.
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
