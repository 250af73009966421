import { html } from "../preact.js";
import { ago, iso } from "../format.js";
import { covering } from "../range.js";
import { link } from "../router.js";
import { AlertSeverity, Service } from "./badges.js";
import { LongText, Text } from "./text.js";

/** Active alerts, one block each, with the ways to what led to it. @param {{ alerts: any[], params: URLSearchParams }} props */
export function AlertRows({ alerts, params }) {
  return html`<ul class="alerts" aria-label="Active alerts">
    ${alerts.map(
      (alert) => html`<li key=${`${alert.service} ${alert.name}`} class=${alert.silent ? "is-silent" : ""}>
        <div class="alert-head">
          <${AlertSeverity} severity=${alert.severity} />
          <strong><${Text} value=${alert.name} /></strong>
          <${Service} name=${alert.service} />
          ${alert.since_ms !== null && html`<span class="quiet" title=${iso(alert.since_ms)}>since ${ago(alert.since_ms).replace(" ago", "")}</span>`}
          ${alert.silent && html`<span class="is-bad" title=${iso(alert.heard_ms)}>not heard of since ${ago(alert.heard_ms).replace(" ago", "")}</span>`}
        </div>
        ${alert.reason && html`<${LongText} value=${String(alert.reason)} class="alert-reason" place="otel_kit.alert.reason" />`}
        <${AlertLinks} alert=${alert} params=${params} />
      </li>`,
    )}
  </ul>`;
}

/** @param {{ alert: any, params: URLSearchParams }} props */
function AlertLinks({ alert, params }) {
  const its = { category: "alert", attr: `otel_kit.alert.name=${alert.name}`, service: alert.service };
  // Within the cool-down an alert is raised without an event: then only the gauge tells of it.
  if (alert.event_id === null) {
    return html`<p class="actions">
      <a data-row href=${link("events", its)}>Its events</a>
      <a href=${link("logs", { service: alert.service, severity: "warn" })}>Warnings of the service</a>
    </p>`;
  }
  return html`<p class="actions">
    <a data-row href=${link("events", { ...its, ...covering(params, alert.since_ms) })}>Its events</a>
    ${alert.trace_id && html`<a href=${link("trace", { span: alert.span_id }, alert.trace_id)}>Trace</a>`}
    ${alert.trace_id && html`<a href=${link("logs", { trace_id: alert.trace_id })}>Logs of this trace</a>`}
    <a href=${link("logs", { around: alert.since_ms, log: alert.event_id, service: alert.service })}>Logs around it</a>
  </p>`;
}
