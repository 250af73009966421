import { html } from "../preact.js";
import { dayAndClock, duration, iso, plural } from "../format.js";
import { link } from "../router.js";
import { Service } from "./badges.js";
import { CopyButton } from "./copy_button.js";
import { Text } from "./text.js";

const SERVICES_SHOWN = 12;

/** What the trace is, in two lines. @param {{ id: string, trace: any, spans: any[], errors: number, complete: boolean }} props */
export function TraceHead({ id, trace, spans, errors, complete }) {
  const services = [...new Set(spans.map((span) => span.service))];
  return html`<div class="trace-head">
    <h1><${Text} value=${title(spans[0])} place="span.name" /></h1>
    <p class="trace-facts">
      <span><b>${duration(trace.duration_ms)}</b></span>
      <span title=${iso(trace.start_ms)}>${dayAndClock(trace.start_ms)}</span>
      <span>${plural(spans.length, "span")}${complete ? "" : " so far"}</span>
      <span class=${errors ? "is-bad" : "quiet"}>${plural(errors, "error")}</span>
      ${trace.logs.length > 0 && html`<a href=${link("logs", { trace_id: id })}>${plural(trace.logs.length, "log line")}</a>`}
      <span class="trace-id">Trace <span class="mono" data-testid="trace-id">${id}</span> <${CopyButton} text=${id} label="Copy the trace id" /></span>
    </p>
    <p class="legend">${services.slice(0, SERVICES_SHOWN).map((name) => html`<${Service} key=${name} name=${name} />`)}${services.length > SERVICES_SHOWN && html`<span class="quiet">and ${services.length - SERVICES_SHOWN} more</span>`}</p>
  </div>`;
}

/** @param {any} root @returns {string} */
function title(root) {
  const method = root?.attributes["http.request.method"];
  const route = root?.attributes["http.route"];
  return method && route ? `${method} ${route}` : (root?.name ?? "Trace without spans");
}
