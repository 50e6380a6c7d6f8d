/** The lengths of code words. */

/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {{ weight: number, leaves: number[] }} Tree */
/** @typedef {Tree & { parts: [Tree, Tree] }} Join the less likely part first */

/**
 * The lengths of a Huffman code's words, in bits: no prefix code has a shorter mean. An impossible
 * outcome has no word, and a certain one needs none: their lengths are 0.
 * @param {Numbers} p @returns {number[]}
 */
export function huffmanLengths(p) {
  const lengths = Array.from(p, () => 0);
  for (const { leaves } of huffmanJoins(p)) for (const k of leaves) lengths[k] += 1;
  return lengths;
}

/**
 * The joins that make Huffman's tree, in the order in which they are made.
 * @param {Numbers} p @returns {Join[]}
 */
export function huffmanJoins(p) {
  // Probabilities that differ by no more than rounding are ties: 0.09 + 0.25 and 0.34.
  const slack = 1 + (2 + p.length) * Number.EPSILON;
  const outcomes = inOrder(p, slack);
  // Joins are made in ascending order. Among ties, outcomes go before joins, and older joins before
  // newer ones, which keeps the longest word short.
  /** @type {Join[]} */
  const joins = [];
  let taken = 0;
  const least = () => {
    const join = joins[taken];
    const outcomeFirst = outcomes.length > 0 && !(join?.weight * slack < outcomes[0].weight);
    if (outcomeFirst) return /** @type {Tree} */ (outcomes.shift());
    taken += 1;
    return join;
  };
  while (outcomes.length + joins.length - taken > 1) {
    const [a, b] = [least(), least()];
    joins.push({
      weight: a.weight + b.weight,
      leaves: [...a.leaves, ...b.leaves],
      parts: [a, b],
    });
  }
  return joins;
}

/**
 * The possible outcomes, in ascending order of probability, ties in the order of p.
 * @param {Numbers} p @param {number} slack @returns {Tree[]}
 */
function inOrder(p, slack) {
  const trees = Array.from(p, (weight, k) => ({ weight, leaves: [k] }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => a.weight - b.weight);
  /** @type {Tree[][]} */
  const ties = [];
  for (const tree of trees) {
    const last = ties.at(-1);
    if (last && tree.weight <= last[0].weight * slack) last.push(tree);
    else ties.push([tree]);
  }
  return ties.flatMap((tied) => tied.sort((a, b) => a.leaves[0] - b.leaves[0]));
}

/**
 * ceil(-log2 p_k): the lengths of a Shannon code's words, in bits; 0 for an impossible outcome.
 * @param {Numbers} p @returns {number[]}
 */
export function shannonLengths(p) {
  // The least length with 2^-length <= p_k: halving is exact, a logarithm is rounded.
  return Array.from(p, (p_k) => {
    let length = 0;
    for (let power = 1; power > p_k && p_k > 0; power /= 2) length += 1;
    return length;
  });
}
