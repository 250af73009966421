import { html, useMemo } from "../preact.js";
import { measured, clock } from "../format.js";
import { unitOf } from "../aggregation.js";
import { fixed } from "../range.js";
import { changed, go, link } from "../router.js";
import { Chart } from "./chart.js";
import { Empty } from "./states.js";
import { Text } from "./text.js";

/** Lines beyond this cannot be told apart; the table has them all. */
const LINES_MAX = 10;
const DOTS_MAX = 60;

/** The answer to a metric query as a chart and a table. @param {{ range: any, answer: any }} props */
export function MetricChart({ range, answer }) {
  const unit = unitOf(answer.agg, answer.type, answer.unit);
  const format = (value) => measured(value, unit);
  const rows = useMemo(() => answer.series.map(summed).sort((a, b) => (b.last ?? -Infinity) - (a.last ?? -Infinity)), [answer]);
  const shown = rows.slice(0, LINES_MAX);
  const { times, lines } = useMemo(() => aligned(shown), [rows]);
  // Exemplars are single measurements: they belong on a chart of the measured unit only.
  const onScale = unit === answer.unit;
  const dots = onScale ? answer.exemplars.filter((exemplar) => exemplar.trace_id).slice(-DOTS_MAX).map((exemplar) => dot(exemplar, format)) : [];
  if (!rows.some((row) => row.last !== null)) {
    return html`<${Empty} title="No points in this time range"><p>Widen the time range above.</p><//>`;
  }
  return html`
    <${Chart} title="${answer.name}, ${answer.agg}" times=${times} lines=${lines} from=${range.from} to=${range.to} height=${280} format=${format} dots=${dots} onZoom=${(from, to) => go(changed(fixed(from, to)))} />
    ${dots.length > 0 && html`<p class="quiet note">Dots are single requests; each opens its trace.</p>`}
    ${answer.truncated && html`<p class="quiet note">More series than can be shown: group by fewer labels or choose a service.</p>`}
    <${LatestTable} rows=${rows} format=${format} />
  `;
}

/** @param {{ rows: any[], format: (value: any) => string }} props */
function LatestTable({ rows, format }) {
  return html`<table class="data latest">
    <thead>
      <tr><th scope="col">Series</th><th scope="col" class="number">Latest</th><th scope="col" class="number wide">Lowest</th><th scope="col" class="number wide">Highest</th></tr>
    </thead>
    <tbody>
      ${rows.map(
        (row, i) => html`<tr key=${row.name}>
          <th scope="row">${i < LINES_MAX && html`<span class="dot" style=${{ background: `var(--service-${i})` }}></span> `}<${Text} value=${row.name} /></th>
          <td class="number">${format(row.last)}</td><td class="number wide">${format(row.low)}</td><td class="number wide">${format(row.high)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

/** @param {any} series @returns {any} with a name and its latest, lowest and highest value */
function summed(series) {
  const values = series.points.map(([, value]) => value).filter((value) => typeof value === "number");
  const name = Object.entries(series.labels).map(([key, value]) => `${key}=${value}`).join(", ") || "all";
  return { ...series, name, last: values.at(-1) ?? null, low: values.length ? Math.min(...values) : null, high: values.length ? Math.max(...values) : null };
}

/** @param {any[]} rows @returns {{ times: number[], lines: import("./chart.js").Line[] }} all series on one time axis */
function aligned(rows) {
  const times = [...new Set(rows.flatMap((row) => row.points.map(([time]) => time)))].sort((a, b) => a - b);
  const lines = rows.map((row, i) => {
    const at = new Map(row.points);
    return { label: row.name, colour: `--service-${i}`, values: times.map((time) => finite(at.get(time))) };
  });
  return { times, lines };
}

/** @param {unknown} value the API writes NaN and infinities as strings: a gap in the line */
function finite(value) {
  return typeof value === "number" ? value : null;
}

/** @param {any} exemplar @param {(value: number) => string} format @returns {import("./chart.js").Dot} */
function dot(exemplar, format) {
  return {
    timeMs: exemplar.t_ms,
    value: exemplar.value,
    href: link("trace", { span: exemplar.span_id }, exemplar.trace_id),
    title: `${format(exemplar.value)} at ${clock(exemplar.t_ms)}: open the trace`,
  };
}
