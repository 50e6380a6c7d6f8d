/**
 * What the figures of two explorers compute: node explorer_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {fit: [settings, …], smoothing: [{method, p, q, epsilon}, …]}. ANSWERS has the whole
 * way for each settings, and for each smoothing what it gives; infinities are written as strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { STEPS, P, X, path } from "../../lossutils/widgets/js/figure/fit-path.js";
import { METHODS, curve, smoothed } from "../../lossutils/widgets/js/figure/smoothings.js";

const encode = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const { fit, smoothing } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  p: P,
  x: X,
  steps: STEPS,
  fit: fit.map((settings) =>
    path(settings)(STEPS).map(({ mean, width, q, pq, qp }) => ({ mean, width, q: [...q], pq, qp })),
  ),
  methods: METHODS.map(({ name }) => name),
  smoothing: smoothing.map(({ method, p, q, epsilon }) => smoothed(method, p, q, epsilon)),
  curve: curve(0, smoothing[0].p, smoothing[0].q, 0.3),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
