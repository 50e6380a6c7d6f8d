/** The price of a forecast: −log of the probability it gave to what happened. */

import {
  axes, decimals, dragDot, explorer, inner, line, number, q as inQ, scaleLinear, select, sideLabel,
  spoken, surprisal,
} from "../../js/index.js";

const BITS = { base: 2 };
const TOP = 5;
const MARGINS = { top: 26, right: 16, bottom: 40, left: 34 };
const GRID = Array.from({ length: 200 }, (_, k) => Math.exp(-TOP * (1 - k / 199)));
const CURVE = GRID.map((q) => [q, surprisal(q)]);

/** @typedef {{ probability: number, surprisal: number, bits: number }} State */

export default explorer({
  name: "surprisal",

  state: (model) => {
    const probability = /** @type {number} */ (model.get("probability"));
    return { probability, surprisal: surprisal(probability), bits: surprisal(probability, BITS) };
  },

  draw: (svg, assign) => {
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]);
    const curve = root.append("path").attr("class", "line line-neutral");
    const drop = root.append("line").attr("class", "guide");
    const label = sideLabel(root, "label");
    const moveDot = dragDot(root, {
      svg, assign, x, name: "probability", label: "q, the probability given to what happened", text: (v) => decimals(v),
    });
    let drawn = "";
    return (state, size) => {
      const box = inner(size, MARGINS);
      x.range(box.x);
      y.range(box.y);
      if (drawn !== (drawn = `${size.width} ${size.height}`)) {
        drawAxes(x, y, { x: "q, probability given to what happened", y: "loss, −log q, in nats" });
        curve.attr("d", line(CURVE.map(([px, py]) => [x(px), y(py)])));
      }
      const px = x(state.probability);
      const py = y(Math.min(state.surprisal, TOP));
      moveDot(state.probability, px, py).classed("beyond", state.surprisal > TOP);
      drop.attr("x1", px).attr("x2", px).attr("y1", py).attr("y2", y(0));
      const right = px > size.width - 110;
      const high = py < box.y[1] + 12; // the axis has its title there
      label({
        x: px + (right ? 8 : 12 + (high ? 4 : 0)),
        y: high ? py + 5 : py - 12,
        before: right,
        // The curve continues above the picture: at q = 0 the loss is infinite, and labelled so.
        text: `${number(state.surprisal)}${state.surprisal > TOP ? " ↑" : ""}`,
      });
    };
  },

  alternative: ({ probability, surprisal: loss }) =>
    `The loss −log q as a curve that falls from infinity at q = 0 to 0 at q = 1. At q = ${decimals(probability)} it is ${spoken(loss, 3)} nats.`,

  formula: ({ probability, surprisal: loss }) => ({
    html: `loss = −log ${inQ("q")} = −log ${inQ(decimals(probability))} = <strong>${number(loss, 3)}</strong> nats`,
    spoken: `the loss, minus log q, is minus log ${decimals(probability)}, which is ${spoken(loss, 3)} nats`,
  }),

  quantities: {
    surprisal: { label: "loss", value: (s) => s.surprisal, text: (s) => `${number(s.surprisal, 3)} nats` },
    bits: { label: "the same in bits", value: (s) => s.bits, text: (s) => `${number(s.bits, 3)} bits` },
    probability: { label: inQ("q"), value: (s) => s.probability, text: (s) => decimals(s.probability) },
  },
});
