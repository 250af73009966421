import { html } from "../preact.js";
import { count, duration, percent, rate } from "../format.js";
import { link } from "../router.js";
import { Service } from "./badges.js";
import { SortedTable } from "./sorted_table.js";
import { Text } from "./text.js";

/** Field, heading, class, format. @type {[string, string, string, (value: any) => string][]} */
const COLUMNS = [
  ["count", "Requests", "wide", count],
  ["rate_per_s", "Rate", "", rate],
  ["error_ratio", "Errors", "", percent],
  ["p50_ms", "p50", "wide", duration],
  ["p95_ms", "p95", "", duration],
  ["p99_ms", "p99", "wide", duration],
];
const FIRST_SHOWN = 12;

/** Rate, errors and latency by route, sortable; a route leads to its traces. @param {{ routes: any[] }} props */
export function RouteTable({ routes }) {
  return html`<${SortedTable} class="route-table" rows=${routes} columns=${COLUMNS} leading=${[["Route"], ["Service", "wide"]]} first="count" keyOf=${(item) => `${item.service} ${item.method} ${item.route}`} most=${FIRST_SHOWN} noun="routes">
    ${(item) => html`
      <th scope="row" class="route-name"><${RouteName} item=${item} /></th>
      <td class="wide"><${Service} name=${item.service} /></td>
      ${COLUMNS.map(([field, , kind, format]) => html`<td key=${field} class="number ${kind} ${field === "error_ratio" && item.errors ? "is-bad" : ""}">${format(item[field])}</td>`)}
    `}
  <//>`;
}

/** @param {{ item: any }} props */
function RouteName({ item }) {
  const name = html`${item.method && html`<span class="method">${item.method}</span> `}<${Text} value=${item.route ?? ""} />`;
  // "(other)" stands for the routes beyond the API's cap: there is no filter for it.
  if (item.route === "(other)") return html`<span>${name}</span>`;
  return html`<a data-row href=${link("traces", { service: item.service, route: item.route })}>${name}</a>`;
}
