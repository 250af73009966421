import { html } from "../preact.js";
import { api } from "../api.js";
import { FirstData } from "../parts/first_data.js";
import { AttributeFilter, Chips, FilterField, FilterSelect, ServiceSelect } from "../parts/filters.js";
import { LogContext } from "../parts/log_context.js";
import { LogLines } from "../parts/log_lines.js";
import { PagedList } from "../parts/paged_list.js";
import { Empty } from "../parts/states.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { bounds, isLive, rangeOf } from "../range.js";
import { changed, go } from "../router.js";
import { useTail } from "../tail.js";

const FILTERS = ["q", "severity", "service", "trace_id", "span_id", "logger"];
/** @type {[string, string][]} */
const SEVERITIES = [
  ["", "All"],
  ["debug", "Debug and above"],
  ["info", "Info and above"],
  ["warn", "Warnings and above"],
  ["error", "Errors and above"],
  ["fatal", "Fatal"],
];

/** Search, follow and read log lines. @param {{ route: import("../router.js").Route }} props */
export function Logs({ route }) {
  const { params } = route;
  const around = Number(params.get("around"));
  if (around > 0) return html`<${LogContext} timeMs=${around} service=${params.get("service") ?? ""} marked=${params.get("log")} />`;
  return html`<${LogSearch} params=${params} />`;
}

/** @param {{ params: URLSearchParams }} props */
function LogSearch({ params }) {
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ""]));
  const attributes = params.getAll("attr");
  const open = params.get("log");
  const status = useLoaded("status", (signal) => api.status(signal), { refreshMs: REFRESH_MS });
  // The lines of one trace are wanted whenever they were written.
  const anyTime = wanted.trace_id !== "";
  const live = isLive(params) && !anyTime;
  const accepts = (log) => (!wanted.logger || log.logger === wanted.logger) && attributes.every((pair) => hasPair(log.attributes, pair));
  const tail = useTail({ service: wanted.service, severity: wanted.severity, q: wanted.q }, accepts, { on: live, held: open !== null });
  const key = `logs ${JSON.stringify([wanted, attributes, params.get("range"), params.get("from"), params.get("to")])}`;
  const load = (cursor, signal) => api.logs({ ...wanted, attr: attributes, ...(anyTime ? { from: 0 } : bounds(rangeOf(params))), cursor }, signal);
  const onOpen = (id) => go(changed({ log: id }), { replace: true });
  const chips = [
    ...["trace_id", "span_id", "logger"].filter((name) => wanted[name]).map((name) => [name.replace("_", " "), wanted[name], { [name]: null }]),
    ...attributes.map((pair) => ["attribute", pair, { attr: attributes.filter((other) => other !== pair) }]),
  ];
  return html`
    <div class="view-head">
      <h1>Logs</h1>
      <${TailState} live=${live} tail=${tail} />
    </div>
    <div class="filters" role="search">
      <${FilterField} name="q" label="Search" value=${wanted.q} placeholder="any part of the text" search=${true} />
      <${FilterSelect} name="severity" label="Severity" value=${wanted.severity} options=${SEVERITIES} />
      <${ServiceSelect} value=${wanted.service} services=${status.data?.services ?? []} />
      <${FilterField} name="trace_id" label="Trace id" value=${wanted.trace_id} placeholder="32 digits" />
      <${AttributeFilter} values=${attributes} />
    </div>
    <${Chips} items=${chips} />
    ${anyTime && html`<p class="quiet note">All lines of the trace, whatever the time range says.</p>`}
    ${tail.waiting > 0 && html`<button type="button" class="waiting" onClick=${() => onOpen(null)}>${tail.waiting} new, held back while a line is open. Show</button>`}
    <${PagedList} key=${key} id=${key} load=${load} items=${(page) => page.logs} idOf=${(log) => String(log.id)} extra=${tail.lines} turn=${tail.turn} refreshMs=${live && !tail.connected && open === null ? REFRESH_MS : 0}>
      ${(logs) =>
        logs.length
          ? html`<${LogLines} logs=${logs.sort((a, b) => b.time_ms - a.time_ms)} open=${open} onOpen=${onOpen} />`
          : html`<${NoLines} filtered=${chips.length > 0 || FILTERS.some((name) => wanted[name])} status=${status.data} params=${params} />`}
    <//>
  `;
}

/** @param {{ filtered: boolean, status: any, params: URLSearchParams }} props */
function NoLines({ filtered, status, params }) {
  if (!filtered) return html`<${FirstData} status=${status} range=${rangeOf(params)} />`;
  const none = changed({ ...Object.fromEntries(FILTERS.map((name) => [name, null])), attr: null });
  return html`<${Empty} title="No log line matches"><p>Widen the time range above, or <a href=${none}>remove the filters</a>.</p><//>`;
}

/** @param {{ live: boolean, tail: { connected: boolean } }} props */
function TailState({ live, tail }) {
  if (!live) return null;
  return html`<span class="tail-state" role="status" data-testid="tail-state">${tail.connected ? "Following new lines" : "Connecting…"}</span>`;
}

/** @param {Record<string, unknown>} attributes @param {string} pair "key=value" */
function hasPair(attributes, pair) {
  const [key, value] = pair.split(/=(.*)/s);
  return Object.hasOwn(attributes, key) && String(attributes[key]) === value;
}
