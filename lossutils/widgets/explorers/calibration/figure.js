/** Reliability diagrams of trained models: α moves between the stored results. */

import {
  explorer,
  number,
  probability,
  quantity,
  scaleLinear,
  through,
  values,
} from "../../js/index.js";
import { errorAsSum, reliabilityDiagram } from "./diagram.js";
import { calibrationError, filled, nearest, towards } from "./math.js";

const LEFT = 34;
const RIGHT = 10;
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
    const run = nearest(runs, "alpha", alpha);
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

  draw: (plot) => {
    const drawDiagram = reliabilityDiagram(plot);
    const drawErrors = plot.axes();
    const a = scaleLinear();
    const e = scaleLinear();
    const path = plot.mark("polyline", "line line-neutral");
    /** @type {State} */
    let shown;
    const moveDot = plot.dragDot({
      name: "alpha",
      label: "alpha",
      x: a,
      text: (value) => `${probability(value)}, calibration error ${number(shown.ece, 3)}`,
      fit: (value, now) => towards(shown.runs, "alpha", value, now).alpha,
    });
    const label = plot.sideLabel("label small");

    return (state, size) => {
      const { runs, run, bins } = (shown = state);
      const [first, last] = [runs[0].alpha, runs[runs.length - 1].alpha];
      a.domain([first, last]).range([LEFT + 9, size.width - RIGHT - 9]);
      const under = size.height - ERRORS.bottom;
      e.domain([0, state.high]).range([under, under - ERRORS.height]);
      drawDiagram(run, bins, size);
      drawErrors(a, e, {
        y: "calibration error",
        x: "α, label smoothing in training",
        ticksY: 3,
        ticksX: 7,
      });
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
    `With α = ${probability(run.alpha)} the mean confidence is ${number(run.confidence, 3)} and the accuracy ${number(run.accuracy, 3)}; ` +
    `the bin with most samples is ${number(Math.max(...bins.map((b) => b.share)))} of all. The expected calibration error is ${number(ece, 3)}.`,

  formula: ({ bins, ece }) => errorAsSum(bins, ece),

  quantities: {
    ece: quantity("ECE", (s) => s.ece),
    accuracy: quantity("accuracy", (s) => s.run.accuracy),
    confidence: quantity("confidence", (s) => s.run.confidence),
    nll: quantity("NLL", (s) => s.run.nll),
    alpha: quantity("α", (s) => s.run.alpha, probability),
  },
});
