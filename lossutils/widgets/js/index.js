/**
 * Everything that an explorer may import. On the site all explorers share this one module, and a
 * test fails if it exports something that none of them uses.
 */

export { scaleBand, scaleLinear, scaleLog, scaleSqrt } from "d3-scale";
export { keepNormalised, read, rescale, traits } from "./figure/distribution.js";
export { OUTCOMES, barsOf, dragBars, dragDot, listed } from "./figure/dragged.js";
export { explorer } from "./figure/figure.js";
export {
  coloured, decimals, number, p, probability, q, readout, said, significant, small, spoken, sum,
} from "./figure/format.js";
export {
  axes, corners, disc, handles, inner, line, pairedLabels, sideLabel, through, triangle,
  widthOf,
} from "./figure/plot.js";
export { remember } from "./figure/remember.js";
export { select } from "./figure/select.js";
export { option } from "./figure/settings.js";
export * from "./lossmath.js";

/** @typedef {import("./figure/figure.js").Explorer} Explorer */
