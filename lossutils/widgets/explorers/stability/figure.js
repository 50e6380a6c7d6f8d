/** -log softmax by the plain formula and by log-sum-exp, in four dtypes, as a logit grows. */

import {
  computed,
  explorer,
  line,
  number,
  own,
  quantity,
  remember,
  scaleLinear,
  scaleLog,
  significant,
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

/** The curves change with the target alone. */
const curves = remember(
  (/** @type {number} */ target, /** @type {import("./math.js").Limits} */ limits) =>
    DTYPES.map(({ round }) => ({
      limit: breaks(target, round, limits),
      places: Array.from({ length: STEPS + 1 }, (_, k) => {
        const size = limits.min * (limits.max / limits.min) ** (k / STEPS);
        return {
          size,
          naive: naive(size, target, round).loss,
          stable: stable(size, target, round).loss,
        };
      }),
    })),
);

/** A power of e, however large: 2.72, 22026, 2.7e43. @param {number} value */
const power = (value) =>
  value > 0 && value < Infinity && (value >= 1e5 || value < 1e-3)
    ? value.toExponential(1).replace("+", "").replace("-", "−")
    : computed(value, [0, 1].includes(value) || value >= 1000 ? 0 : 3);

export default explorer({
  name: "stability",

  state: ({ size }, model) => {
    const target = /** @type {number} */ (model.get("target_index")); // z₀ is the smaller logit
    return {
      size,
      target,
      naive: DTYPES.map(({ round }) => naive(size, target, round)),
      stable: DTYPES.map(({ round }) => stable(size, target, round)),
      curves: curves(target, model.get("_settings").size),
    };
  },

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").size;
    const drawAxes = plot.axes();
    const x = scaleLog([min, max], [0, 1]);
    const down = scaleLinear(); // over all the strips
    const marks = DTYPES.map(() => plot.group());
    const guide = plot.mark("line", "guide");
    const strips = DTYPES.map(({ name }, k) => {
      const [g, words] = [marks[k], plot.group()];
      return {
        g,
        words,
        frame: plot.mark("rect", "frame", g),
        broken: plot.mark("rect", "broken", g),
        before: plot.mark("path", "line line-naive", g),
        after: plot.mark("path", "line line-stable", g),
        dot: plot.dot("neutral", 4.5, words),
        name: plot.text("label", { words: name, parent: words }),
        from: plot.text("small limit", { parent: words }),
      };
    });
    plot.put(plot.text("axis-title"), 2, 12, "loss ℓ of the logits 0 and z₁, nats");
    // Each curve is named once, where there is room: the thin one after the thick one has ended.
    const first = plot.text("label small label-q", { parent: strips[1].words });
    const last = plot.text("label small", { parent: strips[strips.length - 1].words });
    const moveGrip = plot.dragDot({
      kind: "neutral triangle",
      name: "size",
      label: "z₁, the larger logit",
      x,
      text: (logit) => significant(logit, 4),
    });
    const gripLabel = plot.sideLabel("label small");

    return ({ size: now, target, stable: right, curves: all }, size) => {
      const box = plot.span(size, MARGINS, x, down);
      const height = (box.y[0] - box.y[1] - (DTYPES.length - 1) * GAP) / DTYPES.length;
      const y = SPANS[target].scale(SPANS[target].domain, [height - 4, 4]).clamp(true);
      if (plot.changed(size, target)) {
        for (const [k, { limit, places }] of all.entries()) {
          const { g, words, frame, broken, before, after, name, from } = strips[k];
          for (const group of [g, words])
            group.attr("transform", `translate(0,${box.y[1] + k * (height + GAP)})`);
          const strip = (/** @type {any} */ rect, /** @type {number} */ start) =>
            rect
              .attr("x", start)
              .attr("width", box.x[1] - start)
              .attr("height", height);
          strip(frame, box.x[0]);
          strip(broken, x(limit));
          const curve = (/** @type {"naive" | "stable"} */ which) =>
            line(
              places
                .filter((place) => Number.isFinite(place[which]))
                .map((place) => [x(place.size), y(place[which])]),
            );
          before.attr("d", curve("naive"));
          after.attr("d", curve("stable"));
          plot.put(name, 2, height / 2 + 4);
          const left = box.x[1] - x(limit) < 100;
          const text = `${target === 0 ? "∞" : "NaN"} from ${number(limit, 1)}`;
          plot.put(
            from,
            x(limit) + (left ? -6 : 6),
            target === 0 ? height - 8 : 18,
            text,
            left ? "end" : "start",
          );
        }
        plot.put(first, x(2.5), 18, "−log(softmax)");
        const end = all[strips.length - 1].limit;
        if (target === 0) plot.put(last, x(end) + 6, 16, "log-sum-exp", "start");
        else plot.put(last, box.x[1] - 5, height - 12, "log-sum-exp", "end");
      }
      drawAxes(x, down, {
        x: "larger logit z₁",
        ticksX: [2, 10, 100, 1000],
        formatX: String,
        ticksY: [],
      });
      const px = x(now);
      moveGrip(now, px, box.y[1] - 3);
      gripLabel(px, box.y[1] - 8, `z₁ = ${significant(now, 4)}`, px > size.width - 90, 13);
      plot.upright(guide, px, [box.y[1], box.y[0]]);
      for (const [k, { dot }] of strips.entries()) dot(px, y(right[k].loss));
    };
  },

  alternative: ({ size, target, naive: before, stable: after, curves: all }) =>
    `Of the logits 0 and ${significant(size, 4)} the target's is the ${target === 0 ? "smaller" : "larger"}: the loss is ${computed(after[0].loss)} nats. ` +
    `Plain −log(softmax) gives ${DTYPES.map(({ name }, k) => `${name} ${computed(before[k].loss)}`).join(", ")}. ` +
    `It is ${target === 0 ? "infinite" : "not a number"} from a logit of: ${all.map(({ limit }, k) => `${DTYPES[k].name} ${number(limit, 1)}`).join(", ")}. Log-sum-exp never breaks.`,

  formula: ({ size, target, naive: before, stable: after }) => {
    const { powers, total, loss, gradient } = before[SHOWN];
    const right = after[SHOWN];
    const largest = own(significant(size, 4), "size");
    return (
      `float32: −log(${power(powers[target])} / ${power(total)}) = ${computed(loss)}, g₁ = ∂ℓ/∂z₁ = ${computed(gradient)}<br>` +
      `log-sum-exp: ${largest} + log(${power(right.powers[0])} + 1) − ${target === 0 ? 0 : largest} = <strong>${computed(right.loss)}</strong> nats, g₁ = ${computed(right.gradient)}`
    );
  },

  quantities: Object.fromEntries(
    DTYPES.flatMap(({ name }, k) => {
      /** @type {(label: string, value: (state: Record<"naive" | "stable", import("./math.js").Outcome[]>) => number) => any} */
      const readout = (label, value) =>
        quantity(label, value, (v) => computed(v, Math.abs(v) < 100 ? 3 : 1));
      return [
        [`naive_${name}`, readout(`${name} naive`, (s) => s.naive[k].loss)],
        [`naive_gradient_${name}`, readout("g₁", (s) => s.naive[k].gradient)],
        [`stable_${name}`, readout("stable", (s) => s.stable[k].loss)],
      ];
    }),
  ),
});
