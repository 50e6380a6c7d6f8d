/** Reads the number that is typed, and says what it is: right, nearly right, a known slip, or wrong. */

/** What Python declares. @typedef {{ answer: string, decimals: number, unit: string, slips: [string, string][] }} Asked */
/** @typedef {{ value: number, decimals: number }} Read  a number and how many decimals were typed; of a fraction all */
/** @typedef {"unreadable" | "right" | "slip" | "short" | "close" | "wrong"} Verdict */

/** How many nats each unit has. @type {Record<string, number>} */
const NATS = { nats: 1, bits: Math.LN2 };

const PLAIN = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/;

/** @param {string} text */
function plain(text) {
  if (!PLAIN.test(text)) return undefined;
  const [mantissa, power = "0"] = text.split("e");
  const decimals = (mantissa.split(".")[1]?.length ?? 0) - Number(power);
  return { value: Number(text), decimals };
}

/** @param {string} text @returns {Read | undefined} */
function number(text) {
  const sign = /^[-+]?(?=(?:inf|infinity|infinite|∞)$)/.exec(text);
  if (sign) return { value: sign[0] === "-" ? -Infinity : Infinity, decimals: Infinity };
  const [, above, below] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (below === undefined) return plain(text);
  const value = (plain(above)?.value ?? NaN) / (plain(below)?.value ?? NaN);
  return Number.isFinite(value) ? { value, decimals: Infinity } : undefined;
}

/** What a reader may have meant, as in 0.25, −1,5, 3/8, ½, 37.5 %, 1e-3, 2 nats or 1 bit; a single comma may be a decimal mark
 * or one of thousands. Bits where nats are asked for are turned into nats, and the other way round.
 * @param {string} text @param {string} unit @returns {Read[]} */
export function parsed(text, unit) {
  let bare = text
    .toLowerCase()
    .replace(/\s/g, "")
    .replace(/[−–]/g, "-")
    .replace(/^[=≈~]/, "")
    .replace(/^([-+]?)([¼-¾⅓-⅞])/, (_, sign, part) => sign + part.normalize("NFKC"))
    .replace("⁄", "/");
  const tail = unit.toLowerCase().replace(/\s/g, "");
  const [said = "", one = ""] = /(nat|bit)s?$/.exec(bare) ?? [];
  let factor = 1;
  let more = 0;
  if (unit in NATS && said) {
    bare = bare.slice(0, -said.length);
    factor = NATS[`${one}s`] / NATS[unit];
  } else if (tail && bare.endsWith(tail)) bare = bare.slice(0, -tail.length);
  else if (bare.endsWith("%")) {
    bare = bare.slice(0, -1);
    factor = 0.01;
    more = 2;
  }
  const texts = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(bare) ? [bare.replace(/,/g, "")] : [];
  if (/^[^,.]*,[^,.]*$/.test(bare)) texts.unshift(bare.replace(",", "."));
  if (!bare.includes(",")) texts.push(bare);
  return texts
    .map(number)
    .filter((read) => read !== undefined)
    .map(({ value, decimals }) => ({ value: value * factor, decimals: decimals + more }));
}

/** A number as Python writes it. @param {string} text */
const numberOf = (text) => number(text)?.value ?? NaN;

/** Whether a number is within so many units of a decimal place of another. A rounding error of the computer's is no difference.
 * @param {number} a @param {number} b @param {number} units @param {number} decimals */
const within = (a, b, units, decimals) =>
  a === b ||
  (Number.isFinite(b) && Math.abs(a - b) <= units * 10 ** -decimals + 1e-12 * Math.abs(b));

/** What is to be said to a text, and the reply to it if it is a known slip. @param {string} text @param {Asked} asked
 * @returns {[Verdict, string]} */
export function judged(text, { answer, decimals, unit, slips }) {
  const read = parsed(text, unit);
  const right = numberOf(answer);
  if (read.length === 0) return ["unreadable", ""];
  const has = (/** @type {(read: Read) => boolean} */ test) => read.some(test);
  if (has(({ value }) => within(value, right, 0.5, decimals))) return ["right", ""];
  if (has(({ value }) => within(value, right, 1, decimals))) return ["close", ""];
  for (const [wrong, reply] of slips)
    if (has(({ value }) => within(value, numberOf(wrong), 0.5, decimals))) return ["slip", reply];
  // Fewer decimals than asked for: as far as they go, are they those of the answer or of a slip?
  const short = (/** @type {number} */ other) =>
    has(
      ({ value, decimals: typed }) =>
        value !== 0 && typed > 0 && typed < decimals && within(value, other, 0.5, typed),
    );
  if (short(right)) return ["short", ""];
  for (const [wrong, reply] of slips) if (short(numberOf(wrong))) return ["slip", reply];
  return ["wrong", ""];
}

/** The answer as it is written. @param {Asked} asked */
export function written({ answer, decimals, unit }) {
  const value = numberOf(answer);
  const digits = Number.isFinite(value) ? Math.abs(value).toFixed(decimals) : "∞";
  return `${value < 0 ? "−" : ""}${digits}${unit && ` ${unit}`}`;
}
