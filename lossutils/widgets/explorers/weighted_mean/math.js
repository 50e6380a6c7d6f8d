/** The weighted mean that CrossEntropyLoss computes, sample by sample. */

import { total } from "../../js/index.js";

/**
 * The mean is NaN where nothing is left to count, as in PyTorch.
 * @param {{ y: number, q: number }[]} batch each sample's class, and the probability that the model gives it
 * @param {number[]} weights one for each class @param {number} ignoreIndex @param {number} count how many samples
 */
export function weightedMean(batch, weights, ignoreIndex, count) {
  const samples = batch.slice(0, count).map(({ y, q }) => ({
    y,
    loss: -Math.log(q),
    weight: weights[y],
    ignored: y === ignoreIndex,
    share: 0, // of the weights: the slope of the mean in this sample's loss
  }));
  const counted = samples.filter(({ ignored }) => !ignored);
  const sum = total(counted, ({ weight, loss }) => weight * loss);
  const divisor = total(counted, ({ weight }) => weight);
  for (const sample of counted) sample.share = sample.weight / divisor;
  // With probabilities as targets no class is ignored, and the mean is over the samples.
  const oneHotMean = total(samples, ({ weight, loss }) => weight * loss) / count;
  return { samples, sum, divisor, mean: sum / divisor, oneHotMean };
}
