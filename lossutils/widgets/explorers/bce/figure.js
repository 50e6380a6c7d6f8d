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
  scaleLinear,
  short,
  sigmoid,
  significant,
  softmax,
  through,
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

/** The price of a yes; a pos_weight of 1 is left out. @param {number} w */
const priceOfYes = (w) => `−${w === 1 ? "" : `${significant(w, 4)} `}log σ(z)`;

/** From where to where a name reaches. @param {import("../../js/figure/marks.js").Selection} name */
function reach(name) {
  const at = Number(name.attr("x"));
  const width = widthOf(name.text(), 12);
  return name.attr("text-anchor") === "end" ? [at - width, at] : [at, at + width];
}

export default explorer({
  name: "bce",

  state: (/** @type {Record<string, number>} */ { logit: z, target: t, pos_weight: w }) => ({
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
  }),

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").logit;
    const grid = Array.from({ length: 321 }, (_, k) => min + (k / 320) * (max - min));
    const drawAxes = plot.axes();
    const x = scaleLinear([min, max], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]);
    // The clip needs an id of its own: a page may show two of these explorers.
    const clipName = `clip-bce-${++count}`;
    const clip = plot.root.append("clipPath").attr("id", clipName).append("rect");
    const inside = plot.group().attr("clip-path", `url(#${clipName})`);
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
    const nameX = plot.text("axis-title", { words: "logit z; ", anchor: "end" });
    plot.mark("tspan", "label-q", nameX).text("below: q = σ(z), chance of yes");
    const nameFloor = plot.text("label label-p small");
    const chances = plot
      .texts(TICKS, "label-q small")
      .text((at) => short(number(Number(sigmoid(at)), Math.abs(at) > 4 ? 4 : 2)));
    const shaft = plot.mark("line", "tangent");
    const head = plot.mark("polygon", "tangent-head");
    const moveDot = plot.dragDot({
      x,
      step: 0.05,
      name: "logit",
      label: "z, the logit",
      text: (v) => decimals(v),
    });
    const label = plot.sideLabel("label");
    /** @param {typeof yes} line @param {(z: number) => number} curve */
    const trace = (line, curve) =>
      line.attr("points", through(grid.map((z) => [x(z), y(curve(z))])));

    return (state, size) => {
      const { z, t, w } = state;
      const box = plot.span(size, MARGINS, x, y);
      if (plot.changed(size, t, w)) {
        drawAxes(x, y, {
          y: `loss in nats; thick line: ${probability(t)} yes + ${probability(1 - t)} no`,
          ticksX: TICKS,
          ticksY: [0, 2, 4, 6, 8],
          lift: 28,
        });
        plot.put(chances, x, y(0) + 34);
        plot.put(nameX, box.x[1], y(0) + 50);
        clip
          .attr("x", box.x[0])
          .attr("y", box.y[1])
          .attr("width", box.x[1] - box.x[0])
          .attr("height", box.y[0] - box.y[1]);
        trace(yes, (at) => w * softplus(-at));
        trace(no, softplus);
        trace(mix, (at) => loss(at, t, w));
        // Names go inside the bowl, where their curves come down from the top of the picture; in a
        // narrow bowl the yes goes outside, to the left of its curve and of the thick one.
        const high = TOP - 0.5;
        const from = grid.find((at) => w * softplus(-at) < high) ?? min;
        const first = grid.find((at) => Math.min(w * softplus(-at), loss(at, t, w)) < high) ?? min;
        const room = x(high) - x(from);
        const outside = room < 150;
        const top = w * softplus(-from);
        const words = `yes: ${priceOfYes(w)}`;
        const atEdge = outside && x(first) - 10 < box.x[0] + widthOf(words, 12);
        const left = outside && !atEdge;
        plot.put(
          nameYes,
          atEdge ? box.x[0] + 6 : left ? x(first) - 10 : x(from) + 10,
          top < high - 0.5 ? y(top) - 8 : y(high) + 4,
          words,
          left ? "end" : "start",
        );
        const drop = left || room >= widthOf(words, 12) + 130 ? 4 : 24;
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
        const text = `◆ floor ${number(least, 3)}${size.width > 400 ? ` at q = ${number(sigmoid(where))}` : ""}`;
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
      const along = [x(z - REACH * state.slope) - px, y(0) - y(REACH * state.slope ** 2)];
      const length = Math.hypot(...along);
      const [ux, uy] = along.map((v) => v / (length || 1));
      // No longer than fits above the formula.
      const long = RADIUS + Math.min(length, LONGEST, (y(0) + 24 - py) / Math.max(uy, 1e-9));
      const tip = [px + long * ux, py + long * uy];
      plot.segment(shaft, [px, py], tip);
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
      const beside = (/** @type {typeof nameYes} */ name) =>
        Math.abs(Number(name.attr("y")) - py + 12) < 16;
      const [yesFrom, yesTo] = reach(nameYes);
      const met = beside(nameYes) && px + 60 > yesFrom && px < yesTo;
      const late = px > size.width - 80 || (met && px > 70);
      // The loss continues above the picture.
      const text = `${number(state.loss, 3)}${beyond ? " ↑" : ""}`;
      const wide = widthOf(text) + 14;
      const [from, to] = late ? [px - wide, px] : [px, px + wide];
      const [floorFrom, floorTo] = reach(nameFloor);
      const onFloor = beside(nameFloor) && from < floorTo + SPARE && to > floorFrom - SPARE;
      const above = onFloor ? Number(nameFloor.attr("y")) - 16 : py - 12;
      const height = met && !late ? py + 26 : above;
      label(px, height, text, late, 14);
    };
  },

  alternative: ({ z, t, w, loss: now, slope: steep, floor: { loss: least } }) =>
    `Two curves over the logit: ${priceOfYes(w)} falls, −log(1 − σ(z)) rises. The loss lies between them, mixed in the target's proportion. ` +
    `At z = ${decimals(z)}, target ${probability(t)} and pos_weight ${significant(w, 4)} it is ${number(now, 3)} nats, ` +
    `its slope is ${number(steep, 3)}, and its floor is ${number(least, 3)}.`,

  formula: ({ t, w, q, yes, no, loss: now, slope: steep }) => {
    const ownT = inP(probability(t), "target");
    const notT = inP(probability(1 - t));
    const ownQ = inQ(number(q, 3));
    const ownW = w === 1 ? "" : `${own(significant(w, 4), "pos_weight")}·`;
    const byWeight = `${notT}·${ownQ} − ${ownW}${ownT}·${inQ(number(1 - q, 3))}`;
    return (
      `loss = ${ownW}${ownT}·${number(yes, 3)} + ${notT}·${number(no, 3)} = <strong>${number(now, 3)}</strong> nats<br>` +
      `slope = ${w === 1 ? `σ(z) − t = ${ownQ} − ${ownT}` : byWeight} = <strong>${number(steep, 3)}</strong>`
    );
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
