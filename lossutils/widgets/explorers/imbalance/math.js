/**
 * Two classes of points in the plane, one of them rare, and the straight boundary that a weighted or
 * focal loss draws between them.
 *
 * The same settings always give the same boundary: Newton's method from the same start.
 */

import { classWeights, logSigmoid, sigmoid } from "../../js/index.js";

/** @typedef {{ rare: number, scheme: string, gamma: number, noise: number }} Settings
 *    gamma is that of the focal loss, noise the share of wrong labels */
/** @typedef {{ x: number, y: number, rare: boolean, label: boolean }} Point
 *    rare is its true class, label its class in the training set */
/** @typedef {{ points: Point[], weights: [number, number], theta: [number, number, number], q: number[],
 *    loss: number, divisor: number, pulls: [number, number], recall: [number, number], precision: number, balancedAccuracy: number,
 *    meanQ: number, frequency: number }} Fit
 *    theta is (intercept, slope in x, slope in y); pairs hold the common class first. The loss is
 *    without the penalty on the slopes, and divisor is the sum of the weights */

export const COMMON = 300;
export const MOST_RARE = 150;
const PENALTY = 1e-3; // keeps the slopes finite if a line can separate the classes

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

/** The n-th point of a class, by Box and Muller's method. @param {number} n @param {boolean} rare @param {number} noise @returns {Point} */
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

/** @param {Settings} settings */
export function pointsOf({ rare, noise }) {
  const many = (/** @type {number} */ count, /** @type {boolean} */ kind) =>
    Array.from({ length: count }, (_, n) => point(n, kind, noise));
  return [...many(COMMON, false), ...many(rare, true)];
}

/**
 * The focal loss -(1 - q)^γ log q of the true class's q = σ(m), and its first two derivatives in m.
 * With γ = 0 it is cross-entropy: slope -(1 - q), curvature q (1 - q).
 * @param {number} m @param {number} gamma
 */
export function focal(m, gamma) {
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

/** Solve A s = b of three unknowns, A symmetric and positive definite, by Cholesky's method.
 * @param {number[][]} A @param {number[]} b @returns {[number, number, number]} */
function solve(A, b) {
  const L = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let i = 0; i < 3; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let rest = A[i][j];
      for (let k = 0; k < j; k += 1) rest -= L[i][k] * L[j][k];
      L[i][j] = i === j ? Math.sqrt(rest) : rest / L[j][j];
    }
  }
  const y = [0, 0, 0];
  for (let i = 0; i < 3; i += 1) {
    let rest = b[i];
    for (let k = 0; k < i; k += 1) rest -= L[i][k] * y[k];
    y[i] = rest / L[i][i];
  }
  /** @type {[number, number, number]} */
  const s = [0, 0, 0];
  for (let i = 2; i >= 0; i -= 1) {
    let rest = y[i];
    for (let k = i + 1; k < 3; k += 1) rest -= L[k][i] * s[k];
    s[i] = rest / L[i][i];
  }
  return s;
}

/** Draw the boundary. @param {Settings} settings @returns {Fit} */
export function fit(settings) {
  const points = pointsOf(settings);
  const labelled = points.filter(({ label }) => label).length;
  const counts = [points.length - labelled, labelled];
  const { scheme } = settings;
  const weighted = scheme !== "none" && scheme !== "logit adjustment";
  const weights = /** @type {[number, number]} */ (
    weighted ? classWeights(counts, { scheme }) : [1, 1]
  );
  // Training adds the log of each class's share to its logit, so z gets the logs' difference.
  const shift = scheme === "logit adjustment" ? Math.log(counts[1] / counts[0]) : 0;
  const divisor = counts[0] * weights[0] + counts[1] * weights[1];

  /** Loss, gradient, curvature and the pulls on the intercept, at theta.
   * @param {number[]} theta */
  const measure = (theta) => {
    let loss = 0;
    const gradient = [0, 0, 0];
    const hessian = [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ];
    /** @type {[number, number]} */
    const pulls = [0, 0];
    for (const { x, y, label } of points) {
      const sign = label ? 1 : -1;
      const z = theta[0] + theta[1] * x + theta[2] * y + shift;
      const weight = weights[label ? 1 : 0];
      const { loss: one, slope, curvature } = focal(sign * z, settings.gamma);
      const features = [1, x, y];
      loss += (weight * one) / divisor;
      pulls[label ? 1 : 0] -= weight * slope;
      // The focal loss is not convex where q is small: negative curvature counts as 0.
      const bend = (weight * Math.max(curvature, 0)) / divisor;
      for (let i = 0; i < 3; i += 1) {
        gradient[i] += (weight * sign * slope * features[i]) / divisor;
        for (let j = 0; j <= i; j += 1) hessian[i][j] += bend * features[i] * features[j];
      }
    }
    for (const i of [1, 2]) {
      loss += (PENALTY * theta[i] * theta[i]) / 2;
      gradient[i] += PENALTY * theta[i];
      hessian[i][i] += PENALTY;
    }
    return { loss, gradient, hessian, pulls };
  };

  // All training logits are 0 here, where the loss is not flat.
  /** @type {[number, number, number]} */
  let theta = [-shift, 0, 0];
  let now = measure(theta);
  for (let round = 0; round < 100; round += 1) {
    const step = solve(now.hessian, now.gradient);
    if (Math.max(...step.map(Math.abs)) < 1e-12) break;
    const at = (/** @type {number} */ size) =>
      /** @type {[number, number, number]} */ (theta.map((v, i) => v - size * step[i]));
    let size = 1;
    let next = measure(at(size));
    // Halve the step while the loss goes up by more than rounding.
    while (!(next.loss <= now.loss + 1e-14) && size > 1e-3) next = measure(at((size /= 2)));
    theta = at(size);
    now = next;
  }

  const z = points.map(({ x, y }) => theta[0] + theta[1] * x + theta[2] * y);
  const q = sigmoid(z);
  const right = [0, 0];
  for (const [n, { rare }] of points.entries()) if (z[n] > 0 === rare) right[rare ? 1 : 0] += 1;
  /** @type {[number, number]} */
  const recall = [right[0] / COMMON, right[1] / settings.rare];
  const called = right[1] + COMMON - right[0];
  return {
    points,
    weights,
    theta,
    q,
    loss: now.loss - (PENALTY * (theta[1] ** 2 + theta[2] ** 2)) / 2,
    divisor,
    pulls: now.pulls,
    recall,
    precision: right[1] / called,
    balancedAccuracy: (recall[0] + recall[1]) / 2,
    meanQ: q.reduce((a, b) => a + b, 0) / q.length,
    frequency: labelled / points.length,
  };
}

/** The corners of the part of a rectangle where intercept + slopes · (x, y) is above `level`.
 * @param {readonly [number, number, number]} theta @param {[number, number]} xs @param {[number, number]} ys @param {number} [level]
 * @returns {{ corners: [number, number][], edge: [number, number][] }} edge is the part's straight border inside, two points or none */
export function above(theta, xs, ys, level = 0) {
  /** @type {[number, number][]} */
  const rectangle = [
    [xs[0], ys[0]],
    [xs[1], ys[0]],
    [xs[1], ys[1]],
    [xs[0], ys[1]],
  ];
  const height = (/** @type {[number, number]} */ [x, y]) =>
    theta[0] + theta[1] * x + theta[2] * y - level;
  /** @type {[number, number][]} */
  const corners = [];
  /** @type {[number, number][]} */
  const edge = [];
  for (const [n, from] of rectangle.entries()) {
    const to = rectangle[(n + 1) % 4];
    const [a, b] = [height(from), height(to)];
    if (a > 0) corners.push(from);
    if (a > 0 !== b > 0) {
      const share = a / (a - b);
      /** @type {[number, number]} */
      const crossing = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
      corners.push(crossing);
      edge.push(crossing);
    }
  }
  return { corners, edge };
}
