import { html, useState } from "../preact.js";
import { maskTitle, pieces } from "../telemetry_text.js";

/** More than this is folded: a 64 KiB value must not push everything else off the screen. */
const FOLDED = 1200;

/**
 * Text that came from outside, only ever as text nodes: masked values marked, deceiving characters spelled out, and
 * kept apart from the direction of the text around it.
 * @param {{ value: string }} props
 */
export function Text({ value }) {
  return html`<bdi>${pieces(value).map(piece)}</bdi>`;
}

/** The same for values that can be long. @param {{ value: string, class?: string }} props */
export function LongText({ value, class: className = "" }) {
  const [open, setOpen] = useState(false);
  const folded = value.length > FOLDED && !open;
  return html`<div class="long-text ${className}">
    <${Text} value=${folded ? value.slice(0, FOLDED) : value} />
    ${value.length > FOLDED &&
    html`<button type="button" class="link-button" onClick=${() => setOpen(!open)}>
      ${folded ? `… show all ${value.length.toLocaleString("en")} characters` : "show less"}
    </button>`}
  </div>`;
}

/** @param {import("../telemetry_text.js").Piece} found */
function piece({ kind, text }) {
  if (kind === "plain") return text;
  if (kind === "masked") return html`<mark class="masked" title=${maskTitle(text)}>${text}</mark>`;
  return html`<span class="control" title="An invisible character, shown by its code">${text}</span>`;
}
