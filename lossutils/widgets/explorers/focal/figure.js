/** Above, the q that the focal loss rewards most over the true p; below, the expected loss over q. */

import {
  explorer,
  line,
  number,
  p as inP,
  own,
  probability,
  q as inQ,
  quantity,
  scaleLinear,
} from "../../js/index.js";
import { best, expected, undone } from "./math.js";

const GRID = Array.from({ length: 199 }, (_, k) => (k + 1) / 200);
const UPPER = { top: 26, right: 14, bottom: 240, left: 34 };
const LOWER = { top: 254, right: 14, bottom: 40, left: 34 };

export default explorer({
  name: "focal",

  state: ({ p, gamma }) => {
    const found = best(p, gamma);
    return {
      p,
      gamma,
      best: found,
      least: expected(found, p, gamma),
      honest: expected(p, p, gamma),
    };
  },

  draw: (plot) => {
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const x = scaleLinear([0, 1], [0, 1]);
    const y = scaleLinear([0, 1], [1, 0]);
    const nats = scaleLinear([0, 1], [1, 0]);
    const straight = plot.mark("line", "guide");
    const key = plot.text("axis-title", { words: "dashed: q = p" });
    const leastName = plot.text("label small label-q", { words: "least", anchor: "middle" });
    const drop = plot.mark("line", "guide");
    const over = plot.mark("line", "guide");
    const curve = plot.mark("path", "line line-q");
    const loss = plot.mark("path", "line line-neutral");
    const honestLine = plot.mark("line", "guide");
    const honestName = plot.sideLabel("label small label-p");
    const honestDot = plot.dot("p", 6);
    const bestDot = plot.dot("q", 7);
    const moveDot = plot.dragDot({ x, name: "p" });
    const name = plot.sideLabel("label label-q");

    return (state, size) => {
      plot.span(size, UPPER, x, y);
      const below = plot.span(size, LOWER, x, nats);
      const { p, gamma } = state;
      if (plot.changed(size, p, gamma)) {
        const ticks = [0, 0.5, 1];
        const bend = `best q, γ = ${number(gamma, 1)}`;
        drawUpper(x, y, { x: "true p", y: bend, ticksX: ticks, ticksY: ticks });
        plot.put(key, x(0), y(0) + 34);
        plot.segment(straight, [x(0), y(0)], [x(1), y(1)]);
        // For each q the p that leads to it.
        const bent = [[0, 0], ...GRID.map((q) => [undone(q, gamma), q]), [1, 1]];
        curve.attr("d", line(bent.map(([from, to]) => [x(from), y(to)])));
        // High enough for the honest model's loss, and for where q is 0.5.
        nats.domain([0, 1.6 * Math.max(state.honest, expected(0.5, p, gamma))]).nice(3);
        const cost = `expected loss where p = ${probability(p)}, nats`;
        drawLower(x, nats, { x: "q", y: cost, ticksX: ticks, ticksY: 3 });
        const highest = nats.domain()[1];
        const places = GRID.map((at) => [at, expected(at, p, gamma)]);
        loss.attr(
          "d",
          line(
            places.filter(([, cost]) => cost <= highest).map(([at, cost]) => [x(at), nats(cost)]),
          ),
        );
      }
      plot.upright(drop, x(p), [y(state.best), y(0)]);
      plot.level(over, [x(0), x(p)], y(state.best));
      moveDot(p, x(p), y(state.best));
      name(x(p), y(state.best) + (p > 0.5 ? -12 : 20), `q = ${number(state.best, 3)}`, p > 0.5, 12);
      plot.upright(honestLine, x(p), below.y);
      honestName(x(p), below.y[1] + 4, "q = p", p > 0.5, 5);
      honestDot(x(p), nats(state.honest));
      bestDot(x(state.best), nats(state.least));
      plot.put(leastName, x(state.best), nats(state.least) - 12);
    };
  },

  alternative: ({ p, gamma, best, least, honest }) =>
    `Two pictures: the q of least expected focal loss over the true p, ${gamma > 0 ? "a curve that bends away from the diagonal towards a half" : "which is the diagonal"}, and the expected loss over q, a valley. ` +
    `For γ = ${number(gamma, 1)} and the true probability ${probability(p)} the least loss, ${number(least, 4)} nats, is at q = ${number(best, 3)}; ` +
    `the honest q costs ${number(honest, 4)}.`,

  formula: ({ p, gamma, best, least }) => {
    const power = `<sup>${own(number(gamma, 1), "gamma")}</sup>`;
    const [say, rest] = [inQ(number(best, 3)), inQ(number(1 - best, 3))];
    return (
      `${inP(probability(p), "p")}·${rest}${power}·(−log ${say}) + (1 − ${inP(probability(p))})·${say}${power}·(−log ${rest}) ` +
      `= <strong>${number(least, 3)}</strong>`
    );
  },

  quantities: {
    best: quantity(`best ${inQ("q")}`, (s) => s.best),
    least: quantity("least loss", (s) => s.least, 4),
    honest: quantity(`loss of ${inQ("q")} = ${inP("p")}`, (s) => s.honest, 4),
  },
});
