/**
 * What the figures of chapter 4 compute: node softmax_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {softmax: [settings, …], stability: [{size, target}, …], numbers: […],
 * shape: [{place, element, reduction}, …]}; infinities and NaN are written as strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ACTIVATIONS, outcome } from "../../lossutils/widgets/js/figure/double-activation.js";
import { DTYPES, breaks, naive, stable } from "../../lossutils/widgets/js/figure/low-precision.js";
import { CASES, REDUCTIONS, outcome as shapeOutcome } from "../../lossutils/widgets/js/figure/shape-cases.js";

const encode = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const { softmax = [], stability = [], numbers = [], shape = [] } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  activations: ACTIVATIONS.map(({ name }) => name),
  softmax: softmax.map(outcome),
  cases: CASES.map(({ name, shown, loss, rows, target, shape: size }) => ({ name, shown, loss, rows, target, size })),
  reductions: REDUCTIONS,
  shape: shape.map((settings) => {
    const { index, entry } = CASES[settings.place];
    const y = CASES[settings.place].target[settings.element];
    return { ...shapeOutcome(settings), index: index(settings.element), entry: entry(settings.element, y) };
  }),
  dtypes: DTYPES.map(({ name, round }) => ({
    name,
    rounded: numbers.map((x) => round(Number(x))),
    breaks: [0, 1].map((target) => breaks(target, round)),
    naive: stability.map(({ size, target }) => naive(size, target, round)),
    stable: stability.map(({ size, target }) => stable(size, target, round)),
  })),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
