/** A joint table as areas of a square, and its entropies as bars end to end. */

import {
  barGrips,
  corners,
  explorer,
  information,
  probability,
  scaleLinear,
  short,
} from "../../js/index.js";
import { parts } from "./math.js";

const SIDE = 128; // the square's
const LEFT = 34;
const TOP = 44;
const FOOT = TOP + SIDE;
const TRACK = TOP - 20; // where the dot is that moves the share of rain
const TABLE = LEFT + SIDE + 18; // where the table begins
const COLUMNS = [TABLE + 74, TABLE + 118]; // where its columns end
const ROWS = [TOP + 20, TOP + 44, TOP + 76];
const BARS = FOOT + 66;
const STEP = 28;
const HEIGHT = 18;
const NAMES = 124; // the room for the bars' names
const MOST = 2 * Math.log(2); // of two yes-or-no answers

/** @typedef {ReturnType<typeof parts>} Parts */

/** The bars: in which row, of which kind, from where to where, in nats. */
const BARS_OF = [
  { row: 0, kind: "shared", ends: (/** @type {Parts} */ s) => [0, s.both] },
  { row: 1, kind: "bar-p", ends: (/** @type {Parts} */ s) => [0, s.x] },
  { row: 1, kind: "of-y", ends: (/** @type {Parts} */ s) => [s.x, s.both] },
  { row: 2, kind: "bar-p", ends: (/** @type {Parts} */ s) => [0, s.xGivenY] },
  { row: 2, kind: "of-y", ends: (/** @type {Parts} */ s) => [s.xGivenY, s.both] },
  { row: 3, kind: "shared", ends: (/** @type {Parts} */ s) => [s.xGivenY, s.x] },
];
const BAR_NAMES = ["H(X, Y)", "H(X) + H(Y | X)", "H(X | Y) + H(Y)", "I(X; Y)"];

export default explorer({
  name: "joint-table",
  unit: "nats",

  state: ({ rain, if_rain: ifRain, if_dry: ifDry }) => ({
    rain,
    ifRain,
    ifDry,
    ...parts(rain, ifRain, ifDry),
  }),

  draw: (plot) => {
    const drawAxes = plot.axes();
    const x = scaleLinear([0, 1], [LEFT, LEFT + SIDE]);
    const y = scaleLinear([0, 1], [FOOT, TOP]);
    const nats = scaleLinear([0, MOST], [0, 1]).clamp(true);
    const columns = [
      { name: "if_rain", label: "umbrella if rain", value: 0, from: 0, to: 0 },
      { name: "if_dry", label: "umbrella if dry", value: 0, from: 0, to: 0 },
    ];
    const areas = plot.marks("polygon", columns, "bar-p");
    plot.mark("polygon", "square").attr("points", corners(LEFT, TOP, SIDE, SIDE));
    const divider = plot.mark("line", "mark");
    const words = plot.group();
    plot.put(plot.text("axis-title", { parent: words }), LEFT, FOOT + 18, "rain");
    plot.put(plot.text("axis-title", { parent: words }), LEFT + SIDE, FOOT + 18, "dry", "end");

    const { body, grips, place } = barGrips((tag) => plot.marks(tag, columns, ""));
    plot.handles(grips, {
      body,
      label: ({ label }) => label,
      value: ({ value }) => value,
      text: probability,
      at: (_, [, py]) => y.invert(py),
      set: (datum, value) => plot.assign({ [datum.name]: (datum.value = value) }),
    });
    const moveDot = plot.dragDot({
      x,
      name: "rain",
      label: "P(rain), the share of rainy days",
      kind: "p",
    });

    const cells = plot.group();
    const heads = plot.marks("text", ["umbrella", "none"], "axis-title", cells);
    plot.put(heads, (_, k) => COLUMNS[k], TOP - 2, String, "end");
    const sides = plot.marks("text", ["rain", "dry", "sum"], "axis-title", cells);
    plot.put(sides, TABLE, (_, k) => ROWS[k], String);
    plot.level(plot.mark("line", "zero", cells), [TABLE, COLUMNS[1]], ROWS[1] + 12);
    const entries = ROWS.flatMap((py, row) =>
      COLUMNS.map((px, column) => ({ px, py, row, column })),
    );
    const numbers = plot
      .marks("text", entries, ({ row }) => (row < 2 ? "small label-p" : "small"), cells)
      .attr("x", ({ px }) => px)
      .attr("y", ({ py }) => py)
      .attr("text-anchor", "end");

    const stack = plot.group();
    const bars = plot.marks("polygon", BARS_OF, ({ kind }) => kind, stack);
    const names = plot.marks("text", BAR_NAMES, "small", stack);
    plot.put(names, 2, (_, k) => BARS + k * STEP + 13, String);
    const joints = [0, 1].map(() => plot.mark("line", "guide", stack));
    const meant = "X: rain or dry; Y: umbrella or none";
    plot.put(plot.text("axis-title", { parent: stack }), 2, BARS - 11, meant);
    const title = plot.put(plot.text("axis-title", { parent: stack }), 2, BARS - 26);
    const share = plot.text("small label-p", { parent: stack });

    return (state, size, unit) => {
      nats.range([NAMES, Math.max(NAMES + 1, size.width - 10)]);
      drawAxes(x, y, {
        y: "share with umbrella; drag ▬",
        ticksX: [],
        ticksY: [0, 0.5, 1],
        lift: 34,
      });
      const split = x(state.rain);
      Object.assign(columns[0], { value: state.ifRain, from: LEFT, to: split });
      Object.assign(columns[1], { value: state.ifDry, from: split, to: LEFT + SIDE });
      areas.attr("points", ({ value, from, to }) =>
        corners(from, y(value), to - from, y(0) - y(value)),
      );
      plot.upright(divider, split, [TRACK, FOOT]);
      // A column may be too narrow for a finger: its grip then stays inside the square.
      place(({ value, from, to }) => {
        const width = Math.max(28, to - from);
        const left = Math.min(Math.max((from + to - width) / 2, LEFT), LEFT + SIDE - width);
        return { x: left, y: y(value), width, floor: FOOT };
      });
      moveDot(state.rain, split, TRACK);
      plot.put(share, split + 14, TRACK + 4, `P(rain) = ${short(probability(state.rain))}`);
      title.text(`entropy H, mutual information I, in ${unit}`);
      const rows = [...state.joint, state.ofY];
      numbers.text(({ row, column }) => short(probability(rows[row][column])));
      bars.attr("points", ({ row, ends }) => {
        const [from, to] = ends(state).map(nats);
        return corners(from, BARS + row * STEP, Math.max(0, to - from), HEIGHT);
      });
      for (const [k, end] of [state.xGivenY, state.x].entries())
        plot.upright(joints[k], nats(end), [BARS + STEP - 4, BARS + 3 * STEP + HEIGHT + 4]);
    };
  },

  alternative: ({ joint, both, x, y, shared }, unit) =>
    `A square cut into four areas: rain with umbrella ${probability(joint[0][0])}, rain without ${probability(joint[0][1])}, ` +
    `dry with umbrella ${probability(joint[1][0])}, dry without ${probability(joint[1][1])}. Below, bars: ` +
    `H(X, Y) is ${unit.written(both)}, H(X) ${unit.written(x)}, H(Y) ${unit.written(y)}, and they overlap by I(X; Y), ${unit.written(shared)}.`,

  formula: ({ y, yGivenX, shared }, unit) =>
    `I(X; Y) = H(Y) − H(Y | X) = ${unit.number(y, 3)} − ${unit.number(yGivenX, 3)} = <strong>${unit.number(shared, 3)}</strong> ${unit}`,

  chief: "mutual_information",
  quantities: {
    entropy_x: information("nats", "H(X)", (s) => s.x),
    entropy_y: information("nats", "H(Y)", (s) => s.y),
    joint_entropy: information("nats", "H(X, Y)", (s) => s.both),
    y_given_x: information("nats", "H(Y | X)", (s) => s.yGivenX),
    x_given_y: information("nats", "H(X | Y)", (s) => s.xGivenY),
    mutual_information: information("nats", "I(X; Y)", (s) => s.shared),
  },
});
