/** Sums of the same numbers in many orders and in three ways, every operation rounded to a dtype. */

import { remember } from "../../js/index.js";
import { DTYPES } from "../stability/math.js";

const DIGITS = { float32: 24, float16: 11, bfloat16: 8 }; // binary digits of a number
const SEED = 7;

/** @typedef {import("../stability/math.js").Round} Round */

/** The numbers in each order, drawn by Lehmer's generator.
 * @param {number} count @param {number} most of them @param {number} shuffles */
export function shuffled(count, most, shuffles) {
  let x = SEED;
  const drawn = () => (x = (48271 * x) % (2 ** 31 - 1));
  let row = Array.from({ length: most }, () => drawn() * 2 ** -29).slice(0, count);
  const rows = [row];
  for (let shuffle = 0; shuffle < shuffles; shuffle += 1) {
    row = [...row];
    for (let k = count - 1; k > 0; k -= 1) {
      const other = drawn() % (k + 1);
      [row[k], row[other]] = [row[other], row[k]];
    }
    rows.push(row);
  }
  return rows;
}

/** From the first number to the last. @param {number[]} x @param {Round} round */
const oneByOne = (x, round) => x.reduce((total, next) => round(total + next));

/** By sums of neighbours; one without a neighbour waits. @param {number[]} x @param {Round} round */
function inPairs(x, round) {
  let sums = x;
  while (sums.length > 1)
    sums = Array.from({ length: Math.ceil(sums.length / 2) }, (_, k) =>
      2 * k + 1 < sums.length ? round(sums[2 * k] + sums[2 * k + 1]) : sums[2 * k],
    );
  return sums[0];
}

/** By Kahan's algorithm. @param {number[]} x @param {Round} round */
function compensated(x, round) {
  let excess = 0;
  return x.reduce((total, next) => {
    const wanted = round(next - excess);
    const sum = round(total + wanted);
    excess = round(round(sum - total) - wanted);
    return sum;
  });
}

/** The exact sum, the unit of its last place, and the sums of each way in each order. */
export const sums = remember(
  (
    /** @type {keyof typeof DIGITS} */ dtype,
    /** @type {number} */ count,
    /** @type {number} */ most,
    /** @type {number} */ shuffles,
  ) => {
    const { round } = /** @type {{ round: Round }} */ (DTYPES.find(({ name }) => name === dtype));
    const rows = shuffled(count, most, shuffles).map((row) => row.map(round));
    const exact = rows[0].reduce((total, next) => total + next);
    let unit = 2 ** -60;
    while (unit * 2 ** DIGITS[dtype] <= exact) unit *= 2;
    const ways = [oneByOne, inPairs, compensated].map((way) => rows.map((row) => way(row, round)));
    return { exact, unit, ways };
  },
  16,
);
