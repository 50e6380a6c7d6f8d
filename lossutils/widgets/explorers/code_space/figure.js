/** Code space: words as bars, as high as they are long and as wide as their share, and L beside H. */

import {
  barGrips,
  corners,
  entropy,
  explorer,
  number,
  own,
  p as inP,
  probability,
  quantity,
  scaleLinear,
  sum,
  surprisal,
  total,
  whole,
} from "../../js/index.js";
import { place } from "./math.js";

const LETTERS = ["A", "B", "C", "D"];
const MOST = 4; // digits of the longest word
const ROW = 28; // the height of a digit's cell
const MARGINS = { top: 52, right: 12, left: 34 };
const FLOOR = MARGINS.top + MOST * ROW;
const STACKS = FLOOR + 54;
const STEP = 32;
const NAMES = 84; // the room for the stacks' names

/** @param {number} value */
const bits = (value) => `${number(value, 3)} bits`;

export default explorer({
  name: "code-space",
  pairs: true,

  state: ({ a, b, c, d }, model) => {
    /** @type {number[]} */
    const p = model.get("_constants").sources[model.get("source_index")];
    const words = place([a, b, c, d]);
    return {
      p,
      words,
      kraft: total(words, ({ share }) => share),
      mean: total(words, ({ length, k }) => p[k] * length),
      h: entropy(p, { base: 2 }),
    };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, MOST], [FLOOR, MARGINS.top]);
    const onBits = scaleLinear([0, MOST], [0, 1]).clamp(true);
    const data = LETTERS.map((letter, k) => ({ k, letter, value: 1, from: 0, share: 0, word: "" }));
    const bars = plot.marks("polygon", data, "bar-p");
    const cuts = plot.group();
    const cells = data.flatMap((datum) =>
      Array.from({ length: MOST }, (_, row) => ({ datum, row })),
    );
    const lines = plot.marks("line", cells, "cut", cuts);
    const digits = plot.texts(cells, "piece", cuts);
    const names = plot.texts(data, "label", cuts);
    const full = plot.mark("line", "mark", cuts);
    const fullName = plot.text("axis-title", { parent: cuts });
    const { body, grips, place: placeGrips } = barGrips((tag) => plot.marks(tag, data, ""));
    plot.handles(grips, {
      body,
      min: 1,
      max: MOST,
      step: 1,
      label: ({ letter }) => `length of the word for ${letter}`,
      value: ({ value }) => value,
      text: (value, { word }) => `${value} ${word ? [...word].join(" ") : "does not fit"}`,
      at: (_, [, py]) => y.invert(py),
      set: (datum, value) => plot.assign({ [datum.letter.toLowerCase()]: (datum.value = value) }),
    });
    const stack = plot.group();
    const parts = data.flatMap((datum) => [0, 1].map((row) => ({ datum, row })));
    const pieces = plot.marks("polygon", parts, "bar-p piece", stack);
    const inside = plot.texts(parts, "piece", stack);
    const titles = plot.marks("text", [0, 1], "label small", stack);
    const means = "entropy H and mean length L, in bits";
    plot.put(plot.text("axis-title", { parent: stack }), 2, STACKS - 8, means);
    // Past the letters of L, not through them.
    const least = [0, 1].map(() => plot.mark("line", "guide", stack));

    return ({ p, words, kraft, mean, h }, size) => {
      x.domain([0, Math.max(1, kraft)]).range([MARGINS.left, size.width - MARGINS.right]);
      onBits.range([NAMES, size.width - MARGINS.right]);
      drawAxes(x, y, {
        x: "share of code space",
        y: "digits, the first one below; drag ▬",
        ticksX: [0, 0.25, 0.5, 0.75, 1],
        ticksY: [0, 1, 2, 3, 4],
        formatX: String,
        formatY: String,
        lift: 38,
      });
      for (const { k, length, from, share, word } of words)
        Object.assign(data[k], { value: length, from, share, word });
      const wide = (/** @type {number} */ share) => x(share) - x(0);
      const middle = (/** @type {{ from: number, share: number }} */ d) => x(d.from + d.share / 2);
      bars
        .attr("points", (d) =>
          corners(x(d.from), y(d.value), wide(d.share) - 1, FLOOR - y(d.value)),
        )
        .attr("class", (d) => (d.word ? "bar-p" : "over"));
      for (const d of data)
        for (let row = 0; row < MOST; row += 1) {
          const line = lines.filter((one) => one.datum === d && one.row === row);
          const there = row > 0 && row < d.value;
          plot.level(line, there ? [x(d.from), x(d.from + d.share) - 1] : [0, 0], y(row));
        }
      plot.put(
        digits,
        ({ datum }) => middle(datum),
        ({ row }) => y(row + 0.5) + 5,
        ({ datum, row }) => datum.word[row] ?? "",
      );
      plot.put(
        names,
        middle,
        (d) => y(d.value) - 8,
        (d) => d.letter,
      );
      plot.upright(full, x(1), [MARGINS.top - 14, FLOOR]);
      plot.put(fullName, x(1), MARGINS.top - 20, "full", "middle");
      placeGrips((d) => {
        const width = Math.max(24, wide(d.share));
        return { x: middle(d) - width / 2, y: y(d.value), width, floor: FLOOR };
      });
      const costs = [
        p.map((v) => v * surprisal(v, { base: 2 })),
        p.map((v, k) => v * words[k].length),
      ];
      const starts = costs.map((row) => row.map((_, k) => total(row.slice(0, k))));
      pieces.attr("points", ({ datum: { k }, row }) => {
        const [from, to] = [starts[row][k], starts[row][k] + costs[row][k]].map(onBits);
        return corners(from, STACKS + row * STEP, Math.max(0, to - from - 1), 20);
      });
      plot.put(
        inside,
        ({ datum: { k }, row }) => onBits(starts[row][k] + costs[row][k] / 2),
        ({ row }) => STACKS + row * STEP + 15,
        ({ datum: { k, letter }, row }) => (onBits(costs[row][k]) - onBits(0) > 18 ? letter : ""),
      );
      plot.put(
        titles,
        2,
        (_, row) => STACKS + row * STEP + 15,
        (_, row) => (row ? `L = ${number(mean, 3)}` : `H = ${number(h, 3)}`),
      );
      plot.upright(least[0], onBits(h), [STACKS - 6, STACKS + STEP]);
      plot.upright(least[1], onBits(h), [STACKS + STEP + 20, STACKS + STEP + 27]);
    };
  },

  alternative: ({ words, kraft, mean, h }) =>
    `Words as bars side by side: ${words
      .map(({ k, length, word }) => `${LETTERS[k]} ${word || `of length ${length} does not fit`}`)
      .join(", ")}. Their shares sum to ${probability(kraft)}. ` +
    `Below, two bars: H is ${number(h, 3)} bits, L is ${number(mean, 3)} bits.`,

  formula: ({ p, words, kraft, mean }) => {
    const shares = words.map(({ share }) => probability(share));
    const fits = kraft > 1 ? "> 1" : "≤ 1";
    const terms = words.map(
      ({ k, length }) =>
        `${inP(probability(p[k]))}·${own(whole(length), LETTERS[k].toLowerCase())}`,
    );
    return (
      sum("shares:", shares, `= <strong>${probability(kraft)}</strong> ${fits}`) +
      sum("L =", terms, `= <strong>${number(mean, 3)}</strong> bits`)
    );
  },

  chief: "mean_length",
  quantities: {
    kraft_sum: quantity("sum of shares", (s) => s.kraft, probability),
    mean_length: quantity("L", (s) => s.mean, bits),
    entropy: quantity("H", (s) => s.h, bits),
    excess: quantity("L − H", (s) => s.mean - s.h, bits),
  },
});
