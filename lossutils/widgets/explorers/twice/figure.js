/** Two runs on one clock: their losses above, and what they give the right class below. */

import {
  explorer,
  information,
  line,
  number,
  q as inQ,
  quantity,
  remember,
  scaleLinear,
} from "../../js/index.js";
import { leastLoss } from "../softmax/math.js";
import { descended } from "./math.js";

const UPPER = { top: 26, right: 14, bottom: 176, left: 34 };
const LOWER = { top: 196, right: 14, bottom: 40, left: 34 };
const HIGHEST = 2; // nats, of the axis
const FLOOR = leastLoss(3); // of three classes
const RUNS = /** @type {const} */ (["once", "twice"]);

const runs = remember((/** @type {number} */ lead, /** @type {number} */ steps) => ({
  once: descended(lead, false, steps),
  twice: descended(lead, true, steps),
}));

export default explorer({
  name: "twice",

  state: ({ lead, step }, model) => ({ step, ...runs(lead, model.get("_settings").step.max) }),

  draw: (plot, model) => {
    const last = model.get("_settings").step.max;
    const drawUpper = plot.axes();
    const drawLower = plot.axes();
    const x = scaleLinear([0, last], [0, 1]);
    const nats = scaleLinear([0, HIGHEST], [1, 0]).clamp(true);
    const share = scaleLinear([0, 1], [1, 0]);
    const group = plot.group();
    const floor = plot.mark("line", "guide", group);
    const guides = [plot.mark("line", "guide", group), plot.mark("line", "guide", group)];
    const floorName = plot.text("label small", { parent: group });
    const marks = RUNS.map((name) => ({
      name,
      loss: plot.mark("path", `line line-q line-${name}`, group),
      chance: plot.mark("path", `line line-q line-${name}`, group),
      label: plot.text("label label-q", { anchor: "end", parent: group }),
      moveLoss: plot.dot("q", 6, group),
      beyond: plot.text("label small label-q", { parent: group }),
      moveChance: plot.dot("q", 6, group),
    }));
    return (state, size) => {
      const { step } = state;
      const above = plot.span(size, UPPER, x, nats);
      drawUpper(x, nats, { y: "loss, nats", ticksX: [], ticksY: [0, 1, 2] });
      const below = plot.span(size, LOWER, x, share);
      drawLower(x, share, {
        x: "steps of gradient descent",
        y: "q of the right class",
        ticksX: [0, 50, 100, 150, 200],
        ticksY: [0, 0.5, 1],
      });
      plot.level(floor, above.x, nats(FLOOR));
      plot.put(floorName, x(last / 4), nats(FLOOR) + 14, `floor ${number(FLOOR, 3)}`);
      plot.upright(guides[0], x(step), above.y);
      plot.upright(guides[1], x(step), below.y);
      for (const { name, loss, chance, label, moveLoss, moveChance, beyond } of marks) {
        const run = state[name];
        const inside = run.loss
          .map((value, k) => [x(k), nats(value)])
          .filter((_place, k) => run.loss[k] <= HIGHEST);
        loss.attr("d", line(inside));
        chance.attr("d", line(run.q.map((value, k) => [x(k), share(value)])));
        plot.put(label, above.x[1], nats(run.loss[last]) - 7, `softmax ${name}`, "end");
        const high = run.loss[step] > HIGHEST;
        moveLoss(x(step), nats(run.loss[step])).classed("beyond", high);
        plot.put(
          beyond,
          x(step) + 11,
          nats(HIGHEST) + 4,
          high ? `${number(run.loss[step])} ↑` : "",
        );
        moveChance(x(step), share(run.q[step]));
      }
    };
  },

  alternative: ({ step, once, twice }) =>
    `Two runs from the same logits. Above, their losses over the steps: with softmax once the loss falls towards 0, with softmax twice it stays above the floor at ${number(FLOOR, 3)} nats. Below, what each gives the right class. ` +
    `At step ${step} the losses are ${number(once.loss[step], 3)} and ${number(twice.loss[step], 3)} nats, and the right class has ${number(once.q[step], 3)} and ${number(twice.q[step], 3)}.`,

  formula: ({ step, once, twice }) => {
    const lost = twice.loss[step];
    return (
      `once: ℓ = −log ${inQ(number(once.q[step], 3))} = ${number(once.loss[step], 3)} nats<br>` +
      `twice: ℓ = −log ${number(Math.exp(-lost), 3)} = <strong>${number(lost, 3)}</strong> nats, though ${inQ("q")} is ${inQ(number(twice.q[step], 3))}`
    );
  },

  quantities: {
    loss_once: information("nats", "loss, once", ({ once, step }) => once.loss[step]),
    loss_twice: information("nats", "loss, twice", ({ twice, step }) => twice.loss[step]),
    q_once: quantity(`${inQ("q")}, once`, ({ once, step }) => once.q[step]),
    q_twice: quantity(`${inQ("q")}, twice`, ({ twice, step }) => twice.q[step]),
    slope_once: quantity("slope, once", ({ once, step }) => once.slope[step], 4),
    slope_twice: quantity("slope, twice", ({ twice, step }) => twice.slope[step], 4),
  },
});
