/** How numbers are written in figures, readouts, formulas and beside controls: a value always looks the same. */

import { format } from "d3-format";

/** A number for the reader: a fixed number of digits, infinity as ∞, never a minus zero.
 * @param {number} value @param {number} [digits] */
export function number(value, digits = 2) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(digits).replace("-", "−");
  return /[1-9]/.test(text) ? text : text.replace("−", "");
}

/** A number with the decimals it has: at least `least` of them, up to two more if they write it exactly
 * (0.125, 0.0625), otherwise rounded to `most`.
 * @param {number} value @param {number} [least] @param {number} [most] */
export function decimals(value, least = 2, most = least + 1) {
  const exact = [least, least + 1, least + 2].find((digits) => {
    const scaled = value * 10 ** digits;
    return Math.abs(scaled - Math.round(scaled)) < 1e-6;
  });
  const text = number(value, exact ?? most);
  const excess = text.length - (text.indexOf(".") + 1 + least);
  // 0.1996 is 0.20: drop trailing zeros.
  return exact === undefined && excess > 0
    ? text.replace(new RegExp(`0{1,${excess}}$`), "").replace(/\.$/, "")
    : text;
}

/** A whole number with a true minus, its thousands apart: 1,024. @param {number} value */
export const whole = (value) => number(value, 0).replace(/\B(?=(\d{3})+$)/g, ",");

/** What a computer computes, which may be no number. @param {number} value @param {number} [digits] */
export const computed = (value, digits = 3) =>
  Number.isNaN(value) ? "NaN" : number(value, digits);

/** .25 for 0.25, where there is little room. @param {string} text */
export const short = (text) => text.replace(/^(−?)0\./, "$1.");

/** A probability: 0.50, 0.125, 0.333. @param {number} value */
export const probability = (value) => decimals(value, 2);

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number with so many significant digits and no trailing zeros: 0.001, 16.98; below 0.001 with a
 * power of ten: 1.1·10⁻⁵.
 * @param {number} value @param {number} digits */
export function significant(value, digits) {
  if (value === 0 || value >= 0.0009995) return format(`.${digits}`)(value);
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e-");
  const power = `10⁻${[...exponent].map((digit) => SUPERSCRIPTS[Number(digit)]).join("")}`;
  return Number(mantissa) === 1 ? power : `${Number(mantissa)}·${power}`;
}

/** A probability that may be as small as an ε: 0.60, 0.001, 10⁻⁵.
 * @param {number} value @param {number} [digits] where it is small */
export const small = (value, digits = 2) =>
  value >= 0.01 ? probability(value) : significant(value, digits);

/** A control's value as text, from the d3 format that ipywidgets gives its readouts: with the digits it
 * has, but at least as many as the format fixes or, if it fixes none, as the step has.
 * @param {string} specifier @param {number} [step] of a slider whose steps are even
 * @returns {(value: number) => string} */
export function readout(specifier, step) {
  const [, digits, fixed] = /^\.(\d)(f?)$/.exec(specifier) ?? [];
  if (specifier.endsWith("%")) return (value) => `${decimals(100 * value, 0, 1)}\u00a0%`;
  if (digits === undefined) return format(specifier);
  if (fixed) return (value) => decimals(value, Number(digits));
  if (step === undefined) return (value) => significant(value, Number(digits));
  const [, after = ""] = String(step).split(".");
  return (value) => decimals(value, after.length);
}

/** The number that a text says in any of the ways in which numbers are written here, or as a fraction:
 * 0.125, −3, 128,256, 5 %, 10⁻⁵, 1/3. NaN if it says none.
 * @param {string} text @returns {number} */
export function parsed(text) {
  let plain = text.replace(/\s/g, "").replace("−", "-");
  if (plain.endsWith("%")) return parsed(plain.slice(0, -1)) / 100;
  const [, above, below] = /^([^/]+)\/([^/]+)$/.exec(plain) ?? [];
  if (below) return parsed(above) / parsed(below);
  plain = plain
    .replace(
      /[·×*]?10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/,
      (_, minus, digits) =>
        `e${minus && "-"}${[...digits].map((digit) => SUPERSCRIPTS.indexOf(digit)).join("")}`,
    )
    .replace(/^(-?)e/, "$11e");
  plain = /^-?[1-9]\d{0,2}(,\d{3})+(\.|$)/.test(plain)
    ? plain.replace(/,/g, "")
    : plain.replace(",", ".");
  return plain ? Number(plain) : NaN;
}

/** Whether a number lies between two steps. @param {number} value @param {number} step */
export const offStep = (value, step) => Math.abs(value / step - Math.round(value / step)) > 1e-6;

/** A number that is the value of a figure's trait, so that it can be dragged.
 * @param {string | number} text @param {string | false} [trait] @param {string} [kind] its class */
export const own = (text, trait, kind) =>
  `<span${kind ? ` class="${kind}"` : ""}${trait ? ` data-trait="${trait}"` : ""}>${text}</span>`;

/** A number in p's colour, and in q's. @param {string | number} text @param {string | false} [trait] whose value it is */
export const p = (text, trait) => own(text, trait, "dist-p");
/** @param {string | number} text @param {string | false} [trait] */
export const q = (text, trait) => own(text, trait, "dist-q");

/** A sum in cells of equal width after what it is, so that its terms stay in line whatever their digits.
 * @param {string} left what it is, with its equals sign @param {string[]} terms @param {string} right what it comes to */
export const sum = (left, terms, right) =>
  `<span class="sum"><span>${left}</span><span>${terms.map((term, k) => `<span> ${term}${k < terms.length - 1 ? " +" : ""}</span>`).join("")}<span> ${right}</span></span></span>`;

const ESCAPES = /** @type {Record<string, string>} */ ({
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
});

/** Plain text as HTML, with p and q coloured where they are words.
 * @param {string} text */
export const coloured = (text) =>
  text
    .replace(/[&<>"]/g, (character) => ESCAPES[character])
    .replace(/(?<![\w&'’])([pq])(?![\w;'’])/g, '<span class="dist-$1">$1</span>');
