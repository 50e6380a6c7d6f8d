/** Numbers above bars: none lies on its neighbour. */

import assert from "node:assert/strict";
import test from "node:test";
import { liftedLabels } from "../../lossutils/widgets/js/figure/plot.js";

/** The heights that labels get.
 * @param {string[]} texts @param {number[]} middles of their bars @param {number[]} wanted where they would stand */
function heights(texts, middles, wanted) {
  /** @type {number[]} */
  let got = [];
  const labels = {
    nodes: () => texts.map((textContent) => ({ textContent })),
    attr: (/** @type {string} */ _, /** @type {(datum: null, k: number) => number} */ height) => {
      got = texts.map((__, k) => height(null, k));
    },
  };
  const data = [...texts.keys()];
  liftedLabels(
    /** @type {any} */ (labels),
    data,
    (k) => wanted[k],
    (k) => middles[k],
  );
  return got;
}

test("labels with room beside each other stay where they are", () => {
  assert.deepEqual(heights([".50", ".25", ".25"], [0, 40, 80], [10, 50, 50]), [10, 50, 50]);
});

test("of equal labels that would touch, each second one goes up a line", () => {
  const four = Array(4).fill(".0625");
  assert.deepEqual(heights(four, [0, 40, 80, 120], Array(4).fill(90)), [90, 76, 90, 76]);
});

test("the higher of two labels goes up, and one that it reaches goes up once more", () => {
  const three = Array(3).fill("0.125");
  assert.deepEqual(heights(three, [0, 40, 80], [60, 75, 80]), [52, 66, 80]);
});

test("the bars that are hidden, to the left of the last, move no label", () => {
  assert.deepEqual(
    heights([".50", ".50", ".0", ".0"], [10, 60, 0, 0], [40, 40, 90, 90]),
    [40, 40, 90, 90],
  );
});
