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
  scaleLinear,
  short,
  through,
  widthOf,
} from "../../js/index.js";
import { floorOf, lossAt, smoothedTarget } from "./math.js";

const UPPER = { top: 36, right: 10, bottom: 252, left: 34 };
const LOWER = { top: 166, right: 10, bottom: 40, left: 34 };
const HIGHEST = 3; // of the loss in the picture

export default explorer({
  name: "label-smoothing",

  state: ({ alpha, gap, classes }) => {
    const { floor, gap: best } = floorOf(alpha, classes);
    const target = smoothedTarget(alpha, classes);
    return { alpha, gap, ...lossAt(alpha, classes, gap), target, floor, best };
  },

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").gap;
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const y = scaleLinear([0, 1], [1, 0]);
    const gaps = scaleLinear([min, max], [0, 1]);
    const nats = scaleLinear([0, HIGHEST], [1, 0]).clamp(true);
    const pairs = pairedBars(plot, { lift: 4, line: 12 });
    const labels = pairs.label();
    const hot = plot.mark("polygon", "one-hot");
    const names = plot.key({ "label-q": "model q", "label-p": "target y′" });
    const before = plot.text("small label-p", { words: "dashed: α = 0", anchor: "end" });

    const floor = plot.mark("line", "guide");
    const best = plot.mark("line", "guide");
    const floorLabel = plot.text("small", { anchor: "end" });
    const part = () => ({
      path: plot.mark("polyline", "line line-neutral thin"),
      label: plot.text("axis-title"),
    });
    const [hard, even] = [part(), part()];
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
      text: (v) => `${decimals(v)}, loss ${number(loss, 3)} nats`,
    });

    return (state, size) => {
      const n = state.target.length;
      const upper = plot.span(size, UPPER, pairs.x, y);
      const lower = plot.span(size, LOWER, gaps, nats);
      pairs.data[0].top = 1; // above the dashed bar
      for (const d of pairs.data) d.value = (d.name === "p" ? state.target : state.q)[d.k] ?? 0;
      if (plot.changed(size, n, state.alpha)) {
        pairs.layout(n, upper.x);
        // The wrong classes are all alike; if their bars are narrow, the readouts are enough.
        plot.limitTo([labels], pairs.width() > 22 ? n : 1);
        plot.put(names, upper.x[1], 12);
        plot.put(before, upper.x[1], 27);
        hot.attr("points", corners(pairs.start(0), y(1), pairs.width(), y(0) - y(1)));
        // The loss from one end of the slider to the other.
        const curve = Array.from({ length: 101 }, (_, k) => {
          const gap = min + ((max - min) * k) / 100;
          return { gap, ...lossAt(state.alpha, n, gap) };
        });
        const path = (/** @type {"loss" | "hard" | "even"} */ part) =>
          through(
            curve.filter((at) => at[part] <= HIGHEST).map((at) => [gaps(at.gap), nats(at[part])]),
          );
        total.attr("points", path("loss"));
        hard.path.attr("points", path("hard"));
        even.path.attr("points", path("even"));
        // One goes left of its curve, where that has come down; the other above its right end, or where it leaves the picture.
        const down = curve.find((at) => at.hard <= 0.7) ?? curve[0];
        const out = curve.filter((at, k) => k < 99 && at.even <= HIGHEST * 0.6).pop() ?? curve[0];
        const hardName = `${decimals(1 - state.alpha)}·(−log q(a))`;
        const evenName = `${decimals(state.alpha)}·mean(−log q)`;
        // Without room there it goes above its own end, if it fits below the floor.
        const aside = gaps(down.gap) - 8;
        const left = aside - widthOf(hardName, 12) > 24;
        const [hardX, hardY] = left ? [aside, nats(down.hard) + 4] : [lower.x[1], nats(0) - 2];
        named = left || nats(0) - nats(state.floor) > 14;
        plot.put(hard.label, hardX, hardY, hardName, "end");
        plot.put(even.label, gaps(out.gap), nats(out.even) - 7, evenName, "end");
        const start = curve.find(({ loss }) => loss <= HIGHEST * 0.92) ?? curve[0];
        plot.put(totalLabel, gaps(start.gap) + 8, nats(start.loss) + 2);
        plot.level(floor, lower.x, nats(state.floor));
        const least = `floor ${number(state.floor, 3)} at gap ${number(state.best)}, where q = y′`;
        plot.put(floorLabel, lower.x[1], nats(HIGHEST) + 2, least);
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
      const [px, py] = [gaps(state.gap), nats(state.loss)];
      moveDot(state.gap, px, py);
      // A curve's name gives way to the dot, and to a name before it.
      const taken = [[px - 13, px + 13, py - 13, py + 13]];
      for (const label of [hard.label, even.label, totalLabel]) {
        const [x1, y1] = ["x", "y"].map((side) => Number(label.attr(side)));
        const long = widthOf(label.text(), 12);
        const left = label === totalLabel ? x1 : x1 - long;
        const box = [left, left + long, y1 - 10, y1 + 3];
        const free =
          (named || label !== hard.label) &&
          left > 24 &&
          !taken.some(([l, r, t, b]) => l < box[1] && box[0] < r && t < box[3] && box[2] < b);
        if (free) taken.push(box);
        label.attr("display", free ? null : "none");
      }
      // The tangent, 34 pixels to each side, while the loss is in the picture.
      const rise = (state.slope * (nats(1) - nats(0))) / (gaps(1) - gaps(0));
      const run = Math.min(34 / Math.hypot(1, rise), px - lower.x[0], lower.x[1] - px);
      plot.segment(tangent, [px - run, py - run * rise], [px + run, py + run * rise]);
      tangent.attr("display", state.loss > HIGHEST ? "none" : null);
    };
  },

  alternative: (state) =>
    `Paired bars of the smoothed target, ${listed(state.target)}, and of q, ` +
    `${listed(state.q)}. Below, the loss over the logit gap: at ${decimals(state.gap)} it is ` +
    `${number(state.loss, 3)} nats with slope ${number(state.slope, 3)}. Its floor is ${number(state.floor, 3)} nats at gap ${number(state.best)}.`,

  formula: ({ alpha, ce, mean, loss }) =>
    `loss = (1 − α)·(−log ${inQ("q")}(a)) + α·mean(−log ${inQ("q")}) = ${decimals(1 - alpha)}·${number(ce, 3)} + ${own(decimals(alpha), "alpha")}·${number(mean, 3)}` +
    ` = <strong>${number(loss, 3)}</strong> nats`,

  quantities: {
    loss: information("nats", "loss", (s) => s.loss),
    floor: quantity(`floor H(${inP("y′")})`, (s) => s.floor, 4),
    gap_at_floor: quantity("at gap", (s) => s.best),
    slope: quantity(`slope ${inQ("q")}(a) − ${inP("y′")}(a)`, (s) => s.slope),
  },
});
