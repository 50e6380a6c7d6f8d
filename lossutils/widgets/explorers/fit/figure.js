/** q moved towards a two-humped p by gradient descent on the forward or the reverse divergence. */

import {
  decimals,
  disc,
  explorer,
  information,
  listen,
  number,
  own,
  p as inP,
  q as inQ,
  quantity,
  remember,
  scaleBand,
  scaleLinear,
  scaleSqrt,
  through,
} from "../../js/index.js";
import { FREE, P, X, path } from "./math.js";

const HIGHEST = 0.36; // of a probability in the upper picture
const TOP = 3; // of a divergence in the lower one, in nats
const LOWER = 96; // the lower picture's height
const UPPER = { top: 30, right: 10, bottom: LOWER + 62, left: 34 };
/** @type {Record<string, string>} */
const NAMES = { forward: `D(${inP("p")}‖${inQ("q")})`, reverse: `D(${inQ("q")}‖${inP("p")})` };

/** @typedef {import("./math.js").Settings} Settings */

/** The divergence that is made smaller. @param {Settings} settings @param {import("./math.js").Point} point */
const goal = ({ direction }, point) => (direction === "forward" ? point.pq : point.qp);

const pathOf = remember(path);

const known = (/** @type {number} */ value) => (Number.isNaN(value) ? "–" : number(value));

export default explorer({
  name: "fit",
  unit: "nats",

  state: (told, model) => {
    const { step, ...settings } = /** @type {Settings & { step: number }} */ (told);
    const points = pathOf(settings)(step);
    const now = points[step];
    return {
      settings,
      // Of the divergence that is made smaller.
      name: model.get("_settings").direction.labels[model.get("direction_index")],
      step,
      points,
      now,
      hump: settings.family === "hump" ? now : { mean: NaN, width: NaN },
    };
  },

  draw: (plot, model) => {
    const told = model.get("_settings");
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const band = scaleBand(X, [0, 1]).paddingInner(0.15);
    const x = scaleLinear([X[0], X[X.length - 1]], [0, 1]);
    const y = scaleLinear([0, HIGHEST], [1, 0]);
    // The first steps change most, so they get most space.
    const steps = scaleSqrt([0, told.step.max], [0, 1]);
    const nats = scaleLinear([0, TOP], [1, 0]).clamp(true);

    const bars = plot.marks("rect", P, "bar-p");
    const nameP = plot.text("label label-p");
    const area = plot.mark("polygon", "area-q");
    const curve = plot.mark("polyline", "line line-q");
    const dots = plot.marks("polygon", P, "bar-q");
    const nameQ = plot.text("label label-q", { words: "q", anchor: "middle" });

    const guide = plot.mark("line", "guide");
    const moveStart = plot.dragDot({
      x,
      kind: "q triangle",
      name: "start",
      label: "where q starts",
      text: (value) => decimals(value, 1),
    });
    const startName = plot.sideLabel("small label-q");

    const way = plot.mark("polyline", "line line-neutral");
    let written = "";
    const moveDot = plot.dragDot({
      x: steps,
      kind: "neutral",
      name: "step",
      text: (value) => `${value}, ${written}`,
    });
    const lossName = plot.text("label");

    return ({ settings, name, step, points, now }, size, unit) => {
      const box = plot.span(size, UPPER, band, y);
      if (plot.changed(size)) {
        const half = band.bandwidth() / 2;
        x.range([box.x[0] + half, box.x[1] - half]);
        steps.range([box.x[0], box.x[1] - 9]);
        nats.range([size.height - 36, size.height - 36 - LOWER + 18]);
        bars
          .attr("x", (_, k) => x(X[k]) - half)
          .attr("width", 2 * half)
          .attr("y", y)
          .attr("height", (v) => y(0) - y(v));
        plot.put(nameP, x(4.75), y(Math.max(...P.slice(16))) - 6, "p", "middle");
      }
      drawUpper(x, y, {
        x: "outcome x",
        y: "probability",
        ticksX: 7,
        ticksY: [0, 0.1, 0.2, 0.3],
        formatY: String,
      });
      drawLower(steps, unit.axis(nats), {
        x: "step (square-root scale)",
        y: `${settings.direction}: ${name} in ${unit}`,
        ticksX: [0, 10, 50, 100, 200, 300],
        ticksY: unit.ticks([0, 1, 2, 3]),
        formatY: String,
        lift: 8,
      });

      const places = now.q.map((v, k) => [x(X[k]), y(v)]);
      curve.attr("points", through(places));
      area.attr("points", through([...places, [x(X[X.length - 1]), y(0)], [x(X[0]), y(0)]]));
      dots.attr("points", (_, k) => disc(places[k][0], places[k][1], 2.2));
      const [qx, qy] = places[now.q.indexOf(Math.max(...now.q))];
      const at = x(settings.start);
      // Beside the peak, on the side away from the mark of the start.
      plot.put(nameQ, qx + (at > qx ? -13 : 13), Math.max(box.y[1] + 4, qy - 4));

      moveStart(settings.start, at, box.y[1] - 1);
      plot.upright(guide, at, [box.y[1], y(0)]);
      startName(at, box.y[1] - 8, "q starts here", at > size.width - 130, 14);

      way.attr(
        "points",
        through(points.map((point, n) => [steps(n), nats(goal(settings, point))])),
      );
      const loss = goal(settings, now);
      written = unit.written(loss);
      const [px, py] = [steps(step), nats(loss)];
      moveDot(step, px, py);
      // Above the dot, but beside it at the top and near the axis.
      const over = loss < 2 && px > box.x[0] + 30;
      const anchor = !over ? "start" : step > told.step.max * 0.7 ? "end" : "middle";
      const text = `${unit.number(loss, 3)}${loss > TOP ? " ↑" : ""}`;
      plot.put(lossName, px + (over ? 0 : 14), over ? py - 14 : py + 5, text, anchor);
    };
  },

  alternative: ({ settings, name, step, now }, unit) => {
    const shape =
      settings.family === "hump"
        ? `q is one hump, at the position ${number(now.mean)} and of width ${number(now.width)}`
        : "q has one free logit for each outcome";
    return (
      `p has two humps, at 2 and at 4.75. After ${step} steps of gradient descent on ${name}, ${shape}: ` +
      `D(p‖q) is ${unit.written(now.pq)} and D(q‖p) is ${unit.written(now.qp)}.`
    );
  },

  formula: ({ settings, now }, unit) => {
    const { direction, family, rate } = settings;
    // The steps go down the slope of the divergence in nats, whatever the unit it is read in.
    const note = unit.swapped ? " (slope in nats)" : "";
    const loss = `${NAMES[direction]} = <strong>${unit.number(goal(settings, now), 3)}</strong> ${unit}`;
    const signed = (/** @type {string} */ text) => (text.startsWith("−") ? `(${text})` : text);
    if (family === "hump") {
      const ownRate = own(decimals(rate), "rate");
      const mean = inQ(number(now.mean - rate * now.slopeMean));
      const logWidth = Math.log(now.width);
      const scaled = inQ(number(logWidth - rate * now.slopeWidth));
      return (
        `μ → ${number(now.mean)} − ${ownRate}·${signed(number(now.slopeMean, 3))} = ${mean}${note}<br>` +
        `log σ → ${number(logWidth)} − ${ownRate}·${signed(number(now.slopeWidth, 3))} = ${scaled}${note}<br>${loss}`
      );
    }
    // The outcome whose logit moves most.
    const sizes = now.slopes.map(Math.abs);
    const k = sizes.indexOf(Math.max(...sizes));
    const scale = FREE * rate;
    const moved = inQ(number(now.z[k] - scale * now.slopes[k]));
    const [p, q] = [P[k], now.q[k]].map((v) => number(v, v < 0.01 ? 4 : 3));
    const slope =
      direction === "forward"
        ? `(${inQ(q)} − ${inP(p)})`
        : `${inQ(q)}·(log(${inQ(q)}/${inP(p)}) − ${number(now.qp, 3)})`;
    return `z at ${number(X[k])} → ${number(now.z[k])} − ${number(scale, 0)}·${slope} = ${moved}${note}<br>${loss}`;
  },

  quantities: {
    kl_pq: information("nats", NAMES.forward, (s) => s.now.pq),
    kl_qp: information("nats", NAMES.reverse, (s) => s.now.qp),
    step: quantity("step", (s) => s.step, String),
    mean: quantity("μ", ({ hump }) => hump.mean, known),
    width: quantity("σ", ({ hump }) => hump.width, known),
  },

  setup: ({ model, assign, signal, root }) => {
    const [step, back] = ["Step", "To step 0"].map((text) =>
      Object.assign(document.createElement("button"), { type: "button", textContent: text }),
    );
    root.querySelector(".explorer-play")?.after(step, back);
    const now = () => /** @type {number} */ (model.get("step"));
    const last = model.get("_settings").step.max;
    const show = () => {
      step.disabled = now() >= last;
      back.disabled = now() === 0;
    };
    step.addEventListener("click", () => assign({ step: now() + 1 }), { signal });
    back.addEventListener("click", () => assign({ step: 0 }), { signal });
    listen({ model, signal }, "change:step", show);
    show();
  },
});
