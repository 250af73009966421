const KEY = "otel-kit.theme";
const ORDER = ["system", "light", "dark"];
const listeners = new Set();

/** @typedef {"system" | "light" | "dark"} Theme */

/** @returns {Theme} what the user chose; "system" when nothing was chosen */
export function theme() {
  return /** @type {Theme} */ (document.documentElement.dataset.theme ?? "system");
}

/** Switch to the next of system, light, dark; remember it. @returns {Theme} the new one */
export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage can be forbidden: the choice then lasts until the page is closed.
  }
  announce();
  return /** @type {Theme} */ (next);
}

/**
 * Call `listener` whenever the colours change, by the toggle or by the system.
 * @param {() => void} listener
 * @returns {() => void} call it to stop listening
 */
export function onThemeChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * @param {string} name of a custom property, such as "--accent"
 * @returns {string} the colour it has now, in a form that a canvas understands (custom properties come unresolved)
 */
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

function announce() {
  for (const listener of listeners) listener();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
