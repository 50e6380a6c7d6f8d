/** Four logits: above, a sigmoid for each; below, one softmax over all. */

import {
  corners,
  explorer,
  information,
  number,
  probability,
  q as inQ,
  quantity,
  scaleBand,
  scaleLinear,
  short,
} from "../../js/index.js";
import { answers } from "./math.js";

const MARGIN = { left: 34, right: 10 };
const PANELS = [
  {
    name: "sigmoids",
    top: 34,
    bottom: 134,
    title: "q = σ(z) for each",
    formula: "(q − t) ÷ 4",
  },
  { name: "shares", top: 204, bottom: 304, title: "q: one softmax for all", formula: "q − t" },
];
const GRADIENT = 18; // how far below a panel its gradient is written
const NAMES = 344;

/** @typedef {{ k: number, label: string, present: number }} Label */

export default explorer({
  name: "many-labels",
  unit: "nats",
  pairs: true,

  state: ({ logits }, model) => {
    const { labels, present } = model.get("_constants");
    return { labels, ...answers(logits, present) };
  },

  draw: (plot, model) => {
    const { labels, present } = model.get("_constants");
    const x = scaleBand(labels.map(String), [0, 1]).paddingInner(0.3).paddingOuter(0.15);
    /** @type {Label[]} */
    const data = labels.map((/** @type {string} */ label, /** @type {number} */ k) => ({
      k,
      label,
      present: present[k],
    }));
    const panels = PANELS.map(({ name, top, bottom, title, formula }) => {
      const drawAxes = plot.axes();
      for (const [k, words] of ["gradient", formula].entries())
        plot.put(plot.text("axis-title"), 2, bottom + GRADIENT + 14 * k, words);
      return {
        name,
        title,
        y: scaleLinear([0, 1], [bottom, top]),
        drawAxes,
        wanted: plot.marks("polygon", data, "wanted"),
        bars: plot.marks("polygon", data, "bar-q"),
        chances: plot.texts(data, "label small label-q"),
        slopes: plot.texts(data, "small"),
      };
    });
    const names = plot.texts(data, ({ present: there }) => (there ? "label label-p" : "label"));
    return (state, size) => {
      const middle = (/** @type {Label} */ { label }) => (x(label) ?? 0) + x.bandwidth() / 2;
      if (plot.changed(size.width)) {
        x.range([MARGIN.left + 30, size.width - MARGIN.right]);
        for (const { name, title, y, drawAxes, wanted, slopes } of panels) {
          drawAxes(scaleLinear([0, 1], [MARGIN.left, size.width - MARGIN.right]), y, {
            y: `${title}; dashed: target t`,
            ticksX: [],
            ticksY: [0, 0.5, 1],
          });
          const targets = name === "shares" ? state.wanted : state.present;
          wanted.attr("points", ({ k, label }) => {
            const top = y(targets[k]);
            return targets[k] ? corners(x(label) ?? 0, top, x.bandwidth(), y(0) - top) : "";
          });
          plot.put(slopes, middle, y(0) + GRADIENT);
        }
        plot.put(names, middle, NAMES, ({ label, present: there }) =>
          there ? label : `no ${label}`,
        );
      }
      const { sigmoids, shares, bceGradient, ceGradient } = state;
      for (const { name, y, bars, chances, slopes } of panels) {
        const [heights, gradient] =
          name === "shares" ? [shares, ceGradient] : [sigmoids, bceGradient];
        bars.attr("points", ({ k, label }) =>
          corners(x(label) ?? 0, y(heights[k]), x.bandwidth(), y(0) - y(heights[k])),
        );
        chances
          .attr("x", middle)
          .attr("y", ({ k }) => y(heights[k]) - 4)
          .text(({ k }) => short(number(heights[k])));
        slopes.text(({ k }) => number(gradient[k]));
      }
    };
  },

  alternative: ({ labels, sigmoids, shares, bce, ce, floor }, unit) =>
    `Bars for ${labels.join(", ")}. Above, the sigmoids: ${sigmoids.map((v) => number(v)).join(", ")}; ` +
    `their mean binary cross-entropy is ${unit.written(bce)}. Below, the softmax: ${shares.map((v) => number(v)).join(", ")}; ` +
    `its cross-entropy with a third for each of the first three is ${unit.written(ce)}, and never below ${unit.written(floor)}.`,

  formula: ({ present, sigmoids, bce }, unit) => {
    const terms = sigmoids.map((s, k) =>
      present[k] ? inQ(probability(s)) : `(1 − ${inQ(probability(s))})`,
    );
    return `BCE = −¼ ${unit.log}[${terms.join(" · ")}] = <strong>${unit.number(bce, 3)}</strong> ${unit}`;
  },

  quantities: {
    bce: information("nats", "BCE", (s) => s.bce),
    cross_entropy: information("nats", "cross-entropy", (s) => s.ce),
    floor: information("nats", "its floor", (s) => s.floor),
    sum_of_sigmoids: quantity("sum of sigmoids", (s) => s.sum),
  },
});
