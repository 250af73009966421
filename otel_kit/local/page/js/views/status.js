import { html, useState } from "../preact.js";
import { api } from "../api.js";
import { CopyButton } from "../parts/copy_button.js";
import { HowToSend, Snippet, curl } from "../parts/sending.js";
import { ErrorBox, Loaded } from "../parts/states.js";
import { ago, bytes, count, dayAndClock, retention } from "../format.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { isLive } from "../range.js";

/** The viewer itself: what came in, what is stored, and where to send to. @param {{ route: import("../router.js").Route }} props */
export function Status({ route }) {
  const status = useLoaded("status", (signal) => api.status(signal), { refreshMs: isLive(route.params) ? REFRESH_MS : 0 });
  return html`
    <div class="view-head"><h1>Status</h1></div>
    <${Loaded} of=${status}>
      ${(data) => html`
        <div class="columns are-even">
          <div>
            <section class="panel"><h2>Received since the start</h2><${Ingest} ingest=${data.ingest} /></section>
            <section class="panel"><h2>Stored</h2><${Store} store=${data.store} now=${data.now_ms} /><${Clear} onDone=${status.reload} /></section>
            <section class="panel">
              <h2>Viewer</h2>
              <${Facts} facts=${[["Version", data.version], ["Started", `${dayAndClock(data.started_ms)}, ${ago(data.started_ms, data.now_ms)}`], ["Redaction policy", data.policy]]} />
            </section>
          </div>
          <section class="panel">
            <h2>Send data here</h2>
            <${Endpoints} endpoints=${data.endpoints} />
            <${HowToSend} endpoint=${data.endpoints.http} />
            <p>A log line by hand:</p>
            <${Snippet} label="the command" code=${curl(data.endpoints.http)} />
          </section>
        </div>
      `}
    <//>
  `;
}

/** @param {{ facts: [string, unknown][] }} props */
function Facts({ facts }) {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** @param {{ ingest: any }} props */
function Ingest({ ingest }) {
  const refused = Object.entries(ingest.rejected).filter(([, n]) => n > 0);
  return html`
    <${Facts} facts=${[
      ["Spans", count(ingest.spans)],
      ["Log lines", count(ingest.logs)],
      ["Metric points", count(ingest.points)],
      ["Requests", count(ingest.requests)],
      ["Queue", `${bytes(ingest.queue_bytes)} of ${bytes(ingest.queue_max_bytes)}`],
      ...refused.map(([reason, n]) => [`Refused: ${reason}`, html`<span class="is-bad">${count(n)}</span>`]),
    ]} />
    ${!refused.length && html`<p class="good-news">Nothing was refused.</p>`}
  `;
}

/** @param {{ store: any, now: number }} props */
function Store({ store, now }) {
  return html`
    <${Facts} facts=${[
      ["Spans", count(store.spans)],
      ["Log lines", count(store.logs)],
      ["Metric series", count(store.series)],
      ["Metric points", count(store.points)],
      ["Oldest data", ago(store.oldest_ms, now)],
      ["Size", `${bytes(store.bytes)} of ${bytes(store.max_bytes)}`],
      ["Kept for", retention(store.retention_s)],
      ["File", html`<span class="mono">${store.path}</span>`],
    ]} />
    <div class="meter" role="img" aria-label="Size of the store"><span style=${{ width: `${Math.min((store.bytes / store.max_bytes) * 100, 100)}%` }}></span></div>
  `;
}

/** @param {{ endpoints: Record<string, string> }} props */
function Endpoints({ endpoints }) {
  const rows = [["OTLP over HTTP", endpoints.http], ["OTLP over gRPC", endpoints.grpc], ["This page", endpoints.page]].filter(([, address]) => address);
  return html`<dl class="facts">${rows.map(([name, address]) => html`<dt>${name}</dt><dd><span class="mono">${address}</span> <${CopyButton} text=${address} label="Copy the address of ${name}" /></dd>`)}</dl>`;
}

/** Deleting takes two clicks; no dialog can be answered by reflex. @param {{ onDone: () => void }} props */
function Clear({ onDone }) {
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const clear = async () => {
    setError(null);
    try {
      await api.clear();
      setAsked(false);
      onDone();
    } catch (failure) {
      setError(failure);
    }
  };
  if (error) return html`<${ErrorBox} error=${error} retry=${clear} />`;
  if (!asked) return html`<p><button type="button" onClick=${() => setAsked(true)}>Delete all data…</button></p>`;
  return html`<p class="confirm" role="group" aria-label="Delete all data">
    This cannot be undone.
    <button type="button" class="danger" onClick=${clear}>Delete all data</button>
    <button type="button" onClick=${() => setAsked(false)}>Keep them</button>
  </p>`;
}
