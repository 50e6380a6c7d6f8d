/** Entropy from a sample: sixty samples of N draws, and what all samples say on average, over N. */

import {
  disc,
  entropy,
  explorer,
  line,
  mean,
  number,
  q as inQ,
  quantity,
  scaleLinear,
  scaleLog,
  whole,
} from "../../js/index.js";
import { SAMPLES, counts, estimates, expectations, rule } from "./math.js";

const MARGINS = { top: 30, right: 14, bottom: 40, left: 34 };
const SIZES = Array.from({ length: 19 }, (_, k) => Math.round(2 ** (1 + k / 2))); // from 2 to 1024
const SPREAD = 16; // how far the samples' dots are scattered sideways

/** @param {number} value */
const bits = (value) => `${number(value, 3)} bits`;

export default explorer({
  name: "sample-entropy",

  state: ({ size }, model) => {
    /** @type {number[]} */
    const p = model.get("_constants").sources[model.get("source_index")];
    const each = counts(p, size).map(estimates);
    const found = each.map(({ plain }) => plain);
    return {
      p,
      size,
      h: entropy(p, { base: 2 }),
      found,
      plain: mean(found),
      corrected: mean(each.map(({ corrected }) => corrected)),
      rule: rule(p.length, size),
    };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLog([SIZES[0], SIZES[SIZES.length - 1]], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const group = plot.group();
    const truth = plot.mark("line", "guide guide-p", group);
    const truthName = plot.text("label label-p", { anchor: "end", parent: group });
    const samples = plot.marks("polygon", Array.from({ length: SAMPLES }), "sample", group);
    const corrected = plot.mark("path", "line line-neutral thin", group);
    const plain = plot.mark("path", "line line-q", group);
    const key = [
      { kind: "line line-neutral thin", words: "corrected, on average" },
      { kind: "line line-q", words: "shares alone, on average" },
    ].map(({ kind, words }) => ({
      stroke: plot.mark("path", kind, group),
      text: plot.text("small", { words, anchor: "end", parent: group }),
    }));
    const keyDots = plot.mark("polygon", "sample", group);
    const keyDotsName = plot.text("small", {
      words: "shares of one sample",
      anchor: "end",
      parent: group,
    });
    const moveDot = plot.dragDot({
      x,
      name: "size",
      label: "N, the size of a sample",
      text: (size) => whole(Math.round(size)),
    });

    return (state, size) => {
      const { p, h, found } = state;
      const box = plot.span(size, MARGINS, x, y);
      y.domain([0, 1.12 * Math.log2(p.length)]);
      if (plot.changed(size, p)) {
        drawAxes(x, y, {
          x: "N, draws in a sample",
          y: "entropy in bits",
          ticksX: [2, 8, 32, 128, 1024],
          ticksY: 4,
          formatX: String,
        });
        const all = SIZES.map((n) => ({ at: x(n), ...expectations(p, n) }));
        plain.attr("d", line(all.map((one) => [one.at, y(one.plain)])));
        corrected.attr("d", line(all.map((one) => [one.at, y(one.corrected)])));
        plot.level(truth, box.x, y(h));
        plot.put(truthName, box.x[1], y(h) - 18, `true H = ${number(h, 3)}`);
        for (const [k, { stroke, text }] of key.entries()) {
          const level = y(0) - 16 - 19 * (2 - k);
          stroke.attr(
            "d",
            line([
              [box.x[1] - 26, level],
              [box.x[1], level],
            ]),
          );
          plot.put(text, box.x[1] - 32, level + 4);
        }
        keyDots.attr("points", disc(box.x[1] - 13, y(0) - 16, 3));
        plot.put(keyDotsName, box.x[1] - 32, y(0) - 12);
      }
      const px = x(state.size);
      samples.attr("points", (_, k) =>
        disc(px + SPREAD * (((k * 23) % SAMPLES) / SAMPLES - 0.5), y(found[k]), 3),
      );
      moveDot(state.size, px, y(state.plain));
    };
  },

  alternative: ({ size, h, plain, corrected }) =>
    `Over the size of a sample, two curves that rise towards the source's entropy of ${number(h, 3)} bits: the mean entropy of the shares, and above it the same with a correction. ` +
    `Sixty samples of ${size} draws are dots; their mean is ${number(plain, 3)} bits, corrected ${number(corrected, 3)} bits.`,

  formula: ({ p, size, rule }) =>
    `(K − 1) / 2N = (${p.length} − 1) / (2·${inQ(whole(size), "size")}) nats = <strong>${number(rule, 3)}</strong> bits`,

  chief: "plain",
  quantities: {
    entropy: quantity("H", (s) => s.h, bits),
    plain: quantity("shares alone", (s) => s.plain, bits),
    corrected: quantity("corrected", (s) => s.corrected, bits),
    rule: quantity("rule", (s) => s.rule, bits),
  },
});
