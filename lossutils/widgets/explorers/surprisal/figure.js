/** The price of a forecast: −log of the probability it gave to what happened. */

import {
  explorer,
  information,
  line,
  probability as shown,
  q as inQ,
  quantity,
  scaleLinear,
  surprisal,
} from "../../js/index.js";

const TOP = 5;
const MARGINS = { top: 26, right: 16, bottom: 40, left: 34 };
const GRID = Array.from({ length: 200 }, (_, k) => Math.exp(-TOP * (1 - k / 199)));
const CURVE = GRID.map((q) => [q, surprisal(q)]);

export default explorer({
  name: "surprisal",
  unit: "nats",

  state: ({ probability }) => ({
    probability,
    surprisal: surprisal(/** @type {number} */ (probability)),
  }),

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]);
    const curve = plot.mark("path", "line line-neutral");
    const drop = plot.mark("line", "guide");
    const label = plot.sideLabel("label");
    const moveDot = plot.dragDot({
      x,
      name: "probability",
      label: "q, the probability given to what happened",
    });
    return (state, size, unit) => {
      const box = plot.span(size, MARGINS, x, y);
      if (plot.changed(size, unit.name)) {
        drawAxes(x, unit.axis(y), {
          x: "q, probability given to what happened",
          y: `loss, −${unit.log} q, in ${unit}`,
        });
        curve.attr("d", line(CURVE.map(([px, py]) => [x(px), y(py)])));
      }
      const [px, py] = [x(state.probability), y(Math.min(state.surprisal, TOP))];
      moveDot(state.probability, px, py).classed("beyond", state.surprisal > TOP);
      plot.upright(drop, px, [py, y(0)]);
      const right = px > size.width - 110;
      const high = py < box.y[1] + 12; // the axis has its title there
      // The curve continues above the picture: at q = 0 the loss is infinite, and labelled so.
      const text = `${unit.number(state.surprisal)}${state.surprisal > TOP ? " ↑" : ""}`;
      label(px + (right ? 8 : high ? 16 : 12), high ? py + 5 : py - 12, text, right);
    };
  },

  alternative: ({ probability, surprisal: loss }, unit) =>
    `The loss, −log q, as a curve that falls from infinity at q = 0 to 0 at q = 1. At q = ${shown(probability)} it is ${unit.written(loss)}.`,

  formula: ({ probability, surprisal: loss }, unit) =>
    `loss = −${unit.log} ${inQ("q")} = −${unit.log} ${inQ(shown(probability), "probability")} = <strong>${unit.number(loss, 3)}</strong> ${unit}`,

  quantities: {
    surprisal: information("nats", "loss", (s) => s.surprisal),
    bits: information(
      "bits",
      (unit) => `the same in ${unit}`,
      (s) => s.surprisal / Math.LN2,
    ),
    probability: quantity(inQ("q"), (s) => s.probability, shown),
  },
});
