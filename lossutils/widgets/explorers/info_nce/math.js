/** A batch of pictures and captions: their cosines, and the loss of finding one's own. */

import { dot, logSoftmax, mean, softmax } from "../../js/index.js";

/** The cosines of pictures (rows) and captions (columns).
 * @param {number} pairs @param {number} alignment of each picture with its own caption
 * @param {number} alike how alike the captions are @param {number[][]} noise */
function cosines(pairs, alignment, alike, noise) {
  const most = noise[0].length - 1;
  const captions = Array.from({ length: pairs }, (_, i) => [
    ...Array.from({ length: most }, (_, k) =>
      k < pairs
        ? (Math.sqrt(1 - alike) * ((k === i ? 1 : 0) - 1 / pairs)) / Math.sqrt(1 - 1 / pairs)
        : 0,
    ),
    Math.sqrt(alike),
  ]);
  return captions.map((own, i) => {
    const along = dot(noise[i], own);
    const rest = noise[i].map((v, k) => v - along * own[k]);
    const length = Math.sqrt(dot(rest, rest));
    const picture = own.map(
      (v, k) => alignment * v + (Math.sqrt(1 - alignment ** 2) * rest[k]) / length,
    );
    return captions.map((caption) => dot(picture, caption));
  });
}

/** The loss of each picture. @param {number[][]} similarities @param {number} temperature */
const lossesOf = (similarities, temperature) =>
  similarities.map((row, i) => 0 - logSoftmax(row.map((s) => s / temperature))[i]);

/** The mean loss. @param {number[][]} similarities @param {number} temperature */
export const lossOf = (similarities, temperature) => mean(lossesOf(similarities, temperature));

/** The least mean loss of any vectors. @param {number} pairs @param {number} temperature */
export const floorOf = (pairs, temperature) =>
  Math.log1p((pairs - 1) * Math.exp(-pairs / (pairs - 1) / temperature));

/** How often a picture finds its caption by taking the nearest; of equals it guesses one.
 * @param {number[]} row @param {number} i */
function guessed(row, i) {
  const least = Math.max(...row) - 1e-9;
  return row[i] > least ? 1 / row.filter((s) => s > least).length : 0;
}

/** @param {number} pairs @param {number} alignment @param {number} alike @param {number} temperature
 * @param {number[][]} noise */
export function batch(pairs, alignment, alike, temperature, noise) {
  const similarities = cosines(pairs, alignment, alike, noise);
  const q = similarities.map((row) => softmax(row.map((s) => s / temperature)));
  const losses = lossesOf(similarities, temperature);
  const loss = mean(losses);
  return {
    similarities,
    q,
    losses,
    loss,
    start: Math.log(pairs),
    floor: floorOf(pairs, temperature),
    bound: Math.log(pairs) - loss,
    right: mean(similarities.map(guessed)),
    gradient: (mean(q.map((row, i) => row[i])) - 1) / temperature,
  };
}
