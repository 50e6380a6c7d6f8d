/**
 * A distribution held in scalar traits p_0, p_1, …, one for each slider, because jslink ties
 * scalars together. Moving one entry lets the others share what is left in their old proportions.
 */

import { isHalfway } from "./figure.js";

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */

/** @param {AnyModel} model @param {string} name "p" or "q" @param {number} count */
export const read = (model, name, count) =>
  Array.from({ length: count }, (_, k) => /** @type {number} */ (model.get(`${name}_${k}`)));

/** Give entry `moved` its value and scale the others so that all sum to 1.
 * @param {number[]} values @param {number} moved @param {number} value */
export function rescale(values, moved, value) {
  const rest = values.reduce((sum, v, k) => (k === moved ? sum : sum + v), 0);
  const left = 1 - value;
  return values.map((v, k) => {
    if (k === moved) return value;
    return rest > 0 ? (v / rest) * left : left / (values.length - 1);
  });
}

/** @param {string} name @param {number[]} values */
export const traits = (name, values) =>
  Object.fromEntries(values.map((value, k) => [`${name}_${k}`, value]));

/** Keep the traits of one distribution summing to 1 whichever of them is moved.
 * @param {AnyModel} model @param {string} name @param {() => number} count
 * @param {number} most how many traits there are
 * @param {import("./figure.js").Assign} assign @param {AbortSignal} signal */
export function keepNormalised(model, name, count, most, assign, signal) {
  const settle = (/** @type {number} */ moved) => {
    if (isHalfway(model)) return;
    const values = read(model, name, count());
    // A whole new distribution, set from Python, sums to 1 already.
    if (Math.abs(values.reduce((a, b) => a + b, 0) - 1) < 1e-9) return;
    assign(traits(name, rescale(values, moved, Math.min(1, Math.max(0, values[moved])))));
  };
  for (let k = 0; k < most; k++) {
    const listener = () => k < count() && settle(k);
    model.on(`change:${name}_${k}`, listener);
    signal.addEventListener("abort", () => model.off(`change:${name}_${k}`, listener));
  }
}
