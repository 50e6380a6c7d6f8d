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
  spoken,
  values,
} from "../../js/index.js";
import { answers } from "./math.js";

const MARGIN = { left: 34, right: 10 };
const PANELS = { sigmoids: { top: 34, bottom: 134 }, shares: { top: 204, bottom: 304 } };
const GRADIENT = 18; // how far below a panel its gradient is written
const NAMES = 344;

/** @typedef {import("./math.js").Answers} Answers */
/** @typedef {Answers & { labels: string[] }} State */
/** @typedef {"sigmoids" | "shares"} Panel */
/** @typedef {{ k: number, label: string, present: number, value: number, slope: number }} Label */

const TITLES = { sigmoids: "q = σ(z) for each", shares: "q: one softmax for all" };
const GRADIENTS = { sigmoids: "(q − t) ÷ 4", shares: "q − t" };

export default explorer({
  name: "many-labels",
  unit: "nats",
  pairs: true,

  /** @returns {State} */
  state: (model) => {
    const { labels, present } = model.get("_constants");
    return { labels, ...answers(values(model).logits, present) };
  },

  draw: (plot, model) => {
    const { labels, present } = model.get("_constants");
    const x = scaleBand(labels.map(String), [0, 1]).paddingInner(0.3).paddingOuter(0.15);
    const panels = /** @type {Panel[]} */ (["sigmoids", "shares"]).map((name) => {
      const { top, bottom } = PANELS[name];
      /** @type {Label[]} */
      const data = labels.map((/** @type {string} */ label, /** @type {number} */ k) => ({
        k,
        label,
        present: present[k],
        value: 0,
        slope: 0,
      }));
      /** @param {string} kind */
      const texts = (kind) => plot.marks("text", data, kind).attr("text-anchor", "middle");
      return {
        name,
        data,
        y: scaleLinear([0, 1], [bottom, top]),
        drawAxes: plot.axes(),
        wanted: plot.marks("polygon", data, "wanted"),
        bars: plot.marks("polygon", data, "bar-q"),
        chances: texts("label small label-q"),
        slopes: texts("small"),
        title: [
          plot.put(plot.text("axis-title"), 2, bottom + GRADIENT, "gradient"),
          plot.put(plot.text("axis-title"), 2, bottom + GRADIENT + 14, GRADIENTS[name]),
        ],
      };
    });
    const names = plot
      .marks("text", panels[0].data, ({ present: there }) => (there ? "label label-p" : "label"))
      .attr("text-anchor", "middle");
    return (state, size) => {
      const count = state.present.reduce((all, one) => all + one, 0);
      const middle = (/** @type {Label} */ { label }) => (x(label) ?? 0) + x.bandwidth() / 2;
      if (plot.changed(size.width)) {
        x.range([MARGIN.left + 30, size.width - MARGIN.right]);
        for (const { name, y, drawAxes, wanted, slopes } of panels) {
          drawAxes(scaleLinear([0, 1], [MARGIN.left, size.width - MARGIN.right]), y, {
            y: `${TITLES[name]}; dashed: target t`,
            ticksX: [],
            ticksY: [0, 0.5, 1],
          });
          wanted.attr("points", (d) => {
            const top = y(name === "shares" ? d.present / count : d.present);
            return d.present ? corners(x(d.label) ?? 0, top, x.bandwidth(), y(0) - top) : "";
          });
          plot.put(slopes, middle, y(0) + GRADIENT);
        }
        plot.put(names, middle, NAMES, ({ label, present: there }) =>
          there ? label : `no ${label}`,
        );
      }
      const { sigmoids, shares, bceGradient, ceGradient } = state;
      for (const { name, data, y, bars, chances, slopes } of panels) {
        const [heights, gradient] =
          name === "shares" ? [shares, ceGradient] : [sigmoids, bceGradient];
        for (const d of data) Object.assign(d, { value: heights[d.k], slope: gradient[d.k] });
        bars.attr("points", (d) =>
          corners(x(d.label) ?? 0, y(d.value), x.bandwidth(), y(0) - y(d.value)),
        );
        chances
          .attr("x", middle)
          .attr("y", ({ value }) => y(value) - 4)
          .text(({ value }) => short(number(value)));
        slopes.text(({ slope }) => number(slope));
      }
    };
  },

  alternative: ({ labels, sigmoids, shares, bce, ce, floor }, unit) =>
    `Bars for ${labels.join(", ")}. Above, the sigmoids: ${sigmoids.map((v) => spoken(v, 2)).join(", ")}; ` +
    `their mean binary cross-entropy is ${unit.said(bce)}. Below, the softmax: ${shares.map((v) => spoken(v, 2)).join(", ")}; ` +
    `its cross-entropy with a third for each of the first three is ${unit.said(ce)}, and never below ${unit.said(floor)}.`,

  formula: ({ present, sigmoids, bce }, unit) => {
    const terms = sigmoids.map((s, k) =>
      present[k] ? inQ(probability(s)) : `(1 − ${inQ(probability(s))})`,
    );
    const said = sigmoids.map((s, k) => (present[k] ? spoken(s, 2) : `1 minus ${spoken(s, 2)}`));
    return {
      html: `BCE = −¼ ${unit.log}[${terms.join(" · ")}] = <strong>${unit.number(bce, 3)}</strong> ${unit}`,
      spoken: `the binary cross-entropy is minus a quarter of the logarithm of the product of ${said.join(", ")}, which is ${unit.said(bce)}`,
    };
  },

  quantities: {
    bce: information("nats", "BCE", (s) => s.bce),
    cross_entropy: information("nats", "cross-entropy", (s) => s.ce),
    floor: information("nats", "its floor", (s) => s.floor),
    sum_of_sigmoids: quantity("sum of sigmoids", (s) => s.sum),
  },
});
