/** How long the words of a code are. */

/** @typedef {import("./numbers.js").Numbers} Numbers */

/**
 * Code lengths of Huffman's code, in bits: the least mean length that whole bits allow. What never
 * comes has no word, and what is certain needs none: 0.
 * @param {Numbers} p @returns {number[]}
 */
export function huffmanLengths(p) {
  const lengths = Array.from(p, () => 0);
  // Trees to be joined, lightest first; of equal ones the older first, which keeps codes short.
  /** @type {{ weight: number, leaves: number[] }[]} */
  const trees = Array.from(p, (weight, k) => ({ weight, leaves: [k] }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => a.weight - b.weight);
  while (trees.length > 1) {
    const [a, b] = trees.splice(0, 2);
    const joined = { weight: a.weight + b.weight, leaves: [...a.leaves, ...b.leaves] };
    for (const k of joined.leaves) lengths[k] += 1;
    const heavier = trees.findIndex(({ weight }) => weight > joined.weight);
    trees.splice(heavier < 0 ? trees.length : heavier, 0, joined);
  }
  return lengths;
}

/**
 * ceil(-log2 p_k): code lengths of Shannon's code, in bits; 0 for what never comes.
 * @param {Numbers} p @returns {number[]}
 */
export function shannonLengths(p) {
  // The least length with 2^-length <= p_k: halving is exact where a logarithm is rounded.
  return Array.from(p, (p_k) => {
    let length = 0;
    for (let power = 1; power > p_k && p_k > 0; power /= 2) length += 1;
    return length;
  });
}
