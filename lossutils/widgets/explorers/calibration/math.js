/** Stored bins of confidence, and what they say about a model's calibration. */

import { total } from "../../js/index.js";

/** @typedef {{ alpha: number, accuracy: number, confidence: number, nll: number, bin_confidence: (number | null)[],
 *    bin_accuracy: (number | null)[], bin_count: number[] }} Run */
/** @typedef {{ m: number, confidence: number, accuracy: number, share: number }} Bin */

/** The bins that hold something; m is their place. @param {Run} run @returns {Bin[]} */
function filled({ bin_confidence, bin_accuracy, bin_count }) {
  const all = total(bin_count);
  return bin_count
    .map((count, m) => ({
      m,
      confidence: bin_confidence[m] ?? 0,
      accuracy: bin_accuracy[m] ?? 0,
      share: count / all,
    }))
    .filter(({ share }) => share > 0);
}

/** Σ (n/N) |accuracy − confidence|. @param {Run} run */
export const calibrationError = (run) =>
  total(filled(run), ({ accuracy, confidence, share }) => share * Math.abs(accuracy - confidence));

/** The run whose setting is nearest to a value.
 * @template {Run} R @param {R[]} runs @param {keyof R} setting @param {number} value */
export const nearest = (runs, setting, value) =>
  runs.reduce((a, b) =>
    Math.abs(Number(b[setting]) - value) < Math.abs(Number(a[setting]) - value) ? b : a,
  );

/** What is shown of the runs: the one whose setting is nearest to a value, and the errors of all.
 * @template {Run} R @param {R[]} runs @param {keyof R} setting @param {number} value */
export function seen(runs, setting, value) {
  const run = nearest(runs, setting, value);
  const errors = runs.map(calibrationError);
  return { runs, run, bins: filled(run), errors, ece: errors[runs.indexOf(run)] };
}

/** The run to go to from `now`. A key's step may be too small to reach the nearest other run: then
 * it is the next one.
 * @template {Run} R @param {R[]} runs @param {keyof R} setting @param {number} value @param {number} now */
export function towards(runs, setting, value, now) {
  const [place, old] = [value, now].map((at) => runs.indexOf(nearest(runs, setting, at)));
  const next = Math.min(runs.length - 1, Math.max(0, old + Math.sign(value - now)));
  return runs[place === old ? next : place];
}
