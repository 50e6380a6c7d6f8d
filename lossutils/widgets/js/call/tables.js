/**
 * An explanation in words and tables: what lossutils/_explained.py shows of one, row by row.
 */
import { sum } from "../lossmath/numbers.js";
import { MOST_SAMPLES } from "./explain.js";
import { general, thousands } from "./call.js";

/** @typedef {import("./explain.js").Explanation} Explanation */
/** @typedef {import("./explain.js").Sample} Sample */
/** @typedef {{ caption: string, head: string[], rows: string[][] }} Table */

const MOST_CLASSES = 20;
const IN_A_LINE = 6;

/** In so many digits, without a sign for 0. @param {number} x @param {number} [digits] */
export const number = (x, digits) => general(x + 0, digits);

/** Up to four numbers, or the first three and an ellipsis. @param {number[]} x */
function few(x) {
  const shown = x.slice(0, x.length > 4 ? 3 : 4).map((each) => number(each, 3));
  return [...shown, ...(x.length > 4 ? ["…"] : [])].join(", ");
}

/** @param {Sample} s @returns {s is Sample & { input: number[] }} */
const isOfClasses = (s) => Array.isArray(s.input);
/** @param {Sample} s @returns {s is Sample & { input: number[], target: number }} */
const hasIndex = (s) => isOfClasses(s) && typeof s.target === "number";
/** @param {Sample} s @param {number} k */
const isTarget = (s, k) => hasIndex(s) && !s.ignored && s.target === k;
/** @param {Sample} s */
const nameOf = (s) => s.place.join(", ") || "the only one";
/** @param {number | number[]} x @param {number} [k] */
const at = (x, k = 0) => (typeof x === "number" ? x : x[k]);

/** What was read as what, and what a sample adds. @param {Explanation} e */
export function heading(e) {
  const article = "aeiou".includes(e.unit[0]) ? "An" : "A";
  return [
    `input: ${e.reading[0]}`,
    `target: ${e.reading[1]}`,
    `${article} ${e.unit} adds ${e.formula}.`,
    ...(e.complete ? [] : [summary(e)]),
  ];
}

/** @param {Explanation} e */
function summary(e) {
  const said = [`${thousands(e.count)} ${e.unit}s`];
  if (e.ignored) said.push(`${thousands(e.ignored)} of them ignored`);
  if (e.weightless) said.push(`${thousands(e.weightless)} of weight 0`);
  if (e.notFinite) {
    const losses = e.notFinite === 1 ? "loss" : "losses";
    said.push(`${thousands(e.notFinite)} ${losses} infinite or NaN`);
  }
  let text = said.join(", ");
  if (!Number.isNaN(e.least))
    text += `; finite losses from ${number(e.least)} to ${number(e.most)}`;
  if (e.samples.length === MOST_SAMPLES && e.numerator > 0 && e.numerator < Infinity) {
    const most = MOST_SAMPLES / 2;
    const top = sum(e.samples.slice(0, most).map(({ loss }) => loss));
    text += `; the ${most} largest add ${((100 * top) / e.numerator).toFixed(1)} % of the sum`;
  }
  return `${text}.`;
}

/** The tables of a call: of its samples, of its totals, and of the gradient. @param {Explanation} e */
export function tables(e) {
  return {
    samples: e.samples.length ? samples(e) : null,
    totals: totals(e),
    gradients: e.samples.some((s) => isOfClasses(s) && s.input.length) ? gradients(e) : null,
  };
}

/** @param {Explanation} e @returns {Table} */
function samples(e) {
  const columns = columnsOf(e);
  return {
    caption: e.complete ? `Each ${e.unit}` : "The largest losses, then the smallest",
    head: [e.unit, ...columns.map(([title]) => title)],
    rows: e.samples.map((s) => [nameOf(s), ...columns.map(([, cell]) => cell(s))]),
  };
}

/** Each column after the sample's name. @param {Explanation} e @returns {[string, (s: Sample) => string][]} */
function columnsOf(e) {
  /** @type {[string, (s: Sample) => string][]} */
  const columns = [];
  /** @param {(s: Sample) => number | number[]} of */
  const ofTarget = (of) => (/** @type {Sample} */ s) =>
    s.ignored ? "–" : number(at(of(s), at(s.target)));
  if (e.samples.some(hasIndex)) {
    columns.push(["target", (s) => (s.ignored ? `${s.target}, ignored` : String(s.target))]);
    if (e.loss !== "nll_loss") columns.push(["logit z_y", ofTarget((s) => s.input)]);
    columns.push(["log q_y", ofTarget((s) => s.log)]);
    if (e.loss === "focal_loss") columns.push(["times", ofTarget((s) => s.factors)]);
    else if (e.weighted) columns.push(["weight", (s) => (s.ignored ? "–" : number(at(s.weight)))]);
    if (e.smoothed) {
      columns.push(["own part", (s) => number(s.own)]);
      columns.push(["smoothing", (s) => number(s.spread)]);
    }
  } else if (e.samples.some(isOfClasses)) {
    columns.push(["target", (s) => few(/** @type {number[]} */ (s.target))]);
    columns.push(["log q", (s) => few(s.log)]);
  } else {
    columns.push(["target", (s) => number(at(s.target))]);
    if (e.loss === "binary_cross_entropy") columns.push(["p", (s) => number(at(s.input))]);
    else {
      columns.push(["logit", (s) => number(at(s.input))]);
      columns.push(["p", (s) => number(Math.exp(s.log[0]))]);
    }
    columns.push(["log p", (s) => number(s.log[0])]);
    columns.push(["log(1-p)", (s) => number(s.log[1])]);
    if (e.weighted) columns.push(["times", (s) => few(s.factors)]);
  }
  const isMore = (/** @type {Sample} */ s) =>
    !(Math.abs(s.loss) <= 4 * e.rounding * sum(s.terms, Math.abs));
  columns.push(["loss", (s) => number(isMore(s) ? s.loss : 0)]);
  if (e.reduction !== "none") columns.push(["of result", (s) => number(isMore(s) ? s.share : 0)]);
  if (e.samples.some((s) => !isOfClasses(s)))
    columns.push(["gradient", (s) => number(slope(e, s, at(s.gradient)))]);
  return columns;
}

/** A number of the gradient, 0 where it is only what rounding leaves. @param {Explanation} e @param {Sample} s @param {number} g */
function slope(e, s, g) {
  const size = sum(s.factors, Math.abs) / Math.abs(e.divisor === 0 ? 1 : e.divisor);
  return Math.abs(g) <= 4 * e.rounding * size ? 0 : g;
}

/** @param {Explanation} e @returns {Table} */
function totals(e) {
  const ignored = e.ignored ? `, ${thousands(e.ignored)} of them ignored` : "";
  const counted = `of ${thousands(e.count)} ${e.unit}${e.count === 1 ? "" : "s"}${ignored}`;
  const result = e.result === null ? "each loss" : number(e.result, 6);
  const others = e.count - e.ignored;
  const isDiluted = e.result === null && e.ignored > 0 && others > 0;
  const over = `the ignored ones add 0 and are counted: over the other ${thousands(others)} it is ${number(e.numerator / others, 6)}`;
  return {
    caption: "From the losses to the result",
    head: ["quantity", "value", "what it is"],
    rows: [
      ["sum of the losses", number(e.numerator, 6), counted],
      ...(e.dividedBy ? [["divided by", number(e.divisor, 6), e.dividedBy]] : []),
      ["result", result, "not compared: no PyTorch runs in a page"],
      // What a mean by hand makes of losses whose ignored samples are 0.
      ...(isDiluted ? [["result.mean()", number(e.numerator / e.count, 6), over]] : []),
      ["floor of the call", Math.abs(e.floor) <= e.noise ? "0" : number(e.floor, 6), above(e)],
      ["floor of the problem", "unknown", "no batch shows how often equal inputs differ in label"],
    ],
  };
}

/** How far above its floor the result is, or why there is no floor. @param {Explanation} e */
function above(e) {
  if (Number.isNaN(e.floor)) return "these targets and options give NaN whatever the input";
  if (e.floor === -Infinity) return "a negative weight or target: the loss falls without bound";
  const least = "the least with these targets and options";
  const result = e.result ?? e.numerator;
  if (!Number.isFinite(result)) return least;
  const [gap, close] = [result - e.floor, e.noise * Math.max(1, Math.abs(e.floor))];
  if (gap < -close) return `${least}; below it: the input is not what the loss takes it for`;
  if (gap <= close) return `${least}; reached`;
  return `${least}; ${number(gap)} below the ${e.result === null ? "sum" : "result"}`;
}

/** @param {Explanation} e @returns {Table} */
function gradients(e) {
  const of = e.reduction === "none" ? "sum" : "result";
  const what = e.loss === "nll_loss" || e.loss === "kl_div" ? "log-probability" : "logit";
  const caption = `Gradient of the ${of} by ${what}`;
  const marked = e.samples.some(hasIndex);
  const of_classes = e.samples.filter(isOfClasses);
  const [{ input: first }] = of_classes;
  const cell = (/** @type {Sample} */ s, /** @type {number} */ k) =>
    number(slope(e, s, at(s.gradient, k)));
  if (of_classes.every(({ input }) => input.length <= IN_A_LINE))
    return {
      caption: caption + (marked ? ", * at the target’s" : ""),
      head: [e.unit, ...first.map((_, k) => `class ${k}`)],
      rows: of_classes.map((s) => [
        nameOf(s),
        ...s.input.map((_, k) => cell(s, k) + (isTarget(s, k) ? "*" : "")),
      ]),
    };
  return {
    caption,
    head: [
      e.unit,
      ...(marked ? ["at the target’s"] : []),
      `largest${marked ? " others" : ""}: class and gradient`,
    ],
    rows: of_classes.map((s) => [
      nameOf(s),
      ...(marked ? [s.ignored ? "–" : cell(s, at(s.target))] : []),
      steepest(s)
        .filter((k) => !isTarget(s, k))
        .slice(0, 3)
        .map((k) => `${k}: ${cell(s, k)}`)
        .join(", "),
    ]),
  };
}

/** A sample's table: a line for each class, or for yes and no. @param {Sample} s @returns {Table} */
export function classesOf(s) {
  let caption = s.place.length
    ? `Sample ${nameOf(s)}, class by class`
    : "The sample, class by class";
  if (!isOfClasses(s))
    return {
      caption: caption.replace("class by class", "yes and no"),
      head: ["outcome", "log q", "times", "adds"],
      rows: ["yes", "no"].map((name, k) => [
        name,
        ...[s.log, s.factors, s.terms].map((x) => number(x[k])),
      ]),
    };
  let chosen = s.input.map((_, k) => k);
  if (chosen.length > MOST_CLASSES) {
    caption += `: the ${MOST_CLASSES} of ${thousands(chosen.length)} with the largest gradients`;
    chosen = steepest(s)
      .slice(0, MOST_CLASSES)
      .sort((a, b) => a - b);
  }
  const columns = [s.input, s.log, s.log.map(Math.exp), s.factors, s.terms, s.gradient];
  return {
    caption,
    head: ["class", "input", "log q", "q", "times", "adds", "gradient"],
    rows: chosen.map((k) => [
      isTarget(s, k) ? `${k}, target` : String(k),
      ...columns.map((x) => number(at(x, k))),
    ]),
  };
}

/** The classes in the order of their gradients, the target's and the largest first. @param {Sample & { input: number[] }} s */
function steepest(s) {
  const size = s.input.map((_, k) => {
    const g = Math.abs(at(s.gradient, k));
    return Number.isNaN(g) || isTarget(s, k) ? Infinity : g;
  });
  const order = (/** @type {number} */ a, /** @type {number} */ b) =>
    size[a] === size[b] ? 0 : size[b] - size[a];
  return s.input.map((_, k) => k).sort(order);
}
