/** Stored bins at each temperature. */

/** @typedef {import("../calibration/math.js").Run & { T: number, brier: number, calibration: number, refinement: number }} Run */

/** The run with the least NLL. @param {Run[]} runs */
export const leastNll = (runs) => runs.reduce((a, b) => (b.nll < a.nll ? b : a));
