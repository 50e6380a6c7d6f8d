/**
 * A distribution stored in scalar traits p_0, p_1, …, one for each slider, because jslink ties
 * scalars together. When one entry moves, the others share the rest in their old proportions.
 */

import { isHalfway } from "./figure.js";

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */

/** @param {AnyModel} model @param {string} name "p" or "q" @param {number} count */
export const read = (model, name, count) =>
  Array.from({ length: count }, (_, k) => /** @type {number} */ (model.get(`${name}_${k}`)));

/** Set entry `moved` to its value and scale the others so that all sum to 1.
 * @param {number[]} values @param {number} moved @param {number} value */
export function rescale(values, moved, value) {
  const rest = values.reduce((sum, v, k) => (k === moved ? sum : sum + v), 0);
  const left = 1 - value;
  return values.map((v, k) => {
    if (k === moved) return value;
    return rest > 0 ? (v / rest) * left : left / (values.length - 1);
  });
}

/** The last move: which entry, and the distribution before and after.
 * @typedef {{ moved: number, before: number[], after: number[] }} Move */

/** @type {WeakMap<AnyModel, Record<string, Move>>} */
const moves = new WeakMap();

/** Do the same as `rescale`, but while the same entry keeps moving, let the others keep their proportions
 * from before its first move: when it returns from 1, so do they.
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

/** Listen to a model until its figure is removed.
 * @param {{ model: AnyModel, signal: AbortSignal }} context @param {string} events @param {() => void} listener */
export function listen({ model, signal }, events, listener) {
  model.on(events, listener);
  signal.addEventListener("abort", () => model.off(events, listener));
}

/** Keep the sum of a distribution's traits at 1, whichever of them moves.
 * @param {{ model: AnyModel, assign: import("./figure.js").Assign, signal: AbortSignal }} context @param {string} name */
export function keepNormalised(context, name) {
  const { model, assign } = context;
  const count = () => /** @type {number} */ (model.get("outcomes"));
  /** The distribution before a slider changed one entry of it. @type {number[]} */
  let before = read(model, name, count());
  const follow = () => {
    if (!isHalfway(model)) before = read(model, name, count());
  };
  const settle = (/** @type {number} */ moved) => {
    if (isHalfway(model)) return;
    const values = read(model, name, count());
    // A whole new distribution, set from Python, already sums to 1.
    if (Math.abs(values.reduce((a, b) => a + b, 0) - 1) < 1e-9) return;
    const old = values.map((v, k) => (k === moved ? (before[k] ?? v) : v));
    assign(traits(name, share(model, name, old, moved, Math.min(1, Math.max(0, values[moved])))));
  };
  listen(context, "change", follow);
  for (let k = 0; model.get(`${name}_${k}`) !== undefined; k++) {
    listen(context, `change:${name}_${k}`, () => k < count() && settle(k));
  }
}
