/**
 * What the figures of chapter 6 compute: node label_smoothing_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {losses: [{alpha, classes, gap}, …], optima: [{alpha, weights}, …], runs: […]};
 * infinities are written as strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { calibrationError, nearest } from "../../lossutils/widgets/js/figure/calibration.js";
import { floorOf, largestRatio, lossAt, optimum, smoothedTarget } from "../../lossutils/widgets/js/figure/label-smoothing.js";

const encode = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const { losses, optima, runs } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  losses: losses.map(({ alpha, classes, gap }) => ({
    ...lossAt(alpha, classes, gap),
    ...floorOf(alpha, classes),
    target: smoothedTarget(alpha, classes),
  })),
  optima: optima.map(({ alpha, weights }) => ({
    best: weights.map((_, label) => optimum(alpha, weights, label)),
    threshold: largestRatio(alpha, weights.length),
  })),
  errors: runs.map(calibrationError),
  nearest: runs.map(({ alpha }) => nearest(runs, alpha + 0.009).alpha),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
