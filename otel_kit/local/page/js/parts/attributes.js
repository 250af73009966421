import { html } from "../preact.js";
import { asText } from "../telemetry_text.js";
import { LongText, Text } from "./text.js";

/** A longer value makes no sensible filter. */
const FILTER_MAX = 200;

/**
 * Attributes as a table, keys sorted.
 * @param {{ of: Record<string, unknown>, hrefOf?: (filter: string) => string }} props `hrefOf` turns "key=value" into
 *   the address of a list with that filter; without it there are no such links
 */
export function Attributes({ of, hrefOf }) {
  const keys = Object.keys(of).sort();
  if (!keys.length) return html`<p class="quiet">none</p>`;
  return html`<table class="attributes">
    <tbody>
      ${keys.map(
        (key) => html`<tr key=${key}>
          <th scope="row"><${Text} value=${key} /></th>
          <td class="type-${typeof of[key]}">
            <${LongText} value=${asText(of[key])} place=${key} />
            ${hrefOf && filterable(of[key]) &&
            html`<a class="find" href=${hrefOf(`${key}=${of[key]}`)} title="Find others with this value" aria-label="Find others with this ${key}">find</a>`}
          </td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

/** @param {unknown} value */
function filterable(value) {
  return (typeof value === "string" && value !== "" && value.length <= FILTER_MAX) || typeof value === "number" || typeof value === "boolean";
}
