/** Inputs and targets of every shape that a classification loss accepts, and how they correspond. */

import { logSoftmax, softmax, total } from "../../js/index.js";

/** @typedef {{ loss: "nll_loss" | "cross_entropy", rows: number[][], target: number[], shape: number[] }} Case
 *    rows holds, for each element of the target, its entries along the class axis; shape is the target's */
/** The index of an element of the target, or with a class, that of its entry in the input.
 * @template T @param {number[]} shape @param {number} element @param {T[]} classes none or one @returns {(number | T)[]} */
export function place(shape, element, ...classes) {
  /** @type {(number | T)[]} */
  const index = [];
  for (const side of [...shape].reverse()) {
    index.unshift(element % side);
    element = Math.floor(element / side);
  }
  return [...index.slice(0, 1), ...classes, ...index.slice(1)];
}

/** @param {{ loss: Case["loss"], input: any, target: any }} given nested arrays, as Python declares them @returns {Case} */
export function unfolded({ loss, input, target }) {
  /** @type {number[]} */
  const shape = [];
  for (let part = target; Array.isArray(part); part = part[0]) shape.push(part.length);
  const flat = [target].flat(Infinity);
  const classes = (shape.length > 0 ? input[0] : input).length;
  const entry = (/** @type {number[]} */ index) => index.reduce((part, k) => part[k], input);
  const rows = flat.map((_, element) =>
    Array.from({ length: classes }, (_, k) => entry(place(shape, element, k))),
  );
  return { loss, rows, target: flat, shape };
}

/** The gradient is that of the result (unreduced: of the element's loss) in the target's entry.
 * @param {{ now: Case, element: number, reduction: string }} settings */
export function outcome({ now: { loss, rows, target }, element, reduction }) {
  const losses = rows.map((row, n) => 0 - (loss === "nll_loss" ? row : logSoftmax(row))[target[n]]);
  const all = total(losses);
  const result = reduction === "none" ? NaN : reduction === "sum" ? all : all / losses.length;
  const slope = (loss === "nll_loss" ? 0 : softmax(rows[element])[target[element]]) - 1;
  return {
    losses,
    loss: losses[element],
    result,
    gradient: reduction === "mean" ? slope / losses.length : slope,
  };
}
