import { html } from "../preact.js";
import { api } from "../api.js";
import { EventLines } from "../parts/event_lines.js";
import { FirstEvent } from "../parts/first_event.js";
import { AttributeFilter, Chips, FilterField, FilterSelect, ServiceSelect } from "../parts/filters.js";
import { PagedList } from "../parts/paged_list.js";
import { Empty } from "../parts/states.js";
import { Text } from "../parts/text.js";
import { count } from "../format.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { bounds, isLive, rangeOf } from "../range.js";
import { changed, go } from "../router.js";

const FILTERS = ["q", "category", "name", "service", "outcome"];
/** @type {[string, string][]} */
const OUTCOMES = [
  ["", "All"],
  ["success", "Success"],
  ["failure", "Failure"],
  ["unknown", "Unknown"],
];

/** What happened, as the applications say it: by category, name and outcome. @param {{ route: import("../router.js").Route }} props */
export function Events({ route }) {
  const { params } = route;
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ""]));
  const attributes = params.getAll("attr");
  const open = params.get("event");
  const refreshMs = isLive(params) && open === null ? REFRESH_MS : 0;
  const status = useLoaded("status", (signal) => api.status(signal), { refreshMs: REFRESH_MS });
  const inRange = [params.get("range"), params.get("from"), params.get("to")];
  const counts = useLoaded(`event counts ${JSON.stringify([wanted.service, inRange])}`, (signal) => api.eventCounts({ service: wanted.service, ...bounds(rangeOf(params)) }, signal), { refreshMs });
  const key = `events ${JSON.stringify([wanted, attributes, inRange])}`;
  const load = (cursor, signal) => api.events({ ...wanted, attr: attributes, ...bounds(rangeOf(params)), cursor }, signal);
  const filtered = attributes.length > 0 || FILTERS.some((name) => wanted[name]);
  const none = changed({ ...Object.fromEntries(FILTERS.map((name) => [name, null])), attr: null });
  return html`
    <div class="view-head"><h1>Events</h1></div>
    <${Categories} counts=${counts.data} chosen=${wanted.category} />
    <div class="filters" role="search">
      <${FilterField} name="q" label="Search" value=${wanted.q} placeholder="name, text or any field" search=${true} />
      <${FilterSelect} name="name" label="Event" value=${wanted.name} options=${names(counts.data, wanted.category)} />
      <${FilterSelect} name="outcome" label="Outcome" value=${wanted.outcome} options=${OUTCOMES} />
      <${ServiceSelect} value=${wanted.service} services=${status.data?.services ?? []} />
      <${AttributeFilter} values=${attributes} />
    </div>
    <${Chips} items=${attributes.map((pair) => ["field", pair, { attr: attributes.filter((other) => other !== pair) }])} />
    <${PagedList} key=${key} id=${key} load=${load} items=${(page) => page.events} idOf=${(event) => String(event.id)} refreshMs=${refreshMs}>
      ${(events) =>
        events.length
          ? html`<${EventLines} events=${events} open=${open} onOpen=${(id) => go(changed({ event: id }), { replace: true })} />`
          : filtered
            ? html`<${Empty} title="No event matches"><p>Widen the time range above, or <a href=${none}>remove the filters</a>.</p><//>`
            : html`<${FirstEvent} kind="events" />`}
    <//>
  `;
}

/** Categories with their counts; each is a filter. @param {{ counts: any, chosen: string }} props */
function Categories({ counts, chosen }) {
  if (!counts?.total) return null;
  const known = Object.entries(counts.categories).filter(([category]) => category !== "");
  if (chosen && !known.some(([category]) => category === chosen)) known.push([chosen, 0]);
  return html`<nav class="facets" aria-label="Categories">
    <a data-row href=${changed({ category: null, name: null, event: null })} aria-current=${chosen ? undefined : "true"}>All <span class="facet-count">${count(counts.total)}</span></a>
    ${known.map(
      ([category, n]) => html`<a key=${category} data-row href=${changed({ category, name: null, event: null })} aria-current=${category === chosen ? "true" : undefined}>
        <${Text} value=${category} /> <span class="facet-count">${count(n)}</span>
      </a>`,
    )}
  </nav>`;
}

/** @param {any} counts @param {string} category @returns {[string, string][]} */
function names(counts, category) {
  const fitting = (counts?.names ?? []).filter((one) => !category || one.category === category);
  return [["", "All events"], ...fitting.map((one) => [one.name, `${one.name} (${count(one.count)})`])];
}
