import { useEffect, useRef } from "./preact.js";

/** @typedef {Record<string, (event: KeyboardEvent) => boolean | void>} Bindings by KeyboardEvent.key */

/** Those in force, the view's before the frame's. @type {{ current: Bindings, level: number }[]} */
const inForce = [];

/**
 * Bind single keys while the component is there. Keys typed into a field, with Ctrl, Alt or Meta, or already handled
 * by something nearer are left alone; Escape is passed on from fields as well.
 * @param {Bindings} bindings a handler that returns false did not use the key
 * @param {number} [level] the higher one is asked first: 2 behind a leading key, 1 for a view, 0 for the frame
 */
export function useKeys(bindings, level = 1) {
  const entry = useRef({ current: bindings, level });
  entry.current.current = bindings;
  useEffect(() => {
    inForce.push(entry.current);
    inForce.sort((a, b) => b.level - a.level);
    return () => inForce.splice(inForce.indexOf(entry.current), 1);
  }, []);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (isTyping(event.target) && event.key !== "Escape") return;
  for (const { current } of inForce) {
    const handler = Object.hasOwn(current, event.key) ? current[event.key] : null;
    if (handler && handler(event) !== false) {
      event.preventDefault();
      return;
    }
  }
});

/**
 * Move the focus through the rows of the list on the screen (elements with data-row).
 * @param {number} step 1 or -1
 * @returns {boolean} false when there is no list
 */
export function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement?.closest("[data-row]") ?? null);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  /** @type {HTMLElement} */ (rows[next]).focus();
  rows[next].scrollIntoView({ block: "nearest" });
  return true;
}

/** @param {string} selector @returns {boolean} whether there was something to focus */
export function focusOn(selector) {
  const element = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  element?.focus();
  if (element instanceof HTMLInputElement) element.select();
  return element !== null;
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), select, textarea");
}
