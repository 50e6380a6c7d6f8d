/** Reliability diagrams of trained models: T divides their logits. */

import { decimals, explorer, number, quantity, scaleLinear, through } from "../../js/index.js";
import { LEFT, RIGHT, errorAsSum, reliabilityDiagram } from "../calibration/diagram.js";
import { seen, towards } from "../calibration/math.js";
import { leastNll } from "./math.js";

const CURVES = { bottom: 40, height: 74, between: 44 }; // NLL and ECE over T, side by side

/** @typedef {import("./math.js").Run} Run */

export default explorer({
  name: "temperature",

  state: ({ networks, network, T }) => {
    /** @type {Run[]} */
    const runs = networks[network];
    return { ...seen(runs, "T", T), best: leastNll(runs) };
  },

  draw: (plot) => {
    const drawDiagram = reliabilityDiagram(plot);
    const group = plot.group();
    const best = plot.mark("line", "guide", group);
    const curves = ["NLL, nats", "ECE"].map((words) => ({
      title: plot.text("axis-title", { words, parent: group }),
      drawAxes: plot.axes(),
      x: scaleLinear(),
      y: scaleLinear(),
      path: plot.mark("polyline", "line line-neutral", group),
      label: plot.sideLabel("label small", group),
    }));
    const dot = plot.dot("neutral", 6, group);
    const bestName = plot.text("small", { words: "least", parent: group });
    /** @type {{ runs: Run[], run: Run }} */
    let shown;
    const moveDot = plot.dragDot({
      name: "T",
      label: "T, the temperature",
      x: curves[0].x,
      max: 1e6, // the last of the runs, in effect: see `fit`
      text: (value) => `${decimals(value)}, NLL ${number(shown.run.nll, 3)}`,
      fit: (value, now) => towards(shown.runs, "T", value, now).T,
    });

    return (state, size) => {
      const { runs, run, bins } = (shown = state);
      drawDiagram(run, bins, size);
      const [first, last] = [runs[0].T, runs[runs.length - 1].T];
      const under = size.height - CURVES.bottom;
      const over = under - CURVES.height;
      const width = (size.width - LEFT - RIGHT - CURVES.between) / 2;
      const places = [runs.map((each) => each.nll), state.errors].map((heights, k) => {
        const { title, drawAxes, x, y, path, label } = curves[k];
        const start = LEFT + k * (width + CURVES.between);
        x.domain([first, last]).range([start + 9, start + width]);
        y.domain([0, Math.max(...heights)]).range([under, over]);
        plot.put(title, start - (k ? 26 : LEFT - 2), over - 16);
        drawAxes(x, y, { x: "temperature T", ticksX: [1, 2, 3], ticksY: 3 });
        path.attr("points", through(heights.map((height, at) => [x(runs[at].T), y(height)])));
        const height = heights[runs.indexOf(run)];
        const [px, py] = [x(run.T), y(height)];
        label(px, py + (py < over + 16 ? 16 : -8), number(height, 3), px > start + width - 50, 14);
        return [px, py];
      });
      plot.upright(best, curves[0].x(state.best.T), [under, over]);
      plot.put(bestName, curves[0].x(state.best.T) + 5, over + 4);
      dot(places[1][0], places[1][1]);
      moveDot(run.T, places[0][0], places[0][1])
        .attr("aria-valuemin", first)
        .attr("aria-valuemax", last);
    };
  },

  alternative: ({ run, ece, best, bins }) =>
    `A reliability diagram of ${run.bin_count.length} bins of confidence, with bars of accuracy beside the line where both are equal, ` +
    "and below it the NLL and the calibration error over T. " +
    `At T = ${decimals(run.T)} the mean confidence is ${number(run.confidence, 3)} and the accuracy ${number(run.accuracy, 3)}; ` +
    `the bin with most samples is ${number(Math.max(...bins.map((b) => b.share)))} of all. ` +
    `The NLL is ${number(run.nll, 3)}, least at T = ${decimals(best.T)}; the expected calibration error is ${number(ece, 3)}.`,

  formula: ({ bins, ece }) => errorAsSum(bins, ece),

  quantities: {
    ece: quantity("ECE", (s) => s.ece),
    nll: quantity("NLL", (s) => s.run.nll),
    brier: quantity("Brier", (s) => s.run.brier),
    calibration: quantity("calibration", (s) => s.run.calibration),
    refinement: quantity("refinement", (s) => s.run.refinement),
    confidence: quantity("confidence", (s) => s.run.confidence),
    accuracy: quantity("accuracy", (s) => s.run.accuracy),
  },
});
