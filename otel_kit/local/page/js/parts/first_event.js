import { html } from "../preact.js";
import { api } from "../api.js";
import { useLoaded } from "../loading.js";
import { fixed, rangeOf } from "../range.js";
import { changed, useRoute } from "../router.js";
import { Snippet } from "./sending.js";
import { Empty } from "./states.js";

const MINUTE = 60_000;
/** Title, what to do, and the lines that do it, by view. @type {Record<string, [string, string, string]>} */
const FIRST = {
  events: [
    "No events yet",
    "An event says what happened in the words of your application. One line sends it:",
    'from otel_kit import event\n\nevent.audit("order.refund", actor=user.id, target="order 17")',
  ],
  llm: [
    "No calls of language models yet",
    "Wrap the call, and hand over the answer: tokens, cost and latency are read from it.",
    'from otel_kit import event\n\nwith event.llm(provider="openai", model="gpt-5-mini", feature="support") as call:\n    call.read(client.chat.completions.create(...))',
  ],
  health: [
    "No health checks yet",
    "Register what your service depends on; /health answers with it, and this page shows it:",
    'kit = otel_kit.init("my-service", app=app)\nkit.health.check("db", kit.health.checks.tcp("db.internal", 5432))',
  ],
  alerts: [
    "No alerts yet",
    "Your application knows first when something is wrong. Raise an alert, and resolve it when it is over:",
    'bank = otel_kit.alert("bank", severity="high", reason="three charges failed in a row")\nbank.resolve()',
  ],
};

/** Nothing of this kind in the time range: the line of code that sends the first, or the way to older ones. @param {{ kind: string }} props */
export function FirstEvent({ kind }) {
  const { params } = useRoute();
  const status = useLoaded("status", (signal) => api.status(signal));
  const [title, what, code] = FIRST[kind];
  const oldest = status.data?.store.oldest_ms ?? null;
  const range = rangeOf(params);
  const isWhole = oldest === null || (range.from <= oldest && (range.to ?? Infinity) > Date.now() - MINUTE);
  return html`<${Empty} title=${isWhole ? title : title.replace(" yet", " in this time range")}>
    ${!isWhole && html`<p><a href=${changed(fixed(oldest - MINUTE, Date.now() + MINUTE))}>Look through all that is stored</a></p>`}
    <p>${what}</p>
    <div class="how-to-send"><${Snippet} label="the lines" code=${code} /></div>
  <//>`;
}
