/** Two bumps above; below, D(p‖q) and JS over the distance between them. */

import {
  explorer,
  information,
  inner,
  line,
  number,
  p as inP,
  q as inQ,
  scaleLinear,
} from "../../js/index.js";
import { apart } from "./math.js";

const UPPER = { top: 26, right: 12, bottom: 246, left: 34 };
const LOWER = { top: 166, right: 12, bottom: 40, left: 34 };
const HIGHEST = 2; // nats, of the axis: where KL leaves it
const KL = `D(${inP("p")}‖${inQ("q")})`;

export default explorer({
  name: "bumps",
  unit: "nats",

  state: ({ distance }, model) => apart(model.get("_constants").outcomes, distance),

  draw: (plot, model) => {
    const { min, max } = model.get("_settings").distance;
    /** @type {{ outcomes: number[] }} */
    const { outcomes } = model.get("_constants");
    const all = Array.from({ length: 121 }, (_, k) => apart(outcomes, (k / 120) * max));
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const x = scaleLinear([outcomes[0], outcomes[outcomes.length - 1]], [0, 1]);
    const y = scaleLinear([0, 0.12], [1, 0]);
    const d = scaleLinear([min, max], [0, 1]);
    const nats = scaleLinear([0, HIGHEST], [1, 0]);
    const areas = { p: plot.mark("path", "area-p"), q: plot.mark("path", "area-q") };
    const rims = { p: plot.mark("path", "line line-p"), q: plot.mark("path", "line line-q") };
    const names = { p: plot.text("label label-p"), q: plot.text("label label-q") };
    const bound = plot.mark("line", "guide");
    const guide = plot.mark("line", "guide");
    const kl = plot.mark("path", "line line-neutral");
    const js = plot.mark("path", "line line-neutral line-js");
    const nameKl = plot.text("label small");
    const nameJs = plot.text("label small", { anchor: "end" });
    const dotJs = plot.dot("neutral", 6);
    const labelKl = plot.sideLabel("label");
    const labelJs = plot.sideLabel("label");
    const moveDot = plot.dragDot({
      x: d,
      name: "distance",
      label: "distance between the bumps",
      text: (v) => number(v, 1),
    });
    return (state, size, unit) => {
      const { distance } = state;
      const above = plot.span(size, UPPER, x, y);
      const below = inner(size, LOWER);
      if (plot.changed(size, unit.name)) {
        d.range(below.x);
        nats.range(below.y);
        drawUpper(x, y, {
          x: "outcome x",
          y: "probability",
          ticksX: [-6, 0, 6, 12, 18],
          ticksY: [0, 0.1],
        });
        drawLower(d, unit.axis(nats), {
          x: "distance, in standard deviations",
          y: `divergence in ${unit}`,
          ticksX: [0, 2, 4, 6, 8, 10, 12],
          ticksY: unit.ticks([0, 0.5, 1, 1.5, 2]),
        });
        kl.attr(
          "d",
          line(all.filter((at) => at.kl <= HIGHEST).map((at) => [d(at.distance), nats(at.kl)])),
        );
        js.attr("d", line(all.map((at) => [d(at.distance), nats(at.js)])));
        plot.level(bound, below.x, nats(Math.LN2));
        plot.put(nameKl, d(2) + 14, nats(HIGHEST) + 12, "D(p‖q) leaves the picture", "start");
        plot.put(nameJs, below.x[1], nats(Math.LN2) - 8, `JS(p, q), never above ${unit.log} 2`);
      }
      for (const name of /** @type {const} */ (["p", "q"])) {
        const places = state[name].map((value, k) => [x(outcomes[k]), y(value)]);
        rims[name].attr("d", line(places));
        const [first, last] = [places[0][0], places[places.length - 1][0]];
        areas[name].attr("d", line([[first, y(0)], ...places, [last, y(0)]]));
      }
      // Where the bumps lie on each other, their names stand on either side.
      const aside = distance < 1.5 ? 12 : 0;
      plot.put(names.p, x(0) - aside, above.y[1] - 2, "p", "middle");
      plot.put(names.q, x(distance) + aside, above.y[1] - 2, "q", "middle");
      const px = d(distance);
      const beyond = state.kl > HIGHEST;
      plot.upright(guide, px, [nats(0), nats(beyond ? HIGHEST : Math.max(state.kl, state.js))]);
      moveDot(distance, px, nats(Math.min(HIGHEST, state.kl))).classed("beyond", beyond);
      dotJs(px, nats(state.js));
      const before = distance > max / 2;
      const text = `${unit.number(state.kl)}${beyond ? " ↑" : ""}`;
      const lower = Math.min(nats(state.js) + 20, nats(0) - 6);
      const upper = beyond ? nats(HIGHEST) + 30 : Math.min(nats(state.kl) - 6, lower - 18);
      labelKl(px, upper, text, before, 13);
      labelJs(px, lower, unit.number(state.js), before, 13);
    };
  },

  alternative: ({ distance, kl, js, klSlope, jsSlope }, unit) =>
    `Two bumps of the same shape, p on the left, q ${number(distance, 1)} standard deviations to its right. ` +
    `Below, two curves over the distance: D(p‖q) rises ever more steeply and leaves the picture, the Jensen–Shannon divergence levels off. ` +
    `Here D is ${unit.written(kl)}, with slope ${number(unit.of(klSlope), 3)}, and JS is ${unit.written(js)}, with slope ${number(unit.of(jsSlope), 3)}.`,

  formula: ({ distance, kl }, unit) => {
    const far = inQ(number(distance, 1), "distance");
    const scale = unit.swapped ? ` · ${unit.log} e` : "";
    return `${KL} = ½ · ${far}²${scale} = <strong>${unit.number(kl, 3)}</strong> ${unit}`;
  },

  quantities: {
    kl: information("nats", KL, (s) => s.kl),
    js: information("nats", `JS(${inP("p")}, ${inQ("q")})`, (s) => s.js),
    kl_slope: information("nats", "slope of D", (s) => s.klSlope),
    js_slope: information(
      "nats",
      "slope of JS",
      (s) => s.jsSlope,
      (v, _, unit) => unit.written(v, 4),
    ),
  },
});
