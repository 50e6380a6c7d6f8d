/** What the Python declaration says about an explorer's settings. */

import { read } from "./distribution.js";

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */

/** A setting as its trait or traits hold it. @param {AnyModel} model @param {string} name @param {any} told */
function value(model, name, told) {
  if (told.options) return told.options[model.get(`${name}_index`)];
  if (told.most) return read(model, name, model.get("outcomes"));
  if (told.prefix) return read(model, told.prefix, told.labels.length);
  return told.whole ? Math.round(model.get(name)) : model.get(name);
}

/** The settings by name: a number, the name of the chosen option, an array of probabilities or numbers.
 * @param {AnyModel} model @returns {Record<string, any>} */
export const values = (model) =>
  Object.fromEntries(
    Object.entries(model.get("_settings")).map(([name, told]) => [name, value(model, name, told)]),
  );
