/** What a large last layer's loss takes in memory: plain, in chunks, and beside it the layer itself. */

import { select } from "d3-selection";
import { explorer } from "../figure/figure.js";
import { number, readout } from "../figure/format.js";
import { DTYPES, inBytes, memory } from "../figure/memory.js";
import { corners } from "../figure/plot.js";

const ROW = 66;
const TRAITS = ["samples", "classes", "hidden", "chunk"];
const PARTS = ["log q", "slopes of log q", "slopes of z"];

/** @typedef {ReturnType<typeof memory> & import("../figure/memory.js").Layer} State */

const whole = readout(",.0f");

export default explorer({
  name: "memory",

  /** @returns {State} */
  state: (model) => {
    const [samples, classes, hidden, chunk] = TRAITS.map((trait) => Math.round(model.get(trait)));
    const layer = { samples, classes, hidden, chunk, dtype: model.get("dtype_index") };
    return { ...layer, ...memory(layer) };
  },

  draw: (svg) => {
    const root = select(svg);
    const rows = [0, 1, 2];
    const titles = root.append("g").selectAll("text").data(rows).join("text").attr("class", "label small").attr("x", 2).attr("y", (row) => 16 + ROW * row);
    // The plain loss's three arrays, then one bar each.
    const data = [{ row: 0, part: 0 }, { row: 0, part: 1 }, { row: 0, part: 2 }, { row: 1, part: 0 }, { row: 2, part: 0 }];
    const bars = root.append("g").selectAll("polygon").data(data).join("polygon").attr("class", ({ row }) => ["bar-q", "bar-q", "bar-neutral"][row]);
    const names = root.append("g").attr("aria-hidden", "true").selectAll("text").data(PARTS).join("text").attr("class", "small inside").attr("text-anchor", "middle").attr("y", 43);

    return (state, { width }) => {
      const values = [state.plain, state.chunked, state.layer];
      const scale = (width - 4) / Math.max(...values);
      const long = (/** @type {number} */ row) => (values[row] * scale) / (row ? 1 : 3);
      titles.text((row) =>
        [
          `plain: three arrays like the logits, ${inBytes(state.plain)}`,
          `in chunks of ${whole(state.columns)} classes, ${inBytes(state.chunked)}`,
          `the layer: h, W and their gradients, ${inBytes(state.layer)}`,
        ][row],
      );
      bars.attr("points", ({ row, part }) => corners(2 + part * long(row), 24 + ROW * row, Math.max(1, long(row) - 1), 28));
      names.attr("x", (_, part) => 2 + (part + 0.5) * long(0)).text((name) => (long(0) > 100 ? name : ""));
    };
  },

  alternative: (s) =>
    `Bars of memory for ${whole(s.samples)} samples, ${whole(s.classes)} classes, ${whole(s.hidden)} hidden numbers in ${DTYPES[s.dtype]}. ` +
    `The plain loss: three arrays of ${inBytes(s.logits)}, ${inBytes(s.plain)} in all. In chunks of ${whole(s.columns)} classes: ` +
    `${inBytes(s.chunked)}. The layer itself, with gradients: ${inBytes(s.layer)}.`,

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
