import { html, render, useLayoutEffect } from "./preact.js";
import { Shell } from "./parts/shell.js";
import { Empty } from "./parts/states.js";
import { link, scrollTarget, useRoute } from "./router.js";
import { Alerts } from "./views/alerts.js";
import { Events } from "./views/events.js";
import { Health } from "./views/health.js";
import { Home } from "./views/home.js";
import { Llm } from "./views/llm.js";
import { Logs } from "./views/logs.js";
import { Metrics } from "./views/metrics.js";
import { Redaction } from "./views/redaction.js";
import { Rule } from "./views/rule.js";
import { Status } from "./views/status.js";
import { Trace } from "./views/trace.js";
import { Traces } from "./views/traces.js";

/** View by its name in the URL, with the words for the tab's title. */
const VIEWS = {
  home: [Home, "Home"],
  traces: [Traces, "Traces"],
  trace: [Trace, "Trace"],
  logs: [Logs, "Logs"],
  events: [Events, "Events"],
  metrics: [Metrics, "Metrics"],
  llm: [Llm, "LLM"],
  health: [Health, "Health"],
  alerts: [Alerts, "Alerts"],
  redaction: [Redaction, "Redaction"],
  rule: [Rule, "Rule"],
  status: [Status, "Status"],
};

function App() {
  const route = useRoute();
  const [View, title] = Object.hasOwn(VIEWS, route.view) ? VIEWS[route.view] : [Nowhere, "Not found"];
  useLayoutEffect(() => {
    document.title = `${title}${route.id ? ` ${route.id.slice(0, 8)}` : ""} · otel-kit`;
    const target = scrollTarget();
    if (target !== null) scrollTo(0, target);
  }, [route.hash]);
  return html`<${Shell}><${View} key=${route.view} route=${route} /><//>`;
}

function Nowhere() {
  return html`<${Empty} title="There is no such page"><a href=${link("home")}>Go to Home</a><//>`;
}

render(html`<${App} />`, document.getElementById("app"));
