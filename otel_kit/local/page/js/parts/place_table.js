import { html } from "../preact.js";
import { ago, count, iso } from "../format.js";
import { changed, link } from "../router.js";
import { Service } from "./badges.js";
import { SortedTable } from "./sorted_table.js";
import { Text } from "./text.js";

/** Field, heading, class. @type {[string, string, string][]} */
const COLUMNS = [
  ["hits", "Altered", ""],
  ["reported", "Reported", ""],
  ["last_ms", "Last", "wide"],
];
const FIRST_SHOWN = 50;

/**
 * What was found by rule, key and service, sortable; each row leads to its rule.
 * @param {{ places: any[], chosen?: string }} props as the API has them; with `chosen`, a key, all are of one rule, and
 *   their links choose a key
 */
export function PlaceTable({ places, chosen = undefined }) {
  const leading = [[chosen === undefined ? "Rule and key" : "Key"], ["Service"]];
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Redaction by rule, key and service">
    <${SortedTable} class="place-table" rows=${places} columns=${COLUMNS} leading=${leading} first="hits" then=${(place) => place.hits + place.reported} keyOf=${(place) => `${place.by} ${place.service} ${place.rule} ${place.key}`} rowClass=${(place) => (chosen && place.key === chosen ? "is-chosen" : "")} most=${FIRST_SHOWN}>
      ${(place) => html`
        <th scope="row"><${Where} place=${place} chosen=${chosen} /></th>
        <td><${Service} name=${place.service} />${place.by === "viewer" && html`<span class="hole" title="It reached the viewer unmasked">masked here</span>`}</td>
        <td class="number">${count(place.hits)}</td>
        <td class="number">${count(place.reported)}</td>
        <td class="number wide"><span title=${iso(place.last_ms)}>${ago(place.last_ms)}</span></td>
      `}
    <//>
  </div>`;
}

/** @param {{ place: any, chosen?: string }} props */
function Where({ place, chosen }) {
  const key = isKey(place.key) ? place.key : null;
  const shown = html`<span class="mono place-key"><${Text} value=${place.key || "(not told)"} /></span>`;
  if (chosen !== undefined) return key ? html`<a data-row href=${changed({ key })}>${shown}</a>` : shown;
  return html`<a data-row href=${link("rule", { key }, place.rule)}><${Text} value=${place.rule} /></a> ${shown}`;
}

/** @param {string} key @returns {boolean} whether it is one key, and not the sum of those beyond a limit */
export function isKey(key) {
  return key !== "" && key !== "(other)";
}
