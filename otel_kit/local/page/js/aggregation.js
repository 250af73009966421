/** What the API can compute, with the words for it. @type {Record<string, string>} */
const WORDS = {
  p50: "p50 (median)",
  p95: "p95",
  p99: "p99",
  avg: "Average",
  rate: "Rate per second",
  count: "Count",
  sum: "Sum",
  value: "Value",
};
const BY_TYPE = {
  histogram: ["p50", "p95", "p99", "avg", "rate", "count", "sum"],
  exponential_histogram: ["p50", "p95", "p99", "avg", "rate", "count", "sum"],
  counter: ["rate", "sum", "value"],
  summary: ["avg", "rate", "count", "sum"],
  gauge: ["value", "avg"],
};

/** @param {any} metric @returns {keyof typeof BY_TYPE} */
function kind(metric) {
  if (metric.type === "sum") return metric.monotonic ? "counter" : "gauge";
  return Object.hasOwn(BY_TYPE, metric.type) ? metric.type : "gauge";
}

/** @param {any} metric @returns {[string, string][]} value and words of the aggregations that make sense for it */
export function aggregations(metric) {
  return BY_TYPE[kind(metric)].map((agg) => [agg, WORDS[agg]]);
}

/** @param {any} metric @returns {string} */
export function defaultAggregation(metric) {
  return { histogram: "p95", exponential_histogram: "p95", counter: "rate", summary: "avg", gauge: "value" }[kind(metric)];
}

/**
 * The unit of an aggregation of a metric: a count of durations is not a duration.
 * @param {string} agg
 * @param {string} type of the metric
 * @param {string} unit of the metric
 * @returns {string} UCUM
 */
export function unitOf(agg, type, unit) {
  const isHistogram = type.includes("histogram") || type === "summary";
  if (agg === "count") return "1";
  if (agg !== "rate") return unit;
  return isHistogram || unit === "1" || unit === "" ? "1/s" : `${unit}/s`;
}
