/**
 * What explorers with a picture share on the site, and the controls and addresses that only they have. A page
 * without one does not load it.
 */

export * from "../index.js";
export { addressable, followAddresses } from "./address.js";
export { controls } from "./controls.js";
