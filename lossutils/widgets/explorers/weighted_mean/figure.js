/** The weighted mean, sample by sample: bars as wide as the weight and as high as the loss. */

import {
  computed,
  corners,
  decimals,
  explorer,
  number,
  own,
  quantity,
  scaleLinear,
  spoken,
  values,
} from "../../js/index.js";
import { weightedMean } from "./math.js";

const MARGINS = { top: 122, right: 8, bottom: 42, left: 58 };
const HIGHEST = 2.5; // of a loss
const ROWS = ["class y", "loss ℓ", "weight w", "w·ℓ", "w/Σw"];
const ROW = 18;

/** @typedef {import("./math.js").WeightedMean} State */

/** A weight without digits that say nothing: 2, 0.5. @param {number} value */
const plain = (value) => decimals(value, 0, 3);
/** The same in the formula. @param {{ y: number, weight: number }} sample */
const ownWeight = ({ y, weight }) => own(plain(weight), `w_${y}`);
/** @param {State} state */
const counted = ({ samples }) => samples.filter(({ ignored }) => !ignored);

export default explorer({
  name: "weighted-mean",
  pairs: true,

  state: (model) => {
    const { weights, ignore_index, count } = values(model);
    return weightedMean(model.get("_constants").samples, weights, ignore_index, count);
  },

  draw: (plot, model) => {
    /** @type {{ y: number }[]} */
    const all = model.get("_constants").samples;
    const drawAxes = plot.axes();
    const x = scaleLinear();
    const y = scaleLinear([0, HIGHEST], [1, 0]);
    const table = plot.hidden().attr("class", "table");
    plot
      .put(plot.marks("text", ROWS, "head small", table), 2, (_, row) => 14 + ROW * row)
      .text((text) => text);
    const cells = ROWS.map((_, row) =>
      plot
        .marks("text", all, "", table.append("g"))
        .attr("text-anchor", "middle")
        .attr("y", 14 + ROW * row),
    );
    const bars = plot.marks("polygon", all, ({ y: k }) => `class-${k}`);
    const mean = plot.mark("line", "line line-q");
    const names = plot
      .marks("text", all, "small inside", plot.hidden())
      .attr("text-anchor", "middle")
      .text(({ y: k }) => k);
    const label = plot.text("label label-q", { anchor: "end" });
    const nothing = plot.text("label", { anchor: "middle" });

    return (state, size) => {
      const box = plot.span(size, MARGINS, x, y);
      const empty = !(state.divisor > 0);
      x.domain([0, empty ? 1 : state.divisor]);
      const ticks = { ticksX: empty ? [0] : [0, state.divisor], ticksY: [0, 1, 2] };
      drawAxes(x, y, {
        x: "weight w, added up",
        y: "loss ℓ, nats",
        formatX: plain,
        formatY: plain,
        ...ticks,
      });
      const column = (box.x[1] - box.x[0]) / all.length;
      for (const [row, texts] of cells.entries()) {
        texts
          .attr("x", (_, n) => box.x[0] + column * (n + 0.5))
          .attr("class", (_, n) =>
            state.samples[n]?.ignored ? "quiet" : row === 4 ? "label-q" : "",
          )
          .text((_, n) => {
            const sample = state.samples[n];
            if (!sample) return "";
            if (sample.ignored && row > 1) return row === 2 ? "–" : row === 3 ? "0" : "0 %";
            if (row === 4)
              return Number.isNaN(sample.share) ? "–" : `${number(100 * sample.share, 0)} %`;
            return [
              plain(sample.y),
              number(sample.loss),
              plain(sample.weight),
              number(sample.weight * sample.loss),
            ][row];
          });
      }
      let start = 0;
      const spans = all.map((_, n) => {
        const sample = state.samples[n];
        const width = sample && !sample.ignored ? sample.weight : 0;
        return empty ? [0, 0] : [x(start), x((start += width))];
      });
      const wide = (/** @type {number} */ n) => spans[n][1] - spans[n][0];
      bars.attr("points", (_, n) => {
        const top = y(state.samples[n]?.loss ?? 0);
        return corners(spans[n][0], top, Math.max(0, wide(n) - 1), y(0) - top);
      });
      plot.put(names, (_, n) => (spans[n][0] + spans[n][1]) / 2, y(0) - 5);
      names.attr("display", (_, n) => (wide(n) > 12 ? null : "none"));
      for (const mark of [mean, label]) mark.attr("display", empty ? "none" : null);
      nothing.attr("display", empty ? null : "none");
      plot.put(
        nothing,
        (box.x[0] + box.x[1]) / 2,
        (box.y[0] + box.y[1]) / 2,
        "nothing left to count: 0/0 = NaN",
      );
      if (empty) return;
      const height = y(Math.min(HIGHEST, state.mean));
      plot.level(mean, box.x, height);
      plot.put(label, box.x[1], height - 6, `mean ${number(state.mean, 3)}`);
    };
  },

  alternative: (state) => {
    const one = (/** @type {import("./math.js").Sample} */ { y, loss, weight, ignored }) =>
      `class ${y}, loss ${number(loss)}, ${ignored ? "ignored" : `weight ${plain(weight)}`}`;
    const outcome = Number.isNaN(state.mean)
      ? "Nothing is left to count, and the mean is NaN"
      : `Levelled, they would be ${number(state.mean, 3)} high, which is the mean`;
    return (
      `Bars as wide as a sample's weight and as high as its loss: ${state.samples.map(one).join("; ")}. ` +
      `Their areas add up to ${number(state.sum, 3)}, their widths to ${plain(state.divisor)}. ${outcome}.`
    );
  },

  formula: (state) => {
    const parts = counted(state);
    const bracketed = (/** @type {string[]} */ terms) =>
      terms.length > 1 ? `(${terms.join(" + ")})` : (terms[0] ?? "0");
    const above = bracketed(
      parts.map(({ y, weight, loss }) => `${ownWeight({ y, weight })}·${number(loss)}`),
    );
    const below = bracketed(parts.map(ownWeight));
    const value = computed(state.mean);
    return {
      html: `mean = ${above} / ${below} = ${number(state.sum, 3)} / ${plain(state.divisor)} = <strong>${value}</strong>`,
      spoken:
        `the mean is ${parts.map(({ weight, loss }) => `${plain(weight)} times ${number(loss)}`).join(" plus ") || "zero"}, all over ` +
        `${parts.map(({ weight }) => plain(weight)).join(" plus ") || "zero"}: ${spoken(state.sum, 3)} over ${plain(state.divisor)}, which is ` +
        `${Number.isNaN(state.mean) ? "not a number" : value}`,
    };
  },

  chief: "mean",
  quantities: {
    sum: quantity("sum: Σ w·ℓ", (s) => s.sum),
    divisor: quantity("divisor: Σ w", (s) => s.divisor, plain),
    mean: quantity(
      "mean",
      (s) => s.mean,
      (v) => computed(v),
    ),
    one_hot_mean: quantity("one-hot targets, ÷ N", (s) => s.oneHotMean),
  },
});
