/**
 * A call of a loss, its arrays, and how Python writes numbers: what explain.js and diagnose.js share.
 * OPTIONS and `readCall` mirror lossutils/_call.py.
 *
 * The page acts as `torch.nn.functional` does on CPU tensors; `focal_loss` is that of lossutils. An
 * array's values are those that its dtype holds (`rounded`), in row-major order.
 */

/** @typedef {"float16" | "bfloat16" | "float32" | "float64" | "int64" | "bool"} Dtype */
/** @typedef {{ shape: number[], values: ArrayLike<number>, dtype: Dtype }} Tensor */
/** @typedef {"cross_entropy" | "nll_loss" | "binary_cross_entropy" | "binary_cross_entropy_with_logits" | "kl_div" | "focal_loss"} Loss */
/**
 * @typedef {{ weight?: Tensor | null, pos_weight?: Tensor | null, ignore_index?: number, reduction?: string,
 *   label_smoothing?: number, log_target?: boolean, gamma?: number }} Options
 */
/** @typedef {{ loss: Loss, input: Tensor, target: Tensor, options: Options }} LossCall */
/** @typedef {LossCall & { name: string }} Call  a call with all options of its loss */

/** What Python raises for a call that is none. */
export class Refusal extends Error {
  /** @param {string} message @param {string} [kind] of error in Python */
  constructor(message, kind = "ValueError") {
    super(message);
    this.kind = kind;
  }
}

const OF_CLASSES = { weight: null, ignore_index: -100, reduction: "mean" };
const OF_ELEMENTS = { weight: null, reduction: "mean" };

/** The options of each loss, with what they are when left out. @type {Record<Loss, Options>} */
export const OPTIONS = {
  cross_entropy: { ...OF_CLASSES, label_smoothing: 0 },
  nll_loss: OF_CLASSES,
  binary_cross_entropy: OF_ELEMENTS,
  binary_cross_entropy_with_logits: { ...OF_ELEMENTS, pos_weight: null },
  kl_div: { reduction: "mean", log_target: false },
  focal_loss: { gamma: 2, ...OF_CLASSES },
};

/** The call with all the options of its loss, in Python's order. @param {LossCall} given @returns {Call} */
export function readCall({ loss, input, target, options }) {
  const known = Object.entries(options).filter(([, value]) => (value ?? null) !== null);
  const name = `${loss === "focal_loss" ? "lossutils" : "F"}.${loss}`;
  return { loss, input, target, options: { ...OPTIONS[loss], ...Object.fromEntries(known) }, name };
}

/** The call as a line of code, arrays by their names, defaults left out. @param {Call} call */
export function inCode({ loss, options, name }) {
  const defaults = Object.entries(OPTIONS[loss]);
  const given = Object.entries(options).flatMap(([option, value]) => {
    if (defaults.some(([known, same]) => known === option && same === value)) return [];
    const text =
      typeof value === "number" && option !== "ignore_index" ? float(value) : repr(value);
    return [`, ${option}=${typeof value === "object" ? option : text}`];
  });
  return `${name}(input, target${given.join("")})`;
}

/**
 * The options that the caller gave and the loss `of` has too, as they stand in code.
 * @param {LossCall} call @param {Loss} [of] @param {string} [ofArrays] what follows the name of an array
 * @returns {Record<string, string>}
 */
export function optionsInCode({ loss, options, input }, of = loss, ofArrays = "") {
  const byElement = "ignore_index" in OPTIONS[loss] && !("ignore_index" in OPTIONS[of]);
  const beyond = byElement ? input.shape.slice(2) : [];
  const given = Object.entries(OPTIONS[loss]).flatMap(([name, same]) => {
    const value = /** @type {Record<string, unknown>} */ (options)[name];
    if ((value ?? null) === null || value === same || !(name in OPTIONS[of])) return [];
    if (value === "batchmean" && of !== "kl_div") return [];
    let text = typeof value === "string" ? JSON.stringify(value) : repr(value);
    if (typeof value === "number" && name !== "ignore_index") text = float(value);
    // A weight of classes, which lie on axis 1, where it is to be one of elements.
    const placed = beyond.length ? `.view(-1${", 1".repeat(beyond.length)})` : "";
    if (typeof value === "object") text = name + ofArrays + placed;
    return [[name, text]];
  });
  return Object.fromEntries(given);
}

// Arrays

/** What each type of float holds: the relative step, and the largest number. */
const FLOATS = {
  float16: { eps: 2 ** -10, largest: 65504, least: 2 ** -24 },
  bfloat16: { eps: 2 ** -7, largest: (2 - 2 ** -7) * 2 ** 127, least: 2 ** -133 },
  float32: { eps: 2 ** -23, largest: (2 - 2 ** -23) * 2 ** 127, least: 2 ** -149 },
  float64: { eps: Number.EPSILON, largest: Number.MAX_VALUE, least: Number.MIN_VALUE },
};

/** @param {{ dtype: Dtype }} x */
export const isFloating = ({ dtype }) => dtype in FLOATS;

/** @param {Dtype} dtype of floats */
export const limits = (dtype) => FLOATS[/** @type {keyof typeof FLOATS} */ (dtype)];

/** The number as the dtype holds it: rounded to the nearest, to an even one of two. @param {number} x @param {Dtype} dtype */
export function rounded(x, dtype) {
  if (dtype === "float32") return Math.fround(x);
  if ((dtype !== "float16" && dtype !== "bfloat16") || x === 0 || !Number.isFinite(x)) return x;
  const { eps, largest, least } = FLOATS[dtype];
  const step = Math.max(eps * 2 ** Math.floor(Math.log2(Math.abs(x))), least);
  const steps = Math.abs(x) / step;
  const whole = Math.floor(steps);
  const up = steps - whole === 0.5 ? whole % 2 : Number(steps - whole > 0.5);
  const near = (whole + up) * step;
  return Math.sign(x) * (near > largest ? Infinity : near);
}

/** The dtype of a result of these arrays' floats. @param {Tensor[]} arrays @returns {Dtype} */
export function promoted(arrays) {
  const dtypes = new Set(arrays.filter(isFloating).map(({ dtype }) => dtype));
  if (dtypes.has("float64")) return "float64";
  return dtypes.size === 1 ? /** @type {Dtype} */ ([...dtypes][0]) : "float32";
}

/** How many numbers an array of the shape has. @param {number[]} shape */
export const size = (shape) => shape.reduce((count, n) => count * n, 1);

/** @param {number[]} a @param {number[]} b */
export const isSame = (a, b) => a.length === b.length && a.every((n, k) => n === b[k]);

/** The shape without an axis. @param {number[]} shape @param {number} axis */
export const without = (shape, axis) => shape.filter((_, k) => k !== axis);

/** The shape that both are broadcast to, null if there is none. @param {number[]} one @param {number[]} two */
export function together(one, two) {
  const [few, many] = one.length < two.length ? [one, two] : [two, one];
  const missing = many.length - few.length;
  const shape = many.map((n, k) => (n === 1 ? (few[k - missing] ?? 1) : n));
  return few.every((n, k) => n === 1 || n === shape[missing + k]) ? shape : null;
}

/** Say whether the shape broadcasts to `shape` without enlarging it. @param {number[]} given @param {number[]} shape */
export const broadcasts = (given, shape) => isSame(together(given, shape) ?? [-1], shape);

/** The values of `x`, broadcast to the shape. @param {Tensor} x @param {number[]} shape @returns {ArrayLike<number>} */
export function broadcastTo(x, shape) {
  if (isSame(x.shape, shape)) return x.values;
  const missing = shape.length - x.shape.length;
  return Array.from({ length: size(shape) }, (_, k) => {
    const own = indices(shape, k).slice(missing);
    return x.values[x.shape.reduce((at, n, axis) => at * n + (n === 1 ? 0 : own[axis]), 0)];
  });
}

/** The indices of the k-th number. @param {number[]} shape @param {number} k @returns {number[]} */
export function indices(shape, k) {
  const found = [...shape];
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    found[axis] = k % shape[axis];
    k = Math.floor(k / shape[axis]);
  }
  return found;
}

/**
 * The rows along an axis, in the order of the other axes; a single number is a row.
 * @param {ArrayLike<number>} values @param {number[]} shape @param {number} axis @returns {number[][]}
 */
export function rowsOf(values, shape, axis) {
  const length = shape.length ? shape[axis] : 1;
  const inner = size(shape.slice(axis + 1));
  return Array.from({ length: size(without(shape, axis)) }, (_, n) => {
    const start = Math.floor(n / inner) * length * inner + (n % inner);
    return Array.from({ length }, (_, k) => values[start + k * inner]);
  });
}

// Text

/** Python's f"{x:.4g}". @param {number} x @param {number} [digits] */
export function general(x, digits = 4) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  let [mantissa, power] = x.toExponential(digits - 1).split("e");
  // JavaScript rounds what lies halfway up, Python to an even digit.
  const exact = x.toExponential(digits + 25).split("e");
  const cut = exact[0].length - 26;
  if (/^\.?50*$/.test(exact[0].slice(cut)) && /[02468]\.?$/.test(exact[0].slice(0, cut)))
    [mantissa, power] = [exact[0].slice(0, cut), exact[1]];
  const place = Number(power);
  const trimmed = (/** @type {string} */ text) => text.replace(/\.?0*$/, "");
  if (place < -4 || place >= digits)
    return trimmed(mantissa.includes(".") ? mantissa : `${mantissa}.`) + exponent(place);
  const all = mantissa.replace(/[-.]/g, "").padStart(1 - Math.min(place, 0) + digits - 1, "0");
  const point = Math.max(place, 0) + 1;
  return (x < 0 ? "-" : "") + trimmed(`${all.slice(0, point)}.${all.slice(point)}`);
}

/** @param {number} power */
const exponent = (power) => `e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;

/** Python's repr of a float. @param {number} x */
export function float(x) {
  if (!Number.isFinite(x)) return general(x);
  const [mantissa, power] = x.toExponential().split("e");
  const place = Number(power);
  if (place < -4 || place >= 16) return mantissa + exponent(place);
  const text = place < 0 ? x.toFixed(mantissa.replace(/\D/g, "").length - 1 - place) : `${x}`;
  return (Object.is(x, -0) ? "-0" : text) + (text.includes(".") ? "" : ".0");
}

/** Python's repr of an option's value. @param {unknown} x */
export function repr(x) {
  if (typeof x === "boolean") return x ? "True" : "False";
  if (typeof x === "number" && !Number.isInteger(x)) return float(x);
  return typeof x === "string" ? `'${x}'` : String(x);
}

/** A shape as Python prints a tuple. @param {number[]} shape */
export const tuple = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** A whole number with commas, as Python's f"{x:,}". @param {number} x */
export const thousands = (x) => String(x).replace(/\B(?=(\d{3})+$)/g, ",");
