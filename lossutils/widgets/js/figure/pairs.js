/** The bars of p and q side by side, a pair for each outcome. */

import { scaleBand } from "d3-scale";
import { OUTCOMES, barsOf } from "./dragged.js";
import { corners, liftedLabels } from "./plot.js";

/** @typedef {import("./dragged.js").Bar} Bar */
/** @typedef {import("d3-selection").Selection<any, Bar, any, any>} Bars */

/**
 * @param {ReturnType<typeof import("./marks.js").picture>} picture
 * @param {{ data?: Bar[], gap?: number, outer?: number, side?: number, lift?: number, line?: number,
 *   small?: string }} [options] `gap`, `outer` and `side` are the shares of space between pairs, outside them and
 *   in a pair; `lift` is a label's height above its bar, `line` a label's height
 */
export function pairedBars(picture, options = {}) {
  const { data = barsOf("p", "q"), gap = 0.24, outer = 0.12, side: between = 0.1 } = options;
  const { lift = 6, line = 14, small = "small " } = options;
  const x = scaleBand().paddingInner(gap).paddingOuter(outer);
  const side = scaleBand(["p", "q"], [0, 1]).paddingInner(between);
  /** @type {Bars} */
  const bars = picture.marks("polygon", data, (/** @type {Bar} */ { name }) => `bar-${name}`);
  /** @type {Bars} */
  let values;
  /** The left edge of an outcome's pair. @param {number} k */
  const start = (k) => x(OUTCOMES[k]) ?? 0;
  const left = (/** @type {{ k: number, name: string }} */ d) => start(d.k) + (side(d.name) ?? 0);
  const width = () => side.bandwidth();
  const middle = (/** @type {{ k: number, name: string }} */ d) => left(d) + width() / 2;
  return {
    x,
    data,
    bars,
    left,
    middle,
    start,
    width,
    /** Make the labels, on top of what there is. */
    label: () =>
      (values = picture.texts(
        data,
        (/** @type {Bar} */ { name }) => `label ${small}label-${name}`,
      )),
    /** Make room for `count` pairs; others are hidden. @param {number} count @param {number[]} range */
    layout(count, range) {
      x.domain(OUTCOMES.slice(0, count)).range(/** @type {[number, number]} */ (range));
      side.range([0, x.bandwidth()]);
      picture.limitTo([bars, values], count);
      values.attr("x", middle);
    },
    /** Draw the bars and write their values above them.
     * @param {(value: number) => number} y @param {(value: number) => string} text */
    draw(y, text) {
      const height = (/** @type {number} */ value) => y(Math.min(1, value));
      bars.attr("points", (d) =>
        corners(left(d), height(d.value), width(), y(0) - height(d.value)),
      );
      values.text(({ value }) => text(value));
      liftedLabels(values, data, ({ value, top = value }) => height(top) - lift, middle, line);
    },
  };
}
