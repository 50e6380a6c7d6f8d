/** A call to paste: findings, the way to its number, and its Python, while one types. */

import { findings } from "./words.js";

// The words come first: apart from the code they pack better.

import { tuple } from "../../js/call/call.js";
import { diagnose, evidenceText } from "../../js/call/diagnose.js";
import { explain } from "../../js/call/explain.js";
import { python } from "../../js/call/python.js";
import { classesOf, heading, number, tables } from "../../js/call/tables.js";
import { listen } from "../../js/index.js";
import {
  ARRAYS,
  anchored,
  argumentsOf,
  callOf,
  defaultOf,
  EXAMPLES,
  exampleOf,
  fromAddress,
  LOSSES,
  reductionsOf,
  stateOf,
  tidy,
  toAddress,
} from "./state.js";

/** @typedef {import("../../js/index.js").Explorer} Explorer */
/** @typedef {import("../../js/call/diagnose.js").Finding} Finding */
/** @typedef {import("../../js/call/diagnose.js").Table} Words */
/** @typedef {import("../../js/call/explain.js").Explanation} Explanation */
/** @typedef {import("../../js/call/tables.js").Table} Table */
/** @typedef {import("./state.js").State} State */

const WAIT = 150;
const ANNOUNCE_AFTER = 900;
const TABLE = /** @type {Words} */ (/** @type {unknown} */ (findings));
const SEVERITY = { error: "✗ Error", warning: "! Warning", note: "Note" };

/** What each box is for, by loss. @type {Record<string, Record<string, string>>} */
const HELP = {
  cross_entropy: { input: "logits", target: "class indices, or probabilities" },
  nll_loss: { input: "log-probabilities", target: "class indices" },
  binary_cross_entropy: { input: "probabilities", target: "0 to 1 for each" },
  binary_cross_entropy_with_logits: { input: "logits", target: "0 to 1 for each" },
  kl_div: { input: "log-probabilities of the model", target: "probabilities" },
  focal_loss: { input: "logits", target: "class indices" },
};

let count = 0;

/** @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} [attributes] @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]} */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false) node.setAttribute(name, value === true ? "" : value);
  // What was typed comes here as strings, which are text and never markup.
  node.append(...children);
  return node;
}

/** @type {Explorer} */
export default {
  name: "loss-workbench",
  render({ model, el, signal = new AbortController().signal }) {
    const id = `workbench-${++count}`;
    const onSite = !("widget_manager" in /** @type {object} */ (model));
    const given = () => /** @type {State} */ (model.get("_given"));
    const first = () => (Object.keys(given()).length ? tidy(given()) : stateOf(EXAMPLES[0]));
    /** What stands in the boxes. A loss that is chosen for a moment takes nothing away. @type {State} */
    let state = first();
    el.classList.add("explorer-figure", "explorer-figure-loss-workbench");

    // Each box by the name of its argument.
    const example = element("select", { id: `${id}-example`, name: "example" });
    const loss = element("select", { id: `${id}-loss`, name: "loss" });
    const form = element("div", { class: "workbench-form" });
    const note = element("p", { class: "workbench-refused", hidden: true });
    const results = element("div", { class: "workbench-results" });
    const status = element("p", { class: "visually-hidden", role: "status" });
    const link = element("button", { type: "button" }, "Copy link");
    example.replaceChildren(
      element("option", { value: "", disabled: true }, "– your own –"),
      ...[...new Set(EXAMPLES.map(({ group }) => group))].map((group) =>
        element(
          "optgroup",
          { label: group },
          ...EXAMPLES.filter((each) => each.group === group).map(({ name, title }) =>
            element("option", { value: name }, title),
          ),
        ),
      ),
    );
    loss.replaceChildren(...LOSSES.map((name) => element("option", { value: name }, name)));
    el.append(
      element(
        "div",
        { class: "workbench-top" },
        element("div", {}, element("label", { for: example.id }, "Example"), example),
        element("div", {}, element("label", { for: loss.id }, "Loss"), loss),
        ...(onSite ? [link] : []),
      ),
      note,
      form,
      results,
      status,
    );

    /** The boxes of the loss, in order. @type {Record<string, HTMLTextAreaElement | HTMLInputElement | HTMLSelectElement>} */
    let boxes = {};
    /** @type {Record<string, HTMLElement>} */
    let said = {};

    /** @param {string} name */
    const arrayField = (name) => {
      const box = element("textarea", {
        id: `${id}-${name}`,
        name,
        rows: name.endsWith("weight") ? "2" : "5",
        wrap: "off",
        spellcheck: "false",
        autocomplete: "off",
        autocapitalize: "off",
        "aria-describedby": `${id}-${name}-said`,
      });
      // As text too, for a copy of this element.
      box.textContent = state[name] ?? "";
      const help = HELP[state.loss][name] ?? "none if empty";
      const label = element("label", { for: box.id }, element("code", {}, name), `: ${help}`);
      said[name] = element("p", { class: "workbench-said", id: `${id}-${name}-said` });
      boxes[name] = box;
      return element("div", { class: "workbench-array" }, label, box, said[name]);
    };
    /** @param {string} name */
    const optionField = (name) => {
      const label = element("label", { for: `${id}-${name}` }, element("code", {}, name));
      const shared = { id: `${id}-${name}`, name };
      const now = state[name] ?? defaultOf(state.loss, name);
      if (name === "reduction" || name === "log_target") {
        const choices = name === "reduction" ? reductionsOf(state.loss) : ["False", "True"];
        boxes[name] = element(
          "select",
          shared,
          ...choices.map((each) => element("option", { selected: each === now }, each)),
        );
        return element("div", { class: "workbench-option" }, label, boxes[name]);
      }
      said[name] = element("p", { class: "workbench-said", id: `${id}-${name}-said` });
      boxes[name] = element("input", {
        ...shared,
        value: now,
        size: "6",
        autocomplete: "off",
        "aria-describedby": said[name].id,
      });
      return element("div", { class: "workbench-option" }, label, boxes[name], said[name]);
    };

    /** Draw the boxes of the state's loss, with the state in them. */
    const draw = () => {
      [boxes, said] = [{}, {}];
      const names = argumentsOf(state.loss);
      const arrays = names.filter((name) => ARRAYS.includes(name)).map(arrayField);
      const options = names.filter((name) => !ARRAYS.includes(name)).map(optionField);
      form.replaceChildren(...arrays, element("div", { class: "workbench-options" }, ...options));
      choose(loss, state.loss);
    };

    let [timer, announcement] = [0, 0];
    /** @param {boolean} [quiet] whether nobody has asked for this */
    const show = (quiet = false) => {
      clearTimeout(timer);
      const { call, errors, tensors, named } = callOf(state);
      for (const [name, place] of Object.entries(said)) {
        const wrong = errors[name];
        boxes[name].setAttribute("aria-invalid", String(Boolean(wrong)));
        const read = tensors[name];
        place.textContent = wrong ? `✗ ${wrong}` : read ? described(read, named[name]) : "";
      }
      choose(example, exampleOf(state)?.name ?? "");
      const [summary, ...parts] = call
        ? answer(call, id, onSite)
        : ["", element("p", { class: "workbench-waiting" }, "What can’t be read is marked above.")];
      results.replaceChildren(...parts);
      clearTimeout(announcement);
      if (quiet) return;
      // Not at each key.
      announcement = window.setTimeout(() => {
        const [wrong] = Object.entries(errors);
        const said = wrong ? `${wrong[0]}: ${wrong[1]}` : summary;
        status.textContent = note.hidden ? said : `${note.textContent} ${said}`;
      }, ANNOUNCE_AFTER);
    };

    /** Take a state that the reader has made: show it, and keep it where the page can be reloaded from. */
    const keep = () => {
      show();
      model.set("_given", tidy(state));
      model.save_changes();
      note.hidden = true;
      if (onSite) history.replaceState(null, "", toAddress(state) ?? location.pathname);
    };
    const soon = () => {
      clearTimeout(timer);
      timer = window.setTimeout(keep, WAIT);
    };

    el.addEventListener(
      "input",
      (event) => {
        const box = /** @type {HTMLInputElement | HTMLSelectElement} */ (event.target);
        const chosen = EXAMPLES.find(({ name }) => name === example.value);
        if (box === example && chosen) {
          state = stateOf(chosen);
          draw();
        } else if (box === loss) {
          state = { ...state, loss: loss.value };
          if (!reductionsOf(loss.value).includes(state.reduction ?? "mean")) delete state.reduction;
          draw();
        } else state = { ...state, [box.name]: box.value };
        if (box instanceof HTMLSelectElement) keep();
        else soon();
      },
      { signal },
    );
    // Notebooks have keys of their own.
    el.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    el.addEventListener(
      "click",
      (event) => {
        const button = /** @type {HTMLElement} */ (event.target);
        if (button === link) copyLink(link, toAddress(state), status);
        else if (button.dataset.copies) {
          const code = button.parentElement?.querySelector("code");
          if (code) copy(button, code.textContent ?? "", code, status);
        }
      },
      { signal },
    );

    /** Bring the workbench to the state of the page's address, if that is one. */
    const follow = () => {
      const found = fromAddress(location.hash);
      if (!found) return false;
      state = found.state;
      note.hidden = found.refused.length === 0;
      note.textContent = `The address can’t be followed in everything. ${found.refused.join(" ")}`;
      draw();
      return true;
    };
    const followed = onSite && follow();
    if (onSite)
      window.addEventListener(
        "hashchange",
        () => {
          if (!follow()) return;
          show();
          el.scrollIntoView({ block: "nearest" });
        },
        { signal },
      );
    listen({ model, signal }, "change:_given", () => {
      if (JSON.stringify(tidy(given())) === JSON.stringify(tidy(state))) return;
      state = first();
      draw();
      show();
    });
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      clearTimeout(announcement);
    });
    if (!followed) draw();
    // A page that has just been opened says nothing by itself, unless its address can't be followed.
    show(Boolean(note.hidden));
  },
};

/** Choose an option so that a copy of the element has it too. @param {HTMLSelectElement} select @param {string} value */
function choose(select, value) {
  for (const option of select.querySelectorAll("option"))
    option.toggleAttribute("selected", option.value === value);
  select.value = value;
}

/** @param {import("../../js/call/call.js").Tensor} tensor @param {string} [name] */
function described({ shape, dtype }, name) {
  return `Read${name ? ` ${name}` : ""}: ${shape.length ? `shape ${tuple(shape)}` : "a single number"}, ${dtype}`;
}

/** What there is to say of a call: a sentence to speak, then what is shown.
 * @param {import("../../js/call/call.js").LossCall} call @param {string} id @param {boolean} onSite
 * @returns {[string, ...HTMLElement[]]} */
function answer(call, id, onSite) {
  const found = diagnose(call, TABLE);
  const explained = explain(call);
  const spoken = [
    found.length ? `${found[0].severity}: ${found[0].summary}` : "Nothing found.",
    "error" in explained ? "" : `Loss ${resultOf(explained)}.`,
  ];
  return [
    spoken.join(" "),
    part(`${id}-findings`, "Findings", listOf(found, onSite)),
    part(`${id}-number`, "How the number comes about", ...explanation(explained)),
    part(
      `${id}-python`,
      "The same in Python",
      element(
        "div",
        { class: "workbench-code" },
        element(
          "pre",
          { tabindex: "0", role: "group", "aria-label": "the call as Python" },
          element("code", {}, python(call)),
        ),
        element("button", { type: "button", "data-copies": "Copy the code" }, "Copy the code"),
      ),
    ),
  ];
}

/** @param {string} id @param {string} title @param {HTMLElement[]} children */
const part = (id, title, ...children) =>
  element(
    "section",
    { "aria-labelledby": id },
    element("p", { class: "workbench-title", id }, title),
    ...children,
  );

/** @param {Finding[]} found @param {boolean} onSite */
function listOf(found, onSite) {
  if (found.length === 0)
    return element(
      "p",
      { class: "workbench-healthy" },
      "✓ Nothing found, as far as values, shapes and types tell.",
    );
  return element(
    "ul",
    { class: "workbench-findings", "aria-label": "findings, the gravest first" },
    ...found.map((finding) =>
      element(
        "li",
        { "data-severity": finding.severity, "data-code": finding.code },
        element(
          "p",
          {},
          element("strong", {}, SEVERITY[finding.severity]),
          " ",
          element("code", {}, finding.code),
        ),
        element("p", {}, finding.summary),
        element("p", { class: "workbench-quiet" }, `Seen in ${evidenceText(finding)}.`),
        element(
          "div",
          { class: "workbench-code" },
          element(
            "pre",
            { tabindex: "0", role: "group", "aria-label": "what mends it" },
            element("code", {}, finding.fix),
          ),
          element(
            "button",
            { type: "button", "data-copies": "Copy", "aria-label": "Copy what mends it" },
            "Copy",
          ),
        ),
        placeOf(finding.link, onSite),
      ),
    ),
  );
}

/** The place in the book; a notebook doesn't know where the book is. @param {string} link to a page, by the heading on it @param {boolean} onSite */
function placeOf(link, onSite) {
  const href = anchored(link);
  if (!onSite) return element("p", { class: "workbench-quiet" }, `In the book: ${href}`);
  return element("p", {}, "In the book: ", element("a", { href }, link.split("#")[1]));
}

/** @param {Explanation} explained */
const resultOf = (explained) =>
  explained.result === null
    ? `of each ${explained.unit}, in sum ${number(explained.numerator, 6)}`
    : number(explained.result, 6);

/** @param {Explanation | { error: string }} explained @returns {HTMLElement[]} */
function explanation(explained) {
  if ("error" in explained)
    return [element("p", { class: "workbench-none" }, `There is no number: ${explained.error}`)];
  const { samples, totals, gradients } = tables(explained);
  const details = explained.samples.map((sample) => {
    const table = classesOf(sample);
    return element("details", {}, element("summary", {}, table.caption), drawn(table));
  });
  return [
    element(
      "p",
      { class: "workbench-result" },
      element("code", {}, explained.call),
      " = ",
      element("strong", {}, resultOf(explained)),
    ),
    ...heading(explained).map((line) => element("p", { class: "workbench-quiet" }, line)),
    drawn(totals),
    ...(samples ? [drawn(samples)] : []),
    ...(gradients ? [drawn(gradients)] : []),
    ...(details.length
      ? [element("details", {}, element("summary", {}, "Class by class"), ...details)]
      : []),
  ];
}

/** A table that scrolls by itself where it is wide, by arrow keys too. @param {Table} table */
const drawn = ({ caption, head, rows }) =>
  element(
    "div",
    { class: "workbench-table", role: "group", "aria-label": caption, tabindex: "0" },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element(
        "thead",
        {},
        element("tr", {}, ...head.map((title) => element("th", { scope: "col" }, title))),
      ),
      element(
        "tbody",
        {},
        ...rows.map(([name, ...cells]) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, name),
            ...cells.map((cell) => element("td", {}, cell)),
          ),
        ),
      ),
    ),
  );

/** @param {HTMLElement} button what it says when nothing was copied is its `data-copies` @param {string} text @param {HTMLElement} shown where the text stands @param {HTMLElement} status */
async function copy(button, text, shown, status) {
  const copied = await written(text);
  // Whose browser doesn't let a page copy can do it by hand.
  if (!copied) getSelection()?.selectAllChildren(shown);
  button.textContent = copied ? "Copied" : "Selected";
  status.textContent = copied ? "Copied" : "Selected: copy it by keyboard";
  setTimeout(() => (button.textContent = button.dataset.copies ?? ""), 2000);
}

/** @param {HTMLElement} button @param {string | null} address @param {HTMLElement} status */
async function copyLink(button, address, status) {
  if (address) history.replaceState(null, "", address);
  const copied = address !== null && (await written(location.href));
  const said = copied ? "Copied" : address ? "See address" : "Too long for a link";
  [button.textContent, status.textContent] = [said, said];
  setTimeout(() => (button.textContent = "Copy link"), 2000);
}

/** @param {string} text */
const written = async (text) =>
  (await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  )) ?? false;
