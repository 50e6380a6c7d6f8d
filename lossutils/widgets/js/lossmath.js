/**
 * What lossutils computes, in the page: the same functions under camelCase names, for one
 * distribution at a time.
 *
 * Nothing here knows of a page, and nothing checks its input: a figure's controls can only give
 * distributions. Results are in nats unless a base is given, 0 log 0 is 0, and an infinity stays one.
 * A test holds every function against Python's, to 1e-12.
 */

/** @typedef {ArrayLike<number>} Numbers  an array or typed array of numbers */
/** @typedef {{ base?: number }} Units  base of the logarithm; e where it is left out */

/**
 * -log p: what is learnt by seeing an outcome of probability p.
 * @overload @param {number} p @param {Units} [units] @returns {number}
 */
/**
 * @overload @param {Numbers} p @param {Units} [units] @returns {number[]}
 */
/** @param {number | Numbers} p @param {Units} [units] @returns {number | number[]} */
export function surprisal(p, { base } = {}) {
  // 0 - log p, not -log p: certainty has surprisal 0, not -0.
  /** @param {number} probability */
  const one = (probability) => (0 - Math.log(probability)) / logBase(base);
  return typeof p === "number" ? one(p) : Array.from(p, one);
}

/** H(p) = -sum_k p_k log p_k. @param {Numbers} p @param {Units} [units] */
export function entropy(p, { base } = {}) {
  return crossEntropy(p, p, { base });
}

/** H(p, q) = -sum_k p_k log q_k. @param {Numbers} p @param {Numbers} q @param {Units} [units] */
export function crossEntropy(p, q, { base } = {}) {
  return (0 - sum(p, (p_k, k) => timesLog(p_k, q[k]))) / logBase(base);
}

/**
 * D(p || q) = sum_k p_k (log p_k - log q_k).
 * @param {Numbers} p @param {Numbers} q @param {Units} [units]
 */
export function klDivergence(p, q, { base } = {}) {
  return sum(p, (p_k, k) => timesLogRatio(p_k, p_k, q[k])) / logBase(base);
}

/**
 * JS(p, q) = (D(p || m) + D(q || m)) / 2 with m = (p + q) / 2.
 * @param {Numbers} p @param {Numbers} q @param {Units} [units]
 */
export function jsDivergence(p, q, { base } = {}) {
  // p / m as 2p / (p + q): halving a sum of the smallest numbers would round it to 0.
  const twice = sum(p, (p_k, k) => {
    const both = p_k + q[k];
    return timesLogRatio(p_k, 2 * p_k, both) + timesLogRatio(q[k], 2 * q[k], both);
  });
  return twice / 2 / logBase(base);
}

/** exp H(p): as many equally likely outcomes would be as uncertain. @param {Numbers} p */
export function perplexity(p) {
  return Math.exp(entropy(p));
}

/**
 * Give p and q one support: each outcome that only one of them lacks gets epsilon there, taken in
 * equal parts from the outcomes it has. Both sums stay what they are.
 * @param {Numbers} p @param {Numbers} q @param {{ epsilon?: number }} [options]
 * @returns {[number[], number[]]}
 */
export function smoothSupports(p, q, { epsilon = 1e-3 } = {}) {
  return [fillSupport(p, q, epsilon), fillSupport(q, p, epsilon)];
}

/** @param {Numbers} p @param {Numbers} other @param {number} epsilon */
function fillSupport(p, other, epsilon) {
  const had = sum(p, (p_k) => (p_k > 0 ? 1 : 0));
  const lacked = sum(p, (p_k, k) => (p_k === 0 && other[k] > 0 ? 1 : 0));
  const share = epsilon * (lacked / had);
  return Array.from(p, (p_k, k) => (p_k > 0 ? p_k - share : other[k] > 0 ? epsilon : 0));
}

/**
 * (n_k + alpha) / (N + K alpha): probabilities from counts, each count made alpha larger.
 * @param {Numbers} counts @param {{ alpha?: number }} [options] @returns {number[]}
 */
export function additiveSmoothing(counts, { alpha = 1 } = {}) {
  const total = sum(counts, (n_k) => n_k + alpha);
  return Array.from(counts, (n_k) => (n_k + alpha) / total);
}

/**
 * (1 - epsilon) p_k + epsilon / K.
 * @param {Numbers} p @param {{ epsilon: number }} options @returns {number[]}
 */
export function mixUniform(p, { epsilon }) {
  return Array.from(p, (p_k) => (1 - epsilon) * p_k + epsilon / p.length);
}

/**
 * A weight for each class from its count, the larger the rarer. "balanced" is N / (K n_k); the others
 * are scaled to a mean of 1 over the classes.
 * @param {Numbers} counts @param {{ scheme?: string, beta?: number }} [options] @returns {number[]}
 */
export function classWeights(counts, { scheme = "balanced", beta = 0.999 } = {}) {
  const count = counts.length;
  if (scheme === "balanced") {
    const mean = sum(counts, (n_k) => n_k) / count;
    return Array.from(counts, (n_k) => mean / n_k);
  }
  const rarity = {
    inverse: (/** @type {number} */ n) => 1 / n,
    "inverse-sqrt": (/** @type {number} */ n) => 1 / Math.sqrt(n),
    "effective-number": (/** @type {number} */ n) => (1 - beta) / -Math.expm1(n * Math.log(beta)),
  }[scheme];
  if (!rarity) throw new Error(`no such scheme: ${scheme}`);
  const mean = sum(counts, rarity) / count;
  return Array.from(counts, (n_k) => rarity(n_k) / mean);
}

/**
 * Code lengths of Huffman's code, in bits: the least mean length that whole bits allow. What never
 * comes has no word, and what is certain needs none: 0.
 * @param {Numbers} p @returns {number[]}
 */
export function huffmanLengths(p) {
  const lengths = Array.from(p, () => 0);
  // Trees to be joined, lightest first; of equal ones the older first, which keeps codes short.
  /** @type {{ weight: number, leaves: number[] }[]} */
  const trees = Array.from(p, (weight, k) => ({ weight, leaves: [k] }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => a.weight - b.weight);
  while (trees.length > 1) {
    const [a, b] = trees.splice(0, 2);
    const joined = { weight: a.weight + b.weight, leaves: [...a.leaves, ...b.leaves] };
    for (const k of joined.leaves) lengths[k] += 1;
    const heavier = trees.findIndex(({ weight }) => weight > joined.weight);
    trees.splice(heavier < 0 ? trees.length : heavier, 0, joined);
  }
  return lengths;
}

/**
 * ceil(-log2 p_k): code lengths of Shannon's code, in bits; 0 for what never comes.
 * @param {Numbers} p @returns {number[]}
 */
export function shannonLengths(p) {
  // The least length with 2^-length <= p_k: halving is exact where a logarithm is rounded.
  return Array.from(p, (p_k) => {
    let length = 0;
    for (let power = 1; power > p_k && p_k > 0; power /= 2) length += 1;
    return length;
  });
}

/** log sum_k exp z_k. @param {Numbers} z */
export function logSumExp(z) {
  const top = largest(z);
  // An infinite maximum can't be taken out: inf - inf is no number.
  const shift = Number.isFinite(top) ? top : 0;
  return shift + Math.log(sum(z, (z_k) => Math.exp(z_k - shift)));
}

/** z_k - log sum_j exp z_j. @param {Numbers} z @returns {number[]} */
export function logSoftmax(z) {
  const top = largest(z);
  const logTotal = Math.log(sum(z, (z_k) => Math.exp(z_k - top)));
  return Array.from(z, (z_k) => z_k - top - logTotal);
}

/** exp z_k / sum_j exp z_j. @param {Numbers} z @returns {number[]} */
export function softmax(z) {
  const top = largest(z);
  const total = sum(z, (z_k) => Math.exp(z_k - top));
  return Array.from(z, (z_k) => Math.exp(z_k - top) / total);
}

/** x log y, and 0 where x is 0, whatever y. @param {number} x @param {number} y */
function timesLog(x, y) {
  return x === 0 ? 0 : x * Math.log(y);
}

/**
 * x (log a - log b), and 0 where x is 0. Not log(a / b), which overflows for a small b.
 * @param {number} x @param {number} a @param {number} b
 */
function timesLogRatio(x, a, b) {
  return x === 0 ? 0 : x * (Math.log(a) - Math.log(b));
}

/** @param {Numbers} values @param {(value: number, k: number) => number} term */
function sum(values, term) {
  let total = 0;
  for (let k = 0; k < values.length; k += 1) total += term(values[k], k);
  return total;
}

/** @param {Numbers} values */
function largest(values) {
  return Array.from(values).reduce((a, b) => Math.max(a, b), -Infinity);
}

/** The divisor that turns nats into units of log `base`. @param {number | undefined} base */
function logBase(base) {
  return base === undefined ? 1 : Math.log(base);
}
