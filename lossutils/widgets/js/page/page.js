/**
 * Brings a page's explorers to life without a kernel.
 *
 * myst-nb writes two things into a page: the saved state of all its widgets and, wherever a widget was
 * displayed, a script element that names it. This script replaces ipywidgets' html-manager, together with
 * figures.js where an explorer has a picture.
 */

import { resolve, restore } from "./model.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("../index.js").Explorer} Explorer */
/** @typedef {typeof import("./figures.js")} Figures */
/** @typedef {[name: string, make: (require: () => Figures, module: { exports: any }) => void, draws?: 1]} Script
 *    what an explorer's own script hands over: see build.mjs */

const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

// On a page of thousands of elements, a moving figure would make the browser lay out the whole page. An
// element whose size does not depend on its contents is laid out alone, so we set its height whenever
// the contents change, before the frame is painted.
const heights = new ResizeObserver((entries) => {
  for (const { target, borderBoxSize } of entries) {
    const place = /** @type {HTMLElement} */ (target.parentElement);
    Object.assign(place.style, {
      contain: "size layout",
      height: `${borderBoxSize[0].blockSize}px`,
    });
  }
});

/** The explorers whose scripts have loaded. @type {Map<string, Explorer>} */
const explorers = new Map();

/** What those that draw share, once its script has loaded. @type {Figures} */
let figures;
/** Those that came before it. @type {Script[]} */
const waiting = [];

/** @param {Script} script */
function take(script) {
  const [name, make, draws] = script;
  if (draws && !figures) {
    waiting.push(script);
    return;
  }
  const module = { exports: /** @type {any} */ ({}) };
  try {
    make(() => figures, module);
    if (name === "figures") {
      figures = module.exports;
      figures.followAddresses(signal);
      waiting.forEach(take);
      return;
    }
    if (!module.exports.default) throw new Error("it exports no explorer");
    explorers.set(name, module.exports.default);
  } catch (error) {
    // Its stills stay, and the other explorers go live.
    console.error(`The script of the explorer ${name} fails:`, error);
  }
}

/** Whether the parser has finished a node: something follows it, or what it ends.
 * @param {Node | null} node @returns {boolean} */
const isParsed = (node) => !!node && (!!node.nextSibling || isParsed(node.parentNode));

/** Return a function that brings to life every explorer on the page that isn't live yet.
 * @param {ParentNode} page @param {AbortSignal} signal */
export function hydrator(page, signal) {
  /** @type {Map<string, Model> | undefined} */
  let models;
  /** The figure of the explorer that is being shown. @type {Model | undefined} */
  let shown;

  /** @param {Model} model @returns {HTMLElement} */
  const view = (model) => {
    const el = element(model);
    el.classList.add(...(model.get("_dom_classes") ?? []));
    return el;
  };

  /** @param {string} reference */
  const named = (reference) => view(resolve(reference, /** @type {Map<string, Model>} */ (models)));

  /** @param {Model} model @returns {HTMLElement} */
  const element = (model) => {
    const name = model.get("_view_name");
    if (name === "AnyView") {
      const el = document.createElement("div");
      // Figures use only the part of anywidget's model that ours implements.
      const figure = /** @type {import("@anywidget/types").AnyModel} */ (
        /** @type {unknown} */ (model)
      );
      const explorer = explorers.get(model.get("_explorer"));
      if (!explorer) throw new Error(`there is no script of ${model.get("_explorer")}`);
      explorer.render({ model: figure, el, signal });
      shown = model;
      return el;
    }
    return figures.controls[name](model, { signal, view: named });
  };

  /** @param {HTMLElement} place @param {Element} script */
  const revive = (place, script) => {
    models ??= restore(JSON.parse(page.querySelector(STATE)?.textContent ?? "").state);
    const explorer = named(JSON.parse(script.textContent ?? "").model_id);
    place.replaceChildren(explorer);
    heights.observe(explorer);
    place.dataset.live = "";
    if (place.dataset.name && shown) figures.addressable(place, shown, signal);
  };

  /** @type {WeakSet<HTMLElement>} */
  const failed = new WeakSet();

  return () => {
    for (const script of page.querySelectorAll(VIEW)) {
      const place = script.closest("[data-explorer]");
      if (!(place instanceof HTMLElement) || place.dataset.live !== undefined || failed.has(place))
        continue;
      if (!explorers.has(place.dataset.explorer ?? "")) continue;
      if (document.readyState === "loading" && !isParsed(place)) continue;
      try {
        revive(place, script);
      } catch (error) {
        // Its still stays, and the explorers after it come to life.
        failed.add(place);
        console.error(`The explorer ${place.dataset.explorer} does not start:`, error);
      }
    }
  };
}

// The state is in the page's head, so an explorer need not wait for the rest of the page, nor for the
// theme's scripts, which are far larger than this one.
const { signal } = new AbortController();
const hydrate = hydrator(document, signal);
const scripts = /** @type {{ lossutilsExplorers?: { push: (script: Script) => void } }} */ (window);
/** Those that came before this one. */
const early = /** @type {Script[]} */ (scripts.lossutilsExplorers ?? []);
scripts.lossutilsExplorers = {
  push(script) {
    take(script);
    hydrate();
  },
};
early.forEach(take);
hydrate();
if (document.readyState === "loading") {
  const parsed = new MutationObserver(hydrate);
  parsed.observe(document, { childList: true, subtree: true });
  document.addEventListener(
    "readystatechange",
    () => {
      parsed.disconnect();
      hydrate();
    },
    { once: true },
  );
}
window.addEventListener("load", () => {
  const shown = [...document.querySelectorAll("[data-explorer]")].map(
    (place) => /** @type {HTMLElement} */ (place).dataset.explorer ?? "",
  );
  for (const name of new Set(shown))
    if (!explorers.has(name)) console.error(`The explorer ${name} has no script.`);
});
