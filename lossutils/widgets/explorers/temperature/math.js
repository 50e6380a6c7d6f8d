/** Stored bins at each temperature. */

/** @typedef {import("../calibration/math.js").Run & { T: number, brier: number, calibration: number, refinement: number }} Run */

/** The run whose T is nearest. @param {Run[]} runs @param {number} T */
export const nearest = (runs, T) =>
  runs.reduce((a, b) => (Math.abs(b.T - T) < Math.abs(a.T - T) ? b : a));

/** The run with the least NLL. @param {Run[]} runs */
export const leastNll = (runs) => runs.reduce((a, b) => (b.nll < a.nll ? b : a));
