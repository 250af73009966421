import { html } from "../preact.js";
import { Text } from "./text.js";

const FIRST_WORDS = 40;

/** What a rule finds and does. @param {{ rule: any }} props as the API has it */
export function RuleFacts({ rule }) {
  /** @type {[string, any][]} */
  const facts = [
    ["Kind", rule.kind],
    ["Pack", rule.pack],
    ["Data class", rule.class],
    ["Action", rule.action && action(rule)],
    ["Mode", rule.mode === "report" ? "report: counts, alters nothing" : rule.mode],
    ["Checked by", rule.validator],
    ["Pattern", rule.pattern && html`<code>${rule.pattern}</code>`],
    ["Holds one of", words(rule.literals)],
    ["Behind one of", words(rule.context)],
    ["Keys that end in", words(rule.words)],
    ["Words that end in", words(rule.endings)],
    ["Keys", words(rule.exact)],
    ["Only in", rule.scope === "query" ? "query strings of URLs" : ""],
    ["Does nothing at", words(rule.allowed_at)],
    ["Described at", rule.source && source(rule.source)],
  ];
  return html`
    ${rule.description && html`<p>${rule.description}</p>`}
    <dl class="facts">${facts.filter(([, value]) => value).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
    ${rule.examples?.length > 0 && html`<h3>Examples</h3><${Examples} examples=${rule.examples} />`}
    ${rule.counter_examples?.length > 0 && html`<h3>Left as they are</h3><ul class="counter-examples">${rule.counter_examples.map((text) => html`<li key=${text}><code>${text}</code></li>`)}</ul>`}
  `;
}

/** @param {{ examples: [string, string][] }} props */
function Examples({ examples }) {
  return html`<dl class="examples">${examples.map(([before, after]) => html`<div key=${before}><dt><code>${before}</code></dt><dd><${Text} value=${after} /></dd></div>`)}</dl>`;
}

/** @param {any} rule */
function action(rule) {
  if (rule.action === "truncate") return `truncate to ${rule.keep} characters`;
  return rule.action === "pseudonym" ? `pseudonym; without a key: ${rule.fallback}` : rule.action;
}

/** @param {string[] | undefined} list */
function words(list) {
  if (!list?.length) return "";
  const more = list.length - FIRST_WORDS;
  return html`${list.slice(0, FIRST_WORDS).map((word, i) => html`${i > 0 && ", "}<code>${word}</code>`)}${more > 0 && ` and ${more} more`}`;
}

/** @param {string} address */
function source(address) {
  return /^https:\/\//.test(address) ? html`<a href=${address} target="_blank" rel="noopener noreferrer">${address}</a>` : address;
}
