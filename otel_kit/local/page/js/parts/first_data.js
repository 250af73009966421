import { html } from "../preact.js";
import { ago } from "../format.js";
import { fixed } from "../range.js";
import { changed } from "../router.js";
import { HowToSend } from "./sending.js";
import { Empty } from "./states.js";

const MINUTE = 60_000;

/**
 * Nothing in this time range: either the store is empty, then how to send data, or the data are older, then a link.
 * @param {{ status: any, range: import("../range.js").Range }} props
 */
export function FirstData({ status, range }) {
  const oldest = status?.store.oldest_ms ?? null;
  if (oldest === null) {
    return html`<${Empty} title="No data yet">
      <p>This page fills as soon as something arrives; no need to reload it.</p>
      <${HowToSend} endpoint=${status?.endpoints.http} />
    <//>`;
  }
  const everything = changed(fixed(oldest - MINUTE, Date.now() + MINUTE));
  return html`<${Empty} title="Nothing in this time range (${range.label.toLowerCase()})">
    <p>The store has data since ${ago(oldest)}. <a href=${everything}>Show all of it</a></p>
  <//>`;
}
