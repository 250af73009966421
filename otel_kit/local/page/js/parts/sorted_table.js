import { html, useState } from "../preact.js";

/**
 * @typedef {[string, string, string?]} Column field to sort by (null: cannot be sorted by), heading, class
 */

/**
 * A table whose number columns sort, the largest first; beyond `most` rows the rest shows on demand.
 * @param {{ rows: any[], columns: Column[], leading: [string, string?][], first: string, keyOf: (row: any) => string,
 *   then?: (row: any) => number, most?: number, noun?: string, class?: string, rowClass?: (row: any) => string,
 *   children?: any }} props `leading` are the headings before the columns that sort, with their class; `then` ranks rows
 *   of the same value; the child function renders the cells of a row
 */
export function SortedTable({ rows, columns, leading, first, keyOf, then = () => 0, most = Infinity, noun = "rows", class: className = "", rowClass = () => "", children }) {
  const cells = Array.isArray(children) ? children[0] : children;
  const [sortBy, setSortBy] = useState(first);
  const [all, setAll] = useState(false);
  const value = (row) => row[sortBy] ?? -1; // What is not known stands below all that is.
  const sorted = [...rows].sort((a, b) => value(b) - value(a) || then(b) - then(a));
  return html`<table class="data ${className}">
      <thead>
        <tr>
          ${leading.map(([heading, kind = ""]) => html`<th key=${heading} scope="col" class=${kind}>${heading}</th>`)}
          ${columns.map(
            ([field, heading, kind = ""]) => html`<th key=${field} scope="col" class="number ${kind}" aria-sort=${field === sortBy ? "descending" : "none"}>
              <button type="button" class="sort" onClick=${() => setSortBy(field)}>${heading}</button>
            </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${sorted.slice(0, all ? Infinity : most).map((row) => html`<tr key=${keyOf(row)} class=${rowClass(row)}>${cells(row)}</tr>`)}
      </tbody>
    </table>
    ${sorted.length > most && html`<button type="button" class="link-button" onClick=${() => setAll(!all)}>${all ? "Show fewer" : `Show all ${sorted.length} ${noun}`}</button>`}`;
}
