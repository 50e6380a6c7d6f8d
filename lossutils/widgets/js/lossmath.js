/**
 * lossutils for the page: the functions and options that explorers use, in the same modules, with
 * camelCase names. Arrays are what a page needs: one distribution.
 *
 * Nothing here depends on a page or checks its input: a figure's controls can only give
 * distributions. Results are in nats unless a base is given, 0 log 0 is 0, and infinities stay.
 * A test compares every function with Python's, within 1e-12.
 */
export { logSigmoid, logSoftmax, sigmoid, softmax } from "./lossmath/activations.js";
export { huffmanLengths, shannonLengths } from "./lossmath/coding.js";
export { crossEntropy, entropy, klDivergence, klTerms, surprisal } from "./lossmath/information.js";
export { additiveSmoothing, mixUniform, smoothSupports } from "./lossmath/smoothing.js";
export { oneHot } from "./lossmath/targets.js";
export { classWeights } from "./lossmath/weights.js";
