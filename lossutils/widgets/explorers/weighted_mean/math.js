/** The weighted mean that CrossEntropyLoss computes, sample by sample. */

/** @typedef {{ y: number, q: number, loss: number, weight: number, ignored: boolean, share: number }} Sample
 *    share is the slope of the mean in this sample's loss */
/** @typedef {{ samples: Sample[], sum: number, divisor: number, mean: number, oneHotMean: number }} WeightedMean */

/**
 * @param {{ y: number, q: number }[]} batch each sample's class, and the probability that the model gives it
 * @param {number[]} weights one for each class @param {number} ignoreIndex @param {number} count how many samples
 * @returns {WeightedMean} NaN where nothing is left to count, as in PyTorch
 */
export function weightedMean(batch, weights, ignoreIndex, count) {
  const samples = batch.slice(0, count).map(({ y, q }) => ({
    y,
    q,
    loss: -Math.log(q),
    weight: weights[y],
    ignored: y === ignoreIndex,
    share: 0,
  }));
  const counted = samples.filter(({ ignored }) => !ignored);
  const total = (/** @type {Sample[]} */ some, /** @type {(sample: Sample) => number} */ term) =>
    some.reduce((sum, sample) => sum + term(sample), 0);
  const sum = total(counted, ({ weight, loss }) => weight * loss);
  const divisor = total(counted, ({ weight }) => weight);
  for (const sample of counted) sample.share = sample.weight / divisor;
  // With probabilities as targets no class is ignored, and the mean is over the samples.
  const oneHotMean = total(samples, ({ weight, loss }) => weight * loss) / count;
  return { samples, sum, divisor, mean: sum / divisor, oneHotMean };
}
