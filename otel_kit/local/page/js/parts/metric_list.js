import { html, useState } from "../preact.js";
import { plural } from "../format.js";
import { link } from "../router.js";
import { Text } from "./text.js";

/** All metrics, to pick from. @param {{ metrics: any[], chosen: string }} props */
export function MetricList({ metrics, chosen }) {
  const [query, setQuery] = useState("");
  const needle = query.trim().toLowerCase();
  const shown = metrics.filter((metric) => metric.name.toLowerCase().includes(needle));
  return html`<nav class="panel metric-list" aria-label="Metrics">
    <input type="search" data-search="" aria-label="Find a metric" placeholder="Find a metric" value=${query} onInput=${(event) => setQuery(event.target.value)} />
    <ul>
      ${shown.map(
        (metric) => html`<li key=${metric.name}>
          <a data-row href=${link("metrics", { name: metric.name })} aria-current=${metric.name === chosen ? "true" : undefined}>
            <span class="metric-name"><${Text} value=${metric.name} /></span>
            <span class="quiet">${metric.type.replace("_", " ")}, ${plural(metric.series, "series", "series")}</span>
          </a>
        </li>`,
      )}
    </ul>
    ${!shown.length && html`<p class="quiet">No name contains this.</p>`}
  </nav>`;
}
