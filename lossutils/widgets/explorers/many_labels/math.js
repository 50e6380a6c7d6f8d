/** Four logits through sigmoids and through one softmax, each with its loss. */

import { crossEntropy, entropy, logSigmoid, sigmoid, softmax } from "../../js/index.js";

/** @typedef {{ z: number[], present: number[], sigmoids: number[], shares: number[], sum: number, bce: number, ce: number,
 *   floor: number, bceGradient: number[], ceGradient: number[] }} Answers */

/** @param {number[]} terms */
const total = (terms) => terms.reduce((sum, term) => sum + term, 0);

/** @param {number[]} z the logits @param {number[]} present 1 for a label that is there, else 0 @returns {Answers} */
export function answers(z, present) {
  const sigmoids = z.map(sigmoid);
  const shares = softmax(z);
  const wanted = present.map((t) => t / total(present));
  const terms = z.map((z_k, k) => -logSigmoid(present[k] ? z_k : -z_k));
  return {
    z,
    present,
    sigmoids,
    shares,
    sum: total(sigmoids),
    bce: total(terms) / z.length,
    ce: crossEntropy(wanted, shares),
    floor: entropy(wanted),
    bceGradient: sigmoids.map((s, k) => (s - present[k]) / z.length),
    ceGradient: shares.map((q, k) => q - wanted[k]),
  };
}
