/**
 * d3's selections, except that `text` and `attr` write only what differs. Whatever is written, even
 * unchanged, is styled and laid out again, and a figure has dozens of texts and bars, of which a move
 * changes a few.
 */

import { select as choose, selection } from "d3-selection";
import { write } from "./write.js";

/** The attributes last set here, quicker to ask than the element. An attribute that is also set in
 * another way (`classed` sets the class) must from then on be set only in that way.
 * @type {WeakMap<Element, Map<string, any>>} */
const written = new WeakMap();

const own = selection.prototype;
const quiet = Object.create(own);
const adopt = (/** @type {any} */ selected) => Object.setPrototypeOf(selected, quiet);
for (const name of ["select", "selectAll", "filter", "data", "enter", "exit", "merge"]) {
  quiet[name] = /** @this {any} @param {any[]} given */ function (...given) {
    const result = /** @type {any} */ (own)[name].apply(this, given);
    return result instanceof selection ? adopt(result) : result; // `data` without data gives an array
  };
}

quiet.text = /** @this {any} @param {any[]} given */ function (...given) {
  if (!given.length) return own.text.call(this);
  const [text] = given;
  return this.each(
    /** @this {any} @param {any[]} about */ function (...about) {
      write(this, String((typeof text === "function" ? text.apply(this, about) : text) ?? ""));
    },
  );
};

quiet.attr = /** @this {any} @param {string} name @param {any[]} given */ function (
  name,
  ...given
) {
  if (!given.length) return own.attr.call(this, name);
  const [value] = given;
  return this.each(
    /** @this {any} @param {any[]} about */ function (...about) {
      const now = (typeof value === "function" ? value.apply(this, about) : value) ?? null;
      let said = written.get(this);
      if (!said) written.set(this, (said = new Map()));
      if (said.get(name) === now) return;
      said.set(name, now);
      if (now === null) this.removeAttribute(name);
      else this.setAttribute(name, now);
    },
  );
};

/** @type {typeof choose} */
export const select = (/** @type {any} */ node) => adopt(choose(node));
