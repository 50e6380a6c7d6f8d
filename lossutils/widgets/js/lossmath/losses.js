/**
 * The losses by which classifiers are trained, as PyTorch computes them.
 *
 * Of samples with classes the input is a row of C numbers or a table of such rows, the target a class
 * index for each row; for `crossEntropyLoss` it may be a row of probabilities instead. The others
 * take numbers, arrays and tables, element by element.
 */
import { logSigmoid, logSoftmax } from "./activations.js";
import { timesLog } from "./information.js";
import { sum } from "./numbers.js";
import { smoothLabels } from "./targets.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {number | Numbers | Numbers[]} Elements  a number, an array of them, or a table */
/** @typedef {Numbers | Numbers[]} Rows */
/** @typedef {number | Numbers | Numbers[]} Target */
/** @typedef {"none" | "sum" | "mean" | "batchmean"} Reduction */
/** @template X @typedef {X extends Numbers ? number : number[]} OfRows  a number for each row */
/** @template X @typedef {X extends number ? number : X extends Numbers ? number[] : number[][]} Alike  of the shape of X */

/**
 * @template R @typedef {{ weight?: Numbers, ignoreIndex?: number, reduction?: R }} OfSamples
 *    weight has a number for each class
 */
/**
 * @template R @typedef {{ weight?: Elements, reduction?: R }} OfElements
 *    weight has the shape of the input, or is one number
 */
/** @template R, X @typedef {R extends "none" ? X : number} Reduced */

/**
 * -w_y log q_y, from log q.
 * @template {Rows} X @template {Reduction} [R="mean"]
 * @param {X} logQ @param {Target} target @param {OfSamples<R>} [options]
 */
export function nllLoss(logQ, target, options = {}) {
  return overSamples((row, y, w) => w[y] * (0 - row[y]), logQ, target, options);
}

/**
 * -sum_k w_k t_k log q_k, from logits: q = softmax(z). Smoothing puts (1 - alpha) t + alpha / K in the
 * place of t.
 * @template {Rows} X @template {Reduction} [R="mean"]
 * @param {X} z @param {Target} target @param {OfSamples<R> & { labelSmoothing?: number }} [options]
 */
export function crossEntropyLoss(z, target, { labelSmoothing = 0, ...options } = {}) {
  const loss = (/** @type {Numbers} */ row, /** @type {any} */ t, /** @type {Numbers} */ w) => {
    const costs = logSoftmax(row).map((logQ_k) => 0 - logQ_k);
    if (typeof t !== "number") return sum(smoothLabels(t, { labelSmoothing }), (t_k, k) => w[k] * t_k * costs[k]);
    // Of a class alone no other cost is looked at: 0 times an infinite one would be NaN.
    const hard = w[t] * costs[t];
    if (labelSmoothing === 0) return hard;
    const even = sum(costs, (cost, k) => w[k] * cost);
    return (1 - labelSmoothing) * hard + (labelSmoothing / costs.length) * even;
  };
  return overSamples(loss, z, target, options);
}

/**
 * The same from what goes into the last layer: z_k = W_k . h + b_k, for each row h.
 * @template {Rows} X @template {Reduction} [R="mean"]
 * @param {X} h @param {Numbers[]} linearWeight @param {Target} target
 * @param {OfSamples<R> & { linearBias?: Numbers, labelSmoothing?: number }} [options]
 */
export function linearCrossEntropy(h, linearWeight, target, { linearBias, ...options } = {}) {
  const logits = (/** @type {Numbers} */ row) =>
    linearWeight.map((W_k, k) => sum(row, (h_j, j) => W_k[j] * h_j) + (linearBias?.[k] ?? 0));
  const z = typeof h[0] === "number" ? logits(/** @type {Numbers} */ (h)) : /** @type {Numbers[]} */ (h).map(logits);
  return crossEntropyLoss(/** @type {any} */ (z), target, options);
}

/**
 * -w_y (1 - q_y)^gamma log q_y, from logits: q = softmax(z).
 * @template {Rows} X @template {Reduction} [R="mean"]
 * @param {X} z @param {Target} target @param {OfSamples<R> & { gamma?: number }} [options]
 */
export function focalLoss(z, target, { gamma = 2, ...options } = {}) {
  const loss = (/** @type {Numbers} */ row, /** @type {number} */ y, /** @type {Numbers} */ w) => {
    const logQ = logSoftmax(row)[y];
    // 1 - q by expm1, which keeps the digits of a small one.
    return 0 - w[y] * Math.abs(Math.expm1(logQ)) ** gamma * logQ;
  };
  return overSamples(loss, z, target, options);
}

/**
 * -t log p - (1 - t) log(1 - p). As in PyTorch a logarithm below -100 counts as that.
 * @template {Elements} X @template {Reduction} [R="mean"]
 * @param {X} p @param {Elements} target @param {OfElements<R>} [options]
 */
export function binaryCrossEntropy(p, target, options = {}) {
  const bounded = (/** @type {number} */ log) => Math.max(log, -100);
  const loss = (/** @type {number} */ p_k, /** @type {number} */ t) =>
    0 - (t * bounded(Math.log(p_k)) + (1 - t) * bounded(Math.log1p(-p_k)));
  return overElements(loss, [p, target], options);
}

/**
 * The same from logits, p = sigmoid(z): (1 - t) z - log sigmoid(z). With `posWeight` the first term is
 * -posWeight t log p.
 * @template {Elements} X @template {Reduction} [R="mean"]
 * @param {X} z @param {Elements} target @param {OfElements<R> & { posWeight?: Elements }} [options]
 */
export function binaryCrossEntropyWithLogits(z, target, { posWeight = 1, ...options } = {}) {
  const loss = (/** @type {number} */ z_k, /** @type {number} */ t, /** @type {number} */ v) =>
    (1 - t) * z_k - (1 + (v - 1) * t) * logSigmoid(z_k);
  return overElements(loss, [z, target, posWeight], options);
}

/**
 * t (log t - log q), from log q; with `logTarget` the target is log t.
 * @template {Elements} X @template {Reduction} [R="mean"]
 * @param {X} logQ @param {Elements} target @param {{ reduction?: R, logTarget?: boolean }} [options]
 */
export function klDivLoss(logQ, target, { logTarget = false, ...options } = {}) {
  const loss = (/** @type {number} */ logQ_k, /** @type {number} */ t) =>
    logTarget ? Math.exp(t) * (t - logQ_k) : timesLog(t, t) - t * logQ_k;
  return overElements(loss, [logQ, target], options);
}

/**
 * The losses of samples, or what becomes of them. An ignored one has none, and is missing in the mean.
 * @template {Rows} X @template {Reduction} [R="mean"]
 * @param {(row: Numbers, target: any, w: Numbers) => number} loss
 * @param {X} input @param {Target} target @param {OfSamples<R>} options
 * @returns {Reduced<R, OfRows<X>>}
 */
function overSamples(loss, input, target, { weight, ignoreIndex = -100, reduction }) {
  const single = typeof input[0] === "number";
  const rows = /** @type {Numbers[]} */ (single ? [input] : input);
  const targets = /** @type {Numbers} */ (single ? [target] : target);
  const w = weight ?? Array.from(rows[0] ?? [], () => 1);
  const kept = (/** @type {number} */ n) => targets[n] !== ignoreIndex;
  const losses = rows.map((row, n) => (kept(n) ? loss(row, targets[n], w) : 0));
  // Class indices count by their weights, probabilities each as one.
  const counted = sum(targets, (t, n) => (!kept(n) ? 0 : typeof t === "number" ? w[t] : 1));
  // Of no weight at all there is no mean, whatever the sum.
  return reduced(losses, single ? losses[0] : losses, reduction, counted || NaN);
}

/**
 * The losses of elements, or what becomes of them.
 * @template {Elements} X @template {Reduction} [R="mean"]
 * @param {(...numbers: number[]) => number} loss
 * @param {[X, ...Elements[]]} arrays @param {OfElements<R>} options
 * @returns {Reduced<R, Alike<X>>}
 */
function overElements(loss, arrays, { weight = 1, reduction }) {
  const [input, ...others] = arrays;
  const losses = elementwise((x, w, ...numbers) => w * loss(x, ...numbers), input, weight, ...others);
  const flat = /** @type {number[]} */ ([losses].flat(2));
  return reduced(flat, losses, reduction, reduction === "batchmean" ? /** @type {any} */ (input).length ?? 1 : flat.length);
}

/**
 * f of a number, or of each of an array or table and of what stands there in the others, of which any
 * may be one number for all.
 * @template {Elements} X @param {(...numbers: number[]) => number} f @param {X} x @param {Elements[]} others
 * @returns {Alike<X>}
 */
function elementwise(f, x, ...others) {
  if (typeof x === "number") return /** @type {Alike<X>} */ (f(x, .../** @type {number[]} */ (others)));
  const at = (/** @type {number} */ k) => others.map((other) => (typeof other === "number" ? other : other[k]));
  const rows = /** @type {ArrayLike<Elements>} */ (x);
  return /** @type {Alike<X>} */ (Array.from(rows, (x_k, k) => elementwise(f, x_k, ...at(k))));
}

/**
 * The losses as they are, their sum, or that divided by what counts.
 * @template {Reduction} R @param {number[]} losses @param {any} shaped @param {R | undefined} reduction @param {number} count
 */
function reduced(losses, shaped, reduction, count) {
  if (reduction === "none") return shaped;
  return reduction === "sum" ? sum(losses) : sum(losses) / count;
}
