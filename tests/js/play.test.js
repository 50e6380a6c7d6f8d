import assert from "node:assert/strict";
import test from "node:test";
import { shareOf, valueAt } from "../../lossutils/widgets/js/figure/play.js";
import { near } from "./near.js";

const whole = { label: "epoch", min: 0, max: 20, step: 1, log: null, whole: true };
const even = { label: "gap", min: -2, max: 8, step: 0.05, log: null, whole: false };
const log = { label: "ε", min: 1e-6, max: 0.3, step: 0.05, log: 10, whole: false };

test("a run begins at the lower end of the range and ends at the upper one, never going back", () => {
  for (const range of [whole, even, log]) {
    const values = Array.from({ length: 101 }, (_, k) => valueAt(range, k / 100));
    near(values[0], range.min);
    assert.equal(values[100], range.max);
    assert.ok(values.every((value, k) => k === 0 || value >= values[k - 1]));
    assert.ok(values.every((value) => value >= range.min && value <= range.max));
    assert.equal(valueAt(range, 1.01), range.max);
  }
});

test("a run goes on from where the setting is", () => {
  for (const [range, value] of /** @type {[typeof even, number][]} */ ([
    [whole, 7],
    [even, 1.35],
    [even, -2],
    [log, 1e-3],
    [log, 0.3],
  ])) {
    near(valueAt(range, shareOf(range, value)), value);
  }
});

test("a run stops on the steps of the slider, without the residue of floating point", () => {
  assert.deepEqual(
    [0.1, 0.13, 0.18].map((share) => valueAt(whole, share)),
    [2, 3, 4],
  );
  assert.deepEqual(
    [0.2349, 0.2353].map((share) => valueAt(even, share)),
    [0.35, 0.35],
  );
  near(Math.log10(valueAt(log, 0.5)) * 20, Math.round(Math.log10(valueAt(log, 0.5)) * 20));
});
