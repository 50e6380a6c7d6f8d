/** Batch size against class weights: where a constant model ends, over the batch size. */

import {
  decimals,
  explorer,
  line,
  number,
  q as inQ,
  quantity,
  scaleLinear,
  scaleLog,
  whole,
  widthOf,
} from "../../js/index.js";
import { chances, ending, shareOf } from "./math.js";

const MARGINS = { top: 28, right: 14, bottom: 40, left: 34 };
const SIZES = Array.from({ length: 21 }, (_, k) => Math.round(2 ** (k / 2))); // from 1 to 1024
const FIXED = "fixed divisor"; // the level's name

/** @typedef {[number, number, number]} Descent batch size, mean and standard deviation of the ends */

/** A weight: 99, 26.9, 1.00. @param {number} value */
const heavy = (value) => decimals(value, 0, value < 10 ? 2 : 1);

export default explorer({
  name: "batch-weights",

  state: ({ batch, weight, rare }, model) => {
    const balanced = Math.abs(weight - (1 / rare - 1)) < 1e-6;
    const end = ending(rare, weight, batch);
    return {
      batch,
      weight,
      rare,
      descents: /** @type {Descent[]} */ (
        balanced ? model.get("_constants").descents[model.get("rare_index")] : []
      ),
      chance: chances(rare, batch),
      end,
      fixed: (weight * rare) / (weight * rare + 1 - rare),
      actsAs: ((end / (1 - end)) * (1 - rare)) / rare,
    };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLog([SIZES[0], SIZES[SIZES.length - 1]], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const group = plot.group();
    const ceiling = plot.mark("path", "line line-neutral thin", group);
    const ceilingName = plot.text("axis-title", {
      words: "thin: batches with a rare one",
      parent: group,
    });
    const level = plot.mark("line", "guide", group);
    const levelName = plot.text("label small", { anchor: "end", parent: group });
    const curve = plot.mark("path", "line line-q", group);
    const key = plot.text("axis-title", { words: "small dots: trained models", parent: group });
    const runs = [0, 1, 2, 3].map(() => ({
      bar: plot.mark("line", "mark", group),
      dot: plot.dot("neutral", 4, group),
    }));
    const drop = plot.mark("line", "guide", group);
    const label = plot.sideLabel("label label-q", group);
    const moveDot = plot.dragDot({ x, name: "batch", text: whole });

    return (state, size) => {
      const { batch, weight, rare, descents, end, fixed } = state;
      const box = plot.span(size, MARGINS, x, y);
      if (plot.changed(size, weight, rare)) {
        drawAxes(x, y, {
          x: "batch size",
          y: "q of the rare class",
          ticksX: [1, 4, 16, 64, 256, 1024],
          ticksY: [0, 0.5, 1],
          formatX: String,
        });
        curve.attr("d", line(SIZES.map((n) => [x(n), y(ending(rare, weight, n))])));
        ceiling.attr("d", line(SIZES.map((n) => [x(n), y(1 - (1 - rare) ** n)])));
        plot.put(ceilingName, box.x[1], y(1) - 8, undefined, "end");
        plot.level(level, box.x, y(fixed));
        plot.put(key, box.x[0], y(0) + 34).attr("display", descents.length ? null : "none");
        for (const [k, { bar, dot }] of runs.entries()) {
          const [n, mean, spread] = descents[k] ?? [1, NaN, NaN];
          bar.attr("display", descents[k] ? null : "none");
          if (descents[k]) plot.upright(bar, x(n), [y(mean - spread), y(mean + spread)]);
          dot(x(n), y(mean));
        }
      }
      const [px, py] = [x(batch), y(end)];
      const named = y(fixed) + (fixed > 0.85 ? 16 : -6); // a high level leaves the top to the ceiling's name
      const covered = Math.abs(py - named + 4) < 20 && px < box.x[0] + widthOf(FIXED, 12) + 34;
      plot.put(levelName, covered ? px + 16 : box.x[0] + 6, named, FIXED, "start");
      moveDot(batch, px, py);
      plot.upright(drop, px, [py, y(0)]);
      const before = px > (box.x[0] + box.x[1]) / 2;
      // Not down among the axis' numbers, nor on the name of a level that lies low.
      label(px, Math.min(py + 18, y(0) - 24), `q = ${number(end, 3)}`, before, 14);
    };
  },

  alternative: ({ batch, end, fixed, weight, descents }) =>
    `Where a constant model ends, as a curve over the batch size from 1 to 1024: ${weight > 1 ? "it rises towards" : "it stays on"} the level ${number(fixed)} of a fixed divisor, and never passes the share of batches that have a rare sample. ` +
    `With weight ${heavy(weight)} and batches of ${batch} it is ${number(end, 3)}.${descents.length ? " Dots with error bars, from gradient descent, lie near it." : ""}`,

  formula: ({ batch, weight, chance, end }) => {
    const likely = chance.indexOf(Math.max(...chance));
    const first = Math.max(0, Math.min(likely - 1, batch - 2));
    const shown = [0, 1, 2].map((k) => first + k).filter((m) => m <= batch);
    const terms = shown.map(
      (m) => `${number(chance[m], 3)}·${number(shareOf(weight, batch, m), 3)}`,
    );
    const head = first > 0 ? "… + " : "";
    const tail = shown[shown.length - 1] < batch ? " + …" : "";
    return (
      `${inQ("q")} = Σ P(m rare) · their share of the weight<br>` +
      `= ${head}${terms.join(" + ")}${tail} = <strong>${number(end, 3)}</strong>`
    );
  },

  quantities: {
    end: quantity(inQ("q ends at"), (s) => s.end),
    fixed: quantity("fixed divisor", (s) => s.fixed),
    acts_as: quantity("w acts as", (s) => s.actsAs, heavy),
    none_rare: quantity("batches with none", (s) => s.chance[0]),
  },
});
