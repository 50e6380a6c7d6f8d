/**
 * Two classes of points in the plane, one of them rare, and the straight boundary that a weighted or
 * focal loss draws between them.
 *
 * The same settings always give the same boundary: Newton's method from the same start.
 */

import { dot, logSigmoid, mean, sigmoid, total } from "../../js/index.js";
import { classWeights } from "../../js/lossmath/weights.js";

/** @typedef {{ rare: number, scheme: string, gamma: number, noise: number }} Settings
 *    gamma is that of the focal loss, noise the share of wrong labels */

export const COMMON = 300;
const PENALTY = [0, 1e-3, 1e-3]; // keeps the slopes finite if a line can separate the classes

// Where the classes lie: mean, spread, and the correlation of x and y. The seeds were chosen so that
// the first few points already look like the class.
const CLOUDS = {
  common: { x: -0.8, y: -0.3, across: 1.1, along: 0.9, lean: 0.2, seed: 598 },
  rare: { x: 1.1, y: 0.7, across: 0.8, along: 0.8, lean: -0.4, seed: 912 },
};

/**
 * The n-th random number of a seed, in (0, 1): Tommy Ettinger's mulberry32, whose n-th number does not
 * depend on those before it.
 * @param {number} seed @param {number} n
 */
function random(seed, n) {
  const a = (seed + Math.imul(n + 1, 0x6d2b79f5)) | 0;
  let t = Math.imul(a ^ (a >>> 15), a | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
}

/** The n-th point of a class, by Box and Muller's method: `rare` is its true class, `label` its class in the training set.
 * @param {number} n @param {boolean} rare @param {number} noise */
function point(n, rare, noise) {
  const { x, y, across, along, lean, seed } = CLOUDS[rare ? "rare" : "common"];
  const radius = Math.sqrt(-2 * Math.log(random(seed, 3 * n)));
  const turn = 2 * Math.PI * random(seed, 3 * n + 1);
  const [u, v] = [radius * Math.cos(turn), radius * Math.sin(turn)];
  const wrong = random(seed, 3 * n + 2) < noise;
  return {
    x: x + across * u,
    y: y + along * (lean * u + Math.sqrt(1 - lean * lean) * v),
    rare,
    label: rare !== wrong,
  };
}

/**
 * The focal loss -(1 - q)^γ log q of the true class's q = σ(m), and its first two derivatives in m.
 * With γ = 0 it is cross-entropy: slope -(1 - q), curvature q (1 - q).
 * @param {number} m @param {number} gamma
 */
function focal(m, gamma) {
  const logQ = logSigmoid(m);
  const q = Math.exp(logQ);
  const miss = Math.exp(logQ - m); // 1 - q, exact where q is nearly 1
  const factor = miss ** gamma;
  return {
    loss: -factor * logQ,
    slope: factor * (gamma * q * logQ - miss),
    curvature: factor * q * (miss * (1 + 2 * gamma + gamma * logQ) - gamma * gamma * q * logQ),
  };
}

/** The model's log odds of the rare class at a point. @param {number[]} theta @param {number} x @param {number} y */
const logit = (theta, x, y) => theta[0] + theta[1] * x + theta[2] * y;

/** The cross product. @param {number[]} a @param {number[]} b */
const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];

/** Solve A s = b of three unknowns, A symmetric, by Cramer's rule. @param {number[][]} A @param {number[]} b */
function solve(A, b) {
  const adjugate = [cross(A[1], A[2]), cross(A[2], A[0]), cross(A[0], A[1])];
  const determinant = dot(A[0], adjugate[0]);
  return adjugate.map((row) => dot(row, b) / determinant);
}

/**
 * Draw the boundary. theta is (intercept, slope in x, slope in y); pairs hold the common class first.
 * The loss is without the penalty on the slopes, and divisor is the sum of the weights.
 * @param {Settings} settings
 */
export function fit({ rare, scheme, gamma, noise }) {
  const points = Array.from({ length: COMMON + rare }, (_, n) =>
    n < COMMON ? point(n, false, noise) : point(n - COMMON, true, noise),
  );
  const labelled = points.filter(({ label }) => label).length;
  const counts = [points.length - labelled, labelled];
  const weighted = scheme !== "none" && scheme !== "logit adjustment";
  const weights = weighted ? classWeights(counts, { scheme }) : [1, 1];
  // Training adds the log of each class's share to its logit, so z gets the logs' difference.
  const shift = scheme === "logit adjustment" ? Math.log(counts[1] / counts[0]) : 0;
  const divisor = dot(counts, weights);

  /** Loss, gradient, curvature and the pulls on the intercept, at theta.
   * @param {number[]} theta */
  const measure = (theta) => {
    let loss = 0;
    const gradient = PENALTY.map((v, i) => v * theta[i]);
    const hessian = PENALTY.map((v, i) => PENALTY.map((_, j) => (i === j ? v : 0)));
    const pulls = [0, 0];
    for (const { x, y, label } of points) {
      const kind = label ? 1 : 0;
      const sign = label ? 1 : -1;
      const features = [1, x, y];
      const one = focal(sign * (logit(theta, x, y) + shift), gamma);
      const weight = weights[kind];
      loss += (weight * one.loss) / divisor;
      pulls[kind] -= weight * one.slope;
      // The focal loss is not convex where q is small: negative curvature counts as 0.
      const bend = (weight * Math.max(one.curvature, 0)) / divisor;
      // Plain loops: a moved slider must draw the boundary of hundreds of points within a frame.
      for (let i = 0; i < 3; i += 1) {
        gradient[i] += (weight * sign * one.slope * features[i]) / divisor;
        for (let j = 0; j < 3; j += 1) hessian[i][j] += bend * features[i] * features[j];
      }
    }
    const penalised = loss + total(PENALTY, (v, i) => v * theta[i] * theta[i]) / 2;
    return { loss, penalised, gradient, hessian, pulls };
  };

  // All training logits are 0 here, where the loss is not flat.
  let theta = [-shift, 0, 0];
  let now = measure(theta);
  for (let round = 0; round < 100; round += 1) {
    const step = solve(now.hessian, now.gradient);
    if (Math.max(...step.map(Math.abs)) < 1e-12) break;
    const at = (/** @type {number} */ size) => theta.map((v, i) => v - size * step[i]);
    let size = 1;
    let next = measure(at(size));
    // Halve the step while the loss goes up by more than rounding.
    while (!(next.penalised <= now.penalised + 1e-14) && size > 1e-3)
      next = measure(at((size /= 2)));
    theta = at(size);
    now = next;
  }

  const z = points.map(({ x, y }) => logit(theta, x, y));
  const q = sigmoid(z);
  const right = [0, 0];
  for (const [n, point] of points.entries())
    if (z[n] > 0 === point.rare) right[Number(point.rare)] += 1;
  const recall = [right[0] / COMMON, right[1] / rare];
  return {
    points,
    weights,
    theta,
    q,
    loss: now.loss,
    divisor,
    pulls: now.pulls,
    recall,
    precision: right[1] / (right[1] + COMMON - right[0]),
    balancedAccuracy: mean(recall),
    meanQ: mean(q),
    frequency: labelled / points.length,
  };
}

/** The corners of the part of a rectangle where intercept + slopes · (x, y) is above `level`.
 * @param {number[]} theta @param {number[]} xs @param {number[]} ys @param {number} [level]
 * @returns {{ corners: number[][], edge: number[][] }} edge is the part's straight border inside, two points or none */
export function above(theta, xs, ys, level = 0) {
  const rectangle = [
    [xs[0], ys[0]],
    [xs[1], ys[0]],
    [xs[1], ys[1]],
    [xs[0], ys[1]],
  ];
  const corners = [];
  const edge = [];
  for (const [n, from] of rectangle.entries()) {
    const to = rectangle[(n + 1) % 4];
    const [a, b] = [from, to].map(([x, y]) => logit(theta, x, y) - level);
    if (a > 0) corners.push(from);
    if (a > 0 !== b > 0) {
      const share = a / (a - b);
      const crossing = from.map((v, i) => v + share * (to[i] - v));
      corners.push(crossing);
      edge.push(crossing);
    }
  }
  return { corners, edge };
}
