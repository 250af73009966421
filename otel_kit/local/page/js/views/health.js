import { html } from "../preact.js";
import { api } from "../api.js";
import { HealthStatus, Service } from "../parts/badges.js";
import { EventList } from "../parts/event_list.js";
import { FirstEvent } from "../parts/first_event.js";
import { Loaded } from "../parts/states.js";
import { LongText, Text } from "../parts/text.js";
import { ago, duration, iso, plural } from "../format.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { covering, isLive } from "../range.js";
import { link } from "../router.js";

const STATUSES = ["unhealthy", "degraded", "healthy"];

/** Each health check of each service as it is now, and what changed. @param {{ route: import("../router.js").Route }} props */
export function Health({ route }) {
  const { params } = route;
  const health = useLoaded("health", (signal) => api.health(signal), { refreshMs: isLive(params) ? REFRESH_MS : 0 });
  return html`
    <div class="view-head"><h1>Health</h1></div>
    <${Loaded} of=${health}>
      ${({ checks }) =>
        checks.length
          ? html`<div class="cards">${services(checks).map(([service, own]) => html`<${ServiceCard} key=${service} service=${service} checks=${own} params=${params} />`)}</div>
              <section class="panel">
                <h2>Changes</h2>
                <${EventList} wanted=${{ category: "health" }} params=${params} isOneKind=${true} label="Changes" empty=${html`<p class="good-news">No check changed in this time range.</p>`} />
              </section>`
          : html`<${FirstEvent} kind="health" />`}
    <//>
  `;
}

/** @param {any[]} checks @returns {[string, any[]][]} by service, the worst first as the checks come */
function services(checks) {
  /** @type {Map<string, any[]>} */
  const found = new Map();
  for (const check of checks) found.set(check.service, [...(found.get(check.service) ?? []), check]);
  return [...found];
}

/** @param {any[]} checks @returns {string} the worst status of those heard of; a check that is not critical only degrades */
function overall(checks) {
  const heard = checks.filter((check) => !check.silent);
  const counted = (heard.length ? heard : checks).map((check) => (check.status === "unhealthy" && !check.critical ? "degraded" : check.status));
  return STATUSES.find((status) => counted.includes(status)) ?? "unhealthy";
}

/** @param {{ service: string, checks: any[], params: URLSearchParams }} props */
function ServiceCard({ service, checks, params }) {
  return html`<section class="panel health-card" data-testid="health-${service}">
    <h2><${Service} name=${service} /> <${HealthStatus} status=${overall(checks)} /></h2>
    <ul class="checks">${checks.map((check) => html`<li key=${check.check}><${Check} check=${check} params=${params} /></li>`)}</ul>
  </section>`;
}

/** @param {{ check: any, params: URLSearchParams }} props */
function Check({ check, params }) {
  const { change } = check;
  const name = { name: "otel_kit.health.change", attr: `otel_kit.health.check=${check.check}`, service: check.service };
  const wrong = check.status !== "healthy" && change?.after === check.status ? change.text : null;
  return html`
    <div class="check-head">
      <${HealthStatus} status=${check.status} />
      <strong class="check-name"><${Text} value=${check.check} /></strong>
      ${check.critical && html`<span class="tag">critical</span>`}
      ${check.processes > 1 && html`<span class="quiet">${plural(check.processes, "process", "processes")}</span>`}
      <span class="check-took quiet">${check.duration_ms !== null && html`<span title="Mean of its runs">${duration(check.duration_ms)}</span>`}</span>
    </div>
    ${wrong && html`<${LongText} value=${wrong} class="check-reason" place="log.body" />`}
    <p class="actions quiet">
      <span title=${iso(check.heard_ms)} class=${check.silent ? "is-bad" : ""}>${check.silent ? "silent, reported " : "reported "}${ago(check.heard_ms)}</span>
      ${change && html`<a href=${link("events", { ...name, event: change.event_id, ...covering(params, change.time_ms) })}>changed ${ago(change.time_ms)}</a>`}
      ${change?.trace_id && html`<a href=${link("trace", { span: change.span_id }, change.trace_id)}>trace</a>`}
      ${change && html`<a href=${link("logs", { around: change.time_ms, log: change.event_id, service: check.service })}>logs around it</a>`}
    </p>
  `;
}
