/** How far a drawing is from the curve. */

import { mean } from "../../js/index.js";

/** @typedef {{ mean: number, worst: number }} Gap how far apart they are on average, and where most */

/** @param {number[]} drawn @param {number[]} heights @returns {Gap} */
export function gap(drawn, heights) {
  const apart = heights.map((height, k) => Math.abs(height - drawn[k]));
  return {
    mean: mean(apart),
    worst: apart.indexOf(Math.max(...apart)),
  };
}

/** A step for the arrow keys, 1, 2 or 5 times a power of ten: about a fiftieth of the height.
 * @param {number[]} limits */
export function stepOf([low, high]) {
  const wanted = (high - low) / 50;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return Number(([5, 2, 1].find((k) => k * power <= wanted * 1.001) ?? 1) * power);
}
