import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import {
  keepNormalised,
  read,
  rescale,
  share,
} from "../../lossutils/widgets/js/figure/distribution.js";
import {
  coloured,
  decimals,
  number,
  offStep,
  parsed,
  probability,
  readout,
  significant,
  small,
} from "../../lossutils/widgets/js/figure/format.js";
import { remember } from "../../lossutils/widgets/js/figure/remember.js";
import { controls } from "../../lossutils/widgets/js/page/controls.js";
import { Model, resolve, restore } from "../../lossutils/widgets/js/page/model.js";
import { near } from "./near.js";

const source = new URL("../../lossutils/widgets/js/", import.meta.url);

/** @param {string} name @param {Record<string, any>} state */
const saved = (name, state) => ({ model_name: name, model_module: "", state });

test("the list that the build reads names every control that the runtime knows", () => {
  const listed = JSON.parse(readFileSync(new URL("page/controls.json", source), "utf8"));
  assert.deepEqual(listed.sort(), Object.keys(controls).sort());
});

test("an explorer imports the shared module, explorers' own files, and of lossmath what it alone uses from there", async () => {
  const folder = new URL("../explorers/", source);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      readdirSync(new URL(`${entry.name}/`, folder))
        .filter((file) => file.endsWith(".js"))
        .map((file) => new URL(`${entry.name}/${file}`, folder)),
    );
  assert.ok(files.length > 30);
  const shared = new Map(
    Object.entries(await import(new URL("index.js", source).href)).map(([name, item]) => [
      name,
      { item, users: new Set() },
    ]),
  );
  for (const file of files) {
    const [explorer] = file.pathname.split("/").slice(-2);
    for (const [, names, module] of readFileSync(file, "utf8").matchAll(
      /^import \{([^}]*)\} from "([^"]*)";$/gm,
    )) {
      if (/^(\.|\.\.\/\w+|\.\.\/\.\.\/js\/call)\/\w+\.js$/.test(module)) continue;
      const own = /^\.\.\/\.\.\/js\/lossmath\/\w+\.js$/.test(module);
      assert.ok(own || module === "../../js/index.js", `${file.pathname} imports ${module}`);
      for (const name of names.split(",").map((each) => each.trim().split(" as ")[0])) {
        if (name && own)
          assert.ok(!shared.has(name), `${name} is shared, but not with ${explorer}`);
        else if (name) shared.get(name)?.users.add(explorer);
      }
    }
  }
  const formulas = new Set(Object.values(await import(new URL("lossmath.js", source).href)));
  for (const [name, { item, users }] of shared)
    assert.ok(users.size >= (formulas.has(item) ? 2 : 1), `${name} is shared by ${users.size}`);
});

test("a model reports each change once, and nothing else", () => {
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

test("set assigns all values before it calls any listener", () => {
  const model = new Model("m", saved("M", { a: 0, b: 0 }));
  /** @type {number[]} */
  const seen = [];
  model.on("change:a", () => seen.push(model.get("b")));
  model.set({ a: 1, b: 2 });
  assert.deepEqual(seen, [2]);
});

test("a removed listener is not called", () => {
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

test("a reference to a missing model is an error that names it", () => {
  assert.throws(() => resolve("IPY_MODEL_gone", new Map()), /IPY_MODEL_gone/);
});

test("moving one probability keeps the others' proportions", () => {
  for (const [k, v] of rescale([0.5, 0.25, 0.25], 0, 0.2).entries()) near(v, [0.2, 0.4, 0.4][k]);
});

test("the rest is shared equally if all the others are 0", () => {
  assert.deepEqual(rescale([1, 0, 0], 0, 0.5), [0.5, 0.25, 0.25]);
});

test("a distribution sums to 1 whichever trait is moved, and is kept if set as a whole", () => {
  const model = new Model("m", saved("M", { outcomes: 3, p_0: 0.5, p_1: 0.5, p_2: 0 }));
  const assign = (/** @type {Record<string, any>} */ values) => model.set(values);
  keepNormalised(
    { model: /** @type {any} */ (model), assign, signal: new AbortController().signal },
    "p",
  );
  model.set("p_0", 0.8);
  const moved = read(/** @type {any} */ (model), "p", 3);
  near(moved[1], 0.2);
  model.set({ p_0: 0.1, p_1: 0.2, p_2: 0.7 });
  assert.deepEqual(read(/** @type {any} */ (model), "p", 3), [0.1, 0.2, 0.7]);
  model.set("p_2", 1);
  assert.deepEqual(read(/** @type {any} */ (model), "p", 3), [0, 0, 1]);
});

test("moving one entry to both ends and back brings the others back, even step by step", () => {
  const start = [0.5, 0.25, 0.125, 0.125];
  for (const ways of [
    [1, 0, 0.5],
    [0.51, 0.5],
    [0.2, 1, 0.5],
    [0, 0.5],
    [0.6, 0.7, 1, 0.9, 0.5],
  ]) {
    const model = new Model(
      "m",
      saved("M", { outcomes: 4, ...Object.fromEntries(start.map((v, k) => [`p_${k}`, v])) }),
    );
    const assign = (/** @type {Record<string, any>} */ values) => model.set(values);
    keepNormalised(
      { model: /** @type {any} */ (model), assign, signal: new AbortController().signal },
      "p",
    );
    for (const way of ways) model.set("p_0", way);
    assert.deepEqual(read(/** @type {any} */ (model), "p", 4), start, `by slider: ${ways}`);
    /** @type {any} */
    const other = {};
    let values = start;
    for (const way of ways) values = share(other, "p", values, 0, way);
    assert.deepEqual(values, start, `by bar: ${ways}`);
  }
});

test("moving another entry starts from the current proportions", () => {
  /** @type {any} */
  const model = {};
  const first = share(model, "p", [0.5, 0.25, 0.25], 0, 0.8);
  const second = share(model, "p", first, 1, 0.5);
  for (const [k, v] of second.entries()) near(v, [(0.8 * 0.5) / 0.9, 0.5, (0.1 * 0.5) / 0.9][k]);
  // So does a move of the same entry, if somebody else has set the others.
  const set = share(model, "p", [0.4, 0.5, 0.1], 1, 0.4);
  for (const [k, v] of set.entries()) near(v, [0.48, 0.4, 0.12][k]);
});

test("numbers read well, infinity and minus zero included", () => {
  assert.deepEqual(
    [0.5, -0.25, -0.001, Infinity, -Infinity, NaN].map((v) => number(v)),
    ["0.50", "−0.25", "0.00", "∞", "−∞", "undefined"],
  );
});

test("a number keeps its decimals, and is rounded if it has too many", () => {
  const values = [0.5, 0.125, 0.0625, 1 / 3, 0.19963, 1, 0, -0.25, Infinity];
  const written = ["0.50", "0.125", "0.0625", "0.333", "0.20", "1.00", "0.00", "−0.25", "∞"];
  assert.deepEqual(
    values.map((v) => decimals(v)),
    written,
  );
  assert.deepEqual([0.5, 0.125, 1 / 3, 1].map(probability), ["0.50", "0.125", "0.333", "1.00"]);
  assert.deepEqual(
    [2, 0.25, 12.04].map((v) => decimals(v, 1)),
    ["2.0", "0.25", "12.04"],
  );
  assert.deepEqual(
    [12.04, 3].map((v) => decimals(v, 0, 1)),
    ["12.04", "3"],
  );
});

test("a small number is written with a power of ten, and ε always in the same way", () => {
  const epsilons = [1e-6, 1.1e-5, 1e-3, 0.0316, 0.1];
  const written = ["10⁻⁶", "1.1·10⁻⁵", "0.001", "0.032", "0.1"];
  assert.deepEqual(
    epsilons.map((v) => significant(v, 2)),
    written,
  );
  assert.deepEqual(epsilons.map(readout(".2")), written);
  assert.deepEqual(
    [0, 1e-5, 0.25].map((v) => small(v)),
    ["0", "10⁻⁵", "0.25"],
  );
});

test("a slider writes its value as its bar does, whatever its step", () => {
  const values = [0.5, 0.125, 0.0625, 1 / 3, 0, 1];
  assert.deepEqual(values.map(readout(".4", 0.01)), values.map(probability));
  assert.deepEqual([3, 2.5, 2.25].map(readout(".4", 0.5)), ["3.0", "2.5", "2.25"]);
  assert.deepEqual([128256].map(readout(",.0f")), ["128,256"]);
  assert.deepEqual([0.05, 0.125].map(readout(".0%", 0.01)), ["5\u00a0%", "12.5\u00a0%"]);
});

test("a number is understood in any of the ways in which one is written", () => {
  for (const [specifier, step, values] of /** @type {[string, number | undefined, number[]][]} */ ([
    [".4", 0.01, [0.5, 0.125, 0, 1, -3.25]],
    [".2", undefined, [1e-6, 1.1e-5, 0.001, 0.032, 0.1]],
    [",.0f", undefined, [8, 8192, 128256, 1048576]],
    [".0%", 0.01, [0.05, 0.125]],
    ["d", 1, [-3, 0, 12]],
  ])) {
    const written = readout(specifier, step);
    for (const value of values) near(parsed(written(value)), value);
  }
  assert.deepEqual(
    ["1/4", " 0,5 ", "−2", ".5", "1e-3", "-10⁻³"].map(parsed),
    [0.25, 0.5, -2, 0.5, 0.001, -0.001],
  );
  for (const text of ["", "abc", "1/2/3", "1,2,3", "--1", "0.5.5"])
    assert.ok(Number.isNaN(parsed(text)), text);
});

test("a number between two steps is told from one on a step", () => {
  assert.deepEqual(
    [0.15, 0.3, 0, 0.151, 0.12].map((value) => offStep(value, 0.05)),
    [false, false, false, true, true],
  );
});

test("p and q are coloured as words, and text is never parsed as HTML", () => {
  assert.equal(
    coloured("p < q, p's <b>"),
    '<span class="dist-p">p</span> &lt; <span class="dist-q">q</span>, p\'s &lt;b&gt;',
  );
});

test("a result is computed once, whatever was asked for since, until there are too many", () => {
  /** @type {number[]} */
  const computed = [];
  const half = remember(({ n }) => (computed.push(n), n / 2), 2);
  const asked = [4, 6, 4, 6, 8, 8, 4].map((n) => half({ n }));
  assert.deepEqual(asked, [2, 3, 2, 3, 4, 4, 2]);
  assert.deepEqual(computed, [4, 6, 8, 4]);
});
