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
  ["Infinity", "-Infinity", "NaN"].includes(value) ? Number(value) : value,
);
const inCamelCase = (/** @type {string} */ name) =>
  name.replace(/_(.)/g, (_match, letter) => letter.toUpperCase());
const functions = /** @type {Record<string, (...inputs: unknown[]) => unknown>} */ (lossmath);
const names = [...new Set(cases.map((one) => one.function))].filter(
  (name) => inCamelCase(name) in functions,
);

for (const name of names) {
  describe(`${name} agrees with mpmath`, () => {
    for (const one of cases.filter((other) => other.function === name)) {
      test(one.case, () => {
        const options = Object.entries(one.options).map(([key, value]) => [
          inCamelCase(key),
          value,
        ]);
        near(
          functions[inCamelCase(name)](...one.inputs, Object.fromEntries(options)),
          one.expected,
        );
      });
    }
  });
}

test("every function here has reference values, but for the terms of a sum that has", () => {
  const without = new Set(["klTerms"]);
  assert.deepEqual(
    names.map(inCamelCase).sort(),
    Object.keys(lossmath)
      .filter((name) => !without.has(name))
      .sort(),
  );
});
