import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { keepNormalised, read, rescale } from "../../lossutils/widgets/js/figure/distribution.js";
import { coloured, number, probability, spoken } from "../../lossutils/widgets/js/figure/format.js";
import { controls } from "../../lossutils/widgets/js/page/controls.js";
import { Model, resolve, restore } from "../../lossutils/widgets/js/page/model.js";
import { explorers } from "../../lossutils/widgets/js/page/registry.js";
import { near } from "./near.js";

const source = new URL("../../lossutils/widgets/js/", import.meta.url);

/** @param {string} name @param {Record<string, any>} state */
const saved = (name, state) => ({ model_name: name, model_module: "", state });

test("the list that the build reads names every control that the runtime knows", () => {
  const listed = JSON.parse(readFileSync(new URL("page/controls.json", source), "utf8"));
  assert.deepEqual(listed.sort(), Object.keys(controls).sort());
});

test("the page script holds every explorer, under its file's name", () => {
  const files = readdirSync(new URL("explorers/", source)).map((file) => file.replace(/\.js$/, ""));
  assert.deepEqual(Object.keys(explorers).sort(), files.sort());
});

test("a model tells of a change once, and of no change never", () => {
  const model = new Model("m", saved("M", { value: 1, list: [1, 2] }));
  /** @type {any[]} */
  const heard = [];
  model.on("change:value", (_, value) => heard.push(value));
  model.on("change:list", () => heard.push("list"));
  model.on("change", () => heard.push("change"));
  model.set("value", 2);
  model.set("value", 2);
  model.set("list", [1, 2]);
  assert.deepEqual(heard, [2, "change"]);
});

test("all values of one set are in before anyone hears of the first", () => {
  const model = new Model("m", saved("M", { a: 0, b: 0 }));
  /** @type {number[]} */
  const seen = [];
  model.on("change:a", () => seen.push(model.get("b")));
  model.set({ a: 1, b: 2 });
  assert.deepEqual(seen, [2]);
});

test("a listener that was taken off hears nothing", () => {
  const model = new Model("m", saved("M", { value: 1 }));
  const fail = () => assert.fail();
  model.on("change:value change", fail);
  model.off("change:value", fail);
  model.off("change");
  model.set("value", 2);
});

const pair = (/** @type {string} */ kind) =>
  restore({
    figure: saved("AnyModel", { p: 0.25 }),
    slider: saved("FloatSliderModel", { value: 0.5 }),
    link: saved(kind, { source: ["IPY_MODEL_figure", "p"], target: ["IPY_MODEL_slider", "value"] }),
  });

test("a link starts from its source and then goes both ways", () => {
  const models = pair("LinkModel");
  const [figure, slider] = ["figure", "slider"].map((id) => resolve(`IPY_MODEL_${id}`, models));
  assert.equal(slider.get("value"), 0.25);
  slider.set("value", 0.75);
  assert.equal(figure.get("p"), 0.75);
  figure.set("p", 1);
  assert.equal(slider.get("value"), 1);
});

test("a directional link goes one way", () => {
  const models = pair("DirectionalLinkModel");
  const [figure, slider] = ["figure", "slider"].map((id) => resolve(id, models));
  slider.set("value", 0.75);
  assert.equal(figure.get("p"), 0.25);
  figure.set("p", 1);
  assert.equal(slider.get("value"), 1);
});

test("a reference to no model is an error that names it", () => {
  assert.throws(() => resolve("IPY_MODEL_gone", new Map()), /IPY_MODEL_gone/);
});

test("moving one probability leaves the others their proportions", () => {
  for (const [k, v] of rescale([0.5, 0.25, 0.25], 0, 0.2).entries()) near(v, [0.2, 0.4, 0.4][k]);
});

test("what others leave is shared evenly where they all are 0", () => {
  assert.deepEqual(rescale([1, 0, 0], 0, 0.5), [0.5, 0.25, 0.25]);
});

test("a distribution sums to 1 whichever trait is moved, and stays where it was set whole", () => {
  const model = new Model("m", saved("M", { p_0: 0.5, p_1: 0.5, p_2: 0 }));
  const assign = (/** @type {Record<string, any>} */ values) => model.set(values);
  keepNormalised(/** @type {any} */ (model), "p", () => 3, 3, assign, new AbortController().signal);
  model.set("p_0", 0.8);
  const moved = read(/** @type {any} */ (model), "p", 3);
  near(moved[1], 0.2);
  model.set({ p_0: 0.1, p_1: 0.2, p_2: 0.7 });
  assert.deepEqual(read(/** @type {any} */ (model), "p", 3), [0.1, 0.2, 0.7]);
  model.set("p_2", 1);
  assert.deepEqual(read(/** @type {any} */ (model), "p", 3), [0, 0, 1]);
});

test("numbers read well, infinity and minus zero included", () => {
  assert.deepEqual(
    [0.5, -0.25, -0.001, Infinity, -Infinity, NaN].map((v) => number(v)),
    ["0.50", "−0.25", "0.00", "∞", "−∞", "undefined"],
  );
  assert.equal(spoken(-Infinity), "minus infinity");
});

test("a probability has a third digit only where two would round it off", () => {
  assert.deepEqual([0.5, 0.125, 1 / 3, 1].map(probability), ["0.50", "0.125", "0.333", "1.00"]);
});

test("p and q are coloured as words, and nothing in a text is taken for HTML", () => {
  assert.equal(
    coloured("p < q, p's <b>"),
    '<span class="dist-p">p</span> &lt; <span class="dist-q">q</span>, p\'s &lt;b&gt;',
  );
});
