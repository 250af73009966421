/** An answer that was not the data asked for. `status` is 0 when nothing answered at all. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @typedef {Record<string, unknown>} Params null, undefined and "" are left out; lists repeat the parameter */

/** @param {Params} params */
function queryOf(params) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") query.append(key, String(one));
    }
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** @param {string} path @param {RequestInit} options */
async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "The viewer does not answer. Is otel-kit view still running?");
  }
  if (response.ok) return response;
  let message = `The viewer answered ${response.status}.`;
  try {
    const { error } = await response.json();
    if (error?.message) message = error.field ? `${error.field}: ${error.message}` : error.message;
  } catch {
    // Not JSON: the status says what there is to say.
  }
  throw new ApiError(response.status, message);
}

/**
 * @param {string} path below /api/
 * @param {Params} [params]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the decoded JSON
 * @throws {ApiError}
 */
async function get(path, params = {}, signal = undefined) {
  waiting(1);
  try {
    return await (await request(`/api/${path}${queryOf(params)}`, { signal })).json();
  } finally {
    waiting(-1);
  }
}

let unanswered = 0;

/** Tell the frame, by an attribute, whether answers are awaited. @param {number} change */
function waiting(change) {
  unanswered += change;
  document.body.toggleAttribute("data-waiting", unanswered > 0);
}

/** One function per address of the viewer's JSON API; all throw ApiError. */
export const api = {
  /** @param {AbortSignal} [signal] */
  status: (signal) => get("status", {}, signal),
  /** @param {Params} params @param {AbortSignal} [signal] */
  overview: (params, signal) => get("overview", params, signal),
  /** @param {Params} params @param {AbortSignal} [signal] */
  traces: (params, signal) => get("traces", params, signal),
  /** @param {string} id @param {Params} params @param {AbortSignal} [signal] */
  trace: (id, params, signal) => get(`traces/${encodeURIComponent(id)}`, params, signal),
  /** @param {Params} params @param {AbortSignal} [signal] */
  logs: (params, signal) => get("logs", params, signal),
  /** @param {AbortSignal} [signal] */
  metrics: (signal) => get("metrics", {}, signal),
  /** @param {Params} params @param {AbortSignal} [signal] */
  metricQuery: (params, signal) => get("metrics/query", params, signal),
  /** @param {Params} params @param {AbortSignal} [signal] */
  events: (params, signal) => get("events", params, signal),
  /** @param {Params} params @param {AbortSignal} [signal] */
  eventCounts: (params, signal) => get("events/counts", params, signal),
  /** @param {Params} params @param {AbortSignal} [signal] */
  llm: (params, signal) => get("llm", params, signal),
  /** @param {AbortSignal} [signal] */
  health: (signal) => get("health", {}, signal),
  /** @param {AbortSignal} [signal] */
  alerts: (signal) => get("alerts", {}, signal),
  /** @param {AbortSignal} [signal] @param {Params} [params] */
  redaction: (signal, params = {}) => get("redaction", params, signal),
  /** @param {string} id @param {AbortSignal} [signal] */
  rule: (id, signal) => get(`rules/${encodeURIComponent(id)}`, {}, signal),
  /** Delete all stored data. */
  clear: () => request("/api/clear", { method: "POST" }),
  /** @param {Params} params @returns {string} address of the stream of new log records */
  tailUrl: (params) => `/api/logs/tail${queryOf(params)}`,
};
