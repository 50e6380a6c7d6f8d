/** Entropies of samples: of sixty that are drawn, and on average over all that could be. */

import { entropy, remember, total } from "../../js/index.js";

export const SAMPLES = 60;
const MOST = 1024;

/** The counter's next random number: mulberry32's output function. @param {number} counter */
function uniform(counter) {
  let t = Math.imul(counter, 0x6d2b79f5);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** What was drawn in each sample. */
const draws = remember((/** @type {number[]} */ p) => {
  let end = 0;
  const ends = p.map((share) => (end += share)).slice(0, -1);
  return Array.from({ length: SAMPLES }, (_, sample) =>
    Array.from({ length: MOST }, (_, draw) => {
      const u = uniform(sample * MOST + draw + 1);
      const k = ends.findIndex((each) => u < each);
      return k < 0 ? ends.length : k;
    }),
  );
});

/** The counts of the outcomes in each sample of a size. @param {number[]} p @param {number} size @returns {number[][]} */
export const counts = (p, size) =>
  draws(p).map((sample) => {
    const found = p.map(() => 0);
    for (let draw = 0; draw < size; draw += 1) found[sample[draw]] += 1;
    return found;
  });

/** By how much the shares' entropy is too low, as the rule says, in bits. @param {number} outcomes @param {number} size */
export const rule = (outcomes, size) => ((outcomes - 1) / (2 * size)) * Math.LOG2E;

/** The entropy of the shares, and with the correction of Miller and Madow, in bits. @param {number[]} found */
export function estimates(found) {
  const size = total(found);
  const plain = entropy(
    found.map((n) => n / size),
    { base: 2 },
  );
  const seen = found.filter((n) => n > 0).length;
  return { plain, corrected: plain + rule(seen, size) };
}

/** What an outcome adds to the mean entropy of the shares, over all samples of a size, and how likely it
 * is to be seen: its count is binomial. @param {number} share @param {number} size */
function expected(share, size) {
  const unseen = (1 - share) ** size;
  let chance = unseen;
  let adds = 0;
  for (let m = 1; m <= size; m += 1) {
    chance *= (((size - m + 1) / m) * share) / (1 - share);
    adds -= chance * (m / size) * Math.log2(m / size);
  }
  return { adds, seen: 1 - unseen };
}

/** The means of both over all samples of a size. @param {number[]} p @param {number} size */
export function expectations(p, size) {
  const outcomes = p.map((share) => expected(share, size));
  const plain = total(outcomes.map(({ adds }) => adds));
  const seen = total(outcomes.map(({ seen }) => seen));
  return { plain, corrected: plain + rule(seen, size) };
}
