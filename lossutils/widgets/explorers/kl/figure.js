/** Two distributions side by side, and what each outcome adds to the divergence in each direction. */

import {
  OUTCOMES, axes, barsOf, corners, dragBars, explorer, inner, keepNormalised, klDivergence, klTerms,
  listed, number, p as inP, pairedLabels, probability, q as inQ, read, scaleBand, scaleLinear, select,
  spoken, sum,
} from "../../js/index.js";

const MARGINS = { top: 36, right: 8, bottom: 142, left: 34 };
const LOWEST = -0.4; // p log(p/q) is never below -1/e
const HIGHEST = 0.9;

/** @typedef {{ n: number, p: number[], q: number[], pq: number, qp: number,
 *    contributions: { p: number[], q: number[] } }} State */

export default explorer({
  name: "kl",
  pairs: true,

  state: (model) => {
    const n = /** @type {number} */ (model.get("outcomes"));
    const p = read(model, "p", n);
    const q = read(model, "q", n);
    return {
      n,
      p,
      q,
      pq: klDivergence(p, q),
      qp: klDivergence(q, p),
      contributions: { p: klTerms(p, q), q: klTerms(q, p) },
    };
  },

  draw: (svg, assign, model) => {
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleBand().paddingInner(0.2).paddingOuter(0.1);
    const side = scaleBand(/** @type {("p" | "q")[]} */ (["p", "q"]), [0, 1]).paddingInner(0.12);
    const y = scaleLinear([0, 1], [1, 0]);
    const nats = scaleLinear([LOWEST, HIGHEST], [0, 1]).clamp(true);
    const data = barsOf("p", "q").map((bar) => ({ ...bar, adds: 0 }));
    /** @param {string} tag @param {(d: { name: string }) => string} kind */
    const marks = (tag, kind) =>
      root.append("g").selectAll(tag).data(data).join((enter) => enter.append(tag)).attr("class", kind);
    const bars = marks("polygon", ({ name }) => `bar-${name}`);
    const values = marks("text", ({ name }) => `label label-${name}`).attr("text-anchor", "middle");
    const { body, knobs, grips, place, hold, describe } = dragBars(data, (tag) => marks(tag, () => ""), { svg, model, assign, y });
    const zero = root.append("line").attr("class", "zero");
    const title = root.append("g").attr("class", "titles").attr("aria-hidden", "true");
    const titles = /** @type {const} */ (["p", "q"]).map((name, row) =>
      title.append("text").attr("class", `label-${name} small`).attr("x", 2).attr("y", 15 * row).text(name === "p" ? "adds to D(p‖q)" : "adds to D(q‖p)"),
    );
    const parts = marks("polygon", ({ name }) => `bar-${name} part`);
    const adds = marks("text", ({ name }) => `label-${name} small`).attr("text-anchor", "middle");
    let drawn = "";

    return (state, size) => {
      const box = inner(size, MARGINS);
      x.domain(OUTCOMES.slice(0, state.n)).range(/** @type {[number, number]} */ (box.x));
      side.range([0, x.bandwidth()]);
      y.range(box.y);
      nats.range([size.height - 8, box.y[0] + 58]);
      drawAxes(x, y, { y: "probability", ticksY: [0, 0.5, 1], lift: 24 });
      const width = side.bandwidth();
      const left = (/** @type {any} */ d) => (x(OUTCOMES[d.k]) ?? 0) + (side(d.name) ?? 0);
      const middle = (/** @type {any} */ d) => left(d) + width / 2;
      const floor = y(0);
      hold("p", state.p);
      hold("q", state.q);
      for (const datum of data) datum.adds = state.contributions[/** @type {"p" | "q"} */ (datum.name)][datum.k] ?? 0;
      if (drawn !== (drawn = `${size.width} ${size.height} ${state.n}`)) {
        for (const selection of [bars, values, body, knobs, grips, parts, adds]) {
          selection.attr("display", ({ k }) => (k < state.n ? null : "none"));
        }
        for (const selection of [values, adds]) selection.attr("x", middle);
        zero.attr("x1", box.x[0]).attr("x2", box.x[1]).attr("y1", nats(0)).attr("y2", nats(0));
        title.attr("transform", `translate(0,${floor + 36})`);
        titles[1].attr("x", 120).attr("y", 0);
      }
      bars.attr("points", (d) => corners(left(d), y(d.value), width, floor - y(d.value)));
      values.text((d) => probability(d.value).replace(/^0\./, "."));
      pairedLabels(values, data, ({ value }) => y(value) - 6, width * 1.12);
      place((d) => ({ x: left(d), y: y(d.value), width, floor }));
      parts
        .classed("infinite", (d) => d.adds === Infinity)
        .attr("points", (d) => corners(left(d), nats(Math.max(0, d.adds)), width, Math.abs(nats(d.adds) - nats(0))));
      adds
        .classed("huge", (d) => d.adds === Infinity)
        .attr("y", (d) => (d.adds < 0 ? nats(d.adds) + 12 : nats(d.adds) - 4));
      const above = (/** @type {number} */ v) => (v > HIGHEST && v < Infinity ? "↑" : "");
      adds.text((d) => (d.adds === 0 ? "0" : number(d.adds).replace(/^(−?)0\./, "$1.") + above(d.adds)));
      describe();
    };
  },

  alternative: ({ p, q, pq, qp }) =>
    `Paired bars: p is ${listed(p)}; q is ${listed(q)}. Below, what each outcome adds to the divergence. ` +
    `D(p‖q) is ${spoken(pq, 3)} nats and D(q‖p) is ${spoken(qp, 3)} nats.`,

  formula: ({ p, q, pq, contributions }) => {
    const terms = p.map((v, k) => {
      // As many tags as any other term has, so that no element is recreated.
      if (v === 0) return { html: `0${inP("")}${inP("")}${inQ("")}`, spoken: "zero" };
      const ratio = `${inP(probability(v))}·log(${inP(probability(v))}/${inQ(probability(q[k]))})`;
      const said = `${probability(v)} times log of ${probability(v)} over ${probability(q[k])}`;
      return contributions.p[k] === Infinity
        ? { html: `<strong>${ratio}</strong>`, spoken: `${said}, which is infinite` }
        : { html: ratio, spoken: said };
    });
    return {
      html: sum(`D(${inP("p")}‖${inQ("q")}) =`, terms.map(({ html }) => html), `= <strong>${number(pq, 3)}</strong> nats`),
      spoken: `D of p from q equals ${terms.map((term) => term.spoken).join(" plus ")}, which is ${spoken(pq, 3)} nats`,
    };
  },

  quantities: {
    kl_pq: { label: `D(${inP("p")}‖${inQ("q")})`, value: (s) => s.pq, text: (s) => `${number(s.pq, 3)} nats` },
    kl_qp: { label: `D(${inQ("q")}‖${inP("p")})`, value: (s) => s.qp, text: (s) => `${number(s.qp, 3)} nats` },
  },

  setup: (context) => ["p", "q"].forEach((name) => keepNormalised(context, name)),
});
