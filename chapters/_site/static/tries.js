/** A box to check for each thing to try with an explorer. This device remembers what was checked. */
"use strict";

(() => {
  const key = `tries: ${location.pathname.split("/").pop()}`;
  /** @returns {string[]} */
  const remembered = () => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "[]");
    } catch {
      return [];
    }
  };
  const tried = new Set(remembered());
  for (const item of document.querySelectorAll(".tries > li")) {
    // Known by its words, so that it stays checked when another is put before it.
    const task = item.querySelector("p")?.textContent?.replace(/\s+/g, " ").trim() ?? "";
    const box = Object.assign(document.createElement("input"), {
      type: "checkbox",
      checked: tried.has(task),
    });
    box.setAttribute("aria-label", `Tried: ${task}`);
    box.addEventListener("change", () => {
      if (box.checked) tried.add(task);
      else tried.delete(task);
      try {
        localStorage.setItem(key, JSON.stringify([...tried]));
      } catch {
        // Without storage it is checked until the page is left.
      }
    });
    item.prepend(box);
  }
})();
