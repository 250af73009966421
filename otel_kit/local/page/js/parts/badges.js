import { html } from "../preact.js";
import { clock, iso, moment } from "../format.js";
import { serviceColour } from "../service_colour.js";
import { Text } from "./text.js";

/** The coloured dot and name of a service. @param {{ name: string }} props */
export function Service({ name }) {
  return html`<span class="service">
    <span class="dot" style=${{ background: serviceColour(name) }}></span><span class="service-name"><${Text} value=${name} /></span>
  </span>`;
}

/** @param {{ level: string, text?: string }} props `level` as in the API; `text` is what the emitter called it */
export function Severity({ level, text = "" }) {
  return html`<span class="severity severity-${level}" title=${text || level}>${level}</span>`;
}

/** HTTP status or span status of a trace or span. @param {{ errors: number, code: number | null }} props */
export function Outcome({ errors, code }) {
  const bad = errors > 0 || (code ?? 0) >= 500;
  const kind = bad ? "bad" : (code ?? 0) >= 400 ? "warn" : "good";
  return html`<span class="outcome outcome-${kind}">${code ?? (bad ? "error" : "ok")}</span>`;
}

/** A moment with the exact time as title. @param {{ ms: number, brief?: boolean }} props */
export function Time({ ms, brief = false }) {
  return html`<time class="time" dateTime=${iso(ms)} title=${iso(ms)}>${brief ? clock(ms) : moment(ms)}</time>`;
}

/** @param {{ id: string }} props the first eight digits of an id, the whole as title */
export function ShortId({ id }) {
  return html`<span class="mono" title=${id}>${id.slice(0, 8)}</span>`;
}

/** The category of an event, which leads nowhere by itself. @param {{ name: string }} props */
export function Category({ name }) {
  return html`<span class="category"><${Text} value=${name || "other"} /></span>`;
}

/** How an event ended. @param {{ outcome: string | null }} props */
export function EventOutcome({ outcome }) {
  if (!outcome) return null;
  const kind = { success: "good", failure: "bad" }[outcome] ?? "warn";
  return html`<span class="outcome outcome-${kind}"><${Text} value=${outcome} /></span>`;
}

/** @param {{ status: string }} props healthy, degraded or unhealthy: a sign, a colour and the word */
export function HealthStatus({ status }) {
  const sign = { healthy: "✓", degraded: "!", unhealthy: "✕" }[status] ?? "?";
  return html`<span class="state state-${status}"><span class="state-sign" aria-hidden="true">${sign}</span> ${status}</span>`;
}

/** @param {{ severity: string }} props of an alert */
export function AlertSeverity({ severity }) {
  return html`<span class="urgency urgency-${severity}"><${Text} value=${severity || "alert"} /></span>`;
}
