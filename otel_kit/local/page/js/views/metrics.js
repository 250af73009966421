import { html, useMemo } from "../preact.js";
import { api } from "../api.js";
import { FirstData } from "../parts/first_data.js";
import { MetricChart } from "../parts/metric_chart.js";
import { MetricList } from "../parts/metric_list.js";
import { Chips, FilterField, FilterSelect, ServiceSelect } from "../parts/filters.js";
import { Empty, Loaded } from "../parts/states.js";
import { Text } from "../parts/text.js";
import { aggregations, defaultAggregation } from "../aggregation.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { bounds, isLive, rangeOf } from "../range.js";
import { link } from "../router.js";

/** What is shown when the URL names no metric. */
const PREFERRED = "http.server.request.duration";

/** Pick a metric and see it over time. @param {{ route: import("../router.js").Route }} props */
export function Metrics({ route }) {
  const { params } = route;
  const refreshMs = isLive(params) ? REFRESH_MS : 0;
  const list = useLoaded("metrics", (signal) => api.metrics(signal), { refreshMs });
  const status = useLoaded("status", (signal) => api.status(signal), { refreshMs });
  return html`
    <div class="view-head"><h1>Metrics</h1></div>
    <${Loaded} of=${list}>
      ${({ metrics }) => {
        if (!metrics.length) return html`<${NoMetrics} status=${status.data} params=${params} />`;
        const name = params.get("name") ?? (metrics.find((metric) => metric.name === PREFERRED) ?? metrics[0]).name;
        const metric = metrics.find((one) => one.name === name);
        return html`<div class="metric-layout">
          <${MetricList} metrics=${metrics} chosen=${name} />
          ${metric ? html`<${Picked} key=${name} metric=${metric} params=${params} refreshMs=${refreshMs} />` : html`<${Empty} title="No metric has this name"><a href=${link("metrics")}>All metrics</a><//>`}
        </div>`;
      }}
    <//>
  `;
}

/** @param {{ status: any, params: URLSearchParams }} props */
function NoMetrics({ status, params }) {
  if (status && status.store.oldest_ms === null) return html`<${FirstData} status=${status} range=${rangeOf(params)} />`;
  return html`<${Empty} title="No metrics yet"><p>Services send metrics at an interval, often once a minute: the first ones may be on their way.</p><//>`;
}

/** @param {{ metric: any, params: URLSearchParams, refreshMs: number }} props */
function Picked({ metric, params, refreshMs }) {
  const choices = aggregations(metric);
  const agg = params.get("agg") ?? defaultAggregation(metric);
  const by = params.getAll("by");
  const service = params.get("service") ?? "";
  const key = `metric ${JSON.stringify([metric.name, agg, by, service, params.get("range"), params.get("from"), params.get("to")])}`;
  const load = async (signal) => {
    const range = rangeOf(params);
    const answer = await api.metricQuery({ name: metric.name, agg, by, service, ...bounds(range) }, signal);
    return { range: { ...range, to: range.to ?? Date.now() }, answer };
  };
  const query = useLoaded(key, load, { refreshMs });
  const labels = useMemo(() => labelKeys(metric, query.data?.answer), [metric, query.data]);
  return html`<section class="panel metric-picked">
    <h2><${Text} value=${metric.name} /></h2>
    <p class="quiet">${metric.description && html`<${Text} value=${metric.description} /> · `}${metric.type.replace("_", " ")}${metric.unit && html` · unit <${Text} value=${metric.unit} />`}</p>
    <div class="filters">
      <${FilterSelect} name="agg" label="Show" value=${agg} options=${choices} />
      <${FilterField} name="by" label="Group by label" value=${by[0] ?? ""} placeholder="http.route" list=${labels} />
      <${ServiceSelect} value=${service} services=${metric.services} />
    </div>
    <${Chips} items=${by.slice(1).map((label) => ["by", label, { by: by.filter((other) => other !== label) }])} />
    <${Loaded} of=${query}>${({ range, answer }) => html`<${MetricChart} range=${range} answer=${answer} />`}<//>
  </section>`;
}

/** @param {any} metric @param {any} answer @returns {string[]} label keys known so far, for suggestions */
function labelKeys(metric, answer) {
  const seen = new Set(["service.name"]);
  for (const series of answer?.series ?? []) for (const key of Object.keys(series.labels)) seen.add(key);
  for (const exemplar of answer?.exemplars ?? []) for (const key of Object.keys(exemplar.labels)) seen.add(key);
  if (metric.name.startsWith("http.")) for (const key of ["http.route", "http.request.method", "http.response.status_code"]) seen.add(key);
  return [...seen].sort();
}
