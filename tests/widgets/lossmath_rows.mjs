/**
 * Call functions of lossmath.js on the rows of tables: node lossmath_rows.mjs QUESTIONS ANSWERS
 *
 * QUESTIONS is {tables: {name: rows}, calls: [[function, [table, …], options], …]}; ANSWERS has a
 * list for each call, with what the function returns for each row. JSON has no infinities, NaN
 * and minus zero, so these are written as strings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as lossmath from "../../lossutils/widgets/js/lossmath.js";

const SPECIAL = ["Infinity", "-Infinity", "NaN", "-0"];
const decode = (_key, value) => (SPECIAL.includes(value) ? Number(value) : value);
const encode = (_key, value) => {
  if (Object.is(value, -0)) return "-0";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};

const { tables, calls } = JSON.parse(readFileSync(process.argv[2], "utf8"), decode);
const answers = calls.map(([name, names, options]) =>
  tables[names[0]].map((_row, n) => lossmath[name](...names.map((table) => tables[table][n]), options)),
);
writeFileSync(process.argv[3], JSON.stringify(answers, encode));
