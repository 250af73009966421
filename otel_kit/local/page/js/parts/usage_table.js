import { html } from "../preact.js";
import { count, duration, money, short } from "../format.js";
import { link } from "../router.js";
import { Service } from "./badges.js";
import { SortedTable } from "./sorted_table.js";
import { Text } from "./text.js";

/** Field, heading, class, format. @type {[string, string, string, (value: any) => string][]} */
const COLUMNS = [
  ["calls", "Calls", "", count],
  ["errors", "Failed", "wide", count],
  ["input_tokens", "In", "", short],
  ["cached_tokens", "of it cached", "wide", short],
  ["output_tokens", "Out", "", short],
  ["reasoning_tokens", "of it reasoning", "wide", short],
  ["cost", "Cost", "", money],
  ["p50_ms", "p50", "wide", duration],
  ["p95_ms", "p95", "wide", duration],
  ["first_p50_ms", "First token p50", "wide", duration],
];
/** The key that a dimension stands under in an event. @type {Record<string, string>} */
const KEYS = { model: "gen_ai.request.model", feature: "otel_kit.feature", tenant: "otel_kit.tenant" };
const HEADINGS = { model: "Model", feature: "Feature", tenant: "Tenant", service: "Service" };
const FIRST_SHOWN = 20;

/** Tokens, cost and latency, sortable; a row leads to its calls. @param {{ rows: any[], by: string, service: string }} props */
export function UsageTable({ rows, by, service }) {
  return html`<${SortedTable} class="usage-table" rows=${rows} columns=${COLUMNS} leading=${[[HEADINGS[by] ?? by]]} first="calls" keyOf=${(row) => row.value} most=${FIRST_SHOWN}>
    ${(row) => html`
      <th scope="row"><${Value} row=${row} by=${by} service=${service} /></th>
      ${COLUMNS.map(([field, , kind, format]) => html`<td key=${field} class="number ${kind} ${field === "errors" && row.errors ? "is-bad" : ""}">${field === "cost" ? html`<${Cost} row=${row} />` : format(row[field])}</td>`)}
    `}
  <//>`;
}

/** @param {{ row: any }} props */
function Cost({ row }) {
  if (!row.unpriced) return money(row.cost ?? 0);
  if (row.cost === null) return html`<span class="unknown">unknown</span>`;
  return html`${money(row.cost)} <span class="unknown" title="${row.unpriced} calls have no known price">+ ?</span>`;
}

/** @param {{ row: any, by: string, service: string }} props */
function Value({ row, by, service }) {
  if (by === "service") return html`<a data-row href=${link("events", { category: "llm", service: row.value })}><${Service} name=${row.value} /></a>`;
  // Neither "not said" nor the rest beyond the API's cap is a value to look for.
  if (row.value === "" || row.value === "(other)") return html`<span class="quiet">${row.value || "not said"}</span>`;
  return html`<a data-row href=${link("events", { category: "llm", service, attr: `${KEYS[by]}=${row.value}` })}><${Text} value=${row.value} /></a>`;
}
