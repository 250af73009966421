import { html, useEffect, useRef, useState } from "../preact.js";
import { changed, go } from "../router.js";
import { Text } from "./text.js";

const TYPING_MS = 300;

/**
 * A field bound to a parameter of the URL, which follows shortly after the typing.
 * @param {{ name: string, value: string, label: string, placeholder?: string, search?: boolean, numeric?: boolean,
 *   list?: string[] }} props `search` marks the field that the key "/" focuses; `list` are suggestions
 */
export function FilterField({ name, value, label, placeholder = "", search = false, numeric = false, list = [] }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  /** @param {string} next @param {number} wait */
  const follow = (next, wait) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go(changed({ [name]: next.trim() || null }), { replace: true }), wait);
  };
  return html`<label class="field ${search ? "field-search" : ""}">
    <span class="field-label">${label}</span>
    <input
      type=${search ? "search" : "text"}
      inputmode=${numeric ? "decimal" : "text"}
      value=${text}
      placeholder=${placeholder}
      data-search=${search ? "" : undefined}
      list=${list.length ? `list-${name}` : undefined}
      autocomplete="off"
      spellcheck=${false}
      onInput=${(event) => follow(event.target.value, TYPING_MS)}
      onKeyDown=${(event) => event.key === "Enter" && follow(event.target.value, 0)}
    />
    ${list.length > 0 && html`<datalist id="list-${name}">${list.map((item) => html`<option value=${item}></option>`)}</datalist>`}
  </label>`;
}

/**
 * A choice bound to a parameter of the URL; "" stands for no filter.
 * @param {{ name: string, value: string, label: string, options: [string, string][] }} props value and text
 */
export function FilterSelect({ name, value, label, options }) {
  const known = options.some(([option]) => option === value);
  return html`<label class="field">
    <span class="field-label">${label}</span>
    <select value=${value} onChange=${(event) => go(changed({ [name]: event.target.value || null }))}>
      ${!known && html`<option value=${value}>${value}</option>`}
      ${options.map(([option, text]) => html`<option key=${option} value=${option} selected=${option === value}>${text}</option>`)}
    </select>
  </label>`;
}

/** @param {{ value: string, services: string[] }} props */
export function ServiceSelect({ value, services }) {
  const options = [["", "All services"], ...services.map((name) => [name, name])];
  return html`<${FilterSelect} name="service" label="Service" value=${value} options=${options} />`;
}

/** Attribute filters: each `key=value` a removable chip, and a field for one more. @param {{ values: string[] }} props */
export function AttributeFilter({ values }) {
  const [text, setText] = useState("");
  const isPair = /^[^=]+=./.test(text);
  /** @param {Event} event */
  const add = (event) => {
    event.preventDefault();
    if (!isPair) return;
    go(changed({ attr: [...values, text.trim()] }));
    setText("");
  };
  return html`<form class="field field-attribute" onSubmit=${add}>
    <label>
      <span class="field-label">Attribute</span>
      <input value=${text} placeholder="key=value, then Enter" autocomplete="off" spellcheck=${false} aria-invalid=${text !== "" && !isPair ? "true" : "false"} onInput=${(event) => setText(event.target.value)} />
    </label>
  </form>`;
}

/**
 * The filters in force that have no field of their own, each with a button that takes it away.
 * @param {{ items: [string, string, Record<string, unknown>][] }} props name, value, change of the URL that removes it
 */
export function Chips({ items }) {
  if (!items.length) return null;
  return html`<ul class="chips" aria-label="Filters">
    ${items.map(
      ([name, value, removal]) => html`<li key=${name + value} class="chip">
        <span class="chip-name">${name}</span> <span class="chip-value"><${Text} value=${value} /></span>
        <a href=${changed(removal)} aria-label="Remove filter ${name} ${value}">×</a>
      </li>`,
    )}
  </ul>`;
}
