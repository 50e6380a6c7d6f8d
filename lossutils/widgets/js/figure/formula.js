/** Numbers in a formula that are settings' own values: they are dragged sideways, or typed. */

import { follow } from "./drag.js";
import { settingOf } from "./settings.js";

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */

const STRIDE = 5; // pixels for each step

/** Let those numbers that name a trait move it. A double click leads to the field beside its slider, where
 * it is typed; in Jupyter the readouts are such fields, and there is none to lead to.
 * @param {HTMLElement} formula @param {AnyModel} model @param {AbortSignal} signal */
export function dragNumbers(formula, model, signal) {
  const trait = (/** @type {Event} */ { target }) =>
    /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-trait]"))
      ?.dataset.trait;
  const begin = (/** @type {PointerEvent} */ down) => {
    const name = trait(down);
    if (!name || down.button) return;
    const { min = 0, max = 1, step = 0.01, log } = settingOf(model, name) ?? {};
    const place = (/** @type {number} */ v) => (log ? Math.log(v) / Math.log(log) : v);
    const first = model.get(name);
    const low = place(min);
    follow(down, ({ clientX }) => {
      const steps = Math.trunc((clientX - down.clientX) / STRIDE);
      const at = low + Math.round((place(first) - low) / step + steps) * step;
      // Without floating-point residue: T = 1 is an exponent of 0.
      const rounded = Number(at.toFixed(9));
      const wanted = log ? log ** rounded : rounded;
      const most = model.get(`${name}_max`) ?? max;
      model.set(name, steps ? Math.min(most, Math.max(min, wanted)) : first);
      model.save_changes();
    });
  };
  formula.addEventListener("pointerdown", begin, { signal });
  formula.addEventListener(
    "dblclick",
    (event) => {
      const field = `.control-value[name="${trait(event)}"]`;
      /** @type {HTMLElement | null | undefined} */
      (formula.parentElement?.querySelector(field))?.focus();
    },
    { signal },
  );
}
