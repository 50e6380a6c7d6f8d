/** The two paths are those of the explorer of one fit. */

export { P, X, path } from "../fit/math.js";

export const RATE = 0.1;
