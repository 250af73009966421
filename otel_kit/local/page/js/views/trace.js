import { html, useEffect, useMemo, useRef, useState } from "../preact.js";
import { focusOn, useKeys } from "../keyboard.js";
import { LogLines } from "../parts/log_lines.js";
import { SpanPanel } from "../parts/span_panel.js";
import { Empty, ErrorBox, Loaded } from "../parts/states.js";
import { TraceHead } from "../parts/trace_head.js";
import { TraceTools } from "../parts/trace_tools.js";
import { Waterfall } from "../parts/waterfall.js";
import { plural } from "../format.js";
import { isLive } from "../range.js";
import { changed, go, link } from "../router.js";
import { ancestors, errorRows, matchingRows, stepIn, visibleRows } from "../trace_model.js";
import { useTrace } from "../use_trace.js";

/** One trace: waterfall, the selected span, and the logs. @param {{ route: import("../router.js").Route }} props */
export function Trace({ route }) {
  const id = route.id ?? "";
  const loaded = useTrace(id, isLive(route.params));
  if (loaded.first.error?.status === 404 && !loaded.trace) {
    return html`<${Empty} title="This trace is not stored">
      <p>Its spans may still be on their way, or retention has removed them.</p>
      <p><button type="button" onClick=${loaded.first.reload}>Look again</button> <a href=${link("traces")}>All traces</a></p>
    <//>`;
  }
  return html`<${Loaded} of=${loaded.first}>${() => html`<${Opened} key=${id} id=${id} params=${route.params} loaded=${loaded} />`}<//>`;
}

/** @param {{ id: string, params: URLSearchParams, loaded: ReturnType<typeof useTrace> }} props */
function Opened({ id, params, loaded }) {
  const { trace, spans, complete, restError, loadRest, first } = loaded;
  const [folded, setFolded] = useState(/** @type {Set<string>} */ (new Set()));
  const [openLog, setOpenLog] = useState(/** @type {string | null} */ (null));
  const query = params.get("find") ?? "";
  const rows = useMemo(() => visibleRows(spans, folded), [spans, folded]);
  const errors = useMemo(() => errorRows(spans), [spans]);
  const matches = useMemo(() => matchingRows(spans, query), [spans, query]);
  const found = useMemo(() => new Set(matches), [matches]);
  const selected = spans.findIndex((span) => span.span_id === params.get("span"));
  const zoomed = spans.find((span) => span.span_id === params.get("zoom"));
  const window = zoomed ?? trace;

  /** @param {string} spanId @param {boolean} fold */
  const onFold = (spanId, fold) => setFolded((old) => (fold ? new Set(old).add(spanId) : new Set([...old].filter((one) => one !== spanId))));
  /** @param {number | null} index */
  const select = (index) => {
    if (index === null || !spans[index]) return;
    const above = ancestors(spans, index);
    if (above.some((one) => folded.has(one))) setFolded(new Set([...folded].filter((one) => !above.includes(one))));
    go(changed({ span: spans[index].span_id }), { replace: true });
  };
  const close = () => {
    go(changed({ span: null, logs: null }), { replace: true });
    focusOn("[data-testid=waterfall]");
  };
  const step = (list, direction) => select(stepIn(list, selected, direction));
  useKeys({
    j: () => step(rows, 1),
    k: () => step(rows, -1),
    e: () => step(errors, 1),
    E: () => step(errors, -1),
    n: () => step(matches, 1),
    N: () => step(matches, -1),
    Escape: () => (document.querySelector("dialog[open]") || document.activeElement?.matches("input") || selected < 0 ? false : close()),
  });
  useWanted(params.get("span"), selected, complete, loadRest);

  return html`
    <${TraceHead} id=${id} trace=${trace} spans=${spans} errors=${errors.length} complete=${complete} />
    ${first.error && html`<${ErrorBox} error=${first.error} retry=${first.reload} />`}
    <div class="trace-layout ${selected >= 0 ? "has-panel" : ""}">
      <div class="trace-main">
        <${TraceTools} query=${query} matches=${matches.length} errors=${errors.length} zoomed=${zoomed} onMatch=${(direction) => step(matches, direction)} onError=${() => step(errors, 1)} foldedCount=${folded.size} onUnfold=${() => setFolded(new Set())} />
        <${Waterfall} spans=${spans} rows=${rows} from=${window.start_ms} length=${Math.max(window.duration_ms, 0.001)} selected=${selected} found=${found} folded=${folded} onSelect=${select} onFold=${onFold} />
        ${restError && html`<${ErrorBox} error=${restError} retry=${loadRest} />`}
        ${!complete && !restError && html`<p class="quiet" role="status">${plural(spans.length, "span")} so far. <button type="button" class="link-button" onClick=${loadRest}>Load more</button></p>`}
        <${TraceLogs} id=${id} logs=${trace.logs} span=${spans[selected]} only=${params.get("logs") === "span"} open=${openLog} onOpen=${setOpenLog} />
      </div>
      ${selected >= 0 && html`<${SpanPanel}
        key=${spans[selected].span_id}
        span=${spans[selected]}
        traceId=${id}
        traceStart=${trace.start_ms}
        hasParent=${spans.some((span) => span.span_id === spans[selected].parent_span_id)}
        logCount=${trace.logs.filter((log) => log.span_id === spans[selected].span_id).length}
        closeHref=${changed({ span: null })}
        onClose=${close}
      />`}
    </div>
  `;
}

/** A link can name a span beyond what is loaded at once: go on loading until it is there. */
function useWanted(wanted, selected, complete, loadRest) {
  const asked = useRef("");
  useEffect(() => {
    if (wanted && selected < 0 && !complete && asked.current !== wanted) {
      asked.current = wanted;
      loadRest();
    }
  }, [wanted, selected, complete]);
}

/** @param {{ id: string, logs: any[], span: any, only: boolean, open: string | null, onOpen: (id: string | null) => void }} props */
function TraceLogs({ id, logs, span, only, open, onOpen }) {
  const shown = (only && span ? logs.filter((log) => log.span_id === span.span_id) : [...logs]).sort((a, b) => a.time_ms - b.time_ms);
  return html`<section class="panel trace-logs" aria-label="Logs of the trace">
    <h2>
      Logs <span class="quiet">${shown.length === logs.length ? logs.length : `${shown.length} of ${logs.length}`}</span>
      ${span && html`<a class="toggle" href=${changed({ logs: only ? null : "span" })}>${only ? "Show all of the trace" : "Only the selected span"}</a>`}
      ${logs.length > 0 && html`<a class="more" href=${link("logs", { trace_id: id })}>open in Logs</a>`}
    </h2>
    ${shown.length
      ? html`<${LogLines} logs=${shown} open=${open} onOpen=${onOpen} inTrace=${true} label="Logs of the trace" />`
      : html`<${Empty} title=${only ? "This span logged nothing" : "No log line carries this trace id"}>${!only && "Lines logged while a request is handled appear here once the service sends its logs too."}<//>`}
  </section>`;
}
