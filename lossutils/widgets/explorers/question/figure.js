/** A question to answer before reading on: it replies only once the reader has picked an answer. */

import { coloured, listen } from "../../js/index.js";

let count = 0;

/** A list of texts that this tab remembers, if the browser allows it.
 * @param {string} key */
const remembered = (key) => ({
  /** @returns {string[]} */
  get() {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? "[]");
    } catch {
      return [];
    }
  },
  /** @param {string[]} texts */
  set(texts) {
    try {
      sessionStorage.setItem(key, JSON.stringify(texts));
    } catch {
      // Without storage each visit starts afresh.
    }
  },
});

/** In another order each time, so that nobody remembers where the right choice stood.
 * @template T @param {T[]} items */
const shuffled = (items) =>
  items
    .map((item) => /** @type {[number, T]} */ ([Math.random(), item]))
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

/** @type {import("../../js/index.js").Explorer} */
export default {
  name: "question",
  render({ model, el, signal = new AbortController().signal }) {
    const name = `question-${++count}`;
    const choices = /** @type {string[]} */ (model.get("choices"));
    const answer = /** @type {number} */ (model.get("answer"));
    el.classList.add("explorer-figure", "explorer-figure-question");
    el.innerHTML = `
      <fieldset class="question">
        <legend>${coloured(model.get("prompt"))}</legend>
        ${shuffled([...choices.keys()])
          .map(
            (k) =>
              `<label><input type="radio" name="${name}" value="${k}"> <span>${coloured(choices[k])}</span><span class="question-mark"></span></label>`,
          )
          .join("")}
        <button type="button">Check my answer</button>
        <output class="explorer-reply question-reply" data-quantity="chosen" data-value="-1"></output>
      </fieldset>`;
    /** By their choices, in the order in which these were declared. */
    const inputs = choices.map(
      (_, k) => /** @type {HTMLInputElement} */ (el.querySelector(`[value="${k}"]`)),
    );
    const button = /** @type {HTMLButtonElement} */ (el.querySelector("button"));
    const reply = /** @type {HTMLOutputElement} */ (el.querySelector("output"));
    // In a notebook the kernel remembers; on the site a reloaded page would forget.
    const memory =
      "widget_manager" in /** @type {object} */ (model)
        ? undefined
        : remembered(`question: ${model.get("prompt")}`);
    /** What has been committed to so far. @type {Set<number>} */
    const tried = new Set();

    const selected = () => inputs.findIndex((input) => input.checked);
    const show = () => {
      const chosen = /** @type {number} */ (model.get("chosen"));
      // A verdict belongs to the choice it judged; beside another it would mislead.
      const standing = chosen >= 0 && selected() === chosen;
      button.disabled = selected() < 0;
      reply.dataset.value = String(standing ? chosen : -1);
      for (const [k, input] of inputs.entries()) {
        const mark = /** @type {HTMLElement} */ (input.parentElement?.lastElementChild);
        if (!tried.has(k) || mark.textContent) continue;
        const [sign, word] = k === answer ? ["✓", "right"] : ["✗", "wrong"];
        mark.classList.toggle("right", k === answer);
        mark.innerHTML = `${sign}<span class='visually-hidden'> ${word}</span>`;
      }
      if (!standing) return reply.replaceChildren();
      const right = chosen === answer;
      reply.classList.toggle("right", right);
      const verdict = right ? "✓ Right." : "✗ Not quite.";
      const text = coloured(model.get("replies")[chosen]);
      reply.innerHTML = `<strong>${verdict}</strong> ${text}${right ? "" : " <em>Try another.</em>"}`;
    };
    for (const input of inputs) {
      input.addEventListener("change", show, { signal });
      // Notebooks use the arrow keys themselves.
      input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    }
    const submit = () => {
      model.set("chosen", selected());
      model.save_changes();
      show();
    };
    button.addEventListener("click", submit, { signal });
    const follow = () => {
      const chosen = /** @type {number} */ (model.get("chosen"));
      const input = inputs[chosen];
      if (input) {
        input.checked = true;
        tried.delete(chosen);
        tried.add(chosen);
        memory?.set([...tried].map((k) => choices[k]));
      }
      show();
    };
    // The last of them was submitted last.
    for (const k of (memory?.get() ?? [])
      .map((text) => choices.indexOf(text))
      .filter((k) => k >= 0)) {
      tried.add(k);
      model.set("chosen", k);
    }
    listen({ model, signal }, "change:chosen", follow);
    follow();
  },
};
