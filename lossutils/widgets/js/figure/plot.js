/** Parts that pictures share: margins, axes, draggable handles. */

import { axisBottom, axisLeft } from "d3-axis";
import { aloud } from "./aloud.js";
import { follow } from "./drag.js";
import { select } from "./select.js";

/** @typedef {import("./figure.js").Size} Size */
/** @typedef {{ top: number, right: number, bottom: number, left: number }} Margins */

/** The inside of a picture as ranges for its scales.
 * @param {Size} size @param {Margins} margins */
export const inner = ({ width, height }, { top, right, bottom, left }) => ({
  x: [left, Math.max(left + 1, width - right)],
  y: [Math.max(top + 1, height - bottom), top],
});

/** The corners of a bar, for a polygon's `points`: a rect's `x`, `y`, `width` and `height` are styles,
 * which a browser recomputes whenever one is set.
 * @param {number} x @param {number} y @param {number} width @param {number} height */
export const corners = (x, y, width, height) =>
  `${x},${y} ${x + width},${y} ${x + width},${y + height} ${x},${y + height}`;

/** Points for a polygon or a polyline: a path's `d` is a style too.
 * @param {number[][]} places */
export const through = (places) =>
  places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

/** A line through places, for a path's `d`; one that is NaN or infinite leaves a gap.
 * @param {number[][]} places */
export const line = (places) => {
  let pen = "M";
  return places
    .map(([x, y]) => {
      const drawn = Number.isFinite(x + y) ? `${pen}${x.toFixed(2)},${y.toFixed(2)}` : "";
      pen = drawn ? "L" : "M";
      return drawn;
    })
    .join("");
};

const ANGLES = Array.from({ length: 28 }, (_, k) => (2 * Math.PI * k) / 28);
const RIM = ANGLES.map((angle) => [Math.cos(angle), Math.sin(angle)]);

/** The rim of a disc, for a polygon's `points`: so are a circle's `cx`, `cy` and `r`.
 * @param {number} x @param {number} y @param {number} r */
export const disc = (x, y, r) => through(RIM.map(([cos, sin]) => [x + r * cos, y + r * sin]));

/** A triangle pointing down at a place, for a polygon's `points`.
 * @param {number} x @param {number} y */
export const triangle = (x, y) =>
  through([
    [x - 9, y - 15],
    [x + 9, y - 15],
    [x, y],
  ]);

/** A label after or before a point: two texts, one of them empty, because `text-anchor` is a style as
 * well.
 * @param {import("d3-selection").Selection<any, any, any, any>} root @param {string} kind its class */
export function sideLabel(root, kind) {
  const [after, before] = ["start", "end"].map((anchor) =>
    root.append("text").attr("class", kind).attr("text-anchor", anchor),
  );
  /** @param {number} x @param {number} y @param {string} text @param {boolean} early whether it ends at x, rather than starts
   * there @param {number} [by] how far from x */
  return (x, y, text, early, by = 0) => {
    const [shown, empty] = early ? [before, after] : [after, before];
    shown
      .attr("x", x + (early ? -by : by))
      .attr("y", y)
      .text(text);
    empty.text("");
    return shown;
  };
}

/** About how wide a text is: asking the page would have it laid out. @param {string} text @param {number} [size] of its letters */
export const widthOf = (text, size = 13) =>
  0.62 * size * [...text].reduce((sum, letter) => sum + (".,il|·′ ".includes(letter) ? 0.6 : 1), 0);

/** Put the labels of bars, from left to right, at their heights; of two neighbours that would collide,
 * the higher one goes up a line.
 * @template D
 * @param {import("d3-selection").Selection<any, D, any, any>} labels @param {D[]} data
 * @param {(datum: D) => number} height where a label stands if nothing is in its way
 * @param {(datum: D) => number} middle of its bar; one that is hidden has none to the right of the last
 * @param {number} [line] a line's height */
export function liftedLabels(labels, data, height, middle, line = 14) {
  const heights = data.map(height);
  const wide = labels.nodes().map((node) => widthOf(node.textContent ?? ""));
  const middles = data.map(middle);
  // The second time for a label that the first has lifted to the height of the one before it.
  for (const k of [...data.keys(), ...data.keys()]) {
    const between = middles[k + 1] - middles[k];
    const [first, second] = [heights[k], heights[k + 1]];
    if (!(between > 0 && between <= (wide[k] + wide[k + 1]) / 2 + 5)) continue;
    if (Math.abs(first - second) >= line) continue;
    const upper = first < second ? k : k + 1;
    heights[upper] = Math.min(first, second, Math.max(first, second) - line);
  }
  labels.attr("y", (_, k) => heights[k]);
}

// The numbers beside an axis are far enough from it not to be hidden by a dot on it.
const PADDING = 8;

/** Axes, each redrawn only when its size, domain or text changes.
 * @param {SVGSVGElement} svg */
export function axes(svg) {
  const root = select(svg);
  const bottom = root.append("g").attr("class", "axis");
  const left = root.append("g").attr("class", "axis");
  const titleX = root.append("text").attr("class", "axis-title");
  const titleY = root.append("text").attr("class", "axis-title");
  const drawn = { bottom: "", left: "" };
  /**
   * @param {any} x scale @param {any} y scale
   * @param {{ x?: string, y?: string, ticksX?: any, ticksY?: any, formatX?: any, formatY?: any, lift?: number }} [titles]
   * `lift`: how far above the vertical axis its title is; more if a bar's value may reach up to it
   */
  return (
    x,
    y,
    {
      x: textX = "",
      y: textY = "",
      ticksX = 5,
      ticksY = 5,
      formatX = null,
      formatY = null,
      lift = 16,
    } = {},
  ) => {
    /** @param {any} axis @param {any} ticks @param {any} format */
    const withTicks = (axis, ticks, format) =>
      (Array.isArray(ticks) ? axis.tickValues(ticks) : axis.ticks(ticks))
        .tickFormat(format)
        .tickSizeOuter(0)
        .tickSizeInner(4)
        .tickPadding(PADDING);
    const [floor, ceiling] = y.range();
    const [start, end] = x.range();
    if (
      drawn.bottom !==
      (drawn.bottom = JSON.stringify([x.domain(), x.range(), floor, textX, ticksX]))
    ) {
      bottom
        .attr("transform", `translate(0,${floor})`)
        .call(withTicks(axisBottom(x), ticksX, formatX));
      titleX
        .attr("x", end)
        .attr("y", floor + 34)
        .attr("text-anchor", "end")
        .text(textX);
    }
    if (
      drawn.left !== (drawn.left = JSON.stringify([y.domain(), y.range(), start, textY, ticksY]))
    ) {
      left.attr("transform", `translate(${start},0)`).call(withTicks(axisLeft(y), ticksY, formatY));
      titleY
        .attr("x", 2)
        .attr("y", ceiling - lift)
        .text(textY);
    }
  };
}

/**
 * Make SVG elements sliders: by mouse and touch along an axis, by keyboard once they have been pressed,
 * and for screen readers.
 *
 * A drag keeps its initial distance between pointer and value, so nothing jumps when it begins, and
 * dragging there and back ends at exactly the initial value.
 *
 * @param {import("d3-selection").Selection<any, any, any, any>} selection
 * @param {{ label: (datum: any) => string, orientation?: "vertical" | "horizontal", min?: number, max?: number, step?: number,
 *   value: (datum: any) => number, at: (datum: any, position: [number, number]) => number,
 *   text: (value: number, datum: any) => string, set: (datum: any, value: number) => void, svg: SVGSVGElement,
 *   body?: import("d3-selection").Selection<any, any, any, any> }} options
 * `at` is the value at a position, not rounded. `set` must change the datum too: a second key may come
 * before the next frame. `body`: elements with the same data that a mouse may drag as well; a finger
 * that swipes over them scrolls the page.
 * @returns {() => void} call it after each update of the data, to bring the aria values up to date
 */
export function handles(selection, options) {
  const {
    label,
    orientation = "vertical",
    min = 0,
    max = 1,
    step = 0.01,
    value,
    at,
    text,
    set,
    svg,
    body,
  } = options;
  // Within the limits, and without floating-point residue: 0.135, not 0.13500000000000001.
  const clamp = (/** @type {number} */ v) =>
    v <= min ? min : v >= max ? max : Number(v.toFixed(9));
  const place = (/** @type {PointerEvent} */ { clientX, clientY }, /** @type {any} */ datum) => {
    const { left, top } = svg.getBoundingClientRect();
    return at(datum, [clientX - left, clientY - top]);
  };
  const grab = (/** @type {PointerEvent} */ down, /** @type {any} */ datum) => {
    if (down.button || down.ctrlKey) return;
    const [first, from] = [value(datum), place(down, datum)];
    follow(down, (event) => {
      const way = place(event, datum) - from;
      const next = Math.round((first + way) / step) * step;
      set(datum, Math.abs(way) < step / 2 ? first : clamp(next));
    });
  };
  // Where a key hit a limit before completing a step: the opposite key must lead back there.
  let end = { from: 0, at: NaN };
  selection
    .attr("role", "slider")
    // A slider beside the picture moves the same value, and the Tab key stops only there.
    .attr("tabindex", -1)
    .attr("class", function () {
      return `${this.getAttribute("class") ?? ""} handle`.trim();
    })
    .attr("aria-orientation", orientation)
    .attr("aria-valuemin", min)
    .attr("aria-valuemax", max)
    .attr("aria-label", (datum) => aloud(label(datum)))
    // A browser gives a touch beside a grip to the grip, and scrolls all the same, as the place says.
    .on(
      "pointerdown",
      (/** @type {PointerEvent} */ down, datum) =>
        document.elementFromPoint(down.clientX, down.clientY) === down.target && grab(down, datum),
    )
    .on("keydown", (/** @type {any} */ event, datum) => {
      const now = value(datum);
      /** @type {Record<string, number>} */
      const moves = {
        ArrowUp: now + step,
        ArrowRight: now + step,
        ArrowDown: now - step,
        ArrowLeft: now - step,
        PageUp: now + 10 * step,
        PageDown: now - 10 * step,
        Home: min,
        End: max,
      };
      if (!(event.key in moves)) return;
      // Notebooks use these keys themselves.
      event.preventDefault();
      event.stopPropagation();
      const wanted = moves[event.key];
      const next =
        end.at === now && Math.abs(end.from - now) < step && Math.abs(wanted - end.from) < step
          ? end.from
          : clamp(wanted);
      end = Math.abs(next - wanted) < 1e-9 ? { from: 0, at: NaN } : { from: now, at: next };
      set(datum, next);
    });
  body
    ?.attr("class", "body")
    .on(
      "pointerdown",
      (/** @type {PointerEvent} */ down, datum) =>
        down.pointerType !== "touch" && grab(down, datum),
    );
  return () => {
    selection
      .attr("aria-valuenow", (datum) => value(datum))
      .attr("aria-valuetext", (datum) => aloud(text(value(datum), datum)));
  };
}

/** The parts by which a bar is dragged: the mark on its upper edge, with room for a finger around it,
 * and for a mouse the whole bar.
 * @template D
 * @param {(tag: string) => import("d3-selection").Selection<any, D, any, any>} marks makes an element for each bar
 */
export function barGrips(marks) {
  const body = marks("polygon");
  const knobs = marks("polygon").attr("class", "knob");
  const grips = marks("polygon").attr("class", "grip");
  /** @param {(datum: D) => { x: number, y: number, width: number, floor: number }} bar its left edge, upper edge, width and foot */
  const place = (bar) => {
    body.attr("points", (d) => {
      const { x, y, width, floor } = bar(d);
      return corners(x, Math.min(y, floor - 28), width, Math.max(28, floor - y));
    });
    knobs.attr("points", (d) => {
      const { x, y, width } = bar(d);
      const long = Math.min(16, width * 0.6);
      return corners(x + (width - long) / 2, y - 2, long, 4);
    });
    // At the bottom of the picture its room is above the baseline.
    grips.attr("points", (d) => {
      const { x, y, width, floor } = bar(d);
      return corners(x, Math.min(y - 14, floor - 26), width, 28);
    });
  };
  return { body, knobs, grips, place };
}
