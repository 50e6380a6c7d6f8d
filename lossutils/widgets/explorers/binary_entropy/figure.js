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
} from "../../js/index.js";

const BITS = { base: 2 };
const GRID = Array.from({ length: 201 }, (_, k) => k / 200);
const CURVE = GRID.map((p) => [p, entropy([p, 1 - p], BITS)]);
const MARGINS = { top: 26, right: 16, bottom: 40, left: 34 };

export default explorer({
  name: "binary-entropy",
  unit: "bits",

  state: (/** @type {Record<string, number>} */ { p }) => {
    const both = [p, 1 - p];
    return { p, both, entropy: entropy(both, BITS), surprisals: surprisal(both, BITS) };
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
      label(px, py + down, unit.written(state.entropy, 2), state.p > 0.5, 16);
    };
  },

  alternative: ({ p, entropy: h }, unit) =>
    `The binary entropy curve, an arch from 0 up to ${unit.swapped ? unit.written(1) : "1 bit"} at one half and down to 0. At p = ${probability(p)} it is ${unit.written(h)}.`,

  formula: ({ both, entropy: h, surprisals }, unit) => {
    const terms = both.map((v, k) => {
      const trait = k === 0 && "p";
      return v > 0
        ? `${inP(probability(v), trait)}·${unit.number(surprisals[k])}`
        : inP("0", trait);
    });
    return `h(p) = ${terms.join(" + ")} = <strong>${unit.number(h, 3)}</strong> ${unit}`;
  },

  quantities: {
    entropy: information("bits", "entropy h(p)", (s) => s.entropy),
    p: quantity(`${inP("p")}(heads)`, (s) => s.p, probability),
  },
});
