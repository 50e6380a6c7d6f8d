/** The memory that the loss of a large last layer takes, whole and in chunks of classes. */

/** @typedef {{ samples: number, classes: number, hidden: number, chunk: number, dtype: string }} Layer */

import { readout } from "../../js/index.js";

const BYTES = { bfloat16: 2, float32: 4 };
const WIDE = 4; // bytes of a number in a sum

/** Everything in bytes. @param {Layer} layer */
export function memory({ samples, classes, hidden, chunk, dtype }) {
  const size = BYTES[/** @type {keyof typeof BYTES} */ (dtype)];
  const logits = samples * classes * size;
  const columns = Math.min(chunk, classes);
  const plain = 3 * logits;
  const chunked = samples * WIDE * (2 * columns + hidden);
  return {
    logits,
    columns,
    plain,
    chunked,
    size,
    ratio: plain / chunked,
    layer: 2 * (samples + classes) * hidden * size,
    movedEager: 6 * logits,
    movedFused: 2 * logits,
  };
}

/** 2101346304 as 2.10 GB. @param {number} value */
export function inBytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  while (value >= 999.5 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${units[0]}`;
}

/** 151,936. @type {(value: number) => string} */
export const whole = readout(",.0f");

/** What the picture shows, in words. @param {Layer} layer */
export function words(layer) {
  const { logits, plain, columns, chunked, layer: itself } = memory(layer);
  return (
    `Bars of memory on a logarithmic scale for ${whole(layer.samples)} samples, ${whole(layer.classes)} classes, ${whole(layer.hidden)} hidden numbers in ${layer.dtype}. ` +
    `The plain loss: three arrays of ${inBytes(logits)}, ${inBytes(plain)} in all. In chunks of ${whole(columns)} classes: ` +
    `${inBytes(chunked)}. The layer itself, with gradients: ${inBytes(itself)}.`
  );
}
