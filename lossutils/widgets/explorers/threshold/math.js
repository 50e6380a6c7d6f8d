/** A threshold on two normal distributions of scores. */

const DENSITY_AT_0 = 1 / Math.sqrt(2 * Math.PI);

/** The chance that a standard normal number is above x: a series near 0, a continued fraction beyond.
 * @param {number} x @returns {number} */
export function above(x) {
  if (x < 0) return 1 - above(-x);
  const density = DENSITY_AT_0 * Math.exp(-(x * x) / 2);
  if (x < 2.5) {
    let [term, total] = [x, x];
    for (let k = 3; term > 1e-17 * total; k += 2) total += term *= (x * x) / k;
    return 0.5 - density * total;
  }
  let rest = x;
  for (let k = 120; k > 0; k--) rest = x + k / rest;
  return density / rest;
}

/** @typedef {{ rare: number, apart: number, miss: number }} Case */

/** What a threshold on q leads to: the shares of the rare and of the common samples above it, precision
 * and expected cost.
 * @param {number} threshold @param {Case} given */
export function outcome(threshold, { rare, apart, miss }) {
  const logit = (/** @type {number} */ v) => Math.log(v / (1 - v));
  const score = (logit(threshold) - logit(rare)) / apart + apart / 2;
  const recall = above(score - apart);
  const falseAlarms = above(score);
  const found = rare * recall;
  const missed = rare * above(apart - score) * miss;
  const alarms = (1 - rare) * falseAlarms;
  return {
    recall,
    falseAlarms,
    precision: found / (found + alarms),
    missed,
    alarms,
    cost: missed + alarms,
  };
}
