/** Every explorer of the book, by the name that its saved state carries. */

import binaryEntropy from "../explorers/binary-entropy.js";
import entropy from "../explorers/entropy.js";
import fit from "../explorers/fit.js";
import kl from "../explorers/kl.js";
import question from "../explorers/question.js";
import smoothing from "../explorers/smoothing.js";
import surprisal from "../explorers/surprisal.js";

/** @type {Record<string, import("../figure/figure.js").Explorer>} */
export const explorers = Object.fromEntries(
  [binaryEntropy, entropy, fit, kl, question, smoothing, surprisal].map((explorer) => [explorer.name, explorer]),
);
