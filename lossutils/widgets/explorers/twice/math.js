/** Gradient descent on the logits of one sample, with a softmax before the loss's own or without. */

import { outcome } from "../softmax/math.js";

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
    const activation = twice ? "softmax" : "none";
    const { fed, q, loss, gradient } = outcome({ z, target: RIGHT, temperature: 1, activation });
    run.loss.push(loss);
    run.q.push((twice ? fed : q)[RIGHT]); // the model's own, not that of the second softmax
    run.slope.push(gradient[RIGHT]);
    z = z.map((value, k) => value - RATE * gradient[k]);
  }
  return run;
}
