/** The memory that a large last layer's loss takes, plain and in chunks, beside the layer's own. */

import { corners, explorer, number, option, readout, scaleLog, select } from "../../js/index.js";
import { inBytes, memory, words } from "./math.js";

const ROW = 50;
const BAR = { top: 20, height: 20 }; // in its row
const SPAN = [1e6, 1e12]; // bytes, from edge to edge
const DECADES = [6, 7, 8, 9, 10, 11, 12].map((exponent) => 10 ** exponent);
const CARDS = [24e9, 80e9]; // a home GPU's memory, and a data centre GPU's
const NEAR = 1e11; // so close to the larger card that its line would strike through a number
const TRAITS = ["samples", "classes", "hidden", "chunk"];

/** @typedef {ReturnType<typeof memory> & import("./math.js").Layer} State */

const whole = readout(",.0f");

export default explorer({
  name: "memory",

  /** @returns {State} */
  state: (model) => {
    const [samples, classes, hidden, chunk] = TRAITS.map((trait) => Math.round(model.get(trait)));
    const layer = { samples, classes, hidden, chunk, dtype: option(model, "dtype") };
    return { ...layer, ...memory(layer) };
  },

  draw: (svg) => {
    const root = select(svg);
    const rows = [0, 1, 2];
    const x = scaleLog(SPAN, [0, 1]).clamp(true);
    const scale = root.append("g").attr("aria-hidden", "true");
    const grid = scale.selectAll("line.decade").data(DECADES).join("line").attr("class", "decade").attr("y1", BAR.top).attr("y2", 3 * ROW + 2);
    const ticks = scale.selectAll("text").data(DECADES).join("text").attr("class", "small").attr("text-anchor", "middle").attr("y", 3 * ROW + 16);
    const bars = root.append("g").selectAll("polygon").data(rows).join("polygon").attr("class", (row) => ["bar-q", "bar-q", "bar-neutral"][row]);
    const cards = root.append("g").attr("aria-hidden", "true").selectAll("line").data(CARDS).join("line").attr("class", "guide").attr("y1", BAR.top - 4).attr("y2", 3 * ROW + 22);
    const cardNames = root.append("g").attr("aria-hidden", "true").selectAll("text").data(CARDS).join("text").attr("class", "small").attr("text-anchor", (_, k) => (k ? "start" : "end")).attr("y", 3 * ROW + 33);
    const titles = root.append("g").selectAll("text").data(rows).join("text").attr("class", "label small").attr("x", 2).attr("y", (row) => 14 + ROW * row);
    let drawn = 0;

    return (state, { width }) => {
      if (drawn !== (drawn = width)) {
        x.range([2, width - 24]);
        grid.attr("x1", x).attr("x2", x);
        ticks.attr("x", (bytes) => Math.max(16, x(bytes))).text((bytes) => (bytes === NEAR ? "" : inBytes(bytes).replace(/\.0+/, "")));
        cards.attr("x1", x).attr("x2", x);
        cardNames.attr("x", (bytes, k) => x(bytes) + (k ? -10 : 10)).text((_, k) => (k ? "80 GB card" : "24 GB card"));
      }
      titles.text((row) =>
        [
          `plain: three arrays like the logits, ${inBytes(state.plain)}`,
          `in chunks of ${whole(state.columns)} classes, ${inBytes(state.chunked)}`,
          `the layer: h, W and their gradients, ${inBytes(state.layer)}`,
        ][row],
      );
      const values = [state.plain, state.chunked, state.layer];
      bars.attr("points", (row) => corners(2, BAR.top + ROW * row, Math.max(1, x(values[row]) - 2), BAR.height));
    };
  },

  alternative: words,

  formula: (s) => {
    const k = s.chunk > s.classes ? `min(${whole(s.chunk)}, ${whole(s.classes)})` : whole(s.chunk);
    return {
      html:
        `plain = 3·N·C·b = 3·${whole(s.samples)}·${whole(s.classes)}·${s.size} B = <strong>${inBytes(s.plain)}</strong><br>` +
        `chunks = N·(2k + H)·4 B = ${whole(s.samples)}·(2·${k} + ${whole(s.hidden)})·4 B = <strong>${inBytes(s.chunked)}</strong><br>` +
        `plain ÷ chunks = <strong>${number(s.ratio, 3)}</strong> times`,
      spoken:
        `plain: three times ${whole(s.samples)} times ${whole(s.classes)} times ${s.size} bytes, which is ${inBytes(s.plain)}; in chunks: ` +
        `${whole(s.samples)} times, twice ${whole(s.columns)} plus ${whole(s.hidden)}, times 4 bytes, which is ${inBytes(s.chunked)}; ` +
        `plain over chunks is ${number(s.ratio, 3)}`,
    };
  },

  quantities: {
    logits: { label: "logits", value: (s) => s.logits, text: (s) => inBytes(s.logits) },
    plain: { label: "plain", value: (s) => s.plain, text: (s) => inBytes(s.plain) },
    chunked: { label: "chunks", value: (s) => s.chunked, text: (s) => inBytes(s.chunked) },
    ratio: { label: "ratio", value: (s) => s.ratio, text: (s) => number(s.ratio, 1) },
    moved_eager: { label: "eager moves", value: (s) => s.movedEager, text: (s) => inBytes(s.movedEager) },
    moved_fused: { label: "fused moves", value: (s) => s.movedFused, text: (s) => inBytes(s.movedFused) },
  },
});
