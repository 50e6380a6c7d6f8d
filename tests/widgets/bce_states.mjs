/**
 * What chapter 5's figures compute: node bce_states.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {bce: [[z, t, w], …], clamp: [[z, t], …]}. Infinities, NaN and minus zero are
 * written as strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { floor, inFloat32, loss, slope } from "../../lossutils/widgets/js/figure/bce.js";
import { sigmoid } from "../../lossutils/widgets/js/lossmath.js";

const encode = (_key, value) => {
  if (Object.is(value, -0)) return "-0";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};
const { bce, clamp } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = {
  bce: bce.map(([z, t, w]) => [sigmoid(z), loss(z, t, w), slope(z, t, w), floor(t, w).z, floor(t, w).loss]),
  clamp: clamp.map(([z, t]) => {
    const { q, withLogits, bce: clamped, naive } = inFloat32(z, t);
    const ways = [withLogits, clamped, naive];
    return [q, ...ways.map((way) => way.loss), ...ways.map((way) => way.slope)];
  }),
};
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
