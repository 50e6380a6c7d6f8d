/** Marks that pictures repeat. */

import { axes, disc, handles, inner, sideLabel } from "./plot.js";
import { dragBars, dragDot } from "./dragged.js";
import { select } from "./select.js";

/** @typedef {import("d3-selection").Selection<any, any, any, any>} Selection */
/** @typedef {import("@anywidget/types").AnyModel} AnyModel */
/** @template Value @typedef {Value | ((datum: any, k: number) => Value)} PerDatum */
/** @typedef {readonly PerDatum<number>[]} Place */
/** @typedef {Omit<Parameters<typeof dragDot>[1], "svg" | "assign" | "model" | "handles">} Dragged */

/** A line from one place to another, or several.
 * @param {any} line @param {Place} from @param {Place} to @returns {Selection} */
const segment = (line, [x1, y1], [x2, y2]) =>
  line.attr("x1", x1).attr("y1", y1).attr("x2", x2).attr("y2", y2);

/** A line across the picture. @param {Selection} line @param {Place} ends @param {PerDatum<number>} y */
const level = (line, [x1, x2], y) => segment(line, [x1, y], [x2, y]);

/** An upright line. @param {Selection} line @param {PerDatum<number>} x @param {Place} ends */
const upright = (line, x, [y1, y2]) => segment(line, [x, y1], [x, y2]);

/** Put a text, or each of several, somewhere.
 * @param {Selection} text @param {PerDatum<number | undefined>} x @param {PerDatum<number>} y
 * @param {PerDatum<string | number>} [words] if they change @param {string} [anchor] likewise */
function put(text, x, y, words, anchor) {
  text.attr("x", /** @type {any} */ (x)).attr("y", /** @type {any} */ (y));
  if (anchor) text.attr("text-anchor", anchor);
  return words === undefined ? text : text.text(/** @type {any} */ (words));
}

/** Show those marks whose outcome there is. @param {Selection[]} selections @param {number} count */
function limitTo(selections, count) {
  for (const marks of selections) marks.attr("display", ({ k }) => (k < count ? null : "none"));
}

/** A function that says whether what it is given differs from what it was given last. */
function watch() {
  let last = "";
  return (/** @type {any[]} */ ...given) => last !== (last = JSON.stringify(given));
}

/** The inside of a picture, which these scales then span.
 * @param {import("./plot.js").Size} size @param {import("./plot.js").Margins} margins @param {any} x @param {any} y */
function span(size, margins, x, y) {
  const box = inner(size, margins);
  x.range(box.x);
  y.range(box.y);
  return box;
}

/** Leave to screen readers what can be moved: the rest is in the picture's description. @param {Element} picture */
function hideMarks(picture) {
  for (const part of picture.children) {
    if (part.matches("[role=slider]")) continue;
    if (part.querySelector("[role=slider]")) hideMarks(part);
    else part.setAttribute("aria-hidden", "true");
  }
}

/** @typedef {ReturnType<typeof picture>} Picture */

/** What a picture is drawn with.
 * @param {SVGSVGElement} svg @param {import("./figure.js").Assign} [assign] sets what the reader drags in it @param {AnyModel} [model] */
export function picture(svg, assign, model) {
  const root = /** @type {Selection} */ (select(svg));
  /** What brings the handles' values for screen readers up to date. @type {(() => void)[]} */
  const describers = [];
  const context = {
    svg,
    assign: /** @type {any} */ (assign),
    model: /** @type {any} */ (model),
    /** @type {(...given: Parameters<typeof handles>) => void} */
    handles: (...given) => void describers.push(handles(...given)),
  };
  /** One element of a class. @param {string} tag @param {string} kind */
  const mark = (tag, kind, parent = root) => parent.append(tag).attr("class", kind);
  /** An element for each datum. @template D @param {string} tag @param {readonly D[]} data
   * @param {string | ((datum: D, k: number) => string)} kind its class @returns {Selection} */
  const marks = (tag, data, kind, parent = root.append("g")) =>
    parent.selectAll(null).data(data).join(tag).attr("class", kind);
  return {
    assign: context.assign,
    root,
    mark,
    marks,
    /** A text for each datum, in the middle of its place. @template D @param {readonly D[]} data
     * @param {string | ((datum: D, k: number) => string)} kind its class @param {Selection} [parent] */
    texts: (data, kind, parent) => marks("text", data, kind, parent).attr("text-anchor", "middle"),
    segment,
    level,
    upright,
    put,
    limitTo,
    span,
    watch,
    /** Whether what the picture depends on has changed, the size for example. */
    changed: watch(),
    group: (parent = root) => parent.append("g"),
    /** @param {string} kind @param {{ words?: string, anchor?: string, parent?: Selection }} [options] */
    text(kind, { words = "", anchor, parent = root } = {}) {
      const text = mark("text", kind, parent);
      if (anchor) text.attr("text-anchor", anchor);
      return words ? text.text(words) : text;
    },
    /** A key: words, each in the class of what it names. @param {Record<string, string>} words by class
     * @param {string} [anchor] @param {Selection} [parent] */
    key(words, anchor = "end", parent = root) {
      const key = mark("text", "label small", parent).attr("text-anchor", anchor);
      for (const [k, [kind, said]] of Object.entries(words).entries())
        mark("tspan", kind, key)
          .attr("dx", k && 10)
          .text(said);
      return key;
    },
    /** @param {string} kind */
    sideLabel: (kind, parent = root) => sideLabel(parent, kind),
    /** A dot, by a function that puts it somewhere; without a place it is not shown. @param {string} kind its class @param {number} radius */
    dot(kind, radius, parent = root) {
      const dot = mark("polygon", `dot dot-${kind}`, parent);
      return (/** @type {number} */ x, /** @type {number} */ y) =>
        dot.attr("points", Number.isFinite(y) ? disc(x, y, radius) : "");
    },
    axes: () => axes(svg),
    /** @param {Selection} selection @param {Omit<Parameters<typeof handles>[1], "svg">} options */
    handles: (selection, options) => context.handles(selection, { svg, ...options }),
    /** Bring what screen readers say of the handles up to date. */
    describe: () => describers.forEach((describe) => describe()),
    /** To be called when all marks are made. */
    finish() {
      hideMarks(svg);
      // Text goes on top of any lines that would strike it through.
      svg.append(...svg.querySelectorAll(":scope > text"));
    },
    /** @param {Dragged} options */
    dragDot: (options) => dragDot(root, { ...context, ...options }),
    /** @param {import("./dragged.js").Bar[]} data @param {any} y @param {(tag: string) => Selection} [make] an element for each */
    dragBars: (data, y, make = (tag) => marks(tag, data, "")) =>
      dragBars(data, make, { ...context, y }),
  };
}
