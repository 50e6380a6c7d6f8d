/** Helpers for numbers and arrays. */

/** @typedef {ArrayLike<number>} Numbers  an array or typed array of numbers */
/** @template X @typedef {X extends number ? number : number[]} Alike  of the shape of X */

/** @template Value @param {ArrayLike<Value>} values @param {(value: Value, k: number) => number} [term] of a number, itself */
export function sum(values, term = Number) {
  let total = 0;
  for (let k = 0; k < values.length; k += 1) total += term(values[k], k);
  return total;
}

/** Σ a_k b_k. @param {Numbers} a @param {Numbers} b */
export function dot(a, b) {
  let total = 0;
  for (let k = 0; k < a.length; k += 1) total += a[k] * b[k];
  return total;
}

/** @param {Numbers} values */
export const mean = (values) => sum(values) / values.length;

/** @param {Numbers} values */
export function largest(values) {
  let top = -Infinity;
  for (let k = 0; k < values.length; k += 1) top = Math.max(top, values[k]);
  return top;
}

/**
 * f of a number, or of each entry of an array.
 * @template {number | Numbers} X @param {X} x @param {(value: number) => number} f @returns {Alike<X>}
 */
export function each(x, f) {
  return /** @type {Alike<X>} */ (typeof x === "number" ? f(x) : Array.from(x, f));
}
