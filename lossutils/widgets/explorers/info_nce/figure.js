/** InfoNCE's K × K matrix with the loss of each row; below, the mean loss over the temperature. */

import {
  corners,
  explorer,
  information,
  line,
  number,
  own,
  quantity,
  scaleLinear,
  scaleLog,
  short,
  significant,
} from "../../js/index.js";
import { batch, floorOf, lossOf } from "./math.js";

const SIDE = 192; // the matrix'
const LEFT = 2;
const TOP = 38;
const FOOT = TOP + SIDE;
const ROWS = LEFT + SIDE + 14; // where the bars of the rows begin
const LOWER = { top: FOOT + 44, bottom: 40, left: 34, right: 48 };
const HIGHEST = 3; // nats, of both axes
const STEPS = 72;

/** @typedef {{ i: number, j: number }} Cell */

/** A cosine, where there is little room: .3, −.1, 0, 1. @param {number} value */
const brief = (value) => short(number(value, 1).replace(/\.0$/, ""));

export default explorer({
  name: "info-nce",
  unit: "nats",

  state: ({ pairs, alignment, alike, temperature }, model) => {
    const { noise } = model.get("_constants");
    const now = batch(pairs, alignment, alike, temperature, noise);
    return { ...now, pairs, alignment, alike, temperature };
  },

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").temperature;
    const most = model.get("_settings").pairs.max;
    const temperatures = Array.from(
      { length: STEPS + 1 },
      (_, k) => min * (max / min) ** (k / STEPS),
    );
    const all = Array.from({ length: most }, (_, k) => k);
    const drawAxes = plot.axes();
    const x = scaleLog([min, max], [0, 1]);
    const y = scaleLinear([0, HIGHEST], [1, 0]).clamp(true);
    const along = scaleLinear([0, HIGHEST], [0, 1]).clamp(true);
    /** @type {Cell[]} */
    const cells = all.flatMap((i) => all.map((j) => ({ i, j })));
    const matrix = plot.group();
    const squares = plot.marks("polygon", cells, "cell", matrix);
    const shares = plot.marks("polygon", cells, "share", matrix);
    const rims = plot.marks("polygon", all, "rim", matrix);
    const numbers = plot.texts(cells, "small cosine", matrix);
    const bars = plot.marks("polygon", all, "bar-q", matrix);
    const losses = plot.marks("text", all, "small", matrix).attr("text-anchor", "end");
    const level = plot.mark("line", "guide", matrix);
    const least = plot.mark("line", "guide", matrix);
    plot.put(plot.text("axis-title", { parent: matrix }), LEFT, 12, "cosines: picture × caption");
    plot.put(plot.text("small", { parent: matrix }), LEFT, 29, "area: q; orange: own");
    plot.put(plot.text("axis-title", { parent: matrix }), ROWS, 12, "loss of the row");
    const [startName, floorName] = [0, 1].map(() =>
      plot.text("small", { anchor: "middle", parent: matrix }),
    );
    const start = plot.mark("line", "guide");
    const floor = plot.mark("path", "line line-neutral thin floor");
    const loss = plot.mark("path", "line line-q");
    const drop = plot.mark("line", "guide");
    const nameStart = plot.text("small");
    const moveDot = plot.dragDot({ name: "temperature", x, text: (v) => significant(v, 3) });
    const label = plot.sideLabel("label label-q");
    const redrawn = plot.watch();

    return (state, size, unit) => {
      const { pairs, alignment, alike, temperature, similarities } = state;
      const cell = SIDE / pairs;
      const middle = (/** @type {number} */ k) => (Math.min(k, pairs - 1) + 0.5) * cell;
      const inside = (/** @type {Cell} */ { i, j }) => i < pairs && j < pairs;
      const box = plot.span(size, LOWER, x, y);
      along.range([ROWS, size.width - 44]);
      if (plot.changed(size, unit.name, pairs)) {
        drawAxes(x, unit.axis(y), {
          x: "temperature T",
          y: `mean loss, and dashed its floor, in ${unit}`,
          ticksX: [0.01, 0.1, 1, 10],
          ticksY: unit.ticks([0, 1, 2, 3]),
          formatX: String,
        });
        plot.level(start, box.x, y(state.start));
        plot.put(nameStart, box.x[1] + 6, y(state.start) + 4, `${unit.log} ${pairs}`);
        squares.attr("points", (d) =>
          inside(d) ? corners(LEFT + d.j * cell, TOP + d.i * cell, cell, cell) : "",
        );
        rims.attr("points", (i) =>
          i < pairs ? corners(LEFT + i * cell + 1, TOP + i * cell + 1, cell - 2, cell - 2) : "",
        );
        plot.put(
          numbers,
          ({ j }) => LEFT + middle(j),
          ({ i }) => TOP + middle(i) + 4,
        );
        plot.put(losses, size.width - 2, (i) => TOP + middle(i) + 4);
        plot.upright(level, along(state.start), [TOP, FOOT]);
        plot.put(startName, along(state.start), TOP - 8, `guessing: ${unit.log} ${pairs}`);
      }
      if (redrawn(size, pairs, alignment, alike)) {
        numbers.text((d) => (inside(d) ? brief(similarities[d.i][d.j]) : ""));
        const curve = (/** @type {(temperature: number) => number} */ f) => {
          const places = temperatures.map((at) => [x(at), f(at)]);
          return line(
            places.filter(([, nats]) => nats <= HIGHEST).map(([px, nats]) => [px, y(nats)]),
          );
        };
        loss.attr(
          "d",
          curve((at) => lossOf(similarities, at)),
        );
        floor.attr(
          "d",
          curve((at) => floorOf(pairs, at)),
        );
      }
      // The area of a square is the softmax's share; it grows from a corner, so that a small one leaves
      // the number alone.
      shares.attr("points", (d) => {
        if (!inside(d)) return "";
        const side = (cell - 4) * Math.sqrt(state.q[d.i][d.j]);
        return corners(LEFT + d.j * cell + 2, TOP + (d.i + 1) * cell - 2 - side, side, side);
      });
      bars.attr("points", (i) =>
        i < pairs
          ? corners(
              ROWS,
              TOP + (i + 0.2) * cell,
              along(state.losses[i]) - ROWS,
              Math.max(1, 0.6 * cell),
            )
          : "",
      );
      losses.text((i) => (i < pairs ? unit.number(state.losses[i]) : ""));
      plot.upright(least, along(state.floor), [TOP, FOOT]);
      plot.put(floorName, Math.max(ROWS + 14, along(state.floor)), FOOT + 15, "floor");
      const beyond = state.loss > HIGHEST;
      const px = x(temperature);
      const py = y(state.loss);
      plot.upright(drop, px, [y(0), py]);
      moveDot(temperature, px, py).classed("beyond", beyond);
      label(
        px,
        py < box.y[1] + 20 ? py + 14 : py - 8,
        `${unit.number(state.loss)}${beyond ? " ↑" : ""}`,
        px > (box.x[0] + box.x[1]) / 2,
        13,
      );
    };
  },

  alternative: ({ pairs, similarities, loss, start, floor, bound, temperature }, unit) =>
    `A matrix of ${pairs} pictures and ${pairs} captions; on its diagonal, where each picture meets its own, the cosine is ${number(similarities[0][0])}. ` +
    `At T = ${significant(temperature, 3)} the mean loss of the rows is ${unit.written(loss)}; its floor is ${unit.written(floor)}, and log K is ${unit.written(start)}. ` +
    `As the mean over new pairs it would show a mutual information of at least ${unit.written(bound)}. Below, the loss and its floor as curves over T.`,

  formula: ({ pairs, start, loss, bound }, unit) =>
    `I ≥ mean of ${unit.log} ${own(pairs, "pairs")} − ℓ, here ${unit.number(start, 3)} − ${unit.number(loss, 3)} = ` +
    `<strong>${unit.number(bound, 3)}</strong> ${unit}`,

  quantities: {
    loss: information("nats", "loss ℓ", (s) => s.loss),
    start: information(
      "nats",
      (unit) => `${unit.log} K`,
      (s) => s.start,
    ),
    floor: information("nats", "floor", (s) => s.floor),
    bound: information(
      "nats",
      (unit) => `${unit.log} K − ℓ`,
      (s) => s.bound,
    ),
    right: quantity(
      "found",
      (s) => s.right,
      (v) => `${number(100 * v, 0)} %`,
    ),
    gradient: quantity("slope along the right cosines", (s) => s.gradient),
  },
});
