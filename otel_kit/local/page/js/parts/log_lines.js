import { html } from "../preact.js";
import { asLine, asText } from "../telemetry_text.js";
import { covering } from "../range.js";
import { link, route } from "../router.js";
import { Attributes } from "./attributes.js";
import { Service, Severity, ShortId, Time } from "./badges.js";
import { LongText, Text } from "./text.js";

/**
 * Log records, one line each; the open one shows all it has.
 * @param {{ logs: any[], open: string | null, onOpen: (id: string | null) => void, marked?: string | null,
 *   inTrace?: boolean, label?: string }} props `inTrace`: the lines stand in their trace, links select the span there
 */
export function LogLines({ logs, open, onOpen, marked = null, inTrace = false, label = "Log lines" }) {
  return html`<ol class="log-lines" aria-label=${label}>
    ${logs.map((log) => {
      const id = String(log.id);
      const isOpen = id === open;
      return html`<li key=${id} class="log-line ${isOpen ? "is-open" : ""} ${id === marked ? "is-marked" : ""} level-${log.severity}">
        <div class="log-row">
          <button type="button" class="log-head" data-row aria-expanded=${isOpen ? "true" : "false"} onClick=${() => onOpen(isOpen ? null : id)}>
            <${Time} ms=${log.time_ms} />
            <${Severity} level=${log.severity} text=${log.severity_text} />
            <${Service} name=${log.service} />
            <span class="log-body"><${Text} value=${lineOf(log)} /></span>
          </button>
          ${log.trace_id &&
          html`<a class="log-trace" href=${link("trace", { span: log.span_id }, log.trace_id)} title=${inTrace ? "Select its span" : "Open its trace"}>
            ${inTrace ? "span" : "trace"} <${ShortId} id=${inTrace && log.span_id ? log.span_id : log.trace_id} />
          </a>`}
        </div>
        ${isOpen && html`<${LogDetail} log=${log} />`}
      </li>`;
    })}
  </ol>`;
}

/** @param {{ log: any }} props */
function LogDetail({ log }) {
  const near = covering(route().params, log.time_ms);
  const context = link("logs", { around: log.time_ms, log: log.id, service: log.service });
  return html`<div class="log-detail">
    <${LongText} value=${asText(log.body)} class="log-text" place="log.body" />
    <p class="actions">
      ${log.trace_id && html`<a href=${link("trace", { span: log.span_id }, log.trace_id)}>Trace</a>`}
      ${log.trace_id && html`<a href=${link("logs", { trace_id: log.trace_id })}>Logs of this trace</a>`}
      <a href=${context}>20 lines before and after</a>
      ${log.logger && html`<a href=${link("logs", { logger: log.logger, ...near })}>Logger <${Text} value=${log.logger} /></a>`}
    </p>
    ${log.event_name && html`<p class="quiet">Event <a href=${link("events", { name: log.event_name, event: log.id, ...near })}><${Text} value=${log.event_name} /></a></p>`}
    <h4>Attributes</h4>
    <${Attributes} of=${log.attributes} hrefOf=${(filter) => link("logs", { attr: filter, ...near })} />
    <details>
      <summary>Resource</summary>
      <${Attributes} of=${log.resource} />
    </details>
  </div>`;
}

/** @param {any} log */
function lineOf(log) {
  const line = asLine(log.body ?? "");
  return line === "" && log.event_name ? log.event_name : line;
}
