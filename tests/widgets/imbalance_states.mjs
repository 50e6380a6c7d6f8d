/**
 * What the figures of two explorers compute: node imbalance_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {fits: [settings, …], means: [{weights, ignoreIndex, count}, …]}; NaN is written as
 * a string.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { SCHEMES, above, fit } from "../../lossutils/widgets/js/figure/imbalance-fit.js";
import { weightedMean } from "../../lossutils/widgets/js/figure/weighted-mean.js";

const encode = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const { fits, means, halves } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  schemes: SCHEMES,
  fits: fits.map((settings) => fit(settings)),
  means: means.map(({ weights, ignoreIndex, count }) => weightedMean(weights, ignoreIndex, count)),
  halves: halves.map(({ theta, xs, ys, level }) => above(theta, xs, ys, level)),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
