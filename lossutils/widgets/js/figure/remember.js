/** What takes long to compute is computed once, so that going back and forth costs nothing. */

/** Return a function that computes the same, and remembers a few results by their arguments, which
 * must be JSON.
 * @template {any[]} Given @template Result
 * @param {(...given: Given) => Result} compute @param {number} [most] how many results
 * @returns {(...given: Given) => Result} */
export function remember(compute, most = 8) {
  /** @type {Map<string, Result>} */
  const known = new Map();
  return (...given) => {
    const key = JSON.stringify(given);
    let result = known.get(key);
    if (result === undefined) {
      if (known.size >= most) known.clear();
      known.set(key, (result = compute(...given)));
    }
    return result;
  };
}
