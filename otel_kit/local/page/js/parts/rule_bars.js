import { html } from "../preact.js";
import { count } from "../format.js";
import { link } from "../router.js";
import { Empty } from "./states.js";
import { Text } from "./text.js";

/** Counts by rule, largest first, as bars. @param {{ counts: Record<string, number>, limit?: number }} props */
export function RuleBars({ counts, limit = Infinity }) {
  const sorted = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  if (!sorted.length) {
    return html`<${Empty} title="Nothing masked so far">Services that use otel-kit report here what they masked, as soon as their first metrics arrive.<//>`;
  }
  const largest = Math.max(...sorted.map(([, n]) => n), 1);
  return html`<ul class="bars">
    ${sorted.slice(0, limit).map(
      ([rule, n]) => html`<li key=${rule}>
        <span class="bar-name"><a href=${link("rule", {}, rule)}><${Text} value=${rule} /></a></span>
        <span class="bar"><span style=${{ width: `${(n / largest) * 100}%` }}></span></span>
        <span class="bar-value">${count(n)}</span>
      </li>`,
    )}
  </ul>`;
}
