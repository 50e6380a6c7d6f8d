/** Write a text into the node that holds an element's text, and only where it differs.
 * @param {Element} element @param {string} text */
export function write(element, text) {
  const node = element.firstChild;
  if (node === null) element.append(text);
  else if (node.nodeValue !== text) node.nodeValue = text;
}

/** Write HTML into an element again and again: as long as its tags stay the same, so do the elements,
 * and only the words between them that differ are written.
 * @param {Element} element @returns {(html: string) => void} */
export function rewriter(element) {
  let shape = "";
  /** @type {Node[]} */
  let nodes = [];
  return (html) => {
    const pieces = html.split(/(<[^>]*>)/); // words at even places, tags at odd ones
    const words = pieces.filter((piece, k) => k % 2 === 0 && piece);
    const now = pieces.map((piece, k) => (k % 2 ? piece : piece && "…")).join("");
    if (now === shape && !html.includes("&")) {
      for (const [k, node] of nodes.entries()) if (node.nodeValue !== words[k]) node.nodeValue = words[k];
      return;
    }
    element.innerHTML = html;
    shape = now;
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    nodes = words.map(() => /** @type {Node} */ (texts.nextNode()));
  };
}
