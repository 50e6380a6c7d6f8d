/** What a loss of so many classes can mean: the numbers it may stand at, and which it is near. */

const FLOORS = ["twice", "sigmoid twice", "smoothing"];

/** What Python declares. @typedef {{ alpha: number, rounding: number, near: number, above_floor: number, almost_zero: number,
 *    most_classes: number }} Constants */
/** @typedef {[name: string, at: number]} Reading  and the loss that it is about */

/** The numbers that a loss may stand at, by the name of the reading.
 * @param {number} classes @param {number} alpha @returns {Record<string, number>} */
export function landmarks(classes, alpha) {
  const wrong = alpha / classes;
  const right = 1 - alpha + wrong;
  return {
    [classes === 2 ? "fair" : "uniform"]: Math.log(classes),
    bits: Math.log2(classes),
    digits: Math.log10(classes),
    twice: Math.log1p((classes - 1) / Math.E),
    "sigmoid twice": (Math.log1p(1 / Math.E) + Math.log(2)) / 2,
    smoothing: -right * Math.log(right) - (classes - 1) * wrong * Math.log(wrong),
    ...(classes === 2 ? {} : { coin: Math.log(2) }),
  };
}

/** The readings of a loss, nearest first. @param {number} loss @param {number} classes @param {Constants} constants
 * @returns {Reading[]} */
export function readings(loss, classes, constants) {
  const { alpha, rounding, near: share, above_floor: above, almost_zero: zero } = constants;
  if (Number.isNaN(loss)) return [["nan", NaN]];
  if (loss < 0) return [["negative", 0]];
  if (loss === Infinity) return [["infinite", Infinity]];
  const marks = landmarks(classes, alpha);
  const uniform = Math.log(classes);
  const near = Object.entries(marks).filter(([name, at]) =>
    FLOORS.includes(name)
      ? loss - at >= -rounding && loss - at <= above * at
      : Math.abs(loss - at) <= Math.max(share * at, rounding),
  );
  const samples = Math.round(loss / uniform);
  if (samples > 1 && Math.abs(loss - samples * uniform) <= 2 * rounding)
    near.push(["sum", samples * uniform]);
  near.sort(([, a], [, b]) => Math.abs(loss - a) - Math.abs(loss - b));
  if (loss <= zero) near.push(["zero", 0]);
  else if (loss > uniform * (1 + share)) near.push(["above", uniform]);
  else if (loss < uniform * (1 - share)) near.push(["below", uniform]);
  near.push(["perplexity", loss]);
  if (loss < marks.twice - rounding) near.push(["not twice", marks.twice]);
  return near;
}

/** The perplexity as it is written; one that no reader can picture is cut off.
 * @param {number} loss @param {number} most */
function choices(loss, most) {
  if (loss > Math.log(most)) return String(most);
  const perplexity = Math.exp(loss);
  return perplexity.toFixed(perplexity < 10 ? 2 : perplexity < 1000 ? 1 : 0);
}

/** What a reading says, with its numbers in place. @param {string} text @param {number} at @param {number} loss @param {number} classes
 * @param {Constants} constants */
export function filled(text, at, loss, classes, { alpha, most_classes: most }) {
  /** @type {Record<string, string>} */
  const numbers = {
    at: at.toFixed(3),
    classes: String(classes),
    alpha: String(alpha),
    samples: (at / Math.log(classes)).toFixed(0),
    choices: choices(loss, most),
  };
  return text.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);
}

/** The loss that a reader types or pastes, as in 2.31, −0.3, nan, inf, or tensor(2.3104, …); undefined if it is none.
 * @param {string} text @returns {number | undefined} */
export function parsedLoss(text) {
  const [, inside = text] = /^\s*tensor\(([^,)]*)/.exec(text) ?? [];
  const plain = inside
    .trim()
    .toLowerCase()
    .replace("−", "-")
    .replace(/^([-+]?\d+),(\d+)$/, "$1.$2");
  if (/^[-+]?nan$/.test(plain)) return NaN;
  const [, sign] = /^([-+]?)(?:inf|infinity|∞)$/.exec(plain) ?? [];
  if (sign !== undefined) return sign === "-" ? -Infinity : Infinity;
  const value = Number(plain);
  return plain === "" || Number.isNaN(value) ? undefined : value;
}

/** How many classes a reader types; undefined if it is no number of classes. @param {string} text @param {Constants} constants */
export function parsedClasses(text, { most_classes: most }) {
  const value = Number(text.replace(/[\s,]/g, "") || NaN);
  return Number.isInteger(value) && value >= 2 && value <= most ? value : undefined;
}
