/** Inputs and targets of every shape that a classification loss accepts, and how they correspond. */

import { logSoftmax, softmax } from "../../js/index.js";

/** @typedef {{ name: string, shown: string, loss: "nll_loss" | "cross_entropy", rows: number[][], target: number[],
 *    shape: string, index: (element: number) => string, entry: (element: number, k: number | string) => string }} Case
 *    rows holds, for each element of the target, its entries along the class axis */
/** @typedef {{ losses: number[], loss: number, result: number, gradient: number }} Outcome
 *    gradient is that of the result (unreduced: of the element's loss) in the target's entry */

const SIDE = 3; // of the image
const IMAGE = [
  [0.0857, 0.6313, 0.1061, 0.765, 0.8302, 0.0626, 0.6615, 0.0109, 0.3815],
  [0.2607, 0.1581, 0.1963, 0.0504, 0.4804, 0.1693, 0.252, 0.1406, 0.4154],
];
const pixel = (/** @type {number} */ element) => `${Math.floor(element / SIDE)}, ${element % SIDE}`;

/** @type {Case[]} */
export const CASES = [
  {
    name: "(C,)",
    shown: "(C,)",
    loss: "nll_loss",
    rows: [[2, 3, 1]],
    target: [1],
    shape: "()",
    index: () => "",
    entry: (_, k) => `[${k}]`,
  },
  {
    name: "(N, C)",
    shown: "(N, C)",
    loss: "nll_loss",
    rows: [
      [2, 3, 1],
      [3, 7, 9],
    ],
    target: [1, 2],
    shape: "(2,)",
    index: (element) => `[${element}]`,
    entry: (element, k) => `[${element}, ${k}]`,
  },
  {
    name: "(N, C, d1, d2)",
    shown: "(N, C, d₁, d₂)",
    loss: "cross_entropy",
    rows: IMAGE[0].map((_, element) => IMAGE.map((plane) => plane[element])),
    target: [1, 1, 0, 0, 1, 1, 0, 0, 0],
    shape: "(1, 3, 3)",
    index: (element) => `[0, ${pixel(element)}]`,
    entry: (element, k) => `[0, ${k}, ${pixel(element)}]`,
  },
];

/** @param {{ place: number, element: number, reduction: string }} settings @returns {Outcome} */
export function outcome({ place, element, reduction }) {
  const { loss, rows, target } = CASES[place];
  const losses = rows.map((row, n) => 0 - (loss === "nll_loss" ? row : logSoftmax(row))[target[n]]);
  const total = losses.reduce((sum, each) => sum + each, 0);
  const result = reduction === "none" ? NaN : reduction === "sum" ? total : total / losses.length;
  const slope = (loss === "nll_loss" ? 0 : softmax(rows[element])[target[element]]) - 1;
  return { losses, loss: losses[element], result, gradient: reduction === "mean" ? slope / losses.length : slope };
}
