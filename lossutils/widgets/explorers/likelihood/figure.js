/** A sample drawn letter by letter, a model q of it, and the mean of −log q over the letters drawn. */

import {
  explorer,
  information,
  number,
  own,
  p as inP,
  probability,
  q as inQ,
  quantity,
  scaleLinear,
  through,
} from "../../js/index.js";
import { fit, nll } from "./math.js";

const TOP = 2; // the end of the axis, in nats
const ROW = 20; // letters in a row
const STEP = 18; // from one row of letters to the next
const GRID = Array.from({ length: 201 }, (_, k) => k / 200);
const P_HAT = inP("p̂");

/** A likelihood soon has many zeros: 9.8e−4. @param {number} value */
const scientific = (value) =>
  value === 0 ? "0" : value.toExponential(1).replace("-", "−").replace("e+0", "");

export default explorer({
  name: "likelihood",
  unit: "nats",

  state: ({ n, q }, model) => {
    const sample = /** @type {string} */ (model.get("sample"));
    return { sample, q, ...fit(sample, n, q) };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]).clamp(true);
    const letters = plot.group();
    const waiting = plot.group();
    const floor = plot.mark("line", "guide guide-p");
    const best = plot.mark("line", "guide guide-p");
    const bestName = plot.text("label label-p");
    const floorName = plot.text("label small label-p");
    const curve = plot.mark("polyline", "line line-neutral");
    const price = plot.mark("line", "price");
    const moveDot = plot.dragDot({ x, name: "q" });
    const label = plot.sideLabel("label");
    const changedCurve = plot.watch();

    return (state, size, unit) => {
      const rows = Math.ceil(state.sample.length / ROW);
      const margins = { top: rows * STEP + 34, right: 14, bottom: 40, left: 34 };
      const box = plot.span(size, margins, x, y);
      drawAxes(x, unit.axis(y), {
        x: "q, probability of a",
        y: `mean of −${unit.log} q, in ${unit}`,
        ticksX: [0, 0.2, 0.4, 0.6, 0.8, 1],
        ticksY: unit.ticks([0, 0.5, 1, 1.5, 2]),
      });
      if (plot.changed(size, state.sample)) {
        const between = (box.x[1] - box.x[0]) / ROW;
        for (const group of [letters, waiting]) {
          group
            .selectAll("text")
            .data([...state.sample])
            .join("text")
            .attr("text-anchor", "middle")
            .attr("class", (letter) => (group === letters ? `drawn drawn-${letter}` : "small"))
            .attr("x", (_, i) => box.x[0] + between * ((i % ROW) + 0.5))
            .attr("y", (_, i) => 13 + STEP * Math.floor(i / ROW));
        }
      }
      letters.selectAll("text").text((letter, i) => (i < state.n ? letter : ""));
      waiting.selectAll("text").text((_, i) => (i < state.n ? "" : "·"));
      if (changedCurve(size, rows, state.best, unit.name)) {
        // Where the curve leaves the picture it is clipped, not bent along the edge.
        const places = GRID.map((q) => [q, nll(state.best, q)]).filter(([, value]) => value <= TOP);
        curve.attr("points", through(places.map(([q, value]) => [x(q), y(value)])));
        const [bx, by] = [x(state.best), y(state.entropy)];
        plot.upright(best, bx, [y(0), y(TOP)]);
        plot.level(floor, box.x, by);
        const right = state.best <= 0.5;
        const [beside, side] = right ? [bx + 5, "start"] : [bx - 5, "end"];
        plot.put(bestName, beside, y(TOP) + 12, `p̂ = ${probability(state.best)}`, side);
        const [edge, anchor] = right ? [box.x[1] - 4, "end"] : [box.x[0] + 6, "start"];
        const text = `floor H(p̂) = ${unit.number(state.entropy)}`;
        plot.put(floorName, edge, by + (state.entropy > 0.25 ? 15 : -6), text, anchor);
      }
      const [px, py] = [x(state.q), y(state.meanNll)];
      moveDot(state.q, px, py).classed("beyond", state.meanNll > TOP);
      plot.upright(price, px, [y(state.entropy), py]);
      const text = `${unit.number(state.meanNll)}${state.meanNll > TOP && state.meanNll < Infinity ? " ↑" : ""}`;
      const height = py + (py < box.y[1] + 12 ? 6 : -8);
      label(px, height, text, state.q > 0.5, 15).classed("huge", state.meanNll === Infinity);
    };
  },

  alternative: ({ n, counts: [a, b], best, entropy, q, meanNll }, unit) =>
    `Of ${n} letters drawn, ${a} are a and ${b} are b. The mean of −log q over them is a curve over q, the probability of a: ` +
    `lowest at the frequency ${probability(best)}, where it is the floor, ${unit.written(entropy)}. At q = ${probability(q)} it is ${unit.written(meanNll)}.`,

  formula: ({ n, counts, q, meanNll }, unit) => {
    const terms = [q, 1 - q].map((v, k) =>
      counts[k] ? `${inP(counts[k])}·${unit.log} ${inQ(probability(v), k === 0 && "q")}` : "0",
    );
    return `mean = −(${terms.join(" + ")}) / ${own(n, "n")} = <strong>${unit.number(meanNll, 3)}</strong> ${unit}`;
  },

  quantities: {
    mean_nll: information(
      "nats",
      (unit) => `mean of −${unit.log} ${inQ("q")}`,
      (s) => s.meanNll,
    ),
    entropy: information("nats", `floor H(${P_HAT})`, (s) => s.entropy),
    kl: information("nats", `D(${P_HAT}‖${inQ("q")})`, (s) => s.kl),
    best: quantity(P_HAT, (s) => s.best, probability),
    slope: quantity(
      `slope ${inQ("q")} − ${P_HAT}`,
      (s) => s.slope,
      (v, _, unit) => `${number(v)}${unit.swapped ? " nats" : ""}`,
    ),
    likelihood: quantity("likelihood", (s) => s.likelihood, scientific),
  },
});
