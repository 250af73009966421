import { html } from "../preact.js";

/**
 * One figure with its label; with `href` it leads to what it counts.
 * @param {{ label: string, value: string, title?: string, bad?: boolean, href?: string | null }} props
 */
export function Tile({ label, value, title = "", bad = false, href = null }) {
  const inner = html`<span class="tile-value ${bad ? "is-bad" : ""}" title=${title || value}>${value}</span><span class="tile-label">${label}</span>`;
  return html`<li>${href === null ? html`<div class="tile">${inner}</div>` : html`<a class="tile" href=${href}>${inner}</a>`}</li>`;
}
