/** What stands in the boxes: as a call, as an address, and as one of the examples. */

import { OPTIONS } from "../../js/call/call.js";
import { read } from "../../js/call/read.js";
import { examples } from "./words.js";

/** @typedef {import("../../js/call/call.js").Loss} Loss */
/** @typedef {import("../../js/call/call.js").LossCall} LossCall */
/** @typedef {import("../../js/call/call.js").Tensor} Tensor */
/** @typedef {Record<string, string>} State  texts by the names of the arguments; what is left out is not there */
/** @typedef {{ name: string, group: string, title: string, code: string, [argument: string]: string }} Example */

/** One for each finding that one call can show without a graph. */
export const EXAMPLES = /** @type {Example[]} */ (/** @type {unknown} */ (examples));
// What a bundle leaves out of one is as in the one before.
EXAMPLES.reduce(({ group, loss, input, target }, each) =>
  Object.assign(each, Object.assign({ group, loss, input, target }, each)),
);
export const LOSSES = /** @type {Loss[]} */ (Object.keys(OPTIONS));
export const ARRAYS = ["input", "target", "weight", "pos_weight"];
const NUMBERS = ["ignore_index", "label_smoothing", "gamma"];
const NAME = "workbench";
/** A longer address is cut off by programs that it passes through. */
const MOST_LETTERS = 16_000;

/** The arguments that a loss takes, in the order of the page. @param {string} loss */
export const argumentsOf = (loss) => [
  "input",
  "target",
  ...Object.keys(OPTIONS[/** @type {Loss} */ (loss)]).sort(
    (a, b) => Number(ARRAYS.includes(b)) - Number(ARRAYS.includes(a)),
  ),
];

/** @param {string} loss */
export const reductionsOf = (loss) => [
  "mean",
  ...(loss === "kl_div" ? ["batchmean"] : []),
  "sum",
  "none",
];

/** The state without what its loss doesn't take, what is empty, and what is the default. @param {State} given @returns {State} */
export function tidy(given) {
  const loss = LOSSES.includes(/** @type {Loss} */ (given.loss)) ? given.loss : LOSSES[0];
  const known = argumentsOf(loss).flatMap((name) => {
    const text = given[name] ?? "";
    const [bare, first] = [text.trim(), defaultOf(loss, name)];
    const same =
      bare === first ||
      (NUMBERS.includes(name) && bare !== "" && numberFrom(bare) === Number(first));
    return bare === "" || (first !== "" && same) ? [] : [[name, text]];
  });
  return { loss, ...Object.fromEntries(known) };
}

/** What an argument is when nothing is said, as text. @param {string} loss @param {string} name */
export function defaultOf(loss, name) {
  const value = /** @type {Record<string, unknown>} */ (OPTIONS[/** @type {Loss} */ (loss)])[name];
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === undefined || value === null ? "" : String(value);
}

/** @param {string} text */
const numberFrom = (text) => Number(text.trim().replace(/[−–]/g, "-") || Number.NaN);

/** @typedef {{ call: LossCall | null, errors: Record<string, string>, tensors: Record<string, Tensor>, named: Record<string, string | undefined> }} Reading  named: which of several arrays is read */

/** The call that the texts make, or what is wrong with which of them. @param {State} given @returns {Reading} */
export function callOf(given) {
  const state = tidy(given);
  /** @type {Record<string, string>} */
  const errors = {};
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  /** @type {Record<string, string | undefined>} */
  const named = {};
  /** @type {Record<string, any>} */
  const options = {};
  for (const name of argumentsOf(state.loss)) {
    const text = state[name] ?? "";
    if (ARRAYS.includes(name)) {
      if (text === "" && name.endsWith("weight")) continue;
      const found = read(text, name);
      if ("error" in found) errors[name] = found.error;
      else [tensors[name], named[name]] = [found.tensor, found.said];
      if (name.endsWith("weight")) options[name] = tensors[name];
    } else if (text !== "" && NUMBERS.includes(name)) {
      const value = numberFrom(text);
      const whole = name === "ignore_index";
      if (!Number.isFinite(value) || (whole && !Number.isInteger(value)))
        errors[name] = whole
          ? "It must be a whole number, such as -100."
          : "It must be a number, such as 0.1.";
      options[name] = value;
    } else if (text !== "") options[name] = name === "log_target" ? text === "True" : text;
  }
  const { input, target } = tensors;
  const loss = /** @type {Loss} */ (state.loss);
  const call = Object.keys(errors).length ? null : { loss, input, target, options };
  return { call, errors, tensors, named };
}

/** The example as a state. @param {Example} example @returns {State} */
export const stateOf = (example) => tidy(example);

/** The example that is in the boxes, if one is. @param {State} given */
export function exampleOf(given) {
  const written = JSON.stringify(tidy(given));
  return EXAMPLES.find((example) => JSON.stringify(stateOf(example)) === written);
}

/** The address of a state; null where that would be too long. @param {State} given */
export function toAddress(given) {
  const example = exampleOf(given);
  const pairs = Object.entries(example ? { example: example.name } : tidy(given));
  const address = `#${NAME}:${pairs.map(([name, text]) => `${name}=${encoded(text)}`).join(";")}`;
  return address.length > MOST_LETTERS ? null : address;
}

/** A link to a heading, by its anchor. @param {string} link */
export const anchored = (link) =>
  link.replace(/(?<=#).+/, (title) =>
    (
      title
        .toLowerCase()
        .replace("’", "")
        .match(/[a-z0-9]+/g) ?? []
    ).join("-"),
  );

/** As it stands in an address; parentheses and quotes would end one in a text. @param {string} text */
const encoded = (text) =>
  encodeURIComponent(text.trim())
    .replace(/%20/g, "+")
    .replace(/%2C/g, ",")
    .replace(/[()'*!~]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/**
 * The state that an address says, with a sentence for each part that says none; null if it is no
 * address of a workbench.
 * @param {string} hash @returns {{ state: State, refused: string[] } | null}
 */
export function fromAddress(hash) {
  const head = `#${NAME}:`;
  if (!hash.startsWith(head)) return null;
  /** @type {State} */
  let state = {};
  /** @type {string[]} */
  const refused = [];
  for (const pair of hash.slice(head.length).split(";").filter(Boolean)) {
    const [name, ...rest] = pair.split("=");
    let text = "";
    try {
      text = decodeURIComponent(rest.join("=").replace(/\+/g, " "));
    } catch {
      refused.push(`What it says of “${name}” is damaged.`);
      continue;
    }
    const example = EXAMPLES.find((each) => each.name === text);
    if (name === "example" && example) state = { ...stateOf(example) };
    else if (name === "example") refused.push(`There is no example “${text}”.`);
    else if (name === "loss" && !LOSSES.includes(/** @type {Loss} */ (text)))
      refused.push(`There is no loss “${text}”, only ${LOSSES.join(", ")}.`);
    else if (name !== "loss" && !LOSSES.some((loss) => argumentsOf(loss).includes(name)))
      refused.push(`There is no argument “${name}”.`);
    else state[name] = text;
  }
  const loss = state.loss ?? LOSSES[0];
  for (const name of Object.keys(state)) {
    if (name !== "loss" && !argumentsOf(loss).includes(name))
      refused.push(`${loss} has no ${name}.`);
  }
  if (state.reduction && !reductionsOf(loss).includes(state.reduction)) {
    refused.push(
      `${loss} has no reduction “${state.reduction}”, only ${reductionsOf(loss).join(", ")}.`,
    );
    delete state.reduction;
  }
  return { state: tidy(state), refused };
}
