import { html } from "../preact.js";
import { duration, iso } from "../format.js";
import { covering } from "../range.js";
import { changed, link, route } from "../router.js";
import { Attributes } from "./attributes.js";
import { Service } from "./badges.js";
import { CopyButton } from "./copy_button.js";
import { SpanEvents } from "./span_events.js";
import { LongText, Text } from "./text.js";

/**
 * All there is to know about one span.
 * @param {{ span: any, traceId: string, traceStart: number, hasParent: boolean, logCount: number, closeHref: string,
 *   onClose: () => void }} props `hasParent`: the parent is in the trace, not merely named
 */
export function SpanPanel({ span, traceId, traceStart, hasParent, logCount, closeHref, onClose }) {
  const near = covering(route().params, span.start_ms);
  const find = (filter) => link("traces", { attr: filter, ...near });
  const close = (event) => (event.preventDefault(), onClose());
  return html`<aside class="span-panel" aria-label="Selected span" data-testid="span-panel">
    <div class="span-panel-head">
      <h2><${Text} value=${span.name} place="span.name" /></h2>
      <a class="icon-button" href=${closeHref} aria-label="Close" title="Close (Esc)" onClick=${close}>×</a>
    </div>
    <p class="actions">
      <${Service} name=${span.service} />
      <a href=${changed({ zoom: span.span_id })}>Zoom to it</a>
      ${logCount > 0 && html`<a href=${link("logs", { trace_id: traceId, span_id: span.span_id })}>Its log lines (${logCount})</a>`}
    </p>
    ${span.status.message && html`<div class="status-message"><${LongText} value=${span.status.message} place="span.status" /></div>`}
    <dl class="facts">
      <dt>Kind</dt><dd>${span.kind}</dd>
      <dt>Start</dt><dd title=${iso(span.start_ms)}>+${duration(span.start_ms - traceStart)}</dd>
      <dt>Duration</dt><dd>${duration(span.duration_ms)}</dd>
      <dt>Status</dt><dd class=${span.status.code === "error" ? "is-bad" : ""}>${span.status.code}</dd>
      <dt>Span id</dt><dd><a class="mono" href=${link("trace", { span: span.span_id }, traceId)}>${span.span_id}</a> <${CopyButton} text=${span.span_id} label="Copy the span id" /></dd>
      ${span.parent_span_id && html`<dt>Parent</dt><dd>${hasParent ? html`<a class="mono" href=${link("trace", { span: span.parent_span_id }, traceId)}>${span.parent_span_id}</a>` : html`<span class="mono">${span.parent_span_id}</span> <span class="quiet">not received</span>`}</dd>`}
      ${span.scope && html`<dt>Scope</dt><dd><${Text} value=${scopeName(span.scope)} place="scope.name" /></dd>`}
      ${span.trace_state && html`<dt>Trace state</dt><dd><${Text} value=${span.trace_state} place="tracestate" /></dd>`}
    </dl>
    ${span.events.length > 0 && html`<h3>Events</h3><${SpanEvents} events=${span.events} start=${span.start_ms} />`}
    <h3>Attributes</h3>
    <${Attributes} of=${span.attributes} hrefOf=${find} />
    ${span.links.length > 0 && html`<h3>Links</h3><${SpanLinks} links=${span.links} />`}
    <details>
      <summary>Resource</summary>
      <${Attributes} of=${span.resource} hrefOf=${find} />
    </details>
  </aside>`;
}

/** @param {{ links: any[] }} props */
function SpanLinks({ links }) {
  return html`<ul class="span-links">
    ${links.map(
      (item, i) => html`<li key=${i}>
        <a class="mono" href=${link("trace", { span: item.span_id }, item.trace_id)}>${item.trace_id}</a>
        ${Object.keys(item.attributes).length > 0 && html`<${Attributes} of=${item.attributes} />`}
      </li>`,
    )}
  </ul>`;
}

/** @param {any} scope a name, or name and version @returns {string} */
function scopeName(scope) {
  return typeof scope === "string" ? scope : [scope.name, scope.version].filter(Boolean).join(" ");
}
