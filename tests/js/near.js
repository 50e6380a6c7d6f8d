import assert from "node:assert/strict";

/**
 * Numbers, and arrays and objects of them, are the same up to a tolerance that is absolute below 1
 * and relative above. Infinities, NaN and the sign of zero must be the same.
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {number} [tolerance]
 */
export function near(actual, expected, tolerance = 1e-12) {
  if (typeof expected === "number") {
    assert.equal(typeof actual, "number");
    const value = /** @type {number} */ (actual);
    if (Number.isFinite(expected) && expected !== 0 && Number.isFinite(value)) {
      const difference = Math.abs(value - expected);
      const allowed = tolerance * Math.max(1, Math.abs(expected));
      assert.ok(difference <= allowed, `${value} is ${difference} from ${expected}`);
    } else if (expected === 0 && value !== 0) {
      assert.ok(Math.abs(value) <= tolerance, `${value} is not 0`);
    } else {
      assert.ok(Object.is(value, expected), `${value} is not ${expected}`);
    }
    return;
  }
  const expectedEntries = Object.entries(/** @type {object} */ (expected));
  const actualObject = /** @type {Record<string, unknown>} */ (actual);
  assert.deepEqual(
    Object.keys(actualObject),
    expectedEntries.map(([key]) => key),
  );
  for (const [key, value] of expectedEntries) near(actualObject[key], value, tolerance);
}
