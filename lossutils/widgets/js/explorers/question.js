/** A question to answer before reading on: no reply until the reader has committed to a choice. */

import { coloured } from "../figure/format.js";

/** @typedef {import("../figure/figure.js").Explorer} Explorer */

let count = 0;

/** @type {Explorer} */
export default {
  name: "question",
  render({ model, el, signal = new AbortController().signal }) {
    const name = `question-${++count}`;
    const choices = /** @type {string[]} */ (model.get("choices"));
    el.classList.add("explorer-figure", "explorer-figure-question");
    el.innerHTML = `
      <fieldset class="question">
        <legend>${coloured(model.get("prompt"))}</legend>
        ${choices
          .map((text, k) => `<label><input type="radio" name="${name}" value="${k}"> <span>${coloured(text)}</span></label>`)
          .join("")}
        <button type="button">Check my answer</button>
        <output class="question-reply" data-quantity="chosen" data-value="-1"></output>
      </fieldset>`;
    const inputs = [...el.querySelectorAll("input")];
    const button = /** @type {HTMLButtonElement} */ (el.querySelector("button"));
    const reply = /** @type {HTMLOutputElement} */ (el.querySelector("output"));

    const selected = () => inputs.findIndex((input) => input.checked);
    const show = () => {
      const chosen = /** @type {number} */ (model.get("chosen"));
      button.disabled = selected() < 0;
      reply.dataset.value = String(chosen);
      for (const [k, input] of inputs.entries()) input.parentElement?.classList.toggle("committed", k === chosen);
      if (chosen < 0) return reply.replaceChildren();
      const right = chosen === model.get("answer");
      reply.classList.toggle("right", right);
      const verdict = right ? "✓ Yes." : "✗ Not quite.";
      // A reply that begins with yes itself says it once.
      const text = /** @type {string} */ (model.get("replies")[chosen]).replace(/^Yes\.\s+/, "");
      reply.innerHTML = `<strong>${verdict}</strong> ${coloured(text)}${right ? "" : " <em>Try another.</em>"}`;
    };
    for (const input of inputs) {
      input.addEventListener("change", () => void (button.disabled = false), { signal });
      // The notebook has its own use for the arrow keys.
      input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    }
    button.addEventListener(
      "click",
      () => {
        model.set("chosen", selected());
        model.save_changes();
      },
      { signal },
    );
    const follow = () => {
      const input = inputs[/** @type {number} */ (model.get("chosen"))];
      if (input) input.checked = true;
      show();
    };
    model.on("change:chosen", follow);
    signal.addEventListener("abort", () => model.off("change:chosen", follow));
    follow();
  },
};
