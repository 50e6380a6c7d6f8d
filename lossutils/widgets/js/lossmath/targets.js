/** Targets as distributions: all on the true class. */

/** 1 where k = y, else 0. @param {number} y @param {{ numClasses: number }} options */
export function oneHot(y, { numClasses }) {
  return Array.from({ length: numClasses }, (_, k) => Number(k === y));
}
