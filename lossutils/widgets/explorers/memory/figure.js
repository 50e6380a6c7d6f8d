/** The memory that a large last layer's loss takes, plain and in chunks, beside the layer's own. */

import {
  corners,
  explorer,
  number,
  own,
  picture,
  quantity,
  scaleLog,
  values,
} from "../../js/index.js";
import { inBytes, memory, whole, words } from "./math.js";

const ROW = 50;
const BAR = { top: 20, height: 20 }; // in its row
const SPAN = [1e6, 1e12]; // bytes, from edge to edge
const DECADES = [6, 7, 8, 9, 10, 11, 12].map((exponent) => 10 ** exponent);
const CARDS = [24e9, 80e9]; // a home GPU's memory, and a data centre GPU's
const NEAR = 1e11; // so close to the larger card that its line would strike through a number

/** @typedef {ReturnType<typeof memory> & import("./math.js").Layer} State */

export default explorer({
  name: "memory",

  /** @returns {State} */
  state: (model) => {
    const layer = /** @type {import("./math.js").Layer} */ (values(model));
    return { ...layer, ...memory(layer) };
  },

  draw: (svg) => {
    const plot = picture(svg);
    const rows = [0, 1, 2];
    const x = scaleLog(SPAN, [0, 1]).clamp(true);
    const scale = plot.hidden();
    const grid = plot
      .marks("line", DECADES, "decade", scale)
      .attr("y1", BAR.top)
      .attr("y2", 3 * ROW + 2);
    const ticks = plot
      .marks("text", DECADES, "small", scale)
      .attr("text-anchor", "middle")
      .attr("y", 3 * ROW + 16);
    const bars = plot.marks("polygon", rows, (row) => (row < 2 ? "bar-q" : "bar-neutral"));
    const cards = plot
      .marks("line", CARDS, "guide", plot.hidden())
      .attr("y1", BAR.top - 4)
      .attr("y2", 3 * ROW + 22);
    const cardNames = plot
      .marks("text", CARDS, "small", plot.hidden())
      .attr("text-anchor", (_, k) => (k ? "start" : "end"))
      .attr("y", 3 * ROW + 33)
      .text((_, k) => (k ? "80 GB card" : "24 GB card"));
    const titles = plot
      .marks("text", rows, "label small")
      .attr("x", 2)
      .attr("y", (row) => 14 + ROW * row);
    const changed = plot.watch();

    return (state, { width }) => {
      if (changed(width)) {
        x.range([2, width - 24]);
        for (const lines of [grid, cards]) lines.attr("x1", x).attr("x2", x);
        ticks
          .attr("x", (bytes) => Math.max(16, x(bytes)))
          .text((bytes) => (bytes === NEAR ? "" : inBytes(bytes).replace(/\.0+/, "")));
        cardNames.attr("x", (bytes, k) => x(bytes) + (k ? -10 : 10));
      }
      const texts = [
        `plain: three arrays like the logits, ${inBytes(state.plain)}`,
        `in chunks of ${whole(state.columns)} classes, ${inBytes(state.chunked)}`,
        `the layer: h, W and their gradients, ${inBytes(state.layer)}`,
      ];
      titles.text((row) => texts[row]);
      const values = [state.plain, state.chunked, state.layer];
      bars.attr("points", (row) =>
        corners(2, BAR.top + ROW * row, Math.max(1, x(values[row]) - 2), BAR.height),
      );
    };
  },

  alternative: words,

  formula: (s) => {
    const [samples, classes, hidden, chunk] = /** @type {const} */ ([
      "samples",
      "classes",
      "hidden",
      "chunk",
    ]).map((name) => own(whole(s[name]), name));
    const k = s.chunk > s.classes ? `min(${chunk}, ${classes})` : chunk;
    return {
      html:
        `plain = 3·N·C·b = 3·${samples}·${classes}·${s.size} B = <strong>${inBytes(s.plain)}</strong><br>` +
        `chunks = N·(2k + H)·4 B = ${samples}·(2·${k} + ${hidden})·4 B = <strong>${inBytes(s.chunked)}</strong><br>` +
        `plain ÷ chunks = <strong>${number(s.ratio, 3)}</strong> times`,
      spoken:
        `plain: three times ${whole(s.samples)} times ${whole(s.classes)} times ${s.size} bytes, which is ${inBytes(s.plain)}; in chunks: ` +
        `${whole(s.samples)} times, twice ${whole(s.columns)} plus ${whole(s.hidden)}, times 4 bytes, which is ${inBytes(s.chunked)}; ` +
        `plain over chunks is ${number(s.ratio, 3)}`,
    };
  },

  quantities: {
    logits: quantity("logits", (s) => s.logits, inBytes),
    plain: quantity("plain", (s) => s.plain, inBytes),
    chunked: quantity("chunks", (s) => s.chunked, inBytes),
    ratio: quantity(
      "ratio",
      (s) => s.ratio,
      (v) => number(v, 1),
    ),
    moved_eager: quantity("eager moves", (s) => s.movedEager, inBytes),
    moved_fused: quantity("fused moves", (s) => s.movedFused, inBytes),
  },
});
