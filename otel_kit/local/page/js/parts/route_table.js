import { html, useState } from "../preact.js";
import { count, duration, percent, rate } from "../format.js";
import { link } from "../router.js";
import { Service } from "./badges.js";
import { Text } from "./text.js";

/** Column: field, heading, format, class. @type {[string, string, (value: any) => string, string][]} */
const COLUMNS = [
  ["count", "Requests", count, "wide"],
  ["rate_per_s", "Rate", rate, ""],
  ["error_ratio", "Errors", percent, ""],
  ["p50_ms", "p50", duration, "wide"],
  ["p95_ms", "p95", duration, ""],
  ["p99_ms", "p99", duration, "wide"],
];
const FIRST_SHOWN = 12;

/** Rate, errors and latency by route, sortable; a route leads to its traces. @param {{ routes: any[] }} props */
export function RouteTable({ routes }) {
  const [sortBy, setSortBy] = useState("count");
  const [all, setAll] = useState(false);
  const sorted = [...routes].sort((a, b) => (b[sortBy] ?? -1) - (a[sortBy] ?? -1));
  const shown = all ? sorted : sorted.slice(0, FIRST_SHOWN);
  return html`<table class="data route-table">
      <thead>
        <tr>
          <th scope="col">Route</th>
          <th scope="col" class="wide">Service</th>
          ${COLUMNS.map(
            ([field, heading, , kind]) => html`<th key=${field} scope="col" class="number ${kind}" aria-sort=${field === sortBy ? "descending" : "none"}>
              <button type="button" class="sort" onClick=${() => setSortBy(field)}>${heading}</button>
            </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (item) => html`<tr key=${`${item.service} ${item.method} ${item.route}`}>
            <th scope="row" class="route-name"><${RouteName} item=${item} /></th>
            <td class="wide"><${Service} name=${item.service} /></td>
            ${COLUMNS.map(([field, , format, kind]) => html`<td key=${field} class="number ${kind} ${field === "error_ratio" && item.errors ? "is-bad" : ""}">${format(item[field])}</td>`)}
          </tr>`,
        )}
      </tbody>
    </table>
    ${sorted.length > FIRST_SHOWN && html`<button type="button" class="link-button" onClick=${() => setAll(!all)}>${all ? "Show fewer" : `Show all ${sorted.length} routes`}</button>`}`;
}

/** @param {{ item: any }} props */
function RouteName({ item }) {
  const name = html`${item.method && html`<span class="method">${item.method}</span> `}<${Text} value=${item.route ?? ""} />`;
  // "(other)" stands for the routes beyond the API's cap: there is no filter for it.
  if (item.route === "(other)") return html`<span>${name}</span>`;
  return html`<a data-row href=${link("traces", { service: item.service, route: item.route })}>${name}</a>`;
}
