/** p and q side by side, and H(p, q) as a stack: the floor H(p), and D(p‖q) on top of it. */

import {
  OUTCOMES,
  corners,
  explorer,
  information,
  inner,
  listed,
  listen,
  number,
  p as inP,
  pairedBars,
  probability,
  q as inQ,
  quantity,
  scaleLinear,
  short,
  sum,
  through,
  traits,
} from "../../js/index.js";
import { parts } from "./math.js";

const MARGINS = { top: 36, right: 8, bottom: 170, left: 34 };
const MOST = 2.5; // the end of the stack's scale, in nats: log 6 and some room for D
const STACK = 26; // the stack's height
const SHORT = 0.015; // no arrow for a slope below this
const LABEL = 116; // the width that a part's name takes
const FLOOR = 165; // and the floor's

const H_PQ = `H(${inP("p")}, ${inQ("q")})`;

/** What stands in the narrow place above a bar. @param {number} value */
const brief = (value) => (value === 1 ? "1" : short(probability(value)));
/** @param {number} value */
const signed = (value) => `${value > 0.005 ? "+" : ""}${number(value)}`;

export default explorer({
  name: "cross-entropy",
  unit: "nats",
  pairs: true,

  state: ({ p: soft, q, one_hot: oneHot }) => ({ q, soft, oneHot, ...parts(soft, q, oneHot) }),

  draw: (plot) => {
    const drawAxes = plot.axes();
    const y = scaleLinear([0, 1.15], [1, 0]); // with room for a label on a full bar
    const nats = scaleLinear([0, MOST], [0, 1]).clamp(true);
    const pairs = pairedBars(plot);
    const { x, data, start, left, width } = pairs;
    const outcomes = OUTCOMES.map((_, k) => ({ k }));
    const ghosts = plot.marks(
      "polygon",
      data.filter(({ name }) => name === "p"),
      "ghost-p",
    );
    pairs.label();
    const key = plot.key({ "label-p": "p true", "label-q": "q believed" }, "end", plot.group());
    const arrowsName = plot.text("small", { anchor: "end", parent: plot.group() });
    const arrows = plot.marks("polyline", outcomes, "arrow");
    const { parts: dragged, knobs, grips, place, hold } = plot.dragBars(data, y);
    const slopes = plot.texts(outcomes, "small");
    const slopeName = plot.text("axis-title", { words: "q − p" }).attr("x", 2);

    const stack = plot.group();
    const floorBar = plot.mark("polygon", "bar-p", stack);
    const priceBar = plot.mark("polygon", "bar-q", stack);
    const floorName = plot.text("label label-p", { parent: stack });
    const priceName = plot.text("label label-q", { parent: stack });
    const floorLine = plot.mark("line", "mark", stack);
    const floorText = plot.sideLabel("small", stack);
    const totalLine = plot.mark("line", "mark", stack);
    const totalText = plot.sideLabel("label", stack);

    return (state, size, unit) => {
      const box = inner(size, MARGINS);
      const count = state.q.length;
      hold("p", state.soft, state.p, state.oneHot);
      hold("q", state.q);
      if (plot.changed(size, count)) {
        y.range(box.y);
        nats.range(box.x);
        x.paddingInner(count > 4 ? 0.22 : 0.3);
        pairs.layout(count, box.x);
        plot.limitTo([...dragged, slopes], count);
        plot.put(slopes, ({ k }) => start(k) + x.bandwidth() / 2, y(0) + 37);
        slopeName.attr("y", y(0) + 37);
        plot.put(key, box.x[1], box.y[1] - 24);
        plot.put(arrowsName, box.x[1], box.y[1] - 9);
        stack.attr("transform", `translate(0,${y(0) + 78})`);
      }
      drawAxes(x, y, { y: "probability; drag ▬", ticksY: [0, 0.5, 1], lift: 24 });
      pairs.draw(y, brief);
      arrowsName.text(`${state.oneHot ? "dashed: p before; " : ""}arrow: push of a step`);
      // The p behind the one-hot is still shown.
      ghosts
        .attr("display", ({ k }) => (state.oneHot && k < count ? null : "none"))
        .attr("points", (d) =>
          corners(left(d) + 1, y(d.all[d.k] ?? 0), width() - 2, y(0) - y(d.all[d.k] ?? 0)),
        );
      place((d) => ({ x: left(d), y: y(d.value), width: width(), floor: y(0) }));
      knobs.attr("visibility", ({ fixed }) => (fixed ? "hidden" : null));
      grips.attr("aria-disabled", ({ fixed }) => (fixed ? "true" : null));
      // From q to p: the direction in which descent pushes q's logit, and how hard.
      arrows.attr("points", ({ k }) => {
        if (k >= count || Math.abs(state.slopes[k]) <= SHORT) return "";
        const px = start(k) + x.bandwidth() + 5;
        const [from, to] = [y(state.q[k]), y(state.p[k])];
        const head = Math.sign(to - from) * Math.min(6, Math.abs(to - from));
        return through([
          [px, from],
          [px, to],
          [px - 4, to - head],
          [px, to],
          [px + 4, to - head],
        ]);
      });
      slopes.text(({ k }) => (k < count ? signed(state.slopes[k]) : ""));

      const [zero, floor, end] = [0, state.entropy, state.crossEntropy].map(nats);
      floorBar.attr("points", corners(zero, 0, floor - zero, STACK));
      priceBar
        .attr("points", corners(floor, 0, end - floor, STACK))
        .attr("class", `bar-q${state.kl === Infinity ? " part infinite" : ""}`);
      plot.put(floorName, zero, -8, `H(p) = ${unit.number(state.entropy)}`);
      const name = Math.min(floor + 2, size.width - LABEL - 8);
      plot.put(priceName, Math.max(name, zero + LABEL), -8, `D(p‖q) = ${unit.number(state.kl)}`);
      plot.upright(floorLine, floor, [-4, STACK + 7]);
      // The floor's name goes on the side away from the sum's line, if there is room.
      const before = floor - zero > FLOOR;
      const by = before && end - floor < 6 ? 4 : -3;
      floorText(floor, STACK + 20, "floor: no q goes lower", before, by);
      plot.upright(totalLine, end, [-4, STACK + (before || end - floor > FLOOR ? 25 : 7)]);
      const text = `H(p, q) = ${unit.number(state.crossEntropy)}${state.crossEntropy > MOST && state.kl < Infinity ? " →" : ""}`;
      totalText(end, STACK + 40, text, end > size.width - 100, -3);
    };
  },

  alternative: ({ soft, q, p, y, oneHot, entropy, kl, crossEntropy }, unit) => {
    const truth = oneHot
      ? `p is one-hot: ${OUTCOMES[y]}, the likeliest of ${listed(soft)}`
      : `p is ${listed(p)}`;
    return (
      `Paired bars: ${truth}; q is ${listed(q)}. Below, the cross-entropy as a stack: ` +
      `the floor H(p), ${unit.written(entropy)}, and on it D(p‖q), ${unit.written(kl)}, make H(p, q), ${unit.written(crossEntropy)}.`
    );
  },

  formula: ({ p, q, y, oneHot, entropy, kl, crossEntropy }, unit) => {
    const total = `<strong>${unit.number(crossEntropy, 3)}</strong> ${unit}`;
    if (oneHot) {
      const ofY = inQ(probability(q[y]), `q_${y}`);
      return `${H_PQ} = −${unit.log} ${inQ(`q(${OUTCOMES[y]})`)} = −${unit.log} ${ofY} = ${total}`;
    }
    const terms = p.map((v, k) =>
      v === 0
        ? inP("0", `p_${k}`) + inQ("", `q_${k}`)
        : `${inP(probability(v), `p_${k}`)}·${unit.log} ${inQ(probability(q[k]), `q_${k}`)}`,
    );
    return sum(
      `${H_PQ} = −(`,
      terms.map((term, k) => (k < terms.length - 1 ? term : `${term})`)),
      `= ${inP(unit.number(entropy, 3))} + ${inQ(unit.number(kl, 3))} = ${total}`,
    );
  },

  chief: "cross_entropy",
  quantities: {
    entropy: information("nats", `floor H(${inP("p")})`, (s) => s.entropy),
    kl_pq: information("nats", `D(${inP("p")}‖${inQ("q")})`, (s) => s.kl),
    cross_entropy: information("nats", H_PQ, (s) => s.crossEntropy),
    perplexity: quantity("perplexity", (s) => s.perplexity, 2),
  },

  setup: ({ model, assign, signal }) =>
    // The sliders of a one-hot p would disagree with its bars.
    listen({ model, signal }, "change:one_hot", () => {
      const fixed = OUTCOMES.map((_, k) => model.get("one_hot") || model.get(`off_${k}`));
      assign(traits("fixed", fixed));
    }),
});
