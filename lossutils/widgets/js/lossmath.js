/**
 * What lossutils computes, in the page: the same functions under camelCase names, in the same modules.
 * Of arrays they take what a page needs: one distribution, or a table of rows where the samples of
 * a batch are meant. Options have the same names too, in camelCase.
 *
 * Nothing here knows of a page, and nothing checks its input: a figure's controls can only give
 * distributions. Results are in nats unless a base is given, 0 log 0 is 0, and an infinity stays one.
 * A test holds every function against Python's, to 1e-12.
 */
export { logSigmoid, logSoftmax, logsumexp, sigmoid, softmax } from "./lossmath/activations.js";
export { expectedCalibrationError, reliability } from "./lossmath/calibration.js";
export { huffmanLengths, shannonLengths } from "./lossmath/coding.js";
export { crossEntropy, entropy, jsDivergence, klDivergence, perplexity, surprisal } from "./lossmath/information.js";
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropyLoss,
  focalLoss,
  klDivLoss,
  linearCrossEntropy,
  nllLoss,
} from "./lossmath/losses.js";
export { additiveSmoothing, mixUniform, smoothSupports } from "./lossmath/smoothing.js";
export { oneHot, smoothLabels } from "./lossmath/targets.js";
export { classWeights } from "./lossmath/weights.js";
