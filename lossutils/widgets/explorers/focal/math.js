/** The focal loss of two classes in expectation, and what its minimiser says of p. */

/** @param {number} q @param {number} p @param {number} gamma in nats */
export const expected = (q, p, gamma) =>
  -(p * (1 - q) ** gamma * Math.log(q) + (1 - p) * q ** gamma * Math.log1p(-q));

/** How fast the loss of one sample falls as its q grows.
 * @param {number} q @param {number} rest 1 − q @param {number} gamma */
const pull = (q, rest, gamma) => rest ** gamma * (1 / q - (gamma * Math.log(q)) / rest);

/** The p for which the expected loss is least at q. @param {number} q @param {number} gamma */
export function undone(q, gamma) {
  const cost = pull(1 - q, q, gamma);
  return cost / (pull(q, 1 - q, gamma) + cost);
}

/** The q at which the expected loss is least. @param {number} p @param {number} gamma */
export function best(p, gamma) {
  let [low, high] = [0, 1];
  for (;;) {
    // p rises with the q that it leads to: halve the interval until floats lie no closer.
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (undone(middle, gamma) < p) low = middle;
    else high = middle;
  }
}
