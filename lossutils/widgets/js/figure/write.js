/** Write a text into an element's text node, only if it differs.
 * @param {Element} element @param {string} text */
export function write(element, text) {
  const node = element.firstChild;
  if (node === null) element.append(text);
  else if (node.nodeValue !== text) node.nodeValue = text;
}

/** Write HTML into an element repeatedly: while its tags stay the same, so do the elements, and only
 * changed text between them is written.
 * @param {Element} element @returns {(html: string) => void} */
export function rewriter(element) {
  let tags = "";
  /** @type {Node[]} */
  let nodes = [];
  return (html) => {
    const pieces = html.split(/(<[^>]*>)/); // texts, some of them empty, at even indices
    const now = pieces.map((piece, k) => (k % 2 ? piece : "…")).join("");
    if (now !== tags) {
      element.innerHTML = tags = now;
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      nodes = pieces
        .filter((_, k) => k % 2 === 0)
        .map(() => /** @type {Node} */ (texts.nextNode()));
    }
    for (const [k, node] of nodes.entries())
      if (node.nodeValue !== pieces[2 * k]) node.nodeValue = pieces[2 * k];
  };
}
