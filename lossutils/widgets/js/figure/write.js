/** Write a text into the node that holds an element's text, and only where it differs.
 * @param {Element} element @param {string} text */
export function write(element, text) {
  const node = element.firstChild;
  if (node === null) element.append(text);
  else if (node.nodeValue !== text) node.nodeValue = text;
}
