/**
 * What the figures of two explorers compute: node cross_entropy_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {stacks: [{p, q, oneHot}, …], fits: [{sample, n, q}, …]}; infinities are written as
 * strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fit, nll, parts } from "../../lossutils/widgets/js/figure/cross-entropy-parts.js";

const encode = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const { stacks, fits } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  stacks: stacks.map(({ p, q, oneHot }) => parts(p, q, oneHot)),
  fits: fits.map(({ sample, n, q }) => ({ ...fit(sample, n, q), least: nll(fit(sample, n, q).best, q) })),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
