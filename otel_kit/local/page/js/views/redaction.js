import { html } from "../preact.js";
import { api } from "../api.js";
import { FilterSelect } from "../parts/filters.js";
import { PlaceTable } from "../parts/place_table.js";
import { RuleBars } from "../parts/rule_bars.js";
import { Empty, Loaded } from "../parts/states.js";
import { count, plural } from "../format.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { isLive } from "../range.js";
import { changed } from "../router.js";

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
        <${Places} data=${data} params=${route.params} />
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

/** @param {{ data: any, params: URLSearchParams }} props */
function Places({ data, params }) {
  const service = params.get("service") ?? "";
  const rule = params.get("rule") ?? "";
  const shown = data.places.filter((place) => (!service || place.service === service) && (!rule || place.rule === rule));
  if (!data.places.length) return null;
  return html`<section class="panel" data-testid="places">
    <h2>By rule, key and service</h2>
    <p class="quiet">A rule leads to what it does and how to let a value pass. <span class="hole">masked here</span> reached this viewer raw.</p>
    <div class="filters" role="search">
      <${FilterSelect} name="rule" label="Rule" value=${rule} options=${options("All rules", data.places, "rule")} />
      <${FilterSelect} name="service" label="Service" value=${service} options=${options("All services", data.places, "service")} />
    </div>
    ${shown.length
      ? html`<${PlaceTable} places=${shown} />`
      : html`<${Empty} title="Nothing was found there"><p><a href=${changed({ rule: null, service: null })}>Remove the filters</a></p><//>`}
    ${data.truncated && html`<p class="quiet">The rarest are left out.</p>`}
  </section>`;
}

/** @param {string} all @param {any[]} places @param {string} field @returns {[string, string][]} */
function options(all, places, field) {
  return [["", all], ...[...new Set(places.map((place) => place[field]))].sort().map((value) => [value, value])];
}

/** @param {Record<string, number>} counts */
function total(counts) {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}
