import { html } from "../preact.js";
import { api } from "../api.js";
import { Chart } from "../parts/chart.js";
import { EventList } from "../parts/event_list.js";
import { FirstEvent } from "../parts/first_event.js";
import { FilterSelect, ServiceSelect } from "../parts/filters.js";
import { Empty, Loaded } from "../parts/states.js";
import { Tile } from "../parts/tile.js";
import { UsageTable } from "../parts/usage_table.js";
import { count, duration, money, percent, plural, short } from "../format.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { bounds, fixed, isLive, rangeOf } from "../range.js";
import { changed, go, link } from "../router.js";
import { bucketTimes } from "../timeline.js";

/** @type {[string, string][]} */
const DIMENSIONS = [
  ["model", "Model"],
  ["feature", "Feature"],
  ["tenant", "Tenant"],
  ["service", "Service"],
];

/** What language models were used for, took and cost. @param {{ route: import("../router.js").Route }} props */
export function Llm({ route }) {
  const { params } = route;
  const service = params.get("service") ?? "";
  const by = params.get("by") ?? "model";
  const key = `llm ${JSON.stringify([by, service, params.get("range"), params.get("from"), params.get("to")])}`;
  const usage = useLoaded(key, (signal) => load(params, by, service, signal), { refreshMs: isLive(params) ? REFRESH_MS : 0 });
  const status = useLoaded("status", (signal) => api.status(signal), { refreshMs: REFRESH_MS });
  return html`
    <div class="view-head">
      <h1>LLM</h1>
      <${ServiceSelect} value=${service} services=${status.data?.services ?? []} />
    </div>
    <${Loaded} of=${usage}>
      ${({ range, answer }) => (answer.totals.calls ? html`<${Usage} range=${range} answer=${answer} by=${by} service=${service} params=${params} />` : html`<${FirstEvent} kind="llm" />`)}
    <//>
  `;
}

/** @param {URLSearchParams} params @param {string} by @param {string} service @param {AbortSignal} signal */
async function load(params, by, service, signal) {
  const range = rangeOf(params);
  const answer = await api.llm({ ...bounds(range), by, service }, signal);
  return { range: { ...range, to: range.to ?? Date.now() }, answer };
}

/** @param {{ range: any, answer: any, by: string, service: string, params: URLSearchParams }} props */
function Usage({ range, answer, by, service, params }) {
  const { totals } = answer;
  return html`
    <ul class="tiles" aria-label="Totals">
      <${Tile} label="Calls" value=${short(totals.calls)} title=${count(totals.calls)} />
      <${Tile} label=${`Failed, ${percent(totals.errors / totals.calls)}`} value=${short(totals.errors)} bad=${totals.errors > 0} href=${totals.errors ? link("events", { category: "llm", outcome: "failure", service }) : null} />
      <${Tile} label="Tokens in" value=${short(totals.input_tokens)} title=${count(totals.input_tokens)} />
      <${Tile} label="Tokens out" value=${short(totals.output_tokens)} title=${count(totals.output_tokens)} />
      <${Tile} label=${totals.unpriced ? `Cost, ${plural(totals.unpriced, "call")} unknown` : "Cost"} value=${money(costOf(totals))} />
    </ul>
    <${Timeline} range=${range} timeline=${answer.timeline} />
    <section class="panel" data-testid="usage">
      <div class="panel-head">
        <h2>Usage and cost</h2>
        <${FilterSelect} name="by" label="By" value=${by} options=${DIMENSIONS} />
      </div>
      <${UsageTable} rows=${answer.rows} by=${by} service=${service} />
      ${totals.unpriced > 0 && html`<p class="quiet note">A price that no price file has is unknown, not 0. Your own prices: setting <code>llm.prices</code>.</p>`}
      ${answer.truncated && html`<p class="quiet note">More calls than can be counted at once: these are the newest. Choose a shorter time range.</p>`}
    </section>
    <section class="panel">
      <h2>Newest calls</h2>
      <${EventList} wanted=${{ category: "llm", service, limit: 10 }} params=${params} isOneKind=${true} label="Newest calls" empty=${html`<${Empty} title="No single calls">This service sends metrics of its calls, and no events.<//>`} />
    </section>
  `;
}

/** Nothing was used that had a price: 0. Something was, and no price is known: null. @param {any} totals @returns {number | null} */
export function costOf(totals) {
  return totals.cost ?? (totals.unpriced ? null : 0);
}

/** @param {{ range: any, timeline: any }} props */
function Timeline({ range, timeline }) {
  const { times, at } = bucketTimes(timeline, range.from, range.to);
  const of = (field) => times.map((time) => at.get(time)?.[field] ?? 0);
  const place = { times, from: range.from, to: range.to, sync: "llm", onZoom: (from, to) => go(changed(fixed(from, to))) };
  const tokens = times.map((time) => (at.get(time)?.input_tokens ?? 0) + (at.get(time)?.output_tokens ?? 0));
  const slow = times.map((time) => at.get(time)?.p95_ms ?? null);
  return html`<div class="charts">
    <${Chart} ...${place} title="Tokens" format=${short} lines=${[{ label: "in and out", values: tokens, colour: "--accent", bars: true }]} />
    <${Chart} ...${place} title="Known cost" format=${money} lines=${[{ label: "cost", values: of("cost"), colour: "--service-4", bars: true }]} />
    <${Chart} ...${place} title="Latency p95" format=${duration} lines=${[{ label: "p95", values: slow, colour: "--second" }]} />
  </div>`;
}
