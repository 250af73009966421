import { useEffect, useMemo, useState } from "./preact.js";
import { api } from "./api.js";
import { REFRESH_MS, useLoaded } from "./loading.js";

/** Beyond this the rest of a trace is only fetched when asked for. */
const SPANS_AT_ONCE = 20_000;
/** A trace that began this long ago is taken to be complete. */
const GROWING_MS = 120_000;
/** @type {any[]} */
const NONE = [];

/**
 * A trace with all its spans: the API answers in pages, the rest of a long trace follows behind the first page.
 * @param {string} id
 * @param {boolean} live refresh while it may still grow
 * @returns {{ trace: any, spans: any[], complete: boolean, first: import("./loading.js").Loaded<any>,
 *   restError: Error | null, loadRest: () => void }}
 */
export function useTrace(id, live) {
  const [growing, setGrowing] = useState(true);
  const first = useLoaded(`trace ${id}`, (signal) => api.trace(id, {}, signal), { refreshMs: live && growing ? REFRESH_MS : 0, keep: false });
  const [rest, setRest] = useState({ id, spans: [], complete: false });
  const [restError, setRestError] = useState(null);
  const [limit, setLimit] = useState(SPANS_AT_ONCE);
  const trace = first.data;
  const truncated = trace?.truncated ?? false;
  const firstCount = trace?.spans.length ?? 0;

  useEffect(() => {
    if (trace) setGrowing(!truncated && Date.now() - trace.start_ms < GROWING_MS);
  }, [trace]);

  useEffect(() => {
    if (!truncated) return undefined;
    const abort = new AbortController();
    const follow = async () => {
      const spans = rest.id === id ? [...rest.spans] : [];
      let more = true;
      while (more && firstCount + spans.length < limit) {
        const page = await api.trace(id, { spans_from: firstCount + spans.length }, abort.signal);
        spans.push(...page.spans);
        more = page.truncated && page.spans.length > 0;
        setRest({ id, spans: [...spans], complete: !more });
      }
    };
    setRestError(null);
    follow().catch((error) => {
      if (!abort.signal.aborted) setRestError(error);
    });
    return () => abort.abort();
  }, [id, truncated, firstCount, limit]);

  const behind = rest.id === id ? rest.spans : NONE;
  // The same list while nothing changed: what is derived from it is remembered by identity.
  const spans = useMemo(() => (trace ? [...trace.spans, ...behind] : NONE), [trace, behind]);
  return {
    trace,
    spans,
    complete: !truncated || (rest.id === id && rest.complete),
    first,
    restError,
    loadRest: () => setLimit((n) => n + SPANS_AT_ONCE),
  };
}
