/** A number to work out by hand: it is checked once typed, and nothing is told before a try. */

import { coloured } from "../../js/index.js";
import { judged, written } from "./math.js";

const WRONG_BEFORE_SHOWING = 2;

let count = 0;

/** @type {import("../../js/index.js").Explorer} */
export default {
  name: "by-hand",
  render({ model, el, signal = new AbortController().signal }) {
    const id = `by-hand-${++count}`;
    const asked = {
      answer: /** @type {string} */ (model.get("_answer")),
      decimals: /** @type {number} */ (model.get("decimals")),
      unit: /** @type {string} */ (model.get("unit")),
      slips: /** @type {[string, string][]} */ (model.get("_slips")),
    };
    const { decimals, unit } = asked;
    const places =
      decimals === 0 ? "a whole number" : decimals === 1 ? "one decimal" : `${decimals} decimals`;
    el.classList.add("explorer-figure", "explorer-figure-by-hand");
    el.innerHTML = `
      <form class="by-hand" novalidate>
        <label for="${id}">${coloured(model.get("prompt"))}</label>
        <p class="by-hand-line"><input id="${id}" size="9" aria-describedby="${id}-asked" autocomplete="off" autocapitalize="off" spellcheck="false"><span>${coloured(unit)}</span><button type="submit">Check</button></p>
        <p class="by-hand-asked" id="${id}-asked">To ${places}. A fraction such as 3/8 will do as well.</p>
        <output class="explorer-reply by-hand-reply" for="${id}"></output>
        <button type="button" hidden>Show the answer</button>
      </form>`;
    const find = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (el.querySelector(selector));
    const input = /** @type {HTMLInputElement} */ (find("input"));
    const [form, output, show] = [find("form"), find("output"), find("[type=button]")];
    /** The wrong numbers so far. @type {Set<string>} */
    const wrong = new Set();

    /** @param {string} verdict @param {string} mark @param {string} text */
    const say = (verdict, mark, text) => {
      input.setAttribute("aria-invalid", String(verdict === "unreadable"));
      output.dataset.verdict = verdict;
      output.innerHTML = `<strong>${mark}</strong> ${coloured(text)}`;
    };
    const check = () => {
      const [verdict, reply] = judged(input.value, asked);
      if (verdict === "right") {
        say(verdict, "✓ Right.", model.get("reply"));
        show.hidden = true;
        return;
      }
      if (verdict === "unreadable") {
        const empty = input.value.trim() === "";
        return say(
          verdict,
          empty ? "No number yet." : "That can’t be read as a number.",
          empty ? "Type one, then check it." : "Write it as in 0.25, −1.5, 3/8 or 2e-3.",
        );
      }
      const near = {
        slip: reply,
        short: `Right as far as it goes, but ${places} are asked for.`,
        close: "Very near. Look at the last decimal: did you round only at the end?",
        wrong: "Go through it step by step, and try again.",
      }[verdict];
      say(verdict, verdict === "slip" || verdict === "wrong" ? "✗ Not quite." : "Almost.", near);
      wrong.add(input.value.trim());
      show.hidden = wrong.size < WRONG_BEFORE_SHOWING;
    };
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        check();
      },
      { signal },
    );
    show.addEventListener(
      "click",
      () => {
        say("shown", `It is ${written(asked)}.`, model.get("reply"));
        show.hidden = true;
        input.focus();
      },
      { signal },
    );
    // Notebooks have keys of their own.
    input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  },
};
