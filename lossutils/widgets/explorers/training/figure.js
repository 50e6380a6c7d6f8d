/** Loss curves of runs, one of them selected, with its loss's floor. */

import {
  axes, dragDot, explorer, inner, number, option, p as inP, q as inQ, scaleLinear, select, sideLabel,
  spoken, through,
} from "../../js/index.js";

const MARGINS = { top: 24, right: 14, bottom: 40, left: 34 };

/** @typedef {{ training: number[], test: number[], accuracy: number[] }} Run */
/** @typedef {{ runs: Run[], run: Run & { name: string, floor: number }, kind: "training" | "test", epoch: number, loss: number, above: number, change: number }} State */

export default explorer({
  name: "training",

  state: (model) => {
    const runs = /** @type {Record<string, Run>} */ (model.get("runs"));
    const name = option(model, "run");
    const run = { ...runs[name], name, floor: model.get("floors")[name] ?? 0 };
    const kind = /** @type {"training" | "test"} */ (option(model, "kind"));
    const epoch = Math.round(model.get("epoch"));
    const loss = run[kind][epoch];
    return { runs: Object.values(runs), run, kind, epoch, loss, above: loss - run.floor, change: loss - run[kind][epoch - 1] };
  },

  draw: (svg, assign) => {
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleLinear();
    const y = scaleLinear();
    const group = root.append("g").attr("aria-hidden", "true");
    const others = group.append("g");
    const floor = group.append("line").attr("class", "guide guide-p");
    const twin = group.append("polyline").attr("class", "line line-neutral thin");
    const curve = group.append("polyline").attr("class", "line line-q");
    const above = group.append("line").attr("class", "price");
    const legend = group.append("text").attr("class", "axis-title").attr("text-anchor", "end").attr("y", 12);
    const floorName = group.append("text").attr("class", "label small label-p");
    const label = sideLabel(group, "label label-q");
    /** @type {State} */
    let shown;
    const moveDot = dragDot(root, {
      svg, assign, x, name: "epoch", label: "epoch",
      max: Infinity, // the number of epochs is known once the first run is drawn
      step: 1,
      text: (epoch) => `${epoch}, ${shown.kind} loss ${number(shown.loss, 3)}`,
      fit: (epoch) => Math.min(shown.run.test.length - 1, Math.max(0, Math.round(epoch))),
    });

    return (state, size) => {
      const { runs, run, kind, epoch, loss } = (shown = state);
      const box = inner(size, MARGINS);
      const last = run.test.length - 1;
      x.domain([0, last]).range(box.x);
      y.domain([0, Math.max(...runs.flatMap((each) => [...each.training, ...each.test]))]).range(box.y).nice();
      drawAxes(x, y, { x: "epoch", y: "loss, nats", ticksX: Math.min(last, 6) });
      legend.attr("x", box.x[1]).text(`thin: its ${kind === "test" ? "training" : "test"} loss; grey: all runs`);
      const path = (/** @type {number[]} */ losses) => through(losses.map((value, k) => [x(k), y(value)]));
      others.selectAll("polyline").data(runs).join("polyline").attr("class", "line line-neutral ghost").attr("points", (each) => path(each[kind]));
      curve.attr("points", path(run[kind]));
      twin.attr("points", path(run[kind === "test" ? "training" : "test"]));
      const under = y(run.floor);
      floor.attr("x1", box.x[0]).attr("x2", box.x[1]).attr("y1", under).attr("y2", under);
      // At the left, where the curves are still high, unless the dot is there.
      const [at, level] = [x(epoch), under + (run.floor > 0.2 ? 12 : -10)];
      const taken = at < box.x[0] + 110 && Math.abs(y(loss) - level) < 24;
      floorName.attr("text-anchor", taken ? "end" : "start").attr("x", taken ? box.x[1] : box.x[0] + 5).attr("y", level + 4).text(`floor ${number(run.floor, 3)}`);
      const [px, py] = [x(epoch), y(loss)];
      moveDot(epoch, px, py).attr("aria-valuemax", last);
      above.attr("x1", px).attr("x2", px).attr("y1", under).attr("y2", py);
      const late = epoch > last / 2;
      // Below the legend, however high the loss is.
      label({ x: px + (late ? -4 : 14), y: Math.max(py - 14, 32), before: late, text: `${run.name} ${number(loss, 3)}` });
    };
  },

  alternative: ({ runs, run, kind, epoch, loss, above }) =>
    `Loss curves of ${runs.length > 1 ? `${runs.length} runs` : "one run"} over ${run.test.length - 1} epochs, the run “${run.name}” in bold, its floor a level line at ${number(run.floor, 3)} nats. ` +
    `After epoch ${epoch} its ${kind} loss is ${number(loss, 3)}, ${spoken(above, 3)} above the floor, and of the test pictures ${number(100 * run.accuracy[epoch], 1)} % are right.`,

  formula: ({ run, kind, loss, above }) => ({
    html: `${kind} loss = ${inP("floor")} + what is above it = ${inP(number(run.floor, 3))} + ${inQ(number(above, 3))} = <strong>${number(loss, 3)}</strong> nats`,
    spoken: `the ${kind} loss is its floor plus what is above it: ${spoken(run.floor, 3)} plus ${spoken(above, 3)} is ${spoken(loss, 3)} nats`,
  }),

  quantities: {
    loss: { label: "loss", value: (s) => s.loss, text: (s) => `${number(s.loss, 3)} nats` },
    floor: { label: inP("floor"), value: (s) => s.run.floor, text: (s) => number(s.run.floor, 3) },
    above: { label: "above it", value: (s) => s.above, text: (s) => number(s.above, 3) },
    change: { label: "change", value: (s) => s.change, text: (s) => (s.epoch ? number(s.change, 3) : "none yet") },
    accuracy: { label: "test accuracy", value: (s) => s.run.accuracy[s.epoch], text: (s) => `${number(100 * s.run.accuracy[s.epoch], 1)} %` },
  },
});
