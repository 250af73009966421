import { useEffect, useRef, useState } from "./preact.js";

/** How often a live view asks again. */
export const REFRESH_MS = 3000;

/** The last answers by key: Back shows the list at once, at its old height, and refreshes it behind. */
const remembered = new Map();
const REMEMBERED_MAX = 24;

/**
 * @template T
 * @typedef {{ data: T | null, error: import("./api.js").ApiError | null, loading: boolean, reload: () => void }} Loaded
 */

/**
 * Load something, again when `key` changes, and again every `refreshMs` while the tab is seen.
 * @template T
 * @param {string} key says what is loaded; answers of an older key are thrown away
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {{ refreshMs?: number, keep?: boolean, turn?: number }} [options] `keep`: show the old key's data until the
 *   new arrive; another `turn`: load once more
 * @returns {Loaded<T>}
 */
export function useLoaded(key, load, { refreshMs = 0, keep = true, turn = 0 } = {}) {
  const [state, setState] = useState(() => ({ key, data: remembered.get(key) ?? null, error: null }));
  const [busy, setBusy] = useState(true);
  const [retry, setRetry] = useState(0);
  const loader = useRef(load);
  loader.current = load;

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const again = () => {
      if (refreshMs) timer = setTimeout(document.hidden ? again : run, refreshMs);
    };
    const run = async () => {
      setBusy(true);
      try {
        const data = await loader.current(abort.signal);
        if (abort.signal.aborted) return;
        remember(key, data);
        setState({ key, data, error: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        setState((old) => ({ key, data: old.key === key ? old.data : null, error }));
      }
      setBusy(false);
      again();
    };
    run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, refreshMs, turn, retry]);

  const fits = state.key === key;
  return {
    data: fits || keep ? (state.data ?? remembered.get(key) ?? null) : (remembered.get(key) ?? null),
    error: fits ? state.error : null,
    loading: busy || !fits,
    reload: () => setRetry((n) => n + 1),
  };
}

/** @param {string} key @param {unknown} data */
function remember(key, data) {
  remembered.delete(key);
  remembered.set(key, data);
  if (remembered.size > REMEMBERED_MAX) remembered.delete(remembered.keys().next().value);
}
