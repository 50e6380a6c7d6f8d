/**
 * Say what is wrong with a call of a loss, from its values, shapes and types.
 *
 * Mirrors lossutils/diagnose.py, lossutils/_rules.py and lossutils/_findings.py: the same rules, names
 * in camelCase, in the same order, on detached tensors of the CPU. What Python reads from autograd's
 * graph, a device or several steps is left out, and no box holds so many numbers that some rows must stand
 * for all. Python calls PyTorch to learn what it refuses; `ofCall`
 * says the same by rules. In half precision PyTorch adds up in that type on the CPU, and here
 * all is added up in float64 and then rounded. The words stand in lossutils/findings.json.
 */
import { largest, sum } from "../lossmath/numbers.js";
import * as c from "./call.js";
import { readerOf, totals } from "./explain.js";

/** @typedef {import("./call.js").Call} Call */
/** @typedef {import("./call.js").LossCall} LossCall */
/** @typedef {import("./call.js").Tensor} Tensor */
/** @typedef {"error" | "warning" | "note"} Severity */
/** @typedef {string | number | number[]} Value  a shape is an array */
/** @typedef {{ code: string, severity: Severity, summary: string, evidence: Record<string, Value>, fix: string, link: string }} Finding */
/** @typedef {{ severity: string, summary: string, fix: string, link: string }} Words */
/** @typedef {Record<string, Words & { variants?: Record<string, Partial<Words>> }>} Table  findings.json */
/** @typedef {Iterable<Finding>} Findings */
/** @typedef {number[][]} Rows */
/** @typedef {Record<string, Value>} Said */

const SEVERITIES = ["error", "warning", "note"];
const LEAST_BITS = 18; // how unlikely a coincidence must be: 1 in 2^18
const NEARLY = 0.05; // how far the logarithm of a row's sum may be from 0, through rounding and epsilons
const LEAST_FLOOR = 0.01; // what a softmax before a softmax must cost: one times 20 is as good as none
const SINGLE = 2 ** -23;
const [LEAST_MASKED, MOST_UNMASKED] = [-9000, 1000]; // a mask's number, and how large the others may be
const LEAST_LOST = 10; // what a masked class adds to the loss where that is a fault

/**
 * Findings on a call, the gravest first.
 * @param {LossCall} given @param {Table} table @returns {Finding[]}
 */
export function diagnose(given, table) {
  const codes = Object.keys(table);
  const rank = (/** @type {Finding} */ { severity, code }) =>
    SEVERITIES.indexOf(severity) * codes.length + codes.indexOf(code);
  return [...allFindings(new Facts(c.readCall(given), table))]
    .map((each) => ({ ...each, fix: completed(each.fix, given) }))
    .sort((a, b) => rank(a) - rank(b));
}

const CALLED = RegExp(`\\.(${Object.keys(c.OPTIONS).join("|")})\\(`, "g");

/**
 * The line with the caller's other options for "{*}": those that its loss has and that it does not set.
 * "{* -name}" leaves one out; "{*.float()}" converts the weights.
 * @param {string} line @param {LossCall} call
 */
function completed(line, call) {
  if (call.loss === "focal_loss") line = line.replace("F.binary_", "lossutils.binary_"); // ours too
  return line.replace(/\{\*(.*?)\}/g, (_, rest) => {
    const [, name] = /** @type {RegExpMatchArray} */ ([...line.matchAll(CALLED)].pop());
    const set = [...line.matchAll(/\b(\w+)=/g), ...rest.matchAll(/-(\w+)/g)].map(
      ([, each]) => each,
    );
    const loss = /** @type {import("./call.js").Loss} */ (name);
    return Object.entries(c.optionsInCode(call, loss, rest.startsWith(".") ? rest : ""))
      .filter(([option]) => !set.includes(option))
      .map(([option, text]) => `, ${option}=${text}`)
      .join("");
  });
}

/** What shows a finding, in words. @param {Finding} finding */
export function evidenceText({ evidence: { seen, ...rest } }) {
  const shown = Object.entries(rest).map(
    ([name, value]) => `${name.replace(/_/g, " ")} ${text(name, value)}`,
  );
  return shown.length ? `${seen}: ${shown.join(", ")}` : String(seen);
}

/**
 * The finding with its words from the table, numbers filled in from the evidence.
 * @param {Table} table @param {string} code @param {string} variant @param {Said} evidence @returns {Finding}
 */
function finding(table, code, variant, evidence) {
  const { variants, ...words } = table[code];
  const { severity = "error", summary, fix, link } = { ...words, ...variants?.[variant] };
  const filledIn = (/** @type {string} */ template) =>
    template.replace(/\{(\w+)\}/g, (_, name) => text(name, evidence[name]));
  // What only names a part of the code is no evidence.
  const { loss, message, dim, ignored, at, mask, right, seen, ...shown } = evidence;
  return {
    code,
    severity: /** @type {Severity} */ (severity),
    summary: filledIn(summary),
    evidence: { seen, ...shown },
    fix: filledIn(fix),
    link,
  };
}

/** What is a float in Python, however large and round; other whole numbers are integers. */
const FLOATS = /^(?:exact|largest|scale|total|value)$/;

/** A float to four digits; anything else as Python prints it. @param {string} name @param {Value} value */
function text(name, value) {
  if (Array.isArray(value)) return c.tuple(value);
  if (typeof value === "string" || (Number.isInteger(value) && !FLOATS.test(name)))
    return String(value);
  return c.general(value).replace("inf", "∞").replace("nan", "NaN");
}

/** A call, its arrays, and what is asked of them again and again. */
class Facts {
  /** @param {Call} call @param {Table} table */
  constructor(call, table) {
    const { loss, input, target, options } = call;
    this.call = call;
    this.table = table;
    this.loss = loss;
    this.options = options;
    this.input = input;
    this.target = target;
    this.shape = input.shape;
    this.targetShape = target.shape;
    this.torch = loss !== "focal_loss";
    this.weight = options.weight ?? null;
    // Whether the target is probabilities: as in PyTorch, its shape decides.
    const same = c.isSame(this.shape, this.targetShape) && this.shape.length > 0;
    this.floats = c.isFloating(target);
    this.soft = loss === "cross_entropy" && same && this.floats;
    this.kl = loss === "kl_div";
    this.overClasses = !(this.kl || loss.startsWith("binary"));
    this.nll = loss === "nll_loss";
    this.alpha = options.label_smoothing ?? 0;
    this.x = Array.from(input.values);
    this.y = Array.from(target.values);
    this.spoken = call.name;
    /** The axis that the loss takes for the classes. */
    this.axis = this.kl ? this.shape.length - 1 : Number(this.shape.length > 1);
    this.classes = this.shape.length ? this.shape[this.axis] : 1;
    this.eps = c.limits(input.dtype)?.eps;
    this.counted = this.y.map((k) => k !== options.ignore_index);
    /** @type {Map<string, Rows>} */
    this.kept = new Map();
  }

  /** Seen in the values, if nothing else is said. @param {string} code @param {string} variant @param {Said} evidence */
  finding(code, variant, evidence) {
    // Truth values have no largest one.
    const at = this.target.dtype === "bool" ? ".byte()" : "";
    const said = { loss: this.spoken, seen: "values", at, ...evidence };
    return finding(this.table, code, variant, said);
  }

  /** Rows of the input or the target along an axis. @param {"input" | "target"} name @param {number} [axis] */
  rows(name, axis = this.axis) {
    const key = `${name} ${axis}`;
    const { values, shape } = this[name];
    const rows = this.kept.get(key) ?? c.rowsOf(values, shape, axis);
    this.kept.set(key, rows);
    return rows;
  }

  get inputRows() {
    return this.rows("input");
  }

  /** Whether the input is like labels, and the target like logits. */
  get areSwapped() {
    if (!this.floats) return false;
    if (this.soft) return this.y.some((t) => t < 0) && this.isNormalised > 0;
    const yesOrNo = this.loss.startsWith("binary") && areBoth(this.x, 0);
    return yesOrNo && this.y.some((t) => t < 0 || t > 1);
  }

  /** How many rows lie in [0, 1] and sum to 1, more than chance allows; 0 if not all do. @param {"input" | "target"} name @param {number} [axis] */
  normalised(name, axis) {
    return normalised(this.rows(name, axis), c.limits(this[name].dtype)?.eps);
  }

  get isNormalised() {
    return this.normalised("input");
  }

  /**
   * What the loss can't fall below where no -log q falls below `least`. Weights below 1 take it lower, but
   * for the mean over class indices, which divides by them; there smoothing spreads a share over all classes.
   * @param {number} low @param {boolean} [ofYes]
   */
  bound(low, ofYes) {
    const { gamma, reduction } = this.options;
    if (gamma !== undefined) low *= (1 - Math.exp(-low)) ** Math.max(0, gamma);
    const given = givenWeights(this).filter(([name]) => ofYes || name === "weight");
    const weights = given.map(([, { values }]) => least(values));
    if (weights.some((w) => w < 0)) return -Infinity;
    if (this.overClasses && !this.soft && reduction === "mean")
      return weights.length ? low * (1 - this.alpha) : low;
    return weights.reduce((product, w) => product * w, low);
  }

  /** What all rows sum to, more than chance allows, as probabilities times a constant do. */
  get commonSum() {
    return commonSum(this.inputRows, this.eps);
  }
}

/** @param {Rows} rows @param {(x: number) => boolean} is */
const all = (rows, is) => rows.every((row) => row.every(is));
/** @param {Rows} rows @param {(x: number) => boolean} is */
const count = (rows, is) => sum(rows.map((row) => row.filter(is).length));
/** The largest number of all rows; NaN if one is. @param {Rows} rows */
const most = (rows) => largest(rows.map(largest));
/** @param {ArrayLike<number>} x */
const least = (x) => -largest(Array.from(x, (x_k) => -x_k));

/** How far rounding moves the sum of numbers near 1, added up in float32 or less. @param {number} count @param {number} eps */
const rounding = (count, eps) => 8 * Math.sqrt(count) * SINGLE + (eps > SINGLE ? 4 * eps : 0);

/**
 * The number of rows if all are distributions and that can't be chance, else 0. A row of K logits lies
 * in [0, 1] and sums to 1 within d with a probability of less than about d.
 * @param {Rows} rows @param {number} eps
 */
function normalised(rows, eps) {
  const size = rows[0]?.length ?? 0;
  if (size < 2 || !all(rows, (x) => x >= 0 && x <= 1 + 4 * eps)) return 0;
  const off = largest(rows.map((row) => Math.abs(sum(row) - 1)));
  // A few more for a small number that was added, or for narrower types before.
  if (off > Math.max(rounding(size, eps), 0.01)) return 0;
  const distinct = new Set(rows.slice(0, 64).map(String)).size;
  const chance = Math.max(off, 2 ** -20, eps > SINGLE ? rounding(size, eps) : 0);
  return distinct * -Math.log2(chance) >= LEAST_BITS ? rows.length : 0;
}

/**
 * What rows of numbers from 0 on all sum to if that can't be chance, else 0. Numbers of at most two
 * decimals are typed, and rows of the same numbers are one.
 * @param {Rows} rows @param {number} eps
 */
function commonSum(rows, eps) {
  const size = rows[0]?.length ?? 0;
  if (size < 2 || rows.length < 4 || !all(rows, (x) => x >= 0 && x < Infinity)) return 0;
  const typed = count(rows, (x) => Math.abs(x - Math.round(100 * x) / 100) < 1e-6);
  if (typed > rows.length * size * 0.5) return 0;
  const totals = rows.map((row) => sum(row));
  const total = sum(totals) / rows.length;
  const off = largest(totals.map((each) => Math.abs(each - total)));
  const least = rounding(size, eps) * total;
  if (off > Math.max(least, 0.002 * total)) return 0;
  const alike = rows.slice(0, 64).map((row) => String([...row].sort((a, b) => a - b)));
  // How far sums of independent numbers would lie apart.
  const mean = total / size;
  const squares = sum(rows.map((row) => sum(row, (x) => (x - mean) ** 2)));
  const spread = Math.sqrt(squares / rows.length);
  const chance = Math.max(off, 2 ** -20 * total, eps > SINGLE ? least : 0);
  const bits = spread > 0 ? Math.log2(spread / chance) : 0;
  return (new Set(alike).size - 1) * bits >= LEAST_BITS ? total : 0;
}

/** The temperature by which a softmax that sums to this was divided, 0 if by none: a whole or half number. @param {number} total */
function temperatureOf(total) {
  const near = Math.round(2 / total) / 2;
  return near >= 1.5 && near <= 20 && Math.abs(near * total - 1) < 0.002 ? near : 0;
}

/** The logarithm of each row's sum of exponentials. @param {Rows} rows */
function logSums(rows) {
  return rows.map((row) => {
    const top = largest(row);
    const shift = Number.isFinite(top) ? top : 0;
    return Math.log(sum(row, (x) => Math.exp(x - shift))) + shift;
  });
}

/** Say whether the rows are log-probabilities: all but a few sum to about 1. @param {Rows} rows */
function areLogs(rows) {
  const near = logSums(rows).filter((log) => Math.abs(log) <= NEARLY).length;
  return rows.length > 0 && rows[0].length > 0 && near / rows.length > 0.9;
}

/** The middle one, or the mean of the two in the middle. @param {number[]} x */
function median(x) {
  if (x.some(Number.isNaN)) return Number.NaN;
  const sorted = [...x].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Where the k-th number is: "target[3]". @param {string} name @param {number[]} shape @param {number} k */
const place = (name, shape, k) =>
  shape.length ? `${name}[${c.indices(shape, k).join(", ")}]` : name;

/**
 * Where the first such number is, its value, and how many there are.
 * @param {Facts} facts @param {(x: number) => boolean} is @param {"input" | "target"} [name]
 */
function first(facts, is, name = "target") {
  const { values, shape } = facts[name];
  const found = Array.from(values, is);
  const k = found.indexOf(true);
  return { place: place(name, shape, k), value: values[k], count: many(found) };
}

/** How many are true. @param {unknown[]} flags */
const many = (flags) => flags.filter(Boolean).length;

/** @param {number} x */
const isInfinite = (x) => !Number.isFinite(x);

// Shapes and types: what PyTorch refuses

/** @param {Facts} facts @returns {Findings} */
function* ofInputType(facts) {
  const { shape, targetShape: target_shape, floats, input } = facts;
  const argmax = arePredictions(facts) ? "argmax" : "";
  const said = { shape, target_shape, dtype: input.dtype };
  if (!c.isFloating(input)) {
    const variant = isOutput(facts) ? "swapped" : floats ? argmax : "";
    yield facts.finding("integer-input", variant, { seen: "types", ...said });
  } else if (argmax) yield facts.finding("integer-input", argmax, said);
}

/** Say whether the target is a model's output, for an input of integers. @param {Facts} facts */
function isOutput({ floats, shape, targetShape, y }) {
  const fits = shape.length <= targetShape.length;
  const parts = y.filter((t) => t % 1);
  const many = new Set(parts).size > Math.max(2, y.length / 2);
  return floats && fits && (many || parts.some((t) => t < 0 || t > 1));
}

/** Say whether the input is a class for each sample, as an argmax gives, in floats. @param {Facts} facts */
function arePredictions({ overClasses, shape, targetShape, x, y, soft }) {
  if (!overClasses || shape.length !== 1 || shape[0] < 2 || !c.isSame(shape, targetShape))
    return false;
  const isWhole = (/** @type {number} */ x) => x >= 0 && x === Math.floor(x);
  // A whole target may be that of one sample, where its numbers sum to 1.
  return [...x, ...y].every(isWhole) && (!soft || sum(y) !== 1);
}

/** @param {Facts} facts @returns {[string, Tensor][]} */
function givenWeights({ options: { weight, pos_weight } }) {
  return Object.entries({ ...(weight && { weight }), ...(pos_weight && { pos_weight }) });
}

/** @param {Facts} facts @returns {Findings} */
function* ofWeightShape(facts) {
  for (const [argument, { shape }] of givenWeights(facts)) {
    if (facts.overClasses) {
      if (!facts.shape.length || c.isSame(shape, [facts.classes])) continue;
      // Where the classes lie last the axis is wrong, not the weight.
      if (!(c.isSame(shape, facts.shape.slice(-1)) && areClassesLast(facts)))
        yield facts.finding("weight-shape", "", { seen: "shapes", shape, classes: facts.classes });
    } else if (!c.broadcasts(shape, facts.shape)) {
      const [places, last] = [facts.shape.slice(2), facts.shape.slice(-1)];
      const isOfImages = c.isSame(shape, facts.shape.slice(1, 2));
      yield facts.finding("weight-shape", "elements", {
        seen: "shapes",
        argument,
        shape,
        input_shape: facts.shape,
        wanted: isOfImages ? [...shape, ...places.fill(1)] : last,
      });
    }
  }
}

/** Say whether the target goes with classes on the last axis, so that "class-axis" is found. @param {Facts} facts */
function areClassesLast(facts) {
  const { shape, target } = facts;
  if (shape.length < 3) return false;
  if (!facts.soft) return c.isSame(target.shape, shape.slice(0, -1));
  return facts.normalised("target", shape.length - 1) > 1;
}

/** Shape and type of a target for classes. @param {Facts} facts @returns {Findings} */
function* ofClassTarget(facts) {
  const { shape, targetShape: target, classes, floats } = facts;
  const { dtype } = facts.target;
  const said = { seen: "shapes", shape, target_shape: target };
  if (!shape.length) {
    yield facts.finding("refused", "no classes", said);
    return;
  }
  if (facts.soft) return;
  // The index of a single sample may stand in a row of one, but not with smoothing.
  const single = shape.length === 1 && c.isSame(target, [1]);
  const alone = single && !(facts.alpha > 0);
  const wanted = alone ? target : c.without(shape, facts.axis);
  const isBetween = (/** @type {number} */ t) => t !== Math.floor(t);
  const between = floats && facts.y.some(isBetween);
  if (between && c.isSame(target, wanted)) {
    yield facts.finding("float-class-index", "between", first(facts, isBetween));
  } else if (c.isSame(target, wanted)) {
    if (floats || (facts.torch && dtype !== "int64"))
      yield facts.finding("float-class-index", "", { seen: "types", dtype });
  } else if (c.isSame(target, shape) && shape.length > 1) {
    const rows = facts.rows("target");
    const bothLast = shape.length > 2 && isOneHot(facts.rows("target", shape.length - 1));
    if (bothLast && !isOneHot(rows)) {
      yield facts.finding("one-hot-integer-target", "both last", said);
    } else if (isOneHot(rows) || !floats) yield ofIntegerRows(facts, rows);
    else yield facts.finding("target-shape", "probabilities", { wanted, ...said, classes });
  } else if (shape.length === 1 && !single) {
    yield facts.finding(
      "target-shape",
      c.isSame(target, shape) ? "one sample" : "one of many",
      said,
    );
  } else if (shape.length > 2 && c.isSame(target, shape.slice(0, -1))) {
    yield facts.finding("class-axis", "", said);
  } else if (isOneHotLast(facts)) {
    yield facts.finding("one-hot-integer-target", "last", said);
  } else if (areProbabilitiesLast(facts)) {
    yield facts.finding("target-shape", "probabilities last", said);
  } else if (target.includes(1) && c.isSame(longerThan1(target), longerThan1(wanted))) {
    const extra = target.map((_, k) => k);
    const fits = extra.filter((k) => target[k] === 1 && c.isSame(c.without(target, k), wanted));
    const axis = fits.length ? fits[fits.length - 1] : -1;
    yield between
      ? facts.finding("float-class-index", "between", first(facts, isBetween))
      : facts.finding("target-shape", "column", { wanted, axis, ...said });
  } else if (areExchanged(target, wanted) || areExchanged(target, shape)) {
    const whole = target.length === shape.length;
    yield facts.finding("target-shape", "exchanged", { wanted: whole ? shape : wanted, ...said });
  } else if (areInRows(shape, target)) {
    yield facts.finding("target-shape", "", { wanted, ...said });
  } else if (
    !(target.length && target[0] === shape[0]) &&
    (target.length === wanted.length || target.length === shape.length)
  ) {
    const before = classesBeforeView(facts);
    yield facts.finding("target-shape", before ? "viewed" : "batch", {
      samples: shape[0],
      targets: before ? c.size(target) : target[0],
      ...(before && { classes: before }),
      ...said,
    });
  } else if (target.length === shape.length && floats) {
    yield facts.finding("target-shape", "probabilities", { wanted, classes, ...said });
  } else if (target.length === 3 && wanted.length === 3) {
    yield facts.finding("target-shape", "spatial", said);
  } else {
    const fits = c.size(target) === c.size(wanted);
    yield !fits && isFlat(facts)
      ? facts.finding("target-shape", "flat", { classes: shape[shape.length - 1], ...said })
      : facts.finding("target-shape", fits ? "" : "number", { wanted, ...said });
  }
}

/** Say whether the one shape is the other with its last two axes exchanged. @param {number[]} one @param {number[]} other */
const areExchanged = (one, other) =>
  other.length > 1 && c.isSame(one, [...other.slice(0, -2), ...other.slice(-2).reverse()]);

/** Say whether a target of rows has an index for each sample, and is none of rows of classes. @param {number[]} shape @param {number[]} target */
const areInRows = ([samples, classes, ...more], target) =>
  !more.length && target.length === 2 && c.size(target) === samples && target[1] !== classes;

/** Say whether the target has an index, in one row, for each row of numbers on the last axis. @param {Facts} facts */
const isFlat = ({ counted, shape, targetShape, y }) =>
  c.isSame(targetShape, [c.size(shape.slice(0, -1))]) &&
  y.every((k, n) => !counted[n] || (k >= 0 && k < shape[shape.length - 1]));

/** What the rows are that a target of the input's shape holds, where it can't. @param {Facts} facts @param {Rows} rows */
function ofIntegerRows(facts, rows) {
  const { dtype } = facts.target;
  const isCount = (/** @type {number} */ t) => t < 0 || t > 1;
  const empty = rows.filter((row) => !row.some(Boolean)).length;
  const said = { dtype };
  const code = "one-hot-integer-target";
  if (rows.flat().some(isCount))
    return facts.finding(code, "counts", { ...said, ...first(facts, isCount) });
  const several = areBoth(rows.flat(), 0) && rows.some((row) => sum(row) > 1);
  if (empty && !several) return facts.finding(code, "cut", { ...said, count: empty });
  const alone = facts.loss === "cross_entropy" ? "" : "nll";
  return facts.finding(code, several ? "labels" : alone, { ...said, seen: "shapes" });
}

/** How many classes there are if a view took places for them, else 0. @param {Facts} facts */
function classesBeforeView({ shape, target, counted, floats, y }) {
  const targets = c.size(target.shape);
  const classes = c.size(shape) / targets;
  const fits = shape.length === 2 && !floats && targets % shape[1] === 0;
  const isKnown = (/** @type {number} */ k) => k >= 0 && k < classes;
  const known = y.filter((_, n) => counted[n]);
  return fits && classes > 1 && Number.isInteger(classes) && known.every(isKnown) ? classes : 0;
}

/** Whether the target has the input's shape, but for the classes on its last axis. @param {Facts} facts */
const isMoved = ({ shape, target }) =>
  shape.length > 2 && c.isSame(target.shape, [...c.without(shape, 1), shape[1]]);

/** @param {Facts} facts */
const isOneHotLast = (facts) =>
  isMoved(facts) && isOneHot(facts.rows("target", facts.shape.length - 1));

/** @param {Facts} facts */
const areProbabilitiesLast = (facts) =>
  isMoved(facts) &&
  facts.loss === "cross_entropy" &&
  facts.floats &&
  facts.normalised("target", facts.shape.length - 1) > 0;

/** A softmax over a single class, whose answer is certain whatever the logit. @param {Facts} facts @returns {Findings} */
function* ofOneClass(facts) {
  const { shape, targetShape: target, soft } = facts;
  const same = c.isSame(target, shape);
  if (facts.classes !== 1 || !c.size(shape)) return;
  if (!same && !c.isSame(target, c.without(shape, facts.axis))) return;
  const { ignore_index } = facts.options;
  const values = facts.y;
  const kept = values.filter((t) => soft || t !== ignore_index);
  if (!kept.length) return; // which is said, and wants mending first
  let variant = facts.nll ? "nll" : "";
  if (areBoth(kept, -1) && !facts.nll) variant = "signs";
  else if (!kept.every((t) => t >= 0 && t <= 1)) {
    if (!facts.floats) return; // an index out of range
    variant = "numbers";
  }
  const mask = kept.length < values.length ? `[target != ${ignore_index}]` : "";
  const column = shape.length > 1 ? "[:, 0]" : "[0]";
  const said = { seen: "shapes", shape, target_shape: target, mask };
  yield facts.finding("one-class", variant, { ...said, at: (same ? "" : column) + mask });
}

/** Say whether the numbers are 1 and this other, and both occur. @param {number[]} x @param {number} other */
const areBoth = (x, other) =>
  x.includes(1) && x.includes(other) && x.every((x_k) => x_k === 1 || x_k === other);

/** @param {Rows} rows */
function isOneHot(rows) {
  const some = rows.length > 0 && rows[0].length > 0;
  return some && all(rows, (x) => x === 0 || x === 1) && rows.every((row) => sum(row) === 1);
}

/** The axes of more than one number. @param {number[]} shape */
const longerThan1 = (shape) => shape.filter((n) => n !== 1);

/** Shape and type of a target with a number for each of the input's. @param {Facts} facts @returns {Findings} */
function* ofElementTarget(facts) {
  const { shape, targetShape: target, torch, floats, kl } = facts;
  const { dtype } = facts.target;
  const said = { seen: "shapes", shape, target_shape: target };
  if (c.isSame(target, shape)) {
    const types = { ...said, seen: "types", dtype, input_dtype: facts.input.dtype };
    if (!floats && torch) yield facts.finding("float-class-index", "elements", types);
    else if (facts.loss === "binary_cross_entropy" && dtype !== facts.input.dtype)
      yield facts.finding("refused", "two types", types);
    return;
  }
  const perSample = [shape.slice(0, 1), c.without(shape, 1)];
  const fits = shape.length > 1 && perSample.some((each) => c.isSame(target, each));
  // Floats may be yes or no.
  const indices = fits && (!floats || areIndices(facts.y, shape[1]));
  if (indices && shape[1] > 1) {
    if (kl) yield facts.finding("float-class-index", "classes", { dtype, ...said });
    else yield facts.finding("target-shape", "classes", said);
    return;
  }
  const forth = c.broadcasts(target, shape);
  if (!c.together(shape, target)) {
    const variant = areMerged(shape, target) || areMerged(target, shape) ? "merged" : "elements";
    yield facts.finding("target-shape", areExchanged(target, shape) ? "exchanged" : variant, {
      wanted: shape,
      ...said,
    });
  } else if (kl) {
    const one = forth && c.isSame(target.slice(-1), shape.slice(-1));
    yield facts.finding("broadcast-target", one ? "prior" : "silent", said);
  } else {
    let variant = forth ? "shared" : "narrow";
    if (c.isSame(target, [...shape, 1])) variant = "column";
    else if (c.isSame(shape, [...target, 1])) variant = "";
    else if (c.isSame(longerThan1(shape), longerThan1(target))) variant = "merged";
    yield facts.finding("broadcast-target", variant, said);
  }
}

/** Say whether one shape is that of the other with its axes merged, all or all but the first. @param {number[]} few @param {number[]} many */
const areMerged = (few, many) =>
  c.size(few) === c.size(many) &&
  (few.length === 1 || (few.length === 2 && few.length < many.length && few[0] === many[0]));

/** Say whether floats are class indices: of two, or some of them above 1. @param {number[]} x @param {number} classes */
const areIndices = (x, classes) =>
  x.every((k) => Number.isInteger(k) && k >= 0 && k < classes) &&
  (classes === 2 || x.some((k) => k > 1));

/** @param {Facts} facts @returns {Findings} */
function* ofOptions(facts) {
  const { alpha, kl } = facts;
  const said = { seen: "options" };
  const { reduction: given = "" } = facts.options;
  if (!["mean", "sum", "none", ...(kl ? ["batchmean"] : [])].includes(given)) {
    const mean = kl ? "batchmean" : "mean";
    const right = given.toLowerCase() === "none" ? "none" : mean;
    yield facts.finding("refused", "reduction", { given: c.repr(given), right, ...said });
  }
  if (alpha > 1) yield facts.finding("refused", "smoothing", { alpha, ...said });
  else if (!(alpha >= 0)) yield facts.finding("negative-smoothing", "", { alpha, ...said });
  else if (alpha === 1 && facts.classes > 1)
    yield facts.finding("total-smoothing", "", { classes: facts.classes, ...said });
  const { ignore_index = -100 } = facts.options;
  if (facts.soft && ignore_index >= 0)
    yield facts.finding("refused", "ignored index", { ignore_index, ...said });
}

// Values of the target and the weights

/** Class indices: out of range, ignored, weighted with nothing. @param {Facts} facts @returns {Findings} */
function* ofIndices(facts) {
  const { alpha, classes, counted, options, y: indices } = facts;
  const { ignore_index = -100 } = options;
  const mean = options.reduction === "mean";
  const isOutside = (/** @type {number} */ k) => k < 0 || k >= classes;
  const outside = indices.map((k, n) => counted[n] && isOutside(k));
  const wrong = indices.filter((_, n) => outside[n]);
  const said = { classes };
  const samples = indices.length;
  const code = "class-index-out-of-range";
  if (wrong.length) {
    const [index] = wrong;
    const alike = wrong.every((k) => k === index);
    const last = classes - 1;
    const kept = indices.filter((_, n) => counted[n]);
    if (classes === 2 && areBoth(kept, -1)) yield facts.finding(code, "signs", { last, ...said });
    else if (classes === 2 && alike && index === 255 && kept.includes(0) && !kept.includes(1))
      yield facts.finding(code, "bytes", { last, ...said });
    // In a small batch class 0 may be missing by chance: each of the others must be there.
    else if (alike && index === classes && new Set(kept).size === classes && !kept.includes(0))
      yield facts.finding(code, "from 1", { index, last, ...said });
    else if (alike && (index < 0 || (index === 255 && classes < 255)))
      yield facts.finding(code, "ignored", { index, count: wrong.length, samples, ...said });
    else {
      const at = place("target", facts.targetShape, outside.indexOf(true));
      yield facts.finding(code, "", { place: at, index, count: wrong.length, last, ...said });
    }
    return;
  }
  if (samples === 0) {
    if (mean) yield facts.finding("all-ignored", "empty", { seen: "shapes" });
    return;
  }
  const kept = indices.filter((_, n) => counted[n]);
  if (!kept.length) {
    const weighted = facts.weight ? "weighted" : "";
    const variant = mean ? weighted : "harmless";
    yield facts.finding("all-ignored", variant, { samples, ignore_index });
    return;
  }
  if (ignore_index >= 0 && ignore_index < classes && kept.length < samples)
    yield facts.finding("ignore-index-is-a-class", "", {
      ignore_index,
      count: samples - kept.length,
      samples,
      ...said,
    });
  if (!facts.weight) return;
  const { values } = facts.weight;
  const weights = kept.map((k) => values[k]);
  const total = sum(weights);
  if (mean && (total === 0 || weights.every((w) => w === 0)))
    yield facts.finding("zero-weight", "", { total, ignored: ignore_index, ...said });
  if (alpha > 0 && largest(values) > least(values))
    yield facts.finding("weights-with-smoothing", "", { seen: "options", label_smoothing: alpha });
}

/** @param {Facts} facts @returns {Findings} */
function* ofWeights(facts) {
  for (const [argument, { shape, values }] of givenWeights(facts)) {
    const weights = Array.from(values);
    let at = weights.findIndex(isInfinite);
    let code = "non-finite-weight";
    const variant = argument === "pos_weight" ? argument : "";
    if (at < 0 && (facts.overClasses || variant)) {
      // Weights of elements below 0 may be meant, as those of a policy's gradient.
      at = weights.findIndex((w) => w < 0);
      code = "negative-weight";
    }
    if (at >= 0)
      yield facts.finding(code, variant, { place: place(argument, shape, at), value: weights[at] });
  }
}

/** Probabilities as a target: of cross-entropy along axis 1, of a divergence along some axis. @param {Facts} facts @returns {Findings} */
function* ofSoftTarget(facts) {
  const { axis, kl, shape } = facts;
  const rows = facts.rows("target", kl ? facts.targetShape.length - 1 : axis);
  if (!rows.length || !rows[0].length) return;
  if (!all(rows, Number.isFinite)) {
    const found = first(facts, isInfinite);
    yield facts.finding("non-finite-target", "", found);
    return;
  }
  if (!all(rows, (t) => t >= 0)) {
    const variant = facts.areSwapped ? "swapped" : "cross-entropy";
    yield facts.finding("negative-soft-target", kl ? "" : variant, {
      ...first(facts, (t) => t < 0),
      axis,
    });
    return;
  }
  const totals = rows.map((row) => sum(row));
  const { eps } = c.limits(facts.target.dtype);
  const allowed = Math.max(rounding(rows[0].length, eps), 0.01);
  // A row of zeros is an ignored sample; it must not be all there is.
  const off = totals.map((total) => Math.abs(total - 1) > allowed && total !== 0);
  if (!off.includes(true)) {
    yield* ofSmoothed(
      facts,
      rows.filter((row) => row.some(Boolean)),
    );
    return;
  }
  if (shape.length > 1 && c.isSame(facts.targetShape, shape))
    for (let other = 0; other < shape.length; other += 1) {
      if (other === axis || shape[other] < 2) continue;
      if (facts.normalised("target", other) > 1) {
        if (kl && !areLogs(facts.inputRows)) return; // a divergence over another axis
        if (other > 1 && !kl) yield facts.finding("class-axis", "soft", { axis: other });
        else yield facts.finding("soft-target-not-normalised", "axis", { other, axis });
        return;
      }
    }
  const shared = kl && commonSum(rows, eps);
  const some = kl && !shared && totals.every((total) => total < 1 + allowed);
  if (some && logSums(facts.inputRows).every((log) => log < NEARLY)) return; // some of the outcomes only, such as a teacher's likeliest
  const row = off.indexOf(true);
  const temperature = temperatureOf(shared || 0);
  let variant = "";
  if (all(rows, (t) => t === 0 || t === 1)) variant = "labels";
  else if (totals.every((total) => total === 0 || Math.abs(total - 100) < 1)) variant = "percent";
  else if (temperature) variant = "alike";
  yield facts.finding("soft-target-not-normalised", variant, {
    place: `target's row ${row}`,
    total: totals[row],
    at: ` / ${temperature}`,
    count: many(off),
    axis,
  });
}

/** One-hot rows that are smoothed already, where the loss smooths them too. @param {Facts} facts @param {Rows} rows @returns {Findings} */
function* ofSmoothed(facts, rows) {
  const { alpha } = facts;
  // Rows of two classes may be any probabilities, unless several are alike.
  if (!(alpha > 0 && alpha < 1) || rows.length < (facts.classes > 2 ? 1 : 4)) return;
  const ordered = rows.map((row) => [...row].sort((a, b) => a - b));
  const last = facts.classes - 1;
  const [low, high] = [ordered[0][0], ordered[0][last]];
  const isAs = (/** @type {number} */ t, /** @type {number} */ k) =>
    Math.abs(t - (k < last ? low : high)) < 1e-3 * low;
  // Of two such rows that are mixed all classes but two are alike.
  const mixed = rows.length > 3 && last > 3;
  const isSmoothed = (/** @type {number[]} */ row) =>
    row.every(isAs) || (mixed && row.slice(0, -2).every(isAs));
  if (!(low < 0.99 * high && ordered.every(isSmoothed))) return;
  const before = facts.classes * low;
  yield facts.finding("smoothed-twice", "", { before, both: 1 - (1 - before) * (1 - alpha) });
}

/** @param {Facts} facts @returns {Findings} */
function* ofBinaryTarget(facts) {
  const { y: target } = facts;
  const isBad = (/** @type {number} */ t) => !(t >= 0 && t <= 1);
  if (!target.some(isBad)) return;
  const elements = target.length;
  const outside = target.filter(isBad);
  const some = outside.length < elements;
  if (target.some(isInfinite)) {
    yield facts.finding("non-finite-target", some && outside.every(Number.isNaN) ? "marked" : "", {
      ...first(facts, isInfinite),
      elements,
    });
    return;
  }
  const top = largest(target);
  let variant = "";
  let [value] = outside;
  const alike = some && value < 0 && outside.every((t) => t === value);
  if (facts.areSwapped) variant = "swapped";
  else if (target.every((t) => t === -1 || t === 1)) variant = "signs";
  else if (alike) variant = "marked";
  else if (target.every((t) => t === 1 || t === 2)) variant = "from 1";
  else if (top > 128 && top <= 255 && least(target) >= 0) [variant, value] = ["bytes", top];
  yield facts.finding("binary-target-out-of-range", variant, {
    ...first(facts, isBad),
    value,
    elements,
  });
}

// Values of the input

/** NaN and infinity in the input; masked classes, whose logits are −inf, are no fault. @param {Facts} facts @returns {Findings} */
function* ofFinite(facts) {
  const { classes, soft } = facts;
  const { dtype } = facts.input;
  const { x, y } = facts;
  if (!x.length || x.every(Number.isFinite)) return;
  const isStrange = (/** @type {number} */ value) => Number.isNaN(value) || value === Infinity;
  if (x.some(isStrange)) {
    const strange = first(facts, isStrange, "input");
    if (dtype === "float16" && strange.value === Infinity)
      yield facts.finding("low-precision-overflow", "input", {
        count: strange.count,
        dtype,
        largest: c.limits(dtype).largest,
      });
    else yield facts.finding("non-finite-input", "", { ...strange });
    return;
  }
  if (!facts.overClasses) return;
  const rows = facts.inputRows;
  const isVoid = rows.map((row) => row.every((z) => z === -Infinity));
  const alike = !soft && y.length === rows.length;
  const counted = (/** @type {number} */ n) => !alike || facts.counted[n];
  const empty = isVoid.findIndex((each, n) => each && counted(n));
  if (!facts.nll && empty >= 0) {
    const found = { place: `row ${empty}`, count: many(isVoid) };
    yield facts.finding("non-finite-input", "row", found);
    return;
  }
  if (!alike) return;
  const lost = rows.map(
    (row, n) => counted(n) && y[n] >= 0 && y[n] < classes && row[y[n]] === -Infinity,
  );
  const row = lost.indexOf(true);
  if (row >= 0)
    yield facts.finding("non-finite-input", "true class", {
      place: `input[${row}, ${y[row]}]`,
      count: many(lost),
    });
}

/** Numbers such as -1e9, with which a mask takes classes out, where the target counts them. @param {Facts} facts @returns {Findings} */
function* ofMasked(facts) {
  const { counted, inputRows: rows, soft, y } = facts;
  const isLow = (/** @type {number} */ z) => z <= LEAST_MASKED && z > -Infinity;
  const masked = rows.flat().filter(isLow);
  const isOther = (/** @type {number} */ z) => isLow(z) || Math.abs(z) < MOST_UNMASKED;
  if (!facts.overClasses || !masked.length || !all(rows, isOther) || all(rows, isLow)) return;
  if (!soft && y.length !== rows.length) return;
  const targets = soft ? facts.rows("target") : [];
  /** @param {(n: number, k: number) => number | boolean} share */
  const lost = (share) =>
    rows
      .map((row, n) => [n, row.findIndex((z, k) => isLow(z) && -z * +share(n, k) > LEAST_LOST)])
      .filter(([, k]) => k >= 0);
  const hit = lost((n, k) => (soft ? targets[n][k] : counted[n] && y[n] === k));
  if (hit.length) {
    const [[n, k]] = hit;
    const place = `input[${n}, ${k}]`;
    yield facts.finding("masked-target", "", { count: hit.length, place, value: rows[n][k] });
  } else if (lost((n) => (soft || counted[n]) && facts.alpha / facts.classes).length)
    yield facts.finding("masked-target", "smoothing", {
      value: largest(masked),
      count: masked.length,
    });
}

/** What cross-entropy can't fall below on inputs from 0 to `most`. @param {number} classes @param {number} [most] */
const floors = (classes, most = 1) => Math.log1p((classes - 1) * Math.exp(-most));

/** Look for what was applied before a loss that takes logits. @param {Facts} facts @returns {Findings} */
function* ofActivation(facts) {
  const { classes, inputRows: rows, isNormalised: softmaxed } = facts;
  const said = { classes, floor: facts.bound(floors(classes)) };
  const other = softmaxed ? 0 : axisOfSums(facts);
  const total = softmaxed || other ? 0 : facts.commonSum;
  const floor = floors(classes, total);
  const scale = floor >= LEAST_FLOOR && total;
  const variant = unitRange(rows);
  if (softmaxed || scale)
    yield facts.finding("softmax-before-cross-entropy", "", {
      rows: rows.length,
      ...said,
      ...(scale && { scale, floor: facts.bound(floor) }),
    });
  else if (other)
    yield facts.finding("softmax-before-cross-entropy", "axis", { axis: other - 1, ...said });
  else if (otherLogs(facts).name === "negated")
    yield facts.finding("log-softmax-before-cross-entropy", "negated", {});
  else if (variant && classes > 1)
    yield facts.finding("sigmoid-before-cross-entropy", variant, {
      ...said,
      crowded: crowded(rows),
    });
  else if (classes > 1 && most(rows) <= 0 && exactLogs(rows, facts.eps)) {
    // Neither a soft target, nor smoothing, nor the focal loss has an equal without it.
    const plain = facts.loss === "cross_entropy" && !facts.soft;
    const same = plain && !(facts.alpha > 0);
    yield facts.finding("log-softmax-before-cross-entropy", same ? "" : "as it is", {
      ...said,
    });
  }
}

/** @param {Rows} rows @param {number} eps */
const exactLogs = (rows, eps) =>
  logSums(rows).every((log) => Math.abs(log) <= Math.max(1e-4, 16 * eps));

/** 1 + the axis, not that of the classes, along which rows are as `are` says; else 0. @param {Facts} facts @param {(rows: Rows) => unknown} are */
function axisOf(facts, are) {
  for (let axis = 0; axis < facts.shape.length; axis += 1)
    if (axis !== facts.axis && facts.shape[axis] > 1) {
      const rows = facts.rows("input", axis);
      if (rows.length > 1 && are(rows)) return 1 + axis;
    }
  return 0;
}

/** Where probabilities sum to 1. @param {Facts} facts */
const axisOfSums = (facts) => axisOf(facts, (rows) => normalised(rows, facts.eps));

/** Where log-probabilities lie. @param {Facts} facts */
const axisOfLogs = (facts) =>
  axisOf(facts, (rows) => logSums(rows).every((log) => Math.abs(log) <= NEARLY));

/** How log-probabilities differ from what a loss takes: what they are, and what makes natural ones of them. @type {[string, (z: number) => number, number?][]} */
const OTHER_LOGS = [
  ["negated", (z) => -z],
  ["base", (z) => z * Math.LN2, 2],
  ["base", (z) => z * Math.LN10, 10],
  ["log1p", (z) => Math.log(Math.expm1(z))],
];

/** Which of those the input is, if any. @param {Facts} facts @returns {{ name: string, said: Said }} */
function otherLogs({ inputRows, eps, isNormalised }) {
  // Small probabilities are nearly their own log1p.
  for (const [name, natural, base] of isNormalised ? [] : OTHER_LOGS) {
    const rows = inputRows.map((row) => row.map(natural));
    if (most(rows) <= 0 && normalised(exponentials(rows), eps))
      return { name, said: base ? { base, factor: Math.log(base).toFixed(6) } : {} };
  }
  return { name: "", said: {} };
}

/** @param {Rows} rows */
const exponentials = (rows) => rows.map((row) => row.map(Math.exp));

/** Say whether the input is log-probabilities along the classes, or the last axis, not by chance. @param {Facts} facts */
const areExactLogs = (facts) =>
  [facts.axis, facts.shape.length - 1].some((axis) => {
    const rows = facts.rows("input", axis);
    return most(rows) <= 0 && normalised(exponentials(rows), facts.eps);
  });

/** Say how clearly all numbers lie in [0, 1] as after a sigmoid: by crowding at both ends. @param {Rows} rows */
function unitRange(rows) {
  const size = count(rows, () => true);
  if (size < 16 || !all(rows, (x) => x >= 0 && x <= 1) || all(rows, (x) => x === rows[0][0]))
    return "";
  const near1 = count(rows, (x) => x > 0.999 && x < 1);
  return near1 >= 2 && crowded(rows) >= Math.max(4, 0.02 * size) ? "crowded" : "within";
}

/** How many numbers are within a thousandth of 0 or 1. @param {Rows} rows */
const crowded = (rows) => count(rows, (x) => x < 0.001 || x > 0.999);

/** @param {Facts} facts @returns {Findings} */
function* ofBinaryActivation(facts) {
  const { classes, shape } = facts;
  const code = "sigmoid-before-bce-with-logits";
  const rows = [facts.x];
  const said = {
    floor: facts.bound(Math.log1p(Math.exp(-1)), true),
    floor_no: facts.bound(Math.log(2)),
  };
  const several = shape.length > 1 && classes > 1;
  const last = several ? facts.rows("input", shape.length - 1) : [];
  const softmaxed = normalised(last, facts.eps);
  const total = softmaxed ? 0 : commonSum(last, facts.eps);
  const floor = Math.log1p(Math.exp(-total));
  const scale = floor >= LEAST_FLOOR && total;
  const variant = unitRange(rows);
  if (softmaxed || scale)
    yield facts.finding(code, "softmax", {
      ...said,
      ...(scale && { scale, floor: facts.bound(floor, true) }),
    });
  else if (areExactLogs(facts))
    yield facts.finding(code, "logarithm", { ...said, floor: facts.bound(Math.log(2), true) });
  else if (variant)
    yield facts.finding(code, areBoth(rows[0], 0) ? "bits" : variant, {
      ...said,
      crowded: crowded(rows),
    });
}

/** Binary cross-entropy on what are no probabilities, or probabilities without a gradient. @param {Facts} facts @returns {Findings} */
function* ofProbabilities(facts) {
  const { shape, x: p, y: target } = facts;
  const isBad = (/** @type {number} */ x) => !(x >= 0 && x <= 1);
  if (p.some(isBad)) {
    yield facts.finding("logits-into-bce", areExactLogs(facts) ? "logarithm" : "", {
      ...first(facts, isBad, "input"),
    });
    return;
  }
  if (!c.isSame(facts.targetShape, shape)) return;
  const lost = p.map((p_k, k) => isLost(p_k, target[k]));
  const at = lost.indexOf(true);
  // Targets that all differ are a model's probabilities, and bits are labels.
  const between = new Set(target.filter((t) => t > 0 && t < 1)).size > Math.max(4, p.length / 2);
  const bits = areBoth(p, 0) ? "bits" : "";
  if (at >= 0)
    yield facts.finding("saturated-bce", bits && between ? "swapped" : bits, {
      count: many(lost),
      elements: p.length,
      place: place("input", shape, at),
    });
}

/** Say whether a probability is wrong and has no gradient: a sigmoid's, at 0 or 1. @param {number} p @param {number} t */
const isLost = (p, t) => (p <= 1e-30 || p === 1) && Math.abs(p - t) > 0.5;

/** Negative log-likelihood on what are no log-probabilities. @param {Facts} facts @returns {Findings} */
function* ofLogInput(facts) {
  const { axis } = facts;
  const rows = facts.inputRows.filter((row) => row.some(Boolean)); // without those that a mask has made 0
  if (facts.classes < 2 || !rows.length || areLogs(rows)) return;
  const other = otherLogs(facts);
  if (other.name) {
    yield facts.finding("logits-into-nll", other.name, { ...other.said });
    return;
  }
  if (facts.isNormalised || facts.commonSum) {
    yield facts.finding("probabilities-into-nll", "", { rows: rows.length, dim: facts.axis });
    return;
  }
  const astray = axisOfLogs(facts);
  if (astray) {
    yield facts.finding("softmax-axis", "", { axis: astray - 1, class_axis: axis });
    return;
  }
  const total = Math.exp(median(logSums(rows)));
  yield facts.finding("logits-into-nll", most(rows) <= 1e-3 ? "below" : "", { total });
}

/** The axis of the outcomes: the last, or 1 where probabilities lie along it alone. @param {Facts} facts */
function divergenceAxis(facts) {
  const { shape, axis, input, target } = facts;
  if (shape.length < 3) return axis;
  for (const [name, x] of /** @type {["input" | "target", Tensor][]} */ ([
    ["input", input],
    ["target", target],
  ])) {
    if (!c.isFloating(x) || !c.isSame(x.shape, shape)) continue;
    const [first, last] = [1, axis].map((k) => facts.normalised(name, k));
    if (first || last) return last ? axis : 1;
  }
  return axis;
}

/** Look at what F.kl_div is given: log q of the model first, then p or log p. @param {Facts} facts @returns {Findings} */
function* ofDivergence(facts) {
  const { shape, inputRows: rows } = facts;
  if (!shape.length) return;
  const axis = divergenceAxis(facts);
  const logs = facts.options.log_target === true;
  const targets = facts.rows("target", facts.targetShape.length - 1);
  const size = targets.length && targets[0].length;
  const normal = normalised(targets, c.limits(facts.target.dtype).eps);
  const targetLogs = size > 0 && most(targets) <= 0 && areLogs(targets);
  // A divergence may be over any axis but that of the samples.
  if (!shape.some((_, k) => (k || shape.length < 2) && areLogs(facts.rows("input", k)))) {
    const plain =
      facts.isNormalised || facts.commonSum || (shape.length > 2 && facts.normalised("input", 1));
    const given = otherLogs(facts);
    const code = "kl-input-not-log";
    if (given.name) {
      yield facts.finding(code, given.name, { axis, at: "", ...given.said });
      return;
    }
    if (plain && targetLogs && !logs) {
      yield facts.finding("kl-arguments-swapped", "", {});
      return;
    }
    const middle = Math.exp(median(logSums(rows)));
    const astray = normal && axisOfLogs(facts);
    const total = commonSum(plain ? rows : exponentials(rows), facts.eps);
    const temperature = temperatureOf(total);
    const said = { axis, at: temperature ? ` / ${temperature}` : "" };
    if (plain) yield facts.finding(code, "", { rows: rows.length, ...said });
    else if (astray)
      yield facts.finding("softmax-axis", "", { axis: astray - 1, class_axis: axis });
    else if (temperature) {
      // Of some of the outcomes only it would be right.
      if (normal) yield facts.finding(code, "temperature", { total, ...said });
    } else if (facts.classes > 1 && (most(rows) > 1e-3 || largest(logSums(rows)) > NEARLY))
      yield facts.finding(code, "logits", { total: middle, axis });
  }
  if (size > 1) {
    if (!logs && targetLogs) yield facts.finding("kl-target-log", "", { rows: targets.length });
    else if (logs && normal)
      yield facts.finding("kl-target-log", "not log", { rows: targets.length });
  }
  const whole = c.broadcasts(shape, facts.targetShape) ? facts.targetShape : shape;
  const elements = c.size(whole);
  const [samples] = whole;
  const { reduction } = facts.options;
  if (whole.length === 1 && samples > 1 && /mean$/.test(`${reduction}`))
    yield facts.finding("kl-mean", `${reduction}`, { seen: "options", elements });
  else if (reduction === "mean" && elements > samples)
    yield facts.finding("kl-mean", "", {
      seen: "options",
      elements,
      samples,
      factor: Math.floor(elements / samples),
    });
}

/** Classes that may lie on axis 1 or on the last, since both have one size. @param {Facts} facts @returns {Findings} */
function* ofAmbiguousAxis(facts) {
  const { shape, targetShape: target } = facts;
  const last = shape.length - 1;
  // Indices of shape[:-1] fit both readings only where axes 1 to the last are all alike.
  if (last < 2 || new Set(shape.slice(1)).size > 1 || facts.classes < 2) return;
  if (!(c.isSame(target, shape.slice(0, -1)) || c.isSame(target, shape)) || !c.size(shape)) return;
  if (facts.nll) {
    if (areLogs(facts.inputRows)) return;
    if (areLogs(facts.rows("input", last))) {
      yield facts.finding("class-axis-ambiguous", "values", {
        axis: last,
        shape,
      });
      return;
    }
  }
  if (facts.soft && facts.normalised("target", 1)) return;
  yield facts.finding("class-axis-ambiguous", "", { seen: "shapes", shape });
}

// The call itself

/** Make the call: what PyTorch says, and whether the result is finite. @param {Facts} facts @returns {Findings} */
function* ofCall(facts) {
  const { loss, input, torch } = facts;
  const { dtype } = input;
  if (torch && facts.kl && !facts.floats) {
    const message = "kl_div: Integral inputs not supported.";
    yield facts.finding("refused", "", { seen: "call", message, error: "RuntimeError" });
    return;
  }
  for (const [argument, { dtype: its }] of torch ? givenWeights(facts) : [])
    if (
      facts.overClasses ? !facts.soft && its !== dtype : argument === "pos_weight" && its === "bool"
    ) {
      const types = { argument, dtype: its, input_dtype: dtype };
      yield facts.finding("weight-dtype", "", { seen: "call", ...types });
      return;
    }
  /** @type {number[]} */
  let exact;
  try {
    exact = resultOf(facts);
  } catch (error) {
    if (!(error instanceof c.Refusal)) throw error;
    const said = { message: error.message, error: error.kind };
    yield facts.finding("refused", "ours", { seen: "call", ...said });
    return;
  }
  const arrays = [input, facts.target, ...givenWeights(facts).map(([, x]) => x)];
  const value = exact.map((x) => c.rounded(x, c.promoted(arrays)));
  const bad = value.findIndex(isInfinite);
  if (bad < 0) {
    yield* ofFloor(facts, value);
    return;
  }
  if (facts.eps > SINGLE && exact.every(Number.isFinite)) {
    yield facts.finding("low-precision-overflow", facts.floats ? "floats" : "", {
      seen: "call",
      value: value[bad],
      dtype,
      exact: exact[bad],
      largest: c.limits(dtype).largest,
    });
    return;
  }
  if (facts.shape[0] === 0) {
    yield facts.finding("all-ignored", "empty", { seen: "shapes" });
    return;
  }
  const masked = count(facts.inputRows, (z) => z === -Infinity);
  if (loss !== "binary_cross_entropy" && masked)
    yield facts.finding(
      "non-finite-input",
      facts.alpha > 0 && !facts.soft ? "smoothed" : "masked",
      {
        seen: "values and call",
        count: masked,
        value: value[bad],
      },
    );
  else yield facts.finding("non-finite-loss", "", { seen: "call", value: value[bad] });
}

/** The losses, or their sum or mean, in float64. @param {Facts} facts */
function resultOf({ call }) {
  const { input, options, loss } = call;
  const { label_smoothing: alpha = 0, weight, pos_weight } = options;
  // PyTorch takes weights of any type where it takes them, and a negative smoothing for none.
  const taken =
    loss === "focal_loss"
      ? {}
      : {
          ...(weight && { weight: { ...weight, dtype: input.dtype } }),
          ...(pos_weight && { pos_weight: { ...pos_weight, dtype: input.dtype } }),
          ...(alpha < 0 && { label_smoothing: 0 }),
        };
  const ready = { ...call, options: { ...options, ...taken } };
  const { reads, result } = totals(ready, readerOf(ready));
  return options.reduction === "none" ? reads.map(({ own, spread }) => own + spread) : [result];
}

/** Say whether the loss is at a floor that is known. @param {Facts} facts @param {number[]} value @returns {Findings} */
function* ofFloor(facts, value) {
  if (facts.weight || facts.loss === "focal_loss" || facts.kl) return;
  const { reduction } = facts.options;
  const indices = facts.overClasses && !facts.soft;
  const losses = reduction === "none" && indices ? value.filter((_, n) => facts.counted[n]) : value;
  if (!losses.length) return;
  let loss = sum(losses) / losses.length;
  if (reduction === "sum") {
    let divisor = c.size(facts.targetShape);
    if (facts.soft) divisor = Math.floor(divisor / Math.max(facts.classes, 1));
    else if (indices) divisor = many(facts.counted);
    if (!divisor) return;
    loss /= divisor;
  }
  for (const [name, floor] of knownFloors(facts))
    if (floor > 0 && Math.abs(loss - floor) <= 0.003 * floor) {
      const said = { value: loss, floor_name: name, floor };
      yield facts.finding("stuck-at-floor", "", { seen: "call", ...said });
      return;
    }
}

/** The numbers at which a loss stops, by what to call them. @param {Facts} facts @returns {[string, number][]} */
function knownFloors({ alpha, loss, options, classes, soft }) {
  if (loss.startsWith("binary"))
    return options.pos_weight
      ? []
      : [["log 2, that of a model that answers 0.5 to all,", Math.log(2)]];
  if (classes < 2) return [];
  /** @type {[string, number][]} */
  const known = [[`log ${classes}, that of equal chances for all classes,`, Math.log(classes)]];
  if (alpha > 0 && !soft) {
    const other = alpha / classes;
    const own = 1 - alpha + other;
    const floor = -(own * Math.log(own) + (classes - 1) * other * Math.log(other));
    known.push([`the floor of smoothing by ${c.general(alpha, 6)}`, floor]);
  }
  return known;
}

/** What there is to say about the call, in no particular order. @param {Facts} facts @returns {Findings} */
function* allFindings(facts) {
  const refusals = [...ofInputType(facts), ...ofWeightShape(facts), ...ofOptions(facts)];
  const integers = refusals.some(({ code }) => code === "integer-input");
  const alone = facts.overClasses && !integers ? [...ofOneClass(facts)] : [];
  if (alone.length) {
    // Which is why a weight or the target may not fit.
    yield* [...alone, ...refusals.filter(({ code }) => code !== "weight-shape")];
    return;
  }
  if (!integers)
    refusals.push(...(facts.overClasses ? ofClassTarget(facts) : ofElementTarget(facts)));
  yield* refusals;
  const has = (/** @type {string[]} */ ...codes) =>
    refusals.some(({ code }) => codes.includes(code));
  if (has("integer-input") || (facts.overClasses && !facts.shape.length)) return;
  const refused = refusals.some(({ severity }) => severity === "error");
  const shaped = !has("class-axis", "target-shape", "broadcast-target", "one-hot-integer-target");
  /** @type {Finding[]} */
  let found = [];
  if (facts.overClasses) {
    if (shaped && !facts.soft && !has("float-class-index", "weight-shape"))
      found.push(...ofIndices(facts));
    if (facts.soft) found.push(...ofSoftTarget(facts));
    found.push(...ofWeights(facts));
  } else if (facts.kl) {
    const probabilities = !facts.options.log_target && facts.floats;
    if (probabilities && facts.targetShape.length) found.push(...ofSoftTarget(facts));
  } else {
    if (!has("target-shape")) found.push(...ofBinaryTarget(facts));
    found.push(...ofWeights(facts));
  }
  const finite = shaped && c.size(facts.shape) > 0 ? [...ofFinite(facts), ...ofMasked(facts)] : [];
  found.push(...finite);
  const strange = finite.some(
    ({ code }) => code === "non-finite-input" || code === "low-precision-overflow",
  );
  if (!strange && !facts.areSwapped && !has("class-axis") && c.size(facts.shape) > 0)
    found.push(...activations(facts));
  const said = found.filter(({ severity }) => severity === "error").map(({ code }) => code);
  if (said.includes("kl-target-log") || said.includes("kl-arguments-swapped"))
    found = found.filter(({ code }) => code !== "negative-soft-target"); // which say why it is negative
  yield* found;
  // Which says why the loss is not finite.
  if (!refused && said.every((code) => code === "masked-target"))
    yield* [...ofCall(facts)].filter(({ code }) => !said.length || code !== "non-finite-loss");
}

/** @param {Facts} facts @returns {Findings} */
function* activations(facts) {
  const ambiguous = facts.overClasses ? [...ofAmbiguousAxis(facts)] : [];
  yield* ambiguous;
  if (ambiguous.some(({ severity }) => severity === "error")) return;
  if (facts.nll) yield* ofLogInput(facts);
  else if (facts.overClasses) yield* ofActivation(facts);
  else if (facts.loss === "binary_cross_entropy") yield* ofProbabilities(facts);
  else if (facts.loss === "binary_cross_entropy_with_logits") yield* ofBinaryActivation(facts);
  else if (facts.floats) yield* ofDivergence(facts);
}
