/**
 * Call a function of a module, or read a value: node call.mjs MODULE NAME < CALLS
 *
 * NAME is what the module exports, or a place in that: DTYPES.0.round. CALLS is a list with the
 * arguments of each call, or null for the value itself; an argument {"export": NAME} is something of the
 * module too. Where a call gives a function, CALLS has a list of lists of arguments in its place. JSON has
 * no infinities, NaN and minus zero, so these are strings, both ways.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const SPECIAL = ["Infinity", "-Infinity", "NaN", "-0"];
const [path, name] = process.argv.slice(2);
const module = await import(pathToFileURL(path).href);
const find = (place) => place.split(".").reduce((value, key) => value[key], module);

const decode = (_key, value) => {
  if (SPECIAL.includes(value)) return Number(value);
  return typeof value?.export === "string" ? find(value.export) : value;
};
const encode = (_key, value) => {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  if (Object.is(value, -0)) return "-0";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};

const { calls } = JSON.parse(readFileSync(0, "utf8"), decode);
const value = find(name);
const answer =
  calls?.map((lists) => lists.reduce((result, given) => result(...given), value)) ?? value;
process.stdout.write(JSON.stringify(answer, encode));
