/** Targets as distributions: all on the true class, or a little of it shared among all. */
import { mixUniform } from "./smoothing.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */

/** 1 where k = y, else 0. @param {number} y @param {{ numClasses: number }} options */
export function oneHot(y, { numClasses }) {
  return Array.from({ length: numClasses }, (_, k) => Number(k === y));
}

/**
 * (1 - alpha) t_k + alpha / K, t being given or one-hot at a class, whose `numClasses` is then needed.
 * @param {number | Numbers} target @param {{ labelSmoothing: number, numClasses?: number }} options
 */
export function smoothLabels(target, { labelSmoothing, numClasses = 0 }) {
  const t = typeof target === "number" ? oneHot(target, { numClasses }) : target;
  return mixUniform(t, { epsilon: labelSmoothing });
}
