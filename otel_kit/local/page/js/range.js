import { clock, dayAndClock } from "./format.js";

/**
 * The time range in force, as the URL says it.
 * @typedef {{ key: string, label: string, from: number, to: number | null, spanMs: number }} Range
 */

const MINUTE = 60_000;
/** @type {[string, string, number][]} key in the URL, label, length in ms */
export const PRESETS = [
  ["5m", "Last 5 min", 5 * MINUTE],
  ["15m", "Last 15 min", 15 * MINUTE],
  ["1h", "Last hour", 60 * MINUTE],
  ["6h", "Last 6 h", 360 * MINUTE],
  ["24h", "Last 24 h", 1440 * MINUTE],
  ["7d", "Last 7 days", 10_080 * MINUTE],
];
const DEFAULT = PRESETS[1];

/**
 * @param {URLSearchParams} params
 * @param {number} [now] ms since the epoch
 * @returns {Range} `to` is null while the range ends now; `key` is "fixed" for two fixed times
 */
export function rangeOf(params, now = Date.now()) {
  const from = Number(params.get("from"));
  const to = Number(params.get("to"));
  if (from > 0 && to > from) {
    return { key: "fixed", label: `${dayAndClock(from)} to ${clock(to)}`, from, to, spanMs: to - from };
  }
  const [key, label, spanMs] = PRESETS.find((preset) => preset[0] === params.get("range")) ?? DEFAULT;
  return { key, label, from: now - spanMs, to: null, spanMs };
}

/** @param {Range} range @returns {{ from: number, to: number | null }} the API's parameters */
export function bounds(range) {
  return { from: Math.floor(range.from), to: range.to === null ? null : Math.ceil(range.to) };
}

/**
 * Link parameters under which something at `timeMs` is inside the range: none when it is already, else fixed times
 * around it. Without this, a link from an old trace leads to an empty list.
 * @param {URLSearchParams} params
 * @param {number} timeMs
 * @returns {Record<string, unknown>}
 */
export function covering(params, timeMs) {
  const range = rangeOf(params);
  // A minute of slack: a relative range moves on while the reader reads.
  if (timeMs > range.from + MINUTE && timeMs <= (range.to ?? Infinity)) return {};
  return fixed(timeMs - 30 * MINUTE, timeMs + 30 * MINUTE);
}

/** @param {number} from @param {number} to @returns {Record<string, unknown>} link parameters of two fixed times */
export function fixed(from, to) {
  return { range: null, from: Math.floor(from), to: Math.ceil(to) };
}

/** @param {URLSearchParams} params @returns {boolean} whether views refresh by themselves */
export function isLive(params) {
  return params.get("live") !== "0" && rangeOf(params).to === null;
}
