/**
 * The ipywidgets controls that the book uses, as native HTML elements.
 *
 * `controls.json` lists their view names. The site's build reads it and stops at a missing control, so
 * that no page is published with a gap in it.
 */

import { aloud } from "../figure/aloud.js";
import { offStep, parsed, readout } from "../figure/format.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {{ signal: AbortSignal, view: (reference: string) => HTMLElement }} Context */

let count = 0;

/** @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} [properties] @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]} */
function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** A slider's value as a number that can be typed. The Tab key stops at the slider, from which a digit or
 * Enter leads here; Enter and Escape lead back.
 * @param {Model} model @param {HTMLInputElement} input the slider @param {AbortSignal} signal
 * @param {(end: "min" | "max") => number} limit @param {(value: number) => string} written */
function typed(model, input, signal, limit, written) {
  const name = model.get("description");
  const field = element("input", {
    type: "text",
    name: model.trait, // by which a number in the formula finds it
    className: "control-value",
    tabIndex: -1,
    autocomplete: "off",
    spellcheck: false,
    inputMode: limit("min") < 0 ? "text" : "decimal", // a phone's keys for decimals may lack the minus
  });
  field.setAttribute("aria-label", `${name}, as a number`);
  const note = element("span", { className: "visually-hidden" });
  note.setAttribute("role", "status");
  const format = /** @type {string} */ (model.get("readout_format"));
  const stepped = Boolean(model.get("_dom_classes")?.includes("control-stepped"));
  let [text, changed] = ["", false];
  /** Leave the field with its value or, if that is refused, return why. */
  const take = () => {
    const percent = format.endsWith("%") && !field.value.includes("%");
    const given = parsed(percent ? `${field.value}%` : field.value);
    const [low, high] = [limit("min"), limit("max")];
    const value = Math.min(high, Math.max(low, given));
    if (Number.isNaN(given)) return `${name} must be a number, such as ${text}`;
    if (Math.abs(value - given) > 1e-9 * Math.abs(given))
      return `${name} must be from ${written(low)} to ${written(high)}`;
    if (stepped && offStep(value - low, model.get("step")))
      return `${name} must be on a step of ${model.get("step")}`;
    if (/(d|\.0f)$/.test(format) && !Number.isInteger(given))
      return `${name} must be a whole number`;
    changed = false;
    model.set("value", value);
    return "";
  };
  const restore = () => {
    changed = false;
    field.setCustomValidity("");
    field.value = text;
  };
  field.addEventListener("focus", () => field.select(), { signal });
  field.addEventListener("input", () => ((changed = true), field.setCustomValidity("")), {
    signal,
  });
  field.addEventListener(
    "blur",
    () => {
      const why = changed ? take() : "";
      note.textContent = why && `${why}. It stays ${text}.`;
      restore();
    },
    { signal },
  );
  field.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") restore();
      else if (event.key !== "Enter") return;
      field.setCustomValidity(changed ? take() : "");
      if (field.reportValidity()) input.focus();
    },
    { signal },
  );
  input.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^([\d.,−-]|Enter)$/.test(event.key))
        return;
      // The key that was pressed is typed into what has the focus by then.
      if (event.key === "Enter") event.preventDefault();
      field.focus();
    },
    { signal },
  );
  const show = (/** @type {number} */ value, /** @type {string} */ now) => {
    field.dataset.value = String(value);
    if (text === (text = now) || changed) return;
    field.value = now;
  };
  return { field, note, show };
}

/** A label, range input and the value as a number in a row. `position` and `value` convert between the input's number
 * and the model's, which differ on a logarithmic slider.
 * @param {Model} model @param {Context} context
 * @param {{ position?: (value: number) => number, value?: (position: number) => number, even?: boolean }} [scale] */
function slider(model, { signal }, { position = (v) => v, value = (v) => v, even = true } = {}) {
  const id = `control-${++count}`;
  const input = element("input", { type: "range", id });
  const label = element("label", { htmlFor: id, textContent: model.get("description") });
  const written = readout(model.get("readout_format"), even ? model.get("step") : undefined);
  const number = typed(model, input, signal, (end) => value(model.get(end)), written);
  const row = element(
    "div",
    { className: "control control-slider" },
    label,
    input,
    number.field,
    number.note,
  );
  // The input rounds its value to its steps. Moved away and back, it gives the same value again.
  const given = { rounded: NaN, value: NaN };
  let moving = false;
  const show = () => {
    const current = model.get("value");
    const text = written(current);
    if (!moving) {
      input.value = String(position(current));
      Object.assign(given, { rounded: input.valueAsNumber, value: current });
    }
    input.setAttribute("aria-valuetext", aloud(text));
    number.show(current, text);
  };
  const move = () => {
    const now = input.valueAsNumber;
    moving = true;
    model.set("value", now === given.rounded ? given.value : value(now));
    moving = false;
    // The figure may have answered with another value.
    if (Math.abs(position(model.get("value")) - now) > model.get("step")) show();
  };
  // A disabled slider is hidden; restyling this element is faster than restyling its input.
  const use = () => row.classList.toggle("unused", Boolean(model.get("disabled")));
  input.addEventListener("input", move, { signal });
  model.on("change:value", show);
  model.on("change:disabled", use);
  for (const name of ["min", "max", "step"]) {
    const limit = () => input.setAttribute(name, model.get(name));
    // Limits may change too, with the number of choices.
    model.on(`change:${name}`, () => (limit(), show()));
    limit();
  }
  show();
  use();
  return row;
}

/** @type {Record<string, (model: Model, context: Context) => HTMLElement>} */
export const controls = {
  FloatSliderView: slider,
  IntSliderView: slider,

  FloatLogSliderView: (model, context) => {
    const base = model.get("base");
    return slider(model, context, {
      position: (value) => Math.log(value) / Math.log(base),
      value: (position) => base ** position,
      even: false,
    });
  },

  ToggleButtonsView: (model, { signal }) => {
    const name = `control-${++count}`;
    const legend = element("legend", { textContent: model.get("description") });
    const inputs = model
      .get("_options_labels")
      .map((/** @type {string} */ text, /** @type {number} */ index) => {
        const input = element("input", { type: "radio", name });
        input.value = String(index);
        input.addEventListener("change", () => model.set("index", index), { signal });
        return {
          input,
          label: element("label", {}, input, element("span", { textContent: text })),
        };
      });
    const show = () => {
      for (const [index, { input }] of inputs.entries())
        input.checked = index === model.get("index");
    };
    model.on("change:index", show);
    show();
    const row = element("div", { className: "control-options" });
    row.append(...inputs.map((/** @type {{ label: HTMLElement }} */ { label }) => label));
    return element("fieldset", { className: "control control-toggle" }, legend, row);
  },

  CheckboxView: (model, { signal }) => {
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => model.set("value", input.checked), { signal });
    const show = () => void (input.checked = model.get("value"));
    model.on("change:value", show);
    show();
    return element(
      "label",
      { className: "control control-checkbox" },
      input,
      model.get("description"),
    );
  },

  HBoxView: (model, { view }) =>
    element("div", { className: "control-row" }, ...model.get("children").map(view)),

  VBoxView: (model, { view }) => {
    const [first, ...others] = model.get("children").map(view);
    // A figure's controls go right below its picture.
    const below = first.querySelector(".explorer-buttons");
    below?.before(...others);
    return element("div", { className: "control-column" }, first, ...(below ? [] : others));
  },
};
