/** Huffman's tree as it is drawn: who is on which side of a join, and the words that this gives. */

import { huffmanJoins } from "../../js/lossmath/coding.js";

/** @typedef {{ weight: number, left: number[], right: number[] }} Join the outcomes on either side, from left to right */

// Sums whose last digits alone differ are equal: the node that was taken first goes left.
const SLACK = 1 + 1e-9;

/**
 * The joins in the order in which they are made, the more likely part of each on the left.
 * @param {number[]} p @returns {Join[]}
 */
export function tree(p) {
  /** @type {Map<any, number[]>} */
  const below = new Map();
  const outcomes = (/** @type {any} */ node) => below.get(node) ?? node.leaves;
  return huffmanJoins(p).map((join) => {
    const [one, other] = join.parts;
    const parts = other.weight > one.weight * SLACK ? [other, one] : [one, other];
    const [left, right] = parts.map(outcomes);
    below.set(join, [...left, ...right]);
    return { weight: join.weight, left, right };
  });
}

/**
 * The ends of the words that the first of the joins give.
 * @param {number} outcomes how many @param {Join[]} joins @returns {string[]}
 */
export function words(outcomes, joins) {
  const found = Array.from({ length: outcomes }, () => "");
  for (const { left, right } of joins) {
    for (const k of left) found[k] = `0${found[k]}`;
    for (const k of right) found[k] = `1${found[k]}`;
  }
  return found;
}
