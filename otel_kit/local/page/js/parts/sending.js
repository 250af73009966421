import { html } from "../preact.js";
import { CopyButton } from "./copy_button.js";

/** Where OTLP/HTTP goes when the viewer has not said yet. */
const DEFAULT_HTTP = "http://127.0.0.1:4318";

/** A block of code with a copy button. @param {{ code: string, label: string }} props */
export function Snippet({ code, label }) {
  return html`<div class="snippet"><pre><code>${code}</code></pre><${CopyButton} text=${code} label="Copy ${label}" /></div>`;
}

/**
 * The two ways to get data in: from Python, and from anything that speaks OTLP.
 * @param {{ endpoint?: string }} props the address of OTLP/HTTP
 */
export function HowToSend({ endpoint = DEFAULT_HTTP }) {
  return html`<div class="how-to-send">
    <p>In a Python web app:</p>
    <${Snippet} label="the Python lines" code=${`import otel_kit\notel_kit.init("my-service", app=app)`} />
    <p>Anything else that speaks OpenTelemetry:</p>
    <${Snippet} label="the variables" code=${variables(endpoint)} />
  </div>`;
}

/** @param {string} endpoint of OTLP/HTTP @returns {string} shell lines that point an SDK at the viewer */
export function variables(endpoint) {
  return `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_SERVICE_NAME=my-service`;
}

/** @param {string} endpoint of OTLP/HTTP @returns {string} a command that stores one log line */
export function curl(endpoint) {
  const body = {
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "curl" } }] },
        scopeLogs: [{ logRecords: [{ severityNumber: 9, body: { stringValue: "hello from curl" } }] }],
      },
    ],
  };
  return `curl -X POST ${endpoint}/v1/logs -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}'`;
}
