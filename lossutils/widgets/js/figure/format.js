/** How numbers are written in figures, readouts and formulas. */

import { format } from "d3-format";

/** How a control's value is written: in the d3 format that ipywidgets gives its readouts.
 * @param {string} specifier @returns {(value: number) => string} */
export const readout = (specifier) => format(specifier);

/** A number as the reader sees it: a fixed number of digits, infinity as ∞, never a minus zero.
 * @param {number} value @param {number} [digits] */
export function number(value, digits = 2) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(digits).replace("-", "−");
  return /[1-9]/.test(text) ? text : text.replace("−", "");
}

/** A probability: 0.50, and a third digit only where two would round it off (0.125).
 * @param {number} value */
export const probability = (value) =>
  number(value, Math.abs(value * 100 - Math.round(value * 100)) < 0.05 ? 2 : 3);

/** The same number in words that a screen reader can say.
 * @param {number} value @param {number} [digits] */
export const spoken = (value, digits = 2) =>
  number(value, digits).replace("−", "minus ").replace("∞", "infinity");

/** A number in p's colour, and in q's. @param {string | number} text */
export const p = (text) => `<span class="dist-p">${text}</span>`;
/** @param {string | number} text */
export const q = (text) => `<span class="dist-q">${text}</span>`;

const ESCAPES = /** @type {Record<string, string>} */ ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" });

/** Plain text as HTML, with p and q in their colours where they stand as words.
 * @param {string} text */
export const coloured = (text) =>
  text
    .replace(/[&<>"]/g, (character) => ESCAPES[character])
    .replace(/(?<![\w&'’])([pq])(?![\w;'’])/g, '<span class="dist-$1">$1</span>');
