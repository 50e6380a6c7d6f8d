/** The Python of a call: imports, arrays, the loss, and what `diagnose` and `explain` say of it. */
import { float, isFloating, OPTIONS, rounded, size } from "./call.js";

/** @typedef {import("./call.js").LossCall} LossCall */
/** @typedef {import("./call.js").Tensor} Tensor */

const WIDTH = 88;
/** As many digits tell all numbers of a type apart. */
const DIGITS = { float16: 5, bfloat16: 4, float32: 9, float64: 17, int64: 0, bool: 0 };

/** The call as a program. @param {LossCall} call */
export function python(call) {
  const { loss, input, target, options } = call;
  const arrays = Object.entries({
    input,
    target,
    weight: options.weight,
    pos_weight: options.pos_weight,
  }).filter(/** @returns {pair is [string, Tensor]} */ (pair) => Boolean(pair[1]));
  const ours = loss === "focal_loss";
  const lines = arrays.map(([name, x]) => assigned(name, x));
  const words = ["inf", "nan"].filter((word) =>
    lines.some((line) => RegExp(`\\b${word}\\b`).test(line)),
  );
  const names = ["input", "target", ...optionsOf(call)].join(", ");
  const name = ours ? "focal_loss" : `F.${loss}`;
  return [
    ...(words.length ? [`from math import ${words.join(", ")}`, ""] : []),
    "import torch",
    ...(ours ? [] : ["import torch.nn.functional as F"]),
    `from lossutils import diagnose, explain${ours ? ", focal_loss" : ""}`,
    "",
    ...lines,
    "",
    `print(diagnose(${name}, ${names}))`,
    `print(explain(${name}, ${names}))`,
    `loss = ${name}(${names})`,
    "print(loss)",
    "",
  ].join("\n");
}

/** The options that differ from their defaults, as arguments. @param {LossCall} call */
function optionsOf({ loss, options }) {
  return Object.entries(options).flatMap(([name, value]) => {
    const known = Object.entries(OPTIONS[loss]).find(([option]) => option === name);
    if (value === undefined || value === null || value === known?.[1]) return [];
    if (typeof value === "object") return [`${name}=${name}`];
    if (typeof value === "string") return [`${name}=${JSON.stringify(value)}`];
    if (typeof value === "boolean") return [`${name}=${value ? "True" : "False"}`];
    return [`${name}=${name === "ignore_index" ? value : float(value)}`];
  });
}

/** @param {string} name @param {Tensor} x */
function assigned(name, x) {
  const empty = size(x.shape) === 0;
  const dtype =
    { float32: "", int64: empty ? "torch.int64" : "", bool: empty ? "torch.bool" : "" }[
      /** @type {"float32"} */ (x.dtype)
    ] ?? `torch.${x.dtype}`;
  const said = dtype && `, dtype=${dtype}`;
  if (empty) return `${name} = torch.empty((${x.shape.map((n) => `${n},`).join(" ")})${said})`;
  const shortest = written(x);
  const lines = listed(Array.from(x.values, shortest), x.shape);
  const line = `${name} = torch.tensor(${lines}${said})`;
  if (!line.includes("\n") && line.length <= WIDTH) return line;
  const broken = `${name} = torch.tensor(\n${wrapped(Array.from(x.values, shortest), x.shape, "    ")}`;
  return `${broken}${dtype && `    dtype=${dtype},\n`})`;
}

/** A function that writes a number of the array in as few digits as tell it. @param {Tensor} x @returns {(value: number) => string} */
function written(x) {
  if (x.dtype === "bool") return (value) => (value ? "True" : "False");
  if (!isFloating(x)) return String;
  const most = DIGITS[x.dtype];
  return (value) => {
    if (!Number.isFinite(value) || x.dtype === "float64") return float(value);
    for (let digits = 1; digits < most; digits += 1) {
      const short = Number(value.toPrecision(digits));
      if (rounded(short, x.dtype) === value) return float(short);
    }
    return float(Number(value.toPrecision(most)));
  };
}

/** Numbers as a nested list. @param {string[]} numbers @param {number[]} shape @returns {string} */
function listed(numbers, [length, ...rest]) {
  if (length === undefined) return numbers[0];
  const each = numbers.length / length;
  const parts = Array.from({ length }, (_, k) =>
    listed(numbers.slice(k * each, (k + 1) * each), rest),
  );
  return `[${parts.join(", ")}]`;
}

/** The same in lines that are not too long, with a comma at the end. @param {string[]} numbers @param {number[]} shape @param {string} indent @returns {string} */
function wrapped(numbers, shape, indent) {
  const line = `${indent}${listed(numbers, shape)},\n`;
  if (line.length <= WIDTH + 1) return line;
  const [length, ...rest] = shape;
  const inner = `${indent}    `;
  let body = "";
  if (rest.length) {
    const each = numbers.length / length;
    for (let k = 0; k < length; k += 1)
      body += wrapped(numbers.slice(k * each, (k + 1) * each), rest, inner);
  } else {
    let row = inner;
    for (const number of numbers) {
      if (row.length + number.length + 1 > WIDTH) {
        body += `${row.trimEnd()}\n`;
        row = inner;
      }
      row += `${number}, `;
    }
    body += `${row.trimEnd()}\n`;
  }
  return `${indent}[\n${body}${indent}],\n`;
}
