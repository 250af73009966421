import { useEffect, useState } from "./preact.js";

/**
 * What the URL's hash says: `#/trace/<id>?span=<id>` is view "trace" with that id and those parameters.
 * @typedef {{ view: string, id: string | null, params: URLSearchParams, hash: string }} Route
 */

/** Parameters that every link carries along: the time range and the live switch are global. */
const STICKY = ["range", "from", "to", "live"];

const listeners = new Set();
/** Scroll position by hash, so that Back lands where one was. @type {Map<string, number>} */
const scrollOf = new Map();
let current = parse(location.hash);
let arrivedBy = "load";

/** @param {string} hash @returns {Route} */
export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [view, id] = path.split("/");
  return { view: view || "home", id: id ? decoded(id) : null, params: new URLSearchParams(query), hash };
}

/** @returns {Route} */
export function route() {
  return current;
}

/** @returns {Route} the route; the component renders again when it changes */
export function useRoute() {
  const [seen, setSeen] = useState(current);
  useEffect(() => {
    listeners.add(setSeen);
    setSeen(current);
    return () => listeners.delete(setSeen);
  }, []);
  return seen;
}

/**
 * Build the hash of a view. The global parameters of the present route come along unless `params` names them.
 * @param {string} view
 * @param {Record<string, unknown>} [params] null, undefined and "" leave a parameter out; lists repeat it
 * @param {string | null} [id]
 * @returns {string}
 */
export function link(view, params = {}, id = null) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") query.append(key, String(one));
    }
  }
  for (const key of STICKY) {
    const value = current.params.get(key);
    if (!(key in params) && value) query.set(key, value);
  }
  const path = view === "home" ? "" : view + (id ? `/${encodeURIComponent(id)}` : "");
  const text = query.toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

/**
 * The present route with some parameters changed.
 * @param {Record<string, unknown>} changes null or "" removes a parameter
 * @returns {string}
 */
export function changed(changes) {
  /** @type {Record<string, unknown>} */
  const params = {};
  for (const key of new Set(current.params.keys())) params[key] = current.params.getAll(key);
  return link(current.view, { ...params, ...changes }, current.id);
}

/**
 * Go to a hash. `replace` leaves no step for the Back button: for typing and for moving a selection.
 * @param {string} hash
 * @param {{ replace?: boolean }} [options]
 */
export function go(hash, { replace = false } = {}) {
  if (hash === location.hash) return;
  if (replace) {
    history.replaceState(history.state, "", hash);
    arrive("replace");
  } else {
    scrollOf.set(current.hash, scrollY);
    history.pushState(null, "", hash);
    arrive("push");
  }
}

/**
 * @returns {number | null} where the page has to be scrolled to after the step that was just made; null: leave it
 */
export function scrollTarget() {
  if (arrivedBy === "replace") return null;
  return arrivedBy === "back" ? (scrollOf.get(current.hash) ?? 0) : 0;
}

/** @param {string} how */
function arrive(how) {
  arrivedBy = how;
  current = parse(location.hash);
  for (const listener of listeners) listener(current);
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign typed by hand.
  }
}

let byLink = false;
// Capture: note the position before the browser changes the hash for a plain link.
addEventListener(
  "click",
  (event) => {
    const anchor = event.target instanceof Element && event.target.closest('a[href^="#"]');
    if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey) return;
    scrollOf.set(current.hash, scrollY);
    byLink = anchor.getAttribute("href") !== location.hash;
  },
  true,
);
addEventListener("hashchange", () => {
  if (location.hash === current.hash) return;
  arrive(byLink ? "push" : "back");
  byLink = false;
});
