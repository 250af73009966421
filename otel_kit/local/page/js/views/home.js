import { html } from "../preact.js";
import { api } from "../api.js";
import { Attention } from "../parts/attention.js";
import { Chart } from "../parts/chart.js";
import { FirstData } from "../parts/first_data.js";
import { RouteTable } from "../parts/route_table.js";
import { RuleBars } from "../parts/rule_bars.js";
import { ServiceSelect } from "../parts/filters.js";
import { Empty, Loaded } from "../parts/states.js";
import { Tile } from "../parts/tile.js";
import { TraceRows } from "../parts/trace_rows.js";
import { count, duration, percent, plural, rate, short } from "../format.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { bounds, fixed, isLive, rangeOf } from "../range.js";
import { changed, go, link } from "../router.js";
import { bucketTimes } from "../timeline.js";

/** How the services do: rate, errors and latency over time and by route. @param {{ route: import("../router.js").Route }} props */
export function Home({ route }) {
  const { params } = route;
  const service = params.get("service") ?? "";
  const key = `home ${service} ${params.get("range")} ${params.get("from")} ${params.get("to")}`;
  const refreshMs = isLive(params) ? REFRESH_MS : 0;
  const overview = useLoaded(key, (signal) => loadOverview(params, service, signal), { refreshMs });
  const redaction = useLoaded("home redaction", (signal) => api.redaction(signal), { refreshMs });
  const status = useLoaded("status", (signal) => api.status(signal), { refreshMs });
  return html`
    <div class="view-head">
      <h1>Home</h1>
      <${ServiceSelect} value=${service} services=${status.data?.services ?? []} />
    </div>
    <${Attention} refreshMs=${refreshMs} service=${service} />
    <${Loaded} of=${overview}>
      ${({ range, answer }) =>
        answer.totals.spans || answer.totals.logs
          ? html`<${Overview} range=${range} answer=${answer} service=${service} redaction=${redaction} />`
          : html`<${FirstData} status=${status.data} range=${rangeOf(params)} />`}
    <//>
  `;
}

/** @param {URLSearchParams} params @param {string} service @param {AbortSignal} signal */
async function loadOverview(params, service, signal) {
  const range = rangeOf(params);
  const answer = await api.overview({ ...bounds(range), service }, signal);
  return { range: { ...range, to: range.to ?? Date.now() }, answer };
}

/** @param {{ range: any, answer: any, service: string, redaction: any }} props */
function Overview({ range, answer, service, redaction }) {
  const { totals } = answer;
  const masked = redaction.data ? total(redaction.data.sdk) : null;
  return html`
    <ul class="tiles" aria-label="Totals">
      <${Tile} href=${link("traces", { service })} label="Traces" ...${figure(totals.traces)} />
      <${Tile} href=${link("traces", { service })} label="Spans" ...${figure(totals.spans)} />
      <${Tile} href=${totals.errors ? link("traces", { service, status: "error" }) : null} label="Error spans" ...${figure(totals.errors)} bad=${totals.errors > 0} />
      <${Tile} href=${totals.logs ? link("logs", { service }) : null} label="Log lines" ...${figure(totals.logs)} />
      <${Tile} href=${link("redaction")} label="Values masked" ...${figure(masked)} />
    </ul>
    <${Timeline} range=${range} timeline=${answer.timeline} />
    <section class="panel">
      <h2>Routes</h2>
      ${answer.routes.length
        ? html`<${RouteTable} routes=${answer.routes} />`
        : html`<${Empty} title="No server spans in this time range">Requests to an instrumented web app show here, grouped by route.<//>`}
    </section>
    <div class="columns">
      <section class="panel">
        <h2>Newest error traces <a class="more" href=${link("traces", { service, status: "error" })}>all</a></h2>
        ${answer.error_traces.length
          ? html`<${TraceRows} traces=${answer.error_traces} brief=${true} label="Newest error traces" />`
          : html`<${Empty} title="No errors in this time range" />`}
      </section>
      <section class="panel">
        <h2>Masked values by rule <a class="more" href=${link("redaction")}>all</a></h2>
        <${Loaded} of=${redaction}>${(data) => html`<${Masked} data=${data} />`}<//>
      </section>
    </div>
  `;
}

/** @param {number | null} n @returns {{ value: string, title: string }} of a tile */
function figure(n) {
  return { value: short(n), title: count(n) };
}

/** @param {{ data: any }} props */
function Masked({ data }) {
  const late = total(data.receiver);
  return html`
    <${RuleBars} counts=${data.sdk} limit=${8} />
    ${late > 0 && html`<p class="warning">${plural(late, "value")} arrived unmasked. <a href=${link("redaction")}>What that means</a></p>`}
  `;
}

/** @param {{ range: any, timeline: any }} props */
function Timeline({ range, timeline }) {
  const { times, at } = bucketTimes(timeline, range.from, range.to);
  const seconds = timeline.bucket_ms / 1000;
  const rates = times.map((time) => (at.get(time)?.count ?? 0) / seconds);
  const errors = times.map((time) => (at.get(time)?.errors ?? 0) / Math.max(at.get(time)?.count ?? 0, 1));
  const slow = times.map((time) => at.get(time)?.p95_ms ?? null);
  const place = { times, from: range.from, to: range.to, sync: "home", onZoom: (from, to) => go(changed(fixed(from, to))) };
  return html`<div class="charts">
    <${Chart} ...${place} title="Requests per second" format=${rate} lines=${[{ label: "requests", values: rates, colour: "--accent", bars: true }]} />
    <${Chart} ...${place} title="Errors" format=${percent} lines=${[{ label: "failed", values: errors, colour: "--bad", bars: true }]} />
    <${Chart} ...${place} title="Latency p95" format=${duration} lines=${[{ label: "p95", values: slow, colour: "--second" }]} />
  </div>`;
}

/** @param {Record<string, number>} counts */
function total(counts) {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}
