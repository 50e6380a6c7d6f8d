/** Class weights with label smoothing: where each class's samples pull q, and when that is a wrong class. */

import {
  corners,
  decimals,
  explorer,
  number,
  own,
  q as inQ,
  quantity,
  scaleBand,
  scaleLinear,
  short,
} from "../../js/index.js";
import { largestRatio, optimum } from "./math.js";

const NAMES = ["a", "b", "c"];
const UPPER = { top: 40, right: 8, bottom: 182, left: 34 };
const RATIOS = [-2, 4]; // log10 of the largest other weight over the true class's
const SUPERSCRIPTS = ["10⁻²", "10⁻¹", "1", "10", "10²", "10³", "10⁴"];

/** A ratio with two digits that count. @param {number} value */
const brief = (value) =>
  value >= 100 ? String(Math.round(value)) : number(value, value >= 10 ? 1 : 2);

export default explorer({
  name: "smoothing-weights",

  state: (/** @type {{ alpha: number, weights: number[] }} */ { alpha, weights }) => {
    const rows = NAMES.map((_, label) => {
      const q = optimum(alpha, weights, label);
      return {
        label,
        q,
        ratio: Math.max(...weights.filter((_, k) => k !== label)) / weights[label],
        best: q.indexOf(Math.max(...q)),
      };
    });
    return {
      alpha,
      weights,
      rows,
      threshold: largestRatio(alpha, NAMES.length),
      flipped: NAMES.filter((_, label) => rows[label].best !== label),
      worst: rows.reduce((a, b) => (b.q[b.label] < a.q[a.label] ? b : a)),
    };
  },

  draw: (plot) => {
    const drawUpper = plot.axes();
    const x = scaleBand(NAMES, [0, 1]).paddingInner(0.25).paddingOuter(0.1);
    const side = scaleBand(NAMES, [0, 1]).paddingInner(0.12);
    const y = scaleLinear([0, 1], [1, 0]);
    const log = scaleLinear(RATIOS, [0, 1]).clamp(true);
    const data = NAMES.flatMap((_, label) => NAMES.map((__, k) => ({ label, k, value: 0 })));
    const bars = plot.marks("polygon", data, ({ label, k }) =>
      label === k ? "bar-q" : "bar-neutral",
    );
    const values = plot.texts(data, "label small");
    const names = plot.texts(data, "small").text(({ k }) => NAMES[k]);
    const heads = plot.texts(NAMES, "label small").text((name) => `true: ${name}`);
    const verdicts = plot.texts(NAMES, "small");

    const legend = plot.text("axis-title");
    plot.mark("tspan", "label-q", legend).text("blue: the true class");
    legend.append("tspan").attr("dx", 10).text("grey: the others");

    const axis = plot.group();
    const title = plot.text("axis-title", {
      words: "largest other weight ÷ own weight",
      anchor: "end",
      parent: axis,
    });
    const base = plot.mark("line", "zero", axis);
    const ticks = plot.texts(SUPERSCRIPTS, "tick axis-title", axis).text((power) => power);
    const beyond = plot.mark("polygon", "beyond", axis);
    const limit = plot.mark("line", "guide", axis);
    const limitLabel = plot.text("label small", { parent: axis });
    const dots = NAMES.map(() => plot.dot("q", 6, axis));
    const dotNames = plot.texts(NAMES, "of label small", axis).text((name) => name);

    return (state, size) => {
      const box = plot.span(size, UPPER, x, y);
      side.range([0, x.bandwidth()]);
      log.range([box.x[0] + 6, box.x[1] - 10]);
      const unnamed = scaleBand([""], /** @type {[number, number]} */ (box.x));
      drawUpper(unnamed, y, { y: "q*", ticksY: [0, 0.5, 1], formatX: () => "" });
      const left = (/** @type {any} */ d) => (x(NAMES[d.label]) ?? 0) + (side(NAMES[d.k]) ?? 0);
      const middle = (/** @type {any} */ d) => left(d) + side.bandwidth() / 2;
      for (const d of data) d.value = state.rows[d.label].q[d.k];
      bars.attr("points", (d) => corners(left(d), y(d.value), side.bandwidth(), y(0) - y(d.value)));
      plot.put(values, middle, (d) => y(d.value) - 4).text(({ value }) => short(number(value)));
      plot.put(names, middle, y(0) + 15);
      const centre = (/** @type {string} */ name) => (x(name) ?? 0) + x.bandwidth() / 2;
      plot.put(heads, centre, 12);
      const verdict = x.bandwidth() > 100 ? "best answer" : "best";
      plot.put(verdicts, centre, 28).text((_, label) => {
        const { best } = state.rows[label];
        return best === label ? "" : `${verdict}: ${NAMES[best]} ✗`;
      });

      plot.put(legend, box.x[0], y(0) + 33);
      const top = y(0) + 78;
      const [start, end] = log.range();
      const at = (/** @type {number} */ ratio) => log(Math.log10(ratio));
      plot.put(title, end, top + 78);
      plot.level(base, [start, end], top + 44);
      plot.put(ticks, (_, k) => log(RATIOS[0] + k), top + 60);
      const finite = state.threshold <= 10 ** RATIOS[1];
      const edge = at(state.threshold);
      plot.upright(limit, edge, [top - 14, top + 44]).attr("display", finite ? null : "none");
      beyond.attr("points", corners(edge, top - 14, finite ? end - edge : 0, 58));
      const late = edge > size.width - 150;
      const text = finite ? `beyond ${brief(state.threshold)}: wrong` : "no ratio is too large";
      const place = finite ? edge + (late ? -4 : 4) : end;
      plot.put(limitLabel, place, top - 24, text, late ? "end" : "start");
      for (const { label, ratio } of state.rows) dots[label](at(ratio), top + 16 * label);
      plot.put(
        dotNames,
        (_, label) => at(state.rows[label].ratio) - 14,
        (_, label) => top + 16 * label + 4,
      );
    };
  },

  alternative: ({ rows, threshold }) =>
    `For each true class, bars of the q at which its weighted and smoothed loss is least: ` +
    rows
      .map(
        ({ label, q, best }) =>
          `${NAMES[label]} true: ${q.map((v, k) => `${NAMES[k]} ${number(v)}`).join(", ")}${best === label ? "" : `, so ${NAMES[best]} is the best answer`}`,
      )
      .join("; ") +
    `. A class loses to another that weighs more than ${number(threshold, 1)} times as much.`,

  formula: ({ alpha, weights, worst: { label, q } }) => {
    const shown = weights.map((w, k) => own(decimals(w, 1), `w_${k}`));
    const hot = `${decimals(1 - alpha)}·${shown[label]}`;
    const third = `${own(decimals(alpha), "alpha")}/3`;
    return (
      `${inQ("q*")}(${NAMES[label]}) = ` +
      `(${hot} + ${third}·${shown[label]}) ÷ (${hot} + ${third}·(${shown.join(" + ")})) = <strong>${number(q[label], 3)}</strong> where ${NAMES[label]} is true`
    );
  },

  quantities: {
    best_a: quantity(`${inQ("q*")}(a)`, ({ rows }) => rows[0].q[0]),
    best_b: quantity(`${inQ("q*")}(b)`, ({ rows }) => rows[1].q[1]),
    best_c: quantity(`${inQ("q*")}(c)`, ({ rows }) => rows[2].q[2]),
    threshold: quantity("ratio allowed", ({ threshold }) => threshold, 1),
    flipped: quantity(
      "classes lost",
      ({ flipped }) => flipped.length,
      (_, { flipped }) => flipped.join(", ") || "none",
    ),
  },
});
