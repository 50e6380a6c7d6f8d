/** What a screen reader says where a figure writes symbols. */

/** @type {Record<string, string>} */
const SIGNS = {
  α: "alpha",
  γ: "gamma",
  ε: "epsilon",
  μ: "mu",
  σ: "sigma",
  ℓ: "the loss",
  "½": "half of",
  "¼": "a quarter of",
  "∞": "infinity",
  "…": "more terms",
  "+": "plus",
  "−": "minus",
  "·": "times",
  "/": "over",
  "÷": "over",
  ">": "is more than",
  "≤": "is at most",
  "≥": "is at least",
  "→": "becomes",
  Σ: "the sum of",
  "′": "prime",
  "\u0302": "hat",
  "‖": "from",
  "|": "given",
  ",": "and",
  ";": "and",
};
const digits = (/** @type {string} */ raised) => raised.normalize("NFKC");
// A name with what marks it: q, p′, q*, p̂, z₁.
const NAME = "(\\p{L}[′*\u0302₀-₉]*)";

/** In this order: what later rules would take apart comes first. @type {[RegExp, string | ((...found: string[]) => string)][]} */
const RULES = [
  [/<sup>(.*?)<\/sup>/g, " to the $1"],
  [/(?<!^)<span class="sum">|<br>/g, "; "],
  [/<[^>]*>/g, ""],
  [/&gt;/g, ">"],
  [/\bNaN\b/g, "not a number"],
  [/(\d)e(−?\d)/g, "$1 times 10 to the $2"],
  [/(?<=\d) B\b/g, " bytes"],
  [/½ ?·/g, "½"],
  [/(\d)\/(\d[\d.]*)(?=·)/g, "$1 over $2,"],
  [/(?<=\d) ([≤≥>])/g, (_, sign) => `, ${SIGNS[sign].slice("is ".length)}`],
  // Nothing is lost without the brackets of a fraction before a pause, or of one number or name.
  [/\(([^\s()/·]+) ?[/÷] ?([^\s()/·]+)\)/g, "($1 over $2),"],
  [/(?<![⁰¹²³⁴-⁹⁻])(?<!10)²/g, " squared"],
  [/[⁰¹²³⁴-⁹⁻]+/g, (power) => ` to the ${digits(power)}`],
  [/∂(\S+?)\/∂(\S+)/g, "the derivative of $1 in $2"],
  [/\|(\S+) − (\S+)\|/g, "the gap between $1 and $2,"],
  [/ℓ\[([^\]]*)\]/g, "the loss at $1,"],
  [/\blog₂ ?/g, "log to base 2 of "],
  [/\blog ?(?=[\d(−σ]|[pq]\b|[A-Z]\b)/g, "log of "],
  [/\blog\[(.*?)\]/g, "log of ($1)"],
  [/σ(?=\()/g, "sigmoid"],
  [
    RegExp(`${NAME}\\(${NAME} ?([‖|,;]) ?${NAME}\\)`, "gu"),
    (_, name, a, by, b) => `${name} of ${a} ${SIGNS[by]} ${b}`,
  ],
  [/(?<=\p{L}[′*]?)\((−?[^\s()−+·/]+|[\p{L} ]+)\)/gu, " of $1"],
  [/\((−?[^\s()−+·/]*[^\s()−+·/,]|[^()]+ over [^()]+(?=\),))\)/g, "$1"],
  [/(?<=\p{L}[′*]?)\(/gu, " of ("],
  [/(?<=\p{L})\*/gu, " star"],
  [/[₀-₉]/g, (index) => ` ${digits(index)}`],
  [/[αγεμσℓ½¼∞…+−·/÷>≤≥→Σ′]|\u0302/g, (sign) => ` ${SIGNS[sign]} `],
];

/** A text with symbols, in words. Brackets stay, for a pause, and the equals sign, which all of them say.
 * @param {string} text or HTML */
export function aloud(text) {
  if (/^[\d.,]*$/.test(text)) return text; // most are numbers, and written in every frame
  let said = text;
  for (const [symbol, words] of RULES) said = said.replace(symbol, /** @type {string} */ (words));
  return said
    .replace(/\s+/g, " ")
    .replace(/(?<!,) (?=[,;.:)])|(?<=\() /g, "")
    .replace(/,(?=[,;.])|(?<=:);/g, "")
    .trim();
}

/** A formula in words, which name the brackets that it needs; all equals signs but the first of a line make a pause.
 * @param {string} html */
export const readFormula = (html) =>
  aloud(html.replace(/ \(([\p{L} ]+)\)/gu, ", $1"))
    .replace(/=/g, "equals")
    .split("; ")
    .map((line) =>
      line.replace(/(?<= (?:equals|becomes) .*)(?<!, \p{L}( \d)?) equals /gu, ", which is "),
    )
    .join("; ")
    .replace(/\(/g, "open bracket ")
    .replace(/\)/g, " close bracket")
    .replace(/,,/g, ",");
