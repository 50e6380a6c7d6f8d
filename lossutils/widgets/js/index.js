/**
 * What explorers share. On the site this is one script, loaded wherever an explorer draws; so what of
 * lossmath only one of them uses, that one imports from its own file. A test holds it to that.
 */

export { scaleBand, scaleLinear, scaleLog, scaleSqrt } from "d3-scale";
export { aloud } from "./figure/aloud.js";
export { listen, read, rescale, traits } from "./figure/distribution.js";
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
  short,
  significant,
  small,
  sum,
  whole,
} from "./figure/format.js";
export { picture } from "./figure/marks.js";
export { pairedBars } from "./figure/pairs.js";
export {
  barGrips,
  corners,
  disc,
  inner,
  liftedLabels,
  line,
  through,
  widthOf,
} from "./figure/plot.js";
export { information, quantity } from "./figure/quantity.js";
export { remember } from "./figure/remember.js";
export { logSigmoid, logSoftmax, sigmoid, softmax } from "./lossmath/activations.js";
export { crossEntropy, entropy, klDivergence, klTerms, surprisal } from "./lossmath/information.js";
export { dot, mean, sum as total } from "./lossmath/numbers.js";
export { mixUniform } from "./lossmath/smoothing.js";

/** @typedef {import("./figure/figure.js").Explorer} Explorer */
