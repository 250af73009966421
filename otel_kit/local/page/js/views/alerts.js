import { html } from "../preact.js";
import { api } from "../api.js";
import { AlertRows } from "../parts/alert_rows.js";
import { EventList } from "../parts/event_list.js";
import { FirstEvent } from "../parts/first_event.js";
import { Loaded } from "../parts/states.js";
import { REFRESH_MS, useLoaded } from "../loading.js";
import { isLive } from "../range.js";

/** What the applications raised: what is wrong now, and what was. @param {{ route: import("../router.js").Route }} props */
export function Alerts({ route }) {
  const { params } = route;
  const alerts = useLoaded("alerts", (signal) => api.alerts(signal), { refreshMs: isLive(params) ? REFRESH_MS : 0 });
  return html`
    <div class="view-head"><h1>Alerts</h1></div>
    <${Loaded} of=${alerts}>
      ${({ active }) => html`
        ${active.length > 0 && html`<section class="panel" data-testid="active"><h2>Active <span class="quiet">${active.length}</span></h2><${AlertRows} alerts=${active} params=${params} /></section>`}
        <section class="panel" data-testid="history">
          <h2>History</h2>
          ${!active.length && html`<p class="good-news">No alert is active.</p>`}
          <${EventList} wanted=${{ category: "alert" }} params=${params} label="History" empty=${html`<${FirstEvent} kind="alerts" />`} />
        </section>
      `}
    <//>
  `;
}
