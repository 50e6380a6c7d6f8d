/** The average cost of a forecast, as a curve over the forecasts, by one of four rules. */

import {
  explorer,
  number,
  p as inP,
  probability,
  q as inQ,
  quantity,
  scaleLinear,
  spoken,
  through,
  values,
} from "../../js/index.js";
import { average, scored } from "./math.js";

const TOP = 2; // the end of the axis: the most that a Brier score can be
const HALF = 100;
const GRID = Array.from({ length: 2 * HALF + 1 }, (_, k) => k / (2 * HALF));
// By the 0–1 cost the curve jumps at one half, where it has a value of its own.
const SIDES = [GRID.slice(0, HALF), GRID.slice(HALF + 1)];
const MARGINS = { top: 36, right: 14, bottom: 40, left: 34 };

/** @typedef {import("./math.js").Score} Score */
/** @typedef {ReturnType<typeof scored> & { score: Score, p: number, q: number }} State */

/** @param {State} state */
const place = ({ score, p, low, high }) => {
  if (low === high) return probability(low);
  if (score === "linear" || p === 0.5) return "any q";
  return low === 0 ? "any q below 0.50" : "any q above 0.50";
};

/** A number that reads as a cost. @param {string} label @param {(state: State) => number} value */
const cost = (label, value) => quantity(label, value);
/** @param {string} label @param {(state: State) => number} value */
const forecast = (label, value) => quantity(label, value, probability);

export default explorer({
  name: "scoring-rule",

  state: (model) => {
    const { score, p, q } = values(model);
    return { score, p, q, ...scored(score, p, q) };
  },

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
        truthName({
          x: x(p),
          by: 5,
          y: y(TOP) + 10,
          before: p > 0.5,
          text: `true p = ${probability(p)}`,
        });
        // A line of no length has round ends, and is a dot.
        least.attr("points", through([low, high].map((each) => [x(each), y(state.least)])));
      }
      const [px, py] = [x(q), y(expected)];
      moveDot(q, px, py).classed("beyond", expected > TOP);
      plot.upright(drop, px, [py, y(0)]);
      const text = `${number(expected)}${expected > TOP && expected < Infinity ? " ↑" : ""}`;
      // Below p's name, should both be up there.
      const height = py < box.y[1] + 24 ? box.y[1] + 30 : py - 12;
      label({ x: px, by: 15, y: height, before: q > 0.5, text }).classed(
        "huge",
        expected === Infinity,
      );
    };
  },

  alternative: (state) =>
    `The average cost of a forecast as a curve over q, its probability of a, which comes with probability ${probability(state.p)}. ` +
    `It is least, ${spoken(state.least, 3)}, at ${place(state)}. At q = ${probability(state.q)} it is ${spoken(state.expected, 3)}.`,

  formula: ({ p, a, b, expected }) => {
    const terms = [
      [p, a],
      [1 - p, b],
    ];
    const html = terms.map(([chance, cost], k) =>
      chance === 0 ? "0" : `${inP(probability(chance), k === 0 && "p")}·${inQ(number(cost))}`,
    );
    const said = terms.map(([chance, cost]) =>
      chance === 0 ? "zero" : `${probability(chance)} times ${spoken(cost)}`,
    );
    return {
      html: `average cost = ${html.join(" + ")} = <strong>${number(expected, 3)}</strong>`,
      spoken: `the average cost is ${said.join(" plus ")}, which is ${spoken(expected, 3)}`,
    };
  },

  chief: "expected",
  quantities: {
    costs_a: cost("if a comes", (s) => s.a),
    costs_b: cost("if b comes", (s) => s.b),
    expected: cost("average", (s) => s.expected),
    honest: cost(`at ${inQ("q")} = ${inP("p")}`, (s) => s.honest),
    least: cost("least", (s) => s.least),
    best_low: forecast(`best ${inQ("q")}`, (s) => s.low),
    best_high: forecast("to", (s) => s.high),
  },
});
