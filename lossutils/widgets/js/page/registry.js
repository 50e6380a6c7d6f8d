/** Every explorer of the book, by the name that its saved state carries. */

import bce from "../explorers/bce.js";
import binaryEntropy from "../explorers/binary-entropy.js";
import calibration from "../explorers/calibration.js";
import clamp from "../explorers/clamp.js";
import crossEntropy from "../explorers/cross-entropy.js";
import entropy from "../explorers/entropy.js";
import fit from "../explorers/fit.js";
import imbalance from "../explorers/imbalance.js";
import kl from "../explorers/kl.js";
import labelSmoothing from "../explorers/label-smoothing.js";
import likelihood from "../explorers/likelihood.js";
import memory from "../explorers/memory.js";
import question from "../explorers/question.js";
import shape from "../explorers/shape.js";
import smoothing from "../explorers/smoothing.js";
import smoothingWeights from "../explorers/smoothing-weights.js";
import softmax from "../explorers/softmax.js";
import stability from "../explorers/stability.js";
import surprisal from "../explorers/surprisal.js";
import training from "../explorers/training.js";
import weightedMean from "../explorers/weighted-mean.js";

/** @type {Record<string, import("../figure/figure.js").Explorer>} */
export const explorers = Object.fromEntries(
  [bce, binaryEntropy, calibration, clamp, crossEntropy, entropy, fit, imbalance, kl, labelSmoothing, likelihood, memory, question, shape, smoothing, smoothingWeights, softmax, stability, surprisal, training, weightedMean].map((explorer) => [explorer.name, explorer]),
);
