/** Stored bins of confidence, and what they say about a model's calibration. */

/** @typedef {{ alpha: number, accuracy: number, confidence: number, nll: number, bin_confidence: (number | null)[],
 *    bin_accuracy: (number | null)[], bin_count: number[] }} Run */
/** @typedef {{ m: number, confidence: number, accuracy: number, share: number }} Bin */

/** The bins that hold something; m is their place. @param {Run} run @returns {Bin[]} */
export function filled({ bin_confidence, bin_accuracy, bin_count }) {
  const total = bin_count.reduce((a, b) => a + b, 0);
  return bin_count
    .map((count, m) => ({
      m,
      confidence: bin_confidence[m] ?? 0,
      accuracy: bin_accuracy[m] ?? 0,
      share: count / total,
    }))
    .filter(({ share }) => share > 0);
}

/** Σ (n/N) |accuracy − confidence|. @param {Run} run */
export const calibrationError = (run) =>
  filled(run).reduce(
    (sum, { accuracy, confidence, share }) => sum + share * Math.abs(accuracy - confidence),
    0,
  );

/** The run whose α is nearest. @param {Run[]} runs @param {number} alpha */
export const nearest = (runs, alpha) =>
  runs.reduce((a, b) => (Math.abs(b.alpha - alpha) < Math.abs(a.alpha - alpha) ? b : a));
