import { html } from "../preact.js";
import { duration, plural } from "../format.js";
import { link } from "../router.js";
import { Outcome, Service, Time } from "./badges.js";
import { Text } from "./text.js";

/**
 * Traces as rows, each one link. The bars grow with the square root: one slow trace must not flatten the others. `brief` leaves out what a narrow panel has no room for.
 * @param {{ traces: any[], label: string, brief?: boolean }} props
 */
export function TraceRows({ traces, label, brief = false }) {
  const longest = Math.max(...traces.map((trace) => trace.duration_ms), 0.001);
  return html`<ol class="trace-rows ${brief ? "is-brief" : ""}" aria-label=${label}>
    ${traces.map((trace) => html`<li key=${trace.trace_id}><${TraceRow} trace=${trace} share=${Math.sqrt(trace.duration_ms / longest)} /></li>`)}
  </ol>`;
}

/** @param {{ trace: any, share: number }} props */
function TraceRow({ trace, share }) {
  const { root } = trace;
  const others = trace.services.filter((name) => name !== root.service).length;
  return html`<a class="trace-row ${trace.error_count ? "has-error" : ""}" data-row href=${link("trace", {}, trace.trace_id)}>
    <${Time} ms=${trace.start_ms} />
    <${Outcome} errors=${trace.error_count} code=${root.status_code} />
    <span class="trace-name"><${Text} value=${nameOf(root)} /></span>
    <span class="trace-service"><${Service} name=${root.service} />${others > 0 && html`<span class="quiet"> +${others}</span>`}</span>
    <span class="trace-spans quiet">${plural(trace.span_count, "span")}${trace.error_count > 0 && html`, <span class="is-bad">${plural(trace.error_count, "error")}</span>`}</span>
    <span class="trace-duration"><span class="duration-bar"><span style=${{ width: `${Math.max(share * 100, 1)}%` }}></span></span><span class="duration-text">${duration(trace.duration_ms)}</span></span>
  </a>`;
}

/** @param {any} root @returns {string} method and route when there are both, else the span's name */
export function nameOf(root) {
  return root.method && root.route ? `${root.method} ${root.route}` : root.name;
}
