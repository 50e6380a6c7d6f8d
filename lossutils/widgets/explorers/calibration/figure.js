/** Reliability diagrams of trained models: α moves between the stored results. */

import {
  axes, corners, decimals, disc, explorer, handles, number, option, scaleLinear, select, sideLabel,
  spoken, through,
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

  state: (model) => {
    const tasks = /** @type {Record<string, Run[]>} */ (model.get("tasks"));
    const runs = tasks[option(model, "task")];
    const run = nearest(runs, /** @type {number} */ (model.get("alpha")));
    const errors = errorsOf(runs);
    return {
      runs,
      run,
      bins: filled(run),
      count: run.bin_count.length,
      ece: errors[runs.indexOf(run)],
      errors,
      high: Math.max(...Object.values(tasks).flatMap(errorsOf)),
    };
  },

  draw: (svg, assign) => {
    const drawDiagram = axes(svg);
    const drawErrors = axes(svg);
    const root = select(svg);
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const a = scaleLinear();
    const e = scaleLinear();
    const group = root.append("g").attr("aria-hidden", "true");
    const diagonal = group.append("line").attr("class", "guide");
    const bars = group.append("g");
    const gaps = group.append("g");
    const counts = group.append("g");
    const verdict = group.append("text").attr("class", "label small");
    const perfect = group.append("text").attr("class", "axis-title").text("confidence = accuracy"); // over the bars
    const share = group.append("text").attr("class", "axis-title").attr("x", 2).text("share");
    const confidence = group.append("text").attr("class", "axis-title").attr("text-anchor", "end").text("confidence");
    const path = root.append("polyline").attr("class", "line line-neutral");
    const datum = { k: 0, /** @type {Run[]} */ runs: [], ece: 0 };
    const dot = root.append("polygon").attr("class", "dot dot-q").datum(datum);
    const label = sideLabel(root, "label small");
    const describe = handles(dot, {
      svg,
      orientation: "horizontal",
      label: () => "alpha",
      value: ({ k, runs }) => runs[k]?.alpha ?? 0,
      text: (value, { ece }) => `${decimals(value)}, calibration error ${number(ece, 3)}`,
      at: (_, [px]) => a.invert(px),
      set: (d, value) => {
        const now = d.runs[d.k].alpha;
        const place = d.runs.indexOf(nearest(d.runs, value));
        // A key's step may be too small to reach the nearest other run: then take the next one.
        const next = Math.min(d.runs.length - 1, Math.max(0, d.k + Math.sign(value - now)));
        d.k = place === d.k ? next : place;
        assign({ alpha: d.runs[d.k].alpha });
      },
    });

    return (state, size) => {
      const { runs, run, bins, count } = state;
      const floor = DIAGRAM.top + DIAGRAM.height;
      x.range([LEFT, size.width - RIGHT]);
      y.range([floor, DIAGRAM.top]);
      a.domain([runs[0].alpha, runs[runs.length - 1].alpha]).range([LEFT + 9, size.width - RIGHT - 9]);
      const under = size.height - ERRORS.bottom;
      e.domain([0, state.high]).range([under, under - ERRORS.height]);
      drawDiagram(x, y, { y: "accuracy", x: "", ticksX: [0, 0.2, 0.4, 0.6, 0.8, 1], ticksY: [0, 0.5, 1] });
      drawErrors(a, e, { y: "calibration error", x: "α", ticksY: 3, ticksX: 7 });
      diagonal.attr("x1", x(0)).attr("y1", y(0)).attr("x2", x(1)).attr("y2", y(1));
      perfect.attr("x", x(0.3)).attr("y", y(0.3)).attr("transform", `rotate(${(Math.atan2(y(1) - y(0), x(1) - x(0)) * 180) / Math.PI},${x(0.3)},${y(0.3)}) translate(0,-5)`);
      const over = run.confidence > run.accuracy;
      verdict.attr("x", x(0) + 6).attr("y", DIAGRAM.top + 4).text(over ? "too sure: bars under the line" : "not sure enough: bars over the line");
      const width = (x(1) - x(0)) / count;
      const start = (/** @type {Bin} */ { m }) => x(m / count);
      bars.selectAll("polygon").data(bins).join("polygon").attr("class", "bar-p")
        .attr("points", (b) => corners(start(b) + 1, y(b.accuracy), Math.max(1, width - 2), y(0) - y(b.accuracy))).attr("opacity", (b) => (b.share < 0.005 ? 0.4 : null));
      // From the bin's accuracy to its mean confidence: the gaps that make up the error.
      gaps.selectAll("line").data(bins).join("line").attr("class", "gap").attr("x1", (b) => x(b.confidence)).attr("x2", (b) => x(b.confidence))
        .attr("y1", (b) => y(b.accuracy)).attr("y2", (b) => y(b.confidence)).attr("opacity", (b) => (b.share < 0.005 ? 0.4 : null));
      const base = floor + 24 + COUNTS;
      confidence.attr("x", x(1)).attr("y", base + 14);
      const most = Math.max(...bins.map((b) => b.share));
      counts.selectAll("polygon").data(bins).join("polygon").attr("class", "bar-neutral")
        .attr("points", (b) => corners(start(b) + 1, base - (b.share / most) * COUNTS, Math.max(1, width - 2), (b.share / most) * COUNTS));
      share.attr("y", base - 4);
      path.attr("points", through(state.errors.map((error, k) => [a(runs[k].alpha), e(error)])));
      Object.assign(datum, { k: runs.indexOf(run), runs, ece: state.ece });
      const [px, py] = [a(run.alpha), e(state.ece)];
      dot.attr("points", disc(px, py, 9));
      const late = px > size.width - 90;
      label({ x: px + (late ? -14 : 14), y: py + (py < under - ERRORS.height + 16 ? 16 : -8), before: late, text: number(state.ece, 3) });
      describe();
      dot.attr("aria-valuemin", runs[0].alpha).attr("aria-valuemax", runs[runs.length - 1].alpha);
    };
  },

  alternative: ({ run, ece, bins, count }) =>
    `A reliability diagram of ${count} bins of confidence, with bars of accuracy beside the line where both are equal. ` +
    `With α = ${decimals(run.alpha)} the mean confidence is ${number(run.confidence, 3)} and the accuracy ${number(run.accuracy, 3)}; ` +
    `the bin with most samples is ${number(Math.max(...bins.map((b) => b.share)))} of all. The expected calibration error is ${number(ece, 3)}.`,

  formula: ({ bins, ece }) => {
    const most = [...bins].sort((a, b) => b.share - a.share).slice(0, 2).sort((a, b) => a.m - b.m);
    const dots = bins.length > 2 ? " + …" : "";
    return {
      html:
        "ECE = Σ share·|accuracy − confidence| = … + " +
        most.map((b) => `${number(b.share)}·|${number(b.accuracy)} − ${number(b.confidence)}|`).join(" + ") +
        `${dots} = <strong>${number(ece, 3)}</strong> in all`,
      spoken:
        "the expected calibration error is the sum over bins of the share times the gap between accuracy and confidence: among them " +
        most.map((b) => `${number(b.share)} times the gap from ${number(b.accuracy)} to ${number(b.confidence)}`).join(" and ") +
        `; in all ${spoken(ece, 3)}`,
    };
  },

  quantities: {
    ece: { label: "ECE", value: (s) => s.ece, text: (s) => number(s.ece, 3) },
    accuracy: { label: "accuracy", value: (s) => s.run.accuracy, text: (s) => number(s.run.accuracy, 3) },
    confidence: { label: "confidence", value: (s) => s.run.confidence, text: (s) => number(s.run.confidence, 3) },
    nll: { label: "NLL", value: (s) => s.run.nll, text: (s) => number(s.run.nll, 3) },
    alpha: { label: "α", value: (s) => s.run.alpha, text: (s) => decimals(s.run.alpha) },
  },
});
