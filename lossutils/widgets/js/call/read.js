/**
 * Read arrays as people have them: what PyTorch, NumPy, JAX, TensorFlow, pandas, R and MATLAB print, outputs of models, what stands in
 * code or in a session, nested lists, rows of numbers, tables. What can’t be read is refused in a sentence that says where it is.
 */
import { rounded } from "./call.js";

/** @typedef {import("./call.js").Dtype} Dtype */
/** @typedef {import("./call.js").Tensor} Tensor */
/** @typedef {{ text: string, at: number }} Token */
/** @typedef {{ value: number, kind: "bool" | "int" | "float" }} Scalar */

export const MOST_NUMBERS = 100_000;
const MOST_LETTERS = 40 * MOST_NUMBERS;
const MOST_AXES = 8;

const TOKEN = /\s+|#[^\n]*|[[\](),;=]|'[^'\n]*'|"[^"\n]*"|<[^<>\n]*>|[^\s[\](),;='"<>]+|./gy;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;
/** What is a number or a truth value. */
const WORDS = new Map([
  ["nan", Number.NaN],
  ["inf", Infinity],
  ["infinity", Infinity],
  ["∞", Infinity],
  ["true", 1],
  ["false", 0],
]);
/** Each type by the names that stand for it. @type {Map<string, Dtype>} */
const DTYPES = new Map([
  ["half", "float16"],
  ["float16", "float16"],
  ["bfloat16", "bfloat16"],
  ["float", "float32"],
  ["float32", "float32"],
  ["double", "float64"],
  ["float64", "float64"],
  ["long", "int64"],
  ["int64", "int64"],
  ["bool", "bool"],
  ["bool_", "bool"],
]);
/** Those that losses refuse as class indices, as they do floats. */
const NARROW = /^(?:u?int\d*|short|char|byte)$/;
/** What is no array itself, but holds one. */
const WRAPPER = /^\s*(?:Parameter containing:|<tf\.(?:Tensor|Variable)[\s\S]*?numpy=)/;
const FOREIGN = /\bArray\(|\btf\./;
/** What stands around a text that was copied with its quotes, after a <tf.Tensor …>, a tuple, a statement. */
const QUOTES = /^\s*["'`]+(?=\[)|["'`]+\s*$(?<=^\s*["'`]+\[.*)|[>,;]\s*$/gs;
/** `logits = `, `logits: Tensor = `, `the logits: ` or `the logits `, copied with the array. */
const ASSIGNED =
  /^\s*[A-Za-z_][\w. ]*(?::\s*[A-Za-z_][\w.]*\s*=|=|:(?=\s)|(?<=\s)(?=\[))\s*(?=[[(<\d.+-]|[A-Za-z_.]+\()/;
/** Lines around an array that are none of it: fences of Markdown, imports, and what the first PyTorch printed. */
const AROUND =
  /^ *(?:```|import |from |Variable containing:|\[torch\.[\w.]+ of size |\[\d+ rows x |\|[-:| ]+$).*$/gm;
/** What stands before an array that is one of several, or a part of an output: its name. */
const NAMED = /([A-Za-z_][\w.]*)['"\]]*\s*[:=,]?\s*$/;
/** Of several arrays, what those are called that belong into a box. @type {Record<string, RegExp>} */
const BOXES = { input: /logit|out|pred/i, target: /target|label|true/i };
/** What stands before a line of Python's or IPython's session. */
const ASKED = /^[ \t]*(?:>>>|In \[\d*\]:|\(Pdb\)|ipdb>)/;
const ANSWERED = /^[ \t]*(?:Out)?\[\d*\]:/;
const GOES_ON = /^[ \t]*\.\.\.:?(?= |$)/;
/** The last line of a print of a pandas Series. */
const SERIES = /\n(?:[^\n]*, )?dtype: (\w+)\s*$/;
/** Methods that leave the numbers what they are; a type may stand in their parentheses. */
const HARMLESS = /^\.(?:to|cuda|cpu|detach|requires_grad_)$/;
const PRINTED = /^\s*(?:[[(]|[A-Za-z_][\w.]*\()/;
/** MATLAB's [1 2; 3 4], or with a line for each row: NumPy breaks a line where it is full, Python behind a comma. */
const MATRIX = /^\s*\[(?:[^[\]()]*;[^[\]()]*|(?![^[\]]*,\s*\n)[^[\]()\n]{0,25}\n[^[\]()]*)\]\s*$/;
/** What R prints before a row of a matrix, "[1,]", or before a line of a vector. */
const OF_R = /^ *\[(\d+)(,?)\]( +[^\s[].*)$/gm;
const CUT = /\.\.\.|…|\.\.(?<=^ *..)(?= *$)/m;

/** Why a text can't be read, and where. */
class Unreadable extends Error {}

/** @param {string} text @param {number} at */
function place(text, at) {
  const before = text.slice(0, at).split("\n");
  return `Line ${before.length}, character ${before[before.length - 1].length + 1}`;
}

const TOO_MANY =
  `This page takes at most ${MOST_NUMBERS.toLocaleString("en")} numbers. ` +
  "Paste some samples, or call diagnose in Python.";

/** What a log says before a message. */
const LOGGED = /^.*\d:\d\d.* - $/m;
const MASKED = "leave out what is masked.";
const SEVERAL = "Paste one of these arrays.";

/** A bit of text to quote. @param {string} text */
const quoted = (text) => `“${text.length > 24 ? `${text.slice(0, 24)}…` : text}”`;

/** @param {number} count */
const counted = (count) => `${count.toLocaleString("en")} number${count === 1 ? "" : "s"}`;

/**
 * The array that a text says, or why it says none; of several the one for that box, and what it is called.
 * @param {string} typed @param {string} [box] @returns {{ tensor: Tensor, said?: string } | { error: string }}
 */
export function read(typed, box = "input") {
  // Signs and spaces as other programs write them, each of one character still, so that places hold.
  const text = typed
    // Colours of a terminal, lines of a text in quotes, and what was quoted in mail.
    .replace(/\p{Cc}\[[\d;]*[mK]|\[\d[\d;]*m/gu, "")
    .replace(/\\n(?= *[-+[\d.])/g, "\n")
    .replace(/^(?:>>?(?!>) ?)+/gm, blank)
    .replace(/[−‐-—]/g, "-")
    .replace(/[\u00a0\u2000-\u200b\u202f\u2060\ufeff]/g, " ")
    .replace(/\r\n?/g, "\n");
  try {
    if (text.length > MOST_LETTERS) throw new Unreadable(TOO_MANY);
    const unasked = unprompted(text).replace(AROUND, blank);
    try {
      return { tensor: whole(unasked) };
    } catch (error) {
      const part = partOf(unasked, box);
      if (!part) throw error;
      const { start, end, said } = part;
      const before = unasked.slice(0, start).replace(/\S/g, " ");
      return { tensor: whole(before + unasked.slice(start, end)), said };
    }
  } catch (error) {
    if (error instanceof Unreadable) return { error: error.message };
    throw error;
  }
}

/** The array that is all of a text. @param {string} text @returns {Tensor} */
function whole(text) {
  const cut = CUT.exec(text);
  if (cut)
    throw new Unreadable(
      `${place(text, cut.index)}: the print is cut short, and “${cut[0]}” stands for missing numbers. ` +
        'Print all: torch.set_printoptions(profile="full") or np.set_printoptions(threshold=10**6).',
    );
  // JAX and TensorFlow have class indices of 32 bits, as PyTorch has them of 64.
  const known = FOREIGN.test(text) ? text.replace(/int32/g, "int64") : text;
  const bare = [WRAPPER, QUOTES, ASSIGNED].reduce((left, each) => left.replace(each, blank), known);
  if (MATRIX.test(bare)) return rows(bare.replace(/[[\],]/g, " "));
  const found = [...bare.matchAll(OF_R)];
  if (found[0]?.[1] === "1") return rows(joined(found, bare));
  return PRINTED.test(bare) ? new Printed(bare).tensor() : rows(bare);
}

/** The rows that R has printed, wide ones in parts. @param {RegExpMatchArray[]} found @param {string} text */
function joined(found, text) {
  const lines = new Map();
  // A vector's second line is numbered by what the first holds: other numbers are of rows.
  const isLong = +found[1]?.[1] === found[0][3].split(/ +/).length;
  for (const [, row, comma, line] of found) {
    const key = (comma || !isLong) && row;
    lines.set(key, (lines.get(key) ?? "") + line);
  }
  // Of parts only the first begins with 1.
  if (lines.size < found.length && text.split(/\[,?1\]/).length !== 2)
    throw new Unreadable(SEVERAL);
  return [...lines.values()].join("\n");
}

/**
 * Where the array for a box stands in an output of a model, a dictionary, or several prints.
 * @param {string} text @param {string} box
 */
function partOf(text, box) {
  /** What is open: names of what is called, and brackets. @type {string[]} */
  const open = [];
  const found = [];
  let [start, depth] = [-1, 0];
  for (const { 0: bracket, 1: name, index } of text.matchAll(/(?<![\w.])([\w.]*)[([{]|[)\]}]/g)) {
    if (name !== undefined) {
      // What a function is given is not what it gives.
      const isPart =
        /(?:^|\.)(?:tensor|array)$/i.test(name) ||
        (bracket === "[" && (open[0] === "{" || !open.length));
      if (start < 0 && isPart && !open.some((each) => /^(?:\w+\.)*[a-z]/.test(each)))
        [start, depth] = [index, open.length];
      open.push(name || bracket);
      continue;
    }
    open.pop();
    if (start < 0 || open.length !== depth) continue;
    const [before, end] = [text.slice(0, start).slice(-99), index + 1];
    // Nor is what is computed further.
    if (
      /[*/@%+-]\s*$/.test(before.replace(LOGGED, "")) ||
      /^(?:\[|[^\S\n]*[.*/@%+<>=&|-])/.test(text.slice(end))
    )
      return undefined;
    found.push({ start, end, said: NAMED.exec(before)?.[1] ?? "" });
    start = -1;
  }
  const arrays = found.filter((each) => text.slice(each.start, each.end).includes("["));
  // Lists one after another are rows of one array, unless some have rows themselves.
  const has = (/** @type {RegExp} */ form) =>
    arrays.some((each) => form.test(text.slice(each.start, each.end)));
  const isFor =
    (/** @type {string} */ name) =>
    (/** @type {{ said: string }} */ { said }) =>
      (BOXES[name] ?? RegExp(name)).test(said);
  const isInput = box === "input";
  const isOfOther = isFor(isInput ? "target" : "input");
  const isNamed = arrays.some(isFor("input")) || arrays.some(isFor("target"));
  const areRows = has(/^\[/) && !isNamed && !(has(/^\[\s*\[/) && has(/^\[[^[]/));
  if (!/^\s*\{/.test(text) && areRows) return undefined;
  const own = arrays.filter((each) => !isOfOther(each));
  const rest = own.length ? own : arrays;
  const part = arrays.find(isFor(box)) ?? rest[isInput ? 0 : rest.length - 1];
  if (part && !part.said && arrays.length > 1)
    part.said = `array ${arrays.indexOf(part) + 1} of ${arrays.length}`;
  return part;
}

/** Spaces for what is not read, so that places hold. @param {string} found */
const blank = (found) => found.replace(/\S/g, " ");

/** A session without its prompts: what it has answered, or if there is no answer what was typed. @param {string} text */
function unprompted(text) {
  let [isAsked, open] = [false, 0];
  const lines = text.split("\n").map((line) => {
    if (ASKED.test(line)) [isAsked, open] = [true, 0];
    else isAsked &&= open > 0;
    for (const c of line) open += Number("[(".includes(c)) - Number("])".includes(c));
    return { isAsked, line };
  });
  const isAnswered = lines.some(({ isAsked, line }) => !isAsked && line.trim());
  return lines
    .map(({ isAsked, line }) => {
      if (!isAsked) return line.replace(ANSWERED, blank);
      return isAnswered ? blank(line) : line.replace(ASKED, blank).replace(GOES_ON, blank);
    })
    .join("\n");
}

/** The number that a word says. @param {string} typed @returns {Scalar | undefined} */
function scalar(typed) {
  const word = typed.replace(/(\d)_(?=\d)/g, "$1").replace(/^(["'])(.*)\1$/, "$2");
  if (WHOLE.test(word)) return { value: Number(word), kind: "int" };
  if (FLOAT.test(word)) return { value: Number(word), kind: "float" };
  const [, sign, name] = /** @type {string[]} */ (/^([+-]?)(.*)$/.exec(word));
  const value = WORDS.get(name.toLowerCase().replace(/^(?:np|math|torch)\.(\w+?)_?$/, "$1"));
  if (value === undefined) return undefined;
  if (Number.isFinite(value)) return sign ? undefined : { value, kind: "bool" };
  return { value: sign === "-" ? -value : value, kind: "float" };
}

/** Numbers as they come, with what they are of. */
class Numbers {
  constructor() {
    /** @type {number[]} */
    this.values = [];
    /** @type {Set<Scalar["kind"]>} */
    this.kinds = new Set();
  }

  /** @param {Scalar} scalar */
  add({ value, kind }) {
    if (this.values.length === MOST_NUMBERS) throw new Unreadable(TOO_MANY);
    this.values.push(value);
    this.kinds.add(kind);
  }

  /** @param {number[]} shape @param {Dtype} [said] @param {Dtype} [floats] what numbers with a point are unless it is said */
  tensor(shape, said, floats = "float32") {
    const { values, kinds } = this;
    let dtype = said ?? floats;
    if (!said && kinds.size > 0 && !kinds.has("float")) dtype = kinds.has("int") ? "int64" : "bool";
    const held = (/** @type {number} */ value) => {
      if (dtype === "int64") return Math.trunc(value);
      return dtype === "bool" ? Number(value !== 0) : rounded(value, dtype);
    };
    return { shape, values: Float64Array.from(values, held), dtype };
  }
}

/** The name of a type: "float16" of `torch.float16`, "half" of `torch.cuda.HalfTensor`. @param {string} name */
const lastName = (name) =>
  (/\w*(?=\W*$)/.exec(name)?.[0] ?? "").replace(/Tensor$/, "").toLowerCase();
/** @param {string} name @param {string} where @returns {Dtype} */
function dtypeOf(name, where) {
  const last = lastName(name);
  const dtype = DTYPES.get(last);
  if (dtype) return dtype;
  throw new Unreadable(
    NARROW.test(last)
      ? `${where}: whole numbers must be int64 here, not ${last}: convert them with .long().`
      : `${where}: a loss takes real numbers, floats of 16 to 64 bits, int64 or bool, not ${last}.`,
  );
}

/** An array in brackets: nested lists, alone or in `tensor(…)`, with or without commas. */
class Printed {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** @type {Token[]} */
    this.tokens = [];
    for (const { 0: token, index } of text.matchAll(TOKEN))
      if (token.trim() && token[0] !== "#") this.tokens.push({ text: token, at: index });
    this.next = 0;
    this.numbers = new Numbers();
    /** The length of the lists at each depth, once one is complete. @type {number[]} */
    this.shape = [];
    /** Whether there are lists or numbers at each depth. @type {("list" | "number")[]} */
    this.holds = [];
    /** The type, if it is said. @type {Dtype | undefined} */
    this.said = undefined;
    const type = /\bdtype=([^,)]+)/.exec(text);
    if (type) this.said = dtypeOf(type[1], place(text, type.index + 6));
    /** @type {Dtype} */
    this.floats = "float32";
  }

  get now() {
    return this.tokens[this.next]?.text;
  }

  /** @param {string} sentence @param {number} [index] of the token that it is about */
  fail(sentence, index = this.next) {
    const token = this.tokens[index];
    const where = token ? place(this.text, token.at) : "At the end";
    return new Unreadable(`${where}: ${sentence}`);
  }

  tensor() {
    // Rows without the brackets around all of them are an array too.
    const several = this.isRows();
    if (several) this.items("", 0);
    else this.value(0);
    while (this.now?.[0] === "." && this.tokens[this.next + 1]?.text === "(") this.method();
    if (this.now !== undefined)
      throw this.fail(`the array has ended, and then comes ${quoted(this.now)}.`);
    // Logits and class indices are no rows of one array.
    if (this.numbers.kinds.size > 1 && /^\s*[[(]\s*tensor\(/.test(this.text))
      throw new Unreadable(SEVERAL);
    // The shape that is said tells something of an empty array only.
    const [, size] = /\b(?:size|shape)=\(([\d, ]+)/.exec(this.text) ?? [];
    const shape =
      size && !this.numbers.values.length ? (size.match(/\d+/g) ?? []).map(Number) : this.shape;
    // A model that returns a tuple of one.
    if (/^\(\s*(?:tensor|array)\(/i.test(this.text.trim()) && shape[0] === 1) shape.shift();
    return this.numbers.tensor(shape, this.said, this.floats);
  }

  /** Read `.cuda()`, `.long()` and the like behind an array. */
  method() {
    const start = this.next;
    this.next += 2;
    this.close(start + 1);
    const words = this.tokens.slice(start, this.next).map(({ text }) => text);
    const type = words.find((word) => DTYPES.has(lastName(word)));
    if (type) this.said = dtypeOf(type, place(this.text, this.tokens[start].at));
    else if (!HARMLESS.test(words[0])) throw this.unread(words[0], start);
  }

  /** @param {string} name @param {number} index of its token */
  unread(name, index) {
    return this.fail(`${quoted(`${name}(`)} can’t be read: print it, and paste the print.`, index);
  }

  /** Whether the text is several lists, one after another. */
  isRows() {
    if (this.now !== "[") return false;
    let depth = 0;
    for (const [k, { text }] of this.tokens.entries()) {
      depth += Number(text === "[") - Number(text === "]");
      if (depth === 0) {
        const rest = this.tokens.slice(k + 1).filter((token) => token.text !== ",");
        return rest[0]?.text === "[";
      }
    }
    return false;
  }

  /** Read a number, a list, or either in the parentheses of a name. @param {number} depth */
  value(depth) {
    const word = this.now;
    if (word === "[" || word === "(") {
      this.note("list", depth);
      if (depth === MOST_AXES)
        throw this.fail(`an array may have ${MOST_AXES} axes, and this one has more.`);
      const opening = this.next;
      this.next += 1;
      this.items(word === "[" ? "]" : ")", depth, opening);
      return;
    }
    if (word === undefined) throw this.fail("a number is missing.");
    if (this.tokens[this.next + 1]?.text === "(" && /^[A-Za-z_][\w.]*$/.test(word)) {
      this.called(word, depth);
      return;
    }
    const number = scalar(word);
    if (word === "--") throw this.fail(MASKED);
    if (!number) throw this.fail(`${quoted(word)} can’t be read as a number.`);
    this.note("number", depth);
    this.numbers.add(number);
    this.next += 1;
  }

  /** @param {"list" | "number"} kind @param {number} depth */
  note(kind, depth) {
    const known = this.holds[depth];
    this.holds[depth] ??= kind;
    if (known && known !== kind)
      throw this.fail(
        `${quoted(this.now ?? "")} stands among ${known}s: each row needs as many axes.`,
      );
  }

  /** Read what a list holds, up to its bracket. @param {string} closing @param {number} depth @param {number} opening */
  items(closing, depth, opening = 0) {
    let [count, comma] = [0, false];
    while (this.now !== (closing || undefined)) {
      if (this.now === undefined)
        throw this.fail(
          `a bracket is still open: this “${closing === "]" ? "[" : "("}” is never closed.`,
          opening,
        );
      if (this.now === ",") {
        if (comma || count === 0) throw this.fail("a number is missing.");
        comma = true;
        this.next += 1;
        continue;
      }
      if (this.now === "]" || this.now === ")")
        throw this.fail(`${quoted(this.now)} is not expected here.`);
      this.value(depth + 1);
      [count, comma] = [count + 1, false];
    }
    const known = this.shape[depth];
    if (known !== undefined && known !== count)
      throw this.fail(
        `this list holds ${count}, and the one before it ${known}: each needs as many.`,
        opening,
      );
    this.shape[depth] = count;
    if (closing) this.next += 1;
  }

  /** Read tensor(…), array(…), np.float32(…): the array, then what else is said of it. @param {string} name @param {number} depth */
  called(name, depth) {
    const kind = name.replace(/^.*\./, "");
    const opening = this.next + 1;
    this.next += 2;
    if (/^(?:(?:nd|as)?array|matrix)$/.test(kind)) {
      // NumPy says only other types; JAX makes float32 of what it is given.
      if (!/^(?:jnp|jax)\b/.test(name)) this.floats = "float64";
    } else if (DTYPES.has(lastName(kind)) || NARROW.test(lastName(kind)))
      this.said ??= dtypeOf(kind, place(this.text, this.tokens[opening - 1].at));
    else if (kind === "masked_array") throw this.fail(MASKED, opening - 1);
    else if (
      !/^(?:tensor|Tensor|Array|Parameter|as_tensor|DeviceArray|Variable|from_numpy)$/.test(kind)
    )
      throw this.unread(name, opening - 1);
    if (this.tokens[this.next + 1]?.text === "=")
      throw this.fail(`a sparse tensor can’t be read: print its .to_dense().`, opening - 1);
    this.value(depth);
    // Another number is a second argument, as of torch.Tensor(2, 3).
    if (this.now === "," && /^[^A-Za-z)]/.test(this.tokens[this.next + 1]?.text)) this.next += 1;
    if (!/^[,)]?$/.test(this.now ?? ""))
      throw this.fail(`${quoted(this.now ?? "")} is not expected here.`);
    this.close(opening);
  }

  /** Go past the bracket that closes this one. @param {number} opening the index of its token */
  close(opening) {
    for (let depth = 1; depth; this.next += 1) {
      if (!this.now) throw this.fail("a bracket is still open: this “(” is never closed.", opening);
      depth += Number(this.now === "(") - Number(this.now === ")");
    }
  }
}

/** Numbers without brackets: a row a line, with or without a header. @param {string} text @returns {Tensor} */
function rows(text) {
  // Of a Series that pandas prints each line has a label, and a number at its end.
  const [all, type] = SERIES.exec(text) ?? [];
  if (all) text = text.slice(0, -all.length).replace(/^.*\s(?=\S+ *$)/gm, "");
  // In a table of Markdown bars stand around each number.
  if (/^\s*\|/.test(text)) text = text.replace(/^ *\||\| *$/gm, "").replace(/\|/g, "\t");
  if (areDecimal(text)) text = text.replace(/,/g, ".");
  // A column of decimals, or pairs of whole numbers, and those are mostly of 0 and 1.
  if (/^\s*(?:[+-]?\d+,\d+\s*\n\s*)+[+-]?\d+,\d+\s*$/.test(text) && /,(?![01]\b)/.test(text))
    throw unclearCommas(1);
  const numbers = new Numbers();
  /** @type {{ line: number, words: string[] }[]} */
  const lines = text
    .split("\n")
    .flatMap((line, k) => split(line, k + 1).map((words) => ({ line: k + 1, words })))
    .filter(({ words }) => words.length > 0);
  if (!lines.length) throw new Unreadable("There are no numbers here yet.");
  const isNumber = (/** @type {string} */ word) => scalar(word) !== undefined;
  const [head, ...others] = lines;
  const { length } = head.words;
  // The name of what the rows are called may have a line of its own.
  if (others.length > 1 && others[0].words.length === 1 && !isNumber(others[0].words[0]))
    lines.splice(1, others.shift() ? 1 : 0);
  const names = others.map(({ words: [name] }) => name);
  // pandas numbers rows, and columns without names.
  const isCounted = (/** @type {string[]} */ words) => words.every((word, k) => word === `${k}`);
  const isHead =
    others.every(({ words }) => words.length > length) && [head.words, names].every(isCounted);
  const isCalled = /^(?:""|id|index|)$/i.test(head.words[0]) || !names.some(isNumber);
  /** What stands in a row behind its name. @param {string[]} words */
  const own = (words) =>
    words.slice(words.length > length ? -length : Number(isCalled && length > 1));
  if (
    others.length &&
    (isHead || !head.words.some(isNumber)) &&
    // A name may be of several words, but not of several numbers.
    others.every(({ words }) => !words.slice(1, -length).some(isNumber)) &&
    own(others[0].words).every(isNumber)
  ) {
    lines.shift();
    for (const row of others) row.words = own(row.words);
  }
  for (const { line, words } of lines) {
    for (const [k, word] of words.entries()) {
      const number = scalar(word);
      if (!number)
        throw new Unreadable(
          `Line ${line}, number ${k + 1}: ${word ? `${quoted(word)} can’t be read as a number` : "nothing stands between two separators"}.`,
        );
      numbers.add(number);
    }
    const [first] = lines;
    if (words.length !== first.words.length)
      throw new Unreadable(
        `Line ${line} has ${counted(words.length)}, and line ${first.line} has ${first.words.length}: each row needs as many.`,
      );
  }
  const [height, width] = [lines.length, lines[0].words.length];
  if (type) return numbers.tensor([height], dtypeOf(type, "The last line"));
  return numbers.tensor(
    height === 1 ? (width === 1 ? [] : [width]) : width === 1 ? [height] : [height, width],
  );
}

/**
 * The words of a line, in one row or, parted by semicolons as in MATLAB, in several.
 * @param {string} line @param {number} at its number @returns {string[][]}
 */
function split(line, at) {
  const pieces = line.split(";").map((piece) => piece.trim());
  if (pieces.length > 1) {
    const filled = pieces.filter((piece) => piece);
    if (filled.some((piece) => /^[+-]?\d+,\d+$/.test(piece))) throw unclearCommas(at);
    return filled.some((piece) => /[\s,]/.test(piece))
      ? filled.map(words)
      : [pieces[pieces.length - 1] ? pieces : pieces.slice(0, -1)];
  }
  // "1,5 2,5": a space alone parts numbers, and a comma stands inside what it parts.
  if (/\d,\d/.test(line) && /\d[ \t]+[-+−]?[\d.]/.test(line)) throw unclearCommas(at);
  return [words(line)];
}

/**
 * Whether commas are decimal marks: where semicolons or tabs part numbers, and MATLAB would have no such rows.
 * @param {string} text
 */
function areDecimal(text) {
  const fields = text.split(/[;\t\n]/).map((field) => field.trim());
  const marked = fields.filter((field) => /^[+-]?\d.*,/.test(field));
  return (
    marked.every((field) => /^\S\d*,\d+(?:e[+-]?\d+)?$/i.test(field)) &&
    // 1,234 may be a thousand.
    !marked.every((field) => /^\D?[1-9]\d{0,2},\d{3}$/.test(field)) &&
    // A field without a comma, a number such as -0 or 05, rows on several lines.
    (/\t|(?:^|;) *[^\s,;]+ *(?:;|$)|-0,|,0\d/m.test(text) ||
      (text.match(/\d *;.*\d/g) ?? []).length > 1)
  );
}

/** @param {number} at a line's number */
const unclearCommas = (at) =>
  new Unreadable(
    `Line ${at}: the commas may be decimal marks or part two numbers. Write decimals with a point, or a space behind each comma.`,
  );

/** @param {string} row @returns {string[]} */
function words(row) {
  if (!row.trim()) return [];
  if (!/[,\t]/.test(row)) return row.trim().split(/\s+/);
  const fields = row.replace(/,\s*$/, "").split(row.includes(",") ? "," : "\t");
  // Numbers may be parted by both, but the spaces in a column's name part nothing.
  return fields
    .map((field) => field.trim())
    .flatMap((field) => (/^["'A-Za-z]/.test(field) ? [field] : field.split(/\s+/)));
}
