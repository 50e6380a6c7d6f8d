/** The joint table of the weather and the umbrella, and its entropies. */

import { entropy, klDivergence } from "../../js/index.js";

/**
 * @param {number} rain how often it rains @param {number} ifRain how often there is an umbrella then
 * @param {number} ifDry and when it is dry
 */
export function parts(rain, ifRain, ifDry) {
  const joint = [
    [rain * ifRain, rain * (1 - ifRain)],
    [(1 - rain) * ifDry, (1 - rain) * (1 - ifDry)],
  ];
  const ofX = joint.map(([umbrella, none]) => umbrella + none);
  const ofY = [0, 1].map((k) => joint[0][k] + joint[1][k]);
  /** The mean entropy of rows, each of which sums to its share. @param {number[][]} rows @param {number[]} shares */
  const left = (rows, shares) =>
    rows.reduce(
      (sum, row, k) =>
        shares[k] > 0 ? sum + shares[k] * entropy(row.map((v) => v / shares[k])) : sum,
      0,
    );
  const columns = [0, 1].map((k) => joint.map((row) => row[k]));
  return {
    joint,
    ofY,
    x: entropy(ofX),
    y: entropy(ofY),
    both: entropy(joint.flat()),
    yGivenX: left(joint, ofX),
    xGivenY: left(columns, ofY),
    shared: klDivergence(
      joint.flat(),
      ofX.flatMap((v) => ofY.map((w) => v * w)),
    ),
  };
}
