/** The average cost of a forecast, as a curve over the forecasts, by one of four rules. */

import {
  explorer,
  number,
  p as inP,
  probability,
  q as inQ,
  quantity,
  scaleLinear,
  through,
} from "../../js/index.js";
import { average, scored } from "./math.js";

const TOP = 2; // the end of the axis: the most that a Brier score can be
const HALF = 100;
const GRID = Array.from({ length: 2 * HALF + 1 }, (_, k) => k / (2 * HALF));
// By the 0–1 cost the curve jumps at one half, where it has a value of its own.
const SIDES = [GRID.slice(0, HALF), GRID.slice(HALF + 1)];
const MARGINS = { top: 36, right: 14, bottom: 40, left: 34 };

/** @typedef {ReturnType<typeof scored> & { score: import("./math.js").Score, p: number, q: number }} State */

/** @param {State} state */
const place = ({ score, p, low, high }) => {
  if (low === high) return probability(low);
  if (score === "linear" || p === 0.5) return "any q";
  return low === 0 ? "any q below 0.50" : "any q above 0.50";
};

export default explorer({
  name: "scoring-rule",

  /** @returns {State} */
  state: ({ score, p, q }) => ({ score, p, q, ...scored(score, p, q) }),

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]).clamp(true);
    const truth = plot.mark("line", "guide guide-p");
    const truthName = plot.sideLabel("label label-p");
    const curves = SIDES.map((side) => ({
      side,
      path: plot.mark("polyline", "line line-neutral"),
    }));
    const least = plot.mark("polyline", "least");
    const drop = plot.mark("line", "guide");
    const moveDot = plot.dragDot({ x, name: "q", label: "q of a" });
    const label = plot.sideLabel("label");

    return (state, size) => {
      const { score, p, q, low, high, expected } = state;
      const box = plot.span(size, MARGINS, x, y);
      if (plot.changed(size, score, p)) {
        drawAxes(x, y, {
          x: "q, forecast for a",
          y: "average cost",
          ticksX: [0, 0.2, 0.4, 0.6, 0.8, 1],
          ticksY: [0, 0.5, 1, 1.5, 2],
        });
        for (const [k, { side, path }] of curves.entries()) {
          const whole = score === "zero_one" ? side : k === 0 ? GRID : [];
          // Where the curve leaves the picture it is clipped, not bent along the edge.
          const places = whole
            .map((each) => [each, average(score, p, each)])
            .filter(([, value]) => value <= TOP);
          path.attr("points", through(places.map(([each, value]) => [x(each), y(value)])));
        }
        plot.upright(truth, x(p), [y(0), y(TOP)]);
        truthName(x(p), y(TOP) + 10, `true p = ${probability(p)}`, p > 0.5, 5);
        // A line of no length has round ends, and is a dot.
        least.attr("points", through([low, high].map((each) => [x(each), y(state.least)])));
      }
      const [px, py] = [x(q), y(expected)];
      moveDot(q, px, py).classed("beyond", expected > TOP);
      plot.upright(drop, px, [py, y(0)]);
      const text = `${number(expected)}${expected > TOP && expected < Infinity ? " ↑" : ""}`;
      // Below p's name, should both be up there.
      const height = py < box.y[1] + 24 ? box.y[1] + 30 : py - 12;
      label(px, height, text, q > 0.5, 15).classed("huge", expected === Infinity);
    };
  },

  alternative: (state) =>
    `The average cost of a forecast as a curve over q, its probability of a, which comes with probability ${probability(state.p)}. ` +
    `It is least, ${number(state.least, 3)}, at ${place(state)}. At q = ${probability(state.q)} it is ${number(state.expected, 3)}.`,

  formula: ({ p, a, b, expected }) => {
    const paid = [
      [p, a],
      [1 - p, b],
    ].map(([chance, cost], k) =>
      chance === 0 ? "0" : `${inP(probability(chance), k === 0 && "p")}·${inQ(number(cost))}`,
    );
    return `average cost = ${paid.join(" + ")} = <strong>${number(expected, 3)}</strong>`;
  },

  chief: "expected",
  quantities: {
    costs_a: quantity("if a comes", (s) => s.a),
    costs_b: quantity("if b comes", (s) => s.b),
    expected: quantity("average", (s) => s.expected),
    honest: quantity(`at ${inQ("q")} = ${inP("p")}`, (s) => s.honest),
    least: quantity("least", (s) => s.least),
    best_low: quantity(`best ${inQ("q")}`, (s) => s.low, probability),
    best_high: quantity("to", (s) => s.high, probability),
  },
});
