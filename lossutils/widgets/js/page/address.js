/**
 * The state of an explorer in the page's address: `#scores:z_1=4;target=2`. First stands the explorer's
 * name, which is its variable's in the notebook, then each setting that differs from the first state,
 * whole (`p=0.5,0.5`) or one number of several (`p_0=0.7`). An option is written by its name.
 *
 * A link to such an address moves the figure, whether it is in the page's text or elsewhere.
 */

import { assignTo, firstOf } from "../figure/figure.js";
import { offStep, parsed } from "../figure/format.js";
import { settingOf, vector } from "../figure/settings.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {{ label: string, min?: number, max?: number, whole?: boolean, options?: any[], labels?: string[], prefix?: string,
 *    most?: number, counted?: boolean, step?: number, stepped?: boolean }} Setting */
/** @typedef {{ place: HTMLElement, model: Model, texts: Record<string, string> }} Named */

const FORM = /^#([\w-]+):(.*)$/;

/** The explorers that are live, with the first texts of their settings. @type {Map<string, Named>} */
const live = new Map();

/** @param {Model} model @returns {Record<string, Setting>} */
const settings = (model) => model.get("_settings") ?? {};

/** Without the residue of floating point: 0.35, not 0.35000000000000003. @param {number} value */
const short = (value) => String(Number(value.toPrecision(9)));

/** Each setting as its text in an address; data that nobody can set have none. @param {Model} model */
function written(model) {
  /** @type {Record<string, string>} */
  const texts = {};
  for (const [name, setting] of Object.entries(settings(model))) {
    const value = model.get(name);
    if (setting.options) texts[name] = encoded(String(setting.options[model.get(`${name}_index`)]));
    else if (setting.most || setting.prefix)
      texts[name] = vector(/** @type {any} */ (model), name, setting)
        .map((trait) => short(model.get(trait)))
        .join(",");
    else if (typeof value === "number")
      texts[name] = short(setting.whole ? Math.round(value) : value);
    else if (typeof value === "boolean") texts[name] = String(value);
  }
  return texts;
}

/** A word as it stands in an address; parentheses, too, would end it where a program looks for addresses.
 * @param {string} text */
const encoded = (text) =>
  encodeURIComponent(text)
    .replace(/%20/g, "+")
    .replace(/[()']/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/** The address of the state in which an explorer is. @param {string} name */
export function address(name) {
  const { model, texts } = /** @type {Named} */ (live.get(name));
  const changed = Object.entries(written(model)).filter(
    ([setting, text]) => text !== texts[setting],
  );
  return `#${name}:${changed.map((pair) => pair.join("=")).join(";")}`;
}

/** @param {string} name @param {string} text @param {{ min?: number, max?: number, whole?: boolean, step?: number, stepped?: boolean }} limits */
function numberFrom(
  name,
  text,
  { min = -Infinity, max = Infinity, whole = false, step = 0, stepped = false },
) {
  const value = parsed(text);
  if (!Number.isFinite(value)) throw new Error(`${name} must be a number`);
  if (whole && !Number.isInteger(value)) throw new Error(`${name} must be a whole number`);
  if (value < min || value > max) throw new Error(`${name} must be from ${min} to ${max}`);
  if (stepped && offStep(value - min, step))
    throw new Error(`${name} must be on a step of ${step}`);
  return value;
}

/** Set what one text of an address says, or throw why it can't be. @param {Model} model @param {string} name @param {string} text */
function set(model, name, text) {
  const known = settings(model);
  const figure = /** @type {any} */ (model);
  const assign = assignTo(figure);
  const setting = Object.keys(known).includes(name) ? known[name] : undefined;
  if (!setting) {
    // One number of several: the figure itself fits the others to it, as when its slider moves.
    const whole = settingOf(figure, name);
    if (!whole) throw new Error(`there is no setting ${name}`);
    const { min = 0, max = 1 } = whole;
    model.set(name, numberFrom(name, text, { min, max }));
  } else if (setting.options) {
    const index = setting.options.map(String).indexOf(text);
    if (index < 0) throw new Error(`${name} must be one of ${setting.options.join(", ")}`);
    assign({ [`${name}_index`]: index });
  } else if (setting.prefix) {
    const traits = vector(figure, name, setting);
    const values = text.split(",").map((each) => numberFrom(name, each, setting));
    if (values.length !== traits.length)
      throw new Error(`${name} must hold ${traits.length} numbers`);
    assign(Object.fromEntries(traits.map((trait, k) => [trait, values[k]])));
  } else if (setting.most) {
    const values = text.split(",").map((each) => numberFrom(name, each, { min: 0, max: 1 }));
    const sum = values.reduce((a, b) => a + b, 0);
    if (Math.abs(sum - 1) > 1e-6) throw new Error(`${name} must sum to 1`);
    const outcomes = model.get("outcomes");
    if (
      values.length !== outcomes &&
      !(setting.counted && values.length >= 2 && values.length <= setting.most)
    ) {
      throw new Error(`${name} must hold the probabilities of ${outcomes} outcomes`);
    }
    if (values.length !== outcomes) model.set("outcomes", values.length);
    assign(Object.fromEntries(values.map((value, k) => [`${name}_${k}`, value / sum])));
  } else if (setting.min !== undefined) {
    assign({
      [name]: numberFrom(name, text, { ...setting, max: model.get(`${name}_max`) ?? setting.max }),
    });
  } else if (typeof model.get(name) === "boolean" && /^(true|false)$/.test(text)) {
    assign({ [name]: text === "true" });
  } else throw new Error(`${name} can't be ${text}`);
}

/** Bring an explorer to the state of an address: its first state, with these settings.
 * @param {Named} explorer @param {string} rest what follows the name and its colon */
function reach({ place, model }, rest) {
  const pairs = rest
    .split(";")
    .filter(Boolean)
    .map((pair) => pair.split("="));
  const figure = /** @type {any} */ (model);
  assignTo(figure)(firstOf(figure));
  /** @type {string[]} */
  let refused = [];
  // Twice: what one setting may be can depend on another that comes later.
  for (let round = 0; round < 2; round++) {
    refused = [];
    for (const [name, text = ""] of pairs) {
      try {
        set(model, decodeURIComponent(name), decodeURIComponent(text.replace(/\+/g, " ")));
      } catch (error) {
        refused.push(
          `${name}=${text} in the address of ${place.dataset.name}: ${/** @type {Error} */ (error).message}`,
        );
      }
    }
  }
  for (const why of refused) console.warn(why);
  place.scrollIntoView({ block: "nearest" });
}

/** Follow the page's address to an explorer, if it is one's and that one is live. @param {string} hash */
function follow(hash) {
  const [, name, rest] = FORM.exec(hash) ?? [];
  const explorer = live.get(name);
  if (explorer) reach(explorer, rest);
}

/** Let an explorer that has just come to life be addressed; give it the button that copies its address.
 * @param {HTMLElement} place @param {Model} model its figure's @param {AbortSignal} signal */
export function addressable(place, model, signal) {
  const { name = "" } = place.dataset;
  if (live.has(name)) return;
  live.set(name, { place, model, texts: written(model) });
  signal.addEventListener("abort", () => live.delete(name));
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "explorer-link", textContent: "Copy link" });
  button.setAttribute("aria-label", "Copy link to this state");
  button.addEventListener(
    "click",
    async () => {
      // The page's own address says it too, for those whose browser doesn't let a page copy.
      history.replaceState(null, "", address(name));
      const copied = await navigator.clipboard?.writeText(location.href).then(
        () => true,
        () => false,
      );
      button.textContent = copied ? "Copied" : "See address";
      const status = place.querySelector(".explorer-status");
      if (status) status.textContent = copied ? "Link copied" : "The link is in the address bar";
      setTimeout(() => (button.textContent = "Copy link"), 2000);
    },
    { signal },
  );
  place.querySelector(".explorer-reset")?.before(button);
  if (location.hash.startsWith(`#${name}:`)) follow(location.hash);
}

/** Follow links on this page and changes of its address. @param {AbortSignal} signal */
export function followAddresses(signal) {
  window.addEventListener("hashchange", () => follow(location.hash), { signal });
  document.addEventListener(
    "click",
    (event) => {
      const link = /** @type {Element} */ (event.target).closest?.('a[href*="#"]');
      // To follow a link to where one is already changes no address.
      if (link instanceof HTMLAnchorElement && link.href === location.href) follow(link.hash);
    },
    { signal },
  );
}
