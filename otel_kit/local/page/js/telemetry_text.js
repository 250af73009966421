/**
 * A piece of a telemetry text: as it is, a masked value, or a character that would deceive the reader.
 * @typedef {{ kind: "plain" | "masked" | "control", text: string }} Piece
 */

// Masks as the default actions of redaction write them: [REDACTED:rule], j***@example.com, ***-**-1234,
// (555) ***-1234, 4111-****-****-1111, ****3000. Not: "a ** b". Bounded repeats keep it linear.
const MASK = /\[REDACTED(?::[^\]\s]{1,64})?\]|(?:\(\d{3}\) )?[\w.+-]{0,32}\*{3,}[\w.@*%-]{0,255}/;
// Bidirectional overrides and isolates, zero-width and other control characters except tab and newline.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const EITHER = new RegExp(`(${MASK.source})|(${CONTROL.source})`, "g");

/**
 * @param {string} text
 * @returns {Piece[]} in order; joined they are the text, with control characters written as U+202E
 */
export function pieces(text) {
  /** @type {Piece[]} */
  const found = [];
  let end = 0;
  for (const match of text.matchAll(EITHER)) {
    if (match.index > end) found.push({ kind: "plain", text: text.slice(end, match.index) });
    if (match[1] !== undefined) found.push({ kind: "masked", text: match[1] });
    else found.push({ kind: "control", text: `U+${match[2].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}` });
    end = match.index + match[0].length;
  }
  if (end < text.length || !found.length) found.push({ kind: "plain", text: text.slice(end) });
  return found;
}

/** @param {string} masked @returns {string | null} the rule that a full mask names */
export function ruleOf(masked) {
  return /^\[REDACTED:(.+)\]$/.exec(masked)?.[1] ?? null;
}

/** @param {string} masked @returns {string} what the mark's tooltip says */
export function maskTitle(masked) {
  const rule = ruleOf(masked);
  return rule ? `Masked before it was stored, by the rule "${rule}". Show the rule` : "Partly masked before it was stored";
}

/** @param {unknown} value an attribute value @returns {string} lists and maps as indented JSON */
export function asText(value) {
  if (typeof value === "string") return value;
  return value !== null && typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}

/** @param {unknown} value @returns {string} on one line */
export function asLine(value) {
  const text = value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
