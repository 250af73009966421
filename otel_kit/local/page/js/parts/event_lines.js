import { html } from "../preact.js";
import { fieldsOf, lineOf } from "../event_fields.js";
import { asText } from "../telemetry_text.js";
import { covering } from "../range.js";
import { link, route } from "../router.js";
import { Attributes } from "./attributes.js";
import { Category, EventOutcome, Service, ShortId, Time } from "./badges.js";
import { LongText, Text } from "./text.js";

/**
 * Events, one line each; the open one shows its fields.
 * @param {{ events: any[], open: string | null, onOpen: (id: string | null) => void, label?: string,
 *   isOneKind?: boolean }} props `isOneKind`: all have the same name, which need not be said again
 */
export function EventLines({ events, open, onOpen, label = "Events", isOneKind = false }) {
  return html`<ol class="log-lines event-lines" aria-label=${label}>
    ${events.map((event) => {
      const id = String(event.id);
      const isOpen = id === open;
      return html`<li key=${id} class="log-line ${isOpen ? "is-open" : ""} level-${event.severity}">
        <div class="log-row">
          <button type="button" class="log-head event-row ${isOneKind ? "is-one-kind" : ""}" data-row aria-expanded=${isOpen ? "true" : "false"} onClick=${() => onOpen(isOpen ? null : id)}>
            <${Time} ms=${event.time_ms} />
            ${!isOneKind && html`<${Category} name=${event.category} />`}
            <${Service} name=${event.service} />
            ${!isOneKind && html`<span class="event-title"><${Text} value=${event.event_name} /></span>`}
            <span class="event-outcome"><${EventOutcome} outcome=${event.outcome} /></span>
            <span class="log-body"><${Text} value=${lineOf(event)} /></span>
          </button>
          ${event.trace_id && html`<a class="log-trace" href=${link("trace", { span: event.span_id }, event.trace_id)} title="Open its trace">trace <${ShortId} id=${event.trace_id} /></a>`}
        </div>
        ${isOpen && html`<${EventDetail} event=${event} />`}
      </li>`;
    })}
  </ol>`;
}

/** @param {{ event: any }} props */
function EventDetail({ event }) {
  const near = covering(route().params, event.time_ms);
  return html`<div class="log-detail" data-testid="event">
    ${event.body !== "" && event.body !== event.event_name && html`<${LongText} value=${asText(event.body)} class="log-text" place="log.body" />`}
    <p class="actions">
      ${event.trace_id && html`<a href=${link("trace", { span: event.span_id }, event.trace_id)}>Trace</a>`}
      ${event.trace_id && html`<a href=${link("logs", { trace_id: event.trace_id })}>Logs of this trace</a>`}
      <a href=${link("logs", { around: event.time_ms, log: event.id, service: event.service })}>20 log lines before and after</a>
      <a href=${link("events", { name: event.event_name, ...near })}>All <${Text} value=${event.event_name} /></a>
    </p>
    <dl class="facts">
      <dt>Event</dt><dd><${Text} value=${event.event_name} place="log.event_name" /></dd>
      <dt>Category</dt><dd>${event.category ? html`<${Text} value=${event.category} />` : html`<span class="quiet">none</span>`}</dd>
      ${event.outcome && html`<dt>Outcome</dt><dd><${EventOutcome} outcome=${event.outcome} /></dd>`}
      <dt>Severity</dt><dd>${event.severity}</dd>
      ${event.tier && html`<dt>Retention</dt><dd><${Text} value=${event.tier} /></dd>`}
    </dl>
    <h4>Fields</h4>
    <${Attributes} of=${fieldsOf(event)} hrefOf=${(filter) => link("events", { attr: filter, ...near })} />
    <details>
      <summary>Resource</summary>
      <${Attributes} of=${event.resource} />
    </details>
  </div>`;
}
