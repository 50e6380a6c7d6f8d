/** Reliability diagrams of trained models: α moves between the stored results. */

import {
  corners,
  decimals,
  explorer,
  number,
  picture,
  quantity,
  scaleLinear,
  spoken,
  through,
  values,
} from "../../js/index.js";
import { calibrationError, filled, nearest } from "./math.js";

const LEFT = 34;
const RIGHT = 10;
const DIAGRAM = { top: 24, height: 170 };
const COUNTS = 34; // the histogram under the diagram
const ERRORS = { bottom: 40, height: 74 }; // ECE over α

/** @typedef {import("./math.js").Run} Run */
/** @typedef {import("./math.js").Bin} Bin */
/** @typedef {{ runs: Run[], run: Run, bins: Bin[], count: number, ece: number, errors: number[], high: number }} State */

/** @type {WeakMap<Run[], number[]>} */
const known = new WeakMap();
/** @param {Run[]} runs */
function errorsOf(runs) {
  const errors = known.get(runs) ?? runs.map(calibrationError);
  known.set(runs, errors);
  return errors;
}

export default explorer({
  name: "calibration",

  /** @returns {State} */
  state: (model) => {
    const { tasks, task, alpha } = values(model);
    const runs = tasks[task];
    const run = nearest(runs, alpha);
    const errors = errorsOf(runs);
    const high = Math.max(...Object.values(tasks).flatMap(errorsOf));
    return {
      runs,
      run,
      bins: filled(run),
      count: run.bin_count.length,
      ece: errors[runs.indexOf(run)],
      errors,
      high,
    };
  },

  draw: (svg, assign) => {
    const plot = picture(svg, assign);
    const drawDiagram = plot.axes();
    const drawErrors = plot.axes();
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const a = scaleLinear();
    const e = scaleLinear();
    const group = plot.hidden();
    const diagonal = plot.mark("line", "guide", group);
    const bars = group.append("g");
    const gaps = group.append("g");
    const counts = group.append("g");
    const verdict = plot.text("label small", { parent: group });
    const perfect = plot.text("axis-title", { words: "confidence = accuracy", parent: group }); // over the bars
    const share = plot.text("axis-title", { words: "share", parent: group });
    const confidence = plot.text("axis-title", {
      words: "confidence",
      anchor: "end",
      parent: group,
    });
    const path = plot.mark("polyline", "line line-neutral");
    /** @type {State} */
    let shown;
    const moveDot = plot.dragDot({
      name: "alpha",
      label: "alpha",
      x: a,
      text: (value) => `${decimals(value)}, calibration error ${number(shown.ece, 3)}`,
      fit: (value, now) => {
        const { runs } = shown;
        const [place, old] = [nearest(runs, value), nearest(runs, now)].map((run) =>
          runs.indexOf(run),
        );
        // A key's step may be too small to reach the nearest other run: then take the next one.
        const next = Math.min(runs.length - 1, Math.max(0, old + Math.sign(value - now)));
        return runs[place === old ? next : place].alpha;
      },
    });
    const label = plot.sideLabel("label small");

    return (state, size) => {
      const { runs, run, bins, count } = (shown = state);
      const [first, last] = [runs[0].alpha, runs[runs.length - 1].alpha];
      const floor = DIAGRAM.top + DIAGRAM.height;
      x.range([LEFT, size.width - RIGHT]);
      y.range([floor, DIAGRAM.top]);
      a.domain([first, last]).range([LEFT + 9, size.width - RIGHT - 9]);
      const under = size.height - ERRORS.bottom;
      e.domain([0, state.high]).range([under, under - ERRORS.height]);
      drawDiagram(x, y, { y: "accuracy", ticksX: [0, 0.2, 0.4, 0.6, 0.8, 1], ticksY: [0, 0.5, 1] });
      drawErrors(a, e, { y: "calibration error", x: "α", ticksY: 3, ticksX: 7 });
      plot.segment(diagonal, [x(0), y(0)], [x(1), y(1)]);
      const turn = (Math.atan2(y(1) - y(0), x(1) - x(0)) * 180) / Math.PI;
      plot
        .put(perfect, x(0.3), y(0.3))
        .attr("transform", `rotate(${turn},${x(0.3)},${y(0.3)}) translate(0,-5)`);
      const over = run.confidence > run.accuracy;
      const words = over ? "too sure: bars under the line" : "not sure enough: bars over the line";
      plot.put(verdict, x(0) + 6, DIAGRAM.top + 4, words);
      const width = (x(1) - x(0)) / count;
      /** @param {any} group @param {string} tag @param {string} kind @returns {any} */
      const each = (group, tag, kind) =>
        group.selectAll(tag).data(bins).join(tag).attr("class", kind);
      const bar = (
        /** @type {Bin} */ { m },
        /** @type {number} */ foot,
        /** @type {number} */ height,
      ) => corners(x(m / count) + 1, foot - height, Math.max(1, width - 2), height);
      const faint = (/** @type {Bin} */ b) => (b.share < 0.005 ? 0.4 : null);
      each(bars, "polygon", "bar-p")
        .attr("points", (/** @type {Bin} */ b) => bar(b, y(0), y(0) - y(b.accuracy)))
        .attr("opacity", faint);
      // From the bin's accuracy to its mean confidence: the gaps that make up the error.
      const at = (/** @type {Bin} */ b) => x(b.confidence);
      each(gaps, "line", "gap")
        .attr("x1", at)
        .attr("x2", at)
        .attr("y1", (/** @type {Bin} */ b) => y(b.accuracy))
        .attr("y2", (/** @type {Bin} */ b) => y(b.confidence))
        .attr("opacity", faint);
      const base = floor + 24 + COUNTS;
      plot.put(confidence, x(1), base + 14);
      plot.put(share, 2, base - 4);
      const most = Math.max(...bins.map((b) => b.share));
      each(counts, "polygon", "bar-neutral").attr("points", (/** @type {Bin} */ b) =>
        bar(b, base, (b.share / most) * COUNTS),
      );
      path.attr("points", through(state.errors.map((error, k) => [a(runs[k].alpha), e(error)])));
      const [px, py] = [a(run.alpha), e(state.ece)];
      moveDot(run.alpha, px, py).attr("aria-valuemin", first).attr("aria-valuemax", last);
      const down = py < under - ERRORS.height + 16 ? 16 : -8;
      label({
        x: px,
        by: 14,
        y: py + down,
        before: px > size.width - 90,
        text: number(state.ece, 3),
      });
    };
  },

  alternative: ({ run, ece, bins, count }) =>
    `A reliability diagram of ${count} bins of confidence, with bars of accuracy beside the line where both are equal. ` +
    `With α = ${decimals(run.alpha)} the mean confidence is ${number(run.confidence, 3)} and the accuracy ${number(run.accuracy, 3)}; ` +
    `the bin with most samples is ${number(Math.max(...bins.map((b) => b.share)))} of all. The expected calibration error is ${number(ece, 3)}.`,

  formula: ({ bins, ece }) => {
    const most = [...bins]
      .sort((a, b) => b.share - a.share)
      .slice(0, 2)
      .sort((a, b) => a.m - b.m);
    const dots = bins.length > 2 ? " + …" : "";
    return {
      html:
        "ECE = Σ share·|accuracy − confidence| = … + " +
        most
          .map((b) => `${number(b.share)}·|${number(b.accuracy)} − ${number(b.confidence)}|`)
          .join(" + ") +
        `${dots} = <strong>${number(ece, 3)}</strong> in all`,
      spoken:
        "the expected calibration error is the sum over bins of the share times the gap between accuracy and confidence: among them " +
        most
          .map(
            (b) =>
              `${number(b.share)} times the gap from ${number(b.accuracy)} to ${number(b.confidence)}`,
          )
          .join(" and ") +
        `; in all ${spoken(ece, 3)}`,
    };
  },

  quantities: {
    ece: quantity("ECE", (s) => s.ece),
    accuracy: quantity("accuracy", (s) => s.run.accuracy),
    confidence: quantity("confidence", (s) => s.run.confidence),
    nll: quantity("NLL", (s) => s.run.nll),
    alpha: quantity(
      "α",
      (s) => s.run.alpha,
      (v) => decimals(v),
    ),
  },
});
