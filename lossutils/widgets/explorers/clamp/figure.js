/** Binary cross-entropy in float32, three ways: from logits, from clamped logarithms, naively. */

import {
  axes, decimals, disc, dragDot, explorer, inner, line, number, option, p as inP, q as inQ,
  said as words, scaleLinear, select, spoken,
} from "../../js/index.js";
import { inFloat32 } from "./math.js";

const UPPER = { top: 28, right: 14, bottom: 150, left: 34 };
const LOWER = { height: 72, bottom: 40 };
const STEP = 0.5; // of the handle; the slider's is finer
const WAYS = /** @type {const} */ (["withLogits", "bce", "naive"]);
const BROKEN = { zero: -88.75, one: 16.65 }; // in float32 σ(z) is 0 below the first, 1 above the second

/** @typedef {import("./math.js").Ways} Ways */
/** @typedef {Ways & { z: number, t: number }} State */

/** A whole number with a true minus. @param {number} value */
const signed = (value) => number(value, 0);

/** @param {number} value @param {number} [digits] */
const shown = (value, digits = 3) => (Number.isNaN(value) ? "NaN" : number(value, digits));

/** @param {number} value */
const said = (value) => (Number.isNaN(value) ? "not a number" : spoken(value, 3));

/** A probability in float32, however near to 0 or 1. @param {number} q */
function exact(q) {
  if (q === 0 || q === 1) return String(q);
  if (q < 0.001) return q.toExponential(1).replace("-", "−");
  return 1 - q < 0.001 ? `1 − ${(1 - q).toExponential(1).replace("-", "−")}` : number(q, 3);
}

export default explorer({
  name: "clamp",

  state: (model) => {
    const [z, t] = [model.get("logit"), Number(option(model, "target"))];
    return { z, t, ...inFloat32(z, t) };
  },

  draw: (svg, assign, model) => {
    const { min, max } = model.get("_settings").logit;
    // Finer where 1 − σ(z) runs out of bits, and where σ(z) becomes 0.
    const grid = Array.from({ length: (max - min) / STEP + 1 }, (_, k) => min + k * STEP)
      .concat(Array.from({ length: 200 }, (_, k) => 9 + k / 25), Array.from({ length: 60 }, (_, k) => -28 - k / 25), [-88.72, -88.73])
      .sort((a, b) => a - b);
    const places = [0, 1].map((target) => grid.map((z) => ({ z, ...inFloat32(z, target) })));
    const drawUpper = axes(svg);
    const drawLower = axes(svg);
    const root = select(svg);
    const x = scaleLinear([min, max], [0, 1]);
    const y = scaleLinear([0, 120], [1, 0]);
    const slopes = scaleLinear();
    const guide = root.append("line").attr("class", "guide");
    const zero = root.append("line").attr("class", "zero");
    const curves = WAYS.flatMap((way) =>
      /** @type {const} */ (["loss", "slope"]).map((what) => ({
        way,
        what,
        path: root.append("path").attr("class", `line line-${way}`),
        dot: root.append("polygon").attr("class", `dot dot-${way}`),
      })),
    );
    /** @param {string} way */
    const name = (way) => root.append("text").attr("class", `label small label-${way}`).attr("aria-hidden", "true");
    const names = { withLogits: name("withLogits"), bce: name("bce"), infinite: name("naive"), nan: name("naive"), dead: name("bce") };
    const nan = root.append("line").attr("class", "line line-naive nan");
    const moveDot = dragDot(root, {
      svg, assign, x, min, max, step: STEP, name: "logit", label: "z, the logit", text: (v) => words(decimals(v, 1)),
    });
    let drawn = "";

    return (state, size) => {
      const { z, t } = state;
      const box = inner(size, UPPER);
      const bottom = size.height - LOWER.bottom;
      if (drawn !== (drawn = JSON.stringify([size, t]))) {
        x.range(box.x);
        y.range(box.y);
        slopes.domain(t === 1 ? [-1, 0] : [0, 1]).range([bottom, bottom - LOWER.height]);
        drawUpper(x, y, { y: "loss in nats", ticksX: [], ticksY: [0, 50, 100], formatY: signed });
        drawLower(x, slopes, { x: "logit z", y: "slope", ticksX: [-100, -50, 0, 50, 100], ticksY: t === 1 ? [-1, 0] : [0, 1], formatX: signed, formatY: signed });
        zero.attr("x1", box.x[0]).attr("x2", box.x[1]).attr("y1", slopes(0)).attr("y2", slopes(0));
        for (const { way, what, path } of curves) {
          const scale = what === "loss" ? y : slopes;
          path.attr("d", line(places[t].map((place) => [x(place.z), scale(Math.min(what === "loss" ? 120 : 1, place[way][what]))])));
        }
        // Wrong on the left for t = 1, on the right for t = 0, where σ(z) becomes the opposite of t.
        const wrong = t === 1 ? BROKEN.zero : BROKEN.one;
        const right = t === 1 ? BROKEN.one : BROKEN.zero;
        const away = t === 1 ? "start" : "end";
        const inwards = t === 1 ? 1 : -1;
        names.withLogits.attr("x", x(t === 1 ? -50 : 54)).attr("y", y(t === 1 ? 62 : 32)).text("from logits");
        names.bce.attr("x", x(t === 1 ? -84 : 8)).attr("y", y(100) + 4).attr("text-anchor", away).text("σ, then BCE: 100");
        names.infinite.attr("x", x(wrong) + 6 * inwards).attr("y", y(120) + 4).attr("text-anchor", away).text("naive: ∞");
        nan.attr("x1", x(right)).attr("x2", x(t === 1 ? max : min)).attr("y1", y(8)).attr("y2", y(8));
        names.nan.attr("x", x(t === 1 ? 40 : -119)).attr("y", y(8) - 6).text("naive: NaN");
        names.dead.attr("x", x(t === 1 ? -118 : 24)).attr("y", slopes(0) + (t === 1 ? 16 : -6)).text("σ, then BCE: 0");
      }
      const px = x(z);
      guide.attr("x1", px).attr("x2", px).attr("y1", y(120)).attr("y2", bottom);
      for (const { way, what, dot: mark } of curves) {
        const value = state[way][what];
        const scale = what === "loss" ? y : slopes;
        mark.attr("points", Number.isNaN(value) ? "" : disc(px, scale(Math.min(120, value)), 5));
      }
      moveDot(z, px, y(state.withLogits.loss));
    };
  },

  alternative: ({ z, t, withLogits, bce, naive }) =>
    "Three ways to compute one loss in float32, and their slopes, over the logit from minus 120 to 120. " +
    `At z = ${words(decimals(z, 1))} with target ${t}: from logits ${said(withLogits.loss)}, slope ${said(withLogits.slope)}; ` +
    `sigmoid, then BCE ${said(bce.loss)}, slope ${said(bce.slope)}; naive ${said(naive.loss)}, slope ${said(naive.slope)}.`,

  formula: ({ z, t, q, withLogits }) => {
    const digits = Math.abs(z * 10 - Math.round(z * 10)) < 1e-9 ? 1 : 2;
    const top = number(Math.max(z, 0), digits);
    const times = number(z * t, digits);
    const tail = number(Math.log1p(Math.exp(-Math.abs(z))), 3);
    const minus = times.startsWith("−") ? `(${times})` : times;
    return {
      html:
        `${inQ("q")} = σ(z) = ${inQ(exact(q))}, as float32 has it<br>` +
        `from logits: ${top} − ${inP(minus)} + ${tail} = <strong>${number(withLogits.loss, 3)}</strong> nats`,
      spoken:
        `q, the sigmoid of z, is ${exact(q).replace(/−/g, "minus ")} in float32; ` +
        `from logits the loss is ${top} minus ${times.replace("−", "minus ")} plus ${tail}, which is ${said(withLogits.loss)} nats`,
    };
  },

  quantities: {
    with_logits: { label: "from logits", value: (s) => s.withLogits.loss, text: (s) => shown(s.withLogits.loss) },
    with_logits_gradient: { label: "slope", value: (s) => s.withLogits.slope, text: (s) => shown(s.withLogits.slope) },
    bce: { label: "σ, then BCE", value: (s) => s.bce.loss, text: (s) => shown(s.bce.loss) },
    bce_gradient: { label: "slope", value: (s) => s.bce.slope, text: (s) => shown(s.bce.slope) },
    naive: { label: "naive", value: (s) => s.naive.loss, text: (s) => shown(s.naive.loss) },
    naive_gradient: { label: "slope", value: (s) => s.naive.slope, text: (s) => shown(s.naive.slope) },
  },
});
