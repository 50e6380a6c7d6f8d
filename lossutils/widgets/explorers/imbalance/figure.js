/** Two classes in the plane, one of them rare, and the boundary that the loss draws between them. */

import {
  decimals,
  explorer,
  information,
  number,
  q as inQ,
  quantity,
  remember,
  scaleLinear,
  through,
  whole,
} from "../../js/index.js";
import { COMMON, above, fit } from "./math.js";

const MARGINS = { top: 24, right: 6, bottom: 24, left: 22 };
const XS = [-4.2, 4.2];
const YS = [-3.2, 3.2];
const LEVELS = [0.5, 0.1, 0.9]; // in order of importance, in case names don't fit
const ROOM = 40; // for a name
const classes = [
  [-2.9, 1.9],
  [2.6, 2.6],
]; // where their names stand
const KINDS = [
  { rare: false, label: false },
  { rare: false, label: true },
  { rare: true, label: true },
  { rare: true, label: false },
];

const fitted = remember(fit);

export default explorer({
  name: "imbalance",

  state: (settings) => ({
    ...fitted(/** @type {import("./math.js").Settings} */ (settings)),
    settings,
  }),

  draw: (plot) => {
    const x = scaleLinear(XS, [0, 1]);
    const y = scaleLinear(YS, [1, 0]);
    const half = plot.mark("polygon", "rare-side");
    const drawAxes = plot.axes();
    const dots = plot.marks(
      "path",
      KINDS,
      ({ rare, label }) =>
        `${label ? "called-rare" : "called-common"} ${rare !== label ? "mislabelled" : ""}`,
      plot.root,
    );
    const lines = LEVELS.map((level) => ({
      level,
      line: plot.mark("line", `line line-q ${level === 0.5 ? "" : "faint"}`),
      name: plot.text("small label-q", { anchor: "middle" }),
    }));
    const common = plot.text("label ", { words: "● common", anchor: "middle" });
    const rareName = plot.text("label label-p", { words: "▲ rare", anchor: "middle" });
    const side = plot.text("small", { words: "shaded: called rare", anchor: "end" });
    const across = plot.text("small", { words: "x", anchor: "end" });
    const up = plot.text("small", { words: "y" });

    return (state, size) => {
      const box = plot.span(size, MARGINS, x, y);
      drawAxes(x, y, {
        ticksX: [-4, -2, 0, 2, 4],
        ticksY: [-2, 0, 2],
        formatX: whole,
        formatY: whole,
      });
      dots.attr("d", ({ rare, label }) => {
        const shape = rare ? "m0,-4.5l4,7h-8z" : "m-2.6,0a2.6,2.6 0 1,0 5.2,0a2.6,2.6 0 1,0 -5.2,0";
        return state.points
          .filter((point) => point.rare === rare && point.label === label)
          .map((point) => `M${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}${shape}`)
          .join("");
      });
      half.attr(
        "points",
        through(above(state.theta, XS, YS).corners.map(([px, py]) => [x(px), y(py)])),
      );
      /** @type {number[]} */
      const taken = [];
      for (const { level, line, name } of lines) {
        const { edge } = above(state.theta, XS, YS, Math.log(level / (1 - level)));
        line.attr("display", edge.length === 2 ? null : "none");
        if (edge.length < 2) {
          name.text("");
          continue;
        }
        // The name goes at the upper end.
        const [top, bottom] = edge[0][1] > edge[1][1] ? edge : [edge[1], edge[0]];
        const px = Math.max(box.x[0] + 14, Math.min(x(top[0]), size.width - 26));
        plot.segment(line, [x(top[0]), y(top[1])], [x(bottom[0]), y(bottom[1])]);
        const py = Math.max(14, y(top[1]) - 6);
        const meets = classes.some(
          (place) => Math.abs(x(place[0]) - px) < ROOM && Math.abs(y(place[1]) - py) < 16,
        );
        const free = !meets && !taken.some((other) => Math.abs(other - px) < ROOM);
        if (free) taken.push(px);
        plot.put(name, px, py, free ? (level === 0.5 ? "q = 0.5" : level) : "");
      }
      for (const [k, name] of [common, rareName].entries())
        plot.put(name, x(classes[k][0]), y(classes[k][1]));
      plot.put(side, box.x[1] - 20, box.y[0] - 6);
      plot.put(across, box.x[1] - 4, box.y[0] - 6);
      plot.put(up, box.x[0] + 6, box.y[1] + 8);
    };
  },

  alternative: ({ settings, recall, precision, meanQ, frequency }) => {
    const called = Number.isNaN(precision)
      ? "No point is called rare"
      : `Of the points called rare ${number(100 * precision, 0)} % are`;
    return (
      `${COMMON} points of a common class and ${settings.rare} of a rare one, ${decimals(100 * settings.noise, 0)} % of the labels wrong, ` +
      `and a straight boundary (weights: ${settings.scheme}, focal γ ${decimals(settings.gamma, 1)}). ` +
      `Recall is ${number(recall[0])} for the common class and ${number(recall[1])} for the rare one. ` +
      `${called}. The mean q of the rare class is ${number(meanQ, 3)}; the share labelled rare is ${number(frequency, 3)}.`
    );
  },

  formula: ({ theta, pulls, weights, loss, divisor }) => {
    const [a, b, c] = theta.map((v) => inQ(number(v)));
    const [common, rare] = pulls.map(
      (pull, k) => `${number(weights[k])}·${number(pull / weights[k])}`,
    );
    return (
      `log(${inQ("q")}/(1−${inQ("q")})) = ${a} + ${b}·x + ${c}·y<br>` +
      `slope along the first: ${common} − ${rare} = ${number(pulls[0] - pulls[1])}<br>` +
      `loss = ${number(loss * divisor)} / ${number(divisor)} = <strong>${number(loss, 3)}</strong> nats`
    );
  },

  chief: "recall_rare",
  quantities: {
    recall_common: quantity("recall common", (s) => s.recall[0], 2),
    recall_rare: quantity("recall rare", (s) => s.recall[1], 2),
    balanced_accuracy: quantity("mean of both", (s) => s.balancedAccuracy, 2),
    precision: quantity(
      "precision rare",
      (s) => s.precision,
      (v) => (Number.isNaN(v) ? "–" : number(v)),
    ),
    loss: information("nats", "loss", (s) => s.loss),
    mean_q: quantity(`mean ${inQ("q")}(rare)`, (s) => s.meanQ),
    frequency: quantity("labelled rare", (s) => s.frequency),
  },
});
