import { html } from "../preact.js";
import { api } from "../api.js";
import { RuleBars } from "../parts/rule_bars.js";
import { Service } from "../parts/badges.js";
import { Loaded } from "../parts/states.js";
import { Text } from "../parts/text.js";
import { count, plural } from "../format.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { isLive } from "../range.js";
import { link } from "../router.js";

/** What was masked: where it belongs, in the services, and what only the receiver caught. @param {{ route: import("../router.js").Route }} props */
export function Redaction({ route }) {
  const redaction = useLoaded("redaction", (signal) => api.redaction(signal), { refreshMs: isLive(route.params) ? REFRESH_MS : 0 });
  return html`
    <div class="view-head"><h1>Redaction</h1></div>
    <${Loaded} of=${redaction}>
      ${(data) => html`
        <div class="columns">
          <section class="panel" data-testid="sdk">
            <h2>Masked in the services <span class="quiet">${count(total(data.sdk))}</span></h2>
            <p class="quiet">Counted by the services themselves before anything left them, since they started.</p>
            <${RuleBars} counts=${data.sdk} />
            <${Errors} n=${data.errors.sdk} />
          </section>
          <section class="panel" data-testid="receiver">
            <h2>Masked by this viewer <span class="quiet">${count(total(data.receiver))}</span></h2>
            <${Receiver} counts=${data.receiver} />
            <${Errors} n=${data.errors.receiver} />
          </section>
        </div>
        <${ByService} services=${data.sdk_by_service} />
      `}
    <//>
  `;
}

/** @param {{ counts: Record<string, number> }} props */
function Receiver({ counts }) {
  if (!total(counts)) return html`<p class="good-news">Nothing was left to mask: all that arrived was clean.</p>`;
  return html`
    <p class="warning">
      These values reached the viewer unmasked. It masked them before storing, but they did travel: look for a service
      that does not use otel-kit, or one with a weaker policy.
    </p>
    <${RuleBars} counts=${counts} />
  `;
}

/** @param {{ n: number }} props */
function Errors({ n }) {
  return n > 0 && html`<p class="warning">${plural(n, "value")} could not be scanned and ${n === 1 ? "was" : "were"} dropped.</p>`;
}

/** @param {{ services: Record<string, Record<string, number>> }} props */
function ByService({ services }) {
  const names = Object.keys(services).sort();
  if (!names.length) return null;
  const rules = [...new Set(names.flatMap((name) => Object.keys(services[name])))].sort();
  return html`<section class="panel">
    <h2>By rule and service</h2>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Masked values by rule and service">
      <table class="data">
        <thead>
          <tr><th scope="col">Rule</th>${names.map((name) => html`<th key=${name} scope="col" class="number"><a href=${link("traces", { service: name })}><${Service} name=${name} /></a></th>`)}</tr>
        </thead>
        <tbody>
          ${rules.map((rule) => html`<tr key=${rule}><th scope="row"><${Text} value=${rule} /></th>${names.map((name) => html`<td key=${name} class="number">${count(services[name][rule])}</td>`)}</tr>`)}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** @param {Record<string, number>} counts */
function total(counts) {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}
