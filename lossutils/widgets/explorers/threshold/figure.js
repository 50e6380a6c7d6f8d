/** A threshold on q: its point on the precision–recall curve, and the expected cost over it. */

import {
  explorer,
  line,
  number,
  own,
  probability,
  q as inQ,
  quantity,
  scaleLinear,
} from "../../js/index.js";
import { outcome } from "./math.js";

const GRID = Array.from({ length: 197 }, (_, k) => 0.01 + k / 200);
// The curve of precision and recall goes on beyond the slider's limits.
const TAILS = Array.from({ length: 40 }, (_, k) => 10 ** (-2 - (k + 1) / 10));
const WHOLE_GRID = [...TAILS.slice().reverse(), ...GRID, ...TAILS.map((t) => 1 - t)];
const TOP = { top: 26, bottom: 40, left: 34, right: 14 };

export default explorer({
  name: "threshold",

  state: ({ threshold, miss, rare, apart }) => {
    const given = { rare, apart, miss };
    const best = 1 / (1 + miss);
    return {
      ...given,
      ...outcome(threshold, given),
      threshold,
      best,
      least: outcome(best, given),
    };
  },

  draw: (plot) => {
    const drawLeft = plot.axes();
    const drawRight = plot.axes();
    const recall = scaleLinear([0, 1], [0, 1]);
    const precision = scaleLinear([0, 1], [1, 0]);
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const group = plot.group();
    const base = plot.mark("line", "guide", group);
    const curve = plot.mark("path", "line line-neutral", group);
    const bestPoint = plot.dot("neutral", 6, group);
    const point = plot.dot("q", 8, group);
    const key = plot.text("axis-title", { words: "dashed: all called rare", anchor: "end" });
    const pointName = plot.sideLabel("label small label-q");
    const leastName = plot.sideLabel("label small");
    const costs = plot.mark("path", "line line-neutral", group);
    const bestLine = plot.mark("line", "guide", group);
    const bestName = plot.sideLabel("label small", group);
    const drop = plot.mark("line", "guide", group);
    const moveDot = plot.dragDot({
      x,
      name: "threshold",
      label: "t, the threshold",
    });

    return (state, size) => {
      const { threshold, rare, miss, apart, best, least } = state;
      const middle = size.height / 2;
      recall.range([TOP.left, size.width - TOP.right]);
      precision.range([middle - TOP.bottom, TOP.top]);
      x.range(recall.range());
      y.range([size.height - TOP.bottom, middle + TOP.top]);
      if (plot.changed(size, rare, miss, apart)) {
        y.domain([0, Math.max(...GRID.map((t) => outcome(t, state).cost))]).nice(3);
        const ticks = [0, 0.5, 1];
        drawLeft(recall, precision, {
          x: "recall: of the rare, called rare",
          y: "precision",
          ticksX: ticks,
          ticksY: ticks,
        });
        drawRight(x, y, {
          x: "threshold t",
          y: "cost of a sample; a false alarm costs 1",
          ticksX: ticks,
          ticksY: 3,
        });
        const places = WHOLE_GRID.map((t) => outcome(t, state));
        curve.attr("d", line(places.map((o) => [recall(o.recall), precision(o.precision)])));
        costs.attr("d", line(GRID.map((t) => [x(t), y(outcome(t, state).cost)])));
        plot.level(base, recall.range(), precision(rare));
        plot.put(key, recall(1), TOP.top - 16);
        plot.upright(bestLine, x(best), y.range());
        bestName(x(best), y.range()[1] + 4, `t* = ${number(best)}`, best > 0.4, 5);
      }
      const [px, py] = [recall(state.recall), precision(state.precision)];
      point(px, py);
      const before = px > size.width - 80;
      pointName(px, before ? py + 20 : py - 8, `t = ${number(threshold)}`, before, 10);
      const [bx, by] = [recall(least.recall), precision(least.precision)];
      bestPoint(bx, by);
      const apartFrom = Math.abs(bx - px) > 60 || Math.abs(by - py) > 30;
      leastName(
        bx,
        Math.min(by + 18, precision(0) - 4),
        apartFrom ? "t*" : "",
        bx > TOP.left + 24,
        4,
      );
      moveDot(threshold, x(threshold), y(state.cost));
      plot.upright(drop, x(threshold), [y(state.cost), y(0)]);
    };
  },

  alternative: ({ threshold, recall, precision, cost, best, least }) =>
    "Two pictures: precision over recall, a falling curve, and the expected cost over the threshold, a curve with its least value at t*. " +
    `At the threshold ${probability(threshold)} recall is ${number(recall)}, precision ${number(precision)}, and the cost ${number(cost, 3)}. ` +
    `At t* = ${number(best, 3)} it is ${number(least.cost, 3)}.`,

  formula: ({ miss, best, missed, alarms, cost }) =>
    `t* = 1 ÷ (1 + ${own(number(miss, 1), "miss")}) = <strong>${number(best, 3)}</strong><br>` +
    `cost = misses + false alarms = ${number(missed, 3)} + ${number(alarms, 3)} = <strong>${number(cost, 3)}</strong>`,

  chief: "cost",
  quantities: {
    recall: quantity("recall", (s) => s.recall),
    precision: quantity("precision", (s) => s.precision),
    cost: quantity("cost", (s) => s.cost),
    least: quantity("least cost", (s) => s.least.cost),
    best: quantity(`best ${inQ("t*")}`, (s) => s.best),
  },
});
