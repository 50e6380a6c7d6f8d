/** The weighted mean, sample by sample: bars as wide as the weight and as high as the loss. */

import {
  axes, corners, decimals, explorer, inner, number, option, read, scaleLinear, select, spoken,
} from "../../js/index.js";
import { weightedMean } from "./math.js";

const MARGINS = { top: 116, right: 8, bottom: 42, left: 34 };
const HIGHEST = 2.5; // of a loss
const ROWS = ["y", "ℓ", "w", "w·ℓ", "share"];
const ROW = 18;

/** @typedef {import("./math.js").WeightedMean} State */

/** A weight without digits that say nothing: 2, 0.5. @param {number} value */
const plain = (value) => decimals(value, 0, 3);
/** @param {number} value */
const result = (value) => (Number.isNaN(value) ? "NaN" : number(value, 3));
/** @param {State} state */
const counted = ({ samples }) => samples.filter(({ ignored }) => !ignored);

export default explorer({
  name: "weighted-mean",
  pairs: true,

  state: (model) =>
    weightedMean(model.get("_constants").samples, read(model, "w", 3), Number(option(model, "ignore_index")), model.get("count")),

  draw: (svg, _, model) => {
    /** @type {{ y: number }[]} */
    const all = model.get("_constants").samples;
    const root = select(svg);
    const drawAxes = axes(svg);
    const x = scaleLinear();
    const y = scaleLinear([0, HIGHEST], [1, 0]);
    const table = root.append("g").attr("class", "table").attr("aria-hidden", "true");
    table.selectAll("text.head").data(ROWS).join("text").attr("class", "head small").attr("x", 2).attr("y", (_, row) => 14 + ROW * row).text((text) => text);
    const cells = ROWS.map((_, row) =>
      table.append("g").selectAll("text").data(all).join("text").attr("text-anchor", "middle").attr("y", 14 + ROW * row),
    );
    const bars = root.append("g").selectAll("polygon").data(all).join("polygon").attr("class", ({ y: k }) => `class-${k}`);
    const level = root.append("line").attr("class", "line line-q");
    const names = root.append("g").attr("aria-hidden", "true").selectAll("text").data(all).join("text").attr("class", "small inside").attr("text-anchor", "middle").text(({ y: k }) => `${k}`);
    const label = root.append("text").attr("class", "label label-q").attr("text-anchor", "end");
    const nothing = root.append("text").attr("class", "label").attr("text-anchor", "middle");

    return (state, size) => {
      const box = inner(size, MARGINS);
      const empty = !(state.divisor > 0);
      x.domain([0, empty ? 1 : state.divisor]).range(box.x);
      y.range(box.y);
      drawAxes(x, y, { x: "weight, added up", y: "", ticksX: empty ? [0] : [0, state.divisor], formatX: plain, formatY: plain, ticksY: [0, 1, 2] });
      const column = (box.x[1] - box.x[0]) / all.length;
      for (const [row, texts] of cells.entries()) {
        texts
          .attr("x", (_, n) => box.x[0] + column * (n + 0.5))
          .attr("class", (_, n) => (state.samples[n]?.ignored ? "quiet" : row === 4 ? "label-q" : ""))
          .text((_, n) => {
            const sample = state.samples[n];
            if (!sample) return "";
            if (sample.ignored && row > 1) return row === 2 ? "–" : row === 3 ? "0" : "0 %";
            if (row === 4) return Number.isNaN(sample.share) ? "–" : `${number(100 * sample.share, 0)} %`;
            return [plain(sample.y), number(sample.loss), plain(sample.weight), number(sample.weight * sample.loss)][row];
          });
      }
      let start = 0;
      /** @type {[number, number][]} */
      const spans = all.map((_, n) => {
        const sample = state.samples[n];
        const width = sample && !sample.ignored ? sample.weight : 0;
        start += width;
        return [start - width, start];
      });
      const wide = (/** @type {number} */ n) => (empty ? 0 : x(spans[n][1]) - x(spans[n][0]));
      bars.attr("points", (_, n) => {
        const top = y(state.samples[n]?.loss ?? 0);
        return corners(empty ? 0 : x(spans[n][0]), top, Math.max(0, wide(n) - 1), y(0) - top);
      });
      names
        .attr("display", (_, n) => (wide(n) > 12 ? null : "none"))
        .attr("x", (_, n) => (empty ? 0 : x((spans[n][0] + spans[n][1]) / 2)))
        .attr("y", y(0) - 5);
      for (const mark of [level, label]) mark.attr("display", empty ? "none" : null);
      nothing.attr("display", empty ? null : "none").attr("x", (box.x[0] + box.x[1]) / 2).attr("y", (box.y[0] + box.y[1]) / 2).text("nothing left to count: 0/0 = NaN");
      if (empty) return;
      const height = y(Math.min(HIGHEST, state.mean));
      level.attr("x1", box.x[0]).attr("x2", box.x[1]).attr("y1", height).attr("y2", height);
      label.attr("x", box.x[1]).attr("y", height - 6).text(`mean ${number(state.mean, 3)}`);
    };
  },

  alternative: (state) => {
    const one = (/** @type {import("./math.js").Sample} */ { y, loss, weight, ignored }) => `class ${y}, loss ${number(loss)}, ${ignored ? "ignored" : `weight ${plain(weight)}`}`;
    const outcome = Number.isNaN(state.mean) ? "Nothing is left to count, and the mean is NaN" : `Levelled, they would be ${number(state.mean, 3)} high, which is the mean`;
    return (
      `Bars as wide as a sample's weight and as high as its loss: ${state.samples.map(one).join("; ")}. ` +
      `Their areas add up to ${number(state.sum, 3)}, their widths to ${plain(state.divisor)}. ${outcome}.`
    );
  },

  formula: (state) => {
    const parts = counted(state);
    const bracketed = (/** @type {string[]} */ terms) => (terms.length > 1 ? `(${terms.join(" + ")})` : terms[0] ?? "0");
    const above = bracketed(parts.map(({ weight, loss }) => `${plain(weight)}·${number(loss)}`));
    const below = bracketed(parts.map(({ weight }) => plain(weight)));
    const value = result(state.mean);
    return {
      html: `mean = ${above} / ${below} = ${number(state.sum, 3)} / ${plain(state.divisor)} = <strong>${value}</strong>`,
      spoken:
        `the mean is ${parts.map(({ weight, loss }) => `${plain(weight)} times ${number(loss)}`).join(" plus ") || "zero"}, all over ` +
        `${parts.map(({ weight }) => plain(weight)).join(" plus ") || "zero"}: ${spoken(state.sum, 3)} over ${plain(state.divisor)}, which is ` +
        `${Number.isNaN(state.mean) ? "not a number" : value}`,
    };
  },

  quantities: {
    sum: { label: "sum: Σ w·ℓ", value: (s) => s.sum, text: (s) => number(s.sum, 3) },
    divisor: { label: "divisor: Σ w", value: (s) => s.divisor, text: (s) => plain(s.divisor) },
    mean: { label: "mean", value: (s) => s.mean, text: (s) => result(s.mean) },
    one_hot_mean: { label: "one-hot targets, ÷ N", value: (s) => s.oneHotMean, text: (s) => number(s.oneHotMean, 3) },
  },
});
