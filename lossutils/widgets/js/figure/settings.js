/** What the Python declaration says about an explorer's settings. */

import { read } from "./distribution.js";

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */

/** The names of the traits that hold a vector's numbers. @param {AnyModel} model @param {string} name @param {any} told */
export const vector = (model, name, { prefix, labels }) =>
  Array.from(
    { length: prefix ? labels.length : model.get("outcomes") },
    (_, k) => `${prefix ?? name}_${k}`,
  );

/** What the declaration says about the setting that a trait holds, alone or as one number of several.
 * @param {AnyModel} model @param {string} trait */
export const settingOf = (model, trait) =>
  Object.entries(model.get("_settings")).find(([name, told]) =>
    (told.most || told.prefix ? vector(model, name, told) : [name]).includes(trait),
  )?.[1];

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
