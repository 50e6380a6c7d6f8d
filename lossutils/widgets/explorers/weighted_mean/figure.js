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
} from "../../js/index.js";
import { weightedMean } from "./math.js";

const MARGINS = { top: 122, right: 8, bottom: 42, left: 58 };
const HIGHEST = 2.5; // of a loss
const ROWS = ["class y", "loss ℓ", "weight w", "w·ℓ", "w/Σw"];
const ROW = 18;

/** @typedef {ReturnType<typeof weightedMean>["samples"][number]} Sample */

/** A weight without digits that say nothing: 2, 0.5. @param {number} value */
const plain = (value) => decimals(value, 0, 3);
/** The same in the formula. @param {{ y: number, weight: number }} sample */
const ownWeight = ({ y, weight }) => own(plain(weight), `w_${y}`);
/** What the table's rows say of a sample. @param {Sample} sample */
const column = ({ y, loss, weight, ignored, share }) => [
  y,
  number(loss),
  ...(ignored
    ? ["–", "0", "0 %"]
    : [
        plain(weight),
        number(weight * loss),
        Number.isNaN(share) ? "–" : `${number(100 * share, 0)} %`,
      ]),
];

export default explorer({
  name: "weighted-mean",
  pairs: true,

  state: ({ weights, ignore_index, count }, model) =>
    weightedMean(model.get("_constants").samples, weights, ignore_index, count),

  draw: (plot, model) => {
    /** @type {{ y: number }[]} */
    const all = model.get("_constants").samples;
    const drawAxes = plot.axes();
    const x = scaleLinear();
    const y = scaleLinear([0, HIGHEST], [1, 0]);
    const table = plot.group().attr("class", "table");
    const heads = plot.marks("text", ROWS, "head small", table).text((text) => text);
    plot.put(heads, 2, (_, row) => 14 + ROW * row);
    const cells = ROWS.map(() => plot.texts(all, "", table.append("g")));
    const bars = plot.marks("polygon", all, ({ y: k }) => `class-${k}`);
    const mean = plot.mark("line", "line line-q");
    const names = plot.texts(all, "small inside", plot.group()).text(({ y: k }) => k);
    const label = plot.text("label label-q", { anchor: "end" });
    const nothing = plot.text("label", {
      words: "nothing left to count: 0/0 = NaN",
      anchor: "middle",
    });

    return (state, size) => {
      const box = plot.span(size, MARGINS, x, y);
      const empty = !(state.divisor > 0);
      x.domain([0, empty ? 1 : state.divisor]);
      drawAxes(x, y, {
        x: "weight w, added up",
        y: "loss ℓ, nats",
        ticksX: empty ? [0] : [0, state.divisor],
        ticksY: [0, 1, 2],
        formatX: plain,
        formatY: plain,
      });
      const columns = state.samples.map(column);
      const wide = (box.x[1] - box.x[0]) / all.length;
      for (const [row, texts] of cells.entries()) {
        plot.put(texts, (_, n) => box.x[0] + wide * (n + 0.5), 14 + ROW * row);
        texts
          .attr("class", (_, n) =>
            state.samples[n]?.ignored ? "quiet" : row === 4 ? "label-q" : "",
          )
          .text((_, n) => columns[n]?.[row] ?? "");
      }
      let start = 0;
      const spans = all.map((_, n) => {
        const sample = state.samples[n];
        const weight = sample && !sample.ignored ? sample.weight : 0;
        return empty ? [0, 0] : [x(start), x((start += weight))];
      });
      const width = (/** @type {number} */ n) => spans[n][1] - spans[n][0];
      bars.attr("points", (_, n) => {
        const top = y(state.samples[n]?.loss ?? 0);
        return corners(spans[n][0], top, Math.max(0, width(n) - 1), y(0) - top);
      });
      plot.put(names, (_, n) => (spans[n][0] + spans[n][1]) / 2, y(0) - 5);
      names.attr("display", (_, n) => (width(n) > 12 ? null : "none"));
      for (const mark of [mean, label]) mark.attr("display", empty ? "none" : null);
      nothing.attr("display", empty ? null : "none");
      plot.put(nothing, (box.x[0] + box.x[1]) / 2, (box.y[0] + box.y[1]) / 2);
      if (empty) return;
      const height = y(Math.min(HIGHEST, state.mean));
      plot.level(mean, box.x, height);
      plot.put(label, box.x[1], height - 6, `mean ${number(state.mean, 3)}`);
    };
  },

  alternative: (state) => {
    const one = (/** @type {Sample} */ { y, loss, weight, ignored }) =>
      `class ${y}, loss ${number(loss)}, ${ignored ? "ignored" : `weight ${plain(weight)}`}`;
    const outcome = Number.isNaN(state.mean)
      ? "Nothing is left to count, and the mean is NaN"
      : `Levelled, they would be ${number(state.mean, 3)} high, which is the mean`;
    return (
      `Bars as wide as a sample's weight and as high as its loss: ${state.samples.map(one).join("; ")}. ` +
      `Their areas add up to ${number(state.sum, 3)}, their widths to ${plain(state.divisor)}. ${outcome}.`
    );
  },

  formula: ({ samples, sum, divisor, mean }) => {
    const counted = samples.filter(({ ignored }) => !ignored);
    const bracketed = (/** @type {string[]} */ terms) =>
      terms.length > 1 ? `(${terms.join(" + ")})` : (terms[0] ?? "0");
    const above = bracketed(counted.map((one) => `${ownWeight(one)}·${number(one.loss)}`));
    const below = bracketed(counted.map(ownWeight));
    return `mean = ${above} / ${below} = ${number(sum, 3)} / ${plain(divisor)} = <strong>${computed(mean)}</strong>`;
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
