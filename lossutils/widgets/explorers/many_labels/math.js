/** Four logits through sigmoids and through one softmax, each with its loss. */

import {
  crossEntropy,
  entropy,
  logSigmoid,
  mean,
  sigmoid,
  softmax,
  total,
} from "../../js/index.js";

/** @param {number[]} z the logits @param {number[]} present 1 for a label that is there, else 0 */
export function answers(z, present) {
  const sigmoids = sigmoid(z);
  const shares = softmax(z);
  const wanted = present.map((t) => t / total(present));
  const terms = z.map((z_k, k) => -logSigmoid(present[k] ? z_k : -z_k));
  return {
    present,
    wanted,
    sigmoids,
    shares,
    sum: total(sigmoids),
    bce: mean(terms),
    ce: crossEntropy(wanted, shares),
    floor: entropy(wanted),
    bceGradient: sigmoids.map((s, k) => (s - present[k]) / z.length),
    ceGradient: shares.map((q, k) => q - wanted[k]),
  };
}
