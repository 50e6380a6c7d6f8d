/** Reliability diagrams of trained models: α moves between the stored results. */

import { explorer, number, probability, quantity, scaleLinear, through } from "../../js/index.js";
import { LEFT, RIGHT, errorAsSum, reliabilityDiagram } from "./diagram.js";
import { calibrationError, seen, towards } from "./math.js";

const ERRORS = { bottom: 40, height: 74 }; // ECE over α

/** @typedef {import("./math.js").Run} Run */

export default explorer({
  name: "calibration",

  state: ({ tasks, task, alpha }) => ({
    ...seen(/** @type {Run[]} */ (tasks[task]), "alpha", alpha),
    high: Math.max(...Object.values(tasks).flat().map(calibrationError)),
  }),

  draw: (plot) => {
    const drawDiagram = reliabilityDiagram(plot);
    const drawErrors = plot.axes();
    const a = scaleLinear();
    const e = scaleLinear();
    const path = plot.mark("polyline", "line line-neutral");
    /** @type {{ runs: Run[], ece: number }} */
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
      label(px, py + down, number(state.ece, 3), px > size.width - 90, 14);
    };
  },

  alternative: ({ run, ece, bins }) =>
    `A reliability diagram of ${run.bin_count.length} bins of confidence, with bars of accuracy beside the line where both are equal. ` +
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
