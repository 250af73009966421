import { html } from "../preact.js";

/** An error of the API, where the data would be. @param {{ error: Error, retry: () => void }} props */
export function ErrorBox({ error, retry }) {
  return html`<div class="error-box" role="alert">
    <span>${error.message}</span>
    <button type="button" onClick=${retry}>Try again</button>
  </div>`;
}

/** Nothing to show, and what to do about it. @param {{ title: string, children?: any }} props */
export function Empty({ title, children }) {
  return html`<div class="empty" data-testid="empty">
    <strong>${title}</strong>
    ${children && html`<div class="empty-hint">${children}</div>`}
  </div>`;
}

/**
 * What a view shows for loaded data: the error in place, a quiet line while the first answer is awaited, else the data.
 * @param {{ of: import("../loading.js").Loaded<any>, children: (data: any) => any }} props
 */
export function Loaded({ of, children }) {
  const show = Array.isArray(children) ? children[0] : children;
  return html`
    ${of.error && html`<${ErrorBox} error=${of.error} retry=${of.reload} />`}
    ${of.data !== null && show(of.data)}
    ${of.data === null && !of.error && html`<div class="awaiting" role="status">Loading…</div>`}
  `;
}
