/** Loss curves of runs, one of them selected, with its loss's floor if one is given. */

import {
  explorer,
  information,
  number,
  p as inP,
  q as inQ,
  quantity,
  scaleLinear,
  through,
} from "../../js/index.js";

const MARGINS = { top: 24, right: 14, bottom: 40, left: 34 };

/** @typedef {Record<"training" | "test" | "accuracy", number[]>} Run */
/** @typedef {{ runs: Record<string, Run>, floors: Record<string, number>, run: string, kind: "training" | "test", epoch: number }} Settings */

const ifGiven = (/** @type {number} */ value) =>
  Number.isNaN(value) ? "not known" : number(value, 3);

const percent = (/** @type {number} */ share) => `${number(100 * share, 1)} %`;

export default explorer({
  name: "training",

  state: (/** @type {Settings} */ { runs, floors, run: name, kind, epoch }) => {
    const run = { ...runs[name], name, floor: floors[name] ?? Number.NaN };
    const loss = run[kind][epoch];
    return {
      runs: Object.values(runs),
      run,
      kind,
      epoch,
      last: run.test.length - 1,
      loss,
      above: loss - run.floor,
      change: loss - run[kind][epoch - 1],
    };
  },

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear();
    const y = scaleLinear();
    const group = plot.group();
    const others = group.append("g");
    const floor = plot.mark("line", "guide guide-p", group);
    const twin = plot.mark("polyline", "line line-neutral thin", group);
    const curve = plot.mark("polyline", "line line-q", group);
    const above = plot.mark("line", "price", group);
    const legend = plot.text("axis-title", { anchor: "end", parent: group });
    const floorName = plot.text("label small label-p", { parent: group });
    const label = plot.sideLabel("label label-q", group);
    let shown = { kind: "", loss: 0, last: 0 };
    const moveDot = plot.dragDot({
      x,
      name: "epoch",
      max: Infinity, // the number of epochs is known once the first run is drawn
      text: (epoch) => `${epoch}, ${shown.kind} loss ${number(shown.loss, 3)}`,
      fit: (epoch) => Math.min(shown.last, Math.max(0, Math.round(epoch))),
    });

    return (state, size) => {
      const { runs, run, kind, epoch, last, loss } = (shown = state);
      const box = plot.span(size, MARGINS, x, y);
      x.domain([0, last]);
      y.domain([0, Math.max(...runs.flatMap((each) => [...each.training, ...each.test]))]).nice();
      drawAxes(x, y, { x: "epoch", y: "loss, nats", ticksX: Math.min(last, 6) });
      const other = kind === "test" ? "training" : "test";
      const many = runs.length > 1;
      plot.put(legend, box.x[1], 12, `thin: ${other}${many ? "; faint: other runs" : ""}`);
      const path = (/** @type {number[]} */ losses) =>
        through(losses.map((value, k) => [x(k), y(value)]));
      others
        .selectAll("polyline")
        .data(runs)
        .join("polyline")
        .attr("class", "line line-neutral ghost")
        .attr("points", (each) => path(each[kind]));
      curve.attr("points", path(run[kind]));
      twin.attr("points", path(run[other]));
      const known = !Number.isNaN(run.floor);
      const under = y(known ? run.floor : 0);
      plot.level(floor, box.x, under);
      floor.attr("display", known ? null : "none");
      const [px, py] = [x(epoch), y(loss)];
      // At the left, where the curves are still high, unless the dot is there.
      const height = under + (run.floor > 0.2 ? 12 : -10);
      const taken = px < box.x[0] + 110 && Math.abs(py - height) < 24;
      const text = known ? `floor ${number(run.floor, 3)}` : "";
      const [side, anchor] = taken ? [box.x[1], "end"] : [box.x[0] + 5, "start"];
      plot.put(floorName, side, height + 4, text, anchor);
      moveDot(epoch, px, py).attr("aria-valuemax", last);
      plot.upright(above, px, known ? [under, py] : [py, py]);
      const late = epoch > last / 2;
      const words = `${many ? run.name : `${kind} loss`} ${number(loss, 3)}`;
      // Below the legend, however high the loss is.
      label(px + (late ? -4 : 14), Math.max(py - 14, 32), words, late);
    };
  },

  alternative: ({ runs, run, kind, epoch, last, loss, above }) =>
    `Loss curves of ${runs.length > 1 ? `${runs.length} runs` : "one run"} over ${last} epochs, the run “${run.name}” in bold${Number.isNaN(above) ? "" : `, its floor a level line at ${number(run.floor, 3)} nats`}. ` +
    `After epoch ${epoch} its ${kind} loss is ${number(loss, 3)}${Number.isNaN(above) ? "" : `, ${number(above, 3)} above the floor`}, and of the test pictures ${percent(run.accuracy[epoch])} are right.`,

  formula: ({ run, kind, loss, above }) =>
    Number.isNaN(above)
      ? `${kind} loss = <strong>${number(loss, 3)}</strong> nats`
      : `${kind} loss = ${inP("floor")} + what is above it = ${inP(number(run.floor, 3))} + ${inQ(number(above, 3))} = <strong>${number(loss, 3)}</strong> nats`,

  quantities: {
    loss: information("nats", "loss", (s) => s.loss),
    floor: quantity(inP("floor"), (s) => s.run.floor, ifGiven),
    above: quantity("above the floor", (s) => s.above, ifGiven),
    change: quantity(
      "since the epoch before",
      (s) => s.change,
      (v, { epoch }) => (epoch ? number(v, 3) : "none yet"),
    ),
    accuracy: quantity("test accuracy", (s) => s.run.accuracy[s.epoch], percent),
  },
});
