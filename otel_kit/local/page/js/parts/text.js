import { html, useState } from "../preact.js";
import { go, link } from "../router.js";
import { maskTitle, pieces, ruleOf } from "../telemetry_text.js";

/** More than this is folded: a 64 KiB value must not push everything else off the screen. */
const FOLDED = 1200;

/**
 * Text that came from outside, only ever as text nodes: masked values marked, deceiving characters spelled out, and
 * kept apart from the direction of the text around it. A mask leads to its rule.
 * @param {{ value: string, place?: string }} props `place` is the key that the text stands under, "" if it has none;
 *   without it the text stands in a link or button, where a mask can be clicked but is no link of its own
 */
export function Text({ value, place = undefined }) {
  return html`<bdi>${pieces(value).map((found) => piece(found, place))}</bdi>`;
}

/** The same for values that can be long. @param {{ value: string, class?: string, place?: string }} props */
export function LongText({ value, class: className = "", place = "" }) {
  const [open, setOpen] = useState(false);
  const folded = value.length > FOLDED && !open;
  return html`<div class="long-text ${className}">
    <${Text} value=${folded ? value.slice(0, FOLDED) : value} place=${place} />
    ${value.length > FOLDED &&
    html`<button type="button" class="link-button" onClick=${() => setOpen(!open)}>
      ${folded ? `… show all ${value.length.toLocaleString("en")} characters` : "show less"}
    </button>`}
  </div>`;
}

/** @param {import("../telemetry_text.js").Piece} found @param {string | undefined} place */
function piece({ kind, text }, place) {
  if (kind === "plain") return text;
  if (kind === "masked") return masked(text, place);
  return html`<span class="control" title="An invisible character, shown by its code">${text}</span>`;
}

/** @param {string} text @param {string | undefined} place */
function masked(text, place) {
  const rule = ruleOf(text);
  if (rule === null) return html`<mark class="masked" title=${maskTitle(text)}>${text}</mark>`;
  const target = link("rule", { key: place }, rule);
  if (place !== undefined) return html`<mark class="masked" title=${maskTitle(text)}><a href=${target}>${text}</a></mark>`;
  /** @param {Event} event */
  const open = (event) => {
    event.preventDefault();
    event.stopPropagation();
    go(target);
  };
  return html`<mark class="masked leads" title=${maskTitle(text)} onClick=${open}>${text}</mark>`;
}
