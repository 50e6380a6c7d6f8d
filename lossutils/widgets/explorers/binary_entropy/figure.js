/** The entropy of a coin as a curve: 0 where the outcome is certain, 1 bit at a fair coin. */

import {
  axes, dragDot, entropy, explorer, inner, line, number, p as inP, probability, scaleLinear, select,
  sideLabel, spoken, surprisal,
} from "../../js/index.js";

const BITS = { base: 2 };
const GRID = Array.from({ length: 201 }, (_, k) => k / 200);
const CURVE = GRID.map((p) => [p, entropy([p, 1 - p], BITS)]);
const MARGINS = { top: 26, right: 16, bottom: 40, left: 34 };

/** @typedef {{ p: number, entropy: number, surprisals: number[] }} State */

export default explorer({
  name: "binary-entropy",

  state: (model) => {
    const p = /** @type {number} */ (model.get("p"));
    const both = [p, 1 - p];
    return { p, entropy: entropy(both, BITS), surprisals: both.map((v) => surprisal(v, BITS)) };
  },

  draw: (svg, assign) => {
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const curve = root.append("path").attr("class", "line line-neutral");
    const drop = root.append("line").attr("class", "guide");
    const label = sideLabel(root, "label");
    const moveDot = dragDot(root, { svg, assign, x, name: "p", kind: "p", label: "p, the probability of heads" });
    let drawn = "";
    return (state, size) => {
      const box = inner(size, MARGINS);
      x.range(box.x);
      y.range(box.y);
      if (drawn !== (drawn = `${size.width} ${size.height}`)) {
        drawAxes(x, y, { x: "p, probability of heads", y: "H(p) in bits", ticksY: [0, 0.5, 1] });
        curve.attr("d", line(CURVE.map(([px, py]) => [x(px), y(py)])));
      }
      const [px, py] = [x(state.p), y(state.entropy)];
      moveDot(state.p, px, py);
      drop.attr("x1", px).attr("x2", px).attr("y1", py).attr("y2", y(0));
      // Inside the arch there is always room.
      const right = state.p > 0.5;
      label({ x: px + (right ? -16 : 16), y: py + (Math.abs(state.p - 0.5) < 0.2 ? 26 : 6), before: right, text: `${number(state.entropy)} bits` });
    };
  },

  alternative: ({ p, entropy: h }) =>
    `The binary entropy curve, an arch from 0 up to 1 bit at one half and down to 0. At p = ${probability(p)} it is ${number(h, 3)} bits.`,

  formula: ({ p, entropy: h, surprisals }) => {
    const terms = [p, 1 - p].map((v, k) => [v, v === 0 ? "" : number(surprisals[k])]);
    const shown = terms.map(([v, s]) => (s === "" ? "0" : `${inP(probability(Number(v)))}·${s}`));
    const said = terms.map(([v, s]) => (s === "" ? "zero" : `${probability(Number(v))} times ${s}`));
    return {
      html: `H = ${shown.join(" + ")} = <strong>${number(h, 3)}</strong> bits`,
      spoken: `H equals ${said.join(" plus ")}, which is ${spoken(h, 3)} bits`,
    };
  },

  quantities: {
    entropy: { label: "entropy H", value: (s) => s.entropy, text: (s) => `${number(s.entropy, 3)} bits` },
    p: { label: inP("p") + "(heads)", value: (s) => s.p, text: (s) => probability(s.p) },
  },
});
