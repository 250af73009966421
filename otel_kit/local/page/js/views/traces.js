import { html } from "../preact.js";
import { api } from "../api.js";
import { FirstData } from "../parts/first_data.js";
import { AttributeFilter, Chips, FilterField, FilterSelect, ServiceSelect } from "../parts/filters.js";
import { PagedList } from "../parts/paged_list.js";
import { Empty } from "../parts/states.js";
import { TraceRows } from "../parts/trace_rows.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { bounds, isLive, rangeOf } from "../range.js";
import { changed } from "../router.js";

const FILTERS = ["service", "route", "status", "min_ms", "q"];
/** @type {[string, string][]} */
const STATUSES = [
  ["", "All"],
  ["error", "With errors"],
  ["ok", "Without errors"],
];

/** Search for traces. @param {{ route: import("../router.js").Route }} props */
export function Traces({ route }) {
  const { params } = route;
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ""]));
  const attributes = params.getAll("attr");
  const filtered = attributes.length > 0 || FILTERS.some((name) => wanted[name]);
  const status = useLoaded("status", (signal) => api.status(signal), { refreshMs: REFRESH_MS });
  const key = `traces ${JSON.stringify([wanted, attributes, params.get("range"), params.get("from"), params.get("to")])}`;
  const load = (cursor, signal) => api.traces({ ...wanted, attr: attributes, ...bounds(rangeOf(params)), cursor }, signal);
  return html`
    <div class="view-head"><h1>Traces</h1></div>
    <div class="filters" role="search">
      <${FilterField} name="q" label="Search" value=${wanted.q} placeholder="part of a span's name" search=${true} />
      <${ServiceSelect} value=${wanted.service} services=${status.data?.services ?? []} />
      <${FilterField} name="route" label="Route" value=${wanted.route} placeholder="/orders/{id}" />
      <${FilterSelect} name="status" label="Status" value=${wanted.status} options=${STATUSES} />
      <${FilterField} name="min_ms" label="At least, ms" value=${wanted.min_ms} placeholder="100" numeric=${true} />
      <${AttributeFilter} values=${attributes} />
    </div>
    <${Chips} items=${attributes.map((pair) => ["attribute", pair, { attr: attributes.filter((other) => other !== pair) }])} />
    <${PagedList} key=${key} id=${key} load=${load} items=${(page) => page.traces} idOf=${(trace) => trace.trace_id} refreshMs=${isLive(params) ? REFRESH_MS : 0}>
      ${(traces) =>
        traces.length
          ? html`<${TraceRows} traces=${traces} label="Traces" />`
          : filtered
            ? html`<${Empty} title="No trace matches">
                <p>Widen the time range above, or <a href=${changed({ ...Object.fromEntries(FILTERS.map((name) => [name, null])), attr: null })}>remove the filters</a>.</p>
              <//>`
            : html`<${FirstData} status=${status.data} range=${rangeOf(params)} />`}
    <//>
  `;
}
