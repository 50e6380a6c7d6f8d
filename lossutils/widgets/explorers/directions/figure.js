/** One p twice: above with the q that D(p‖q) moves, below with the one that D(q‖p) moves. */

import {
  explorer,
  information,
  line,
  number,
  p as inP,
  q as inQ,
  quantity,
  remember,
  scaleBand,
  scaleLinear,
  scaleSqrt,
} from "../../js/index.js";
import { P, RATE, X, path } from "./math.js";

const HIGHEST = 0.4; // of a probability
const MOST = 3; // of a divergence, in nats
const LEFT = 34;
const RIGHT = 12;
// The pictures' floors, from the top, and how high each picture is.
const FLOORS = [112, 248, 390];
const HEIGHT = 84;
const NAMES = [`D(${inP("p")}‖${inQ("q")})`, `D(${inQ("q")}‖${inP("p")})`];

/** The path of the forward divergence, then that of the reverse one. */
const pathsOf = remember((/** @type {number} */ start) =>
  ["forward", "reverse"].map((direction) => path({ direction, family: "hump", rate: RATE, start })),
);

export default explorer({
  name: "directions",
  unit: "nats",

  state: ({ start, step }) => {
    const ways = pathsOf(start).map((way) => way(step));
    const now = ways.map((points) => points[step]);
    return { start, step, ways, now, forward: now[0].pq, reverse: now[1].qp };
  },

  draw: (plot, model) => {
    const drawLower = plot.axes();
    const band = scaleBand(X, [0, 1]).paddingInner(0.15);
    const x = scaleLinear([X[0], X[X.length - 1]], [0, 1]);
    // The first steps change most, so they get most space.
    const steps = scaleSqrt([0, model.get("_settings").step.max], [0, 1]);
    const nats = scaleLinear([0, MOST], [FLOORS[2], FLOORS[2] - HEIGHT]).clamp(true);
    const rows = [0, 1].map((k) => {
      const y = scaleLinear([0, HIGHEST], [FLOORS[k], FLOORS[k] - HEIGHT]);
      return {
        y,
        axes: plot.axes(),
        bars: plot.marks("rect", P, "bar-p"),
        area: plot.mark("path", "area-q"),
        curve: plot.mark("path", `line line-q${k ? " dashed" : ""}`),
        way: plot.mark("path", `line line-neutral${k ? " dashed" : ""}`),
        nameP: plot.text("label label-p", { words: "p", anchor: "middle" }),
        nameQ: plot.text("label label-q", { words: "q", anchor: "middle" }),
      };
    });
    const other = plot.dot("neutral", 6);
    let written = "";
    const moveDot = plot.dragDot({
      x: steps,
      kind: "neutral",
      name: "step",
      text: (value) => `${value}, ${written}`,
    });

    return ({ step, ways, now, forward, reverse }, size, unit) => {
      const across = [LEFT, size.width - RIGHT];
      if (plot.changed(size, unit.name)) {
        band.range(across);
        const half = band.bandwidth() / 2;
        x.range([across[0] + half, across[1] - half]);
        steps.range(across);
        rows.forEach(({ y, axes, bars, nameP }, k) => {
          axes(x, y, {
            x: k ? "outcome x" : "",
            y: k ? "reverse: q moves to lower D(q‖p)" : "forward: q moves to lower D(p‖q)",
            ticksX: 7,
            ticksY: [0, 0.1, 0.2, 0.3],
            formatY: String,
            lift: 8,
          });
          bars
            .attr("x", (_, n) => x(X[n]) - half)
            .attr("width", 2 * half)
            .attr("y", y)
            .attr("height", (v) => y(0) - y(v));
          plot.put(nameP, x(4.75), y(Math.max(...P.slice(16))) - 5);
        });
        drawLower(steps, unit.axis(nats), {
          x: "step (square-root scale)",
          y: `in ${unit}; solid: D(p‖q), dashed: D(q‖p)`,
          ticksX: [0, 10, 50, 100, 200, 300],
          ticksY: unit.ticks([0, 1, 2, 3]),
          formatY: String,
          lift: 8,
        });
      }
      rows.forEach(({ y, curve, area, way, nameQ }, k) => {
        const places = now[k].q.map((v, n) => [x(X[n]), y(Math.min(v, HIGHEST))]);
        curve.attr("d", line(places));
        area.attr("d", line([[places[0][0], y(0)], ...places, [x(X[X.length - 1]), y(0)]]));
        const losses = ways[k].map((point, n) => [steps(n), nats(k ? point.qp : point.pq)]);
        way.attr("d", line(losses));
        const [qx, qy] = places[now[k].q.indexOf(Math.max(...now[k].q))];
        plot.put(nameQ, qx, qy - 5);
      });
      written = `forward ${unit.written(forward)}, reverse ${unit.written(reverse)}`;
      other(steps(step), nats(reverse));
      moveDot(step, steps(step), nats(forward));
    };
  },

  alternative: ({ start, step, now, forward, reverse }, unit) =>
    `p has two humps, at 2 and at 4.75, and is drawn twice. After ${step} steps of gradient descent from ${number(start, 1)}, the q that the forward divergence moves ` +
    `has the position ${number(now[0].mean)} and width ${number(now[0].width)}, and D(p‖q) is ${unit.written(forward)}. The q that the reverse divergence moves ` +
    `has the position ${number(now[1].mean)} and width ${number(now[1].width)}, and D(q‖p) is ${unit.written(reverse)}.`,

  formula: ({ forward, reverse }, unit) =>
    `forward: ${NAMES[0]} = Σ ${inP("p")} · ${unit.log}(${inP("p")} ÷ ${inQ("q")}) = <strong>${unit.number(forward, 3)}</strong> ${unit}<br>` +
    `reverse: ${NAMES[1]} = Σ ${inQ("q")} · ${unit.log}(${inQ("q")} ÷ ${inP("p")}) = <strong>${unit.number(reverse, 3)}</strong> ${unit}`,

  quantities: {
    forward: information("nats", `forward ${NAMES[0]}`, (s) => s.forward),
    means_0: quantity("forward μ", (s) => s.now[0].mean, 2),
    widths_0: quantity("forward σ", (s) => s.now[0].width, 2),
    reverse: information("nats", `reverse ${NAMES[1]}`, (s) => s.reverse),
    means_1: quantity("reverse μ", (s) => s.now[1].mean, 2),
    widths_1: quantity("reverse σ", (s) => s.now[1].width, 2),
  },
});
