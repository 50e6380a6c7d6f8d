/**
 * Widget models for a page without a kernel: ipywidgets' saved state, kept in memory.
 *
 * A model implements the part of the anywidget front-end module specification that figures use
 * (get, set, on, off, save_changes), so a figure can't tell whether a kernel is there.
 */

/** @typedef {{ model_name: string, model_module: string, state: Record<string, any> }} SavedModel */

const REFERENCE = "IPY_MODEL_";

/** @param {any} a @param {any} b */
const same = (a, b) =>
  Object.is(a, b) || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));

export class Model {
  /** @param {string} id @param {SavedModel} saved */
  constructor(id, saved) {
    this.id = id;
    this.name = saved.model_name;
    /** The figure's trait whose value a control holds. */
    this.trait = "";
    /** @type {Record<string, any>} */
    this.state = { ...saved.state };
    /** @type {Map<string, Set<(...args: any[]) => void>>} */
    this.listeners = new Map();
  }

  /** @param {string} key */
  get(key) {
    return this.state[key];
  }

  /** Set one value, or several at once: listeners are called only when all of them are set.
   * @param {string | Record<string, any>} key @param {any} [value] */
  set(key, value) {
    const values = typeof key === "string" ? { [key]: value } : key;
    const changed = Object.keys(values).filter((name) => !same(this.state[name], values[name]));
    for (const name of changed) this.state[name] = values[name];
    for (const name of changed) this.emit(`change:${name}`, this, values[name]);
    if (changed.length) this.emit("change", this);
  }

  /** There is no kernel to save to: `set` has done everything. */
  save_changes() {}

  /** @param {string} names @param {(...args: any[]) => void} listener */
  on(names, listener) {
    for (const name of names.split(" ")) {
      if (!this.listeners.has(name)) this.listeners.set(name, new Set());
      this.listeners.get(name)?.add(listener);
    }
  }

  /** @param {string} names @param {(...args: any[]) => void} [listener] */
  off(names, listener) {
    for (const name of names.split(" ")) {
      if (listener) this.listeners.get(name)?.delete(listener);
      else this.listeners.delete(name);
    }
  }

  /** @param {string} name @param {any[]} args */
  emit(name, ...args) {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...args);
  }
}

/** Build every model in a page's saved state, and connect the linked ones.
 * @param {Record<string, SavedModel>} state @returns {Map<string, Model>} */
export function restore(state) {
  const models = new Map(Object.entries(state).map(([id, saved]) => [id, new Model(id, saved)]));
  for (const model of models.values()) {
    if (model.name === "LinkModel" || model.name === "DirectionalLinkModel") link(model, models);
  }
  return models;
}

/** @param {string} reference @param {Map<string, Model>} models @returns {Model} */
export function resolve(reference, models) {
  const model = models.get(reference.replace(REFERENCE, ""));
  if (!model) throw new Error(`The page's widget state has no model ${reference}`);
  return model;
}

/** ipywidgets' jslink (both ways) and jsdlink (one way), starting from the source's value.
 * @param {Model} model @param {Map<string, Model>} models */
function link(model, models) {
  const [source, target] = ["source", "target"].map((end) => {
    const [reference, name] = model.get(end);
    return { model: resolve(reference, models), name };
  });
  const forward = () => target.model.set(target.name, source.model.get(source.name));
  const backward = () => source.model.set(source.name, target.model.get(target.name));
  source.model.on(`change:${source.name}`, forward);
  if (model.name === "LinkModel") target.model.on(`change:${target.name}`, backward);
  forward();
  if (target.name === "value") target.model.trait = source.name;
}
