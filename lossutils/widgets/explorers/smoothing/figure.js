/** p and q that lack each other's outcomes, smoothed in four ways, and D over ε. */

import {
  OUTCOMES,
  explorer,
  information,
  line,
  p as inP,
  pairedBars,
  q as inQ,
  quantity,
  remember,
  scaleLinear,
  scaleLog,
  short,
  significant,
  small,
} from "../../js/index.js";
import { curve, smoothed } from "./math.js";

const UPPER = { top: 32, right: 10, bottom: 214, left: 34 };
const LOWER = { top: 162, right: 14, bottom: 38, left: 34 };
const POWERS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1];
const D_PQ = `D(${inP("p′")}‖${inQ("q′")})`;
const D_QP = `D(${inQ("q′")}‖${inP("p′")})`;

/** ε, to two digits. @param {number} value */
const twoDigits = (value) => significant(value, 2);

/** A probability for the narrow place above a bar: .60, .0003, 3·10⁻⁵. @param {number} value */
const brief = (value) => short(value >= 1e-4 && value < 1e-3 ? value.toFixed(4) : small(value, 1));

/** A sum near 1, as exactly as it takes to see that it is not. @param {number} sum */
const total = (sum) => (Math.abs(sum - 1) < 1e-9 ? "1" : sum.toFixed(6).replace(/0+$/, ""));

/** The same, and a mark where it is not 1. @param {number} sum */
const marked = (sum) => total(sum) + (total(sum) === "1" ? "" : " ≠ 1");

/** Whether both are distributions, so that the sums are divergences. @param {{ sumP: number, sumQ: number }} state */
const whole = ({ sumP, sumQ }) => [sumP, sumQ].every((sum) => total(sum) === "1");

/** Which of the two finite curves is the upper one here. @param {{ pq: number, qp: number }} place */
const higher = ({ pq, qp }) => (pq >= qp || qp === Infinity ? "pq" : "qp");

/** The curves depend on p, q and the method only, and the axis not even on the method. */
const curves = remember(
  /** @param {number[]} p @param {number[]} q @param {any} told */
  (p, q, { epsilon, method }) => {
    /** @type {ReturnType<typeof curve>[]} */
    const all = method.options.map((/** @type {string} */ name) =>
      curve(name, p, q, epsilon.min, epsilon.max),
    );
    const finite = all
      .flatMap((places) => places.flatMap(({ pq, qp }) => [pq, qp]))
      .filter(Number.isFinite);
    return { all, extent: [Math.min(0, ...finite), Math.max(0.1, ...finite)] };
  },
);

export default explorer({
  name: "smoothing",
  unit: "nats",

  state: ({ p, q, method, epsilon }, model) => {
    const told = model.get("_settings");
    const { all, extent } = curves(p, q, told);
    return {
      ...smoothed(method, p, q, epsilon),
      epsilon,
      limit: told.epsilon.max,
      curve: all[model.get("method_index")],
      extent,
    };
  },

  draw: (plot, model) => {
    const { min } = model.get("_settings").epsilon;
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const y = scaleLinear([0, 1], [1, 0]);
    const x = scaleLog([min, 1], [0, 1]);
    const nats = scaleLinear();

    const pairs = pairedBars(plot, { lift: 4, line: 12 });
    pairs.label();
    const sums = plot.text("small", { anchor: "end" });
    const sumP = plot.mark("tspan", "label-p", sums);
    const sumQ = plot.mark("tspan", "label-q", sums).attr("dx", 10);

    const zero = plot.mark("line", "zero");
    const guide = plot.mark("line", "guide");
    const qp = {
      path: plot.mark("path", "line line-q"),
      label: plot.text("label small label-q"),
      dot: plot.dot("q", 5),
      value: plot.sideLabel("label label-q"),
    };
    const pq = {
      path: plot.mark("path", "line line-p"),
      label: plot.text("label small label-p"),
      dot: plot.dragDot({ kind: "p", name: "epsilon", x, max: 1, text: twoDigits }),
      value: plot.sideLabel("label label-p"),
    };

    return (state, size, unit) => {
      const box = plot.span(size, UPPER, pairs.x, y);
      const lower = plot.span(size, LOWER, x, nats);
      const n = state.p.length;
      const relayout = plot.changed(size, n, state.curve);
      if (relayout) {
        pairs.layout(n, box.x);
        x.domain([min, state.limit]);
        nats.domain(state.extent).nice(4);
        plot.put(sums, size.width - UPPER.right, box.y[1] - 10);
        plot.level(zero, lower.x, nats(0)).attr("display", nats.domain()[0] < 0 ? null : "none");
      }
      drawUpper(pairs.x, y, { y: "probability", ticksY: [0, 0.5, 1] });
      drawLower(x, unit.axis(nats), {
        x: "ε (logarithmic scale)",
        y: `D in ${unit}`,
        ticksX: POWERS.filter((power) => power <= state.limit),
        formatX: twoDigits,
        ticksY: 4,
      });

      for (const d of pairs.data) d.value = (d.name === "p" ? state.p : state.q)[d.k] ?? 0;
      pairs.draw(y, brief);
      sumP.text(`Σp′ = ${total(state.sumP)}`);
      sumQ.text(`Σq′ = ${marked(state.sumQ)}`);

      const px = x(state.epsilon);
      const [least, end] = lower.x;
      plot.upright(guide, px, lower.y);
      const late = px > size.width - 70;
      const left = px < least + 90 ? px + 62 : least + 22; // of the curves' names
      for (const which of /** @type {const} */ (["qp", "pq"])) {
        const { path, label, value } = { qp, pq }[which];
        const now = state[which];
        const finite = Number.isFinite(now);
        const text = which === "pq" ? "D(p′‖q′)" : "D(q′‖p′)";
        if (relayout)
          path.attr("d", line(state.curve.map((place) => [x(place.epsilon), nats(place[which])])));
        // The name goes above or below its curve's left end, or past the dot and its number; if the
        // whole curve is infinite, at the top, on the other side.
        const under = (/** @type {number} */ px) => {
          const at = (px - least) / (end - least);
          return nats(state.curve[Math.round(at * (state.curve.length - 1))][which]);
        };
        const reach = [under(left), under(left + 62)];
        const over = higher(state.curve[0]) === which;
        const beside = over ? Math.min(...reach) - 6 : Math.max(...reach) + 16;
        if (finite) plot.put(label, left, beside, text, "start");
        else plot.put(label, end, LOWER.top + 4, `${text} = ∞`, "end");
        const height = nats(now) + (higher(state) === which ? -8 : 18);
        value(px, finite ? height : 0, finite ? unit.number(now) : "", late, 13);
      }
      qp.dot(px, nats(state.qp));
      pq.dot(state.epsilon, px, nats(state.pq)).attr("aria-valuemax", Math.log10(state.limit));
    };
  },

  alternative: (state, unit) => {
    const list = (/** @type {number[]} */ values) =>
      values.map((v, k) => `${OUTCOMES[k]} ${small(v)}`).join(", ");
    const caution = whole(state)
      ? ""
      : ` But p′ sums to ${total(state.sumP)} and q′ to ${total(state.sumQ)}, so these are not divergences.`;
    return (
      `Paired bars: p′ is ${list(state.p)}; q′ is ${list(state.q)}. Below, both divergences as curves over ε. ` +
      `At ε = ${twoDigits(state.epsilon)} D(p′‖q′) is ${unit.written(state.pq)} and D(q′‖p′) is ${unit.written(state.qp)}.${caution}`
    );
  },

  formula: ({ p, q, pq }, unit) => {
    const terms = p.map((v, k) =>
      v === 0
        ? `0${inP("")}${inP("")}${inQ("")}`
        : `${inP(small(v))}·${unit.log}(${inP(small(v))}/${inQ(small(q[k]))})`,
    );
    return `${D_PQ} = ${terms.join(" + ")} = <strong>${unit.number(pq, 3)}</strong> ${unit}`;
  },

  quantities: {
    kl_pq: information(
      "nats",
      D_PQ,
      (s) => s.pq,
      (v, s, unit) => `${unit.written(v)}${whole(s) ? "" : ", no divergence"}`,
    ),
    kl_qp: information(
      "nats",
      D_QP,
      (s) => s.qp,
      (v, { p, q }, unit) =>
        v === Infinity
          ? `∞: p′ lacks ${OUTCOMES.filter((_, k) => q[k] > 0 && p[k] === 0).join(", ")}`
          : unit.written(v),
    ),
    sum_p: quantity(`Σ${inP("p′")}`, (s) => s.sumP, total),
    sum_q: quantity(`Σ${inQ("q′")}`, (s) => s.sumQ, marked),
    epsilon: quantity("ε", (s) => s.epsilon, twoDigits),
  },
});
