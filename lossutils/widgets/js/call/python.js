/** The Python of a call: imports, arrays, the loss, and what `diagnose` and `explain` say of it. */
import { float, optionsInCode, rounded, size } from "./call.js";

/** @typedef {import("./call.js").LossCall} LossCall */
/** @typedef {import("./call.js").Tensor} Tensor */

const WIDTH = 64;
/** How many digits a type keeps of any number, and how many tell all of its numbers apart. */
const DIGITS = { float16: [3, 5], bfloat16: [2, 4], float32: [6, 9] };

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
  const given = Object.entries(optionsInCode(call)).map((pair) => pair.join("="));
  const names = ["input", "target", ...given].join(", ");
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

/** @param {string} name @param {Tensor} x */
function assigned(name, x) {
  const empty = size(x.shape) === 0;
  const dtype =
    { float32: "", int64: empty ? "torch.int64" : "", bool: empty ? "torch.bool" : "" }[
      /** @type {"float32"} */ (x.dtype)
    ] ?? `torch.${x.dtype}`;
  const said = dtype && `, dtype=${dtype}`;
  if (empty) return `${name} = torch.empty((${x.shape.map((n) => `${n},`).join(" ")})${said})`;
  const numbers = written(x);
  const line = `${name} = torch.tensor(${listed(numbers, x.shape)}${said})`;
  if (line.length <= WIDTH) return line;
  const broken = `${name} = torch.tensor(\n${wrapped(numbers, x.shape, "    ")}`;
  return `${broken}${dtype && `    dtype=${dtype},\n`})`;
}

/** The numbers of an array, each in as few digits as tell it. @param {Tensor} x */
function written({ values, dtype }) {
  if (dtype === "bool") return Array.from(values, (value) => (value ? "True" : "False"));
  if (dtype === "int64") return Array.from(values, String);
  if (dtype === "float64") return Array.from(values, float);
  const [least, most] = DIGITS[dtype];
  return Array.from(values, (value) => {
    let short = value;
    for (let digits = least; digits <= most && Number.isFinite(value); digits += 1) {
      short = Number(value.toPrecision(digits));
      if (rounded(short, dtype) === value) break;
    }
    return float(short);
  });
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
