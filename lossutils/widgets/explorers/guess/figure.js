/** A curve to guess: its points are dragged up and down, and then it is shown over the drawing. */

import { aloud, coloured, corners, line, number, picture, scaleLinear } from "../../js/index.js";
import { gap, stepOf } from "./math.js";

/** @typedef {import("../../js/index.js").Explorer} Explorer */
/** @typedef {{ x: number, y: number }} Point */

const ROOM = 18;
const MARGINS = { top: 44, right: 16, bottom: 40, left: 40 };

/** @type {Explorer} */
export default {
  name: "guess",
  render({ model, el, signal = new AbortController().signal }) {
    const [places, heights, limits, [labelX, labelY]] = [
      "places",
      "heights",
      "limits",
      "labels",
    ].map((name) => model.get(name));
    const {
      start,
      decimals,
      _curve: curve,
    } = Object.fromEntries(["start", "decimals", "_curve"].map((name) => [name, model.get(name)]));
    const written = (/** @type {number} */ y) => number(y, decimals);
    el.classList.add("explorer-figure", "explorer-figure-guess");
    el.innerHTML = `
      <p class="guess-prompt">${coloured(model.get("prompt"))}</p>
      <div class="explorer-picture"><svg role="group"></svg></div>
      <p class="guess-buttons"><button type="button">Show the curve</button><button type="button" disabled>Start again</button></p>
      <output class="explorer-reply"></output>`;
    const find = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (el.querySelector(selector));
    const svg = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (find("svg")));
    const [show, again] = /** @type {HTMLButtonElement[]} */ ([...el.querySelectorAll("button")]);
    const output = find("output");

    /** @type {Point[]} */
    const points = places.map((/** @type {number} */ x) => ({ x, y: start }));
    let shown = false;
    const x = scaleLinear([places[0], places.at(-1)], [0, 1]);
    const y = scaleLinear(limits, [1, 0]);
    const size = { width: 0, height: 0 };
    const plot = picture(svg);
    const drawAxes = plot.axes();
    const truth = plot.mark("path", "line guess-truth");
    const drawing = plot.mark("path", "line guess-drawing");
    const knobs = plot.marks("circle", points, "guess-knob").attr("r", 7);
    const grips = plot.marks("polygon", points, "guess-grip");
    const key = plot.put(plot.text("small", { parent: plot.group() }), 2, 10);
    const guessed = plot.mark("tspan", "", key);
    const shownAs = plot.mark("tspan", "label-q", key);

    const update = () => {
      if (!size.width) return;
      plot.span(size, MARGINS, x, y);
      drawAxes(x, y, { x: labelX, y: labelY, ticksX: places, formatX: String });
      drawing.attr("d", line(points.map((point) => [x(point.x), y(point.y)])));
      truth.attr(
        "d",
        shown ? line(curve.map((/** @type {number[]} */ [px, py]) => [x(px), y(py)])) : "",
      );
      knobs.attr("cx", (point) => x(point.x)).attr("cy", (point) => y(point.y));
      // Room for a finger, as far as the middle between neighbours.
      const across = points.map((point) => x(point.x));
      const half = (/** @type {number} */ k, /** @type {number} */ next) =>
        Math.min(ROOM, Math.abs((across[next] ?? Infinity) - across[k]) / 2);
      grips.attr("points", (point, k) => {
        const [left, right] = [half(k, k - 1), half(k, k + 1)];
        return corners(across[k] - left, y(point.y) - ROOM, left + right, 2 * ROOM);
      });
      guessed.text(shown ? "dashed: your guess; " : "dashed: your guess; drag its dots up or down");
      shownAs.text(shown ? "blue: the curve" : "");
      plot.describe();
      const where = points.map((point) => `${written(point.y)} at ${point.x}`).join(", ");
      svg.setAttribute(
        "aria-label",
        aloud(
          `${labelY}, against ${labelX}. Your drawing, a dashed line: ${where}.${
            shown
              ? ` The curve: ${heights.map((/** @type {number} */ h, /** @type {number} */ k) => `${written(h)} at ${places[k]}`).join(", ")}.`
              : ""
          }`,
        ),
      );
    };
    plot.handles(grips, {
      min: limits[0],
      max: limits[1],
      step: stepOf(limits),
      label: (point) => `${labelY}, at ${point.x}`,
      value: (point) => point.y,
      text: written,
      at: (_, [, py]) => y.invert(py),
      set: (point, value) => {
        if (shown) return;
        point.y = value;
        again.disabled = false;
        update();
      },
    });
    // There is no slider beside the picture: the Tab key stops at each point.
    grips.attr("tabindex", 0);
    plot.finish();

    const reveal = () => {
      shown = true;
      const drawn = points.map((point) => point.y);
      const { mean, worst } = gap(drawn, heights);
      output.innerHTML = `<strong>You are ${written(mean)} off on average, and most at ${places[worst]}: you drew ${written(drawn[worst])}, it is ${written(heights[worst])}.</strong> ${coloured(model.get("reply"))}`;
      show.disabled = true;
      again.disabled = false;
      el.classList.add("guess-shown");
      grips.attr("aria-disabled", "true");
      update();
    };
    const restart = () => {
      shown = false;
      output.textContent = "";
      show.disabled = false;
      el.classList.remove("guess-shown");
      grips.attr("aria-disabled", null);
      for (const point of points) point.y = start;
      update();
      show.focus();
      again.disabled = true;
    };
    show.addEventListener("click", reveal, { signal });
    again.addEventListener("click", restart, { signal });
    const resize = new ResizeObserver(([{ contentRect }]) => {
      Object.assign(size, { width: contentRect.width, height: contentRect.height });
      update();
    });
    resize.observe(svg);
    signal.addEventListener("abort", () => resize.disconnect());
  },
};
