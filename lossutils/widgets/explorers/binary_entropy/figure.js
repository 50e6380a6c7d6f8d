/** The entropy of a coin as a curve: 0 where the outcome is certain, 1 bit at a fair coin. */

import {
  entropy,
  explorer,
  information,
  line,
  p as inP,
  probability,
  quantity,
  scaleLinear,
  surprisal,
  values,
} from "../../js/index.js";

const BITS = { base: 2 };
const GRID = Array.from({ length: 201 }, (_, k) => k / 200);
const CURVE = GRID.map((p) => [p, entropy([p, 1 - p], BITS)]);
const MARGINS = { top: 26, right: 16, bottom: 40, left: 34 };

/** @typedef {{ p: number, entropy: number, surprisals: number[] }} State */

export default explorer({
  name: "binary-entropy",
  unit: "bits",

  state: (model) => {
    const { p } = /** @type {Record<string, number>} */ (values(model));
    const both = [p, 1 - p];
    return { p, entropy: entropy(both, BITS), surprisals: both.map((v) => surprisal(v, BITS)) };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const curve = plot.mark("path", "line line-neutral");
    const drop = plot.mark("line", "guide");
    const label = plot.sideLabel("label");
    const moveDot = plot.dragDot({ x, name: "p", kind: "p", label: "p, the probability of heads" });
    return (state, size, unit) => {
      plot.span(size, MARGINS, x, y);
      if (plot.changed(size, unit.name)) {
        drawAxes(x, unit.axis(y), {
          x: "p, probability of heads",
          y: `h(p) in ${unit}`,
          ticksY: unit.ticks([0, 0.5, 1]),
        });
        curve.attr("d", line(CURVE.map(([px, py]) => [x(px), y(py)])));
      }
      const [px, py] = [x(state.p), y(state.entropy)];
      moveDot(state.p, px, py);
      plot.upright(drop, px, [py, y(0)]);
      // Inside the arch there is always room.
      const down = Math.abs(state.p - 0.5) < 0.2 ? 26 : 6;
      label({
        x: px,
        by: 16,
        y: py + down,
        before: state.p > 0.5,
        text: unit.written(state.entropy, 2),
      });
    };
  },

  alternative: ({ p, entropy: h }, unit) =>
    `The binary entropy curve, an arch from 0 up to ${unit.swapped ? unit.said(1) : "1 bit"} at one half and down to 0. At p = ${probability(p)} it is ${unit.said(h)}.`,

  formula: ({ p, entropy: h, surprisals }, unit) => {
    const terms = [p, 1 - p].map((v, k) => [v, v === 0 ? "" : unit.number(surprisals[k])]);
    const shown = terms.map(([v, s], k) => {
      const factor = inP(s === "" ? "0" : probability(Number(v)), k === 0 && "p");
      return s === "" ? factor : `${factor}·${s}`;
    });
    const said = terms.map(([v, s]) =>
      s === "" ? "zero" : `${probability(Number(v))} times ${s}`,
    );
    return {
      html: `h(p) = ${shown.join(" + ")} = <strong>${unit.number(h, 3)}</strong> ${unit}`,
      spoken: `h of p equals ${said.join(" plus ")}, which is ${unit.said(h)}`,
    };
  },

  quantities: {
    entropy: information("bits", "entropy h(p)", (s) => s.entropy),
    p: quantity(`${inP("p")}(heads)`, (s) => s.p, probability),
  },
});
