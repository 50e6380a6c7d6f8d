/** Logits, temperature, softmax, loss and gradient; and the effect of an activation before it. */

import {
  corners,
  decimals,
  disc,
  dot,
  explorer,
  information,
  number,
  own,
  p as inP,
  q as inQ,
  quantity,
  scaleBand,
  scaleLinear,
  scaleSqrt,
  short,
  significant,
  through,
  whole,
} from "../../js/index.js";
import { outcome } from "./math.js";

const HIGHEST = 12; // the end of the loss's axis, in nats
const SUBSCRIPTS = "₀₁₂₃";
// The input of softmax.
const FED = /** @type {Record<string, string>} */ ({
  none: "z/T",
  sigmoid: "σ(z/T)",
  softmax: "softmax(z/T)",
});
// Logits, softmax's input, q and push, and the loss, from top to bottom.
const LEFT = 76;
const LOGITS = { top: 22, bottom: 92 };
const ROW = 114;
const CHANGE = { top: 160, bottom: 262 };
const NAMES = 291;
const LOSS = { top: 316, bottom: 330 };

/** @typedef {import("./math.js").Settings & ReturnType<typeof outcome>} State */

/** .66 for 0.66: numbers of neighbouring classes stand close. @param {number} value */
const brief = (value) => short(number(value));

/** A quantity for each class, if that class exists.
 * @param {"q" | "gradient"} name @param {(index: string) => string} label */
const ofEach = (name, label) =>
  Object.fromEntries(
    Array.from(SUBSCRIPTS, (index, k) => [
      `${name}_${k}`,
      quantity(
        label(index),
        (/** @type {State} */ s) => s[name][k] ?? NaN,
        (v, s) => (k < s.z.length ? number(v, 3) : ""),
      ),
    ]),
  );

export default explorer({
  name: "softmax",
  pairs: true,

  /** @returns {State} */
  state: ({ logits: z, ...others }) => ({ z, ...others, ...outcome({ z, ...others }) }),

  draw: (plot, model) => {
    const { min, max, step } = model.get("_settings").logits;
    const drawLogits = plot.axes();
    const drawChange = plot.axes();
    const logit = scaleLinear([min, max], [LOGITS.bottom, LOGITS.top]);
    const share = scaleLinear([-1, 1], [CHANGE.bottom, CHANGE.top]).clamp(true);
    // Near the floor small differences matter, far above it they don't.
    const nats = scaleSqrt([0, HIGHEST], [0, 1]).clamp(true);

    const classes = model.get("classes");
    const data = Array.from({ length: classes }, (_, k) => ({ k }));
    const x = scaleBand([...data.keys()], [0, 1])
      .paddingInner(0.2)
      .paddingOuter(0.1);
    /** @param {string} tag @param {string} kind */
    const marks = (tag, kind) => plot.marks(tag, data, kind);
    /** @param {string} words @param {number} y */
    const heading = (words, y, parent = plot.root) =>
      plot.put(plot.text("axis-title", { parent }), 2, y, words);
    const zeros = [logit, share].map((scale) => ({ y: scale(0), line: plot.mark("line", "zero") }));
    const stems = marks("line", "stem");
    const dots = marks("polygon", "dot dot-neutral");
    const logits = marks("text", "label small");
    const row = heading("", ROW);
    const fed = plot.texts(data, "label small");
    const truth = marks("polygon", "truth");
    const bars = marks("polygon", "bar-q");
    const chances = plot.texts(data, "label small label-q");
    const arrows = marks("polygon", "slope");
    const pushes = plot.texts(data, "label small");
    const title = heading("", CHANGE.top - 24);
    const titleQ = plot.mark("tspan", "label-q", title);
    title.append("tspan").attr("dx", 12).text("↕ push, −g");
    plot.mark("tspan", "label-p", title).attr("dx", 12).text("▯ y");
    heading("class", NAMES);
    const names = plot.texts(data, "label small");

    const scale = plot.group();
    const lossTitle = heading("loss ℓ in nats (square-root scale)", LOSS.top - 8, scale);
    const strip = (/** @type {string} */ kind) =>
      plot
        .mark("rect", kind, scale)
        .attr("y", LOSS.top)
        .attr("height", LOSS.bottom - LOSS.top);
    const track = strip("track");
    const barred = strip("barred");
    const edge = plot.mark("line", "mark", scale);
    const floorLabel = plot.text("label small", { parent: scale });
    const ticks = plot.mark("g", "axis", scale);
    const moveDot = plot.dot("neutral", 8, scale);
    const lossLabel = plot.sideLabel("label", scale);

    plot.handles(dots, {
      min,
      max,
      step,
      label: ({ k }) => `logit z of class ${k}`,
      value: ({ z }) => z,
      text: (value) => decimals(value, 1),
      at: (_, [, py]) => logit.invert(py),
      set: (datum, value) => plot.assign({ [`z_${datum.k}`]: (datum.z = value) }),
    });

    return (state, size) => {
      const left = (/** @type {{ k: number }} */ { k }) => x(k) ?? 0;
      const half = () => x.bandwidth() * 0.28; // half a bar; the rest is for the arrow
      const arrowAt = (/** @type {{ k: number }} */ d) => left(d) + x.bandwidth() * 0.78;
      const guess = Math.log(classes);
      for (const [k, datum] of data.entries())
        Object.assign(datum, {
          z: state.z[k],
          fed: state.fed[k],
          q: state.q[k],
          push: 0 - state.gradient[k], // 0 stays 0, not −0
          target: k === state.target,
        });
      if (plot.changed(size.width)) {
        x.range([LEFT, size.width - 6]);
        nats.range([12, size.width - 16]);
        const middle = (/** @type {{ k: number }} */ d) => left(d) + x.bandwidth() / 2;
        stems.attr("x1", middle).attr("x2", middle).attr("y1", logit(0));
        logits.attr("x", (d) => middle(d) + 14);
        plot.put(fed, middle, ROW);
        plot.put(names, middle, NAMES);
        chances.attr("x", (d) => left(d) + half());
        pushes.attr("x", arrowAt);
        truth.attr("points", (d) => corners(left(d), share(1), 2 * half(), share(0) - share(1)));
        for (const { y, line } of zeros) plot.level(line, x.range(), y);
        track.attr("x", nats(0)).attr("width", nats(HIGHEST) - nats(0));
        const marked = ticks.selectAll("text").data([0, guess, 4, 8, 12]).join("text");
        const name = (/** @type {number} */ value) => (value === guess ? `log ${classes}` : value);
        plot.put(marked, nats, LOSS.bottom + 16, name, "middle");
      }
      drawLogits(x, logit, { y: "logits z", ticksX: [], ticksY: [min, 0, max] });
      drawChange(x, share, { ticksX: [], ticksY: [-1, 0, 1], formatY: whole });

      stems.attr("y2", ({ z }) => logit(z));
      dots.attr("points", (d) => disc(left(d) + x.bandwidth() / 2, logit(d.z), 9));
      // Beside its dot, but neither on the zero line nor on the axis.
      const beside = (/** @type {number} */ z) =>
        Math.abs(logit(z) - logit(0)) < 10
          ? Math.min(logit(z), logit(0)) - 4
          : Math.min(logit(z) + 4, LOGITS.bottom - 3);
      logits.attr("y", ({ z }) => beside(z)).text(({ z }) => decimals(z, 1));
      row.text(FED[state.activation]);
      fed.text((d) => number(d.fed, Math.abs(d.fed) < 10 ? 2 : 1));
      titleQ.text(`q = softmax(${FED[state.activation]})`);
      truth.attr("visibility", ({ target }) => (target ? null : "hidden"));
      bars.attr("points", (d) => corners(left(d), share(d.q), 2 * half(), share(0) - share(d.q)));
      chances
        .attr("y", ({ q }) => share(q) + (q > 0.75 ? 14 : -4))
        .classed("inside", ({ q }) => q > 0.75)
        .text(({ q }) => brief(q));
      arrows.attr("points", (d) => {
        const [px, from, to] = [arrowAt(d), share(0), share(d.push)];
        const head = Math.sign(from - to) * Math.min(6, Math.abs(to - from));
        return through([
          [px, from],
          [px, to + head],
          [px - 5, to + head],
          [px, to],
          [px + 5, to + head],
          [px, to + head],
        ]);
      });
      pushes
        .attr("y", ({ push }) => share(push) + (push < 0 ? 14 : -5))
        .text(({ push }) => `${brief(push)}${Math.abs(push) > 1 ? (push > 0 ? "↑" : "↓") : ""}`);
      names
        .classed("label-p", ({ target }) => target)
        .text(({ k, target }) => (target ? `y = ${k}` : k));

      const { loss, floor } = state;
      for (const mark of [barred, edge, floorLabel])
        mark.attr("display", floor > 0 ? null : "none");
      barred.attr("x", nats(0)).attr("width", nats(floor) - nats(0));
      plot.upright(edge, nats(floor), [LOSS.top - 5, LOSS.bottom + 3]);
      const least = `floor ${number(floor, 3)}: no loss is lower`;
      plot.put(floorLabel, nats(floor) + 6, LOSS.top - 8, least);
      lossTitle.attr("display", floor > 0 ? "none" : null);
      const px = nats(loss);
      moveDot(px, (LOSS.top + LOSS.bottom) / 2);
      const text = `${number(loss, 3)}${loss > HIGHEST ? " →" : ""}`;
      lossLabel(px, LOSS.bottom - 2, text, px > size.width - 80, 13);
    };
  },

  alternative: ({ z, target, temperature, activation, q, loss, gradient, floor }) => {
    const list = (/** @type {number[]} */ values) => values.map((v) => number(v)).join(", ");
    const caution = floor > 0 ? ` It cannot be lower than ${number(floor, 3)}.` : "";
    return (
      `Logits ${z.map((v) => decimals(v, 1)).join(", ")} at temperature ${significant(temperature, 4)}. Softmax of ${FED[activation]} gives q = ${list(q)}. ` +
      `The target is class ${target}: the loss is ${number(loss, 3)} nats.${caution} The gradient along the logits is ${list(gradient)}; arrows show the push of a step, against it.`
    );
  },

  formula: ({ target, temperature, activation, fed, q, loss, gradient }) => {
    const y = SUBSCRIPTS[target];
    const [z, share] = [number(fed[target]), inQ(number(q[target], 3))];
    const signed = (/** @type {string} */ text) => (text.startsWith("−") ? `(${text})` : text);
    // What softmax is given is the logits themselves, or made of them.
    const isLogit = activation === "none" && temperature === 1;
    const logit = (/** @type {string} */ text, /** @type {number} */ k) =>
      own(text, isLogit && `z_${k}`);
    const powers = fed.map((v, k) => `e<sup>${logit(number(v), k)}</sup>`).join(" + ");
    const over = temperature === 1 ? "" : `/${own(significant(temperature, 4), "temperature")}`;
    const step = `${share} − ${inP("1")}`;
    const mean = signed(number(dot(fed, q) - fed[target], 3));
    const through = /** @type {Record<string, string>} */ ({
      none: `(${step})${over}`,
      sigmoid: `(${step})·${z}·(1 − ${z})${over}`,
      softmax: `${z}·(${step} − ${mean})${over}`,
    });
    return (
      `ℓ = −log ${inQ(`q${y}`)} = −${logit(signed(z), target)} + log(${powers}) = <strong>${number(loss, 3)}</strong> nats<br>` +
      `g${y} = ∂ℓ/∂z${y} = ${through[activation]} = ${number(gradient[target], 3)}`
    );
  },

  quantities: {
    loss: information("nats", "loss ℓ", (s) => s.loss),
    floor: quantity(
      "its floor",
      (s) => s.floor,
      (v) => number(v, v > 0 ? 3 : 0),
    ),
    ...ofEach("q", (index) => inQ(`q${index}`)),
    ...ofEach("gradient", (index) => `g${index}`),
  },
});
