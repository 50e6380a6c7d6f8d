/** Huffman's tree: bars of p, the joins made so far above their leaves, and their sum between H and H + 1. */

import {
  OUTCOMES,
  barsOf,
  corners,
  entropy,
  explorer,
  listed,
  number,
  own,
  p as inP,
  probability,
  quantity,
  scaleBand,
  scaleLinear,
  short,
  sum,
  through,
  total,
  widthOf,
} from "../../js/index.js";
import { tree, words as wordsOf } from "./math.js";

const MARGINS = { top: 22, right: 8, bottom: 276, left: 52 };
const ROOT = 163; // the highest join
const LEAF = ROOT + 121;
const ROWS = [LEAF + 17, LEAF + 35]; // of the letters and the words
const STACK = LEAF + 60;
const HEIGHT = 18;

/** @param {number} value */
const bits = (value) => `${number(value, 3)} bits`;

/** @param {{ weight: number }[]} joins */
const sumOf = (joins) => total(joins, ({ weight }) => weight);

export default explorer({
  name: "huffman",

  state: ({ p, joins: step }) => {
    const all = tree(p);
    const made = all.slice(0, step);
    return {
      p: /** @type {number[]} */ (p),
      step,
      all,
      made,
      words: wordsOf(p.length, made),
      total: sumOf(made),
      mean: sumOf(all), // a digit for each outcome below a join
      h: entropy(p, { base: 2 }),
    };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleBand().padding(0.25);
    const y = scaleLinear([0, 1], [1, 0]);
    const floorLine = scaleLinear();
    const onBits = scaleLinear().clamp(true);
    const data = barsOf("p");
    const bars = plot.marks("polygon", data, "bar-p");
    const { parts, place, hold } = plot.dragBars(data, y);
    const above = plot.texts(data, "label label-p");
    const letters = plot.marks("text", data, "axis-title", plot.group());
    letters.attr("text-anchor", "middle");

    const growing = plot.group();
    const numbered = OUTCOMES.slice(1).map((_, k) => k);
    const edges = plot.marks("polyline", numbered, "edge", growing);
    const digits = plot.marks(
      "text",
      numbered.flatMap((k) => [0, 1].map((side) => ({ k, side }))),
      "axis-title",
      growing,
    );
    digits.attr("text-anchor", "end");
    const knots = plot.marks("polygon", numbered, "bar-p", growing);
    const weights = plot.marks("text", numbered, "label label-p small", growing);
    const leaves = plot.marks("polygon", data, "bar-p", growing);
    const shares = plot.marks("text", data, "label label-p small", growing);
    const names = plot.texts(data, "label", growing);
    const codes = plot.texts(data, "", growing);
    plot.put(plot.text("axis-title", { parent: growing }), 2, ROOT - 24, "tree");
    plot.put(plot.text("axis-title", { parent: growing }), 2, ROWS[1], "word");

    const stack = plot.group();
    plot.put(plot.text("axis-title", { parent: stack }), 2, STACK + 14, "joins");
    const base = plot.mark("line", "zero", stack);
    const pieces = plot.marks("polygon", numbered, "bar-p piece", stack);
    const inside = plot.texts(numbered, "piece", stack);
    const marks = ["entropy H", "H + 1"].map((name) => ({
      name,
      line: plot.mark("line", "mark", stack),
      text: plot.text("small", { parent: stack, anchor: "middle" }),
    }));
    const sumLabel = plot.text("label small", { parent: stack, anchor: "middle" });

    return ({ p, all, made, words, total, h }, size) => {
      const n = p.length;
      const box = plot.span(size, MARGINS, x, y);
      x.domain(OUTCOMES.slice(0, n));
      onBits.domain([0, Math.log2(n) + 1]).range(box.x);
      drawAxes(floorLine.range(box.x), y, {
        y: "probability p; drag ▬",
        ticksX: [],
        ticksY: [0, 0.5, 1],
      });
      const width = x.bandwidth();
      const floor = y(0);
      const column = (/** @type {number} */ place) => (x(OUTCOMES[place]) ?? 0) + width / 2;
      const brief = (/** @type {number} */ value) =>
        x.step() < 56 ? short(probability(value)) : probability(value);
      hold("p", p);
      if (plot.changed(size, n)) {
        plot.limitTo([...parts, bars, above, letters], n);
        plot.put(
          letters,
          ({ k }) => column(k),
          floor + 15,
          ({ k }) => OUTCOMES[k],
        );
        plot.level(base, box.x, STACK + HEIGHT);
      }
      bars.attr("points", ({ k, value }) =>
        corners(column(k) - width / 2, y(value), width, floor - y(value)),
      );
      place(({ k, value }) => ({ x: column(k) - width / 2, y: y(value), width, floor }));
      plot.put(
        above,
        ({ k }) => column(k),
        ({ value }) => y(value) - 6,
        ({ value }) => brief(value),
      );

      // The leaves stand in an order in which no two lines cross; what can't happen stands last, by itself.
      const { left = [], right = [] } = all.at(-1) ?? {};
      const possible = all.length ? [...left, ...right] : [p.indexOf(Math.max(...p))];
      const order = [...possible, ...p.map((_, k) => k).filter((k) => !possible.includes(k))];
      // Where each outcome's leaf is, and the top of its tree.
      const starts = p.map((_, k) => ({ x: column(order.indexOf(k)), y: LEAF }));
      const tops = [...starts];
      let end = 0;
      const joints = made.map(({ weight, left, right }, k) => {
        const [a, b] = [tops[left[0]], tops[right[0]]];
        const top = { x: (a.x + b.x) / 2, y: LEAF - ((LEAF - ROOT) / (n - 1)) * (k + 1) };
        for (const outcome of [...left, ...right]) tops[outcome] = top;
        // Its piece of the stack, too.
        return { ...top, ends: [a, b], weight, from: onBits(end), to: onBits((end += weight)) };
      });
      edges
        .attr("points", (k) => {
          if (!joints[k]) return "";
          const [a, b] = joints[k].ends;
          const py = joints[k].y;
          return through([
            [a.x, a.y],
            [a.x, py],
            [b.x, py],
            [b.x, b.y],
          ]);
        })
        .attr("class", (k) => (k === made.length - 1 ? "edge newest" : "edge"));
      const knot = (/** @type {number} */ px, /** @type {number} */ py) =>
        corners(px - 4, py - 4, 8, 8);
      knots.attr("points", (k) => (joints[k] ? knot(joints[k].x, joints[k].y) : ""));
      plot.put(
        digits,
        ({ k, side }) => (joints[k]?.ends[side].x ?? 0) - 5,
        ({ k }) => (joints[k]?.y ?? 0) + 14,
        ({ k, side }) => (joints[k] ? side : ""),
      );
      plot.put(
        weights,
        (k) => (joints[k]?.x ?? 0) + 7,
        (k) => (joints[k]?.y ?? 0) - 6,
        (k) => (joints[k] ? brief(joints[k].weight) : ""),
      );
      leaves.attr("points", ({ k }) => (possible.includes(k) ? knot(starts[k].x, LEAF) : ""));
      plot.put(
        shares,
        ({ k }) => (starts[k]?.x ?? 0) + 7,
        LEAF - 6,
        ({ k }) => (possible.includes(k) ? brief(p[k]) : ""),
      );
      plot.put(
        names,
        ({ k }) => starts[k]?.x ?? 0,
        ROWS[0],
        ({ k }) => (k < n ? OUTCOMES[k] : ""),
      );
      plot.put(
        codes,
        ({ k }) => starts[k]?.x ?? 0,
        ROWS[1],
        ({ k }) => (k < n ? words[k] || "–" : ""),
      );

      pieces.attr("points", (k) => {
        if (!joints[k]) return "";
        const { from, to } = joints[k];
        return corners(from, STACK, Math.max(0, to - from - 1), HEIGHT);
      });
      plot.put(
        inside,
        (k) => (joints[k] ? (joints[k].from + joints[k].to) / 2 : 0),
        STACK + 14,
        (k) => (joints[k]?.to - joints[k]?.from > 30 ? short(number(joints[k].weight)) : ""),
      );
      // Inside the picture, whatever the size.
      const within = (/** @type {number} */ px, /** @type {string} */ label) => {
        const half = widthOf(label, 12) / 2;
        return Math.max(half, Math.min(px, size.width - half));
      };
      for (const [k, { name, line, text }] of marks.entries()) {
        const px = onBits(h + k);
        plot.upright(line, px, [STACK + HEIGHT, STACK + HEIGHT + 8]);
        plot.put(text, within(px, name), STACK + HEIGHT + 21, name);
      }
      const known = made.length === all.length ? "mean length L = " : "";
      const sumText = made.length ? `${known}${number(total)}` : "";
      plot.put(sumLabel, within(onBits(total), sumText), STACK - 9, sumText);
    };
  },

  alternative: ({ p, all, made, words, total, mean, h }) => {
    const named = (/** @type {number[]} */ outcomes) => outcomes.map((k) => OUTCOMES[k]).join("");
    const joined = made.map(
      ({ weight, left, right }) => `${named(left)} with ${named(right)}, ${probability(weight)}`,
    );
    return (
      `Bars of the probabilities of ${p.length} outcomes: ${listed(p)}. Below, a tree after ${made.length} of ${all.length} joins${joined.length ? `: ${joined.join("; ")}` : ""}. ` +
      `${made.length < all.length ? "Words so far" : "Words"}: ${words.map((word, k) => `${OUTCOMES[k]} ${word ? [...word].join(" ") : "none"}`).join(", ")}. ` +
      `The joins add up to ${number(total, 3)}; H is ${number(h, 3)} and L ${number(mean, 3)} bits.`
    );
  },

  formula: ({ p, step, made, words, total }) => {
    const added = made.length ? made.map(({ weight }) => probability(weight)) : ["0"];
    const strong = `= <strong>${number(total, 3)}</strong>`;
    const terms = p.map((v, k) => `${inP(probability(v), `p_${k}`)}·${words[k].length}`);
    return sum(`joins ${own(step, "joins")}:`, added, strong) + sum("p · digits:", terms, strong);
  },

  quantities: {
    total: quantity("sum of joins", (s) => s.total),
    mean_length: quantity("L", (s) => s.mean, bits),
    entropy: quantity("H", (s) => s.h, bits),
    excess: quantity("L − H", (s) => s.mean - s.h, bits),
  },
});
