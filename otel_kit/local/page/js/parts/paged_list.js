import { html, useState } from "../preact.js";
import { useLoaded } from "../loading.js";
import { ErrorBox, Loaded } from "./states.js";

/**
 * A list that comes in pages. The first page refreshes while it is the only one: a reader who asked for more does not
 * want the rows to move.
 * @param {{ id: string, load: (cursor: string | null, signal?: AbortSignal) => Promise<any>, items: (page: any) => any[],
 *   idOf: (item: any) => string, refreshMs: number, turn?: number, extra?: any[], children?: any }} props `id`
 *   says what is listed; another `turn` asks for the first page again; `extra` are items that came by another way; the
 *   child function renders all items so far
 */
export function PagedList({ id, load, items, idOf, refreshMs, turn = 0, extra = [], children }) {
  const show = Array.isArray(children) ? children[0] : children;
  const [more, setMore] = useState(/** @type {any[]} */ ([]));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const first = useLoaded(id, (signal) => load(null, signal), { refreshMs: more.length ? 0 : refreshMs, keep: false, turn });
  const next = (more.at(-1) ?? first.data)?.next ?? null;
  const loadMore = async () => {
    setBusy(true);
    setError(null);
    try {
      const page = await load(next);
      setMore((pages) => [...pages, page]);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return html`<${Loaded} of=${first}>
    ${(page) => html`
      ${show(distinct([...extra, ...[page, ...more].flatMap(items)], idOf))}
      ${error && html`<${ErrorBox} error=${error} retry=${loadMore} />`}
      ${next && !error && html`<button type="button" class="load-more" disabled=${busy} onClick=${loadMore}>${busy ? "Loading…" : "Show more"}</button>`}
    `}
  <//>`;
}

/** @template T @param {T[]} list @param {(item: T) => string} idOf @returns {T[]} the first of each id */
function distinct(list, idOf) {
  const seen = new Set();
  return list.filter((item) => !seen.has(idOf(item)) && seen.add(idOf(item)));
}
