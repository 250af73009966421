import { html, useState } from "../preact.js";
import { focusOn, moveRow, useKeys } from "../keyboard.js";
import { PRESETS, isLive, rangeOf } from "../range.js";
import { changed, go, link, useRoute } from "../router.js";
import { nextTheme, theme } from "../theme.js";
import { KeyHelp } from "./key_help.js";

/** The views of the navigation: name in the URL, label, second key after "g". @type {[string, string, string][]} */
const VIEWS = [
  ["home", "Home", "h"],
  ["traces", "Traces", "t"],
  ["logs", "Logs", "l"],
  ["events", "Events", "e"],
  ["metrics", "Metrics", "m"],
  ["llm", "LLM", "i"],
  ["health", "Health", "c"],
  ["alerts", "Alerts", "a"],
  ["redaction", "Redaction", "r"],
  ["status", "Status", "s"],
];
/** The view of the navigation that a view without an entry of its own belongs to. @type {Record<string, string>} */
const PARENT = { trace: "traces", rule: "redaction" };
const THEME_SIGN = { system: "◐", light: "☀", dark: "☾" };

/** Header, navigation, global time range and switches; the view is the child. @param {{ children?: any }} props */
export function Shell({ children }) {
  const { view, params, hash } = useRoute();
  const [help, setHelp] = useState(false);
  const [leader, setLeader] = useState(false);
  /** @param {string} view */
  const jump = (view) => {
    setLeader(false);
    go(link(view));
  };
  const keys = {
    "/": () => focusOn("[data-search]"),
    j: () => moveRow(1),
    k: () => moveRow(-1),
    ArrowDown: () => isRow() && moveRow(1),
    ArrowUp: () => isRow() && moveRow(-1),
    g: () => setLeader(true),
    "?": () => setHelp(!help),
    Escape: () => (help ? setHelp(false) : blur()),
  };
  useKeys(keys, 0);
  // Behind "g" a letter names a view, whatever it does in the view that is open.
  useKeys(leader ? Object.fromEntries(VIEWS.map(([name, , key]) => [key, () => jump(name)])) : {}, 2);
  const active = PARENT[view] ?? view;
  return html`
    <a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), focusOn("#main"))}>Skip to content</a>
    <header class="top">
      <a class="brand" href=${link("home")}><img src="/static/icon.svg" alt="" width="22" height="22" /> otel-kit</a>
      <nav aria-label="Views">
        ${VIEWS.map(([name, label]) => html`<a key=${name} href=${link(name)} aria-current=${name === active ? "page" : undefined}>${label}</a>`)}
      </nav>
      <div class="global">
        <${RangePicker} params=${params} />
        <${LiveSwitch} params=${params} />
        <${ThemeButton} />
        <button type="button" class="icon-button" title="Keys (?)" aria-label="Show the keys" onClick=${() => setHelp(true)}>?</button>
      </div>
    </header>
    <main id="main" tabindex="-1" data-route=${hash}>${children}</main>
    ${help && html`<${KeyHelp} onClose=${() => setHelp(false)} />`}
  `;
}

/** @param {{ params: URLSearchParams }} props */
function RangePicker({ params }) {
  const range = rangeOf(params);
  const choose = (event) => go(changed({ range: event.target.value, from: null, to: null }));
  return html`<select class="range" aria-label="Time range" value=${range.key} onChange=${choose}>
    ${range.key === "fixed" && html`<option value="fixed" selected>${range.label}</option>`}
    ${PRESETS.map(([key, label]) => html`<option key=${key} value=${key} selected=${key === range.key}>${label}</option>`)}
  </select>`;
}

/** @param {{ params: URLSearchParams }} props */
function LiveSwitch({ params }) {
  const live = isLive(params);
  const flip = () => go(changed(live ? { live: 0 } : { live: null, from: null, to: null }), { replace: true });
  return html`<button type="button" class="live ${live ? "is-live" : ""}" aria-pressed=${live ? "true" : "false"} title=${live ? "Refreshes by itself; click to hold still" : "Holds still; click to refresh by itself"} onClick=${flip}>
    <span class="live-dot"></span>${live ? "Live" : "Paused"}
  </button>`;
}

function ThemeButton() {
  const [now, setNow] = useState(theme());
  const label = `Colours: ${now}. Switch`;
  return html`<button type="button" class="icon-button" title=${label} aria-label=${label} onClick=${() => setNow(nextTheme())}>${THEME_SIGN[now]}</button>`;
}

function isRow() {
  return document.activeElement?.closest("[data-row]") !== null;
}

function blur() {
  if (!(document.activeElement instanceof HTMLInputElement)) return false;
  document.activeElement.blur();
  return true;
}
