import { html, useState } from "../preact.js";
import { api } from "../api.js";
import { REFRESH_MS } from "../loading.js";
import { bounds, isLive, rangeOf } from "../range.js";
import { link } from "../router.js";
import { EventLines } from "./event_lines.js";
import { PagedList } from "./paged_list.js";

/**
 * The events of one kind in the time range in force, in pages, for a panel of another view.
 * @param {{ wanted: import("../api.js").Params, params: URLSearchParams, label: string, empty: any,
 *   isOneKind?: boolean }} props `wanted` as the API filters; `empty` is shown when there are none
 */
export function EventList({ wanted, params, label, empty, isOneKind = false }) {
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const key = `events of ${JSON.stringify([wanted, params.get("range"), params.get("from"), params.get("to")])}`;
  const load = (cursor, signal) => api.events({ limit: 20, ...wanted, ...bounds(rangeOf(params)), cursor }, signal);
  return html`<${PagedList} key=${key} id=${key} load=${load} items=${(page) => page.events} idOf=${(event) => String(event.id)} refreshMs=${isLive(params) && open === null ? REFRESH_MS : 0}>
    ${(events) =>
      events.length
        ? html`<${EventLines} events=${events} open=${open} onOpen=${setOpen} label=${label} isOneKind=${isOneKind} />
            <p class="actions"><a href=${link("events", { ...wanted, limit: null })}>Search in Events</a></p>`
        : empty}
  <//>`;
}
