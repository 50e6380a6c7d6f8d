/**
 * From logits to the loss and back: z / T, possibly an activation, softmax, -log q_y, and the
 * gradient in z.
 */

import { dot, logSoftmax, sigmoid, softmax } from "../../js/index.js";

/** @typedef {{ z: number[], target: number, temperature: number, activation: string }} Settings */

/** The activations that may come before softmax, and how a gradient goes back through them.
 * @type {Record<string, { forward: (z: number[]) => number[], backward: (slopes: number[], s: number[]) => number[] }>} */
const ACTIVATIONS = {
  none: { forward: (z) => z, backward: (slopes) => slopes },
  sigmoid: {
    forward: sigmoid,
    backward: (slopes, s) => slopes.map((slope, k) => slope * s[k] * (1 - s[k])),
  },
  softmax: {
    forward: softmax,
    backward: (slopes, s) => {
      const mean = dot(slopes, s);
      return slopes.map((slope, k) => s[k] * (slope - mean));
    },
  },
};

/** The least possible loss if softmax's input lies between 0 and 1.
 * @param {number} classes */
export const leastLoss = (classes) => Math.log1p((classes - 1) / Math.E);

/** `fed` is what softmax is given. @param {Settings} settings */
export function outcome({ z, target, temperature, activation }) {
  const { forward, backward } = ACTIVATIONS[activation];
  const fed = forward(z.map((z_k) => z_k / temperature));
  const q = softmax(fed);
  const slopes = q.map((q_k, k) => q_k - Number(k === target));
  return {
    fed,
    q,
    loss: 0 - logSoftmax(fed)[target],
    gradient: backward(slopes, fed).map((slope) => slope / temperature),
    floor: activation === "none" ? 0 : leastLoss(z.length),
  };
}
