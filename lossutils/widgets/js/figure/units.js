/**
 * One switch between nats and bits, for all explorers of a page, and remembered for the next page.
 *
 * An explorer computes and draws in its own unit, which Python has too. What it writes goes through a unit, which
 * converts numbers and axes if the reader has chosen the other one, or the explorer opens in it.
 */

import { number } from "./format.js";

/** @typedef {"nats" | "bits"} Name */
/** @typedef {ReturnType<typeof unitOf>} Unit */

const KEY = "lossutils-unit";

/** @param {Name} name @returns {Name} */
const other = (name) => (name === "nats" ? "bits" : "nats");

/** How values in the unit `home` are written: in that unit or, `swapped`, in the other one.
 * @param {Name} home @param {boolean} swapped */
export function unitOf(home, swapped) {
  const name = swapped ? other(home) : home;
  const scale = swapped ? (home === "nats" ? Math.LOG2E : Math.LN2) : 1;
  /** @param {number} value */
  const of = (value) => value * scale;
  const unit = {
    name,
    home,
    swapped,
    of,
    /** The logarithm that gives this unit. */
    log: name === "bits" ? "log₂" : "log",
    number: (/** @type {number} */ value, digits = 2) => number(of(value), digits),
    /** A number with its unit. @param {number} value */
    written: (value, digits = 3) => `${unit.number(value, digits)} ${name}`,
    /** A scale whose ticks are to be in this unit. @template {{ copy: () => any, domain: () => number[] }} Scale @param {Scale} scale @returns {Scale} */
    axis: (scale) => (swapped ? scale.copy().domain(scale.domain().map(of)) : scale),
    /** Ticks chosen for the unit `home`, or else about as many. @param {number[]} ticks */
    ticks: (ticks) => (swapped ? ticks.length : ticks),
    toString: () => name,
  };
  return unit;
}

/** The page's element holds what was chosen: in Jupyter each explorer has its own copy of this module. */
const page = () => document.documentElement.dataset;

/** @returns {string | null} what was chosen on any page, as far as the browser remembers */
function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Whether an explorer writes in the unit that isn't its own: because the reader has chosen that one or, before any
 * choice, because the explorer opens in it. @param {Name} home @param {Name} [opens] */
export function isSwapped(home, opens = home) {
  page().lossutilsUnit ??= remembered() ?? "";
  return (page().lossutilsUnit || opens) === other(home);
}

/** @param {Name} name */
export function choose(name) {
  page().lossutilsUnit = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Then it holds for this page.
  }
  window.dispatchEvent(new Event(KEY));
}

/** Call `changed` whenever the reader chooses a unit: here, in another tab, or on a later page before coming back to
 * this one. @param {() => void} changed @param {AbortSignal} signal */
export function followUnit(changed, signal) {
  const renew = () => {
    const now = remembered();
    if (now === null || now === page().lossutilsUnit) return;
    page().lossutilsUnit = now;
    window.dispatchEvent(new Event(KEY));
  };
  window.addEventListener(KEY, changed, { signal });
  for (const type of ["storage", "pageshow"]) window.addEventListener(type, renew, { signal });
}

/** The switch of an explorer, and a function that shows where it stands. @param {AbortSignal} signal */
export function unitSwitch(signal) {
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    className: "explorer-unit",
  });
  button.setAttribute("role", "switch");
  button.setAttribute("aria-label", "bits instead of nats");
  button.innerHTML = "<span>nats</span> <span>bits</span>";
  /** @type {Name} */
  let shown;
  button.addEventListener("click", () => choose(other(shown)), { signal });
  /** @param {Name} name */
  const show = (name) => button.setAttribute("aria-checked", String((shown = name) === "bits"));
  return { button, show };
}
