/** A distribution over 2 to 6 outcomes: surprisal, contribution and code lengths of each, and H. */

import {
  OUTCOMES, axes, barsOf, corners, dragBars, entropy, explorer, huffmanLengths, inner, keepNormalised,
  listed, number, p as inP, probability, read, rescale, scaleBand, scaleLinear, select,
  shannonLengths, spoken, sum, surprisal, traits, widthOf,
} from "../../js/index.js";

const BITS = { base: 2 };
const MARGINS = { top: 22, right: 8, bottom: 176, left: 74 };
const ROWS = ["surprisal", "× p", "Huffman", "Shannon"];

/** @typedef {{ n: number, p: number[], surprisals: number[], contributions: number[], entropy: number,
 *    huffman: number[], shannon: number[], huffmanLength: number, shannonLength: number }} State */

/** @param {number[]} p @param {number[]} lengths */
const mean = (p, lengths) => p.reduce((sum, v, k) => (v > 0 ? sum + v * lengths[k] : sum), 0);

export default explorer({
  name: "entropy",

  state: (model) => {
    const n = /** @type {number} */ (model.get("outcomes"));
    const p = read(model, "p", n);
    const surprisals = p.map((v) => surprisal(v, BITS));
    const huffman = huffmanLengths(p);
    const shannon = shannonLengths(p);
    return {
      n,
      p,
      surprisals,
      contributions: p.map((v, k) => (v > 0 ? v * surprisals[k] : 0)),
      entropy: entropy(p, BITS),
      huffman,
      shannon,
      huffmanLength: mean(p, huffman),
      shannonLength: mean(p, shannon),
    };
  },

  draw: (svg, assign, model) => {
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleBand().padding(0.25);
    const y = scaleLinear([0, 1], [1, 0]);
    const floorLine = scaleLinear();
    const bits = scaleLinear();
    const data = barsOf("p");
    // The parts of an outcome move together when the number of outcomes changes.
    const columns = root.append("g").selectAll("g").data(data).join("g");
    const bars = columns.append("polygon").attr("class", "bar-p");
    const { body, knobs, grips, place, hold, describe } = dragBars(data, (tag) => columns.append(tag), { svg, model, assign, y });
    const above = columns.append("text").attr("class", "label label-p").attr("text-anchor", "middle");
    const below = columns.append("g").attr("aria-hidden", "true").attr("text-anchor", "middle");
    const axis = below.append("g").attr("class", "axis");
    const ticks = axis.append("line");
    const names = axis.append("text").attr("y", 9).attr("dy", "0.71em");
    const heads = root.append("g").attr("aria-hidden", "true").selectAll("text").data(ROWS).join("text").attr("class", "axis-title").text((d) => d);
    const cells = below
      .selectAll("text.cell")
      .data((datum) => ROWS.map((_, row) => ({ datum, row })))
      .join("text")
      .attr("class", "cell");
    const stack = root.append("g").attr("aria-hidden", "true");
    const pieces = stack.selectAll("polygon").data(data).join("polygon").attr("class", "bar-p piece");
    const inside = stack.selectAll("text.piece").data(data).join("text").attr("class", "piece").attr("text-anchor", "middle");
    // If two marks coincide, their labels are still on separate lines, above all marks.
    const strokes = stack.append("g");
    const marks = [
      { name: "most", y: -8 },
      { name: "Huffman", y: 36 },
      { name: "Shannon", y: 53 },
    ].map(({ name, y: line }) => {
      const mark = strokes.append("line").attr("class", "mark").attr("y1", Math.min(-4, line + 4)).attr("y2", Math.max(22, line - 11));
      const text = stack.append("text").attr("y", line).attr("text-anchor", "middle");
      return { name, mark, text };
    });
    const total = stack.append("text").attr("class", "label");
    let drawn = "";

    return (state, size) => {
      const box = inner(size, MARGINS);
      x.domain(OUTCOMES.slice(0, state.n)).range(/** @type {[number, number]} */ (box.x));
      y.range(box.y);
      bits.domain([0, Math.log2(state.n) + 1]).range(box.x);
      drawAxes(floorLine.range(box.x), y, { y: "p", ticksX: [], ticksY: [0, 0.5, 1] });
      const width = x.bandwidth();
      const floor = y(0);
      hold("p", state.p);
      const relayout = drawn !== (drawn = `${size.width} ${size.height} ${state.n}`);
      if (relayout) {
        // Empty texts and bars of size 0 need not be hidden.
        for (const selection of [grips, knobs, body]) selection.attr("visibility", ({ k }) => (k < state.n ? null : "hidden"));
        ticks.attr("y2", ({ k }) => (k < state.n ? 6 : 0));
        names.text(({ k }) => (k < state.n ? OUTCOMES[k] : ""));
        columns.attr("transform", ({ k }) => `translate(${(x(OUTCOMES[k]) ?? 0) + width / 2},0)`);
        axis.attr("transform", `translate(0,${floor})`);
        heads.attr("x", 2).attr("y", (_, row) => floor + 38 + 17 * row);
        cells.attr("y", ({ row }) => floor + 38 + 17 * row);
        stack.attr("transform", `translate(0,${floor + 118})`);
      }
      bars.attr("points", (d) => corners(-width / 2, y(d.value), width, floor - y(d.value)));
      place((d) => ({ x: -width / 2, y: y(d.value), width, floor }));
      above.attr("y", ({ value }) => y(value) - 6).text(({ k, value }) => (k < state.n ? (width < 34 ? probability(value).replace(/^0\./, ".") : probability(value)) : ""));
      const rows = [state.surprisals, state.contributions, state.huffman, state.shannon];
      // An impossible outcome needs no code word.
      const cell = (/** @type {number} */ k, /** @type {number} */ row) =>
        row > 1 && state.p[k] === 0 ? "–" : number(rows[row][k], row < 2 ? 2 : 0);
      cells.text(({ datum: { k }, row }) => (k < state.n ? cell(k, row) : ""));
      let sum = 0;
      const starts = state.contributions.map((c) => (sum += c) - c);
      pieces.attr("points", ({ k }) => corners(bits(starts[k] ?? 0), 0, Math.max(0, bits(state.contributions[k] ?? 0) - bits(0) - 1), 18));
      inside.attr("x", ({ k }) => bits((starts[k] ?? 0) + (state.contributions[k] ?? 0) / 2)).attr("y", 13);
      inside.text(({ k }) => ((state.contributions[k] ?? 0) > 0.12 ? OUTCOMES[k] : ""));
      total.attr("x", 2).attr("y", 14).text(`H = ${number(state.entropy)}`);
      const values = [Math.log2(state.n), state.huffmanLength, state.shannonLength];
      for (const [k, { name, mark, text }] of marks.entries()) {
        const px = bits(values[k]);
        mark.attr("x1", px).attr("x2", px);
        // Huffman's goes before its mark, because Shannon's is never further left.
        const words = `${name} ${number(values[k])}`;
        const half = widthOf(words) / 2;
        text.attr("x", Math.max(half, Math.min(k === 1 ? px - half - 4 : px, size.width - half))).text(words);
      }
      describe();
    };
  },

  alternative: ({ n, p, entropy: h, huffmanLength }) =>
    `Bars of the probabilities of ${n} outcomes: ${listed(p)}. ` +
    `Below, the contributions of the outcomes laid end to end make the entropy, ${number(h, 3)} bits; a Huffman code needs ${number(huffmanLength, 3)} bits an outcome.`,

  formula: ({ p, surprisals, entropy: h }) => {
    // A zero has as many tags as any other term, so that no element is recreated.
    const shown = p.map((v, k) => (v > 0 ? `${inP(probability(v))}·${number(surprisals[k])}` : `${inP("")}0`));
    return {
      html: sum("H =", shown, `= <strong>${number(h, 3)}</strong> bits`),
      spoken: `H equals ${p.map((v, k) => (v > 0 ? `${probability(v)} times ${spoken(surprisals[k])}` : "zero")).join(" plus ")}, which is ${spoken(h, 3)} bits`,
    };
  },

  quantities: {
    entropy: { label: "entropy H", value: (s) => s.entropy, text: (s) => `${number(s.entropy, 3)} bits` },
    huffman_length: { label: "mean Huffman length", value: (s) => s.huffmanLength, text: (s) => `${number(s.huffmanLength, 3)}` },
    shannon_length: { label: "mean Shannon length", value: (s) => s.shannonLength, text: (s) => `${number(s.shannonLength, 3)}` },
  },

  setup: ({ model, assign, signal }) => {
    const count = () => /** @type {number} */ (model.get("outcomes"));
    keepNormalised({ model, assign, signal }, "p");
    // A removed outcome leaves its share to the others; an added one gets back what the last removal
    // took away, or starts with an equal share.
    let before = count();
    /** @type {number[][]} */
    let taken = [];
    /** @type {number[]} */
    let left = [];
    const resize = () => {
      const n = count();
      // A whole new distribution, set from Python, has already switched its sliders on and off.
      if (OUTCOMES.every((_, k) => model.get(`off_${k}`) === k >= n)) return void (before = n);
      let values = read(model, "p", before);
      if (values.length !== left.length || values.some((v, k) => Math.abs(v - left[k]) > 1e-12)) taken = [];
      while (values.length < n) values = taken.pop() ?? rescale([...values, 0], values.length, 1 / (values.length + 1));
      while (values.length > n) {
        taken.push(values);
        values = rescale(values, values.length - 1, 0).slice(0, -1);
      }
      [before, left] = [n, values];
      const off = Object.fromEntries(OUTCOMES.map((_, k) => [`off_${k}`, k >= n]));
      assign({ ...traits("p", OUTCOMES.map((_, k) => values[k] ?? 0)), ...off });
    };
    model.on("change:outcomes", resize);
    signal.addEventListener("abort", () => model.off("change:outcomes", resize));
  },
});
