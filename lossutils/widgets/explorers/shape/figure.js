/** An input of any shape and its target: how they correspond, and the effect of a reduction. */

import {
  explorer,
  listen,
  number,
  p as inP,
  quantity,
  short,
  spoken,
  values,
  whole,
} from "../../js/index.js";
import { outcome, place, unfolded } from "./math.js";

const HEIGHT = 28; // of a cell
const TARGET = 25; // wide enough for a finger
const SIDE = 3; // most cells side by side
const GAP = 6;
const TOP = 24;
const LOSSES = TOP + SIDE * HEIGHT + 40;

/** @typedef {import("./math.js").Case} Case */
/** @typedef {import("./math.js").Outcome} Outcome */
/** @typedef {Outcome & { now: Case, shown: string, element: number, reduction: string }} State */
/** @typedef {{ kind: "input" | "target" | "loss", element: number, k: number, x: number, y: number, width: number, text: string }} Cell */

/** @type {WeakMap<object, Case[]>} */
const known = new WeakMap();
/** @param {{ get: (trait: string) => any }} model */
function casesOf(model) {
  const { cases } = model.get("_constants");
  if (!known.has(cases)) known.set(cases, cases.map(unfolded));
  return /** @type {Case[]} */ (known.get(cases));
}

/** An index in brackets. @param {(number | string)[]} index */
const bracketed = (index) => (index.length > 0 ? `[${index.join(", ")}]` : "");
/** @param {Case} now @param {number} element */
const indexOf = ({ shape }, element) => bracketed(place(shape, element));
/** @param {Case} now @param {number} element @param {number | string} k */
const entryOf = ({ shape }, element, k) => bracketed(place(shape, element, k));
/** A shape as Python writes it. @param {Case} now */
const tuple = ({ shape }) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** A number as it stands in a cell: 3, or .0857. @param {number} value */
const brief = (value) => (Number.isInteger(value) ? whole(value) : short(number(value, 4)));

/** A loss, with the digits that the input has. @param {Case} now @param {number} value */
const told = (now, value) => number(value, now.loss === "nll_loss" ? 0 : 4);

/** Every cell's position: grids of input and target above, the losses below.
 * @param {State} state @param {number} width */
function cells({ now, losses }, width) {
  const image = now.shape.length > 1;
  const cell = Math.min(56, (width - 2 * GAP - SIDE * TARGET - 6) / (2 * SIDE));
  const targetX = 2 + (image ? 2 : 1) * (SIDE * cell + GAP) + (image ? 0 : GAP);
  const at = (/** @type {number} */ element) =>
    image
      ? { column: element % SIDE, row: Math.floor(element / SIDE) }
      : { column: 0, row: element };
  /** @type {Cell[]} */
  const all = now.rows.flatMap((row, element) => {
    const { column, row: line } = at(element);
    const y = TOP + line * HEIGHT;
    return [
      ...row.map((value, k) => ({
        kind: /** @type {const} */ ("input"),
        element,
        k,
        x: 2 + (image ? k * (SIDE * cell + GAP) + column * cell : k * cell),
        y,
        width: cell,
        text: brief(value),
      })),
      {
        kind: "target",
        element,
        k: now.target[element],
        x: targetX + column * TARGET,
        y,
        width: TARGET,
        text: String(now.target[element]),
      },
      {
        kind: "loss",
        element,
        k: 0,
        x: 2 + (image ? column : element) * cell,
        y: LOSSES + (image ? line * HEIGHT : 0),
        width: cell,
        text: brief(losses[element]),
      },
    ];
  });
  const planes = image
    ? now.rows[0].map((_, k) => ({ x: 2 + k * (SIDE * cell + GAP), text: `input[0, ${k}]` }))
    : [{ x: 2, text: "input" }];
  const titles = [
    ...planes.map((plane) => ({ ...plane, y: TOP - 8 })),
    { x: targetX, y: TOP - 8, text: image ? "target[0]" : "target" },
    { x: 2, y: LOSSES - 8, text: `${now.loss} of each, shape ${tuple(now)}` },
  ];
  const inputs = (image ? SIDE : now.rows.length) * HEIGHT;
  const note = image
    ? "a plane per class, a cell per pixel"
    : now.shape.length === 0
      ? "one entry per class"
      : "a row per sample, a column per class";
  return {
    all,
    titles,
    note: { x: 2, y: TOP + inputs + 18, text: note },
    result: { x: 2 + SIDE * cell + 2 * GAP, y: LOSSES },
  };
}

export default explorer({
  name: "shape",

  state: (model) => {
    const place = model.get("case_index");
    const now = casesOf(model)[place];
    const shown = model.get("_settings").case.labels[place];
    const { element: chosen, reduction } = values(model);
    const element = Math.min(chosen, now.rows.length - 1);
    return { now, shown, element, reduction, ...outcome({ now, element, reduction }) };
  },

  draw: (plot, model) => {
    const cases = casesOf(model);
    const titles = plot.hidden();
    const note = plot.text("axis-title").attr("aria-hidden", "true");
    const boxes = plot.root.append("g");
    const meet = plot.mark("path", "meet");
    const texts = plot.hidden();
    /** @type {{ element: number, last: number, now: Case, targets: Cell[] }} */
    const datum = { element: 0, last: 0, now: cases[0], targets: [] };
    const cursor = plot
      .mark("rect", "cursor")
      .attr("width", TARGET)
      .attr("height", HEIGHT)
      .attr("rx", 4)
      .datum(datum);
    const arrow = plot.text("small").attr("aria-hidden", "true");
    const result = plot.text("label huge").attr("aria-hidden", "true");
    const point = (/** @type {number} */ element) => {
      datum.element = element; // a second key may come before the next frame
      plot.assign({ element });
    };
    const describe = plot.handles(cursor, {
      orientation: "horizontal",
      label: () => "element of the target",
      max: Math.max(...cases.map(({ rows }) => rows.length)) - 1,
      step: 1,
      value: ({ element }) => element,
      text: (element, { now }) => `target${indexOf(now, element)} is ${now.target[element]}`,
      at: ({ targets }, [px, py]) => {
        const far = (/** @type {Cell} */ { x, y, width }) =>
          Math.hypot(px - x - width / 2, py - y - HEIGHT / 2);
        return targets.reduce((/** @type {Cell} */ a, /** @type {Cell} */ b) =>
          far(b) < far(a) ? b : a,
        ).element;
      },
      set: ({ last }, element) => point(Math.min(last, Math.round(element))),
    });
    /** @type {Cell[]} */
    let all = [];

    return (state, size) => {
      const { now, element, reduction } = state;
      if (plot.changed(size.width, state.shown)) {
        const layout = cells(state, size.width);
        all = layout.all;
        Object.assign(datum, {
          targets: all.filter(({ kind }) => kind === "target"),
          last: now.rows.length - 1,
          now,
        });
        const [x, y, text] = ["x", "y", "text"].map(
          (part) => (/** @type {any} */ cell) => cell[part],
        );
        plot.put(
          titles.selectAll("text").data(layout.titles).join("text").attr("class", "axis-title"),
          x,
          y,
          text,
        );
        plot.put(note, layout.note.x, layout.note.y, layout.note.text);
        boxes
          .selectAll("rect")
          .data(all)
          .join("rect")
          .attr("x", x)
          .attr("y", y)
          .attr("width", ({ width }) => width)
          .attr("height", HEIGHT)
          .on("pointerenter click", (_, cell) => point(cell.element));
        texts
          .selectAll("text")
          .data(all)
          .join("text")
          .attr("text-anchor", "middle")
          .attr("x", ({ x, width }) => x + width / 2)
          .attr("y", ({ y }) => y + HEIGHT / 2 + 4)
          .text(text);
        plot.put(arrow, layout.result.x, layout.result.y + 12);
        plot.put(result, layout.result.x, layout.result.y + 42);
        cursor.attr("display", now.rows.length > 1 ? null : "none");
      }
      datum.element = element;
      const kind = (/** @type {Cell} */ cell) =>
        cell.element !== element
          ? "cell"
          : cell.kind === "input" && cell.k !== now.target[element]
            ? "cell meets"
            : `cell meets picked picked-${cell.kind}`;
      boxes
        .selectAll("rect")
        .attr("class", (cell) => kind(/** @type {Cell} */ (cell)))
        .filter((cell) => /** @type {Cell} */ (cell).element === element)
        .raise();
      texts
        .selectAll("text")
        .attr(
          "class",
          (cell) =>
            `cell-text ${kind(/** @type {Cell} */ (cell)).includes("picked") ? "label" : ""}`,
        );
      const from = datum.targets[element];
      const to = /** @type {Cell} */ (
        all.find((cell) => cell.kind === "input" && cell.element === element && cell.k === from.k)
      );
      cursor.attr("x", from.x).attr("y", from.y);
      const [x0, x1] = [from.x, to.x + to.width];
      const [y0, y1] = [from.y + 5, to.y + 5];
      meet.attr(
        "d",
        `M${x0},${y0}C${(x0 + x1) / 2},${y0 - 16} ${(x0 + x1) / 2},${y1 - 16} ${x1},${y1}`,
      );
      const count = state.losses.length;
      arrow.text(
        reduction === "none"
          ? "reduction: none"
          : reduction === "sum"
            ? "sum of all"
            : `sum, divided by ${count}`,
      );
      result.text(reduction === "none" ? "as they are" : told(now, state.result));
      describe();
      cursor.attr("aria-valuemax", datum.last);
    };
  },

  alternative: ({ now, shown, element, reduction, loss, losses, result, gradient }) => {
    const y = now.target[element];
    const left =
      reduction === "none"
        ? `There are ${losses.length} losses, of shape ${tuple(now)}, not reduced.`
        : `The ${reduction} of ${losses.length} losses is ${spoken(result, 4)}.`;
    return (
      `An input of shape ${shown} and its target. target${indexOf(now, element)} is class ${y}: it meets input${entryOf(now, element, ":")}, ` +
      `and its own entry is input${entryOf(now, element, y)}. Its loss is ${spoken(loss, 4)}. ${left} ` +
      `The gradient along that entry is ${spoken(gradient, 4)}.`
    );
  },

  formula: ({ now, element, reduction, loss, losses, result }) => {
    const y = now.target[element];
    const row = now.rows[element];
    const name = `ℓ${indexOf(now, element)}`;
    const picked = `input${entryOf(now, element, y).replace(`${y}`, inP(y))}`;
    const each =
      now.loss === "nll_loss"
        ? `${name} = −${picked} = ${told(now, loss)}`
        : `${name} = −${inP(number(row[y], 4))} + log(${row.map((v) => `e<sup>${number(v, 4)}</sup>`).join(" + ")}) = ${told(now, loss)}`;
    const unit = now.loss === "nll_loss" ? "" : " nats";
    const terms = losses
      .map((v) =>
        now.loss !== "nll_loss"
          ? number(v)
          : losses.length > 1
            ? `(${told(now, v)})`
            : told(now, v),
      )
      .join(" + ");
    const all = {
      none: `none: the ${losses.length === 1 ? "loss" : `${losses.length} losses`} as ${losses.length === 1 ? "it is" : "they are"}, shape ${tuple(now)}`,
      mean: `mean: (${terms})/${losses.length} = <strong>${told(now, result)}</strong>${unit}`,
      sum: `sum: ${terms} = <strong>${told(now, result)}</strong>${unit}`,
    };
    return {
      html: `${each}<br>${all[/** @type {"none" | "mean" | "sum"} */ (reduction)]}`,
      spoken:
        `the loss of target${indexOf(now, element)}, class ${y}, is ${spoken(loss, 4)}; ` +
        (reduction === "none"
          ? `${losses.length} losses, not reduced`
          : `the ${reduction} of ${losses.length} losses is ${spoken(result, 4)}`),
    };
  },

  quantities: {
    loss: quantity("its loss", (s) => s.loss, 4),
    result: quantity(
      "result",
      (s) => s.result,
      (v, s) => (s.reduction === "none" ? `shape ${tuple(s.now)}` : number(v, 4)),
    ),
    gradient: quantity("its gradient", (s) => s.gradient, 4),
  },

  setup: (context) => {
    const { model, assign } = context;
    // The slider ends at the case's last element. A case with fewer elements than the reader
    // has chosen shows its last one; a case with enough of them shows the chosen one again.
    let [chosen, settling] = [model.get("element"), false];
    const remember = () => {
      if (!settling) chosen = model.get("element");
    };
    const settle = () => {
      const last = casesOf(model)[model.get("case_index")].rows.length - 1;
      const limits = { element_max: last, element_off: last === 0 };
      const element = Math.min(last, chosen);
      settling = true;
      // An element is never beyond the slider's end, not even in between.
      assign(last < model.get("element_max") ? { element, ...limits } : { ...limits, element });
      settling = false;
    };
    listen(context, "change:element", remember);
    listen(context, "change:case_index", settle);
  },
});
