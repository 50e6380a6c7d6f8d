/** The memory that a large last layer's loss takes, plain and in chunks, beside the layer's own. */

import {
  corners,
  explorer,
  number,
  own,
  quantity,
  scaleLinear,
  scaleLog,
  through,
  whole,
} from "../../js/index.js";
import { inArrays, inBytes, memory } from "./math.js";

const MOST = 4; // arrays, from the curve's foot to its top
const TOP = 20; // of the curve
const FOOT = TOP + 22 * MOST;
const BARS = FOOT + 46; // where the bars begin
const ROW = 42;
const BAR = { top: BARS + 20, height: 16 }; // in its row
const END = BARS + 3 * ROW;
const DECADES = [6, 7, 8, 9, 10, 11, 12].map((exponent) => 10 ** exponent);
const CARDS = [24e9, 80e9]; // a home GPU's memory, and a data centre GPU's
const NAMED = [1e6, 1e9, 1e12]; // no line of a card strikes through their names

export default explorer({
  name: "memory",

  state: (/** @type {import("./math.js").Layer} */ layer, model) => {
    const { forward, backward } = model.get("_constants");
    const arrays = [...forward, ...backward].map(([, count]) => count);
    return { ...layer, arrays, ...memory(layer, arrays) };
  },

  draw: (plot, model) => {
    const rows = [0, 1, 2];
    const { forward, backward } = /** @type {Record<string, [name: string, arrays: number][]>} */ (
      model.get("_constants")
    );
    const steps = [...forward, ...backward];
    const peak = steps.findIndex(([, count]) => count === Math.max(...steps.map(([, n]) => n)));
    const y = scaleLinear([0, MOST], [FOOT, TOP]).clamp(true);
    const area = plot.mark("polygon", "area-q");
    const curve = plot.mark("polyline", "line line-q");
    const between = plot.mark("line", "guide");
    const few = plot.mark("line", "chunked");
    const dot = plot.dot("q", 6);
    const names = plot.group();
    const counts = plot.texts(steps, "small", names).text(([, count]) => count);
    const made = plot.texts(steps, "small", names).text(([name]) => name);
    const ways = plot.marks("text", ["forward", "backward: slopes of"], "axis-title", names);
    const most = plot.text("label small", { anchor: "end", parent: names });
    const head = plot.text("label small").attr("x", 2).attr("y", 12);
    const x = scaleLog([1e6, 1e12], [0, 1]).clamp(true); // bytes, from edge to edge
    const scale = plot.group();
    const grid = plot.marks("line", DECADES, "decade", scale);
    const ticks = plot
      .texts(NAMED, "small", scale)
      .text((bytes) => inBytes(bytes).replace(/\.0+/, ""));
    const bars = plot.marks("polygon", rows, (row) => (row < 2 ? "bar-q" : "bar-neutral"));
    const cards = plot.marks("line", CARDS, "guide", plot.group());
    const cardNames = plot
      .marks("text", CARDS, "small", plot.group())
      .attr("text-anchor", (_, k) => (k ? "start" : "end"))
      .text((bytes) => `${bytes / 1e9} GB card`);
    const titles = plot.marks("text", rows, "label small");
    plot.put(titles, 2, (row) => BARS + 14 + ROW * row);

    return (state, { width }) => {
      const band = (width - 8) / steps.length;
      const at = (/** @type {number} */ k) => 2 + k * band;
      if (plot.changed(width)) {
        const ends = steps.flatMap(([, count], k) => [
          [at(k), y(count)],
          [at(k + 1), y(count)],
        ]);
        curve.attr("points", through(ends));
        area.attr("points", through([[at(0), FOOT], ...ends, [at(steps.length), FOOT]]));
        dot(at(peak + 0.5), y(steps[peak][1]));
        const middle = (/** @type {any} */ _, /** @type {number} */ k) => at(k + 0.5);
        plot.put(counts, middle, ([, count]) => y(count) + 15);
        plot.put(made, middle, FOOT + 15);
        plot.upright(between, at(forward.length), [y(2.6), FOOT + 34]);
        plot.put(ways, (_, k) => at(k * forward.length) + 2 + 4 * k, FOOT + 31, String);
        x.range([2, width - 24]);
        plot.upright(grid, x, [BAR.top, END + 2]);
        plot.upright(cards, x, [BAR.top - 4, END + 22]);
        plot.put(ticks, (bytes) => Math.max(16, x(bytes)), END + 16);
        plot.put(cardNames, (bytes, k) => x(bytes) + (k ? -10 : 10), END + 33);
      }
      const texts = [
        `plain: three such arrays, ${inBytes(state.plain)}`,
        `in chunks of ${whole(state.columns)} classes, ${inBytes(state.chunked)}`,
        `h, W and their gradients, ${inBytes(state.layer)}`,
      ];
      titles.text((row) => texts[row]);
      head.text(`held, × ${inBytes(state.logits)}; ▬ in chunks ${inArrays(state.share)}`);
      plot.level(few, [at(0), at(steps.length)], y(state.share));
      plot.put(most, at(peak) - 6, y(steps[peak][1]) + 4, `peak ${inBytes(state.plain)}`);
      const values = [state.plain, state.chunked, state.layer];
      bars.attr("points", (row) =>
        corners(2, BAR.top + ROW * row, Math.max(1, x(values[row]) - 2), BAR.height),
      );
    };
  },

  alternative: (s) =>
    `Above, how many arrays like the logits there are from step to step: the plain loss holds ${s.arrays.join(", ")}, in chunks it is at most ${inArrays(s.share)}. ` +
    `Below, bars of memory on a logarithmic scale for ${whole(s.samples)} samples, ${whole(s.classes)} classes, ${whole(s.hidden)} hidden numbers in ${s.dtype}. ` +
    `The plain loss at its peak: three arrays of ${inBytes(s.logits)}, ${inBytes(s.plain)} in all. In chunks of ${whole(s.columns)} classes: ` +
    `${inBytes(s.chunked)}. The layer itself, with gradients: ${inBytes(s.layer)}.`,

  formula: (s) => {
    const set = (/** @type {"samples" | "classes" | "hidden" | "chunk"} */ name) =>
      own(whole(s[name]), name);
    const columns = s.chunk > s.classes ? `min(${set("chunk")}, ${set("classes")})` : set("chunk");
    return (
      `plain = 3·N·C·b = 3·${set("samples")}·${set("classes")}·${s.size} B = <strong>${inBytes(s.plain)}</strong><br>` +
      `chunks = N·(2c + H)·4 B = ${set("samples")}·(2·${columns} + ${set("hidden")})·4 B = <strong>${inBytes(s.chunked)}</strong><br>` +
      `plain ÷ chunks = <strong>${number(s.ratio, 3)}</strong> times`
    );
  },

  chief: "chunked",
  quantities: {
    logits: quantity("logits", (s) => s.logits, inBytes),
    plain: quantity("plain", (s) => s.plain, inBytes),
    chunked: quantity("chunks", (s) => s.chunked, inBytes),
    ratio: quantity("ratio", (s) => s.ratio, 1),
    moved_eager: quantity("eager moves", (s) => s.movedEager, inBytes),
    moved_fused: quantity("fused moves", (s) => s.movedFused, inBytes),
  },
});
