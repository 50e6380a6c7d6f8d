/**
 * Everything that an explorer may import. On the site all explorers share this one module, and a
 * test fails if it exports something that none of them uses.
 */

export { scaleBand, scaleLinear, scaleLog, scaleSqrt } from "d3-scale";
export { keepNormalised, listen, read, rescale, traits } from "./figure/distribution.js";
export { OUTCOMES, barsOf, listed } from "./figure/dragged.js";
export { explorer } from "./figure/figure.js";
export {
  coloured,
  computed,
  decimals,
  number,
  own,
  p,
  probability,
  q,
  said,
  short,
  significant,
  small,
  spoken,
  sum,
  whole,
} from "./figure/format.js";
export { picture } from "./figure/marks.js";
export { pairedBars } from "./figure/pairs.js";
export {
  barGrips,
  corners,
  disc,
  handles,
  inner,
  liftedLabels,
  line,
  through,
  widthOf,
} from "./figure/plot.js";
export { information, quantity } from "./figure/quantity.js";
export { remember } from "./figure/remember.js";
export { values } from "./figure/settings.js";
export * from "./lossmath.js";
export { huffmanJoins } from "./lossmath/coding.js";

/** @typedef {import("./figure/figure.js").Explorer} Explorer */
