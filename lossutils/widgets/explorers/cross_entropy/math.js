/** The parts of cross-entropy: what no q can change, what q adds, and which way q's logits are pushed. */

import { crossEntropy, entropy, klDivergence } from "../../js/index.js";

/**
 * H(p, q) = H(p) + D(p || q), and its slope q_k - p_k in each logit of q.
 * @param {number[]} given @param {number[]} q
 * @param {boolean} oneHot whether all of p goes to the likeliest outcome y, the first of equals
 */
export function parts(given, q, oneHot) {
  const y = given.indexOf(Math.max(...given));
  const p = oneHot ? given.map((_, k) => Number(k === y)) : given;
  const total = crossEntropy(p, q);
  return {
    p,
    y,
    entropy: entropy(p),
    kl: klDivergence(p, q),
    crossEntropy: total,
    perplexity: Math.exp(total),
    slopes: q.map((q_k, k) => q_k - p[k]),
  };
}
