/** What a forecast of two outcomes costs, by four rules. */

import { entropy, surprisal } from "../../js/index.js";

/** @typedef {"log" | "brier" | "linear" | "zero_one"} Score */

/** What a forecast costs that gave this probability to what comes. @type {Record<Score, (given: number) => number>} */
const COSTS = {
  log: (given) => surprisal(given),
  brier: (given) => 2 * (1 - given) ** 2,
  linear: (given) => 1 - given,
  zero_one: (given) => (1 - Math.sign(given - 0.5)) / 2,
};

/** The forecasts that cost the least on average: all from the first to the second.
 * @param {Score} score @param {number} p @returns {[number, number]} */
function best(score, p) {
  if (score === "log" || score === "brier") return [p, p];
  if (p === 0.5) return [0, 1];
  const end = p > 0.5 ? 1 : 0;
  if (score === "linear") return [end, end];
  return end ? [0.5, 1] : [0, 0.5];
}

/** The average cost of the forecast q. @param {Score} score @param {number} p @param {number} q */
export function average(score, p, q) {
  const cost = COSTS[score];
  // What never comes is never paid, even if it costs infinity.
  return (p > 0 ? p * cost(q) : 0) + (p < 1 ? (1 - p) * cost(1 - q) : 0);
}

/** All that the figure shows of a forecast. @param {Score} score @param {number} p @param {number} q */
export function scored(score, p, q) {
  const [low, high] = best(score, p);
  return {
    a: COSTS[score](q),
    b: COSTS[score](1 - q),
    expected: average(score, p, q),
    honest: average(score, p, p),
    least:
      score === "log" ? entropy([p, 1 - p]) : average(score, p, score === "brier" ? p : +(p > 0.5)),
    low,
    high,
  };
}
