/**
 * Replaces d3-interpolate, of which d3-scale needs next to nothing here: all our scales run between
 * numbers, but the package brings colours, dates and strings along.
 */

/** @param {number} a @param {number} b @returns {(t: number) => number} */
export const interpolateNumber = (a, b) => (t) => a * (1 - t) + b * t;
export { interpolateNumber as interpolate };

/** @param {number} a @param {number} b @returns {(t: number) => number} */
export const interpolateRound = (a, b) => (t) => Math.round(interpolateNumber(a, b)(t));

/** For diverging scales, which no figure has. */
export const piecewise = undefined;
