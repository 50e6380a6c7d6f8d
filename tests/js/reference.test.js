import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as lossmath from "../../lossutils/widgets/js/lossmath.js";
import { near } from "./near.js";

/**
 * @typedef {{
 *   function: string, case: string, inputs: unknown[], options: object, expected: unknown
 * }} Case
 */

const file = new URL("../reference/values.json", import.meta.url);
/** @type {{ cases: Case[] }} */
const { cases } = JSON.parse(readFileSync(file, "utf8"), (_key, value) =>
  value === "Infinity" ? Infinity : value,
);
const inCamelCase = (/** @type {string} */ name) =>
  name.replace(/_(.)/g, (_match, letter) => letter.toUpperCase());
const functions = /** @type {Record<string, (...inputs: unknown[]) => unknown>} */ (lossmath);

for (const name of new Set(cases.map((one) => one.function))) {
  describe(`${name} gives what mpmath gives`, () => {
    for (const one of cases.filter((other) => other.function === name)) {
      test(one.case, () => {
        near(functions[inCamelCase(name)](...one.inputs, one.options), one.expected);
      });
    }
  });
}

test("every function that has reference values in Python is here too", () => {
  const missing = cases.filter((one) => !(inCamelCase(one.function) in lossmath));
  assert.deepEqual(missing, []);
});
