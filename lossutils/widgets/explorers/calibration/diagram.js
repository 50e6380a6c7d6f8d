/** A reliability diagram with the histogram of its samples, and its error in words. */

import { corners, number, scaleLinear } from "../../js/index.js";

// What is drawn below it has the same margins.
export const LEFT = 34;
export const RIGHT = 10;
const TOP = 24;
const HEIGHT = 170;
const COUNTS = 34; // the histogram under the diagram

/** @typedef {import("./math.js").Bin} Bin */

/** A function that draws a run and its bins.
 * @param {ReturnType<typeof import("../../js/index.js").picture>} plot */
export function reliabilityDiagram(plot) {
  const drawAxes = plot.axes();
  const x = scaleLinear([0, 1], [0, 1]);
  const y = scaleLinear([0, 1], [TOP + HEIGHT, TOP]);
  const group = plot.group();
  const diagonal = plot.mark("line", "guide", group);
  const bars = group.append("g");
  const gaps = group.append("g");
  const counts = group.append("g");
  const verdict = plot.text("label small", { parent: group });
  const perfect = plot.text("axis-title", { words: "confidence = accuracy", parent: group }); // over the bars
  const share = plot.text("axis-title", { words: "samples", parent: group });
  const key = plot.text("axis-title", {
    words: "blue: the gap; pale: few samples",
    anchor: "end",
    parent: group,
  });
  const title = plot.text("axis-title", { words: "confidence", anchor: "end", parent: group });

  /** @param {import("./math.js").Run} run @param {Bin[]} bins @param {{ width: number }} size */
  return ({ confidence, accuracy, bin_count }, bins, size) => {
    x.range([LEFT, size.width - RIGHT]);
    drawAxes(x, y, { y: "accuracy", ticksX: [0, 0.2, 0.4, 0.6, 0.8, 1], ticksY: [0, 0.5, 1] });
    plot.segment(diagonal, [x(0), y(0)], [x(1), y(1)]);
    const turn = (Math.atan2(y(1) - y(0), x(1) - x(0)) * 180) / Math.PI;
    plot
      .put(perfect, x(0.3), y(0.3))
      .attr("transform", `rotate(${turn},${x(0.3)},${y(0.3)}) translate(0,-5)`);
    const words =
      confidence > accuracy
        ? "too sure: bars under the line"
        : "not sure enough: bars over the line";
    plot.put(verdict, x(0) + 6, TOP + 4, words);
    const count = bin_count.length;
    const width = (x(1) - x(0)) / count;
    /** @param {typeof bars} parent @param {string} tag @param {string} kind */
    const each = (parent, tag, kind) =>
      parent.selectAll(tag).data(bins).join(tag).attr("class", kind);
    /** @param {Bin} bin @param {number} foot @param {number} height */
    const bar = ({ m }, foot, height) =>
      corners(x(m / count) + 1, foot - height, Math.max(1, width - 2), height);
    const faint = (/** @type {Bin} */ b) => (b.share < 0.005 ? 0.4 : null);
    each(bars, "polygon", "bar-p")
      .attr("points", (b) => bar(b, y(0), y(0) - y(b.accuracy)))
      .attr("opacity", faint);
    // From the bin's accuracy to its mean confidence: the gaps that make up the error.
    const at = (/** @type {Bin} */ b) => x(b.confidence);
    each(gaps, "line", "gap")
      .attr("x1", at)
      .attr("x2", at)
      .attr("y1", (b) => y(b.accuracy))
      .attr("y2", (b) => y(b.confidence))
      .attr("opacity", faint);
    const base = y(0) + 24 + COUNTS;
    plot.put(title, x(1), base + 14);
    plot.put(share, 2, base - 4);
    plot.put(key, x(1), TOP - 16);
    const most = Math.max(...bins.map((b) => b.share));
    each(counts, "polygon", "bar-neutral").attr("points", (b) =>
      bar(b, base, (b.share / most) * COUNTS),
    );
  };
}

/** The calibration error as a sum, of which the two fullest bins are shown.
 * @param {Bin[]} bins @param {number} ece */
export function errorAsSum(bins, ece) {
  const most = [...bins]
    .sort((a, b) => b.share - a.share)
    .slice(0, 2)
    .sort((a, b) => a.m - b.m)
    .map((b) => `${number(b.share)}·|${number(b.accuracy)} − ${number(b.confidence)}|`);
  const dots = bins.length > 2 ? " + …" : "";
  return `ECE = Σ share·|accuracy − confidence| = … + ${most.join(" + ")}${dots} = <strong>${number(ece, 3)}</strong> in all`;
}
