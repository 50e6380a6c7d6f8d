/** Binary cross-entropy in float32, three ways: from logits, from clamped logarithms, naively. */

import {
  computed,
  decimals,
  explorer,
  line,
  number,
  p as inP,
  q as inQ,
  quantity,
  scaleLinear,
  whole,
} from "../../js/index.js";
import { inFloat32 } from "./math.js";

const UPPER = { top: 28, right: 14, bottom: 150, left: 34 };
const LOWER = { height: 72, bottom: 40 };
const STEP = 0.5; // of the handle; the slider's is finer
const WAYS = /** @type {const} */ (["withLogits", "bce", "naive"]);
const BROKEN = [-88.75, 16.65]; // in float32 σ(z) is 0 below the first, 1 above the second

/** @typedef {ReturnType<typeof inFloat32>} Ways */

/** @param {number} value */
const power = (value) => value.toExponential(1).replace("-", "−");

/** A probability in float32, however near to 0 or 1. @param {number} q */
function exact(q) {
  if (q === 0 || q === 1) return String(q);
  if (q < 0.001) return power(q);
  return 1 - q < 0.001 ? `1 − ${power(1 - q)}` : number(q, 3);
}

/** @param {string} label @param {(state: Ways) => number} value */
const readout = (label, value) => quantity(label, value, (v) => computed(v));

export default explorer({
  name: "clamp",

  state: ({ logit: z, target: t }) => ({ z, t, ...inFloat32(z, t) }),

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").logit;
    // Finer where 1 − σ(z) runs out of bits, and where σ(z) becomes 0.
    const grid = Array.from({ length: (max - min) / STEP + 1 }, (_, k) => min + k * STEP)
      .concat(
        Array.from({ length: 200 }, (_, k) => 9 + k / 25),
        Array.from({ length: 60 }, (_, k) => -28 - k / 25),
        [-88.72, -88.73],
      )
      .sort((a, b) => a - b);
    const places = [0, 1].map((target) => grid.map((z) => ({ z, ...inFloat32(z, target) })));
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const x = scaleLinear([min, max], [0, 1]);
    const y = scaleLinear([0, 120], [1, 0]);
    const slopes = scaleLinear();
    const guide = plot.mark("line", "guide");
    const zero = plot.mark("line", "zero");
    const curves = WAYS.flatMap((way) =>
      [
        { value: (/** @type {Ways} */ at) => at[way].loss, most: 120, scale: y },
        { value: (/** @type {Ways} */ at) => at[way].slope, most: 1, scale: slopes },
      ].map((one) => ({
        ...one,
        path: plot.mark("path", `line line-${way}`),
        dot: plot.dot(way, 5),
      })),
    );
    const fromLogits = plot.text("label small label-withLogits");
    const hundred = plot.text("label small label-bce");
    const infinite = plot.text("label small label-naive");
    const notANumber = plot.text("label small label-naive");
    const dead = plot.text("label small label-bce");
    const nan = plot.mark("line", "line line-naive nan");
    const moveDot = plot.dragDot({
      x,
      step: STEP,
      name: "logit",
      label: "z, the logit",
      text: (v) => decimals(v, 1),
    });

    return (state, size) => {
      const { z, t } = state;
      const box = plot.span(size, UPPER, x, y);
      const bottom = size.height - LOWER.bottom;
      if (plot.changed(size, t)) {
        slopes.domain(t === 1 ? [-1, 0] : [0, 1]).range([bottom, bottom - LOWER.height]);
        drawUpper(x, y, { y: `loss in nats at target ${t}`, ticksX: [], ticksY: [0, 50, 100] });
        drawLower(x, slopes, {
          x: "logit z",
          y: "slope",
          ticksX: [-100, -50, 0, 50, 100],
          ticksY: slopes.domain(),
          formatY: whole,
        });
        plot.level(zero, box.x, slopes(0));
        for (const { value, most, scale, path } of curves)
          path.attr(
            "d",
            line(places[t].map((place) => [x(place.z), scale(Math.min(most, value(place)))])),
          );
        // Wrong on the left for t = 1, on the right for t = 0, where σ(z) becomes the opposite of t.
        const [wrong, right] = [BROKEN[1 - t], BROKEN[t]];
        const away = t === 1 ? "start" : "end";
        const inwards = t === 1 ? 1 : -1;
        plot.put(fromLogits, x(t === 1 ? -50 : 54), y(t === 1 ? 62 : 32), "from logits");
        plot.put(hundred, x(t === 1 ? -84 : 8), y(100) + 4, "σ, then BCE: 100", away);
        plot.put(infinite, x(wrong) + 6 * inwards, y(120) + 4, "naive: ∞", away);
        plot.level(nan, [x(right), x(t === 1 ? max : min)], y(8));
        plot.put(notANumber, x(t === 1 ? 40 : -119), y(8) - 6, "naive: NaN");
        const low = slopes(0) + (t === 1 ? 16 : -6);
        plot.put(dead, x(t === 1 ? -118 : 24), low, "σ, then BCE: 0");
      }
      const px = x(z);
      plot.upright(guide, px, [y(120), bottom]);
      for (const { value, most, scale, dot } of curves)
        dot(px, scale(Math.min(most, value(state))));
      moveDot(z, px, y(state.withLogits.loss));
    };
  },

  alternative: ({ z, t, withLogits, bce, naive }) =>
    "Three ways to compute one loss in float32, and their slopes, over the logit from −120 to 120. " +
    `At z = ${decimals(z, 1)} with target ${t}: from logits ${computed(withLogits.loss)}, slope ${computed(withLogits.slope)}; ` +
    `sigmoid, then BCE ${computed(bce.loss)}, slope ${computed(bce.slope)}; naive ${computed(naive.loss)}, slope ${computed(naive.slope)}.`,

  formula: ({ z, t, q, withLogits }) => {
    const digits = Math.abs(z * 10 - Math.round(z * 10)) < 1e-9 ? 1 : 2;
    const top = number(Math.max(z, 0), digits);
    const times = number(z * t, digits);
    const tail = number(Math.log1p(Math.exp(-Math.abs(z))), 3);
    const minus = times.startsWith("−") ? `(${times})` : times;
    return (
      `${inQ("q")} = σ(z) = ${inQ(exact(q))}, as float32 has it<br>` +
      `from logits: ${top} − ${inP(minus)} + ${tail} = <strong>${number(withLogits.loss, 3)}</strong> nats`
    );
  },

  quantities: {
    with_logits: readout("from logits", (s) => s.withLogits.loss),
    with_logits_gradient: readout("slope", (s) => s.withLogits.slope),
    bce: readout("σ, then BCE", (s) => s.bce.loss),
    bce_gradient: readout("slope", (s) => s.bce.slope),
    naive: readout("naive", (s) => s.naive.loss),
    naive_gradient: readout("slope", (s) => s.naive.slope),
  },
});
