/** Gradient descent on the logits of one sample, with a softmax before the loss's own or without. */

import { logSoftmax, softmax } from "../../js/index.js";

const RIGHT = 1;
const RATE = 1;

/** @typedef {{ loss: number[], q: number[], slope: number[] }} Run what each step has */

/** @param {number} lead of a wrong logit at the start @param {boolean} twice @param {number} steps
 * @returns {Run} */
export function descended(lead, twice, steps) {
  let z = [lead, 0, 0];
  /** @type {Run} */
  const run = { loss: [], q: [], slope: [] };
  for (let step = 0; step <= steps; step++) {
    const q = softmax(z);
    const given = twice ? q : z;
    let slopes = softmax(given).map((value, k) => value - Number(k === RIGHT));
    if (twice) {
      const mean = slopes.reduce((sum, slope, k) => sum + slope * q[k], 0);
      slopes = slopes.map((slope, k) => q[k] * (slope - mean));
    }
    run.loss.push(0 - logSoftmax(given)[RIGHT]);
    run.q.push(q[RIGHT]);
    run.slope.push(slopes[RIGHT]);
    z = z.map((value, k) => value - RATE * slopes[k]);
  }
  return run;
}

/** The least loss that a softmax's output can have.
 * @param {number} classes */
export const leastLoss = (classes) => Math.log1p((classes - 1) / Math.E);
