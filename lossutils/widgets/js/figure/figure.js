/**
 * What all explorers share: a picture, the formula with the current numbers in it, readouts, and at
 * most one redraw per frame.
 *
 * An explorer consists of a few pure functions of its state. `state` computes from the settings
 * everything shown; `draw` creates the picture's elements once and returns a function that updates
 * them; the others turn a state into words and formulas, which are read out as they are written.
 */

import { aloud, readFormula } from "./aloud.js";
import { keepNormalised } from "./distribution.js";
import { dragNumbers } from "./formula.js";
import { picture } from "./marks.js";
import { isHeld, isRunning, offerPlay } from "./play.js";
import { values } from "./settings.js";
import { followUnit, isSwapped, unitOf, unitSwitch } from "./units.js";
import { rewriter, write } from "./write.js";

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */
/** @typedef {{ width: number, height: number }} Size */
/** @typedef {{ model: AnyModel, el: HTMLElement, signal?: AbortSignal }} RenderContext */
/** @typedef {{ name: string, render: (context: RenderContext) => void }} Explorer */
/** @typedef {(values: Record<string, any>) => void} Assign */
/** @typedef {import("./units.js").Unit} Unit */
/** @typedef {import("./units.js").Name} UnitName */

/**
 * @template State
 * @typedef {object} Quantity
 * @property {string | ((unit: Unit) => string)} label the readout's name, as HTML
 * @property {(state: State) => number} value
 * @property {UnitName} [unit] the value's, if it is information
 * @property {(value: number, state: State, unit: Unit) => string} write the value as shown, unit included
 */

/**
 * @template State
 * @typedef {object} Specification
 * @property {string} name
 * @property {boolean} [pairs] whether its controls have two columns, even on a phone, because neighbours belong together
 * @property {(settings: any, model: AnyModel) => State} state
 * @property {UnitName} [unit] in which its state is, if the reader can switch between nats and bits: whatever is written
 *   goes through the unit that the functions below are given. A setting named `unit` says in which it opens
 * @property {(plot: import("./marks.js").Picture, model: AnyModel) => (state: State, size: Size, unit: Unit) => void} draw
 * @property {(state: State, unit: Unit) => string} alternative the picture in words
 * @property {(state: State, unit: Unit) => string} formula HTML, in which the numbers that are a setting's own value name
 *   its trait, so that they can be dragged
 * @property {Record<string, Quantity<State>>} quantities readouts by name
 * @property {string} [chief] the readout of which is said by how much it has changed; the first, if none is named
 * @property {(context: { model: AnyModel, assign: Assign, signal: AbortSignal, root: HTMLElement }) => void} [setup]
 */

const ANNOUNCE_AFTER = 400;

/** @type {WeakSet<AnyModel>} */
const halfway = new WeakSet();

/** Whether a figure is in the middle of setting several traits.
 * @param {AnyModel} model */
export const isHalfway = (model) => halfway.has(model);

/** Set traits from inside a figure, and tell the kernel, if there is one.
 * @param {AnyModel} model @returns {Assign} */
export const assignTo = (model) => (values) => {
  const inside = halfway.has(model); // of another one, whose listeners have led here
  halfway.add(model);
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  if (inside) return;
  halfway.delete(model);
  model.save_changes();
};

/** The settings behind a state, as they were when the reader first saw the figure; the same for all its
 * views.
 * @type {WeakMap<AnyModel, Record<string, any>>} */
const first = new WeakMap();

/** @param {AnyModel} model @param {(model: AnyModel) => any} [read] what reads the settings, of a figure that is shown for
 * the first time @returns {Record<string, any>} */
export function firstOf(model, read) {
  const known = first.get(model);
  if (known || !read) return known ?? {};
  /** @type {Record<string, any>} */
  const seen = {};
  const recorder = { get: (/** @type {string} */ name) => (seen[name] = model.get(name)) };
  read(/** @type {AnyModel} */ (/** @type {unknown} */ (recorder)));
  // Data that no control can change need not be reset.
  for (const [name, value] of Object.entries(seen))
    if (typeof value === "object") delete seen[name];
  first.set(model, seen);
  return seen;
}

/** Whether all these traits have these values. @param {AnyModel} model @param {Record<string, any>} values */
const stands = (model, values) =>
  Object.entries(values).every(([trait, value]) => Object.is(model.get(trait), value));

/** Add a button for each of the declaration's presets; the returned function marks the one that is set.
 * @param {HTMLElement} group @param {AnyModel} model @param {Assign} assign @param {AbortSignal} signal */
function offerPresets(group, model, assign, signal) {
  const presets = /** @type {[string, Record<string, any>][]} */ (model.get("_presets") ?? []);
  const buttons = presets.map(([name, values]) => {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: name,
    });
    button.addEventListener("click", () => assign(values), { signal });
    return button;
  });
  group.append(...buttons);
  return () => {
    for (const [k, button] of buttons.entries()) {
      const set = String(stands(model, presets[k][1]));
      if (button.getAttribute("aria-pressed") !== set) button.setAttribute("aria-pressed", set);
    }
  };
}

/** Tell Jupyter's sliders when they are dragged: only then do they move the figure live. The site's own
 * controls always do.
 * @param {AnyModel} model @param {HTMLElement} el @param {AbortSignal} signal */
function watchSliders(model, el, signal) {
  const beside = (/** @type {Element} */ target) =>
    Boolean(el.closest(".lossutils-explorer")?.contains(target.closest(".widget-slider")));
  for (const type of ["pointerdown", "pointerup", "pointercancel"]) {
    const dragging = type === "pointerdown";
    const listener = (/** @type {Event} */ { target }) => {
      if (
        dragging === model.get("_dragging") ||
        (dragging && !beside(/** @type {Element} */ (target)))
      )
        return;
      assignTo(model)({ _dragging: dragging });
    };
    document.addEventListener(type, listener, { capture: true, signal });
  }
}

/** Leave the bars' outlines where they were when the reader last took hold of something; the function returned
 * removes them. @param {Element} svg @param {HTMLElement} el @param {AbortSignal} signal
 * @param {() => void} held called then too */
function outlineBefore(svg, el, signal, held) {
  const forget = () => {
    for (const old of svg.querySelectorAll(".before")) old.remove();
  };
  const touched = (/** @type {Event} */ event) => {
    if (!isHeld(el, event)) return;
    held();
    forget();
    for (const bar of svg.querySelectorAll("[class^=bar-]"))
      bar.after(Object.assign(bar.cloneNode(), { classList: "before" }));
  };
  for (const type of ["pointerdown", "keydown"])
    document.addEventListener(type, touched, { capture: true, signal });
  return forget;
}

/** @param {string} html */
function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** A function that sets an element's label for screen readers if it has changed.
 * @param {Element} element */
function labeller(element) {
  let said = "";
  return (/** @type {string} */ text) => {
    if (said !== (said = text)) element.setAttribute("aria-label", text);
  };
}

/** @template State @param {Specification<State>} specification @returns {Explorer} */
export function explorer({
  name,
  pairs = false,
  unit: home,
  state,
  draw,
  alternative,
  formula,
  quantities,
  chief = Object.keys(quantities)[0],
  setup,
}) {
  return {
    name,
    render({ model, el, signal = new AbortController().signal }) {
      el.classList.add("explorer-figure", `explorer-figure-${name}`);
      el.classList.toggle("explorer-pairs", pairs);
      el.append(
        fragment(`
          <div class="explorer-picture"><svg role="group"></svg></div>
          <div class="explorer-side"><div class="explorer-buttons">
            <span class="explorer-presets" role="group" aria-label="examples"></span>
            <span class="explorer-tools"><button type="button" class="explorer-reset" disabled>Reset</button></span>
          </div></div>
          <p class="explorer-formula" role="math"></p>
          <dl class="explorer-readouts">${Object.entries(quantities)
            .map(
              ([quantity, { unit: measured }]) =>
                `<div><dt></dt><dd><output aria-live="off" data-quantity="${quantity}"${measured ? ` data-unit="${measured}"` : ""}></output></dd></div>`,
            )
            .join("")}</dl>
          <p class="explorer-change"></p>
          <p class="visually-hidden explorer-status" role="status"></p>`),
      );
      /** @template {Element} E @param {string} selector @returns {E} */
      const find = (selector) => /** @type {E} */ (el.querySelector(selector));
      const svg = /** @type {SVGSVGElement} */ (find("svg"));
      const formulaLine = /** @type {HTMLElement} */ (find(".explorer-formula"));
      const status = find("[role=status]");
      const reset = /** @type {HTMLButtonElement} */ (find(".explorer-reset"));
      const outputs = Object.keys(quantities).map(
        (quantity) => /** @type {HTMLOutputElement} */ (find(`[data-quantity="${quantity}"]`)),
      );
      const writeChange = rewriter(find(".explorer-change"));
      const rows = outputs.map((output) => /** @type {HTMLElement} */ (output.closest("div")));
      const switched = home && unitSwitch(signal);
      if (switched) reset.before(switched.button);

      const assign = assignTo(model);
      const stateOf = (/** @type {AnyModel} */ model) => state(values(model), model);
      const start = firstOf(model, stateOf);
      const showPresets = offerPresets(find(".explorer-presets"), model, assign, signal);
      const plot = picture(svg, assign, model);
      const update = draw(plot, model);
      plot.finish();
      const writeFormula = rewriter(formulaLine);
      dragNumbers(formulaLine, model, signal);
      const labelPicture = labeller(svg);
      const labelFormula = labeller(formulaLine);
      let size = { width: 0, height: 0 };
      let frame = 0;
      let announcement = 0;

      /** The figure's unit, and that of each quantity. @type {Unit} */
      let unit;
      /** @type {Unit[]} */
      let units;
      /** The chief quantity when the reader last took hold of something. */
      let before = Number.NaN;
      const setUnit = (/** @type {boolean} */ swapped) => {
        unit = unitOf(home ?? "nats", swapped);
        units = Object.values(quantities).map(({ unit: measured, label }, index) => {
          const own = unitOf(measured ?? unit.home, swapped);
          rows[index].children[0].innerHTML = typeof label === "string" ? label : label(own);
          return own;
        });
        switched?.show(unit.name);
      };

      const main = quantities[chief];
      const place = Object.keys(quantities).indexOf(chief);
      // By how much it has changed since then, in a line that is kept free for it.
      const showChange = (/** @type {any} */ current) => {
        const by = main.value(current) - before;
        if (by === 0 || Number.isNaN(by)) {
          writeChange("");
          return;
        }
        const size = Math.abs(by);
        const own = units[place];
        const said = main.unit ? own.written(size) : main.write(size, current, own);
        const signed = `${by < 0 ? "−" : "+"}${said.replace("+", "")}`;
        writeChange(`Change: ${rows[place].children[0].innerHTML} <b>${signed}</b>`);
      };
      const redraw = () => {
        const current = stateOf(model);
        const swapped = Boolean(home && isSwapped(home, values(model).unit));
        if (unit?.swapped !== swapped) setUnit(swapped);
        if (size.width) {
          update(current, size, unit);
          plot.describe();
        }
        writeFormula(formula(current, unit));
        for (const [index, quantity] of Object.values(quantities).entries()) {
          const now = quantity.value(current);
          outputs[index].dataset.value = String(now);
          write(outputs[index], quantity.write(now, current, units[index]));
          rows[index].classList.toggle("not-a-number", Number.isNaN(now));
        }
        showChange(current);
        reset.disabled = stands(model, start);
        showPresets();
        return current;
      };
      const describe = (/** @type {any} */ current) => {
        labelPicture(aloud(alternative(current, unit)));
        labelFormula(readFormula(formula(current, unit)));
      };
      const follow = () => {
        frame = 0;
        const current = redraw();
        clearTimeout(announcement);
        // A moving picture is not described anew in every frame.
        if (isRunning(model)) return;
        announcement = window.setTimeout(() => {
          describe(current);
          status.textContent = svg.getAttribute("aria-label");
        }, ANNOUNCE_AFTER);
      };
      // One move of a slider may change a dozen traits.
      const schedule = () => (frame ||= requestAnimationFrame(follow));

      const forget = outlineBefore(svg, el, signal, () => {
        before = main.value(stateOf(model));
        writeChange("");
      });
      const resize = new ResizeObserver(([{ contentRect }]) => {
        forget();
        size = contentRect;
        redraw();
      });
      resize.observe(svg);
      model.on("change", schedule);
      if (home) followUnit(() => describe(redraw()), signal);
      reset.addEventListener("click", () => assign(start), { signal });
      signal.addEventListener("abort", () => {
        resize.disconnect();
        model.off("change", schedule);
        cancelAnimationFrame(frame);
        clearTimeout(announcement);
      });
      if (model.widget_manager) watchSliders(model, el, signal);
      offerPlay({ model, assign, signal, el, ended: schedule });
      for (const [setting, told] of Object.entries(model.get("_settings")))
        if (told.most) keepNormalised({ model, assign, signal }, setting);
      setup?.({ model, assign, signal, root: el });
      describe(redraw());
    },
  };
}
