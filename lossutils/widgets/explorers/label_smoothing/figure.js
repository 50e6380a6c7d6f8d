/** A smoothed target beside q, and the loss over the logit gap: its two parts, floor and slope. */

import {
  OUTCOMES, axes, barsOf, corners, decimals, dragDot, explorer, inner, listed, number, p as inP,
  pairedLabels, probability, q as inQ, remember, said, scaleBand, scaleLinear, select, spoken, through,
  widthOf,
} from "../../js/index.js";
import { floorOf, lossAt, smoothedTarget } from "./math.js";

const UPPER = { top: 36, right: 10, bottom: 252, left: 34 };
const LOWER = { top: 166, right: 10, bottom: 40, left: 34 };
const HIGHEST = 3; // of the loss in the picture
const REACH = 34; // half of the tangent, in pixels

/** @typedef {ReturnType<typeof lossAt>} Loss */
/** @typedef {Loss & { alpha: number, n: number, gap: number, target: number[], floor: number, best: number, curve: (Loss & { gap: number })[] }} State */

/** The loss from one end of the slider to the other. */
const curve = remember((/** @type {number} */ alpha, /** @type {number} */ n, /** @type {number} */ min, /** @type {number} */ max) => {
  const gaps = Array.from({ length: 101 }, (_, k) => min + ((max - min) * k) / 100);
  return gaps.map((gap) => ({ gap, ...lossAt(alpha, n, gap) }));
});

export default explorer({
  name: "label-smoothing",

  state: (model) => {
    const [alpha, n, gap] = ["alpha", "classes", "gap"].map((trait) => /** @type {number} */ (model.get(trait)));
    const { min, max } = model.get("_settings").gap;
    const { floor, gap: best } = floorOf(alpha, n);
    return { ...lossAt(alpha, n, gap), alpha, n, gap, target: smoothedTarget(alpha, n), floor, best, curve: curve(alpha, n, min, max) };
  },

  draw: (svg, assign, model) => {
    const { min, max } = model.get("_settings").gap;
    const drawUpper = axes(svg);
    const drawLower = axes(svg);
    const root = select(svg);
    const x = scaleBand().paddingInner(0.24).paddingOuter(0.12);
    const side = scaleBand(/** @type {("p" | "q")[]} */ (["p", "q"]), [0, 1]).paddingInner(0.1);
    const y = scaleLinear([0, 1], [1, 0]);
    const gaps = scaleLinear([min, max], [0, 1]);
    const nats = scaleLinear([0, HIGHEST], [1, 0]);
    const data = barsOf("p", "q");
    const bars = root.append("g").selectAll("polygon").data(data).join("polygon").attr("class", ({ name }) => `bar-${name}`);
    const values = root.append("g").selectAll("text").data(data).join("text").attr("class", ({ name }) => `label small label-${name}`).attr("text-anchor", "middle");
    const names = root.append("g").attr("aria-hidden", "true").attr("text-anchor", "end");
    const ofP = names.append("text").attr("class", "label label-p small").text("target y′");
    const ofQ = names.append("text").attr("class", "label label-q small").text("model q");

    const floor = root.append("line").attr("class", "guide");
    const best = root.append("line").attr("class", "guide");
    const floorLabel = root.append("text").attr("class", "small").attr("text-anchor", "end");
    const parts = /** @type {const} */ (["hard", "even"]).map((which) => ({
      which,
      path: root.append("polyline").attr("class", "line line-neutral thin"),
      label: root.append("text").attr("class", "axis-title"),
      room: true,
    }));
    const total = root.append("polyline").attr("class", "line line-q");
    const totalLabel = root.append("text").attr("class", "label small label-q").text("loss");
    const tangent = root.append("line").attr("class", "mark");
    let loss = 0;
    const moveDot = dragDot(root, {
      svg, assign, x: gaps, min, max, step: 0.05, name: "gap", label: "logit gap",
      text: (v) => `${said(decimals(v))}, loss ${number(loss, 3)} nats`,
    });
    let drawn = "";

    return (state, size) => {
      const upper = inner(size, UPPER);
      const lower = inner(size, LOWER);
      x.domain(OUTCOMES.slice(0, state.n)).range(/** @type {[number, number]} */ (upper.x));
      side.range([0, x.bandwidth()]);
      y.range(upper.y);
      gaps.range(lower.x);
      nats.range(lower.y);
      drawUpper(x, y, { y: "probability", ticksY: [0, 0.5, 1], lift: 24 });
      drawLower(gaps, nats, { x: "logit gap z(a) − z(others)", y: "nats", ticksY: [0, 1, 2, 3] });
      for (const d of data) d.value = (d.name === "p" ? state.target : state.q)[d.k] ?? 0;
      const clamped = (/** @type {number} */ value) => nats(Math.min(HIGHEST, value));
      const left = (/** @type {any} */ { k, name }) => (x(OUTCOMES[k]) ?? 0) + (side(name) ?? 0);
      if (drawn !== (drawn = `${size.width} ${size.height} ${state.n} ${state.alpha}`)) {
        bars.attr("display", ({ k }) => (k < state.n ? null : "none"));
        // The wrong classes are all alike; if their bars are narrow, the readouts are enough.
        const room = side.bandwidth() > 22 ? state.n : 1;
        values.attr("display", ({ k }) => (k < room ? null : "none"));
        values.attr("x", (d) => left(d) + side.bandwidth() / 2);
        ofP.attr("x", upper.x[1]).attr("y", 12);
        ofQ.attr("x", upper.x[1] - 66).attr("y", 12);
        const path = (/** @type {(at: Loss) => number} */ height) =>
          through(state.curve.filter((at) => height(at) <= HIGHEST).map((at) => [gaps(at.gap), nats(height(at))]));
        total.attr("points", path(({ loss }) => loss));
        for (const part of parts) {
          const { which, path: drawnPart, label } = part;
          drawnPart.attr("points", path((l) => l[which]));
          // One goes left of its curve, where that has come down; the other above its right end, or where it leaves the picture.
          const place = which === "hard" ? state.curve.findIndex(({ hard }) => hard <= 0.7) : state.curve.reduce((last, { even }, k) => (k <= 98 && even <= HIGHEST * 0.6 ? k : last), 0);
          const px = gaps(state.curve[place].gap);
          part.room = which !== "hard" || px >= LOWER.left + 84;
          label
            .attr("x", px - (which === "hard" ? 8 : 0))
            .attr("y", clamped(state.curve[place][which]) + (which === "hard" ? 4 : -7))
            .attr("text-anchor", "end")
            .text(which === "hard" ? "(1 − α)·CE" : "α·mean");
        }
        const start = state.curve.findIndex(({ loss }) => loss <= HIGHEST * 0.92);
        totalLabel.attr("x", gaps(state.curve[start].gap) + 8).attr("y", clamped(state.curve[start].loss) + 2);
        floor.attr("x1", gaps(min)).attr("x2", gaps(max)).attr("y1", nats(state.floor)).attr("y2", nats(state.floor));
        floorLabel.attr("x", gaps(max)).attr("y", nats(HIGHEST) + 2).text(`floor ${number(state.floor, 3)} at gap ${number(state.best)}`);
        const inside = state.best <= max;
        best.attr("display", inside ? null : "none").attr("x1", gaps(Math.min(max, state.best))).attr("x2", gaps(Math.min(max, state.best))).attr("y1", nats(0)).attr("y2", nats(HIGHEST * 0.86));
      }
      bars.attr("points", (d) => corners(left(d), y(d.value), side.bandwidth(), y(0) - y(d.value)));
      values.text(({ value }) => probability(value).replace(/^0\./, "."));
      pairedLabels(values, data, ({ value }) => y(value) - 4, side.bandwidth() * 1.1, 12);
      loss = state.loss;
      const [px, py] = [gaps(state.gap), clamped(state.loss)];
      moveDot(state.gap, px, py);
      // A curve's name gives way to the dot, and to a name before it.
      /** @type {number[][]} */
      const taken = [[px - 13, px + 13, py - 13, py + 13]];
      for (const { label, room } of [...parts.map((part) => ({ label: part.label, room: part.room })), { label: totalLabel, room: true }]) {
        const [x1, y1, long] = [Number(label.attr("x")), Number(label.attr("y")), widthOf(label.text(), 12)];
        const box = label === totalLabel ? [x1, x1 + long, y1 - 10, y1 + 3] : [x1 - long, x1, y1 - 10, y1 + 3];
        const free = room && !taken.some(([l, r, t, b]) => l < box[1] && box[0] < r && t < box[3] && box[2] < b);
        if (free) taken.push(box);
        label.attr("display", free ? null : "none");
      }
      // The tangent, while the loss is in the picture.
      const rise = state.slope * (nats(1) - nats(0)) / (gaps(1) - gaps(0));
      const run = Math.min(REACH / Math.hypot(1, rise), px - lower.x[0], lower.x[1] - px);
      tangent.attr("display", state.loss > HIGHEST ? "none" : null).attr("x1", px - run).attr("x2", px + run).attr("y1", py - run * rise).attr("y2", py + run * rise);
    };
  },

  alternative: (state) =>
    `Paired bars of the smoothed target, ${listed(state.target)}, and of q, ` +
    `${listed(state.q)}. Below, the loss over the logit gap: at ${said(decimals(state.gap))} it is ` +
    `${spoken(state.loss, 3)} nats with slope ${spoken(state.slope, 3)}. Its floor is ${spoken(state.floor, 3)} nats at gap ${spoken(state.best)}.`,

  formula: ({ alpha, ce, mean, loss }) => ({
    html:
      `loss = (1 − α)·CE + α·mean(−log ${inQ("q")}) = ${decimals(1 - alpha)}·${number(ce, 3)} + ${decimals(alpha)}·${number(mean, 3)}` +
      ` = <strong>${number(loss, 3)}</strong> nats`,
    spoken:
      `loss equals one minus alpha times cross-entropy, plus alpha times the mean of minus log q over the classes: ${decimals(1 - alpha)} times ` +
      `${spoken(ce, 3)} plus ${decimals(alpha)} times ${spoken(mean, 3)}, which is ${spoken(loss, 3)} nats`,
  }),

  quantities: {
    loss: { label: "loss", value: (s) => s.loss, text: (s) => `${number(s.loss, 3)} nats` },
    floor: { label: `floor H(${inP("y′")})`, value: (s) => s.floor, text: (s) => `${number(s.floor, 4)}` },
    gap_at_floor: { label: "at gap", value: (s) => s.best, text: (s) => number(s.best, 3) },
    slope: { label: `slope ${inQ("q")}(a) − ${inP("y′")}(a)`, value: (s) => s.slope, text: (s) => number(s.slope, 3) },
  },
});
