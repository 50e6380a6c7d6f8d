/** Three number lines around an exact sum: where each way to add the numbers lands, shuffle after shuffle. */

import {
  disc,
  explorer,
  inner,
  line,
  number,
  own,
  quantity,
  scaleLinear,
  significant,
  whole,
} from "../../js/index.js";
import { sums } from "./math.js";

const MARGINS = { top: 22, right: 14, bottom: 40, left: 14 };
const WAYS = ["one by one", "in pairs", "with Kahan’s compensation"];
const FARTHEST = 22; // units of the last place, to either side
const STACK = 1.7; // how much higher the next dot lies that landed at the same place
const RUNGS = Array.from({ length: 2 * FARTHEST + 1 }, (_, k) => k - FARTHEST);

/** @param {number} value */
const signed = (value) => `${value > 0.0005 ? "+" : ""}${number(value, 2)}`;

/** A sum with the decimals that tell it from its neighbours. @param {number} value @param {number} unit */
const decimals = (value, unit) => number(value, Math.max(1, Math.ceil(1 - Math.log10(unit))));

export default explorer({
  name: "order",

  state: ({ dtype, count, shuffle }, model) => {
    const told = model.get("_settings");
    const found = sums(dtype, count, told.count.max, told.shuffle.max);
    // By way and order, and those of this order.
    const errors = found.ways.map((way) => way.map((sum) => (sum - found.exact) / found.unit));
    const now = errors.map((way) => way[shuffle]);
    return { ...found, dtype, count, shuffle, errors, now };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear([-FARTHEST, FARTHEST], [0, 1]);
    const group = plot.group();
    const truth = plot.mark("line", "guide", group);
    const truthName = plot.text("small", { words: "exact sum", anchor: "middle" });
    const strips = WAYS.map(() => ({
      rungs: plot.mark("path", "rungs", group),
      ghosts: plot.marks("polygon", RUNGS.slice(0, 20), "ghost", group),
      dot: plot.dot("neutral", 7, group),
      name: plot.text("label"),
    }));
    const key = plot.text("small", { words: "pale: earlier orders", anchor: "end" });

    return ({ exact, unit, errors, now, shuffle }, size) => {
      const box = inner(size, MARGINS);
      const height = (box.y[0] - box.y[1]) / WAYS.length;
      x.range(box.x);
      if (plot.changed(size)) {
        drawAxes(x, scaleLinear([0, 1], box.y), {
          x: "units of the last place from the exact sum",
          ticksX: [-20, -10, 0, 10, 20],
          ticksY: [],
          formatX: whole,
        });
        plot.upright(truth, x(0), [box.y[1], box.y[0]]);
        plot.put(truthName, x(0), 14);
        plot.put(key, box.x[1], box.y[1] + height + 14);
      }
      // The dtype's numbers, between which the exact sum lies.
      const first = Math.round(exact / unit) - exact / unit;
      for (const [k, { rungs, ghosts, dot, name }] of strips.entries()) {
        const level = box.y[1] + (k + 1) * height - 12;
        rungs.attr(
          "d",
          RUNGS.map((rung) =>
            line([
              [x(rung + first), level],
              [x(rung + first), level + 5],
            ]),
          ).join(""),
        );
        /** @type {Map<number, number>} */
        const stacked = new Map();
        const place = (/** @type {number} */ error) => {
          const px = x(Math.max(-FARTHEST, Math.min(FARTHEST, error)));
          const below = stacked.get(px) ?? 0;
          stacked.set(px, below + 1);
          return [px, level - 4 - STACK * below];
        };
        ghosts.attr("points", (_, order) => {
          if (order >= shuffle) return "";
          const [px, py] = place(errors[k][order]);
          return disc(px, py, 3.5);
        });
        const [px] = place(now[k]);
        dot(px, level - 4);
        const beyond = now[k] < -FARTHEST ? " ←" : now[k] > FARTHEST ? " →" : "";
        plot.put(name, 2, box.y[1] + k * height + 14, `${WAYS[k]}: ${signed(now[k])}${beyond}`);
      }
    };
  },

  alternative: ({ count, dtype, shuffle, exact, unit, now, errors }) =>
    `Three number lines around the exact sum of ${whole(count)} numbers in ${dtype}, ${decimals(exact, unit)}, in units of the last place. ` +
    `After ${shuffle} shuffles the sum lands at ${WAYS.map((way, k) => `${number(now[k])} ${way}`).join(", ")}. ` +
    `Over all orders so far: ${WAYS.map((way, k) => {
      const seen = errors[k].slice(0, shuffle + 1);
      return `${way} from ${number(Math.min(...seen))} to ${number(Math.max(...seen))}`;
    }).join(", ")}.`,

  formula: ({ count, shuffle, exact, unit, ways, now }) =>
    `${own(whole(count), "count")} numbers, shuffle ${own(shuffle, "shuffle")}, one by one:<br>` +
    `(${decimals(ways[0][shuffle], unit)} − ${decimals(exact, unit)}) / 2<sup>${whole(Math.log2(unit))}</sup> = <strong>${number(now[0], 3)}</strong> units`,

  quantities: {
    one_by_one: quantity("one by one", (s) => s.now[0], signed),
    in_pairs: quantity("in pairs", (s) => s.now[1], signed),
    compensated: quantity("Kahan", (s) => s.now[2], signed),
    exact: quantity(
      "exact sum",
      (s) => s.exact,
      (v, s) => decimals(v, s.unit),
    ),
    unit: quantity(
      "unit",
      (s) => s.unit,
      (v) => significant(v, 3),
    ),
    different: quantity(
      "different sums",
      (s) => new Set(s.errors[0].slice(0, s.shuffle + 1)).size,
      (v, s) => `${v} in ${s.shuffle + 1}`,
    ),
  },
});
