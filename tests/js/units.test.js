import assert from "node:assert/strict";
import test from "node:test";
import { scaleLinear } from "../../lossutils/widgets/js/index.js";
import { choose, followUnit, isSwapped, unitOf } from "../../lossutils/widgets/js/figure/units.js";
import { near } from "./near.js";

test("a unit leaves its own values alone, and converts them to the other one and back", () => {
  assert.equal(unitOf("nats", false).of(0.1 + 0.2), 0.1 + 0.2);
  near(unitOf("nats", true).of(Math.LN2), 1);
  near(unitOf("bits", true).of(1), Math.LN2);
  assert.equal(unitOf("bits", true).of(Infinity), Infinity);
  assert.deepEqual(
    ["nats", "bits"].map((home) => `${unitOf(/** @type {any} */ (home), true)}`),
    ["bits", "nats"],
  );
});

test("what is written in a unit names it, and its logarithm", () => {
  const [own, other] = [false, true].map((swapped) => unitOf("nats", swapped));
  assert.deepEqual(
    [own.written(1), own.written(-1, 2), own.log],
    ["1.000 nats", "−1.00 nats", "log"],
  );
  assert.deepEqual(
    [other.written(1), other.written(Infinity), other.log],
    ["1.443 bits", "∞ bits", "log₂"],
  );
});

test("an axis has its ticks in the unit, on the same range", () => {
  const scale = scaleLinear([0, 5], [100, 0]);
  assert.equal(unitOf("nats", false).axis(scale), scale);
  const bits = unitOf("nats", true).axis(scale);
  near(bits(5 / Math.LN2), 0);
  near(bits(1 / Math.LN2), 80);
  assert.deepEqual(
    [unitOf("nats", false), unitOf("nats", true)].map((unit) => unit.ticks([0, 1, 2])),
    [[0, 1, 2], 3],
  );
});

test("a choice holds for the page, and for the next one if the browser remembers", () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const stores = {
    kept: {
      getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) =>
        void kept.set(key, value),
    },
    forbidden: null,
  };
  let store = "kept";
  const open = () => {
    Object.assign(globalThis, {
      document: { documentElement: { dataset: {} } },
      window: new EventTarget(),
    });
  };
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get: () => {
      if (store === "forbidden") throw new Error("SecurityError");
      return stores.kept;
    },
  });
  for (store of ["forbidden", "kept"]) {
    open();
    let heard = 0;
    followUnit(() => (heard += 1), new AbortController().signal);
    assert.deepEqual([isSwapped("nats"), isSwapped("bits")], [false, false]);
    assert.deepEqual([isSwapped("nats", "bits"), isSwapped("nats", "nats")], [true, false]);
    choose("bits");
    assert.deepEqual([isSwapped("nats"), isSwapped("bits"), heard], [true, false, 1]);
    choose("nats");
    assert.deepEqual([isSwapped("nats"), isSwapped("bits"), heard], [false, true, 2]);
    assert.equal(
      isSwapped("nats", "bits"),
      false,
      "the reader's choice stands above the explorer's",
    );
    open();
    assert.equal(isSwapped("bits"), store === "kept");
  }
  // Chosen on another page, while this one waits to be come back to.
  let heard = 0;
  for (let each = 0; each < 2; each++) followUnit(() => (heard += 1), new AbortController().signal);
  window.dispatchEvent(new Event("pageshow"));
  assert.equal(heard, 0);
  kept.set("lossutils-unit", "bits");
  window.dispatchEvent(new Event("pageshow"));
  assert.deepEqual([isSwapped("bits"), isSwapped("nats"), heard], [false, true, 2]);
});
