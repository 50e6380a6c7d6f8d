/** A sample drawn letter by letter, a model q of it, and the mean of −log q over the letters drawn. */

import {
  axes, dragDot, explorer, inner, number, p as inP, probability, q as inQ, scaleLinear, select,
  sideLabel, spoken, through,
} from "../../js/index.js";
import { fit, nll } from "./math.js";

const TOP = 2; // the end of the axis, in nats
const ROW = 20; // letters in a row
const STEP = 18; // from one row of letters to the next
const GRID = Array.from({ length: 201 }, (_, k) => k / 200);
const MARGINS = { right: 14, bottom: 40, left: 34 };

/** @typedef {import("./math.js").Fit & { sample: string, q: number }} State */

const P_HAT = inP("p̂");

/** A likelihood soon has many zeros: 9.8e−4. @param {number} value */
const scientific = (value) => (value === 0 ? "0" : value.toExponential(1).replace("-", "−").replace("e+0", ""));

export default explorer({
  name: "likelihood",

  state: (model) => {
    const sample = /** @type {string} */ (model.get("sample"));
    const q = /** @type {number} */ (model.get("q"));
    return { sample, q, ...fit(sample, /** @type {number} */ (model.get("n")), q) };
  },

  draw: (svg, assign) => {
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]).clamp(true);
    const letters = root.append("g").attr("aria-hidden", "true");
    const waiting = root.append("g").attr("aria-hidden", "true");
    const floor = root.append("line").attr("class", "guide guide-p");
    const best = root.append("line").attr("class", "guide guide-p");
    const bestName = root.append("text").attr("class", "label label-p");
    const floorName = root.append("text").attr("class", "label small label-p");
    const curve = root.append("polyline").attr("class", "line line-neutral");
    const price = root.append("line").attr("class", "price");
    const moveDot = dragDot(root, { svg, assign, x, name: "q", label: "q of a" });
    const label = sideLabel(root, "label");
    let drawn = "";
    let drawnCurve = "";

    return (state, size) => {
      const rows = Math.ceil(state.sample.length / ROW);
      const box = inner(size, { ...MARGINS, top: rows * STEP + 34 });
      x.range(box.x);
      y.range(box.y);
      drawAxes(x, y, { x: "q, probability of a", y: "mean of −log q, in nats", ticksX: [0, 0.2, 0.4, 0.6, 0.8, 1], ticksY: [0, 0.5, 1, 1.5, 2] });
      const frame = `${size.width} ${size.height} ${state.sample}`;
      if (drawn !== (drawn = frame)) {
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
      const shape = `${size.width} ${size.height} ${rows} ${state.best}`;
      if (drawnCurve !== (drawnCurve = shape)) {
        // Where the curve leaves the picture it is clipped, not bent along the edge.
        const places = GRID.map((q) => [q, nll(state.best, q)]).filter(([, value]) => value <= TOP);
        curve.attr("points", through(places.map(([q, value]) => [x(q), y(value)])));
        const [bx, by] = [x(state.best), y(state.entropy)];
        best.attr("x1", bx).attr("x2", bx).attr("y1", y(0)).attr("y2", y(TOP));
        floor.attr("x1", box.x[0]).attr("x2", box.x[1]).attr("y1", by).attr("y2", by);
        const right = state.best <= 0.5;
        bestName
          .attr("x", bx + (right ? 5 : -5))
          .attr("y", y(TOP) + 12)
          .attr("text-anchor", right ? "start" : "end")
          .text(`p̂ = ${probability(state.best)}`);
        floorName
          .attr("x", box.x[right ? 1 : 0] + (right ? -4 : 6))
          .attr("y", by + (state.entropy > 0.25 ? 15 : -6))
          .attr("text-anchor", right ? "end" : "start")
          .text(`floor H(p̂) = ${number(state.entropy)}`);
      }
      const [px, py] = [x(state.q), y(state.meanNll)];
      moveDot(state.q, px, py).classed("beyond", state.meanNll > TOP);
      price.attr("x1", px).attr("x2", px).attr("y1", y(state.entropy)).attr("y2", py);
      const late = px > (box.x[0] + box.x[1]) / 2;
      label({
        x: px + (late ? -15 : 15),
        y: py + (py < box.y[1] + 12 ? 6 : -8),
        before: late,
        text: `${number(state.meanNll)}${state.meanNll > TOP && state.meanNll < Infinity ? " ↑" : ""}`,
      }).classed("huge", state.meanNll === Infinity);
    };
  },

  alternative: ({ n, counts: [a, b], best, entropy, q, meanNll }) =>
    `Of ${n} letters drawn, ${a} are a and ${b} are b. The mean of −log q over them is a curve over q, the probability of a: ` +
    `lowest at the frequency ${probability(best)}, where it is the floor, ${number(entropy, 3)} nats. At q = ${probability(q)} it is ${spoken(meanNll, 3)} nats.`,

  formula: ({ n, counts, q, meanNll }) => {
    const terms = [q, 1 - q].map((v, k) => ({
      html: counts[k] ? `${inP(counts[k])}·log ${inQ(probability(v))}` : "0",
      said: counts[k] ? `${counts[k]} times log ${probability(v)}` : "zero",
    }));
    return {
      html: `mean = −(${terms[0].html} + ${terms[1].html}) / ${n} = <strong>${number(meanNll, 3)}</strong> nats`,
      spoken: `the mean is minus, ${terms[0].said} plus ${terms[1].said}, over ${n}, which is ${spoken(meanNll, 3)} nats`,
    };
  },

  quantities: {
    mean_nll: { label: `mean of −log ${inQ("q")}`, value: (s) => s.meanNll, text: (s) => `${number(s.meanNll, 3)} nats` },
    entropy: { label: `floor H(${P_HAT})`, value: (s) => s.entropy, text: (s) => `${number(s.entropy, 3)} nats` },
    kl: { label: `D(${P_HAT}‖${inQ("q")})`, value: (s) => s.kl, text: (s) => `${number(s.kl, 3)} nats` },
    best: { label: P_HAT, value: (s) => s.best, text: (s) => probability(s.best) },
    slope: { label: `slope ${inQ("q")} − ${P_HAT}`, value: (s) => s.slope, text: (s) => number(s.slope) },
    likelihood: { label: "likelihood", value: (s) => s.likelihood, text: (s) => scientific(s.likelihood) },
  },
});
