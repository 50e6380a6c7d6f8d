/** Where a constant model ends under a weighted mean over batches. */

import { total } from "../../js/index.js";

/** The chance of each number of rare samples in a batch: binomial.
 * @param {number} rare the share that is rare @param {number} batch @returns {number[]} */
export function chances(rare, batch) {
  const chance = [(1 - rare) ** batch];
  for (let m = 0; m < batch; m++)
    chance.push((((chance[m] * (batch - m)) / (m + 1)) * rare) / (1 - rare));
  return chance;
}

/** The share that m rare samples have in their batch's weight.
 * @param {number} weight @param {number} batch @param {number} m */
export const shareOf = (weight, batch, m) => (weight * m) / (weight * m + batch - m);

/** The mean of that share over the batches, where q ends.
 * @param {number} rare @param {number} weight @param {number} batch */
export const ending = (rare, weight, batch) =>
  total(chances(rare, batch), (chance, m) => chance * shareOf(weight, batch, m));
