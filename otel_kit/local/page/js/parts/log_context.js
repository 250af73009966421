import { html, useState } from "../preact.js";
import { api } from "../api.js";
import { useLoaded } from "../loading.js";
import { link } from "../router.js";
import { LogLines } from "./log_lines.js";
import { Empty, Loaded } from "./states.js";
import { Text } from "./text.js";

const LINES = 20;

/**
 * What a service logged before and after one line, oldest first, without any other filter.
 * @param {{ timeMs: number, service: string, marked: string | null }} props `marked`: the id of the line
 */
export function LogContext({ timeMs, service, marked }) {
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const around = useLoaded(`context ${service} ${timeMs}`, (signal) => load(service, timeMs, signal), { keep: false });
  return html`
    <div class="view-head">
      <h1>Around one line</h1>
      <a href=${link("logs", { service })}>All lines of <${Text} value=${service || "all services"} /></a>
    </div>
    <${Loaded} of=${around}>
      ${(logs) => (logs.length ? html`<${LogLines} logs=${logs} open=${open} onOpen=${setOpen} marked=${marked} />` : html`<${Empty} title="These lines are no longer stored">Retention has removed them.<//>`)}
    <//>
  `;
}

/** @param {string} service @param {number} timeMs @param {AbortSignal} signal */
async function load(service, timeMs, signal) {
  // The line itself may be in either answer, depending on how the ends of a range count; one millisecond covers both.
  const [before, after] = await Promise.all([
    api.logs({ service, from: 0, to: timeMs + 1, order: "desc", limit: LINES + 1 }, signal),
    api.logs({ service, from: timeMs, order: "asc", limit: LINES + 1 }, signal),
  ]);
  const byId = new Map([...before.logs, ...after.logs].map((log) => [String(log.id), log]));
  return [...byId.values()].sort((a, b) => a.time_ms - b.time_ms);
}
