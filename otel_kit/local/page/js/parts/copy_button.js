import { html, useState } from "../preact.js";

const SHOWN_MS = 1500;

/** Copies `text`. @param {{ text: string, label: string }} props */
export function CopyButton({ text, label }) {
  const [state, setState] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("Copied");
    } catch {
      setState("Not allowed");
    }
    setTimeout(() => setState(""), SHOWN_MS);
  };
  return html`<button type="button" class="copy" title=${label} aria-label=${label} onClick=${copy}>
    <span aria-live="polite">${state || "Copy"}</span>
  </button>`;
}
