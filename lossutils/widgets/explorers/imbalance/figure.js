/** Two classes in the plane, one of them rare, and the boundary that the loss draws between them. */

import {
  axes, decimals, explorer, inner, number, option, q as inQ, remember, scaleLinear, select,
  spoken, through,
} from "../../js/index.js";
import { COMMON, above, fit } from "./math.js";

const MARGINS = { top: 24, right: 6, bottom: 24, left: 22 };
/** @type {[number, number]} */
const XS = [-4.2, 4.2];
/** @type {[number, number]} */
const YS = [-3.2, 3.2];
const LEVELS = [0.5, 0.1, 0.9]; // in order of importance, in case names don't fit
const KINDS = [
  { rare: false, label: false }, { rare: false, label: true },
  { rare: true, label: true }, { rare: true, label: false },
];

/** @typedef {import("./math.js").Fit} Fit */
/** @typedef {import("./math.js").Settings} Settings */
/** @typedef {Fit & { settings: Settings }} State */

const fitted = remember(fit);

const whole = (/** @type {number} */ v) => number(v, 0);

/** The sum of a class's slopes, without its weight. @param {State} state @param {number} k */
const pull = ({ pulls, weights }, k) => pulls[k] / weights[k];

export default explorer({
  name: "imbalance",

  state: (model) => {
    /** @type {(trait: string) => number} */
    const get = (trait) => model.get(trait);
    const settings = { rare: get("rare"), scheme: option(model, "scheme"), gamma: get("gamma"), noise: get("noise") };
    return { ...fitted(settings), settings };
  },

  draw: (svg) => {
    const root = select(svg);
    const x = scaleLinear(XS, [0, 1]);
    const y = scaleLinear(YS, [1, 0]);
    const half = root.append("polygon").attr("class", "rare-side");
    const drawAxes = axes(svg);
    const dots = KINDS.map(({ rare, label }) =>
      root.append("path").attr("class", `${label ? "called-rare" : "called-common"} ${rare !== label ? "mislabelled" : ""}`),
    );
    const lines = LEVELS.map((level) => ({
      level,
      line: root.append("line").attr("class", `line line-q ${level === 0.5 ? "" : "faint"}`),
      name: root.append("text").attr("class", "small label-q").attr("text-anchor", "middle"),
    }));
    const names = [
      { text: "common", at: [-2.9, 1.9], kind: "" },
      { text: "rare", at: [2.6, 2.6], kind: "label-p" },
    ].map(({ text, at, kind }) => ({
      at,
      name: root.append("text").attr("class", `label ${kind}`).attr("text-anchor", "middle").text(text),
    }));

    return (state, size) => {
      const box = inner(size, MARGINS);
      x.range(box.x);
      y.range(box.y);
      drawAxes(x, y, { ticksX: [-4, -2, 0, 2, 4], ticksY: [-2, 0, 2], formatX: whole, formatY: whole });
      for (const [n, { rare, label }] of KINDS.entries()) {
        const shape = rare ? "m0,-4.5l4,7h-8z" : "m-2.6,0a2.6,2.6 0 1,0 5.2,0a2.6,2.6 0 1,0 -5.2,0";
        const places = state.points.filter((point) => point.rare === rare && point.label === label);
        dots[n].attr("d", places.map((point) => `M${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}${shape}`).join(""));
      }
      half.attr("points", through(above(state.theta, XS, YS).corners.map((corner) => [x(corner[0]), y(corner[1])])));
      /** @type {number[]} */
      const taken = [];
      for (const { level, line, name } of lines) {
        const { edge } = above(state.theta, XS, YS, Math.log(level / (1 - level)));
        const shown = edge.length === 2;
        line.attr("display", shown ? null : "none");
        if (!shown) {
          name.text("");
          continue;
        }
        // The name goes at the upper end.
        const [top, bottom] = edge[0][1] > edge[1][1] ? edge : [edge[1], edge[0]];
        const px = Math.max(box.x[0] + 14, Math.min(x(top[0]), size.width - 26));
        line.attr("x1", x(top[0])).attr("y1", y(top[1])).attr("x2", x(bottom[0])).attr("y2", y(bottom[1]));
        const room = 40;
        const free = !taken.some((other) => Math.abs(other - px) < room);
        if (free) taken.push(px);
        name.attr("x", px).attr("y", Math.max(14, y(top[1]) - 6)).text(free ? (level === 0.5 ? "q = 0.5" : level) : "");
      }
      for (const { at, name } of names) name.attr("x", x(at[0])).attr("y", y(at[1]));
    };
  },

  alternative: (state) => {
    const { settings, recall, precision, meanQ, frequency } = state;
    const loss = `weights: ${settings.scheme}, focal gamma ${decimals(settings.gamma, 1)}`;
    const none = Number.isNaN(precision) ? "No point is called rare" : `Of the points called rare ${number(100 * precision, 0)} % are`;
    return (
      `${COMMON} points of a common class and ${settings.rare} of a rare one, ${decimals(100 * settings.noise, 0)} % of the labels wrong, ` +
      `and a straight boundary (${loss}). Recall is ${number(recall[0])} for the common class and ${number(recall[1])} for the rare one. ` +
      `${none}. The mean q of the rare class is ${number(meanQ, 3)}; the share labelled rare is ${number(frequency, 3)}.`
    );
  },

  formula: (state) => {
    const { theta, loss, divisor } = state;
    const [common, rare] = [0, 1].map((k) => ({ weight: number(state.weights[k]), sum: number(pull(state, k)) }));
    const gap = state.pulls[0] - state.pulls[1];
    return {
      html:
        `log(${inQ("q")}/(1−${inQ("q")})) = ${inQ(number(theta[0]))} + ${inQ(number(theta[1]))}·x + ${inQ(number(theta[2]))}·y<br>` +
        `slope along the first: ${common.weight}·${common.sum} − ${rare.weight}·${rare.sum} = ${number(gap)}<br>` +
        `loss = ${number(loss * divisor)} / ${number(divisor)} = <strong>${number(loss, 3)}</strong> nats`,
      spoken:
        `the log odds of q are ${spoken(theta[0])} plus ${spoken(theta[1])} times x plus ${spoken(theta[2])} times y; ` +
        `the slope of the loss along the first of these is what the common class pulls, ${common.weight} times ${common.sum}, minus what ` +
        `the rare class pulls, ${rare.weight} times ${rare.sum}, which is ${spoken(gap)}; the loss is ${number(loss * divisor)} over ` +
        `the weights' sum ${number(divisor)}, which is ${number(loss, 3)} nats`,
    };
  },

  quantities: {
    recall_common: { label: "recall common", value: (s) => s.recall[0], text: (s) => number(s.recall[0]) },
    recall_rare: { label: "recall rare", value: (s) => s.recall[1], text: (s) => number(s.recall[1]) },
    balanced_accuracy: { label: "mean of both", value: (s) => s.balancedAccuracy, text: (s) => number(s.balancedAccuracy) },
    precision: { label: "precision rare", value: (s) => s.precision, text: (s) => (Number.isNaN(s.precision) ? "–" : number(s.precision)) },
    loss: { label: "loss", value: (s) => s.loss, text: (s) => `${number(s.loss, 3)} nats` },
    mean_q: { label: `mean ${inQ("q")}(rare)`, value: (s) => s.meanQ, text: (s) => number(s.meanQ, 3) },
    frequency: { label: "labelled rare", value: (s) => s.frequency, text: (s) => number(s.frequency, 3) },
  },
});
