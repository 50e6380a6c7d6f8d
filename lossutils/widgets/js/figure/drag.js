/** Follow a pointer that has been pressed, until it is lifted. While it is down no text is selected.
 * @param {PointerEvent} down @param {(event: PointerEvent) => void} move */
export function follow({ pointerId }, move) {
  const end = new AbortController();
  const listen = (/** @type {string} */ type, /** @type {(event: any) => void} */ listener) => {
    const ours = (/** @type {any} */ event) =>
      (event.pointerId ?? pointerId) === pointerId && listener(event);
    document.addEventListener(type, ours, { signal: end.signal });
  };
  listen("pointermove", move);
  listen("selectstart", (event) => event.preventDefault());
  for (const type of ["pointerup", "pointercancel"]) listen(type, () => end.abort());
}
