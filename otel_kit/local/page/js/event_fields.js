import { count, duration, money } from "./format.js";
import { asLine } from "./telemetry_text.js";

/** Shown by themselves in a line, or of no interest in it. */
const KNOWN = new Set(["event.category", "event.outcome", "retention.tier", "otel_kit.request_id", "otel_kit.logger.name"]);
const NOT_IN_A_LINE = /^(code|exception|thread|gen_ai\.(input|output)\.messages)/;
const FIELDS_IN_A_LINE = 6;

/** @param {any} event @returns {Record<string, unknown>} its fields, without what is shown elsewhere */
export function fieldsOf(event) {
  return Object.fromEntries(Object.entries(event.attributes).filter(([key]) => !KNOWN.has(key)));
}

/** @param {any} event @returns {string} what it says on one line: its text, else its first fields */
export function lineOf(event) {
  if (event.event_name === "otel_kit.llm") return llmLine(event.attributes);
  const text = asLine(event.body ?? "");
  if (text !== "" && text !== event.event_name) return text;
  const said = Object.entries(fieldsOf(event)).filter(([key]) => !NOT_IN_A_LINE.test(key));
  // Fields of one's own events begin like their names: shop.orders.order_placed has shop.orders.price.
  const own = event.event_name.slice(0, event.event_name.lastIndexOf(".") + 1);
  const brief = (key) => (own && key.startsWith(own) ? key.slice(own.length) : key.replace(/^(otel_kit|gen_ai)\./, ""));
  return said
    .slice(0, FIELDS_IN_A_LINE)
    .map(([key, value]) => `${brief(key)}=${typeof value === "number" ? rounded(value) : asLine(value)}`)
    .join(" · ");
}

/** @param {Record<string, any>} said @returns {string} "gpt-5-mini · support · 1,204 in · 93 out · $0.0021 · 1.98 s" */
function llmLine(said) {
  const seconds = said["gen_ai.client.operation.duration"];
  const cost = said["otel_kit.llm.cost"];
  const input = said["gen_ai.usage.input_tokens"];
  const output = said["gen_ai.usage.output_tokens"];
  return [
    said["gen_ai.request.model"] ?? said["gen_ai.response.model"] ?? "unknown model",
    said["otel_kit.feature"],
    typeof input === "number" && `${count(input)} in`,
    typeof output === "number" && `${count(output)} out`,
    typeof cost === "number" ? money(cost) : said["otel_kit.llm.cost.status"] === "unknown" && "cost unknown",
    typeof seconds === "number" && duration(seconds * 1000),
    said["error.type"],
  ]
    .filter(Boolean)
    .map(String)
    .join(" · ");
}

/** @param {number} value */
function rounded(value) {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
