/** Play: a setting that is declared with `play=True` moves through its range by itself. */

/** @typedef {import("@anywidget/types").AnyModel} AnyModel */
/** @typedef {{ label: string, min: number, max: number, step: number, log: number | null, whole: boolean, play?: boolean }} Range */

const RUN = 5000; // milliseconds from one end of the range to the other
// Where motion is not wanted a run is as many still pictures, each of them a second long.
const STILLS = 8;

/** @param {Range} range @param {number} value */
const place = ({ log }, value) => (log ? Math.log(value) / Math.log(log) : value);

/** Where in its range a value is, from 0 to 1. @param {Range} range @param {number} value */
export const shareOf = (range, value) =>
  (place(range, value) - place(range, range.min)) /
  (place(range, range.max) - place(range, range.min));

/** The value at a share of the range, on a step of its slider; the upper end is reached even if it is on
 * none. @param {Range} range @param {number} share */
export function valueAt(range, share) {
  const { min, max, step, log, whole } = range;
  if (share >= 1) return max;
  const [low, high] = [place(range, min), place(range, max)];
  const at = low + Math.round((share * (high - low)) / step) * step;
  const value = log ? log ** at : Number(at.toFixed(9)); // 0.35, as Python reads it, not 0.35000000000000003
  return Math.min(max, Math.max(min, whole ? Math.round(value) : value));
}

/** The models whose setting is moving. @type {WeakSet<AnyModel>} */
const running = new WeakSet();

/** @param {AnyModel} model */
export const isRunning = (model) => running.has(model);

/** Whether the reader takes hold of one of an explorer's controls, rather than looks around.
 * @param {HTMLElement} el @param {Event} event */
export function isHeld(el, event) {
  const target = /** @type {Element} */ (event.target);
  const { key } = /** @type {KeyboardEvent} */ (event);
  return (
    !/^(Tab|Shift|Control|Alt|Meta)$/.test(key) &&
    (el.closest(".lossutils-explorer") ?? el).contains(target) &&
    target.closest("input, select, button, [role=slider]")
  );
}

/** Put a button first in an explorer's row that plays its setting, if one is declared. A run ends at the
 * upper end of the range, or when the reader touches a control, anything else moves the figure, or it
 * can't be seen any more.
 * @param {{ model: AnyModel, assign: (values: Record<string, any>) => void, signal: AbortSignal, el: HTMLElement,
 *   ended: () => void }} context `ended` is called after each run */
export function offerPlay({ model, assign, signal, el, ended }) {
  const told = /** @type {Record<string, Range>} */ (model.get("_settings") ?? {});
  const name = Object.keys(told).find((each) => told[each].play);
  if (!name) return;
  const range = () => /** @type {Range} */ (model.get("_settings")[name]);
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    className: "explorer-play",
    textContent: "Play",
    title: `Moves ${told[name].label} to its upper end`,
  });
  el.querySelector(".explorer-buttons")?.prepend(button);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {AbortController | undefined} */
  let run;
  let [frame, begun, from, last, moving] = [0, 0, 0, 0, false];

  const pause = () => {
    if (!run) return;
    run.abort();
    run = undefined;
    cancelAnimationFrame(frame);
    running.delete(model);
    button.textContent = "Play";
    ended();
  };
  const move = (/** @type {number} */ share) => {
    last = valueAt(range(), share);
    moving = true;
    assign({ [name]: last });
    moving = false;
  };
  const tick = (/** @type {number} */ now) => {
    begun ||= now;
    const gone = now - begun;
    const share = from + (still.matches ? Math.floor(gone / 1000) / STILLS : gone / RUN);
    move(share);
    if (share >= 1) pause();
    else frame = requestAnimationFrame(tick);
  };
  const touched = (/** @type {Event} */ event) => {
    if (event.target !== button && isHeld(el, event)) pause();
  };
  const play = () => {
    run = new AbortController();
    const options = { capture: true, signal: run.signal };
    for (const type of ["pointerdown", "keydown"])
      document.addEventListener(type, touched, options);
    document.addEventListener("visibilitychange", () => document.hidden && pause(), options);
    running.add(model);
    button.textContent = "Pause";
    begun = 0;
    from = shareOf(range(), model.get(name));
    if (from >= 1 - 1e-9) move((from = 0));
    frame = requestAnimationFrame(tick);
  };
  const changed = () => {
    if (!run || moving) return;
    const now = /** @type {number} */ (model.get(name));
    // A kernel may answer with the value as it has it, which can differ in its last digit.
    const answer = now !== last && Math.abs(now - last) <= 1e-9 * Math.abs(last);
    last = now;
    if (!answer) pause();
  };
  let visible = false;
  const watcher = new IntersectionObserver((entries) => {
    const now = entries[entries.length - 1].isIntersecting;
    if (visible && !now) pause();
    visible = now;
  });
  watcher.observe(/** @type {Element} */ (el.querySelector(".explorer-picture")));
  button.addEventListener("click", () => (run ? pause() : play()), { signal });
  model.on("change", changed);
  signal.addEventListener("abort", () => {
    pause();
    watcher.disconnect();
    model.off("change", changed);
  });
}
