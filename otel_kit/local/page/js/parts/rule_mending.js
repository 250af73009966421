import { html } from "../preact.js";
import { allowAt, allowKey, explainCommand, onlyReport } from "../policy_snippet.js";
import { isKey } from "./place_table.js";
import { Snippet } from "./sending.js";
import { Text } from "./text.js";

/** What to do about a rule that masks too much, as snippets to copy. @param {{ rule: any, place: string }} props `place`: the chosen key */
export function RuleMending({ rule, place }) {
  const key = isKey(place) ? place : "";
  return html`
    <h3>Let it pass at one key</h3>
    ${key
      ? html`<p>In the policy file of the service; nothing else changes, and other rules still look at <strong class="mono"><${Text} value=${key} /></strong>.</p>`
      : html`<p>Choose a key in the list, or write your own in the place of <span class="mono">your.key</span>.</p>`}
    <${Snippet} label="the allow snippet" code=${rule.kind === "built-in" ? allowKey(key || "your.key") : allowAt(rule.id, key || "your.key")} />
    ${rule.kind === "built-in" && html`<p class="quiet">This one is no rule of a file: at an allowed key no rule at all is applied.</p>`}
    <p class="quiet">
      The file is the one that <span class="mono">redaction.policy</span> names. A running service takes it over within
      seconds. What was masked before stays masked: it was never stored.
    </p>
    ${rule.kind !== "built-in" && html`<h3>Only count for a while</h3>
      <p>The rule reports what it would mask, and leaves it.</p>
      <${Snippet} label="the report snippet" code=${onlyReport(rule.id, rule.kind)} />`}
    <h3>Ask on the command line</h3>
    <${Snippet} label="the command" code=${explainCommand(rule.id)} />
  `;
}
