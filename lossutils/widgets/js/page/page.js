/**
 * Brings a page's explorers to life without a kernel.
 *
 * myst-nb writes two things into a page: the saved state of all its widgets, and at each place
 * where a widget was displayed a script element that names it. This takes the place of
 * ipywidgets' html-manager for them.
 */

import { controls } from "./controls.js";
import { explorers } from "./registry.js";
import { resolve, restore } from "./model.js";

/** @typedef {import("./model.js").Model} Model */

const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

/** @param {ParentNode} page @param {AbortSignal} signal */
export function hydrate(page, signal) {
  const saved = page.querySelector(STATE);
  if (!saved) return;
  const models = restore(JSON.parse(saved.textContent ?? "").state);

  /** @param {Model} model @returns {HTMLElement} */
  const view = (model) => {
    const el = element(model);
    el.classList.add(...(model.get("_dom_classes") ?? []));
    return el;
  };

  /** @param {Model} model @returns {HTMLElement} */
  const element = (model) => {
    const name = model.get("_view_name");
    if (name === "AnyView") {
      const el = document.createElement("div");
      // Figures use the part of anywidget's model that ours has.
      const figure = /** @type {import("@anywidget/types").AnyModel} */ (/** @type {unknown} */ (model));
      explorers[model.get("_explorer")].render({ model: figure, el, signal });
      return el;
    }
    return controls[name](model, { signal, view: (reference) => view(resolve(reference, models)) });
  };

  for (const script of page.querySelectorAll(VIEW)) {
    const place = script.closest("[data-explorer]");
    if (!(place instanceof HTMLElement) || place.dataset.live !== undefined) continue;
    place.replaceChildren(view(resolve(JSON.parse(script.textContent ?? "").model_id, models)));
    place.dataset.live = "";
  }
}

const start = () => hydrate(document, new AbortController().signal);
// As soon as the page is parsed: at DOMContentLoaded the theme's scripts, far heavier, would have
// had their turn first.
if (document.readyState === "loading") document.addEventListener("readystatechange", start, { once: true });
else start();
