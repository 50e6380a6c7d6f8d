/** What a figure reads out, and how it is written. */

import { number } from "./format.js";

/** A number with three digits. @param {number} value */
const three = (value) => number(value, 3);
/** @param {number} value */
export const inNats = (value) => `${three(value)} nats`;
/** @param {number} value */
export const inBits = (value) => `${three(value)} bits`;

/** A quantity that is read out.
 * @template State
 * @param {string} label its name, as HTML @param {(state: State) => number} value
 * @param {(value: number, state: State) => string} [write]
 * @returns {import("./figure.js").Quantity<State>} */
export const quantity = (label, value, write = three) => ({
  label,
  value,
  text: (state) => write(value(state), state),
});
