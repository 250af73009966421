const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const KIB = 1024;

/** @param {number} value @param {number} digits @returns {string} significant digits, without an exponent */
function significant(value, digits = 3) {
  return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 6, useGrouping: true });
}

/** @param {number | null | undefined} ms @returns {string} "412 µs", "3.2 ms", "1.24 s", "2 min 3 s" */
export function duration(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(Number(ms))) return "–";
  const size = Math.abs(ms);
  if (size === 0) return "0 ms";
  if (size < 0.001) return `${significant(ms * 1e6)} ns`;
  if (size < 1) return `${significant(ms * 1000)} µs`;
  if (size < 1000) return `${significant(ms)} ms`;
  if (size < 60_000) return `${significant(ms / 1000)} s`;
  if (size < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number | null | undefined} value @returns {string} "12,345" */
export function count(value) {
  return value === null || value === undefined ? "–" : whole.format(value);
}

/** @param {number | null | undefined} value @returns {string} "12.3K" from ten thousand on */
export function short(value) {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value);
}

/** @param {number} n @param {string} one @param {string} [many] @returns {string} "1 span", "2 spans" */
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** @param {number | null | undefined} perSecond @returns {string} */
export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined) return "–";
  if (perSecond === 0) return "0/s";
  return perSecond < 0.01 ? `${significant(perSecond * 60, 2)}/min` : `${significant(perSecond, perSecond < 1 ? 2 : 3)}/s`;
}

/** @param {number | null | undefined} ratio 0 to 1 @returns {string} */
export function percent(ratio) {
  if (ratio === null || ratio === undefined) return "–";
  return ratio === 0 ? "0 %" : `${significant(ratio * 100, 2)} %`;
}

/** @param {number | null | undefined} dollars @returns {string} "$1,204.50", "$0.0123"; "unknown" is never "$0" */
export function money(dollars) {
  if (dollars === null || dollars === undefined) return "unknown";
  if (dollars === 0) return "$0";
  if (dollars < 0.000001) return "< $0.000001";
  return dollars < 1 ? `$${significant(dollars)}` : `$${dollars.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** @param {number | null | undefined} value @returns {string} "1.5 MiB" */
export function bytes(value) {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) < KIB) return `${whole.format(value)} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log(Math.abs(value)) / Math.log(KIB)), units.length);
  return `${significant(value / KIB ** power)} ${units[power - 1]}`;
}

/** @param {number} ms since the epoch @param {boolean} [millis] @returns {string} local "13:45:12.123" */
export function clock(ms, millis = false) {
  const time = new Date(ms);
  const text = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return millis ? `${text}.${String(time.getMilliseconds()).padStart(3, "0")}` : text;
}

/** @param {number} ms since the epoch @returns {string} local "21 Nov 13:45:12" */
export function dayAndClock(ms) {
  return `${new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${clock(ms)}`;
}

/** @param {number} ms since the epoch @param {number} [now] @returns {string} clock with millis; with the day if not today */
export function moment(ms, now = Date.now()) {
  const sameDay = new Date(ms).toDateString() === new Date(now).toDateString();
  return sameDay ? clock(ms, true) : dayAndClock(ms);
}

/** @param {number} ms since the epoch @returns {string} ISO 8601 in UTC, for titles */
export function iso(ms) {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : "";
}

/** @param {number | null | undefined} ms since the epoch @param {number} [now] @returns {string} "12 s ago" */
export function ago(ms, now = Date.now()) {
  if (ms === null || ms === undefined) return "never";
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}

/** @param {number | null | undefined} seconds @returns {string} "24 h", "7 d" */
export function retention(seconds) {
  if (!seconds) return "no limit";
  if (seconds % 86_400 === 0 && seconds > 86_400) return `${seconds / 86_400} d`;
  return seconds >= 3600 ? `${significant(seconds / 3600)} h` : `${significant(seconds / 60)} min`;
}

/**
 * A metric's value with its UCUM unit; durations and bytes in the size that reads best.
 * @param {number | null | undefined} value
 * @param {string} unit such as "s", "By", "1", "{request}"
 * @returns {string}
 */
export function measured(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return "–";
  const [base, per] = unit.split(/\/(.*)/s);
  const suffix = per ? `/${per}` : "";
  if (base === "s") return duration(value * 1000) + suffix;
  if (base === "ms") return duration(value) + suffix;
  if (base === "By") return bytes(value) + suffix;
  const annotation = /^\{(.*)\}$/.exec(base)?.[1];
  const name = annotation ?? (base === "1" ? "" : base);
  return `${significant(value, 4)}${name ? ` ${name}` : ""}${suffix}`;
}

/** @param {number} n */
function two(n) {
  return String(n).padStart(2, "0");
}
