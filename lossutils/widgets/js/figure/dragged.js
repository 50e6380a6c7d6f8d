/** Parts of pictures that a reader drags to move a setting. */

import { share, traits } from "./distribution.js";
import { probability } from "./format.js";
import { barGrips, disc, triangle } from "./plot.js";

/** @typedef {import("d3-selection").Selection<any, any, any, any>} Selection */
/** @typedef {{ k: number, name: string, value: number, top?: number, all: number[], fixed?: boolean }} Bar
 *    `value` is the bar's height, `top` that of what its label stands on, and `all` its distribution as it is set, which a one-hot one hides */

/** @typedef {(...given: Parameters<typeof import("./plot.js").handles>) => void} Handles */

/** The names of outcomes. */
export const OUTCOMES = ["a", "b", "c", "d", "e", "f"];

/** A distribution in words. @param {number[]} values */
export const listed = (values) =>
  values.map((v, k) => `${OUTCOMES[k]} ${probability(v)}`).join(", ");

/** A bar for each outcome of each distribution. @param {string[]} names @returns {Bar[]} */
export const barsOf = (...names) =>
  OUTCOMES.flatMap((_, k) => names.map((name) => ({ k, name, value: 0, all: [] })));

/** The parts by which the bars of distributions are dragged. `hold` gives the bars their values.
 * @param {Bar[]} data @param {(tag: string) => Selection} marks makes an element for each bar
 * @param {{ svg: SVGSVGElement, handles: Handles, model: import("@anywidget/types").AnyModel,
 *   assign: import("./figure.js").Assign, y: { invert: (py: number) => number } }} picture */
export function dragBars(data, marks, { svg, handles, model, assign, y }) {
  const { body, knobs, grips, place } = barGrips(marks);
  const hold = (
    /** @type {string} */ name,
    /** @type {number[]} */ all,
    shown = all,
    fixed = false,
  ) => {
    for (const bar of data)
      if (bar.name === name) Object.assign(bar, { value: shown[bar.k] ?? 0, all, fixed });
  };
  handles(grips, {
    svg,
    body,
    label: ({ k, name }) => `${name} of ${OUTCOMES[k]}`,
    value: ({ value }) => value,
    text: probability,
    at: (_, [, py]) => y.invert(py),
    set: ({ k, name, all, fixed }, value) => {
      if (fixed) return;
      const next = share(model, name, all, k, value);
      hold(name, next);
      assign(traits(name, next));
    },
  });
  return { parts: [body, knobs, grips], knobs, grips, place, hold };
}

const exponentOf = { 2: Math.log2, 10: Math.log10 };

/** A dot that moves the setting `name` along the horizontal axis, between the limits and in the steps that its
 * declaration has: those of the exponent, if it is logarithmic. The function returned puts the dot, for the
 * setting's value, at a place; without a place it is not shown.
 * @param {Selection} root
 * @param {{ svg: SVGSVGElement, handles: Handles, assign: import("./figure.js").Assign, model: import("@anywidget/types").AnyModel,
 *   name: string, x: { invert: (px: number) => number }, kind?: string, label?: string, min?: number, max?: number,
 *   step?: number, text?: (value: number) => string, fit?: (value: number, now: number) => number }} options
 * `kind` is its class: "p", "q", "q triangle"; `fit` is the value that the dot takes where it is dragged
 */
export function dragDot(root, { svg, handles, assign, model, name, x, kind = "q", ...options }) {
  const told = () => model.get("_settings")[name];
  const { text = probability, fit = (v) => v, ...own } = options;
  const { label, min, max, step, log, whole } = { ...told(), ...own };
  const held = /** @type {(value: number) => number} */ (
    exponentOf[/** @type {2 | 10} */ (log)] ?? ((v) => v)
  );
  const setting = (/** @type {number} */ v) => {
    if (!log) return v;
    // The logarithm of a whole number is seldom on a step.
    const value = log ** (whole ? Math.round(v / step) * step : v);
    return Math.min(told().max, Math.max(told().min, value));
  };
  const datum = { value: 0, shown: 0 };
  const shape = kind.endsWith("triangle") ? triangle : disc;
  const dot = root.append("polygon").attr("class", `dot dot-${kind}`).datum(datum);
  handles(dot, {
    svg,
    min: held(min),
    max: held(max),
    step,
    orientation: "horizontal",
    label: () => label,
    value: (d) => d.value,
    text: (_, d) => text(d.shown),
    at: (_, [px]) => held(x.invert(px)),
    // The datum too: a second key may come before the next frame.
    set: (d, value) => assign({ [name]: setting((d.value = fit(value, d.value))) }),
  });
  return (/** @type {number} */ value, /** @type {number} */ px, /** @type {number} */ py) => {
    Object.assign(datum, { value: held(value), shown: value });
    return dot.attr("points", Number.isFinite(py) ? shape(px, py, 9) : "");
  };
}
