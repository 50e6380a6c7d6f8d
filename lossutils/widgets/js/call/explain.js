/**
 * Explain one call of a loss: where its number comes from, how low it could be, and its gradient.
 *
 * Mirrors lossutils/explanation.py and lossutils/_readers.py, with their names in camelCase and what
 * they refuse in their words. Everything is computed in float64, whatever the arrays' type, and the
 * result is rounded to that type, half precision too; Python computes float32 and narrower in
 * float32. There is no PyTorch to compare with.
 */
import { logSigmoid, logSoftmax, sigmoid } from "../lossmath/activations.js";
import { largest, sum } from "../lossmath/numbers.js";
import { mixUniform } from "../lossmath/smoothing.js";
import * as c from "./call.js";

/** @typedef {import("./call.js").Call} Call */
/** @typedef {import("./call.js").LossCall} LossCall */
/** @typedef {import("./call.js").Tensor} Tensor */
/** @typedef {number | number[]} Some  a number for each class, or one */
/** @typedef {{ own: number, spread: number, kept: boolean, weight: number, floor: number, ceiling: number }} Read  what a sample adds */
/** @typedef {{ input: Some, log: number[], target: Some, weight: Some, factors: number[], terms: number[], gradient: Some }} Detail  what there is to see of its classes */
/**
 * @typedef {Detail & { place: number[], ignored: boolean, own: number, spread: number, loss: number,
 *   share: number, floor: number }} Sample
 */
/**
 * @typedef {object} Reader  a loss with its arguments, ready to be read sample by sample
 * @property {string} unit
 * @property {number[]} shape of the samples
 * @property {number | null} count what a mean divides by; null for the weights of the samples that count
 * @property {boolean} [smoothed]
 * @property {boolean} [void] whether there is no class to spread smoothing over
 * @property {[string, string]} readAs
 * @property {string} formula
 * @property {string} dividedBy
 * @property {Tensor[]} arrays whose dtypes are that of the result
 * @property {(n: number) => Read} read
 * @property {(n: number, divisor: number) => Detail} details
 */
/**
 * @typedef {object} Explanation  as Python's, without what only PyTorch can tell
 * @property {string} call
 * @property {string} loss
 * @property {[string, string]} reading
 * @property {string} formula
 * @property {string} reduction
 * @property {Sample[]} samples
 * @property {number[]} shape
 * @property {number} count
 * @property {boolean} complete
 * @property {number} ignored
 * @property {number} weightless
 * @property {number} least
 * @property {number} most
 * @property {number} notFinite
 * @property {number} numerator
 * @property {number} divisor
 * @property {string} dividedBy
 * @property {number | null} result
 * @property {number} floor
 * @property {number} noise
 * @property {string} unit
 * @property {number} rounding
 * @property {boolean} weighted
 * @property {boolean} smoothed
 */

/** Of a larger batch, half as many of the largest losses and of the smallest. */
export const MOST_SAMPLES = 10;
const TYPE = "TypeError";
const LEAST_VARIANCE = Math.fround(1e-12);
const NOISE = { float64: 1e-12, float32: 1e-5, float16: 4e-3, bfloat16: 3e-2, int64: 0, bool: 0 };

/**
 * Explain what a loss makes of this input and target, sample by sample.
 * @param {LossCall} given @returns {Explanation | { error: string }}
 */
export function explain(given) {
  try {
    const call = c.readCall(given);
    return explanation(call, readerOf(call));
  } catch (error) {
    if (error instanceof c.Refusal) return { error: error.message };
    throw error;
  }
}

/** The reader of the call's loss, which refuses what is no call of it. @param {Call} call @returns {Reader} */
export function readerOf(call) {
  if (call.loss === "kl_div") return ofDistributions(call);
  return call.loss.startsWith("binary") ? ofYesOrNo(call) : ofClasses(call);
}

/**
 * The losses, added up or each, in float64: what the loss returns, before it is rounded.
 * @param {Call} call @param {Reader} reader
 */
export function totals({ options }, reader) {
  const reads = Array.from({ length: c.size(reader.shape) }, (_, n) => reader.read(n));
  const averaged = options.reduction === "mean" || options.reduction === "batchmean";
  const counted = reader.count ?? sum(reads.map(({ weight }) => weight));
  const divisor = averaged ? counted : 1;
  const own = sum(reads.map((read) => read.own));
  const spread = reader.void ? Number.NaN : sum(reads.map((read) => read.spread));
  // The means of the parts each by itself, as in PyTorch: of 0 / 0 and 1 / 0 one is NaN.
  const apart = reader.smoothed && reader.count === null;
  const result = apart ? own / divisor + spread / divisor : (own + spread) / divisor;
  return { reads, averaged, divisor, numerator: own + spread, result };
}

/** @param {Call} call @param {Reader} reader @returns {Explanation} */
function explanation(call, reader) {
  const { reads, averaged, divisor, numerator, result } = totals(call, reader);
  const losses = reads.map(({ own, spread }) => own + spread);
  const counted = losses.filter((_, n) => reads[n].kept);
  const finite = counted.filter(Number.isFinite);
  const most = largest(finite);
  const least = -largest(finite.map((loss) => -loss));
  let floor = sum(reads.map((read) => read.floor));
  if (divisor === 0 || Number.isNaN(divisor)) floor = Number.NaN;
  else if (divisor < 0) floor = sum(reads.map(({ ceiling }) => ceiling)); // the order is turned around
  const places = chosen(losses, reads);
  const { weight, pos_weight, reduction } = call.options;
  const factors = [weight, pos_weight].filter((x) => x).map((x) => /** @type {Tensor} */ (x));
  const noise = Math.max(1e-12, ...[...reader.arrays, ...factors].map(({ dtype }) => NOISE[dtype]));
  return {
    call: c.inCode(call),
    loss: call.loss,
    reading: [
      `${reader.readAs[0]}, ${c.tuple(call.input.shape)} ${call.input.dtype}`,
      `${reader.readAs[1]}, ${c.tuple(call.target.shape)} ${call.target.dtype}`,
    ],
    formula: reader.formula,
    reduction: /** @type {string} */ (reduction),
    samples: places.map((n) => ({
      place: c.indices(reader.shape, n),
      ignored: !reads[n].kept,
      ...reader.details(n, divisor),
      own: reads[n].own,
      spread: reads[n].spread,
      loss: losses[n],
      share: reads[n].kept ? losses[n] / divisor : 0,
      floor: reads[n].floor,
    })),
    shape: reader.shape,
    count: losses.length,
    complete: places.length === losses.length,
    ignored: losses.length - counted.length,
    weightless: reads.filter(({ kept, weight: w }) => kept && w === 0).length,
    least: finite.length ? least : Number.NaN,
    most: finite.length ? most : Number.NaN,
    notFinite: counted.length - finite.length,
    numerator,
    divisor,
    dividedBy: averaged ? reader.dividedBy : "",
    result: reduction === "none" ? null : c.rounded(result, c.promoted(reader.arrays)),
    floor: divisor ? floor / divisor : floor,
    noise,
    unit: reader.unit,
    rounding: noise > 1e-12 ? 1.2e-7 : 2.3e-16,
    weighted: factors.length > 0,
    smoothed: Boolean(reader.smoothed),
  };
}

/** Which samples to show: all of a few, else the largest losses, then the smallest. @param {number[]} losses @param {Read[]} reads */
function chosen(losses, reads) {
  const all = losses.map((_, n) => n);
  if (all.length <= MOST_SAMPLES) return all;
  const key = (/** @type {number} */ n) => (Number.isNaN(losses[n]) ? Infinity : losses[n]);
  const order = (/** @type {number} */ a, /** @type {number} */ b) =>
    key(a) === key(b) ? 0 : key(a) - key(b);
  const counted = all.filter((n) => reads[n].kept);
  const worst = [...counted].sort((a, b) => order(b, a)).slice(0, MOST_SAMPLES / 2);
  const best = counted.sort(order).slice(0, MOST_SAMPLES / 2);
  return [...worst, ...best.filter((n) => !worst.includes(n))];
}

// Samples with one class each, by its index or by probabilities

/** @param {Call} call @returns {Reader} */
function ofClasses({ loss, input, target, options }) {
  const { label_smoothing: alpha = 0, gamma = 0 } = options;
  require(alpha >= 0 && alpha <= 1);
  if (!(gamma >= 0 && gamma < Infinity))
    throw new c.Refusal(`gamma must be finite and at least 0, got ${c.float(gamma)}`);
  const ignored = /** @type {number} */ (options.ignore_index);
  requireReduction(options.reduction);
  const given = options.weight ?? null;
  const named = { input, target, ...(given && { weight: given }) };
  const soft = c.isFloating(target);
  requireFloats(soft && loss === "cross_entropy" ? withoutWhole(named) : named, "target");
  const { shape } = input;
  // The index of a single sample, in a row of one.
  const alone = shape.length === 1 && shape[0] > 1 && c.isSame(target.shape, [1]);
  const of = alone && !alpha && loss !== "focal_loss" ? { ...target, shape: [] } : target;
  const axis = classAxis(input, of, loss === "cross_entropy");
  const samples = c.without(shape, axis);
  const classes = shape[axis];
  require(!given || c.isSame(given.shape, [classes]));
  require(!soft || ignored < 0);
  const rows = c.rowsOf(input.values, shape, axis);
  const targets = soft ? c.rowsOf(target.values, shape, axis) : [];
  const y = target.values;
  if (!soft) requireClassIndices(target, classes, ignored);

  const w = given ? Array.from(given.values) : Array(classes).fill(1);
  const even = alpha / Math.max(classes, 1);
  const mixed = (/** @type {number[]} */ t) => (alpha ? mixUniform(t, { epsilon: alpha }) : t);
  const logs = (/** @type {number[]} */ z) => (loss === "nll_loss" ? z : logSoftmax(z));
  const floors = soft ? [] : leastByClass(w, alpha, even);
  const opposites = soft
    ? []
    : leastByClass(
        w.map((w_k) => -w_k),
        alpha,
        even,
      );

  /** What smoothing leaves to the sample's own class, and what it spreads. @param {number[]} z @param {number} k @returns {[number, number]} */
  function losses(z, k) {
    if (!classes) return [0, 0];
    const log_q = logs(z);
    if (alpha) {
      const uniform = 0 - sum(log_q, (log, j) => w[j] * log);
      return [(1 - alpha) * (0 - w[k] * log_q[k]), even * uniform];
    }
    if (loss !== "focal_loss") return [0 - w[k] * log_q[k], 0];
    const rest = log_q[k] === 0 ? 1 : -Math.expm1(log_q[k]);
    return [0 - w[k] * (rest ** gamma * log_q[k]), 0];
  }

  /** @param {number} n @returns {Read} */
  function read(n) {
    const z = rows[n];
    if (soft) {
      const t = mixed(targets[n]);
      const log_q = logs(z);
      const own = 0 - sum(t, (t_k, k) => w[k] * (t_k * log_q[k]));
      return unweighted(own, least(t.map((t_k, k) => t_k * w[k])));
    }
    const kept = y[n] !== ignored;
    if (!kept) return { own: 0, spread: 0, kept, weight: 0, floor: 0, ceiling: 0 };
    const [own, spread] = losses(z, y[n]);
    if (!classes) return { own, spread, kept, weight: 1, floor: 0, ceiling: 0 };
    return { own, spread, kept, weight: w[y[n]], floor: floors[y[n]], ceiling: -opposites[y[n]] };
  }

  /** @param {number} n @param {number} divisor @returns {Detail} */
  function details(n, divisor) {
    const z = rows[n];
    const log = logs(z);
    const kept = soft || y[n] !== ignored;
    const t = soft ? mixed(targets[n]) : [];
    const picked = (/** @type {number} */ k) => !soft && kept && k === y[n];
    const touched = (/** @type {number} */ k) => soft || (alpha ? kept : picked(k));
    let factors = z.map((_, k) => {
      if (soft) return w[k] * t[k];
      return (picked(k) ? (1 - alpha) * w[k] : 0) + even * w[k] * Number(kept);
    });
    // Divided before anything is added up, as in PyTorch: weights that cancel divide by 0.
    const slopes = factors.map((f, k) => (touched(k) ? f / divisor : 0));
    let gradient = slopes.map((slope) => 0 - slope);
    if (loss === "focal_loss") {
      [factors, gradient] = focal(log, factors, slopes, picked);
    } else if (loss !== "nll_loss") {
      const total = sum(slopes);
      gradient = slopes.map((slope, k) => total * Math.exp(log[k]) - slope);
    }
    return {
      input: z,
      log,
      target: soft ? targets[n] : y[n],
      weight: soft ? w : kept ? (classes ? w[y[n]] : 1) : 0,
      factors,
      terms: factors.map((f, k) => (touched(k) ? 0 - f * log[k] : 0)),
      gradient,
    };
  }

  /**
   * What -log q_y is multiplied by, and the gradient.
   * @param {number[]} log @param {number[]} factors @param {number[]} slopes
   * @param {(k: number) => boolean} picked @returns {[number[], number[]]}
   */
  function focal(log, factors, slopes, picked) {
    const q = log.map(Math.exp);
    const away = log.map((log_q) => -Math.expm1(log_q));
    const rest = away.map((away_k, k) => (log[k] === 0 ? 1 : away_k));
    const slope = log.map((log_q, k) => {
      const bend = gamma * rest[k] ** (gamma - 1) * (q[k] === 0 ? 0 : q[k] * log_q);
      return picked(k) ? slopes[k] * (bend - rest[k] ** gamma) : 0;
    });
    const total = sum(slope);
    return [
      factors.map((f, k) => (picked(k) ? f * rest[k] ** gamma : 0)),
      away.map((away_k, k) => total * (picked(k) ? away_k : -q[k])),
    ];
  }

  const counting = "the samples that count";
  const kind = loss === "nll_loss" ? "log-probabilities" : "logits";
  return {
    unit: "sample",
    shape: samples,
    count: soft ? (classes ? c.size(samples) : 0) : null,
    smoothed: alpha > 0,
    void: alpha > 0 && classes === 0,
    readAs: [
      `${kind} of ${counted(classes, "class", "classes")}`,
      soft ? "class probabilities" : "class indices",
    ],
    formula: formulaOf(loss, { alpha, gamma, classes, soft, weighted: given !== null }),
    dividedBy: soft
      ? "the number of samples, weights or not"
      : given
        ? `the weights of ${counting}`
        : counting,
    arrays: Object.values(named),
    read,
    details,
  };
}

/**
 * What a sample adds.
 * @param {string} loss
 * @param {{ alpha: number, gamma: number, classes: number, soft: boolean, weighted: boolean }} of
 */
function formulaOf(loss, { alpha, gamma, classes, soft, weighted }) {
  const [w_y, w_k] = weighted ? ["w_y ", "w_k "] : ["", ""];
  const q = loss === "nll_loss" ? "log q = input" : "q = softmax(input)";
  const where = `where ${q}${weighted ? ", w = weight" : ""}`;
  if (loss === "focal_loss") return `-${w_y}(1 - q_y)^${c.general(gamma, 6)} log q_y, ${where}`;
  const [a, rest] = [c.general(alpha, 6), c.general(1 - alpha, 6)];
  if (soft) {
    const t = alpha ? `(${rest} t_k + ${a}/${classes})` : "t_k";
    return `-sum_k ${w_k}${t} log q_k, ${where}`;
  }
  if (alpha) return `-${rest} ${w_y}log q_y - ${a}/${classes} sum_k ${w_k}log q_k, ${where}`;
  return `-${w_y}log q_y, ${where}`;
}

/** The least loss of a sample of each class. @param {number[]} w @param {number} alpha @param {number} even */
function leastByClass(w, alpha, even) {
  if (w.length < 2) return w.map((w_k) => 0 * w_k);
  // What -log q_k is multiplied by: a share for all classes, and more for the sample's own.
  const spread = w.map((w_k) => even * w_k);
  const total = sum(spread);
  const logs = sum(spread, xLogX);
  const negative = spread.some((s) => s < 0);
  return w.map((w_k, k) => {
    const own = (1 - alpha) * w_k;
    if (Number.isNaN(total + own)) return Number.NaN;
    if (negative || w_k < 0) return -Infinity;
    return Math.max(xLogX(total + own) - (logs - xLogX(spread[k])) - xLogX(spread[k] + own), 0);
  });
}

// Elements that are a yes or a no each, by a probability or by a logit

/** @param {Call} call @returns {Reader} */
function ofYesOrNo({ loss, input, target, options }) {
  const logits = loss === "binary_cross_entropy_with_logits";
  requireReduction(options.reduction);
  const { pos_weight, weight } = options;
  const factors = { ...(pos_weight && { pos_weight }), ...(weight && { weight }) };
  const named = { input, target, ...factors };
  requireFloats(withoutWhole(named));
  const { shape } = input;
  require(c.isSame(shape, target.shape));
  for (const { shape: given } of Object.values(factors)) require(c.broadcasts(given, shape));
  if (!logits)
    for (const { values } of [input, target])
      require(Array.from(values).every((p) => p >= 0 && p <= 1));
  const [x, t] = [input.values, target.values];
  const b = pos_weight ? c.broadcastTo(pos_weight, shape) : null;
  const w = weight ? c.broadcastTo(weight, shape) : null;

  /** What -log p and -log(1 - p) are multiplied by, without the weight. @param {number} n */
  const yesAndNo = (n) => [(b ? b[n] : 1) * t[n], 1 - t[n]];
  /** log p and log(1 - p), clamped at -100 where p is given. @param {number} n */
  const logsOf = (n) =>
    logits
      ? [logSigmoid(x[n]), logSigmoid(-x[n])]
      : [Math.max(Math.log(x[n]), -100), Math.max(Math.log1p(-x[n]), -100)];

  /** @param {number} n @returns {Read} */
  function read(n) {
    const pair = yesAndNo(n);
    const [log_p, log_rest] = logsOf(n);
    const w_n = w ? w[n] : 1;
    const loss_n = 0 - (pair[0] * log_p + pair[1] * log_rest);
    if (logits) {
      const factor = b ? 1 + (b[n] - 1) * t[n] : 1;
      // An infinity or NaN is PyTorch's.
      const ours = Number.isFinite(loss_n) ? loss_n : (1 - t[n]) * x[n] - factor * log_p;
      return unweighted(ours * w_n, least(pair.map((each) => each * w_n)));
    }
    // Clamped logarithms bound the loss from both sides: at p = 0 it is 100 t.
    const low = Math.min(least(pair), 100 * Math.min(...pair));
    const high = 100 * Math.max(...pair);
    return unweighted(loss_n * w_n, Math.min(w_n * low, w_n * high));
  }

  /** @param {number} n @param {number} divisor @returns {Detail} */
  function details(n, divisor) {
    const [x_n, t_n, w_n] = [x[n], t[n], w ? w[n] : 1];
    const yes = (b ? b[n] : 1) * t_n;
    const log = logsOf(n);
    const factors = yesAndNo(n).map((each) => each * w_n);
    const variance = Math.max(x_n * (1 - x_n), LEAST_VARIANCE);
    return {
      input: x_n,
      log,
      target: t_n,
      weight: w_n,
      factors,
      terms: factors.map((f, k) => 0 - f * log[k]),
      gradient: logits
        ? (w_n * ((yes + 1 - t_n) * sigmoid(x_n) - yes)) / divisor
        : (w_n * (x_n - t_n)) / variance / divisor,
    };
  }

  const p = logits ? "p = sigmoid(input)" : "p = input, each log clamped at -100";
  const where = p + (b ? ", b = pos_weight" : "") + (w ? ", w = weight" : "");
  return {
    unit: "element",
    shape,
    count: c.size(shape),
    readAs: [logits ? "logits" : "probabilities", "the chances of yes"],
    formula: `-${w ? "w " : ""}(${b ? "b " : ""}t log p + (1 - t) log(1 - p)), where ${where}`,
    dividedBy: "the number of elements, weights or not",
    arrays: Object.values(named),
    read,
    details,
  };
}

// Rows whose divergences are added up

/** @param {Call} call @returns {Reader} */
function ofDistributions({ input, target, options }) {
  const asLog = options.log_target === true;
  requireFloats({ input, target });
  requireReduction(options.reduction, "batchmean");
  const both = c.together(input.shape, target.shape);
  require(both !== null);
  const shape = both ?? [];
  const values = c.broadcastTo(target, shape);
  const axis = axisOf(values, shape, asLog);
  const rows = c.rowsOf(c.broadcastTo(input, shape), shape, axis);
  const targets = c.rowsOf(values, shape, axis);
  const outcomes = shape.length ? shape[axis] : 1;

  const factor = (/** @type {number} */ t) => (asLog ? Math.exp(t) : t);
  /** @param {number} n */
  const terms = (n) =>
    targets[n].map((t, k) => {
      const log_q = rows[n][k];
      return asLog ? Math.exp(t) * (t - log_q) : t * (t === 0 ? 0 : Math.log(t)) - t * log_q;
    });

  const whole = options.reduction === "batchmean";
  const logs = "log-probabilities";
  const along = shape.length > 2 ? ` along axis ${axis}` : "";
  return {
    unit: "row",
    shape: c.without(shape, axis),
    count: whole ? (input.shape[0] ?? 1) : c.size(shape),
    readAs: [
      `${logs} of ${counted(outcomes, "outcome", "outcomes")}${along}` +
        (c.isSame(input.shape, shape) ? "" : ", broadcast: gradients add up"),
      (asLog ? logs : "probabilities") + (c.isSame(target.shape, shape) ? "" : ", broadcast"),
    ],
    formula: `sum_k t_k (log t_k - log q_k), where log q = input${asLog ? ", log t = target" : ""}`,
    dividedBy: whole ? "the length of axis 0" : "the number of elements, not of rows",
    arrays: [input, target],
    read(n) {
      // 0 times the logarithm that is given for it is NaN, and so is that of a negative number.
      const isVoid = targets[n].some((t) => (asLog ? t === -Infinity : t < 0));
      const floor = isVoid ? Number.NaN : xLogX(sum(targets[n], factor));
      return unweighted(sum(terms(n)), floor);
    },
    details(n, divisor) {
      const factors = targets[n].map(factor);
      return {
        input: rows[n],
        log: rows[n],
        target: targets[n],
        weight: 1,
        factors,
        terms: terms(n),
        gradient: factors.map((f) => 0 - f / divisor),
      };
    },
  };
}

/** The axis of the outcomes: the last, or axis 1 if the first row says so. @param {ArrayLike<number>} t @param {number[]} shape @param {boolean} asLog */
function axisOf(t, shape, asLog) {
  const end = Math.max(shape.length - 1, 0);
  if (shape.length < 3 || c.size(shape) === 0) return end;
  const [last, second] = [end, 1].map((axis) => {
    const [first] = c.rowsOf(t, shape, axis);
    return Math.abs(sum(first, (p) => (asLog ? Math.exp(p) : p)) - 1);
  });
  return second < 1e-2 && last > 1e-2 ? 1 : end;
}

// What several readers share

/** What a sample adds that counts once: no mean divides by less than 0. @param {number} own @param {number} floor @returns {Read} */
function unweighted(own, floor) {
  return { own, spread: 0, kept: true, weight: 1, floor, ceiling: floor };
}

/** @param {number} count @param {string} one @param {string} more */
const counted = (count, one, more) => `${c.thousands(count)} ${count === 1 ? one : more}`;

/** x log x, 0 at 0 and NaN below. @param {number} x */
const xLogX = (x) => (x === 0 ? 0 : x * Math.log(x));

/** The least of -sum_k c_k log q_k over all distributions q: S log S - sum_k c_k log c_k, if no c_k is negative. @param {number[]} factors */
function least(factors) {
  if (factors.length < 2) return 0; // q_0 = 1
  if (factors.some(Number.isNaN)) return Number.NaN;
  if (factors.some((f) => f < 0)) return -Infinity;
  return Math.max(xLogX(sum(factors)) - sum(factors, xLogX), 0);
}

// What the functions of lossutils refuse, in their words where no finding says the same

/** @param {boolean} holds what a finding denies where it does not */
function require(holds) {
  if (!holds) throw new c.Refusal("the findings say why");
}

/** @param {string | undefined} reduction @param {string[]} others */
const requireReduction = (reduction, ...others) =>
  require(["mean", "sum", "none", ...others].includes(reduction ?? ""));

/** The arrays, less whole weights that PyTorch multiplies by all the same. @param {Record<string, Tensor>} arrays */
function withoutWhole(arrays) {
  const isTaken = (/** @type {string} */ name, /** @type {Tensor} */ x) =>
    name.endsWith("weight") && !c.isFloating(x) && !(name === "pos_weight" && x.dtype === "bool");
  return Object.fromEntries(Object.entries(arrays).filter(([name, x]) => !isTaken(name, x)));
}

/** Refuse arrays that hold no floats; the one named `indices` may hold class indices. @param {Record<string, Tensor>} arrays @param {string} [indices] */
function requireFloats(arrays, indices) {
  for (const [name, { dtype }] of Object.entries(arrays)) {
    if (c.isFloating({ dtype })) continue;
    if (name !== indices)
      throw new c.Refusal(
        `${name} must hold floating-point numbers, got torch.${dtype}: convert it with ${name} = ${name}.float()`,
        TYPE,
      );
    require(dtype === "int64");
  }
}

/** The classes' axis. @param {Tensor} input @param {Tensor} target @param {boolean} soft */
function classAxis({ shape }, target, soft) {
  require(shape.length > 0);
  const axis = Math.min(1, shape.length - 1);
  require(c.isSame(target.shape, soft && c.isFloating(target) ? shape : c.without(shape, axis)));
  require(soft || !c.isFloating(target));
  return axis;
}

/** @param {Tensor} y @param {number} classes @param {number} ignored */
const requireClassIndices = ({ values }, classes, ignored) =>
  require(Array.from(values).every((k) => k === ignored || (k >= 0 && k < classes)));
