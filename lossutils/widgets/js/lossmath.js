/**
 * What lossutils computes, in the page: the functions that explorers use, under camelCase names, in
 * the same modules. Of arrays they take what a page needs, one distribution. Options have the same
 * names too, in camelCase.
 *
 * Nothing here knows of a page, and nothing checks its input: a figure's controls can only give
 * distributions. Results are in nats unless a base is given, 0 log 0 is 0, and an infinity stays one.
 * A test holds every function against Python's, to 1e-12.
 */
export { logSigmoid, logSoftmax, sigmoid, softmax } from "./lossmath/activations.js";
export { huffmanLengths, shannonLengths } from "./lossmath/coding.js";
export { crossEntropy, entropy, klDivergence, klTerms, surprisal } from "./lossmath/information.js";
export { additiveSmoothing, mixUniform, smoothSupports } from "./lossmath/smoothing.js";
export { oneHot } from "./lossmath/targets.js";
export { classWeights } from "./lossmath/weights.js";
