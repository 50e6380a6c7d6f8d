/** Whether a classifier's confidence is how often it is right. */
import { largest, sum } from "./numbers.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */

/**
 * What a reliability diagram draws: of each bin of confidences the mean, the share that is right, and
 * the number of samples. Where there are none, the two are NaN.
 * @param {number[][]} probabilities @param {Numbers} target @param {{ bins?: number }} [options]
 */
export function reliability(probabilities, target, { bins = 15 } = {}) {
  const held = binned(probabilities, target, bins);
  return {
    confidence: held.map(({ confidence, count }) => confidence / count),
    accuracy: held.map(({ right, count }) => right / count),
    count: held.map(({ count }) => count),
  };
}

/**
 * sum_m (n_m / N) |accuracy_m - confidence_m| over the bins.
 * @param {number[][]} probabilities @param {Numbers} target @param {{ bins?: number }} [options]
 */
export function expectedCalibrationError(probabilities, target, { bins = 15 } = {}) {
  // The n of a bin cancels, and an empty bin adds 0.
  const gaps = binned(probabilities, target, bins).map(({ right, confidence }) => Math.abs(right - confidence));
  return sum(gaps) / probabilities.length;
}

/** The sums in each bin. @param {number[][]} probabilities @param {Numbers} target @param {number} bins */
function binned(probabilities, target, bins) {
  const held = Array.from({ length: bins }, () => ({ confidence: 0, right: 0, count: 0 }));
  for (const [n, q] of probabilities.entries()) {
    const confidence = largest(q);
    // The m-th bin is ((m - 1) / M, m / M]. Rounding may put the product on either side of a whole
    // number, and a confidence a little above 1.
    const near = Math.min(Math.max(Math.round(confidence * bins), 1), bins);
    const bin = held[Math.min(confidence > near / bins ? near : near - 1, bins - 1)];
    bin.confidence += confidence;
    bin.right += Number(q.indexOf(confidence) === target[n]);
    bin.count += 1;
  }
  return held;
}
