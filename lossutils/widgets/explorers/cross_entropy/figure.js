/** p and q side by side, and H(p, q) as a stack: the floor H(p), and D(p‖q) on top of it. */

import {
  OUTCOMES, axes, barsOf, corners, dragBars, explorer, inner, keepNormalised, listed, number, p as inP,
  pairedLabels, probability, q as inQ, read, scaleBand, scaleLinear, select, sideLabel, spoken, sum,
  through,
} from "../../js/index.js";
import { parts } from "./math.js";

const MARGINS = { top: 36, right: 8, bottom: 170, left: 34 };
const MOST = 2.5; // the end of the stack's scale, in nats: log 6 and some room for D
const STACK = 26; // the stack's height
const SHORT = 0.015; // no arrow for a slope below this
const LABEL = 96; // the width that a part's name takes
const FLOOR = 140; // and the floor's

/** @typedef {import("./math.js").Parts & { n: number, q: number[], soft: number[], oneHot: boolean }} State */

const H_P = `H(${inP("p")})`;
const D_PQ = `D(${inP("p")}‖${inQ("q")})`;
const H_PQ = `H(${inP("p")}, ${inQ("q")})`;

/** .25, as short as the place above a bar is narrow. @param {number} value */
const brief = (value) => (value === 1 ? "1" : probability(value).replace(/^0\./, "."));
/** @param {number} value */
const signed = (value) => `${value > 0.005 ? "+" : ""}${number(value)}`;

export default explorer({
  name: "cross-entropy",
  pairs: true,

  state: (model) => {
    const n = /** @type {number} */ (model.get("outcomes"));
    const oneHot = /** @type {boolean} */ (model.get("one_hot"));
    const soft = read(model, "p", n);
    const q = read(model, "q", n);
    return { n, q, soft, oneHot, ...parts(soft, q, oneHot) };
  },

  draw: (svg, assign, model) => {
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleBand().paddingOuter(0.12);
    const side = scaleBand(/** @type {("p" | "q")[]} */ (["p", "q"]), [0, 1]).paddingInner(0.1);
    const y = scaleLinear([0, 1.15], [1, 0]); // with room for a label on a full bar
    const nats = scaleLinear([0, MOST], [0, 1]).clamp(true);
    const data = barsOf("p", "q");
    const givens = data.filter(({ name }) => name === "p");
    const outcomes = OUTCOMES.map((_, k) => ({ k, slope: 0 }));
    /** @template D @param {string} tag @param {D[]} rows @param {(d: D) => string} kind */
    const marks = (tag, rows, kind) =>
      root.append("g").selectAll(tag).data(rows).join((enter) => enter.append(tag)).attr("class", kind);
    const bars = marks("polygon", data, ({ name }) => `bar-${name}`);
    const ghosts = marks("polygon", givens, () => "ghost-p");
    const values = marks("text", data, ({ name }) => `label small label-${name}`).attr("text-anchor", "middle");
    const arrows = marks("polyline", outcomes, () => "arrow");
    const { body, knobs, grips, place, hold, describe } = dragBars(data, (tag) => marks(tag, data, () => ""), { svg, model, assign, y });
    const slopes = marks("text", outcomes, () => "small").attr("text-anchor", "middle").attr("aria-hidden", "true");
    const slopeName = root.append("text").attr("class", "axis-title").attr("x", 2).attr("aria-hidden", "true").text("q − p");

    const stack = root.append("g").attr("aria-hidden", "true");
    const floorBar = stack.append("polygon").attr("class", "bar-p");
    const priceBar = stack.append("polygon").attr("class", "bar-q");
    const floorName = stack.append("text").attr("class", "label label-p").attr("y", -8);
    const priceName = stack.append("text").attr("class", "label label-q").attr("y", -8);
    const floorLine = stack.append("line").attr("class", "mark").attr("y1", -4).attr("y2", STACK + 7);
    const floorText = sideLabel(stack, "small");
    const totalLine = stack.append("line").attr("class", "mark").attr("y1", -4);
    const totalText = sideLabel(stack, "label");
    let drawn = "";

    return (state, size) => {
      const box = inner(size, MARGINS);
      x.domain(OUTCOMES.slice(0, state.n)).paddingInner(state.n > 4 ? 0.22 : 0.3).range(/** @type {[number, number]} */ (box.x));
      side.range([0, x.bandwidth()]);
      y.range(box.y);
      nats.range(box.x);
      drawAxes(x, y, { y: "probability", ticksY: [0, 0.5, 1], lift: 24 });
      const width = side.bandwidth();
      const left = (/** @type {any} */ d) => (x(OUTCOMES[d.k]) ?? 0) + (side(d.name) ?? 0);
      const floor = y(0);
      hold("p", state.soft, state.p, state.oneHot);
      hold("q", state.q);
      for (const datum of outcomes) datum.slope = state.slopes[datum.k] ?? 0;
      if (drawn !== (drawn = `${size.width} ${size.height} ${state.n}`)) {
        const used = (/** @type {{ k: number }} */ { k }) => (k < state.n ? null : "none");
        for (const selection of [bars, values, body, knobs, grips]) selection.attr("display", used);
        values.attr("x", (d) => left(d) + width / 2);
        slopes.attr("display", used).attr("x", ({ k }) => (x(OUTCOMES[k]) ?? 0) + x.bandwidth() / 2).attr("y", floor + 37);
        slopeName.attr("y", floor + 37);
        stack.attr("transform", `translate(0,${floor + 78})`);
      }
      bars.attr("points", (d) => corners(left(d), y(d.value), width, floor - y(d.value)));
      // The p behind the one-hot is still shown.
      ghosts
        .attr("display", ({ k }) => (state.oneHot && k < state.n ? null : "none"))
        .attr("points", (d) => corners(left(d) + 1, y(d.all[d.k] ?? 0), width - 2, floor - y(d.all[d.k] ?? 0)));
      values.text(({ value }) => brief(value));
      pairedLabels(values, data, ({ value }) => y(value) - 6, width * 1.1);
      place((d) => ({ x: left(d), y: y(d.value), width, floor }));
      knobs.attr("visibility", ({ fixed }) => (fixed ? "hidden" : null));
      grips.attr("aria-disabled", ({ fixed }) => (fixed ? "true" : null));
      // From q to p: the direction in which descent pushes q's logit, and how hard.
      arrows.attr("points", ({ k, slope }) => {
        if (k >= state.n || Math.abs(slope) <= SHORT) return "";
        const px = (x(OUTCOMES[k]) ?? 0) + x.bandwidth() + 5;
        const [from, to] = [y(state.q[k]), y(state.q[k] - slope)];
        const head = Math.sign(to - from) * Math.min(6, Math.abs(to - from));
        return through([[px, from], [px, to], [px - 4, to - head], [px, to], [px + 4, to - head]]);
      });
      slopes.text(({ k, slope }) => (k < state.n ? signed(slope) : ""));

      const [start, end] = [nats(state.entropy), nats(state.crossEntropy)];
      const beyond = state.crossEntropy > MOST;
      floorBar.attr("points", corners(nats(0), 0, start - nats(0), STACK));
      priceBar.attr("points", corners(start, 0, end - start, STACK)).attr("class", `bar-q${state.kl === Infinity ? " part infinite" : ""}`);
      const name = Math.min(start + 2, size.width - LABEL - 8);
      floorName.attr("x", nats(0)).text(`H(p) = ${number(state.entropy)}`);
      priceName.attr("x", Math.max(name, nats(0) + LABEL)).text(`D(p‖q) = ${number(state.kl)}`);
      floorLine.attr("x1", start).attr("x2", start);
      // The floor's name goes on the side away from the sum's line, if there is room.
      const before = start - nats(0) > FLOOR;
      floorText({ x: start + (before ? 3 : -3), y: STACK + 20, before, text: "floor: no q goes lower" });
      totalLine.attr("x1", end).attr("x2", end).attr("y2", STACK + (before || end - start > FLOOR ? 25 : 7));
      const late = end > size.width - 100;
      totalText({
        x: end + (late ? 3 : -3),
        y: STACK + 40,
        before: late,
        text: `H(p, q) = ${number(state.crossEntropy)}${beyond && state.kl < Infinity ? " →" : ""}`,
      });
      describe();
    };
  },

  alternative: ({ soft, q, p, y, oneHot, entropy, kl, crossEntropy }) => {
    const truth = oneHot ? `p is one-hot: ${OUTCOMES[y]}, the likeliest of ${listed(soft)}` : `p is ${listed(p)}`;
    return (
      `Paired bars: ${truth}; q is ${listed(q)}. Below, the cross-entropy as a stack: ` +
      `the floor H(p), ${number(entropy, 3)} nats, and on it D(p‖q), ${spoken(kl, 3)} nats, make H(p, q), ${spoken(crossEntropy, 3)} nats.`
    );
  },

  formula: ({ p, q, y, oneHot, entropy, kl, crossEntropy }) => {
    if (oneHot) {
      const name = OUTCOMES[y];
      return {
        html: `${H_PQ} = −log ${inQ(`q(${name})`)} = −log ${inQ(probability(q[y]))} = <strong>${number(crossEntropy, 3)}</strong> nats`,
        spoken: `H of p and q is minus log q of ${name}, minus log ${probability(q[y])}, which is ${spoken(crossEntropy, 3)} nats`,
      };
    }
    const terms = p.map((v, k) =>
      v === 0
        ? { html: `0${inP("")}${inQ("")}`, said: "zero" }
        : { html: `${inP(probability(v))}·log ${inQ(probability(q[k]))}`, said: `${probability(v)} times log ${probability(q[k])}` },
    );
    return {
      html:
        sum(`${H_PQ} = −(`, terms.map(({ html }, k) => (k < terms.length - 1 ? html : `${html})`)),
          `= ${inP(number(entropy, 3))} + ${inQ(number(kl, 3))} = <strong>${number(crossEntropy, 3)}</strong> nats`),
      spoken:
        `H of p and q is minus the sum of ${terms.map(({ said }) => said).join(", ")}; ` +
        `that is ${spoken(entropy, 3)} plus ${spoken(kl, 3)}, which is ${spoken(crossEntropy, 3)} nats`,
    };
  },

  quantities: {
    entropy: { label: `floor ${H_P}`, value: (s) => s.entropy, text: (s) => `${number(s.entropy, 3)} nats` },
    kl_pq: { label: D_PQ, value: (s) => s.kl, text: (s) => `${number(s.kl, 3)} nats` },
    cross_entropy: { label: H_PQ, value: (s) => s.crossEntropy, text: (s) => `${number(s.crossEntropy, 3)} nats` },
    perplexity: { label: "perplexity", value: (s) => s.perplexity, text: (s) => number(s.perplexity) },
  },

  setup: ({ model, assign, signal }) => {
    for (const name of ["p", "q"]) keepNormalised({ model, assign, signal }, name);
    // The sliders of a one-hot p would disagree with its bars.
    const fix = () => assign(Object.fromEntries(OUTCOMES.map((_, k) => [`fixed_${k}`, model.get("one_hot") || model.get(`off_${k}`)])));
    model.on("change:one_hot", fix);
    signal.addEventListener("abort", () => model.off("change:one_hot", fix));
  },
});
