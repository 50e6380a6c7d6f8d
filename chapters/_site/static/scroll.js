/** Marks on which side a box that scrolls sideways has more, and lets the keyboard reach it. */
"use strict";

(() => {
  const BOXES =
    ".bd-article :is(pre, .math-block, .pst-scrollable-table-container, .cell_output .text_html, .cell_output, [style*=overflow])";

  /** @param {HTMLElement} box */
  const more = (box) => {
    const hidden = box.scrollWidth - box.clientWidth;
    const left = box.scrollLeft > 1;
    const right = box.scrollLeft < hidden - 1;
    return hidden < 2 ? undefined : left && right ? "both" : left ? "left" : "right";
  };

  /** @param {HTMLElement} box @param {string | undefined} side */
  const tell = (box, side) => {
    if (side === undefined) {
      if (box.dataset.more && box.getAttribute("role") === "group")
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      delete box.dataset.more;
      return;
    }
    box.dataset.more = side;
    if (box.tabIndex < 0) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute(
        "aria-label",
        box.matches(".cell_output, .text_html")
          ? "output, scrolls sideways"
          : box.matches("pre")
            ? "code, scrolls sideways"
            : box.matches(".math-block")
              ? "formula, scrolls sideways"
              : "table, scrolls sideways",
      );
    }
  };

  const sizes = new ResizeObserver((entries) => {
    // Everything is read before anything is written, so the page is laid out only once.
    const boxes = entries.map(({ target }) => /** @type {HTMLElement} */ (target));
    const scrolls = boxes.map((box) =>
      getComputedStyle(box).overflowX === "visible" ? undefined : more(box),
    );
    boxes.forEach((box, k) => tell(box, scrolls[k]));
  });
  // Browsers don't break a line inside a formula, and the longest don't fit the narrowest phones. A
  // table is as wide as its formulas, and scrolls by itself.
  const formulas = /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(".bd-article math:not([display], td *, th *)"),
  ]);
  const fit = () => {
    for (const formula of formulas) {
      formula.classList.remove("wide");
      formula.removeAttribute("tabindex");
    }
    const room = document.querySelector(".bd-article")?.clientWidth ?? innerWidth;
    const wide =
      room > 480
        ? []
        : formulas.filter(
            (formula) =>
              formula.getBoundingClientRect().width >
              (formula.closest("p, li, dd, summary, h2, h3, h4")?.clientWidth || room),
          );
    for (const formula of wide) {
      formula.classList.add("wide");
      formula.tabIndex = 0;
    }
  };
  fit();
  addEventListener("resize", fit);
  for (const box of document.querySelectorAll(BOXES)) {
    sizes.observe(box);
    box.addEventListener(
      "scroll",
      () => tell(/** @type {HTMLElement} */ (box), more(/** @type {HTMLElement} */ (box))),
      { passive: true },
    );
  }
})();
