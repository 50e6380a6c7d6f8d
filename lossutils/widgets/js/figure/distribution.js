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

/** What was last moved: which entry, and the distribution before and after.
 * @typedef {{ moved: number, before: number[], after: number[] }} Move */

/** @type {WeakMap<AnyModel, Record<string, Move>>} */
const moves = new WeakMap();

/** Do as `rescale` does, but as long as the same entry is moved let the others keep the proportions
 * that they had before its first move: so an entry that has been at 1 and comes back leads all back.
 * @param {AnyModel} model @param {string} name @param {number[]} values @param {number} moved @param {number} value */
export function share(model, name, values, moved, value) {
  const known = moves.get(model) ?? {};
  moves.set(model, known);
  const last = known[name];
  const goesOn =
    last?.moved === moved &&
    last.after.length === values.length &&
    values.every((v, k) => k === moved || Math.abs(v - last.after[k]) < 1e-12);
  const before = goesOn ? last.before : values;
  const after = value === before[moved] && goesOn ? before : rescale(before, moved, value);
  known[name] = { moved, before, after };
  return after;
}

/** @param {string} name @param {number[]} values */
export const traits = (name, values) =>
  Object.fromEntries(values.map((value, k) => [`${name}_${k}`, value]));

/** Keep the traits of one distribution summing to 1 whichever of them is moved.
 * @param {AnyModel} model @param {string} name @param {() => number} count
 * @param {number} most how many traits there are
 * @param {import("./figure.js").Assign} assign @param {AbortSignal} signal */
export function keepNormalised(model, name, count, most, assign, signal) {
  /** The distribution before a slider changed one entry of it. @type {number[]} */
  let before = read(model, name, count());
  const follow = () => {
    if (!isHalfway(model)) before = read(model, name, count());
  };
  const settle = (/** @type {number} */ moved) => {
    if (isHalfway(model)) return;
    const values = read(model, name, count());
    // A whole new distribution, set from Python, sums to 1 already.
    if (Math.abs(values.reduce((a, b) => a + b, 0) - 1) < 1e-9) return;
    const old = values.map((v, k) => (k === moved ? before[k] ?? v : v));
    assign(traits(name, share(model, name, old, moved, Math.min(1, Math.max(0, values[moved])))));
  };
  model.on("change", follow);
  signal.addEventListener("abort", () => model.off("change", follow));
  for (let k = 0; k < most; k++) {
    const listener = () => k < count() && settle(k);
    model.on(`change:${name}_${k}`, listener);
    signal.addEventListener("abort", () => model.off(`change:${name}_${k}`, listener));
  }
}
