import { html } from "../preact.js";
import { api } from "../api.js";
import { ago } from "../format.js";
import { useLoaded } from "../loading.js";
import { link } from "../router.js";
import { AlertSeverity, HealthStatus, Service } from "./badges.js";
import { Text } from "./text.js";

const SHOWN_MAX = 6;

/** Active alerts and checks that are not healthy, if there are any: what to look at first. @param {{ refreshMs: number, service: string }} props */
export function Attention({ refreshMs, service }) {
  const alerts = useLoaded("alerts", (signal) => api.alerts(signal), { refreshMs });
  const health = useLoaded("health", (signal) => api.health(signal), { refreshMs });
  // Who is silent says nothing about now; the views of alerts and health have them all.
  const isNow = (item) => !item.silent && (!service || item.service === service);
  const rows = [
    ...(alerts.data?.active ?? []).filter(isNow).map((alert) => html`<${AlertRow} key=${`a ${alert.service} ${alert.name}`} alert=${alert} />`),
    ...(health.data?.checks ?? []).filter((check) => isNow(check) && check.status !== "healthy").map((check) => html`<${CheckRow} key=${`c ${check.service} ${check.check}`} check=${check} />`),
  ];
  if (!rows.length) return null;
  return html`<section class="attention" aria-label="Needs attention" data-testid="attention">
    <ul>${rows.slice(0, SHOWN_MAX)}</ul>
    ${rows.length > SHOWN_MAX && html`<p class="quiet">and ${rows.length - SHOWN_MAX} more: <a href=${link("alerts")}>alerts</a>, <a href=${link("health")}>health</a></p>`}
  </section>`;
}

/** @param {{ alert: any }} props */
function AlertRow({ alert }) {
  return html`<li>
    <a data-row href=${link("alerts")}>
      <${AlertSeverity} severity=${alert.severity} />
      <strong>Alert <${Text} value=${alert.name} /></strong>
      <${Service} name=${alert.service} />
      <span class="attention-text quiet">${alert.since_ms !== null && `since ${ago(alert.since_ms).replace(" ago", "")}`}${alert.reason && html`: <${Text} value=${String(alert.reason)} />`}</span>
    </a>
  </li>`;
}

/** @param {{ check: any }} props */
function CheckRow({ check }) {
  const text = check.change?.after === check.status ? check.change.text : null;
  return html`<li>
    <a data-row href=${link("health")}>
      <${HealthStatus} status=${check.status} />
      <strong>Check <${Text} value=${check.check} /></strong>
      <${Service} name=${check.service} />
      <span class="attention-text quiet">${check.critical ? "critical" : "not critical"}${text && html`: <${Text} value=${text} />`}</span>
    </a>
  </li>`;
}
