/** -log softmax as a computer computes it: every operation rounded to the dtype. */

/** @typedef {(x: number) => number} Round */
/** @typedef {{ loss: number, gradient: number, powers: number[], total: number }} Outcome
 *    gradient is that in the larger logit */
/** @typedef {{ min: number, max: number }} Limits of the larger logit */

const view = new DataView(new ArrayBuffer(8));

/** The power of two below |x|; for a subnormal x, one that is low enough.
 * @param {number} x */
function exponent(x) {
  view.setFloat64(0, x);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}

// Adding this leaves no room for a fraction, which rounds the other summand, halves to even.
const WHOLE = 1.5 * 2 ** 52;

/** A function that rounds to `digits` binary digits, from 2^least to most; below, to fewer.
 * @param {number} digits @param {number} least @param {number} most @returns {Round} */
const rounding = (digits, least, most) => (x) => {
  if (x === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.max(exponent(x), least) - digits + 1);
  const rounded = (x / unit + WHOLE - WHOLE) * unit;
  return Math.abs(rounded) > most ? Math.sign(x) * Infinity : rounded;
};

/** @type {{ name: string, round: Round }[]} */
export const DTYPES = [
  { name: "float64", round: (x) => x },
  { name: "float32", round: Math.fround },
  { name: "bfloat16", round: rounding(8, -126, 2 ** 128 - 2 ** 120) },
  { name: "float16", round: rounding(11, -14, 65504) },
];

/** -log(e^z_y / sum e^z) by the plain formula, and backwards through each of its operations.
 * @param {number} size @param {number} target @param {Round} round @returns {Outcome} */
export function naive(size, target, round) {
  const powers = [1, round(Math.exp(round(size)))];
  const total = round(powers[0] + powers[1]);
  const q = round(powers[target] / total);
  const slopeQ = round(-1 / q);
  // Of e_y / total along total, then along the larger logit's power too where that is e_y.
  const slopeTotal = round(-slopeQ * round(q / total));
  const slope = target === 1 ? round(round(slopeQ / total) + slopeTotal) : slopeTotal;
  return { loss: 0 - round(Math.log(q)), gradient: round(slope * powers[1]), powers, total };
}

/** The same with the largest logit subtracted first: log softmax, and softmax minus one-hot.
 * @param {number} size @param {number} target @param {Round} round @returns {Outcome} */
export function stable(size, target, round) {
  const largest = round(size);
  const shifted = [round(0 - largest), 0];
  const powers = shifted.map((z) => round(Math.exp(z)));
  const total = round(powers[0] + powers[1]);
  const logTotal = round(Math.log(total));
  const logs = shifted.map((z) => round(z - logTotal));
  const gradient = round(round(Math.exp(logs[1])) - target);
  return { loss: 0 - logs[target], gradient, powers, total };
}

/** The size from which the naive form gives infinity or NaN.
 * @param {number} target @param {Round} round @param {Limits} limits */
export function breaks(target, round, { min: low, max: high }) {
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (Number.isFinite(naive(middle, target, round).loss)) low = middle;
    else high = middle;
  }
  return high;
}
