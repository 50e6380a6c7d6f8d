/** A smoothed target beside q, and the loss over the logit gap: its two parts, floor and slope. */

import {
  corners,
  decimals,
  explorer,
  information,
  listed,
  number,
  own,
  p as inP,
  pairedBars,
  probability,
  q as inQ,
  quantity,
  remember,
  said,
  scaleLinear,
  short,
  spoken,
  through,
  values,
  widthOf,
} from "../../js/index.js";
import { floorOf, lossAt, smoothedTarget } from "./math.js";

const UPPER = { top: 36, right: 10, bottom: 252, left: 34 };
const LOWER = { top: 166, right: 10, bottom: 40, left: 34 };
const HIGHEST = 3; // of the loss in the picture
const REACH = 34; // half of the tangent, in pixels

/** @typedef {ReturnType<typeof lossAt>} Loss */
/** @typedef {Loss & { alpha: number, gap: number, target: number[], floor: number, best: number, curve: (Loss & { gap: number })[] }} State */

/** The loss from one end of the slider to the other. */
const curve = remember(
  (
    /** @type {number} */ alpha,
    /** @type {number} */ n,
    /** @type {number} */ min,
    /** @type {number} */ max,
  ) => {
    const gaps = Array.from({ length: 101 }, (_, k) => min + ((max - min) * k) / 100);
    return gaps.map((gap) => ({ gap, ...lossAt(alpha, n, gap) }));
  },
);

export default explorer({
  name: "label-smoothing",

  /** @returns {State} */
  state: (model) => {
    const { alpha, classes: n, gap } = values(model);
    const { min, max } = model.get("_settings").gap;
    const { floor, gap: best } = floorOf(alpha, n);
    const target = smoothedTarget(alpha, n);
    return {
      ...lossAt(alpha, n, gap),
      alpha,
      gap,
      target,
      floor,
      best,
      curve: curve(alpha, n, min, max),
    };
  },

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").gap;
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const y = scaleLinear([0, 1], [1, 0]);
    const gaps = scaleLinear([min, max], [0, 1]);
    const nats = scaleLinear([0, HIGHEST], [1, 0]);
    const pairs = pairedBars(plot, { lift: 4, line: 12 });
    const labels = pairs.label();
    const hot = plot.mark("polygon", "one-hot");
    const names = plot.text("label small", { anchor: "end" }).attr("aria-hidden", "true");
    plot.mark("tspan", "label-q", names).text("model q");
    plot.mark("tspan", "label-p", names).attr("dx", 10).text("target y′");
    const before = plot
      .text("small label-p", { words: "dashed: α = 0", anchor: "end" })
      .attr("aria-hidden", "true");

    const floor = plot.mark("line", "guide");
    const best = plot.mark("line", "guide");
    const floorLabel = plot.text("small", { anchor: "end" });
    const hard = {
      path: plot.mark("polyline", "line line-neutral thin"),
      label: plot.text("axis-title"),
    };
    const even = {
      path: plot.mark("polyline", "line line-neutral thin"),
      label: plot.text("axis-title"),
    };
    const total = plot.mark("polyline", "line line-q");
    const totalLabel = plot.text("label small label-q", { words: "loss" });
    const tangent = plot.mark("line", "mark");
    let loss = 0;
    let named = true; // the first of its two parts
    const moveDot = plot.dragDot({
      name: "gap",
      label: "logit gap",
      x: gaps,
      step: 0.05,
      text: (v) => `${said(decimals(v))}, loss ${number(loss, 3)} nats`,
    });

    return (state, size) => {
      const n = state.target.length;
      const upper = plot.span(size, UPPER, pairs.x, y);
      const lower = plot.span(size, LOWER, gaps, nats);
      pairs.data[0].top = 1; // above the dashed bar
      for (const d of pairs.data) d.value = (d.name === "p" ? state.target : state.q)[d.k] ?? 0;
      const clamped = (/** @type {number} */ value) => nats(Math.min(HIGHEST, value));
      if (plot.changed(size, n, state.alpha)) {
        pairs.layout(n, upper.x);
        // The wrong classes are all alike; if their bars are narrow, the readouts are enough.
        plot.limitTo([labels], pairs.width() > 22 ? n : 1);
        plot.put(names, upper.x[1], 12);
        plot.put(before, upper.x[1], 27);
        hot.attr("points", corners(pairs.start(0), y(1), pairs.width(), y(0) - y(1)));
        const path = (/** @type {(at: Loss) => number} */ height) =>
          through(
            state.curve
              .filter((at) => height(at) <= HIGHEST)
              .map((at) => [gaps(at.gap), nats(height(at))]),
          );
        total.attr(
          "points",
          path(({ loss }) => loss),
        );
        hard.path.attr(
          "points",
          path((at) => at.hard),
        );
        even.path.attr(
          "points",
          path((at) => at.even),
        );
        // One goes left of its curve, where that has come down; the other above its right end, or where it leaves the picture.
        const down = state.curve.find((at) => at.hard <= 0.7) ?? state.curve[0];
        const out =
          state.curve
            .slice(0, 99)
            .filter((at) => at.even <= HIGHEST * 0.6)
            .pop() ?? state.curve[0];
        const [kept, spread] = [1 - state.alpha, state.alpha].map((share) => decimals(share));
        const [hardName, evenName] = [`${kept}·(−log q(a))`, `${spread}·mean(−log q)`];
        // Without room there it goes above its own end, if it fits below the floor.
        const aside = gaps(down.gap) - 8;
        const left = aside - widthOf(hardName, 12) > 24;
        const [hardX, hardY] = left ? [aside, clamped(down.hard) + 4] : [lower.x[1], nats(0) - 2];
        named = left || nats(0) - nats(state.floor) > 14;
        plot.put(hard.label, hardX, hardY, hardName, "end");
        plot.put(even.label, gaps(out.gap), clamped(out.even) - 7, evenName, "end");
        const start = state.curve.find(({ loss }) => loss <= HIGHEST * 0.92) ?? state.curve[0];
        plot.put(totalLabel, gaps(start.gap) + 8, clamped(start.loss) + 2);
        plot.level(floor, lower.x, nats(state.floor));
        plot.put(
          floorLabel,
          lower.x[1],
          nats(HIGHEST) + 2,
          `floor ${number(state.floor, 3)} at gap ${number(state.best)}, where q = y′`,
        );
        plot.upright(best, gaps(Math.min(max, state.best)), [nats(0), nats(HIGHEST * 0.86)]);
        best.attr("display", state.best <= max ? null : "none");
      }
      drawUpper(pairs.x, y, { y: "probability; a is true", ticksY: [0, 0.5, 1], lift: 24 });
      drawLower(gaps, nats, {
        x: "logit gap z(a) − z(others)",
        y: `loss in nats at α = ${decimals(state.alpha)}`,
        ticksY: [0, 1, 2, 3],
      });
      pairs.draw(y, (value) => short(probability(value)));
      loss = state.loss;
      const [px, py] = [gaps(state.gap), clamped(state.loss)];
      moveDot(state.gap, px, py);
      // A curve's name gives way to the dot, and to a name before it.
      const taken = [[px - 13, px + 13, py - 13, py + 13]];
      for (const label of [hard.label, even.label, totalLabel]) {
        const [x1, y1, long] = [
          Number(label.attr("x")),
          Number(label.attr("y")),
          widthOf(label.text(), 12),
        ];
        const left = label === totalLabel ? x1 : x1 - long;
        const box = [left, left + long, y1 - 10, y1 + 3];
        const free =
          (named || label !== hard.label) &&
          left > 24 &&
          !taken.some(([l, r, t, b]) => l < box[1] && box[0] < r && t < box[3] && box[2] < b);
        if (free) taken.push(box);
        label.attr("display", free ? null : "none");
      }
      // The tangent, while the loss is in the picture.
      const rise = (state.slope * (nats(1) - nats(0))) / (gaps(1) - gaps(0));
      const run = Math.min(REACH / Math.hypot(1, rise), px - lower.x[0], lower.x[1] - px);
      plot.segment(tangent, [px - run, py - run * rise], [px + run, py + run * rise]);
      tangent.attr("display", state.loss > HIGHEST ? "none" : null);
    };
  },

  alternative: (state) =>
    `Paired bars of the smoothed target, ${listed(state.target)}, and of q, ` +
    `${listed(state.q)}. Below, the loss over the logit gap: at ${said(decimals(state.gap))} it is ` +
    `${spoken(state.loss, 3)} nats with slope ${spoken(state.slope, 3)}. Its floor is ${spoken(state.floor, 3)} nats at gap ${spoken(state.best)}.`,

  formula: ({ alpha, ce, mean, loss }) => ({
    html:
      `loss = (1 − α)·(−log ${inQ("q")}(a)) + α·mean(−log ${inQ("q")}) = ${decimals(1 - alpha)}·${number(ce, 3)} + ${own(decimals(alpha), "alpha")}·${number(mean, 3)}` +
      ` = <strong>${number(loss, 3)}</strong> nats`,
    spoken:
      `loss equals one minus alpha times cross-entropy, plus alpha times the mean of minus log q over the classes: ${decimals(1 - alpha)} times ` +
      `${spoken(ce, 3)} plus ${decimals(alpha)} times ${spoken(mean, 3)}, which is ${spoken(loss, 3)} nats`,
  }),

  quantities: {
    loss: information("nats", "loss", (s) => s.loss),
    floor: quantity(`floor H(${inP("y′")})`, (s) => s.floor, 4),
    gap_at_floor: quantity("at gap", (s) => s.best),
    slope: quantity(`slope ${inQ("q")}(a) − ${inP("y′")}(a)`, (s) => s.slope),
  },
});
