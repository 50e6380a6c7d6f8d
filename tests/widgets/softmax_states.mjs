/**
 * What the figures of chapter 4 compute: node softmax_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {softmax: [settings, …], stability: [{size, target}, …], numbers: […]}; infinities
 * and NaN are written as strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ACTIVATIONS, outcome } from "../../lossutils/widgets/js/figure/double-activation.js";
import { DTYPES, breaks, naive, stable } from "../../lossutils/widgets/js/figure/low-precision.js";

const encode = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const { softmax = [], stability = [], numbers = [] } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  activations: ACTIVATIONS.map(({ name }) => name),
  softmax: softmax.map(outcome),
  dtypes: DTYPES.map(({ name, round }) => ({
    name,
    rounded: numbers.map((x) => round(Number(x))),
    breaks: [0, 1].map((target) => breaks(target, round)),
    naive: stability.map(({ size, target }) => naive(size, target, round)),
    stable: stability.map(({ size, target }) => stable(size, target, round)),
  })),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
