/** "My loss is 2.31 with 10 classes": what that can mean, and where the book explains it. */

import { listen } from "../../js/index.js";
import { filled, parsedClasses, parsedLoss, readings } from "./math.js";

/** What a visitor most likely comes with. */
const SEEN = ["2.31", "1.46", "nan", "inf", "-0.3"];
const ANNOUNCE_AFTER = 600;

/** @param {string} text */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** The little Markdown that the readings are written in. @param {string} text @param {boolean} onSite */
const html = (text, onSite) =>
  escaped(text)
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, words, place) => {
      const href = onSite ? place.replace(/\.(?:ipynb|md)#/, ".html#") : place;
      return `<a href="${href}">${words}</a>`;
    })
    .replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>")
    .replace(/`([^`]+)`/g, "<code>$1</code>");

/** @type {import("../../js/index.js").Explorer} */
export default {
  name: "my-loss",
  render({ model, el, signal = new AbortController().signal }) {
    const onSite = !("widget_manager" in /** @type {object} */ (model));
    const loss = () => /** @type {number} */ (parsedLoss(model.get("_loss")));
    const constants = model.get("_constants");
    const counts = (/** @type {string} */ text) => parsedClasses(text, constants);
    const minus = (/** @type {string} */ text) => text.replace("-", "−");
    el.classList.add("explorer-figure", "explorer-figure-my-loss");
    el.innerHTML = `
      <p class="my-loss-box">
        <label>My loss is <input name="loss" size="6" value="${minus(String(model.get("_loss")))}" autocomplete="off" autocapitalize="off" spellcheck="false"></label>
        <label>with <input name="classes" size="6" value="${model.get("classes")}" inputmode="numeric" autocomplete="off"> classes</label>
      </p>
      <div class="explorer-buttons"><span class="explorer-presets" role="group" aria-label="losses that people bring">${SEEN.map(
        (text) => `<button type="button">${minus(text)}</button>`,
      ).join("")}</span></div>
      <ul class="my-loss-readings" aria-label="what it can mean"></ul>
      <p class="my-loss-limits">A number alone proves nothing: a hard problem can stop at any of these. The readings take the loss to be a mean over samples, in nats, without weights.</p>
      <p class="visually-hidden" role="status"></p>`;
    const find = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (el.querySelector(selector));
    const [typed, counted] = /** @type {HTMLInputElement[]} */ ([...el.querySelectorAll("input")]);
    const [list, status] = [find("ul"), find("[role=status]")];
    let announcement = 0;

    /** @param {string} items */
    const write = (items) => {
      list.innerHTML = items;
      clearTimeout(announcement);
      // Not at each key; and one reading is enough to hear, for the list can be read.
      announcement = window.setTimeout(() => {
        status.textContent = list.firstElementChild?.textContent ?? "";
      }, ANNOUNCE_AFTER);
    };
    const show = () => {
      const [now, classes] = [loss(), model.get("classes")];
      const texts = /** @type {Record<string, string>} */ (model.get("_texts"));
      const said = readings(now, classes, constants).map(
        ([name, at]) =>
          `<li data-reading="${name}" data-at="${at}">${html(filled(texts[name], at, now, classes, constants), onSite)}</li>`,
      );
      write(said.join(""));
      for (const button of el.querySelectorAll("button"))
        button.setAttribute(
          "aria-pressed",
          String(Object.is(parsedLoss(button.textContent ?? ""), now)),
        );
    };
    const complain = () => {
      const wrong = [parsedLoss(typed.value), counts(counted.value)].map(
        (value) => value === undefined,
      );
      for (const [k, input] of [typed, counted].entries())
        input.setAttribute("aria-invalid", String(wrong[k]));
      if (wrong[0])
        write("<li>The loss must be a number, <code>nan</code> or <code>inf</code>.</li>");
      else if (wrong[1])
        write(
          `<li>The number of classes must be whole, from 2 to ${constants.most_classes.toLocaleString("en")}. Yes or no are 2.</li>`,
        );
      return wrong.includes(true);
    };
    const take = () => {
      if (complain()) return;
      model.set("_loss", String(parsedLoss(typed.value)));
      model.set("classes", counts(counted.value));
      model.save_changes();
      show();
    };
    /** Show what the kernel has set; what is being typed stays as it is. */
    const follow = () => {
      if (!Object.is(parsedLoss(typed.value), loss())) typed.value = minus(model.get("_loss"));
      if (counts(counted.value) !== model.get("classes")) counted.value = model.get("classes");
      complain();
      show();
    };
    for (const input of [typed, counted]) {
      input.addEventListener("input", take, { signal });
      input.addEventListener("focus", () => input.select(), { signal });
      // Notebooks have keys of their own.
      input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    }
    for (const button of el.querySelectorAll("button"))
      button.addEventListener(
        "click",
        () => {
          typed.value = button.textContent ?? "";
          take();
        },
        { signal },
      );
    listen({ model, signal }, "change:_loss change:classes", follow);
    signal.addEventListener("abort", () => clearTimeout(announcement));
    show();
    clearTimeout(announcement); // a page that has just been opened says nothing by itself
  },
};
