/**
 * What the figures of chapter 4 compute: node softmax_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {softmax: [settings, …]}; infinities and NaN are written as strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ACTIVATIONS, outcome } from "../../lossutils/widgets/js/figure/double-activation.js";

const encode = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const { softmax } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  activations: ACTIVATIONS.map(({ name }) => name),
  softmax: softmax.map(outcome),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
