/** -log softmax by the plain formula and by log-sum-exp, in four dtypes, as a logit grows. */

import {
  axes, disc, explorer, handles, inner, line, number, scaleLinear, scaleLog, select, sideLabel,
  significant, spoken, triangle,
} from "../../js/index.js";
import { DTYPES, breaks, naive, stable } from "./math.js";

const MARGINS = { top: 44, right: 14, bottom: 36, left: 70 };
const GAP = 8; // between the strips
const STEPS = 300;
// The range of a loss's axis: for a loss as large as the logit, and for one near 0.
const SPANS = [
  { scale: scaleLog, domain: [1.5, 2500] },
  { scale: scaleLinear, domain: [0, 0.2] },
];
const SHOWN = 1; // the dtype whose numbers the formula shows

/** @typedef {import("./math.js").Outcome} Outcome */
/** @typedef {{ size: number, naive: number, stable: number }} Place */
/** @typedef {{ places: Place[], limit: number }} Curve */
/** @typedef {{ size: number, target: number, naive: Outcome[], stable: Outcome[], curves: Curve[] }} State */

/** The curves change with the target alone. @type {Curve[][]} */
const kept = [];
const curves = (/** @type {number} */ target, /** @type {import("./math.js").Limits} */ limits) =>
  (kept[target] ??= DTYPES.map(({ round }) => ({
    limit: breaks(target, round, limits),
    places: Array.from({ length: STEPS + 1 }, (_, k) => {
      const size = limits.min * (limits.max / limits.min) ** (k / STEPS);
      return { size, naive: naive(size, target, round).loss, stable: stable(size, target, round).loss };
    }),
  })));

/** NaN is called not a number. @param {number} value @param {number} [digits] */
const shown = (value, digits = 3) => (Number.isNaN(value) ? "NaN" : number(value, digits));
/** @param {number} value */
const said = (value) => (Number.isNaN(value) ? "not a number" : spoken(value, 3));

/** A power of e, however large: 2.72, 22026, 2.7e43. @param {number} value */
const power = (value) =>
  !Number.isFinite(value) || value === 0
    ? shown(value, 0)
    : value >= 1e5 || value < 1e-3
      ? value.toExponential(1).replace("+", "").replace("-", "−")
      : number(value, value < 1000 && value !== 1 ? 3 : 0);

export default explorer({
  name: "stability",

  state: (model) => {
    const [size, target] = [model.get("size"), model.get("target_index")]; // z₀ is the smaller logit
    return {
      size,
      target,
      naive: DTYPES.map(({ round }) => naive(size, target, round)),
      stable: DTYPES.map(({ round }) => stable(size, target, round)),
      curves: curves(target, model.get("_settings").size),
    };
  },

  draw: (svg, assign, model) => {
    const { min, max, step } = model.get("_settings").size;
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleLog([min, max], [0, 1]);
    const marks = DTYPES.map(() => root.append("g").attr("aria-hidden", "true"));
    const guide = root.append("line").attr("class", "guide");
    const strips = DTYPES.map(({ name }, k) => {
      const [g, words] = [marks[k], root.append("g").attr("aria-hidden", "true")];
      return {
        both: [g, words],
        g,
        words,
        frame: g.append("rect").attr("class", "frame"),
        broken: g.append("rect").attr("class", "broken"),
        naive: g.append("path").attr("class", "line line-naive"),
        stable: g.append("path").attr("class", "line line-stable"),
        dot: words.append("polygon").attr("class", "dot dot-neutral"),
        name: words.append("text").attr("class", "label").attr("x", 2).text(name),
        limit: words.append("text").attr("class", "small limit"),
      };
    });
    root.append("text").attr("class", "axis-title").attr("aria-hidden", "true").attr("x", 2).attr("y", 12).text("loss ℓ, nats");
    // Each curve is named once, where there is room: the thin one after the thick one has ended.
    const first = strips[1].words.append("text").attr("class", "label small label-q").text("−log(softmax)");
    const last = strips[strips.length - 1].words.append("text").attr("class", "label small").text("log-sum-exp");
    const datum = { exponent: 1 };
    const grip = root.append("polygon").attr("class", "dot dot-neutral triangle").datum(datum);
    const gripLabel = sideLabel(root, "label small");
    const describe = handles(grip, {
      svg,
      orientation: "horizontal",
      label: () => "log10 of the larger logit",
      min: Math.log10(min),
      max: Math.log10(max),
      step,
      value: ({ exponent }) => exponent,
      text: (exponent) => significant(10 ** exponent, 4),
      at: (_, [px]) => Math.log10(x.invert(px)),
      set: (_, exponent) => {
        datum.exponent = exponent; // a second key may come before the next frame
        assign({ size: Math.min(max, Math.max(min, 10 ** exponent)) });
      },
    });
    let drawn = "";

    return ({ size: now, target, stable: right, curves: all }, size) => {
      const box = inner(size, MARGINS);
      const height = (box.y[0] - box.y[1] - (DTYPES.length - 1) * GAP) / DTYPES.length;
      const y = SPANS[target].scale(SPANS[target].domain, [height - 4, 4]).clamp(true);
      if (drawn !== (drawn = `${size.width} ${size.height} ${target}`)) {
        x.range(box.x);
        for (const [k, { limit, places }] of all.entries()) {
          const { both, frame, broken, naive: before, stable: after, name, limit: from } = strips[k];
          for (const g of both) g.attr("transform", `translate(0,${box.y[1] + k * (height + GAP)})`);
          frame.attr("x", box.x[0]).attr("width", box.x[1] - box.x[0]).attr("height", height);
          broken.attr("x", x(limit)).attr("width", box.x[1] - x(limit)).attr("height", height);
          const curve = (/** @type {"naive" | "stable"} */ which) =>
            line(places.filter((place) => Number.isFinite(place[which])).map((place) => [x(place.size), y(place[which])]));
          before.attr("d", curve("naive"));
          after.attr("d", curve("stable"));
          name.attr("y", height / 2 + 4);
          const left = box.x[1] - x(limit) < 90;
          from
            .attr("x", x(limit) + (left ? -6 : 6))
            .attr("y", target === 0 ? height - 8 : 18)
            .attr("text-anchor", left ? "end" : "start")
            .text(`${target === 0 ? "∞" : "NaN"} from ${number(limit, 1)}`);
        }
        first.attr("x", x(5)).attr("y", 18);
        const end = all[strips.length - 1].limit;
        last
          .attr("x", target === 0 ? x(end) + 6 : box.x[1] - 5)
          .attr("y", target === 0 ? 16 : height - 12)
          .attr("text-anchor", target === 0 ? "start" : "end");
      }
      drawAxes(x, scaleLinear([0, 1], box.y), { x: "larger logit z₁", ticksX: [2, 10, 100, 1000], formatX: String, ticksY: [] });
      const px = x(now);
      datum.exponent = Math.log10(now);
      grip.attr("points", triangle(px, box.y[1] - 3));
      const late = px > size.width - 90;
      gripLabel({ x: px + (late ? -13 : 13), y: box.y[1] - 8, before: late, text: `z₁ = ${significant(now, 4)}` });
      guide.attr("x1", px).attr("x2", px).attr("y1", box.y[1]).attr("y2", box.y[0]);
      for (const [k, { dot }] of strips.entries()) dot.attr("points", disc(px, y(right[k].loss), 4.5));
      describe();
    };
  },

  alternative: ({ size, target, naive: before, stable: after, curves: all }) =>
    `Of the logits 0 and ${significant(size, 4)} the target's is the ${target === 0 ? "smaller" : "larger"}: the loss is ${said(after[0].loss)} nats. ` +
    `Minus log of softmax gives ${DTYPES.map(({ name }, k) => `${name} ${said(before[k].loss)}`).join(", ")}. ` +
    `It is ${target === 0 ? "infinite" : "not a number"} from a logit of: ${all.map(({ limit }, k) => `${DTYPES[k].name} ${number(limit, 1)}`).join(", ")}. Log-sum-exp is right everywhere.`,

  formula: ({ size, target, naive: before, stable: after }) => {
    const { powers, total, loss, gradient } = before[SHOWN];
    const right = after[SHOWN];
    const largest = significant(size, 4);
    return {
      html:
        `float32: −log(${power(powers[target])} / ${power(total)}) = ${shown(loss)}, g₁ = ∂ℓ/∂z₁ = ${shown(gradient)}<br>` +
        `log-sum-exp: ${largest} + log(${power(right.powers[0])} + 1) − ${target === 0 ? 0 : largest} = <strong>${shown(right.loss)}</strong> nats, g₁ = ${shown(right.gradient)}`,
      spoken:
        `in float32, minus log of ${spoken(powers[target])} over ${spoken(total)} gives ${said(loss)}, with gradient ${said(gradient)}; ` +
        `log-sum-exp gives ${said(right.loss)} nats, with gradient ${said(right.gradient)}`,
    };
  },

  quantities: Object.fromEntries(
    DTYPES.flatMap(({ name }, k) => {
      /** @type {(part: (state: State) => number) => { value: (state: State) => number, text: (state: State) => string }} */
      const readout = (part) => ({ value: part, text: (state) => shown(part(state), Math.abs(part(state)) < 100 ? 3 : 1) });
      return [
        [`naive_${name}`, { label: `${name} naive`, ...readout((s) => s.naive[k].loss) }],
        [`naive_gradient_${name}`, { label: "g₁", ...readout((s) => s.naive[k].gradient) }],
        [`stable_${name}`, { label: "stable", ...readout((s) => s.stable[k].loss) }],
      ];
    }),
  ),
});
