/** What the Python declaration says about an explorer's settings. */

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */

/** The name of the chosen option. @param {AnyModel} model @param {string} name the setting's
 * @returns {string} */
export const option = (model, name) => model.get("_settings")[name].options[model.get(`${name}_index`)];
