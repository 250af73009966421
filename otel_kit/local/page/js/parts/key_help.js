import { html, useEffect, useRef } from "../preact.js";

/** @type {[string, string][]} */
const KEYS = [
  ["/", "search"],
  ["j  k  or  ↓  ↑", "next, previous row"],
  ["Enter", "open the row"],
  ["g then h t l e m", "Home, Traces, Logs, Events, Metrics"],
  ["g then i c a r s", "LLM, Health, Alerts, Redaction, Status"],
  ["Esc", "close the panel, leave the field"],
  ["e  E", "in a trace: next, previous error"],
  ["n  N", "in a trace: next, previous match of the search"],
  ["←  →", "in a trace: fold, unfold the span"],
  ["?", "this list"],
];

/** The list of keys as a dialog. @param {{ onClose: () => void }} props */
export function KeyHelp({ onClose }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return html`<dialog class="key-help" ref=${dialog} aria-label="Keys" onClose=${onClose} onClick=${(event) => event.target === dialog.current && onClose()}>
    <h2>Keys</h2>
    <dl>${KEYS.map(([keys, what]) => html`<div key=${keys}><dt><kbd>${keys}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <button type="button" onClick=${onClose}>Close</button>
  </dialog>`;
}
