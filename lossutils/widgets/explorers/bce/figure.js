/** Binary cross-entropy over the logit: the price of a yes, of a no, and the target's mix of the two. */

import {
  crossEntropy,
  decimals,
  explorer,
  information,
  number,
  own,
  p as inP,
  probability,
  q as inQ,
  quantity,
  said,
  scaleLinear,
  short,
  sigmoid,
  significant,
  softmax,
  spoken,
  through,
  values,
  whole,
  widthOf,
} from "../../js/index.js";
import { floor, loss, slope, softplus } from "./math.js";

const TOP = 8.5; // shows the whole bowl when the weight is 1
const MARGINS = { top: 42, right: 12, bottom: 54, left: 30 };
const TICKS = [-8, -4, 0, 4, 8];
const REACH = 4; // the arrow's length in logits for a slope of 1 …
const LONGEST = 120; // … at most so many pixels, …
const RADIUS = 10; // … beginning at the dot's edge
const SPARE = 60; // between two names, if a reader spaces letters out

let count = 0;

/** @typedef {{ z: number, t: number, w: number, q: number, yes: number, no: number, loss: number,
 *    slope: number, floor: { z: number, loss: number }, twoClass: number }} State */

/** pos_weight as a factor, left out where it is 1. @param {number} w @param {string} times */
const factor = (w, times) => (w === 1 ? "" : `${significant(w, 4)}${times}`);

export default explorer({
  name: "bce",

  state: (model) => {
    const {
      logit: z,
      target: t,
      pos_weight: w,
    } = /** @type {Record<string, number>} */ (values(model));
    return {
      z,
      t,
      w,
      q: sigmoid(z),
      yes: softplus(-z),
      no: softplus(z),
      loss: loss(z, t, w),
      slope: slope(z, t, w),
      floor: floor(t, w),
      // The same number in another way: two classes, with logits 0 and z.
      twoClass: crossEntropy([1 - t, w * t], softmax([0, z])),
    };
  },

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").logit;
    const grid = Array.from({ length: 321 }, (_, k) => min + (k / 320) * (max - min));
    const drawAxes = plot.axes();
    const x = scaleLinear([min, max], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]);
    // The clip needs an id of its own: a page may show two of these explorers.
    const clipName = `clip-bce-${++count}`;
    const clip = plot.root.append("clipPath").attr("id", clipName).append("rect");
    const inside = plot.root.append("g").attr("clip-path", `url(#${clipName})`);
    const yes = plot.mark("polyline", "line line-part", inside);
    const no = plot.mark("polyline", "line line-part", inside);
    const ground = plot.mark("line", "floor", inside);
    const mix = plot.mark("polyline", "line line-mix", inside);
    const guide = plot.mark("line", "guide", inside);
    const ends = inside.append("g");
    const moveNo = plot.dot("neutral", 4, ends);
    const moveYes = plot.dot("neutral", 4, ends);
    const best = plot.mark("polygon", "dot dot-p", inside);
    const nameYes = plot.text("small quiet");
    const nameNo = plot.text("small quiet", { words: "no: −log(1 − σ(z))", anchor: "end" });
    const nameX = plot.text("axis-title", { anchor: "end" }).attr("aria-hidden", "true");
    nameX.text("logit z; ");
    plot.mark("tspan", "label-q", nameX).text("below: q = σ(z), chance of yes");
    const nameFloor = plot.text("label label-p small");
    const chances = plot.marks("text", TICKS, "label-q small", plot.hidden());
    chances
      .attr("text-anchor", "middle")
      .text((at) => short(number(Number(sigmoid(at)), Math.abs(at) > 4 ? 4 : 2)));
    const shaft = plot.mark("line", "tangent");
    const head = plot.mark("polygon", "tangent-head");
    const moveDot = plot.dragDot({
      x,
      step: 0.05,
      name: "logit",
      label: "z, the logit",
      text: (v) => said(decimals(v)),
    });
    const label = plot.sideLabel("label");
    /** @param {(z: number) => number} curve */
    const trace = (curve) => through(grid.map((z) => [x(z), y(curve(z))]));

    return (state, size) => {
      const { z, t, w } = state;
      const box = plot.span(size, MARGINS, x, y);
      if (plot.changed(size, t, w)) {
        const ticks = {
          ticksX: TICKS,
          ticksY: [0, 2, 4, 6, 8],
          formatX: whole,
          formatY: whole,
        };
        const shares = `${probability(t)} yes + ${probability(1 - t)} no`;
        drawAxes(x, y, { y: `loss in nats; thick line: ${shares}`, lift: 28, ...ticks });
        plot.put(chances, x, y(0) + 34);
        plot.put(nameX, box.x[1], y(0) + 50);
        clip
          .attr("x", box.x[0])
          .attr("y", box.y[1])
          .attr("width", box.x[1] - box.x[0])
          .attr("height", box.y[0] - box.y[1]);
        yes.attr(
          "points",
          trace((at) => w * softplus(-at)),
        );
        no.attr("points", trace(softplus));
        mix.attr(
          "points",
          trace((at) => loss(at, t, w)),
        );
        // Names go inside the bowl, where their curves come down from the top of the picture; in a
        // narrow bowl the yes goes outside, to the left of its curve and of the thick one.
        const high = TOP - 0.5;
        const from = grid.find((at) => w * softplus(-at) < high) ?? min;
        const first = grid.find((at) => Math.min(w * softplus(-at), loss(at, t, w)) < high) ?? min;
        const room = x(high) - x(from);
        const outside = room < 150;
        const top = w * softplus(-from);
        const words = w === 1 ? "yes: −log σ(z)" : `yes: −${significant(w, 4)} log σ(z)`;
        const atEdge = outside && x(first) - 10 < box.x[0] + widthOf(words, 12);
        plot.put(
          nameYes,
          atEdge ? box.x[0] + 6 : outside ? x(first) - 10 : x(from) + 10,
          top < high - 0.5 ? y(top) - 8 : y(high) + 4,
          words,
          outside && !atEdge ? "end" : "start",
        );
        const drop = (outside && !atEdge) || room >= widthOf(words, 12) + 130 ? 4 : 24;
        plot.put(nameNo, x(y.invert(y(high) + drop)) - 10, y(high) + drop);
        const { z: where, loss: least } = state.floor;
        plot.level(ground, box.x, y(least));
        const [bx, by] = [x(Math.abs(where) > 99 ? 99 : where), y(least)];
        best.attr(
          "points",
          through([
            [bx, by - 7],
            [bx + 7, by],
            [bx, by + 7],
            [bx - 7, by],
          ]),
        );
        // Below the line there are only thin curves.
        const height = y(least) + (least > 0.5 ? 14 : -6);
        const text = `◆ floor ${number(least, 3)}${size.width > 400 ? ` at q = ${number(Number(sigmoid(where)))}` : ""}`;
        if (where > 0) plot.put(nameFloor, box.x[0] + 4, height, text, "start");
        else plot.put(nameFloor, box.x[1] - 4, height, text, "end");
      }
      const [px, py] = [x(z), y(Math.min(TOP, state.loss))];
      plot.upright(guide, px, [y(0), y(Math.max(w * state.yes, state.no))]);
      moveNo(px, y(state.no));
      moveYes(px, y(w * state.yes));
      const beyond = state.loss > TOP;
      moveDot(z, px, py).classed("beyond", beyond);
      for (const part of [shaft, head]) part.attr("visibility", beyond ? "hidden" : null);
      // Downhill along the tangent, in proportion to the slope.
      const along = { x: x(z - REACH * state.slope) - px, y: y(0) - y(REACH * state.slope ** 2) };
      const length = Math.hypot(along.x, along.y);
      // No longer than fits above the formula.
      const scale = Math.min(1, LONGEST / length, (y(0) + 24 - py) / Math.max(along.y, 1e-9));
      const tip = [px + along.x * scale, py + along.y * scale].map(
        (v, k) => v + (RADIUS * (k ? along.y : along.x)) / (length || 1),
      );
      plot.segment(shaft, [px, py], tip);
      const [ux, uy] = [along.x / length, along.y / length];
      const turned = [
        [2, 0],
        [-9, -5],
        [-9, 5],
      ].map(([ahead, aside]) => [
        tip[0] + ahead * ux - aside * uy,
        tip[1] + ahead * uy + aside * ux,
      ]);
      head.attr("points", length > 1 ? through(turned) : "");
      // On the other side of the dot if the curve of a yes or the floor has its name there.
      const [named, words] = [Number(nameYes.attr("x")), nameYes.text()];
      const start = nameYes.attr("text-anchor") === "end" ? named - widthOf(words, 12) : named;
      const met =
        Math.abs(Number(nameYes.attr("y")) - py + 12) < 16 &&
        px + 60 > start &&
        px < start + widthOf(words, 12);
      const late = px > size.width - 80 || (met && px > 70);
      // The loss continues above the picture.
      const text = `${number(state.loss, 3)}${beyond ? " ↑" : ""}`;
      const wide = widthOf(text) + 14;
      const [from, to] = late ? [px - wide, px] : [px, px + wide];
      const [floorX, floorY] = [Number(nameFloor.attr("x")), Number(nameFloor.attr("y"))];
      const long =
        widthOf(nameFloor.text(), 12) * (nameFloor.attr("text-anchor") === "end" ? -1 : 1);
      const onFloor =
        Math.abs(floorY - py + 12) < 16 &&
        from < Math.max(floorX, floorX + long) + SPARE &&
        to > Math.min(floorX, floorX + long) - SPARE;
      const height = met && !late ? py + 26 : onFloor ? floorY - 16 : py - 12;
      label({ x: px, by: 14, y: height, before: late, text });
    };
  },

  alternative: ({ z, t, w, loss: now, slope: steep, floor: { loss: least } }) =>
    `Two curves over the logit: ${factor(w, " times ")}−log σ(z) falls, −log(1 − σ(z)) rises. The loss lies between them, mixed in the target's proportion. ` +
    `At z = ${said(decimals(z))}, target ${probability(t)} and pos_weight ${significant(w, 4)} it is ${number(now, 3)} nats, ` +
    `its slope is ${spoken(steep, 3)}, and its floor is ${number(least, 3)}.`,

  formula: ({ t, w, q, yes, no, loss: now, slope: steep }) => {
    const [T, notT, Q, notQ] = [probability(t), probability(1 - t), number(q, 3), number(1 - q, 3)];
    const parts = [number(yes, 3), number(no, 3)];
    const ownT = inP(T, "target");
    const ownW = w === 1 ? "" : `${own(factor(w, ""), "pos_weight")}·`;
    const byWeight = `${inP(notT)}·${inQ(Q)} − ${ownW}${ownT}·${inQ(notQ)}`;
    return {
      html:
        `loss = ${ownW}${ownT}·${parts[0]} + ${inP(notT)}·${parts[1]} = <strong>${number(now, 3)}</strong> nats<br>` +
        `slope = ${w === 1 ? `σ(z) − t = ${inQ(Q)} − ${ownT}` : byWeight} = <strong>${number(steep, 3)}</strong>`,
      spoken:
        `the loss is ${factor(w, " times ")}${T} times ${parts[0]} plus ${notT} times ${parts[1]}, which is ${number(now, 3)} nats; ` +
        `its slope is ${w === 1 ? `${Q} minus ${T}` : `${notT} times ${Q} minus ${factor(w, " times ")}${T} times ${notQ}`}, which is ${spoken(steep, 3)}`,
    };
  },

  quantities: {
    loss: information("nats", "loss", (s) => s.loss),
    gradient: quantity("slope", (s) => s.slope),
    floor: quantity(
      inP("floor"),
      (s) => s.floor.loss,
      (v, s) => `${number(v, 3)} at z = ${number(s.floor.z)}`,
    ),
    q: quantity(`${inQ("q")} = σ(z)`, (s) => s.q),
    two_class: quantity("softmax of (0, z): loss", (s) => s.twoClass),
  },
});
