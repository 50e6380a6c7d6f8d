/**
 * Gradient descent on D(p‖q) or D(q‖p) for a two-humped p, step by step.
 *
 * The same settings always give the same path.
 */

import { softmax } from "../../js/index.js";

/** @typedef {{ direction: string, family: string, rate: number, start: number }} Settings */
/** @typedef {{ mean: number, width: number, z: number[], q: number[], pq: number, qp: number,
 *    slopes: number[], slopeMean: number, slopeWidth: number }} Point
 *    slopes are those of the divergence in each logit, in μ and in log σ */

export const X = Array.from({ length: 29 }, (_, k) => k / 4);

/** The width of q at the start. @type {Record<string, number>} */
const WIDTH = { hump: 0.6, free: 2 };
// A logit's slope is about as small as its probability, so its steps are a hundred times those of μ.
// Stable while a hundred times the rate is below 2 / (largest probability), about 15.
export const FREE = 100;

/** @param {number} mean @param {number} width */
function hump(mean, width) {
  const z = [];
  for (let k = 0; k < X.length; k += 1) {
    const far = (X[k] - mean) / width;
    z.push((-far * far) / 2);
  }
  return z;
}

const [LEFT, RIGHT] = [softmax(hump(2, 0.3)), softmax(hump(4.75, 0.5))];
// The last term gives every outcome some probability.
export const P = LEFT.map((left, k) => 0.4 * left + 0.595 * RIGHT[k] + 0.005 / X.length);
const LOG_P = P.map(Math.log);

/**
 * Where q = softmax(z) is. Everything in one pass over z: a path has hundreds of points, and a moved
 * slider must draw a new path within a frame.
 * @param {Settings} settings @param {number} mean @param {number} width @param {number[]} z @returns {Point}
 */
function point({ direction }, mean, width, z) {
  const count = z.length;
  let top = -Infinity;
  for (let k = 0; k < count; k += 1) top = Math.max(top, z[k]);
  let total = 0;
  const q = [];
  for (let k = 0; k < count; k += 1) {
    q.push(Math.exp(z[k] - top));
    total += q[k];
  }
  const logTotal = Math.log(total);
  const logRatio = []; // log(q / p)
  let pq = 0;
  let qp = 0;
  for (let k = 0; k < count; k += 1) {
    q[k] /= total;
    logRatio.push(z[k] - top - logTotal - LOG_P[k]);
    pq -= P[k] * logRatio[k];
    qp += q[k] * logRatio[k];
  }
  const slopes = [];
  let slopeMean = 0;
  let slopeWidth = 0;
  for (let k = 0; k < count; k += 1) {
    slopes.push(direction === "forward" ? q[k] - P[k] : q[k] * (logRatio[k] - qp));
    const far = (X[k] - mean) / width;
    slopeMean += (slopes[k] * far) / width;
    slopeWidth += slopes[k] * far * far;
  }
  return { mean, width, z, q, pq, qp, slopes, slopeMean, slopeWidth };
}

/** @param {Settings} settings @param {Point} from */
function next(settings, { mean, width, z, slopes, slopeMean, slopeWidth }) {
  const { family, rate } = settings;
  if (family === "free") {
    const moved = [];
    for (let k = 0; k < z.length; k += 1) moved.push(z[k] - FREE * rate * slopes[k]);
    return point(settings, mean, width, moved);
  }
  const shifted = mean - rate * slopeMean;
  const scaled = Math.exp(Math.log(width) - rate * slopeWidth);
  return point(settings, shifted, scaled, hump(shifted, scaled));
}

/** The path from `start`: a function that returns its points up to a step, computing each once.
 * @param {Settings} settings @returns {(step: number) => Point[]} */
export function path(settings) {
  const width = WIDTH[settings.family];
  const points = [point(settings, settings.start, width, hump(settings.start, width))];
  return (step) => {
    while (points.length <= step) points.push(next(settings, points[points.length - 1]));
    return points.slice(0, step + 1);
  };
}
