/** What a figure reads out, and how it is written. */

import { number } from "./format.js";

/** @typedef {import("./units.js").Unit} Unit */
/** @typedef {import("./units.js").Name} Name */

/** A quantity that is read out.
 * @template State
 * @param {string} label its name, as HTML @param {(state: State) => number} value
 * @param {number | ((value: number, state: State, unit: Unit) => string)} [write] how, or with how many decimals
 * @returns {import("./figure.js").Quantity<State>} */
export const quantity = (label, value, write = 3) => ({
  label,
  value,
  write: typeof write === "number" ? (value) => number(value, write) : write,
});

/** An amount of information, in a unit that the reader may switch.
 * @template State
 * @param {Name} unit the value's @param {string | ((unit: Unit) => string)} label @param {(state: State) => number} value
 * @param {(value: number, state: State, unit: Unit) => string} [write]
 * @returns {import("./figure.js").Quantity<State>} */
export const information = (
  unit,
  label,
  value,
  write = (value, _, shown) => shown.written(value),
) => ({
  ...quantity("", value, write),
  label,
  unit,
});
