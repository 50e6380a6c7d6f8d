/** Class weights with label smoothing: where each class's samples pull q, and when that is a wrong class. */

import {
  axes, corners, decimals, disc, explorer, inner, number, q as inQ, scaleBand, scaleLinear, select,
  spoken,
} from "../../js/index.js";
import { largestRatio, optimum } from "./math.js";

const NAMES = ["a", "b", "c"];
const UPPER = { top: 40, right: 8, bottom: 182, left: 34 };
const RATIOS = [-2, 4]; // log10 of the largest other weight over the true class's
const SUPERSCRIPTS = ["10⁻²", "10⁻¹", "1", "10", "10²", "10³", "10⁴"];

/** @typedef {{ label: number, q: number[], ratio: number, best: number }} Row */
/** @typedef {{ alpha: number, weights: number[], rows: Row[], threshold: number, flipped: Row[], worst: Row }} State */

/** A ratio with two digits that count. @param {number} value */
const brief = (value) => (value >= 100 ? String(Math.round(value)) : number(value, value >= 10 ? 1 : 2));

export default explorer({
  name: "smoothing-weights",

  state: (model) => {
    const alpha = /** @type {number} */ (model.get("alpha"));
    const weights = NAMES.map((_, k) => /** @type {number} */ (model.get(`w_${k}`)));
    const rows = NAMES.map((_, label) => {
      const q = optimum(alpha, weights, label);
      const others = weights.filter((_, k) => k !== label);
      return { label, q, ratio: Math.max(...others) / weights[label], best: q.indexOf(Math.max(...q)) };
    });
    const worst = rows.reduce((a, b) => (b.q[b.label] < a.q[a.label] ? b : a));
    return { alpha, weights, rows, threshold: largestRatio(alpha, NAMES.length), flipped: rows.filter(({ label, best }) => label !== best), worst };
  },

  draw: (svg) => {
    const drawUpper = axes(svg);
    const root = select(svg);
    const x = scaleBand(NAMES, [0, 1]).paddingInner(0.25).paddingOuter(0.1);
    const side = scaleBand(NAMES, [0, 1]).paddingInner(0.12);
    const y = scaleLinear([0, 1], [1, 0]);
    const log = scaleLinear(RATIOS, [0, 1]);
    /** @type {{ label: number, k: number, value: number }[]} */
    const data = NAMES.flatMap((_, label) => NAMES.map((__, k) => ({ label, k, value: 0 })));
    const bars = root.append("g").selectAll("polygon").data(data).join("polygon").attr("class", ({ label, k }) => (label === k ? "bar-q" : "bar-neutral"));
    const values = root.append("g").selectAll("text").data(data).join("text").attr("class", "label small").attr("text-anchor", "middle");
    const names = root.append("g").selectAll("text").data(data).join("text").attr("class", "small").attr("text-anchor", "middle").text(({ k }) => NAMES[k]);
    const heads = root.append("g").selectAll("text").data(NAMES).join("text").attr("class", "label small").attr("text-anchor", "middle");
    const verdicts = root.append("g").selectAll("text").data(NAMES).join("text").attr("class", "small").attr("text-anchor", "middle");

    const legend = root.append("text").attr("class", "axis-title").attr("aria-hidden", "true");
    legend.append("tspan").attr("class", "label-q").text("blue: the true class");
    legend.append("tspan").attr("dx", 10).text("grey: the others");

    const axis = root.append("g").attr("aria-hidden", "true");
    const title = axis.append("text").attr("class", "axis-title").attr("text-anchor", "end").text("largest other weight ÷ own weight");
    const base = axis.append("line").attr("class", "zero");
    const ticks = axis.selectAll("text.tick").data(SUPERSCRIPTS).join("text").attr("class", "tick axis-title").attr("text-anchor", "middle").text((d) => d);
    const beyond = axis.append("polygon").attr("class", "beyond");
    const limit = axis.append("line").attr("class", "guide");
    const limitLabel = axis.append("text").attr("class", "label small");
    const dots = axis.selectAll("polygon.dot").data(NAMES).join("polygon").attr("class", "dot dot-q");
    const dotNames = axis.selectAll("text.of").data(NAMES).join("text").attr("class", "of label small").attr("text-anchor", "middle").text((d) => d);

    return (state, size) => {
      const box = inner(size, UPPER);
      x.range(/** @type {[number, number]} */ (box.x));
      side.range([0, x.bandwidth()]);
      y.range(box.y);
      log.range([box.x[0] + 6, box.x[1] - 10]);
      drawUpper(scaleBand([""], /** @type {[number, number]} */ (box.x)), y, { y: "q*", ticksY: [0, 0.5, 1], formatX: () => "" });
      const left = (/** @type {any} */ d) => (x(NAMES[d.label]) ?? 0) + (side(NAMES[d.k]) ?? 0);
      const middle = (/** @type {any} */ d) => left(d) + side.bandwidth() / 2;
      for (const d of data) d.value = state.rows[d.label].q[d.k];
      bars.attr("points", (d) => corners(left(d), y(d.value), side.bandwidth(), y(0) - y(d.value)));
      values.attr("x", middle).attr("y", ({ value }) => y(value) - 4).text(({ value }) => number(value).replace(/^0\./, "."));
      names.attr("x", middle).attr("y", y(0) + 15);
      const centre = (/** @type {string} */ name) => (x(name) ?? 0) + x.bandwidth() / 2;
      heads.attr("x", centre).attr("y", 12).text((name) => `true: ${name}`);
      verdicts.attr("x", centre).attr("y", 28).text((_, label) => {
        const { best } = state.rows[label];
        return best === label ? "" : `${x.bandwidth() > 100 ? "best answer" : "best"}: ${NAMES[best]} ✗`;
      });

      legend.attr("x", box.x[0]).attr("y", y(0) + 33);
      const top = y(0) + 78;
      const places = [top, top + 16, top + 32];
      const at = (/** @type {number} */ ratio) => log(Math.min(RATIOS[1], Math.max(RATIOS[0], Math.log10(ratio))));
      title.attr("x", log(RATIOS[1])).attr("y", top + 78);
      base.attr("x1", log(RATIOS[0])).attr("x2", log(RATIOS[1])).attr("y1", top + 44).attr("y2", top + 44);
      ticks.attr("x", (_, k) => log(RATIOS[0] + k)).attr("y", top + 60);
      const finite = state.threshold <= 10 ** RATIOS[1];
      const edge = at(state.threshold);
      limit.attr("display", finite ? null : "none").attr("x1", edge).attr("x2", edge).attr("y1", top - 14).attr("y2", top + 44);
      beyond.attr("points", corners(edge, top - 14, finite ? log(RATIOS[1]) - edge : 0, 58));
      const late = edge > size.width - 150;
      limitLabel
        .attr("x", finite ? edge + (late ? -4 : 4) : log(RATIOS[1]))
        .attr("y", top - 24)
        .attr("text-anchor", late ? "end" : "start")
        .text(finite ? `${brief(state.threshold)}: beyond it, wrong` : "no ratio is too large");
      dots.attr("points", (_, label) => disc(at(state.rows[label].ratio), places[label], 6));
      dotNames.attr("x", (_, label) => at(state.rows[label].ratio) - 14).attr("y", (_, label) => places[label] + 4);
    };
  },

  alternative: ({ rows, threshold }) =>
    `For each true class, bars of the q at which its weighted and smoothed loss is least: ` +
    rows.map(({ label, q, best }) => `${NAMES[label]} true: ${q.map((v, k) => `${NAMES[k]} ${number(v)}`).join(", ")}${best === label ? "" : `, so ${NAMES[best]} is the best answer`}`).join("; ") +
    `. A class loses to another that weighs more than ${spoken(threshold, 1)} times as much.`,

  formula: ({ alpha, weights, worst: { label, q } }) => {
    const total = weights.map((w) => decimals(w, 1));
    const parts = `${decimals(1 - alpha)}·${total[label]}`;
    const third = `${decimals(alpha)}/3`;
    return {
      html:
        `${inQ("q*")}(${NAMES[label]}) = ` +
        `(${parts} + ${third}·${total[label]}) ÷ (${parts} + ${third}·(${total.join(" + ")})) = <strong>${number(q[label], 3)}</strong> where ${NAMES[label]} is true`,
      spoken:
        `the best q of ${NAMES[label]} where ${NAMES[label]} is true equals ${decimals(1 - alpha)} times ${total[label]} plus ${decimals(alpha)} thirds of ${total[label]}, ` +
        `over ${decimals(1 - alpha)} times ${total[label]} plus ${decimals(alpha)} thirds of the sum of the weights, which is ${spoken(q[label], 3)}`,
    };
  },

  quantities: {
    best_a: { label: `${inQ("q*")}(a)`, value: ({ rows }) => rows[0].q[0], text: ({ rows }) => number(rows[0].q[0], 3) },
    best_b: { label: `${inQ("q*")}(b)`, value: ({ rows }) => rows[1].q[1], text: ({ rows }) => number(rows[1].q[1], 3) },
    best_c: { label: `${inQ("q*")}(c)`, value: ({ rows }) => rows[2].q[2], text: ({ rows }) => number(rows[2].q[2], 3) },
    threshold: { label: "ratio allowed", value: ({ threshold }) => threshold, text: ({ threshold }) => number(threshold, 1) },
    flipped: { label: "classes lost", value: ({ flipped }) => flipped.length, text: ({ flipped }) => (flipped.length ? flipped.map(({ label }) => NAMES[label]).join(", ") : "none") },
  },
});
