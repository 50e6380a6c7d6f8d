/** The memory that the loss of a large last layer takes, whole and in chunks of classes. */

/** @typedef {{ samples: number, classes: number, hidden: number, chunk: number, dtype: string }} Layer */

const BYTES = { bfloat16: 2, float32: 4 };
const WIDE = 4; // bytes of a number in a sum

/** Everything in bytes. @param {Layer} layer @param {number[]} arrays held by the plain loss at each of its steps */
export function memory({ samples, classes, hidden, chunk, dtype }, arrays) {
  const size = BYTES[/** @type {keyof typeof BYTES} */ (dtype)];
  const logits = samples * classes * size;
  const columns = Math.min(chunk, classes);
  const plain = Math.max(...arrays) * logits;
  const chunked = samples * WIDE * (2 * columns + hidden);
  return {
    logits,
    columns,
    plain,
    chunked,
    share: chunked / logits,
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

/** A count of arrays, which need not be whole: 0.13, 4.06, 260. @param {number} value */
export const inArrays = (value) => value.toPrecision(value < 0.01 ? 1 : value < 100 ? 2 : 3);
