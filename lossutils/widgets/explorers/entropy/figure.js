/** A distribution over 2 to 6 outcomes: surprisal, contribution and code lengths of each, and H. */

import {
  OUTCOMES,
  barsOf,
  corners,
  dot,
  entropy,
  explorer,
  information,
  liftedLabels,
  listed,
  listen,
  p as inP,
  probability,
  read,
  rescale,
  scaleBand,
  scaleLinear,
  short,
  sum,
  surprisal,
  traits,
  widthOf,
} from "../../js/index.js";
import { huffmanLengths, shannonLengths } from "../../js/lossmath/coding.js";

const BITS = { base: 2 };
const MARGINS = { top: 22, right: 8, bottom: 176, left: 88 };
const ROWS = ["surprisal", "× p", "Huffman code", "Shannon code"];

/** A length, without its unit: that of H, beside it. @type {(value: number, state: any, unit: { number: (value: number, digits: number) => string }) => string} */
const three = (value, _, unit) => unit.number(value, 3);

export default explorer({
  name: "entropy",
  unit: "bits",

  state: (/** @type {Record<string, number[]>} */ { p }) => {
    const surprisals = surprisal(p, BITS);
    const huffman = huffmanLengths(p);
    const shannon = shannonLengths(p);
    return {
      p,
      surprisals,
      contributions: p.map((v, k) => (v > 0 ? v * surprisals[k] : 0)),
      entropy: entropy(p, BITS),
      huffman,
      shannon,
      huffmanLength: dot(p, huffman),
      shannonLength: dot(p, shannon),
    };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleBand().padding(0.25);
    const y = scaleLinear([0, 1], [1, 0]);
    const bits = scaleLinear();
    const data = barsOf("p");
    // The parts of an outcome move together when the number of outcomes changes.
    const columns = plot.group().selectAll("g").data(data).join("g");
    const bars = plot.mark("polygon", "bar-p", columns);
    const { parts, place, hold } = plot.dragBars(data, y, (tag) => columns.append(tag));
    const above = plot.text("label label-p", { anchor: "middle", parent: columns });
    const below = plot.group(columns).attr("text-anchor", "middle");
    const axis = plot.mark("g", "axis", below);
    const ticks = axis.append("line");
    const names = axis.append("text").attr("y", 9).attr("dy", "0.71em");
    const heads = plot.marks("text", ROWS, "axis-title", plot.group()).text((row) => row);
    const cells = below
      .selectAll("text.cell")
      .data((datum) => ROWS.map((_, row) => ({ datum, row })))
      .join("text")
      .attr("class", "cell");
    const stack = plot.group();
    const pieces = plot.marks("polygon", data, "bar-p piece", stack);
    const inside = plot.texts(data, "piece", stack);
    // If two marks coincide, their labels are still on separate lines, above all marks.
    const strokes = stack.append("g");
    const marks = [
      { name: "largest H", line: -8 },
      { name: "Huffman", line: 36 },
      { name: "Shannon", line: 53 },
    ].map((one) => ({
      ...one,
      stroke: plot.mark("line", "mark", strokes),
      text: stack.append("text").attr("text-anchor", "middle"),
    }));
    const total = plot.text("label", { parent: stack });

    return (state, size, unit) => {
      const n = state.p.length;
      const box = plot.span(size, MARGINS, x, y);
      x.domain(OUTCOMES.slice(0, n));
      bits.domain([0, Math.log2(n) + 1]).range(box.x);
      drawAxes(x, y, { y: "probability p; drag ▬", ticksX: [], ticksY: [0, 0.5, 1] });
      const width = x.bandwidth();
      const floor = y(0);
      hold("p", state.p);
      if (plot.changed(size, n)) {
        // Empty texts need not be hidden.
        for (const part of [bars, ...parts])
          part.attr("visibility", ({ k }) => (k < n ? null : "hidden"));
        ticks.attr("y2", ({ k }) => (k < n ? 6 : 0));
        names.text(({ k }) => (k < n ? OUTCOMES[k] : ""));
        columns.attr("transform", ({ k }) => `translate(${(x(OUTCOMES[k]) ?? 0) + width / 2},0)`);
        axis.attr("transform", `translate(0,${floor})`);
        plot.put(heads, 2, (_, row) => floor + 38 + 17 * row);
        cells.attr("y", ({ row }) => floor + 38 + 17 * row);
        stack.attr("transform", `translate(0,${floor + 118})`);
      }
      bars.attr("points", (d) => corners(-width / 2, y(d.value), width, floor - y(d.value)));
      place((d) => ({ x: -width / 2, y: y(d.value), width, floor }));
      const brief = width < 34 ? short : String;
      above.text(({ k, value }) => (k < n ? brief(probability(value)) : ""));
      const height = (/** @type {any} */ { value }) => y(value) - 6;
      liftedLabels(above, data, height, ({ k }) => x(OUTCOMES[k]) ?? 0);
      const rows = [state.surprisals, state.contributions, state.huffman, state.shannon];
      // An impossible outcome needs no code word.
      const cell = (/** @type {number} */ k, /** @type {number} */ row) =>
        row > 1 && state.p[k] === 0
          ? "–"
          : unit.number(rows[row][k], row < 2 || unit.swapped ? 2 : 0);
      cells.text(({ datum: { k }, row }) => (k < n ? cell(k, row) : ""));
      let sum = 0;
      const starts = state.contributions.map((c) => (sum += c) - c);
      const from = (/** @type {any} */ { k }) => starts[k] ?? 0;
      const adds = (/** @type {any} */ { k }) => state.contributions[k] ?? 0;
      pieces.attr("points", (d) =>
        corners(bits(from(d)), 0, Math.max(0, bits(adds(d)) - bits(0) - 1), 18),
      );
      plot.put(inside, (d) => bits(from(d) + adds(d) / 2), 13);
      inside.text((d) => (adds(d) > 0.12 ? OUTCOMES[d.k] : ""));
      plot.put(total, 2, 14, `H = ${unit.number(state.entropy)}`);
      const values = [Math.log2(n), state.huffmanLength, state.shannonLength];
      for (const [k, { name, line, stroke, text }] of marks.entries()) {
        const px = bits(values[k]);
        plot.upright(stroke, px, [Math.min(-4, line + 4), Math.max(22, line - 11)]);
        // Huffman's goes before its mark, because Shannon's is never further left.
        const words = `${name} ${unit.number(values[k])}`;
        const half = widthOf(words) / 2;
        const at = Math.min(k === 1 ? px - half - 4 : px, size.width - half);
        plot.put(text, Math.max(half, at), line, words);
      }
    };
  },

  alternative: ({ p, entropy: h, huffmanLength }, unit) =>
    `Bars of the probabilities of ${p.length} outcomes: ${listed(p)}. ` +
    `Below, the contributions of the outcomes laid end to end make the entropy, ${unit.written(h)}; a Huffman code needs ${unit.written(huffmanLength)} an outcome.`,

  formula: ({ p, surprisals, entropy: h }, unit) => {
    // A zero has the tags of any other term, so that no element is recreated.
    const terms = p.map((v, k) =>
      v > 0 ? `${inP(probability(v), `p_${k}`)}·${unit.number(surprisals[k])}` : inP("0", `p_${k}`),
    );
    return sum("H =", terms, `= <strong>${unit.number(h, 3)}</strong> ${unit}`);
  },

  quantities: {
    entropy: information("bits", "entropy H", (s) => s.entropy),
    huffman_length: information("bits", "mean Huffman length", (s) => s.huffmanLength, three),
    shannon_length: information("bits", "mean Shannon length", (s) => s.shannonLength, three),
  },

  setup: ({ model, assign, signal }) => {
    // A removed outcome leaves its share to the others; an added one gets back what the last removal
    // took away, or starts with an equal share.
    let left = read(model, "p", model.get("outcomes"));
    /** @type {number[][]} */
    let taken = [];
    listen({ model, signal }, "change:outcomes", () => {
      const n = model.get("outcomes");
      // A whole new distribution, set from Python, has already switched its sliders on and off.
      if (OUTCOMES.every((_, k) => model.get(`off_${k}`) === k >= n)) {
        [left, taken] = [read(model, "p", n), []];
        return;
      }
      let values = read(model, "p", left.length);
      if (values.some((v, k) => Math.abs(v - left[k]) > 1e-12)) taken = [];
      while (values.length < n)
        values = taken.pop() ?? rescale([...values, 0], values.length, 1 / (values.length + 1));
      while (values.length > n) {
        taken.push(values);
        values = rescale(values, values.length - 1, 0).slice(0, -1);
      }
      left = values;
      const padded = OUTCOMES.map((_, k) => values[k] ?? 0);
      const off = Object.fromEntries(OUTCOMES.map((_, k) => [`off_${k}`, k >= n]));
      assign({ ...traits("p", padded), ...off });
    });
  },
});
