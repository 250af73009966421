import { html } from "../preact.js";
import { plural } from "../format.js";
import { changed } from "../router.js";
import { FilterField } from "./filters.js";
import { Text } from "./text.js";

/**
 * Search inside the trace, next error, zoom and unfold.
 * @param {{ query: string, matches: number, errors: number, zoomed: any, onMatch: (step: number) => void,
 *   onError: () => void, foldedCount: number, onUnfold: () => void }} props
 */
export function TraceTools({ query, matches, errors, zoomed, onMatch, onError, foldedCount, onUnfold }) {
  return html`<div class="filters trace-tools" role="search">
    <${FilterField} name="find" label="Find in this trace" value=${query} placeholder="name, attribute, event" search=${true} />
    ${query && html`<span class="matches" role="status">${plural(matches, "match", "matches")}</span>`}
    ${query && matches > 0 && html`
      <button type="button" title="Previous match (N)" aria-label="Previous match" onClick=${() => onMatch(-1)}>↑</button>
      <button type="button" title="Next match (n)" aria-label="Next match" onClick=${() => onMatch(1)}>↓</button>
    `}
    ${errors > 0 && html`<button type="button" class="next-error" title="Next error (e)" onClick=${onError}>Next error</button>`}
    ${foldedCount > 0 && html`<button type="button" onClick=${onUnfold}>Unfold all</button>`}
    ${zoomed && html`<span class="chip">zoomed to <span class="chip-value"><${Text} value=${zoomed.name} /></span><a href=${changed({ zoom: null })} aria-label="Show the whole trace">×</a></span>`}
  </div>`;
}
