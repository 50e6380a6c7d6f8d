/** An input of any shape and its target: how they correspond, and the effect of a reduction. */

import { explorer, listen, number, p as inP, quantity, short, whole } from "../../js/index.js";
import { outcome, place, unfolded } from "./math.js";

const HEIGHT = 28; // of a cell
const TARGET = 25; // wide enough for a finger
const SIDE = 3; // most cells side by side
const GAP = 6;
const TOP = 24;
const LOSSES = TOP + SIDE * HEIGHT + 40;

/** @typedef {import("./math.js").Case} Case */
/** @typedef {{ kind: "input" | "target" | "loss", element: number, own: boolean, x: number, y: number, width: number, text: string }} Cell
 *    `own` is false for the entries of the other classes */

/** @param {{ get: (trait: string) => any }} model @returns {Case[]} */
const casesOf = (model) => model.get("_constants").cases.map(unfolded);

/** The index of an element or, with a class, of its entry in the input.
 * @param {Case} now @param {number} element @param {(number | string)[]} classes none or one */
function indexOf({ shape }, element, ...classes) {
  const index = place(shape, element, ...classes);
  return index.length > 0 ? `[${index.join(", ")}]` : "";
}

/** A shape as Python writes it. @param {Case} now */
const tuple = ({ shape }) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** A number as it stands in a cell: 3, or .0857. @param {number} value */
const brief = (value) => (Number.isInteger(value) ? whole(value) : short(number(value, 4)));

/** A loss, with the digits that the input has. @param {Case} now @param {number} value */
const told = (now, value) => number(value, now.loss === "nll_loss" ? 0 : 4);

/** Every cell's position: grids of input and target above, the losses below.
 * @param {{ now: Case, losses: number[] }} state @param {number} width */
function cells({ now, losses }, width) {
  const image = now.shape.length > 1;
  const columns = image ? SIDE : 1; // of the target
  const cell = Math.min(56, (width - 2 * GAP - SIDE * TARGET - 6) / (2 * SIDE));
  const plane = SIDE * cell + GAP;
  const apart = image ? plane : cell; // from one entry of an element to the next
  const targetX = 2 + plane + (image ? plane : GAP);
  const all = now.rows.flatMap((row, element) => {
    const column = element % columns;
    const y = TOP + Math.floor(element / columns) * HEIGHT;
    return /** @type {Cell[]} */ ([
      ...row.map((value, k) => ({
        kind: "input",
        element,
        own: k === now.target[element],
        x: 2 + k * apart + column * cell,
        y,
        width: cell,
        text: brief(value),
      })),
      {
        kind: "target",
        element,
        own: true,
        x: targetX + column * TARGET,
        y,
        width: TARGET,
        text: String(now.target[element]),
      },
      {
        kind: "loss",
        element,
        own: true,
        x: 2 + (element % SIDE) * cell,
        y: LOSSES + Math.floor(element / SIDE) * HEIGHT,
        width: cell,
        text: brief(losses[element]),
      },
    ]);
  });
  const planes = image ? now.rows[0].map((_, k) => `input[0, ${k}]`) : ["input"];
  const titles = [
    ...planes.map((text, k) => ({ x: 2 + k * plane, y: TOP - 8, text })),
    { x: targetX, y: TOP - 8, text: image ? "target[0]" : "target" },
    { x: 2, y: LOSSES - 8, text: `${now.loss} of each, shape ${tuple(now)}` },
  ];
  const note = image
    ? "a plane per class, a cell per pixel"
    : now.shape.length === 0
      ? "one entry per class"
      : "a row per sample, a column per class";
  return {
    all,
    titles,
    note: { x: 2, y: TOP + (now.rows.length / columns) * HEIGHT + 18, text: note },
    result: { x: 2 + plane + GAP, y: LOSSES },
  };
}

export default explorer({
  name: "shape",

  state: (settings, model) => {
    const place = model.get("case_index");
    const now = casesOf(model)[place];
    const shown = model.get("_settings").case.labels[place];
    const { reduction } = settings;
    const element = Math.min(settings.element, now.rows.length - 1);
    return { now, shown, element, reduction, ...outcome({ now, element, reduction }) };
  },

  draw: (plot, model) => {
    const cases = casesOf(model);
    const titles = plot.group();
    const note = plot.text("axis-title");
    const boxes = plot.group();
    const meet = plot.mark("path", "meet");
    const texts = plot.group();
    /** @type {{ element: number, now: Case, cells: Cell[] }} */
    const datum = { element: 0, now: cases[0], cells: [] };
    const cursor = plot
      .mark("rect", "cursor")
      .attr("width", TARGET)
      .attr("height", HEIGHT)
      .attr("rx", 4)
      .datum(datum);
    const arrow = plot.text("small");
    const result = plot.text("label huge");
    const point = (/** @type {number} */ element) => {
      datum.element = element; // a second key may come before the next frame
      plot.assign({ element });
    };
    plot.handles(cursor, {
      orientation: "horizontal",
      label: () => "element of the target",
      max: Math.max(...cases.map(({ rows }) => rows.length)) - 1,
      step: 1,
      value: ({ element }) => element,
      text: (element, { now }) => `target${indexOf(now, element)} is ${now.target[element]}`,
      at: (/** @type {typeof datum} */ { cells }, [px, py]) => {
        const far = (/** @type {Cell} */ { x, y, width }) =>
          Math.hypot(px - x - width / 2, py - y - HEIGHT / 2);
        return cells
          .filter(({ kind }) => kind === "target")
          .reduce((a, b) => (far(b) < far(a) ? b : a)).element;
      },
      set: ({ now }, element) => point(Math.min(now.rows.length - 1, element)),
    });

    return (state, size) => {
      const { now, element, reduction } = state;
      if (plot.changed(size.width, state.shown)) {
        const layout = cells(state, size.width);
        Object.assign(datum, { cells: layout.all, now });
        const [x, y, text] = ["x", "y", "text"].map(
          (part) => (/** @type {any} */ cell) => cell[part],
        );
        const headings = titles.selectAll("text").data(layout.titles).join("text");
        plot.put(headings.attr("class", "axis-title"), x, y, text);
        plot.put(note, layout.note.x, layout.note.y, layout.note.text);
        boxes
          .selectAll("rect")
          .data(datum.cells)
          .join("rect")
          .attr("x", x)
          .attr("y", y)
          .attr("width", ({ width }) => width)
          .attr("height", HEIGHT)
          .on("pointerenter click", (_, cell) => point(cell.element));
        texts
          .selectAll("text")
          .data(datum.cells)
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
      const meets = (/** @type {any} */ cell) => cell.element === element;
      const picked = (/** @type {any} */ cell) => meets(cell) && cell.own;
      boxes
        .selectAll("rect")
        .attr("class", (/** @type {any} */ cell) => {
          if (picked(cell)) return `cell meets picked picked-${cell.kind}`;
          return meets(cell) ? "cell meets" : "cell";
        })
        .filter(meets)
        .raise();
      texts.selectAll("text").attr("class", (cell) => `cell-text ${picked(cell) ? "label" : ""}`);
      const [to, from] = datum.cells.filter(picked);
      cursor.attr("x", from.x).attr("y", from.y);
      const [x0, x1] = [from.x, to.x + to.width];
      const [y0, y1] = [from.y + 5, to.y + 5];
      meet.attr(
        "d",
        `M${x0},${y0}C${(x0 + x1) / 2},${y0 - 16} ${(x0 + x1) / 2},${y1 - 16} ${x1},${y1}`,
      );
      const words = /** @type {Record<string, string>} */ ({
        none: "reduction: none",
        sum: "sum of all",
        mean: `sum, divided by ${state.losses.length}`,
      });
      arrow.text(words[reduction]);
      result.text(reduction === "none" ? "as they are" : told(now, state.result));
      cursor.attr("aria-valuemax", now.rows.length - 1);
    };
  },

  alternative: ({ now, shown, element, reduction, loss, result, gradient }) => {
    const y = now.target[element];
    const left =
      reduction === "none"
        ? `Not reduced, the losses keep the target's shape, ${tuple(now)}.`
        : `The ${reduction} of all losses is ${number(result, 4)}.`;
    return (
      `An input of shape ${shown} and its target. target${indexOf(now, element)} is class ${y}: it meets input${indexOf(now, element, ":")}, ` +
      `and its own entry is input${indexOf(now, element, y)}. Its loss is ${number(loss, 4)}. ${left} ` +
      `The gradient along that entry is ${number(gradient, 4)}.`
    );
  },

  formula: ({ now, element, reduction, loss, losses, result }) => {
    const scores = now.loss === "nll_loss";
    const y = now.target[element];
    const row = now.rows[element];
    const each = scores
      ? `−input${indexOf(now, element, inP(y))}`
      : `−${inP(number(row[y], 4))} + log(${row.map((v) => `e<sup>${number(v, 4)}</sup>`).join(" + ")})`;
    const unit = scores ? "" : " nats";
    const count = losses.length;
    const terms = losses
      .map((v) => (!scores ? number(v) : count > 1 ? `(${told(now, v)})` : told(now, v)))
      .join(" + ");
    const all = /** @type {Record<string, string>} */ ({
      none: `none: the ${count === 1 ? "loss as it is" : `${count} losses as they are`}, shape ${tuple(now)}`,
      mean: `mean: (${terms})/${count} = <strong>${told(now, result)}</strong>${unit}`,
      sum: `sum: ${terms} = <strong>${told(now, result)}</strong>${unit}`,
    });
    return `ℓ${indexOf(now, element)} = ${each} = ${told(now, loss)}<br>${all[reduction]}`;
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

  setup: ({ model, assign, signal }) => {
    // The slider ends at the case's last element. A case with fewer elements than the reader
    // has chosen shows its last one; a case with enough of them shows the chosen one again.
    let [chosen, settling] = [model.get("element"), false];
    listen({ model, signal }, "change:element", () => {
      if (!settling) chosen = model.get("element");
    });
    listen({ model, signal }, "change:case_index", () => {
      const last = casesOf(model)[model.get("case_index")].rows.length - 1;
      const limits = { element_max: last, element_off: last === 0 };
      const element = Math.min(last, chosen);
      settling = true;
      // An element is never beyond the slider's end, not even in between.
      assign(last < model.get("element_max") ? { element, ...limits } : { ...limits, element });
      settling = false;
    });
  },
});
