/** p and q that lack each other's outcomes, smoothed in four ways, and D over ε. */

import {
  axes, corners, disc, explorer, handles, inner, line, number, option, p as inP, pairedLabels, q as inQ,
  read, remember, scaleBand, scaleLinear, select, sideLabel, significant, small, spoken,
} from "../../js/index.js";
import { curve, smoothed } from "./math.js";

const NAMES = ["a", "b", "c", "d", "e", "f"];
const UPPER = { top: 32, right: 10, bottom: 214, left: 34 };
const LOWER = { right: 10, bottom: 38, left: 34, height: 130 };
const WHOLE = 1e-9; // a sum closer to 1 counts as 1
const D_PQ = `D(${inP("p′")}‖${inQ("q′")})`;
const D_QP = `D(${inQ("q′")}‖${inP("p′")})`;

/** @typedef {import("./math.js").Smoothed} Smoothed */
/** @typedef {{ epsilon: number, pq: number, qp: number }} Place */
/** @typedef {Smoothed & { method: string, epsilon: number, limit: number, curve: Place[], low: number, high: number, lacking: string[] }} State */

/** The same for the narrow place above a bar: .60, .001, 3·10⁻⁵. @param {number} value */
const brief = (value) => small(value, 1).replace(/^0\./, ".");

/** A sum near 1, as exactly as it takes to see that it is not. @param {number} sum */
const total = (sum) => (Math.abs(sum - 1) < WHOLE ? "1" : sum.toFixed(6).replace(/0+$/, ""));

/** @param {State} state whether both are distributions, so that the sums are divergences */
const whole = ({ sumP, sumQ }) => Math.abs(sumP - 1) < WHOLE && Math.abs(sumQ - 1) < WHOLE;

/** Which of the two finite curves is the upper one here. @param {{ pq: number, qp: number }} place */
const higher = ({ pq, qp }) => (pq >= qp || qp === Infinity ? "pq" : "qp");

/** The curves depend on p, q and the method only, and the axis not even on the method. */
const curves = remember((/** @type {number[]} */ p, /** @type {number[]} */ q, /** @type {any} */ { epsilon, method }) => {
  /** @type {[string, Place[]][]} */
  const all = method.options.map((/** @type {string} */ name) => [name, curve(name, p, q, epsilon.min, epsilon.max)]);
  const finite = all.flatMap(([, places]) => places.flatMap(({ pq, qp }) => [pq, qp])).filter(Number.isFinite);
  return { curves: Object.fromEntries(all), low: Math.min(0, ...finite), high: Math.max(0.1, ...finite) };
});

export default explorer({
  name: "smoothing",

  state: (model) => {
    const settings = model.get("_settings");
    const method = option(model, "method");
    const epsilon = /** @type {number} */ (model.get("epsilon"));
    const [p, q] = ["p", "q"].map((name) => read(model, name, model.get("outcomes")));
    const { curves: all, low, high } = curves(p, q, settings);
    const now = smoothed(method, p, q, epsilon);
    const lacking = NAMES.filter((_, k) => now.q[k] > 0 && now.p[k] === 0);
    return { ...now, method, epsilon, limit: settings.epsilon.max, curve: all[method], low, high, lacking };
  },

  draw: (svg, assign, model) => {
    const told = model.get("_settings").epsilon;
    const least = Math.log10(told.min);
    const drawUpper = axes(svg);
    const drawLower = axes(svg);
    const root = select(svg);
    const x = scaleBand().paddingInner(0.24).paddingOuter(0.12);
    const side = scaleBand(/** @type {("p" | "q")[]} */ (["p", "q"]), [0, 1]).paddingInner(0.1);
    const y = scaleLinear([0, 1], [1, 0]);
    const log = scaleLinear([least, 0], [0, 1]); // of log10 ε
    const nats = scaleLinear();

    /** @type {{ k: number, name: "p" | "q", value: number }[]} */
    const data = NAMES.flatMap((_, k) => /** @type {("p" | "q")[]} */ (["p", "q"]).map((name) => ({ k, name, value: 0 })));
    const bars = root.append("g").selectAll("polygon").data(data).join("polygon").attr("class", ({ name }) => `bar-${name}`);
    const values = root.append("g").selectAll("text").data(data).join("text").attr("class", ({ name }) => `label small label-${name}`).attr("text-anchor", "middle");
    const sums = root.append("text").attr("class", "small").attr("text-anchor", "end").attr("aria-hidden", "true");
    const sumP = sums.append("tspan").attr("class", "label-p");
    const sumQ = sums.append("tspan").attr("class", "label-q").attr("dx", 10);

    const zero = root.append("line").attr("class", "zero");
    const guide = root.append("line").attr("class", "guide");
    const lines = /** @type {const} */ (["qp", "pq"]).map((which) => {
      const name = which === "pq" ? "p" : "q";
      return {
        which,
        path: root.append("path").attr("class", `line line-${name}`),
        label: root.append("text").attr("class", `label small label-${name}`),
        dot: root.append("polygon").attr("class", `dot dot-${name}`),
        value: sideLabel(root, `label label-${name}`),
      };
    });
    const datum = { exponent: 0, epsilon: 0, limit: 0 };
    const grip = lines[1].dot.datum(datum);
    const describe = handles(grip, {
      svg,
      orientation: "horizontal",
      label: () => "log10 of epsilon",
      min: least,
      max: 0,
      step: told.step,
      value: ({ exponent }) => exponent,
      text: (_, { epsilon }) => `epsilon ${significant(epsilon, 2)}`,
      at: (_, [px]) => log.invert(px),
      set: (datum, exponent) => {
        // Change the datum too: a second key may come before the next frame.
        datum.exponent = exponent;
        assign({ epsilon: Math.min(datum.limit, 10 ** datum.exponent) });
      },
    });
    let drawn = "";

    return (state, size) => {
      const box = inner(size, UPPER);
      const n = state.p.length;
      const end = Math.log10(state.limit);
      const relayout = drawn !== (drawn = JSON.stringify([size, n, state.low, state.high, end, state.method]));
      const left = (/** @type {any} */ { k, name }) => (x(NAMES[k]) ?? 0) + (side(name) ?? 0);
      if (relayout) {
        x.domain(NAMES.slice(0, n)).range(/** @type {[number, number]} */ (box.x));
        side.range([0, x.bandwidth()]);
        y.range(box.y);
        log.domain([least, end]).range([LOWER.left, size.width - LOWER.right - 4]);
        nats.domain([state.low, state.high]).range([size.height - LOWER.bottom, size.height - LOWER.bottom - LOWER.height]).nice(4);
        for (const selection of [bars, values]) selection.attr("display", ({ k }) => (k < n ? null : "none"));
        values.attr("x", (d) => left(d) + side.bandwidth() / 2);
        sums.attr("x", size.width - UPPER.right).attr("y", box.y[1] - 10);
        zero.attr("x1", log(least)).attr("x2", log(end)).attr("y1", nats(0)).attr("y2", nats(0)).attr("display", nats.domain()[0] < 0 ? null : "none");
        for (const { which, path } of lines) {
          path.attr("d", line(state.curve.map((place) => [log(Math.log10(place.epsilon)), nats(place[which])])));
        }
      }
      drawUpper(x, y, { y: "probability", ticksY: [0, 0.5, 1] });
      const ticks = Array.from({ length: Math.floor(end) - least + 1 }, (_, k) => least + k);
      drawLower(log, nats, { x: "ε", y: "D in nats", ticksX: ticks, formatX: (/** @type {number} */ exponent) => significant(10 ** exponent, 2), ticksY: 4 });

      for (const d of data) d.value = state[d.name][d.k] ?? 0;
      bars.attr("points", (d) => corners(left(d), y(Math.min(1, d.value)), side.bandwidth(), y(0) - y(Math.min(1, d.value))));
      values.text(({ value }) => brief(value));
      pairedLabels(values, data, ({ value }) => y(Math.min(1, value)) - 4, side.bandwidth() * 1.1, 12);
      sumP.text(`Σp′ = ${total(state.sumP)}`);
      sumQ.text(`Σq′ = ${total(state.sumQ)}${Math.abs(state.sumQ - 1) < WHOLE ? "" : " ≠ 1"}`);

      const exponent = Number(Math.log10(state.epsilon).toFixed(6));
      Object.assign(datum, { exponent, epsilon: state.epsilon, limit: state.limit });
      const px = log(exponent);
      guide.attr("x1", px).attr("x2", px).attr("y1", nats.range()[0]).attr("y2", nats.range()[1]);
      const late = px > size.width - 70;
      for (const { which, label, dot, value } of lines) {
        const now = state[which];
        const shown = Number.isFinite(now);
        const above = higher(state) === which;
        const text = which === "pq" ? "D(p′‖q′)" : "D(q′‖p′)";
        const crowded = px < log(least) + 90;
        if (relayout || crowded !== (label.attr("data-crowded") === "true") || crowded) {
          // The name goes above or below its curve's left end, or past the dot and its number; if the
          // whole curve is infinite, at the top, on the other side.
          label.attr("data-crowded", String(crowded));
          const left = crowded ? px + 62 : log(least) + 22;
          const under = (/** @type {number} */ px) => {
            const at = (log.invert(px) - least) / (end - least);
            return nats(state.curve[Math.round(at * (state.curve.length - 1))][which]);
          };
          const over = higher(state.curve[0]) === which;
          const reach = [under(left), under(left + 62)];
          const top = nats.range()[1];
          label
            .attr("x", shown ? left : log(end))
            .attr("text-anchor", shown ? "start" : "end")
            .attr("y", !shown ? top + 4 : over ? Math.min(...reach) - 6 : Math.max(...reach) + 16);
          label.text(shown ? text : `${text} = ∞`);
        }
        dot.attr("points", shown ? disc(px, nats(now), which === "pq" ? 9 : 5) : "");
        value({ x: px + (late ? -13 : 13), y: shown ? nats(now) + (above ? -8 : 18) : 0, before: late, text: shown ? number(now) : "" });
      }
      describe();
      grip.attr("aria-valuemax", end);
    };
  },

  alternative: (state) => {
    const list = (/** @type {number[]} */ values) => values.map((v, k) => `${NAMES[k]} ${small(v)}`).join(", ");
    const caution = whole(state) ? "" : ` But p′ sums to ${total(state.sumP)} and q′ to ${total(state.sumQ)}, so these are not divergences.`;
    return (
      `Paired bars: p′ is ${list(state.p)}; q′ is ${list(state.q)}. Below, both divergences as curves over ε. ` +
      `At ε = ${significant(state.epsilon, 2)} D(p′‖q′) is ${spoken(state.pq, 3)} nats and D(q′‖p′) is ${spoken(state.qp, 3)} nats.${caution}`
    );
  },

  formula: ({ p, q, pq }) => {
    const terms = p.map((v, k) =>
      v === 0
        ? { html: `0${inP("")}${inP("")}${inQ("")}`, said: "zero" }
        : {
            html: `${inP(small(v))}·log(${inP(small(v))}/${inQ(small(q[k]))})`,
            said: `${small(v)} times log of ${small(v)} over ${small(q[k])}`,
          },
    );
    return {
      html: `${D_PQ} = ${terms.map(({ html }) => html).join(" + ")} = <strong>${number(pq, 3)}</strong> nats`,
      spoken: `D of p prime from q prime equals ${terms.map(({ said }) => said).join(" plus ")}, which is ${spoken(pq, 3)} nats`,
    };
  },

  quantities: {
    kl_pq: {
      label: D_PQ,
      value: (s) => s.pq,
      text: (s) => `${number(s.pq, 3)} nats${whole(s) ? "" : ", no divergence"}`,
    },
    kl_qp: {
      label: D_QP,
      value: (s) => s.qp,
      text: (s) => (s.qp === Infinity ? `∞: p′ lacks ${s.lacking.join(", ")}` : `${number(s.qp, 3)} nats`),
    },
    sum_p: { label: `Σ${inP("p′")}`, value: (s) => s.sumP, text: (s) => total(s.sumP) },
    sum_q: { label: `Σ${inQ("q′")}`, value: (s) => s.sumQ, text: (s) => total(s.sumQ) + (Math.abs(s.sumQ - 1) < WHOLE ? "" : " ≠ 1") },
    epsilon: { label: "ε", value: (s) => s.epsilon, text: (s) => significant(s.epsilon, 2) },
  },
});
