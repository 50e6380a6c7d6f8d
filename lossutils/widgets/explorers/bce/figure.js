/** Binary cross-entropy over the logit: the price of a yes, of a no, and the target's mix of the two. */

import {
  axes, crossEntropy, decimals, disc, dragDot, explorer, inner, number, p as inP, probability, q as inQ,
  said, scaleLinear, select, sideLabel, sigmoid, significant, softmax, spoken, through, widthOf,
} from "../../js/index.js";
import { floor, loss, slope, softplus } from "./math.js";

const TOP = 8.5; // shows the whole bowl when the weight is 1
const MARGINS = { top: 28, right: 12, bottom: 40, left: 30 };
const REACH = 4; // the arrow's length in logits for a slope of 1 …
const LONGEST = 120; // … at most so many pixels, …
const RADIUS = 10; // … beginning at the dot's edge

let count = 0;

/** @typedef {{ z: number, t: number, w: number, q: number, yes: number, no: number, loss: number,
 *    slope: number, floor: { z: number, loss: number }, twoClass: number }} State */

/** A whole number with a true minus. @param {number} value */
const signed = (value) => number(value, 0);

/** pos_weight as a factor, left out where it is 1. @param {number} w @param {string} times */
const factor = (w, times) => (w === 1 ? "" : `${significant(w, 4)}${times}`);

export default explorer({
  name: "bce",

  state: (model) => {
    /** @type {(trait: string) => number} */
    const get = (trait) => model.get(trait);
    const [z, t, w] = [get("logit"), get("target"), get("pos_weight")];
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

  draw: (svg, assign, model) => {
    const { min, max } = model.get("_settings").logit;
    const grid = Array.from({ length: 321 }, (_, k) => min + (k / 320) * (max - min));
    const drawAxes = axes(svg);
    const root = select(svg);
    const x = scaleLinear([min, max], [0, 1]);
    const y = scaleLinear([0, TOP], [1, 0]);
    // The clip needs an id of its own: a page may show two of these explorers.
    const clipName = `clip-bce-${++count}`;
    const clip = root.append("clipPath").attr("id", clipName).append("rect");
    const inside = root.append("g").attr("clip-path", `url(#${clipName})`);
    const yes = inside.append("polyline").attr("class", "line line-part");
    const no = inside.append("polyline").attr("class", "line line-part");
    const ground = inside.append("line").attr("class", "floor");
    const mix = inside.append("polyline").attr("class", "line line-mix");
    const guide = inside.append("line").attr("class", "guide");
    const ends = inside.append("g").selectAll("polygon").data([0, 1]).join("polygon").attr("class", "dot dot-neutral");
    const best = inside.append("polygon").attr("class", "dot dot-p");
    const nameYes = root.append("text").attr("class", "small quiet");
    const nameNo = root.append("text").attr("class", "small quiet").attr("text-anchor", "end").text("−log(1 − σ(z))");
    const nameFloor = root.append("text").attr("class", "label label-p small");
    const shaft = root.append("line").attr("class", "tangent");
    const head = root.append("polygon").attr("class", "tangent-head");
    const moveDot = dragDot(root, {
      svg, assign, x, min, max, step: 0.05, name: "logit", label: "z, the logit", text: (v) => said(decimals(v)),
    });
    const label = sideLabel(root, "label");
    /** @param {(z: number) => number} curve */
    const trace = (curve) => through(grid.map((z) => [x(z), y(curve(z))]));
    let drawn = "";

    return (state, size) => {
      const box = inner(size, MARGINS);
      const { z, t, w } = state;
      x.range(box.x);
      y.range(box.y);
      if (drawn !== (drawn = JSON.stringify([size, t, w]))) {
        drawAxes(x, y, { x: "logit z", y: "nats; the thick line is the loss", ticksX: [-8, -4, 0, 4, 8], ticksY: [0, 2, 4, 6, 8], formatX: signed, formatY: signed });
        clip.attr("x", box.x[0]).attr("y", box.y[1]).attr("width", box.x[1] - box.x[0]).attr("height", box.y[0] - box.y[1]);
        yes.attr("points", trace((at) => w * softplus(-at)));
        no.attr("points", trace(softplus));
        mix.attr("points", trace((at) => loss(at, t, w)));
        // Names go inside the bowl, where their curves come down from the top of the picture; in a
        // narrow bowl the yes goes outside, to the left of its curve and of the thick one.
        const high = TOP - 0.5;
        const from = grid.find((at) => w * softplus(-at) < high) ?? min;
        const first = grid.find((at) => Math.min(w * softplus(-at), loss(at, t, w)) < high) ?? min;
        const room = x(high) - x(from);
        const outside = room < 150;
        const top = w * softplus(-from);
        nameYes
          .attr("x", outside ? x(first) - 10 : x(from) + 10)
          .attr("y", top < high - 0.5 ? y(top) - 8 : y(high) + 4)
          .attr("text-anchor", outside ? "end" : "start")
          .text(w === 1 ? "−log σ(z)" : `−${significant(w, 4)} log σ(z)`);
        const drop = outside || room >= 230 ? 4 : 24;
        nameNo.attr("x", x(y.invert(y(high) + drop)) - 10).attr("y", y(high) + drop);
        const { z: where, loss: least } = state.floor;
        const left = where > 0;
        ground.attr("x1", box.x[0]).attr("x2", box.x[1]).attr("y1", y(least)).attr("y2", y(least));
        const [bx, by] = [x(Math.abs(where) > 99 ? 99 : where), y(least)];
        best.attr("points", through([[bx, by - 7], [bx + 7, by], [bx, by + 7], [bx - 7, by]]));
        nameFloor
          .attr("x", box.x[left ? 0 : 1] + (left ? 4 : -4))
          .attr("y", y(least) + (least > 0.5 ? 14 : -6)) // below it there are only thin curves
          .attr("text-anchor", left ? "start" : "end")
          .text(`floor ${number(least, 3)}`);
      }
      const [px, py] = [x(z), y(Math.min(TOP, state.loss))];
      guide.attr("x1", px).attr("x2", px).attr("y1", y(0)).attr("y2", y(Math.max(w * state.yes, state.no)));
      ends.attr("points", (k) => disc(px, y(k ? w * state.yes : state.no), 4));
      const beyond = state.loss > TOP;
      moveDot(z, px, py).classed("beyond", beyond);
      for (const part of [shaft, head]) part.attr("visibility", beyond ? "hidden" : null);
      // Downhill along the tangent, in proportion to the slope.
      const along = { x: x(z - REACH * state.slope) - px, y: y(0) - y(REACH * state.slope ** 2) };
      const length = Math.hypot(along.x, along.y);
      // No longer than fits above the formula.
      const scale = Math.min(1, LONGEST / length, (y(0) + 24 - py) / Math.max(along.y, 1e-9));
      const tip = [px + along.x * scale, py + along.y * scale].map((v, k) => v + (RADIUS * (k ? along.y : along.x)) / (length || 1));
      shaft.attr("x1", px).attr("y1", py).attr("x2", tip[0]).attr("y2", tip[1]);
      const [ux, uy] = [along.x / length, along.y / length];
      const turned = [[2, 0], [-9, -5], [-9, 5]].map(([ahead, aside]) => [tip[0] + ahead * ux - aside * uy, tip[1] + ahead * uy + aside * ux]);
      head.attr("points", length > 1 ? through(turned) : "");
      // On the other side of the dot if the curve of a yes has its name there.
      const [named, words] = [Number(nameYes.attr("x")), nameYes.text()];
      const start = nameYes.attr("text-anchor") === "end" ? named - widthOf(words, 12) : named;
      const met = Math.abs(Number(nameYes.attr("y")) - py + 12) < 16 && px + 60 > start && px < start + widthOf(words, 12);
      const late = px > size.width - 80 || (met && px > 70);
      // The loss continues above the picture.
      label({ x: px + (late ? -14 : 14), y: met && !late ? py + 26 : py - 12, before: late, text: `${number(state.loss, 3)}${beyond ? " ↑" : ""}` });
    };
  },

  alternative: ({ z, t, w, loss: now, slope: steep, floor: { loss: least } }) =>
    "Two curves over the logit: −log σ(z) falls, −log(1 − σ(z)) rises. The loss lies between them, mixed in the target's proportion. " +
    `At z = ${said(decimals(z))}, target ${probability(t)} and pos_weight ${significant(w, 4)} it is ${number(now, 3)} nats, ` +
    `its slope is ${spoken(steep, 3)}, and its floor is ${number(least, 3)}.`,

  formula: ({ t, w, q, yes, no, loss: now, slope: steep }) => {
    const [T, notT, Q, notQ] = [probability(t), probability(1 - t), number(q, 3), number(1 - q, 3)];
    const parts = [number(yes, 3), number(no, 3)];
    const byWeight = `${inP(notT)}·${inQ(Q)} − ${factor(w, "·")}${inP(T)}·${inQ(notQ)}`;
    return {
      html:
        `loss = ${factor(w, "·")}${inP(T)}·${parts[0]} + ${inP(notT)}·${parts[1]} = <strong>${number(now, 3)}</strong> nats<br>` +
        `slope = ${w === 1 ? `σ(z) − t = ${inQ(Q)} − ${inP(T)}` : byWeight} = <strong>${number(steep, 3)}</strong>`,
      spoken:
        `the loss is ${factor(w, " times ")}${T} times ${parts[0]} plus ${notT} times ${parts[1]}, which is ${number(now, 3)} nats; ` +
        `its slope is ${w === 1 ? `${Q} minus ${T}` : `${notT} times ${Q} minus ${factor(w, " times ")}${T} times ${notQ}`}, which is ${spoken(steep, 3)}`,
    };
  },

  quantities: {
    loss: { label: "loss", value: (s) => s.loss, text: (s) => `${number(s.loss, 3)} nats` },
    gradient: { label: "slope", value: (s) => s.slope, text: (s) => number(s.slope, 3) },
    floor: { label: inP("floor"), value: (s) => s.floor.loss, text: (s) => `${number(s.floor.loss, 3)} at z = ${number(s.floor.z)}` },
    q: { label: `${inQ("q")} = σ(z)`, value: (s) => s.q, text: (s) => number(s.q, 3) },
    two_class: { label: "softmax of (0, z): loss", value: (s) => s.twoClass, text: (s) => number(s.twoClass, 3) },
  },
});
