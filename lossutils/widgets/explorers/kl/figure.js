/** Two distributions side by side, and what each outcome adds to the divergence in each direction. */

import {
  corners,
  explorer,
  information,
  klDivergence,
  klTerms,
  listed,
  p as inP,
  pairedBars,
  probability,
  q as inQ,
  scaleLinear,
  short,
  sum,
} from "../../js/index.js";

const MARGINS = { top: 42, right: 8, bottom: 156, left: 34 };
const LOWEST = -0.4; // p log(p/q) is never below -1/e
const HIGHEST = 0.9;

export default explorer({
  name: "kl",
  unit: "nats",
  pairs: true,

  state: (/** @type {Record<string, number[]>} */ { p, q }) => ({
    p,
    q,
    pq: klDivergence(p, q),
    qp: klDivergence(q, p),
    contributions: { p: klTerms(p, q), q: klTerms(q, p) },
  }),

  draw: (plot) => {
    const drawAxes = plot.axes();
    const y = scaleLinear([0, 1], [1, 0]);
    const nats = scaleLinear([LOWEST, HIGHEST], [0, 1]).clamp(true);
    const pairs = pairedBars(plot, { gap: 0.2, outer: 0.1, side: 0.12, small: "" });
    const { data, left, middle, width } = pairs;
    pairs.label();
    const { parts: grips, place, hold } = plot.dragBars(data, y);
    const zero = plot.mark("line", "zero");
    const key = plot.key({ "label-p": "p true", "label-q": "q believed" }, "end", plot.group());
    const title = plot.group().attr("class", "titles");
    const [sumP, sumQ] = ["p", "q"].map((name, k) =>
      plot.put(plot.text(`label-${name} small`, { parent: title }), 2, 15 * k),
    );
    const parts = plot.marks("polygon", data, ({ name }) => `bar-${name} part`);
    const adds = plot.texts(data, ({ name }) => `label-${name} small`);

    return ({ p, q, pq, qp, contributions }, size, unit) => {
      const box = plot.span(size, MARGINS, pairs.x, y);
      hold("p", p);
      hold("q", q);
      const added = (/** @type {{ k: number, name: "p" | "q" }} */ { k, name }) =>
        contributions[name][k] ?? 0;
      if (plot.changed(size, p.length)) {
        nats.range([size.height - 14, box.y[0] + 72]);
        pairs.layout(p.length, box.x);
        plot.limitTo([...grips, parts, adds], p.length);
        adds.attr("x", middle);
        plot.level(zero, box.x, nats(0));
        title.attr("transform", `translate(0,${y(0) + 36})`);
        plot.put(key, box.x[1], y(1) - 30);
      }
      drawAxes(pairs.x, y, { y: "probability; drag ▬", ticksY: [0, 0.5, 1], lift: 30 });
      pairs.draw(y, (value) => short(probability(value)));
      place((d) => ({ x: left(d), y: y(d.value), width: width(), floor: y(0) }));
      parts
        .classed("infinite", (d) => added(d) === Infinity)
        .attr("points", (d) => {
          const [from, to] = [nats(0), nats(added(d))];
          return corners(left(d), Math.min(from, to), width(), Math.abs(to - from));
        });
      adds
        .classed("huge", (d) => added(d) === Infinity)
        .attr("y", (d) => (added(d) < 0 ? nats(added(d)) + 12 : nats(added(d)) - 4));
      const above = (/** @type {number} */ v) => (v > HIGHEST && v < Infinity ? "↑" : "");
      adds.text((d) => (added(d) === 0 ? "0" : short(unit.number(added(d))) + above(added(d))));
      sumP.text(`p·${unit.log}(p/q) adds up to D(p‖q) = ${unit.written(pq)}`);
      sumQ.text(`q·${unit.log}(q/p) adds up to D(q‖p) = ${unit.written(qp)}`);
    };
  },

  alternative: ({ p, q, pq, qp }, unit) =>
    `Paired bars: p is ${listed(p)}; q is ${listed(q)}. Below, what each outcome adds to the divergence. ` +
    `D(p‖q) is ${unit.written(pq)} and D(q‖p) is ${unit.written(qp)}.`,

  formula: ({ p, q, pq }, unit) => {
    const terms = p.map((v, k) => {
      const P = (/** @type {string} */ text) => inP(text, `p_${k}`);
      const Q = (/** @type {string} */ text) => inQ(text, `q_${k}`);
      // The tags of any other term, so that no element is recreated.
      if (v === 0) return P("0") + P("") + Q("");
      const term = `${P(probability(v))}·${unit.log}(${P(probability(v))}/${Q(probability(q[k]))})`;
      return q[k] === 0 ? `<strong>${term}</strong>` : term;
    });
    return sum(
      `D(${inP("p")}‖${inQ("q")}) =`,
      terms,
      `= <strong>${unit.number(pq, 3)}</strong> ${unit}`,
    );
  },

  quantities: {
    kl_pq: information("nats", `D(${inP("p")}‖${inQ("q")})`, (s) => s.pq),
    kl_qp: information("nats", `D(${inQ("q")}‖${inP("p")})`, (s) => s.qp),
  },
});
